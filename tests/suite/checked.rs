//! Checking a template of this repository and reading its verdicts.

use std::path::{Path, PathBuf};

use redrive::explore::{CheckOptions, Checked, Standing, Verdict, check};
use redrive::guarantee::{GuaranteeName, GuaranteeSet};
use redrive::kernel::Families;
use redrive::models::Models;
use redrive::scenario::Scenario;
use redrive::template::{ImportOptions, Imported, import, import_text};
use redrive::topology::refusals;

/// Enough for what a single fault shows.
const FEW: u64 = 64;

/// What came of checking one template.
pub(crate) struct CheckedTemplate {
    path: PathBuf,
    checked: Checked,
    /// What AWS would refuse of it, as text.
    pub(crate) refused: Vec<String>,
}

impl CheckedTemplate {
    /// Checks a template, given by its path inside the repository, with all families and guarantees.
    pub(crate) fn of(path: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        let models = Models::embedded().expect("the embedded models load");
        let imported = import(&path, &ImportOptions::with_stand_ins(), &models);
        Self::of_import(path, imported, &models, None)
    }

    /// The same of a template that stands in a test, over a few seeds.
    pub(crate) fn of_text(template: &str) -> Self {
        let models = Models::embedded().expect("the embedded models load");
        let path = PathBuf::from("template.yaml");
        let imported = import_text(&path, template, &ImportOptions::with_stand_ins(), &models);
        Self::of_import(path, imported, &models, Some(FEW))
    }

    fn of_import(path: PathBuf, imported: Imported, models: &Models, seeds: Option<u64>) -> Self {
        assert_eq!(imported.diagnostics, [], "{}", path.display());
        let topology = imported.topology.expect("the template can be read");
        let refused = refusals(&topology, models).iter().map(|refusal| format!("{refusal:?}")).collect();
        let options = CheckOptions {
            seeds,
            first_seed: 0,
            families: Families::EVERY,
            guarantees: GuaranteeSet::EVERY,
            threads: 2,
            exhaustive: None,
            input_options: Vec::new(),
        };
        let checked = check(&topology, models, &Scenario::default(), &options, &mut |_| {})
            .expect("the embedded models are complete");
        Self { path, checked, refused }
    }

    /// All verdicts, each with the name of its queue and of its function.
    pub(crate) fn verdicts(&self) -> impl Iterator<Item = (&str, &str, &Verdict)> {
        self.checked.parts.iter().flat_map(|part| {
            part.verdicts.iter().map(move |verdict| {
                let program = &part.program;
                let queue = program.name(program.queues[verdict.at.queue].entity).as_str();
                let reads = || program.log(verdict.at.queue).map(|log| usize::from(log.function));
                let function = verdict.at.function.or_else(reads);
                let function = function.expect("one function alone reads each queue of these templates");
                (queue, program.name(program.functions[function].entity).as_str(), verdict)
            })
        })
    }

    /// The verdict on a guarantee at a queue and its function.
    pub(crate) fn verdict(&self, guarantee: GuaranteeName, queue: &str, function: &str) -> &Verdict {
        let mut found = self
            .verdicts()
            .filter(|(at, by, verdict)| *at == queue && *by == function && verdict.guarantee == guarantee)
            .map(|(_, _, verdict)| verdict);
        let verdict = found.next();
        verdict.unwrap_or_else(|| panic!("{}: no {guarantee} at {queue}", self.path.display()))
    }

    /// The guarantees that are violated at a queue.
    pub(crate) fn violated(&self, queue: &str) -> Vec<GuaranteeName> {
        let here =
            self.verdicts().filter(|(at, _, verdict)| *at == queue && verdict.standing == Standing::Violated);
        here.map(|(_, _, verdict)| verdict.guarantee).collect()
    }

    /// The guarantees that are held at a queue.
    pub(crate) fn held(&self, queue: &str) -> Vec<GuaranteeName> {
        let here =
            self.verdicts().filter(|(at, _, verdict)| *at == queue && verdict.standing == Standing::Held);
        here.map(|(_, _, verdict)| verdict.guarantee).collect()
    }
}

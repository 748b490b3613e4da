//! What files, templates and options state together: options before a file, a file before metadata.

use std::path::{Path, PathBuf};

use crate::cli::values::System;
use crate::report::Sources;
use crate::scenario::{Scenario, ScenarioFile, StatedSetting, read_scenario, stated_in_metadata};
use crate::template::{COMMAND_LINE, GivenParameter, ImportOptions};
use crate::vocabulary::{Diagnostic, Severity, Written};

/// A system before its templates are read.
#[derive(Debug, Default)]
pub(super) struct Stated {
    /// The templates.
    pub(super) templates: Vec<PathBuf>,
    /// What the files say, together.
    file: ScenarioFile,
    /// What is wrong with the files.
    pub(super) diagnostics: Vec<Diagnostic>,
    /// The texts of the files, by their names.
    pub(super) sources: Sources,
    /// Whether all of the files was read.
    reading: Reading,
}

/// How much of the files was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Reading {
    #[default]
    Whole,
    /// Something in them is wrong: what they state may be less than they mean.
    Parts,
}

/// Whether a path is that of a scenario.
pub(super) fn is_scenario(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("toml"))
}

impl Stated {
    /// What inputs state: a scenario among them brings its templates, one beside them with `--scenario` does not.
    pub(super) fn of(inputs: &[PathBuf], system: &System) -> Self {
        let mut stated = Self::default();
        for input in inputs {
            if is_scenario(input) {
                let templates = stated.read(input);
                stated.bring(input, templates);
            } else {
                stated.templates.push(input.clone());
            }
        }
        if let Some(file) = &system.file {
            drop(stated.read(file));
        }
        stated
    }

    /// Reads one file; gives its templates.
    fn read(&mut self, path: &Path) -> Vec<PathBuf> {
        let read = read_scenario(path);
        if read.diagnostics.iter().any(|one| one.severity == Severity::Error) {
            self.reading = Reading::Parts;
        }
        self.sources.insert(path.to_owned(), read.source);
        self.diagnostics.extend(read.diagnostics);
        self.file.settings.extend(read.file.settings);
        self.file.parameters.extend(read.file.parameters);
        self.file.scenario = std::mem::take(&mut self.file.scenario).under(read.file.scenario);
        read.file.templates
    }

    fn bring(&mut self, input: &Path, templates: Vec<PathBuf>) {
        if templates.is_empty() && self.reading == Reading::Whole {
            let message = format!("{} does not say what template it is about", input.display());
            let help = "add `template = \"template.yaml\"` at the top, relative to the file";
            self.diagnostics.push(Diagnostic::error("scenario-no-template", message).help(help));
        }
        let new = templates.into_iter().filter(|template| !self.templates.contains(template));
        let new: Vec<PathBuf> = new.collect();
        self.templates.extend(new);
    }

    /// Whether a problem is one, even where some of what the files state could not be read.
    pub(super) fn is_certain(&self, problem: &Diagnostic) -> bool {
        self.reading == Reading::Whole || !RESTING_ON_ALL.contains(&problem.code)
    }

    /// How the templates are read: what the file sets, and on top what options set.
    pub(super) fn import(&self, options: &ImportOptions) -> ImportOptions {
        let mut import = options.clone();
        import.settings = joined(&self.file.settings, &options.settings);
        let stated = self.file.parameters.iter().map(|one| GivenParameter {
            name: one.name.clone(),
            value: one.value.clone(),
            place: Some(one.place.clone()),
        });
        import.read.parameters = stated.chain(options.read.parameters.iter().cloned()).collect();
        import
    }

    /// Everything that is stated, with what is wrong with the metadata of the templates.
    pub(super) fn scenario(
        &self,
        metadata: &[(String, Written)],
        options: &Scenario,
    ) -> (Scenario, Vec<Diagnostic>) {
        let mut diagnostics = Vec::new();
        let mut scenario = Scenario::default();
        for (name, written) in metadata {
            let (stated, problems) = stated_in_metadata(name, written);
            scenario = scenario.under(stated);
            diagnostics.extend(problems);
        }
        (scenario.under(self.file.scenario.clone()).under(options.clone()), diagnostics)
    }

    /// A problem with a setting of the file stands in the file, not on the command line.
    pub(super) fn place(&self, diagnostic: &mut Diagnostic) {
        let is_here = |place: &crate::vocabulary::Place| place.file.as_os_str() == COMMAND_LINE;
        if !diagnostic.place.as_ref().is_none_or(is_here) {
            return;
        }
        let by_option = |one: &&StatedSetting| diagnostic.message.starts_with(&option_of(one));
        let stated = self.file.settings.iter().find(by_option).or_else(|| self.only_one_about(diagnostic));
        if let Some(stated) = stated {
            diagnostic.place = Some(stated.place.clone());
            diagnostic.message = diagnostic.message.replacen("--set ", "", 1);
        }
    }

    /// The setting of the file that a problem is about, where only one can be meant: what is wrong with a value names
    /// its property and not who sets it.
    fn only_one_about(&self, diagnostic: &Diagnostic) -> Option<&StatedSetting> {
        let is_about = |one: &&StatedSetting| {
            let property = one.name.rsplit('.').next().unwrap_or(&one.name);
            let is_letter = |letter: char| letter.is_alphanumeric();
            diagnostic.place.is_some()
                && diagnostic.message.split(|c| !is_letter(c)).any(|word| word == property)
        };
        let mut about = self.file.settings.iter().filter(is_about);
        about.next().filter(|_| about.next().is_none())
    }
}

/// Problems that go by how much load is stated.
const RESTING_ON_ALL: [&str; 3] =
    ["scenario-no-event", "scenario-perhaps-no-event", "scenario-contradiction"];

fn option_of(stated: &StatedSetting) -> String {
    format!("`--set {}={}`", stated.name, stated.value)
}

/// The later of two with one name counts, which is the option.
fn joined(file: &[StatedSetting], options: &[(String, String)]) -> Vec<(String, String)> {
    let stated = file.iter().map(|one| (one.name.clone(), one.value.clone()));
    stated.chain(options.iter().cloned()).collect()
}

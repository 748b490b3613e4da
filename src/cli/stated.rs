//! What files, templates and options state together: options before a file, a file before metadata.

use std::path::{Path, PathBuf};

use crate::cli::values::System;
use crate::report::Sources;
use crate::scenario::{Scenario, ScenarioFile, StatedSetting, read_scenario, stated_in_metadata};
use crate::template::{COMMAND_LINE, ImportOptions};
use crate::vocabulary::{Diagnostic, Severity, Written};

/// An input before its templates are read.
#[derive(Debug, Default)]
pub(super) struct Stated {
    /// The templates.
    pub(super) templates: Vec<PathBuf>,
    /// What the file says; nothing where there is none.
    file: ScenarioFile,
    /// What is wrong with the file.
    pub(super) diagnostics: Vec<Diagnostic>,
    /// The text of the file, by its name.
    pub(super) sources: Sources,
}

/// Whether a path is that of a scenario.
pub(super) fn is_scenario(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("toml"))
}

impl Stated {
    /// What an input states: a scenario brings its templates, a template may have one beside it.
    pub(super) fn of(input: &Path, system: &System) -> Self {
        match (is_scenario(input), &system.file) {
            (false, None) => Self { templates: vec![input.to_owned()], ..Self::default() },
            (false, Some(file)) => Self { templates: vec![input.to_owned()], ..Self::read(file) },
            (true, None) => Self::read(input).with_templates(input),
            (true, Some(file)) => {
                let message = format!("{} and {} are two scenarios", input.display(), file.display());
                let help = "give the path of a template beside --scenario, or one scenario";
                let diagnostics = vec![Diagnostic::error("option-scenario", message).help(help)];
                Self { diagnostics, ..Self::default() }
            }
        }
    }

    fn read(path: &Path) -> Self {
        let read = read_scenario(path);
        let sources = Sources::from([(path.to_owned(), read.source)]);
        Self { templates: Vec::new(), file: read.file, diagnostics: read.diagnostics, sources }
    }

    fn with_templates(mut self, input: &Path) -> Self {
        self.templates.append(&mut self.file.templates);
        if self.templates.is_empty() && !self.is_wrong() {
            let message = format!("{} does not say what template it is about", input.display());
            let help = "add `template = \"template.yaml\"` at the top, relative to the file";
            self.diagnostics.push(Diagnostic::error("scenario-no-template", message).help(help));
        }
        self
    }

    /// Whether nothing can be judged.
    pub(super) fn is_wrong(&self) -> bool {
        self.diagnostics.iter().any(|one| one.severity == Severity::Error)
    }

    /// How the templates are read: what the file sets, and on top what options set.
    pub(super) fn import(&self, options: &ImportOptions) -> ImportOptions {
        let mut import = options.clone();
        import.settings = joined(&self.file.settings, &options.settings);
        import.read.parameters = joined(&self.file.parameters, &options.read.parameters);
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

    /// A problem with a setting or parameter of the file stands in the file, not on the command line.
    pub(super) fn place(&self, diagnostic: &mut Diagnostic) {
        let is_here = |place: &crate::vocabulary::Place| place.file.as_os_str() == COMMAND_LINE;
        if !diagnostic.place.as_ref().is_none_or(is_here) {
            return;
        }
        let set = self.file.settings.iter().find(|one| diagnostic.message.starts_with(&option_of(one)));
        let unknown = self.file.parameters.iter().find(|one| {
            diagnostic.code == "parameter-unknown" && diagnostic.message.ends_with(&format!("`{}`", one.name))
        });
        if let Some(stated) = set.or(unknown) {
            diagnostic.place = Some(stated.place.clone());
            diagnostic.message = diagnostic.message.replacen("--set ", "", 1);
        }
    }
}

fn option_of(stated: &StatedSetting) -> String {
    format!("`--set {}={}`", stated.name, stated.value)
}

/// The later of two with one name counts, which is the option.
fn joined(file: &[StatedSetting], options: &[(String, String)]) -> Vec<(String, String)> {
    let stated = file.iter().map(|one| (one.name.clone(), one.value.clone()));
    stated.chain(options.iter().cloned()).collect()
}

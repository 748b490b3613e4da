//! A system and what is stated about it, as a scenario file says.

use std::path::Path;

use crate::face::Problems;
use crate::face::problems::embedded;
use crate::scenario::{Scenario, problems, read_scenario, stated_in_metadata};
use crate::template::{COMMAND_LINE, GivenParameter, ImportOptions, import_system};
use crate::topology::Topology;
use crate::vocabulary::{Diagnostic, Severity};

impl Scenario {
    /// What a scenario file states, with the system that it is about: the templates that it names, with its settings and
    /// parameters. What the templates state themselves, under `Metadata: redrive:`, is part of the scenario. The path is
    /// relative to the folder of the crate that is tested, those in the file to the file.
    ///
    /// ```
    /// use redrive::prelude::*;
    /// let (system, scenario) = Scenario::from_file("examples/orders/incident.toml").unwrap();
    /// let outcome = Check::new(&system).scenario(scenario).seeds(0..4).run();
    /// assert!(!outcome.verdicts().is_empty());
    /// ```
    ///
    /// # Errors
    /// Everything that is wrong with the file, its templates and what it says about them, with places.
    pub fn from_file(path: impl AsRef<Path>) -> Result<(Topology, Self), Problems> {
        let (path, models) = (path.as_ref(), embedded());
        let read = read_scenario(path);
        let (file, mut diagnostics) = (read.file, read.diagnostics);
        let mut sources = crate::report::Sources::from([(path.to_owned(), read.source)]);
        if file.templates.is_empty() {
            let message = format!("{} does not say what template it is about", path.display());
            let help = "add `template = \"template.yaml\"` at the top, relative to the file";
            diagnostics.push(Diagnostic::error("scenario-no-template", message).help(help));
            return Err(Problems::with_sources(diagnostics, sources));
        }
        let mut options = ImportOptions::with_stand_ins();
        options.settings.extend(file.settings.iter().map(|one| (one.name.clone(), one.value.clone())));
        let given = file.parameters.iter().map(|one| GivenParameter {
            name: one.name.clone(),
            value: one.value.clone(),
            place: Some(one.place.clone()),
        });
        options.read.parameters.extend(given);
        let mut imported = import_system(&file.templates, &options, &models);
        let mut scenario = Self::default();
        for (name, written) in &imported.stated {
            let (stated, doubts) = stated_in_metadata(name, written);
            scenario = scenario.under(stated);
            diagnostics.extend(doubts);
        }
        let scenario = scenario.under(file.scenario);
        // A test judges the whole system or nothing.
        diagnostics.append(&mut imported.left_out);
        diagnostics.append(&mut imported.diagnostics);
        let topology = imported.topology;
        let found = topology.iter().flat_map(|topology| problems(&scenario, topology, &models));
        diagnostics.extend(found);
        sources.extend(imported.sources);
        for doubt in diagnostics.iter_mut().filter(|one| is_of_a_setting(one)) {
            doubt.severity = Severity::Error;
        }
        let is_wrong = diagnostics.iter().any(|one| one.severity == Severity::Error);
        match topology.filter(|_| !is_wrong) {
            Some(topology) => {
                let scenario = scenario.named_as_in(&topology);
                Ok((topology, scenario))
            }
            None => Err(Problems::with_sources(diagnostics, sources)),
        }
    }
}

/// A doubt about a setting of the file is a mistake of the file.
fn is_of_a_setting(problem: &Diagnostic) -> bool {
    problem.place.as_ref().is_some_and(|place| place.file.as_os_str() == COMMAND_LINE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> Result<(Topology, Scenario), Problems> {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let template = "Resources:\n  Orders: {Type: AWS::SQS::Queue, Metadata: {redrive: {load: {events: 7, every: 1s}}}}\n";
        std::fs::write(folder.path().join("template.yaml"), template).expect("a file can be written");
        let path = folder.path().join("system.toml");
        std::fs::write(&path, text).expect("a file can be written");
        Scenario::from_file(&path)
    }

    #[test]
    fn a_file_brings_its_system_with_its_settings_and_what_its_templates_state() {
        let (system, scenario) =
            written("template = 'template.yaml'\n[set]\n\"Orders.VisibilityTimeout\" = 77\n")
                .expect("it is fine");
        assert!(system.render().contains("1m17s"), "{}", system.render());
        assert_eq!(scenario.load_of("Orders")[0].count(), 7);
    }

    #[test]
    fn everything_that_is_wrong_with_a_file_is_told_at_once() {
        let told = |text: &str| written(text).expect_err("something is wrong").to_string();
        let several = told(
            "template = 'template.yaml'\n[[message]]\nto = 'Ordres'\n[set]\n\"Orders.VisibilityTimeot\" = 77\n[bounds]\ndelay = '-1s'\n",
        );
        for wrong in ["did you mean `Orders`?", "VisibilityTimeot", "is below zero"] {
            assert!(several.contains(wrong), "{wrong}: {several}");
        }
        assert!(told("[[message]]\nto = 'Orders'\n").contains("does not say what template it is about"));
        assert!(told("template = 'absent.yaml'\n").contains("absent.yaml cannot be read"));
    }
}

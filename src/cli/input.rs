//! Models, and templates with what is stated beside them, from files.

use std::path::Path;

use crate::cli::problems::Problems;
use crate::cli::stated::Stated;
use crate::cli::values::System;
use crate::kernel::Families;
use crate::models::Models;
use crate::program::{Program, compile};
use crate::scenario::{Scenario, problems as scenario_problems};
use crate::template::{COMMAND_LINE, import};
use crate::topology::Topology;
use crate::vocabulary::{Diagnostic, Severity};

/// The models, with a folder laid over them; nothing where that was told to be wrong.
pub(super) fn models(overlay: Option<&Path>, problems: Problems) -> Option<Models> {
    let loaded = match overlay {
        None => Models::embedded(),
        Some(folder) => Models::with_overlay(folder),
    };
    loaded.map_err(|diagnostics| problems.tell(&diagnostics)).ok()
}

/// A system that can be judged.
#[derive(Debug)]
pub(super) struct Input {
    /// What its templates say.
    pub(super) topology: Topology,
    /// What is stated beside them, by all means.
    pub(super) scenario: Scenario,
    /// What is doubtful about either.
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl Input {
    /// The fault families that may be on.
    pub(super) fn families(&self) -> Families {
        self.scenario.faults.families.unwrap_or(Families::EVERY)
    }

    /// The programs of the system.
    ///
    /// # Errors
    /// What the models lack; it has been told.
    pub(super) fn programs(&self, models: &Models, problems: Problems) -> Result<Vec<Program>, Vec<Diagnostic>> {
        compile(&self.topology, models, &self.scenario).inspect_err(|diagnostics| problems.tell(diagnostics))
    }
}

/// Reads a template, or a scenario with its own, and tells what is wrong with it.
///
/// # Errors
/// Everything that is wrong, where nothing can be judged; it has been told.
pub(super) fn read(
    path: &Path,
    system: &System,
    models: &Models,
    problems: Problems,
) -> Result<Input, Vec<Diagnostic>> {
    let mut stated = Stated::of(path, system);
    let mut sources = std::mem::take(&mut stated.sources);
    let mut diagnostics = std::mem::take(&mut stated.diagnostics);
    let Some(template) = stated.templates.first().filter(|_| !Problems::has_errors(&diagnostics)) else {
        problems.tell_with(&diagnostics, sources);
        return Err(diagnostics);
    };
    let mut imported = import(template, &stated.import(&system.import), models);
    for diagnostic in &mut imported.diagnostics {
        let is_ours = diagnostic.place.as_ref().is_some_and(|place| place.file.as_os_str() == COMMAND_LINE);
        if is_ours && diagnostic.severity == Severity::Warning {
            diagnostic.severity = Severity::Error;
        }
        stated.place(diagnostic);
    }
    diagnostics.append(&mut imported.diagnostics);
    let (scenario, doubts) = stated.scenario(&imported.stated, &system.scenario);
    diagnostics.extend(doubts);
    if let Some(topology) = &imported.topology {
        diagnostics.extend(scenario_problems(&scenario, topology, models));
    }
    sources.insert(template.clone(), imported.source);
    problems.tell_with(&diagnostics, sources);
    match imported.topology {
        Some(topology) if !Problems::has_errors(&diagnostics) => {
            let scenario = scenario.named_as_in(&topology);
            // A capsule has to name the scenario, not only the template that it brought.
            let topology = Topology { input: path.display().to_string(), ..topology };
            Ok(Input { topology, scenario, diagnostics })
        }
        Some(_) | None => Err(diagnostics),
    }
}

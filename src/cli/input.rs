//! Models, and templates with what is stated beside them, from files.

use std::path::{Path, PathBuf};

use crate::cli::problems::Problems;
use crate::cli::stated::Stated;
use crate::cli::values::System;
use crate::kernel::Families;
use crate::models::Models;
use crate::program::{Program, compile, filters_in_vain};
use crate::scenario::{Scenario, problems as scenario_problems};
use crate::template::{COMMAND_LINE, import_system};
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
    /// What is doubtful about either, and what is wrong with templates that were left out.
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Whether all of it is judged.
    pub(super) extent: Extent,
}

/// How much of what was given is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// All of it.
    Whole,
    /// What could be read of it.
    Readable,
}

impl Input {
    /// The fault families that may be on.
    pub(super) fn families(&self) -> Families {
        self.scenario.faults.families.unwrap_or(Families::USUAL)
    }

    /// The programs of the system.
    ///
    /// # Errors
    /// What the models lack; it has been told.
    pub(super) fn programs(
        &self,
        models: &Models,
        problems: Problems,
    ) -> Result<Vec<Program>, Vec<Diagnostic>> {
        compile(&self.topology, models, &self.scenario).inspect_err(|diagnostics| problems.tell(diagnostics))
    }
}

/// Reads templates and scenarios as one system, and tells what is wrong with them.
///
/// # Errors
/// Everything that is wrong, where nothing can be judged; it has been told.
pub(super) fn read(
    paths: &[PathBuf],
    system: &System,
    models: &Models,
    problems: Problems,
) -> Result<Input, Vec<Diagnostic>> {
    let mut stated = Stated::of(paths, system);
    let mut sources = std::mem::take(&mut stated.sources);
    let mut diagnostics = std::mem::take(&mut stated.diagnostics);
    if stated.templates.is_empty() {
        problems.tell_with(&diagnostics, sources);
        return Err(diagnostics);
    }
    let mut imported = import_system(&stated.templates, &stated.import(&system.import), models);
    for diagnostic in &mut imported.diagnostics {
        let is_ours = diagnostic.place.as_ref().is_some_and(|place| place.file.as_os_str() == COMMAND_LINE);
        if is_ours && diagnostic.severity == Severity::Warning {
            diagnostic.severity = Severity::Error;
            // Nothing is judged, so nothing is taken in the place of a value; the message says what is allowed.
            diagnostic.help.take_if(|help| help.ends_with("until this is mended"));
        }
        stated.place(diagnostic);
    }
    let (scenario, doubts) = stated.scenario(&imported.stated, &system.scenario);
    if let Some(topology) = &mut imported.topology {
        let named = scenario.named_as_in(topology);
        named.let_clients_call(topology, models);
        let found = scenario_problems(&scenario, topology, models);
        diagnostics.extend(found.into_iter().filter(|one| stated.is_certain(one)));
        if !Problems::has_errors(&diagnostics) && !Problems::has_errors(&imported.diagnostics) {
            // What a command cannot compile, it tells itself.
            let programs = compile(topology, models, &named).unwrap_or_default();
            diagnostics.extend(filters_in_vain(&programs, topology));
        }
    }
    diagnostics.extend(doubts);
    let extent = if imported.left_out.is_empty() { Extent::Whole } else { Extent::Readable };
    diagnostics.append(&mut imported.diagnostics);
    let judged = !Problems::has_errors(&diagnostics);
    diagnostics.append(&mut imported.left_out);
    sources.extend(imported.sources);
    problems.tell_with(&diagnostics, sources);
    match imported.topology {
        Some(topology) if judged => {
            let scenario = scenario.named_as_in(&topology);
            // A capsule has to name the scenario, not only the templates that it brought.
            let inputs = paths.iter().map(|path| path.display().to_string()).collect();
            Ok(Input { topology: Topology { inputs, ..topology }, scenario, diagnostics, extent })
        }
        Some(_) | None => Err(diagnostics),
    }
}

//! Models and templates from files.

use std::path::{Path, PathBuf};

use crate::cli::problems::Problems;
use crate::cli::values::{System, nearest};
use crate::models::Models;
use crate::program::{Program, compile};
use crate::scenario::matches;
use crate::template::{COMMAND_LINE, import_system};
use crate::topology::{ResourceDetail, Topology};
use crate::vocabulary::{Diagnostic, EntityKind, Severity};

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
    /// What is doubtful about them, and what is wrong with those that were left out.
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

/// Reads the templates of one system and tells what is wrong with them.
///
/// # Errors
/// Everything that is wrong, where nothing can be judged; it has been told.
pub(super) fn template(
    paths: &[PathBuf],
    system: &System,
    models: &Models,
    problems: Problems,
) -> Result<Input, Vec<Diagnostic>> {
    let mut imported = import_system(paths, &system.import, models);
    if let Some(topology) = &imported.topology {
        imported.diagnostics.extend(unmatched_handlers(topology, system));
    }
    for diagnostic in &mut imported.diagnostics {
        let is_ours = diagnostic.place.as_ref().is_some_and(|place| place.file.as_os_str() == COMMAND_LINE);
        if is_ours && diagnostic.severity == Severity::Warning {
            diagnostic.severity = Severity::Error;
        }
    }
    let judged = !Problems::has_errors(&imported.diagnostics);
    let extent = if imported.left_out.is_empty() { Extent::Whole } else { Extent::Readable };
    let mut diagnostics = imported.left_out;
    diagnostics.append(&mut imported.diagnostics);
    problems.tell_with(&diagnostics, imported.sources);
    match imported.topology {
        Some(topology) if judged => Ok(Input { topology, diagnostics, extent }),
        Some(_) | None => Err(diagnostics),
    }
}

/// The programs of a template.
///
/// # Errors
/// What the models lack; it has been told.
pub(super) fn programs(
    topology: &Topology,
    system: &System,
    models: &Models,
    problems: Problems,
) -> Result<Vec<Program>, Vec<Diagnostic>> {
    compile(topology, models, &system.scenario).inspect_err(|diagnostics| problems.tell(diagnostics))
}

/// Handlers of functions that are not there: a misspelt name would quietly change nothing.
fn unmatched_handlers(topology: &Topology, system: &System) -> Vec<Diagnostic> {
    let is_function = |detail: &ResourceDetail| match detail {
        ResourceDetail::Function(_) => true,
        ResourceDetail::Queue(_) | ResourceDetail::Other => false,
    };
    let functions: Vec<&str> = topology
        .resources
        .iter()
        .filter(|resource| is_function(&resource.detail) && resource.name.kind() == EntityKind::Function)
        .map(|resource| resource.name.as_str())
        .collect();
    let unmatched = system
        .scenario
        .handlers
        .iter()
        .filter(|stated| !functions.iter().any(|name| matches(&stated.function, name)));
    unmatched
        .map(|stated| {
            let pattern = &stated.function;
            let help = match nearest(pattern.trim_end_matches('*'), &functions) {
                Some(near) => format!("did you mean `{near}`?"),
                None if functions.is_empty() => "the template has no function".to_owned(),
                None => format!("the template has {}", functions.join(", ")),
            };
            let message = format!("`--handler {pattern}=…`: there is no such function");
            Diagnostic::error("option-function", message).help(help)
        })
        .collect()
}

//! Models and templates from files.

use std::path::Path;

use crate::cli::problems::Problems;
use crate::cli::values::{System, nearest};
use crate::models::Models;
use crate::program::{Program, compile};
use crate::report::Sources;
use crate::scenario::matches;
use crate::template::{COMMAND_LINE, import};
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

/// A template that can be judged.
#[derive(Debug)]
pub(super) struct Input {
    /// What it says.
    pub(super) topology: Topology,
    /// What is doubtful about it.
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// Reads a template and tells what is wrong with it.
///
/// # Errors
/// Everything that is wrong, where nothing can be judged; it has been told.
pub(super) fn template(
    path: &Path,
    system: &System,
    models: &Models,
    problems: Problems,
) -> Result<Input, Vec<Diagnostic>> {
    let mut imported = import(path, &system.import, models);
    if let Some(topology) = &imported.topology {
        imported.diagnostics.extend(unmatched_handlers(topology, system));
    }
    for diagnostic in &mut imported.diagnostics {
        let is_ours = diagnostic.place.as_ref().is_some_and(|place| place.file.as_os_str() == COMMAND_LINE);
        if is_ours && diagnostic.severity == Severity::Warning {
            diagnostic.severity = Severity::Error;
        }
    }
    let sources = Sources::from([(path.to_owned(), imported.source)]);
    problems.tell_with(&imported.diagnostics, sources);
    match imported.topology {
        Some(topology) if !Problems::has_errors(&imported.diagnostics) => {
            Ok(Input { topology, diagnostics: imported.diagnostics })
        }
        Some(_) | None => Err(imported.diagnostics),
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

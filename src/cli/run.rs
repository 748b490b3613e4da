//! `redrive run`.

use std::path::PathBuf;

use serde_json::Value as Json;

use crate::cli::arguments::{Format, Run};
use crate::cli::input::read;
use crate::cli::problems::Problems;
use crate::cli::start::Done;
use crate::cli::values::{Reader, System};
use crate::explore::{Runner, swarm};
use crate::guarantee::GuaranteeSet;
use crate::kernel::Families;
use crate::models::Models;
use crate::program::Program;
use crate::report::{RunReport, run_json, run_text};
use crate::trace::{EventId, StoredTrace};
use crate::vocabulary::{Diagnostic, did_you_mean};
use crate::world::RunSummary;

/// Runs one seed of every part and shows it.
pub(super) fn run(arguments: &Run, models: &Models, problems: Problems) -> Done {
    let mut reader = Reader::default();
    let system = reader.changes(&arguments.changes, &arguments.faults);
    let seed = reader.number("--seed", &arguments.seed);
    let wrong = reader.finish();
    if !wrong.is_empty() {
        problems.tell(&wrong);
        return Done::unusable();
    }
    let Ok(input) = read(&arguments.paths, &system, models, problems) else { return Done::unusable() };
    let Ok(programs) = input.programs(models, problems) else { return Done::unusable() };
    let families = input.families();
    let runs: Vec<Ran<'_>> = programs.iter().map(|program| Ran::seed(program, seed, families)).collect();
    let reports: Vec<RunReport<'_>> = runs.iter().map(|run| run.report(models)).collect();
    let shown = match selected(&reports, arguments.event.as_deref()) {
        Ok(shown) => shown,
        Err(problem) => {
            problems.tell(&[*problem]);
            return Done::unusable();
        }
    };
    Done::shown(match arguments.format {
        Format::Text if shown.is_empty() => {
            "nothing runs: nothing in this template leads events to a function\n".to_owned()
        }
        Format::Text => {
            let texts: Vec<String> = shown.iter().map(|(report, event)| run_text(report, *event)).collect();
            texts.join("\n")
        }
        Format::Json => format!("{:#}\n", run_json(&shown, Some(seed))),
    })
}

/// One seed of every part as `redrive.trace/1`; what is wrong is told.
pub(super) fn seed_json(
    path: PathBuf,
    system: &System,
    seed: u64,
    models: &Models,
    problems: Problems,
) -> Option<Json> {
    let input = read(&[path], system, models, problems).ok()?;
    let programs = input.programs(models, problems).ok()?;
    let families = input.families();
    let runs: Vec<Ran<'_>> = programs.iter().map(|program| Ran::seed(program, seed, families)).collect();
    let reports: Vec<Shown<'_>> = runs.iter().map(|run| (run.report(models), None)).collect();
    Some(run_json(&reports, Some(seed)))
}

/// One run that is kept.
pub(super) struct Ran<'p> {
    runner: Runner<'p>,
    trace: StoredTrace,
    summary: RunSummary,
    families: Families,
}

impl<'p> Ran<'p> {
    fn seed(program: &'p Program, seed: u64, allowed: Families) -> Self {
        let mut runner = Runner::new(program, GuaranteeSet::EVERY);
        let (summary, trace) = runner.trace_seed(seed, allowed);
        Self { families: swarm(program, seed, allowed).families, runner, trace, summary }
    }

    /// A run that has been made already.
    pub(super) fn of(
        runner: Runner<'p>,
        (summary, trace): (RunSummary, StoredTrace),
        families: Families,
    ) -> Self {
        Self { runner, trace, summary, families }
    }

    /// The run as reports see it.
    pub(super) fn report<'a>(&'a self, models: &'a Models) -> RunReport<'a> {
        RunReport {
            program: self.runner.program(),
            models,
            world: self.runner.world(),
            trace: &self.trace,
            summary: self.summary,
            families: self.families,
        }
    }
}

/// A part of a run, and the event that is asked for in it.
type Shown<'a> = (RunReport<'a>, Option<EventId>);

/// All parts, or the one with the event that is asked for.
fn selected<'a>(reports: &[RunReport<'a>], event: Option<&str>) -> Result<Vec<Shown<'a>>, Box<Diagnostic>> {
    let Some(name) = event else { return Ok(reports.iter().map(|report| (*report, None)).collect()) };
    if let Some((report, event)) = reports.iter().find_map(|report| Some((*report, report.find_event(name)?)))
    {
        return Ok(vec![(report, Some(event))]);
    }
    let names: Vec<String> = reports.iter().flat_map(RunReport::event_names).collect();
    let known: Vec<&str> = names.iter().map(String::as_str).collect();
    let help = match known.as_slice() {
        [] => "the run has no event".to_owned(),
        known => did_you_mean(name, known),
    };
    Err(Box::new(
        Diagnostic::error("option-event", format!("`--event {name}`: the run has no such event")).help(help),
    ))
}

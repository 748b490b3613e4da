//! `redrive replay`.

use std::path::{Path, PathBuf};

use crate::cli::arguments::{Changes, Format, Replay};
use crate::cli::exit::Exit;
use crate::cli::input;
use crate::cli::problems::Problems;
use crate::cli::run::Ran;
use crate::cli::start::Done;
use crate::cli::stated::is_scenario;
use crate::cli::values::{Reader, System};
use crate::explore::{Capsule, Replay as Replayable, Replayed, replay as again};
use crate::models::Models;
use crate::report::{Detail, ReplayReport, replay_json, replay_text};
use crate::vocabulary::Diagnostic;

/// Runs a capsule again and says whether it still applies.
pub(super) fn replay(arguments: &Replay, models: &Models, problems: Problems) -> Done {
    let capsule = match read(&arguments.capsule) {
        Ok(capsule) => capsule,
        Err(problem) => {
            problems.tell(&[*problem]);
            return Done::unusable();
        }
    };
    let mut reader = Reader::default();
    let mut system = changes(&capsule, &mut reader);
    let wrong = reader.finish();
    if !wrong.is_empty() {
        problems.tell(&wrong);
        return Done::unusable();
    }
    let paths = against(arguments, &capsule, &mut system);
    let Ok(input) = input::read(&paths, &system, models, problems) else { return Done::unusable() };
    let Ok(programs) = input.programs(models, problems) else { return Done::unusable() };
    let Some(replay) = again(&capsule, &programs) else {
        let message =
            format!("{} has no queue `{}` that a function reads", input.topology.input(), capsule.queue);
        let help = "name the template that the capsule is about with --against";
        problems.tell(&[Diagnostic::error("capsule-queue", message).help(help)]);
        return Done::unusable();
    };
    show(arguments, &capsule, models, replay)
}

/// A capsule as it was printed, or from a file; in a file lines with `#` are comments.
fn read(text: &str) -> Result<Capsule, Box<Diagnostic>> {
    let path = Path::new(text);
    let (content, place) = match std::fs::read_to_string(path) {
        Ok(content) => {
            let lines = content.lines().filter(|line| !line.trim_start().starts_with('#'));
            (lines.collect::<Vec<_>>().join(" "), format!("{}: ", path.display()))
        }
        Err(_) => (text.to_owned(), String::new()),
    };
    Capsule::parse(&content).map_err(|error| {
        let help = "give what a finding prints after `redrive replay`, in quotes, or a file that holds it";
        Box::new(Diagnostic::error("capsule-unreadable", format!("{place}{error}")).help(help))
    })
}

/// The inputs to replay on. Other templates keep the scenario that the capsule was found with; another scenario takes
/// its place.
fn against(arguments: &Replay, capsule: &Capsule, system: &mut System) -> Vec<PathBuf> {
    let inputs: Vec<PathBuf> = capsule.inputs.iter().map(PathBuf::from).collect();
    if arguments.against.is_empty() {
        return inputs;
    }
    if arguments.against.iter().any(|path| is_scenario(path)) {
        system.file = None;
    } else if let Some(scenario) = inputs.into_iter().find(|path| is_scenario(path)) {
        system.file = Some(scenario);
    }
    arguments.against.clone()
}

/// The options of a capsule are those of the command line that found it.
fn changes(capsule: &Capsule, reader: &mut Reader) -> System {
    let mut changes = Changes::default();
    let mut faults = Vec::new();
    for option in &capsule.options {
        let (flag, value) = option.split_once(' ').unwrap_or((option, ""));
        match flag {
            "--set" => changes.settings.push(value.to_owned()),
            "--parameter" => changes.parameters.push(value.to_owned()),
            "--handler" => changes.handlers.push(value.to_owned()),
            "--assume" => changes.assumptions.push(value.to_owned()),
            "--fault" => changes.planned.push(value.to_owned()),
            "--load" => changes.loads.push(value.to_owned()),
            "--faults" => faults.push(value.to_owned()),
            "--scenario" => changes.scenario = Some(PathBuf::from(value)),
            _ => reader.wrong(
                format!("the capsule has an option `{flag}` that is unknown"),
                "use the version that wrote it",
            ),
        }
    }
    reader.changes(&changes, &faults)
}

fn show(arguments: &Replay, capsule: &Capsule, models: &Models, replay: Replayable<'_>) -> Done {
    let Replayable { runner, summary, trace, families, replayed, violation, unknown } = replay;
    let ran = Ran::of(runner, (summary, trace), families);
    let report = ReplayReport {
        run: ran.report(models),
        capsule,
        replayed,
        event: violation.and_then(|one| one.event),
        violated_at: violation.map(|one| one.at),
        unknown: &unknown,
    };
    let text = match arguments.format {
        Format::Text => replay_text(&report, if arguments.all { Detail::All } else { Detail::Short }),
        Format::Json => format!("{:#}\n", replay_json(&report)),
    };
    let exit = match replayed {
        Replayed::Holds => Exit::Held,
        Replayed::Unclear => Exit::Unusable,
        Replayed::Same | Replayed::Otherwise => Exit::Violated,
    };
    Done { text, exit }
}

//! `redrive replay`.

use std::path::{Path, PathBuf};

use crate::cli::arguments::{Changes, Format, Replay};
use crate::cli::exit::Exit;
use crate::cli::input::{programs, template};
use crate::cli::problems::Problems;
use crate::cli::run::Ran;
use crate::cli::start::Done;
use crate::cli::values::Reader;
use crate::explore::{Capsule, Codec, Runner};
use crate::guarantee::GuaranteeSet;
use crate::kernel::Families;
use crate::models::Models;
use crate::program::Program;
use crate::report::{Detail, ReplayReport, Replayed, replay_json, replay_text};
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
    let system = changes(&capsule, &mut reader);
    let wrong = reader.finish();
    if !wrong.is_empty() {
        problems.tell(&wrong);
        return Done::unusable();
    }
    let path = arguments.against.clone().unwrap_or_else(|| PathBuf::from(&capsule.input));
    let Ok(input) = template(&path, &system, models, problems) else { return Done::unusable() };
    let Ok(programs) = programs(&input.topology, &system, models, problems) else { return Done::unusable() };
    let found = programs.iter().find_map(|program| Some((program, queue_of(program, &capsule.queue)?)));
    let Some((program, queue)) = found else {
        let message = format!("{} has no queue `{}` that a function reads", path.display(), capsule.queue);
        let help = "name the template that the capsule is about with --against";
        problems.tell(&[Diagnostic::error("capsule-queue", message).help(help)]);
        return Done::unusable();
    };
    again(arguments, &capsule, models, program, queue)
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

/// The options of a capsule are those of the command line that found it.
fn changes(capsule: &Capsule, reader: &mut Reader) -> crate::cli::values::System {
    let mut changes = Changes::default();
    for option in &capsule.options {
        let (flag, value) = option.split_once(' ').unwrap_or((option, ""));
        match flag {
            "--set" => changes.settings.push(value.to_owned()),
            "--parameter" => changes.parameters.push(value.to_owned()),
            "--handler" => changes.handlers.push(value.to_owned()),
            "--load" => changes.load = Some(value.to_owned()),
            _ => reader.wrong(
                format!("the capsule has an option `{flag}` that is unknown"),
                "use the version that wrote it",
            ),
        }
    }
    reader.changes(&changes)
}

fn queue_of(program: &Program, name: &str) -> Option<usize> {
    let is_meant = |queue: &usize| {
        let table = &program.queues[*queue];
        table.is_polled() && program.name(table.entity).as_str() == name
    };
    (0..program.queues.len()).find(is_meant)
}

fn again(arguments: &Replay, capsule: &Capsule, models: &Models, program: &Program, queue: usize) -> Done {
    let (choices, unknown) = Codec::new(program).read(&capsule.choices);
    let mut runner = Runner::new(program, GuaranteeSet::EVERY);
    let traced = runner.trace(&choices);
    let families: Families = choices.iter().map(|choice| choice.point.family).collect();
    let ran = Ran::of(runner, traced, families);
    let violations = ran.runner().judge().violations();
    let violation = violations.iter().find(|one| one.guarantee == capsule.guarantee && one.queue == queue);
    let replayed = match violation {
        None => Replayed::Holds,
        Some(_) if ran.summary().digest.0 == capsule.digest => Replayed::Same,
        Some(_) => Replayed::Otherwise,
    };
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
        Replayed::Same | Replayed::Otherwise => Exit::Violated,
    };
    Done { text, exit }
}

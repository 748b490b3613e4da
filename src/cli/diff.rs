//! `redrive diff`.

use std::path::{Path, PathBuf};
use std::thread::available_parallelism;

use serde_json::Value as Json;

use crate::cli::arguments::{Diff as Arguments, Format};
use crate::cli::exit::Exit;
use crate::cli::input::Extent;
use crate::cli::judged::{Judged, Judging};
use crate::cli::problems::Problems;
use crate::cli::run::seed_json;
use crate::cli::saved::{is_report, is_trace, reports, trace};
use crate::cli::start::Done;
use crate::cli::values::Reader;
use crate::explore::CheckOptions;
use crate::guarantee::GuaranteeSet;
use crate::kernel::Families;
use crate::models::Models;
use crate::report::{CheckReport, Diff, Side, TraceDiff, topology_json};
use crate::vocabulary::Diagnostic;

/// What one of the two arguments is.
enum Given {
    System(Box<Side>),
    Run(Json),
}

/// Compares two templates or reports, or two runs.
pub(super) fn diff(arguments: &Arguments, models: &Models, problems: Problems) -> Done {
    let mut reader = Reader::default();
    let system = reader.changes(&arguments.changes, &arguments.faults);
    let seeds = arguments.seeds.as_ref().map(|text| reader.count("--seeds", text));
    let sides = sides(arguments, &mut reader);
    let wrong = reader.finish();
    if !wrong.is_empty() {
        problems.tell(&wrong);
        return Done::unusable();
    }
    let options = CheckOptions {
        seeds,
        first_seed: 0,
        families: Families::USUAL,
        guarantees: GuaranteeSet::EVERY,
        threads: available_parallelism().map_or(1, std::num::NonZero::get),
        exhaustive: None,
        input_options: system.options.clone(),
    };
    let judging = Judging { system: &system, options: &options, deadline: None, models, problems };
    let (before, after) = (given(sides.0, &judging), given(sides.1, &judging));
    let names = (sides.0.join(" "), sides.1.join(" "));
    match (before, after) {
        (Some(Given::System(before)), Some(Given::System(after))) => {
            let diff = Diff::of(*before, *after);
            let text = shown(arguments.format, || diff.text(), || diff.json());
            Done { text, exit: if diff.fails() { Exit::Violated } else { Exit::Held } }
        }
        (Some(Given::Run(before)), Some(Given::Run(after))) => {
            let diff = TraceDiff::of((&names.0, &before), (&names.1, &after));
            Done::shown(shown(arguments.format, || diff.text(), || diff.json()))
        }
        (Some(_), Some(_)) => {
            let message = format!("`{}` and `{}` are of different kinds", names.0, names.1);
            let help = "compare two templates or reports, or two runs: TEMPLATE@SEED, or what `run --format json` wrote";
            problems.tell(&[Diagnostic::error("diff-kinds", message).help(help)]);
            Done::unusable()
        }
        // What is wrong has been told.
        (None, _) | (_, None) => Done::unusable(),
    }
}

/// What is compared with what: what stands before and behind `--`, or else the only two.
fn sides<'a>(arguments: &'a Arguments, reader: &mut Reader) -> (&'a [String], &'a [String]) {
    let Arguments { before, after, .. } = arguments;
    match (before.as_slice(), after.as_slice()) {
        ([one, two], []) => (std::slice::from_ref(one), std::slice::from_ref(two)),
        (before, []) => {
            let message = match before {
                [one] => format!("there is nothing to compare `{one}` with"),
                _ => "it is not clear what is compared with what".to_owned(),
            };
            reader.wrong(message, "give two, or several templates before `--` and behind it");
            (before, &[])
        }
        both => both,
    }
}

fn shown(format: Format, text: impl Fn() -> String, json: impl Fn() -> Json) -> String {
    match format {
        Format::Text => text(),
        Format::Json => format!("{:#}\n", json()),
    }
}

/// Reads one argument, or several templates as one system; what is wrong with them is told.
fn given(arguments: &[String], judging: &Judging<'_>) -> Option<Given> {
    let [argument] = arguments else {
        let paths: Vec<PathBuf> = arguments.iter().map(PathBuf::from).collect();
        return system(&paths, judging);
    };
    let path = Path::new(argument);
    if !path.exists()
        && let Some((template, seed)) = seeded(argument)
    {
        let run = seed_json(template, judging.system, seed, judging.models, judging.problems);
        return run.map(Given::Run);
    }
    let told = |problem: Box<Diagnostic>| judging.problems.tell(&[*problem]);
    if is_trace(path) {
        return trace(path).map_err(told).ok().map(Given::Run);
    }
    if is_report(path) {
        let mut documents = reports(path).map_err(told).ok()?;
        if documents.len() != 1 {
            let message = format!("{argument} holds {} reports", documents.len());
            judging
                .problems
                .tell(&[Diagnostic::error("diff-many", message).help("give a file with one report")]);
            return None;
        }
        return Some(Given::System(Box::new(Side { document: documents.remove(0), topology: None })));
    }
    system(&[path.to_owned()], judging)
}

fn system(paths: &[PathBuf], judging: &Judging<'_>) -> Option<Given> {
    // What could not be read would be told as gone; what is wrong with it has been told.
    let judged = Judged::of(paths, judging).ok().filter(|judged| judged.extent() == Extent::Whole)?;
    let document = judged.document(judging, CheckReport::usually_failing());
    Some(Given::System(Box::new(Side { document, topology: Some(topology_json(judged.topology(), &[])) })))
}

/// `template.yaml@17` is the run of seed 17.
fn seeded(argument: &str) -> Option<(PathBuf, u64)> {
    let (path, seed) = argument.rsplit_once('@')?;
    Some((PathBuf::from(path), seed.parse().ok()?))
}

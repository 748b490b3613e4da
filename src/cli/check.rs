//! `redrive check`.

use std::thread::available_parallelism;

use crate::cli::arguments::{Check, Format};
use crate::cli::exit::{Exercise, Exit};
use crate::cli::input::{Extent, Input, read};
use crate::cli::problems::Problems;
use crate::cli::progress::Bar;
use crate::cli::start::{Done, Loudness};
use crate::cli::values::{Reader, System};
use crate::explore::{CheckOptions, check as search};
use crate::guarantee::{GuaranteeName, GuaranteeSet, deployable};
use crate::kernel::Families;
use crate::models::Models;
use crate::report::{CheckReport, Detail, check_json, check_text, conclusion, unusable_json};
use crate::vocabulary::Diagnostic;

/// What the options of one command come to.
struct Plan<'a> {
    system: System,
    options: CheckOptions,
    fail_on: GuaranteeSet,
    exercise: Exercise,
    detail: Detail,
    format: Format,
    models: &'a Models,
    problems: Problems,
}

/// Checks the inputs as one system; a broken one does not stop the others.
pub(super) fn check(arguments: &Check, models: &Models, problems: Problems) -> Done {
    let Some(plan) = plan(arguments, models, problems) else { return Done::unusable() };
    let unusable = |diagnostics: &[Diagnostic]| match plan.format {
        Format::Text => Done::unusable(),
        Format::Json => {
            let paths: Vec<String> = arguments.paths.iter().map(|path| path.display().to_string()).collect();
            let report = unusable_json(&paths.join(", "), models, diagnostics);
            Done { text: format!("{report:#}\n"), exit: Exit::Unusable }
        }
    };
    match read(&arguments.paths, &plan.system, models, problems) {
        Ok(input) => judged(&input, &plan).unwrap_or_else(|diagnostics| unusable(&diagnostics)),
        Err(diagnostics) => unusable(&diagnostics),
    }
}

fn plan<'a>(arguments: &Check, models: &'a Models, problems: Problems) -> Option<Plan<'a>> {
    let mut reader = Reader::default();
    let system = reader.changes(&arguments.changes, &arguments.faults);
    let seeds = arguments.seeds.as_ref().map(|text| reader.count("--seeds", text));
    let seed = arguments.seed.as_ref().map(|text| reader.number("--seed", text));
    let guarantees = reader.guarantees("--guarantees", &arguments.guarantees, GuaranteeSet::EVERY);
    let fail_on = reader.guarantees("--fail-on", &arguments.fail_on, CheckReport::usually_failing());
    let exhaustive = arguments.exhaustive.as_ref().map(|text| reader.scope("--exhaustive", text));
    let wrong = reader.finish();
    if !wrong.is_empty() {
        problems.tell(&wrong);
        return None;
    }
    let options = CheckOptions {
        seeds: seeds.or(seed.map(|_| 1)),
        first_seed: seed.unwrap_or(0),
        families: Families::EVERY,
        guarantees,
        threads: available_parallelism().map_or(1, std::num::NonZero::get),
        exhaustive,
        input_options: system.options.clone(),
    };
    let detail = match (problems.loudness(), arguments.all) {
        (_, true) => Detail::All,
        (Loudness::Quiet, false) => Detail::Brief,
        (Loudness::Usual, false) => Detail::Short,
    };
    let exercise = if arguments.require_exercised { Exercise::Required } else { Exercise::Optional };
    Some(Plan { system, options, fail_on, exercise, detail, format: arguments.format, models, problems })
}

fn judged(input: &Input, plan: &Plan<'_>) -> Result<Done, Vec<Diagnostic>> {
    let bar = Bar::new(plan.problems.loudness());
    let options = CheckOptions { families: input.families(), ..plan.options.clone() };
    let searched = search(&input.topology, plan.models, &input.scenario, &options, &mut |progress| {
        bar.show(&progress);
    });
    bar.clear();
    let checked = searched.inspect_err(|diagnostics| plan.problems.tell(diagnostics))?;
    let asked = plan.options.guarantees.has(GuaranteeName::Deployable);
    let refusals = if asked { deployable(&input.topology, plan.models) } else { Vec::new() };
    let report = CheckReport {
        topology: &input.topology,
        scenario: &input.scenario,
        models: plan.models,
        checked: &checked,
        refusals: &refusals,
        diagnostics: &input.diagnostics,
        fail_on: plan.fail_on,
        detail: plan.detail,
    };
    let text = match plan.format {
        Format::Text => check_text(&report),
        Format::Json => format!("{:#}\n", check_json(&report)),
    };
    let exit = Exit::of(conclusion(&report), plan.exercise);
    Ok(Done {
        text,
        exit: match input.extent {
            Extent::Whole => exit,
            Extent::Readable => exit.join(Exit::Unusable),
        },
    })
}

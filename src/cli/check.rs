//! `redrive check`.

use std::path::Path;
use std::thread::available_parallelism;

use crate::cli::arguments::{Check, CheckFormat};
use crate::cli::exit::{Exercise, Exit};
use crate::cli::input::template;
use crate::cli::problems::Problems;
use crate::cli::progress::Bar;
use crate::cli::render::render;
use crate::cli::start::{Done, Loudness};
use crate::cli::values::{Reader, System};
use crate::explore::{CheckOptions, check as search};
use crate::guarantee::{GuaranteeName, GuaranteeSet, deployable};
use crate::models::Models;
use crate::report::{CheckReport, Detail, Document, Excuses, check_text, conclusion, document, unusable};

/// What holds for all inputs of one command.
struct Plan<'a> {
    system: System,
    options: CheckOptions,
    fail_on: GuaranteeSet,
    exercise: Exercise,
    detail: Detail,
    format: CheckFormat,
    models: &'a Models,
    problems: Problems,
}

/// Checks every input on its own; a broken one does not stop the others.
pub(super) fn check(arguments: &Check, models: &Models, problems: Problems) -> Done {
    let Some(plan) = plan(arguments, models, problems) else { return Done::unusable() };
    let mut exit = Exit::Held;
    let mut shown = Vec::new();
    for path in &arguments.paths {
        let (result, its_exit) = one(path, &plan);
        exit = exit.join(its_exit);
        shown.push(result);
    }
    let documents: Vec<Document> = shown.iter().filter_map(Shown::document).cloned().collect();
    let text = match plan.format {
        CheckFormat::Text => {
            let texts: Vec<&str> = shown.iter().filter_map(Shown::text).collect();
            texts.join("\n")
        }
        CheckFormat::Json
        | CheckFormat::Github
        | CheckFormat::Junit
        | CheckFormat::Markdown
        | CheckFormat::Sarif => render(plan.format, &documents, models),
    };
    Done { text, exit }
}

/// What one input has to show.
enum Shown {
    /// For people.
    Text(String),
    /// For programs and other tools.
    Document(Box<Document>),
    /// Nothing: its problems were told.
    Nothing,
}

impl Shown {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Document(_) | Self::Nothing => None,
        }
    }

    fn document(&self) -> Option<&Document> {
        match self {
            Self::Document(document) => Some(document),
            Self::Text(_) | Self::Nothing => None,
        }
    }
}

fn plan<'a>(arguments: &Check, models: &'a Models, problems: Problems) -> Option<Plan<'a>> {
    let mut reader = Reader::default();
    let system = reader.changes(&arguments.changes);
    let seeds = arguments.seeds.as_ref().map(|text| reader.count("--seeds", text));
    let seed = arguments.seed.as_ref().map(|text| reader.number("--seed", text));
    let families = reader.families("--faults", &arguments.faults);
    let guarantees = reader.guarantees("--guarantees", &arguments.guarantees, GuaranteeSet::EVERY);
    let fail_on = reader.guarantees("--fail-on", &arguments.fail_on, CheckReport::usually_failing());
    let wrong = reader.finish();
    if !wrong.is_empty() {
        problems.tell(&wrong);
        return None;
    }
    let options = CheckOptions {
        seeds: seeds.or(seed.map(|_| 1)),
        first_seed: seed.unwrap_or(0),
        families,
        guarantees,
        threads: available_parallelism().map_or(1, std::num::NonZero::get),
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

fn one(path: &Path, plan: &Plan<'_>) -> (Shown, Exit) {
    let unusable = |diagnostics: &[_]| match plan.format {
        CheckFormat::Text => (Shown::Nothing, Exit::Unusable),
        CheckFormat::Json
        | CheckFormat::Github
        | CheckFormat::Junit
        | CheckFormat::Markdown
        | CheckFormat::Sarif => {
            let report = unusable(&path.display().to_string(), plan.models, diagnostics);
            (Shown::Document(Box::new(report)), Exit::Unusable)
        }
    };
    let input = match template(path, &plan.system, plan.models, plan.problems) {
        Ok(input) => input,
        Err(diagnostics) => return unusable(&diagnostics),
    };
    let bar = Bar::new(plan.problems.loudness());
    let searched =
        search(&input.topology, plan.models, &plan.system.scenario, &plan.options, &mut |progress| {
            bar.show(&progress);
        });
    bar.clear();
    let checked = match searched {
        Ok(checked) => checked,
        Err(diagnostics) => {
            plan.problems.tell(&diagnostics);
            return unusable(&diagnostics);
        }
    };
    let asked = plan.options.guarantees.has(GuaranteeName::Deployable);
    let refusals = if asked { deployable(&input.topology, plan.models) } else { Vec::new() };
    let report = CheckReport {
        topology: &input.topology,
        models: plan.models,
        checked: &checked,
        refusals: &refusals,
        diagnostics: &input.diagnostics,
        fail_on: plan.fail_on,
        excuses: &Excuses::default(),
        detail: plan.detail,
    };
    let shown = match plan.format {
        CheckFormat::Text => Shown::Text(check_text(&report)),
        CheckFormat::Json
        | CheckFormat::Github
        | CheckFormat::Junit
        | CheckFormat::Markdown
        | CheckFormat::Sarif => {
            Shown::Document(Box::new(document(&report).with_options(&plan.system.options)))
        }
    };
    (shown, Exit::of(conclusion(&report), plan.exercise))
}

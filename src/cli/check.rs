//! `redrive check`.

use std::path::Path;
use std::thread::available_parallelism;

use crate::cli::arguments::{Check, CheckFormat};
use crate::cli::clock::{Deadline, today};
use crate::cli::exit::{Exercise, Exit};
use crate::cli::judged::{Beside, Judged, Judging};
use crate::cli::problems::Problems;
use crate::cli::render::render;
use crate::cli::saved::{is_report, ledger, reports, template_name};
use crate::cli::shard::seeds;
use crate::cli::start::{Done, Loudness};
use crate::cli::values::{Reader, System};
use crate::explore::CheckOptions;
use crate::guarantee::GuaranteeSet;
use crate::models::Models;
use crate::report::{
    CheckReport, Comparison, Detail, Document, Excuses, Staleness, apply, check_text, conclusion, document,
    unusable,
};
use crate::vocabulary::Diagnostic;

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
    /// Whether accepted findings that were not found are told.
    staleness: Staleness,
    /// The time that each search may take, in microseconds.
    deadline: Option<u64>,
    /// What to compare with.
    against: Option<Vec<Document>>,
}

impl Plan<'_> {
    /// How each input is judged; its time begins now.
    fn judging(&self) -> Judging<'_> {
        Judging {
            system: &self.system,
            options: &self.options,
            deadline: self.deadline.map(Deadline::after),
            models: self.models,
            problems: self.problems,
        }
    }
}

/// Checks every input on its own; a broken one does not stop the others.
pub(super) fn check(arguments: &Check, models: &Models, problems: Problems) -> Done {
    let Some(mut plan) = plan(arguments, models, problems) else { return Done::unusable() };
    if let Some(path) = &arguments.against {
        match against(path, &plan) {
            Ok(documents) => plan.against = Some(documents),
            Err(_) => return Done::unusable(),
        }
    }
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
    let (first_seed, seeds) = seeds(&mut reader, arguments);
    let deadline = arguments.time.as_ref().and_then(|text| reader.length("--for", text));
    let families = reader.families("--faults", &arguments.faults);
    let guarantees = reader.guarantees("--guarantees", &arguments.guarantees, GuaranteeSet::EVERY);
    let fail_on = reader.guarantees("--fail-on", &arguments.fail_on, CheckReport::usually_failing());
    let wrong = reader.finish();
    if !wrong.is_empty() {
        problems.tell(&wrong);
        return None;
    }
    let options = CheckOptions {
        seeds,
        first_seed,
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
    let narrowed = [&arguments.faults, &arguments.guarantees].into_iter().any(|list| !list.is_empty())
        || arguments.seeds.is_some()
        || arguments.seed.is_some()
        || arguments.time.is_some();
    Some(Plan {
        system,
        options,
        fail_on,
        exercise,
        detail,
        format: arguments.format,
        models,
        problems,
        staleness: if narrowed { Staleness::Untold } else { Staleness::Told },
        deadline,
        against: None,
    })
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
    let how = plan.judging();
    let judged = match Judged::of(path, &how) {
        Ok(judged) => judged,
        Err(diagnostics) => return unusable(&diagnostics),
    };
    let found = judged.document(&how, plan.fail_on);
    let mut excuses = Excuses::default();
    match ledger(path) {
        Ok(ledger) => {
            let name = template_name(path);
            let warnings = apply(&ledger, &found, &name, today(), plan.staleness, &mut excuses);
            plan.problems.tell(&warnings);
        }
        Err(diagnostics) => {
            plan.problems.tell(&diagnostics);
            return unusable(&diagnostics);
        }
    }
    let comparison = plan.against.as_ref().and_then(|others| other(others, path)).map(|old| {
        let comparison = Comparison::of(old, &found);
        comparison.excuses(&mut excuses);
        comparison
    });
    let beside = Beside {
        fail_on: plan.fail_on,
        excuses: &excuses,
        comparison: comparison.as_ref(),
        detail: plan.detail,
    };
    let report = judged.report(plan.models, beside);
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

/// The report to compare an input with: that of the same input, or the only one.
fn other<'a>(others: &'a [Document], path: &Path) -> Option<&'a Document> {
    let input = path.display().to_string();
    others.iter().find(|one| one.input() == input).or(match others {
        [only] => Some(only),
        [] | [_, _, ..] => None,
    })
}

/// What to compare with: a saved report, or a template that is judged the same way.
fn against(path: &Path, plan: &Plan<'_>) -> Result<Vec<Document>, Vec<Diagnostic>> {
    if is_report(path) {
        return reports(path).map_err(|problem| {
            plan.problems.tell(&[(*problem).clone()]);
            vec![*problem]
        });
    }
    let how = plan.judging();
    Ok(vec![Judged::of(path, &how)?.document(&how, plan.fail_on)])
}

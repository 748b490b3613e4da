//! `redrive check`.

use std::path::{Path, PathBuf};
use std::thread::available_parallelism;

use crate::cli::arguments::{Check, CheckFormat};
use crate::cli::clock::{Deadline, today};
use crate::cli::exit::{Exercise, Exit};
use crate::cli::input::Extent;
use crate::cli::judged::{Beside, Judged, Judging};
use crate::cli::problems::Problems;
use crate::cli::render::render;
use crate::cli::saved::{is_report, ledger, reports, template_name};
use crate::cli::shard::seeds;
use crate::cli::start::{Done, Loudness};
use crate::cli::values::{Reader, System};
use crate::explore::CheckOptions;
use crate::guarantee::GuaranteeSet;
use crate::kernel::Families;
use crate::models::Models;
use crate::report::{
    CheckReport, Comparison, Detail, Document, Excuses, Staleness, apply, check_text, conclusion, document,
    unusable,
};
use crate::vocabulary::Diagnostic;

/// What the options of one command come to.
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

/// Checks the inputs as one system; a broken one does not stop the others.
pub(super) fn check(arguments: &Check, models: &Models, problems: Problems) -> Done {
    let Some(mut plan) = plan(arguments, models, problems) else { return Done::unusable() };
    if let Some(path) = &arguments.against {
        match against(path, &plan) {
            Ok(documents) => plan.against = Some(documents),
            Err(_) => return Done::unusable(),
        }
    }
    judged(&arguments.paths, &plan).unwrap_or_else(|diagnostics| {
        let paths: Vec<String> = arguments.paths.iter().map(|path| path.display().to_string()).collect();
        let document = unusable(&paths.join(", "), models, &diagnostics);
        Done { text: render(plan.format, &[document], models), exit: Exit::Unusable }
    })
}

fn plan<'a>(arguments: &Check, models: &'a Models, problems: Problems) -> Option<Plan<'a>> {
    let mut reader = Reader::default();
    let system = reader.changes(&arguments.changes, &arguments.faults);
    let (first_seed, seeds) = seeds(&mut reader, arguments);
    let deadline = arguments.time.as_ref().and_then(|text| reader.length("--for", text));
    let guarantees = reader.guarantees("--guarantees", &arguments.guarantees, GuaranteeSet::EVERY);
    let fail_on = reader.guarantees("--fail-on", &arguments.fail_on, CheckReport::usually_failing());
    let exhaustive = arguments.exhaustive.as_ref().map(|text| reader.scope("--exhaustive", text));
    let wrong = reader.finish();
    if !wrong.is_empty() {
        problems.tell(&wrong);
        return None;
    }
    let options = CheckOptions {
        seeds,
        first_seed,
        families: Families::USUAL,
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

fn judged(paths: &[PathBuf], plan: &Plan<'_>) -> Result<Done, Vec<Diagnostic>> {
    let how = plan.judging();
    let judged = Judged::of(paths, &how)?;
    let found = judged.document(&how, plan.fail_on);
    let mut excuses = Excuses::default();
    for path in paths {
        let ledger = ledger(path).inspect_err(|diagnostics| plan.problems.tell(diagnostics))?;
        let name = template_name(path);
        let warnings = apply(&ledger, &found, &name, today(), plan.staleness, &mut excuses);
        plan.problems.tell(&warnings);
    }
    if let Some(others) = &plan.against
        && other(others, &found).is_none()
    {
        plan.problems.tell(&[unmatched(others, &found)]);
    }
    let comparison = plan.against.as_ref().and_then(|others| other(others, &found)).map(|old| {
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
    let text = match plan.format {
        CheckFormat::Text => check_text(&report),
        CheckFormat::Json
        | CheckFormat::Github
        | CheckFormat::Junit
        | CheckFormat::Markdown
        | CheckFormat::Sarif => {
            render(plan.format, &[document(&report).with_options(&plan.system.options)], plan.models)
        }
    };
    let exit = Exit::of(conclusion(&report), plan.exercise);
    Ok(Done {
        text,
        exit: match judged.extent() {
            Extent::Whole => exit,
            Extent::Readable => exit.join(Exit::Unusable),
        },
    })
}

/// The report to compare with: that of the same input, or the only one.
fn other<'a>(others: &'a [Document], found: &Document) -> Option<&'a Document> {
    others.iter().find(|one| one.input() == found.input()).or(match others {
        [only] => Some(only),
        [] | [_, _, ..] => None,
    })
}

/// Nothing is compared, which must not look as if nothing had become worse.
fn unmatched(others: &[Document], found: &Document) -> Diagnostic {
    let message = format!("nothing is compared: `--against` holds no report of {}", found.input());
    let inputs: Vec<&str> = others.iter().map(Document::input).collect();
    Diagnostic::warning("against-none", message).help(format!("it holds those of {}", inputs.join(", ")))
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
    Ok(vec![Judged::of(&[path.to_owned()], &how)?.document(&how, plan.fail_on)])
}

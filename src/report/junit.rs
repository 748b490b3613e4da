//! `redrive check --format junit`: a test suite for each input, a test case for each guarantee at each place.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::report::document::{Document, Excuse, Guarantee, diagnostic_parts, facts, story, summary};
use crate::report::text::Page;

/// `JUnit` XML without times, so that equal checks give equal bytes.
pub fn junit(documents: &[Document]) -> String {
    let mut report = Report::new("redrive");
    report.add_test_suites(documents.iter().map(suite));
    report.to_string().expect("a report has only text that XML can hold")
}

fn suite(document: &Document) -> TestSuite {
    let mut suite = TestSuite::new(&document.input);
    let property = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    suite.add_properties([
        property("redrive.version", &document.version),
        property("redrive.models", &document.models_digest),
        property("redrive.seeds.first", &document.seeds.first.to_string()),
        property("redrive.seeds.count", &document.seeds.count.to_string()),
        property("redrive.conclusion", &document.conclusion),
    ]);
    suite.add_properties(document.options.iter().map(|option| property("redrive.option", option)));
    for part in &document.parts {
        let seeds = format!("{} from {}", part.seeds.count, part.seeds.first);
        suite.add_property(property(&format!("redrive.seeds.{}", part.sources.join(",")), &seeds));
    }
    if document.conclusion == "unusable" {
        suite.add_test_case(unusable(document));
    }
    let cases = document.guarantees.iter().enumerate();
    suite.add_test_cases(cases.map(|(index, verdict)| case(document, index, verdict)));
    suite.set_system_out(summary(document));
    suite
}

/// An input that cannot be judged is an error, not a failure.
fn unusable(document: &Document) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_type("unusable").set_message("the input cannot be used");
    let lines: Vec<String> = document
        .diagnostics
        .iter()
        .map(diagnostic_parts)
        .map(|one| {
            let place = match (one.file, one.line, one.column) {
                (Some(file), Some(line), Some(column)) => format!("{file}:{line}:{column}: "),
                (Some(file), _, _) => format!("{file}: "),
                (None, _, _) => String::new(),
            };
            format!("{place}{}[{}]: {}", one.severity, one.code, one.message)
        })
        .collect();
    status.set_description(lines.join("\n"));
    let mut case = TestCase::new("input", status);
    case.set_classname(&document.input);
    case
}

fn case(document: &Document, index: usize, verdict: &Guarantee) -> TestCase {
    let status = match verdict.verdict.as_str() {
        _ if verdict.fails() => failure(document, index, verdict),
        "violated" | "held" => TestCaseStatus::success(),
        other => {
            let mut status = TestCaseStatus::skipped();
            let why = verdict.reason.clone().unwrap_or_else(|| "no run put it to the test".to_owned());
            status.set_type(other).set_message(why);
            status
        }
    };
    let mut case = TestCase::new(name(verdict), status);
    case.set_classname(&document.input);
    case.add_property(("redrive.id".to_owned(), verdict.id.clone()));
    if verdict.is_violated() && !verdict.fails() {
        let why = verdict.excused.as_ref().map_or_else(|| "advice".to_owned(), Excuse::says);
        case.set_system_out(format!("violated, and no failure: {why}\n{}", told(document, index, verdict)));
    } else if let Some(bound) = &verdict.bound {
        case.set_system_out(bound);
    }
    case
}

/// Which test it is; what is stated says what it asks for itself.
fn name(verdict: &Guarantee) -> String {
    let mark = if verdict.is_stated() { ": " } else { " at " };
    format!("{}{mark}{}", verdict.name, verdict.at.arrow())
}

fn failure(document: &Document, index: usize, verdict: &Guarantee) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    let title = document.finding_of(index).map_or_else(|| verdict.name.clone(), |one| one.title.clone());
    status.set_type(&verdict.name).set_message(title).set_description(told(document, index, verdict));
    status
}

/// How a story was found.
fn found_with(seed: Option<u64>) -> String {
    seed.map_or_else(
        || ", found among all combinations".to_owned(),
        |seed| format!(", found with seed {seed}"),
    )
}

/// Facts, story and replay command of a violated verdict.
fn told(document: &Document, index: usize, verdict: &Guarantee) -> String {
    let mut text = Page::default();
    if let Some(finding) = document.finding_of(index) {
        text.append(&format!("{} (finding {})\n", finding.title, finding.id));
        for (name, value) in facts(document, finding) {
            text.append(&format!("{name}: {value}\n"));
        }
    }
    if let Some(spot) = &verdict.at.place {
        text.append(&format!("{}:{}:{}\n", spot.file, spot.line, spot.column));
    }
    if let Some(counterexample) = &verdict.counterexample {
        text.append(&format!("\nstory{}:\n{}", found_with(counterexample.seed), story(verdict)));
        text.append(&format!("\nreplay:\n{}\n", counterexample.command));
    }
    text.finish()
}

//! The formats for other tools, as snapshots and by the rules of each format.

use std::collections::BTreeSet;

use quick_junit::{Report as Junit, TestCaseStatus};
use redrive::models::Models;
use redrive::report::{Detail, Document, document, github, junit, markdown, read_documents, sarif, unusable};
use redrive::vocabulary::Diagnostic;
use serde_json::Value as Json;

use crate::report::{check, collateral, lost};

/// The reports of two systems and of an input that cannot be used.
fn documents() -> (Vec<Document>, Models) {
    let (lost, collateral) = (lost(), collateral());
    let problem =
        Diagnostic::error("template-unreadable", "absent.yaml cannot be read: gone, 100 %").help("name it");
    let broken = unusable("absent.yaml", &lost.models, &[problem]);
    let all =
        vec![document(&lost.report(Detail::Short)), document(&collateral.report(Detail::Short)), broken];
    (all, lost.models)
}

#[test]
fn annotations_are_one_command_a_line() {
    let (documents, _) = documents();
    let text = github(&documents);
    let commands: Vec<&str> = text.lines().filter(|line| line.starts_with("::")).collect();
    assert_eq!(commands.iter().filter(|line| line.starts_with("::error ")).count(), 3, "{text}");
    assert_eq!(text.lines().count(), commands.len() + documents.len(), "{text}");
    check("format_github", &text);
}

#[test]
fn a_comment_has_a_table_and_folds_findings_away() {
    let (documents, _) = documents();
    let text = markdown(&documents);
    assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
    check("format_markdown", &text);
}

#[test]
fn test_cases_count_what_fails() {
    let (documents, _) = documents();
    let text = junit(&documents);
    let read = Junit::deserialize_from_str(&text).expect("it is what test runners write");
    assert_eq!((read.failures, read.errors), (2, 1), "{text}");
    let cases = read.test_suites.iter().flat_map(|suite| &suite.test_cases);
    let told = cases.filter_map(|case| match &case.status {
        TestCaseStatus::NonSuccess { description, .. } => description.as_ref(),
        TestCaseStatus::Success { .. } | TestCaseStatus::Skipped { .. } => None,
    });
    let told: Vec<&str> = told.map(quick_junit::XmlString::as_str).collect();
    assert_eq!(told.iter().filter(|text| text.contains("redrive replay '")).count(), 2, "{told:?}");
    check("format_junit", &text);
}

/// The properties that the schema of SARIF 2.1.0 knows, of the objects that are written; the schema allows no others.
const SARIF: [(&str, &[&str]); 20] = [
    ("", &["$schema", "version", "runs"]),
    ("runs", &["tool", "invocations", "columnKind", "results", "properties"]),
    ("tool", &["driver"]),
    ("driver", &["name", "version", "semanticVersion", "rules"]),
    (
        "rules",
        &["id", "name", "shortDescription", "fullDescription", "help", "defaultConfiguration", "properties"],
    ),
    ("defaultConfiguration", &["level"]),
    ("invocations", &["executionSuccessful", "toolExecutionNotifications"]),
    ("toolExecutionNotifications", &["descriptor", "level", "message", "locations"]),
    ("descriptor", &["id"]),
    (
        "results",
        &[
            "ruleId",
            "ruleIndex",
            "level",
            "message",
            "locations",
            "partialFingerprints",
            "codeFlows",
            "suppressions",
            "baselineState",
            "properties",
        ],
    ),
    ("message", &["text", "markdown"]),
    ("help", &["text", "markdown"]),
    ("codeFlows", &["threadFlows"]),
    ("threadFlows", &["locations"]),
    ("location", &["physicalLocation", "logicalLocations", "message"]),
    ("physicalLocation", &["artifactLocation", "region"]),
    ("artifactLocation", &["uri"]),
    ("region", &["startLine", "startColumn"]),
    ("logicalLocations", &["fullyQualifiedName", "kind"]),
    ("suppressions", &["kind", "status", "justification"]),
];
/// What both a thread flow and a result call `locations`.
const LOCATIONS: [&str; 5] = ["location", "importance", "physicalLocation", "logicalLocations", "message"];

/// Walks over all objects and gathers properties that the schema does not know.
fn unknown(name: &str, value: &Json, found: &mut BTreeSet<String>) {
    match value {
        Json::Array(items) => items.iter().for_each(|item| unknown(name, item, found)),
        Json::Object(object) if name != "properties" && name != "partialFingerprints" => {
            let known = SARIF.iter().find(|(of, _)| *of == name).map_or(&LOCATIONS[..], |(_, known)| known);
            let text = ["shortDescription", "fullDescription"].contains(&name);
            for (property, value) in object {
                if !(known.contains(&property.as_str()) || (text && property == "text")) {
                    found.insert(format!("{name}.{property}"));
                }
                unknown(property, value, found);
            }
        }
        Json::Object(_) | Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

#[test]
fn sarif_keeps_to_its_schema_and_names_rules_places_and_fingerprints() {
    let (documents, models) = documents();
    let log = sarif(&documents, &models);
    let mut found = BTreeSet::new();
    unknown("", &log, &mut found);
    assert_eq!(found, BTreeSet::new());
    let run = &log["runs"][0];
    let (rules, results) = (&run["tool"]["driver"]["rules"], run["results"].as_array().expect("a list"));
    assert_eq!(results.len(), 3);
    for result in results {
        let rule = &rules[result["ruleIndex"].as_u64().expect("a position") as usize];
        assert_eq!(rule["id"], result["ruleId"]);
        assert_eq!(result["partialFingerprints"]["redriveFinding/v1"].as_str().map(str::len), Some(8));
        assert!(result["locations"][0]["physicalLocation"]["region"]["startLine"].as_u64() > Some(1));
        let steps = result["codeFlows"][0]["threadFlows"][0]["locations"].as_array().expect("a story");
        assert_eq!(steps.iter().filter(|step| step["importance"] == "essential").count(), 1);
    }
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    check("format_sarif", &format!("{log:#}"));
}

#[test]
fn a_report_reads_back_as_it_was_written() {
    let (documents, _) = documents();
    for document in &documents {
        let text = document.to_json().to_string();
        let read = read_documents(&text).expect("it is a report");
        assert_eq!(read[0].to_json().to_string(), text);
    }
    assert!(read_documents("[{]").unwrap_err().line.is_some());
    assert!(read_documents("{}").unwrap_err().message.contains("redrive.report/1"));
    assert!(
        read_documents("{\"format\": \"redrive.report/9\"}")
            .unwrap_err()
            .message
            .contains("redrive.report/9")
    );
    let cut = documents[0].to_json().to_string().replace("\"findings\"", "\"findigns\"");
    assert!(read_documents(&cut).unwrap_err().message.contains("findings"));
}

/// The blocks of a document that a command prints: the command, and the lines.
fn shown(document: &str) -> Vec<(&str, Vec<&str>)> {
    let blocks = document.split("<!-- shown by: ").skip(1);
    blocks
        .map(|rest| {
            let (command, rest) = rest.split_once(" -->\n```").expect("a command, then a block");
            let (_, rest) = rest.split_once('\n').expect("a language");
            let (content, _) = rest.split_once("\n```\n").expect("the block ends");
            (command, content.lines().collect())
        })
        .collect()
}

#[cfg(feature = "cli")]
#[test]
fn the_documentation_shows_what_the_command_prints() {
    let blocks = shown(include_str!("../../docs/formats.md"));
    assert_eq!(blocks.len(), 4);
    for (command, lines) in blocks {
        let arguments = command.strip_prefix("redrive ").expect("our command").split(' ');
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_redrive"))
            .args(arguments)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .expect("the command starts");
        let real = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut rest = real.lines();
        for line in lines.into_iter().filter(|line| *line != "…") {
            let matches = |other: &str| match line.strip_suffix('…') {
                Some(start) => other.starts_with(start),
                None => other == line,
            };
            assert!(rest.any(matches), "`{command}` does not print this line, or not here:\n{line}");
        }
    }
}

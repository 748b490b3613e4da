//! `redrive check --format sarif`: SARIF 2.1.0, one run for all inputs, for code scanning and editors.
//!
//! A result is a finding at one place; its fingerprint is the stable id of the first verdict there.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use crate::models::{Models, Weight};
use crate::report::document::{
    Document, Excuse, Finding, Guarantee, Line, Spot, broken_by, clock, diagnostic_parts, facts, story,
    tolerated,
};
use crate::report::text::Page;

/// The schema that the result follows.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// Says what the fingerprint is made of; another way to make it gets another number.
const FINGERPRINT: &str = "redriveFinding/v1";

/// The whole log.
pub fn sarif(documents: &[Document], models: &Models) -> Json {
    let names = rule_names(documents, models);
    let results: Vec<Json> = documents.iter().flat_map(|one| results(one, &names)).collect();
    let usable = documents.iter().all(|one| one.conclusion != "unusable");
    let notifications: Vec<Json> =
        documents.iter().flat_map(|one| &one.diagnostics).map(notification).collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "redrive",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": names.iter().map(|name| rule(models, name)).collect::<Vec<_>>(),
            } },
            "invocations": [{
                "executionSuccessful": usable,
                "toolExecutionNotifications": notifications,
            }],
            "columnKind": "unicodeCodePoints",
            "results": results,
            "properties": {
                "modelsDigest": format!("{:016x}", models.digest()),
                "inputs": documents.iter().map(input).collect::<Vec<_>>(),
            },
        }],
    })
}

fn input(document: &Document) -> Json {
    json!({
        "input": document.input,
        "conclusion": document.conclusion,
        "firstSeed": document.seeds.first,
        "seeds": document.seeds.count,
    })
}

/// The catalogue in its order, then what only the reports name.
fn rule_names(documents: &[Document], models: &Models) -> Vec<String> {
    let mut names: Vec<String> = models.guarantees().map(|guarantee| guarantee.name.clone()).collect();
    let others: BTreeSet<&String> =
        documents.iter().flat_map(|one| &one.guarantees).map(|one| &one.name).collect();
    let others: Vec<String> = others.into_iter().filter(|name| !names.contains(name)).cloned().collect();
    names.extend(others);
    names
}

fn rule(models: &Models, name: &str) -> Json {
    let Some(guarantee) = models.guarantee(name) else {
        return json!({ "id": name, "shortDescription": { "text": name } });
    };
    let level = if guarantee.gates == Weight::Gates { "error" } else { "note" };
    let help = format!(
        "{}\n\nWhen is this a false alarm? {}\n\n`redrive explain {name}` tells more.",
        guarantee.says, guarantee.false_alarm
    );
    json!({
        "id": name,
        "name": name,
        "shortDescription": { "text": guarantee.says },
        "fullDescription": { "text": guarantee.says },
        "help": { "text": help.replace('`', ""), "markdown": help },
        "defaultConfiguration": { "level": level },
        "properties": {
            "tags": ["reliability", "aws-lambda"],
            "problem.severity": if level == "error" { "error" } else { "recommendation" },
        },
    })
}

/// A result for each place of each finding.
fn results(document: &Document, names: &[String]) -> Vec<Json> {
    let mut results = Vec::new();
    for finding in &document.findings {
        let mut places: Vec<String> = Vec::new();
        for verdict in finding.guarantees.iter().map(|index| &document.guarantees[*index]) {
            let place =
                if verdict.counterexample.is_some() { verdict.at.arrow() } else { verdict.id.clone() };
            if !places.contains(&place) {
                places.push(place);
                results.push(result(document, finding, verdict, names));
            }
        }
    }
    results
}

fn result(document: &Document, finding: &Finding, verdict: &Guarantee, names: &[String]) -> Json {
    let level = match finding.severity.as_str() {
        "error" => "error",
        "advice" => "note",
        _ if verdict.gates => "error",
        _ => "note",
    };
    let mut result = json!({
        "ruleId": verdict.name,
        "ruleIndex": names.iter().position(|name| *name == verdict.name),
        "level": level,
        "message": message(document, finding, verdict),
        "locations": [location(document, verdict.at.place.as_ref(), &verdict.at.arrow())],
        "partialFingerprints": { FINGERPRINT: verdict.id },
        "properties": properties(document, finding, verdict),
    });
    if verdict.counterexample.is_some() {
        result["codeFlows"] = json!([code_flow(document, verdict)]);
    }
    match &finding.excused {
        Some(excuse) if excuse.by == Excuse::ACCEPTED => {
            result["suppressions"] =
                json!([{ "kind": "external", "status": "accepted", "justification": excuse.says() }]);
        }
        Some(_) => result["baselineState"] = json!("unchanged"),
        None => {}
    }
    result
}

fn properties(document: &Document, finding: &Finding, verdict: &Guarantee) -> Json {
    let violated = finding.guarantees.iter().map(|index| document.guarantees[*index].name.clone());
    json!({
        "finding": finding.id,
        "harm": finding.harm,
        "guarantees": violated.collect::<BTreeSet<String>>(),
        "brokenBy": verdict.broken_by,
        "replay": verdict.counterexample.as_ref().map(|story| &story.command),
    })
}

fn message(document: &Document, finding: &Finding, verdict: &Guarantee) -> Json {
    let (mut text, mut rich) = (Page::default(), Page::default());
    text.append(verdict.reason.as_ref().unwrap_or(&finding.title));
    text.append(".");
    if !verdict.broken_by.is_empty() {
        text.append(&format!(" Breaks with {}.", broken_by(verdict)));
    }
    for length in tolerated(verdict) {
        text.append(&format!(" Tolerates {length}."));
    }
    rich.append(&format!("**{}**\n\n", finding.title));
    for (name, value) in facts(document, finding) {
        rich.append(&format!("* {name}: {value}\n"));
    }
    if let Some(told) = &verdict.counterexample {
        text.append(&format!("\n\n{}\nReplay: {}", story(verdict), told.command));
        rich.append(&format!("\n```text\n{}```\n\n```sh\n{}\n```\n", story(verdict), told.command));
    }
    json!({ "text": text.finish(), "markdown": rich.finish() })
}

fn location(document: &Document, spot: Option<&Spot>, name: &str) -> Json {
    let physical = match spot {
        Some(spot) => json!({
            "artifactLocation": { "uri": uri(&spot.file) },
            "region": { "startLine": spot.line, "startColumn": spot.column },
        }),
        None => json!({ "artifactLocation": { "uri": uri(&document.input) }, "region": { "startLine": 1 } }),
    };
    json!({
        "physicalLocation": physical,
        "logicalLocations": [{ "fullyQualifiedName": name, "kind": "resource" }],
    })
}

/// The story as the steps of one thread.
fn code_flow(document: &Document, verdict: &Guarantee) -> Json {
    let steps = verdict.counterexample.iter().flat_map(|story| &story.steps);
    let locations: Vec<Json> = steps
        .map(|line| match line {
            Line::Step { at, entity, what, rule, violates, place, .. } => {
                let spot = place.as_ref().or(verdict.at.place.as_ref());
                let mut location = location(document, spot, entity);
                let text = format!("{}  {what} [{rule}]", clock(*at));
                location["message"] = json!({ "text": text });
                json!({ "location": location, "importance": if *violates { "essential" } else { "important" } })
            }
            Line::Omitted { omitted } => {
                let mut location = location(document, verdict.at.place.as_ref(), &verdict.at.arrow());
                location["message"] = json!({ "text": format!("{omitted} more steps") });
                json!({ "location": location, "importance": "unimportant" })
            }
        })
        .collect();
    json!({ "threadFlows": [{ "locations": locations }] })
}

fn notification(json: &Json) -> Json {
    let parts = diagnostic_parts(json);
    let level = match parts.severity {
        "error" => "error",
        "warning" => "warning",
        _ => "note",
    };
    let mut one = json!({
        "descriptor": { "id": parts.code },
        "level": level,
        "message": { "text": parts.message },
    });
    if let Some(file) = parts.file {
        let mut physical = json!({ "artifactLocation": { "uri": uri(file) } });
        if let (Some(line), Some(column)) = (parts.line, parts.column) {
            physical["region"] = json!({ "startLine": line, "startColumn": column });
        }
        one["locations"] = json!([{ "physicalLocation": physical }]);
    }
    one
}

/// A path as a URI reference: relative paths stay relative, so that they count from the root of the repository.
fn uri(path: &str) -> String {
    let path = path.replace('\\', "/");
    let path = path.strip_prefix("./").unwrap_or(&path);
    let mut uri = if path.starts_with('/') { "file://".to_owned() } else { String::new() };
    for byte in path.bytes() {
        let is_plain = byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
        if is_plain {
            uri.push(char::from(byte));
        } else {
            uri.extend(['%', hexadecimal(byte >> NIBBLE), hexadecimal(byte)]);
        }
    }
    uri
}

const NIBBLE: u8 = 4;

/// The lower half of a byte as a digit.
fn hexadecimal(byte: u8) -> char {
    let radix = 1 << NIBBLE;
    char::from_digit(u32::from(byte) % radix, radix).map_or('0', |digit| digit.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_references() {
        assert_eq!(uri("./a b/c:d.yaml"), "a%20b/c%3Ad.yaml");
        assert_eq!(uri("/srv/ä.yaml"), "file:///srv/%C3%A4.yaml");
    }
}

//! What all formats for other tools say in the same words, without styles.

use serde_json::Value as Json;

use crate::report::document::{Document, Finding, Guarantee, Line};
use crate::vocabulary::{Duration, Instant};

/// `poison, or outage + timeout`.
pub(crate) fn broken_by(verdict: &Guarantee) -> String {
    let sets: Vec<String> = verdict
        .broken_by
        .iter()
        .map(|set| if set.is_empty() { "no fault at all".to_owned() } else { set.join(" + ") })
        .collect();
    sets.join(", or ")
}

/// `outage of less than 1h10m`, for each family of the story that lasts.
pub(crate) fn tolerated(verdict: &Guarantee) -> Vec<String> {
    let needs = verdict.counterexample.iter().flat_map(|story| &story.needs);
    needs.map(|need| format!("{} of less than {}", need.family, length(need.at_least))).collect()
}

/// A length in words.
pub(crate) fn length(micros: u64) -> String {
    Duration::from_micros(micros).to_string()
}

/// A time in words.
pub(crate) fn clock(micros: u64) -> String {
    Instant::from_micros(micros).to_string()
}

/// What a finding violates, where, by which faults, and what is tolerated; name and value each.
pub(crate) fn facts(document: &Document, finding: &Finding) -> Vec<(&'static str, String)> {
    let verdicts: Vec<&Guarantee> = finding.guarantees.iter().map(|at| &document.guarantees[*at]).collect();
    let Some(first) = verdicts.first() else { return Vec::new() };
    let mut facts = vec![("violates", distinct(verdicts.iter().map(|one| one.name.clone())))];
    facts.push(("at", distinct(verdicts.iter().map(|one| one.at.arrow()))));
    if let Some(reason) = &first.reason {
        facts.push(("because", reason.clone()));
    }
    if !first.broken_by.is_empty() {
        facts.push(("breaks with", broken_by(first)));
    }
    facts.extend(tolerated(first).into_iter().map(|length| ("tolerates", length)));
    if let Some(excuse) = &finding.excused {
        facts.push(("excused", excuse.says()));
    }
    if let Some(repair) = &finding.repair {
        facts.push(("repair", repair.says.clone()));
    }
    facts
}

fn distinct(words: impl Iterator<Item = String>) -> String {
    let mut all: Vec<String> = Vec::new();
    for word in words {
        if !all.contains(&word) {
            all.push(word);
        }
    }
    all.join(", ")
}

/// The story, a line for each step; `!` marks the one that violates the guarantee.
pub(crate) fn story(verdict: &Guarantee) -> String {
    let mut text = String::new();
    for line in verdict.counterexample.iter().flat_map(|story| &story.steps) {
        let line = match line {
            Line::Step { at, what, rule, violates, .. } => {
                let mark = if *violates { '!' } else { ' ' };
                format!("{mark} {}  {what}  [{rule}]\n", clock(*at))
            }
            Line::Omitted { omitted } => format!("  ... {omitted} more\n"),
        };
        text.push_str(&line);
    }
    text
}

/// `2 findings, 1 piece of advice, 1 accepted, 11 held, 3 not exercised`.
pub(crate) fn summary(document: &Document) -> String {
    if document.conclusion == "unusable" {
        return "not judged: the input cannot be used".to_owned();
    }
    let findings = |severity: &str| document.findings.iter().filter(|one| one.severity == severity).count();
    let judged = || document.guarantees.iter().filter(|one| one.id != one.name);
    let verdicts = |word: &str| judged().filter(|one| one.verdict == word).count();
    let counts = [
        (findings("error"), "finding", "findings"),
        (findings("advice"), "piece of advice", "pieces of advice"),
        (findings("accepted"), "accepted", "accepted"),
        (findings("known"), "no worse than before", "no worse than before"),
        (verdicts("held"), "held", "held"),
        (verdicts("not-exercised"), "not exercised", "not exercised"),
    ];
    let told = counts.iter().enumerate().filter(|(index, (count, _, _))| *index == 0 || *count > 0);
    let words: Vec<String> = told
        .map(|(_, (count, one, many))| format!("{count} {}", if *count == 1 { one } else { many }))
        .collect();
    words.join(", ")
}

/// A diagnostic as a report keeps it.
pub(crate) struct DiagnosticParts<'a> {
    pub(crate) severity: &'a str,
    pub(crate) code: &'a str,
    pub(crate) message: String,
    pub(crate) file: Option<&'a str>,
    pub(crate) line: Option<u64>,
    pub(crate) column: Option<u64>,
}

/// Takes a diagnostic apart; the help stands behind its message.
pub(crate) fn diagnostic_parts(json: &Json) -> DiagnosticParts<'_> {
    let text = |field: &str| json.get(field).and_then(Json::as_str);
    let message = text("message").unwrap_or_default();
    let message = text("help").map_or_else(|| message.to_owned(), |help| format!("{message} ({help})"));
    DiagnosticParts {
        severity: text("severity").unwrap_or("note"),
        code: text("code").unwrap_or_default(),
        message,
        file: text("file"),
        line: json.get("line").and_then(Json::as_u64),
        column: json.get("column").and_then(Json::as_u64),
    }
}

//! What verdicts rest on: the assumptions of the profile, and the settings that the template leaves open.

use std::collections::BTreeMap;

use crate::models::{Certainty, Models, Rule};
use crate::program::{Program, UnknownTarget, UnknownValue};
use crate::report::CheckReport;
use crate::topology::{DeduplicationScope, Runs, ThroughputLimit};
use crate::vocabulary::Duration;

/// What only repairs are made from; no verdict rests on it.
const REPAIRS: &str = "profile.repair_";

/// The rules of the default profile, fault families left out.
pub(crate) fn assumed_rules(models: &Models) -> impl Iterator<Item = &Rule> {
    let assumed = models.rules().map(|(_, rule)| rule).filter(|rule| rule.certainty == Certainty::Assumed);
    assumed.filter(|rule| rule.id.starts_with("profile.") && !rule.id.starts_with(REPAIRS))
}

/// What each function's handler is taken to do.
pub(crate) fn handlers(report: &CheckReport<'_>) -> BTreeMap<&'static str, Vec<String>> {
    let mut presets: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
    for part in &report.checked.parts {
        for function in part.program.functions.iter().filter(|table| table.runs == Runs::Code) {
            let name = part.program.name(function.entity).to_string();
            presets.entry(function.handler.word()).or_default().push(name);
        }
    }
    presets
}

/// An open setting: its name, why it is open, what was tried.
pub(crate) fn unknown_rows(program: &Program) -> impl Iterator<Item = [String; 3]> {
    program
        .unknowns
        .iter()
        .map(|unknown| [unknown.name.clone(), unknown.why.clone(), unknown_values(unknown).join(", ")])
}

/// All values of an open setting that runs try, the ordinary one first.
pub(crate) fn unknown_values(unknown: &UnknownValue) -> Vec<String> {
    unknown.values.iter().map(|value| value_text(unknown, *value)).collect()
}

fn value_text(unknown: &UnknownValue, value: u64) -> String {
    match unknown.target {
        UnknownTarget::Log(_, setting) => setting.text(value),
        UnknownTarget::Visibility(_)
        | UnknownTarget::Retention(_)
        | UnknownTarget::Delay(_)
        | UnknownTarget::Window(_)
        | UnknownTarget::PushAge(_)
        | UnknownTarget::Timeout(_) => Duration::from_micros(value).to_string(),
        UnknownTarget::Scope(_) => {
            known_word(DeduplicationScope::ALL.map(|one| (one as u64, one.word())), value)
        }
        UnknownTarget::Throughput(_) => {
            known_word(ThroughputLimit::ALL.map(|one| (one as u64, one.word())), value)
        }
        UnknownTarget::Enabled(_) | UnknownTarget::ContentBased(_) | UnknownTarget::Delivers(_) => {
            if value == 0 { "false" } else { "true" }.to_owned()
        }
        UnknownTarget::ResponseType(_) => {
            if value == 0 { "none" } else { "ReportBatchItemFailures" }.to_owned()
        }
        UnknownTarget::MaxReceiveCount(_)
        | UnknownTarget::MinimumPollers(_)
        | UnknownTarget::MaximumPollers(_)
        | UnknownTarget::BatchSize(_)
        | UnknownTarget::MaximumConcurrency(_)
        | UnknownTarget::Reserved(_)
        | UnknownTarget::PushAttempts(_) => value.to_string(),
    }
}

/// The word of AWS for a value.
fn known_word(words: [(u64, &str); 2], value: u64) -> String {
    words.iter().find(|(number, _)| *number == value).map_or_else(String::new, |(_, word)| (*word).to_owned())
}

//! `redrive diff`: what changed between two systems, in what was understood of them and in what was found.

use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::report::compare::{Comparison, Move};
use crate::report::compare_text::{moves, numbers};
use crate::report::document::Document;
use crate::report::document_text::findings;
use crate::report::text::{Align, BAD, GOOD, Page, TITLE, Table, paint};

/// The name and version of the format.
pub const DIFF_FORMAT: &str = "redrive.diff/1";

/// A report, and what was understood of its input where that is at hand.
#[derive(Clone, Debug)]
pub struct Side {
    /// The report.
    pub document: Document,
    /// The topology as `redrive.topology/1`.
    pub topology: Option<Json>,
}

/// One change of a topology.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Change {
    what: String,
    before: Option<String>,
    after: Option<String>,
}

/// Two systems side by side.
#[derive(Clone, Debug)]
pub struct Diff {
    before: Side,
    after: Side,
    topology: Option<Vec<Change>>,
    comparison: Comparison,
}

impl Diff {
    /// Compares two sides.
    pub fn of(before: Side, after: Side) -> Self {
        let comparison = Comparison::of(&before.document, &after.document);
        let topology = match (&before.topology, &after.topology) {
            (Some(before), Some(after)) => Some(changes(before, after)),
            (_, _) => None,
        };
        Self { before, after, topology, comparison }
    }

    /// Whether something that fails a check got worse.
    pub fn fails(&self) -> bool {
        self.comparison.fails()
    }

    /// For people.
    pub fn text(&self) -> String {
        let mut page = Page::default();
        let (before, after) = (self.before.document.input(), self.after.document.input());
        page.line(paint(TITLE, format!("{before} -> {after}")));
        let topology = self.topology.as_ref().map_or_else(String::new, |changes| rows(changes));
        let unchanged = "  nothing that is understood of it\n".to_owned();
        section(&mut page, "changed", if self.topology == Some(Vec::new()) { &unchanged } else { &topology });
        section(&mut page, "guarantees", &moves(&self.comparison));
        section(&mut page, "numbers", &numbers(&self.comparison));
        let is_new = |id: &str| {
            let mut failing = self.comparison.verdicts.iter().filter(|one| one.fails());
            failing.any(|one| one.finding.as_deref() == Some(id))
        };
        section(&mut page, "worse", &findings(&self.after.document, &is_new));
        page.blank();
        let failing = self.comparison.verdicts.iter().filter(|one| one.fails()).count();
        let better = self.comparison.count(Move::Better);
        let meaning = if failing > 0 {
            paint(BAD, "something that fails a check got worse, exit code 1")
        } else {
            paint(GOOD, "nothing that fails a check got worse, exit code 0")
        };
        page.line(format!("{failing} worse, {better} better: {meaning}"));
        page.finish()
    }

    /// For programs.
    pub fn json(&self) -> Json {
        let wanted: Vec<&str> = self
            .comparison
            .verdicts
            .iter()
            .filter(|one| one.fails())
            .filter_map(|one| one.finding.as_deref())
            .collect();
        let worse = self.after.document.findings.iter().filter(|one| wanted.contains(&one.id.as_str()));
        json!({
            "format": DIFF_FORMAT,
            "version": env!("CARGO_PKG_VERSION"),
            "before": self.before.document.input(),
            "after": self.after.document.input(),
            "worse": self.fails(),
            "topology": self.topology,
            "guarantees": self.comparison.verdicts,
            "numbers": self.comparison.numbers,
            "findings": worse.collect::<Vec<_>>(),
        })
    }
}

fn section(page: &mut Page, heading: &str, text: &str) {
    if !text.is_empty() {
        page.blank();
        page.line(paint(TITLE, heading));
        page.append(text);
    }
}

fn rows(changes: &[Change]) -> String {
    let mut table = Table::new(2, &[Align::Left, Align::Left, Align::Flow]);
    for change in changes {
        table.row(match (&change.before, &change.after) {
            (Some(before), Some(after)) => {
                ["~".to_owned(), change.what.clone(), format!("{before} -> {after}")]
            }
            (None, Some(after)) => [paint(GOOD, "+"), change.what.clone(), after.clone()],
            (Some(before), None) => [paint(BAD, "-"), change.what.clone(), before.clone()],
            (None, None) => [String::new(), change.what.clone(), String::new()],
        });
    }
    table.render()
}

/// What two topologies differ in: things that came and went, and settings of those that stayed.
fn changes(before: &Json, after: &Json) -> Vec<Change> {
    let mut changes = Vec::new();
    for (list, fields) in
        [("resources", &["name"][..]), ("links", &["from", "to"]), ("unmodelled", &["name"])]
    {
        let (old, new) = (named(before, list, fields), named(after, list, fields));
        for (name, item) in &old {
            match new.iter().find(|(other, _)| other == name) {
                Some((_, other)) => settings(&mut changes, name, item, other),
                None => changes.push(Change { what: name.clone(), before: Some(kind(item)), after: None }),
            }
        }
        let came = new.iter().filter(|(name, _)| old.iter().all(|(other, _)| other != name));
        changes.extend(came.map(|(name, item)| Change {
            what: name.clone(),
            before: None,
            after: Some(kind(item)),
        }));
    }
    changes
}

fn named<'a>(topology: &'a Json, list: &str, fields: &[&str]) -> Vec<(String, &'a Json)> {
    let items = topology.get(list).and_then(Json::as_array);
    let name = |item: &Json| {
        let parts: Vec<String> = fields.iter().map(|field| plain(item.get(*field))).collect();
        parts.join(" -> ")
    };
    items.into_iter().flatten().map(|item| (name(item), item)).collect()
}

fn kind(item: &Json) -> String {
    let words = ["kind", "type", "model"].iter().find_map(|field| item.get(*field));
    plain(words)
}

fn settings(changes: &mut Vec<Change>, name: &str, before: &Json, after: &Json) {
    let of = |item: &Json, setting: &str| {
        let value = item.get("settings")?.get(setting)?;
        Some(plain(value.get("value").or(value.get("why"))))
    };
    let names = |item: &Json| -> Vec<String> {
        let settings = item.get("settings").and_then(Json::as_object);
        settings.into_iter().flat_map(|settings| settings.keys().cloned()).collect()
    };
    let mut all = names(before);
    all.extend(names(after).into_iter().filter(|name| !all.contains(name)).collect::<Vec<_>>());
    for setting in all {
        let (old, new) = (of(before, &setting), of(after, &setting));
        if old != new {
            changes.push(Change { what: format!("{name}.{setting}"), before: old, after: new });
        }
    }
    let (old, new) = (plain(before.get("permitted")), plain(after.get("permitted")));
    if old != new {
        changes.push(Change { what: format!("{name}: permitted"), before: Some(old), after: Some(new) });
    }
}

fn plain(value: Option<&Json>) -> String {
    match value {
        None | Some(Json::Null) => "-".to_owned(),
        Some(Json::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

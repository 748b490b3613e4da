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
    stated: Vec<Change>,
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
        let stated = restated(&before.document, &after.document);
        Self { before, after, topology, stated, comparison }
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
        let changes: Vec<Change> = self.topology.iter().flatten().chain(&self.stated).cloned().collect();
        let told = if self.topology.is_some() && changes.is_empty() {
            "  nothing that is understood of it, and nothing that is stated\n".to_owned()
        } else {
            rows(&changes)
        };
        section(&mut page, "changed", &told);
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
            "stated": self.stated,
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

/// What two scenarios state that is not the same. Of several statements about one thing, such as changes in flight, those
/// that only one of them has come and go.
fn restated(before: &Document, after: &Document) -> Vec<Change> {
    let all = |document: &Document| -> Vec<(String, String)> {
        document.stated.iter().map(|one| (one.what.clone(), one.says.clone())).collect()
    };
    let without = |these: &[(String, String)], those: &[(String, String)]| -> Vec<(String, String)> {
        these.iter().filter(|one| !those.contains(one)).cloned().collect()
    };
    let (old, new) = (all(before), all(after));
    let (gone, mut came) = (without(&old, &new), without(&new, &old));
    let mut changes = Vec::new();
    for (what, says) in gone {
        let is_only = old.iter().chain(&new).filter(|(other, _)| *other == what).count() == 2;
        let instead = came.iter().position(|(other, _)| *other == what).filter(|_| is_only);
        let after = instead.map(|place| came.remove(place).1);
        changes.push(Change { what, before: Some(says), after });
    }
    changes.extend(came.into_iter().map(|(what, says)| Change { what, before: None, after: Some(says) }));
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

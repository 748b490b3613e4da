//! `redrive diff` of two runs: the first record in which they differ, with those around it.

use serde_json::{Value as Json, json};

use crate::report::diff::DIFF_FORMAT;
use crate::report::document::clock;
use crate::report::text::{BAD, FAINT, GOOD, Page, TITLE, grouped, paint};

/// Two runs as `redrive.trace/1`, with their names.
#[derive(Clone, Copy, Debug)]
pub struct TraceDiff<'a> {
    before: (&'a str, &'a [Json]),
    after: (&'a str, &'a [Json]),
    /// The position of the first record that differs; none where one run is the other.
    first: Option<usize>,
}

/// So many records are shown before the first difference, and of each run from there on.
const AROUND: usize = 3;

impl<'a> TraceDiff<'a> {
    /// Compares two runs.
    pub fn of(before: (&'a str, &'a Json), after: (&'a str, &'a Json)) -> Self {
        let records =
            |run: &'a Json| run.get("records").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
        let (old, new) = (records(before.1), records(after.1));
        let longest = old.len().max(new.len());
        let first = (0..longest).find(|index| old.get(*index) != new.get(*index));
        Self { before: (before.0, old), after: (after.0, new), first }
    }

    /// For people.
    pub fn text(&self) -> String {
        let mut page = Page::default();
        let Some(first) = self.first else {
            let count = grouped(self.before.1.len() as u64);
            page.line(format!("{} and {} are the same run: {count} records", self.before.0, self.after.0));
            return page.finish();
        };
        let position = grouped(first as u64 + 1);
        let heading = format!("{} and {} differ from record {position} on", self.before.0, self.after.0);
        page.line(paint(TITLE, heading));
        for record in &self.before.1[first.saturating_sub(AROUND)..first] {
            page.hang("    ", &paint(FAINT, told(record)));
        }
        for (sign, style, (name, records)) in [("-", BAD, self.before), ("+", GOOD, self.after)] {
            for record in records.iter().skip(first).take(AROUND) {
                page.hang(&format!("  {} ", paint(style, sign)), &told(record));
            }
            if records.len() <= first {
                page.line(format!("  {} {name} ends here", paint(style, sign)));
            }
        }
        let (old, new) = (grouped(self.before.1.len() as u64), grouped(self.after.1.len() as u64));
        page.line(format!("{old} records in {}, {new} in {}", self.before.0, self.after.0));
        page.finish()
    }

    /// For programs.
    pub fn json(&self) -> Json {
        let from = |records: &[Json]| -> Vec<Json> {
            let start = self.first.unwrap_or(records.len());
            records.iter().skip(start).take(AROUND).cloned().collect()
        };
        json!({
            "format": DIFF_FORMAT,
            "version": env!("CARGO_PKG_VERSION"),
            "before": self.before.0,
            "after": self.after.0,
            "same": self.first.is_none(),
            "records": { "before": self.before.1.len(), "after": self.after.1.len() },
            "first_difference": self.first,
            "from_there": { "before": from(self.before.1), "after": from(self.after.1) },
        })
    }
}

fn told(record: &Json) -> String {
    let at = record.get("at").and_then(Json::as_u64).map_or_else(String::new, clock);
    let text = |field: &str| record.get(field).and_then(Json::as_str).unwrap_or_default();
    format!("{at}  {}  [{}]", text("what"), text("rule"))
}

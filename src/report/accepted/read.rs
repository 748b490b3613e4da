//! Reading a ledger: all that is wrong with one comes together, each with its place.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use crate::report::accepted::entry::Violation;
use crate::report::accepted::{Accepted, Date, Ledger};
use crate::report::compare::Known;
use crate::vocabulary::{Diagnostic, Duration, Place};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    accepted: Vec<Spanned<Entry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    finding: Spanned<String>,
    template: String,
    #[serde(default)]
    title: String,
    reason: Spanned<String>,
    until: Option<Spanned<String>>,
    #[serde(default)]
    violates: Vec<Violates>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Violates {
    id: String,
    #[serde(default)]
    guarantee: String,
    #[serde(default)]
    at: String,
    #[serde(default)]
    broken_by: Vec<Vec<String>>,
    #[serde(default)]
    families: Vec<String>,
    #[serde(default)]
    shortest: std::collections::BTreeMap<String, Spanned<String>>,
}

/// Reads a file's text.
///
/// # Errors
/// Everything that is wrong with it; nothing of a damaged file counts.
pub fn read_ledger(file: &Arc<PathBuf>, text: &str) -> Result<Ledger, Vec<Diagnostic>> {
    let mut reader = Reader { file, text, problems: Vec::new() };
    let parsed: File = match toml::from_str(text) {
        Ok(parsed) => parsed,
        Err(error) => {
            let at = error.span().unwrap_or(0..0);
            reader.wrong(
                &at,
                error.message().to_owned(),
                "`redrive accept` writes this file; docs/living-with-it.md explains it",
            );
            return Err(reader.problems);
        }
    };
    let entries: Vec<Accepted> = parsed.accepted.into_iter().map(|entry| reader.entry(entry)).collect();
    if reader.problems.is_empty() { Ok(Ledger { entries }) } else { Err(reader.problems) }
}

struct Reader<'a> {
    file: &'a Arc<PathBuf>,
    text: &'a str,
    problems: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn wrong(&mut self, at: &Range<usize>, message: String, help: &str) {
        let place = self.place(at);
        self.problems.push(Diagnostic::error("accept-unreadable", message).at(&place).help(help));
    }

    fn entry(&mut self, entry: Spanned<Entry>) -> Accepted {
        let place = self.place(&entry.span());
        let entry = entry.into_inner();
        if entry.reason.get_ref().trim().is_empty() {
            self.wrong(&entry.reason.span(), "the reason is empty".to_owned(), "say why this is acceptable");
        }
        let until = entry.until.as_ref().and_then(|until| {
            let date = Date::parse(until.get_ref());
            if date.is_none() {
                let message = format!("`{}` is no date", until.get_ref());
                self.wrong(&until.span(), message, "write a day as 2027-01-31");
            }
            date
        });
        if entry.violates.is_empty() {
            let message = "the entry does not say which violations it accepts".to_owned();
            self.wrong(&entry.finding.span(), message, "accept the finding anew with `redrive accept`");
        }
        Accepted {
            finding: entry.finding.into_inner(),
            template: entry.template,
            title: entry.title,
            reason: entry.reason.into_inner(),
            until,
            violates: entry.violates.into_iter().map(|one| self.violation(one)).collect(),
            place: Some(place),
        }
    }

    fn violation(&mut self, one: Violates) -> Violation {
        let mut shortest = Vec::new();
        for (family, length) in one.shortest {
            let parsed = Duration::parse(length.get_ref());
            if parsed.is_none() {
                let message = format!("`{}` is no length", length.get_ref());
                self.wrong(&length.span(), message, "write a length such as 90s or 1h30m");
            }
            shortest.extend(parsed.map(|parsed| (family, parsed.as_micros())));
        }
        Violation {
            id: one.id,
            guarantee: one.guarantee,
            at: one.at,
            known: Known { broken_by: one.broken_by, families: one.families, shortest },
        }
    }

    fn place(&self, at: &Range<usize>) -> Place {
        let before = self.text.get(..at.start).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        Place {
            file: Arc::clone(self.file),
            line: before.matches('\n').count() as u32 + 1,
            column: before[line_start..].chars().count() as u32 + 1,
            start: at.start as u32,
            end: at.end as u32,
        }
    }
}

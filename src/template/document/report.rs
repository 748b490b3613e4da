//! The diagnostics of one file, with a bound on how many of one code are listed.

use std::collections::BTreeMap;

use crate::vocabulary::{Diagnostic, Severity};

/// Collects diagnostics; past the bound, those of the same code are only counted.
#[derive(Debug)]
pub(in crate::template) struct Report {
    limit: usize,
    listed: Vec<Diagnostic>,
    counts: BTreeMap<(Severity, &'static str), usize>,
}

impl Report {
    /// An empty report that lists at most `limit` diagnostics of one code.
    pub(in crate::template) const fn new(limit: usize) -> Self {
        Self { limit, listed: Vec::new(), counts: BTreeMap::new() }
    }

    /// Whether one more warning of this code would be listed, so that it is worth a suggestion.
    pub(in crate::template) fn lists(&self, code: &'static str) -> bool {
        self.counts.get(&(Severity::Warning, code)).is_none_or(|count| *count < self.limit)
    }

    /// Adds one.
    pub(in crate::template) fn push(&mut self, diagnostic: Diagnostic) {
        let count = self.counts.entry((diagnostic.severity, diagnostic.code)).or_insert(0);
        *count += 1;
        if *count <= self.limit {
            self.listed.push(diagnostic);
        }
    }

    /// Adds what another report of the same file found.
    pub(in crate::template) fn absorb(&mut self, other: Self) {
        for (kind, count) in other.counts {
            *self.counts.entry(kind).or_insert(0) += count;
        }
        self.listed.extend(other.listed);
    }

    /// All of them in the order of the file, with a note for each code that was cut short.
    pub(in crate::template) fn finish(mut self) -> Vec<Diagnostic> {
        self.listed.sort_by(|a, b| a.place.cmp(&b.place));
        for ((severity, code), count) in self.counts {
            if count > self.limit {
                let more = count - self.limit;
                let mut rest = Diagnostic::note(code, format!("{more} more of this kind are not listed"));
                rest.severity = severity;
                self.listed.push(rest);
            }
        }
        self.listed
    }
}

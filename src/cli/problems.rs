//! Problems on standard error, with the lines that they are about.

use std::io::Write as _;

use crate::cli::start::Loudness;
use crate::report::{Sources, diagnostics_count, diagnostics_text};
use crate::vocabulary::{Diagnostic, Severity};

/// Tells problems.
#[derive(Clone, Copy, Debug)]
pub(super) struct Problems {
    loudness: Loudness,
}

impl Problems {
    /// A teller.
    pub(super) const fn new(loudness: Loudness) -> Self {
        Self { loudness }
    }

    /// How much is said.
    pub(super) const fn loudness(self) -> Loudness {
        self.loudness
    }

    /// Tells errors always and warnings unless told to be quiet; notes are for those who ask.
    pub(super) fn tell(self, diagnostics: &[Diagnostic]) {
        self.tell_with(diagnostics, Sources::new());
    }

    /// The same, where the texts of some files are at hand; others are read if they can be.
    pub(super) fn tell_with(self, diagnostics: &[Diagnostic], mut sources: Sources) {
        let least = match self.loudness {
            Loudness::Quiet => Severity::Error,
            Loudness::Usual => Severity::Warning,
        };
        let mut told: Vec<Diagnostic> =
            diagnostics.iter().filter(|one| one.severity <= least).cloned().collect();
        put_in_reading_order(&mut told);
        if told.is_empty() {
            return;
        }
        for place in told.iter().filter_map(|one| one.place.as_ref()) {
            let path = place.file.as_ref();
            if !sources.contains_key(path)
                && let Ok(text) = std::fs::read_to_string(path)
            {
                sources.insert(path.clone(), text);
            }
        }
        let mut text = diagnostics_text(&told, &sources);
        if told.len() > 1 {
            text.push_str(&diagnostics_count(&told));
            text.push('\n');
        }
        // Where standard error is gone there is nobody left to tell.
        let _ = write!(anstream::stderr(), "{text}");
    }

    /// Whether nothing can be judged.
    pub(super) fn has_errors(diagnostics: &[Diagnostic]) -> bool {
        diagnostics.iter().any(|one| one.severity == Severity::Error)
    }
}

/// What is wrong with no line in particular comes first, then file by file from the top: files in the order in which
/// they are first spoken of.
fn put_in_reading_order(told: &mut [Diagnostic]) {
    let mut files = Vec::new();
    for place in told.iter().filter_map(|one| one.place.as_ref()) {
        if !files.contains(&place.file) {
            files.push(place.file.clone());
        }
    }
    told.sort_by_key(|one| {
        one.place
            .as_ref()
            .map(|place| (files.iter().position(|file| *file == place.file), place.line, place.column))
    });
}

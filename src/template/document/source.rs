//! From positions in characters, as the YAML parser counts them, to places with byte ranges.

use std::path::PathBuf;
use std::sync::Arc;

use saphyr_parser::{Marker, Span};

use crate::vocabulary::Place;

/// Characters between two remembered byte offsets.
const STEP: usize = 64;

/// A file's text with a table from characters to bytes.
#[derive(Debug)]
pub(super) struct Source<'t> {
    /// The file as its user named it.
    pub(super) file: Arc<PathBuf>,
    /// Its text.
    pub(super) text: &'t str,
    /// The byte offset of every 64th character; empty where characters are bytes.
    offsets: Vec<u32>,
}

impl<'t> Source<'t> {
    /// Prepares a text for look-ups.
    pub(super) fn new(file: Arc<PathBuf>, text: &'t str) -> Self {
        let offsets = if text.is_ascii() {
            Vec::new()
        } else {
            text.char_indices().step_by(STEP).map(|(offset, _)| offset as u32).collect()
        };
        Self { file, text, offsets }
    }

    /// The place of a span.
    pub(super) fn place(&self, span: Span) -> Place {
        let start = self.byte(span.start.index());
        let end = self.byte(span.end.index()).max(start);
        self.at(span.start, start, end)
    }

    /// The place of one character.
    pub(super) fn point(&self, marker: Marker) -> Place {
        let start = self.byte(marker.index());
        let end = self.byte(marker.index() + 1).max(start);
        self.at(marker, start, end)
    }

    fn at(&self, marker: Marker, start: u32, end: u32) -> Place {
        let file = Arc::clone(&self.file);
        Place { file, line: marker.line().max(1) as u32, column: marker.col() as u32 + 1, start, end }
    }

    fn byte(&self, index: usize) -> u32 {
        if self.offsets.is_empty() {
            return index.min(self.text.len()) as u32;
        }
        let Some(&base) = self.offsets.get(index / STEP) else { return self.text.len() as u32 };
        let rest = &self.text[base as usize..];
        rest.char_indices()
            .nth(index % STEP)
            .map_or(self.text.len() as u32, |(offset, _)| base + offset as u32)
    }
}

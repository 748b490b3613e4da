//! One file of models as text: what it is called, what it may hold, and where in it a byte lies.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use crate::vocabulary::Place;

use crate::models::rule::ModelKind;

/// Which set of files it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Layer {
    /// Part of the program.
    Embedded,
    /// From the user's folder.
    Overlay,
}

/// What a file may hold, told by its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileKind {
    /// Rules, settings and declarations of one model.
    Model(ModelKind),
    /// `citations.toml`.
    Citations,
    /// `guarantees.toml`.
    Guarantees,
    /// `properties.toml`.
    Properties,
    /// `policies.toml`.
    Policies,
}

/// One file, not read yet.
#[derive(Clone, Debug)]
pub(super) struct SourceFile {
    /// Its path inside the folder of models, with `/`.
    pub(super) path: String,
    /// Its path as its user knows it.
    pub(super) name: Arc<PathBuf>,
    pub(super) text: String,
    pub(super) layer: Layer,
    /// Where its lines begin; found when the first place is asked for.
    lines: OnceLock<Vec<usize>>,
}

impl SourceFile {
    pub(super) fn new(path: String, name: Arc<PathBuf>, text: String, layer: Layer) -> Self {
        Self { path, name, text, layer, lines: OnceLock::new() }
    }

    /// The file's name without folder and ending: the model's id.
    pub(super) fn id(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        name.strip_suffix(".toml").unwrap_or(name)
    }

    /// What the file may hold; `None` where no model lives at such a path.
    pub(super) fn kind(&self) -> Option<FileKind> {
        Some(match self.path.split_once('/') {
            Some(("invocation", _)) => FileKind::Model(ModelKind::Invocation),
            Some(("services", _)) => FileKind::Model(ModelKind::Service),
            Some(("sources", _)) => FileKind::Model(ModelKind::Source),
            Some(_) => return None,
            None => match self.path.as_str() {
                "limits.toml" => FileKind::Model(ModelKind::Limits),
                "prices.toml" => FileKind::Model(ModelKind::Prices),
                "profile.toml" => FileKind::Model(ModelKind::Profile),
                "citations.toml" => FileKind::Citations,
                "guarantees.toml" => FileKind::Guarantees,
                "properties.toml" => FileKind::Properties,
                "policies.toml" => FileKind::Policies,
                _ => return None,
            },
        })
    }

    /// The place of a range of bytes.
    pub(super) fn place(&self, range: Range<usize>) -> Place {
        let mut start = range.start.min(self.text.len());
        while !self.text.is_char_boundary(start) {
            start -= 1;
        }
        let lines = self.lines.get_or_init(|| {
            std::iter::once(0).chain(self.text.match_indices('\n').map(|(at, _)| at + 1)).collect()
        });
        let line = lines.partition_point(|begins| *begins <= start);
        let line_start = lines[line - 1];
        Place {
            file: Arc::clone(&self.name),
            line: as_u32(line),
            column: as_u32(self.text[line_start..start].chars().count() + 1),
            start: as_u32(start),
            end: as_u32(range.end.max(start)),
        }
    }
}

fn as_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> SourceFile {
        let name = Arc::new(PathBuf::from(path));
        SourceFile::new(path.to_owned(), name, text.to_owned(), Layer::Overlay)
    }

    #[test]
    fn places_count_lines_and_characters_from_one() {
        let file = file("limits.toml", "a = 1\nü = 2\n");
        let place = file.place(9..10);
        assert_eq!((place.line, place.column, place.start, place.end), (2, 3, 9, 10));
        assert_eq!(file.place(999..999).line, 3);
    }

    #[test]
    fn the_path_tells_what_a_file_holds() {
        assert_eq!(file("sources/sqs.toml", "").kind(), Some(FileKind::Model(ModelKind::Source)));
        assert_eq!(file("citations.toml", "").kind(), Some(FileKind::Citations));
        assert_eq!(file("elsewhere/sqs.toml", "").kind(), None);
        assert_eq!(file("services/sqs_standard.toml", "").id(), "sqs_standard");
    }
}

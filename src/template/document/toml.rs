//! TOML to a tree: only parameter files are written in it.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use toml::de::{DeTable, DeValue};

use crate::template::document::{Branch, Report, Scalar, Shape, Style, Tree};
use crate::vocabulary::{Diagnostic, Place};

/// The tree of a text in TOML; `None` where the report says why there is none.
pub(in crate::template) fn parse_toml(file: &Arc<PathBuf>, text: &str, report: &mut Report) -> Option<Tree> {
    let source = Source { file, text };
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let place = source.place(error.span().unwrap_or(0..0));
        report.push(Diagnostic::error("toml-syntax", error.message().to_owned()).at(&place));
    }
    errors.is_empty().then(|| source.table(document.get_ref(), document.span()))
}

struct Source<'t> {
    file: &'t Arc<PathBuf>,
    text: &'t str,
}

impl Source<'_> {
    fn table(&self, table: &DeTable<'_>, span: Range<usize>) -> Tree {
        let branches = table.iter().map(|(key, item)| Branch {
            key: key.get_ref().to_string(),
            key_place: self.place(key.span()),
            tree: self.value(item.get_ref(), item.span()),
        });
        Tree { shape: Shape::Map(branches.collect()), tag: None, place: self.place(span) }
    }

    fn value(&self, value: &DeValue<'_>, span: Range<usize>) -> Tree {
        let plain = |text: String| Shape::Scalar(Scalar { text, style: Style::Plain });
        let shape = match value {
            DeValue::Table(table) => return self.table(table, span),
            DeValue::Array(items) => {
                Shape::List(items.iter().map(|item| self.value(item.get_ref(), item.span())).collect())
            }
            DeValue::String(text) => Shape::Scalar(Scalar { text: text.to_string(), style: Style::Quoted }),
            DeValue::Integer(number) => plain(number.to_string()),
            DeValue::Float(number) => plain(number.to_string()),
            DeValue::Boolean(flag) => plain(flag.to_string()),
            DeValue::Datetime(moment) => plain(moment.to_string()),
        };
        Tree { shape, tag: None, place: self.place(span) }
    }

    fn place(&self, span: Range<usize>) -> Place {
        let mut start = span.start.min(self.text.len());
        while !self.text.is_char_boundary(start) {
            start -= 1;
        }
        let before = &self.text[..start];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Place {
            file: Arc::clone(self.file),
            line: before.matches('\n').count() as u32 + 1,
            column: before[line_start..].chars().count() as u32 + 1,
            start: start as u32,
            end: span.end.max(start) as u32,
        }
    }
}

//! From the text of a TOML file to a tree with places.

use std::borrow::Cow;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::vocabulary::{Diagnostic, Place, Written, WrittenEntry, WrittenValue};

/// A key with where it stands.
type Key<'a> = Spanned<Cow<'a, str>>;

/// A file's text, and where its lines begin.
#[derive(Debug)]
pub(super) struct Document<'a> {
    name: Arc<PathBuf>,
    text: &'a str,
    lines: Vec<usize>,
}

impl<'a> Document<'a> {
    /// The text of the file with this name.
    pub(super) fn new(name: PathBuf, text: &'a str) -> Self {
        let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Self { name: Arc::new(name), text, lines: std::iter::once(0).chain(breaks).collect() }
    }

    /// The place of a range of bytes.
    pub(super) fn place(&self, range: Range<usize>) -> Place {
        let mut start = range.start.min(self.text.len());
        while !self.text.is_char_boundary(start) {
            start -= 1;
        }
        let line = self.lines.partition_point(|first| *first <= start);
        let column = self.text[self.lines[line - 1]..start].chars().count() + 1;
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Place {
            file: Arc::clone(&self.name),
            line: number(line),
            column: number(column),
            start: number(start),
            end: number(range.end.max(start)),
        }
    }

    /// The place of a whole dotted key, by that of its last part.
    pub(super) fn whole_key(&self, last: &Place) -> Place {
        let mut start = (last.start as usize).min(self.text.len());
        while let Some(before) = self.text[..start].trim_end_matches(BLANK).strip_suffix('.') {
            start = before_part(before.trim_end_matches(BLANK));
        }
        self.place(start..last.end as usize)
    }

    /// What is written at a place.
    fn written(&self, place: &Place) -> &'a str {
        self.text.get(place.start as usize..place.end as usize).unwrap_or_default()
    }

    /// The tree; nothing where the text is no TOML, which is told for every place at which it is not.
    pub(super) fn tree(&self, problems: &mut Vec<Diagnostic>) -> Option<Written> {
        let (document, errors) = DeTable::parse_recoverable(self.text);
        for error in &errors {
            let mut place = self.place(error.span().unwrap_or(0..0));
            let mut message = error.message().trim().replace('\n', "; ");
            let mut help = "scenario files are TOML: `key = \"value\"` under `[table]` and `[[list]]`";
            if message == "duplicate key" {
                place = self.whole_key(&place);
                message = format!("`{}` is written a second time", self.written(&place));
                help = "keep one of them";
            }
            problems.push(Diagnostic::error("scenario-syntax", message).at(&place).help(help));
        }
        errors.is_empty().then(|| Written { value: self.table(document.get_ref()), place: self.place(0..0) })
    }

    /// The keys in the order of the file: the parser sorts them by name.
    fn table(&self, table: &DeTable<'_>) -> WrittenValue {
        let mut items: Vec<_> = table.iter().collect();
        items.sort_by_key(|(key, _)| key.span().start);
        let entry = |(key, item): (&Key<'_>, &Spanned<DeValue<'_>>)| WrittenEntry {
            key: key.get_ref().to_string(),
            key_place: self.place(key.span()),
            item: self.item(item),
        };
        WrittenValue::Map(items.into_iter().map(entry).collect())
    }

    fn item(&self, item: &Spanned<DeValue<'_>>) -> Written {
        let value = match item.get_ref() {
            DeValue::String(text) => WrittenValue::Text(text.to_string()),
            DeValue::Integer(number) => WrittenValue::Number(decimal(number.as_str(), number.radix())),
            DeValue::Float(number) => WrittenValue::Number(number.as_str().to_owned()),
            DeValue::Boolean(flag) => WrittenValue::Flag(*flag),
            // A date is no kind of value here; as a text it is told to be none of what was expected.
            DeValue::Datetime(date) => WrittenValue::Text(date.to_string()),
            DeValue::Array(items) => WrittenValue::List(items.iter().map(|item| self.item(item)).collect()),
            DeValue::Table(table) => self.table(table),
        };
        Written { value, place: self.place(item.span()) }
    }
}

/// What may stand around the dots of a key.
const BLANK: [char; 2] = [' ', '\t'];

/// Where the part of a key begins that a text ends with.
fn before_part(text: &str) -> usize {
    match text.chars().next_back() {
        Some(quote @ ('"' | '\'')) => {
            let inside = &text[..text.len() - quote.len_utf8()];
            inside.rfind(quote).unwrap_or(inside.len())
        }
        Some(_) | None => {
            let is_bare = |one: char| one.is_ascii_alphanumeric() || one == '_' || one == '-';
            text.trim_end_matches(is_bare).len()
        }
    }
}

/// A whole number in decimal digits.
fn decimal(digits: &str, radix: u32) -> String {
    const DECIMAL: u32 = 10;
    if radix == DECIMAL {
        return digits.trim_start_matches('+').to_owned();
    }
    u64::from_str_radix(digits, radix).map_or_else(|_| digits.to_owned(), |number| number.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_characters_from_one() {
        let document = Document::new(PathBuf::from("s.toml"), "a = 1\nü = 2\n");
        let place = document.place(9..10);
        assert_eq!((place.line, place.column, place.start, place.end), (2, 3, 9, 10));
        assert_eq!(document.place(999..999).line, 3);
    }

    #[test]
    fn keys_come_in_the_order_of_the_file() {
        let mut problems = Vec::new();
        let text = "[b]\nx = 0x10\n[a]\ny = 1_000\n";
        let tree = Document::new(PathBuf::from("s.toml"), text).tree(&mut problems).expect("it is TOML");
        let WrittenValue::Map(entries) = &tree.value else { panic!("a file is a table") };
        let keys: Vec<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
        assert_eq!(keys, ["b", "a"]);
        let number = |table: &str, key: &str| tree.get(table)?.get(key)?.value.scalar().map(str::to_owned);
        assert_eq!(number("b", "x").as_deref(), Some("16"));
        assert_eq!(number("a", "y").as_deref(), Some("1000"));
    }

    #[test]
    fn every_mistake_of_the_syntax_is_told() {
        let mut problems = Vec::new();
        let document = Document::new(PathBuf::from("s.toml"), "a = \nb = 1\nb = 2\n");
        assert_eq!(document.tree(&mut problems), None);
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert_eq!(problems[1].place.as_ref().map(|place| place.line), Some(3));
    }
}

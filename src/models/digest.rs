//! One number for the content of a set of models: equal wherever the files lie and however they are laid out.

use toml::de::{DeTable, DeValue};
use xxhash_rust::xxh3::Xxh3;

use crate::models::source::SourceFile;

/// The digest of all files; comments, spacing, the order of keys and the order of files do not matter.
pub(super) fn digest(files: &[SourceFile]) -> u64 {
    let mut sorted: Vec<&SourceFile> = files.iter().collect();
    sorted.sort_by(|left, right| left.path.cmp(&right.path));
    let mut content = Content(Xxh3::new());
    for file in sorted {
        let (document, _) = DeTable::parse_recoverable(&file.text);
        content.piece('f', &file.path);
        content.table(document.get_ref());
    }
    content.0.digest()
}

struct Content(Xxh3);

impl Content {
    /// A text with its kind and length before it, so that no two contents read alike.
    fn piece(&mut self, kind: char, text: &str) {
        self.0.update(&[kind as u8]);
        self.0.update(&(text.len() as u64).to_le_bytes());
        self.0.update(text.as_bytes());
    }

    fn table(&mut self, table: &DeTable<'_>) {
        let mut entries: Vec<_> =
            table.iter().map(|(key, item)| (key.get_ref().as_ref(), item.get_ref())).collect();
        entries.sort_by_key(|(key, _)| *key);
        self.piece('t', &entries.len().to_string());
        for (key, value) in entries {
            self.piece('k', key);
            self.value(value);
        }
    }

    fn value(&mut self, value: &DeValue<'_>) {
        match value {
            DeValue::String(text) => self.piece('s', text),
            DeValue::Integer(number) => self.piece('i', &number.to_string()),
            DeValue::Float(number) => self.piece('d', &number.to_string()),
            DeValue::Boolean(flag) => self.piece('b', &flag.to_string()),
            DeValue::Datetime(moment) => self.piece('m', &moment.to_string()),
            DeValue::Table(table) => self.table(table),
            DeValue::Array(items) => {
                self.piece('a', &items.len().to_string());
                for item in items {
                    self.value(item.get_ref());
                }
            }
        }
    }
}

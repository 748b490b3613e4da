//! One number for the content of a set of models: equal wherever the files lie and however they are laid out.

use toml::de::{DeTable, DeValue};
use xxhash_rust::xxh3::xxh3_64;

use super::source::SourceFile;

/// The digest of all files; comments, spacing, the order of keys and the order of files do not matter.
pub(super) fn digest(files: &[SourceFile]) -> u64 {
    let mut sorted: Vec<&SourceFile> = files.iter().collect();
    sorted.sort_by(|left, right| left.path.cmp(&right.path));
    let mut content = String::new();
    for file in sorted {
        let (document, _) = DeTable::parse_recoverable(&file.text);
        write_text(&file.path, &mut content);
        write_table(document.get_ref(), &mut content);
        content.push('\n');
    }
    xxh3_64(content.as_bytes())
}

fn write_table(table: &DeTable<'_>, into: &mut String) {
    let mut entries: Vec<_> =
        table.iter().map(|(key, item)| (key.get_ref().as_ref(), item.get_ref())).collect();
    entries.sort_by_key(|(key, _)| *key);
    into.push('{');
    for (key, value) in entries {
        write_text(key, into);
        write_value(value, into);
    }
    into.push('}');
}

fn write_value(value: &DeValue<'_>, into: &mut String) {
    match value {
        DeValue::String(text) => write_text(text, into),
        DeValue::Integer(number) => into.push_str(&format!("{number};")),
        DeValue::Float(number) => into.push_str(&format!("{number};")),
        DeValue::Boolean(flag) => into.push_str(&format!("{flag};")),
        DeValue::Datetime(moment) => into.push_str(&format!("{moment};")),
        DeValue::Table(table) => write_table(table, into),
        DeValue::Array(items) => {
            into.push('[');
            for item in items.iter() {
                write_value(item.get_ref(), into);
            }
            into.push(']');
        }
    }
}

/// A text with its length before it, so that no two contents read alike.
fn write_text(text: &str, into: &mut String) {
    into.push_str(&format!("{}:{text}", text.len()));
}

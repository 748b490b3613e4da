//! A value as its author wrote it, with its place: what scenario files and the metadata of templates have in common.

use crate::vocabulary::Place;

/// A value with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The value.
    pub value: WrittenValue,
    /// Where it stands.
    pub place: Place,
}

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WrittenValue {
    /// Nothing: a key without a value.
    Nothing,
    /// A text.
    Text(String),
    /// A number, as it was written.
    Number(String),
    /// Yes or no.
    Flag(bool),
    /// Several values.
    List(Vec<Written>),
    /// Values by key, in the order in which they stand.
    Map(Vec<WrittenEntry>),
}

/// A key with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenEntry {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub key_place: Place,
    /// The value.
    pub item: Written,
}

impl WrittenValue {
    /// What it is called, with its article.
    pub const fn described(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Text(_) => "a text",
            Self::Number(_) => "a number",
            Self::Flag(_) => "a flag",
            Self::List(_) => "a list",
            Self::Map(_) => "a table",
        }
    }

    /// The text of a scalar; `None` for lists, tables and nothing.
    pub fn scalar(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Number(text) => Some(text),
            Self::Flag(true) => Some("true"),
            Self::Flag(false) => Some("false"),
            Self::Nothing | Self::List(_) | Self::Map(_) => None,
        }
    }
}

impl Written {
    /// The entry with this key, where it is a table that has one.
    pub fn get(&self, key: &str) -> Option<&Self> {
        let WrittenValue::Map(entries) = &self.value else { return None };
        entries.iter().find(|entry| entry.key == key).map(|entry| &entry.item)
    }
}

//! Reading the keys of one table: each problem is noted with its place, and reading goes on.

use crate::scenario::read::json::json_text;
use crate::scenario::words::{Unreadable, whole};
use crate::vocabulary::{Diagnostic, Place, Written, WrittenEntry, WrittenValue, suggestion};

/// The keys of one table, and which of them were asked for.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    table: String,
    place: Place,
    entries: &'a [WrittenEntry],
    asked: Vec<&'static str>,
}

/// One value with its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scalar<'a> {
    pub(super) text: &'a str,
    pub(super) place: &'a Place,
}

/// Notes a value that cannot be read.
pub(super) fn unreadable(problems: &mut Vec<Diagnostic>, key: &str, place: &Place, problem: Unreadable) {
    let message = format!("`{key}`: {}", problem.message);
    problems.push(Diagnostic::error("scenario-value", message).at(place).help(problem.help));
}

/// Notes a value of another kind than expected.
pub(super) fn wrong_kind(problems: &mut Vec<Diagnostic>, key: &str, item: &Written, expected: &str) {
    let message = format!("`{key}` is {}", item.value.described());
    let help = format!("expected {expected}");
    problems.push(Diagnostic::error("scenario-kind", message).at(&item.place).help(help));
}

impl<'a> Fields<'a> {
    /// The keys of a table; nothing where it is none.
    pub(super) fn of(table: &str, item: &'a Written, problems: &mut Vec<Diagnostic>) -> Option<Self> {
        if let WrittenValue::Map(entries) = &item.value {
            let table = table.to_owned();
            return Some(Self { table, place: item.place.clone(), entries, asked: Vec::new() });
        }
        wrong_kind(problems, table, item, "a table");
        None
    }

    /// Where the table stands.
    pub(super) const fn place(&self) -> &Place {
        &self.place
    }

    /// The same table, said to stand where its name does.
    pub(super) fn named_at(mut self, place: &Place) -> Self {
        self.place = place.clone();
        self
    }

    /// What stands at a key.
    pub(super) fn ask(&mut self, key: &'static str) -> Option<&'a Written> {
        self.asked.push(key);
        let entry = self.entries.iter().find(|entry| entry.key == key)?;
        (entry.item.value != WrittenValue::Nothing).then_some(&entry.item)
    }

    /// Whether something stands at a key.
    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|entry| entry.key == key && entry.item.value != WrittenValue::Nothing)
    }

    /// A text, number or flag.
    pub(super) fn scalar(&mut self, key: &'static str, problems: &mut Vec<Diagnostic>) -> Option<Scalar<'a>> {
        let item = self.ask(key)?;
        let text = item.value.scalar();
        if text.is_none() {
            wrong_kind(problems, key, item, "a text in quotes");
        }
        Some(Scalar { text: text?, place: &item.place })
    }

    /// A value that a function reads from its text.
    pub(super) fn parsed<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&str) -> Result<T, Unreadable>,
        problems: &mut Vec<Diagnostic>,
    ) -> Option<T> {
        let written = self.scalar(key, problems)?;
        read(written.text).map_err(|problem| unreadable(problems, key, written.place, problem)).ok()
    }

    /// A text that is not empty.
    pub(super) fn text(&mut self, key: &'static str, problems: &mut Vec<Diagnostic>) -> Option<String> {
        let is_there = |text: &str| match text.trim() {
            "" => Err(Unreadable::new("the text is empty", "write a text")),
            _ => Ok(text.to_owned()),
        };
        self.parsed(key, is_there, problems)
    }

    /// A whole number in a range.
    pub(super) fn count(
        &mut self,
        key: &'static str,
        (least, most): (u32, u32),
        problems: &mut Vec<Diagnostic>,
    ) -> Option<u32> {
        let read = |text: &str| whole(text, u64::from(least), u64::from(most));
        self.parsed(key, read, problems).map(|number| number as u32)
    }

    /// A text as it is, or a table or list as JSON.
    pub(super) fn json(&mut self, key: &'static str, problems: &mut Vec<Diagnostic>) -> Option<String> {
        let item = self.ask(key)?;
        json_text(item).map_err(|problem| unreadable(problems, key, &item.place, problem)).ok()
    }

    /// One text, or a list of texts.
    pub(super) fn texts(&mut self, key: &'static str, problems: &mut Vec<Diagnostic>) -> Vec<Scalar<'a>> {
        let Some(item) = self.ask(key) else { return Vec::new() };
        let items = match &item.value {
            WrittenValue::List(items) => items.as_slice(),
            WrittenValue::Nothing
            | WrittenValue::Text(_)
            | WrittenValue::Number(_)
            | WrittenValue::Flag(_)
            | WrittenValue::Map(_) => std::slice::from_ref(item),
        };
        let mut texts = Vec::new();
        for item in items {
            match item.value.scalar() {
                Some(text) => texts.push(Scalar { text, place: &item.place }),
                None => wrong_kind(problems, key, item, "a text, or a list of texts"),
            }
        }
        texts
    }

    /// The table at a key.
    pub(super) fn table(&mut self, key: &'static str, problems: &mut Vec<Diagnostic>) -> Option<Self> {
        let item = self.ask(key)?;
        Self::of(&format!("[{key}]"), item, problems)
    }

    /// The tables of a list, or the only one; `name` is what they are called in messages.
    pub(super) fn tables(
        &mut self,
        key: &'static str,
        name: &str,
        problems: &mut Vec<Diagnostic>,
    ) -> Vec<Self> {
        let Some(item) = self.ask(key) else { return Vec::new() };
        let items = match &item.value {
            WrittenValue::List(items) => items.as_slice(),
            WrittenValue::Nothing
            | WrittenValue::Text(_)
            | WrittenValue::Number(_)
            | WrittenValue::Flag(_)
            | WrittenValue::Map(_) => std::slice::from_ref(item),
        };
        items.iter().filter_map(|item| Self::of(name, item, problems)).collect()
    }

    /// All keys with their values: a table whose keys are names.
    pub(super) fn entries(&self) -> &'a [WrittenEntry] {
        self.entries
    }

    /// Notes that one of these keys has to be there, where none is.
    pub(super) fn needs(&self, keys: &[&str], problems: &mut Vec<Diagnostic>) {
        if keys.iter().any(|key| self.has(key)) {
            return;
        }
        let named: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
        let message = format!("{} has no {}", self.table, named.join(" or "));
        let help = format!("add `{} = …`", keys[0]);
        problems.push(Diagnostic::error("scenario-missing-key", message).at(&self.place).help(help));
    }

    /// Notes keys of which only one may stand.
    pub(super) fn one_of(&self, keys: &[&str], problems: &mut Vec<Diagnostic>) {
        let given: Vec<String> =
            keys.iter().filter(|key| self.has(key)).map(|key| format!("`{key}`")).collect();
        if given.len() > 1 {
            let message = format!("{} has {}", self.table, given.join(" and "));
            let help = "keep one of them, and write another table for the other";
            problems.push(Diagnostic::error("scenario-too-many-keys", message).at(&self.place).help(help));
        }
    }

    /// Notes every key that nobody asked for.
    pub(super) fn finish(self, problems: &mut Vec<Diagnostic>) {
        for entry in self.entries.iter().filter(|entry| !self.asked.contains(&entry.key.as_str())) {
            let message = format!("{} has no key `{}`", self.table, entry.key);
            let help = suggestion(&entry.key, self.asked.iter().copied())
                .unwrap_or_else(|| format!("expected one of: {}", self.asked.join(", ")));
            problems.push(Diagnostic::error(UNKNOWN_KEY, message).at(&entry.key_place).help(help));
        }
    }
}

/// The code of unknown keys.
pub(super) const UNKNOWN_KEY: &str = "scenario-unknown-key";

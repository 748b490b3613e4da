//! Reading the keys of one TOML table: each problem is noted with its place, and reading goes on.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::vocabulary::{Diagnostic, Place};

use crate::models::rule::RuleValue;
use crate::models::source::SourceFile;

/// A parsed value with its place in the text.
pub(super) type Item<'a> = Spanned<DeValue<'a>>;

/// Something read, and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Located<T> {
    pub(super) value: T,
    pub(super) place: Place,
}

/// The keys of one table that were not asked for yet.
pub(super) struct Fields<'a> {
    file: &'a SourceFile,
    place: Place,
    table: BTreeMap<&'a str, (Place, &'a Item<'a>)>,
    asked: Vec<&'static str>,
}

/// What a list of problems is for: notes one with a place and what to do.
pub(super) fn report(
    problems: &mut Vec<Diagnostic>,
    place: &Place,
    code: &'static str,
    message: impl Into<String>,
    help: impl Into<String>,
) {
    problems.push(Diagnostic::error(code, message).at(place).help(help));
}

impl<'a> Fields<'a> {
    /// The keys of `table`, which stands at `place`.
    pub(super) fn new(file: &'a SourceFile, table: &'a DeTable<'a>, place: Place) -> Self {
        let entries = table.iter().map(|(key, item)| {
            let place = file.place(key.span());
            (key.get_ref().as_ref(), (place, item))
        });
        Self { file, place, table: entries.collect(), asked: Vec::new() }
    }

    /// Where the table stands.
    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    /// Whether the key is written.
    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// The place of a key that is written, or of the table.
    pub(super) fn place_of(&self, key: &str) -> Place {
        self.table.get(key).map_or_else(|| self.place.clone(), |(_, item)| self.file.place(item.span()))
    }

    fn ask(&mut self, key: &'static str) -> Option<Located<&'a Item<'a>>> {
        self.asked.push(key);
        let (_, item) = self.table.get(key)?;
        Some(Located { value: item, place: self.file.place(item.span()) })
    }

    /// An optional text.
    pub(super) fn text(
        &mut self,
        key: &'static str,
        problems: &mut Vec<Diagnostic>,
    ) -> Option<Located<String>> {
        let found = self.ask(key)?;
        match found.value.get_ref().as_str() {
            Some(text) if !text.trim().is_empty() => {
                Some(Located { value: text.to_owned(), place: found.place })
            }
            Some(_) => {
                let message = format!("`{key}` is empty");
                report(problems, &found.place, "model-empty", message, "write a text");
                None
            }
            None => {
                wrong_type(problems, &found, key, "a text in quotes");
                None
            }
        }
    }

    /// A text that has to be there.
    pub(super) fn needed_text(
        &mut self,
        key: &'static str,
        problems: &mut Vec<Diagnostic>,
    ) -> Option<Located<String>> {
        let text = self.text(key, problems);
        self.note_missing(key, problems);
        text
    }

    /// Notes that `key` has to be there, where it is not.
    pub(super) fn note_missing(&self, key: &str, problems: &mut Vec<Diagnostic>) {
        if !self.has(key) {
            let message = format!("`{key}` is missing");
            report(problems, &self.place, "model-missing-key", message, format!("add `{key} = …`"));
        }
    }

    /// One of several words, which has to be there.
    pub(super) fn word<T: Copy>(
        &mut self,
        key: &'static str,
        words: &[(&str, T)],
        problems: &mut Vec<Diagnostic>,
    ) -> Option<T> {
        let written = self.needed_text(key, problems)?;
        let known = words.iter().find(|(word, _)| *word == written.value);
        if known.is_none() {
            let message = format!("unknown {key} `{}`", written.value);
            let expected: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let help = format!("expected one of: {}", expected.join(", "));
            report(problems, &written.place, "model-unknown-word", message, help);
        }
        known.map(|(_, meaning)| *meaning)
    }

    /// A list of texts; empty where the key is left out.
    pub(super) fn texts(
        &mut self,
        key: &'static str,
        problems: &mut Vec<Diagnostic>,
    ) -> Vec<Located<String>> {
        let Some(found) = self.ask(key) else { return Vec::new() };
        let Some(items) = found.value.get_ref().as_array() else {
            wrong_type(problems, &found, key, "a list of texts");
            return Vec::new();
        };
        let mut texts = Vec::new();
        for item in items {
            let place = self.file.place(item.span());
            match item.get_ref().as_str() {
                Some(text) => texts.push(Located { value: text.to_owned(), place }),
                None => wrong_type(problems, &Located { value: item, place }, key, "a list of texts"),
            }
        }
        texts
    }

    /// An optional value.
    pub(super) fn value(
        &mut self,
        key: &'static str,
        problems: &mut Vec<Diagnostic>,
    ) -> Option<Located<RuleValue>> {
        let found = self.ask(key)?;
        let value = read_value(self.file, found.value, problems)?;
        Some(Located { value, place: found.place })
    }

    /// A table of values; empty where the key is left out.
    pub(super) fn values(
        &mut self,
        key: &'static str,
        problems: &mut Vec<Diagnostic>,
    ) -> BTreeMap<String, RuleValue> {
        let Some(found) = self.ask(key) else { return BTreeMap::new() };
        let Some(table) = found.value.get_ref().as_table() else {
            wrong_type(problems, &found, key, "a table of values");
            return BTreeMap::new();
        };
        let mut values = BTreeMap::new();
        for (name, item) in table {
            if let Some(value) = read_value(self.file, item, problems) {
                values.insert(name.get_ref().to_string(), value);
            }
        }
        values
    }

    /// The tables of a list of tables, `[[key]]`; empty where there is none.
    pub(super) fn tables(&mut self, key: &'static str, problems: &mut Vec<Diagnostic>) -> Vec<Fields<'a>> {
        let Some(found) = self.ask(key) else { return Vec::new() };
        let Some(items) = found.value.get_ref().as_array() else {
            wrong_type(problems, &found, key, "tables that begin with `[[…]]`");
            return Vec::new();
        };
        let mut tables = Vec::new();
        for item in items {
            let place = self.file.place(item.span());
            match item.get_ref().as_table() {
                Some(table) => tables.push(Fields::new(self.file, table, place)),
                None => wrong_type(problems, &Located { value: item, place }, key, "tables"),
            }
        }
        tables
    }

    /// Notes every key that nobody asked for.
    pub(super) fn finish(self, problems: &mut Vec<Diagnostic>) {
        for (key, (place, _)) in &self.table {
            if !self.asked.contains(key) {
                let message = format!("unknown key `{key}`");
                let help = format!("expected one of: {}", self.asked.join(", "));
                report(problems, place, "model-unknown-key", message, help);
            }
        }
    }
}

fn wrong_type(problems: &mut Vec<Diagnostic>, found: &Located<&Item<'_>>, key: &str, expected: &str) {
    let message = format!("`{key}` is {}", described(found.value.get_ref()));
    report(problems, &found.place, "model-wrong-type", message, format!("expected {expected}"));
}

fn described(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "a flag",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

const QUANTITIES: &str = "expected a count, a flag, a text, or a quantity such as \"250 ms\", \"30 s\", \"5 min\", \
     \"12 h\", \"4 d\", \"256 KiB\", \"6 MiB\", \"1/20\" or \"0.40 USD\"";

fn read_value(file: &SourceFile, item: &Item<'_>, problems: &mut Vec<Diagnostic>) -> Option<RuleValue> {
    let read = match item.get_ref() {
        DeValue::String(text) => RuleValue::parse(text),
        DeValue::Integer(number) => {
            u64::from_str_radix(number.as_str(), number.radix()).ok().map(RuleValue::Count)
        }
        DeValue::Boolean(flag) => Some(RuleValue::Flag(*flag)),
        DeValue::Array(items) => return read_list(file, items.iter(), problems),
        DeValue::Float(_) | DeValue::Datetime(_) | DeValue::Table(_) => None,
    };
    if read.is_none() {
        let range = item.span();
        let written = file.text.get(range.clone()).unwrap_or_default();
        let message = format!("`{written}` is no value of a model");
        report(problems, &file.place(range), "model-bad-value", message, QUANTITIES);
    }
    read
}

fn read_list<'a>(
    file: &SourceFile,
    items: impl Iterator<Item = &'a Item<'a>>,
    problems: &mut Vec<Diagnostic>,
) -> Option<RuleValue> {
    let mut values: Vec<RuleValue> = Vec::new();
    for item in items {
        let value = read_value(file, item, problems)?;
        if let Some(first) = values.first().filter(|first| first.kind() != value.kind()) {
            let message =
                format!("`{value}` is {} in a list of {}", value.kind().described(), first.kind().plural());
            let place = file.place(item.span());
            report(problems, &place, "model-mixed-list", message, "write values of one kind");
            return None;
        }
        values.push(value);
    }
    Some(RuleValue::List(values))
}

//! Events that a pattern wants, made from the pattern itself.

use serde_json::{Map, Value};

use crate::pattern::Limits;
use crate::pattern::matching::{Branch, Pattern};
use crate::pattern::number::Decimal;
use crate::pattern::test::{End, Range, Test};

/// What stands where any value does.
const ANY: &str = "sample";
/// How many values are tried where only some are left out.
const TRIES: u64 = 1_000;

impl Pattern {
    /// An event that it wants; `None` where none was found, as for a pattern that contradicts itself.
    pub fn sample(&self) -> Option<Value> {
        let samples = self.branches.iter().filter_map(|branch| branch.sample(&self.limits));
        samples.into_iter().find(|event| self.matches(event))
    }

    /// A record that it wants, whose payload stands under `key` as a text.
    pub fn sample_record(&self, key: &str) -> Option<Value> {
        let samples = self.branches.iter().filter_map(|branch| branch.sample(&self.limits));
        let texts = samples.map(|mut record| {
            let payload = record.get(key).filter(|payload| payload.is_object()).map(ToString::to_string);
            if let (Some(text), Value::Object(fields)) = (payload, &mut record) {
                fields.insert(key.to_owned(), Value::String(text));
            }
            record
        });
        texts.into_iter().find(|record| self.matches_record(record, key))
    }
}

impl Branch {
    fn sample(&self, limits: &Limits) -> Option<Value> {
        let mut event = Value::Object(Map::new());
        for field in &self.fields {
            match field.tests.iter().find_map(|test| test.sample(limits)) {
                Some(value) => put(&mut event, &field.names, value)?,
                None if field.tests.contains(&Test::Absent) => {}
                None => return None,
            }
        }
        Some(event)
    }
}

impl Test {
    fn sample(&self, limits: &Limits) -> Option<Value> {
        let text = |text: &str| Some(Value::String(text.to_owned()));
        match self {
            Self::Exact(value) => Some(value.clone()),
            Self::Number(read, written) => {
                let number = read.and_then(Decimal::json).or_else(|| written.parse().ok());
                number.map(Value::Number)
            }
            Self::IgnoreCase(expected)
            | Self::Prefix(expected)
            | Self::PrefixIgnoreCase(expected)
            | Self::Suffix(expected)
            | Self::SuffixIgnoreCase(expected) => text(expected),
            Self::Wildcard(wildcard) => text(&wildcard.sample()),
            Self::Address(network) => text(&network.sample()),
            Self::Range(range) => range.sample(limits).and_then(Decimal::json).map(Value::Number),
            Self::Exists => text(ANY),
            Self::Absent => None,
            Self::AnythingBut(_) => {
                let texts = (0..TRIES).map(|number| Value::String(format!("{ANY}-{number}")));
                let numbers = (0..TRIES).map(|number| Value::Number(number.into()));
                let mut tried = texts.chain(numbers).chain([Value::Null]);
                tried.find(|value| self.fits(value, limits))
            }
        }
    }
}

impl Range {
    fn sample(&self, limits: &Limits) -> Option<Decimal> {
        let candidates = match (self.low, self.high) {
            (Some(End::Closed(number)), _) | (None, Some(End::Closed(number))) => number,
            (Some(End::Open(number)), _) => number.neighbours(limits).1,
            (None, Some(End::Open(number))) => number.neighbours(limits).0,
            (None, None) => Decimal::whole(0),
        };
        Some(candidates).filter(|number| self.contains(*number))
    }
}

/// Puts a value at its path; `None` where something else stands in the way.
fn put(event: &mut Value, names: &[String], value: Value) -> Option<()> {
    let (name, inner) = names.split_first()?;
    let fields = event.as_object_mut()?;
    if inner.is_empty() {
        return fields.insert(name.clone(), value).is_none().then_some(());
    }
    put(fields.entry(name.as_str()).or_insert_with(|| Value::Object(Map::new())), inner, value)
}

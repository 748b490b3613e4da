//! What one value of a field is compared with.

use serde_json::Value;

use crate::pattern::Limits;
use crate::pattern::address::Network;
use crate::pattern::number::Decimal;
use crate::pattern::wildcard::Wildcard;

/// One alternative for a field.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Test {
    /// This very text, flag or null.
    Exact(Value),
    /// This number, and its text.
    Number(Option<Decimal>, String),
    /// This text in any case; kept in lower case.
    IgnoreCase(String),
    /// A text that begins so.
    Prefix(String),
    /// A text that begins so in any case; kept in lower case.
    PrefixIgnoreCase(String),
    /// A text that ends so.
    Suffix(String),
    /// A text that ends so in any case; kept in lower case.
    SuffixIgnoreCase(String),
    /// A text with wildcards.
    Wildcard(Wildcard),
    /// The text of an address in a network.
    Address(Network),
    /// A number in a range.
    Range(Range),
    /// Any value at all.
    Exists,
    /// No value at all.
    Absent,
    /// A value that none of these fits.
    AnythingBut(Vec<Test>),
}

/// Whether the end of a range belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// It does.
    Closed(Decimal),
    /// It does not.
    Open(Decimal),
}

/// Numbers between two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) low: Option<End>,
    pub(super) high: Option<End>,
}

impl Range {
    pub(super) fn contains(&self, number: Decimal) -> bool {
        let above = self.low.is_none_or(|low| match low {
            End::Closed(low) => number >= low,
            End::Open(low) => number > low,
        });
        let below = self.high.is_none_or(|high| match high {
            End::Closed(high) => number <= high,
            End::Open(high) => number < high,
        });
        above && below
    }
}

impl Test {
    /// Whether a value that is there fits: a text, number, flag or null, never an object or array.
    pub(super) fn fits(&self, value: &Value, limits: &Limits) -> bool {
        match (self, value) {
            (Self::Exists, _) => true,
            (Self::Absent, _) => false,
            //= pattern.anything_but_present
            (Self::AnythingBut(tests), _) => !tests.iter().any(|test| test.fits(value, limits)),
            (Self::Exact(expected), _) => expected == value,
            //= pattern.number_by_value
            (Self::Number(expected, text), Value::Number(number)) => {
                let read = Decimal::read(number).filter(|number| number.is_comparable(limits));
                (read.is_some() && read == *expected) || *text == number.to_string()
            }
            (Self::Range(range), Value::Number(number)) => {
                let read = Decimal::read(number).filter(|number| number.is_comparable(limits));
                read.is_some_and(|number| range.contains(number))
            }
            (_, Value::String(text)) => self.fits_text(text),
            (_, Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                false
            }
        }
    }

    fn fits_text(&self, text: &str) -> bool {
        match self {
            Self::IgnoreCase(expected) => *expected == text.to_lowercase(),
            Self::Prefix(prefix) => text.starts_with(prefix.as_str()),
            Self::PrefixIgnoreCase(prefix) => text.to_lowercase().starts_with(prefix.as_str()),
            Self::Suffix(suffix) => text.ends_with(suffix.as_str()),
            Self::SuffixIgnoreCase(suffix) => text.to_lowercase().ends_with(suffix.as_str()),
            Self::Wildcard(wildcard) => wildcard.matches(text),
            Self::Address(network) => network.contains(text),
            Self::Exact(_)
            | Self::Number(..)
            | Self::Range(_)
            | Self::Exists
            | Self::Absent
            | Self::AnythingBut(_) => false,
        }
    }
}

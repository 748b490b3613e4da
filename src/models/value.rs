//! The values of rules: how they are written, what kind they are, and how two of them compare.
//!
//! | kind | written |
//! |---|---|
//! | duration | `"250 ms"`, `"30 s"`, `"5 min"`, `"12 h"`, `"4 d"` |
//! | size | `"512 B"`, `"256 KiB"`, `"6 MiB"` |
//! | ratio | `"1/20"` |
//! | money | `"0.40 USD"` |
//! | count | `5` |
//! | flag | `true` |
//! | text | anything that does not begin with a digit |

use std::cmp::Ordering;
use std::fmt;

use crate::vocabulary::{Bytes, Duration, Ratio};

use crate::models::money::Money;
use crate::models::rule::RuleValue;

/// The kinds of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ValueKind {
    /// A length of time.
    Duration,
    /// A bare number.
    Count,
    /// A probability or share.
    Ratio,
    /// A size.
    Bytes,
    /// An amount of money.
    Money,
    /// A word or text.
    Text,
    /// Yes or no.
    Flag,
    /// Several values.
    List,
}

impl ValueKind {
    /// What it is called, with its article.
    pub const fn described(self) -> &'static str {
        match self {
            Self::Duration => "a duration",
            Self::Count => "a count",
            Self::Ratio => "a ratio",
            Self::Bytes => "a size",
            Self::Money => "an amount of money",
            Self::Text => "a text",
            Self::Flag => "a flag",
            Self::List => "a list",
        }
    }

    /// What several of them are called.
    pub const fn plural(self) -> &'static str {
        match self {
            Self::Duration => "durations",
            Self::Count => "counts",
            Self::Ratio => "ratios",
            Self::Bytes => "sizes",
            Self::Money => "amounts of money",
            Self::Text => "texts",
            Self::Flag => "flags",
            Self::List => "lists",
        }
    }
}

impl RuleValue {
    /// Its kind.
    pub const fn kind(&self) -> ValueKind {
        match self {
            Self::Duration(_) => ValueKind::Duration,
            Self::Count(_) => ValueKind::Count,
            Self::Ratio(_) => ValueKind::Ratio,
            Self::Bytes(_) => ValueKind::Bytes,
            Self::Money(_) => ValueKind::Money,
            Self::Text(_) => ValueKind::Text,
            Self::Flag(_) => ValueKind::Flag,
            Self::List(_) => ValueKind::List,
        }
    }

    /// Reads a quantity or text as it stands in a model file; `None` for what begins with a digit and is no quantity.
    ///
    /// ```
    /// use redrive::models::RuleValue;
    /// use redrive::vocabulary::Duration;
    /// assert_eq!(RuleValue::parse("30 s"), Some(RuleValue::Duration(Duration::from_secs(30))));
    /// assert_eq!(RuleValue::parse("30 seconds"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        if !text.starts_with(|first: char| first.is_ascii_digit()) {
            return Some(Self::Text(text.to_owned()));
        }
        if text.contains('/') {
            return Ratio::parse(text).map(Self::Ratio);
        }
        Duration::parse(text)
            .map(Self::Duration)
            .or_else(|| Bytes::parse(text).map(Self::Bytes))
            .or_else(|| Money::parse(text).map(Self::Money))
    }

    /// Smaller, equal or larger; `None` where the kinds differ or have no order.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Duration(left), Self::Duration(right)) => Some(left.cmp(right)),
            (Self::Count(left), Self::Count(right)) => Some(left.cmp(right)),
            (Self::Bytes(left), Self::Bytes(right)) => Some(left.cmp(right)),
            (Self::Money(left), Self::Money(right)) => Some(left.cmp(right)),
            (
                Self::Duration(_)
                | Self::Count(_)
                | Self::Ratio(_)
                | Self::Bytes(_)
                | Self::Money(_)
                | Self::Text(_)
                | Self::Flag(_)
                | Self::List(_),
                _,
            ) => None,
        }
    }

    /// Whether it lies between `low` and `high`, both included; `None` where the three cannot be compared.
    pub fn within(&self, low: &Self, high: &Self) -> Option<bool> {
        Some(self.compare(low)?.is_ge() && self.compare(high)?.is_le())
    }
}

impl fmt::Display for RuleValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duration(length) => write!(f, "{length}"),
            Self::Count(count) => write!(f, "{count}"),
            Self::Ratio(ratio) => write!(f, "{ratio}"),
            Self::Bytes(size) => write!(f, "{size}"),
            Self::Money(money) => write!(f, "{money}"),
            Self::Text(text) => f.write_str(text),
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::List(values) => {
                let texts: Vec<String> = values.iter().map(ToString::to_string).collect();
                f.write_str(&texts.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_told_from_its_spelling() {
        let kind = |text: &str| RuleValue::parse(text).map(|value| value.kind());
        assert_eq!(kind("250 ms"), Some(ValueKind::Duration));
        assert_eq!(kind("6 MiB"), Some(ValueKind::Bytes));
        assert_eq!(kind("1/20"), Some(ValueKind::Ratio));
        assert_eq!(kind("0.20 USD"), Some(ValueKind::Money));
        assert_eq!(kind("best-effort"), Some(ValueKind::Text));
        for wrong in ["30", "30 sec", "2/1", "6 Mb", "1.5 s"] {
            assert_eq!(kind(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn only_quantities_of_one_kind_compare() {
        let (one, two) = (RuleValue::Count(1), RuleValue::Count(2));
        assert_eq!(one.compare(&two), Some(Ordering::Less));
        assert_eq!(one.within(&one, &two), Some(true));
        assert_eq!(RuleValue::Count(3).within(&one, &two), Some(false));
        assert_eq!(one.compare(&RuleValue::Duration(Duration::ZERO)), None);
    }
}

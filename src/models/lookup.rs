//! The values of rules by name, as the kind that the caller needs.

use crate::vocabulary::{Bytes, Duration, Ratio};

use crate::models::error::ModelError;
use crate::models::money::Money;
use crate::models::registry::Models;
use crate::models::rule::{Rule, RuleValue, Unspecified};
use crate::models::value::ValueKind;

impl RuleValue {
    /// A length of time; `None` where it is of another kind.
    pub const fn as_duration(&self) -> Option<Duration> {
        if let Self::Duration(value) = self { Some(*value) } else { None }
    }

    /// A bare number; `None` where it is of another kind.
    pub const fn as_count(&self) -> Option<u64> {
        if let Self::Count(value) = self { Some(*value) } else { None }
    }

    /// A probability or share; `None` where it is of another kind.
    pub const fn as_ratio(&self) -> Option<Ratio> {
        if let Self::Ratio(value) = self { Some(*value) } else { None }
    }

    /// A size; `None` where it is of another kind.
    pub const fn as_bytes(&self) -> Option<Bytes> {
        if let Self::Bytes(value) = self { Some(*value) } else { None }
    }

    /// An amount of money; `None` where it is of another kind.
    pub const fn as_money(&self) -> Option<Money> {
        if let Self::Money(value) = self { Some(*value) } else { None }
    }

    /// Yes or no; `None` where it is of another kind.
    pub const fn as_flag(&self) -> Option<bool> {
        if let Self::Flag(value) = self { Some(*value) } else { None }
    }

    /// A word or text; `None` where it is of another kind.
    pub const fn as_text(&self) -> Option<&str> {
        if let Self::Text(value) = self { Some(value.as_str()) } else { None }
    }

    /// The values of a list; `None` where it is of another kind.
    pub const fn as_list(&self) -> Option<&[Self]> {
        if let Self::List(values) = self { Some(values.as_slice()) } else { None }
    }
}

impl Models {
    /// The rule with this id.
    ///
    /// # Errors
    /// Where there is none.
    pub fn named(&self, rule: &str) -> Result<&Rule, ModelError> {
        let id = self.rule_id(rule).ok_or_else(|| ModelError::NoRule { rule: rule.to_owned() })?;
        Ok(self.rule(id))
    }

    /// What a rule leaves open.
    ///
    /// # Errors
    /// Where the rule is missing or leaves nothing open.
    pub fn unspecified(&self, rule: &str) -> Result<&Unspecified, ModelError> {
        let closed = || ModelError::NotOpen { rule: rule.to_owned() };
        self.named(rule)?.unspecified.as_ref().ok_or_else(closed)
    }

    /// A value of a rule, of any kind.
    ///
    /// # Errors
    /// Where the rule or the value is missing.
    pub fn value(&self, rule: &str, value: &str) -> Result<&RuleValue, ModelError> {
        let missing = || ModelError::NoValue { rule: rule.to_owned(), value: value.to_owned() };
        self.named(rule)?.values.get(value).ok_or_else(missing)
    }

    /// A length of time.
    ///
    /// # Errors
    /// Where the rule or value is missing or of another kind.
    pub fn duration(&self, rule: &str, value: &str) -> Result<Duration, ModelError> {
        let found = self.value(rule, value)?;
        found.as_duration().ok_or_else(|| wrong_kind(rule, value, ValueKind::Duration, found))
    }

    /// A bare number.
    ///
    /// # Errors
    /// Where the rule or value is missing or of another kind.
    pub fn count(&self, rule: &str, value: &str) -> Result<u64, ModelError> {
        let found = self.value(rule, value)?;
        found.as_count().ok_or_else(|| wrong_kind(rule, value, ValueKind::Count, found))
    }

    /// A probability or share.
    ///
    /// # Errors
    /// Where the rule or value is missing or of another kind.
    pub fn ratio(&self, rule: &str, value: &str) -> Result<Ratio, ModelError> {
        let found = self.value(rule, value)?;
        found.as_ratio().ok_or_else(|| wrong_kind(rule, value, ValueKind::Ratio, found))
    }

    /// A size.
    ///
    /// # Errors
    /// Where the rule or value is missing or of another kind.
    pub fn bytes(&self, rule: &str, value: &str) -> Result<Bytes, ModelError> {
        let found = self.value(rule, value)?;
        found.as_bytes().ok_or_else(|| wrong_kind(rule, value, ValueKind::Bytes, found))
    }

    /// An amount of money.
    ///
    /// # Errors
    /// Where the rule or value is missing or of another kind.
    pub fn money(&self, rule: &str, value: &str) -> Result<Money, ModelError> {
        let found = self.value(rule, value)?;
        found.as_money().ok_or_else(|| wrong_kind(rule, value, ValueKind::Money, found))
    }

    /// Yes or no.
    ///
    /// # Errors
    /// Where the rule or value is missing or of another kind.
    pub fn flag(&self, rule: &str, value: &str) -> Result<bool, ModelError> {
        let found = self.value(rule, value)?;
        found.as_flag().ok_or_else(|| wrong_kind(rule, value, ValueKind::Flag, found))
    }

    /// A word or text.
    ///
    /// # Errors
    /// Where the rule or value is missing or of another kind.
    pub fn text(&self, rule: &str, value: &str) -> Result<&str, ModelError> {
        let found = self.value(rule, value)?;
        found.as_text().ok_or_else(|| wrong_kind(rule, value, ValueKind::Text, found))
    }

    /// Several lengths of time.
    ///
    /// # Errors
    /// Where the rule or value is missing or no list of this kind.
    pub fn durations(&self, rule: &str, value: &str) -> Result<Vec<Duration>, ModelError> {
        self.list(rule, value, ValueKind::Duration, RuleValue::as_duration)
    }

    /// Several bare numbers.
    ///
    /// # Errors
    /// Where the rule or value is missing or no list of this kind.
    pub fn counts(&self, rule: &str, value: &str) -> Result<Vec<u64>, ModelError> {
        self.list(rule, value, ValueKind::Count, RuleValue::as_count)
    }

    /// Several probabilities or shares.
    ///
    /// # Errors
    /// Where the rule or value is missing or no list of this kind.
    pub fn ratios(&self, rule: &str, value: &str) -> Result<Vec<Ratio>, ModelError> {
        self.list(rule, value, ValueKind::Ratio, RuleValue::as_ratio)
    }

    /// Several words or texts.
    ///
    /// # Errors
    /// Where the rule or value is missing or no list of this kind.
    pub fn texts(&self, rule: &str, value: &str) -> Result<Vec<&str>, ModelError> {
        self.list(rule, value, ValueKind::Text, RuleValue::as_text)
    }

    fn list<'m, T>(
        &'m self,
        rule: &str,
        value: &str,
        kind: ValueKind,
        read: impl Fn(&'m RuleValue) -> Option<T>,
    ) -> Result<Vec<T>, ModelError> {
        let found = self.value(rule, value)?;
        let items = found.as_list().ok_or_else(|| wrong_kind(rule, value, ValueKind::List, found))?;
        items.iter().map(|item| read(item).ok_or_else(|| wrong_kind(rule, value, kind, item))).collect()
    }
}

fn wrong_kind(rule: &str, value: &str, expected: ValueKind, found: &RuleValue) -> ModelError {
    ModelError::WrongKind { rule: rule.to_owned(), value: value.to_owned(), expected, found: found.kind() }
}

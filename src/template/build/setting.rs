//! Reading one setting: what the template says, else the model's default, and the alternatives of what is open.

use std::fmt::Display;

use crate::models::{Models, RuleValue, SettingModel};
use crate::template::tree::{self, is_null};
use crate::template::{Node, Unknown, Value};
use crate::topology::{
    DeduplicationScope, MachineKind, Origin, RecursiveLoop, Setting, StartingPosition, ThroughputLimit,
    UnknownSetting,
};
use crate::vocabulary::{Bytes, Diagnostic, Duration, Place};

/// The code of values that a setting cannot have.
pub(crate) const MALFORMED: &str = "template-malformed-setting";

/// What AWS calls a MB in `MemorySize`.
const MEBIBYTE: u64 = 1 << 20;

/// A kind of value that settings have.
pub(crate) trait SettingValue: Clone + PartialEq + Display {
    /// What is expected, for messages.
    const EXPECTED: &'static str;
    /// The range of numbers whose model tells none.
    const LEAST: Option<&'static str> = None;
    /// What stands in where even the models know nothing; the input is not judged then.
    const NOTHING: Self;
    /// Reads what a template writes.
    fn read(text: &str) -> Option<Self>;
    /// Reads what a model says.
    fn of(value: &RuleValue) -> Option<Self>;
}

impl SettingValue for Duration {
    const EXPECTED: &'static str = "a whole number of seconds";
    const LEAST: Option<&'static str> = Some("0 or more");
    const NOTHING: Self = Self::ZERO;

    fn read(text: &str) -> Option<Self> {
        whole(text).map(Self::from_secs)
    }

    fn of(value: &RuleValue) -> Option<Self> {
        value.as_duration()
    }
}

impl SettingValue for u64 {
    const EXPECTED: &'static str = "a whole number";
    const LEAST: Option<&'static str> = Some("0 or more");
    const NOTHING: Self = 0;

    fn read(text: &str) -> Option<Self> {
        whole(text)
    }

    fn of(value: &RuleValue) -> Option<Self> {
        value.as_count().or_else(|| value.as_bytes().map(|size| size.0 / MEBIBYTE))
    }
}

impl SettingValue for Bytes {
    const EXPECTED: &'static str = "a whole number of bytes";
    const LEAST: Option<&'static str> = Some("0 or more");
    const NOTHING: Self = Self(0);

    fn read(text: &str) -> Option<Self> {
        whole(text).map(Self)
    }

    fn of(value: &RuleValue) -> Option<Self> {
        value.as_bytes()
    }
}

impl SettingValue for bool {
    const EXPECTED: &'static str = "true or false";
    const NOTHING: Self = false;

    fn read(text: &str) -> Option<Self> {
        flag(text)
    }

    fn of(value: &RuleValue) -> Option<Self> {
        value.as_flag()
    }
}

impl SettingValue for DeduplicationScope {
    const EXPECTED: &'static str = "queue or messageGroup";
    const NOTHING: Self = Self::Queue;

    fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.word() == text.trim())
    }

    fn of(value: &RuleValue) -> Option<Self> {
        value.as_text().and_then(Self::read)
    }
}

impl SettingValue for ThroughputLimit {
    const EXPECTED: &'static str = "perQueue or perMessageGroupId";
    const NOTHING: Self = Self::PerQueue;

    fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|limit| limit.word() == text.trim())
    }

    fn of(value: &RuleValue) -> Option<Self> {
        value.as_text().and_then(Self::read)
    }
}

impl SettingValue for RecursiveLoop {
    const EXPECTED: &'static str = "Terminate or Allow";
    const NOTHING: Self = Self::Terminate;

    fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|what| what.word() == text.trim())
    }

    fn of(value: &RuleValue) -> Option<Self> {
        value.as_text().and_then(Self::read)
    }
}

impl SettingValue for StartingPosition {
    const EXPECTED: &'static str = "TRIM_HORIZON, LATEST or AT_TIMESTAMP";
    const NOTHING: Self = Self::TrimHorizon;

    fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|position| position.word() == text.trim())
    }

    fn of(value: &RuleValue) -> Option<Self> {
        value.as_text().and_then(Self::read)
    }
}

impl SettingValue for MachineKind {
    const EXPECTED: &'static str = "STANDARD or EXPRESS";
    const NOTHING: Self = Self::Standard;

    fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == text.trim())
    }

    fn of(value: &RuleValue) -> Option<Self> {
        value.as_text().and_then(Self::read)
    }
}

/// A whole number that is not negative; `1.0` is one.
fn whole(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.split_once('.').map_or(text, |(whole, fraction)| {
        if fraction.chars().all(|digit| digit == '0') { whole } else { text }
    });
    digits.parse().ok()
}

/// A flag as YAML, JSON and text spell it.
pub(crate) fn flag(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// Reads settings and gathers what is wrong with them.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    /// Defaults and ranges.
    pub models: &'a Models,
    /// The model whose settings come first, where several have one of the same property.
    pub of: Option<&'static str>,
    /// What was wrong.
    pub diagnostics: &'a mut Vec<Diagnostic>,
}

impl<'a> Reader<'a> {
    fn setting(&self, property: &str) -> Option<&'a SettingModel> {
        let own = self.of.and_then(|model| self.models.setting_in(model, property));
        own.or_else(|| self.models.setting(property))
    }

    /// A setting that always has a value: written, or by default.
    pub(crate) fn required<T: SettingValue>(&mut self, written: Option<&Node>, property: &str) -> Setting<T> {
        self.read(written, property).unwrap_or_else(|| self.default(property))
    }

    /// A setting that is absent where it is left out.
    pub(crate) fn optional<T: SettingValue>(
        &mut self,
        written: Option<&Node>,
        property: &str,
    ) -> Option<Setting<T>> {
        self.read(written, property)
    }

    /// A setting without which what stands around it would mean nothing: a malformed one may be anything.
    pub(crate) fn needed<T: SettingValue>(&mut self, written: &Node, property: &str) -> Option<Setting<T>> {
        let is_malformed = Self::is_malformed::<T>(written);
        self.read(Some(written), property).or_else(|| {
            let why = format!("{} is not {}", tree::render(written), T::EXPECTED);
            let open = Unknown { why, possible: Vec::new() };
            if is_malformed { self.open(&open, &written.place, property) } else { None }
        })
    }

    /// The default of a setting.
    pub(crate) fn default<T: SettingValue>(&mut self, property: &str) -> Setting<T> {
        let model = self.setting(property);
        if let Some((model, value)) = model.and_then(|model| default_of(model).map(|value| (model, value))) {
            return Setting::known(value, Origin::Default(model.id.clone()));
        }
        let message = format!("no model tells the default of {property}, and the template leaves it out");
        self.diagnostics.push(Diagnostic::error("models-missing-default", message));
        Setting::known(T::NOTHING, Origin::Default(property.to_owned()))
    }

    fn read<T: SettingValue>(&mut self, written: Option<&Node>, property: &str) -> Option<Setting<T>> {
        let node = written?;
        match &node.value {
            Value::Null => None,
            Value::Unknown(unknown) => self.open(unknown, &node.place, property),
            Value::Mixed(_) | Value::Reference(_) => {
                let why = format!("{} is known only after deployment", tree::render(node));
                self.open(&Unknown { why, possible: Vec::new() }, &node.place, property)
            }
            Value::Flag(_) | Value::Number(_) | Value::Text(_) | Value::List(_) | Value::Map(_) => {
                if Self::is_malformed::<T>(node) {
                    self.malformed::<T>(node, property);
                }
                tree::scalar(node).and_then(T::read).map(|value| Setting::known(value, origin(&node.place)))
            }
        }
    }

    /// A value that the template leaves open: its possible values, else the default and the ends of the range.
    fn open<T: SettingValue>(
        &mut self,
        unknown: &Unknown,
        place: &Place,
        property: &str,
    ) -> Option<Setting<T>> {
        let model = self.setting(property);
        let default = model.and_then(default_of);
        let mut alternatives = Vec::new();
        for one in &unknown.possible {
            let told = if is_null(one) { default.clone() } else { tree::scalar(one).and_then(T::read) };
            alternatives.extend(told);
        }
        if unknown.possible.iter().all(is_null) && !unknown.possible.is_empty() {
            return None;
        }
        if alternatives.is_empty() {
            alternatives = ends(model, default.as_ref());
        }
        let alternatives = distinct(alternatives);
        let Some(value) = alternatives.first().cloned() else {
            let message = format!("{property} is open ({}): it is taken as left out", unknown.why);
            self.diagnostics.push(Diagnostic::note("template-open-value", message).at(place));
            return None;
        };
        if alternatives.len() == 1 {
            return Some(Setting::known(value, origin(place)));
        }
        let unknown = Some(UnknownSetting { why: unknown.why.clone(), alternatives });
        Some(Setting { value, origin: Origin::Unknown(place.clone()), unknown })
    }

    /// Whether something is written out that cannot be a value of this kind.
    fn is_malformed<T: SettingValue>(node: &Node) -> bool {
        let is_written = match &node.value {
            Value::Null | Value::Unknown(_) | Value::Mixed(_) | Value::Reference(_) => false,
            Value::Flag(_) | Value::Number(_) | Value::Text(_) | Value::List(_) | Value::Map(_) => true,
        };
        is_written && tree::scalar(node).and_then(T::read).is_none()
    }

    fn malformed<T: SettingValue>(&mut self, node: &Node, property: &str) {
        let range = self.setting(property).and_then(range_text::<T>).or(T::LEAST.map(str::to_owned));
        let allowed = range.map_or(String::new(), |range| format!(", {range}"));
        let message = format!("{property} is {}, but must be {}{allowed}", tree::render(node), T::EXPECTED);
        let diagnostic = Diagnostic::warning(MALFORMED, message).at(&node.place).help(
            match self.setting(property).and_then(default_of::<T>) {
                Some(default) => format!("the default, {default}, is taken until this is mended"),
                None => "what else is said there is read all the same".to_owned(),
            },
        );
        self.diagnostics.push(diagnostic);
    }
}

/// Where a written value came from: the template, or the command line.
pub(crate) fn origin(place: &Place) -> Origin {
    if place.file.as_os_str() == crate::template::COMMAND_LINE {
        Origin::CommandLine
    } else {
        Origin::Template(place.clone())
    }
}

fn default_of<T: SettingValue>(model: &SettingModel) -> Option<T> {
    model.default.as_ref().and_then(T::of)
}

/// The default, and the ends of the range; where there is no default, a range from 0 starts at 1, since 0 is off.
fn ends<T: SettingValue>(model: Option<&SettingModel>, default: Option<&T>) -> Vec<T> {
    let range = model.and_then(|model| model.range.as_ref());
    let low = range.and_then(|(low, _)| T::of(low));
    let high = range.and_then(|(_, high)| T::of(high));
    let off = |low: &T| default.is_none() && *low == T::NOTHING;
    let low = low.map(|low| if off(&low) { T::read("1").unwrap_or(low) } else { low });
    default.cloned().into_iter().chain(low).chain(high).collect()
}

fn distinct<T: PartialEq>(values: Vec<T>) -> Vec<T> {
    let mut kept = Vec::new();
    for value in values {
        if !kept.contains(&value) {
            kept.push(value);
        }
    }
    kept
}

fn range_text<T: SettingValue>(model: &SettingModel) -> Option<String> {
    let (low, high) = model.range.as_ref()?;
    Some(format!("from {} to {}", T::of(low)?, T::of(high)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_flags_are_read_from_text_too() {
        assert_eq!(u64::read("30"), Some(30));
        assert_eq!(u64::read(" 30.0 "), Some(30));
        assert_eq!(Duration::read("30"), Some(Duration::from_secs(30)));
        assert_eq!(bool::read("True"), Some(true));
        for wrong in ["abc", "-1", "1.5", "", "1e3"] {
            assert_eq!(u64::read(wrong), None, "{wrong}");
        }
        assert_eq!(bool::read("yes"), None);
    }
}

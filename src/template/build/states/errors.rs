//! `Retry` and `Catch`: their shape, their ranges, and the errors that they mean.

use crate::template::Node;
use crate::template::build::states::reading::{Names, Reading, is_expression, joined};
use crate::template::tree::{at, items_at, scalar, scalar_at};
use crate::topology::{Catcher, Jitter, Retrier};
use crate::vocabulary::{Duration, did_you_mean};

const RANGE: &str = "step_functions.retry_range";
const NAMES: &str = "step_functions.error_names";
/// How many thousandths one is.
const THOUSAND: u64 = 1_000;
/// How many digits a thousandth has.
const DIGITS: usize = 3;

const SETTINGS: &str = "AWS::StepFunctions::StateMachine.Definition.States.Retry";

impl Reading<'_, '_> {
    /// The retriers of a state, in order.
    pub(super) fn retries(&mut self, state: &Node, path: &str) -> Vec<Retrier> {
        let all = items_at(state, "Retry");
        let mut found = Vec::with_capacity(all.len());
        for (index, one) in all.iter().enumerate() {
            let path = format!("{path}.Retry[{index}]");
            let errors = self.error_names(one, &path, index + 1 == all.len());
            found.push(self.retrier(one, &path, errors));
        }
        found
    }

    fn retrier(&mut self, one: &Node, path: &str, errors: Vec<String>) -> Retrier {
        //= step_functions.retry_range
        let models = self.models();
        let bound = |name: &str| models.count(RANGE, name).unwrap_or(0);
        let interval = (bound("interval_least"), bound("interval_most"));
        let interval = self.whole(one, "IntervalSeconds", path, RANGE, interval).map(Duration::from_secs);
        let attempts = self.whole(one, "MaxAttempts", path, RANGE, (0, bound("attempts_most")));
        let longest = (bound("longest_least"), bound("longest_most"));
        let longest = self.whole(one, "MaxDelaySeconds", path, RANGE, longest).map(Duration::from_secs);
        let default = |name: &str| models.setting(&format!("{SETTINGS}.{name}"));
        let usual = |name: &str| {
            let setting = default(name).and_then(|setting| setting.default.as_ref());
            setting.and_then(crate::models::RuleValue::as_count).unwrap_or(0)
        };
        let usual_interval = default("IntervalSeconds").and_then(|setting| setting.default.as_ref());
        let usual_interval = usual_interval.and_then(crate::models::RuleValue::as_duration);
        Retrier {
            errors,
            interval: interval.or(usual_interval).unwrap_or(Duration::ZERO),
            attempts: attempts.unwrap_or_else(|| usual("MaxAttempts")).min(u64::from(u32::MAX)) as u32,
            rate: self.rate(one, path).unwrap_or_else(|| usual("BackoffRate") * THOUSAND),
            longest,
            jitter: self.jitter(one, path),
        }
    }

    /// `BackoffRate` in thousandths.
    fn rate(&mut self, one: &Node, path: &str) -> Option<u64> {
        let written = at(one, "BackoffRate")?;
        let rate = scalar(written).and_then(thousandths);
        let least = self.models().count(RANGE, "rate_least").unwrap_or(0);
        let fits = rate.filter(|rate| *rate >= least * THOUSAND);
        if fits.is_none() {
            self.refuse(RANGE, &joined(path, "BackoffRate"), written, format!("a number from {least}.0"));
        }
        fits
    }

    fn jitter(&mut self, one: &Node, path: &str) -> Jitter {
        let Some(written) = at(one, "JitterStrategy") else { return Jitter::None };
        match scalar(written) {
            Some("FULL") => Jitter::Full,
            Some("NONE") => Jitter::None,
            Some(_) | None => {
                self.refuse(RANGE, &joined(path, "JitterStrategy"), written, "NONE or FULL");
                Jitter::None
            }
        }
    }

    /// `ErrorEquals`: at least one name; the wildcard stands alone, and last.
    pub(super) fn error_names(&mut self, one: &Node, path: &str, is_last: bool) -> Vec<String> {
        //= step_functions.error_names
        let property = joined(path, "ErrorEquals");
        let names: Vec<String> =
            items_at(one, "ErrorEquals").iter().filter_map(|name| scalar(name).map(str::to_owned)).collect();
        let written = at(one, "ErrorEquals");
        match written {
            None => self.missing(NAMES, &property, one, "a list of names of errors"),
            Some(list) if names.is_empty() => {
                self.refuse(NAMES, &property, list, "at least one name of an error");
            }
            Some(list) => {
                let wildcard = self.models().text(NAMES, "alone").unwrap_or_default().to_owned();
                if names.contains(&wildcard) && (names.len() > 1 || !is_last) {
                    let allowed = format!("{wildcard} alone, in the last of the list");
                    self.refuse(NAMES, &property, list, allowed);
                }
            }
        }
        names
    }

    /// The catchers of a state, in order; they lead to states beside it.
    pub(super) fn catches(&mut self, state: &Node, path: &str, names: &Names) -> Vec<Catcher> {
        let all = items_at(state, "Catch");
        let mut found = Vec::with_capacity(all.len());
        for (index, one) in all.iter().enumerate() {
            let path = format!("{path}.Catch[{index}]");
            let errors = self.error_names(one, &path, index + 1 == all.len());
            if let Some(next) = self.target(one, "Next", &path, names) {
                found.push(Catcher { errors, next });
            }
        }
        found
    }

    /// The state that a field names.
    pub(super) fn target(&mut self, of: &Node, key: &str, path: &str, names: &Names) -> Option<usize> {
        //= step_functions.transition
        let (rule, property) = ("step_functions.transition", joined(path, key));
        let Some(written) = at(of, key) else {
            self.missing(rule, &property, of, "the name of a state beside this one");
            return None;
        };
        let name = scalar_at(of, key).unwrap_or_default();
        let found = names.get(name).copied();
        if found.is_none() && !is_expression(name) {
            let allowed = format!("the name of a state beside this one; {}", suggestion(name, names));
            self.refuse(rule, &property, written, allowed);
        }
        found
    }
}

/// What to say of a name that no state beside has.
pub(super) fn suggestion(name: &str, names: &Names) -> String {
    let known: Vec<&str> = names.keys().map(String::as_str).collect();
    did_you_mean(name, &known)
}

/// A number that is not negative in thousandths; digits beyond are dropped.
fn thousandths(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = fraction.chars().chain("000".chars()).take(DIGITS).collect();
    let whole = if whole.is_empty() { 0 } else { whole.parse::<u64>().ok()? };
    whole.checked_mul(THOUSAND)?.checked_add(digits.parse::<u64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_in_thousandths() {
        let read: Vec<_> = ["2", "1.5", "2.0", ".25", "1.0005", "-1", "fast"].map(thousandths).to_vec();
        assert_eq!(read, [Some(2000), Some(1500), Some(2000), Some(250), Some(1000), None, None]);
    }
}

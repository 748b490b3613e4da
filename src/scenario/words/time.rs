//! Lengths of time, moments of a run, and how long a handler takes.

use crate::scenario::words::Unreadable;
use crate::scenario::{Per, Timing};
use crate::vocabulary::Duration;

const LENGTHS: &str = "write a length such as `40ms`, `90s`, `10m`, `2h`, `4d` or `1h30m`, zero or more";
const MOMENTS: &str =
    "write the time from the start of the run as hh:mm or hh:mm:ss, or as a length such as `90m`";
const TIMINGS: &str = "write a length or two, such as `50ms` or `40ms..2s`, and `per invocation` behind it where it is \
                       not meant for each event";

const SECONDS_PER_MINUTE: u64 = 60;
const MINUTES_PER_HOUR: u64 = 60;

/// A length of time.
///
/// # Errors
/// What is wrong with the text.
pub fn length(text: &str) -> Result<Duration, Unreadable> {
    length_or(text, LENGTHS)
}

/// A length above zero.
pub(in crate::scenario) fn some_length(text: &str) -> Result<Duration, Unreadable> {
    match length(text)? {
        Duration::ZERO => {
            Err(Unreadable::new(format!("`{}` is no time at all", text.trim()), "write a length above zero"))
        }
        length => Ok(length),
    }
}

fn length_or(text: &str, help: &str) -> Result<Duration, Unreadable> {
    let text = text.trim();
    let problem = |what: &str| Err(Unreadable::new(format!("`{text}` {what}"), help));
    match Duration::parse(text) {
        Some(length) => Ok(length),
        None if text == "0" => Ok(Duration::ZERO),
        None if text.starts_with('-') => problem("is below zero"),
        None if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => problem("has no unit"),
        None => problem("is no length of time"),
    }
}

/// A time from the start of the run: `02:10`, `02:10:30` or a length.
///
/// # Errors
/// What is wrong with the text.
pub fn moment(text: &str) -> Result<Duration, Unreadable> {
    let text = text.trim();
    if !text.contains(':') {
        return length_or(text, MOMENTS);
    }
    clock(text).ok_or_else(|| Unreadable::new(format!("`{text}` is no time"), MOMENTS))
}

fn clock(text: &str) -> Option<Duration> {
    let mut parts = text.split(':').map(|part| {
        let is_number = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<u64>().ok().filter(|_| is_number)
    });
    let (hours, minutes) = (parts.next()??, parts.next()??);
    let seconds = parts.next().unwrap_or(Some(0))?;
    if parts.next().is_some() || minutes >= MINUTES_PER_HOUR || seconds >= SECONDS_PER_MINUTE {
        return None;
    }
    let minutes = hours.checked_mul(MINUTES_PER_HOUR)?.checked_add(minutes)?;
    let seconds = minutes.checked_mul(SECONDS_PER_MINUTE)?.checked_add(seconds)?;
    Some(Duration::from_secs(seconds))
}

impl Timing {
    /// Reads `50ms`, `40ms..2s` and `40ms..2s per invocation`.
    ///
    /// ```
    /// use redrive::scenario::{Per, Timing};
    /// use redrive::vocabulary::Duration;
    /// let timing = Timing::parse("40ms..2s per invocation").unwrap();
    /// assert_eq!((timing.shortest, timing.per), (Duration::from_millis(40), Per::Invocation));
    /// assert_eq!(Timing::parse("2s..40ms").unwrap_err().message, "`2s..40ms` ends before it begins");
    /// ```
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, Unreadable> {
        let text = text.trim();
        let (range, per) = match text.split_once(" per ").map(|(range, per)| (range, per.trim())) {
            None => (text, Per::Event),
            Some((range, "event")) => (range, Per::Event),
            Some((range, "invocation")) => (range, Per::Invocation),
            Some((_, word)) => {
                let help = "write `per event` or `per invocation`";
                return Err(Unreadable::new(format!("`{text}` is meant per `{word}`"), help));
            }
        };
        let (shortest, longest) = range.split_once("..").unwrap_or((range, range));
        let (shortest, longest) = (length_or(shortest, TIMINGS)?, length_or(longest, TIMINGS)?);
        if longest < shortest {
            return Err(Unreadable::new(format!("`{range}` ends before it begins"), TIMINGS));
        }
        Ok(Self { shortest, longest, per })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_clocks_or_lengths() {
        for (text, seconds) in [("02:10", 7_800), ("00:00:30", 30), ("90m", 5_400), ("100:00", 360_000)] {
            assert_eq!(moment(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["2:60", "1:2:3:4", ":", "1:", "a:b", "1:-1", "99999999999999999999:00", "soon"] {
            assert!(moment(text).is_err(), "{text}");
        }
    }

    #[test]
    fn lengths_say_what_is_wrong_with_them() {
        let said = |text: &str| length(text).unwrap_err().message;
        assert_eq!(said("-5s"), "`-5s` is below zero");
        assert_eq!(said("90"), "`90` has no unit");
        assert_eq!(said("soon"), "`soon` is no length of time");
        assert_eq!(some_length("0s").unwrap_err().message, "`0s` is no time at all");
    }
}

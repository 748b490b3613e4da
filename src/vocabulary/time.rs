//! Virtual time: whole microseconds, never a float and never the wall clock.

use std::fmt;
use std::ops::{Add, AddAssign, Mul, Sub};

const MICROS_PER_MILLI: u64 = 1_000;
const MICROS_PER_SECOND: u64 = 1_000 * MICROS_PER_MILLI;
const SECONDS_PER_MINUTE: u64 = 60;
const SECONDS_PER_HOUR: u64 = 60 * SECONDS_PER_MINUTE;
const SECONDS_PER_DAY: u64 = 24 * SECONDS_PER_HOUR;

/// A length of virtual time in whole microseconds (0 to some 584,000 years).
///
/// ```
/// use redrive::vocabulary::Duration;
/// assert_eq!(Duration::from_secs(90).to_string(), "1m30s");
/// assert_eq!(Duration::parse("2h"), Some(Duration::from_secs(7_200)));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(u64);

/// A moment of virtual time: microseconds since the start of the run.
///
/// ```
/// use redrive::vocabulary::{Duration, Instant};
/// let later = Instant::START + Duration::from_secs(90);
/// assert_eq!(later.since(Instant::START), Duration::from_secs(90));
/// assert_eq!(later.to_string(), "00:01:30.000");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(u64);

impl Duration {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    /// Longer than any run.
    pub const MAX: Self = Self(u64::MAX);

    /// `micros` microseconds.
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// `millis` milliseconds; saturates at [`Duration::MAX`].
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis.saturating_mul(MICROS_PER_MILLI))
    }

    /// `seconds` seconds; saturates at [`Duration::MAX`].
    pub const fn from_secs(seconds: u64) -> Self {
        Self(seconds.saturating_mul(MICROS_PER_SECOND))
    }

    /// The length in whole microseconds.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// The length in whole milliseconds, rounded down.
    pub const fn as_millis(self) -> u64 {
        self.0 / MICROS_PER_MILLI
    }

    /// The length in whole seconds, rounded down.
    pub const fn as_secs(self) -> u64 {
        self.0 / MICROS_PER_SECOND
    }

    /// `self - other`, or zero where `other` is longer.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// Reads `250us`, `40ms`, `30s`, `5m`, `2h`, `4d` and sums such as `1h30m`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let mut rest = text.trim();
        let mut total: u64 = 0;
        if rest.is_empty() {
            return None;
        }
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit())?;
            let count: u64 = rest[..digits].parse().ok()?;
            let tail = rest[digits..].trim_start();
            let letters = tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
            let unit = micros_per_unit(&tail[..letters])?;
            total = total.checked_add(count.checked_mul(unit)?)?;
            rest = tail[letters..].trim_start();
        }
        Some(Self(total))
    }
}

fn micros_per_unit(unit: &str) -> Option<u64> {
    Some(match unit {
        "us" => 1,
        "ms" => MICROS_PER_MILLI,
        "s" => MICROS_PER_SECOND,
        "m" | "min" => SECONDS_PER_MINUTE * MICROS_PER_SECOND,
        "h" => SECONDS_PER_HOUR * MICROS_PER_SECOND,
        "d" => SECONDS_PER_DAY * MICROS_PER_SECOND,
        _ => return None,
    })
}

impl Instant {
    /// The start of a run.
    pub const START: Self = Self(0);
    /// Later than the end of any run.
    pub const NEVER: Self = Self(u64::MAX);

    /// `micros` microseconds after the start.
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// Microseconds since the start.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// The time since `earlier`, zero where `earlier` lies later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration(self.0.saturating_sub(earlier.0))
    }

    /// The time since the start.
    #[must_use]
    pub const fn since_start(self) -> Duration {
        Duration(self.0)
    }
}

impl Add<Duration> for Instant {
    type Output = Self;
    fn add(self, length: Duration) -> Self {
        Self(self.0.saturating_add(length.0))
    }
}

impl AddAssign<Duration> for Instant {
    fn add_assign(&mut self, length: Duration) {
        *self = *self + length;
    }
}

impl Add for Duration {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Duration {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self.saturating_sub(other)
    }
}

impl Mul<u64> for Duration {
    type Output = Self;
    fn mul(self, factor: u64) -> Self {
        Self(self.0.saturating_mul(factor))
    }
}

impl Duration {
    /// All units of it where two would round, in words of the same kind: `1d1s` and not `1d`.
    pub fn exact(self) -> String {
        let days = self.as_secs() / SECONDS_PER_DAY;
        let hours = self.as_secs() % SECONDS_PER_DAY / SECONDS_PER_HOUR;
        let minutes = self.as_secs() % SECONDS_PER_HOUR / SECONDS_PER_MINUTE;
        let part = |count: u64, unit: &str| if count == 0 { String::new() } else { format!("{count}{unit}") };
        let large = part(days, "d") + &part(hours, "h") + &part(minutes, "m");
        let rest = self.0 % (SECONDS_PER_MINUTE * MICROS_PER_SECOND);
        if rest == 0 && !large.is_empty() { large } else { large + &below_a_minute(rest) }
    }
}

impl fmt::Display for Duration {
    /// Writes the two most significant units: `4d`, `1h30m`, `12m`, `1m30s`, `2.5s`, `40ms`, `250us`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.as_secs();
        let (days, hours) = (seconds / SECONDS_PER_DAY, seconds % SECONDS_PER_DAY / SECONDS_PER_HOUR);
        let minutes = seconds % SECONDS_PER_HOUR / SECONDS_PER_MINUTE;
        let rest = seconds % SECONDS_PER_MINUTE;
        let text = match (days, hours, minutes) {
            (1.., _, _) => pair(days, "d", hours, "h"),
            (0, 1.., _) => pair(hours, "h", minutes, "m"),
            (0, 0, 1..) => pair(minutes, "m", rest, "s"),
            (0, 0, 0) => below_a_minute(self.0),
        };
        f.pad(&text)
    }
}

fn pair(large: u64, large_unit: &str, small: u64, small_unit: &str) -> String {
    if small == 0 {
        format!("{large}{large_unit}")
    } else {
        format!("{large}{large_unit}{small}{small_unit}")
    }
}

fn below_a_minute(micros: u64) -> String {
    let (seconds, millis) = (micros / MICROS_PER_SECOND, micros % MICROS_PER_SECOND / MICROS_PER_MILLI);
    match (seconds, millis, micros % MICROS_PER_MILLI) {
        (0, 0, 0) => "0s".to_owned(),
        (0, 0, left) => format!("{left}us"),
        (0, _, _) => format!("{millis}ms"),
        (_, 0, _) => format!("{seconds}s"),
        (_, _, _) => {
            let fraction = format!("{millis:03}");
            format!("{seconds}.{}s", fraction.trim_end_matches('0'))
        }
    }
}

impl fmt::Display for Instant {
    /// Writes days, then hours, minutes, seconds and milliseconds: `00:03:00.000`, `2d 04:00:00.050`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0 / MICROS_PER_SECOND;
        let days = seconds / SECONDS_PER_DAY;
        let clock = format!(
            "{:02}:{:02}:{:02}.{:03}",
            seconds % SECONDS_PER_DAY / SECONDS_PER_HOUR,
            seconds % SECONDS_PER_HOUR / SECONDS_PER_MINUTE,
            seconds % SECONDS_PER_MINUTE,
            self.0 % MICROS_PER_SECOND / MICROS_PER_MILLI
        );
        f.pad(&if days == 0 { clock } else { format!("{days}d {clock}") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_what_they_write() {
        for text in ["4d", "1h30m", "12m", "1m30s", "30s", "40ms", "250us", "0s"] {
            let parsed = if text == "0s" { Some(Duration::ZERO) } else { Duration::parse(text) };
            assert_eq!(parsed.map(|d| d.to_string()).as_deref(), Some(text));
        }
        assert_eq!(Duration::from_millis(2_500).to_string(), "2.5s");
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in ["", "30", "s", "3x", "-1s", "1.5s", "99999999999999999999s"] {
            assert_eq!(Duration::parse(text), None, "{text}");
        }
    }

    #[test]
    fn instants_print_as_a_clock() {
        assert_eq!((Instant::START + Duration::from_secs(180)).to_string(), "00:03:00.000");
        assert_eq!((Instant::START + Duration::from_secs(187_200)).to_string(), "2d 04:00:00.000");
    }
}

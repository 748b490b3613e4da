//! A day of the calendar, as `2027-01-31`.

use std::fmt;

/// A day; days compare in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

const SECONDS_PER_DAY: u64 = 24 * 60 * 60;
const FEBRUARY: u8 = 2;

impl Date {
    /// Reads `2027-01-31`; nothing where there is no such day.
    ///
    /// ```
    /// use redrive::report::Date;
    /// assert_eq!(Date::parse("2028-02-29").unwrap().to_string(), "2028-02-29");
    /// assert_eq!(Date::parse("2027-02-29"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let shape = |(index, byte): (usize, u8)| match index {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        };
        if text.len() != "2027-01-31".len() || !text.bytes().enumerate().all(shape) {
            return None;
        }
        let mut parts = text.split('-');
        let date = Self {
            year: parts.next()?.parse().ok()?,
            month: parts.next()?.parse().ok()?,
            day: parts.next()?.parse().ok()?,
        };
        let is_day = (1..=12).contains(&date.month) && (1..=days(date.year, date.month)).contains(&date.day);
        is_day.then_some(date)
    }

    /// The day, in universal time, of so many seconds since the beginning of 1970.
    pub fn of_unix_seconds(seconds: u64) -> Self {
        let mut left = seconds / SECONDS_PER_DAY;
        let mut date = Self { year: 1970, month: 1, day: 1 };
        loop {
            let length = u64::from(days(date.year, date.month));
            if left < length || date.year == u16::MAX {
                date.day += u8::try_from(left.min(length - 1)).unwrap_or(0);
                return date;
            }
            left -= length;
            date.month += 1;
            if date.month > 12 {
                date = Self { year: date.year + 1, month: 1, day: 1 };
            }
        }
    }
}

/// The days of a month.
fn days(year: u16, month: u8) -> u8 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        FEBRUARY if is_leap => 29,
        FEBRUARY => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_over_leap_years() {
        let of = |seconds| Date::of_unix_seconds(seconds).to_string();
        assert_eq!(of(0), "1970-01-01");
        assert_eq!(of(951_782_400), "2000-02-29");
        assert_eq!(of(1_798_761_599), "2026-12-31");
        assert_eq!(of(1_798_761_600), "2027-01-01");
    }

    #[test]
    fn only_days_of_the_calendar_are_read() {
        for wrong in
            ["2027-13-01", "2027-00-01", "2027-04-31", "2027-1-1", "tomorrow", "+027-01-01", "2100-02-29"]
        {
            assert_eq!(Date::parse(wrong), None, "{wrong}");
        }
        assert!(Date::parse("2027-01-31") < Date::parse("2027-02-01"));
    }
}

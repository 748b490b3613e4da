//! Numbers as patterns compare them: exact decimals, of which only some can be compared at all.

use serde_json::Number;

use crate::pattern::Limits;

/// Digits behind the point that are kept; more than any consumer compares.
const SCALE: usize = 12;
/// Digits of the largest whole part that is kept.
const WHOLE: usize = 20;

/// A decimal number, exactly, in units of the last digit that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Decimal(i128);

impl Decimal {
    /// Reads a number of JSON; `None` where it has more digits than anybody compares.
    pub(super) fn read(number: &Number) -> Option<Self> {
        let text = number.to_string();
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((&text, "0"));
        let exponent: i64 = exponent.parse().ok()?;
        let (negative, digits) = mantissa.strip_prefix('-').map_or((false, mantissa), |rest| (true, rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let digits = format!("{whole}{fraction}");
        let point = i64::try_from(whole.len()).ok()? + exponent;
        let value = scaled(&digits, point)?;
        Some(Self(if negative { -value } else { value }))
    }

    /// A whole number.
    pub(super) fn whole(number: u64) -> Self {
        Self(i128::from(number) * power(SCALE))
    }

    /// Whether it can be compared as a number within these limits.
    pub(super) fn is_comparable(self, limits: &Limits) -> bool {
        self.is_in_range(limits) && self.has_few_decimals(limits)
    }

    /// Whether it is neither too large nor too small.
    pub(super) fn is_in_range(self, limits: &Limits) -> bool {
        self.0.abs() <= Self::whole(limits.largest).0
    }

    /// Whether it has no more digits behind the point than are compared.
    pub(super) fn has_few_decimals(self, limits: &Limits) -> bool {
        self.0 % step(limits) == 0
    }

    /// The next larger, or next smaller, number that can be compared.
    pub(super) fn neighbours(self, limits: &Limits) -> (Self, Self) {
        (Self(self.0 - step(limits)), Self(self.0 + step(limits)))
    }

    /// As JSON: a whole number where it is one.
    pub(super) fn json(self) -> Option<Number> {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, fraction) = (self.0.abs() / power(SCALE), self.0.abs() % power(SCALE));
        let text = if fraction == 0 {
            format!("{sign}{whole}")
        } else {
            let fraction = format!("{fraction:0SCALE$}");
            format!("{sign}{whole}.{}", fraction.trim_end_matches('0'))
        };
        text.parse().ok()
    }
}

/// The digits with the point behind the first `point` of them, as a number of units.
fn scaled(digits: &str, point: i64) -> Option<i128> {
    let significant = digits.trim_end_matches('0');
    if significant.is_empty() {
        return Some(0);
    }
    let leading = significant.len() - significant.trim_start_matches('0').len();
    let last = i64::try_from(significant.len()).ok()? - point;
    let first = point - i64::try_from(leading).ok()?;
    if last > i64::try_from(SCALE).ok()? || first > i64::try_from(WHOLE).ok()? {
        return None;
    }
    let shift = usize::try_from(i64::try_from(SCALE).ok()? - last).ok()?;
    let value: i128 = significant.parse().ok()?;
    Some(value * power(shift))
}

fn step(limits: &Limits) -> i128 {
    let kept = usize::try_from(limits.decimals).unwrap_or(SCALE).min(SCALE);
    power(SCALE - kept)
}

fn power(exponent: usize) -> i128 {
    (0..exponent).fold(1, |value, _| value * TEN)
}

const TEN: i128 = 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Decimal> {
        Decimal::read(&text.parse().unwrap())
    }

    #[test]
    fn one_number_written_in_several_ways_is_one_number() {
        assert_eq!(read("300"), read("300.0"));
        assert_eq!(read("300"), read("3.0e2"));
        assert_eq!(read("0.5"), read("5e-1"));
        assert_eq!(read("0"), read("-0.0"));
        assert_ne!(read("300"), read("300.000001"));
    }

    #[test]
    fn order_is_that_of_numbers() {
        let sorted = ["-5e9", "-1.5", "-0.000001", "0", "1e-6", "9", "10", "5000000000"];
        let numbers: Vec<_> = sorted.iter().map(|text| read(text).unwrap()).collect();
        assert!(numbers.is_sorted());
    }

    #[test]
    fn what_has_too_many_digits_is_none() {
        assert_eq!(read("1e300"), None);
        assert_eq!(read("1e-300"), None);
        assert!(read("18446744073709551615").is_some());
    }

    #[test]
    fn numbers_are_written_as_they_were_read() {
        for text in ["0", "-3", "12.5", "-0.000001", "5000000000"] {
            assert_eq!(read(text).unwrap().json().unwrap().to_string().parse::<f64>(), text.parse::<f64>());
        }
    }
}

//! Money as whole picodollars, so that a price per gigabyte-second needs no float.

use std::fmt;

const DECIMALS: usize = 12;
const PICODOLLARS_PER_DOLLAR: u64 = 1_000_000_000_000;

/// An amount in picodollars (10⁻¹² US dollars, up to some 18 million dollars).
///
/// ```
/// use redrive::models::Money;
/// assert_eq!(Money::parse("0.40 USD").unwrap().to_string(), "0.4 USD");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(pub u64);

impl Money {
    /// Reads `0.0000166667 USD`; `None` for anything else, or beyond twelve decimals.
    pub fn parse(text: &str) -> Option<Self> {
        let number = text.strip_suffix("USD")?.trim();
        let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(fraction) || fraction.len() > DECIMALS {
            return None;
        }
        let fraction: u64 = format!("{fraction:0<DECIMALS$}").parse().ok()?;
        let whole: u64 = whole.parse().ok()?;
        whole.checked_mul(PICODOLLARS_PER_DOLLAR)?.checked_add(fraction).map(Self)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fraction = format!("{:0DECIMALS$}", self.0 % PICODOLLARS_PER_DOLLAR);
        match fraction.trim_end_matches('0') {
            "" => write!(f, "{} USD", self.0 / PICODOLLARS_PER_DOLLAR),
            fraction => write!(f, "{}.{fraction} USD", self.0 / PICODOLLARS_PER_DOLLAR),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_exact() {
        assert_eq!(Money::parse("0.0000166667 USD"), Some(Money(16_666_700)));
        assert_eq!(Money::parse("0.0000166667 USD").unwrap().to_string(), "0.0000166667 USD");
        assert_eq!(Money::parse("12 USD").unwrap().to_string(), "12 USD");
    }

    #[test]
    fn what_is_no_price_is_refused() {
        for text in
            ["", "1", "USD", "1.", ".5 USD", "1.0000000000001 USD", "-1 USD", "99999999999 USD", "1 EUR"]
        {
            assert_eq!(Money::parse(text), None, "{text}");
        }
    }
}

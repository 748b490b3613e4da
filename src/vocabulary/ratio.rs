//! A probability or share as an exact fraction, so that no float enters a run.

use std::fmt;

/// `numerator` out of `denominator`, between 0 and 1.
///
/// ```
/// use redrive::vocabulary::Ratio;
/// let half = Ratio::new(1, 2).unwrap();
/// assert!(half.admits(0) && !half.admits(u64::MAX));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ratio {
    numerator: u32,
    denominator: u32,
}

impl Ratio {
    /// Never.
    pub const ZERO: Self = Self { numerator: 0, denominator: 1 };
    /// Always.
    pub const ONE: Self = Self { numerator: 1, denominator: 1 };

    /// `None` unless `0 <= numerator <= denominator` and `denominator > 0`.
    pub const fn new(numerator: u32, denominator: u32) -> Option<Self> {
        if denominator == 0 || numerator > denominator { None } else { Some(Self { numerator, denominator }) }
    }

    /// Reads `1/20`, `5%`, `0.05`, `0` or `1`, exactly; `None` for anything else or beyond 1.
    ///
    /// ```
    /// use redrive::vocabulary::Ratio;
    /// let readings = ["1/20", "5%", "0.05"].map(Ratio::parse);
    /// assert!(readings.iter().all(|ratio| *ratio == Ratio::new(1, 20)));
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        Self::read(text).ok()
    }

    /// The same, with why it is none.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn read(text: &str) -> Result<Self, RatioProblem> {
        let text = text.trim();
        if text.starts_with('-') {
            return Err(RatioProblem::BelowZero);
        }
        let (numerator, denominator) = match (text.split_once('/'), text.strip_suffix('%')) {
            (Some((numerator, denominator)), _) => (whole(numerator)?, whole(denominator)?),
            (None, Some(percent)) => {
                let (numerator, denominator) = decimal(percent)?;
                (numerator, denominator * PERCENT)
            }
            (None, None) => decimal(text)?,
        };
        if denominator == 0 {
            return Err(RatioProblem::Unreadable);
        }
        if numerator > denominator {
            return Err(RatioProblem::AboveOne);
        }
        // What somebody wrote as a fraction prints as it was written.
        let common = if text.contains('/') { 1 } else { divisor(numerator, denominator) };
        let small = |number: u64| u32::try_from(number / common).map_err(|_| RatioProblem::TooFine);
        let (numerator, denominator) = (small(numerator)?, small(denominator)?);
        Ok(Self { numerator, denominator })
    }

    /// Whether a part is more than this share of a whole.
    ///
    /// ```
    /// use redrive::vocabulary::Ratio;
    /// let tenth = Ratio::new(1, 10).unwrap();
    /// assert!(tenth.is_exceeded_by(11, 100) && !tenth.is_exceeded_by(10, 100));
    /// ```
    pub const fn is_exceeded_by(self, part: u32, whole: u32) -> bool {
        part as u64 * self.denominator as u64 > whole as u64 * self.numerator as u64
    }

    /// Whether a uniform 64-bit draw falls inside this share.
    pub const fn admits(self, draw: u64) -> bool {
        let scaled = ((draw >> u32::BITS) * self.denominator as u64) >> u32::BITS;
        scaled < self.numerator as u64
    }
}

/// Why a text is no ratio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RatioProblem {
    /// It is neither a fraction, nor a percentage, nor a decimal.
    Unreadable,
    /// It is negative.
    BelowZero,
    /// It is more than everything.
    AboveOne,
    /// It has more digits than can be kept.
    TooFine,
}

const PERCENT: u64 = 100;
const DECIMAL: u64 = 10;
/// More decimals than any share of a run can show.
const DECIMALS: usize = 9;

fn whole(text: &str) -> Result<u64, RatioProblem> {
    let text = text.trim();
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse::<u32>().ok().filter(|_| is_number);
    number.map(u64::from).ok_or(if is_number { RatioProblem::TooFine } else { RatioProblem::Unreadable })
}

/// A decimal as a fraction of whole numbers.
fn decimal(text: &str) -> Result<(u64, u64), RatioProblem> {
    let (units, digits) = text.trim().split_once('.').unwrap_or((text, ""));
    let digits = digits.trim_end_matches('0');
    if digits.len() > DECIMALS {
        return Err(RatioProblem::TooFine);
    }
    let scale = digits.bytes().fold(1, |scale, _| scale * DECIMAL);
    let fraction = if digits.is_empty() { 0 } else { whole(digits)? };
    Ok((whole(units)? * scale + fraction, scale))
}

fn divisor(left: u64, right: u64) -> u64 {
    if right == 0 { left.max(1) } else { divisor(right, left % right) }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.numerator, self.denominator) {
            (numerator, 1) => write!(f, "{numerator}"),
            (numerator, denominator) => write!(f, "{numerator}/{denominator}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_admits_as_many_draws_as_it_says() {
        let share = Ratio::new(3, 20).unwrap();
        let admitted = (0..2_000_u64).filter(|n| share.admits((2 * n + 1) * (u64::MAX / 4_000))).count();
        assert_eq!(admitted, 300);
        assert!(!Ratio::ZERO.admits(0));
        assert!(Ratio::ONE.admits(u64::MAX));
    }

    #[test]
    fn shares_beyond_one_are_refused() {
        assert_eq!(Ratio::parse("3/2"), None);
        assert_eq!(Ratio::parse("1/0"), None);
        assert_eq!(Ratio::parse("1/20"), Ratio::new(1, 20));
    }

    #[test]
    fn percentages_and_decimals_are_exact() {
        assert_eq!(Ratio::parse("5%"), Ratio::new(1, 20));
        assert_eq!(Ratio::parse("12.5 %"), Ratio::new(1, 8));
        assert_eq!(Ratio::parse("0.05"), Ratio::new(1, 20));
        assert_eq!(Ratio::parse("100%"), Some(Ratio::ONE));
        assert_eq!(Ratio::parse("1.000"), Some(Ratio::ONE));
        assert_eq!(Ratio::parse("2/4").map(|ratio| ratio.to_string()).as_deref(), Some("2/4"));
    }

    #[test]
    fn what_is_no_ratio_says_why() {
        for (text, problem) in [
            ("", RatioProblem::Unreadable),
            ("often", RatioProblem::Unreadable),
            ("+1/2", RatioProblem::Unreadable),
            (".5", RatioProblem::Unreadable),
            ("1e-3", RatioProblem::Unreadable),
            ("-5%", RatioProblem::BelowZero),
            ("101%", RatioProblem::AboveOne),
            ("1.5", RatioProblem::AboveOne),
            ("99999999999/2", RatioProblem::TooFine),
            ("0.00000000001", RatioProblem::TooFine),
        ] {
            assert_eq!(Ratio::read(text), Err(problem), "{text}");
        }
    }
}

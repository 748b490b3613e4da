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

    /// Reads `1/20` or `0` or `1`; `None` for anything else or beyond 1.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once('/') {
            Some((numerator, denominator)) => {
                Self::new(numerator.trim().parse().ok()?, denominator.trim().parse().ok()?)
            }
            None => Self::new(text.trim().parse().ok()?, 1),
        }
    }

    /// Whether a uniform 64-bit draw falls inside this share.
    pub const fn admits(self, draw: u64) -> bool {
        let scaled = ((draw >> u32::BITS) * self.denominator as u64) >> u32::BITS;
        scaled < self.numerator as u64
    }
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
}

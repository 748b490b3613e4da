//! Numbers and ranges of numbers: `3`, `1..5`, `1..`, `..5`.

use crate::scenario::Amount;
use crate::scenario::words::{Unreadable, whole};

const AMOUNTS: &str = "write a whole number or a range, such as `3`, `1..5`, `1..` or `..5`";

impl Amount {
    /// Reads `3`, `1..5`, `1..` and `..5`.
    ///
    /// ```
    /// use redrive::scenario::Amount;
    /// assert_eq!(Amount::parse("1..5"), Ok(Amount { least: 1, most: 5 }));
    /// assert_eq!(Amount::parse("5..1").unwrap_err().message, "`5..1` ends before it begins");
    /// ```
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, Unreadable> {
        let text = text.trim();
        let number = |part: &str, missing: u64| match part.trim() {
            "" => Ok(missing),
            part => whole(part, 0, u64::MAX),
        };
        let Some((least, most)) = text.split_once("..") else {
            let exactly =
                whole(text, 0, u64::MAX).map_err(|problem| Unreadable::new(problem.message, AMOUNTS))?;
            return Ok(Self { least: exactly, most: exactly });
        };
        let amount = Self { least: number(least, 0)?, most: number(most, u64::MAX)? };
        if amount.most < amount.least {
            return Err(Unreadable::new(format!("`{text}` ends before it begins"), AMOUNTS));
        }
        Ok(amount)
    }

    /// The numbers that lie in both; `None` where none does.
    pub fn overlap(self, other: Self) -> Option<Self> {
        let both = Self { least: self.least.max(other.least), most: self.most.min(other.most) };
        (both.least <= both.most).then_some(both)
    }
}

impl std::fmt::Display for Amount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.least, self.most) {
            (least, most) if least == most => write!(f, "{least}"),
            (least, u64::MAX) => write!(f, "{least}.."),
            (0, most) => write!(f, "..{most}"),
            (least, most) => write!(f, "{least}..{most}"),
        }
    }
}

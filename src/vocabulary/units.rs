//! Sizes in bytes.

use std::fmt;

const BYTES_PER_KIB: u64 = 1_024;
const BYTES_PER_MIB: u64 = 1_024 * BYTES_PER_KIB;

/// A size in bytes.
///
/// ```
/// use redrive::vocabulary::Bytes;
/// assert_eq!(Bytes::parse("256 KiB").unwrap().to_string(), "256KiB");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(pub u64);

impl Bytes {
    /// Reads `512 B`, `256 KiB`, `6 MiB` (powers of 1,024) and `6 MB` (powers of 1,000); `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let digits = text.find(|c: char| !c.is_ascii_digit())?;
        let count: u64 = text[..digits].parse().ok()?;
        let unit = match text[digits..].trim() {
            "B" => 1,
            "KiB" => BYTES_PER_KIB,
            "MiB" => BYTES_PER_MIB,
            "KB" => 1_000,
            "MB" => 1_000_000,
            _ => return None,
        };
        count.checked_mul(unit).map(Self)
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("0B"),
            n if n % BYTES_PER_MIB == 0 => write!(f, "{}MiB", n / BYTES_PER_MIB),
            n if n % BYTES_PER_KIB == 0 => write!(f, "{}KiB", n / BYTES_PER_KIB),
            n => write!(f, "{n}B"),
        }
    }
}

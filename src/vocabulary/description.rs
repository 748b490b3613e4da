//! The description of a state: a row of words, the same for states that cannot be told apart, and its fingerprint.

use xxhash_rust::xxh3::xxh3_128;

/// A row of words. Lists in it are preceded by their lengths, so that no two states share a row by accident.
///
/// ```
/// use redrive::vocabulary::Description;
/// let mut one = Description::default();
/// one.add(7);
/// let mut other = Description::default();
/// other.list([7].into_iter());
/// assert_ne!(one.fingerprint(), other.fingerprint());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Description {
    bytes: Vec<u8>,
}

impl Description {
    /// Back to an empty row; keeps its memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
    }

    /// Adds a word.
    #[inline]
    pub fn add(&mut self, word: u64) {
        self.bytes.extend_from_slice(&word.to_le_bytes());
    }

    /// Adds two small words as one.
    #[inline]
    pub fn pair(&mut self, high: u32, low: u32) {
        self.add(u64::from(high) << u32::BITS | u64::from(low));
    }

    /// Adds a list with its length.
    #[inline]
    pub fn list(&mut self, words: impl Iterator<Item = u64>) {
        let start = self.bytes.len();
        self.add(0);
        let mut length = 0_u64;
        for word in words {
            self.add(word);
            length += 1;
        }
        self.bytes[start..start + size_of::<u64>()].copy_from_slice(&length.to_le_bytes());
    }

    /// 128 bits that stand for the row: among a thousand million different rows two share them with odds of one in
    /// some 10^20.
    pub fn fingerprint(&self) -> u128 {
        xxh3_128(&self.bytes)
    }
}

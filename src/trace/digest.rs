//! The identity of a run: a hash chain over its records.

use std::fmt;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::trace::Record;
use crate::vocabulary::NameHash;

/// Bytes of one encoded record: six words.
const ENCODED: usize = 48;
/// Records that are hashed at once: as many as fit into 4 KiB.
const CHUNK: usize = 85;

/// The digest of a run; equal for equal version, models, scenario and seed, everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub u64);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Chains records into a digest: chunks of the encoded records, each hashed with the hash of all before it as seed.
#[derive(Clone, Debug)]
pub struct DigestChain {
    chunk: Box<[[u8; ENCODED]; CHUNK]>,
    used: usize,
    state: u64,
    /// How many records are in the state.
    folded: u64,
    items: u64,
}

impl DigestChain {
    /// The chain before the first record.
    pub fn new() -> Self {
        Self { chunk: Box::new([[0; ENCODED]; CHUNK]), used: 0, state: 0, folded: 0, items: 0 }
    }

    /// Back to before the first record.
    pub fn clear(&mut self) {
        self.used = 0;
        self.state = 0;
        self.folded = 0;
        self.items = 0;
    }

    /// Adds one record: its place in the chain, time, kind, entity's and rule's names, events and values.
    #[inline]
    pub fn add(&mut self, record: &Record, entity: NameHash, rule: u64, items: usize) {
        if self.used == CHUNK {
            self.fold();
        }
        let words = [
            record.at.as_micros(),
            entity.0,
            rule,
            record.events,
            record.value,
            u64::from(record.kind as u8) | (items as u64) << u8::BITS,
        ];
        let target = &mut self.chunk[self.used];
        for (place, word) in target.chunks_exact_mut(size_of::<u64>()).zip(words) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        self.used += 1;
        self.items += items as u64;
    }

    /// The digest of all records so far, their number included.
    pub fn finish(&mut self) -> Digest {
        self.fold();
        Digest(xxh3_64_with_seed(&self.folded.to_le_bytes(), self.state))
    }

    /// How many records were added.
    pub const fn length(&self) -> u64 {
        self.folded + self.used as u64
    }

    /// How many items those records cover, each record counted at least once.
    pub const fn items(&self) -> u64 {
        self.items
    }

    fn fold(&mut self) {
        self.state = xxh3_64_with_seed(self.chunk[..self.used].as_flattened(), self.state);
        self.folded += self.used as u64;
        self.used = 0;
    }
}

impl Default for DigestChain {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::RuleId;
    use crate::trace::{EntityId, RecordKind};
    use crate::vocabulary::Instant;

    fn record(value: u64) -> Record {
        Record {
            at: Instant::START,
            kind: RecordKind::MessageSent,
            entity: EntityId(0),
            rule: RuleId(0),
            subject: 0,
            value,
            events: 0,
        }
    }

    fn digest(values: &[u64]) -> Digest {
        let mut chain = DigestChain::new();
        for value in values {
            chain.add(&record(*value), NameHash(1), 2, 1);
        }
        chain.finish()
    }

    #[test]
    fn a_value_alone_changes_the_digest() {
        assert_ne!(digest(&[1, 2, 3]), digest(&[1, 2, 4]));
    }

    #[test]
    fn an_early_stop_changes_the_digest() {
        assert_ne!(digest(&[1, 2, 3]), digest(&[1, 2]));
        assert_ne!(digest(&[]), digest(&[0]));
    }

    #[test]
    fn the_order_changes_the_digest_across_chunks() {
        let mut values: Vec<u64> = (0..200).collect();
        let before = digest(&values);
        values.swap(0, 199);
        assert_ne!(digest(&values), before);
    }
}

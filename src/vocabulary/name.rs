//! What the things of a topology are called, and the stable hash of a name.

use std::fmt;
use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// What kind of thing a name belongs to; part of the name's hash, so a queue and a function of one name differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntityKind {
    /// An SQS queue.
    Queue,
    /// A Lambda function.
    Function,
    /// An event source mapping or another link, named by its ends.
    Mapping,
    /// The account as a whole.
    Account,
    /// Any other resource of a template.
    Other,
}

impl EntityKind {
    /// The word that stands in hashes and machine-readable output; never changed once released.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Function => "function",
            Self::Mapping => "mapping",
            Self::Account => "account",
            Self::Other => "other",
        }
    }
}

/// The name of an entity as its user wrote it: a CDK path where there is one, else `stack path/logical id`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityName {
    kind: EntityKind,
    text: Arc<str>,
}

/// 64 bits that stand for a name in choices and digests; equal on every platform and in every version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NameHash(pub u64);

impl EntityName {
    /// A name of the given kind.
    ///
    /// ```
    /// use redrive::vocabulary::{EntityKind, EntityName};
    /// let queue = EntityName::new(EntityKind::Queue, "Orders");
    /// let function = EntityName::new(EntityKind::Function, "Orders");
    /// assert_eq!(queue.to_string(), "Orders");
    /// assert_ne!(queue.hash(), function.hash());
    /// ```
    pub fn new(kind: EntityKind, text: &str) -> Self {
        Self { kind, text: Arc::from(text) }
    }

    /// What kind of thing is named.
    pub const fn kind(&self) -> EntityKind {
        self.kind
    }

    /// The name as its user wrote it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The stable hash of kind and text.
    pub fn hash(&self) -> NameHash {
        NameHash::of(self.kind.word()).then(self.as_str())
    }
}

impl NameHash {
    /// The hash of one piece of text.
    pub fn of(text: &str) -> Self {
        Self(xxh3_64_with_seed(text.as_bytes(), 0))
    }

    /// The hash of this name followed by one more piece.
    #[must_use]
    pub fn then(self, text: &str) -> Self {
        Self(xxh3_64_with_seed(text.as_bytes(), self.0))
    }

    /// Eight hexadecimal digits of it: enough to tell the findings of one system apart.
    pub fn short(self) -> String {
        format!("{:08x}", self.0 >> (u64::BITS / 2))
    }
}

impl fmt::Display for EntityName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_never_change() {
        assert_eq!(EntityName::new(EntityKind::Queue, "Orders").hash(), NameHash(GOLDEN));
    }

    const GOLDEN: u64 = 18_279_836_012_809_344_381;
}

//! Floor 1: what happened, in order: records, the digest that identifies a run, and the stored trace.
//!
//! Absent: judgement (guarantees) and words for people (reports).

mod digest;
mod observer;
mod record;
mod stored;

pub use digest::{Digest, DigestChain};
pub use observer::{NoObserver, Observer};
pub use record::{Covered, EntityId, EventId, KindMask, Record, RecordKind};
pub(crate) use record::{heard_kinds, read_kinds};
pub use stored::StoredTrace;

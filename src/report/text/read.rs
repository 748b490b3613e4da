//! One sentence for each record of a stream.

use crate::report::text::words::Fact;
use crate::trace::{Record, RecordKind};
use crate::vocabulary::Duration;

/// What happened in the shards of a stream, as the mapping with this name reads them.
pub(super) fn sentence(fact: &Fact<'_>, name: &str, events: &str) -> String {
    let length = Duration::from_micros(fact.value);
    let events = if fact.events.is_empty() { "the end of a window" } else { events };
    match fact.kind {
        RecordKind::RecordWritten => {
            format!("{events} is in the stream for {name}, in lane {}", fact.subject)
        }
        RecordKind::RecordsRead => format!("{name} reads {events} from lane {}", fact.value),
        RecordKind::BatchHeldBack => format!("{name} finds no room for {events}: again in {length}"),
        RecordKind::BatchRetried if fact.value == 0 => format!("{name} tries {events} again at once"),
        RecordKind::BatchRetried => format!("{name} tries {events} again in {length}"),
        RecordKind::BatchSplit => {
            let rest = fact.events.len() as u64 - fact.value.min(fact.events.len() as u64);
            format!("{name} splits the batch: first {} of {events}, then the other {rest}", fact.value)
        }
        RecordKind::CheckpointMoved if fact.value == 0 => format!("the checkpoint moves behind {events}"),
        RecordKind::CheckpointMoved => {
            format!("the checkpoint moves behind {events}, and {} of the batch {} left", fact.value, be(fact))
        }
        RecordKind::RecordsDiscarded => {
            let why = match fact.value {
                Record::EVENT_AGE_EXCEEDED => "too old to be tried",
                Record::TOO_LARGE => "too large for any event",
                _ => "all retries are used up",
            };
            format!("{name} gives {events} up: {why}")
        }
        _ => {
            let how = if fact.subject == 0 { "a shard is split" } else { "two shards are merged" };
            let is = if fact.value == 1 { "is" } else { "are" };
            format!("{name} is resharded: {how}, {} {is} open now", fact.value)
        }
    }
}

const fn be(fact: &Fact<'_>) -> &'static str {
    if fact.value == 1 { "is" } else { "are" }
}

//! One sentence for each record of a stream.

use crate::program::{HeldRecords, LogTable, Program};
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

/// A change deletes a stream, which a mapping outlives.
pub(super) fn stream_deleted(program: &Program, stream: u16, mapping: &str) -> String {
    let table = &program.network.streams[usize::from(stream)];
    let name = program.name(table.entity);
    match table.deletion.as_ref().map(|deletion| deletion.records) {
        Some(HeldRecords::Readable) => {
            format!(
                "{name} is deleted: it takes no more writes, and {mapping} reads on what its stream holds"
            )
        }
        Some(HeldRecords::Gone) | None => {
            format!("{name} is deleted with all that it holds, and {mapping} stays")
        }
    }
}

/// Records are gone with their stream.
pub(super) fn gone_with_stream(fact: &Fact<'_>, events: &str) -> String {
    format!("{events} {} gone with {}", be(fact), stream(fact).unwrap_or_default())
}

/// A stream that is deleted takes nothing, and a client tries only so often; nothing where it is a link that something refuses.
pub(super) fn turned_away(fact: &Fact<'_>, events: &str) -> Option<String> {
    let name = stream(fact)?;
    if fact.subject > 0 {
        let calls = fact.subject;
        let times = if calls == 1 { "after one call" } else { &format!("after {calls} calls") };
        return Some(format!("whoever writes {events} to {name} gives up {times}, and knows"));
    }
    Some(format!("{name} is deleted: writing {events} fails, and whoever writes is told so"))
}

/// The name of the stream that a record's mapping reads.
pub(super) fn stream<'a>(fact: &Fact<'a>) -> Option<&'a str> {
    let program = fact.program;
    let is_its = |log: &&LogTable| program.queues[usize::from(log.queue)].entity == fact.entity;
    let log = program.network.logs.iter().find(is_its)?;
    Some(program.name(log.source).as_str())
}

const fn be(fact: &Fact<'_>) -> &'static str {
    if fact.value == 1 { "is" } else { "are" }
}

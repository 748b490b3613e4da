//! One record in a form that both worlds can produce: events by source and ordinal instead of dense numbers.

use std::fmt;

use redrive::models::RuleId;
use redrive::program::Program;
use redrive::trace::{EntityId, RecordKind, StoredTrace};
use redrive::vocabulary::Instant;
use redrive::world::World;

use super::state::Message;

/// Keeps payloads apart in digests.
const PAYLOADS: u64 = 0xD6E8_FEB8_6659_FD93;

/// The kinds whose subject is compared; that of others is a batch or a message, numbered as the world likes.
const TELLING: [RecordKind; 12] = [
    RecordKind::EventPublished,
    RecordKind::RetryScheduled,
    RecordKind::EventGivenUp,
    RecordKind::ExitTaken,
    RecordKind::ExitFailed,
    RecordKind::DeliveryFailed,
    RecordKind::DeliveryRefused,
    RecordKind::DeliveryFiltered,
    RecordKind::DeliveryGivenUp,
    RecordKind::RequestAnswered,
    RecordKind::RecordsDiscarded,
    RecordKind::StreamResharded,
];

/// One record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) at: Instant,
    pub(crate) kind: RecordKind,
    pub(crate) entity: EntityId,
    pub(crate) rule: RuleId,
    pub(crate) value: u64,
    /// The subject, where it is no number that only the world gives.
    pub(crate) subject: u32,
    /// The names of the covered events, folded.
    pub(crate) events: u64,
    pub(crate) items: Vec<Item>,
}

/// One covered event: of which queue, which of it, and how often it had been received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) source: usize,
    pub(crate) ordinal: u32,
    pub(crate) receives: u32,
}

impl Entry {
    pub(super) fn new(
        at: Instant,
        kind: RecordKind,
        entity: EntityId,
        rule: RuleId,
        value: u64,
        items: &[(usize, u32)],
        messages: &[Message],
    ) -> Self {
        let events = match kind {
            RecordKind::EnvironmentStarted => 0,
            RecordKind::MessageSent => items.iter().fold(0, |fold, (message, _)| {
                fold ^ messages[*message].name ^ u64::from(messages[*message].payload).wrapping_mul(PAYLOADS)
            }),
            _ => items.iter().fold(0, |fold, (message, _)| fold ^ messages[*message].name),
        };
        let items = items
            .iter()
            .map(|(message, receives)| Item {
                source: messages[*message].source,
                ordinal: messages[*message].ordinal,
                receives: *receives,
            })
            .collect();
        Self { at, kind, entity, rule, value, subject: 0, events, items }
    }

    /// The record with the names of a program.
    pub(crate) fn display<'a>(&'a self, program: &'a Program) -> impl fmt::Display + 'a {
        Shown { entry: self, program }
    }
}

/// The records of the world's last run.
pub(crate) fn of_world(world: &World, trace: &StoredTrace) -> Vec<Entry> {
    trace
        .iter()
        .map(|(record, covered)| Entry {
            at: record.at,
            kind: record.kind,
            entity: record.entity,
            rule: record.rule,
            value: record.value,
            subject: if TELLING.contains(&record.kind) { record.subject } else { 0 },
            events: record.events,
            items: covered
                .iter()
                .map(|item| {
                    let event = world.event(item.event);
                    let source = usize::from(event.source);
                    Item { source, ordinal: event.ordinal, receives: item.receives }
                })
                .collect(),
        })
        .collect()
}

struct Shown<'a> {
    entry: &'a Entry,
    program: &'a Program,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Entry { at, kind, entity, rule, value, items, .. } = self.entry;
        write!(f, "{at}.{:03} ", at.as_micros() % 1_000)?;
        let (name, subject) = (self.program.name(*entity).as_str(), self.entry.subject);
        write!(f, "{name:24} {kind:?} rule {} subject {subject} value {value} [", rule.0)?;
        for Item { source, ordinal, receives } in items {
            write!(f, " {source}/{ordinal}@{receives}")?;
        }
        f.write_str(" ]")
    }
}

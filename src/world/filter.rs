//! Filters of mappings: which payload an event has, and what becomes of a message that a filter does not want.

use crate::kernel::{ChoicePoint, Chooser, Family, Menu};
use crate::program::Slot;
use crate::trace::{Covered, EventId, Observer, Record, RecordKind};
use crate::world::handler::Handler;
use crate::world::run::Run;
use crate::world::state::Fate;

/// Choices about an event's payload have this ordinal, those about its arrival 0.
const PAYLOAD: u32 = 1;
/// Keeps classes apart in digests.
const CLASS_MULTIPLIER: u64 = 0xD6E8_FEB8_6659_FD93;

impl<C: Chooser, O: Observer, H: Handler> Run<'_, C, O, H> {
    /// The class of an event's payload; only where somebody filters is anything drawn.
    pub(crate) fn payload_class(&mut self, source: usize, name: u64) -> u16 {
        let table = &self.world.queue_tables[source];
        let (first, count) = table.classes;
        if count <= 1 {
            return first;
        }
        let entity = self.program.hash(table.entity);
        let domain = self.program.profile.draws.class;
        let point = ChoicePoint { family: Family::Load, domain, entity, item: name, ordinal: PAYLOAD };
        first + self.chooser.choose(&point, Menu::OneOf(u32::from(count))) as u16
    }

    /// Whether any consumer of a queue wants a class; what nobody polls, somebody outside may want.
    #[inline]
    pub(crate) fn is_wanted(&self, queue: usize, class: u16) -> bool {
        let table = &self.world.queue_tables[queue];
        !table.is_polled() || table.consumers().any(|mapping| self.program.wants(mapping, class))
    }

    /// What an event's payload adds to the digest: nothing where it is the ordinary one, or stated.
    pub(crate) fn class_mark(&self, event: EventId) -> u64 {
        let event = &self.world.events[event.0 as usize];
        let Some(table) = self.world.queue_tables.get(usize::from(event.source)) else { return 0 };
        let (first, count) = table.classes;
        if count <= 1 {
            return 0;
        }
        let drawn = event.class.checked_sub(first).filter(|drawn| *drawn < count).unwrap_or(0);
        u64::from(drawn).wrapping_mul(CLASS_MULTIPLIER)
    }

    /// Takes up to `wanted` messages of a FIFO queue, and deletes those that the mapping's filter does not want.
    pub(crate) fn take_wanted_from_groups(&mut self, batch: u32, mapping: usize, wanted: u32) -> u32 {
        let queue = usize::from(self.world.mapping_tables[mapping].queue);
        let mut items = std::mem::take(&mut self.world.batches[batch as usize].items);
        let before = items.len();
        let taken = self.take_from_groups(&mut items, queue, wanted);
        let mut unwanted = std::mem::take(&mut self.world.scratch);
        unwanted.clear();
        let mut position = 0;
        items.retain(|item| {
            position += 1;
            let class = self.world.events[item.event.0 as usize].class;
            let is_wanted = position <= before || self.program.wants(mapping, class);
            if !is_wanted {
                unwanted.push(*item);
            }
            is_wanted
        });
        self.world.batches[batch as usize].items = items;
        if !unwanted.is_empty() {
            self.filter(batch, mapping, &unwanted);
        }
        let filtered = unwanted.len() as u32;
        self.world.scratch = unwanted;
        taken - filtered
    }

    /// Deletes what a poller received and its mapping's filter does not want; no function ever sees it.
    pub(crate) fn filter(&mut self, batch: u32, mapping: usize, items: &[Covered]) {
        let table = &self.world.mapping_tables[mapping];
        let queue = usize::from(table.queue);
        let entity = self.world.queue_tables[queue].entity;
        let (value, fold) = (self.program.hash(table.entity).0, self.fold(items));
        let is_fifo = self.world.queue_tables[queue].is_fifo();
        for item in items {
            // A FIFO queue counts what it hands out; a standard queue's counts have not begun yet.
            if is_fifo { self.forget(item.copy, queue) } else { self.leave(item.copy, queue) }
        }
        self.note(RecordKind::MessagesFiltered, entity, Slot::Filter, (batch, value), fold, items);
        for item in items {
            let event = &mut self.world.events[item.event.0 as usize];
            event.copies -= 1;
            if event.fate == Fate::Open {
                self.lose_if_last(item.copy, queue, Slot::Filter, Record::LOST_BY_FILTER);
            }
        }
    }
}

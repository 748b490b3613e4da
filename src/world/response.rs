//! What a mapping makes of an invocation's end: delete, keep, or read the list of failures.

use crate::kernel::{Chooser, Family};
use crate::program::Slot;
use crate::topology::ResponseType;
use crate::trace::{Observer, RecordKind};
use crate::world::handler::{Handler, Outcome, Response};
use crate::world::run::Run;

impl<C: Chooser, O: Observer, H: Handler> Run<'_, C, O, H> {
    /// Reads the answer of an invocation; `None` where there is none.
    pub(crate) fn answer(&mut self, batch: u32, mapping: usize, outcome: Option<Outcome>) {
        let table = &self.world.mapping_tables[mapping];
        let (entity, response_type) = (table.entity, table.response_type);
        match (outcome, response_type) {
            //= queue_poll.function_error
            //= queue_poll.function_dead_letter_unused
            (None | Some(Outcome::Threw | Outcome::Returned(Response::TooLarge(_))), _) => {
                self.step_down(mapping);
            }
            // An answer that nobody reads and that lists nothing is as good as any other.
            (
                Some(Outcome::Returned(Response::Success | Response::Malformed | Response::Misspelt)),
                ResponseType::WholeBatch,
            ) => {
                self.delete_all(batch, mapping, Slot::Delete);
            }
            (Some(Outcome::Returned(Response::Success)), ResponseType::BatchItemFailures) => {
                self.delete_all(batch, mapping, Slot::PartialSuccess);
            }
            (Some(Outcome::Returned(Response::ItemFailures)), ResponseType::WholeBatch) => {
                let rule = self.program.rule(Slot::ResponseIgnored);
                self.note_batch(RecordKind::AnswerIgnored, entity, rule, batch, 0);
                self.delete_all(batch, mapping, Slot::ResponseIgnored);
            }
            //= queue_poll.partial_keeps_pace
            //= queue_poll.fifo_partial
            (Some(Outcome::Returned(Response::ItemFailures)), ResponseType::BatchItemFailures) => {
                self.delete_unlisted(batch, mapping);
            }
            (Some(Outcome::Returned(Response::Malformed)), ResponseType::BatchItemFailures) => {
                let rule = self.program.rule(Slot::PartialMalformed);
                self.note_batch(RecordKind::AnswerMalformed, entity, rule, batch, 0);
            }
            (Some(Outcome::Returned(Response::Misspelt)), ResponseType::BatchItemFailures) => {
                self.misspelt(batch, mapping);
            }
        }
    }

    /// An answer that names no list is no failure, as far as AWS says anything.
    fn misspelt(&mut self, batch: u32, mapping: usize) {
        let program = self.program;
        let table = self.world.mapping_tables[mapping];
        if self.open_value(&program.open.partial_misspelt, table.entity, 0, 0) == 0 {
            return self.delete_all(batch, mapping, Slot::PartialMisspelt);
        }
        self.mark(usize::from(table.queue), Family::Unspecified);
        let rule = program.rule(Slot::PartialMisspelt);
        self.note_batch(RecordKind::AnswerMalformed, table.entity, rule, batch, 0);
    }

    fn delete_all(&mut self, batch: u32, mapping: usize, slot: Slot) {
        let queue = usize::from(self.world.mapping_tables[mapping].queue);
        let mut items = std::mem::take(&mut self.world.scratch);
        items.clear();
        items.extend_from_slice(&self.world.batches[batch as usize].items);
        self.delete(batch, queue, &mut items, slot);
        self.world.scratch = items;
    }

    fn delete_unlisted(&mut self, batch: u32, mapping: usize) {
        let table = self.world.mapping_tables[mapping];
        let effects = std::mem::take(&mut self.world.effects);
        let listed = self.pick(batch, &effects.listed);
        let fold = self.fold(&listed);
        self.note(RecordKind::FailuresReported, table.entity, Slot::Partial, (batch, 0), fold, &listed);
        let mut items = listed;
        items.clear();
        let all = &self.world.batches[batch as usize].items;
        let unlisted = (0..all.len()).filter(|item| !effects.listed.contains(&(*item as u32)));
        items.extend(unlisted.map(|item| all[item]));
        self.delete(batch, usize::from(table.queue), &mut items, Slot::Partial);
        self.world.scratch = items;
        self.world.effects = effects;
    }

    /// A batch is over: its poller is free again.
    pub(crate) fn over(&mut self, batch: u32, mapping: usize) {
        self.world.batches[batch as usize].phase = crate::world::batch::Phase::Over;
        self.world.mappings[mapping].active -= 1;
        self.free_if_returned(batch);
        let queue = usize::from(self.world.mapping_tables[mapping].queue);
        self.poll(queue);
    }
}

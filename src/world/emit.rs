//! What handlers send on: each message is an event of its own, named after the event that it was sent for.

use crate::kernel::Chooser;
use crate::scenario::Per;
use crate::trace::{Covered, Observer};
use crate::vocabulary::NameHash;
use crate::world::fair::NO_TENANT;
use crate::world::handler::Handler;
use crate::world::run::{Due, Run};
use crate::world::state::{EventState, Fate};

impl<C: Chooser, O: Observer, H: Handler> Run<'_, C, O, H> {
    /// Sends what a function emits for the events that one of its invocations has processed.
    pub(crate) fn emit(&mut self, batch: u32, function: usize) {
        let program = self.program;
        for emission in &program.behaviours[function].emits {
            for index in 0..self.world.effects.processed.len() {
                if index > 0 && emission.per == Per::Invocation {
                    break;
                }
                let position = self.world.effects.processed[index] as usize;
                let parent = self.world.batches[batch as usize].items[position];
                for number in 0..emission.count {
                    let delivery = parent.receives.saturating_sub(1);
                    let ordinal = delivery * emission.of + emission.first + number;
                    self.plan_emitted(&parent, emission.queue, ordinal, emission.class);
                }
            }
        }
    }

    fn plan_emitted(&mut self, parent: &Covered, queue: u16, ordinal: u32, class: u16) {
        let target = self.program.hash(self.program.queues[usize::from(queue)].entity);
        let name = emitted_name(self.world.events[parent.event.0 as usize].name, target, ordinal);
        let id = self.world.events.len() as u32;
        let is_wanted = self.is_wanted(usize::from(queue), class);
        let fate = if is_wanted { Fate::Open } else { Fate::Unwanted };
        self.world.events.push(EventState {
            name,
            source: queue,
            fate,
            poisoned: false,
            copies: 0,
            class,
            ordinal,
            key: self.world.events[parent.event.0 as usize].key,
            tenant: NO_TENANT,
            deduplication: name,
            parent: Some(parent.event),
        });
        self.world.unsent += 1;
        self.world.pending.schedule(self.now, Due::Send { event: id });
    }
}

/// The stable name of an event that was sent to a queue for another one.
pub const fn emitted_name(parent: u64, target: NameHash, ordinal: u32) -> u64 {
    let of_parent = NameHash(target.0 ^ parent.rotate_left(PARENT_ROTATION));
    crate::world::state::event_name(of_parent, ordinal)
}

const PARENT_ROTATION: u32 = 17;

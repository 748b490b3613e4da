//! What handlers send on: each message is an event of its own, named after the event that it was sent for.

use crate::kernel::Chooser;
use crate::program::SendTarget;
use crate::scenario::Per;
use crate::trace::{Covered, Observer};
use crate::vocabulary::{Instant, NameHash};
use crate::world::fair::NO_TENANT;
use crate::world::handler::Handler;
use crate::world::rounds::Closes;
use crate::world::run::Run;
use crate::world::state::{EventState, Fate, Step};

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
                    if emission.closes && !self.may_go_round(parent.event, function) {
                        break;
                    }
                    let first = self.world.events.len();
                    let delivery = parent.receives.saturating_sub(1);
                    let ordinal = delivery * emission.of + emission.first + number;
                    let event = self.event_for(&parent, emission.target, ordinal, emission.class);
                    let tenant = emission.tenant.map_or(NO_TENANT, |tenant| tenant.0);
                    self.send_event(EventState { tenant, ..event }, emission.target);
                    let closes = if emission.closes { Closes::Yes } else { Closes::No };
                    self.chain(parent.event, function, closes, first);
                }
            }
        }
    }

    /// Sends an event to a target for another one.
    pub(crate) fn send_for(&mut self, parent: &Covered, target: SendTarget, ordinal: u32, class: u16) {
        let event = self.event_for(parent, target, ordinal, class);
        self.send_event(event, target);
    }

    fn send_event(&mut self, event: EventState, target: SendTarget) {
        let program = self.program;
        match target {
            SendTarget::Queue(_) | SendTarget::Push(_) => self.plan_send(event, self.now),
            SendTarget::Channel(channel) => {
                let routes = program.network.channels[usize::from(channel)].routes();
                let first = self.world.events.len();
                self.plan_routes(event, routes, self.now);
                self.archive(event, self.now, first);
            }
        }
    }

    /// The event that is sent to a target for another one.
    pub(crate) fn event_for(
        &self,
        parent: &Covered,
        target: SendTarget,
        ordinal: u32,
        class: u16,
    ) -> EventState {
        let program = self.program;
        let (source, place) = match target {
            SendTarget::Queue(queue) | SendTarget::Push(queue) => (queue, queue),
            SendTarget::Channel(channel) => (program.queues.len() as u16 + channel, 0),
        };
        let of = self.world.events[parent.event.0 as usize];
        let name = emitted_name(of.name, program.hash(program.source(usize::from(source))), ordinal);
        EventState {
            name,
            source,
            place,
            route: EventState::NO_ROUTE,
            reached: false,
            fate: Fate::Open,
            poisoned: false,
            copies: 0,
            class,
            ordinal,
            key: of.key,
            tenant: NO_TENANT,
            readable_until: Instant::NEVER,
            deduplication: name,
            parent: Some(parent.event),
            step: Step::Free,
        }
    }
}

/// The stable name of an event that was sent to a queue for another one.
pub const fn emitted_name(parent: u64, target: NameHash, ordinal: u32) -> u64 {
    let of_parent = NameHash(target.0 ^ parent.rotate_left(PARENT_ROTATION));
    crate::world::state::event_name(of_parent, ordinal)
}

const PARENT_ROTATION: u32 = 17;

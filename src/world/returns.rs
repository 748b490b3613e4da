//! Messages that were received and not deleted: when they can be received again.
//!
//! Nearly all are deleted before. So nothing is scheduled for each receive: every queue has a list by time, and one event
//! is due when the first of all lists is. What is over by then is struck off without a look at anything else.

use crate::kernel::{Chooser, Turn};
use crate::trace::Observer;
use crate::vocabulary::{Duration, Instant};
use crate::world::handler::Handler;
use crate::world::run::{Due, Run, World};

/// Something that comes back at a time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Back {
    pub(crate) at: Instant,
    pub(crate) what: Returning,
}

/// What comes back.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Returning {
    /// What a receive brought into a batch, as long as nobody else has the batch's slot.
    Receive { batch: u32, generation: u32, receive: u32 },
    /// What an operator looked at.
    Look(u32),
}

/// No visibility timeout is shorter: what is received with none comes back after everything else of the instant.
const SHORTEST: Duration = Duration::from_micros(1);

impl World {
    /// Whether what comes back may find anything.
    #[inline]
    pub(crate) fn is_to_come(&self, back: &Back) -> bool {
        match back.what {
            Returning::Receive { batch, generation, .. } => {
                self.batches[batch as usize].generation == generation
            }
            Returning::Look(_) => true,
        }
    }
}

impl<C: Chooser, O: Observer, H: Handler> Run<'_, C, O, H> {
    /// Notes that something comes back to a queue.
    #[inline]
    pub(crate) fn returns_after(&mut self, visibility: Duration, queue: usize, what: Returning) {
        let at = self.now + visibility.max(SHORTEST);
        let returns = &mut self.world.queues[queue].returns;
        let back = Back { at, what };
        if returns.back().is_none_or(|last| last.at <= at) {
            returns.push_back(back);
        } else {
            let place = returns.partition_point(|other| other.at <= at);
            returns.insert(place, back);
        }
        if at < self.world.returns_at {
            self.arm_return(at);
        }
    }

    #[inline(never)]
    fn arm_return(&mut self, at: Instant) {
        self.world.returns_at = at;
        self.world.pending.schedule_turn(at, Turn::Before, Due::Return);
    }

    /// Whatever comes back now does so before anything else happens: queue by queue, in the order of the receives.
    pub(crate) fn messages_return(&mut self) {
        if self.world.returns_at != self.now {
            return;
        }
        let mut next = Instant::NEVER;
        for queue in 0..self.world.queues.len() {
            while let Some(back) = self.world.queues[queue].returns.front().copied() {
                if self.world.is_to_come(&back) {
                    if back.at > self.now {
                        next = next.min(back.at);
                        break;
                    }
                    self.come_back_at_last(back.what);
                }
                self.world.queues[queue].returns.pop_front();
            }
        }
        self.world.returns_at = Instant::NEVER;
        if next < Instant::NEVER {
            self.arm_return(next);
        }
    }

    fn come_back_at_last(&mut self, what: Returning) {
        match what {
            Returning::Receive { batch, generation: _, receive } => self.visibility_ends(batch, receive),
            Returning::Look(look) => self.peek_ends(look),
        }
    }
}

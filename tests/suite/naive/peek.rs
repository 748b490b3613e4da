//! Operators who look at queues, naively.

use redrive::kernel::{Chooser, Family};
use redrive::program::{Act, Slot};
use redrive::trace::RecordKind;
use redrive::vocabulary::Duration;

use super::Naive;
use super::state::{Place, Receive, Victim, What};

impl<C: Chooser> Naive<'_, C> {
    /// Receives, ten at a time, until `left` messages were shown or nothing is to be seen.
    pub(super) fn peek(&mut self, change: usize, left: u32) {
        let Act::Peek(look) = self.program.plan.changes[change].act else { return };
        let queue = usize::from(look.queue);
        self.sweep_out(queue);
        let mut left = left;
        while left > 0 && self.visible(queue) > 0 {
            let is_full = self.in_flight(queue) >= self.queues[queue].in_flight_limit;
            if is_full || (self.is_in(Family::ServiceError, Victim::Queue(queue)) && self.is_faulty()) {
                return;
            }
            let pause = self.receive_pause(queue);
            if pause > Duration::ZERO {
                return self.after(pause, What::Peek { change, left });
            }
            let visibility = look.visibility.unwrap_or(self.queues[queue].visibility);
            left -= self.look_at_some(queue, left.min(self.program.account.receive_maximum), visibility);
        }
    }

    /// One receive; how many messages it showed.
    fn look_at_some(&mut self, queue: usize, wanted: u32, visibility: Duration) -> u32 {
        let receive = self.receives.len();
        let seen = if self.is_fifo(queue) {
            self.take_from_groups(queue, wanted, receive)
        } else {
            self.take_in_order(queue, wanted, receive)
        };
        if seen.is_empty() {
            return 0;
        }
        self.receives.push(Receive { queue, batch: None, messages: seen.clone(), is_over: false });
        let items: Vec<_> = seen.iter().map(|message| (*message, self.messages[*message].receives)).collect();
        let entity = self.queues[queue].entity;
        self.note(RecordKind::MessagePeeked, entity, Slot::Peek, visibility.as_micros(), &items);
        self.draw_duplicates(&seen, queue, receive, visibility);
        self.after(visibility.max(Duration::from_micros(1)), What::VisibilityEnds(receive));
        seen.len() as u32
    }

    fn take_in_order(&mut self, queue: usize, wanted: u32, receive: usize) -> Vec<usize> {
        let mut seen = Vec::new();
        let noisy = self.noisy_tenants(queue);
        while (seen.len() as u32) < wanted {
            let Some(first) = self.fairest(queue, &noisy) else { break };
            if self.messages[first].receives >= self.queues[queue].max_receive_count {
                self.redrive(first);
                continue;
            }
            self.messages[first].receives += 1;
            self.messages[first].last_receive = Some(receive);
            self.messages[first].place = Place::Hidden { receive };
            seen.push(first);
        }
        self.quiet_down(queue);
        seen
    }

    /// What is too old in a queue that nobody polls is not shown.
    fn sweep_out(&mut self, queue: usize) {
        if self.queues[queue].is_polled() {
            return;
        }
        let retention = self.queues[queue].retention;
        let is_over = |index: &usize| {
            let message = &self.messages[*index];
            let is_there = !matches!(message.place, Place::Unsent | Place::Gone);
            message.queue == queue && is_there && message.sent + retention <= self.now
        };
        let mut over: Vec<usize> = (0..self.messages.len()).filter(is_over).collect();
        over.sort_by_key(|index| (self.messages[*index].sent, self.messages[*index].came));
        for message in over {
            self.messages[message].place = Place::Gone;
            self.left(queue);
        }
    }
}

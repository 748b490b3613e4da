//! Fair queues, naively: tenants are counted whenever somebody receives.

use redrive::kernel::Chooser;
use redrive::vocabulary::Instant;

use super::Naive;
use super::state::{Message, Place};

/// What standard queues remember of tenants.
#[derive(Debug, Default)]
pub(super) struct FairRecords {
    /// Queue and tenant of those that are noisy.
    noisy: Vec<(usize, u64)>,
    /// Queue, tenant and the last moment at which a message of it was in flight.
    busy: Vec<(usize, u64, Instant)>,
}

impl<C: Chooser> Naive<'_, C> {
    /// Notes who has something in flight; called before anything happens at a moment.
    pub(super) fn note_busy(&mut self) {
        let is_held = |message: &&Message| matches!(message.place, Place::Hidden { .. });
        let held: Vec<(usize, u64)> = self
            .messages
            .iter()
            .filter(is_held)
            .filter_map(|message| Some((message.queue, message.tenant?)))
            .collect();
        for (queue, tenant) in held {
            self.fair.busy.retain(|known| (known.0, known.1) != (queue, tenant));
            self.fair.busy.push((queue, tenant, self.now));
        }
    }

    fn held_by(&self, queue: usize, tenant: u64) -> u32 {
        let counts = |message: &&Message| {
            let is_held = matches!(message.place, Place::Hidden { .. });
            is_held && message.queue == queue && message.tenant == Some(tenant)
        };
        self.messages.iter().filter(counts).count() as u32
    }

    /// The tenants that come last in the receive which is about to happen.
    pub(super) fn noisy_tenants(&mut self, queue: usize) -> Vec<u64> {
        let waiting: Vec<u64> = self
            .messages
            .iter()
            .filter(|message| message.is_visible_in(queue))
            .filter_map(|message| message.tenant)
            .collect();
        let fair = self.program.account.fair;
        let quiet_again = |naive: &Self, tenant: u64| {
            let busy = naive.fair.busy.iter().find(|known| (known.0, known.1) == (queue, tenant));
            let is_idle = busy.is_none_or(|known| naive.now.since(known.2) >= fair.quiet_after);
            !waiting.contains(&tenant) || (naive.held_by(queue, tenant) == 0 && is_idle)
        };
        let known = self.fair.noisy.clone();
        self.fair.noisy = known
            .into_iter()
            .filter(|(where_, tenant)| *where_ != queue || !quiet_again(self, *tenant))
            .collect();
        let mut tenants = waiting.clone();
        tenants.sort_unstable();
        tenants.dedup();
        let whole = self.in_flight(queue);
        let mut perhaps = Vec::new();
        for tenant in tenants {
            let held = self.held_by(queue, tenant);
            if self.fair.noisy.contains(&(queue, tenant)) || !fair.is_over(held, whole) {
                continue;
            }
            if held >= fair.in_flight {
                self.fair.noisy.push((queue, tenant));
            } else {
                perhaps.push((queue, tenant));
            }
        }
        self.with_doubt(queue, perhaps)
    }

    /// After a receive: tenants of whom nothing waits are quiet.
    pub(super) fn quiet_down(&mut self, queue: usize) {
        let messages = &self.messages;
        let waits = |tenant: u64| {
            messages.iter().any(|message| message.is_visible_in(queue) && message.tenant == Some(tenant))
        };
        self.fair.noisy.retain(|(where_, tenant)| *where_ != queue || waits(*tenant));
    }

    /// What AWS leaves open about them.
    fn with_doubt(&mut self, queue: usize, perhaps: Vec<(usize, u64)>) -> Vec<u64> {
        let (program, entity) = (self.program, self.queues[queue].entity);
        let first = self.first_in_line(queue);
        let (name, receives) =
            first.map_or((0, 0), |first| (self.messages[first].name, self.messages[first].receives));
        if !perhaps.is_empty() && self.open(&program.open.fair_time_share, entity, name, receives) == 1 {
            self.fair.noisy.extend(perhaps);
        }
        let here = self.fair.noisy.iter().filter(|known| known.0 == queue);
        let noisy: Vec<u64> = here.map(|known| known.1).collect();
        if noisy.is_empty() || self.open(&program.open.fair_detection, entity, name, receives) == 1 {
            return Vec::new();
        }
        noisy
    }

    /// The next message of a standard queue if these tenants come last.
    pub(super) fn fairest(&self, queue: usize, noisy: &[u64]) -> Option<usize> {
        let key = |index: &usize| {
            let message = &self.messages[*index];
            let Place::Visible { rank, number } = message.place else { return (u32::MAX, Instant::NEVER, 0) };
            let turn = match message.tenant.filter(|tenant| noisy.contains(tenant)) {
                None => 0,
                Some(tenant) => 1 + self.held_by(queue, tenant),
            };
            (turn, rank, number)
        };
        (0..self.messages.len()).filter(|index| self.messages[*index].is_visible_in(queue)).min_by_key(key)
    }
}

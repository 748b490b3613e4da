//! The event source mapping, naively: looks, receives, batches and their number.

use redrive::kernel::{Chooser, Family, Menu};
use redrive::program::Slot;
use redrive::trace::{Record, RecordKind};
use redrive::vocabulary::{Duration, Instant};

use super::Naive;
use super::state::{Batch, End, Place, Poller, Receive, Stage, Taken, Victim, What};

const PER_CENT: u64 = 100;

impl<C: Chooser> Naive<'_, C> {
    pub(super) fn prepare_pollers(&mut self) {
        let program = self.program;
        for index in 0..self.mappings.len() {
            let table = self.mappings[index];
            let scale_step = self.open(&program.open.scale_step, table.entity, 0, 0);
            let retry_delay = self.open(&program.open.throttle_retry, table.entity, 0, 0);
            let step_down = self.open(&program.open.step_down, table.entity, 0, 0);
            let limit = if let Some(provisioned) = table.provisioned {
                (provisioned.minimum.min(provisioned.maximum) * provisioned.each)
                    .min(table.maximum_concurrency)
            } else if table.maximum_concurrency == u32::MAX {
                self.open(&program.open.low_traffic, table.entity, 0, 0) as u32
            } else {
                program.account.initial_concurrency.min(table.maximum_concurrency)
            };
            self.pollers.push(Poller {
                limit,
                will_look: false,
                will_grow: false,
                denied: false,
                scale_step: Duration::from_micros(scale_step),
                retry_delay: Duration::from_micros(retry_delay),
                step_down,
            });
        }
    }

    fn ceiling(&self, mapping: usize) -> u32 {
        let table = &self.mappings[mapping];
        let most = match table.provisioned {
            Some(provisioned) => provisioned.maximum * provisioned.each,
            None => self.program.account.maximum_concurrency,
        };
        most.min(table.maximum_concurrency)
    }

    /// Batches of a mapping that are not over.
    fn active(&self, mapping: usize) -> u32 {
        let is_active = |batch: &&Batch| batch.mapping == Some(mapping) && batch.stage != Stage::Over;
        self.batches.iter().filter(is_active).count() as u32
    }

    /// The oldest batch that a mapping is putting together.
    fn gathering(&self, mapping: usize) -> Option<usize> {
        self.batches
            .iter()
            .position(|batch| batch.mapping == Some(mapping) && batch.stage == Stage::Gathering)
    }

    /// Pollers of a queue will look at it if something is there.
    pub(super) fn wake(&mut self, queue: usize) {
        for mapping in 0..self.mappings.len() {
            if usize::from(self.mappings[mapping].queue) == queue && self.visible(queue) > 0 {
                self.plan_look(mapping, queue);
            }
        }
    }

    fn plan_look(&mut self, mapping: usize, queue: usize) {
        if self.pollers[mapping].will_look || self.pollers[mapping].denied || !self.mappings[mapping].enabled
        {
            return;
        }
        if self.active(mapping) >= self.pollers[mapping].limit && self.gathering(mapping).is_none() {
            return self.plan_growth(mapping);
        }
        let program = self.program;
        let (name, receives) = self.line(queue);
        let delay = self.open(&program.open.pickup, self.mappings[mapping].entity, name, receives);
        self.pollers[mapping].will_look = true;
        self.after(Duration::from_micros(delay), What::Look(mapping));
    }

    /// The name and receive count of the first in line.
    fn line(&self, queue: usize) -> (u64, u32) {
        self.first_in_line(queue)
            .map_or((0, 0), |first| (self.messages[first].name, self.messages[first].receives))
    }

    fn plan_growth(&mut self, mapping: usize) {
        if !self.pollers[mapping].will_grow && self.pollers[mapping].limit < self.ceiling(mapping) {
            self.pollers[mapping].will_grow = true;
            self.after(self.pollers[mapping].scale_step, What::Grow(mapping));
        }
    }

    pub(super) fn grow(&mut self, mapping: usize) {
        self.pollers[mapping].will_grow = false;
        let table = self.mappings[mapping];
        let queue = usize::from(table.queue);
        if self.visible(queue) == 0 {
            return;
        }
        let account = &self.program.account;
        let step = self.pollers[mapping].scale_step.as_micros();
        let count = table.provisioned.map_or(account.scale_up_count, |provisioned| provisioned.growth);
        let more = (u64::from(count) * step / account.scale_up_every.as_micros()).max(1);
        let limit = (self.pollers[mapping].limit + more as u32).min(self.ceiling(mapping));
        self.pollers[mapping].limit = limit;
        self.note(RecordKind::ConcurrencyChanged, table.entity, Slot::ScaleUp, u64::from(limit), &[]);
        self.plan_look(mapping, queue);
    }

    /// After errors and throttles a mapping may run fewer at a time.
    pub(super) fn step_down(&mut self, mapping: usize) {
        let Poller { limit, step_down, .. } = self.pollers[mapping];
        if step_down == 0 || limit <= 1 {
            return;
        }
        let less = (u64::from(limit) * step_down / PER_CENT).max(1);
        let limit = (u64::from(limit) - less).max(1);
        self.pollers[mapping].limit = limit as u32;
        let entity = self.mappings[mapping].entity;
        self.note(RecordKind::ConcurrencyChanged, entity, Slot::StepDown, limit, &[]);
    }

    /// All free pollers of a mapping look at once.
    pub(super) fn look(&mut self, mapping: usize) {
        self.pollers[mapping].will_look = false;
        let queue = usize::from(self.mappings[mapping].queue);
        if self.pollers[mapping].denied || !self.mappings[mapping].enabled {
            return;
        }
        if self.is_in(Family::ServiceError, Victim::Queue(queue)) && self.is_faulty() {
            return;
        }
        while self.visible(queue) > 0 && self.in_flight(queue) < self.queues[queue].in_flight_limit {
            let pause = self.receive_pause(queue);
            let pause = if pause == Duration::ZERO { self.poll_pause(mapping) } else { pause };
            if pause > Duration::ZERO {
                if !self.pollers[mapping].will_look {
                    self.pollers[mapping].will_look = true;
                    self.after(pause, What::Look(mapping));
                }
                return;
            }
            let is_free = self.active(mapping) < self.pollers[mapping].limit;
            let joined = match (self.gathering(mapping), is_free) {
                (None, false) => return self.plan_growth(mapping),
                (Some(oldest), false) => Some(oldest),
                (Some(oldest), true) => self.joins(mapping, queue).then_some(oldest),
                (None, true) => None,
            };
            self.receive(mapping, queue, joined);
        }
    }

    /// How long a poller in provisioned mode has to wait before it may ask again.
    fn poll_pause(&self, mapping: usize) -> Duration {
        let Some(table) = self.mappings[mapping].provisioned else { return Duration::ZERO };
        if self.active(mapping) >= self.pollers[mapping].limit && self.gathering(mapping).is_none() {
            return Duration::ZERO;
        }
        let pollers = u64::from(self.pollers[mapping].limit.div_ceil(table.each));
        let is_recent = |poll: &&(usize, Instant, u64)| poll.0 == mapping && self.now < poll.1 + table.every;
        let recent: Vec<_> = self.polls.iter().filter(is_recent).collect();
        let may_ask = |gone: &usize| {
            let left = &recent[*gone..];
            let bytes: u64 = left.iter().map(|poll| poll.2).sum();
            (left.len() as u64) < u64::from(table.polls) * pollers && bytes < table.bytes * pollers
        };
        match (0..=recent.len()).find(may_ask).expect("without any poll it may") {
            0 => Duration::ZERO,
            gone => (recent[gone - 1].1 + table.every).since(self.now),
        }
    }

    fn joins(&mut self, mapping: usize, queue: usize) -> bool {
        let (program, (name, receives)) = (self.program, self.line(queue));
        self.open(&program.open.spread, self.mappings[mapping].entity, name, receives) == 0
    }

    /// One receive, for a batch that is being put together or for a new one.
    fn receive(&mut self, mapping: usize, queue: usize, joined: Option<usize>) {
        let table = self.mappings[mapping];
        let full = table.batch_size.min(table.payload_items);
        let before = joined.map_or(0, |batch| self.batches[batch].items.len() as u32);
        let most = full
            .saturating_sub(before)
            .max(1)
            .min(self.program.account.receive_maximum)
            .min(self.visible(queue));
        let wanted = self.receive_size(queue, most);
        let (receive, batch) = (self.receives.len(), joined.unwrap_or(self.batches.len()));
        let messages = self.take(mapping, queue, wanted, receive);
        let size = |message: &usize| self.program.body_size(self.messages[*message].class);
        self.polls.push((mapping, self.now, messages.iter().map(size).sum()));
        if messages.is_empty() {
            return;
        }
        self.receives.push(Receive { queue, batch: Some(batch), messages: messages.clone(), is_over: false });
        if joined.is_none() {
            let stage = Stage::Gathering;
            self.batches.push(Batch {
                ready: None,
                mapping: Some(mapping),
                function: usize::from(table.function),
                entry: None,
                caller: None,
                strand: None,
                stage,
                items: Vec::new(),
                failing: Vec::new(),
                end: End::Handler,
            });
        }
        let taken = |message: &usize| Taken {
            message: *message,
            receive,
            receives: self.messages[*message].receives,
        };
        let new: Vec<Taken> = messages.iter().map(taken).collect();
        self.batches[batch].items.extend_from_slice(&new);
        let items: Vec<_> = new.iter().map(|item| (item.message, item.receives)).collect();
        let QueueView { entity, visibility } = self.view(queue);
        let value = visibility.as_micros();
        self.note(RecordKind::MessagesReceived, entity, Slot::Visibility, value, &items);
        self.draw_duplicates(&messages, queue, receive, visibility);
        self.after(visibility.max(Duration::from_micros(1)), What::VisibilityEnds(receive));
        let count = self.batches[batch].items.len() as u32;
        if table.window == Duration::ZERO || count >= full {
            self.close(batch);
        } else if before == 0 {
            let wait = self.window(batch, mapping);
            self.after(wait, What::WindowEnds(batch));
        }
    }

    fn view(&self, queue: usize) -> QueueView {
        QueueView { entity: self.queues[queue].entity, visibility: self.queues[queue].visibility }
    }

    fn receive_size(&mut self, queue: usize, most: u32) -> u32 {
        if most <= 1 {
            return most;
        }
        let (program, (name, receives)) = (self.program, self.line(queue));
        let size = self.open(&program.open.receive_size, self.queues[queue].entity, name, receives);
        (size as u32).clamp(1, most)
    }

    /// Takes messages one after the other; those received too often go to the dead-letter queue instead, and those that
    /// the filter does not want are deleted.
    fn take(&mut self, mapping: usize, queue: usize, wanted: u32, receive: usize) -> Vec<usize> {
        if self.is_fifo(queue) {
            let all = self.take_from_groups(queue, wanted, receive);
            let (taken, filtered): (Vec<usize>, Vec<usize>) = all
                .into_iter()
                .partition(|message| self.program.wants(mapping, self.messages[*message].class));
            self.filter(mapping, queue, &filtered);
            return taken;
        }
        let (mut taken, mut filtered) = (Vec::new(), Vec::new());
        let noisy = self.noisy_tenants(queue);
        while ((taken.len() + filtered.len()) as u32) < wanted {
            let Some(first) = self.fairest(queue, &noisy) else { break };
            if self.messages[first].receives >= self.queues[queue].max_receive_count {
                self.redrive(first);
                continue;
            }
            self.messages[first].receives += 1;
            if !self.program.wants(mapping, self.messages[first].class) {
                self.messages[first].place = Place::Gone;
                filtered.push(first);
                continue;
            }
            self.messages[first].last_receive = Some(receive);
            self.messages[first].place = Place::Hidden { receive };
            taken.push(first);
        }
        self.quiet_down(queue);
        self.filter(mapping, queue, &filtered);
        taken
    }

    /// Deletes messages that the filter of a mapping does not want.
    fn filter(&mut self, mapping: usize, queue: usize, messages: &[usize]) {
        if messages.is_empty() {
            return;
        }
        for message in messages {
            self.messages[*message].place = Place::Gone;
            self.left(queue);
        }
        let items: Vec<_> =
            messages.iter().map(|message| (*message, self.messages[*message].receives)).collect();
        let value = self.program.hash(self.mappings[mapping].entity).0;
        let entity = self.queues[queue].entity;
        self.note(RecordKind::MessagesFiltered, entity, Slot::Filter, value, &items);
        for message in messages {
            self.lose(*message, queue, Slot::Filter, Record::LOST_BY_FILTER);
        }
    }

    pub(super) fn draw_duplicates(
        &mut self,
        messages: &[usize],
        queue: usize,
        receive: usize,
        visibility: Duration,
    ) {
        if !self.is_faulty() || self.is_fifo(queue) {
            return;
        }
        let odds = self.chooser.intensity(Family::Duplicate);
        let menu = Menu::Span { odds, longest: visibility.as_micros().max(1) };
        for message in messages {
            let after = self.about_receive(Family::Duplicate, *message, queue, menu);
            if after > 0 {
                let what = What::HandedOutAgain { message: *message, receive };
                self.after(Duration::from_micros(after), what);
            }
        }
    }

    /// How long a batch waits for more messages after its first.
    fn window(&mut self, batch: usize, mapping: usize) -> Duration {
        let (program, table) = (self.program, self.mappings[mapping]);
        let first = self.batches[batch].items[0];
        let name = self.messages[first.message].name;
        let percent = self.open(&program.open.window_phase, table.entity, name, first.receives);
        let least = self.open(&program.open.window_low_traffic, table.entity, name, first.receives);
        Duration::from_micros((table.window.as_micros() / PER_CENT * percent).max(least))
    }

    pub(super) fn window_ends(&mut self, batch: usize) {
        if self.batches[batch].stage == Stage::Gathering {
            self.close(batch);
        }
    }

    /// Goes on with a batch as it is.
    fn close(&mut self, batch: usize) {
        self.first_try(batch);
    }

    /// A batch is over, and its poller free.
    pub(super) fn over(&mut self, batch: usize) {
        self.batches[batch].stage = Stage::Over;
        self.wake(usize::from(self.mappings[self.polled_by(batch)].queue));
    }
}

/// What a receive needs of its queue.
struct QueueView {
    entity: redrive::trace::EntityId,
    visibility: Duration,
}

//! A run between two of its steps: what of the world the rest of the run can depend on.
//!
//! Left out is what is only counted, what is over (messages that are gone, events that nothing can happen to any more,
//! pending events that would be ignored), and mere names: the place of a batch in its arena says nothing, so batches are
//! numbered in the order in which something is due for them. Every state is taken apart field by field, so that a new
//! field has to be thought of here.

use crate::kernel::Scene;
use crate::program::{Program, Victim};
use crate::trace::{Covered, EventId, Observer};
use crate::vocabulary::{Description, Instant};
use crate::world::batch::{Batch, Ending, Phase};
use crate::world::faults::Span;
use crate::world::returns::{Back, Returning};
use crate::world::run::{Due, World};
use crate::world::state::{Copy, CopyState, EventState, FunctionState, MappingState, QueueState};

/// A run that stands still for a look.
pub(crate) struct Between<'a, O> {
    pub(crate) program: &'a Program,
    pub(crate) observer: &'a O,
    pub(crate) world: &'a World,
    pub(crate) now: Instant,
}

/// What stands for an event that nothing can happen to any more.
const NO_RANK: u32 = u32::MAX;

/// The order in which batches are spoken of.
#[derive(Default)]
struct Numbers(Vec<u32>);

impl Numbers {
    fn of(&mut self, batch: u32) -> u32 {
        let known = self.0.iter().position(|other| *other == batch);
        known.unwrap_or_else(|| {
            self.0.push(batch);
            self.0.len() - 1
        }) as u32
    }
}

impl<O: Observer> Scene for Between<'_, O> {
    fn running(&self) -> u32 {
        let on_demand: u32 = self.world.functions.iter().map(|function| function.active).sum();
        on_demand + self.world.pools.iter().map(|pool| pool.active()).sum::<u32>()
    }

    fn describe(&self, description: &mut Description) {
        let (ranks, live) = self.ranks();
        let mut numbers = Numbers::default();
        self.describe_run(description);
        self.describe_pending(description, &ranks, &mut numbers);
        for queue in 0..self.world.queues.len() {
            self.describe_queue(description, queue, &ranks);
            self.describe_returns(description, queue, &mut numbers);
        }
        for mapping in &self.world.mappings {
            describe_mapping(description, mapping, &mut numbers);
        }
        for function in 0..self.world.functions.len() {
            self.describe_function(description, function, &mut numbers);
        }
        for number in 0..numbers.0.len() {
            let batch = &self.world.batches[numbers.0[number] as usize];
            describe_batch(description, batch, &ranks);
        }
        self.describe_events(description, &ranks, &live);
        self.observer.describe(&live, description);
    }
}

impl<O: Observer> Between<'_, O> {
    /// For each event its position among those that something can happen to, and these.
    fn ranks(&self) -> (Vec<u32>, Vec<EventId>) {
        let mut is_live = vec![true; self.world.events.len()];
        for (_, copy) in self.world.copies.each() {
            let polled = self.world.queue_tables[usize::from(copy.queue)].is_polled();
            is_live[copy.event.0 as usize] = copy.state != CopyState::Gone && polled;
        }
        for batch in &self.world.batches {
            match batch.phase {
                Phase::Gathering | Phase::Waiting | Phase::Running => {
                    batch.items.iter().for_each(|item| is_live[item.event.0 as usize] = true);
                }
                Phase::Free | Phase::Over => {}
            }
        }
        let live: Vec<EventId> =
            (0..is_live.len()).filter(|event| is_live[*event]).map(|event| EventId(event as u32)).collect();
        let mut ranks = vec![NO_RANK; is_live.len()];
        for (rank, event) in live.iter().enumerate() {
            ranks[event.0 as usize] = rank as u32;
        }
        (ranks, live)
    }

    fn describe_run(&self, description: &mut Description) {
        let World {
            pending: _,
            digest: _,
            queue_tables: _,
            mapping_tables: _,
            function_tables: _,
            push_tables: _,
            log_tables: _,
            logs: _,
            starving: _,
            refused: _,
            hop_tables: _,
            transits: _,
            lines: _,
            entries: _,
            retried: _,
            executions,
            waits,
            arrivals: _,
            archived: _,
            quotas: _,
            events: _,
            copies: _,
            queues: _,
            groups: _,
            is_fair: _,
            tenants: _,
            mappings: _,
            functions: _,
            pools: _,
            batches: _,
            free_batches: _,
            spans: _,
            targets: _,
            effects: _,
            scratch: _,
            looks: _,
            unreserved_active,
            throttles,
            tries_at,
            tried_at,
            expires_at: _,
            returns_at: _,
            unsent,
            open,
            live,
            faults_until,
            hits: _,
            chains: _,
            unmade: _,
            twins: _,
            windows: _,
        } = self.world;
        if self.stands_alone() {
            description.add(self.world.digest.length());
        }
        executions.describe(description, |event| self.world.events[event as usize].name);
        waits.describe(description, |event| self.world.events[event as usize].name);
        description.add(self.now.as_micros());
        description.pair(*unreserved_active, *throttles);
        description.add(tries_at.as_micros());
        description.add(u64::from(*tried_at == self.now));
        description.pair(*unsent, *open);
        description.add(u64::from(*live));
        description.add(faults_until.as_micros());
    }

    /// Runs that read streams, in which a channel keeps an order, an archive what came, events come round, or something is
    /// provisioned, are never taken for one another.
    fn stands_alone(&self) -> bool {
        let World { pools, logs, lines, chains, archived, .. } = self.world;
        let nothing = logs.is_empty() && lines.is_empty() && chains.is_empty() && archived.is_empty();
        !nothing || !pools.is_empty()
    }

    /// What is due, in its order; what would be ignored is left out.
    fn describe_pending(&self, description: &mut Description, ranks: &[u32], numbers: &mut Numbers) {
        let mut due = Vec::with_capacity(self.world.pending.len());
        self.world.pending.each(|at, turn, what| {
            if self.matters(at, what) {
                due.push((at, turn, what));
            }
        });
        due.sort_by_key(|(at, turn, _)| (*at, *turn));
        description.add(due.len() as u64);
        for (at, turn, what) in due {
            description.add(at.as_micros());
            description.add(turn as u64);
            self.describe_due(description, what, ranks, numbers);
        }
    }

    /// Whether something that is due will do anything as far as can be told now.
    fn matters(&self, at: Instant, what: Due) -> bool {
        let is_current =
            |batch: u32, generation: u32| self.world.batches[batch as usize].generation == generation;
        match what {
            Due::Resume { batch, generation } => is_current(batch, generation),
            Due::WindowEnds { batch, generation } => {
                is_current(batch, generation) && self.world.batches[batch as usize].phase == Phase::Gathering
            }
            Due::Tries => at == self.world.tries_at,
            // They are due whenever a message's time is over; when it is looked for in vain shows nowhere.
            Due::Expire | Due::Return => false,
            Due::Send { .. }
            | Due::DelayEnds { .. }
            | Due::Duplicate { .. }
            | Due::Receive { .. }
            | Due::ScaleUp { .. }
            | Due::SpanBegins { .. }
            | Due::SpanEnds { .. }
            | Due::Redeploy { .. }
            | Due::Hop { .. }
            | Due::Push { .. }
            | Due::CallerStops { .. }
            | Due::ExecutionEnds { .. }
            | Due::NoCallback { .. }
            | Due::HandOn { .. }
            | Due::Twin { .. }
            | Due::Look { .. }
            | Due::Consumers { .. }
            | Due::WindowOver { .. }
            | Due::Reshard { .. }
            | Due::Repeat { .. }
            | Due::Change { .. }
            | Due::Applied { .. }
            | Due::Begins { .. }
            | Due::MoveBack { .. }
            | Due::Peek { .. }
            | Due::FaultsStop => true,
        }
    }

    fn describe_due(&self, description: &mut Description, what: Due, ranks: &[u32], numbers: &mut Numbers) {
        let of_copy = |copy: u32| ranks[self.world.copies[copy as usize].event.0 as usize];
        let (kind, first, second) = match what {
            Due::Send { event } => (b's', ranks[event as usize], 0),
            Due::DelayEnds { copy } => (b'l', of_copy(copy), 0),
            Due::Duplicate { queue, copy, receives } => {
                description.add(u64::from(queue));
                (b'd', of_copy(copy), receives)
            }
            Due::Expire | Due::Return => (b'e', 0, 0),
            Due::Receive { mapping } => (b'r', u32::from(mapping), 0),
            Due::WindowEnds { batch, generation: _ } => (b'w', numbers.of(batch), 0),
            Due::Tries => (b't', 0, 0),
            Due::Resume { batch, generation: _ } => (b'h', numbers.of(batch), 0),
            Due::ScaleUp { mapping } => (b'u', u32::from(mapping), 0),
            Due::SpanBegins { span } => (b'b', self.describe_span(description, span), 0),
            Due::SpanEnds { span } => (b'n', self.describe_span(description, span), 0),
            Due::Redeploy { function } => (b'y', u32::from(function), 0),
            Due::Hop { transit } => (b'o', transit, 0),
            Due::Push { entry } => (b'p', entry, 0),
            Due::CallerStops { entry, call } => (b'q', entry, call),
            Due::NoCallback { event, number } => (b'x', ranks[event as usize], number),
            Due::HandOn { event, number } => (b'1', ranks[event as usize], number),
            Due::ExecutionEnds { first, execution } => (b'v', ranks[first as usize], u32::from(execution)),
            Due::Twin { entry } => (b'z', entry, 0),
            Due::Look { place, lane, look } => {
                description.add(u64::from(place));
                (b'k', u32::from(lane), look)
            }
            Due::WindowOver { place, lane } => {
                description.add(u64::from(place));
                (b'w', u32::from(lane), 0)
            }
            Due::Consumers { log } => (b'v', u32::from(log), 0),
            Due::Reshard { stream, ordinal } => (b'g', u32::from(stream), ordinal),
            Due::Repeat { event } => (b'i', ranks[event as usize], 0),
            Due::Change { change } => (b'c', u32::from(change), 0),
            Due::Applied { change } => (b'a', u32::from(change), 0),
            Due::Begins { change } => (b'j', u32::from(change), 0),
            Due::MoveBack { change, left } => (b'm', u32::from(change), left),
            Due::Peek { change, left } => (b'p', u32::from(change), left),
            Due::FaultsStop => (b'f', 0, 0),
        };
        description.add(u64::from(kind));
        description.pair(first, second);
    }

    /// A span goes by what it is; returns its factor.
    fn describe_span(&self, description: &mut Description, span: u16) -> u32 {
        let Span { family, victim, length, factor, is_on: _ } = self.world.spans[usize::from(span)];
        let (kind, index) = match victim {
            Victim::Function(index) => (0, index),
            Victim::Queue(index) => (1, index),
            Victim::Account => (2, 0),
        };
        description.add(u64::from(family as u8));
        description.pair(kind, u32::from(index));
        description.add(length.as_micros());
        factor
    }

    fn describe_queue(&self, description: &mut Description, index: usize, ranks: &[u32]) {
        let QueueState {
            available,
            visible,
            in_flight,
            live: _,
            by_age,
            refuses,
            poisoned,
            hits: _,
            returns: _,
        } = &self.world.queues[index];
        if !self.world.queue_tables[index].is_polled() {
            return;
        }
        let copy_of = |copy: u32| self.world.copies[copy as usize];
        let is_here = |copy: &Copy| copy.state != CopyState::Gone && usize::from(copy.queue) == index;
        description.pair(*visible, *in_flight);
        description.pair(u32::from(*refuses), *poisoned);
        let line = available.iter().map(|(rank, copy)| (rank, copy_of(*copy)));
        let line = line.filter(|(_, copy)| is_here(copy) && copy.state == CopyState::Available);
        description
            .list(line.flat_map(|(rank, copy)| [rank.as_micros(), u64::from(ranks[copy.event.0 as usize])]));
        let aged = by_age.iter().map(|copy| copy_of(*copy)).filter(is_here);
        description.list(aged.map(|copy| u64::from(ranks[copy.event.0 as usize])));
    }

    /// When messages come back; what would find nothing is left out.
    fn describe_returns(&self, description: &mut Description, queue: usize, numbers: &mut Numbers) {
        let is_to_come = |back: &&Back| self.world.is_to_come(back);
        let returns: Vec<&Back> = self.world.queues[queue].returns.iter().filter(is_to_come).collect();
        description.add(returns.len() as u64);
        for Back { at, what } in returns {
            description.add(at.as_micros());
            match what {
                Returning::Receive { batch, generation: _, receive } => {
                    description.pair(numbers.of(*batch), *receive);
                }
                Returning::Look(look) => description.pair(NO_RANK, *look),
            }
        }
    }

    fn describe_function(&self, description: &mut Description, index: usize, numbers: &mut Numbers) {
        let FunctionState {
            active,
            warm,
            waiting,
            start_credit: _,
            credit_at: _,
            in_outage,
            slowdown,
            refuses,
            may_not_send: _,
            deleted: _,
        } = &self.world.functions[index];
        description.pair(*active, *warm);
        description.list(waiting.iter().map(|batch| u64::from(numbers.of(*batch))));
        description.pair(u32::from(*in_outage), *slowdown);
        description.add(u64::from(*refuses));
        let (credit, since) = self.credit(index);
        description.add(credit);
        description.add(since);
    }

    /// Environments that may be started at once; where that is as many as can be, it is so whatever was before.
    fn credit(&self, index: usize) -> (u64, u64) {
        let FunctionState { start_credit, credit_at, .. } = self.world.functions[index];
        let full = self.program.account.full_credit();
        let earned = self.program.account.earned_credit(self.now.since(credit_at));
        if start_credit.saturating_add(earned) >= full {
            (full, 0)
        } else {
            (start_credit, credit_at.as_micros())
        }
    }

    fn describe_events(&self, description: &mut Description, ranks: &[u32], live: &[EventId]) {
        for id in live {
            let EventState {
                name: _,
                source,
                place: _,
                route: _,
                reached: _,
                fate,
                poisoned,
                copies,
                class,
                ordinal,
                key: _,
                deduplication: _,
                tenant: _,
                readable_until: _,
                parent: _,
                step: _,
            } = self.world.events[id.0 as usize];
            description.pair(u32::from(source), ordinal);
            description.pair(fate as u32, u32::from(poisoned));
            description.pair(u32::from(copies), u32::from(class));
        }
        for (_, copy) in self.world.copies.each() {
            let Copy { event, queue, origin: _, state, receives, sent, lane: _, vanishes } = *copy;
            if ranks[event.0 as usize] != NO_RANK {
                description.pair(ranks[event.0 as usize], u32::from(queue));
                description.pair(state as u32, receives);
                description.add(sent.as_micros());
                description.add(u64::from(vanishes));
            }
        }
    }
}

fn describe_mapping(description: &mut Description, mapping: &MappingState, numbers: &mut Numbers) {
    let MappingState {
        limit,
        active,
        receive_scheduled,
        scale_scheduled,
        gathering,
        scale_step,
        retry_delay,
        step_down,
        gives_up,
        denied: _,
        polls: _,
    } = mapping;
    description.pair(*limit, *active);
    description.pair(u32::from(*receive_scheduled), u32::from(*scale_scheduled));
    description.list(gathering.iter().map(|batch| u64::from(numbers.of(*batch))));
    description.add(scale_step.as_micros());
    description.add(retry_delay.as_micros());
    description.pair(*step_down, gives_up.map_or(0, |gives_up| 1 + u32::from(gives_up)));
}

fn describe_batch(description: &mut Description, batch: &Batch, ranks: &[u32]) {
    let Batch {
        generation: _,
        pool: _,
        phase,
        mapping,
        entry: _,
        place: _,
        function: _,
        items,
        receives,
        returned,
        fold: _,
        waiting_since,
        running_since,
        ending,
        failing,
        event_duration,
        may_be_poisoned: _,
        ends: _,
    } = batch;
    description.pair(*phase as u32, u32::from(*mapping));
    let rank = |item: &Covered| u64::from(ranks[item.event.0 as usize]);
    description.list(items.iter().flat_map(|item| [rank(item), u64::from(item.receives)]));
    description.list(receives.iter().map(|end| u64::from(*end)));
    description.add(u64::from(*returned));
    match phase {
        Phase::Waiting => description.add(waiting_since.as_micros()),
        Phase::Running => {
            description.add(running_since.as_micros());
            describe_ending(description, *ending);
            description.list(failing.iter().map(|family| u64::from(*family)));
            description.add(event_duration.as_micros());
        }
        Phase::Free | Phase::Gathering | Phase::Over => {}
    }
}

fn describe_ending(description: &mut Description, ending: Ending) {
    let (kind, done, family) = match ending {
        Ending::Handler => (b'h', 0, 0),
        Ending::Outage => (b'o', 0, 0),
        Ending::TimedOut { done, family } => (b't', done, family as u32),
        Ending::Crashed { done, family } => (b'c', done, family as u32),
        Ending::InitFailed => (b'i', 0, 0),
    };
    description.add(u64::from(kind));
    description.pair(done, family);
}

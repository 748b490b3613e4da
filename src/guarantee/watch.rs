//! What monitors share: the state of events and queues as far as the records so far tell it.

use std::collections::BTreeMap;

use crate::guarantee::QueueWatch;
use crate::guarantee::groups::{Clock, GroupWatch};
use crate::guarantee::lanes::LaneWatch;
use crate::guarantee::watch_pushed::Appears;
use crate::kernel::{Arena, Family, Vacant};
use crate::program::Program;
use crate::trace::{Covered, EntityId, EventId, Record, RecordKind};
use crate::vocabulary::{Duration, Instant};

/// What is known of an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventFlags {
    /// When it was sent.
    pub sent: Instant,
    /// The queue it was sent to.
    pub home: u16,
    /// Whether the consumer of that queue has processed it.
    pub processed: bool,
    /// Whether it failed itself: at its own draw, or with a fault of a whole invocation it was in.
    pub failed: bool,
    /// How many invocations it is in right now.
    pub running: u16,
    /// How often the consumer of its queue was given it.
    pub deliveries: u32,
    /// Its message group, where it is in a FIFO queue.
    pub group: u32,
    /// Behind how many others of its group it came.
    pub position: u32,
    /// The queue it is in.
    pub at: u16,
    /// The lane of its shard, where it is a record of a stream.
    pub lane: u16,
    /// Whether a channel took it, so that it is known before it comes to its place.
    pub(in crate::guarantee) published: bool,
}

impl Vacant for EventFlags {
    const VACANT: &'static Self = &Self {
        sent: Instant::START,
        home: 0,
        processed: false,
        failed: false,
        running: 0,
        deliveries: 0,
        group: 0,
        position: 0,
        at: 0,
        lane: 0,
        published: false,
    };
}

/// The shared state of all monitors of a run.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    pub(in crate::guarantee) events: Arena<EventFlags>,
    pub(in crate::guarantee) queues: Vec<QueueWatch>,
    /// For each queue its message groups, or its keys where it is a stream; `None` where nothing keeps an order.
    pub(in crate::guarantee) groups: Vec<Option<Vec<GroupWatch>>>,
    /// For each queue its lanes; `None` for what is no stream.
    pub(in crate::guarantee) lanes: Vec<Option<Vec<LaneWatch>>>,
    /// Whether any of them keeps an order.
    pub(in crate::guarantee) any_order: bool,
    pub(in crate::guarantee) queue_of_entity: Vec<u16>,
    consumers: Vec<Vec<u16>>,
    /// The queue that each batch was received from.
    pub(in crate::guarantee) batches: Vec<u16>,
    /// What streams have refused so far, with its place among the records of its key.
    pub(in crate::guarantee) refused: BTreeMap<u32, u32>,
    /// When the latest invocation of each batch began.
    pub(in crate::guarantee) starts: Vec<Instant>,
    /// The memory of each function, by its entity, in MiB.
    memories: Vec<u64>,
    /// How many messages one call deletes.
    per_delete: u32,
    faults_stopped: Option<Instant>,
}

/// Lambda counts running time by the millisecond.
const MICROS_PER_MILLISECOND: u64 = 1_000;

/// The entity is no queue.
pub(in crate::guarantee) const NO_QUEUE: u16 = u16::MAX;

impl Watch {
    /// The watch over runs of `program`.
    pub fn new(program: &Program) -> Self {
        let mut queue_of_entity = vec![NO_QUEUE; program.entities.len()];
        let mut consumers = vec![Vec::new(); program.entities.len()];
        for (index, queue) in program.queues.iter().enumerate() {
            queue_of_entity[usize::from(queue.entity.0)] = index as u16;
            consumers[usize::from(queue.entity.0)].push(index as u16);
            consumers[usize::from(program.account.entity.0)].push(index as u16);
        }
        for push in &program.network.pushes {
            let function = program.functions[usize::from(push.function)].entity;
            consumers[usize::from(function.0)].push(push.queue);
        }
        for log in &program.network.logs {
            let function = program.functions[usize::from(log.function)].entity;
            consumers[usize::from(function.0)].push(log.queue);
        }
        for mapping in &program.mappings {
            let function = program.functions[usize::from(mapping.function)].entity;
            consumers[usize::from(function.0)].push(mapping.queue);
        }
        let mut memories = vec![0; program.entities.len()];
        for function in &program.functions {
            memories[usize::from(function.entity.0)] = function.memory;
        }
        Self {
            queue_of_entity,
            consumers,
            memories,
            per_delete: program.account.receive_maximum.max(1),
            queues: vec![QueueWatch::default(); program.queues.len()],
            any_order: program.queues.iter().any(keeps_order),
            groups: program.queues.iter().map(|queue| keeps_order(queue).then(Vec::new)).collect(),
            lanes: program.queues.iter().map(|queue| queue.log.map(|_| Vec::new())).collect(),
            ..Self::default()
        }
    }

    /// Back to before the first record.
    pub fn clear(&mut self) {
        self.events.clear();
        self.queues.fill(QueueWatch::default());
        self.groups.iter_mut().flatten().for_each(Vec::clear);
        self.lanes.iter_mut().flatten().for_each(Vec::clear);
        self.refused.clear();
        self.faults_stopped = None;
    }

    /// What is known of an event.
    #[inline]
    pub fn event(&self, id: EventId) -> &EventFlags {
        &self.events[id.0 as usize]
    }

    /// What is known of a queue.
    #[inline]
    pub fn queue(&self, index: usize) -> &QueueWatch {
        &self.queues[index]
    }

    /// How many queues there are.
    pub const fn queue_count(&self) -> usize {
        self.queues.len()
    }

    /// The message groups of a FIFO queue.
    pub fn groups(&self, queue: usize) -> &[GroupWatch] {
        self.groups[queue].as_deref().unwrap_or_default()
    }

    /// Whether a queue has groups, or a stream keys and lanes.
    #[inline]
    pub fn keeps_order(&self, queue: usize) -> bool {
        self.any_order && self.groups[queue].is_some()
    }

    /// The message group of an event in a FIFO queue.
    #[inline]
    pub fn group(&self, queue: usize, event: EventId) -> Option<&GroupWatch> {
        self.groups[queue].as_ref()?.get(self.event(event).group as usize)
    }

    /// A moment as the groups of a queue count it.
    pub fn clock(&self, queue: usize, now: Instant) -> Clock {
        let state = &self.queues[queue];
        let running = if state.spans > 0 { now.since(state.span_since) } else { Duration::ZERO };
        Clock { now, excused: state.excused_ever + running }
    }

    /// Does something to the group of each item, where the queue is one with groups. A stream blocks lane by lane: of its
    /// keys nothing is asked but the order.
    #[inline]
    pub(in crate::guarantee) fn each_group(
        &mut self,
        queue: usize,
        at: Instant,
        covered: &[Covered],
        change: impl Fn(&mut GroupWatch, Clock, &Covered),
    ) {
        if !self.any_order || self.groups[queue].is_none() || self.lanes[queue].is_some() {
            return;
        }
        let clock = self.clock(queue, at);
        for item in covered {
            let key = self.events[item.event.0 as usize].group;
            let Some(group) = self.groups[queue].as_mut().and_then(|groups| groups.get_mut(key as usize))
            else {
                continue;
            };
            change(group, clock, item);
        }
    }

    /// A message comes to a queue that may have groups.
    #[inline]
    pub(in crate::guarantee) fn joins(
        &mut self,
        queue: u16,
        group: u32,
        at: Instant,
        item: Covered,
        waits: u32,
    ) {
        self.events[item.event.0 as usize].at = queue;
        if self.any_order && self.groups[usize::from(queue)].is_some() {
            self.joins_group(queue, group, at, item, waits);
        }
    }

    fn joins_group(&mut self, queue: u16, group: u32, at: Instant, item: Covered, waits: u32) {
        let clock = self.clock(usize::from(queue), at);
        let event = &mut self.events[item.event.0 as usize];
        let Some(groups) = &mut self.groups[usize::from(queue)] else { return };
        if groups.len() <= group as usize {
            groups.resize(group as usize + 1, GroupWatch::default());
        }
        event.group = group;
        event.position = groups[group as usize].came(clock, waits);
    }

    /// When the faults stopped, once they have.
    pub const fn faults_stopped(&self) -> Option<Instant> {
        self.faults_stopped
    }

    /// The queue that a record is about; `None` for records about the run as a whole.
    #[inline]
    pub fn queue_of(&self, record: &Record, covered: &[Covered]) -> Option<usize> {
        let by_entity = self.queue_of_entity[usize::from(record.entity.0)];
        match (by_entity, covered.first()) {
            (NO_QUEUE, Some(item)) if record.is_under_way() => {
                Some(usize::from(self.events.get(item.event.0 as usize)?.home))
            }
            (NO_QUEUE, Some(_)) => self.batches.get(record.subject as usize).map(|queue| usize::from(*queue)),
            (NO_QUEUE, None) => None,
            (queue, _) => Some(usize::from(queue)),
        }
    }

    /// Takes a record in, after the monitors have seen it.
    #[inline]
    pub fn update(&mut self, record: &Record, covered: &[Covered]) {
        match record.kind {
            RecordKind::MessageSent => self.sent(record, covered[0]),
            RecordKind::MessagesAvailable => self.available(record, covered),
            RecordKind::MessagesReceived => self.received(record, covered),
            RecordKind::MessageRedriven => self.redriven(record, covered[0]),
            RecordKind::MessageArrived => self.arrived(record, covered[0]),
            RecordKind::MessageExpired => self.expired(record, covered),
            RecordKind::MessagesDeleted => self.deleted(record, covered),
            RecordKind::MessagesFiltered => self.filtered(record, covered),
            RecordKind::BatchReleased => self.released(record, covered),
            RecordKind::InvocationStarted => self.started(record, covered),
            RecordKind::EventsProcessed => self.processed(record, covered),
            RecordKind::EventFailed => self.failed(record, covered),
            RecordKind::InvocationEnded => self.ended(record, covered),
            RecordKind::SpanBegan => self.span(record, QueueWatch::span_begins),
            RecordKind::SpanEnded => self.span(record, QueueWatch::span_ends),
            RecordKind::ObligationLost | RecordKind::DeliveryGivenUp => self.lost(covered[0]),
            RecordKind::FaultsStopped => self.stopped(record),
            RecordKind::MessageMovedBack => self.moved_back(record, covered),
            RecordKind::MessageReturned => self.returned(record, covered[0]),
            RecordKind::EventPublished => self.published(record, covered[0]),
            RecordKind::EventAccepted => self.accepted(record, covered[0]),
            RecordKind::RequestMade => self.requested(record, covered[0]),
            RecordKind::RequestAnswered => self.answered(record),
            RecordKind::EventDequeued => self.dequeued(record, covered[0]),
            RecordKind::RetryScheduled => self.retried(record),
            RecordKind::EventCompleted => self.completed(record),
            RecordKind::EventGivenUp => self.given_up(record),
            RecordKind::RecordWritten => self.written(record, covered[0]),
            RecordKind::RecordsRead => self.read(record, covered),
            RecordKind::BatchHeldBack => self.held_back(record, covered),
            RecordKind::BatchRetried | RecordKind::BatchSplit => self.tried_again(record, covered),
            RecordKind::CheckpointMoved => self.checkpointed(record, covered),
            RecordKind::RecordsDiscarded => self.discarded(record, covered),
            RecordKind::ObligationReturned
            | RecordKind::CallbackReturned
            | RecordKind::CallbackMissed
            | RecordKind::ExitTaken
            | RecordKind::ExitFailed
            | RecordKind::DeliveryFailed
            | RecordKind::DeliveryRefused
            | RecordKind::DeliveryFiltered
            | RecordKind::InvocationThrottled
            | RecordKind::InvocationRefused
            | RecordKind::DeleteFailed
            | RecordKind::EnvironmentStarted
            | RecordKind::FailuresReported
            | RecordKind::AnswerMalformed
            | RecordKind::AnswerIgnored
            | RecordKind::ConcurrencyChanged
            | RecordKind::ObligationKept
            | RecordKind::RunEnded
            | RecordKind::MessageDuplicated
            | RecordKind::FunctionRedeployed
            | RecordKind::MessageDeduplicated
            | RecordKind::StreamResharded
            | RecordKind::SettingChanged => {}
            RecordKind::MessagePeeked => self.peeked(record, covered),
            RecordKind::SendThrottled => self.write_refused(record, covered),
        }
    }

    pub(in crate::guarantee) fn queue_at(&mut self, entity: EntityId) -> &mut QueueWatch {
        &mut self.queues[usize::from(self.queue_of_entity[usize::from(entity.0)])]
    }

    /// The queue that a record's batch was received from.
    pub(in crate::guarantee) fn queue_under(&mut self, record: &Record) -> &mut QueueWatch {
        &mut self.queues[usize::from(self.batches[record.subject as usize])]
    }

    fn sent(&mut self, record: &Record, item: Covered) {
        let queue = self.queue_of_entity[usize::from(record.entity.0)];
        self.appears(record, item, queue, Appears::InPlace);
        self.joins(queue, record.subject, record.at, item, u32::from(record.value == 0));
        let state = &mut self.queues[usize::from(queue)];
        state.live += 1;
        if record.value == 0 {
            state.wait_for(1, record.at);
        }
    }

    fn available(&mut self, record: &Record, covered: &[Covered]) {
        let again = record.value != Record::AFTER_DELAY;
        let queue = self.queue_of_entity[usize::from(record.entity.0)];
        self.each_group(usize::from(queue), record.at, covered, |group, clock, _| group.returned(clock));
        let state = self.queue_at(record.entity);
        state.delivered_again |= again;
        state.wait_for(covered.len() as u32, record.at);
    }

    fn received(&mut self, record: &Record, covered: &[Covered]) {
        let count = covered.len() as u32;
        let queue = self.queue_of_entity[usize::from(record.entity.0)];
        self.of_batch(record.subject, queue);
        self.received_from_groups(usize::from(queue), record.at, covered);
        let state = self.queue_at(record.entity);
        state.waiting -= count;
        state.held += count;
        state.quantities.receives += 1;
    }

    /// What an operator looks at does not wait any more, and nobody works on it.
    fn peeked(&mut self, record: &Record, covered: &[Covered]) {
        let queue = self.queue_of_entity[usize::from(record.entity.0)];
        self.each_group(usize::from(queue), record.at, covered, |group, _, _| group.waiting -= 1);
        self.queue_at(record.entity).waiting -= covered.len() as u32;
    }

    /// The first message of each group in a receive is the one that blocks the others.
    pub(in crate::guarantee) fn received_from_groups(
        &mut self,
        queue: usize,
        at: Instant,
        covered: &[Covered],
    ) {
        self.each_group(queue, at, covered, |group, _, item| {
            if group.held == 0 {
                group.front = Some(item.event);
            }
            group.waiting -= 1;
            group.held += 1;
        });
    }

    fn redriven(&mut self, record: &Record, item: Covered) {
        let at = record.at;
        let queue = self.queue_of_entity[usize::from(record.entity.0)];
        self.each_group(usize::from(queue), at, &[item], |group, clock, _| {
            group.left(1);
            group.moved(clock);
        });
        let state = self.queue_at(record.entity);
        state.waiting -= 1;
        state.live -= 1;
        state.gave_up = true;
        state.quantities.dead_lettered += 1;
        state.moved(at);
        self.drained(record);
    }

    fn arrived(&mut self, record: &Record, item: Covered) {
        let target = self.queue_of_entity[usize::from(record.entity.0)];
        self.handed_on(record, item, Duration::from_micros(record.value));
        if record.value > 0 {
            let group = self.events[item.event.0 as usize].group;
            self.joins(target, group, record.at, item, 1);
            let state = &mut self.queues[usize::from(target)];
            state.live += 1;
            state.wait_for(1, record.at);
        }
    }

    fn moved_back(&mut self, record: &Record, covered: &[Covered]) {
        let queue = self.queue_of_entity[usize::from(record.entity.0)];
        self.each_group(usize::from(queue), record.at, covered, |group, clock, _| {
            group.left(1);
            group.moved(clock);
        });
        let state = self.queue_at(record.entity);
        state.live -= 1;
        state.waiting -= 1;
        state.moved(record.at);
    }

    /// What an operator sends back counts anew.
    fn returned(&mut self, record: &Record, item: Covered) {
        let event = &mut self.events[item.event.0 as usize];
        event.processed = false;
        event.deliveries = 0;
        let (queue, group) = (self.queue_of_entity[usize::from(record.entity.0)], event.group);
        self.joins(queue, group, record.at, item, u32::from(record.value == 0));
        let state = self.queue_at(record.entity);
        state.live += 1;
        if record.value == 0 {
            state.wait_for(1, record.at);
        }
    }

    fn expired(&mut self, record: &Record, covered: &[Covered]) {
        let (queue, waited) =
            (self.queue_of_entity[usize::from(record.entity.0)], u32::from(record.value > 0));
        self.each_group(usize::from(queue), record.at, covered, |group, _, _| group.left(waited));
        self.gone_from_lanes(record, covered);
        let state = self.queue_at(record.entity);
        state.live -= 1;
        state.gave_up = true;
        state.waiting -= waited;
        self.drained(record);
    }

    /// Notes how long it took after the faults, if the queue is empty now and was not then.
    pub(in crate::guarantee) fn drained(&mut self, record: &Record) {
        let Some(stopped) = self.faults_stopped else { return };
        let state = self.queue_at(record.entity);
        if state.live == 0 && state.backlog > 0 {
            let drain = &mut state.quantities.longest_drain;
            *drain = (*drain).max(record.at.since(stopped));
        }
    }

    fn deleted(&mut self, record: &Record, covered: &[Covered]) {
        let at = record.at;
        let queue = self.queue_of_entity[usize::from(record.entity.0)];
        self.each_group(usize::from(queue), at, covered, |group, clock, _| {
            group.left(0);
            group.moved(clock);
        });
        let per_delete = self.per_delete;
        let state = self.queue_at(record.entity);
        state.live -= covered.len() as u32;
        state.waiting -= record.value as u32;
        state.quantities.deletes += u64::from((covered.len() as u32).div_ceil(per_delete));
        state.moved(at);
        self.drained(record);
    }

    /// A receive and a delete at once.
    fn filtered(&mut self, record: &Record, covered: &[Covered]) {
        let (at, count) = (record.at, covered.len() as u32);
        let state = self.queue_at(record.entity);
        state.live -= count;
        state.waiting -= count;
        state.quantities.filtered += u64::from(count);
        state.moved(at);
        self.drained(record);
    }

    fn released(&mut self, record: &Record, covered: &[Covered]) {
        let queue = usize::from(self.batches[record.subject as usize]);
        self.each_group(queue, record.at, covered, |group, _, _| group.held -= 1);
        self.queue_under(record).held -= covered.len() as u32;
    }

    fn started(&mut self, record: &Record, covered: &[Covered]) {
        let mut worst = 0;
        for item in covered {
            let event = &mut self.events[item.event.0 as usize];
            event.running += 1;
            event.deliveries += 1;
            worst = worst.max(event.deliveries);
        }
        let queue = usize::from(self.batches[record.subject as usize]);
        self.each_group(queue, record.at, covered, |group, clock, _| {
            group.held -= 1;
            if group.live == 1 {
                group.moved(clock);
            }
        });
        self.starts[record.subject as usize] = record.at;
        self.started_in_lane(queue, record.at, covered);
        let state = self.queue_under(record);
        state.held -= covered.len() as u32;
        state.delivered = true;
        state.quantities.invocations += 1;
        state.quantities.worst_attempts = state.quantities.worst_attempts.max(worst);
        state.moved(record.at);
    }

    fn processed(&mut self, record: &Record, covered: &[Covered]) {
        let queue = self.batches[record.subject as usize];
        let clock = self.clock(usize::from(queue), record.at);
        let Self { events, groups, queues, .. } = self;
        let (mut groups, state) =
            (groups[usize::from(queue)].as_deref_mut(), &mut queues[usize::from(queue)]);
        let mut longest = Duration::ZERO;
        for item in covered {
            let event = &mut events[item.event.0 as usize];
            if std::mem::replace(&mut event.processed, true) {
                continue;
            }
            longest = longest.max(record.at.since(event.sent));
            if let Some(groups) = &mut groups
                && event.at == queue
            {
                let group = &mut groups[event.group as usize];
                group.first_processed(clock, event.position);
                state.ordered |= group.processed > 1;
            }
        }
        state.processed = true;
        state.quantities.longest_to_process = state.quantities.longest_to_process.max(longest);
    }

    fn failed(&mut self, record: &Record, covered: &[Covered]) {
        for item in covered {
            self.events[item.event.0 as usize].failed = true;
        }
        self.blocks(record, covered);
    }

    fn ended(&mut self, record: &Record, covered: &[Covered]) {
        for item in covered {
            self.events[item.event.0 as usize].running -= 1;
        }
        let ran = record.at.since(self.starts[record.subject as usize]).as_micros();
        let memory = self.memories[usize::from(record.entity.0)];
        self.queue_under(record).quantities.memory_time += ran.div_ceil(MICROS_PER_MILLISECOND) * memory;
    }

    /// Tells every queue behind a victim that a span begins or ends which excuses standing still.
    fn span(&mut self, record: &Record, tell: impl Fn(&mut QueueWatch, Instant)) {
        if excuses(record.subject) {
            for queue in &self.consumers[usize::from(record.entity.0)] {
                tell(&mut self.queues[usize::from(*queue)], record.at);
            }
        }
    }

    fn lost(&mut self, item: Covered) {
        let home = self.events[item.event.0 as usize].home;
        self.queues[usize::from(home)].gave_up = true;
    }

    fn stopped(&mut self, record: &Record) {
        self.faults_stopped = Some(record.at);
        for queue in &mut self.queues {
            queue.backlog = queue.live;
        }
    }
}

/// Whether what it holds comes in the order of its groups or keys.
const fn keeps_order(queue: &crate::program::QueueTable) -> bool {
    queue.is_fifo() || queue.log.is_some()
}

/// Whether time in a span of this family does not count as standing still.
fn excuses(family: u32) -> bool {
    [Family::Outage, Family::Throttle, Family::ServiceError].iter().any(|excusing| *excusing as u32 == family)
}

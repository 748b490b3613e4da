//! One run: the loop over pending events, and the record of what they do.

use crate::kernel::{Arena, ChoicePoint, Chooser, Families, Family, Onward, PendingEvents};
use crate::models::RuleId;
use crate::program::{
    FunctionTable, HopTable, LogTable, MappingTable, OpenRule, Program, PushTable, QueueTable, RequestTable,
    Slot,
};
use crate::trace::{Covered, Digest, DigestChain, EntityId, EventId, Observer, Record, RecordKind};
use crate::vocabulary::{Duration, Instant};
use crate::world::archive::Archived;
use crate::world::arrivals::Arrivals;
use crate::world::batch::Batch;
use crate::world::between::Between;
use crate::world::buffer::Entry;
use crate::world::callbacks::Waits;
use crate::world::checkpoint::LaneOf;
use crate::world::fair::Tenants;
use crate::world::faults::Span;
use crate::world::groups::Groups;
use crate::world::handler::{Effects, Handler};
use crate::world::lines::Lines;
use crate::world::log::LogState;
use crate::world::moments::Targets;
use crate::world::pools::PoolState;
use crate::world::push::Transit;
use crate::world::rounds::Chains;
use crate::world::state::{Copy, EventState, EventView, Fate, FunctionState, MappingState, QueueState};
use crate::world::steps::Executions;

/// What can be due.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Due {
    /// A source sends an event.
    Send { event: u32 },
    /// A message's delay ends.
    DelayEnds { copy: u32 },
    /// The visibility timeout of some receive may have ended.
    Return,
    /// The queue hands a message out once more.
    Duplicate { queue: u16, copy: u32, receives: u32 },
    /// The retention of some message may have ended.
    Expire,
    /// Pollers of a mapping look at the queue.
    Receive { mapping: u16 },
    /// A batch stops waiting for more messages.
    WindowEnds { batch: u32, generation: u32 },
    /// Batches that found no room try again, those whose turn it is.
    Tries,
    /// A handler's sleep is over, or its invocation is.
    Resume { batch: u32, generation: u32 },
    /// A mapping's concurrency may grow.
    ScaleUp { mapping: u16 },
    /// A hop is tried again.
    Hop { transit: u32 },
    /// Lambda tries to run an event of its own queue, or a caller calls.
    Push { entry: u32 },
    /// A caller stops waiting.
    CallerStops { entry: u32, call: u32 },
    /// Whoever waits to be called back does so no longer.
    NoCallback { event: u32, number: u32 },
    /// A task hands on once more.
    HandOn { event: u32, number: u32 },
    /// An execution of a state machine has lasted as long as it may.
    ExecutionEnds { first: u32, execution: u16 },
    /// Lambda's own queue holds an event twice.
    Twin { entry: u32 },
    /// A lane of a shard is looked at.
    Look { place: u16, lane: u16, look: u32 },
    /// A mapping of Kafka may get more consumers.
    Consumers { log: u16 },
    /// The time of a tumbling window is over.
    WindowOver { place: u16, lane: u16 },
    /// A stream is resharded.
    Reshard { stream: u16, ordinal: u32 },
    /// A source delivers an event once more.
    Repeat { event: u32 },
    /// A fault begins.
    SpanBegins { span: u16 },
    /// A fault ends.
    SpanEnds { span: u16 },
    /// A function is deployed anew.
    Redeploy { function: u16 },
    /// A stated change is made.
    Change { change: u16 },
    /// A changed setting works.
    Applied { change: u16 },
    /// A mapping on a stream begins to read.
    Begins { change: u16 },
    /// A redrive goes on.
    MoveBack { change: u16, left: u32 },
    /// An operator's look goes on.
    Peek { change: u16, left: u32 },
    /// The faulty phase ends.
    FaultsStop,
}

/// The state of one run; its memory serves run after run.
#[derive(Debug, Default)]
pub struct World {
    pub(crate) pending: PendingEvents<Due>,
    pub(crate) digest: DigestChain,
    pub(crate) queue_tables: Vec<QueueTable>,
    pub(crate) mapping_tables: Vec<MappingTable>,
    pub(crate) function_tables: Vec<FunctionTable>,
    pub(crate) push_tables: Vec<PushTable>,
    pub(crate) hop_tables: Vec<HopTable>,
    pub(crate) log_tables: Vec<LogTable>,
    /// Load that comes by rule.
    pub(crate) arrivals: Arrivals,
    pub(crate) events: Arena<EventState>,
    pub(crate) copies: Arena<Copy>,
    /// What came to buses that are replayed.
    pub(crate) archived: Vec<Archived>,
    /// Copies on their way to a place.
    pub(crate) transits: Vec<Transit>,
    /// Which of them stand behind which, and what is not taken again.
    pub(crate) lines: Lines,
    /// Copies that wait to be pushed into a function.
    pub(crate) entries: Vec<Entry>,
    /// How often each retrier of a task has tried again: entry, retrier, count.
    pub(crate) retried: Vec<(u32, u16, u32)>,
    /// What executions of state machines have chosen, and when they began and their calls ended.
    pub(crate) executions: Executions,
    /// Who waits to be called back.
    pub(crate) waits: Waits,
    /// What is left for retries in the store of each caller.
    pub(crate) quotas: Vec<u32>,
    pub(crate) queues: Vec<QueueState>,
    /// The groups of each queue; empty for standard ones.
    pub(crate) groups: Vec<Groups>,
    /// Whether any sender names tenants, and the tenants of each queue.
    pub(crate) is_fair: bool,
    pub(crate) tenants: Vec<Tenants>,
    pub(crate) mappings: Vec<MappingState>,
    /// Streams as each mapping sees them.
    pub(crate) logs: Vec<LogState>,
    /// How many lanes of shards wait for room.
    pub(crate) starving: u32,
    /// How many batches do.
    pub(crate) refused: u32,
    /// How many tumbling windows are open.
    pub(crate) windows: u32,
    pub(crate) functions: Vec<FunctionState>,
    pub(crate) pools: Vec<PoolState>,
    pub(crate) batches: Vec<Batch>,
    pub(crate) free_batches: Vec<u32>,
    pub(crate) spans: Vec<Span>,
    /// The load that spans of faults can meet: all but bursts, which are faults themselves.
    pub(crate) targets: Targets,
    pub(crate) effects: Effects,
    pub(crate) scratch: Vec<Covered>,
    /// What operators have received, with the queue.
    pub(crate) looks: Vec<(u16, Vec<Covered>)>,
    /// Running invocations of functions without reservation.
    pub(crate) unreserved_active: u32,
    /// How many spans of throttling neighbours are on.
    pub(crate) throttles: u32,
    /// The earliest moment for which tries are scheduled.
    pub(crate) tries_at: Instant,
    /// The last moment whose tries are over.
    pub(crate) tried_at: Instant,
    /// The earliest moment for which expiries are scheduled.
    pub(crate) expires_at: Instant,
    /// When the first message comes back of those that were received and not deleted.
    pub(crate) returns_at: Instant,
    /// Events not sent yet.
    pub(crate) unsent: u32,
    /// Stated changes that are not over yet.
    pub(crate) unmade: u32,
    /// Events that Lambda's own queues are going to hold a second time.
    pub(crate) twins: u32,
    /// Obligations that are not decided.
    pub(crate) open: u32,
    /// Messages in queues that somebody polls.
    pub(crate) live: u32,
    pub(crate) faults_until: Instant,
    pub(crate) hits: Families,
    /// What events were sent for, where they come round.
    pub(crate) chains: Chains,
}

/// What a run came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunSummary {
    /// Its identity.
    pub digest: Digest,
    /// How many records it has.
    pub records: u64,
    /// How many items those records cover.
    pub items: u64,
    /// Obligations that were not decided when it ended.
    pub undecided: u32,
    /// When it ended.
    pub end: Instant,
}

pub(crate) struct Run<'a, C, O, H> {
    pub(crate) program: &'a Program,
    pub(crate) chooser: &'a mut C,
    pub(crate) observer: &'a mut O,
    pub(crate) handler: &'a mut H,
    pub(crate) world: &'a mut World,
    pub(crate) now: Instant,
}

impl World {
    /// A world without memory yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs `program` to its end: every obligation decided and every polled queue empty, or the settle limit reached.
    pub fn run<C: Chooser, O: Observer, H: Handler>(
        &mut self,
        program: &Program,
        chooser: &mut C,
        observer: &mut O,
        handler: &mut H,
    ) -> RunSummary {
        self.clear(program);
        Run { program, chooser, observer, handler, world: self, now: Instant::START }.execute()
    }

    /// The events of the last run; an [`EventId`] is a position here.
    pub fn events(&self) -> impl Iterator<Item = EventView> + '_ {
        (0..self.events.len()).map(|event| self.event(EventId(event as u32)))
    }

    /// One event of the last run.
    pub fn event(&self, id: EventId) -> EventView {
        let by_rule = self.arrivals.view(id.0 as usize);
        by_rule.unwrap_or_else(|| self.events[id.0 as usize].view())
    }

    /// How long the tumbling windows of a mapping on a stream were in the last run.
    pub fn tumbling_of(&self, log: usize) -> Duration {
        self.log_tables.get(log).map_or(Duration::ZERO, |table| table.tumbling)
    }

    /// The shard to which a lane of a mapping on a stream belonged in the last run.
    pub fn shard_of(&self, log: usize, lane: u32) -> u32 {
        let lane = self.logs.get(log).and_then(|state| state.lanes.get(lane as usize));
        lane.map_or(0, |lane| u32::from(lane.shard))
    }

    /// The families that did something unusual to a queue, its mappings or its events in the last run.
    pub fn hits(&self, queue: usize) -> Families {
        self.queues[queue].hits
    }

    /// The settings of queues as the last run had them.
    pub fn queue_tables(&self) -> &[QueueTable] {
        &self.queue_tables
    }

    /// Whether anything is to come, is not decided, or is left where somebody polls.
    #[inline]
    fn goes_on(&self) -> bool {
        let is_unread = self.unsent > 0 || self.open > 0 || self.live > 0;
        is_unread || self.unmade > 0 || self.twins > 0 || self.waits.is_open() || self.has_open_windows()
    }

    fn clear(&mut self, program: &Program) {
        self.pending.clear();
        self.digest.clear();
        self.queue_tables.clone_from(&program.queues);
        self.mapping_tables.clone_from(&program.mappings);
        self.function_tables.clone_from(&program.functions);
        self.events.clear();
        self.arrivals.clear();
        self.archived.clear();
        self.push_tables.clone_from(&program.network.pushes);
        self.hop_tables.clone_from(&program.network.hops);
        self.log_tables.clone_from(&program.network.logs);
        self.logs.resize_with(program.network.logs.len(), LogState::default);
        self.logs.iter_mut().for_each(LogState::clear);
        self.starving = 0;
        self.refused = 0;
        self.windows = 0;
        self.copies.clear();
        self.transits.clear();
        self.lines.clear();
        self.chains.clear();
        self.entries.clear();
        self.retried.clear();
        self.executions.clear();
        self.waits.clear();
        self.quotas.clear();
        self.quotas.extend(program.network.requests.iter().map(RequestTable::store));
        self.queues.resize_with(program.queues.len(), QueueState::default);
        self.queues.iter_mut().for_each(QueueState::clear);
        self.groups.resize_with(program.queues.len(), Groups::default);
        self.groups.iter_mut().for_each(Groups::clear);
        self.is_fair = program.has_tenants;
        self.tenants.resize_with(program.queues.len(), Tenants::default);
        self.tenants.iter_mut().for_each(Tenants::clear);
        self.mappings.resize_with(program.mappings.len(), MappingState::default);
        for (state, table) in self.mappings.iter_mut().zip(&program.mappings) {
            state.clear();
            state.denied = table.denied;
        }
        self.functions.resize_with(program.functions.len(), FunctionState::default);
        let credit = program.account.full_credit();
        for (state, table) in self.functions.iter_mut().zip(&program.functions) {
            state.clear(credit, table.ready());
        }
        self.pools.clear();
        self.pools.resize(program.pools.tables.len(), PoolState::default());
        self.free_batches.clear();
        for (index, batch) in self.batches.iter_mut().enumerate().rev() {
            batch.phase = crate::world::batch::Phase::Free;
            self.free_batches.push(index as u32);
        }
        self.spans.clear();
        self.targets.clear();
        self.looks.clear();
        self.unreserved_active = 0;
        self.throttles = 0;
        self.tries_at = Instant::NEVER;
        self.tried_at = Instant::START;
        self.expires_at = Instant::NEVER;
        self.returns_at = Instant::NEVER;
        self.unsent = 0;
        self.unmade = 0;
        self.twins = 0;
        self.open = 0;
        self.live = 0;
        self.hits = Families::NONE;
    }
}

impl<C: Chooser, O: Observer, H: Handler> Run<'_, C, O, H> {
    fn execute(mut self) -> RunSummary {
        self.resolve_unknown();
        self.prepare_mappings();
        self.prepare_logs();
        self.prepare_consumers();
        self.prepare_beginnings();
        self.plan_load();
        self.plan_faults();
        self.plan_resharding();
        self.plan_changes();
        let limit = self.world.faults_until + self.program.profile.settle_limit;
        while self.world.goes_on() {
            if self.onward() == Onward::Stop {
                return self.summary();
            }
            let comes_at = self.world.arrivals.next_at();
            if comes_at <= limit && comes_at <= self.world.pending.next_due() {
                self.come_by_rule();
                let until = self.world.pending.next_due().min(limit);
                self.come_together(until);
                continue;
            }
            let Some((due, what)) = self.world.pending.pop() else { break };
            if due > limit {
                self.now = limit;
                break;
            }
            self.now = due;
            self.dispatch(what);
        }
        self.note_waiting();
        let (rule, entity) = (self.program.profile.settle_rule, self.program.account.entity);
        let undecided = self.world.open;
        self.record(RecordKind::RunEnded, entity, rule, (0, u64::from(undecided)), 0, &[]);
        self.summary()
    }

    /// What it came to, at its end or where it is given up.
    fn summary(&mut self) -> RunSummary {
        RunSummary {
            digest: self.world.digest.finish(),
            records: self.world.digest.length(),
            items: self.world.digest.items(),
            undecided: self.world.open,
            end: self.now,
        }
    }

    /// Whether the run goes on, which searches decide that have been in its state before.
    #[inline]
    fn onward(&mut self) -> Onward {
        let Self { program, chooser, observer, world, now, .. } = self;
        chooser.onward(&Between { program, observer: &**observer, world, now: *now })
    }

    fn dispatch(&mut self, what: Due) {
        match what {
            Due::Send { event } => self.send(EventId(event)),
            Due::DelayEnds { copy } => self.delay_ends(copy),
            Due::Return => self.messages_return(),
            Due::Duplicate { queue, copy, receives } => {
                self.hand_out_again(usize::from(queue), copy, receives);
            }
            Due::Expire => self.expire(),
            Due::Receive { mapping } => self.receive(usize::from(mapping)),
            Due::WindowEnds { batch, generation } => {
                if self.is_current(batch, generation) {
                    self.window_ends(batch);
                }
            }
            Due::Tries => self.try_again(),
            Due::Resume { batch, generation } => {
                if self.is_current(batch, generation) {
                    self.resume(batch);
                }
            }
            Due::Hop { transit } => self.travel(transit as usize),
            Due::Push { entry } => self.push_due(entry),
            Due::CallerStops { entry, call } => self.caller_stops(entry, call),
            Due::NoCallback { event, number } => self.no_callback(EventId(event), number),
            Due::HandOn { event, number } => self.hand_on(EventId(event), number),
            Due::ExecutionEnds { first, execution } => self.execution_ends(EventId(first), execution),
            Due::Twin { entry } => self.twin(entry),
            Due::Repeat { event } => self.deliver_again(EventId(event)),
            Due::ScaleUp { mapping } => self.scale_up(usize::from(mapping)),
            Due::WindowOver { place, lane } => {
                self.window_over(LaneOf { place: usize::from(place), lane: usize::from(lane) });
            }
            Due::Consumers { log } => self.more_consumers(usize::from(log)),
            Due::Look { place, lane, look } => self.look(usize::from(place), usize::from(lane), look),
            Due::Reshard { stream, ordinal } => self.reshard(stream, ordinal),
            Due::SpanBegins { span } => self.span_begins(usize::from(span)),
            Due::SpanEnds { span } => self.span_ends(usize::from(span)),
            Due::Redeploy { function } => self.redeploy(usize::from(function)),
            Due::Change { change } => self.change(change),
            Due::Applied { change } => self.applied(change),
            Due::Begins { change } => self.begins(change),
            Due::MoveBack { change, left } => self.move_back(change, left),
            Due::Peek { change, left } => self.peek(change, left),
            Due::FaultsStop => self.faults_stop(),
        }
    }

    fn is_current(&self, batch: u32, generation: u32) -> bool {
        self.world.batches[batch as usize].generation == generation
    }

    /// Draws every setting that the template leaves open.
    fn resolve_unknown(&mut self) {
        for unknown in &self.program.unknowns {
            let point = ChoicePoint {
                family: Family::UnknownSetting,
                domain: unknown.domain,
                entity: unknown.entity,
                item: 0,
                ordinal: 0,
            };
            let menu = crate::kernel::Menu::OneOf(unknown.values.len() as u32);
            let choice = self.chooser.choose(&point, menu);
            if choice != menu.ordinary() {
                self.world.resolve(unknown.target, unknown.values[choice as usize]);
                self.world.hits = self.world.hits.with(Family::UnknownSetting);
                self.world.mark_all(Family::UnknownSetting);
            }
        }
    }

    /// The value of an unspecified rule for `item` of `entity`.
    #[inline]
    pub(crate) fn open_value(&mut self, rule: &OpenRule, entity: EntityId, item: u64, ordinal: u32) -> u64 {
        if !self.chooser.active(Family::Unspecified) {
            return rule.ordinary();
        }
        let entity = self.program.hash(entity);
        let point = ChoicePoint { family: Family::Unspecified, domain: rule.domain, entity, item, ordinal };
        rule.value(self.chooser.choose(&point, rule.menu))
    }

    /// Notes that a family did something unusual to a queue.
    #[inline]
    pub(crate) fn mark(&mut self, queue: usize, family: Family) {
        let hits = &mut self.world.queues[queue].hits;
        *hits = hits.with(family);
    }

    /// Whether faults still happen.
    #[inline]
    pub(crate) fn is_faulty(&self) -> bool {
        self.now < self.world.faults_until
    }

    /// Records something by the rule that fills a slot.
    #[inline]
    pub(crate) fn note(
        &mut self,
        kind: RecordKind,
        entity: EntityId,
        slot: Slot,
        (subject, value): (u32, u64),
        events: u64,
        covered: &[Covered],
    ) {
        self.record(kind, entity, self.program.rule(slot), (subject, value), events, covered);
    }

    /// Records something.
    #[inline]
    pub(crate) fn record(
        &mut self,
        kind: RecordKind,
        entity: EntityId,
        rule: RuleId,
        (subject, value): (u32, u64),
        events: u64,
        covered: &[Covered],
    ) {
        let record = Record { at: self.now, kind, entity, rule, subject, value, events };
        write(self.program, &mut self.world.digest, self.observer, &record, covered);
    }

    /// Records something about a whole batch.
    pub(crate) fn note_batch(
        &mut self,
        kind: RecordKind,
        entity: EntityId,
        rule: RuleId,
        batch: u32,
        value: u64,
    ) {
        let World { digest, batches, .. } = &mut *self.world;
        let slot = &batches[batch as usize];
        let record = Record { at: self.now, kind, entity, rule, subject: batch, value, events: slot.fold };
        write(self.program, digest, self.observer, &record, &slot.items);
    }

    /// Records something about one message.
    pub(crate) fn note_copy(
        &mut self,
        kind: RecordKind,
        entity: EntityId,
        slot: Slot,
        copy: u32,
        value: u64,
    ) {
        let state = &self.world.copies[copy as usize];
        let covered = Covered { event: state.event, copy, receives: state.receives };
        let name = self.world.events[state.event.0 as usize].name;
        self.note(kind, entity, slot, (copy, value), name, &[covered]);
    }

    /// Schedules something after a delay.
    #[inline]
    pub(crate) fn after(&mut self, delay: Duration, what: Due) {
        self.world.pending.schedule(self.now + delay, what);
    }
}

/// Adds a record to the digest and shows it to the observer.
pub(crate) fn write<O: Observer>(
    program: &Program,
    digest: &mut DigestChain,
    observer: &mut O,
    record: &Record,
    covered: &[Covered],
) {
    digest.add(record, program.hash(record.entity), program.rules.hash(record.rule), covered.len().max(1));
    observer.observe(record, covered);
}

impl World {
    /// Marks every queue.
    pub(crate) fn mark_all(&mut self, family: Family) {
        for queue in &mut self.queues {
            queue.hits = queue.hits.with(family);
        }
    }

    /// Whether an event's obligation is decided.
    pub(crate) fn decide(&mut self, event: EventId, fate: Fate) -> bool {
        let decided = self.events[event.0 as usize].decide(fate);
        self.open -= u32::from(decided);
        decided
    }
}

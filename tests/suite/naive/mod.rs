//! A second, naive writing of the standard queue, its mappings and their functions, to compare the world with.
//!
//! Lists and scans only: nothing is counted that can be counted by looking, nothing is skipped that can be waited for,
//! nothing is reused. It names the same choice points, since those are part of what a run is.
//!
//! # The specification, where the models leave an order open
//!
//! 1. **Within one instant** first come back what was received and not deleted, queue by queue, in the order of the
//!    receives; then what was scheduled for it, in the order of scheduling; then messages whose retention ends, queue by
//!    queue, the oldest first; then the regular tries of waiting batches, function by function, in the order of their
//!    first tries. What a try schedules for the same instant comes after all tries. No visibility timeout is shorter than
//!    a microsecond.
//! 2. **A waiting batch** tries again at fixed intervals from its first try, whether there is room or not. Only the
//!    first refusal is recorded. It is let go when the visibility timeout of one of its receives ends, or at its first
//!    refusal if one has ended before.
//! 3. **Pollers look** at a queue some time (the pickup) after a message can be received, a batch of their mapping is
//!    over, a message in flight has expired or the queue stops refusing, if a message waits and a poller is free or
//!    gathers. A mapping has at most one look ahead of it. What a look finds is decided when it happens.
//! 4. **The first in line** of a queue, after which looks and receives are named, is the first message that can be
//!    received.
//! 5. **A receive holds a message** from taking it until its visibility timeout ends, the queue hands the message out
//!    again, or the message leaves the queue. Messages of one receive come back together.
//! 6. **Faults end with the faulty phase**, those over a span of time too. The phase is drawn before the load, and
//!    drawn load lies within it, so that no source decides how long another one is at risk.
//! 7. **Time-outs bound crashes**: an invocation that would die later than its time-out is timed out, and no invocation
//!    gets through more events than its time allows.
//! 8. **A message group** of a FIFO queue can be received while one of its messages is in line and none is held. When
//!    that begins it lines up, behind the other groups or, where the rule says so, in front; when it ends it has lost
//!    its place. The first in line is the first message, by when it came to the queue, of the first group in line.
//! 9. **A receive of a FIFO queue** goes on with the group that it has taken from while a message of it is in line,
//!    else with the first group in line, if the rule lets it: asked for each message that would be the first of its
//!    group in the receive. Messages that move to the dead-letter queue meanwhile do not count as taken.
//! 10. **A FIFO queue looks at** so many messages that are in line or held. What can be received for the first time
//!     while there are as many stays behind, and takes the place of whatever leaves, in order.
//! 11. **A limit of calls** is a store of as many calls as it allows in its period, which fills evenly.
//! 12. **A replay** of an archive goes through the intervals of what it finds one after the other; the next one begins
//!     when everything of the one before it is out. What comes again is as bad as it was.
//! 13. The run ends with the record that decides the last obligation or empties the last polled queue, and not before
//!     what is stated to change has changed and what is held twice has been tried twice.

mod aim;
mod buffer;
mod consumers;
mod deleted;
mod entry;
mod exits;
mod fair;
mod fifo;
mod function;
mod invocation;
mod large;
mod log;
mod log_start;
mod mapping;
mod peek;
mod plan;
mod push;
mod queue;
mod read_limit;
mod replay;
mod request;
mod rounds;
mod state;
mod stated;
mod tumbling;
mod writers;

use consumers::Consumers;
pub(crate) use entry::{Entry, of_world};

use redrive::kernel::{ChoicePoint, Chooser, Domain, Family, Menu};
use redrive::models::RuleId;
use redrive::program::{
    FunctionTable, HopTable, LogTable, MappingTable, OpenRule, Program, PushTable, QueueTable, Slot,
};
use redrive::trace::{EntityId, RecordKind};
use redrive::vocabulary::{Duration, Instant};

use buffer::Waiting;
use fair::FairRecords;
use fifo::FifoRecords;
use log::{Piece, Strand};
use log_start::{Opening, Shelved};
use push::Journey;
use read_limit::Gave;
use request::Caller;
use state::{Batch, Fate, FunctionState, Message, Place, Poller, Receive, Span, What};
use writers::WriterRecords;

/// What happens in one run, naively.
pub(crate) fn run<C: Chooser>(program: &Program, chooser: &mut C) -> Vec<Entry> {
    let mut naive = Naive::new(program, chooser);
    naive.execute();
    naive.entries
}

struct Naive<'a, C> {
    program: &'a Program,
    chooser: &'a mut C,
    now: Instant,
    faults_until: Instant,
    /// What is to happen, in the order of scheduling.
    agenda: Vec<(Instant, What)>,
    entries: Vec<Entry>,
    queues: Vec<QueueTable>,
    mappings: Vec<MappingTable>,
    functions: Vec<FunctionTable>,
    /// By pool: environments that a time-out or a crash has spoilt.
    spoilt: Vec<u32>,
    pushes: Vec<PushTable>,
    hops: Vec<HopTable>,
    /// Functions without the right for what they send.
    muted: Vec<usize>,
    /// Functions that are deleted.
    gone: Vec<usize>,
    /// Streams that are.
    ended: Vec<u16>,
    logs: Vec<LogTable>,
    /// The shards of streams as each mapping reads them, and their lanes.
    pieces: Vec<Piece>,
    strands: Vec<Strand>,
    openings: Vec<Opening>,
    /// How many lanes of each mapping run at a time.
    consumers: Vec<Consumers>,
    /// Records that mappings find when they begin.
    shelf: Vec<Shelved>,
    messages: Vec<Message>,
    /// What came to channels.
    came: Vec<replay::Came>,
    receives: Vec<Receive>,
    /// Messages on their way over the hops of a route.
    journeys: Vec<Journey>,
    /// What Lambda's own queues ever held.
    waiting: Vec<Waiting>,
    /// Whoever ever waited for an answer.
    callers: Vec<Caller>,
    /// What is left for retries in the stores of clients, place by place.
    stores: Vec<u32>,
    /// Events of which something more is about to leave.
    leaving: Vec<usize>,
    batches: Vec<Batch>,
    pollers: Vec<Poller>,
    states: Vec<FunctionState>,
    spans: Vec<Span>,
    /// What a span can be aimed at.
    comings: Vec<aim::Coming>,
    fifo: FifoRecords,
    writers: WriterRecords,
    /// What shards have given, in order.
    gave: Vec<Gave>,
    fair: FairRecords,
    /// Mapping, time and bytes of every receive.
    polls: Vec<(usize, Instant, u64)>,
    /// The positions of the events that the last invocation processed.
    emitted: Vec<usize>,
    /// How many events were sent round.
    sent_round: u32,
    /// Numbers what has to be told apart by who was first.
    clock: u64,
}

impl<'a, C: Chooser> Naive<'a, C> {
    fn new(program: &'a Program, chooser: &'a mut C) -> Self {
        Self {
            program,
            chooser,
            now: Instant::START,
            faults_until: Instant::START,
            agenda: Vec::new(),
            entries: Vec::new(),
            queues: program.queues.clone(),
            mappings: program.mappings.clone(),
            functions: program.functions.clone(),
            spoilt: vec![0; program.pools.tables.len()],
            pushes: program.network.pushes.clone(),
            hops: program.network.hops.clone(),
            muted: Vec::new(),
            ended: Vec::new(),
            gone: Vec::new(),
            logs: program.network.logs.clone(),
            pieces: Vec::new(),
            strands: Vec::new(),
            openings: Vec::new(),
            consumers: Vec::new(),
            shelf: Vec::new(),
            journeys: Vec::new(),
            waiting: Vec::new(),
            callers: Vec::new(),
            stores: Vec::new(),
            leaving: Vec::new(),
            messages: Vec::new(),
            came: Vec::new(),
            receives: Vec::new(),
            batches: Vec::new(),
            pollers: Vec::new(),
            states: program.functions.iter().map(|_| FunctionState::new()).collect(),
            spans: Vec::new(),
            comings: Vec::new(),
            fifo: FifoRecords::default(),
            writers: WriterRecords::default(),
            gave: Vec::new(),
            fair: FairRecords::default(),
            polls: Vec::new(),
            emitted: Vec::new(),
            sent_round: 0,
            clock: 0,
        }
    }

    fn execute(&mut self) {
        self.resolve_unknown();
        self.prepare_pollers();
        self.fill_stores();
        self.prepare_logs();
        self.prepare_consumers();
        self.prepare_openings();
        self.plan_load();
        self.plan_faults();
        self.plan_resharding();
        self.plan_changes();
        let limit = self.faults_until + self.program.profile.settle_limit;
        while !self.is_over() {
            let Some(next) = self.next() else { break };
            if next.0 > limit {
                self.now = limit;
                break;
            }
            self.now = next.0;
            self.note_busy();
            match next.1 {
                Turn::Scheduled(index) => {
                    let (_, what) = self.agenda.remove(index);
                    self.happen(what);
                }
                Turn::Expiry => self.expire(),
                Turn::Tries => self.try_again(),
            }
        }
        let is_open = |message: &&Message| message.place != Place::Unsent && message.fate == Fate::Open;
        let undecided = self.first_messages().filter(is_open).count() as u64;
        let rule = self.program.profile.settle_rule;
        self.enter(RecordKind::RunEnded, self.program.account.entity, rule, undecided, &[]);
    }

    /// Nothing is to come any more, every obligation is decided, and nothing is left where somebody polls.
    fn is_over(&self) -> bool {
        let is_decided = |message: &Message| self.messages[message.event].fate != Fate::Open;
        let is_settled = |message: &Message| match message.place {
            Place::Unsent | Place::Buffered | Place::Unread | Place::Read => false,
            Place::Gone => is_decided(message),
            Place::Delayed | Place::Visible { .. } | Place::Unseen { .. } | Place::Hidden { .. } => {
                is_decided(message) && !self.queues[message.queue].is_polled()
            }
        };
        let is_change = |what: &What| {
            matches!(
                what,
                What::Change(_)
                    | What::Applied(_)
                    | What::Opens(_)
                    | What::MoveBack { .. }
                    | What::Peek { .. }
                    | What::Twin(_)
                    | What::Repeat(_)
            )
        };
        let is_windowed = self.strands.iter().any(|strand| {
            let table = &self.logs[strand.log];
            let is_called = !self.gone.contains(&usize::from(table.function));
            strand.frame.is_some() && table.enabled && !table.denied && is_called
        });
        !is_windowed
            && self.messages.iter().all(is_settled)
            && !self.agenda.iter().any(|(_, what)| is_change(what))
    }

    /// The earliest of what is scheduled, the next expiry and the next try; in this order at the same instant.
    fn next(&self) -> Option<(Instant, Turn)> {
        let returns = |what: &What| match what {
            What::VisibilityEnds(receive) => (false, self.receives[*receive].queue),
            _ => (true, 0),
        };
        let scheduled = self.agenda.iter().enumerate();
        let scheduled = scheduled.min_by_key(|(_, (due, what))| (*due, returns(what)));
        let scheduled = scheduled.map(|(index, (due, _))| (*due, Turn::Scheduled(index)));
        let expiry = self.next_expiry().map(|due| (due.max(self.now), Turn::Expiry));
        let tries = [self.next_tries(), self.next_tries_of_lanes()].into_iter().flatten().min();
        let tries = tries.map(|due| (due, Turn::Tries));
        [scheduled, expiry, tries].into_iter().flatten().min_by_key(|(due, _)| *due)
    }

    fn happen(&mut self, what: What) {
        match what {
            What::Send(message) => self.send(message),
            What::DelayEnds(message) => self.delay_ends(message),
            What::VisibilityEnds(receive) => self.visibility_ends(receive),
            What::HandedOutAgain { message, receive } => self.hand_out_again(message, receive),
            What::Look(mapping) => self.look(mapping),
            What::WindowEnds(batch) => self.window_ends(batch),
            What::InvocationEnds(batch) => self.invocation_ends(batch),
            What::Grow(mapping) => self.grow(mapping),
            What::SpanBegins(span) => self.span_begins(span),
            What::SpanEnds(span) => self.span_ends(span),
            What::Redeploy(function) => self.redeploy(function),
            What::Change(change) => self.change(change),
            What::Applied(change) => self.applied(change),
            What::Opens(change) => self.change_opens(change),
            What::MoveBack { change, left } => self.move_back(change, left),
            What::Peek { change, left } => self.peek(change, left),
            What::Hop(journey) => self.travel(journey),
            What::Turn(waiting) => self.turn(waiting),
            What::Twin(waiting) => self.twin(waiting),
            What::PatienceEnds(strand) => {
                if self.strands[strand].rests() {
                    self.rouse(strand);
                }
            }
            What::LookAtLane { strand, look } => self.look_at_lane(strand, look),
            What::MoreConsumers(log) => self.more_consumers(log),
            What::Reshard { stream, ordinal } => self.reshard(stream, ordinal),
            What::Repeat(event) => self.repeat(event),
            What::CallAgain(caller) => self.call(caller),
            What::CallerStops { caller, call } => self.caller_stops(caller, call),
            What::FaultsStop => {
                let rule = self.program.profile.settle_rule;
                self.enter(RecordKind::FaultsStopped, self.program.account.entity, rule, 0, &[]);
            }
        }
    }

    fn after(&mut self, delay: Duration, what: What) {
        self.agenda.push((self.now + delay, what));
    }

    fn is_faulty(&self) -> bool {
        self.now < self.faults_until
    }

    fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    /// A choice of a fault family.
    fn fault(&mut self, family: Family, entity: EntityId, item: u64, ordinal: u32, menu: Menu) -> u64 {
        let domain = self.program.profile.fault(family).domain;
        let entity = self.program.hash(entity);
        self.chooser.choose(&ChoicePoint { family, domain, entity, item, ordinal }, menu)
    }

    /// A choice about the load as a whole.
    fn given(&mut self, what: &str, entity: EntityId, menu: Menu) -> u64 {
        let (domain, entity) = (Domain::of(what), self.program.hash(entity));
        self.chooser.choose(&ChoicePoint { family: Family::Load, domain, entity, item: 0, ordinal: 0 }, menu)
    }

    /// What an unspecified rule comes to here.
    fn open(&mut self, rule: &OpenRule, entity: EntityId, item: u64, ordinal: u32) -> u64 {
        let (domain, entity) = (rule.domain, self.program.hash(entity));
        let point = ChoicePoint { family: Family::Unspecified, domain, entity, item, ordinal };
        rule.value(self.chooser.choose(&point, rule.menu))
    }

    /// The first message of each event.
    fn first_messages(&self) -> impl Iterator<Item = &Message> {
        self.messages
            .iter()
            .enumerate()
            .filter(|(index, message)| message.event == *index)
            .map(|(_, message)| message)
    }

    /// Whether no message of an event is left anywhere, nor is to leave.
    fn is_nowhere(&self, event: usize) -> bool {
        let is_there = |message: &Message| {
            let is_gone = message.is_doomed || matches!(message.place, Place::Gone | Place::Unsent);
            message.event == event && !is_gone
        };
        let is_under_way = |journey: &Journey| journey.event == event && !journey.is_over;
        !self.messages.iter().any(is_there)
            && !self.journeys.iter().any(is_under_way)
            && !self.leaving.contains(&event)
            && !self.is_shelved(event)
    }

    /// Records something by the rule of a slot.
    fn note(&mut self, kind: RecordKind, entity: EntityId, slot: Slot, value: u64, items: &[(usize, u32)]) {
        self.enter(kind, entity, self.program.rule(slot), value, items);
    }

    /// Records something about messages, each with the receive count it had.
    fn enter(
        &mut self,
        kind: RecordKind,
        entity: EntityId,
        rule: RuleId,
        value: u64,
        items: &[(usize, u32)],
    ) {
        let entry = Entry::new(self.now, kind, entity, rule, value, items, &self.messages);
        self.entries.push(entry);
    }

    /// Records something about one event, with what tells kinds of the record apart.
    fn tell(
        &mut self,
        kind: RecordKind,
        entity: EntityId,
        rule: RuleId,
        (subject, value): (u32, u64),
        item: (usize, u32),
    ) {
        self.enter(kind, entity, rule, value, &[item]);
        self.entries.last_mut().expect("it was entered").subject = subject;
    }

    /// Records something about one message as it is.
    fn note_message(&mut self, kind: RecordKind, entity: EntityId, slot: Slot, value: u64, message: usize) {
        let receives = self.messages[message].receives;
        self.note(kind, entity, slot, value, &[(message, receives)]);
    }
}

/// What comes next.
enum Turn {
    Scheduled(usize),
    Expiry,
    Tries,
}

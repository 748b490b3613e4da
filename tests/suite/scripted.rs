//! Runs in which exactly what a test names is unusual, and their timelines.

use std::fmt::Write as _;

use redrive::kernel::{Background, Choice, ChoicePoint, Choices, Domain, Family, Replay};
use redrive::program::Program;
use redrive::scenario::Workload;
use redrive::trace::{Record, RecordKind, StoredTrace};
use redrive::vocabulary::{Duration, Instant, NameHash};
use redrive::world::{Declared, Handler, World, event_name};

use crate::networks::Network;

/// A system with the choices that are not ordinary.
pub(crate) struct Script {
    program: Program,
    choices: Vec<Choice>,
}

/// The choices about deletes of a message are numbered from here.
const DELETES: u32 = 1 << 24;
const MICROS: u64 = 1_000;

impl Script {
    /// So many events, one every so many milliseconds, on a system with one part.
    pub(crate) fn new(network: &Network, events: u32, every: u64) -> Self {
        Self::stated(network, Workload::steady("*", events, Duration::from_millis(every)))
    }

    /// What is sent, on a system with one part.
    pub(crate) fn stated(network: &Network, load: Workload) -> Self {
        let load = Some(load);
        Self { program: Network { load, ..network.clone() }.program(), choices: Vec::new() }
    }

    fn with(
        mut self,
        family: Family,
        domain: &str,
        entity: &str,
        item: u64,
        ordinal: u32,
        value: u64,
    ) -> Self {
        let (domain, entity) = (Domain::of(domain), self.hash(entity));
        self.choices.push(Choice { point: ChoicePoint { family, domain, entity, item, ordinal }, value });
        self
    }

    fn hash(&self, name: &str) -> NameHash {
        let position = self.program.entities.iter().position(|entity| entity.as_str() == name);
        self.program.names[position.expect("the entity is in the program")]
    }

    /// The name of an event of the queue `Orders`.
    fn event(&self, event: u32) -> u64 {
        event_name(self.hash("Orders"), event)
    }

    /// A choice of a family about an event.
    fn fault(self, family: Family, entity: &str, event: u32, ordinal: u32, value: u64) -> Self {
        let item = self.event(event);
        self.with(family, family.word(), entity, item, ordinal, value)
    }

    /// The message group of an event.
    pub(crate) fn key(self, event: usize, key: u32) -> Self {
        self.adjust(|program| {
            let load = program.loads[0].as_mut().expect("the load is stated");
            load.events = load.each().collect();
            load.series.clear();
            load.events[event].key = key;
        })
    }

    /// An event has another payload than the ordinary one.
    pub(crate) fn payload(self, event: u32, class: u64) -> Self {
        let item = self.event(event);
        self.with(Family::Load, "class", "Orders", item, 1, class)
    }

    /// An event fails at every attempt.
    pub(crate) fn poison(self, event: u32) -> Self {
        self.fault(Family::Poison, "Orders", event, 0, 1)
    }

    /// An event fails at the attempt with this receive count.
    pub(crate) fn transient(self, event: u32, receives: u32) -> Self {
        self.fault(Family::TransientError, "HandleOrders", event, receives, 1)
    }

    /// The invocation whose first event is this one, received so often, takes so many milliseconds.
    pub(crate) fn slow(self, event: u32, receives: u32, millis: u64) -> Self {
        self.fault(Family::Slow, "HandleOrders", event, receives * 2, millis * MICROS)
    }

    /// That invocation runs into its time-out after so many events.
    pub(crate) fn timeout(self, event: u32, receives: u32, done: u64) -> Self {
        let hit = self.fault(Family::Timeout, "HandleOrders", event, receives * 2, 1);
        hit.fault(Family::Timeout, "HandleOrders", event, receives * 2 + 1, done)
    }

    /// That invocation's process dies after so many events.
    pub(crate) fn crash(self, event: u32, receives: u32, done: u64) -> Self {
        let hit = self.fault(Family::Crash, "HandleOrders", event, receives * 2, 1);
        hit.fault(Family::Crash, "HandleOrders", event, receives * 2 + 1, done)
    }

    /// That invocation's environment takes so many milliseconds to start.
    pub(crate) fn cold_start(self, event: u32, receives: u32, millis: u64) -> Self {
        self.fault(Family::ColdStart, "HandleOrders", event, receives * 2, millis * MICROS)
    }

    /// A message is handed out again so many milliseconds after its receive.
    pub(crate) fn duplicate(self, event: u32, receives: u32, millis: u64) -> Self {
        self.fault(Family::Duplicate, "Orders", event, receives, millis * MICROS)
    }

    /// Deleting a message with the receipt of this receive does not last.
    pub(crate) fn survives_delete(self, event: u32, receives: u32) -> Self {
        self.fault(Family::Duplicate, "Orders", event, DELETES + receives, 1)
    }

    /// A message lines up so many milliseconds behind its place.
    pub(crate) fn reorder(self, event: u32, receives: u32, millis: u64) -> Self {
        self.fault(Family::Reorder, "Orders", event, receives, millis * MICROS)
    }

    /// What an unspecified rule comes to about an event.
    pub(crate) fn open(self, rule: &str, entity: &str, event: u32, receives: u32, value: u64) -> Self {
        let item = self.event(event);
        self.with(Family::Unspecified, rule, entity, item, receives, value)
    }

    /// What an unspecified rule comes to for an entity in the whole run.
    pub(crate) fn open_for(self, rule: &str, entity: &str, value: u64) -> Self {
        self.with(Family::Unspecified, rule, entity, 0, 0, value)
    }

    /// How many seconds AWS takes to apply the first stated change of an entity.
    pub(crate) fn with_delay(self, rule: &str, entity: &str, seconds: u64) -> Self {
        self.open_for(rule, entity, Duration::from_secs(seconds).as_micros())
    }

    /// The first span of a family for an entity.
    pub(crate) fn span(self, family: Family, entity: &str, start: u64, length: u64) -> Self {
        let length = Duration::from_secs(length).as_micros();
        let start = Duration::from_secs(start).as_micros();
        let begun = self.with(family, family.word(), entity, 0, 0, length);
        begun.with(family, family.word(), entity, 0, 1, start)
    }

    /// A choice about the spans of a family for an entity: even ones are lengths, odd ones starts within a part.
    pub(crate) fn choose(self, family: Family, entity: &str, ordinal: u32, value: u64) -> Self {
        self.with(family, family.word(), entity, 0, ordinal, value)
    }

    /// How long faults may happen: 0 for five minutes, 1 for an hour, 2 for six.
    pub(crate) fn phase(self, index: u64) -> Self {
        self.with(Family::Load, "phase", "account", 0, 0, index)
    }

    /// Changes the program itself.
    pub(crate) fn adjust(mut self, change: impl FnOnce(&mut Program)) -> Self {
        change(&mut self.program);
        self
    }

    /// The records of the run.
    pub(crate) fn run(self) -> Timeline {
        self.run_with(&mut Declared)
    }

    /// The records of the run with a handler of the test's own.
    pub(crate) fn run_with(self, handler: &mut impl Handler) -> Timeline {
        let choices: Choices = self.choices.into_iter().collect();
        let (mut world, mut trace) = (World::new(), StoredTrace::default());
        let mut chooser = Replay::new(&choices, Background::Stated);
        world.run(&self.program, &mut chooser, &mut trace, handler);
        Timeline { program: self.program, world, trace }
    }
}

/// A run that has been.
pub(crate) struct Timeline {
    program: Program,
    world: World,
    trace: StoredTrace,
}

impl Timeline {
    /// One line for each record of these kinds: when, who, what, and which events, each as often as it was received.
    pub(crate) fn of(&self, kinds: &[RecordKind]) -> String {
        let mut lines = String::new();
        for (record, covered) in self.trace.iter().filter(|(record, _)| kinds.contains(&record.kind)) {
            let entity = self.program.name(record.entity).as_str();
            write!(lines, "{} {entity} {}", clock(record.at), words(record)).expect("text takes it");
            for item in covered {
                write!(lines, " {}@{}", self.world.event(item.event).ordinal, item.receives)
                    .expect("text takes it");
            }
            lines.push('\n');
        }
        lines
    }

    /// The records of one kind with the events they cover.
    pub(crate) fn records(&self, kind: RecordKind) -> Vec<(Record, Vec<u32>)> {
        let all = self.trace.iter().filter(|(record, _)| record.kind == kind);
        let ordinal = |item: &redrive::trace::Covered| self.world.event(item.event).ordinal;
        all.map(|(record, covered)| (*record, covered.iter().map(ordinal).collect())).collect()
    }

    /// The most invocations that ran at the same time.
    pub(crate) fn most_at_once(&self) -> u32 {
        let (mut running, mut most) = (0, 0);
        for (record, _) in self.trace.iter() {
            match record.kind {
                RecordKind::InvocationStarted => running += 1,
                RecordKind::InvocationEnded => running -= 1,
                _ => {}
            }
            most = most.max(running);
        }
        most
    }

    /// These records happened exactly so.
    pub(crate) fn check(&self, kinds: &[RecordKind], expected: &str) {
        let trimmed = expected.lines().map(str::trim).filter(|line| !line.is_empty());
        let expected: String = trimmed.flat_map(|line| [line, "\n"]).collect();
        let happened = self.of(kinds);
        assert_eq!(happened, expected, "what happened:\n{happened}\nwhat was expected:\n{expected}");
    }
}

/// Seconds and milliseconds.
fn clock(at: Instant) -> String {
    format!("{}.{:03}s", at.as_micros() / 1_000_000, at.as_micros() / 1_000 % 1_000)
}

/// What a record says, its value in words where the tests look at it.
fn words(record: &Record) -> String {
    let seconds = Duration::from_micros(record.value);
    match (record.kind, record.value) {
        (RecordKind::MessagesAvailable, Record::AFTER_DELAY) => "available after delay".to_owned(),
        (RecordKind::MessagesAvailable, Record::AFTER_VISIBILITY) => "available again".to_owned(),
        (RecordKind::MessagesAvailable, _) => "available twice".to_owned(),
        (RecordKind::InvocationEnded, Record::RETURNED) => "returned".to_owned(),
        (RecordKind::InvocationEnded, Record::THREW) => "threw".to_owned(),
        (RecordKind::InvocationEnded, Record::TIMED_OUT) => "timed out".to_owned(),
        (RecordKind::InvocationEnded, Record::CRASHED) => "crashed".to_owned(),
        (RecordKind::InvocationEnded, Record::INIT_FAILED) => "did not start".to_owned(),
        (RecordKind::ObligationLost, Record::LOST_BY_EXPIRY) => "lost by expiry".to_owned(),
        (RecordKind::ObligationLost, Record::LOST_BY_AGE) => "lost by age".to_owned(),
        (RecordKind::ObligationLost, Record::LOST_BY_FILTER) => "lost by filter".to_owned(),
        (RecordKind::ObligationLost, _) => "lost by delete".to_owned(),
        (RecordKind::MessageSent, _) => "sent".to_owned(),
        (RecordKind::MessagesReceived, _) => "received".to_owned(),
        (RecordKind::MessageRedriven, _) => "redriven".to_owned(),
        (RecordKind::MessageArrived, _) => format!("arrived for {seconds}"),
        (RecordKind::MessageExpired, 0) => "expired in flight".to_owned(),
        (RecordKind::MessageExpired, _) => "expired".to_owned(),
        (RecordKind::MessagesDeleted, _) => "deleted".to_owned(),
        (RecordKind::DeleteFailed, Record::TOO_LATE) => "not deleted any more".to_owned(),
        (RecordKind::MessagesFiltered, _) => "filtered".to_owned(),
        (RecordKind::DeleteFailed, _) => "not deleted".to_owned(),
        (RecordKind::MessageDeduplicated, _) => "known already".to_owned(),
        (RecordKind::SendThrottled, _) => "takes no more".to_owned(),
        (RecordKind::InvocationThrottled, _) => "throttled".to_owned(),
        (RecordKind::InvocationRefused, _) => "refused".to_owned(),
        (RecordKind::BatchReleased, _) => "released".to_owned(),
        (RecordKind::EnvironmentStarted, _) => format!("environment starts in {seconds}"),
        (RecordKind::InvocationStarted, _) => "started".to_owned(),
        (RecordKind::EventsProcessed, _) => "processed".to_owned(),
        (RecordKind::EventFailed, _) => "failed at".to_owned(),
        (RecordKind::FailuresReported, _) => "reported".to_owned(),
        (RecordKind::AnswerMalformed, _) => "answer malformed".to_owned(),
        (RecordKind::AnswerIgnored, _) => "answer ignored".to_owned(),
        (RecordKind::ConcurrencyChanged, limit) => format!("may run {limit}"),
        (RecordKind::ObligationKept, _) => format!("kept for {seconds}"),
        (RecordKind::MessageDuplicated, _) => "came back".to_owned(),
        (RecordKind::SpanBegan, _) => format!("suffers for {seconds}"),
        (RecordKind::SpanEnded, _) => "recovers".to_owned(),
        (RecordKind::SettingChanged, _) => "changed".to_owned(),
        (RecordKind::MessagePeeked, _) => "shown".to_owned(),
        (RecordKind::MessageMovedBack, _) => "moved back".to_owned(),
        (RecordKind::MessageReturned, _) => "has again".to_owned(),
        (kind, value) => format!("{kind:?} {value}"),
    }
}

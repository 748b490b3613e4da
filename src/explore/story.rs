//! Stories: of all records of a small run, those that concern the event that shows the violation, or the place.

use std::collections::BTreeMap;

use crate::explore::{Runner, Shown, Step, Told};
use crate::guarantee::GuaranteeName;
use crate::program::{Leaving, Program};
use crate::trace::{Covered, EntityId, EventId, Record, RecordKind, StoredTrace};
use crate::world::{EventView, World, emitted_name, event_name};

/// The story of a violation in a stored trace.
pub(crate) fn story(runner: &Runner<'_>, trace: &StoredTrace, violation: &Shown) -> Vec<Told> {
    let (program, world) = (runner.program(), runner.world());
    let mut steps: Vec<Told> = Vec::new();
    let mut is_over = false;
    for (position, (record, covered)) in trace.iter().enumerate() {
        let violates = !is_over && violation.may_be(position, record, covered);
        if !violates && !concerns(record, covered, violation.event) && !tells_the_order(record, violation) {
            continue;
        }
        is_over |= violates;
        steps.push(Told::Step(step(program, world, (record, covered), violation, Violates::from(violates))));
        if is_over && record.at > violation.at {
            break;
        }
    }
    shorten(steps)
}

/// What is out of order shows only beside what else was processed.
fn tells_the_order(record: &Record, violation: &Shown) -> bool {
    violation.is_by(GuaranteeName::Ordering) && record.kind == RecordKind::EventsProcessed
}

/// Whether a step is the one that violates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Violates {
    Yes,
    No,
}

impl From<bool> for Violates {
    fn from(flag: bool) -> Self {
        if flag { Self::Yes } else { Self::No }
    }
}

fn concerns(record: &Record, covered: &[Covered], culprit: Option<EventId>) -> bool {
    match record.kind {
        RecordKind::SpanBegan
        | RecordKind::SpanEnded
        | RecordKind::FunctionRedeployed
        | RecordKind::SettingChanged
        | RecordKind::StreamResharded
        | RecordKind::EventFailed => true,
        RecordKind::FaultsStopped | RecordKind::RunEnded | RecordKind::ConcurrencyChanged => false,
        RecordKind::EnvironmentStarted => record.value > NOTEWORTHY_START,
        RecordKind::MessageSent
        | RecordKind::EventPublished
        | RecordKind::EventAccepted
        | RecordKind::EventDequeued
        | RecordKind::RetryScheduled
        | RecordKind::EventGivenUp
        | RecordKind::EventCompleted
        | RecordKind::ExitTaken
        | RecordKind::RequestMade
        | RecordKind::RequestAnswered
        | RecordKind::ObligationReturned
        | RecordKind::CallbackReturned
        | RecordKind::CallbackMissed
        | RecordKind::ExitFailed
        | RecordKind::DeliveryFailed
        | RecordKind::DeliveryRefused
        | RecordKind::DeliveryFiltered
        | RecordKind::DeliveryGivenUp
        | RecordKind::RecordWritten
        | RecordKind::RecordsRead
        | RecordKind::BatchHeldBack
        | RecordKind::BatchRetried
        | RecordKind::BatchSplit
        | RecordKind::CheckpointMoved
        | RecordKind::RecordsDiscarded
        | RecordKind::MessagesAvailable
        | RecordKind::MessagesReceived
        | RecordKind::MessageRedriven
        | RecordKind::MessageArrived
        | RecordKind::MessageExpired
        | RecordKind::MessagesDeleted
        | RecordKind::MessagesFiltered
        | RecordKind::DeleteFailed
        | RecordKind::InvocationThrottled
        | RecordKind::InvocationRefused
        | RecordKind::BatchReleased
        | RecordKind::InvocationStarted
        | RecordKind::EventsProcessed
        | RecordKind::InvocationEnded
        | RecordKind::FailuresReported
        | RecordKind::AnswerMalformed
        | RecordKind::AnswerIgnored
        | RecordKind::ObligationKept
        | RecordKind::ObligationLost
        | RecordKind::MessageDuplicated
        | RecordKind::MessageDeduplicated
        | RecordKind::SendThrottled
        | RecordKind::MessagePeeked
        | RecordKind::MessageMovedBack
        | RecordKind::MessageReturned => {
            culprit.is_none_or(|culprit| covered.iter().any(|item| item.event == culprit))
        }
    }
}

/// Starts of environments that take less than a second, in microseconds, are not worth telling.
const NOTEWORTHY_START: u64 = 1_000_000;

fn step(
    program: &Program,
    world: &World,
    (record, covered): (&Record, &[Covered]),
    violation: &Shown,
    violates: Violates,
) -> Step {
    Step {
        at: record.at,
        kind: record.kind,
        entity: record.entity,
        rule: record.rule,
        value: record.value,
        subject: record.subject,
        events: covered.iter().map(|item| (event_label(program, world, item.event), item.receives)).collect(),
        culprit: violation.event.is_some_and(|event| covered.iter().any(|item| item.event == event)),
        violates: violates == Violates::Yes,
    }
}

/// An event as `Queue.ordinal`; one that a handler sent comes behind the one that it was sent for: `Orders.3~Bills.0`.
/// What goes round is counted: `Orders.3~Orders.0×16`.
pub fn event_label(program: &Program, world: &World, event: EventId) -> String {
    let view = world.event(event);
    let own = |view: &EventView| (view.source, view.ordinal);
    let (mut rounds, mut before) = (1, view.parent);
    while let Some(parent) = before.map(|parent| world.event(parent)).filter(|one| own(one) == own(&view))
        && parent.parent.is_some()
    {
        (rounds, before) = (rounds + 1, parent.parent);
    }
    let source = program.name(program.source(usize::from(view.source)));
    let counted = if rounds > 1 { format!("×{rounds}") } else { String::new() };
    let own = format!("{source}.{}{counted}", numbered(&view));
    match before {
        None => own,
        Some(parent) => format!("{}~{own}", event_label(program, world, parent)),
    }
}

/// Which of the events of its source it is; what Lambda sends for an event has no number.
fn numbered(view: &EventView) -> String {
    match (view.parent, view.ordinal) {
        (Some(_), Leaving::RECORD) => "record".to_owned(),
        (Some(_), Leaving::OBJECT) => "object".to_owned(),
        (Some(_) | None, ordinal) => ordinal.to_string(),
    }
}

/// The events of a run by their names.
pub(crate) struct EventNames<'a> {
    program: &'a Program,
    world: &'a World,
    own: BTreeMap<u64, EventView>,
    /// By the name that all share who are owed the same event; the first of them.
    published: BTreeMap<u64, EventView>,
}

impl<'a> EventNames<'a> {
    pub(crate) fn of(program: &'a Program, world: &'a World) -> Self {
        let (mut own, mut published) = (BTreeMap::new(), BTreeMap::new());
        for event in world.events() {
            own.entry(event.name).or_insert(event);
            if event.route.is_some() {
                let channel = program.hash(program.source(usize::from(event.source)));
                let name = match event.parent {
                    None => event_name(channel, event.ordinal),
                    Some(parent) => emitted_name(world.event(parent).name, channel, event.ordinal),
                };
                published.entry(name).or_insert(event);
            }
        }
        Self { program, world, own, published }
    }

    /// What an event's name is made of: what it came into with its number, behind that of the event that it was sent
    /// for, and before the last link of its way where it has one. An event that several consumers are owed is named
    /// without that link; nothing where no event of the run has the name.
    pub(crate) fn path(&self, name: u64) -> Vec<(EntityId, u32)> {
        if let Some(event) = self.own.get(&name) {
            return path_of(self.program, self.world, *event);
        }
        let Some(event) = self.published.get(&name) else { return Vec::new() };
        let mut path = path_of(self.program, self.world, *event);
        path.pop();
        path
    }
}

fn path_of(program: &Program, world: &World, event: EventView) -> Vec<(EntityId, u32)> {
    let mut path = event.parent.map_or_else(Vec::new, |parent| path_of(program, world, world.event(parent)));
    path.push((program.source(usize::from(event.source)), event.ordinal));
    path.extend(event.route.map(|route| (program.network.routes[usize::from(route)].entity, 0)));
    path
}

/// A long story keeps its beginning and its end.
fn shorten(steps: Vec<Told>) -> Vec<Told> {
    if steps.len() <= FIRST + LAST + 1 {
        return steps;
    }
    let omitted = steps.len() - FIRST - LAST;
    let mut short: Vec<Told> = steps[..FIRST].to_vec();
    short.push(Told::Omitted(omitted));
    short.extend_from_slice(&steps[steps.len() - LAST..]);
    short
}

const FIRST: usize = 14;
const LAST: usize = 8;

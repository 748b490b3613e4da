//! What happened, by names instead of ids.

use crate::face::names::Moment;
use crate::face::{Event, Events};
use crate::kernel::Family;
use crate::trace::{Record, RecordKind, read_kinds};
use crate::vocabulary::Duration;

/// One record of a run in names.
///
/// ```
/// use redrive::prelude::*;
/// let gentle = always("nothing is given up before its third receive", |view| match view.what() {
///     What::GivenUp { event, .. } => event.attempt() >= 3,
///     _ => true,
/// });
/// assert_eq!(gentle.name(), "nothing is given up before its third receive");
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum What<'a> {
    /// A queue accepted an event.
    Sent {
        /// The queue.
        queue: &'a str,
        /// The event.
        event: Event<'a>,
    },
    /// Messages can be received, or again.
    Available {
        /// The queue.
        queue: &'a str,
        /// The events.
        events: Events<'a>,
    },
    /// A shard took a record, as one mapping on its stream sees it.
    Written {
        /// The mapping.
        mapping: &'a str,
        /// The event.
        event: Event<'a>,
    },
    /// A mapping takes records of a stream to run them.
    Read {
        /// The mapping.
        mapping: &'a str,
        /// The events.
        events: Events<'a>,
    },
    /// The checkpoint of a mapping on a stream moves behind records.
    Passed {
        /// The mapping.
        mapping: &'a str,
        /// The events.
        events: Events<'a>,
    },
    /// A mapping on a stream gives records up.
    Discarded {
        /// The mapping.
        mapping: &'a str,
        /// The events.
        events: Events<'a>,
    },
    /// Pollers took messages.
    Received {
        /// The queue.
        queue: &'a str,
        /// The events.
        events: Events<'a>,
    },
    /// An invocation begins.
    Started {
        /// The function.
        function: &'a str,
        /// The events of its batch.
        events: Events<'a>,
    },
    /// A function has done the work of events.
    Processed {
        /// The function.
        function: &'a str,
        /// The events.
        events: Events<'a>,
    },
    /// A function failed at events.
    Failed {
        /// The function.
        function: &'a str,
        /// The events.
        events: Events<'a>,
        /// The family of faults behind it; nothing where its own code failed.
        by: Option<Family>,
    },
    /// An invocation ended.
    Ended {
        /// The function.
        function: &'a str,
        /// The events of its batch.
        events: Events<'a>,
        /// How.
        how: Ending,
    },
    /// Messages were deleted.
    Deleted {
        /// The queue.
        queue: &'a str,
        /// The events.
        events: Events<'a>,
    },
    /// A poller deleted messages that its mapping's filter does not want.
    Filtered {
        /// The queue.
        queue: &'a str,
        /// The events.
        events: Events<'a>,
    },
    /// A message was received too often and leaves for a dead-letter queue.
    GivenUp {
        /// The queue that gives it up.
        queue: &'a str,
        /// The event.
        event: Event<'a>,
    },
    /// A dead-letter queue took a message.
    DeadLettered {
        /// The dead-letter queue.
        queue: &'a str,
        /// The event.
        event: Event<'a>,
        /// How long it can be read there.
        left: Duration,
    },
    /// An operator received messages without deleting them.
    Peeked {
        /// The queue.
        queue: &'a str,
        /// The events.
        events: Events<'a>,
    },
    /// An operator's redrive took a message out of a dead-letter queue.
    MovedBack {
        /// The dead-letter queue.
        queue: &'a str,
        /// The event.
        event: Event<'a>,
    },
    /// A redriven message is in its source again.
    Returned {
        /// The source.
        queue: &'a str,
        /// The event.
        event: Event<'a>,
    },
    /// A message's retention ended.
    Expired {
        /// The queue.
        queue: &'a str,
        /// The event.
        event: Event<'a>,
    },
    /// An event is lost.
    Lost {
        /// The queue that held its last copy.
        queue: &'a str,
        /// The event.
        event: Event<'a>,
    },
    /// A fault over a span of time begins.
    FaultBegan {
        /// What it hits.
        target: &'a str,
        /// The family.
        family: Option<Family>,
        /// How long it lasts.
        length: Duration,
    },
    /// Load and faults stop.
    FaultsStopped,
    /// The run is over.
    RunEnded {
        /// So many events have no fate yet.
        undecided: u64,
    },
    /// Anything else.
    Other {
        /// What.
        kind: RecordKind,
        /// To whom.
        entity: &'a str,
        /// The events that it is about.
        events: Events<'a>,
    },
}

/// How an invocation ended.
///
/// ```
/// use redrive::face::Ending;
/// use redrive::prelude::*;
/// let system = Topology::from_template("examples/orders/template.yaml").unwrap();
/// let in_time = always("no invocation times out", |view| match view.what() {
///     What::Ended { how, .. } => how != Ending::TimedOut,
///     _ => true,
/// });
/// let outcome = Check::new(&system).guarantee(in_time).faults(Faults::none()).seeds(0..8).run();
/// assert!(outcome.is_held());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It returned.
    Returned,
    /// It threw.
    Threw,
    /// Its time-out stopped it.
    TimedOut,
    /// Its process died.
    Crashed,
    /// Its environment did not start.
    InitFailed,
    /// Its answer was too large.
    ResponseTooLarge,
}

impl<'a> What<'a> {
    /// What happens in a stream.
    fn of_stream(seen: Moment<'a>, other: Self) -> Self {
        let mapping = seen.program.name(seen.record.entity).as_str();
        let events = Events::new(seen);
        match seen.record.kind {
            RecordKind::RecordWritten => seen.covered.first().map_or(other, |item| Self::Written {
                mapping,
                event: Event::new(seen, item.event, item.receives),
            }),
            RecordKind::RecordsRead => Self::Read { mapping, events },
            RecordKind::CheckpointMoved => Self::Passed { mapping, events },
            RecordKind::RecordsDiscarded => Self::Discarded { mapping, events },
            _ => other,
        }
    }

    pub(crate) fn of(seen: Moment<'a>) -> Self {
        let name = seen.program.name(seen.record.entity).as_str();
        let (events, value) = (Events::new(seen), seen.record.value);
        let other = Self::Other { kind: seen.record.kind, entity: name, events };
        let one = |what: fn(&'a str, Event<'a>) -> Self| match seen.covered.first() {
            Some(item) => what(name, Event::new(seen, item.event, item.receives)),
            None => other,
        };
        let length = Duration::from_micros(value);
        match seen.record.kind {
            RecordKind::MessageSent => one(|queue, event| Self::Sent { queue, event }),
            RecordKind::MessagesAvailable => Self::Available { queue: name, events },
            read_kinds!() => Self::of_stream(seen, other),
            RecordKind::MessagesReceived => Self::Received { queue: name, events },
            RecordKind::InvocationStarted => Self::Started { function: name, events },
            RecordKind::EventsProcessed => Self::Processed { function: name, events },
            RecordKind::EventFailed => Self::Failed { function: name, events, by: family(value) },
            RecordKind::InvocationEnded => Self::Ended { function: name, events, how: Ending::of(value) },
            RecordKind::MessagesDeleted => Self::Deleted { queue: name, events },
            RecordKind::MessagesFiltered => Self::Filtered { queue: name, events },
            RecordKind::MessageRedriven => one(|queue, event| Self::GivenUp { queue, event }),
            RecordKind::MessageArrived => match one(|queue, event| Self::Expired { queue, event }) {
                Self::Expired { queue, event } => Self::DeadLettered { queue, event, left: length },
                what => what,
            },
            RecordKind::MessagePeeked => Self::Peeked { queue: name, events },
            RecordKind::MessageMovedBack => one(|queue, event| Self::MovedBack { queue, event }),
            RecordKind::MessageReturned => one(|queue, event| Self::Returned { queue, event }),
            RecordKind::MessageExpired => one(|queue, event| Self::Expired { queue, event }),
            RecordKind::ObligationLost => one(|queue, event| Self::Lost { queue, event }),
            RecordKind::SpanBegan => {
                Self::FaultBegan { target: name, family: family(u64::from(seen.record.subject)), length }
            }
            RecordKind::FaultsStopped => Self::FaultsStopped,
            RecordKind::RunEnded => Self::RunEnded { undecided: value },
            RecordKind::DeleteFailed
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
            | RecordKind::InvocationThrottled
            | RecordKind::InvocationRefused
            | RecordKind::BatchReleased
            | RecordKind::EnvironmentStarted
            | RecordKind::FailuresReported
            | RecordKind::AnswerMalformed
            | RecordKind::AnswerIgnored
            | RecordKind::ConcurrencyChanged
            | RecordKind::SpanEnded
            | RecordKind::ObligationKept
            | RecordKind::MessageDuplicated
            | RecordKind::FunctionRedeployed
            | RecordKind::MessageDeduplicated
            | RecordKind::SendThrottled
            | RecordKind::SettingChanged => other,
        }
    }
}

impl Ending {
    const fn of(value: u64) -> Self {
        match value {
            Record::THREW => Self::Threw,
            Record::TIMED_OUT => Self::TimedOut,
            Record::CRASHED => Self::Crashed,
            Record::INIT_FAILED => Self::InitFailed,
            Record::RESPONSE_TOO_LARGE => Self::ResponseTooLarge,
            _ => Self::Returned,
        }
    }
}

fn family(number: u64) -> Option<Family> {
    Family::ALL.into_iter().find(|family| *family as u64 == number)
}

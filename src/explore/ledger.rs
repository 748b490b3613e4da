//! How things stand in a run as its records tell it: what every queue holds, and what became of every event.
//!
//! Only stated properties ask for it; the catalogue's guarantees follow a run by a leaner watch of their own.

use crate::program::Program;
use crate::trace::{Covered, EntityId, EventId, Record, RecordKind, read_kinds};
use crate::vocabulary::Instant;

/// What a queue holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueLedger {
    /// Messages that wait for their delay to end.
    pub delayed: u32,
    /// Messages that can be received.
    pub waiting: u32,
    /// Messages that were received and are hidden.
    pub in_flight: u32,
}

impl QueueLedger {
    /// All messages that are in the queue.
    pub const fn holds(&self) -> u32 {
        self.delayed + self.waiting + self.in_flight
    }
}

/// What a function did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FunctionLedger {
    /// Invocations that run now.
    pub running: u32,
    /// Invocations so far.
    pub invocations: u32,
}

/// What became of an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventLedger {
    /// When it was sent; nothing before.
    pub sent: Option<Instant>,
    /// How often its work was done, by function, in the order of the first time.
    pub processed: Vec<(EntityId, u32)>,
    /// When its work was done first.
    pub processed_at: Option<Instant>,
    /// How often it was given to a running invocation.
    pub deliveries: u32,
    /// In how many invocations it is now.
    pub running: u32,
    /// When it first went to a dead-letter queue.
    pub dead_lettered: Option<Instant>,
    /// When it was lost.
    pub lost: Option<Instant>,
    /// When whoever handed it on was first told that it is not taken.
    pub refused: Option<Instant>,
}

/// How things stand in a run.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    queues: Vec<QueueLedger>,
    functions: Vec<FunctionLedger>,
    events: Vec<EventLedger>,
    copies: Vec<CopyLedger>,
    /// The position among queues or functions of each entity.
    positions: Vec<usize>,
}

/// One copy of an event.
#[derive(Clone, Copy, Debug, Default)]
struct CopyLedger {
    event: EventId,
    queue: usize,
    place: Place,
}

/// Where a copy is in its queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Gone,
    Delayed,
    Waiting,
    InFlight,
}

impl Place {
    /// Where a message is that was put into a queue with this delay.
    const fn after(delay: u64) -> Self {
        if delay == 0 { Self::Waiting } else { Self::Delayed }
    }
}

impl Ledger {
    /// The ledger of runs of a program, before the first record.
    pub fn new(program: &Program) -> Self {
        let mut positions = vec![0; program.entities.len()];
        let functions = program.functions.iter().map(|table| table.entity);
        for (index, entity) in program.queues.iter().map(|table| table.entity).enumerate() {
            positions[usize::from(entity.0)] = index;
        }
        for (index, entity) in functions.enumerate() {
            positions[usize::from(entity.0)] = index;
        }
        Self {
            queues: vec![QueueLedger::default(); program.queues.len()],
            functions: vec![FunctionLedger::default(); program.functions.len()],
            positions,
            ..Self::default()
        }
    }

    /// Back to before the first record.
    pub fn clear(&mut self) {
        self.queues.fill(QueueLedger::default());
        self.functions.fill(FunctionLedger::default());
        self.events.clear();
        self.copies.clear();
    }

    /// A queue of the program.
    pub fn queue(&self, index: usize) -> &QueueLedger {
        &self.queues[index]
    }

    /// A function of the program.
    pub fn function(&self, index: usize) -> &FunctionLedger {
        &self.functions[index]
    }

    /// An event; nothing where no record has told of it yet.
    pub fn event(&self, event: EventId) -> Option<&EventLedger> {
        self.events.get(event.0 as usize)
    }

    /// All events that records have told of.
    pub fn events(&self) -> impl Iterator<Item = (EventId, &EventLedger)> {
        let known =
            self.events.iter().enumerate().filter(|(_, event)| event.sent.or(event.refused).is_some());
        known.map(|(index, event)| (EventId(index as u32), event))
    }

    /// The events that a queue holds, in the order in which their copies came into being; each as often as it holds
    /// copies of it.
    pub fn contents(&self, queue: usize) -> impl Iterator<Item = EventId> {
        let here = move |copy: &&CopyLedger| copy.queue == queue && copy.place != Place::Gone;
        self.copies.iter().filter(here).map(|copy| copy.event)
    }

    /// Takes a record in.
    pub fn update(&mut self, record: &Record, covered: &[Covered]) {
        match record.kind {
            RecordKind::MessageSent => self.sent(record, covered),
            RecordKind::EventPublished
            | RecordKind::EventAccepted
            | RecordKind::RequestMade
            | RecordKind::RequestAnswered
            | RecordKind::RetryScheduled => self.pushed(record, covered),
            read_kinds!() => self.read(record, covered),
            RecordKind::MessagesAvailable => self.to(record, covered, Place::Waiting),
            RecordKind::MessagesReceived | RecordKind::MessagePeeked | RecordKind::EventDequeued => {
                self.to(record, covered, Place::InFlight);
            }
            RecordKind::MessageRedriven
            | RecordKind::MessageExpired
            | RecordKind::MessagesDeleted
            | RecordKind::EventGivenUp
            | RecordKind::EventCompleted
            | RecordKind::MessagesFiltered => {
                self.to(record, covered, Place::Gone);
            }
            RecordKind::MessageArrived => {
                let place = if record.value == 0 { Place::Gone } else { Place::Waiting };
                self.to(record, covered, place);
                for item in covered {
                    self.about(item).dead_lettered.get_or_insert(record.at);
                }
            }
            RecordKind::MessageMovedBack => self.to(record, covered, Place::Gone),
            RecordKind::MessageReturned => self.to(record, covered, Place::after(record.value)),
            RecordKind::InvocationStarted => self.started(record, covered),
            RecordKind::EventsProcessed => self.processed(record, covered),
            RecordKind::InvocationEnded => self.ended(record, covered),
            RecordKind::ObligationLost => {
                for item in covered {
                    self.about(item).lost.get_or_insert(record.at);
                }
            }
            RecordKind::DeliveryRefused => self.refused(record, covered),
            RecordKind::DeleteFailed
            | RecordKind::ExitTaken
            | RecordKind::ObligationReturned
            | RecordKind::CallbackReturned
            | RecordKind::CallbackMissed
            | RecordKind::ExitFailed
            | RecordKind::DeliveryFailed
            | RecordKind::DeliveryFiltered
            | RecordKind::DeliveryGivenUp
            | RecordKind::InvocationThrottled
            | RecordKind::InvocationRefused
            | RecordKind::BatchReleased
            | RecordKind::EnvironmentStarted
            | RecordKind::EventFailed
            | RecordKind::FailuresReported
            | RecordKind::AnswerMalformed
            | RecordKind::AnswerIgnored
            | RecordKind::ConcurrencyChanged
            | RecordKind::SpanBegan
            | RecordKind::SpanEnded
            | RecordKind::ObligationKept
            | RecordKind::FaultsStopped
            | RecordKind::RunEnded
            | RecordKind::MessageDuplicated
            | RecordKind::FunctionRedeployed
            | RecordKind::MessageDeduplicated
            | RecordKind::SendThrottled
            | RecordKind::SettingChanged => {}
        }
    }

    fn refused(&mut self, record: &Record, covered: &[Covered]) {
        for item in covered {
            self.about(item).refused.get_or_insert(record.at);
        }
    }

    /// What a stream does with its records.
    fn read(&mut self, record: &Record, covered: &[Covered]) {
        let place = match record.kind {
            RecordKind::RecordsRead => Place::InFlight,
            RecordKind::CheckpointMoved | RecordKind::RecordsDiscarded => Place::Gone,
            _ => Place::Waiting,
        };
        self.to(record, covered, place);
        for item in covered {
            self.about(item).sent.get_or_insert(record.at);
        }
    }

    fn sent(&mut self, record: &Record, covered: &[Covered]) {
        self.to(record, covered, Place::after(record.value));
        for item in covered {
            self.about(item).sent.get_or_insert(record.at);
        }
    }

    /// What is published, or waits to be pushed.
    fn pushed(&mut self, record: &Record, covered: &[Covered]) {
        let place = if record.kind == RecordKind::EventAccepted {
            Some(Place::Waiting)
        } else if record.kind == RecordKind::RequestMade {
            Some(Place::InFlight)
        } else if record.kind == RecordKind::RequestAnswered && record.subject & Record::FOR_GOOD != 0 {
            Some(Place::Gone)
        } else {
            (record.kind != RecordKind::EventPublished).then_some(Place::Delayed)
        };
        if let Some(place) = place {
            self.to(record, covered, place);
        }
        for item in covered {
            self.about(item).sent.get_or_insert(record.at);
        }
    }

    /// Moves copies to another place of the record's queue.
    fn to(&mut self, record: &Record, covered: &[Covered], place: Place) {
        let queue = self.positions[usize::from(record.entity.0)];
        for item in covered {
            let copy = item.copy as usize;
            if self.copies.len() <= copy {
                self.copies.resize(copy + 1, CopyLedger::default());
            }
            let now = CopyLedger { event: item.event, queue, place };
            let before = std::mem::replace(&mut self.copies[copy], now);
            if let Some(count) = self.queues[before.queue].at(before.place) {
                *count -= 1;
            }
            if let Some(count) = self.queues[queue].at(place) {
                *count += 1;
            }
        }
    }

    fn about(&mut self, item: &Covered) -> &mut EventLedger {
        let index = item.event.0 as usize;
        if self.events.len() <= index {
            self.events.resize(index + 1, EventLedger::default());
        }
        &mut self.events[index]
    }

    fn started(&mut self, record: &Record, covered: &[Covered]) {
        let function = &mut self.functions[self.positions[usize::from(record.entity.0)]];
        function.running += 1;
        function.invocations += 1;
        for item in covered {
            let event = self.about(item);
            event.deliveries += 1;
            event.running += 1;
        }
    }

    fn processed(&mut self, record: &Record, covered: &[Covered]) {
        for item in covered {
            let event = self.about(item);
            event.processed_at.get_or_insert(record.at);
            match event.processed.iter_mut().find(|(function, _)| *function == record.entity) {
                Some((_, times)) => *times += 1,
                None => event.processed.push((record.entity, 1)),
            }
        }
    }

    fn ended(&mut self, record: &Record, covered: &[Covered]) {
        self.functions[self.positions[usize::from(record.entity.0)]].running -= 1;
        for item in covered {
            self.about(item).running -= 1;
        }
    }
}

impl QueueLedger {
    fn at(&mut self, place: Place) -> Option<&mut u32> {
        match place {
            Place::Gone => None,
            Place::Delayed => Some(&mut self.delayed),
            Place::Waiting => Some(&mut self.waiting),
            Place::InFlight => Some(&mut self.in_flight),
        }
    }
}

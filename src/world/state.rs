//! What a run knows of events, their copies, queues, mappings and functions. Plain data, reused from run to run.

use std::collections::VecDeque;

use crate::kernel::{Arena, Families, Vacant};
use crate::trace::EventId;
use crate::vocabulary::{Duration, Instant, NameHash};
use crate::world::provisioned::Polls;
use crate::world::returns::Back;
use crate::world::steps::StepOver;

/// Where the obligation of an event stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Not decided.
    Open,
    /// Processed at least once.
    Processed,
    /// Kept for an operator.
    Kept,
    /// Owed to nobody: no consumer of its queue wants it.
    Unwanted,
    /// Whoever sent it was told that it failed: it is theirs again.
    Told,
    /// Neither, and no copy is left or can be read long enough.
    Lost,
    /// The same thing as an event before it: a FIFO queue took it and will not deliver it.
    Merged,
}

/// One event of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EventState {
    pub(crate) name: u64,
    /// What it came into, as the program numbers its sources.
    pub(crate) source: u16,
    /// Where its consumer meets it: a position among the queues.
    pub(crate) place: u16,
    /// The route to its place that is before it; [`EventState::NO_ROUTE`] where it is sent to a queue.
    pub(crate) route: u16,
    /// Whether it has come to its place.
    pub(crate) reached: bool,
    pub(crate) fate: Fate,
    pub(crate) poisoned: bool,
    pub(crate) copies: u16,
    /// Its payload: a position in the program's classes.
    pub(crate) class: u16,
    pub(crate) ordinal: u32,
    /// Its message group, where it was sent to a FIFO queue.
    pub(crate) key: u32,
    /// What a FIFO queue tells duplicates by.
    pub(crate) deduplication: u64,
    /// The hash of the message group that its sender names on a standard queue; 0 where it names none.
    pub(crate) tenant: u64,
    /// Until when what an operator is left with can be read, wherever that is kept.
    pub(crate) readable_until: Instant,
    /// The event that it was sent for.
    pub(crate) parent: Option<EventId>,
    /// Where it stands among the calls of an execution.
    pub(crate) step: Step,
}

/// Where an event stands among the calls of an execution of a state machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// It is none of them, or one that waits for no other.
    Free,
    /// It waits for others.
    Waiting,
    /// It has begun after others.
    Begun,
    /// Its call has been made.
    Sent,
    /// It is over, or will never begin.
    Over(StepOver),
}

impl EventState {
    /// It is sent to a queue.
    pub(crate) const NO_ROUTE: u16 = u16::MAX;

    /// One that comes into a source from outside and waits for its consumer there.
    pub(crate) const fn from_outside(source: usize, class: u16) -> Self {
        let source = source as u16;
        Self { source, place: source, class, reached: false, fate: Fate::Open, ..*Self::VACANT }
    }

    /// What anybody may know of it.
    pub(crate) const fn view(&self) -> EventView {
        EventView {
            name: self.name,
            source: self.source,
            ordinal: self.ordinal,
            class: self.class,
            parent: self.parent,
            route: if self.route == Self::NO_ROUTE { None } else { Some(self.route) },
        }
    }

    /// Decides on the obligation; whether that was still open.
    #[inline]
    pub(crate) fn decide(&mut self, fate: Fate) -> bool {
        let is_open = self.fate == Fate::Open;
        if is_open {
            self.fate = fate;
        }
        is_open
    }
}

/// What anybody may know of an event after a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventView {
    /// Its stable name.
    pub name: u64,
    /// What it came into, as the program numbers its sources: a queue, or a channel.
    pub source: u16,
    /// Which event of that source, from 0; of those sent for the same parent where there is one.
    pub ordinal: u32,
    /// Its payload: a position in the program's classes.
    pub class: u16,
    /// The event that a handler sent it for; none where it came from outside.
    pub parent: Option<EventId>,
    /// The route of the program's network that it takes; none where it is sent to a queue.
    pub route: Option<u16>,
}

/// The events of a run so far.
#[derive(Clone, Copy, Debug)]
pub struct EventsView<'a>(pub(crate) &'a Arena<EventState>);

impl EventsView<'_> {
    /// One event.
    pub fn get(&self, id: EventId) -> EventView {
        self.0[id.0 as usize].view()
    }
}

impl Vacant for EventState {
    /// Nothing can happen to it any more.
    const VACANT: &'static Self = &Self {
        name: 0,
        source: 0,
        place: 0,
        route: Self::NO_ROUTE,
        reached: true,
        fate: Fate::Unwanted,
        poisoned: false,
        copies: 0,
        class: 0,
        ordinal: 0,
        key: 0,
        deduplication: 0,
        tenant: 0,
        readable_until: Instant::NEVER,
        parent: None,
        step: Step::Free,
    };
}

impl Vacant for Copy {
    const VACANT: &'static Self = &Self {
        event: EventId(0),
        queue: 0,
        origin: 0,
        state: CopyState::Gone,
        receives: 0,
        sent: Instant::START,
        lane: 0,
        vanishes: false,
    };
}

/// The stable name of a source's event.
pub const fn event_name(source: NameHash, ordinal: u32) -> u64 {
    (source.0 ^ (ordinal as u64 + 1)).wrapping_mul(EVENT_MULTIPLIER).rotate_left(EVENT_ROTATION)
}

const EVENT_MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;
const EVENT_ROTATION: u32 = 29;

/// The life of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CopyState {
    /// Waits for its delay to end.
    Delayed,
    /// Can be received.
    Available,
    /// Could be received, if a FIFO queue looked that far.
    Unseen,
    /// Received and invisible.
    InFlight,
    /// Deleted, expired or moved away.
    Gone,
}

/// One message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Copy {
    pub(crate) event: EventId,
    pub(crate) queue: u16,
    /// The queue that it was in before it was dead-lettered; its own where it was not.
    pub(crate) origin: u16,
    pub(crate) state: CopyState,
    pub(crate) receives: u32,
    pub(crate) sent: Instant,
    /// The lane of its shard, where it is a record of a stream.
    pub(crate) lane: u16,
    /// Whether it is where it vanishes before an operator can read it: it counts no more among those of its event.
    pub(crate) vanishes: bool,
}

/// A queue. The lists hold copies that may be gone since; whoever takes one checks.
#[derive(Clone, Debug, Default)]
pub(crate) struct QueueState {
    /// Copies that can be received, by rank: when they became available, later where the queue reorders. Not used by
    /// FIFO queues.
    pub(crate) available: VecDeque<(Instant, u32)>,
    /// How many messages a receive could take.
    pub(crate) visible: u32,
    pub(crate) in_flight: u32,
    /// Messages that are not gone.
    pub(crate) live: u32,
    /// Copies by the time they were first sent.
    pub(crate) by_age: VecDeque<u32>,
    /// What was received and comes back, by the time at which it does.
    pub(crate) returns: VecDeque<Back>,
    pub(crate) refuses: bool,
    pub(crate) poisoned: u32,
    pub(crate) hits: Families,
}

impl QueueState {
    pub(crate) fn clear(&mut self) {
        self.available.clear();
        self.by_age.clear();
        self.returns.clear();
        *self = Self {
            available: std::mem::take(&mut self.available),
            by_age: std::mem::take(&mut self.by_age),
            returns: std::mem::take(&mut self.returns),
            ..Self::default()
        };
    }

    /// Puts a copy where its rank says; later ones of equal rank come behind.
    #[inline]
    pub(crate) fn make_available(&mut self, rank: Instant, copy: u32) {
        self.visible += 1;
        if self.available.back().is_none_or(|last| last.0 <= rank) {
            return self.available.push_back((rank, copy));
        }
        let mut place = self.available.len() - 1;
        while place > 0 && self.available[place - 1].0 > rank {
            place -= 1;
        }
        self.available.insert(place, (rank, copy));
    }
}

/// An event source mapping.
#[derive(Clone, Debug, Default)]
pub(crate) struct MappingState {
    /// How many batches it may have at once.
    pub(crate) limit: u32,
    /// Batches being put together, waiting for room, or running.
    pub(crate) active: u32,
    pub(crate) receive_scheduled: bool,
    pub(crate) scale_scheduled: bool,
    /// Whether it may not read its queue any more.
    pub(crate) denied: bool,
    /// Batches being put together, oldest first.
    pub(crate) gathering: Vec<u32>,
    pub(crate) scale_step: Duration,
    pub(crate) retry_delay: Duration,
    pub(crate) step_down: u32,
    /// Whether a 5xx ends a batch; drawn when there is one.
    pub(crate) gives_up: Option<bool>,
    /// What its pollers did of late, in provisioned mode.
    pub(crate) polls: Polls,
}

impl MappingState {
    /// Ready for another run, in which it may read its queue or not.
    pub(crate) fn clear(&mut self) {
        self.gathering.clear();
        self.polls.clear();
        let (gathering, polls) = (std::mem::take(&mut self.gathering), std::mem::take(&mut self.polls));
        *self = Self { gathering, polls, ..Self::default() };
    }
}

/// A function.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says whether something befell it, independent of the others"
)]
#[derive(Clone, Debug, Default)]
pub(crate) struct FunctionState {
    /// Running invocations.
    pub(crate) active: u32,
    /// Idle environments.
    pub(crate) warm: u32,
    /// Batches that found no room, in the order of their first try.
    pub(crate) waiting: Vec<u32>,
    /// Environments that may be started at once, in millionths.
    pub(crate) start_credit: u64,
    pub(crate) credit_at: Instant,
    pub(crate) in_outage: bool,
    pub(crate) slowdown: u32,
    pub(crate) refuses: bool,
    /// Whether it lacks a permission for what it sends, so that its handler fails when it does.
    pub(crate) may_not_send: bool,
    /// Whether it has been deleted.
    pub(crate) deleted: bool,
}

impl FunctionState {
    /// Ready for another run, in which it may start as many environments at once as its credit says.
    pub(crate) fn clear(&mut self, start_credit: u64, warm: u32) {
        self.waiting.clear();
        let waiting = std::mem::take(&mut self.waiting);
        *self = Self { waiting, warm, slowdown: 1, start_credit, ..Self::default() };
    }
}

//! What the naive world knows: plain lists of everything that ever was.

use redrive::kernel::Family;
use redrive::vocabulary::{Duration, Instant};

/// What is to happen.
#[derive(Clone, Copy, Debug)]
pub(super) enum What {
    Send(usize),
    DelayEnds(usize),
    VisibilityEnds(usize),
    HandedOutAgain {
        message: usize,
        receive: usize,
    },
    Look(usize),
    WindowEnds(usize),
    InvocationEnds(usize),
    Grow(usize),
    SpanBegins(usize),
    SpanEnds(usize),
    Redeploy(usize),
    Change(usize),
    Applied(usize),
    /// A mapping on a stream begins to read.
    Opens(usize),
    MoveBack {
        change: usize,
        left: u32,
    },
    Peek {
        change: usize,
        left: u32,
    },
    /// A journey's hop is tried.
    Hop(usize),
    /// The turn of an entry of Lambda's own queue.
    Turn(usize),
    /// Such an entry comes a second time.
    Twin(usize),
    /// Nobody waits for more records of a window.
    PatienceEnds(usize),
    /// A lane of a shard is looked at, if that is still the plan.
    LookAtLane {
        strand: usize,
        look: u64,
    },
    /// A mapping may get more consumers.
    MoreConsumers(usize),
    Reshard {
        stream: usize,
        ordinal: u32,
    },
    /// The source of an event delivers it a second time.
    Repeat(usize),
    /// A caller calls again.
    CallAgain(usize),
    /// A caller does not wait for a call any longer.
    CallerStops {
        caller: usize,
        call: u32,
    },
    FaultsStop,
}

/// Where the obligation of an event ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Open,
    Processed,
    Kept,
    /// No consumer of its queue wants it.
    Unwanted,
    Lost,
    /// The same as an event before it.
    Merged,
    /// Its caller knows that it failed.
    Told,
}

/// Where a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Unsent,
    Delayed,
    /// In line at this rank, and behind those of equal rank with a smaller number.
    Visible {
        rank: Instant,
        number: u64,
    },
    /// Behind all that its queue looks at, in this order.
    Unseen {
        number: u64,
    },
    /// Held by this receive.
    Hidden {
        receive: usize,
    },
    /// In Lambda's own queue, waiting or running.
    Buffered,
    /// In a stream, waiting.
    Unread,
    /// In a stream, running.
    Read,
    Gone,
}

/// An event with its first message, or another message of the same event.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) source: usize,
    pub(super) ordinal: u32,
    pub(super) name: u64,
    pub(super) fate: Fate,
    pub(super) poisoned: bool,
    /// Which payload it has, counted over all sources.
    pub(super) class: u16,
    /// Which payload of its source that is.
    pub(super) payload: u16,
    pub(super) queue: usize,
    /// The queue that it was dead-lettered from; its own before that.
    pub(super) origin: usize,
    pub(super) place: Place,
    pub(super) receives: u32,
    pub(super) last_receive: Option<usize>,
    pub(super) sent: Instant,
    /// When it came to its queue, as a number.
    pub(super) came: u64,
    /// Its message group.
    pub(super) key: u32,
    pub(super) deduplication: u64,
    /// The first message of its event, which holds what the event came to.
    pub(super) event: usize,
    /// Where the consumer meets it to whom the event is owed.
    pub(super) owed: usize,
    /// The route from its channel to there.
    pub(super) route: Option<usize>,
    /// Whether it lies where it vanishes before an operator can read it.
    pub(super) is_doomed: bool,
    /// Whether that route is behind it.
    pub(super) reached: bool,
    /// The message group that its sender names on a standard queue, as a hash.
    pub(super) tenant: Option<u64>,
    /// The lane that it was written to.
    pub(super) lane: Option<usize>,
    /// Until when what tells of it means anything.
    pub(super) readable_until: Option<Instant>,
    /// The functions that ran for what led to it, the first one first.
    pub(super) past: Vec<Ran>,
}

/// A function ran for an event and sent another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ran {
    pub(super) function: usize,
    /// Whether it sent it round.
    pub(super) is_round: bool,
    /// Whether the mark of the chain got lost on the way.
    pub(super) loses_mark: bool,
}

impl Message {
    pub(super) fn is_visible_in(&self, queue: usize) -> bool {
        self.queue == queue && matches!(self.place, Place::Visible { .. })
    }
}

/// One receive: what one poller took at once.
#[derive(Clone, Debug)]
pub(super) struct Receive {
    pub(super) queue: usize,
    /// Nothing where an operator received.
    pub(super) batch: Option<usize>,
    pub(super) messages: Vec<usize>,
    pub(super) is_over: bool,
}

/// One message in a batch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken {
    pub(super) message: usize,
    pub(super) receive: usize,
    pub(super) receives: u32,
}

/// The life of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Gathering,
    /// `first` numbers the first tries.
    Waiting {
        first: u64,
        next_try: Instant,
    },
    Running,
    Over,
}

/// What stops an invocation, if not its handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Handler,
    Outage,
    TimedOut { done: usize, family: Family },
    Crashed { done: usize, family: Family },
    NotStarted,
}

/// A batch from its first message to its end.
#[derive(Clone, Debug)]
pub(super) struct Batch {
    /// Nothing where it was pushed.
    pub(super) mapping: Option<usize>,
    pub(super) function: usize,
    /// What is provisioned, where it runs on that.
    pub(super) ready: Option<usize>,
    /// The entry that is pushed.
    pub(super) entry: Option<usize>,
    /// Who waits for it, and for which call.
    pub(super) caller: Option<(usize, u32)>,
    /// The lane that it was read from.
    pub(super) strand: Option<usize>,
    pub(super) stage: Stage,
    pub(super) items: Vec<Taken>,
    /// For each item what makes it fail.
    pub(super) failing: Vec<Option<Family>>,
    pub(super) end: End,
}

impl Batch {
    /// The items with their receive counts.
    pub(super) fn covered(&self) -> Vec<(usize, u32)> {
        self.items.iter().map(|item| (item.message, item.receives)).collect()
    }
}

/// What a mapping does.
#[derive(Clone, Debug)]
pub(super) struct Poller {
    pub(super) limit: u32,
    pub(super) will_look: bool,
    pub(super) will_grow: bool,
    pub(super) denied: bool,
    pub(super) scale_step: Duration,
    pub(super) retry_delay: Duration,
    pub(super) step_down: u64,
}

/// A function.
#[derive(Clone, Debug)]
pub(super) struct FunctionState {
    /// Idle environments.
    pub(super) warm: u32,
    /// When environments were added.
    pub(super) starts: Vec<Instant>,
}

impl FunctionState {
    pub(super) fn new() -> Self {
        Self { warm: 0, starts: Vec::new() }
    }
}

/// Whom a span is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Victim {
    Function(usize),
    Queue(usize),
    Account,
}

/// A fault over a span of time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) family: Family,
    pub(super) victim: Victim,
    pub(super) length: Duration,
    pub(super) factor: u64,
    pub(super) is_on: bool,
}

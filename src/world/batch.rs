//! A batch: messages taken by one poller, on their way through one invocation.

use crate::kernel::Family;
use crate::trace::Covered;
use crate::vocabulary::{Duration, Instant};
use crate::world::tumbling::Ends;

/// The life of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// The slot is not in use.
    Free,
    /// More messages may join.
    Gathering,
    /// Closed; there is no room for its invocation yet.
    Waiting,
    /// Its invocation runs.
    Running,
    /// Over; some of its messages still wait for their visibility timeout.
    Over,
}

/// What the world does to an invocation whatever its handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The handler decides.
    Handler,
    /// It fails at once.
    Outage,
    /// The time-out stops it.
    TimedOut {
        /// After so many of its events.
        done: u32,
        /// What makes it so slow.
        family: Family,
    },
    /// The process dies.
    Crashed {
        /// After so many of its events.
        done: u32,
        /// What makes it die.
        family: Family,
    },
    /// The environment did not start in time.
    InitFailed,
}

/// One batch; its slot is reused, which the generation tells.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    pub(crate) generation: u32,
    pub(crate) phase: Phase,
    /// The mapping whose poller took it; [`Batch::PUSHED`] or [`Batch::READ`] where it is of no queue.
    pub(crate) mapping: u16,
    /// The entry that is pushed, where one is; the lane that it was read from, where it is of a stream.
    pub(crate) entry: u32,
    /// The place of its events: a position among the queues.
    pub(crate) place: u16,
    pub(crate) function: u16,
    pub(crate) items: Vec<Covered>,
    /// Where each receive's items end.
    pub(crate) receives: Vec<u32>,
    /// How many of the receives' visibility timeouts have ended.
    pub(crate) returned: u32,
    /// The names of its events, folded.
    pub(crate) fold: u64,
    pub(crate) waiting_since: Instant,
    pub(crate) running_since: Instant,
    pub(crate) ending: Ending,
    /// For each item the family that makes it fail in this attempt, or [`Batch::FINE`].
    pub(crate) failing: Vec<u8>,
    /// Whether an event of it may fail at every attempt; known to be none where records of a stream were looked at.
    pub(crate) may_be_poisoned: bool,
    pub(crate) event_duration: Duration,
    /// What is provisioned, where its invocation runs on that.
    pub(crate) pool: Option<u16>,
    /// What it ends, where it has no records.
    pub(crate) ends: Option<Ends>,
}

impl Batch {
    /// An item that does not fail.
    pub(crate) const FINE: u8 = u8::MAX;
    /// An item that is processed, of which whoever waits to be called back for it hears nothing.
    pub(crate) const FORGOTTEN: u8 = u8::MAX - 1;
    /// An item of which whoever waits to be called back for it hears that it failed.
    pub(crate) const DECLINED: u8 = u8::MAX - 2;
    /// No mapping's batch: one event, pushed into the function.
    pub(crate) const PUSHED: u16 = u16::MAX;
    /// Records of a stream.
    pub(crate) const READ: u16 = u16::MAX - 1;

    /// Whether an item fails that is marked like this.
    pub(crate) const fn fails(mark: u8) -> bool {
        !matches!(mark, Self::FINE | Self::FORGOTTEN | Self::DECLINED)
    }

    pub(crate) const fn new() -> Self {
        Self {
            generation: 0,
            phase: Phase::Free,
            mapping: 0,
            entry: 0,
            place: 0,
            function: 0,
            items: Vec::new(),
            receives: Vec::new(),
            returned: 0,
            fold: 0,
            waiting_since: Instant::START,
            running_since: Instant::START,
            ending: Ending::Handler,
            failing: Vec::new(),
            may_be_poisoned: true,
            event_duration: Duration::ZERO,
            pool: None,
            ends: None,
        }
    }

    /// Empties the slot for a mapping that polls `place` for `function`.
    pub(crate) fn open(&mut self, mapping: u16, place: u16, function: u16) {
        self.phase = Phase::Gathering;
        self.mapping = mapping;
        self.place = place;
        self.function = function;
        self.items.clear();
        self.receives.clear();
        self.failing.clear();
        self.may_be_poisoned = true;
        self.returned = 0;
        self.fold = 0;
        self.ending = Ending::Handler;
        self.ends = None;
    }

    /// Empties the slot for an entry that is pushed.
    pub(crate) fn open_push(&mut self, entry: u32, place: u16, function: u16) {
        self.open(Self::PUSHED, place, function);
        self.entry = entry;
    }

    /// Empties the slot for records of a lane.
    pub(crate) fn open_read(&mut self, lane: u32, place: u16, function: u16) {
        self.open(Self::READ, place, function);
        self.entry = lane;
    }

    /// Empties the slot for the end of a lane's window.
    pub(crate) fn open_end(&mut self, lane: u32, place: u16, function: u16, ends: Ends) {
        self.open_read(lane, place, function);
        self.ends = Some(ends);
    }

    /// Whether it is records of a stream.
    pub(crate) const fn is_read(&self) -> bool {
        self.mapping == Self::READ
    }

    /// Whether it is one event that was pushed, and not a batch of messages that were polled.
    pub(crate) const fn is_pushed(&self) -> bool {
        self.mapping == Self::PUSHED
    }

    /// The range of a receive's items.
    pub(crate) fn receive(&self, index: u32) -> std::ops::Range<usize> {
        let start = if index == 0 { 0 } else { self.receives[index as usize - 1] as usize };
        start..self.receives[index as usize] as usize
    }
}

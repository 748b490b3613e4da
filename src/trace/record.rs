//! One entry of a trace.

use crate::vocabulary::{Instant, RuleId};

/// An entity's dense number in its program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityId(pub u16);

/// An event's dense number in its run: the order of its first appearance. Its name is what choices and digests use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(pub u32);

/// One item that a record covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Covered {
    /// The event.
    pub event: EventId,
    /// The copy of it, a dense number in the run.
    pub copy: u32,
    /// The copy's receive count when it was taken, 0 before the first receive.
    pub receives: u32,
}

/// What happened. The discriminants are part of the digest and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum RecordKind {
    /// The queue accepted a message; `value` is the delay in microseconds, `subject` its group on a FIFO queue.
    MessageSent = 0,
    /// Messages can be received (again); `value` tells why, see [`Record::AFTER_DELAY`] and its neighbours.
    MessagesAvailable = 1,
    /// A poller took messages; `subject` is the batch, `value` the visibility timeout in microseconds.
    MessagesReceived = 2,
    /// A message went to its dead-letter queue; `value` is the hash of the name of that queue.
    MessageRedriven = 3,
    /// A dead-letter queue took a message; `value` is how long it keeps it, in microseconds.
    MessageArrived = 4,
    /// A message's retention ended; `value` is 1 where it was waiting to be received, 0 where it was in flight, and
    /// [`Record::WITH_ITS_STREAM`] where it did not end and its stream is gone.
    MessageExpired = 5,
    /// Messages of a batch were deleted; `value` is how many of them could already be received again.
    MessagesDeleted = 6,
    /// Deleting messages of a batch failed; `value` is [`Record::TOO_LATE`] where they had come back.
    DeleteFailed = 7,
    /// An invocation was refused (429); `value` is when it is tried again, in microseconds between tries.
    InvocationThrottled = 8,
    /// An invocation got a 5xx; `value` as for throttles.
    InvocationRefused = 9,
    /// A batch that found no room was let go.
    BatchReleased = 10,
    /// An execution environment starts; `value` is the time that takes, in microseconds.
    EnvironmentStarted = 11,
    /// An invocation runs; `value` is how long it will at most, in microseconds.
    InvocationStarted = 12,
    /// The handler has done the work of these events; they are processed.
    EventsProcessed = 13,
    /// The handler failed at this event; `value` is the family that made it fail.
    EventFailed = 14,
    /// An invocation ended; `value` is an [`Record::RETURNED`] and neighbours, a reported failure list counts as returned.
    InvocationEnded = 15,
    /// The mapping read a list of failures in the answer; covers those that were listed.
    FailuresReported = 16,
    /// The mapping could not use the answer; the whole batch counts as failed.
    AnswerMalformed = 17,
    /// The answer named failures, but the mapping was not asked to read it.
    AnswerIgnored = 18,
    /// The number of concurrent invocations of a mapping changed to `value`.
    ConcurrencyChanged = 19,
    /// A fault begins; `value` is its length in microseconds, `subject` its family.
    SpanBegan = 20,
    /// A fault ends; `subject` is its family.
    SpanEnded = 21,
    /// An event is kept for an operator; `value` is for how long, in microseconds.
    ObligationKept = 22,
    /// An event is lost; `value` is a [`Record::LOST_BY_EXPIRY`] or one of its neighbours.
    ObligationLost = 23,
    /// The faulty phase ends: no new load, no new faults.
    FaultsStopped = 24,
    /// The run ends; `value` is the number of undecided obligations.
    RunEnded = 25,
    /// A message was left for a batch though it had already been received or deleted.
    MessageDuplicated = 26,
    /// The function was deployed anew.
    FunctionRedeployed = 27,
    /// A FIFO queue accepted an event that it took for a duplicate; `value` is the name of the earlier one.
    MessageDeduplicated = 28,
    /// A FIFO queue or a stream refused a send; `value` is when it is sent again, in microseconds, or
    /// [`Record::NOT_AGAIN`].
    SendThrottled = 29,
    /// A poller received messages that no pattern of its mapping wants, and deleted them; `value` is the hash of the
    /// mapping's name.
    MessagesFiltered = 30,
    /// A channel took an event; `subject` is the place, among the queues, where a consumer is to meet it.
    EventPublished = 31,
    /// Lambda took an event into its own queue; `value` is a [`Record::TWIN`] or one of its neighbours.
    EventAccepted = 33,
    /// Lambda takes an event from its queue to run it; `subject` is the batch, `value` is 1 where it waited for that.
    EventDequeued = 34,
    /// Lambda tries an event again after `value` microseconds; `subject` is a [`Record::AFTER_ERROR`] or its neighbour.
    RetryScheduled = 35,
    /// An operator received messages without deleting them; `subject` is the number of the change that states it, `value`
    /// the visibility timeout in microseconds.
    MessagePeeked = 32,
    /// A change that a scenario states works from now on; `subject` is its number, `value` the new value.
    SettingChanged = 36,
    /// An operator's redrive takes a message out of a dead-letter queue; `value` is the hash of the target's name.
    MessageMovedBack = 37,
    /// A redriven message is in its source again; `value` is the delay in microseconds.
    MessageReturned = 38,
    /// Lambda gives an event up; `value` is a [`Record::RETRIES_EXHAUSTED`] or one of its neighbours, `subject` is 1
    /// where it waited for room.
    EventGivenUp = 39,
    /// Lambda is done with an event whose function returned.
    EventCompleted = 40,
    /// A dead-letter queue or destination takes what is sent to it; `value` is the hash of its name.
    ExitTaken = 41,
    /// A dead-letter queue or destination does not take what is sent to it; `value` is why.
    ExitFailed = 42,
    /// A source could not deliver an event; `subject` is how often so far, `value` is when it tries again, in
    /// microseconds, or [`Record::NOT_AGAIN`].
    DeliveryFailed = 43,
    /// The target of a link refuses an event for good, or a stream that is no more refuses it to its writer.
    DeliveryRefused = 44,
    /// A source gives an event up.
    DeliveryGivenUp = 45,
    /// A caller calls a function and waits; `subject` is the batch, `value` is how often it has called.
    RequestMade = 46,
    /// A caller sees the end of a call; `subject` is made of [`Record::RAN`] and its neighbours, `value` is what it sees, a
    /// failure's number or [`Record::ANSWERED`].
    RequestAnswered = 47,
    /// A caller is told for good that its event failed; `value` is the failure's number.
    ObligationReturned = 48,
    /// A shard took a record, as one mapping sees it; `subject` is its lane, `value` the number of its key.
    RecordWritten = 49,
    /// A mapping takes the next records of a lane to run them; `subject` is the batch, `value` the lane.
    RecordsRead = 50,
    /// A batch of records found no room; `subject` is the batch, `value` is when it is tried again, in microseconds.
    BatchHeldBack = 51,
    /// Records of a batch that failed are tried again; `subject` is the batch, `value` is after how many microseconds.
    BatchRetried = 52,
    /// A batch that failed is tried again in two halves; `subject` is the batch, `value` is how many records the first
    /// one has.
    BatchSplit = 53,
    /// The checkpoint of a lane moves behind records; `subject` is the lane, `value` is how many of the batch are left.
    CheckpointMoved = 54,
    /// Lambda gives records up; `subject` is 1 where they waited, `value` is a [`Record::RETRIES_EXHAUSTED`] or its
    /// neighbour.
    RecordsDiscarded = 55,
    /// Shards of a stream are split or merged; `subject` is 1 where they are merged, `value` is how many are open.
    StreamResharded = 56,
    /// Whoever waits to be called back for an event is; `subject` is [`Record::CALLED_BACK`] or its neighbour, `value` how
    /// long it waited, in microseconds.
    CallbackReturned = 72,
    /// Nobody has called back whoever waits for that; `value` is how long so far, in microseconds.
    CallbackMissed = 73,
    /// A link does not hand an event on, which is no failure; `value` is a [`Record::SWITCHED_OFF`] or its neighbour.
    DeliveryFiltered = 64,
}

/// The kinds of records that only streams have, as a pattern.
macro_rules! read_kinds {
    () => {
        $crate::trace::RecordKind::RecordWritten
            | $crate::trace::RecordKind::RecordsRead
            | $crate::trace::RecordKind::BatchHeldBack
            | $crate::trace::RecordKind::BatchRetried
            | $crate::trace::RecordKind::BatchSplit
            | $crate::trace::RecordKind::CheckpointMoved
            | $crate::trace::RecordKind::RecordsDiscarded
            | $crate::trace::RecordKind::StreamResharded
    };
}
pub(crate) use read_kinds;

/// The kinds of records by which somebody learns what became of an event, as a pattern.
macro_rules! heard_kinds {
    () => {
        $crate::trace::RecordKind::RequestAnswered
            | $crate::trace::RecordKind::ObligationReturned
            | $crate::trace::RecordKind::CallbackReturned
            | $crate::trace::RecordKind::CallbackMissed
    };
}
pub(crate) use heard_kinds;

/// One entry of a trace; covers one item, or a range of items where nothing distinguishes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// When.
    pub at: Instant,
    /// What.
    pub kind: RecordKind,
    /// To whom.
    pub entity: EntityId,
    /// By which rule.
    pub rule: RuleId,
    /// Which batch, span family or target; see the kinds.
    pub subject: u32,
    /// What else; see the kinds.
    pub value: u64,
    /// The names of the covered events, folded by exclusive or.
    pub events: u64,
}

impl Record {
    /// `MessagesAvailable`: the delay after sending is over.
    pub const AFTER_DELAY: u64 = 0;
    /// `MessagesAvailable`: the visibility timeout is over.
    pub const AFTER_VISIBILITY: u64 = 1;
    /// `MessagesAvailable`: the queue hands a message out again before its visibility timeout is over.
    pub const AFTER_DUPLICATE: u64 = 2;
    /// `DeleteFailed`: the queue refused everything.
    pub const REFUSED: u64 = 0;
    /// `DeleteFailed`: the visibility timeout had ended, which a FIFO queue does not forgive.
    pub const TOO_LATE: u64 = 1;
    /// `ObligationLost`: the retention of its last copy ended.
    pub const LOST_BY_EXPIRY: u64 = 0;
    /// `ObligationLost`: its dead-letter queue does not keep it long enough to be read.
    pub const LOST_BY_AGE: u64 = 1;
    /// `ObligationLost`: its last copy was deleted as if it had been processed.
    pub const LOST_BY_DELETE: u64 = 2;
    /// `ObligationLost`: the filter of a consumer that does not want it deleted it, though another one does.
    pub const LOST_BY_FILTER: u64 = 3;
    /// `ObligationLost`: it was given up, and there is no way out.
    pub const LOST_BY_GIVING_UP: u64 = 4;
    /// `ObligationLost`: no way out took it.
    pub const LOST_BY_EXIT: u64 = 5;
    /// `ObligationLost`: its source could not deliver it.
    pub const LOST_BY_DELIVERY: u64 = 6;
    /// `ObligationLost`: it failed, and its caller took what it saw for success.
    pub const LOST_UNTOLD: u64 = 7;
    /// `ObligationLost`: the execution that it began failed, nobody waits for that, and nothing keeps its input.
    pub const LOST_WITH_EXECUTION: u64 = 16;
    /// `ObligationLost`: the execution that it began lasted too long, nobody waits for that, and nothing keeps its input.
    pub const LOST_WITH_TIME: u64 = 32;
    /// `ObligationLost`: its stream took it before the mapping read, which begins with what is newer.
    pub const LOST_BY_POSITION: u64 = 24;
    /// `ObligationLost`: its stream was deleted.
    pub const LOST_WITH_STREAM: u64 = 25;
    /// `MessageExpired`: its stream was deleted.
    pub const WITH_ITS_STREAM: u64 = 2;
    /// `RequestAnswered`: the function was started for the call; a bit of `subject`.
    pub const RAN: u32 = 0;
    /// `RequestAnswered`: it was not; a bit of `subject`.
    pub const NEVER_RAN: u32 = 1;
    /// `RequestAnswered`: the caller does not call again; a bit of `subject`.
    pub const FOR_GOOD: u32 = 2;
    /// `RequestAnswered`: the function's own answer.
    pub const ANSWERED: u64 = u64::MAX;
    /// `CallbackReturned`: with a success.
    pub const CALLED_BACK: u32 = 1;
    /// `CallbackReturned`: with a failure.
    pub const CALLED_BACK_FAILED: u32 = 2;
    /// `EventAccepted`: it comes from its source.
    pub const FROM_SOURCE: u64 = 0;
    /// `EventAccepted`: a failure exit hands it on.
    pub const HANDED_ON: u64 = 1;
    /// `EventAccepted`: Lambda's queue holds it once more.
    pub const TWIN: u64 = 2;
    /// `DeliveryFiltered`: the link is switched off.
    pub const SWITCHED_OFF: u64 = 0;
    /// `DeliveryFiltered`: its filter does not want it.
    pub const UNWANTED: u64 = 1;
    /// `DeliveryFiltered`: its stream took it before the mapping was there to read it.
    pub const BEFORE_ITS_TIME: u64 = 2;
    /// `DeliveryFiltered`: nobody would end the circle that it goes round, and the run does.
    pub const LEFT_OUT: u64 = 3;
    /// `SettingChanged`: nobody states it, AWS does it; `subject`.
    pub const BY_ITSELF: u32 = u32::MAX;
    /// `SettingChanged`: the mapping that a change made or enabled begins to read.
    pub const BEGINS_TO_READ: u64 = u64::MAX;
    /// `InvocationRefused`: the function has been deleted.
    pub const NO_FUNCTION: u64 = u64::MAX;
    /// `EventAccepted`: its source delivers it a second time.
    pub const REPEATED: u64 = 3;
    /// `RetryScheduled`: the function failed.
    pub const AFTER_ERROR: u32 = 0;
    /// `RetryScheduled`: there was no room, or Lambda failed.
    pub const AFTER_THROTTLE: u32 = 1;
    /// `EventGivenUp`: it failed once more than it may be tried again.
    pub const RETRIES_EXHAUSTED: u64 = 0;
    /// `EventGivenUp`: it would be too old at its next try.
    pub const EVENT_AGE_EXCEEDED: u64 = 1;
    /// `EventGivenUp`: nothing is reserved for the function.
    pub const ZERO_RESERVED: u64 = 2;
    /// `EventGivenUp`: its chain has come round to the function too often.
    pub const RECURSION: u64 = 3;
    /// `RecordsDiscarded`: it fits into no event.
    pub const TOO_LARGE: u64 = 4;
    /// `ExitFailed` and `ExitTaken`: what failed, or a record of it, leaves; `subject`.
    pub const AFTER_FAILURE: u32 = 0;
    /// `ExitFailed` and `ExitTaken`: the record of a success leaves; `subject`.
    pub const AFTER_SUCCESS: u32 = 1;
    /// `DeliveryFailed` and `SendThrottled`: it is not tried again.
    pub const NOT_AGAIN: u64 = u64::MAX;
    /// `InvocationEnded`: the handler returned.
    pub const RETURNED: u64 = 0;
    /// `InvocationEnded`: the handler threw.
    pub const THREW: u64 = 1;
    /// `InvocationEnded`: the time-out stopped it.
    pub const TIMED_OUT: u64 = 2;
    /// `InvocationEnded`: the process died.
    pub const CRASHED: u64 = 3;
    /// `InvocationEnded`: the environment did not start.
    pub const INIT_FAILED: u64 = 4;
    /// `InvocationEnded`: the answer was too large.
    pub const RESPONSE_TOO_LARGE: u64 = 5;
}

impl Record {
    /// Whether it tells of an event that is in no place: its own consumer is the one whom it concerns.
    pub const fn is_under_way(&self) -> bool {
        matches!(
            self.kind,
            RecordKind::DeliveryFailed
                | RecordKind::DeliveryRefused
                | RecordKind::DeliveryFiltered
                | RecordKind::DeliveryGivenUp
                | RecordKind::ExitTaken
                | RecordKind::ExitFailed
                | RecordKind::ObligationLost
                | RecordKind::ObligationKept
                | RecordKind::ObligationReturned
        )
    }
}

/// A set of record kinds: what an observer wants to see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KindMask(pub u128);

impl KindMask {
    /// The set of these kinds.
    pub const fn of(kinds: &[RecordKind]) -> Self {
        let mut bits = 0;
        let mut index = 0;
        while index < kinds.len() {
            bits |= 1 << kinds[index] as u32;
            index += 1;
        }
        Self(bits)
    }

    /// Whether `kind` is in the set.
    pub const fn has(self, kind: RecordKind) -> bool {
        self.0 & (1 << kind as u32) != 0
    }
}

//! The typed places in mechanisms that rules fill.

use crate::models::{Models, RuleId};
use crate::vocabulary::{Diagnostic, NameHash};

macro_rules! slots {
    ($($(#[$doc:meta])* $name:ident = $model:literal $slot:literal;)*) => {
        /// A place in a mechanism that a rule fills.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Slot { $($(#[$doc])* $name,)* }

        impl Slot {
            /// All slots.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The slot's name in `models/`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $slot,)* }
            }

            /// The model that fills it.
            pub const fn model(self) -> &'static str {
                match self { $(Self::$name => $model,)* }
            }
        }
    };
}

slots! {
    /// A queue takes a message.
    Accept = "sqs_standard" "lease.accept";
    /// A message waits before it can be received.
    Delay = "sqs_standard" "lease.delay";
    /// A receive returns messages.
    Receive = "sqs_standard" "lease.receive";
    /// A receive returns fewer messages than there are.
    ReceiveSize = "sqs_standard" "lease.receive_size";
    /// A received message is invisible.
    Visibility = "sqs_standard" "lease.visibility";
    /// A message is visible again.
    Return = "sqs_standard" "lease.return";
    /// Every receive counts.
    ReceiveCount = "sqs_standard" "lease.receive_count";
    /// A message that was received too often goes to the dead-letter queue.
    Redrive = "sqs_standard" "lease.redrive";
    /// A message's retention ends.
    Expire = "sqs_standard" "lease.expire";
    /// What a dead-letter queue counts a message's age from.
    DeadLetterAge = "sqs_standard" "lease.dead_letter_age";
    /// How many messages can be in flight.
    InFlightLimit = "sqs_standard" "lease.in_flight_limit";
    /// A message is delivered again.
    Duplicate = "sqs_standard" "lease.duplicate";
    /// Messages come in another order.
    Reorder = "sqs_standard" "lease.reorder";
    /// An operator sends dead letters back.
    OperatorRedrive = "sqs_standard" "lease.operator_redrive";
    /// An operator looks at messages.
    Peek = "sqs_standard" "lease.peek";
    /// A message that nobody deletes can be read.
    Readable = "sqs_standard" "lease.readable";
    /// A message is taken for a duplicate of an earlier one.
    Deduplicate = "sqs_fifo" "lease.deduplication";
    /// Deleting comes after the visibility timeout.
    LateDelete = "sqs_fifo" "lease.late_delete";
    /// What a FIFO dead-letter queue counts a message's age from.
    FifoDeadLetterAge = "sqs_fifo" "lease.dead_letter_age";
    /// A FIFO queue takes no more sends.
    SendRate = "sqs_fifo" "lease.send_rate";
    /// Pollers wait for messages.
    LongPoll = "queue_poll" "poll.long_poll";
    /// The concurrency that a mapping starts with.
    InitialConcurrency = "queue_poll" "poll.initial";
    /// The concurrency grows.
    ScaleUp = "queue_poll" "poll.scale_up";
    /// The concurrency's upper limit.
    MaximumScale = "queue_poll" "poll.maximum";
    /// The mapping's own limit.
    MaximumConcurrency = "queue_poll" "poll.maximum_concurrency";
    /// What a filter does not want is deleted.
    Filter = "queue_poll" "poll.filter";
    /// A batch is put together.
    Batch = "queue_poll" "poll.batch";
    /// A batch waits for more messages.
    Window = "queue_poll" "poll.window";
    /// A batch is closed by its size in bytes.
    PayloadLimit = "queue_poll" "poll.payload";
    /// The function is called.
    Invoke = "queue_poll" "poll.invoke";
    /// A batch that is throttled is tried again.
    Throttled = "queue_poll" "poll.throttled";
    /// A batch that found no room is let go.
    ThrottleRelease = "queue_poll" "poll.throttle_release";
    /// A batch of a chain that has come round too often is refused.
    QueueRecursion = "queue_poll" "poll.recursion";
    /// A batch that got a 5xx is tried again.
    InvokeRefused = "queue_poll" "poll.service_error";
    /// Success deletes the batch.
    Delete = "queue_poll" "poll.delete";
    /// Deleting fails.
    DeleteFailed = "queue_poll" "poll.delete_failed";
    /// A function error leaves the batch.
    FunctionError = "queue_poll" "poll.function_error";
    /// Errors lower the concurrency.
    StepDown = "queue_poll" "poll.step_down";
    /// Listed failures stay, the others are deleted.
    Partial = "queue_poll" "poll.partial";
    /// An answer without failures deletes the batch.
    PartialSuccess = "queue_poll" "poll.partial_success";
    /// An answer that cannot be read fails the batch.
    PartialMalformed = "queue_poll" "poll.partial_malformed";
    /// An answer whose list is misspelt.
    PartialMisspelt = "queue_poll" "poll.partial_misspelt";
    /// An answer that nobody asked for is not read.
    ResponseIgnored = "queue_poll" "poll.response_ignored";
    /// A mapping may not read its queue any more.
    PermissionRemoved = "queue_poll" "poll.permission_removed";
    /// A disabled mapping receives nothing.
    Disabled = "queue_poll" "poll.disabled";
    /// A mapping outlives its function.
    FunctionDeleted = "queue_poll" "poll.function_deleted";
    /// A mapping begins at its starting position.
    LogPosition = "stream_poll" "log.position";
    /// A read gives the next records of a shard.
    LogRead = "stream_poll" "log.read";
    /// A read gives the next records of a window, which have its state.
    LogTumbling = "stream_poll" "log.tumbling";
    /// A window is over.
    LogTumblingFinal = "stream_poll" "log.tumbling_final";
    /// A window has grown too large.
    LogTumblingEarly = "stream_poll" "log.tumbling_early";
    /// An answer has no state for the next invocation.
    LogTumblingStateMissing = "stream_poll" "log.tumbling_state_missing";
    /// A batch that found no room is tried again.
    LogThrottled = "stream_poll" "log.throttled";
    /// A record is delivered again though nothing failed.
    LogDuplicate = "stream_poll" "log.duplicate";
    /// Success moves the checkpoint behind the batch.
    LogCheckpoint = "stream_poll" "log.checkpoint";
    /// A listed failure moves the checkpoint up to it.
    LogPartial = "stream_poll" "log.partial";
    /// An answer without failures moves the checkpoint behind the batch.
    LogPartialSuccess = "stream_poll" "log.partial_success";
    /// An answer that cannot be read fails the batch.
    LogPartialMalformed = "stream_poll" "log.partial_malformed";
    /// An answer whose list is misspelt.
    LogPartialMisspelt = "stream_poll" "log.partial_misspelt";
    /// An answer that nobody asked for is not read.
    LogResponseIgnored = "stream_poll" "log.response_ignored";
    /// A failed batch is tried again.
    LogRetry = "stream_poll" "log.retry";
    /// A failed batch is split.
    LogBisect = "stream_poll" "log.bisect";
    /// A batch has failed too often.
    LogExhausted = "stream_poll" "log.exhausted";
    /// A record is too old to be tried.
    LogAge = "stream_poll" "log.age";
    /// A record's retention in the stream ends.
    LogExpire = "stream_poll" "log.expire";
    /// A mapping may not read its stream any more.
    LogPermissionRemoved = "stream_poll" "log.permission_removed";
    /// A mapping outlives its function.
    LogFunctionDeleted = "stream_poll" "log.function_deleted";
    /// The destination for failures is told of a discarded batch.
    LogOnFailure = "stream_poll" "log.on_failure";
    /// The destination for failures does not take it.
    LogOnFailureFailed = "stream_poll" "log.on_failure_failed";
    /// The destination for failures is a FIFO one.
    LogExitFifo = "stream_poll" "log.on_failure_fifo";
    /// What is told are positions, which mean nothing when the stream has forgotten the records.
    LogPositions = "stream_poll" "log.positions";
    /// A discarded batch is told of to nobody.
    LogDropped = "stream_poll" "log.dropped";
    /// Lambda's own queue takes an event.
    BufferAccept = "async" "buffer.accept";
    /// An event waits for its first try.
    BufferLatency = "async" "buffer.latency";
    /// An event is taken to be run.
    BufferDequeue = "async" "buffer.dequeue";
    /// An event is run twice.
    BufferDuplicate = "async" "buffer.duplicate";
    /// An event is done with.
    BufferSuccess = "async" "buffer.success";
    /// An event is tried again after a function error.
    BufferRetry = "async" "buffer.retry";
    /// An event is tried again after a throttle or a 5xx.
    BufferThrottleRetry = "async" "buffer.throttle_retry";
    /// All retries are used up.
    BufferExhausted = "async" "buffer.exhausted";
    /// The next try would come too late.
    BufferAge = "async" "buffer.age";
    /// Nothing is reserved for the function.
    BufferZeroReserved = "async" "buffer.zero_reserved";
    /// An event of a chain that has come round too often is given up.
    BufferRecursion = "async" "buffer.recursion";
    /// An event is deleted.
    BufferDropped = "async" "buffer.dropped";
    /// A record of a failure is sent.
    BufferOnFailure = "async" "buffer.on_failure";
    /// A record of a success is sent.
    BufferOnSuccess = "async" "buffer.on_success";
    /// An event goes to the function's dead-letter queue.
    BufferDeadLetter = "async" "buffer.dead_letter";
    /// The dead-letter queue does not take it.
    BufferDeadLetterFailed = "async" "buffer.dead_letter_failed";
    /// A destination does not take a record.
    BufferDestinationFailed = "async" "buffer.destination_failed";
    /// A dead-letter queue or destination is a FIFO one.
    BufferExitFifo = "async" "buffer.exit_fifo";
    /// A target takes nothing as large as what leaves.
    BufferExitSize = "async" "buffer.exit_size";
    /// Somebody calls a function and waits.
    RequestInvoke = "sync" "request.invoke";
    /// The function's answer is theirs.
    RequestAnswer = "sync" "request.answer";
    /// The account's limit of concurrent executions.
    AccountConcurrency = "function" "function.account_concurrency";
    /// A function's reservation.
    Reserved = "function" "function.reserved";
    /// What functions without reservation share.
    Unreserved = "function" "function.unreserved";
    /// No room: 429.
    FunctionThrottled = "function" "function.throttled";
    /// How fast environments are added.
    ScalingRate = "function" "function.scaling_rate";
    /// A pipe runs without calling a function.
    PipeRun = "pipes" "pipe.run";
    /// A server of somebody's own works on a post.
    ServerRun = "sns_http" "server.run";
    /// A handler starts.
    Start = "function" "function.start";
    /// A new environment starts.
    ColdStart = "function" "function.cold_start";
    /// A start that takes too long.
    InitLimit = "function" "function.init_limit";
    /// A start that fails.
    InitFailure = "function" "function.init_failure";
    /// The time-out ends an invocation.
    FunctionTimeout = "function" "function.timeout";
    /// An invocation runs out of memory.
    OutOfMemory = "function" "function.out_of_memory";
    /// The process exits.
    Crash = "function" "function.crash";
    /// The handler throws.
    Error = "function" "function.error";
    /// The handler returns.
    Returned = "function" "function.return";
    /// The answer is too large.
    ResponseSize = "function" "function.response_size";
    /// After a crash the environment starts anew.
    EnvironmentReset = "function" "function.environment_reset";
    /// Lambda answers 5xx.
    FunctionServiceError = "function" "function.service_error";
}

/// Which rule fills each slot, and the stable hash of each rule's id for digests.
#[derive(Clone, Debug)]
pub struct RuleTable {
    bound: Vec<RuleId>,
    hashes: Vec<u64>,
}

impl RuleTable {
    /// Binds every slot.
    ///
    /// # Errors
    /// Names every slot that no rule of its model fills.
    pub fn bind(models: &Models) -> Result<Self, Vec<Diagnostic>> {
        let mut bound = Vec::with_capacity(Slot::ALL.len());
        let mut missing = Vec::new();
        for slot in Slot::ALL {
            match models.rules_in(slot.model(), slot.name()) {
                Some(rule) => bound.push(rule),
                None => missing.push(Diagnostic::error(
                    "models-slot-empty",
                    format!("no rule of `{}` fills the slot `{}`", slot.model(), slot.name()),
                )),
            }
        }
        if !missing.is_empty() {
            return Err(missing);
        }
        Ok(Self { bound, hashes: models.rules().map(|(_, rule)| NameHash::of(&rule.id).0).collect() })
    }

    /// The rule that fills `slot`.
    #[inline]
    pub const fn bound(&self, slot: Slot) -> RuleId {
        self.bound.as_slice()[slot as usize]
    }

    /// The stable hash of a rule's id.
    #[inline]
    pub fn hash(&self, rule: RuleId) -> u64 {
        self.hashes[rule.0 as usize]
    }
}

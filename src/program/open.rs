//! What AWS leaves open, as menus that runs choose from.

use crate::kernel::{Domain, Menu};
use crate::models::{ModelError, Models, Plausible, RuleId, RuleValue};
use crate::vocabulary::Diagnostic;

/// One unspecified rule, ready to be drawn.
#[derive(Clone, Debug)]
pub struct OpenRule {
    /// The rule's id in the models.
    pub id: String,
    /// The rule.
    pub rule: RuleId,
    /// The domain of its choice points.
    pub domain: Domain,
    /// What may be drawn.
    pub menu: Menu,
    alternatives: Vec<u64>,
}

impl OpenRule {
    /// The rule's value for a drawn choice: microseconds, bytes or a count; of words their number, the ordinary one
    /// being 0.
    #[inline]
    pub fn value(&self, choice: u64) -> u64 {
        self.alternatives.get(choice as usize).copied().unwrap_or(choice)
    }

    /// The value that is taken when nothing unusual is drawn.
    pub fn ordinary(&self) -> u64 {
        self.value(self.menu.ordinary())
    }

    /// The largest value that may be drawn.
    pub fn highest(&self) -> u64 {
        match self.menu {
            Menu::Range { high, .. } => high,
            Menu::OneOf(_)
            | Menu::Hit(_)
            | Menu::Span { .. }
            | Menu::Arrival { .. }
            | Menu::Moment { .. }
            | Menu::Stated(_) => self.alternatives.iter().copied().max().unwrap_or_default(),
        }
    }

    pub(super) fn read(models: &Models, id: &str) -> Result<Self, ModelError> {
        let open = models.unspecified(id)?;
        let rule = models.rule_id(id).ok_or_else(|| ModelError::NoRule { rule: id.to_owned() })?;
        let ordinary = plain(&open.ordinary);
        let (menu, alternatives) = match &open.plausible {
            Plausible::Range(low, high) => {
                (Menu::Range { ordinary, low: plain(low), high: plain(high) }, Vec::new())
            }
            Plausible::Alternatives(values) => {
                let list: Vec<u64> = if matches!(open.ordinary, RuleValue::Text(_)) {
                    (0..values.len() as u64).collect()
                } else {
                    let others = values.iter().map(plain).filter(|value| *value != ordinary);
                    std::iter::once(ordinary).chain(others).collect()
                };
                (Menu::OneOf(list.len() as u32), list)
            }
        };
        Ok(Self { id: id.to_owned(), rule, domain: Domain::of(id), menu, alternatives })
    }
}

/// A value as a bare number: microseconds, bytes, 0 or 1.
fn plain(value: &RuleValue) -> u64 {
    match value {
        RuleValue::Duration(length) => length.as_micros(),
        RuleValue::Count(count) => *count,
        RuleValue::Bytes(size) => size.0,
        RuleValue::Flag(flag) => u64::from(*flag),
        RuleValue::Ratio(_) | RuleValue::Text(_) | RuleValue::List(_) | RuleValue::Money(_) => 0,
    }
}

macro_rules! open_rules {
    ($($(#[$doc:meta])* $field:ident = $id:literal;)*) => {
        /// The unspecified rules of queues and their mappings.
        #[derive(Clone, Debug)]
        pub struct OpenRules { $($(#[$doc])* pub $field: OpenRule,)* }

        impl OpenRules {
            /// All of them.
            pub fn each(&self) -> impl Iterator<Item = &OpenRule> {
                [$(&self.$field,)*].into_iter()
            }

            /// Reads all of them.
            ///
            /// # Errors
            /// Names every rule that is missing or not unspecified.
            pub fn read(models: &Models) -> Result<Self, Vec<Diagnostic>> {
                let mut problems = Vec::new();
                $(let $field = OpenRule::read(models, $id).map_err(|error| {
                    problems.push(Diagnostic::error("models-rule-missing", error.to_string()));
                });)*
                match ($($field,)*) {
                    ($(Ok($field),)*) => Ok(Self { $($field,)* }),
                    _ => Err(problems),
                }
            }
        }
    };
}

open_rules! {
    /// How many messages a receive returns at most.
    receive_size = "queue.receive_size";
    /// Whether a tenant's share of the time of consumers makes it noisy.
    fair_time_share = "queue.fair_time_share";
    /// Whether a queue does not know of a noisy tenant yet.
    fair_detection = "queue.fair_detection";
    /// Whether deleting with the handle of an earlier receive deletes.
    old_receipt = "queue.old_receipt";
    /// Whether a receive that one group does not fill goes on with another.
    mixed_receive = "fifo.mixed_receive";
    /// Whether a group lines up behind the others or in front of them.
    group_turn = "fifo.group_turn";
    /// How long a message that can be received waits for a poller that is free.
    pickup = "queue_poll.pickup";
    /// Which poller gets a message: one that is putting a batch together, or an idle one.
    spread = "queue_poll.spread";
    /// How often the growth of a mapping's concurrency is applied.
    scale_step = "queue_poll.scale_step";
    /// A mapping's concurrency when there is little traffic.
    low_traffic = "queue_poll.low_traffic";
    /// How much of the batching window is left when the first message arrives, in per cent.
    window_phase = "queue_poll.window_phase";
    /// How long a batch waits at least where there is little traffic.
    window_low_traffic = "queue_poll.window_low_traffic";
    /// The time between two tries of a throttled batch.
    throttle_retry = "queue_poll.throttle_retry";
    /// Whether a 5xx of Lambda ends a batch, as a function's error does.
    service_error = "queue_poll.service_error";
    /// Whether an answer whose list is misspelt fails the batch.
    partial_misspelt = "queue_poll.partial_misspelt";
    /// How much of the time between two looks at a shard is left when a record comes, in per cent.
    log_pickup = "stream_poll.pickup";
    /// How much of the batching window is left when the first record is read, in per cent.
    log_window_phase = "stream_poll.window_phase";
    /// By which of some hashes keys are spread over the lanes of a shard.
    log_lane_of = "stream_poll.lane_of";
    /// The time between two tries of a throttled batch of records.
    log_throttle_pause = "stream_poll.throttle_pause";
    /// The pause before the first retry of a batch of records.
    log_retry_first = "stream_poll.retry_first";
    /// By which factor that pause grows.
    log_retry_growth = "stream_poll.retry_growth";
    /// The longest such pause.
    log_retry_longest = "stream_poll.retry_longest";
    /// Which half of a split batch of odd size is the larger one.
    log_bisect_at = "stream_poll.bisect_at";
    /// Whether a half begins with the retries of the batch that it came from.
    log_bisect_count = "stream_poll.bisect_count";
    /// Whether an answer whose list is misspelt fails the batch of records.
    log_misspelt = "stream_poll.partial_misspelt";
    /// Whether a batch stays whole whose first record is listed as failed, although batches are split after errors.
    log_partial_first = "stream_poll.partial_first";
    /// Whether what is left of a batch is filled up with newer records.
    log_refill = "stream_poll.refill";
    /// How long a window is waited for after its end, when nothing newer comes.
    log_tumbling_wait = "stream_poll.tumbling_wait";
    /// How long a mapping on a stream goes on as it was after a change.
    log_disable_delay = "stream_poll.disable_delay";
    /// By how many per cent errors lower a mapping's concurrency.
    step_down = "queue_poll.step_down";
    /// How soon a changed mapping works.
    disable_delay = "queue_poll.disable_delay";
    /// How soon a changed attribute of a queue works.
    attribute_propagation = "queue.attribute_propagation";
    /// How soon a changed retention period works.
    retention_propagation = "queue.retention_propagation";
    /// How soon a permission that is taken away is missed.
    permission_propagation = "access.change_delay";
    /// How long an event waits in Lambda's own queue for its first try.
    push_latency = "async.latency";
    /// By which factor the pauses after throttles grow there.
    throttle_growth = "async.throttle_growth";
    /// What a topic gets of a record that is too large for it.
    exit_stripped = "async.exit_stripped";
    /// How much a record or dead letter adds to its event.
    exit_overhead = "async.exit_overhead";
}

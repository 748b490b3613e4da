//! What an operator would see of a story: which metrics of `CloudWatch` move, and which do not.
//!
//! The names of metrics come from the models where a rule has them.

use std::collections::BTreeSet;

use crate::explore::{Counterexample, Part, Step, Verdict};
use crate::guarantee::GuaranteeName;
use crate::models::{Models, RuleValue};
use crate::program::{DeadLetter, Program};
use crate::report::check::scene::{Scene, step};
use crate::report::text::{Align, FAINT, Table, paint};
use crate::topology::Runs;
use crate::trace::{Record, RecordKind};

/// A number that `CloudWatch` shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Metric {
    /// Runs of the function.
    Invocations,
    /// Runs that failed.
    Errors,
    /// Calls that were refused.
    Throttles,
    /// Messages that the mapping received.
    Polled,
    /// Messages that the mapping's filter deleted.
    Filtered,
    /// Messages of failed and throttled calls.
    FailedInvoke,
    /// Messages that the mapping deleted.
    Deleted,
    /// The age of the oldest message of the queue.
    OldestAge,
    /// Messages that can be received from the dead-letter queue.
    DeadLetters,
    /// Events that Lambda gave up.
    Dropped,
    /// Records or events that no way out took.
    ExitErrors,
    /// How old the records of a stream are when they are sent to the function.
    IteratorAge,
    /// Records of a stream that Lambda gave up and told nobody of.
    RecordsDropped,
    /// Runs of a pipe.
    PipeRuns,
    /// Runs of a pipe that failed, or of which a part did.
    PipeFailures,
    /// Messages that a topic could not post.
    PostsFailed,
}

impl Metric {
    /// Those that an operator usually has alarms on.
    const WATCHED: [Self; 3] = [Self::Errors, Self::Throttles, Self::DeadLetters];

    /// Whether the mapping counts it, and only where its event metrics are switched on.
    const fn is_event_count(self) -> bool {
        match self {
            Self::Polled | Self::Filtered | Self::FailedInvoke | Self::Deleted | Self::RecordsDropped => true,
            Self::Invocations
            | Self::Errors
            | Self::Throttles
            | Self::OldestAge
            | Self::DeadLetters
            | Self::Dropped
            | Self::ExitErrors
            | Self::IteratorAge
            | Self::PipeRuns
            | Self::PipeFailures
            | Self::PostsFailed => false,
        }
    }

    /// What moves in its place where a topic posts to a server.
    const fn of_server(self) -> Option<Self> {
        match self {
            Self::DeadLetters | Self::PostsFailed => Some(self),
            Self::Invocations
            | Self::Errors
            | Self::Throttles
            | Self::Polled
            | Self::Filtered
            | Self::FailedInvoke
            | Self::Deleted
            | Self::OldestAge
            | Self::Dropped
            | Self::ExitErrors
            | Self::IteratorAge
            | Self::RecordsDropped
            | Self::PipeRuns
            | Self::PipeFailures => None,
        }
    }

    /// What moves in its place where a pipe polls and calls no function.
    const fn of_pipe(self) -> Option<Self> {
        match self {
            Self::Invocations => Some(Self::PipeRuns),
            Self::Errors | Self::FailedInvoke => Some(Self::PipeFailures),
            Self::OldestAge | Self::DeadLetters => Some(self),
            Self::Throttles
            | Self::Polled
            | Self::Filtered
            | Self::Deleted
            | Self::Dropped
            | Self::ExitErrors
            | Self::IteratorAge
            | Self::RecordsDropped
            | Self::PipeRuns
            | Self::PipeFailures
            | Self::PostsFailed => None,
        }
    }

    /// Model, slot and value that hold its name; and the name where no model has it.
    const fn source(self) -> (&'static str, &'static str, &'static str, &'static str) {
        match self {
            Self::Invocations => ("function", "metric.invocations", "started", "Invocations"),
            Self::Errors => ("function", "metric.invocations", "failed", "Errors"),
            Self::Throttles => ("function", "metric.invocations", "throttled", "Throttles"),
            Self::Polled => ("queue_poll", "metric.polled", "metric", "PolledEventCount"),
            Self::Filtered => ("queue_poll", "metric.filtered", "metric", "FilteredOutEventCount"),
            Self::FailedInvoke => ("queue_poll", "metric.failed", "metric", "FailedInvokeEventCount"),
            Self::Deleted => ("queue_poll", "metric.deleted", "metric", "DeletedEventCount"),
            Self::Dropped => ("async", "metric.async", "dropped", "AsyncEventsDropped"),
            Self::ExitErrors => {
                ("async", "metric.async", "failed", "DeadLetterErrors or DestinationDeliveryFailures")
            }
            Self::IteratorAge => ("stream_poll", "log.iterator_age", "metric", "IteratorAge"),
            Self::RecordsDropped => ("stream_poll", "log.dropped", "metric", "DroppedEventCount"),
            Self::PipeRuns => ("pipes", "metric.pipe", "started", "Invocations"),
            Self::PostsFailed => ("sns_http", "delivery.dropped", "metric", "NumberOfNotificationsFailed"),
            Self::PipeFailures => ("pipes", "metric.pipe", "failed", "ExecutionFailed"),
            Self::OldestAge => {
                ("sqs_standard", "metric.dead_letter_age", "metric", "ApproximateAgeOfOldestMessage")
            }
            Self::DeadLetters => {
                ("sqs_standard", "metric.visible", "metric", "ApproximateNumberOfMessagesVisible")
            }
        }
    }

    fn name(self, models: &Models) -> String {
        let (model, slot, value, otherwise) = self.source();
        let rule = models.rules_in(model, slot).map(|rule| models.rule(rule));
        let name = rule.and_then(|rule| rule.values.get(value)).and_then(RuleValue::as_text);
        let name = name.unwrap_or(otherwise);
        match self {
            Self::DeadLetters => format!("{name} of the dead-letter queue"),
            Self::PipeRuns | Self::PipeFailures => format!("{name} of the pipe"),
            Self::Invocations
            | Self::Errors
            | Self::Throttles
            | Self::Polled
            | Self::Filtered
            | Self::FailedInvoke
            | Self::Deleted
            | Self::Dropped
            | Self::ExitErrors
            | Self::IteratorAge
            | Self::RecordsDropped
            | Self::PostsFailed
            | Self::OldestAge => name.to_owned(),
        }
    }
}

/// What an operator sees: which metrics move, which stay, and what is easily overlooked.
///
/// Metrics that a mapping counts only where its event metrics are switched on stand apart.
pub(crate) fn signals(models: &Models, part: &Part, verdict: &Verdict, story: &Counterexample) -> String {
    let guarantee = verdict.guarantee;
    let scene = Scene::of(&part.program, story);
    let mut moved: BTreeSet<Metric> = story.steps.iter().filter_map(step).flat_map(moves).copied().collect();
    let is_pushed = part.program.push(verdict.at.queue).is_some();
    if part.program.log(verdict.at.queue).is_some() {
        let has_exit = moved.remove(&Metric::DeadLetters);
        moved.retain(|metric| !matches!(metric, Metric::OldestAge | Metric::Polled | Metric::FailedInvoke));
        if has_exit {
            moved.insert(Metric::DeadLetters);
            moved.remove(&Metric::RecordsDropped);
        }
    } else if is_pushed {
        moved.retain(|metric| !metric.is_event_count() && *metric != Metric::OldestAge);
    } else if guarantee == GuaranteeName::Progress {
        moved.insert(Metric::OldestAge);
    }
    let runs = runs_there(&part.program, verdict.at.queue);
    let in_place = |metric: Metric| match runs {
        Runs::Code => Some(metric).filter(|metric| *metric != Metric::PostsFailed),
        Runs::Pipe => metric.of_pipe(),
        Runs::Server => metric.of_server(),
    };
    moved = moved.into_iter().filter_map(in_place).collect();
    let names = |wanted: &dyn Fn(&Metric) -> bool, from: &[Metric]| -> Vec<String> {
        from.iter().filter(|metric| wanted(metric)).map(|metric| metric.name(models)).collect()
    };
    let all: Vec<Metric> = moved.iter().copied().collect();
    let counts = names(&|metric| metric.is_event_count(), &all);
    let shown = names(&|metric| !metric.is_event_count(), &all);
    let kept = part.program.queues[verdict.at.queue].dead_letter != DeadLetter::None;
    let still = |metric: &Metric| !moved.contains(metric) && (kept || *metric != Metric::DeadLetters);
    let watched: BTreeSet<Metric> = Metric::WATCHED.into_iter().filter_map(in_place).collect();
    let still = names(&still, &watched.into_iter().collect::<Vec<_>>());
    let mut table = Table::new(4, &[Align::Left, Align::Flow]);
    for (what, metrics) in [("moves", shown), ("moves if counted", counts), ("stays at zero", still)] {
        if !metrics.is_empty() {
            table.row([paint(FAINT, what), metrics.join(", ")]);
        }
    }
    if let Some(note) = note(guarantee, &scene) {
        table.row([paint(FAINT, "mind"), note.to_owned()]);
    }
    table.render()
}

/// What runs for what comes to a place: no code where anything else does.
fn runs_there(program: &Program, queue: usize) -> Runs {
    let mappings = program.queues[queue].consumers().map(|mapping| program.mappings[mapping].function);
    let log = program.log(queue).map(|log| log.function);
    let push = program.push(queue).map(|push| push.function);
    let mut runs =
        mappings.chain(log).chain(push).map(|function| program.functions[usize::from(function)].runs);
    runs.find(|runs| *runs != Runs::Code).unwrap_or(Runs::Code)
}

/// What is easily overlooked.
fn note(guarantee: GuaranteeName, scene: &Scene) -> Option<&'static str> {
    let lost = scene.violation.as_ref().filter(|step| step.kind == RecordKind::ObligationLost);
    match lost.map(|step| step.value) {
        Some(Record::LOST_BY_FILTER) => {
            Some("the loss looks like work well done: a filter deletes without an error")
        }
        Some(Record::LOST_BY_POSITION) => {
            Some("no metric and no log line: for the mapping the record was never there")
        }
        Some(Record::LOST_WITH_STREAM) => {
            Some("whoever wrote it was told that all is well: a stream is deleted with all that it holds")
        }
        _ if scene.never_ran() && guarantee != GuaranteeName::Progress => {
            Some("no log line: the function never ran for this message")
        }
        Some(Record::LOST_BY_EXPIRY | Record::LOST_BY_AGE) => {
            Some("nothing tells of the loss itself: a message whose retention ends vanishes without a metric")
        }
        Some(Record::LOST_BY_GIVING_UP | Record::LOST_BY_DELIVERY) => {
            Some("the source was told at once that all is well: nothing tells it of the loss")
        }
        Some(Record::LOST_BY_EXIT) => {
            Some("what was to keep it stays empty, so nobody has a reason to look there")
        }
        Some(Record::LOST_WITH_EXECUTION | Record::LOST_WITH_TIME) => Some(
            "whatever started the execution was told at once that all is well: nothing tells it of the loss",
        ),
        Some(Record::LOST_UNTOLD) => Some("the caller's own log says that it succeeded"),
        Some(_) => Some("the loss looks like a success: the invocation returned and the message was deleted"),
        None => None,
    }
}

/// The metrics that a step moves.
fn moves(step: &Step) -> &'static [Metric] {
    match step.kind {
        RecordKind::MessagesReceived => &[Metric::Polled],
        RecordKind::MessagesFiltered => &[Metric::Polled, Metric::Filtered],
        RecordKind::MessageArrived | RecordKind::MessageRedriven => &[Metric::DeadLetters],
        RecordKind::MessageExpired if step.events.iter().all(|(_, receives)| *receives == 0) => {
            &[Metric::OldestAge]
        }
        RecordKind::RecordsRead | RecordKind::BatchRetried => &[Metric::IteratorAge],
        RecordKind::RecordsDiscarded => &[Metric::RecordsDropped],
        RecordKind::MessagesDeleted => &[Metric::Deleted],
        RecordKind::EventGivenUp => &[Metric::Dropped],
        RecordKind::DeliveryGivenUp => &[Metric::PostsFailed],
        RecordKind::ExitFailed => &[Metric::ExitErrors],
        RecordKind::InvocationThrottled => &[Metric::Throttles],
        RecordKind::InvocationRefused | RecordKind::BatchReleased | RecordKind::FailuresReported => {
            &[Metric::FailedInvoke]
        }
        RecordKind::InvocationStarted => &[Metric::Invocations],
        RecordKind::InvocationEnded if step.value != Record::RETURNED => {
            &[Metric::Errors, Metric::FailedInvoke]
        }
        RecordKind::InvocationEnded
        | RecordKind::EventPublished
        | RecordKind::EventAccepted
        | RecordKind::EventDequeued
        | RecordKind::RetryScheduled
        | RecordKind::EventCompleted
        | RecordKind::ExitTaken
        | RecordKind::RequestMade
        | RecordKind::RequestAnswered
        | RecordKind::ObligationReturned
        | RecordKind::CallbackReturned
        | RecordKind::CallbackMissed
        | RecordKind::DeliveryFailed
        | RecordKind::DeliveryRefused
        | RecordKind::DeliveryFiltered
        | RecordKind::MessageExpired
        | RecordKind::MessageSent
        | RecordKind::MessagesAvailable
        | RecordKind::DeleteFailed
        | RecordKind::EnvironmentStarted
        | RecordKind::EventsProcessed
        | RecordKind::EventFailed
        | RecordKind::AnswerMalformed
        | RecordKind::AnswerIgnored
        | RecordKind::ConcurrencyChanged
        | RecordKind::SpanBegan
        | RecordKind::SpanEnded
        | RecordKind::ObligationKept
        | RecordKind::ObligationLost
        | RecordKind::FaultsStopped
        | RecordKind::RunEnded
        | RecordKind::MessageDuplicated
        | RecordKind::FunctionRedeployed
        | RecordKind::MessageDeduplicated
        | RecordKind::SendThrottled
        | RecordKind::RecordWritten
        | RecordKind::BatchHeldBack
        | RecordKind::BatchSplit
        | RecordKind::CheckpointMoved
        | RecordKind::StreamResharded
        | RecordKind::SettingChanged
        | RecordKind::MessageMovedBack
        | RecordKind::MessagePeeked
        | RecordKind::MessageReturned => &[],
    }
}

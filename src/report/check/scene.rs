//! A story summed up: who failed, what was refused, how it ended. Headlines and signals are made from it.

use crate::explore::{Counterexample, Step, Told};
use crate::kernel::Family;
use crate::program::Program;
use crate::trace::{EntityId, Record, RecordKind, heard_kinds, read_kinds};
use crate::vocabulary::Duration;

/// What a story shows of the event that it is about.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says whether something was seen, independent of the others"
)]
#[derive(Clone, Debug, Default)]
pub(crate) struct Scene {
    /// The step that violates the guarantee.
    pub(crate) violation: Option<Step>,
    /// Why the event itself failed, the last time it did.
    pub(crate) failed: Option<Family>,
    /// Whether the story tells of a failure of another event.
    pub(crate) another_failed: bool,
    /// How often the event was received, as far as the story tells.
    pub(crate) receives: u32,
    /// How often it was in a running invocation.
    pub(crate) starts: u32,
    /// Whether an invocation still had it when the guarantee was violated.
    pub(crate) still_running: bool,
    /// Whether an invocation was throttled.
    pub(crate) throttled: bool,
    /// Whether a call was answered with a 5xx.
    pub(crate) refused: bool,
    /// Whether the queue handed the event out although it was hidden or deleted.
    pub(crate) duplicated: bool,
    /// Whether an answer with failures was not read.
    pub(crate) answer_ignored: bool,
    /// The dead-letter queue it went to.
    pub(crate) target: Option<EntityId>,
    /// Whether it went to any.
    pub(crate) redriven: bool,
    /// How long its queue hid it when it was received.
    pub(crate) hidden: Option<Duration>,
    /// How long that one still keeps it.
    pub(crate) left: Option<Duration>,
}

impl Scene {
    /// The scene of a counterexample.
    pub(crate) fn of(program: &Program, story: &Counterexample) -> Self {
        let mut scene = Self::default();
        for step in story.steps.iter().filter_map(step) {
            scene.add(program, step);
        }
        scene
    }

    /// `a message that always fails`: the event with what befell it, else with what else is known of it.
    pub(crate) fn of_item(&self, item: &str, otherwise: Option<&str>) -> String {
        let befell = match self.failed {
            Some(Family::Poison) => Some("that always fails"),
            Some(Family::Outage) => Some("that meets an outage"),
            Some(Family::Timeout) => Some("whose invocation times out"),
            Some(Family::Brownout) => Some("that meets a brownout"),
            Some(Family::Crash) => Some("whose invocation crashes"),
            Some(Family::TransientError) => Some("that fails for a while"),
            Some(Family::ColdStart) => Some("whose environment does not start"),
            Some(Family::Stated) => Some("that fails as the scenario states"),
            None => otherwise,
            Some(
                Family::Load
                | Family::UnknownSetting
                | Family::Slow
                | Family::Throttle
                | Family::ServiceError
                | Family::Burst
                | Family::Duplicate
                | Family::Reorder
                | Family::Redeploy
                | Family::Reshard
                | Family::Unspecified
                | Family::DestinationUnavailable,
            ) => None,
        };
        befell.map_or_else(|| item.to_owned(), |befell| format!("{item} {befell}"))
    }

    /// What is said of an event that never ran, where the story tells why.
    pub(crate) const fn never_ran_why(&self) -> Option<&'static str> {
        match (self.never_ran(), self.throttled, self.refused) {
            (true, true, _) => Some("that was only ever throttled"),
            (true, false, true) => Some("that Lambda never ran"),
            (true, false, false) | (false, _, _) => None,
        }
    }

    /// The record that violates the guarantee, with its value.
    pub(crate) fn violating(&self) -> (Option<RecordKind>, u64) {
        self.violation.as_ref().map_or((None, 0), |step| (Some(step.kind), step.value))
    }

    /// Whether the event never ran.
    pub(crate) const fn never_ran(&self) -> bool {
        self.starts == 0
    }

    /// The name of the dead-letter queue it went to.
    pub(crate) fn dead_letter_queue<'a>(&self, program: &'a Program) -> &'a str {
        self.target.map_or("the dead-letter queue", |entity| program.name(entity).as_str())
    }

    fn arrived(&mut self, step: &Step) {
        self.target = Some(step.entity);
        self.left = Some(Duration::from_micros(step.value));
    }

    #[expect(clippy::match_same_arms, reason = "a macro names the kinds of one arm")]
    fn add(&mut self, program: &Program, step: &Step) {
        if step.violates {
            self.violation = Some(step.clone());
        }
        let counts = step.events.iter().filter(|_| step.culprit).map(|(_, count)| *count);
        self.receives = self.receives.max(counts.max().unwrap_or(0));
        match step.kind {
            RecordKind::EventFailed if step.culprit => self.failed = family(step.value),
            RecordKind::EventFailed => self.another_failed = true,
            RecordKind::InvocationStarted => {
                self.starts += u32::from(step.culprit);
                self.still_running |= step.culprit && self.violation.is_none();
            }
            RecordKind::InvocationEnded => self.still_running &= !step.culprit || self.violation.is_some(),
            RecordKind::InvocationThrottled => self.throttled = true,
            RecordKind::InvocationRefused => self.refused = true,
            RecordKind::MessagesAvailable => self.duplicated |= step.value == Record::AFTER_DUPLICATE,
            RecordKind::MessageDuplicated => self.duplicated = true,
            RecordKind::EventAccepted => self.duplicated |= step.value == Record::TWIN,
            RecordKind::BatchRetried if step.value == 0 => self.duplicated = true,
            RecordKind::AnswerIgnored => self.answer_ignored = true,
            RecordKind::MessageArrived => self.arrived(step),
            RecordKind::MessageRedriven | RecordKind::ExitTaken => {
                self.redriven = true;
                self.target = other_entity(program, step);
            }
            RecordKind::MessagesReceived if step.culprit => {
                self.hidden = Some(Duration::from_micros(step.value));
            }
            read_kinds!() => {}
            heard_kinds!() => {}
            RecordKind::MessageSent
            | RecordKind::EventPublished
            | RecordKind::EventDequeued
            | RecordKind::RetryScheduled
            | RecordKind::EventGivenUp
            | RecordKind::EventCompleted
            | RecordKind::ExitFailed
            | RecordKind::RequestMade
            | RecordKind::DeliveryFailed
            | RecordKind::DeliveryRefused
            | RecordKind::DeliveryFiltered
            | RecordKind::DeliveryGivenUp
            | RecordKind::MessagesReceived
            | RecordKind::MessageExpired
            | RecordKind::MessagesDeleted
            | RecordKind::DeleteFailed
            | RecordKind::BatchReleased
            | RecordKind::EnvironmentStarted
            | RecordKind::EventsProcessed
            | RecordKind::FailuresReported
            | RecordKind::AnswerMalformed
            | RecordKind::ConcurrencyChanged
            | RecordKind::SpanBegan
            | RecordKind::SettingChanged
            | RecordKind::MessageMovedBack
            | RecordKind::MessagePeeked
            | RecordKind::MessageReturned
            | RecordKind::SpanEnded
            | RecordKind::ObligationKept
            | RecordKind::ObligationLost
            | RecordKind::FaultsStopped
            | RecordKind::RunEnded
            | RecordKind::FunctionRedeployed
            | RecordKind::MessageDeduplicated
            | RecordKind::SendThrottled
            | RecordKind::MessagesFiltered => {}
        }
    }
}

/// The step of a line, where it is one.
pub(crate) const fn step(told: &Told) -> Option<&Step> {
    match told {
        Told::Step(step) => Some(step),
        Told::Omitted(_) => None,
    }
}

/// The entity whose name a redrive gives, where that is another one of the system.
fn other_entity(program: &Program, step: &Step) -> Option<EntityId> {
    let position = program.names.iter().position(|name| name.0 == step.value)?;
    let target = EntityId(u16::try_from(position).ok()?);
    (target != step.entity).then_some(target)
}

fn family(number: u64) -> Option<Family> {
    Family::ALL.into_iter().find(|family| *family as u64 == number)
}

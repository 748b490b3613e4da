//! The title of a finding where something is pushed: nobody polls, and so other words fit.

use crate::explore::{Part, Verdict};
use crate::guarantee::GuaranteeName;
use crate::kernel::Family;
use crate::program::{ExitTarget, Program, PushKind, PushTable};
use crate::report::check::scene::Scene;
use crate::scenario::HandlerPreset;
use crate::trace::{Record, RecordKind};
use crate::vocabulary::Duration;

/// One sentence without its full stop.
pub(super) fn headline(part: &Part, verdict: &Verdict, push: &PushTable, scene: &Scene) -> String {
    let teller = Teller { program: &part.program, push, scene };
    match verdict.guarantee {
        GuaranteeName::NoLoss | GuaranteeName::DeadLetterDelivery => teller.lost(),
        GuaranteeName::NoCollateral => teller.collateral(),
        GuaranteeName::Ordering => format!("events of {} are processed out of order", teller.source()),
        GuaranteeName::Progress => teller.stuck(),
        GuaranteeName::NoLoop => format!("{} feeds itself", teller.function()),
        GuaranteeName::Permitted => format!("{} may not call {}", teller.source(), teller.function()),
        GuaranteeName::Deployable => format!("AWS would refuse to deploy {}", teller.source()),
        GuaranteeName::SingleFlight => {
            format!(
                "two invocations of {} work on the same event at once: {}",
                teller.function(),
                teller.twice()
            )
        }
        GuaranteeName::NoNeedlessRedelivery => {
            format!("an event that {} has processed runs again: {}", teller.function(), teller.twice())
        }
        GuaranteeName::BoundedAttempts => {
            format!("an event runs more often than its MaximumRetryAttempts of {} says", push.attempts)
        }
        GuaranteeName::Drains => {
            format!("the backlog of {} takes longer to go away than its settings say", teller.function())
        }
        GuaranteeName::BoundedDelay => {
            let bound = part.program.profile.bounds.delay.unwrap_or(Duration::ZERO);
            format!("{} takes longer than {bound} in {}", teller.event(), teller.function())
        }
        GuaranteeName::BoundedCost => format!("the events of {} cost more than stated", teller.source()),
    }
}

struct Teller<'a> {
    program: &'a Program,
    push: &'a PushTable,
    scene: &'a Scene,
}

impl Teller<'_> {
    fn function(&self) -> &str {
        self.program.name(self.program.functions[usize::from(self.push.function)].entity).as_str()
    }

    fn source(&self) -> &str {
        self.program.name(self.push.source).as_str()
    }

    /// `an event that always fails`.
    fn event(&self) -> &'static str {
        match self.scene.failed {
            Some(Family::Poison) => "an event that always fails",
            Some(Family::Outage) => "an event that meets an outage",
            Some(Family::Timeout) => "an event whose invocation times out",
            Some(Family::Brownout) => "an event that meets a brownout",
            Some(Family::Crash) => "an event whose invocation crashes",
            Some(Family::TransientError) => "an event that fails for a while",
            Some(Family::ColdStart) => "an event whose environment does not start",
            Some(Family::Stated) => "an event that fails as the scenario states",
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
            )
            | None => "an event",
        }
    }

    fn violation(&self) -> (Option<RecordKind>, u64) {
        self.scene.violation.as_ref().map_or((None, 0), |step| (Some(step.kind), step.value))
    }

    fn lost(&self) -> String {
        let (event, function) = (self.event(), self.function());
        let exits = self.exits();
        match self.violation() {
            (Some(RecordKind::ExitFailed), _) | (_, Record::LOST_BY_EXIT) => {
                format!("{event} is given up by {function}, and {exits} does not take it")
            }
            (_, Record::LOST_BY_GIVING_UP) if self.reserves_nothing() => format!(
                "every event for {function} is given up at once and gone: it has reserved concurrency 0"
            ),
            (_, Record::LOST_BY_GIVING_UP) => format!(
                "{event} is given up and gone: {function} has neither a dead-letter queue nor a destination for failures"
            ),
            (_, Record::LOST_BY_DELIVERY) => {
                format!("{} cannot deliver an event to {function}, and keeps it nowhere", self.source())
            }
            (_, Record::LOST_WITH_EXECUTION) => format!(
                "{event} fails in {function} and ends its Express execution, of which nothing is kept"
            ),
            (_, Record::LOST_UNTOLD) => {
                format!("{event} fails in {function}, and its caller takes what it sees for success")
            }
            (_, Record::LOST_BY_DELETE) if self.swallows() => {
                format!("{event} is done with: {function} swallows the failure and returns")
            }
            (_, Record::LOST_BY_DELETE) => format!("{event} is done with without having been processed"),
            (_, Record::LOST_BY_AGE) => {
                let (target, window) =
                    (self.scene.dead_letter_queue(self.program), self.program.profile.operator_window);
                match self.scene.left {
                    Some(left) if left > Duration::ZERO => format!(
                        "{event} reaches {target} with only {left} left to read it; an operator needs {window}"
                    ),
                    Some(_) | None => format!("{event} has outlived {target} and vanishes on arrival"),
                }
            }
            _ => format!("{event} of {} is lost behind {function}", self.source()),
        }
    }

    /// The names of what takes what the function gives up.
    fn exits(&self) -> String {
        let name = |exit: Option<ExitTarget>| match exit? {
            ExitTarget::Queue(queue) | ExitTarget::Push(queue) => {
                Some(self.program.name(self.program.queues[usize::from(queue)].entity).as_str())
            }
            ExitTarget::Channel(channel) | ExitTarget::Stored(channel) => {
                Some(self.program.name(self.program.network.channels[usize::from(channel)].entity).as_str())
            }
            ExitTarget::Kept(entity) => Some(self.program.name(entity).as_str()),
            ExitTarget::Refused(_) => None,
        };
        let known = [self.push.on_failure, self.push.dead_letter].into_iter().find_map(name);
        known.unwrap_or("what is to take failures").to_owned()
    }

    fn reserves_nothing(&self) -> bool {
        self.program.functions[usize::from(self.push.function)].reserved == 0
    }

    fn swallows(&self) -> bool {
        self.program.functions[usize::from(self.push.function)].handler == HandlerPreset::Swallows
    }

    fn collateral(&self) -> String {
        let function = self.function();
        if self.violation().0 == Some(RecordKind::DeliveryGivenUp) {
            return format!(
                "a healthy event never reaches {function}: {} could not deliver it",
                self.source()
            );
        }
        if self.reserves_nothing() {
            return format!(
                "a healthy event is given up without ever running: {function} has reserved concurrency 0"
            );
        }
        if self.push.kind == PushKind::Request {
            return format!(
                "a healthy event is given up: its calls of {function} failed, none by its own fault"
            );
        }
        if self.scene.never_ran() {
            return format!(
                "a healthy event is given up without ever running: it found no room in {function} for {}",
                self.push.age
            );
        }
        format!("an event of {} is given up although it never failed itself", self.source())
    }

    fn stuck(&self) -> String {
        if self.reserves_nothing() {
            return format!("events for {} never run: it has reserved concurrency 0", self.function());
        }
        let limit = self.program.profile.stall_limit;
        format!("nothing of {} runs for more than {limit} while events wait", self.source())
    }

    fn twice(&self) -> String {
        match self.push.kind {
            PushKind::Request => "its caller stopped waiting and called again".to_owned(),
            PushKind::Buffer if self.scene.duplicated => "Lambda's queue held it twice".to_owned(),
            PushKind::Buffer => "Lambda tries again what ended in an error".to_owned(),
        }
    }
}

//! The title of a finding where a stream is read: records, shards and checkpoints have words of their own.

use crate::explore::{Part, Verdict};
use crate::guarantee::GuaranteeName;
use crate::kernel::Family;
use crate::program::{Bisect, LogTable, Program};
use crate::report::check::scene::Scene;
use crate::scenario::HandlerPreset;
use crate::trace::{Record, RecordKind};
use crate::vocabulary::Duration;

/// One sentence without its full stop.
pub(super) fn headline(part: &Part, verdict: &Verdict, log: &LogTable, scene: &Scene) -> String {
    let teller = Teller { program: &part.program, log, scene };
    match verdict.guarantee {
        GuaranteeName::NoLoss | GuaranteeName::DeadLetterDelivery => teller.lost(),
        GuaranteeName::NoCollateral => teller.collateral(),
        GuaranteeName::Ordering => {
            format!("{} of {} is processed after a later one of its key", teller.record(), teller.stream())
        }
        GuaranteeName::Progress => teller.stuck(),
        GuaranteeName::NoLoop => format!("{} feeds itself", teller.function()),
        GuaranteeName::Permitted => format!("{} may not read {}", teller.function(), teller.stream()),
        GuaranteeName::Deployable => format!("AWS would refuse to deploy {}", teller.mapping()),
        GuaranteeName::SingleFlight => {
            format!("two invocations of {} work on the same record at once", teller.function())
        }
        GuaranteeName::NoNeedlessRedelivery => teller.again(),
        GuaranteeName::BoundedAttempts => teller.too_often(),
        GuaranteeName::Drains => {
            format!("the backlog of {} takes longer to go away than its settings say", teller.mapping())
        }
        GuaranteeName::BoundedDelay => {
            let bound = part.program.profile.bounds.delay.unwrap_or(Duration::ZERO);
            format!("{} takes longer than {bound} in {}", teller.record(), teller.mapping())
        }
        GuaranteeName::BoundedCost => format!("the records of {} cost more than stated", teller.stream()),
    }
}

struct Teller<'a> {
    program: &'a Program,
    log: &'a LogTable,
    scene: &'a Scene,
}

impl Teller<'_> {
    fn mapping(&self) -> &str {
        self.program.name(self.program.queues[usize::from(self.log.queue)].entity).as_str()
    }

    fn function(&self) -> &str {
        self.program.name(self.program.functions[usize::from(self.log.function)].entity).as_str()
    }

    fn stream(&self) -> &str {
        self.program.name(self.log.source).as_str()
    }

    /// `a record that always fails`.
    fn record(&self) -> &'static str {
        match self.scene.failed {
            Some(Family::Poison) => "a record that always fails",
            Some(Family::Outage) => "a record that meets an outage",
            Some(Family::Timeout) => "a record whose invocation times out",
            Some(Family::Brownout) => "a record that meets a brownout",
            Some(Family::Crash) => "a record whose invocation crashes",
            Some(Family::TransientError) => "a record that fails for a while",
            Some(Family::ColdStart) => "a record whose environment does not start",
            Some(Family::Stated) => "a record that fails as the scenario states",
            None if self.scene.another_failed => "a record behind one that fails",
            None if self.scene.never_ran() && self.scene.throttled => "a record that was only ever throttled",
            None if self.scene.never_ran() && self.scene.refused => "a record that Lambda never ran",
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
            | None => "a record",
        }
    }

    fn violation(&self) -> (Option<RecordKind>, u64) {
        self.scene.violation.as_ref().map_or((None, 0), |step| (Some(step.kind), step.value))
    }

    fn lost(&self) -> String {
        let (record, mapping, stream) = (self.record(), self.mapping(), self.stream());
        let retention = self.log.retention;
        match self.violation() {
            (Some(RecordKind::ExitFailed), _) | (_, Record::LOST_BY_EXIT) => {
                format!(
                    "{record} is given up by {mapping}, and its destination for failures does not take it"
                )
            }
            (_, Record::LOST_BY_POSITION) => format!(
                "a record that {stream} takes while {mapping} does not read yet is never read: it begins with LATEST"
            ),
            (_, Record::LOST_BY_GIVING_UP) => {
                format!("{record} is given up and gone: {mapping} has no destination for failures")
            }
            (_, Record::LOST_BY_DELETE) if self.swallows() => {
                format!("{record} is done with: {} swallows the failure and returns", self.function())
            }
            (_, Record::LOST_BY_DELETE) if self.scene.answer_ignored => format!(
                "{record} is done with: {} lists it as failed, and the mapping does not read that",
                self.function()
            ),
            (_, Record::LOST_BY_DELETE) => format!("{record} is done with without having been processed"),
            (_, Record::LOST_BY_AGE) => format!(
                "{record} is given up, and the note of where it was outlives it: {stream} keeps records for \
                 {retention} only"
            ),
            (_, Record::LOST_BY_DELIVERY) => format!("a record never reaches {stream}"),
            _ if self.scene.receives > 1 => format!(
                "{record} is tried {} times until {stream} forgets it after {retention}, then it is gone",
                self.scene.receives
            ),
            _ => format!("{record} waits in {stream} until that forgets it after {retention}"),
        }
    }

    fn swallows(&self) -> bool {
        self.program.functions[usize::from(self.log.function)].handler == HandlerPreset::Swallows
    }

    fn collateral(&self) -> String {
        let (mapping, stream) = (self.mapping(), self.stream());
        if self.violation().0 == Some(RecordKind::RecordsDiscarded) {
            let why = match self.violation().1 {
                Record::EVENT_AGE_EXCEEDED => "it grew too old behind it",
                _ if self.log.bisect == Bisect::Never => "the whole batch is",
                _ => "they were never tried apart",
            };
            return format!("a healthy record is given up by {mapping} with one that fails: {why}");
        }
        if self.scene.another_failed {
            return format!(
                "a healthy record behind one that fails waits until {stream} forgets it after {}",
                self.log.retention
            );
        }
        format!("a record of {stream} is lost although it never failed itself")
    }

    fn stuck(&self) -> String {
        let (stream, limit) = (self.stream(), self.program.profile.stall_limit);
        if !self.log.enabled {
            return format!("records wait in {stream} for nobody: {} is disabled", self.mapping());
        }
        if self.program.functions[usize::from(self.log.function)].reserved == 0 {
            return format!("records of {stream} never run: {} has reserved concurrency 0", self.function());
        }
        if self.scene.starts > 0 {
            let record = self.record();
            return format!(
                "{record} blocks its shard of {stream} for more than {limit}, and for up to {}",
                self.blocked_for()
            );
        }
        format!("{} stands still for more than {limit} while records wait", self.mapping())
    }

    /// Until when a record can block its shard.
    fn blocked_for(&self) -> Duration {
        self.log.retention.min(self.log.age)
    }

    fn again(&self) -> String {
        let why = if self.scene.duplicated {
            "the mapping delivers at least once"
        } else if self.scene.another_failed {
            "another one of its batch failed"
        } else {
            "its invocation was cut off"
        };
        format!("a record that {} has processed is delivered again: {why}", self.function())
    }

    fn too_often(&self) -> String {
        let why = if self.log.bisect == Bisect::OnError {
            "splitting a batch counts no retry"
        } else {
            "a checkpoint that moves counts retries anew"
        };
        format!("a record runs more often than its MaximumRetryAttempts of {} says: {why}", self.log.attempts)
    }
}

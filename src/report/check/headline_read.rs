//! The title of a finding where a stream is read: records, shards and checkpoints have words of their own.

use crate::program::{Bisect, LogTable, Program};
use crate::report::check::headline::{ALL_PROVISIONED, Words};
use crate::report::check::scene::Scene;
use crate::scenario::HandlerPreset;
use crate::trace::{Record, RecordKind};
use crate::vocabulary::Duration;

/// What a stream that a mapping reads is told by.
pub(super) struct Teller<'a> {
    pub(super) program: &'a Program,
    pub(super) log: &'a LogTable,
    pub(super) scene: &'a Scene,
}

impl Teller<'_> {
    fn function(&self) -> &str {
        self.program.name(self.program.functions[usize::from(self.log.function)].entity).as_str()
    }

    fn swallows(&self) -> bool {
        self.program.functions[usize::from(self.log.function)].handler == HandlerPreset::Swallows
    }

    /// Until when a record can block its shard.
    fn blocked_for(&self) -> Duration {
        self.log.retention.min(self.log.age)
    }
}

impl Words for Teller<'_> {
    const ITEMS: &'static str = "records";

    fn item(&self) -> String {
        let behind = self.scene.another_failed.then_some("behind one that fails");
        self.scene.of_item("a record", behind.or(self.scene.never_ran_why()))
    }

    fn source(&self) -> &str {
        self.program.name(self.log.source).as_str()
    }

    fn place(&self) -> &str {
        self.program.name(self.program.queues[usize::from(self.log.queue)].entity).as_str()
    }

    fn deployed(&self) -> &str {
        self.place()
    }

    fn feeder(&self) -> &str {
        self.function()
    }

    fn denied(&self) -> String {
        format!("{} may not read {}", self.function(), self.source())
    }

    fn out_of_order(&self) -> String {
        format!("{} of {} is processed after a later one of its key", self.item(), self.source())
    }

    fn twice_at_once(&self) -> String {
        format!("two invocations of {} work on the same record at once", self.function())
    }

    fn lost(&self) -> String {
        let (record, mapping, stream) = (self.item(), self.place(), self.source());
        let retention = self.log.retention;
        let is_unheard = self.log.on_failure.is_some_and(|exit| self.program.network.is_unheard(exit));
        match self.scene.violating() {
            (_, Record::LOST_BY_EXIT) if is_unheard => format!(
                "{record} is given up by {mapping} and told to its destination for failures, to which nothing listens"
            ),
            (Some(RecordKind::ExitFailed), _) | (_, Record::LOST_BY_EXIT) => {
                format!(
                    "{record} is given up by {mapping}, and its destination for failures does not take it"
                )
            }
            (_, Record::LOST_BY_POSITION) => format!(
                "a record that {stream} takes while {mapping} does not read yet is never read: it begins with LATEST"
            ),
            (_, Record::LOST_WITH_STREAM) => {
                format!("{record} is gone with {stream}, which is deleted before {mapping} is done with it")
            }
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

    fn collateral(&self) -> String {
        let (mapping, stream) = (self.place(), self.source());
        if self.scene.violating().0 == Some(RecordKind::RecordsDiscarded) {
            let why = match self.scene.violating().1 {
                Record::EVENT_AGE_EXCEEDED => "it grew too old behind it",
                Record::TOO_LARGE => "it fits into no event",
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
        let (stream, limit) = (self.source(), self.program.profile.stall_limit);
        if !self.log.enabled {
            return format!("records wait in {stream} for nobody: {} is disabled", self.place());
        }
        if self.program.functions[usize::from(self.log.function)].reserved == 0 {
            return format!("records of {stream} never run: {} has reserved concurrency 0", self.function());
        }
        let (function, pools) = (usize::from(self.log.function), &self.program.pools);
        let log = self.program.queues[usize::from(self.log.queue)].log.map(usize::from);
        let pool = log.and_then(|log| pools.of_log(log));
        if pools.never_runs(function, &self.program.functions[function], pool) {
            return format!("records of {stream} never run: {ALL_PROVISIONED}");
        }
        if self.scene.starts > 0 {
            let record = self.item();
            return format!(
                "{record} blocks its shard of {stream} for more than {limit}, and for up to {}",
                self.blocked_for()
            );
        }
        format!("{} stands still for more than {limit} while records wait", self.place())
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

//! The catalogue of repairs for mappings on streams: limits for what a bad record can hold up, and somewhere to put it.

use crate::explore::edit::Edit;
use crate::explore::repair::Proposal;
use crate::guarantee::GuaranteeName;
use crate::models::{ModelError, Models};
use crate::program::{
    Act, Bisect, ExitRefusal, ExitTarget, FailureRecord, LogSetting, LogTable, Program, UnknownTarget,
};
use crate::topology::{ResponseType, StartingPosition};

/// The catalogue for one guarantee, the smallest change first.
pub(super) fn against(
    program: &Program,
    log: &LogTable,
    guarantee: GuaranteeName,
    models: &Models,
) -> Result<Vec<Proposal>, ModelError> {
    let catalogue = Catalogue { program, log, models };
    let mut proposals = match guarantee {
        GuaranteeName::NoLoss | GuaranteeName::DeadLetterDelivery => catalogue.against_loss()?,
        GuaranteeName::Progress | GuaranteeName::Drains => catalogue.against_blocking()?,
        GuaranteeName::NoCollateral => catalogue.against_collateral()?,
        GuaranteeName::NoNeedlessRedelivery => vec![catalogue.reporting(), catalogue.single()],
        GuaranteeName::Ordering
        | GuaranteeName::SingleFlight
        | GuaranteeName::BoundedDelay
        | GuaranteeName::BoundedCost
        | GuaranteeName::BoundedAttempts
        | GuaranteeName::Permitted
        | GuaranteeName::Deployable
        | GuaranteeName::NoLoop => Vec::new(),
    };
    proposals.retain(|proposal| !proposal.edits.is_empty());
    Ok(proposals)
}

struct Catalogue<'a> {
    program: &'a Program,
    log: &'a LogTable,
    models: &'a Models,
}

impl Catalogue<'_> {
    fn name(&self) -> String {
        self.program.name(self.program.queues[usize::from(self.log.queue)].entity).to_string()
    }

    fn function(&self) -> String {
        self.program.name(self.program.functions[usize::from(self.log.function)].entity).to_string()
    }

    fn set(&self, setting: LogSetting, value: u64) -> Edit {
        Edit::Stream { mapping: self.name(), setting, value }
    }

    /// A limit of retries where there is none.
    fn limit(&self) -> Result<Vec<Edit>, ModelError> {
        let retries = self.models.count("profile.repair_retries", "count")?;
        let is_open = self.log.attempts == u32::MAX;
        Ok(is_open.then(|| self.set(LogSetting::Attempts, retries)).into_iter().collect())
    }

    fn bisect(&self) -> Vec<Edit> {
        let is_whole = self.log.bisect == Bisect::Never && self.log.batch_size > 1;
        is_whole.then(|| self.set(LogSetting::Bisect, 1)).into_iter().collect()
    }

    fn catch(&self) -> Vec<Edit> {
        let is_silent = matches!(self.log.on_failure, None | Some(ExitTarget::Refused(ExitRefusal::Fifo)));
        is_silent.then(|| Edit::CatchRecords { mapping: self.name() }).into_iter().collect()
    }

    fn against_loss(&self) -> Result<Vec<Proposal>, ModelError> {
        let mut proposals = self.against_standing();
        proposals.push(self.oldest());
        let (name, limit) = (self.name(), self.limit()?);
        proposals.push(Proposal {
            says: format!("tell a queue of the records that {name} gives up"),
            edits: self.catch(),
            handler: None,
        });
        if !limit.is_empty() {
            let caught = [limit.clone(), self.catch()].concat();
            proposals.push(Proposal {
                says: format!("let {name} give a bad record up in time, and tell a queue of it"),
                edits: caught.clone(),
                handler: None,
            });
            proposals.push(Proposal {
                says: format!("let {name} give a bad record up in time and alone, and tell a queue of it"),
                edits: [caught, self.bisect()].concat(),
                handler: None,
            });
        }
        proposals.extend(self.longer()?);
        Ok(proposals)
    }

    /// What a mapping that is made with LATEST misses, one that begins with the oldest record reads.
    fn oldest(&self) -> Proposal {
        let says = format!(
            "let {} begin with the oldest record, so that it misses nothing while it is being made",
            self.name()
        );
        let is_late = self.log.position == StartingPosition::Latest && self.is_made();
        let edits = is_late.then(|| self.set(LogSetting::Position, StartingPosition::TrimHorizon as u64));
        Proposal { says, edits: edits.into_iter().collect(), handler: None }
    }

    /// Whether the mapping begins to read within the run.
    fn is_made(&self) -> bool {
        let place = self.log.queue;
        let logs = &self.program.network.logs;
        let is_own = |log: usize| logs.get(log).is_some_and(|log| log.queue == place);
        self.program.plan.changes.iter().any(|change| match change.act {
            Act::Make(log) => is_own(usize::from(log)),
            Act::Set(UnknownTarget::Log(log, LogSetting::Enabled), 1) => is_own(log),
            Act::Set(_, _)
            | Act::Redeploy(_)
            | Act::Delete(_)
            | Act::DeleteStream(_)
            | Act::Revoke(_)
            | Act::RevokeLog(_)
            | Act::MoveBack(_, _)
            | Act::Replay(_)
            | Act::Peek(_) => false,
        })
    }

    /// What is told of a record are positions, which mean nothing when the stream has forgotten it.
    fn longer(&self) -> Result<Vec<Proposal>, ModelError> {
        let stream = self.program.name(self.log.source).to_string();
        let days = self.models.duration("profile.repair_stream_retention", "length")?;
        let mut proposals = Vec::new();
        let is_short = self.log.failure_record == FailureRecord::Positions && self.log.retention < days;
        if is_short {
            proposals.push(Proposal {
                says: format!(
                    "let {stream} keep its records for {days}: what is told of a discarded one is only where it was"
                ),
                edits: vec![Edit::KeepRecords { stream, length: days }],
                handler: None,
            });
        }
        if let Some(ExitTarget::Queue(queue)) = self.log.on_failure {
            let queue = self.program.name(self.program.queues[usize::from(queue)].entity).to_string();
            proposals.push(Proposal {
                says: format!("keep what is in {queue} as long as SQS can"),
                edits: vec![Edit::LongestRetention { queue }],
                handler: None,
            });
        }
        Ok(proposals)
    }

    /// A bad record holds its shard up until it is given up.
    fn against_blocking(&self) -> Result<Vec<Proposal>, ModelError> {
        let mut proposals = self.against_standing();
        let name = self.name();
        let limit = self.limit()?;
        if !limit.is_empty() {
            proposals.push(Proposal {
                says: format!("let {name} give a bad record up after some retries, and tell a queue of it"),
                edits: [limit.clone(), self.catch()].concat(),
                handler: None,
            });
            proposals.push(Proposal {
                says: format!(
                    "let {name} split a failing batch, give a bad record up after some retries, and tell a queue of it"
                ),
                edits: [limit, self.bisect(), self.catch()].concat(),
                handler: None,
            });
        }
        Ok(proposals)
    }

    fn against_collateral(&self) -> Result<Vec<Proposal>, ModelError> {
        let mut proposals = self.against_standing();
        let name = self.name();
        let (limit, bisect) = (self.limit()?, self.bisect());
        proposals.push(Proposal {
            says: format!("let {name} split a failing batch, so that a bad record is given up alone"),
            edits: bisect.clone(),
            handler: None,
        });
        if !limit.is_empty() {
            proposals.push(Proposal {
                says: format!("let {name} give a bad record up in time and alone, and tell a queue of it"),
                edits: [limit, bisect, self.catch()].concat(),
                handler: None,
            });
        }
        proposals.push(self.single());
        Ok(proposals)
    }

    fn reporting(&self) -> Proposal {
        let is_silent = self.log.response_type == ResponseType::WholeBatch;
        let code = format!("{} has to return the first failed record in batchItemFailures", self.function());
        Proposal {
            says:
                "let the mapping read where a batch failed, so that what is before it is not delivered again"
                    .to_owned(),
            edits: is_silent.then(|| self.set(LogSetting::ResponseType, 1)).into_iter().collect(),
            handler: is_silent.then_some(code),
        }
    }

    fn single(&self) -> Proposal {
        let edits = (self.log.batch_size > 1).then(|| self.set(LogSetting::BatchSize, 1));
        Proposal {
            says: "give the function one record at a time".to_owned(),
            edits: edits.into_iter().collect(),
            handler: None,
        }
    }

    /// What stands still is switched off, or has no room at all.
    fn against_standing(&self) -> Vec<Proposal> {
        let mut proposals = Vec::new();
        let (name, function) = (self.name(), self.function());
        if !self.log.enabled {
            proposals.push(Proposal {
                says: format!("enable the mapping {name}"),
                edits: vec![self.set(LogSetting::Enabled, 1)],
                handler: None,
            });
        }
        if self.program.functions[usize::from(self.log.function)].reserved == 0 {
            proposals.push(Proposal {
                says: format!("let {function} run: nothing is reserved for it"),
                edits: vec![Edit::Unreserve { function }],
                handler: None,
            });
        }
        proposals
    }
}

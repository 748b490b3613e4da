//! The catalogue of repairs where something is pushed: a way out for what fails, longer tries, and places to run in.

use crate::explore::Verdict;
use crate::explore::edit::Edit;
use crate::explore::repair::Proposal;
use crate::guarantee::GuaranteeName;
use crate::models::{ModelError, Models};
use crate::program::{ExitRefusal, ExitTarget, FunctionTable, HopTable, Program, PushTable};
use crate::vocabulary::Duration;

/// The catalogue for one verdict, the smallest change first.
pub(super) fn against(
    program: &Program,
    push: &PushTable,
    verdict: &Verdict,
    models: &Models,
) -> Result<Vec<Proposal>, ModelError> {
    let catalogue = Catalogue { program, push, models };
    let mut proposals = match verdict.guarantee {
        GuaranteeName::NoLoss | GuaranteeName::DeadLetterDelivery => catalogue.against_loss(verdict),
        GuaranteeName::NoCollateral | GuaranteeName::Progress => catalogue.against_standing(verdict)?,
        GuaranteeName::NoNeedlessRedelivery | GuaranteeName::SingleFlight => catalogue.against_repetition(),
        GuaranteeName::Ordering
        | GuaranteeName::Drains
        | GuaranteeName::BoundedDelay
        | GuaranteeName::BoundedCost
        | GuaranteeName::BoundedAttempts
        | GuaranteeName::NoLoop
        | GuaranteeName::Permitted
        | GuaranteeName::Deployable => Vec::new(),
    };
    proposals.retain(|proposal| !proposal.edits.is_empty());
    Ok(proposals)
}

struct Catalogue<'a> {
    program: &'a Program,
    push: &'a PushTable,
    models: &'a Models,
}

impl Catalogue<'_> {
    fn table(&self) -> &FunctionTable {
        &self.program.functions[usize::from(self.push.function)]
    }

    fn function(&self) -> String {
        self.program.name(self.table().entity).to_string()
    }

    /// The last hops into the place whose source gave up what the verdict is about, by the rule that it ended with.
    fn giving_up(&self, verdict: &Verdict) -> Vec<&HopTable> {
        let rule = verdict.counterexample.as_ref().map(|example| example.rule);
        let network = &self.program.network;
        let into = network.routes.iter().filter(|route| route.place == self.push.queue);
        let hops = into.flat_map(|route| {
            let first = usize::from(route.hops.0);
            &network.hops[first..first + usize::from(route.hops.1)]
        });
        hops.filter(|hop| Some(network.policies[usize::from(hop.policy)].dropped) == rule).collect()
    }

    /// What mends a source that gives up: longer tries, and a queue for what it gives up.
    fn against_giving_up(&self, hops: &[&HopTable]) -> Vec<Proposal> {
        let mut proposals = Vec::new();
        for hop in hops {
            let link = self.program.name(hop.entity).to_string();
            proposals.push(proposal(
                format!("let the source of {link} try for as long as it does where nothing is set"),
                vec![Edit::TryLonger { link: link.clone() }],
            ));
            if hop.dead_letter.is_none() {
                proposals.push(proposal(
                    format!("let the source of {link} send what it gives up to a queue"),
                    vec![Edit::CatchUndelivered { link }],
                ));
            }
        }
        proposals
    }

    /// What mends an execution that ends with a failed task: another try where there was no room, and executions that
    /// are kept; nothing where no task calls.
    fn against_ended_execution(&self) -> Vec<Proposal> {
        let request = self.push.request.map(|request| &self.program.network.requests[usize::from(request)]);
        let Some(task) = request.and_then(|request| request.task.as_ref()) else { return Vec::new() };
        let machine = self.program.name(self.push.source).to_string();
        let link = self.program.name(self.program.queues[usize::from(self.push.queue)].entity).to_string();
        let retry = Edit::RetryThrottled { link: link.clone() };
        let keep = Edit::KeepExecutions { link };
        let mut proposals =
            vec![proposal(format!("let {machine} try a throttled call again"), vec![retry.clone()])];
        if task.gone.is_some() {
            let says = format!("let {machine} be a standard one: Step Functions keeps its executions");
            proposals.push(proposal(says, vec![keep.clone()]));
            let says = format!("let {machine} be a standard one, and try a throttled call again");
            proposals.push(proposal(says, vec![keep, retry]));
        }
        proposals
    }

    fn against_loss(&self, verdict: &Verdict) -> Vec<Proposal> {
        let ended = self.against_ended_execution();
        if !ended.is_empty() {
            return ended;
        }
        let hops = self.giving_up(verdict);
        if !hops.is_empty() {
            return self.against_giving_up(&hops);
        }
        let function = self.function();
        let exits = [self.push.on_failure, self.push.dead_letter];
        let is_ordered = exits.contains(&Some(ExitTarget::Refused(ExitRefusal::Fifo)));
        let mut proposals = Vec::new();
        if exits.iter().flatten().next().is_none() {
            let edit = Edit::CatchFailures { function: function.clone() };
            proposals.push(proposal(format!("give {function} a dead-letter queue"), vec![edit]));
        }
        if is_ordered {
            let says =
                format!("let what {function} gives up go to a queue without order: Lambda sends to no other");
            proposals.push(proposal(says, vec![Edit::ReplaceOrdered { function }]));
        }
        let kept = exits.into_iter().flatten().find_map(|exit| match exit {
            ExitTarget::Queue(queue) => Some(self.program.queues[usize::from(queue)].entity),
            ExitTarget::Channel(_)
            | ExitTarget::Stored(_)
            | ExitTarget::Push(_)
            | ExitTarget::Kept(_)
            | ExitTarget::Refused(_) => None,
        });
        proposals.extend(kept.map(|queue| {
            let queue = self.program.name(queue).to_string();
            proposal(
                format!("keep what is in {queue} as long as SQS can"),
                vec![Edit::LongestRetention { queue }],
            )
        }));
        proposals
    }

    /// What finds no room: nothing is reserved for it, or others take it, or it is not kept for long enough.
    fn against_standing(&self, verdict: &Verdict) -> Result<Vec<Proposal>, ModelError> {
        let function = self.function();
        let table = self.table();
        if table.reserved == 0 {
            let says = format!("let {function} run: take its reserved concurrency of 0 away");
            return Ok(vec![proposal(says, vec![Edit::Unreserve { function }])]);
        }
        if verdict.guarantee != GuaranteeName::NoCollateral {
            return Ok(Vec::new());
        }
        let hops = self.giving_up(verdict);
        if !hops.is_empty() {
            return Ok(self.against_giving_up(&hops));
        }
        if self.push.request.is_some() {
            return Ok(self.against_ended_execution());
        }
        let places = self.models.count("queue_poll.recommended_reserved", "minimum")?;
        let longer = Edit::KeepEvents { function: function.clone() };
        let room = Edit::Reserve { function: function.clone(), places };
        let keep = proposal(
            format!("let Lambda keep the events of {function} for as long as it can"),
            vec![longer.clone()],
        );
        let is_open = !table.is_reserved() || u64::from(table.reserved) < places;
        let mut proposals = vec![keep];
        if is_open {
            proposals.push(proposal(
                format!("reserve concurrency for {function}, so that neighbours cannot throttle it"),
                vec![room.clone()],
            ));
            proposals.push(proposal(
                format!(
                    "reserve concurrency for {function}, and let Lambda keep its events for as long as it can"
                ),
                vec![room, longer],
            ));
        }
        Ok(proposals)
    }

    /// A caller that stopped waiting calls again while the first run goes on.
    fn against_repetition(&self) -> Vec<Proposal> {
        let waits = self.push.request.and_then(|request| {
            self.program.network.requests.get(usize::from(request)).and_then(|request| request.timeout)
        });
        let Some(waits) = waits.filter(|waits| self.table().timeout >= *waits) else { return Vec::new() };
        let whole = Duration::from_secs(waits.as_secs());
        let below = if whole < waits { whole } else { whole.saturating_sub(Duration::from_secs(1)) };
        if below == Duration::ZERO {
            return Vec::new();
        }
        let function = self.function();
        let says = format!(
            "end {function} after {below}: whoever calls it waits for {waits}, and may call again then"
        );
        vec![proposal(says, vec![Edit::EndEarlier { function, length: below }])]
    }
}

const fn proposal(says: String, edits: Vec<Edit>) -> Proposal {
    Proposal { says, edits, handler: None }
}

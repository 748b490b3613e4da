//! A system that a test drives step by step: operations and checks take turns, as in state-machine suites.
//!
//! A session is a scenario that grows. Each look runs it from the start and shows it as it stands at the present, so a
//! session is as deterministic as a run, and an operation can only change what comes after it.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use crate::explore::{Ledger, Runner, Seen};
use crate::face::names::Names;
use crate::face::problems::embedded;
use crate::face::{Faults, Problems, View};
use crate::guarantee::GuaranteeSet;
use crate::kernel::Families;
use crate::models::Models;
use crate::program::{Program, compile};
use crate::report::{RunReport, timeline_text};
use crate::scenario::{Change, FaultPlan, Message, PlannedChange, Scenario, Workload, problems};
use crate::topology::{Link, LinkDetail, Topology};
use crate::trace::{Covered, Record, RecordKind, StoredTrace};
use crate::vocabulary::{Duration, Instant, Severity};
use crate::world::{RunSummary, World};

/// A session. Time stands still until [`Session::advance`].
///
/// ```
/// use redrive::prelude::*;
/// let system = Topology::from_template("examples/orders/template.yaml").unwrap();
/// let mut session = Session::new(&system).unwrap();
/// let order = session.send("OrdersQueue", r#"{"order": 7}"#);
/// assert_eq!(order, "OrdersQueue.0");
/// assert_eq!(session.view(|view| view.queue("OrdersQueue").holds()), 1);
/// session.advance(Duration::from_secs(60));
/// assert!(session.view(|view| view.events().all(|event| event.is_processed())));
/// ```
#[derive(Debug)]
pub struct Session<'t> {
    topology: &'t Topology,
    models: Models,
    scenario: Scenario,
    seed: u64,
    now: Instant,
    /// How many events were sent to each source.
    sent: BTreeMap<String, u32>,
    names: Names,
    /// The runs of all parts, until the next operation.
    parts: OnceCell<Vec<Part>>,
}

/// The run of one part.
#[derive(Debug)]
struct Part {
    program: Program,
    world: World,
    trace: StoredTrace,
    summary: RunSummary,
}

/// An operation takes effect so long after what has been seen: nothing that has happened can depend on it.
const AFTERWARDS: Duration = Duration::from_micros(1);

impl<'t> Session<'t> {
    /// A session in which nothing happens but what it does: no load of the profile's, no faults.
    ///
    /// # Errors
    /// What the models lack for the system.
    pub fn new(topology: &'t Topology) -> Result<Self, Problems> {
        let models = embedded();
        let silence = Workload { to: "*".to_owned(), ..Workload::default() };
        let scenario = Scenario { workloads: vec![silence], faults: Faults::none(), ..Scenario::default() };
        compile(topology, &models, &scenario).map_err(Problems::new)?;
        let (sent, parts) = (BTreeMap::new(), OnceCell::new());
        Ok(Self {
            topology,
            models,
            scenario,
            seed: 0,
            now: Instant::START,
            sent,
            names: Names::of(topology),
            parts,
        })
    }

    /// Lets the seed draw from these faults, which happen within the longest faulty phase of the profile (6 h). Only
    /// before the first operation: what has happened stays as it was.
    #[must_use]
    pub fn with_faults(mut self, plan: FaultPlan, seed: u64) -> Self {
        self.scenario.faults = plan;
        self.seed = seed;
        self.parts = OnceCell::new();
        self
    }

    /// Sends a message to a queue, right after the present. The name of the event.
    ///
    /// # Panics
    /// If the system has no such queue.
    pub fn send(&mut self, queue: &str, body: &str) -> String {
        self.names.must_have_queue(queue);
        self.operate();
        let message =
            Message { at: self.now.since_start(), body: Some(body.to_owned()), ..Message::default() };
        let mut workloads = self.scenario.workloads.iter_mut();
        match workloads.find(|workload| workload.to == queue) {
            Some(workload) => workload.messages.push(message),
            None => self.scenario.workloads.push(Workload {
                to: queue.to_owned(),
                messages: vec![message],
                ..Workload::default()
            }),
        }
        let ordinal = self.sent.entry(queue.to_owned()).or_default();
        *ordinal += 1;
        format!("{queue}.{}", *ordinal - 1)
    }

    /// Sets a property to what a template would say, right after the present; it may take a while until it works.
    ///
    /// # Panics
    /// If the system has no such resource or property, or AWS takes no such value.
    pub fn set(&mut self, resource: &str, property: &str, value: &str) {
        let (resource, property) = (resource.to_owned(), property.to_owned());
        self.change(Change::Set { resource, property, value: value.to_owned() });
    }

    /// Disables the mapping by which a function polls a queue.
    ///
    /// # Panics
    /// If there is no such mapping.
    pub fn disable(&mut self, function: &str, queue: &str) {
        self.change(Change::Disable { source: queue.to_owned(), function: function.to_owned() });
    }

    /// Enables the mapping by which a function polls a queue.
    ///
    /// # Panics
    /// If there is no such mapping.
    pub fn enable(&mut self, function: &str, queue: &str) {
        self.change(Change::Enable { source: queue.to_owned(), function: function.to_owned() });
    }

    /// Deploys a function anew: its idle environments are gone.
    ///
    /// # Panics
    /// If there is no such function.
    pub fn redeploy(&mut self, function: &str) {
        self.change(Change::Redeploy { function: function.to_owned() });
    }

    /// Moves the messages of a dead-letter queue back to where they came from.
    ///
    /// # Panics
    /// If there is no such queue.
    pub fn redrive(&mut self, queue: &str) {
        self.change(Change::Redrive { queue: queue.to_owned(), rate: None });
    }

    /// Looks at the messages of a queue without deleting them, as an operator does in the console: each look counts as a
    /// receive and hides the messages for the queue's visibility timeout.
    ///
    /// ```
    /// use redrive::prelude::*;
    /// let system = Topology::from_template("examples/orders/template.yaml").unwrap();
    /// let mut session = Session::new(&system).unwrap();
    /// session.send("OrdersQueue", "{}");
    /// session.peek("OrdersQueue");
    /// assert!(session.timeline().contains("an operator looks at OrdersQueue.0"));
    /// ```
    ///
    /// # Panics
    /// If there is no such queue.
    pub fn peek(&mut self, queue: &str) {
        let change = Change::Peek { queue: queue.to_owned(), messages: u32::MAX, visibility: None };
        self.change(change);
    }

    fn change(&mut self, change: Change) {
        self.operate();
        self.scenario.changes.push(PlannedChange { at: self.now.since_start(), change, place: None });
        let mut wrong = problems(&self.scenario, self.topology, &self.models);
        wrong.retain(|one| one.severity == Severity::Error);
        assert!(wrong.is_empty(), "this change cannot be made\n{}", Problems::new(wrong));
    }

    /// Lets time pass.
    pub fn advance(&mut self, length: Duration) {
        self.now += length;
        self.parts = OnceCell::new();
    }

    /// The present.
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// Looks at how things stand. What has just happened is told by [`Session::timeline`]; a look is at no record.
    ///
    /// # Panics
    /// If the system has no queue that a function polls: then nothing can be seen.
    pub fn view<T>(&self, look: impl FnOnce(&View<'_>) -> T) -> T {
        let parts = self.parts();
        let ledgers: Vec<Ledger> = parts.iter().map(|part| part.until(self.now).0).collect();
        let records: Vec<Record> = parts.iter().map(|part| part.present(self.now)).collect();
        let mut seen = parts.iter().zip(&ledgers).zip(&records).map(|((part, ledger), record)| {
            let (program, world) = (&part.program, &part.world);
            Seen { record, covered: &[], position: part.trace.len(), ledger, program, world }
        });
        let first = seen.next().expect("some function of the system polls a queue");
        let others: Vec<Seen<'_>> = seen.collect();
        look(&View::new(first, &self.names).beside(&others))
    }

    /// Everything that has happened so far, on lines for snapshots.
    pub fn timeline(&self) -> String {
        let mut text = String::new();
        for part in self.parts() {
            let mut trace = StoredTrace::default();
            let (_, records) = part.until(self.now);
            for (record, covered) in records {
                crate::trace::Observer::observe(&mut trace, record, covered);
            }
            let report = RunReport {
                program: &part.program,
                models: &self.models,
                world: &part.world,
                trace: &trace,
                summary: part.summary,
                families: Families::NONE,
            };
            text.push_str(&timeline_text(&report, None));
        }
        text
    }

    /// What comes next happens after what has been seen.
    fn operate(&mut self) {
        self.now += AFTERWARDS;
        self.parts = OnceCell::new();
    }

    fn parts(&self) -> &[Part] {
        self.parts.get_or_init(|| {
            let programs = compile(self.topology, &self.models, &self.with_what_comes())
                .expect("the models had all that it takes when the session began");
            let families = self.scenario.faults.families.unwrap_or(Families::USUAL);
            programs
                .into_iter()
                .map(|mut program| {
                    program.plan.phase = program.profile.faulty_phases.iter().copied().max();
                    let mut runner = Runner::new(&program, GuaranteeSet::NONE);
                    let (summary, trace) = runner.trace_seed(self.seed, families);
                    let world = runner.into_world();
                    Part { program, world, trace, summary }
                })
                .collect()
        })
    }

    /// The scenario with one more message for every source, right after the present: it keeps a run going until then. How
    /// long faults happen does not depend on it, so that whatever is sent later finds the same past.
    fn with_what_comes(&self) -> Scenario {
        let mut scenario = self.scenario.clone();
        let at = (self.now + AFTERWARDS).since_start();
        let polled = |link: &&Link| matches!(link.detail, LinkDetail::QueuePolling(_));
        let mut sources: Vec<&str> = self
            .topology
            .links
            .iter()
            .filter(polled)
            .map(|link| self.topology.end_name(&link.from))
            .collect();
        sources.sort_unstable();
        sources.dedup();
        for source in sources {
            let messages = vec![Message { at, ..Message::default() }];
            let to = source.to_owned();
            scenario.workloads.push(Workload { to, messages, ..Workload::default() });
        }
        scenario
    }
}

impl Part {
    /// The present as a record: the end of what there is to see.
    fn present(&self, now: Instant) -> Record {
        Record {
            at: now,
            kind: RecordKind::RunEnded,
            entity: self.program.account.entity,
            rule: self.program.profile.settle_rule,
            subject: 0,
            value: 0,
            events: 0,
        }
    }

    /// What has happened until a moment, and how things stand then. When faults stop is no part of it: that moves with
    /// what is still to come.
    fn until(&self, now: Instant) -> (Ledger, Vec<(&Record, &[Covered])>) {
        let mut ledger = Ledger::new(&self.program);
        let is_past = |(record, _): &(&Record, &[Covered])| {
            record.at <= now && !matches!(record.kind, RecordKind::FaultsStopped | RecordKind::RunEnded)
        };
        let records: Vec<_> = self.trace.iter().filter(is_past).collect();
        for (record, covered) in &records {
            ledger.update(record, covered);
        }
        (ledger, records)
    }
}

//! Random scenarios for random systems.

use redrive::kernel::Family;
use redrive::scenario::{
    Arrivals, BodyTest, Change, Emission, FaultPlan, Generated, Handling, Message, OutcomeRule, Per,
    PlannedChange, PlannedFault, Scenario, Then, Timing, When, Workload,
};
use redrive::vocabulary::{Duration, Ratio};

use crate::networks::{DeadLetters, Draw, Network, QueueSpec};

/// What becomes of events; what a handler tells whoever waits to be called back is none of it where nobody does.
const OUTCOMES: [Then; 4] = [Then::Succeeds, Then::Fails, Then::TimesOut, Then::Crashes];

impl Draw {
    /// What is stated beside a system, often nothing.
    pub(crate) fn scenario(&mut self, network: &Network) -> Scenario {
        if self.of(&[true, true, false]) {
            return Scenario::default();
        }
        Scenario {
            workloads: self.workloads(),
            handlers: network
                .functions
                .iter()
                .map(|function| self.handling(network, &function.name))
                .collect(),
            changes: self.changes(network),
            faults: FaultPlan { planned: self.faults(network), ..FaultPlan::default() },
            ..Scenario::default()
        }
    }

    fn workloads(&mut self) -> Vec<Workload> {
        let message = |at: u64, body: Option<&str>| Message {
            at: Duration::from_secs(at),
            body: body.map(str::to_owned),
            ..Message::default()
        };
        let to = self.of(&["*", "Orders", "Dead", "Returns"]);
        let some = Workload {
            to: to.to_owned(),
            messages: vec![message(0, Some("odd")), message(5, None), message(5, Some("even"))],
            generated: vec![
                Generated {
                    body: Some("odd one".to_owned()),
                    start: Duration::from_secs(7),
                    ..Generated::new(4, Arrivals::Over(Duration::from_secs(100)))
                },
                Generated::new(0, Arrivals::PerMinute(vec![3, 0, 2])),
            ],
            place: None,
        };
        if self.of(&[true, false]) { vec![some] } else { Vec::new() }
    }

    fn handling(&mut self, network: &Network, function: &str) -> Handling {
        let (shortest, longest, per) = self.of(&[
            (0, 0, Per::Event),
            (40, 40, Per::Event),
            (40, 2_000, Per::Event),
            (500, 20_000, Per::Invocation),
        ]);
        let timing = Timing {
            shortest: Duration::from_millis(shortest),
            longest: Duration::from_millis(longest),
            per,
        };
        let rules = self.of(&[0, 1, 3]);
        Handling {
            function: function.to_owned(),
            duration: self.of(&[None, Some(timing)]),
            outcomes: (0..rules).map(|_| self.rule()).collect(),
            emits: if is_small(network) { self.emissions(network) } else { Vec::new() },
            ..Handling::default()
        }
    }

    fn emissions(&mut self, network: &Network) -> Vec<Emission> {
        let to = self.of(&[None, None, Some("Returns"), Some("Dead"), Some("Deader")]);
        let emission = |to: &str, per, count| Emission {
            to: to.to_owned(),
            per,
            count,
            body: (count > 1).then(|| "odd".to_owned()),
            // Of networks in which tenants can be noisy, some of what is sent on belongs to one.
            group: (count > 1 && network.narrow.tenants.is_some()).then(|| "odd".to_owned()),
            place: None,
        };
        to.map_or_else(Vec::new, |to| vec![emission(to, Per::Event, 1), emission(to, Per::Invocation, 2)])
    }

    fn rule(&mut self) -> OutcomeRule {
        let body = self.of(&[None, None, Some("odd")]);
        let when = When {
            attempts: self.of(&[None, Some((1, 1)), Some((2, 3))]),
            body: body.map(|text| BodyTest::Contains(text.to_owned())),
            ratio: self.of(&[None, Ratio::new(1, 2), Ratio::new(1, 5)]),
        };
        OutcomeRule { when, then: self.of(&OUTCOMES), place: None }
    }

    fn faults(&mut self, network: &Network) -> Vec<PlannedFault> {
        let mut planned = Vec::new();
        if self.of(&[true, false]) {
            let family = self.of(&[Family::Outage, Family::Brownout, Family::Throttle, Family::ServiceError]);
            let target = self.of(&[0, 1]);
            let target =
                if target == 0 { network.functions[0].name.clone() } else { network.queues[0].name.clone() };
            planned.push(PlannedFault::Span {
                family,
                target,
                at: Duration::from_secs(self.of(&[0, 3, 200])),
                length: Duration::from_secs(self.of(&[5, 300, 1_200])),
                place: None,
            });
        }
        if self.of(&[true, false]) {
            let ordinal = self.of(&[0, 2]);
            planned.push(PlannedFault::Poison { source: "Orders".to_owned(), ordinal, place: None });
        }
        planned
    }

    fn changes(&mut self, network: &Network) -> Vec<PlannedChange> {
        let count = self.of(&[0, 1, 4]);
        (0..count)
            .map(|_| PlannedChange {
                at: Duration::from_secs(self.of(&[0, 2, 30, 400, 4_000])),
                change: self.change(network),
                place: None,
            })
            .collect()
    }

    fn change(&mut self, network: &Network) -> Change {
        let function = network.functions[0].name.clone();
        let source = || network.queues[0].name.clone();
        let mapping = format!("{}->{function}", network.queues[0].name);
        let set = |resource: &str, property: &str, value: &str| Change::Set {
            resource: resource.to_owned(),
            property: property.to_owned(),
            value: value.to_owned(),
        };
        match self.of(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]) {
            0 => set(&source(), "VisibilityTimeout", "120"),
            1 => set(&source(), "MessageRetentionPeriod", "90"),
            2 => set(&source(), "RedrivePolicy.maxReceiveCount", "4"),
            3 => set(&mapping, "BatchSize", "3"),
            4 => set(&mapping, "ScalingConfig.MaximumConcurrency", "2"),
            5 => set(&function, "ReservedConcurrentExecutions", "3"),
            6 => set(&function, "Timeout", "4"),
            7 => Change::Redeploy { function },
            8 => Change::Disable { source: source(), function },
            9 => Change::Enable { source: source(), function },
            10 => Change::Revoke { function, from: source() },
            11 => set(&mapping, "FunctionResponseTypes", "ReportBatchItemFailures"),
            12 => Change::Peek {
                queue: source(),
                messages: self.of(&[1, 25]),
                visibility: self.of(&[None, Some(Duration::from_secs(0)), Some(Duration::from_secs(7))]),
            },
            15 => Change::Delete { name: function },
            16 => Change::DeleteMapping { source: source(), function },
            13 => Change::Peek { queue: "Dead".to_owned(), messages: 25, visibility: None },
            _ => Change::Redrive { queue: "Dead".to_owned(), rate: self.of(&[None, Some(2)]) },
        }
    }
}

/// Whether no event is delivered so often that what is sent for it becomes too much for the naive world.
fn is_small(network: &Network) -> bool {
    let is_bounded =
        |queue: &QueueSpec| matches!(queue.dead_letters, DeadLetters::Queue(..) | DeadLetters::Outside(_));
    let polled = network.mappings.iter().map(|mapping| &network.queues[mapping.queue]);
    network.load.is_none() && polled.into_iter().all(is_bounded)
}

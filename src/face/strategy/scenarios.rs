//! Whole scenarios for a system.

use proptest::prelude::*;

use crate::face::strategy::{fault_plans, handlings, workloads};
use crate::scenario::{FaultPlan, Handling, Scenario, Workload};
use crate::topology::{LinkDetail, Topology};

/// Load for every queue that a function polls, behaviour for every function that polls one, and faults. Shrinks to one
/// message for each queue, handlers that throw, and no faults.
///
/// ```
/// use proptest::prelude::*;
/// use redrive::prelude::*;
/// use redrive::strategy::scenarios;
/// let system = Topology::from_template("examples/orders/template.yaml").unwrap();
/// proptest!(ProptestConfig::with_cases(4), |(scenario in scenarios(&system))| {
///     Check::new(&system).scenario(scenario).run_seed(0);
/// });
/// ```
pub fn scenarios(system: &Topology) -> BoxedStrategy<Scenario> {
    let mut loads: Vec<BoxedStrategy<Workload>> = Vec::new();
    let mut handlers: Vec<BoxedStrategy<Handling>> = Vec::new();
    let (mut queues, mut functions) = (Vec::new(), Vec::new());
    for link in system.links.iter().filter(|link| matches!(link.detail, LinkDetail::QueuePolling(_))) {
        let (queue, function) = (system.end_name(&link.from), system.end_name(&link.to));
        if !queues.contains(&queue) {
            queues.push(queue);
            loads.push(workloads(queue).boxed());
        }
        if !functions.contains(&function) {
            functions.push(function);
            handlers.push(handlings(function).boxed());
        }
    }
    let whole = |(workloads, handlers, faults): (Vec<Workload>, Vec<Handling>, FaultPlan)| Scenario {
        workloads,
        handlers,
        faults,
        ..Scenario::default()
    };
    (loads, handlers, fault_plans()).prop_map(whole).boxed()
}

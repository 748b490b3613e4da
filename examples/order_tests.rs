//! The tests of a web shop, as its own crate would have them: `cargo test --example order_tests`.
//!
//! `cargo run --example order_tests` shows one run.

use redrive::prelude::*;

fn shop() -> Topology {
    Topology::from_template("examples/orders/template.yaml").expect("the example is a template")
}

fn main() {
    let system = shop();
    let load = Workload::to("OrdersQueue").events(1).at_once();
    let run = Check::new(&system).workload(load).faults(Faults::only([Family::Poison])).run_seed(0);
    print!("{}", run.event("OrdersQueue.0").unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_is_fulfilled_or_kept() {
        let system = shop();
        Check::new(&system)
            .workload(Workload::to("OrdersQueue").events(50).keys(8))
            .faults(Faults::swarm())
            .guarantee(no_loss().at("OrdersQueue"))
            .guarantee(no_collateral().at("OrdersQueue"))
            .guarantee(sometimes("a retry fulfils an order", |view| match view.what() {
                What::Processed { function: "FulfilOrder", events } => {
                    events.iter().any(|order| order.attempt() > 1)
                }
                _ => false,
            }))
            .seeds(0..128)
            .run()
            .assert_held();
    }

    /// The template keeps dead invoices for 20,160 seconds where minutes were meant; see `repaired.yaml`.
    #[test]
    fn invoices_are_lost() {
        let system = shop();
        let outcome = Check::new(&system).guarantee(no_loss().at("InvoicesQueue")).seeds(0..128).run();
        assert_eq!(outcome.violated(), ["no-loss at InvoicesQueue"]);
    }
}

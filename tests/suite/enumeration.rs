//! The enumeration: what it takes all combinations of, what it leaves out, and what it proves.

use redrive::explore::{Enumeration, Limits, Runner, Scope, enumerate};
use redrive::guarantee::GuaranteeSet;
use redrive::kernel::{Families, Reduction};
use redrive::models::Models;
use redrive::program::Program;

use crate::support::System;

const ONE: Scope = Scope { events: 1, faults: 1, concurrency: 2 };

fn run(program: &Program, scope: Scope, reduction: Reduction) -> Enumeration {
    let models = Models::embedded().expect("the embedded models load");
    let mut runner = Runner::new(program, GuaranteeSet::EVERY);
    enumerate(&mut runner, &models, &scope, Families::EVERY, (reduction, Limits::USUAL))
}

#[test]
fn figures() {
    let two = Scope { events: 2, faults: 1, concurrency: 2 };
    for (name, system) in [
        ("sound", System::sound()),
        ("batch", System { batch_size: 10, ..System::sound() }),
        ("short", System { visibility: 20, ..System::sound() }),
    ] {
        for scope in [ONE, two, Scope { faults: 2, ..ONE }, Scope::small()] {
            for reduction in [Reduction::None, Reduction::Symmetry, Reduction::States] {
                let start = std::time::Instant::now();
                let found = run(&system.program(), scope, reduction);
                println!(
                    "{name} {scope} {reduction:?}: {:?} {:?} runs {} records {} {:?} {:?} broken {:?} beyond {:?}",
                    found.complete, found.stopped, found.runs, found.records, found.met, start.elapsed(),
                    found.broken.iter().map(|b| (b.guarantee.word(), b.families.to_string())).collect::<Vec<_>>(),
                    found.beyond.iter().map(|b| (b.0.word(), b.2.to_string())).collect::<Vec<_>>(),
                );
            }
        }
    }
}

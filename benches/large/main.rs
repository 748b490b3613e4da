//! How long a check of a large template takes. One iteration is one check, so few are made.
//!
//! `--bench large` runs both templates; a name behind `--` picks one.

mod mixed;
mod queues;

use std::path::Path;

use divan::Bencher;
use redrive::explore::{CheckOptions, check};
use redrive::guarantee::GuaranteeSet;
use redrive::kernel::Families;
use redrive::models::Models;
use redrive::scenario::Scenario;
use redrive::template::{ImportOptions, import_text};

fn main() {
    divan::main();
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn two_hundred_functions_with_a_queue_each(bencher: Bencher) {
    bench(bencher, &queues::template());
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn two_hundred_functions_of_all_kinds(bencher: Bencher) {
    bench(bencher, &mixed::template());
}

fn bench(bencher: Bencher, template: &str) {
    let models = Models::embedded().expect("the embedded models load");
    let import = ImportOptions::with_stand_ins();
    let options = CheckOptions {
        seeds: None,
        first_seed: 0,
        families: Families::EVERY,
        guarantees: GuaranteeSet::EVERY,
        threads: 2,
        exhaustive: None,
        input_options: Vec::new(),
    };
    bencher.bench_local(|| {
        let imported = import_text(Path::new("large.yaml"), template, &import, &models);
        let topology = imported.topology.expect("it is a template");
        let checked = check(&topology, &models, &Scenario::default(), &options, &mut |_| {});
        let checked = checked.expect("the models are complete");
        let (runs, records) = checked
            .parts
            .iter()
            .fold((0, 0), |(runs, records), part| (runs + part.seeds, records + part.records));
        println!(
            "{} parts, {runs} runs, {records} records, {} findings",
            checked.parts.len(),
            checked.findings.len()
        );
        checked
    });
}

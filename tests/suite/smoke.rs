use crate::support::System;
use redrive::explore::Runner;
use redrive::guarantee::GuaranteeSet;
use redrive::kernel::Families;
#[test]
fn smoke() {
    for (label, system) in [("sound", System::sound()), ("noredrive", System { max_receive_count: None, ..System::sound() }),
      ("batch", System { batch_size: 10, ..System::sound() }),
      ("unreserved", System { reserved: None, maximum_concurrency: None, ..System::sound() }),
      ("window", System { batch_size: 50, window: 60, visibility: 90, timeout: 60, ..System::sound() }),
      ("reserved1", System { reserved: Some(1), maximum_concurrency: None, ..System::sound() }),
      ("disabled", System { enabled: false, ..System::sound() }),
    ] {
        let program = system.program();
        let mut runner = Runner::new(&program, GuaranteeSet::EVERY);
        let mut found = std::collections::BTreeMap::new();
        let (mut records, mut items, mut undecided) = (0, 0, 0);
        for seed in 0..2000 {
            let summary = runner.seed(seed, Families::EVERY);
            records += summary.records; items += summary.items; undecided += summary.undecided;
            for v in runner.judge().violations() {
                let e = found.entry(v.guarantee).or_insert((0, seed, runner.world().hits(v.queue)));
                e.0 += 1;
                let h = runner.world().hits(v.queue);
                if h.len() < e.2.len() { e.1 = seed; e.2 = h; }
            }
        }
        println!("{label}: records {records} items {items} undecided {undecided}");
        for (g, (n, seed, hits)) in found { println!("   {g} {n} seed {seed} hits {hits}"); }
    }
}

use crate::support::System;
use redrive::explore::*;
use redrive::guarantee::GuaranteeSet;
use redrive::kernel::Families;
use redrive::models::Models;
use redrive::program::ProgramOptions;
#[test]
fn smoke() {
    let models = Models::embedded().unwrap();
    for (label, system) in [("sound", System::sound()), ("noredrive", System { max_receive_count: None, ..System::sound() }),
      ("batch", System { batch_size: 10, ..System::sound() }),
      ("unreserved", System { reserved: None, maximum_concurrency: None, ..System::sound() }),
      ("window", System { batch_size: 50, window: 60, visibility: 90, timeout: 60, ..System::sound() }),
      ("reserved1", System { reserved: Some(1), maximum_concurrency: None, ..System::sound() }),
      ("disabled", System { enabled: false, ..System::sound() }),
    ] {
        let options = CheckOptions { seeds: None, first_seed: 0, families: Families::EVERY, guarantees: GuaranteeSet::EVERY, threads: 2, input_options: vec![] };
        let start = std::time::Instant::now();
        let checked = check(&system.topology(), &models, &ProgramOptions::default(), &options, &mut |_| {}).unwrap();
        println!("==== {label} {:?}", start.elapsed());
        for part in &checked.parts {
            println!("seeds {} {:?} records {}", part.seeds, part.stop, part.records);
            for v in &part.verdicts {
                println!("  {:24} {:?} by [{}] beyond [{}]", v.guarantee.to_string(), v.standing, v.broken_by.iter().map(|f| f.to_string()).collect::<Vec<_>>().join("] ["), v.beyond_platform);
                if let Some(c) = &v.counterexample { println!("      seed {} events {} needs {:?}\n      {}", c.seed, c.events, c.needs.iter().map(|(f,d)| format!("{f} {d}")).collect::<Vec<_>>(), c.capsule);
                  if v.guarantee.gates() == redrive::guarantee::Gates::Yes || true { for s in &c.steps { match s { Told::Step(s) => println!("          {} {:?} {} {} {:?}{}", s.at, s.kind, part.program.name(s.entity), models.rule(s.rule).id, s.events, if s.violates {" <<<"} else {""}), Told::Omitted(n) => println!("          … {n}") } } }
                }
            }
        }
        println!("findings {}", checked.findings.len());
    }
}

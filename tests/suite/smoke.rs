use redrive::explore::*;
use redrive::guarantee::GuaranteeSet;
use redrive::kernel::Families;
use redrive::models::Models;
use redrive::program::ProgramOptions;
use redrive::template::{import, ImportOptions};
#[test]
fn smoke() {
    let models = Models::embedded().unwrap();
    for pair in ["ledger-postings-shared-fate", "parcel-labels-no-redrive", "partner-sync-dlq-retention", "telemetry-window-visibility", "loyalty-points-ignored-failures"] { for kind in ["buggy", "fixed"] {
        let label = format!("{pair} {kind}");
        let path = format!("../shared/pitfalls/{pair}/{kind}.yaml");
        let imported = import(path.as_ref(), &ImportOptions::with_stand_ins(), &models);
        for d in &imported.diagnostics { println!("{d}"); }
        let options = CheckOptions { seeds: None, first_seed: 0, families: Families::EVERY, guarantees: GuaranteeSet::EVERY, threads: 2, input_options: vec![] };
        let start = std::time::Instant::now();
        let checked = check(&imported.topology.unwrap(), &models, &ProgramOptions::default(), &options, &mut |_| {}).unwrap();
        println!("==== {label} {:?}", start.elapsed());
        for part in &checked.parts {
            println!("seeds {} {:?} records {}", part.seeds, part.stop, part.records);
            for v in &part.verdicts {
                println!("  {:24} {:?} by [{}] beyond [{}]", v.guarantee.to_string(), v.standing, v.broken_by.iter().map(|f| f.to_string()).collect::<Vec<_>>().join("] ["), v.beyond_platform);
                if let Some(c) = &v.counterexample { println!("      seed {} events {} needs {:?}\n      {}", c.seed, c.events, c.needs.iter().map(|(f,d)| format!("{f} {d}")).collect::<Vec<_>>(), c.capsule);
                  for s in &c.steps { match s { Told::Step(s) => println!("          {} {:?} {} {} {:?}{}", s.at, s.kind, part.program.name(s.entity), models.rule(s.rule).id, s.events, if s.violates {" <<<"} else {""}), Told::Omitted(n) => println!("          … {n}") } }
                }
            }
        }
        println!("findings {}", checked.findings.len());
    } }
}

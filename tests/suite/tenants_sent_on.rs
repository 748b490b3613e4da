//! Tenants of what handlers send on: a message group that `emits` names works as one that a sender names.

use std::path::Path;

use redrive::prelude::*;
use redrive::scenario::{Emission, Per, Timing, problems, read_scenario_text};

/// `Split` makes fifty pieces of each message, on which `Work` takes ten minutes each.
fn system() -> Topology {
    Topology::build()
        .queue("In", |queue| queue.visibility(Duration::from_secs(180)))
        .queue("Pieces", |queue| queue.visibility(Duration::from_secs(5_400)))
        .function("Split", |function| function.timeout(Duration::from_secs(30)))
        .function("Work", |function| function.timeout(Duration::from_secs(900)))
        .polls("Split", "In", |mapping| mapping.batch_size(1))
        .polls("Work", "Pieces", |mapping| mapping.batch_size(1).maximum_concurrency(40))
        .finish()
        .expect("it is sound")
}

/// Whether a message of nobody that comes five minutes after the pieces is received before all of them.
fn overtakes(group: Option<&str>) -> bool {
    let pieces = Emission {
        to: "Pieces".to_owned(),
        per: Per::Event,
        count: 50,
        body: None,
        group: group.map(str::to_owned),
        place: None,
    };
    let ten_minutes = Duration::from_secs(600);
    let work = Timing { shortest: ten_minutes, longest: ten_minutes, per: Per::Event };
    let system = system();
    let outcome = Check::new(&system)
        .named("tenants sent on")
        .workload(Workload::to("In").events(1).at_once())
        .workload(Workload::to("Pieces").message(Duration::from_secs(300), "{}"))
        .handling(Handling { function: "Split".to_owned(), emits: vec![pieces], ..Handling::default() })
        .handling(Handling { function: "Work".to_owned(), duration: Some(work), ..Handling::default() })
        .faults(Faults::none())
        .guarantee(sometimes("what came last is taken before others", |view| match view.what() {
            What::Received { queue: "Pieces", events } => {
                let is_late =
                    |event: Event<'_>| event.sent() > Some(Instant::START + Duration::from_secs(60));
                events.iter().any(is_late) && view.queue("Pieces").waiting() > 0
            }
            _ => false,
        }))
        .guarantee(bounded_attempts())
        .seeds(0..1)
        .run();
    !outcome.violated().contains(&"what came last is taken before others")
}

#[test]
//= test: queue.fair_order
fn what_a_handler_sends_for_one_tenant_waits_behind_what_others_send() {
    assert!(overtakes(Some("loud")));
    assert!(!overtakes(None));
}

#[test]
fn a_group_of_what_is_sent_to_anything_but_a_standard_queue_is_refused() {
    let system = Topology::build()
        .queue("Ledger", |queue| queue.set("FifoQueue", true))
        .queue("Bills", |queue| queue)
        .function("Split", |function| function)
        .finish()
        .expect("it is sound");
    let models = redrive::models::Models::embedded().expect("the embedded models load");
    let told = |to: &str| {
        let text = format!("[[handler.Split.emits]]\nto = '{to}'\ngroup = 'acme'\n");
        let read = read_scenario_text(Path::new("s.toml"), &text);
        assert_eq!(read.diagnostics, []);
        let told = problems(&read.file.scenario, &system, &models);
        told.into_iter().find(|one| one.code == "scenario-no-tenant").map(|one| {
            assert!(one.place.is_some() && one.help.is_some(), "{one}");
            one.message
        })
    };
    assert_eq!(told("Ledger").as_deref(), Some("what is sent to Ledger has the `group` `acme`"));
    assert_eq!(told("Bills"), None);
}

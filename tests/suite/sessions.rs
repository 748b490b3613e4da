//! Sessions: operations and checks take turns, and what has happened stays as it was.

use proptest::collection::vec;
use proptest::prelude::*;
use redrive::prelude::*;

fn system() -> Topology {
    Topology::build()
        .queue("Orders", |queue| queue.visibility(Duration::from_secs(60)).dead_letters("OrdersDead", 2))
        .queue("OrdersDead", |queue| queue.retention(Duration::from_secs(1_209_600)))
        .function("Fulfil", |function| function.timeout(Duration::from_secs(10)))
        .polls("Fulfil", "Orders", |mapping| mapping.batch_size(5))
        .queue("Mails", |queue| queue)
        .function("Post", |function| function)
        .polls("Post", "Mails", |mapping| mapping)
        .finish()
        .expect("the system makes sense")
}

#[derive(Clone, Debug)]
enum Operation {
    SendOrder,
    SendMail,
    Advance(u64),
    Hide(u64),
    Switch,
    Redeploy,
    Redrive,
    Peek,
    Look,
}

fn operations() -> impl Strategy<Value = Vec<Operation>> {
    let one = prop_oneof![
        Just(Operation::Look),
        Just(Operation::SendOrder),
        Just(Operation::SendMail),
        (0..400_000_u64).prop_map(Operation::Advance),
        (0..300_u64).prop_map(Operation::Hide),
        Just(Operation::Switch),
        Just(Operation::Redeploy),
        Just(Operation::Redrive),
        Just(Operation::Peek),
    ];
    vec(one, 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn whatever_a_session_does_its_past_stays_and_every_event_is_somewhere(
        operations in operations(),
        seed in 0..100_u64,
        faulty in any::<bool>(),
    ) {
        let system = system();
        let faults = if faulty { Faults::only([Family::Poison, Family::TransientError, Family::Outage]) } else { Faults::none() };
        let mut session = Session::new(&system).expect("it is a system").with_faults(faults, seed);
        let (mut orders, mut mails, mut enabled) = (0, 0, true);
        for operation in operations {
            let (before, at) = (session.timeline(), session.now());
            match operation {
                Operation::SendOrder => {
                    prop_assert_eq!(session.send("Orders", "{}"), format!("Orders.{orders}"));
                    orders += 1;
                }
                Operation::SendMail => {
                    prop_assert_eq!(session.send("Mails", "{}"), format!("Mails.{mails}"));
                    mails += 1;
                }
                Operation::Advance(millis) => session.advance(Duration::from_millis(millis)),
                Operation::Hide(seconds) => session.set("Orders", "VisibilityTimeout", &seconds.to_string()),
                Operation::Switch if enabled => {
                    session.disable("Fulfil", "Orders");
                    enabled = false;
                }
                Operation::Switch => {
                    session.enable("Fulfil", "Orders");
                    enabled = true;
                }
                Operation::Redeploy => session.redeploy("Post"),
                Operation::Peek => session.peek("OrdersDead"),
                Operation::Redrive => session.redrive("OrdersDead"),
                Operation::Look => {}
            }
            prop_assert!(session.now() >= at);
            for line in before.lines() {
                prop_assert!(session.timeline().contains(line), "{line} has gone from\n{}", session.timeline());
            }
            let (sent, accounted) = session.view(|view| {
                let held = |queue: &str| view.queue(queue).contents().map(|event| event.to_string()).collect::<Vec<_>>();
                let mut somewhere: Vec<String> = held("Orders");
                somewhere.extend(held("OrdersDead"));
                somewhere.extend(held("Mails"));
                let accounted = view.events().filter(|event| {
                    event.is_processed() || event.lost().is_some() || somewhere.contains(&event.to_string())
                });
                (view.events().count(), accounted.count())
            });
            prop_assert_eq!(sent, accounted);
        }
        if !enabled {
            session.enable("Fulfil", "Orders");
        }
        session.advance(Duration::from_secs(86_400));
        let arrived = session.view(|view| view.events().count());
        prop_assert_eq!(arrived, orders + mails, "everything that was sent has arrived");
        if !faulty {
            prop_assert!(session.view(|view| view.events().all(|event| event.is_processed())));
        }
    }
}

#[test]
fn a_session_shows_the_present_and_not_what_comes() {
    let system = system();
    let mut session = Session::new(&system).expect("it is a system");
    assert_eq!(session.send("Orders", "first"), "Orders.0");
    assert_eq!(session.view(|view| view.queue("Orders").holds()), 1, "it is accepted at that moment");
    assert_eq!(session.view(|view| view.function("Fulfil").invocations()), 0);
    session.advance(Duration::from_secs(10));
    assert_eq!(session.view(|view| view.queue("Orders").holds()), 0);
    assert_eq!(session.view(|view| view.function("Fulfil").invocations()), 1);
    assert_eq!(session.view(|view| view.function("Post").invocations()), 0);
    session.advance(Duration::from_secs(3_600));
    session.send("Mails", "second");
    session.advance(Duration::from_secs(10));
    assert_eq!(session.view(|view| view.function("Post").invocations()), 1);
    assert_eq!(session.view(|view| view.events().count()), 2);
}

#[test]
//= test: queue.peek
fn who_only_looks_at_orders_long_enough_gives_them_up() {
    let system = system();
    let mut session = Session::new(&system).expect("it is a system");
    session.disable("Fulfil", "Orders");
    session.send("Orders", "{}");
    for _ in 0..3 {
        session.peek("Orders");
        session.advance(Duration::from_secs(61));
    }
    assert_eq!(session.view(|view| view.queue("OrdersDead").holds()), 1, "{}", session.timeline());
    assert_eq!(session.view(|view| view.function("Fulfil").invocations()), 0);
}

#[test]
fn a_disabled_mapping_leaves_messages_until_it_is_enabled_again() {
    let system = system();
    let mut session = Session::new(&system).expect("it is a system");
    session.disable("Fulfil", "Orders");
    session.advance(Duration::from_secs(600));
    session.send("Orders", "{}");
    session.advance(Duration::from_secs(600));
    assert_eq!(session.view(|view| view.queue("Orders").waiting()), 1);
    session.enable("Fulfil", "Orders");
    session.advance(Duration::from_secs(600));
    assert_eq!(session.view(|view| view.queue("Orders").holds()), 0);
    assert_eq!(session.view(|view| view.function("Fulfil").invocations()), 1);
}

#[test]
#[should_panic(expected = "this change cannot be made")]
fn a_change_of_nothing_is_refused() {
    let system = system();
    Session::new(&system).expect("it is a system").redeploy("Nobody");
}

#[test]
fn how_long_a_session_goes_on_changes_no_fault_that_has_begun() {
    let system = system();
    let faults = Faults::only([Family::Poison, Family::TransientError, Family::Outage]);
    let mut session = Session::new(&system).expect("it is a system").with_faults(faults, 96);
    session.advance(Duration::from_secs(240));
    let before = session.timeline();
    assert!(before.contains("an outage of"), "{before}");
    session.advance(Duration::from_secs(40_000));
    for line in before.lines() {
        assert!(session.timeline().contains(line), "{line} has gone from\n{}", session.timeline());
    }
}

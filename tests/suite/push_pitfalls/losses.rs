//! Events that are lost although everybody answered "accepted".

use super::*;

/// A rule that calls the function, with a dead-letter queue of its own.
fn behind_rule(properties: &str) -> String {
    let letters = "DeadLetterConfig: {Arn: !GetAtt Failed.Arn}";
    let event = format!("{{Type: EventBridgeRule, Properties: {{Pattern: {{source: [shop]}}, {letters}}}}}");
    function(properties, &event) + &lets_in("events")
}

#[test]
fn a_function_without_a_way_out_loses_what_always_fails() {
    check_pair(Pair {
        broken: &behind_topic("MemorySize: 128", ""),
        mended: &behind_topic(DEAD_LETTERS, ""),
        guarantee: GuaranteeName::NoLoss,
        at: "T->F",
        suffices: &[Family::Poison],
        faults: Faults::swarm(),
    });
}

//= test: sns.two_exits
#[test]
fn the_dead_letter_queue_of_a_subscription_never_sees_what_the_function_fails_at() {
    let letters = ", RedrivePolicy: {deadLetterTargetArn: !GetAtt Failed.Arn}";
    check_pair(Pair {
        broken: &(behind_topic("MemorySize: 128", letters) + &lets_in("sns")),
        mended: &(behind_topic(DEAD_LETTERS, letters) + &lets_in("sns")),
        guarantee: GuaranteeName::NoLoss,
        at: "T->F",
        suffices: &[Family::Poison],
        faults: Faults::swarm(),
    });
}

#[test]
fn the_dead_letter_queue_of_a_rule_never_sees_what_the_function_fails_at() {
    check_pair(Pair {
        broken: &behind_rule("MemorySize: 128"),
        mended: &behind_rule(DEAD_LETTERS),
        guarantee: GuaranteeName::NoLoss,
        at: "FE->F",
        suffices: &[Family::Poison],
        faults: Faults::swarm(),
    });
}

/// A function behind a topic whose events get so old.
fn aged(seconds: u32) -> String {
    behind_topic(&format!("Timeout: 60, EventInvokeConfig: {{MaximumEventAgeInSeconds: {seconds}}}"), "")
}

//= test: async.event_age
#[test]
fn an_age_limit_shorter_than_the_pauses_takes_the_retries_away() {
    check_pair(Pair {
        broken: &aged(60),
        mended: &aged(21_600),
        guarantee: GuaranteeName::NoLoss,
        at: "T->F",
        suffices: &[],
        faults: span(Family::Outage, "F", Duration::from_secs(100)),
    });
}

//= test: async.event_age
#[test]
fn events_grow_too_old_for_a_function_that_finds_no_room() {
    check_pair(Pair {
        broken: &aged(600),
        mended: &aged(21_600),
        guarantee: GuaranteeName::NoLoss,
        at: "T->F",
        suffices: &[],
        faults: span(Family::Throttle, "", Duration::from_secs(1_800)),
    });
}

/// A function behind a topic of which it wants one kind of message, and what becomes of one message of another kind.
fn filtered(policy: &str) -> (String, Vec<String>) {
    let letters = ", RedrivePolicy: {deadLetterTargetArn: !GetAtt Failed.Arn}";
    let wants = format!("{letters}, FilterPolicyScope: MessageBody, FilterPolicy: {policy}");
    let topology = topology(&(behind_topic(DEAD_LETTERS, &wants) + &lets_in("sns")));
    let load = Workload::to("T").message(Duration::ZERO, r#"{"kind": "order"}"#);
    let run = Check::new(&topology).workload(load).faults(Faults::none()).run_seed(0);
    (run.timeline(), run.contents("Failed"))
}

#[test]
fn what_a_wrong_filter_does_not_want_is_in_no_dead_letter_queue() {
    let (wrong, kept) = filtered("{kind: [Order]}");
    assert_eq!(count(&wrong, ["async.accept", "async.dropped"]), [0, 0], "{wrong}");
    assert_eq!(kept, Vec::<String>::new(), "a filter is no failure: {wrong}");
    let (right, _) = filtered("{kind: [order]}");
    assert_eq!(count(&right, ["async.accept", "async.success"]), [1, 1], "{right}");
}

//! Subscribers of the custom event bus of 2026 as templates declare them: what they want, call, and may not say.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use redrive::prelude::*;
use redrive::topology::{InvocationModel, LinkDetail, refusals};

use crate::networks::MODELS;
use crate::push_pitfalls::buses::{WAITING, with};
use crate::push_pitfalls::{count, one_event, topology};

//= test: event_bus_custom.filtered
//= test: event_bus_custom.publish
#[test]
fn a_subscriber_gets_what_its_filter_of_the_data_wants() {
    let filter = "      FilterConfiguration: {Filters: [{Scope: DATA, Pattern: '{\"detail\": {\"kind\": [\"order\"]}}'}]}\n";
    let topology = topology(&with("", "", filter));
    let run = |kind: &str| {
        let body = format!(r#"{{"detail": {{"kind": "{kind}"}}}}"#);
        let load = Workload::to("Bus").message(Duration::ZERO, &body);
        Check::new(&topology).workload(load).faults(Faults::none()).run_seed(0).timeline()
    };
    let (order, bill) = (run("order"), run("bill"));
    assert_eq!(count(&order, ["event_bus_custom.publish", "async.success"]), [1, 1], "{order}");
    assert_eq!(count(&bill, ["async.accept", "async.success"]), [0, 0], "{bill}");
}

#[test]
fn a_subscriber_that_is_stopped_delivers_nothing() {
    let topology = topology(&with("", "", "      State: STOPPED\n"));
    let text = one_event(&topology, "Bus", Faults::none()).run_seed(0).timeline();
    assert_eq!(count(&text, ["async.accept"]), [0], "{text}");
}

#[test]
fn a_subscriber_names_version_and_time_out_of_what_it_calls() {
    let invoke = ", LambdaParameters: {InvocationType: REQUEST_RESPONSE, InvocationTimeoutSeconds: 7, Qualifier: live}";
    let topology = topology(&with(", AutoPublishAlias: live", invoke, ""));
    let link = topology.links.iter().find(|link| link.model == InvocationModel::Sync).unwrap();
    let LinkDetail::Delivers(delivery) = &link.detail else { panic!("it delivers") };
    assert_eq!(delivery.qualifier.as_deref(), Some("live"));
    assert_eq!(delivery.timeout.as_ref().unwrap().value, Duration::from_secs(7));
    let (attempts, age) = (delivery.attempts.as_ref().unwrap(), delivery.age.as_ref().unwrap());
    assert_eq!((attempts.value, age.value), (5, Duration::from_secs(300)));
}

//= test: event_bus_custom.attempts_range
//= test: event_bus_custom.age_range
//= test: event_bus_custom.timeout_range
//= test: event_bus_custom.pattern
#[test]
fn a_subscriber_outside_what_aws_takes_is_refused() {
    let refused = |invoke: &str, more: &str| {
        let found = refusals(&topology(&with("", invoke, more)), &MODELS);
        found.into_iter().map(|refusal| refusal.rule).collect::<Vec<_>>()
    };
    assert_eq!(refused(WAITING, "      RetryPolicy: {MaxRetryAttempts: 185}\n"), Vec::<String>::new());
    assert_eq!(
        refused("", "      RetryPolicy: {MaxRetryAttempts: 186}\n"),
        ["event_bus_custom.attempts_range"]
    );
    assert_eq!(
        refused("", "      RetryPolicy: {MaxEventAgeInSeconds: 59}\n"),
        ["event_bus_custom.age_range"]
    );
    let long = ", LambdaParameters: {InvocationType: REQUEST_RESPONSE, InvocationTimeoutSeconds: 31}";
    assert_eq!(refused(long, ""), ["event_bus_custom.timeout_range"]);
    let pattern =
        "      FilterConfiguration: {Filters: [{Scope: DATA, Pattern: '{\"source\": \"shop\"}'}]}\n";
    assert_eq!(refused("", pattern), ["event_bus_custom.pattern"]);
}

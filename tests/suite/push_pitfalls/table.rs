//! What is known to go wrong where something calls Lambda, and where each of it is shown.

use std::collections::BTreeSet;

/// Where a mistake is shown, or why it cannot be.
enum Shown {
    /// By these tests.
    By(&'static [&'static str]),
    /// By none.
    Not(&'static str),
}
use Shown::{By, Not};

/// Each mistake in one sentence.
const PITFALLS: [(&str, Shown); 44] = [
    (
        "a function without a dead-letter queue or destination loses what always fails after three runs",
        By(&["a_function_without_a_way_out_loses_what_always_fails"]),
    ),
    (
        "the dead-letter queue of a function that is called synchronously stays empty",
        By(&["a_caller_who_waits_fills_neither_dead_letter_queue_nor_destination"]),
    ),
    (
        "destinations tried out with a call that waits get nothing, and neither do those of a function that is polled for",
        By(&[
            "a_caller_who_waits_fills_neither_dead_letter_queue_nor_destination",
            "a_mapping_calls_its_function_and_waits_so_what_fails_there_leaves_by_no_exit_of_the_function",
        ]),
    ),
    (
        "a subscription's dead-letter queue is taken for the function's, or the other way round",
        By(&[
            "the_dead_letter_queue_of_a_subscription_never_sees_what_the_function_fails_at",
            "what_a_topic_may_not_deliver_goes_to_the_subscriptions_dead_letter_queue_if_that_takes_it",
        ]),
    ),
    (
        "a rule's retries and dead-letter queue never see a function that throws",
        By(&["the_dead_letter_queue_of_a_rule_never_sees_what_the_function_fails_at"]),
    ),
    (
        "a dead-letter queue whose policy lets nobody in loses the event a second time",
        By(&["a_dead_letter_queue_that_lets_nobody_in_loses_the_event_a_second_time"]),
    ),
    (
        "reserved concurrency 0 as a pause button loses what comes meanwhile",
        By(&[
            "a_function_that_is_switched_off_by_its_concurrency_loses_what_comes_meanwhile",
            "reserved_concurrency_zero_is_no_pause_button",
        ]),
    ),
    (
        "an age limit shorter than the pauses takes the retries away",
        By(&["an_age_limit_shorter_than_the_pauses_takes_the_retries_away"]),
    ),
    (
        "throttled for long, events grow too old without ever running",
        By(&["events_grow_too_old_for_a_function_that_finds_no_room"]),
    ),
    (
        "an event that is given up as too old has run all the same",
        By(&["an_age_limit_of_a_minute_makes_retries_idle"]),
    ),
    (
        "a function runs twice for one event without any error",
        By(&[
            "a_function_runs_twice_without_any_error_which_no_setting_prevents",
            "a_source_may_deliver_twice_what_lambda_has_accepted",
        ]),
    ),
    (
        "two writes to one object of a bucket are told in the wrong order",
        By(&["a_bucket_tells_of_two_writes_in_the_wrong_order"]),
    ),
    (
        "an event that fails once comes back behind newer ones",
        By(&["an_event_that_fails_once_comes_back_behind_newer_ones"]),
    ),
    (
        "a caller behind an API calls again while the first run goes on",
        By(&["a_caller_behind_an_api_calls_again_while_the_first_run_goes_on"]),
    ),
    (
        "a client that waits a minute runs a slower function three times",
        By(&["a_client_that_waits_a_minute_runs_a_slower_function_three_times"]),
    ),
    ("a throttle has another status at every front", By(&["one_throttle_has_another_status_at_every_front"])),
    (
        "an answer of more than six megabytes fails work that is done",
        By(&["an_answer_of_more_than_six_megabytes_fails_work_that_is_done"]),
    ),
    ("status 200 hides a function that failed", By(&["status_200_hides_a_function_that_failed"])),
    ("the code of a dead letter is 200", Not("the attributes of dead letters of functions are not rendered")),
    (
        "what is FIFO takes neither dead letters nor records, and calls no function",
        By(&[
            "a_fifo_queue_is_taken_as_a_destination_and_takes_no_record",
            "a_fifo_topic_reaches_a_function_only_through_a_queue",
        ]),
    ),
    (
        "a record of a megabyte does not fit into a topic",
        Not("records of failures have no size of their own in a run"),
    ),
    (
        "a role that may not send dead letters deletes what fails",
        By(&["a_role_that_may_not_send_dead_letters_deletes_what_fails"]),
    ),
    (
        "a dead-letter topic that calls the same function is a second circle",
        By(&["a_dead_letter_topic_that_calls_the_same_function_is_a_second_circle"]),
    ),
    (
        "a function that writes into the bucket that calls it goes round, and through a bus nothing cuts it",
        By(&[
            "a_function_that_writes_into_the_bucket_that_calls_it_goes_round",
            "nothing_cuts_a_circle_through_a_bus",
        ]),
    ),
    (
        "a function that queues its event again until it is ready is cut after 16 rounds",
        By(&["a_function_that_queues_its_event_again_until_it_is_ready_is_cut_after_16_rounds"]),
    ),
    (
        "a permission on the function lets nobody call its alias, and nobody tries again",
        By(&["a_permission_on_the_function_lets_nobody_call_its_alias_and_nobody_tries_again"]),
    ),
    (
        "a condition on the account keeps a rule from calling",
        By(&["a_condition_on_the_account_leaves_open_whether_a_rule_may_call"]),
    ),
    (
        "a target that is throttled for long is not tried for the whole day",
        Not("how often that happens is told nowhere, so every retry is made"),
    ),
    (
        "reservations must leave a hundred places, and a function without its own shares them with all",
        By(&[
            "reservations_leave_a_hundred_places_to_everybody_else",
            "neighbours_take_the_room_of_a_function_that_has_none_of_its_own",
        ]),
    ),
    (
        "where all that is reserved is provisioned, the unpublished version never runs",
        Not("provisioned concurrency is not simulated"),
    ),
    (
        "a spike of callers is turned away where events only wait",
        By(&[
            "a_spike_of_callers_is_turned_away_where_events_only_wait",
            "two_events_at_once_need_two_environments_and_one_after_the_other_only_one",
        ]),
    ),
    (
        "a start that takes too long is repeated within the time-out",
        By(&["a_start_that_takes_too_long_counts_against_the_time_out_or_fails"]),
    ),
    (
        "after a time-out the memory is new and temporary files are not",
        Not(
            "no files are simulated; that the environment is new, `a_retry_after_a_time_out_meets_a_new_environment` shows",
        ),
    ),
    (
        "a slow trigger of a user pool runs three times for one sign-up",
        By(&["a_slow_trigger_of_a_user_pool_runs_three_times_for_one_sign_up"]),
    ),
    (
        "a custom resource that throws runs three times and tells nobody",
        By(&["a_custom_resource_that_throws_runs_three_times_and_tells_nobody"]),
    ),
    (
        "a function that returns without calling back looks successful and times out in the service",
        Not("no answer outside of an invocation's own is simulated"),
    ),
    (
        "a throttle fails a workflow whose retries do not name it",
        Not("the retries of a state are its state machine's own, and no other function's"),
    ),
    (
        "waiting events meet what is deployed when their turn comes",
        By(&["a_waiting_event_meets_the_settings_of_the_moment"]),
    ),
    (
        "an invoke configuration with a destination alone has the default retries",
        By(&["an_invoke_configuration_with_a_destination_alone_has_the_default_retries"]),
    ),
    (
        "what a wrong filter does not want is in no dead-letter queue",
        By(&["what_a_wrong_filter_does_not_want_is_in_no_dead_letter_queue"]),
    ),
    (
        "a dead-letter queue and a destination hand an operator the same failure twice",
        By(&["a_dead_letter_queue_and_a_destination_hand_an_operator_the_same_failure_twice"]),
    ),
    (
        "events count as dropped although a dead-letter queue has them",
        By(&["events_count_as_dropped_although_a_dead_letter_queue_has_them"]),
    ),
    (
        "a rule that is moved to the custom bus of 2026 tries for five minutes instead of a day",
        Not("subscribers of that bus are not read from templates yet"),
    ),
    (
        "a transformation is repeated after throttles and not after failures",
        By(&["a_transformation_is_repeated_after_throttles_and_not_after_failures"]),
    ),
];

/// The names of all tests of the suite.
fn tests() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            let named = |line: &str| line.strip_prefix("fn ")?.split('(').next().map(str::to_owned);
            found.extend(text.lines().filter_map(named));
        }
    }
    found
}

#[test]
fn every_mistake_is_shown_by_a_test_or_it_is_said_why_not() {
    let tests = tests();
    for (mistake, shown) in &PITFALLS {
        match shown {
            By(names) => {
                let missing: Vec<_> = names.iter().filter(|name| !tests.contains(**name)).collect();
                assert!(!names.is_empty() && missing.is_empty(), "{mistake}: {missing:?}");
            }
            Not(why) => assert!(!why.is_empty(), "{mistake}"),
        }
    }
}

#[test]
fn every_test_of_these_stands_in_the_table() {
    let named: BTreeSet<&str> = PITFALLS
        .iter()
        .flat_map(|(_, shown)| match shown {
            By(names) => *names,
            Not(_) => &[],
        })
        .copied()
        .collect();
    let told: Vec<&str> = PITFALLS
        .iter()
        .filter_map(|(_, shown)| match shown {
            Not(why) => Some(*why),
            By(_) => None,
        })
        .collect();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/push_pitfalls");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.ends_with("table.rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            if line.trim() == "#[test]" {
                let name = lines.next().and_then(|line| line.strip_prefix("fn ")).unwrap_or_default();
                let name = name.split('(').next().unwrap_or_default();
                let is_named = named.contains(name) || told.iter().any(|why| why.contains(name));
                assert!(is_named, "{}: {name} is in no row", path.display());
            }
        }
    }
}

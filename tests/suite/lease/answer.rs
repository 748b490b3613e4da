//! Answers of functions whose mapping reads partial batch responses, and of those whose mapping does not.

use redrive::program::{Answer, AnswerForm};
use redrive::trace::RecordKind::{
    AnswerIgnored, AnswerMalformed, FailuresReported, MessagesAvailable, MessagesDeleted,
};
use redrive::world::{Effects, Handler, Invocation, Outcome, Response, Step};

use crate::networks::{MODELS, Network};
use crate::scripted::Script;

use super::with_mapping;

/// The messages of the first batch have these ids; of a later one as many as there are.
const IDS: [&str; 2] = ["m-0", "m-1"];

/// An answer about a batch of so many messages.
fn read(answer: &str, messages: usize) -> Answer {
    let form = AnswerForm::read(&MODELS).expect("the rule is there");
    form.answer(answer, &IDS.map(str::to_owned)[..messages])
}

/// Does nothing but answer.
struct Answers(&'static str);

impl Handler for Answers {
    fn start(&mut self, invocation: &Invocation<'_>, _effects: &mut Effects) -> Step {
        Step::Sleep(invocation.event_duration)
    }

    fn resume(&mut self, invocation: &Invocation<'_>, effects: &mut Effects) -> Step {
        effects.processed.extend(0..invocation.items.len() as u32);
        Step::Done(Outcome::Returned(Response::of(read(self.0, invocation.items.len()), effects)))
    }

    fn cut(&mut self, _invocation: &Invocation<'_>, _done: u32, _effects: &mut Effects) {}
}

fn network(reports: bool) -> Network {
    let mut network = with_mapping(|mapping| (mapping.batch_size, mapping.reports) = (2, reports));
    network.queues[0].retention = 60;
    network
}

/// What happens to a batch of two at the end of its first invocation, and whether anything comes back.
fn what_happens(answer: &'static str, reports: bool) -> String {
    let kinds = [FailuresReported, AnswerMalformed, AnswerIgnored, MessagesDeleted, MessagesAvailable];
    let timeline = Script::new(&network(reports), 2, 0).run_with(&mut Answers(answer));
    let happened = timeline.of(&kinds);
    let mut lines = happened.lines().map(|line| line.split_once(' ').map_or("", |(_, what)| what));
    [lines.next(), lines.next()].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

const ALL_DELETED: &str = "Orders deleted 0@1 1@1";
const ALL_BACK: &str = "Orders->HandleOrders answer malformed 0@1 1@1; Orders available again 0@1 1@1";

#[test]
//= test: queue_poll.partial_all_succeeded
fn an_answer_without_failures_deletes_everything() {
    for answer in [
        "null",
        "{}",
        "\"\"",
        "[]",
        r#"{"batchItemFailures": []}"#,
        r#"{"batchItemFailures": null}"#,
        r#"{"batchItemFailures": [], "more": 1}"#,
    ] {
        assert_eq!(what_happens(answer, true), ALL_DELETED, "{answer}");
    }
}

#[test]
//= test: queue_poll.partial_malformed
fn an_answer_that_cannot_be_used_fails_the_whole_batch() {
    for answer in [
        "",
        "not JSON",
        r#"{"batchItemFailures": [{"itemIdentifier": "m-0"}"#,
        r#"{"batchItemFailures": [{"itemIdentifier": ""}]}"#,
        r#"{"batchItemFailures": [{"itemIdentifier": null}]}"#,
        r#"{"batchItemFailures": [{"itemIdentifier": 0}]}"#,
        r#"{"batchItemFailures": [{"itemIdentifier": "m-7"}]}"#,
        r#"{"batchItemFailures": [{"itemId": "m-0"}]}"#,
        r#"{"batchItemFailures": [{}]}"#,
        r#"{"batchItemFailures": ["m-0"]}"#,
        r#"{"batchItemFailures": "m-0"}"#,
        r#"{"batchItemFailures": [{"itemIdentifier": "m-0"}, {"itemIdentifier": "m-7"}]}"#,
    ] {
        assert_eq!(what_happens(answer, true), ALL_BACK, "{answer}");
    }
}

#[test]
//= test: queue_poll.partial_response
fn an_answer_that_lists_one_message_deletes_the_other() {
    let expected = "Orders->HandleOrders reported 1@1; Orders deleted 0@1";
    for answer in [
        r#"{"batchItemFailures": [{"itemIdentifier": "m-1"}]}"#,
        r#"{"batchItemFailures": [{"itemIdentifier": "m-1", "why": "broken"}]}"#,
        r#"{"batchItemFailures": [{"itemIdentifier": "m-1"}, {"itemIdentifier": "m-1"}]}"#,
    ] {
        assert_eq!(what_happens(answer, true), expected, "{answer}");
    }
}

#[test]
//= test: queue_poll.partial_misspelt
fn an_answer_with_a_misspelt_list_is_taken_for_success_or_for_a_failure() {
    let answer = r#"{"batchItemFailure": [{"itemIdentifier": "m-1"}]}"#;
    assert_eq!(what_happens(answer, true), ALL_DELETED);
    let script = Script::new(&network(true), 2, 0);
    let script = script.open_for("queue_poll.partial_misspelt", "Orders->HandleOrders", 1);
    script.run_with(&mut Answers(answer)).check(
        &[AnswerMalformed, MessagesDeleted],
        "
        0.470s Orders->HandleOrders answer malformed 0@1 1@1
        30.090s Orders->HandleOrders answer malformed 0@2 1@2
        ",
    );
}

#[test]
//= test: queue_poll.response_ignored
fn without_partial_batch_responses_every_answer_deletes_everything() {
    for answer in ["null", "not JSON", r#"{"batchItemFailures": [{"itemIdentifier": "m-1"}]}"#] {
        let happened = what_happens(answer, false);
        assert!(happened.ends_with(ALL_DELETED), "{answer}: {happened}");
    }
}

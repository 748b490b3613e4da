//! Answers that nobody gets, and numbers that look worse than they are.

use redrive::guarantee::Loops;
use redrive::kernel::{Background, Choices, Replay};
use redrive::program::{Failure, compile};
use redrive::report::{CheckReport, Detail, Excuses, check_text};
use redrive::trace::{Record, RecordKind, StoredTrace};
use redrive::vocabulary::Bytes;
use redrive::world::{Effects, Handler, Invocation, Outcome, Response, Step, World};

use super::*;
use crate::report::plain;

/// Does its work and answers with so many bytes.
struct Wordy(Bytes);

impl Handler for Wordy {
    fn start(&mut self, invocation: &Invocation<'_>, _effects: &mut Effects) -> Step {
        Step::Sleep(invocation.event_duration)
    }

    fn resume(&mut self, _invocation: &Invocation<'_>, effects: &mut Effects) -> Step {
        effects.processed.push(0);
        Step::Done(Outcome::Returned(Response::TooLarge(self.0)))
    }

    fn cut(&mut self, _invocation: &Invocation<'_>, _done: u32, _effects: &mut Effects) {}
}

/// The records of one event into a system whose handler answers too much, with the times the work was done.
fn wordy(resources: &str, to: &str) -> (Vec<Record>, usize) {
    let load = Workload::to(to).events(1).every(Duration::from_secs(1));
    let scenario = Scenario { workloads: vec![load], ..Scenario::default() };
    let programs = compile(&topology(resources), &MODELS, &scenario).expect("the models are complete");
    let (mut world, mut trace) = (World::new(), StoredTrace::default());
    let choices = Choices::default();
    let mut chooser = Replay::new(&choices, Background::Stated);
    world.run(&programs[0], &mut chooser, &mut trace, &mut Wordy(Bytes(8 << 20)));
    let records: Vec<Record> = trace.iter().map(|(record, _)| *record).collect();
    let done = records.iter().filter(|record| record.kind == RecordKind::EventsProcessed).count();
    (records, done)
}

//= test: function.response_size
#[test]
fn an_answer_of_more_than_six_megabytes_fails_work_that_is_done() {
    let (records, done) = wordy(&behind_api("Timeout: 20"), "ServerlessRestApi");
    let ended: Vec<u64> = values(&records, RecordKind::InvocationEnded);
    assert_eq!((done, ended), (1, vec![Record::RESPONSE_TOO_LARGE]));
    assert_eq!(values(&records, RecordKind::RequestAnswered), [Failure::TooLarge as u64]);
    let (records, done) = wordy(&behind_topic("Timeout: 20", ""), "T");
    assert_eq!(done, 3, "where nobody waits it is done again and again");
    assert_eq!(values(&records, RecordKind::EventGivenUp), [Record::RETRIES_EXHAUSTED]);
}

fn values(records: &[Record], kind: RecordKind) -> Vec<u64> {
    records.iter().filter(|record| record.kind == kind).map(|record| record.value).collect()
}

/// What an operator is told to see where dead letters are kept for too short a time.
fn told(properties: &str) -> String {
    let resources =
        behind_topic(properties, "").replace("MessageRetentionPeriod: 1209600", "MessageRetentionPeriod: 60");
    let topology = topology(&resources);
    let checked = search(&topology, Faults::only([Family::Poison]));
    let report = CheckReport {
        topology: &topology,
        scenario: &Scenario::default(),
        checked: &checked,
        models: &MODELS,
        refusals: &[],
        rights: &[],
        loops: &Loops::default(),
        excuses: &Excuses::default(),
        comparison: None,
        diagnostics: &[],
        fail_on: CheckReport::usually_failing(),
        detail: Detail::All,
    };
    plain(&check_text(&report)).split_whitespace().collect::<Vec<_>>().join(" ")
}

//= test: async.metrics
#[test]
fn events_count_as_dropped_although_a_dead_letter_queue_has_them() {
    let kept = told(DEAD_LETTERS);
    let moves = kept.split("moves ").nth(1).and_then(|rest| rest.split("stays").next()).unwrap_or_default();
    for metric in ["AsyncEventsDropped", "ApproximateNumberOfMessagesVisible"] {
        assert!(moves.contains(metric), "{metric}: {kept}");
    }
}

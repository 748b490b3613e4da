//! Choices about many events in a row are one text of a capsule, which reads as what was written.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use redrive::explore::{CapsuleError, Codec, Runner};
use redrive::guarantee::GuaranteeSet;
use redrive::kernel::{Background, Choice, ChoicePoint, Choices, Domain, Families, Family};
use redrive::program::Program;
use redrive::vocabulary::{EntityKind, EntityName};
use redrive::world::event_name;

use crate::command_line::{Place, json, text};
use crate::networks::Draw;
use crate::support::System;

fn orders() -> EntityName {
    EntityName::new(EntityKind::Queue, "Orders")
}

/// The choice at which an event of the queue comes.
fn coming(number: u32, value: u64) -> Choice {
    let (family, entity) = (Family::Load, orders().hash());
    let item = event_name(entity, number);
    Choice { point: ChoicePoint { family, domain: Domain::of("load"), entity, item, ordinal: 0 }, value }
}

/// The texts of choices about events of the queue, of which each number is at most `last`.
fn texts(program: &Program, choices: &Choices, last: u32) -> Vec<String> {
    let entity = program.queues.iter().map(|table| table.entity).find(|one| *program.name(*one) == orders());
    let entity = entity.expect("the system has the queue");
    let numbers: BTreeMap<u64, u32> =
        (0..=last).map(|number| (event_name(orders().hash(), number), number)).collect();
    Codec::new(program).write(choices.iter(), |item| vec![(entity, numbers[&item])])
}

/// Stretches of events: the first number, how many, the first value and what each one adds.
fn stretches() -> impl Strategy<Value = Vec<(u32, u32, u64, u64)>> {
    prop::collection::vec((0..200_u32, 1..40_u32, 1..5_000_u64, 0..3_u64), 0..6)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn what_is_written_reads_as_it_was(stretches in stretches()) {
        let program = System::sound().program();
        let mut values = BTreeMap::new();
        for (first, count, value, step) in stretches {
            values.extend((0..count).map(|number| (first + number, value + step * u64::from(number))));
        }
        let choices: Choices = values.iter().map(|(number, value)| coming(*number, *value)).collect();
        let texts = texts(&program, &choices, 240);
        let (read, unknown) = Codec::new(&program).read(&texts);
        prop_assert_eq!(unknown, []);
        prop_assert_eq!(read, choices, "{:?}", texts);
    }
}

#[test]
fn eight_in_a_row_are_one_text_and_seven_are_seven() {
    let program = System::sound().program();
    let row = |numbers: std::ops::Range<u32>, step: u64| -> Choices {
        numbers.map(|number| coming(number, 5 + step * u64::from(number))).collect()
    };
    assert_eq!(texts(&program, &row(12..20, 1_000), 20), ["load@Orders/Orders.12..19=12005+1000"]);
    assert_eq!(texts(&program, &row(12..20, 0), 20), ["load@Orders/Orders.12..19=5"]);
    assert_eq!(texts(&program, &row(12..19, 1_000), 20).len(), 7);
    let apart: Choices = (0..8).chain(9..17).map(|number| coming(number, 5)).collect();
    assert_eq!(texts(&program, &apart, 20), ["load@Orders/Orders.0..7=5", "load@Orders/Orders.9..16=5"]);
    let falling: Choices = (0..8).map(|number| coming(number, 100 - u64::from(number))).collect();
    assert_eq!(texts(&program, &falling, 20).len(), 8);
}

#[test]
fn a_row_with_a_slip_is_told_apart_from_one_that_names_nothing() {
    let program = System::sound().program();
    let read = |text: &str| Codec::new(&program).read(&[text.to_owned()]);
    for slip in [
        "load@Orders/Orders.9..8=1",
        "load@Orders/Orders.0..4000000000=1",
        "load@Orders/Orders.0..9=1+",
        "load@Orders/Orders.0..9=1+18446744073709551615",
    ] {
        let (choices, errors) = read(slip);
        assert!(choices.is_empty(), "{slip}");
        assert_eq!(errors, [CapsuleError::Unreadable(slip.to_owned())]);
    }
    let stranger = "load@Orders/Bills.0..9=1";
    assert_eq!(read(stranger).1, [CapsuleError::Unknown(stranger.to_owned())]);
}

#[test]
fn a_finding_that_needs_thousands_of_messages_has_a_command_of_one_line() {
    let place = Place::new();
    place.write(
        "template.yaml",
        "Transform: AWS::Serverless-2016-10-31
Resources:
  Clicks: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 1}}
  Track: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, Runtime: python3.13, CodeUri: ., Events:
    {E: {Type: Kinesis, Properties: {Stream: !GetAtt Clicks.Arn, StartingPosition: LATEST}}}}}
",
    );
    place.write(
        "scenario.toml",
        "template = 'template.yaml'\n[[load]]\nto = 'Clicks'\nrate = '2000/s for 3s'\n",
    );
    let options = ["check", "scenario.toml", "--seeds", "4", "--faults", "none", "--format", "json"];
    let report = json(&place.command(&options).output().expect("it starts"));
    let verdicts = report["guarantees"].as_array().expect("there are some");
    let verdict = verdicts.iter().find(|one| one["guarantee"] == "ordering").expect("it is judged");
    let capsule = verdict["counterexample"]["capsule"].as_str().expect("it is violated");
    let events = verdict["counterexample"]["events"].as_u64().expect("it has events");
    assert!(events > 500, "the finding needs only {events} events");
    assert!(capsule.len() < 1_000, "{} characters: {}…", capsule.len(), &capsule[..1_000]);
    let again = place.command(&["replay", capsule]).output().expect("it starts");
    let again = text(&again.stdout);
    assert!(again.contains("the same run"), "{again}");
}

/// Programs that push and read, and one of a state machine.
fn many_kinds() -> Vec<Program> {
    let pushed = (0..40).flat_map(|number| Draw::new(number).called_network().programs());
    let read = (0..20).flat_map(|number| Draw::new(number).read_network().programs());
    pushed.chain(read).collect()
}

#[test]
fn every_choice_of_a_run_is_written_by_a_name_that_is_read_back() {
    let mut words = BTreeSet::new();
    for (number, program) in many_kinds().iter().enumerate() {
        let mut runner = Runner::new(program, GuaranteeSet::NONE);
        let (_, choices) = runner.record(number as u64, Families::EVERY, &Background::Ordinary);
        let codec = Codec::new(program);
        let texts = codec.write(choices.iter(), |_| Vec::new());
        let (_, unknown) = codec.read(&texts);
        assert_eq!(unknown, [], "system {number}");
        words.extend(texts.iter().filter_map(|text| text.split_once('@')).map(|(word, _)| word.to_owned()));
    }
    for word in ["sdk.client", "sdk.jitter", "eventbridge.latency", "custom.switch"] {
        assert!(words.contains(word), "{word} is drawn: {words:?}");
    }
}

//! What mappings on streams do, rule by rule: runs in which exactly what a test names is unusual.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod batches;
mod consumers;
mod deleted;
mod failures;
mod filtered;
mod large;
mod pairs;
mod pitfalls;
mod readers;
mod sources;
mod starts;
mod tables;
mod tumbling;
mod writers;

use std::fmt::Write as _;
use std::fs;

use redrive::kernel::{Background, Choice, ChoicePoint, Choices, Domain, Family, Replay};
use redrive::program::{Program, compile};
use redrive::scenario::{HandlerPreset, Handling, Scenario, Workload};
use redrive::topology::Topology;
use redrive::trace::{Covered, Record, RecordKind, StoredTrace};
use redrive::vocabulary::{Duration, Instant, NameHash};
use redrive::world::{Declared, Handler, World, emitted_name, event_name};
use tempfile::TempDir;

use crate::networks::MODELS;

const CODE: &str = "Handler: a.b, Runtime: python3.13, CodeUri: .";

/// A stream of one shard, a function that reads it with these settings, a queue and a bucket.
pub(super) fn clicks(settings: &str) -> Tape {
    clicks_of("AWS::Kinesis::Stream, Properties: {ShardCount: 1}", "", settings)
}

/// The same with a stream and a function of these properties.
pub(super) fn clicks_of(stream: &str, function: &str, settings: &str) -> Tape {
    let comma = if settings.is_empty() { "" } else { ", " };
    Tape::of(&format!(
        "  Clicks: {{Type: {stream}}}
  Failed: {{Type: AWS::SQS::Queue, Properties: {{MessageRetentionPeriod: 1209600}}}}
  Kept: {{Type: AWS::S3::Bucket}}
  Track:
    Type: AWS::Serverless::Function
    Properties: {{{CODE}, Timeout: 10, {function} Events: {{E: {{Type: Kinesis, Properties:
      {{Stream: !GetAtt Clicks.Arn, StartingPosition: TRIM_HORIZON{comma}{settings}}}}}}}}}
"
    ))
}

/// `DestinationConfig` with one of these.
pub(super) const TO_QUEUE: &str =
    "DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Failed.Arn}}";
pub(super) const TO_BUCKET: &str =
    "DestinationConfig: {OnFailure: {Type: S3, Destination: !GetAtt Kept.Arn}}";

/// A system and what is unusual in a run of it.
pub(super) struct Tape {
    topology: Topology,
    scenario: Scenario,
    choices: Vec<(Family, String, String, Item, u32, u64)>,
    adjust: Vec<fn(&mut Program)>,
}

/// What a choice is about.
#[derive(Clone, Copy)]
enum Item {
    Whole,
    Record(u32),
    /// The first window of the first lane of the first shard.
    Window,
}

impl Tape {
    pub(super) fn of(resources: &str) -> Self {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("stream.yaml");
        fs::write(&path, format!("Transform: AWS::Serverless-2016-10-31\nResources:\n{resources}")).unwrap();
        let topology = Topology::from_template(&path).unwrap();
        Self { topology, scenario: Scenario::default(), choices: Vec::new(), adjust: Vec::new() }
    }

    /// So many records, one every so many milliseconds, of so many keys.
    pub(super) fn records(mut self, count: u32, every: u64, keys: u32) -> Self {
        let load = Workload::steady("Clicks", count, Duration::from_millis(every)).keys(keys);
        self.scenario.workloads.push(load);
        self
    }

    pub(super) fn handler(mut self, preset: HandlerPreset) -> Self {
        let function = "Track".to_owned();
        self.scenario.handlers.push(Handling { function, preset: Some(preset), ..Handling::default() });
        self
    }

    pub(super) fn scenario(mut self, change: impl FnOnce(&mut Scenario)) -> Self {
        change(&mut self.scenario);
        self
    }

    pub(super) fn adjust(mut self, change: fn(&mut Program)) -> Self {
        self.adjust.push(change);
        self
    }

    fn with(mut self, family: Family, domain: &str, entity: &str, item: Item, at: (u32, u64)) -> Self {
        self.choices.push((family, domain.to_owned(), entity.to_owned(), item, at.0, at.1));
        self
    }

    /// A record fails at every attempt.
    pub(super) fn poison(self, record: u32) -> Self {
        self.with(Family::Poison, "poison", "Clicks->Track", Item::Record(record), (0, 1))
    }

    /// A record fails when it is tried for this time.
    pub(super) fn transient(self, record: u32, time: u32) -> Self {
        self.with(Family::TransientError, "transient-error", "Track", Item::Record(record), (time, 1))
    }

    /// A batch whose first record is this one is delivered again though it succeeded.
    pub(super) fn duplicate(self, record: u32, time: u32) -> Self {
        self.with(Family::Duplicate, "duplicate", "Clicks->Track", Item::Record(record), (time, 1))
    }

    /// What an open rule comes to for the mapping.
    pub(super) fn open(self, rule: &str, value: u64) -> Self {
        self.with(Family::Unspecified, rule, "Clicks->Track", Item::Whole, (0, value))
    }

    /// What an open rule comes to for the stream.
    pub(super) fn open_stream(self, rule: &str, value: u64) -> Self {
        self.with(Family::Unspecified, rule, "Clicks", Item::Whole, (0, value))
    }

    /// What an open rule comes to for a record that was tried so often.
    pub(super) fn open_at(self, rule: &str, record: u32, times: u32, value: u64) -> Self {
        self.with(Family::Unspecified, rule, "Clicks->Track", Item::Record(record), (times, value))
    }

    /// What an open rule comes to for the first window.
    pub(super) fn open_window(self, rule: &str, value: u64) -> Self {
        self.with(Family::Unspecified, rule, "Clicks->Track", Item::Window, (0, value))
    }

    /// The stream is resharded after so many milliseconds: which shard, and whether it is merged with the next one.
    pub(super) fn reshard(self, millis: u64, which: u64, merged: u64) -> Self {
        let of = |tape: Self, ordinal, value| {
            tape.with(Family::Reshard, "reshard", "Clicks", Item::Whole, (ordinal, value))
        };
        of(of(of(self, 0, millis * 1_000), 100, which), 200, merged)
    }

    /// A span of a family of so many seconds from a second on.
    pub(super) fn span(self, family: Family, entity: &str, start: u64, length: u64) -> Self {
        let micros = |seconds| Duration::from_secs(seconds).as_micros();
        let begun = self.with(family, family.word(), entity, Item::Whole, (0, micros(length)));
        begun.with(family, family.word(), entity, Item::Whole, (1, micros(start)))
    }

    pub(super) fn run(self) -> Heard {
        self.run_with(&mut Declared)
    }

    pub(super) fn run_with(self, handler: &mut impl Handler) -> Heard {
        let mut programs = compile(&self.topology, &MODELS, &self.scenario).unwrap();
        assert_eq!(programs.len(), 1, "one connected part");
        let mut program = programs.remove(0);
        self.adjust.iter().for_each(|change| change(&mut program));
        let hash = |name: &str| -> NameHash {
            let position = program.entities.iter().position(|entity| entity.as_str() == name);
            program.names[position.unwrap_or_else(|| panic!("{name} is in the program"))]
        };
        let name = |item: Item| match item {
            Item::Whole => 0,
            Item::Window => emitted_name(0, hash("Clicks->Track"), 0),
            Item::Record(number) => {
                emitted_name(event_name(hash("Clicks"), number), hash("Clicks->Track"), 0)
            }
        };
        let choices: Choices = self
            .choices
            .iter()
            .map(|(family, domain, entity, item, ordinal, value)| {
                let (domain, entity) = (Domain::of(domain), hash(entity));
                let point =
                    ChoicePoint { family: *family, domain, entity, item: name(*item), ordinal: *ordinal };
                Choice { point, value: *value }
            })
            .collect();
        let (mut world, mut trace) = (World::new(), StoredTrace::default());
        let mut chooser = Replay::new(&choices, Background::Stated);
        world.run(&program, &mut chooser, &mut trace, handler);
        Heard { program, world, trace }
    }
}

/// A run that has been.
pub(super) struct Heard {
    program: Program,
    world: World,
    trace: StoredTrace,
}

impl Heard {
    /// One line for each record of these kinds: when, what, and which records of the stream.
    pub(super) fn of(&self, kinds: &[RecordKind]) -> String {
        let mut lines = String::new();
        for (record, covered) in self.trace.iter().filter(|(record, _)| kinds.contains(&record.kind)) {
            write!(lines, "{} {}", clock(record.at), words(record)).unwrap();
            for item in covered {
                write!(lines, " {}", self.world.event(item.event).ordinal).unwrap();
            }
            lines.push('\n');
        }
        lines
    }

    /// The kinds that tell what a mapping does.
    pub(super) fn story(&self) -> String {
        self.of(&[
            RecordKind::RecordsRead,
            RecordKind::BatchHeldBack,
            RecordKind::BatchRetried,
            RecordKind::BatchSplit,
            RecordKind::CheckpointMoved,
            RecordKind::RecordsDiscarded,
            RecordKind::MessageExpired,
            RecordKind::StreamResharded,
        ])
    }

    /// This is what the mapping did.
    pub(super) fn check(&self, expected: &str) {
        let trimmed = expected.lines().map(str::trim).filter(|line| !line.is_empty());
        let expected: String = trimmed.flat_map(|line| [line, "\n"]).collect();
        let happened = self.story();
        assert_eq!(happened, expected, "what happened:\n{happened}\nwhat was expected:\n{expected}");
    }

    /// The records by which rules, as `rule records`.
    pub(super) fn by_rule(&self, rule: &str) -> Vec<(Record, Vec<u32>)> {
        let is_it = |record: &Record| MODELS.rule(record.rule).id == rule;
        let ordinal = |item: &Covered| self.world.event(item.event).ordinal;
        let of_rule = self.trace.iter().filter(|(record, _)| is_it(record));
        of_rule.map(|(record, covered)| (*record, covered.iter().map(ordinal).collect())).collect()
    }

    pub(super) fn count(&self, kind: RecordKind) -> usize {
        self.trace.iter().filter(|(record, _)| record.kind == kind).count()
    }

    pub(super) fn name_of(&self, record: &Record) -> &str {
        self.program.name(record.entity).as_str()
    }
}

fn clock(at: Instant) -> String {
    format!("{}.{:03}", at.as_micros() / 1_000_000, at.as_micros() / 1_000 % 1_000)
}

fn words(record: &Record) -> String {
    let length = Duration::from_micros(record.value);
    match record.kind {
        RecordKind::RecordsRead => format!("lane {} reads", record.value),
        RecordKind::BatchHeldBack => format!("no room, {length}:"),
        RecordKind::BatchRetried => format!("again in {length}:"),
        RecordKind::BatchSplit => format!("split behind {}:", record.value),
        RecordKind::CheckpointMoved => "passes".to_owned(),
        RecordKind::RecordsDiscarded if record.value == Record::EVENT_AGE_EXCEEDED => "too old:".to_owned(),
        RecordKind::RecordsDiscarded => "gives up".to_owned(),
        RecordKind::MessageExpired => "forgotten:".to_owned(),
        RecordKind::StreamResharded => format!("resharded to {}", record.value),
        RecordKind::InvocationStarted => "runs".to_owned(),
        RecordKind::ObligationKept => "kept".to_owned(),
        RecordKind::ObligationLost => "lost".to_owned(),
        kind => format!("{kind:?}"),
    }
}

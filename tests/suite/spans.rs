//! Spans of faults are drawn so that they meet something.

use std::fs;

use redrive::kernel::{ChoicePoint, Chooser, FAMILY_COUNT, Families, Family, Menu, Seeded};
use redrive::program::{Program, Series, SeriesTimes, StatedLoad};
use redrive::topology::Topology;
use redrive::trace::{Covered, Observer, Record, RecordKind};
use redrive::vocabulary::{Duration, Ratio};
use redrive::world::{Declared, World};
use tempfile::TempDir;

use crate::support::{System, programs};

/// The families of which one span begins in every part of a run here.
const SPANS: [Family; 4] = [Family::Outage, Family::Brownout, Family::Throttle, Family::ServiceError];

/// So many runs of each family and system.
const SEEDS: u64 = 40;

/// How many hours pass before a stated series begins.
const HOURS: u64 = 1;

/// How the start of a span is drawn.
#[derive(Clone, Copy)]
enum Start {
    Aimed,
    Anywhere,
}

/// Draws starts from the whole of the room that there is, and all else as a seed does.
struct Anywhere(Seeded);

impl Chooser for Anywhere {
    fn choose(&mut self, point: &ChoicePoint, menu: Menu) -> u64 {
        let menu = match menu {
            Menu::Moment { latest, .. } => Menu::Moment { from: 0, to: latest, latest },
            other => other,
        };
        self.0.choose(point, menu)
    }

    fn rank(&self, point: &ChoicePoint) -> u64 {
        self.0.rank(point)
    }

    fn active(&self, family: Family) -> bool {
        self.0.active(family)
    }

    fn intensity(&self, family: Family) -> Ratio {
        self.0.intensity(family)
    }
}

/// Counts the spans that begin, and those during which anything happens.
#[derive(Default)]
struct Met {
    spans: u64,
    busy: u64,
    /// Those that are on: whose they are, and whether something has happened.
    on: Vec<(Record, bool)>,
}

impl Observer for Met {
    fn observe(&mut self, record: &Record, _covered: &[Covered]) {
        match record.kind {
            RecordKind::SpanBegan => {
                self.spans += 1;
                self.on.push((*record, false));
            }
            RecordKind::SpanEnded => {
                let is_it = |(began, _): &(Record, bool)| {
                    (began.entity, began.subject) == (record.entity, record.subject)
                };
                if let Some(place) = self.on.iter().position(is_it) {
                    self.busy += u64::from(self.on.remove(place).1);
                }
            }
            RecordKind::FaultsStopped | RecordKind::RunEnded => {}
            _ => self.on.iter_mut().for_each(|(_, met)| *met = true),
        }
    }
}

/// Spans, those that met something, and runs in which a family hit a queue.
fn tally(program: &Program, start: Start) -> [u64; 3] {
    let mut met = Met::default();
    let mut hit = 0;
    for family in SPANS {
        for seed in 0..SEEDS {
            let families = Families::ALWAYS.with(family);
            let mut seeded = Seeded::new(seed, families, [Ratio::ONE; FAMILY_COUNT]);
            let mut world = World::new();
            match start {
                Start::Aimed => world.run(program, &mut seeded, &mut met, &mut Declared),
                Start::Anywhere => world.run(program, &mut Anywhere(seeded), &mut met, &mut Declared),
            };
            met.on.clear();
            hit += u64::from((0..program.queues.len()).any(|queue| world.hits(queue).has(family)));
        }
    }
    [met.spans, met.busy, hit]
}

/// The one program of a template.
fn template(resources: &str) -> Program {
    let dir = TempDir::new().expect("there is room");
    let path = dir.path().join("template.yaml");
    fs::write(&path, format!("Transform: AWS::Serverless-2016-10-31\nResources:\n{resources}"))
        .expect("it is written");
    let mut programs = programs(&Topology::from_template(&path).expect("it is a template"));
    assert_eq!(programs.len(), 1, "one way makes one program");
    programs.remove(0)
}

fn function(event: &str) -> String {
    format!(
        "  Track: {{Type: AWS::Serverless::Function, Properties: {{Handler: a.b, Runtime: python3.13, CodeUri: .,
    Events: {{E: {{{event}}}}}}}}}\n"
    )
}

fn topic() -> Program {
    let own = function("Type: SNS, Properties: {Topic: !Ref News}");
    template(&format!("  News: {{Type: AWS::SNS::Topic}}\n{own}"))
}

fn stream() -> Program {
    let own = function(
        "Type: Kinesis, Properties: {Stream: !GetAtt Clicks.Arn, StartingPosition: TRIM_HORIZON, \
         MaximumRetryAttempts: 3}",
    );
    template(&format!("  Clicks: {{Type: AWS::Kinesis::Stream, Properties: {{ShardCount: 1}}}}\n{own}"))
}

/// A stream whose load is stated: one record a second for ten minutes.
fn series() -> Program {
    let mut program = stream();
    let source = program.sources().next().expect("a stream is a source");
    let start = Duration::from_secs(HOURS * 3_600);
    let times = SeriesTimes::Every { start, gap: Duration::from_secs(1) };
    let series = Series { count: 600, times, class: 0, keys: vec![0], first_key: 0, tenant: None };
    let end = start + Duration::from_secs(600);
    program.loads[source] = Some(StatedLoad { series: vec![series], end, ..StatedLoad::default() });
    program
}

#[test]
fn spans_that_are_aimed_meet_something_and_hit_more_often_than_spans_anywhere() {
    let ways = vec![
        ("a queue", System::sound().program()),
        ("a topic", topic()),
        ("a stream", stream()),
        ("a series", series()),
    ];
    for (way, program) in ways {
        let ([spans, met, hit], [others, met_anywhere, hit_anywhere]) =
            (tally(&program, Start::Aimed), tally(&program, Start::Anywhere));
        println!(
            "{way}: {met} of {spans} spans meet something, {hit} runs are hit; anywhere {met_anywhere} of {others}, {hit_anywhere} runs"
        );
        let (share, share_anywhere) = (met * others, met_anywhere * spans);
        assert!(share > share_anywhere, "{way}: {met} of {spans}, anywhere {met_anywhere} of {others}");
        assert!(hit > hit_anywhere, "{way}: {hit} runs are hit, anywhere {hit_anywhere}");
    }
}

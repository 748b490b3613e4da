//! Load that comes by rule, against the same load planned beforehand and against the naive world.

use std::path::Path;

use redrive::explore::swarm;
use redrive::guarantee::{GuaranteeSet, Judge, Quantities, Violation};
use redrive::kernel::{ChoicePoint, Chooser, FAMILY_COUNT, Families, Family, Menu, Seeded};
use redrive::program::{DeduplicationIds, Program, Series, SeriesTimes, StatedLoad, compile};
use redrive::scenario::{Arrivals, Generated, Scenario, Workload};
use redrive::template::{ImportOptions, import_text};
use redrive::trace::{Covered, Observer, Record, StoredTrace};
use redrive::vocabulary::{Duration, NameHash, Ratio};
use redrive::world::{Declared, EventView, RunSummary, World};

use crate::naive;
use crate::networks::{Draw, MODELS};

/// The same choices, each of them asked for.
struct Asked(Seeded);

impl Chooser for Asked {
    fn choose(&mut self, point: &ChoicePoint, menu: Menu) -> u64 {
        self.0.choose(point, menu)
    }

    fn active(&self, family: Family) -> bool {
        self.0.active(family)
    }

    fn rank(&self, point: &ChoicePoint) -> u64 {
        self.0.rank(point)
    }

    fn intensity(&self, family: Family) -> Ratio {
        self.0.intensity(family)
    }
}

/// Notices whether a run lets go of what is settled.
#[derive(Default)]
struct Noticed(bool);

impl Observer for Noticed {
    fn observe(&mut self, _record: &Record, _covered: &[Covered]) {}

    fn lets_go(&mut self) {
        self.0 = true;
    }
}

/// All that can be known of a run.
#[derive(Debug, PartialEq)]
struct Known {
    summary: RunSummary,
    records: Vec<(Record, Vec<Covered>)>,
    events: Vec<EventView>,
    violations: Vec<Violation>,
    exercised: Vec<GuaranteeSet>,
    quantities: Vec<Quantities>,
}

fn known(program: &Program, chooser: &mut impl Chooser) -> (Known, Vec<naive::Entry>, bool) {
    let (mut world, mut trace) = (World::new(), StoredTrace::default());
    let (mut judge, mut noticed) = (Judge::new(program, GuaranteeSet::EVERY), Noticed::default());
    let mut observer = ((&mut judge, &mut trace), &mut noticed);
    let summary = world.run(program, chooser, &mut observer, &mut Declared);
    let queues = 0..program.queues.len();
    let known = Known {
        summary,
        records: trace.iter().map(|(record, covered)| (*record, covered.to_vec())).collect(),
        events: world.events().collect(),
        violations: judge.violations().to_vec(),
        exercised: queues.clone().map(|queue| judge.exercised(queue)).collect(),
        quantities: queues.map(|queue| *judge.quantities(queue)).collect(),
    };
    (known, naive::of_world(&world, &trace), noticed.0)
}

/// Series of several keys and payloads, close together and far apart; the second one begins before the first is over.
fn load(draw: &mut Draw) -> StatedLoad {
    let mut series = || {
        let gap = Duration::from_millis(draw.of(&[0, 1, 40, 1_000, 7_000]));
        let start = Duration::from_millis(draw.of(&[0, 500, 3_000]));
        Series {
            count: draw.of(&[1, 3, 30, 150]),
            times: SeriesTimes::Every { start, gap },
            class: 0,
            keys: draw.of(&[&[0][..], &[1, 0], &[3, 4, 5, 6, 7, 8, 9]]).to_vec(),
            first_key: 0,
            tenant: None,
        }
    };
    let mut load = StatedLoad { series: vec![series(), series()], ..StatedLoad::default() };
    let last = load.each().map(|event| match event.time {
        redrive::program::StatedTime::At(at) => at,
        redrive::program::StatedTime::Within { .. } => unreachable!("all times are stated"),
    });
    load.end = last.max().expect("there are events");
    load
}

#[test]
fn load_by_rule_runs_as_if_it_had_been_planned_and_as_in_the_naive_world() {
    let (mut by_rule, mut records) = (0, 0);
    for number in 0..60 {
        let mut draw = Draw::new(number);
        for mut program in draw.read_network().programs() {
            if program.network.logs.is_empty() {
                continue;
            }
            program.queues.iter_mut().for_each(|queue| queue.is_source = false);
            let sources: Vec<usize> = program.sources().collect();
            for source in sources {
                program.loads[source] = Some(load(&mut draw));
            }
            for (seed, families) in
                [(number, Families::EVERY), (number + 1, Families::NONE.with(Family::Load))]
            {
                let drawn = swarm(&program, seed, families.without(Family::Burst));
                let seeded = || Seeded::new(seed, drawn.families.with(Family::Load), drawn.intensities);
                let (planned, entries, lets_go) = known(&program, &mut Asked(seeded()));
                assert!(!lets_go, "nobody may let go of what may still be asked for");
                let (came, of_rule, lets_go) = known(&program, &mut seeded());
                assert_eq!(came.summary, planned.summary, "system {number}, seed {seed}");
                assert_eq!(came, planned, "system {number}, seed {seed}");
                if lets_go {
                    let naive = naive::run(&program, &mut seeded());
                    assert!(naive == entries && naive == of_rule, "system {number}, seed {seed}");
                    by_rule += 1;
                    records += naive.len();
                }
            }
        }
    }
    println!("{by_rule} runs by rule, {records} records");
    assert!(by_rule > 20, "{by_rule} runs came by rule");
}

#[test]
fn series_of_queues_are_planned_as_if_each_of_their_events_had_been_asked_for() {
    let (mut planned_together, mut within) = (0, 0);
    for number in 0..60 {
        let mut draw = Draw::new(number);
        let network = if number.is_multiple_of(2) { draw.network() } else { draw.mixed_network() };
        for mut program in network.programs() {
            // With a body, queues that tell duplicates by content take one of a series.
            program.classes[0].body = draw.of(&[None, Some("{}")]).map(str::to_owned);
            for fifo in program.queues.iter_mut().filter_map(|queue| queue.fifo.as_mut()) {
                fifo.deduplication_ids = DeduplicationIds::BodyElseSender;
            }
            let sources: Vec<usize> = program.sources().collect();
            for source in sources {
                let mut load = load(&mut draw);
                for series in &mut load.series {
                    series.tenant = draw.of(&[None, Some(NameHash::of("a")), Some(NameHash::of("b"))]);
                    program.has_tenants |= series.tenant.is_some();
                }
                if draw.of(&[false, false, true]) {
                    let (start, length) = (Duration::from_secs(1), Duration::from_secs(60));
                    load.series[1].times = SeriesTimes::Within { start, length };
                    load.end = load.end.max(start + length);
                    within += 1;
                }
                program.loads[source] = Some(load);
                planned_together += 1;
            }
            for (seed, families) in
                [(number, Families::EVERY), (number + 1, Families::NONE.with(Family::Load))]
            {
                let drawn = swarm(&program, seed, families);
                let seeded = || Seeded::new(seed, drawn.families.with(Family::Load), drawn.intensities);
                let (asked, ..) = known(&program, &mut Asked(seeded()));
                let (together, ..) = known(&program, &mut seeded());
                assert_eq!(together, asked, "system {number}, seed {seed}");
            }
        }
    }
    assert!(within > 10 && planned_together > 2 * within, "{within} of {planned_together}");
}

/// One shard, read by one mapping that always has work: for a while nothing but records comes.
const BUSY: &str = "Transform: AWS::Serverless-2016-10-31
Resources:
  S: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 1}}
  Failed: {Type: AWS::SQS::Queue, Properties: {MessageRetentionPeriod: 1209600}}
  F:
    Type: AWS::Serverless::Function
    Properties: {Runtime: python3.13, Handler: a.b, CodeUri: ., Timeout: 60, Events: {E: {Type: Kinesis, Properties:
      {Stream: !GetAtt S.Arn, StartingPosition: TRIM_HORIZON, BatchSize: 90, MaximumRetryAttempts: 1, @
        BisectBatchOnFunctionError: true,
        DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Failed.Arn}}}}}}
";

/// Without a pause, with one, and faster than a shard takes them.
const GAPS: [u64; 4] = [0, 400, 1_000, 60_000];

#[test]
fn records_that_come_while_nothing_else_happens_are_what_they_are_one_by_one() {
    for settings in ["", "MaximumBatchingWindowInSeconds: 2,", "TumblingWindowInSeconds: 3,"] {
        let text = BUSY.replace('@', settings);
        let imported = import_text(Path::new("busy.yaml"), &text, &ImportOptions::with_stand_ins(), &MODELS);
        let topology = imported.topology.expect("the template is sound");
        for (number, gap) in GAPS.into_iter().enumerate() {
            let arrivals = Arrivals::Every(Duration::from_micros(gap));
            let load = Generated { keys: 7, ..Generated::new(2_000, arrivals) };
            let scenario =
                Scenario { workloads: vec![Workload::generated("*", load)], ..Scenario::default() };
            let mut programs = compile(&topology, &MODELS, &scenario).expect("the models are complete");
            let mut program = programs.remove(0);
            program.profile.poison_at_most = 9;
            let mut odds = [Ratio::ZERO; FAMILY_COUNT];
            odds[Family::Poison as usize] = Ratio::new(1, 200).expect("one in some is a ratio");
            let plain = (Families::NONE.with(Family::Load).with(Family::Poison), odds);
            let drawn = swarm(&program, number as u64, Families::EVERY.without(Family::Burst));
            for (families, odds) in [plain, (drawn.families.with(Family::Load), drawn.intensities)] {
                let seeded = || Seeded::new(number as u64, families, odds);
                let (planned, _, _) = known(&program, &mut Asked(seeded()));
                let (came, _, lets_go) = known(&program, &mut seeded());
                assert!(lets_go, "all of it comes by rule");
                assert!(
                    came == planned,
                    "every {gap} us, {settings}: {:?}, {:?}",
                    came.summary,
                    planned.summary
                );
            }
        }
    }
}

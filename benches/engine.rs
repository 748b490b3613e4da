//! How fast the engine is: pending events alone, whole runs, shrinking, and the import of a large template.
//!
//! `records` are the entries of the trace, `pairs` are (record, item) pairs: a record about a batch of ten counts ten
//! times. The latter are the *semantic records* of the design's goals, the former what a digest and a monitor see.
//! Compare figures of one run only: on a busy machine two runs differ by far more than most changes do.

#[path = "../tests/suite/support.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with the suite, which uses all of it")]
mod support;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt;
use std::path::Path;

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use redrive::explore::{Footing, Limits, Question, Runner, Scope, enumerate, shrink};
use redrive::guarantee::{GuaranteeName, GuaranteeSet};
use redrive::kernel::{FAMILY_COUNT, Families, Family, PendingEvents, Reduction, Seeded};
use redrive::models::Models;
use redrive::program::{Program, compile};
use redrive::scenario::{Generated, Scenario, Workload};
use redrive::template::{ImportOptions, import_text};
use redrive::trace::{NoObserver, StoredTrace};
use redrive::vocabulary::{Duration, Instant, Ratio};
use redrive::world::RunSummary;

use crate::support::{System, topology};

fn main() {
    divan::main();
}

/// Draws that cost next to nothing, so that the queue is what is measured.
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Up to a second, in microseconds.
    fn delay(&mut self) -> Duration {
        Duration::from_micros(1 + (self.next() >> 44))
    }
}

/// The hold model: as many events as before stay pending; one comes out, one goes in.
mod pending_events {
    use super::{Bencher, BinaryHeap, Draws, Instant, ItemsCount, PendingEvents, Reverse};

    const SIZES: [usize; 3] = [100, 10_000, 1_000_000];
    /// Pops and pushes in one iteration.
    const HOLDS: u64 = 10_000;

    #[divan::bench(args = SIZES, min_time = 0.5)]
    fn wheel(bencher: Bencher, pending: usize) {
        let mut draws = Draws(1);
        let mut queue = PendingEvents::new();
        // What is scheduled before the first pop would wait outside of the wheel.
        queue.schedule(Instant::START, 0);
        queue.pop();
        (0..pending).for_each(|event| queue.schedule(Instant::START + draws.delay(), event as u64));
        bencher.counter(ItemsCount::new(HOLDS)).bench_local(|| {
            for _ in 0..HOLDS {
                let (now, event) = queue.pop().expect("as many go in as come out");
                queue.schedule(now + draws.delay(), event);
            }
        });
    }

    /// With a sequence number, which the wheel's tie rule makes necessary.
    #[divan::bench(args = SIZES, min_time = 0.5)]
    fn std_binary_heap(bencher: Bencher, pending: usize) {
        let mut draws = Draws(1);
        let mut queue: BinaryHeap<Reverse<(Instant, u64, u64)>> = (0..pending as u64)
            .map(|event| Reverse((Instant::START + draws.delay(), event, event)))
            .collect();
        let mut sequence = pending as u64;
        bencher.counter(ItemsCount::new(HOLDS)).bench_local(|| {
            for _ in 0..HOLDS {
                let Reverse((now, _, event)) = queue.pop().expect("as many go in as come out");
                sequence += 1;
                queue.push(Reverse((now + draws.delay(), sequence, event)));
            }
        });
    }
}

/// What is counted.
#[derive(Clone, Copy, Debug)]
enum Unit {
    Records,
    Pairs,
    Seeds,
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Records => "records",
            Self::Pairs => "pairs (record, item)",
            Self::Seeds => "seeds",
        })
    }
}

const UNITS: [Unit; 3] = [Unit::Records, Unit::Pairs, Unit::Seeds];

/// Who watches.
#[derive(Clone, Copy, Debug)]
enum Watching {
    /// Digest and all monitors.
    Monitors,
    /// The digest alone.
    Nobody,
    /// Digest and stored trace.
    Trace,
}

/// Queue → function → dead-letter queue, declared handlers, one poison message in a hundred.
struct Case {
    program: Program,
    /// Runs in one iteration.
    seeds: u64,
    /// How many events fail at every attempt.
    poison: Ratio,
}

/// One in so many.
fn one_in(count: u32) -> Ratio {
    Ratio::new(1, count).expect("one in some is a ratio")
}

impl Case {
    fn new(events: u32, batch_size: u64, seeds: u64) -> Self {
        let system = System { batch_size, ..System::sound() };
        let load = Workload::steady("*", events, Duration::from_millis(10));
        let mut program = program(&system, Some(load));
        program.profile.poison_at_most = u32::MAX;
        Self { program, seeds, poison: one_in(100) }
    }

    fn bench(&self, bencher: Bencher, unit: Unit, watching: Watching) {
        let mut runner = Runner::new(&self.program, GuaranteeSet::EVERY);
        let count = self.count(&mut runner, unit);
        bencher.counter(ItemsCount::new(count)).bench_local(|| {
            for seed in 0..self.seeds {
                black_box(run(&mut runner, seed, self.poison, watching));
            }
        });
    }

    fn count(&self, runner: &mut Runner<'_>, unit: Unit) -> u64 {
        let of_seed = |seed| {
            let summary = run(runner, seed, self.poison, Watching::Nobody);
            match unit {
                Unit::Records => summary.records,
                Unit::Pairs => summary.items,
                Unit::Seeds => 1,
            }
        };
        (0..self.seeds).map(of_seed).sum()
    }
}

fn run(runner: &mut Runner<'_>, seed: u64, poison: Ratio, watching: Watching) -> RunSummary {
    let mut odds = [Ratio::ZERO; FAMILY_COUNT];
    odds[Family::Poison as usize] = poison;
    let mut chooser = Seeded::new(seed, Families::NONE.with(Family::Load).with(Family::Poison), odds);
    match watching {
        Watching::Monitors => runner.run(&mut chooser),
        Watching::Nobody => runner.observe(&mut chooser, &mut NoObserver),
        Watching::Trace => runner.observe(&mut chooser, &mut StoredTrace::default()),
    }
}

fn program(system: &System, load: Option<Workload>) -> Program {
    let models = Models::embedded().expect("the embedded models load");
    let scenario = Scenario { workloads: load.into_iter().collect(), ..Scenario::default() };
    let mut programs = compile(&topology(std::slice::from_ref(system)), &models, &scenario)
        .expect("the models are complete");
    programs.remove(0)
}

macro_rules! cases {
    ($($name:ident: $events:literal messages in batches of $batch:literal, $seeds:literal seeds;)*) => {
        $(mod $name {
            use super::{Bencher, Case, UNITS, Unit, Watching};

            #[divan::bench(args = UNITS, min_time = 0.5)]
            fn digest_and_monitors(bencher: Bencher, unit: Unit) {
                Case::new($events, $batch, $seeds).bench(bencher, unit, Watching::Monitors);
            }

            #[divan::bench(args = UNITS, min_time = 0.5)]
            fn digest_only(bencher: Bencher, unit: Unit) {
                Case::new($events, $batch, $seeds).bench(bencher, unit, Watching::Nobody);
            }

            #[divan::bench(args = UNITS, min_time = 0.5)]
            fn digest_and_stored_trace(bencher: Bencher, unit: Unit) {
                Case::new($events, $batch, $seeds).bench(bencher, unit, Watching::Trace);
            }
        })*
    };
}

cases! {
    ten_messages_batch_1: 10 messages in batches of 1, 256 seeds;
    ten_messages_batch_10: 10 messages in batches of 10, 256 seeds;
    thousand_messages_batch_1: 1_000 messages in batches of 1, 8 seeds;
    thousand_messages_batch_10: 1_000 messages in batches of 10, 8 seeds;
}

/// A FIFO queue; the figures do not depend on the number of groups.
mod fifo {
    use super::{Bencher, Case, Duration, System, UNITS, Unit, Watching, Workload, program};
    use redrive::scenario::{Arrivals, Generated};

    /// Messages over so many groups, as fast as a queue takes them.
    fn case(events: u32, keys: u32) -> Case {
        let system = System { batch_size: 10, ..System::fifo() };
        let arrivals = Arrivals::Every(Duration::from_millis(4));
        let load = Workload::generated("*", Generated { keys, ..Generated::new(events, arrivals) });
        let mut program = program(&system, Some(load));
        program.profile.poison_at_most = u32::MAX;
        Case { program, seeds: 1, poison: super::one_in(100) }
    }

    #[divan::bench(args = UNITS, min_time = 0.5)]
    fn ten_thousand_messages_of_ten_thousand_groups(bencher: Bencher, unit: Unit) {
        case(10_000, 10_000).bench(bencher, unit, Watching::Monitors);
    }

    #[divan::bench(args = UNITS, min_time = 0.5)]
    fn ten_thousand_messages_of_ten_groups(bencher: Bencher, unit: Unit) {
        case(10_000, 10).bench(bencher, unit, Watching::Monitors);
    }

    #[divan::bench(args = UNITS, min_time = 0.5)]
    fn a_thousand_messages_of_a_thousand_groups(bencher: Bencher, unit: Unit) {
        case(1_000, 1_000).bench(bencher, unit, Watching::Monitors);
    }
}

/// Asynchronous push. Poison stands for an event that fails at every attempt, so that it takes three.
mod push {
    use super::{
        Bencher, Case, Duration, ImportOptions, Models, Path, Scenario, UNITS, Unit, Watching, Workload,
        compile, import_text,
    };

    const TOPIC: &str = r"
Transform: AWS::Serverless-2016-10-31
Resources:
  T: {Type: AWS::SNS::Topic}
  Failed: {Type: AWS::SQS::Queue, Properties: {MessageRetentionPeriod: 1209600}}
  F:
    Type: AWS::Serverless::Function
    Properties:
      {Runtime: python3.13, Handler: a.b, CodeUri: ., Timeout: 30,
       DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Failed.Arn},
       Events: {E: {Type: SNS, Properties: {Topic: !Ref T}}}}
";

    /// Bus, rule, topic, and behind it two functions and a queue with a third one.
    const FAN_OUT: &str = r"
Transform: AWS::Serverless-2016-10-31
Resources:
  Bus: {Type: AWS::Events::EventBus, Properties: {Name: bus}}
  Rule:
    Type: AWS::Events::Rule
    Properties: {EventBusName: !Ref Bus, EventPattern: {source: [shop]}, Targets: [{Id: t, Arn: !Ref T}]}
  T: {Type: AWS::SNS::Topic}
  TopicPolicy:
    Type: AWS::SNS::TopicPolicy
    Properties:
      Topics: [!Ref T]
      PolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: events.amazonaws.com}, Action: 'sns:Publish', Resource: '*'}]}
  A:
    Type: AWS::Serverless::Function
    Properties: {Runtime: python3.13, Handler: a.b, CodeUri: ., Events: {E: {Type: SNS, Properties: {Topic: !Ref T}}}}
  B:
    Type: AWS::Serverless::Function
    Properties: {Runtime: python3.13, Handler: a.b, CodeUri: ., Events: {E: {Type: SNS, Properties: {Topic: !Ref T}}}}
  C:
    Type: AWS::Serverless::Function
    Properties: {Runtime: python3.13, Handler: a.b, CodeUri: ., Events: {E: {Type: SNS, Properties: {Topic: !Ref T, SqsSubscription: true}}}}
";

    /// So many events, one every so often, into what the template's load goes to.
    fn case(template: &str, events: u32, every: Duration) -> Case {
        let models = Models::embedded().expect("the embedded models load");
        let imported =
            import_text(Path::new("bench.yaml"), template, &ImportOptions::with_stand_ins(), &models);
        let topology = imported.topology.expect("the template is sound");
        let scenario =
            Scenario { workloads: vec![Workload::steady("*", events, every)], ..Scenario::default() };
        let mut programs = compile(&topology, &models, &scenario).expect("the models are complete");
        let mut program = programs.remove(0);
        program.profile.poison_at_most = u32::MAX;
        Case { program, seeds: 1, poison: super::one_in(100) }
    }

    #[divan::bench(args = UNITS, min_time = 0.5)]
    fn a_thousand_events_with_retries(bencher: Bencher, unit: Unit) {
        case(TOPIC, 1_000, Duration::from_millis(10)).bench(bencher, unit, Watching::Monitors);
    }

    #[divan::bench(args = UNITS, min_time = 0.5)]
    fn a_thousand_events_over_three_hops_to_three_consumers(bencher: Bencher, unit: Unit) {
        case(FAN_OUT, 1_000, Duration::from_millis(10)).bench(bencher, unit, Watching::Monitors);
    }

    /// One event a minute for ten years of 365.25 days.
    #[divan::bench(args = [Unit::Records, Unit::Seeds], sample_count = 1, sample_size = 1)]
    fn ten_years_of_one_event_a_minute(bencher: Bencher, unit: Unit) {
        case(TOPIC, 5_259_600, Duration::from_secs(60)).bench(bencher, unit, Watching::Monitors);
    }
}

/// Streams, read by one mapping.
mod stream {
    use super::{
        Bencher, Case, Duration, Generated, ImportOptions, Models, Path, Scenario, UNITS, Unit, Watching,
        Workload, compile, import_text, one_in,
    };
    use redrive::scenario::{Arrivals, Handling, Per, Timing};

    fn template(shards: u32, settings: &str) -> String {
        format!(
            "Transform: AWS::Serverless-2016-10-31
Resources:
  S: {{Type: AWS::Kinesis::Stream, Properties: {{ShardCount: {shards}}}}}
  Failed: {{Type: AWS::SQS::Queue, Properties: {{MessageRetentionPeriod: 1209600}}}}
  F:
    Type: AWS::Serverless::Function
    Properties: {{Runtime: python3.13, Handler: a.b, CodeUri: ., Timeout: 60, Events: {{E: {{Type: Kinesis, Properties:
      {{Stream: !GetAtt S.Arn, StartingPosition: TRIM_HORIZON, {settings},
        DestinationConfig: {{OnFailure: {{Type: SQS, Destination: !GetAtt Failed.Arn}}}}}}}}}}}}
"
        )
    }

    /// So many records of so many keys, at these times; one in `poison` fails at every attempt.
    fn case(template: &str, load: (u32, u32), arrivals: Arrivals, poison: u32) -> Case {
        handled(template, load, arrivals, poison, Vec::new())
    }

    fn handled(
        template: &str,
        (records, keys): (u32, u32),
        arrivals: Arrivals,
        poison: u32,
        handlers: Vec<Handling>,
    ) -> Case {
        let models = Models::embedded().expect("the embedded models load");
        let imported =
            import_text(Path::new("bench.yaml"), template, &ImportOptions::with_stand_ins(), &models);
        let topology = imported.topology.expect("the template is sound");
        let load = Workload::generated("*", Generated { keys, ..Generated::new(records, arrivals) });
        let scenario = Scenario { workloads: vec![load], handlers, ..Scenario::default() };
        let mut programs = compile(&topology, &models, &scenario).expect("the models are complete");
        let mut program = programs.remove(0);
        program.profile.poison_at_most = u32::MAX;
        program.account.unreserved = u32::MAX;
        Case { program, seeds: 1, poison: one_in(poison) }
    }

    const BISECTS: &str = "BatchSize: 1000, MaximumRetryAttempts: 2, BisectBatchOnFunctionError: true";

    /// Batches of a thousand with some ten bad records each, which are found by halves.
    #[divan::bench(args = UNITS, min_time = 0.5)]
    fn ten_thousand_records_in_batches_that_are_bisected(bencher: Bencher, unit: Unit) {
        let template = template(1, BISECTS);
        case(&template, (10_000, 10), Arrivals::AtOnce, 100).bench(bencher, unit, Watching::Monitors);
    }

    #[divan::bench(args = UNITS, min_time = 0.5)]
    fn a_hundred_shards_of_ten_lanes(bencher: Bencher, unit: Unit) {
        let template = template(100, "BatchSize: 100, ParallelizationFactor: 10, MaximumRetryAttempts: 2");
        case(&template, (100_000, 10_000), Arrivals::Every(Duration::from_millis(1)), 100_000).bench(
            bencher,
            unit,
            Watching::Monitors,
        );
    }

    /// A hundredth of a shard-day: a thousand records a second for a quarter of an hour, one in 100,000 bad.
    #[divan::bench(args = UNITS, sample_count = 3, sample_size = 1)]
    fn a_shard_for_a_quarter_of_an_hour(bencher: Bencher, unit: Unit) {
        let template = template(1, BISECTS);
        case(&template, (864_000, 100), Arrivals::Every(Duration::from_millis(1)), 100_000).bench(
            bencher,
            unit,
            Watching::Monitors,
        );
    }

    /// A shard-day: a thousand records a second through one shard, one in 100,000 bad, half a second an invocation.
    #[divan::bench(args = [Unit::Pairs], sample_count = 1, sample_size = 1)]
    fn a_shard_for_a_day(bencher: Bencher, unit: Unit) {
        let half = Duration::from_millis(500);
        let duration = Some(Timing { shortest: half, longest: half, per: Per::Invocation });
        let handlers = vec![Handling { function: "*".to_owned(), duration, ..Handling::default() }];
        let arrivals = Arrivals::Every(Duration::from_millis(1));
        let template = template(1, BISECTS);
        handled(&template, (86_400_000, 100), arrivals, 100_000, handlers).bench(
            bencher,
            unit,
            Watching::Monitors,
        );
    }
}

mod search {
    use super::{
        Bencher, Families, Footing, GuaranteeName, GuaranteeSet, ItemsCount, Question, Runner, System,
        black_box, program, shrink,
    };

    /// What `check` does with most of its time: seeds as it draws them, load and all families included.
    #[divan::bench(min_time = 0.5)]
    fn seeds_as_a_check_draws_them(bencher: Bencher) {
        let program = program(&System::sound(), None);
        let mut runner = Runner::new(&program, GuaranteeSet::EVERY);
        let seeds = 256;
        let records: u64 = (0..seeds).map(|seed| runner.seed(seed, Families::EVERY).records).sum();
        bencher.counter(ItemsCount::new(records)).bench_local(|| {
            (0..seeds).for_each(|seed| {
                black_box(runner.seed(seed, Families::EVERY));
            });
        });
    }

    /// The planted bug: the dead-letter queue keeps a message for less time than its retries take.
    #[divan::bench(min_time = 0.5)]
    fn one_planted_bug_shrunk(bencher: Bencher) {
        let system = System { retention: 3_600, dead_letter_retention: 900, ..System::sound() };
        let program = program(&system, None);
        let mut runner = Runner::new(&program, GuaranteeSet::EVERY);
        let guarantee = GuaranteeName::NoLoss;
        let seed = (0..10_000)
            .find(|seed| {
                runner.seed(*seed, Families::EVERY);
                runner.judge().violations().iter().any(|violation| violation.guarantee == guarantee)
            })
            .expect("the bug is found");
        bencher.counter(ItemsCount::new(1_u32)).bench_local(|| {
            let question = Question::Catalogue { guarantee, queue: 0 };
            shrink(&mut runner, question, Footing::Ordinary, seed, Families::EVERY)
                .expect("the seed violates it")
        });
    }
}

mod enumeration {
    use super::{
        Bencher, Families, GuaranteeSet, ItemsCount, Limits, Models, Reduction, Runner, Scope, System, Unit,
        enumerate, program,
    };

    const REDUCTIONS: [Reduction; 3] = [Reduction::None, Reduction::Symmetry, Reduction::States];

    /// All combinations of two events and one fault; what is counted are the different states after choices.
    #[divan::bench(args = REDUCTIONS, min_time = 0.5)]
    fn states(bencher: Bencher, reduction: Reduction) {
        bench(bencher, reduction, Unit::Seeds);
    }

    /// The same, counted in records, those of a run's way to where it differs included.
    #[divan::bench(args = REDUCTIONS, min_time = 0.5)]
    fn records(bencher: Bencher, reduction: Reduction) {
        bench(bencher, reduction, Unit::Records);
    }

    fn bench(bencher: Bencher, reduction: Reduction, unit: Unit) {
        let models = Models::embedded().expect("the embedded models load");
        let program = program(&System::sound(), None);
        let mut runner = Runner::new(&program, GuaranteeSet::EVERY);
        let scope = Scope { faults: 1, ..Scope::small() };
        let how = (reduction, Limits::USUAL);
        let found = enumerate(&mut runner, &models, &scope, Families::EVERY, how);
        let count = match unit {
            Unit::Records | Unit::Pairs => found.records,
            Unit::Seeds => found.met.states,
        };
        bencher
            .counter(ItemsCount::new(count))
            .bench_local(|| enumerate(&mut runner, &models, &scope, Families::EVERY, how));
    }
}

mod import {
    use std::fmt::Write as _;

    use super::{Bencher, ImportOptions, ItemsCount, Models, Path, black_box, import_text};

    /// Systems in the template, each of four resources.
    const SYSTEMS: usize = 500;

    #[divan::bench(min_time = 0.5)]
    fn five_hundred_systems(bencher: Bencher) {
        let models = Models::embedded().expect("the embedded models load");
        let (text, options) = (template(), ImportOptions::with_stand_ins());
        bencher.counter(ItemsCount::new(SYSTEMS)).bench_local(|| {
            let imported = import_text(Path::new("large.yaml"), black_box(&text), &options, &models);
            assert!(imported.topology.is_some());
            imported
        });
    }

    #[divan::bench(min_time = 0.5)]
    fn embedded_models(bencher: Bencher) {
        bencher.bench_local(|| Models::embedded().expect("the embedded models load"));
    }

    fn template() -> String {
        let mut text = "Transform: AWS::Serverless-2016-10-31\nResources:\n".to_owned();
        for index in 0..SYSTEMS {
            write!(text, "{}", SYSTEM.replace('@', &index.to_string()))
                .expect("a string takes all that is written");
        }
        text
    }

    const SYSTEM: &str = "
  Queue@:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 180
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead@.Arn, maxReceiveCount: 5}
  Dead@:
    Type: AWS::SQS::Queue
    Properties: {MessageRetentionPeriod: 1209600}
  Handle@:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: provided.al2023
      Handler: bootstrap
      CodeUri: .
      Timeout: 30
      Environment: {Variables: {TABLE: !Ref Table@}}
      Events:
        Incoming: {Type: SQS, Properties: {Queue: !GetAtt Queue@.Arn, BatchSize: 10}}
  Table@:
    Type: AWS::Serverless::SimpleTable
";
}

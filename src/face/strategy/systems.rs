//! Whole systems.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

use crate::face::{FunctionSettings, MappingSettings, Problems, QueueSettings, SystemBuilder};
use crate::topology::Topology;
use crate::vocabulary::Duration;

/// Parts in one system.
const PARTS: usize = 3;
/// Settings in the middle of what AWS accepts, so that a run of one is a matter of milliseconds.
const LONGEST_VISIBILITY: u64 = 900;
const LONGEST_TIMEOUT: u64 = 120;
const MOST_RECEIVES: u64 = 6;
const LARGEST_BATCH: u64 = 10;
const MOST_CONCURRENT: u64 = 20;
const HOURS_OF_RETENTION: u64 = 336;
const SECONDS_OF_AN_HOUR: u64 = 3_600;
const LONGEST_WINDOW: u64 = 5;
const MOST_SHARDS: u64 = 3;
const MOST_LANES: u64 = 3;

/// A system as it was drawn; [`SystemPlan::build`] makes it one that runs.
///
/// ```
/// use proptest::prelude::*;
/// use redrive::prelude::*;
/// use redrive::strategy::systems;
/// proptest!(ProptestConfig::with_cases(4), |(plan in systems())| {
///     let system = plan.build().unwrap();
///     let run = Check::new(&system).run_seed(1);
///     prop_assert_eq!(run.digests(), Check::new(&system).run_seed(1).digests());
/// });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SystemPlan {
    parts: Vec<PartPlan>,
}

/// A source, the function that polls it, maybe what stands before it, and maybe a dead-letter queue.
#[derive(Clone, Debug, PartialEq, Eq)]
struct PartPlan {
    source: SourcePlan,
    /// In seconds; FIFO queues have none.
    window: u64,
    visibility: u64,
    timeout: u64,
    batch_size: u64,
    partial: bool,
    dead_letters: Option<(u64, u64)>,
    reserved: Option<u64>,
    maximum_concurrency: Option<u64>,
}

/// What a function polls, the plainest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SourcePlan {
    Standard,
    Fifo,
    /// A standard queue that a topic sends to.
    BehindTopic,
    /// A stream of so many shards; what is given up goes to the dead-letter queue, if there is one.
    Stream {
        shards: u64,
        lanes: u64,
    },
}

/// Systems of up to three parts, each a source with its function and maybe a dead-letter queue. Sources are standard
/// queues, FIFO queues, queues behind a topic, and Kinesis streams. Queues are called `Queue0` and so on, topics
/// `Topic0`, streams `Stream0`, functions `Function0`, dead-letter queues `Dead0`. Shrinks to one standard queue and one
/// function, every number as small as AWS accepts it.
///
/// ```
/// use proptest::prelude::*;
/// use redrive::strategy::systems;
/// proptest!(ProptestConfig::with_cases(8), |(plan in systems())| {
///     let system = plan.build().unwrap();
///     prop_assert!(system.find("Function0").is_some());
/// });
/// ```
pub fn systems() -> impl Strategy<Value = SystemPlan> {
    vec(parts(), 1..=PARTS).prop_map(|parts| SystemPlan { parts })
}

fn sources() -> impl Strategy<Value = SourcePlan> {
    prop_oneof![
        4 => Just(SourcePlan::Standard),
        2 => Just(SourcePlan::Fifo),
        1 => Just(SourcePlan::BehindTopic),
        2 => (1..=MOST_SHARDS, 1..=MOST_LANES).prop_map(|(shards, lanes)| SourcePlan::Stream { shards, lanes }),
    ]
}

fn parts() -> impl Strategy<Value = PartPlan> {
    let dead_letters = (1..=MOST_RECEIVES, 1..=HOURS_OF_RETENTION);
    (
        (1..=LONGEST_VISIBILITY, 1..=LONGEST_TIMEOUT, 1..=LARGEST_BATCH, any::<bool>()),
        (of(dead_letters), of(1..=MOST_CONCURRENT), of(2..=MOST_CONCURRENT)),
        (sources(), 0..=LONGEST_WINDOW),
    )
        .prop_map(|(numbers, (dead_letters, reserved, maximum_concurrency), (source, window))| {
            let (visibility, timeout, batch_size, partial) = numbers;
            PartPlan {
                source,
                window,
                visibility,
                timeout,
                batch_size,
                partial,
                dead_letters,
                reserved,
                maximum_concurrency,
            }
        })
}

impl SystemPlan {
    /// The system.
    ///
    /// # Errors
    /// None for what a strategy drew; the signature is that of every way to build a system.
    pub fn build(&self) -> Result<Topology, Problems> {
        let builder = self
            .parts
            .iter()
            .enumerate()
            .fold(Topology::build(), |builder, (number, part)| part.add(builder, number));
        builder.finish()
    }

    /// How many parts it has.
    pub const fn len(&self) -> usize {
        self.parts.len()
    }

    /// Whether it has none, which no strategy draws.
    pub const fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }
}

impl PartPlan {
    fn add(&self, builder: SystemBuilder, number: usize) -> SystemBuilder {
        let (queue, function, dead) =
            (format!("Queue{number}"), format!("Function{number}"), format!("Dead{number}"));
        let mut builder = match self.source {
            SourcePlan::Stream { shards, lanes } => {
                let stream = format!("Stream{number}");
                let properties = table(json!({ "ShardCount": shards }));
                builder
                    .resource(&stream, "AWS::Kinesis::Stream", properties)
                    .function(&function, |settings| self.function(settings))
                    .polls(&function, &stream, |settings| self.reading(settings, lanes, &dead))
            }
            SourcePlan::Standard | SourcePlan::Fifo | SourcePlan::BehindTopic => builder
                .queue(&queue, |settings| self.queue(settings, &dead))
                .function(&function, |settings| self.function(settings))
                .polls(&function, &queue, |settings| self.mapping(settings)),
        };
        if self.source == SourcePlan::BehindTopic {
            builder = behind_topic(builder, &format!("Topic{number}"), &queue);
        }
        if let Some((_, hours)) = self.dead_letters {
            let length = Duration::from_secs(hours * SECONDS_OF_AN_HOUR);
            builder = builder.queue(&dead, |settings| self.of_its_kind(settings.retention(length)));
        }
        builder
    }

    /// A FIFO queue takes and gives dead letters among its kind only.
    fn of_its_kind(&self, settings: QueueSettings) -> QueueSettings {
        if self.source == SourcePlan::Fifo { settings.set("FifoQueue", true) } else { settings }
    }

    fn queue(&self, settings: QueueSettings, dead: &str) -> QueueSettings {
        let settings = self.of_its_kind(settings.visibility(Duration::from_secs(self.visibility)));
        match self.dead_letters {
            Some((receives, _)) => settings.dead_letters(dead, receives),
            None => settings,
        }
    }

    fn function(&self, settings: FunctionSettings) -> FunctionSettings {
        let settings = settings.timeout(Duration::from_secs(self.timeout));
        match self.reserved {
            Some(executions) => settings.reserved(executions),
            None => settings,
        }
    }

    fn mapping(&self, settings: MappingSettings) -> MappingSettings {
        let mut settings = self.batches(settings);
        if self.source != SourcePlan::Fifo && self.window > 0 {
            settings = settings.batching_window(Duration::from_secs(self.window));
        }
        match self.maximum_concurrency {
            Some(invocations) => settings.maximum_concurrency(invocations),
            None => settings,
        }
    }

    /// A mapping on a stream: what would be receives of a queue are its tries.
    fn reading(&self, settings: MappingSettings, lanes: u64, dead: &str) -> MappingSettings {
        let settings = self
            .batches(settings)
            .set("StartingPosition", "TRIM_HORIZON")
            .set("ParallelizationFactor", lanes)
            .set("BisectBatchOnFunctionError", !self.partial);
        match self.dead_letters {
            Some((receives, _)) => settings.set("MaximumRetryAttempts", receives).set(
                "DestinationConfig",
                json!({ "OnFailure": { "Destination": { "Fn::GetAtt": [dead, "Arn"] } } }),
            ),
            None => settings,
        }
    }

    fn batches(&self, settings: MappingSettings) -> MappingSettings {
        let settings = settings.batch_size(self.batch_size);
        if self.partial { settings.partial_responses() } else { settings }
    }
}

/// A topic that sends to a queue, and may.
fn behind_topic(builder: SystemBuilder, topic: &str, queue: &str) -> SystemBuilder {
    let arn = json!({ "Fn::GetAtt": [queue, "Arn"] });
    let statement = json!({
        "Effect": "Allow",
        "Principal": { "Service": "sns.amazonaws.com" },
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": { "ArnEquals": { "aws:SourceArn": { "Ref": topic } } },
    });
    let subscription = json!({ "TopicArn": { "Ref": topic }, "Protocol": "sqs", "Endpoint": arn });
    let policy = json!({ "Queues": [{ "Ref": queue }], "PolicyDocument": { "Statement": [statement] } });
    builder
        .resource(topic, "AWS::SNS::Topic", table(json!({})))
        .resource(&format!("{topic}To{queue}"), "AWS::SNS::Subscription", table(subscription))
        .resource(&format!("{topic}May"), "AWS::SQS::QueuePolicy", table(policy))
}

fn table(value: Json) -> Map<String, Json> {
    match value {
        Json::Object(table) => table,
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) | Json::Array(_) => Map::new(),
    }
}

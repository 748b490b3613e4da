//! Whole systems.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;

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

/// A system as it was drawn; [`SystemPlan::build`] makes it one that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SystemPlan {
    parts: Vec<PartPlan>,
}

/// A queue, the function that polls it, and maybe a dead-letter queue.
#[derive(Clone, Debug, PartialEq, Eq)]
struct PartPlan {
    visibility: u64,
    timeout: u64,
    batch_size: u64,
    partial: bool,
    dead_letters: Option<(u64, u64)>,
    reserved: Option<u64>,
    maximum_concurrency: Option<u64>,
}

/// Systems of up to three parts, each a queue with its function and maybe a dead-letter queue. The queues are called
/// `Queue0` and so on, the functions `Function0`, the dead-letter queues `Dead0`. Shrinks to one queue and one function,
/// every number as small as AWS accepts it.
///
/// ```
/// use proptest::prelude::*;
/// use redrive::strategy::systems;
/// proptest!(ProptestConfig::with_cases(8), |(plan in systems())| {
///     let system = plan.build().unwrap();
///     prop_assert!(system.find("Queue0").is_some());
/// });
/// ```
pub fn systems() -> impl Strategy<Value = SystemPlan> {
    vec(parts(), 1..=PARTS).prop_map(|parts| SystemPlan { parts })
}

fn parts() -> impl Strategy<Value = PartPlan> {
    let dead_letters = (1..=MOST_RECEIVES, 1..=HOURS_OF_RETENTION);
    (
        (1..=LONGEST_VISIBILITY, 1..=LONGEST_TIMEOUT, 1..=LARGEST_BATCH, any::<bool>()),
        (of(dead_letters), of(1..=MOST_CONCURRENT), of(2..=MOST_CONCURRENT)),
    )
        .prop_map(|(numbers, (dead_letters, reserved, maximum_concurrency))| {
            let (visibility, timeout, batch_size, partial) = numbers;
            PartPlan { visibility, timeout, batch_size, partial, dead_letters, reserved, maximum_concurrency }
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
        let mut builder = builder
            .queue(&queue, |settings| self.queue(settings, &dead))
            .function(&function, |settings| self.function(settings))
            .polls(&function, &queue, |settings| self.mapping(settings));
        if let Some((_, hours)) = self.dead_letters {
            let length = Duration::from_secs(hours * SECONDS_OF_AN_HOUR);
            builder = builder.queue(&dead, |settings| settings.retention(length));
        }
        builder
    }

    fn queue(&self, settings: QueueSettings, dead: &str) -> QueueSettings {
        let settings = settings.visibility(Duration::from_secs(self.visibility));
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
        let mut settings = settings.batch_size(self.batch_size);
        if self.partial {
            settings = settings.partial_responses();
        }
        match self.maximum_concurrency {
            Some(invocations) => settings.maximum_concurrency(invocations),
            None => settings,
        }
    }
}

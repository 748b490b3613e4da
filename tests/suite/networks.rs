//! Random small systems of queues, mappings and functions, and programs of them.

use std::sync::LazyLock;

use redrive::explore::swarm;
use redrive::kernel::{ChoicePoint, Chooser, Domain, FAMILY_COUNT, Families, Family, Menu, Seeded};
use redrive::models::Models;
use redrive::pattern::{Dialect, Pattern};
use redrive::program::{Program, compile};
use redrive::scenario::{HandlerPreset, Handling, Message, Scenario, Workload};
use redrive::topology::{
    Account, DeduplicationScope, FifoSettings, Function, InvocationModel, Link, LinkDetail, LinkEnd,
    MappingFilter, Origin, Permitted, ProvisionedPollers, Queue, QueueKind, QueueMapping, Redrive,
    RedriveAllow, RedriveTarget, Resource, ResourceDetail, ResourceId, ResponseType, Runs, Setting,
    ThroughputLimit, Topology, UnknownSetting, grammar,
};
use redrive::vocabulary::{Bytes, Duration, EntityKind, EntityName, NameHash, Ratio};

use crate::support::{self, fifo_settings};

pub(crate) static MODELS: LazyLock<Models> =
    LazyLock::new(|| Models::embedded().expect("the embedded models load"));

/// Where dead letters go, and after how many receives.
#[derive(Clone, Copy, Debug)]
pub(crate) enum DeadLetters {
    Nowhere,
    Outside(u64),
    Queue(u64, usize),
}

#[derive(Clone, Debug)]
pub(crate) struct QueueSpec {
    pub(crate) name: String,
    pub(crate) visibility: u64,
    pub(crate) retention: u64,
    pub(crate) delay: u64,
    pub(crate) dead_letters: DeadLetters,
    pub(crate) kind: QueueKind,
    /// What only a FIFO queue has.
    pub(crate) scope: DeduplicationScope,
    pub(crate) limit: ThroughputLimit,
    pub(crate) content_based: bool,
}

impl QueueSpec {
    /// A standard queue that hides messages for half a minute and keeps them for an hour.
    pub(crate) fn plain(name: &str, dead_letters: DeadLetters) -> Self {
        Self {
            name: name.to_owned(),
            visibility: 30,
            retention: 3_600,
            delay: 0,
            dead_letters,
            kind: QueueKind::Standard,
            scope: DeduplicationScope::Queue,
            limit: ThroughputLimit::PerQueue,
            content_based: false,
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct FunctionSpec {
    pub(crate) name: String,
    pub(crate) timeout: u64,
    pub(crate) reserved: Option<u64>,
    /// What is provisioned for its alias.
    pub(crate) provisioned: Option<u64>,
    /// Whether its code runs, or a pipe in its place.
    pub(crate) runs: Runs,
    pub(crate) preset: HandlerPreset,
}

#[derive(Clone, Debug)]
pub(crate) struct MappingSpec {
    pub(crate) queue: usize,
    pub(crate) function: usize,
    pub(crate) enabled: bool,
    pub(crate) batch_size: u64,
    pub(crate) window: u64,
    pub(crate) maximum_concurrency: Option<u64>,
    pub(crate) reports: bool,
    pub(crate) pollers: Option<(u64, u64)>,
    pub(crate) filters: &'static [&'static str],
}

/// Numbers of AWS that random systems make small, so that they matter within a short run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Narrow {
    pub(crate) in_flight: Option<u32>,
    pub(crate) unreserved: Option<u32>,
    pub(crate) scaling: Option<u32>,
    pub(crate) payload_items: Option<u32>,
    /// Of FIFO queues: how far they look, and how many calls they take in a second.
    pub(crate) look_ahead: Option<u32>,
    pub(crate) calls: Option<u32>,
    /// Of mappings in provisioned mode: how often a poller asks in a second, and how many bytes it takes then.
    pub(crate) polls: Option<(u32, u64)>,
    /// Of standard queues: how many messages in flight make a tenant noisy.
    pub(crate) tenants: Option<u32>,
}

impl Narrow {
    pub(crate) const NOTHING: Self = Self {
        in_flight: None,
        unreserved: None,
        scaling: None,
        payload_items: None,
        look_ahead: None,
        calls: None,
        polls: None,
        tenants: None,
    };
}

/// A system.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    pub(crate) queues: Vec<QueueSpec>,
    pub(crate) functions: Vec<FunctionSpec>,
    pub(crate) mappings: Vec<MappingSpec>,
    pub(crate) load: Option<Workload>,
    pub(crate) narrow: Narrow,
    pub(crate) known: Known,
    /// What is stated beside it.
    pub(crate) stated: Scenario,
}

/// Whether the template says all settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    Everything,
    /// Some settings may be other ones.
    NotEverything,
}

impl Network {
    /// One queue, one function, and a dead-letter queue that nobody polls.
    pub(crate) fn plain(name: &str) -> Self {
        let dead = QueueSpec::plain(&format!("{name}Dlq"), DeadLetters::Nowhere);
        Self {
            queues: vec![
                QueueSpec::plain(name, DeadLetters::Queue(3, 1)),
                QueueSpec { retention: 1_209_600, ..dead },
            ],
            functions: vec![FunctionSpec {
                name: format!("Handle{name}"),
                timeout: 10,
                reserved: Some(5),
                provisioned: None,
                runs: Runs::Code,
                preset: HandlerPreset::Throws,
            }],
            mappings: vec![MappingSpec {
                queue: 0,
                function: 0,
                enabled: true,
                batch_size: 1,
                window: 0,
                maximum_concurrency: None,
                reports: false,
                pollers: None,
                filters: &[],
            }],
            load: None,
            narrow: Narrow::NOTHING,
            known: Known::Everything,
            stated: Scenario::default(),
        }
    }

    /// This system and another one side by side.
    pub(crate) fn and(mut self, mut other: Self) -> Self {
        let (queues, functions) = (self.queues.len(), self.functions.len());
        for queue in &mut other.queues {
            if let DeadLetters::Queue(_, target) = &mut queue.dead_letters {
                *target += queues;
            }
        }
        for mapping in &mut other.mappings {
            mapping.queue += queues;
            mapping.function += functions;
        }
        self.queues.append(&mut other.queues);
        self.functions.append(&mut other.functions);
        self.mappings.append(&mut other.mappings);
        self
    }

    pub(crate) fn scenario(&self) -> Scenario {
        let handling = |function: &FunctionSpec| Handling {
            function: function.name.clone(),
            preset: Some(function.preset),
            ..Handling::default()
        };
        let mut scenario = self.stated.clone();
        scenario.handlers.splice(0..0, self.functions.iter().map(handling));
        scenario.workloads.extend(self.load.iter().cloned());
        scenario
    }

    /// The programs of its connected parts.
    pub(crate) fn programs(&self) -> Vec<Program> {
        let scenario = self.scenario();
        let mut programs =
            compile(&self.topology(), &MODELS, &scenario).expect("the embedded models are complete");
        for program in &mut programs {
            self.narrow.apply(program);
        }
        programs
    }

    /// The program of its only part.
    pub(crate) fn program(&self) -> Program {
        let mut programs = self.programs();
        assert_eq!(programs.len(), 1, "one connected part");
        programs.remove(0)
    }

    /// What a link to a function calls, where something is provisioned for its alias: that, or what is not published.
    pub(crate) fn qualifier(&self, function: usize, from: &str) -> Option<String> {
        let is_odd = from.bytes().map(usize::from).sum::<usize>() % 2 == 1;
        let is_alias = self.functions[function].provisioned.is_some() && is_odd;
        is_alias.then(|| support::ALIAS.to_owned())
    }

    /// The pipe that polls for a function: the one that stands in its place.
    pub(crate) fn pipe(&self, function: usize) -> Option<ResourceId> {
        let is_pipe = self.functions[function].runs == Runs::Pipe;
        is_pipe.then(|| ResourceId((self.queues.len() + function) as u32))
    }

    pub(crate) fn topology(&self) -> Topology {
        let queues = self.queues.iter().map(|queue| {
            let detail = ResourceDetail::Queue(self.queue(queue));
            resource(EntityKind::Queue, &queue.name, "AWS::SQS::Queue", detail)
        });
        let functions = self.functions.iter().map(|function| {
            let detail = ResourceDetail::Function(Function {
                runs: function.runs,
                timeout: self.seconds(function.timeout, &[2, 40]),
                memory: given(128),
                storage: None,
                reserved_concurrency: function.reserved.map(|reserved| self.setting(reserved, &[1, 4])),
                provisioned: function.provisioned.map(support::provisioned).into_iter().collect(),
                ..support::plain_function()
            });
            resource(EntityKind::Function, &function.name, "AWS::Lambda::Function", detail)
        });
        Topology {
            inputs: vec!["network".to_owned()],
            resources: queues.chain(functions).collect(),
            links: self.mappings.iter().map(|mapping| self.link(mapping)).collect(),
            machines: Vec::new(),
            archives: Vec::new(),
            schedules: std::collections::BTreeMap::new(),
            roles: std::collections::BTreeMap::new(),
            generated: std::collections::BTreeSet::new(),
            rights: Vec::new(),
            unmodelled: Vec::new(),
            nicknames: std::collections::BTreeMap::new(),
            physical_names: std::collections::BTreeMap::new(),
            account: Account { concurrency: given(1_000), homes: std::collections::BTreeMap::new() },
        }
    }

    /// A setting that may be another one where not everything is known.
    pub(crate) fn setting<T: Copy>(&self, value: T, others: &[T]) -> Setting<T> {
        let alternatives = std::iter::once(value).chain(others.iter().copied()).collect();
        let unknown = UnknownSetting { why: "a parameter without default".to_owned(), alternatives };
        Setting { unknown: (self.known == Known::NotEverything).then_some(unknown), ..given(value) }
    }

    pub(crate) fn seconds(&self, count: u64, others: &[u64]) -> Setting<Duration> {
        let others: Vec<Duration> = others.iter().copied().map(Duration::from_secs).collect();
        self.setting(Duration::from_secs(count), &others)
    }

    fn queue(&self, queue: &QueueSpec) -> Queue {
        let redrive =
            |count, target| Redrive { max_receive_count: self.setting(count, &[1, 4]), target, place: None };
        Queue {
            kind: queue.kind,
            visibility_timeout: self.seconds(queue.visibility, &[4, 45]),
            message_retention: self.seconds(queue.retention, &[90]),
            delay: self.seconds(queue.delay, &[2]),
            maximum_message_size: given(Bytes(1_048_576)),
            receive_wait: given(Duration::ZERO),
            redrive: match queue.dead_letters {
                DeadLetters::Nowhere => None,
                DeadLetters::Outside(count) => {
                    Some(redrive(count, RedriveTarget::Outside("elsewhere".to_owned())))
                }
                DeadLetters::Queue(count, target) => {
                    Some(redrive(count, RedriveTarget::Queue(ResourceId(target as u32))))
                }
            },
            redrive_allow: RedriveAllow::All,
            fifo: FifoSettings {
                content_based: self.setting(queue.content_based, &[true, false]),
                scope: self.setting(queue.scope, &DeduplicationScope::ALL),
                limit: self.setting(queue.limit, &ThroughputLimit::ALL),
                ..fifo_settings(queue.kind)
            },
        }
    }

    fn link(&self, mapping: &MappingSpec) -> Link {
        let (queue, function) = (&self.queues[mapping.queue].name, &self.functions[mapping.function].name);
        let response_type =
            if mapping.reports { ResponseType::BatchItemFailures } else { ResponseType::WholeBatch };
        Link {
            from: LinkEnd::Resource(ResourceId(mapping.queue as u32)),
            to: LinkEnd::Resource(ResourceId((self.queues.len() + mapping.function) as u32)),
            model: InvocationModel::QueuePoll,
            source: "sqs".to_owned(),
            place: None,
            permitted: Permitted::Unknown,
            detail: LinkDetail::QueuePolling(QueueMapping {
                name: EntityName::new(EntityKind::Mapping, &format!("{queue}->{function}")),
                qualifier: self.qualifier(mapping.function, queue),
                pipe: self.pipe(mapping.function),
                enabled: self.setting(mapping.enabled, &[true]),
                batch_size: self.setting(mapping.batch_size, &[4]),
                batching_window: self.seconds(mapping.window, &[3]),
                maximum_concurrency: mapping.maximum_concurrency.map(|maximum| self.setting(maximum, &[4])),
                provisioned: mapping.pollers.map(|(minimum, maximum)| ProvisionedPollers {
                    minimum: self.setting(minimum, &[1, 3]),
                    maximum: self.setting(maximum, &[2, 5]),
                }),
                response_type: self
                    .setting(response_type, &[ResponseType::WholeBatch, ResponseType::BatchItemFailures]),
                filters: filters(mapping.filters),
                foreign: Vec::new(),
            }),
        }
    }
}

impl Narrow {
    pub(crate) fn apply(self, program: &mut Program) {
        if let Some(limit) = self.in_flight {
            program.queues.iter_mut().for_each(|queue| queue.in_flight_limit = limit);
        }
        if let Some(count) = self.unreserved {
            program.account.unreserved = count;
        }
        if let Some(count) = self.scaling {
            program.account.scaling_count = count;
        }
        if let Some(items) = self.payload_items {
            program.mappings.iter_mut().for_each(|mapping| mapping.payload_items = items);
        }
        if let Some((polls, bytes)) = self.polls {
            for mode in program.mappings.iter_mut().filter_map(|mapping| mapping.provisioned.as_mut()) {
                (mode.polls, mode.bytes) = (polls, bytes);
            }
        }
        if let Some(count) = self.tenants {
            program.account.fair.in_flight = count;
        }
        for fifo in program.queues.iter_mut().filter_map(|queue| queue.fifo.as_mut()) {
            fifo.look_ahead = self.look_ahead.unwrap_or(fifo.look_ahead);
            fifo.calls = self.calls.unwrap_or(fifo.calls);
        }
    }
}

/// What mappings of random systems want: disjoint, overlapping, everything, and by more than one pattern.
const FILTERS: [&[&str]; 6] = [
    &[],
    &[r#"{"body": {"kind": ["gift"]}}"#],
    &[r#"{"body": {"kind": ["card"]}}"#],
    &[r#"{"body": {"kind": [{"anything-but": ["gift"]}]}}"#],
    &[r#"{"body": {"sum": [{"numeric": [">", 100]}]}}"#],
    &[r#"{"body": {"kind": ["gift"]}}"#, r#"{"body": ["plain"]}"#],
];

/// Filters as a template would give them.
pub(crate) fn filters(texts: &[&str]) -> Vec<MappingFilter> {
    let grammar = grammar(&MODELS, Dialect::Mapping).expect("the rules are there");
    let filter = |text: &&str| MappingFilter {
        text: (*text).to_owned(),
        pattern: Pattern::parse(text, &grammar),
        place: None,
    };
    texts.iter().map(filter).collect()
}

/// Draws systems; one number, one system.
pub(crate) struct Draw {
    seeded: Seeded,
    count: u32,
}

impl Draw {
    pub(crate) fn new(number: u64) -> Self {
        Self { seeded: Seeded::new(number, Families::EVERY, [Ratio::ONE; FAMILY_COUNT]), count: 0 }
    }

    /// One of these.
    pub(crate) fn of<T: Copy>(&mut self, values: &[T]) -> T {
        self.count += 1;
        let point = ChoicePoint {
            family: Family::Load,
            domain: Domain::of("network"),
            entity: NameHash::of("draw"),
            item: 0,
            ordinal: self.count,
        };
        values[self.seeded.choose(&point, Menu::OneOf(values.len() as u32)) as usize]
    }

    /// A queue; none keeps a message for more than some forty visibility timeouts, so that runs stay short.
    fn queue(&mut self, name: &str, dead_letters: DeadLetters) -> QueueSpec {
        let visibility = self.of(&[1, 5, 10, 30, 30, 60, 180, 900]);
        let retention: u64 = self.of(&[60, 120, 300, 900, 3_600, 3_600, 14_400]);
        QueueSpec {
            visibility,
            retention: retention.min(40 * visibility).max(60),
            delay: self.of(&[0, 0, 0, 1, 60, 900]),
            ..QueueSpec::plain(name, dead_letters)
        }
    }

    pub(crate) fn function(&mut self, name: &str) -> FunctionSpec {
        FunctionSpec {
            name: name.to_owned(),
            timeout: self.of(&[1, 3, 10, 30, 60, 300]),
            reserved: self.of(&[None, None, Some(0), Some(1), Some(2), Some(5), Some(20)]),
            provisioned: None,
            runs: Runs::Code,
            preset: self.of(&PRESETS),
        }
    }

    fn mapping(&mut self, queue: usize, function: usize) -> MappingSpec {
        let (batch_size, window) = self.of(&[
            (1, 0),
            (1, 0),
            (2, 0),
            (10, 0),
            (10, 1),
            (3, 5),
            (10, 60),
            (20, 5),
            (50, 20),
            (50, 300),
        ]);
        MappingSpec {
            queue,
            function,
            enabled: self.of(&[true, true, true, true, true, true, true, true, true, false]),
            batch_size,
            window,
            maximum_concurrency: self.of(&[None, None, Some(2), Some(3), Some(10)]),
            reports: self.of(&[false, true]),
            pollers: None,
            filters: &[],
        }
    }

    fn max_receive_count(&mut self) -> u64 {
        self.of(&[0, 1, 1, 2, 3, 5])
    }

    /// A system: a source with or without dead letters, whose queue may be polled, with competitors and neighbours.
    pub(crate) fn network(&mut self) -> Network {
        let count = self.max_receive_count();
        let dead_letters =
            self.of(&[DeadLetters::Nowhere, DeadLetters::Outside(count), DeadLetters::Queue(count, 1)]);
        let mut queues = vec![self.queue("Orders", dead_letters)];
        let mut functions = vec![self.function("Fulfil")];
        let mut mappings = vec![self.mapping(0, 0)];
        if let DeadLetters::Queue(..) = dead_letters {
            let (more, is_polled) = (self.max_receive_count(), self.of(&[true, false]));
            let further = if is_polled {
                self.of(&[DeadLetters::Nowhere, DeadLetters::Outside(more), DeadLetters::Queue(more, 2)])
            } else {
                DeadLetters::Nowhere
            };
            queues.push(self.queue("Dead", further));
            if let DeadLetters::Queue(..) = further {
                queues.push(self.queue("Deader", DeadLetters::Nowhere));
            }
            if is_polled {
                let own = self.of(&[true, false]);
                if own {
                    functions.push(self.function("Retry"));
                }
                mappings.push(self.mapping(1, usize::from(own)));
            }
        }
        if self.of(&[true, false, false]) {
            functions.push(self.function("Compete"));
            mappings.push(self.mapping(0, functions.len() - 1));
        }
        if self.of(&[true, false, false]) {
            queues.push(self.queue("Returns", DeadLetters::Nowhere));
            mappings.push(self.mapping(queues.len() - 1, 0));
        }
        let known = self.of(&[Known::Everything, Known::Everything, Known::NotEverything]);
        let stated = Scenario::default();
        let (load, narrow) = (self.load(), self.narrow());
        let mut network = Network { queues, functions, mappings, load, narrow, known, stated };
        network.stated = self.scenario(&network);
        if self.of(&[true, false, false]) {
            for mapping in &mut network.mappings {
                mapping.filters = self.of(&FILTERS);
            }
        }
        if self.of(&[true, false, false, false, false, false]) {
            for mapping in &mut network.mappings {
                mapping.pollers = Some((1, self.of(&[1, 2])));
            }
        }
        self.provision(&mut network);
        self.lay_pipes(&mut network);
        network
    }

    /// Pipes in the place of some functions.
    pub(crate) fn lay_pipes(&mut self, network: &mut Network) {
        let plain = |one: &&mut FunctionSpec| one.provisioned.is_none() && one.reserved.is_none();
        for function in network.functions.iter_mut().filter(plain) {
            function.runs = self.of(&[Runs::Code, Runs::Code, Runs::Pipe]);
        }
    }

    /// Environments that are held ready for the alias of some functions.
    pub(crate) fn provision(&mut self, network: &mut Network) {
        for function in &mut network.functions {
            function.provisioned = self.of(&[None, None, None, None, Some(1), Some(2)]);
        }
    }

    fn load(&mut self) -> Option<Workload> {
        let (events, millis) =
            self.of(&[None, None, None, None, Some((5, 0)), Some((30, 1_000)), Some((60, 250))])?;
        Some(Workload::steady("*", events, Duration::from_millis(millis)))
    }

    fn narrow(&mut self) -> Narrow {
        Narrow {
            in_flight: self.of(&[None, None, None, Some(5), Some(20)]),
            unreserved: self.of(&[None, None, Some(1), Some(3)]),
            scaling: self.of(&[None, None, None, Some(10)]),
            payload_items: self.of(&[None, None, None, Some(1), Some(7)]),
            ..Narrow::NOTHING
        }
    }

    /// A system some of whose queues may be FIFO queues, each of its own kind whatever its dead-letter queue is.
    pub(crate) fn mixed_network(&mut self) -> Network {
        let mut network = self.network();
        for queue in &mut network.queues {
            queue.kind = self.of(&[QueueKind::Standard, QueueKind::Fifo, QueueKind::Fifo]);
            queue.scope = self.of(&DeduplicationScope::ALL);
            queue.limit = self.of(&ThroughputLimit::ALL);
            queue.content_based = self.of(&[false, true]);
        }
        for function in &mut network.functions {
            function.preset = self.of(&[function.preset, function.preset, HandlerPreset::StopsAndListsRest]);
        }
        network.narrow.look_ahead = self.of(&[None, None, Some(2), Some(8)]);
        network.narrow.calls = self.of(&[None, None, None, Some(2), Some(20)]);
        network.narrow.polls = self.of(&[None, Some((1, 1_000_000)), Some((3, 3_000))]);
        for mapping in &mut network.mappings {
            mapping.pollers = self.of(&[None, None, Some((1, 1)), Some((1, 3))]);
        }
        network.narrow.tenants = self.of(&[None, Some(1), Some(2), Some(4)]);
        let gap = self.of(&[None, None, Some(0), Some(400), Some(100_000)]);
        network.load = gap.map(repetitive).or(network.load);
        network
    }
}

/// Messages of a few groups, one every so many milliseconds, with ids and bodies that come again.
fn repetitive(gap: u64) -> Workload {
    let message = |number: u64| Message {
        at: Duration::from_millis(gap * number),
        body: number.is_multiple_of(3).then(|| format!("body {}", number % 4)),
        group: Some(format!("group {}", number % 5 / 2)),
        deduplication: (number % 4 < 2).then(|| format!("id {}", number / 8)),
        ..Message::default()
    };
    Workload { to: "*".to_owned(), messages: (0..40).map(message).collect(), ..Workload::default() }
}

/// The handlers of systems without FIFO queues.
const PRESETS: [HandlerPreset; 5] = [
    HandlerPreset::Throws,
    HandlerPreset::Partial,
    HandlerPreset::Swallows,
    HandlerPreset::StopsAndReportsOne,
    HandlerPreset::Parallel,
];

/// How a seed chooses.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Weather {
    /// What the seed draws of all families.
    Swarm,
    /// All families at once, each as strong as the profile has it.
    Everything,
}

/// The chooser of a seed.
pub(crate) fn chooser(program: &Program, seed: u64, weather: Weather) -> Seeded {
    match weather {
        Weather::Swarm => {
            let drawn = swarm(program, seed, Families::EVERY);
            Seeded::new(seed, drawn.families, drawn.intensities)
        }
        Weather::Everything => {
            let strongest =
                |family: Family| *program.profile.fault(family).intensities.last().expect("some odds");
            Seeded::new(seed, Families::EVERY, Family::ALL.map(strongest))
        }
    }
}

pub(crate) fn resource(kind: EntityKind, name: &str, type_name: &str, detail: ResourceDetail) -> Resource {
    Resource {
        name: EntityName::new(kind, name),
        logical_id: name.to_owned(),
        type_name: type_name.to_owned(),
        place: None,
        detail,
    }
}

fn given<T>(value: T) -> Setting<T> {
    Setting::known(value, Origin::CommandLine)
}

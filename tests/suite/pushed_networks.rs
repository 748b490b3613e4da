//! Random systems with channels: topics and buses that deliver to functions and queues, and functions with ways out.
//!
//! No way out leads back to its function: functions hand on only to later ones, and what polls has no ways out but a
//! queue that nobody polls.

use redrive::pattern::{Dialect, Pattern};
use redrive::program::{Program, RoundsBound, compile};
use redrive::scenario::{Caller, Change, Emission, Handling, Per, PlannedChange, Replay, Retries};
use redrive::topology::{
    Archive, ChannelKind, Delivery, Exit, InvocationModel, InvokeConfig, Link, LinkDetail, LinkEnd,
    MappingFilter, Origin, Permitted, RecursiveLoop, ResourceDetail, ResourceId, Runs, Setting, Topology,
    grammar,
};
use redrive::vocabulary::{Duration, EntityKind, EntityName};

use crate::networks::{DeadLetters, Draw, MODELS, Network, QueueSpec, resource};

/// Where something goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Queue(usize),
    Function(usize),
    Channel(usize),
    Outside,
    Missing,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct ExitSpec {
    target: Target,
    permitted: Permitted,
}

/// A link from a channel.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LinkSpec {
    channel: usize,
    to: Target,
    source: &'static str,
    permitted: Permitted,
    attempts: Option<u64>,
    age: Option<u64>,
    dead_letter: Option<ExitSpec>,
    enabled: Option<bool>,
    filter: Option<(Dialect, &'static str)>,
}

/// A link over which somebody calls and waits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CallSpec {
    front: usize,
    function: usize,
    source: &'static str,
    permitted: Permitted,
    /// The front's own patience in milliseconds, where a link sets it.
    patience: Option<u64>,
    /// How its client calls again, how often at most, and its patience, where a scenario says so.
    retries: Option<Retries>,
    attempts: Option<u32>,
    waits: Option<u64>,
}

/// How a function is invoked asynchronously.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConfigSpec {
    attempts: u64,
    age: u64,
    on_success: Option<ExitSpec>,
    on_failure: Option<ExitSpec>,
    dead_letter: Option<ExitSpec>,
}

/// A system with channels.
#[derive(Clone, Debug)]
pub(crate) struct Pushed {
    network: Network,
    channels: usize,
    links: Vec<LinkSpec>,
    /// Fronts come behind the channels.
    fronts: usize,
    calls: Vec<CallSpec>,
    /// As many as functions.
    configs: Vec<ConfigSpec>,
    /// Whether the second channel is a bucket and no topic.
    has_bucket: bool,
    /// How large each event is, in bytes, where it is not as large as usual.
    body: Option<u64>,
    /// What befalls a link in flight, and when.
    changes: Vec<(LinkChange, usize, u64)>,
    /// What functions send for each event, and where to.
    emits: Vec<(usize, Target, u32)>,
    /// Whether the first channel is a bus, which hands on no mark of a chain.
    has_bus: bool,
    /// Functions that may be called again and again.
    allowed: Vec<usize>,
    /// The archive of the first channel, where that is a bus.
    archive: ArchiveSpec,
}

/// An archive and its replays.
#[derive(Clone, Debug, Default)]
struct ArchiveSpec {
    replays: Vec<ReplaySpec>,
    /// For how many seconds it keeps events.
    keeps: Option<u64>,
    pattern: Option<&'static str>,
}

/// When an archive is replayed, from when, to when, and to which link's target alone.
type ReplaySpec = (u64, u64, Option<u64>, Option<usize>);

/// The name of the archive.
const ARCHIVE: &str = "Archive";

/// A change of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LinkChange {
    Disabled,
    Enabled,
    Revoked,
}

/// So often Lambda runs one function in one chain here, so that small systems get there.
const FEW_ROUNDS: u32 = 3;

impl Pushed {
    /// The programs of its connected parts.
    pub(crate) fn programs(&self) -> Vec<Program> {
        let mut scenario = self.network.scenario();
        scenario.changes.extend(self.changes.iter().map(|change| self.change(*change)));
        scenario.changes.extend(self.archive.replays.iter().map(|replay| self.replay(*replay)));
        scenario.callers.extend(self.calls.iter().map(|call| Caller {
            name: front_name(call.front),
            retries: call.retries,
            attempts: call.attempts,
            timeout: call.waits.map(Duration::from_millis),
            ..Caller::default()
        }));
        for (function, to, count) in &self.emits {
            let name = self.network.functions[*function].name.clone();
            let sends = Emission {
                to: self.name_of(*to),
                per: Per::Event,
                count: *count,
                body: None,
                group: None,
                place: None,
            };
            scenario.handlers.push(Handling { function: name, emits: vec![sends], ..Handling::default() });
        }
        let mut programs =
            compile(&self.topology(), &MODELS, &scenario).expect("the embedded models are complete");
        for program in &mut programs {
            self.network.narrow.apply(program);
            program.profile.body = self.body.unwrap_or(program.profile.body);
            if let Some(rounds) = &mut program.network.rounds {
                rounds.most = FEW_ROUNDS;
                rounds.bound = RoundsBound { rounds: 5, events: 40, ..rounds.bound };
            }
        }
        programs
    }

    fn change(&self, (what, link, second): (LinkChange, usize, u64)) -> PlannedChange {
        let link = &self.links[link];
        let source = channel_name(link.channel);
        let function = self.name_of(link.to);
        let change = match what {
            LinkChange::Disabled => Change::Disable { source, function },
            LinkChange::Enabled => Change::Enable { source, function },
            LinkChange::Revoked => Change::RevokePushing { source, target: function },
        };
        PlannedChange { at: Duration::from_secs(second), change, place: None }
    }

    fn replay(&self, (second, from, to, only): ReplaySpec) -> PlannedChange {
        let change = Change::Replay(Replay {
            archive: ARCHIVE.to_owned(),
            name: "again".to_owned(),
            from: Duration::from_secs(from),
            to: to.map(Duration::from_secs),
            rules: only.map(|link| self.name_of(self.links[link].to)).into_iter().collect(),
        });
        PlannedChange { at: Duration::from_secs(second), change, place: None }
    }

    fn name_of(&self, target: Target) -> String {
        match target {
            Target::Queue(index) => self.network.queues[index].name.clone(),
            Target::Function(index) => self.network.functions[index].name.clone(),
            Target::Channel(index) => channel_name(index),
            Target::Outside | Target::Missing => panic!("links are between resources"),
        }
    }

    fn topology(&self) -> Topology {
        let mut topology = self.network.topology();
        let queues = self.network.queues.len();
        for (index, config) in self.configs.iter().enumerate() {
            let resource = &mut topology.resources[queues + index];
            let ResourceDetail::Function(function) = &mut resource.detail else {
                panic!("functions come after the queues")
            };
            function.dead_letter = self.exit(config.dead_letter);
            if self.allowed.contains(&index) {
                function.recursive_loop = Setting::known(RecursiveLoop::Allow, Origin::CommandLine);
            }
            function.invoke_default = InvokeConfig {
                attempts: self.network.setting(config.attempts, &[0]),
                age: self.network.seconds(config.age, &[60]),
                on_success: self.exit(config.on_success),
                on_failure: self.exit(config.on_failure),
                ..function.invoke_default.clone()
            };
        }
        for channel in 0..self.channels {
            let (kind, of) = if channel == 1 && self.has_bucket {
                (ChannelKind::Bucket, "AWS::S3::Bucket")
            } else if channel == 0 && self.has_bus {
                (ChannelKind::Bus, "AWS::Events::EventBus")
            } else {
                (ChannelKind::Topic, "AWS::SNS::Topic")
            };
            let name = channel_name(channel);
            topology.resources.push(resource(EntityKind::Other, &name, of, ResourceDetail::Channel(kind)));
        }
        for front in 0..self.fronts {
            let detail = ResourceDetail::Channel(ChannelKind::Front);
            let name = front_name(front);
            topology.resources.push(resource(EntityKind::Other, &name, "AWS::ApiGateway::RestApi", detail));
        }
        topology.links.extend(self.links.iter().map(|link| self.link(link)));
        if !self.archive.replays.is_empty() {
            topology.archives.push(Archive {
                name: EntityName::new(EntityKind::Other, ARCHIVE),
                bus: self.end(Target::Channel(0)),
                filters: self.archive.pattern.map(|text| filter(Dialect::Bus, text)).into_iter().collect(),
                retention: self.archive.keeps.map(Duration::from_secs),
                place: None,
            });
        }
        topology.links.extend(self.calls.iter().map(|call| self.call(call)));
        topology
    }

    fn end(&self, target: Target) -> LinkEnd {
        let (queues, functions) = (self.network.queues.len(), self.network.functions.len());
        let id = |index: usize| LinkEnd::Resource(ResourceId(index as u32));
        match target {
            Target::Queue(index) => id(index),
            Target::Function(index) => id(queues + index),
            Target::Channel(index) => id(queues + functions + index),
            Target::Outside => LinkEnd::Outside("elsewhere".to_owned()),
            Target::Missing => LinkEnd::Missing("nowhere".to_owned()),
        }
    }

    fn exit(&self, exit: Option<ExitSpec>) -> Option<Exit> {
        let ExitSpec { target, permitted } = exit?;
        Some(Exit { target: self.end(target), qualifier: None, permitted, place: None })
    }

    fn call(&self, call: &CallSpec) -> Link {
        let front = self.network.queues.len() + self.network.functions.len() + self.channels + call.front;
        let name = format!("{}->{}", front_name(call.front), self.network.functions[call.function].name);
        let patience = call.patience.map(Duration::from_millis);
        Link {
            from: LinkEnd::Resource(ResourceId(front as u32)),
            to: self.end(Target::Function(call.function)),
            model: InvocationModel::Sync,
            source: call.source.to_owned(),
            place: None,
            permitted: call.permitted,
            detail: LinkDetail::Delivers(Delivery {
                qualifier: self.network.qualifier(call.function, &front_name(call.front)),
                timeout: patience.map(|length| Setting::known(length, Origin::CommandLine)),
                ..Delivery::named(EntityName::new(EntityKind::Mapping, &name))
            }),
        }
    }

    fn qualifier(&self, link: &LinkSpec) -> Option<String> {
        match link.to {
            Target::Function(function) => self.network.qualifier(function, &channel_name(link.channel)),
            Target::Queue(_) | Target::Channel(_) | Target::Outside | Target::Missing => None,
        }
    }

    fn link(&self, link: &LinkSpec) -> Link {
        let model = match link.to {
            Target::Function(_) => InvocationModel::Async,
            Target::Queue(_) | Target::Channel(_) | Target::Outside | Target::Missing => {
                InvocationModel::Forward
            }
        };
        let name = format!("{}->{}", channel_name(link.channel), self.name_of(link.to));
        Link {
            from: self.end(Target::Channel(link.channel)),
            to: self.end(link.to),
            model,
            source: link.source.to_owned(),
            place: None,
            permitted: link.permitted,
            detail: LinkDetail::Delivers(Delivery {
                qualifier: self.qualifier(link),
                attempts: link.attempts.map(|attempts| self.network.setting(attempts, &[])),
                age: link.age.map(|age| self.network.seconds(age, &[])),
                dead_letter: self.exit(link.dead_letter),
                filters: link.filter.map(|(dialect, text)| filter(dialect, text)).into_iter().collect(),
                enabled: link.enabled.map(|is_on| Setting::known(is_on, Origin::CommandLine)),
                ..Delivery::named(EntityName::new(EntityKind::Mapping, &name))
            }),
        }
    }
}

/// Filters that tell records of one kind from others, and one that no dead letter passes.
const FILTERS: [Option<(Dialect, &str)>; 8] = [
    None,
    None,
    None,
    None,
    Some((Dialect::TopicBody, r#"{"requestContext": {"condition": ["RetriesExhausted"]}}"#)),
    Some((Dialect::TopicBody, r#"{"requestContext": {"condition": ["Success", "EventAgeExceeded"]}}"#)),
    Some((Dialect::Bus, r#"{"detail-type": [{"suffix": "Failure"}]}"#)),
    Some((Dialect::TopicAttributes, r#"{"tenant": ["acme"]}"#)),
];

/// What rules want beside replays.
const REPLAYED: [Option<(Dialect, &str)>; 5] = [
    None,
    None,
    Some((Dialect::Bus, r#"{"replay-name": [{"exists": false}]}"#)),
    Some((Dialect::Bus, r#"{"replay-name": ["again"]}"#)),
    Some((Dialect::Bus, r#"{"detail-type": [{"suffix": "Failure"}]}"#)),
];

/// Sizes of events: most are small, others near what a topic or a queue takes, or above it.
const SIZES: [Option<u64>; 8] =
    [None, None, None, None, Some(261_000), Some(300_000), Some(1_047_000), Some(1_048_576)];

/// What is asked of a bucket: anything, or what the record of a failure never is.
const OBJECTS: [Option<(Dialect, &str)>; 3] = [
    None,
    None,
    Some((Dialect::Bus, r#"{"eventSource": ["aws:s3"], "eventName": [{"prefix": "ObjectRemoved:"}]}"#)),
];

fn filter(dialect: Dialect, text: &str) -> MappingFilter {
    let grammar = grammar(&MODELS, dialect).expect("the embedded models are complete");
    MappingFilter { text: text.to_owned(), pattern: Pattern::parse(text, &grammar), place: None }
}

fn channel_name(index: usize) -> String {
    format!("Channel{index}")
}

fn front_name(index: usize) -> String {
    format!("Front{index}")
}

/// Fronts with rules of their own: how long they wait, what they call again after, and whom they tell what.
const FRONTS: [&str; 12] = [
    "api_gateway",
    "http_api",
    "function_url",
    "alb",
    "alexa",
    "lex",
    "cognito",
    "firehose",
    "lambda_edge",
    "s3_batch",
    "secrets_manager",
    "sdk",
];

/// Modes of clients; more often than not none is stated.
const RETRIES: [Option<Retries>; 9] = [
    None,
    None,
    None,
    None,
    Some(Retries::Nothing),
    Some(Retries::Legacy),
    Some(Retries::Standard),
    Some(Retries::Standard2026),
    Some(Retries::Adaptive),
];

impl Draw {
    /// A system with channels beside its queues: what polls may be pushed into as well.
    pub(crate) fn pushed_network(&mut self) -> Pushed {
        let mut network = without_pipes(self.network());
        let polling = network.functions.len();
        let parked = network.queues.len();
        let retention = self.of(&[60, 3_600, 345_600, 1_209_600]);
        network.queues.push(QueueSpec { retention, ..QueueSpec::plain("Parked", DeadLetters::Nowhere) });
        let more: usize = self.of(&[1, 2, 3]);
        for index in 0..more {
            network.functions.push(self.function(&format!("Pushed{index}")));
        }
        self.provision(&mut network);
        let channels = self.of(&[1, 2]);
        let (links, configs, changes) = (Vec::new(), Vec::new(), Vec::new());
        let (fronts, calls, body) = (0, Vec::new(), None);
        let (has_bucket, has_bus, allowed) = (false, false, Vec::new());
        let mut pushed = Pushed {
            network,
            channels,
            links,
            fronts,
            calls,
            configs,
            has_bucket,
            body,
            changes,
            emits: Vec::new(),
            has_bus,
            allowed,
            archive: ArchiveSpec::default(),
        };
        let functions = polling + more;
        for function in 0..functions {
            let mut targets = vec![Target::Queue(parked), Target::Outside, Target::Missing];
            if function >= polling {
                targets.extend([Target::Queue(0), Target::Queue(parked), Target::Queue(parked)]);
                targets.extend((function + 1..functions).map(Target::Function));
                targets.extend((1..channels).filter(|_| function + 1 < functions).map(Target::Channel));
            }
            pushed.configs.push(self.config(&targets));
        }
        let exits = [Target::Queue(parked), Target::Queue(0), Target::Outside, Target::Missing];
        for function in 0..functions {
            if self.of(&[true, function >= polling]) {
                pushed.links.push(self.link_from(0, Target::Function(function), &exits));
            }
        }
        if self.of(&[true, false]) {
            pushed.links.push(self.link_from(0, Target::Queue(0), &exits));
        }
        if self.of(&[true, false, false]) {
            pushed.links.push(self.link_from(0, Target::Queue(parked), &exits));
        }
        if channels > 1 {
            pushed.links.push(self.link_from(1, Target::Function(functions - 1), &exits));
            if self.of(&[true, false]) {
                pushed.links.push(self.link_from(1, Target::Queue(parked), &exits));
            }
            if self.of(&[true, false]) {
                pushed.links.push(self.link_from(0, Target::Channel(1), &exits));
            }
        }
        for _ in 0..self.of(&[0, 0, 1, 2]) {
            let what = self.of(&[LinkChange::Disabled, LinkChange::Enabled, LinkChange::Revoked]);
            let links: Vec<usize> = (0..pushed.links.len()).collect();
            if !links.is_empty() {
                pushed.changes.push((what, self.of(&links), self.of(&[0, 20, 300, 3_600])));
            }
        }
        pushed
    }

    /// The same with whoever calls functions and waits.
    pub(crate) fn called_network(&mut self) -> Pushed {
        let mut pushed = self.pushed_network();
        let functions = pushed.network.functions.len();
        self.fronts(&mut pushed, functions);
        self.stores(&mut pushed);
        pushed
    }

    /// The same where functions send to what their events come from.
    pub(crate) fn round_network(&mut self) -> Pushed {
        let mut pushed = self.called_network();
        let functions: Vec<usize> = (0..pushed.network.functions.len()).collect();
        let mut targets = vec![Target::Queue(0), Target::Channel(0), Target::Channel(pushed.channels - 1)];
        targets.extend(functions.iter().map(|function| Target::Function(*function)));
        for function in &functions {
            if self.of(&[true, true, false]) {
                let (to, count) = (self.of(&targets), self.of(&[1, 1, 1, 2]));
                pushed.emits.push((*function, to, count));
            }
            if self.of(&[true, false, false]) {
                pushed.allowed.push(*function);
            }
        }
        pushed.has_bus = self.of(&[true, false, false]);
        pushed
    }

    /// The same, or one in which nothing goes round, with a bus whose archive is replayed.
    pub(crate) fn replayed_network(&mut self) -> Pushed {
        let mut pushed = if self.of(&[true, false]) { self.round_network() } else { self.called_network() };
        pushed.has_bus = true;
        // What comes again and again finds no room for hours else, which is no news.
        for config in &mut pushed.configs {
            config.age = config.age.min(200);
        }
        let own: Vec<usize> =
            (0..pushed.links.len()).filter(|link| pushed.links[*link].channel == 0).collect();
        for link in &own {
            pushed.links[*link].filter = self.of(&REPLAYED);
        }
        pushed.archive.keeps = self.of(&[None, None, Some(600)]);
        pushed.archive.pattern = self.of(&[None, None, Some(r#"{"detail": [{"exists": true}]}"#)]);
        for _ in 0..self.of(&[1, 1, 2, 3]) {
            let at = self.of(&[30, 400, 1_500, 4_000]);
            let (from, to) = (self.of(&[0, 0, 3, 61]), self.of(&[None, None, Some(20), Some(125)]));
            let only = if own.is_empty() { None } else { Some(self.of(&own)) };
            let replay = (at, from, to, self.of(&[None, None, only]));
            pushed.archive.replays.push(replay);
        }
        pushed
    }

    /// Events of all sizes, and a bucket in place of the second topic where nothing delivers into that.
    fn stores(&mut self, pushed: &mut Pushed) {
        pushed.body = self.of(&SIZES);
        let is_fed = pushed.links.iter().any(|link| link.to == Target::Channel(1));
        pushed.has_bucket = self.of(&[true, false]) && !is_fed;
        if pushed.has_bucket {
            for link in pushed.links.iter_mut().filter(|link| link.channel == 1) {
                link.filter = self.of(&OBJECTS);
            }
        }
    }

    /// Whoever calls functions and waits: beside what pushes into them, and what polls for them.
    fn fronts(&mut self, pushed: &mut Pushed, functions: usize) {
        let (allowed, denied) = (Permitted::Unknown, Permitted::Denied);
        let all: Vec<usize> = (0..functions).collect();
        pushed.fronts = self.of(&[0, 1, 1, 2]);
        for front in 0..pushed.fronts {
            let source = self.of(&FRONTS);
            // Now and then a request goes to one of two functions.
            for _ in 0..self.of(&[1, 1, 2]) {
                let function = self.of(&all);
                let call = CallSpec {
                    front,
                    function,
                    source,
                    permitted: self.of(&[allowed, allowed, allowed, allowed, allowed, allowed, denied]),
                    patience: self.of(&[None, None, Some(40), Some(1_000), Some(60_000)]),
                    retries: self.of(&RETRIES),
                    attempts: self.of(&[None, None, Some(1), Some(2), Some(40)]),
                    waits: self.of(&[None, None, None, Some(30), Some(2_000)]),
                };
                if !pushed.calls.iter().any(|other| (other.front, other.function) == (front, function)) {
                    pushed.calls.push(call);
                }
            }
        }
    }

    fn config(&mut self, targets: &[Target]) -> ConfigSpec {
        ConfigSpec {
            attempts: self.of(&[0, 1, 2, 2]),
            age: self.of(&[60, 100, 200, 3_600, 21_600]),
            on_success: self.exit_to(targets),
            on_failure: self.exit_to(targets),
            dead_letter: self.exit_to(targets),
        }
    }

    fn exit_to(&mut self, targets: &[Target]) -> Option<ExitSpec> {
        let (allowed, denied) = (Permitted::Unknown, Permitted::Denied);
        let permitted = self.of(&[allowed, allowed, allowed, allowed, allowed, denied]);
        self.of(&[true, false]).then(|| ExitSpec { target: self.of(targets), permitted })
    }

    fn link_from(&mut self, channel: usize, to: Target, exits: &[Target]) -> LinkSpec {
        let (allowed, denied) = (Permitted::Unknown, Permitted::Denied);
        LinkSpec {
            channel,
            to,
            source: self.of(&["sns", "sns", "eventbridge", "s3", "iot", "custom", "sdk_event"]),
            permitted: self.of(&[allowed, allowed, allowed, allowed, allowed, allowed, allowed, denied]),
            attempts: self.of(&[None, None, Some(0), Some(3)]),
            age: self.of(&[None, None, Some(60), Some(3_600)]),
            dead_letter: self.exit_to(exits),
            enabled: self.of(&[None, None, None, Some(true), Some(false)]),
            filter: self.of(&FILTERS),
        }
    }
}

/// The same system: nothing pushes into a pipe.
fn without_pipes(mut network: Network) -> Network {
    network.functions.iter_mut().for_each(|function| function.runs = Runs::Code);
    network
}

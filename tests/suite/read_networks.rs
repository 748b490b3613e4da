//! Random systems with streams: shards that are read by one or two mappings, with ways out for what is given up.

use redrive::kernel::Menu;
use redrive::program::{Capacity, FirstConsumers, Program, ReadLimit, WindowState, compile};
use redrive::scenario::{
    Arrivals, Caller, Change, Generated, ItemWrite, Message, PlannedChange, Retries, StatedWrite, Workload,
};
use redrive::topology::{
    ChannelKind, Delivery, Exit, InvocationModel, Link, LinkDetail, LinkEnd, Permitted, ProvisionedPollers,
    Reading, ResourceDetail, ResourceId, ResponseType, StartingPosition, Stream, StreamKind, StreamMapping,
    TableStream, Topology, Words,
};
use redrive::vocabulary::{Duration, EntityKind, EntityName};

use crate::networks::{DeadLetters, Draw, MODELS, Network, QueueSpec, filters, resource};

/// Where records of failures go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WayOut {
    Nowhere,
    Parked,
    Queue,
    Bucket,
    Outside,
    Missing,
    Denied,
    Topic,
}

/// What a reader hands on within a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Usual,
    Missing,
    TooLarge,
}

/// A mapping on the stream.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "they are what a template says, each for itself")]
struct ReaderSpec {
    function: usize,
    enabled: bool,
    denied: bool,
    batch_size: u64,
    window: u64,
    lanes: u64,
    tumbling: u64,
    state: State,
    attempts: Option<u64>,
    age: Option<u64>,
    bisects: bool,
    reports: bool,
    on_failure: WayOut,
    filters: &'static [&'static str],
    /// The fewest and the most pollers in provisioned mode.
    pollers: Option<(u64, u64)>,
    position: StartingPosition,
    /// Changes that let the mapping begin in the run, with the seconds after which they are made.
    begins: &'static [(Begins, u64)],
}

/// What lets a mapping begin, or end.
#[derive(Clone, Copy, Debug)]
enum Begins {
    Made,
    Enabled,
    /// What ends it: the mapping is deleted, or its function.
    Deleted,
    FunctionDeleted,
    StreamDeleted,
}

/// A system with a stream beside its queues.
#[derive(Clone, Debug)]
pub(crate) struct Read {
    network: Network,
    parked: usize,
    shards: Option<u64>,
    retention: u64,
    kind: StreamKind,
    readers: Vec<ReaderSpec>,
    /// Whether a topic feeds the stream.
    is_fed: bool,
    /// What is stated to be done to the items of a table.
    changes: &'static [ItemWrite],
    /// How many records a shard takes in twenty seconds.
    writes: u64,
    /// How whoever writes from outside tries again.
    client: Option<Retries>,
    /// How long the bodies of what is stated to be written are.
    bodies: &'static [usize],
    /// How many bytes of records a shard gives in a second.
    reads: Option<u64>,
    /// How many bytes of records an event has room for.
    room: Option<u64>,
}

impl Read {
    /// The programs of its connected parts.
    pub(crate) fn programs(&self) -> Vec<Program> {
        let mut scenario = self.network.scenario();
        for reader in &self.readers {
            scenario.changes.extend(self.begins(reader));
        }
        if let Some(retries) = self.client {
            let name = "Stream".to_owned();
            scenario.callers.push(Caller { name, retries: Some(retries), ..Caller::default() });
        }
        if !self.changes.is_empty() {
            let rule = Generated::new(30, Arrivals::Every(Duration::from_secs(7)));
            let by_rule = Generated { keys: 3, changes: self.changes.to_vec(), ..rule };
            let expires = Message {
                at: Duration::from_secs(50),
                body: Some(r#"{"id": "old"}"#.to_owned()),
                change: Some(StatedWrite {
                    write: ItemWrite::Expire,
                    before: Some(r#"{"id": "old"}"#.to_owned()),
                    transaction: None,
                }),
                ..Message::default()
            };
            scenario.workloads.push(Workload {
                to: "Stream".to_owned(),
                messages: vec![expires],
                generated: vec![by_rule],
                place: None,
            });
        }
        let of_body = |length: &usize| Generated {
            keys: if self.kind == StreamKind::Msk { 12 } else { 2 },
            body: Some("x".repeat(*length)),
            ..Generated::new(12, Arrivals::Every(Duration::from_millis(*length as u64)))
        };
        if !self.bodies.is_empty() {
            let generated = self.bodies.iter().map(of_body).collect();
            let to = "Stream".to_owned();
            scenario.workloads.push(Workload { to, generated, ..Workload::default() });
        }
        let mut programs =
            compile(&self.topology(), &MODELS, &scenario).expect("the embedded models are complete");
        for program in &mut programs {
            self.network.narrow.apply(program);
            for log in &mut program.network.logs {
                log.read_limit = self.reads.map_or(log.read_limit, |size| {
                    let every = Duration::from_secs(1);
                    log.read_limit.map(|_| ReadLimit { size, every })
                });
            }
            for stream in &mut program.network.streams {
                stream.events.room = self.room.unwrap_or(stream.events.room);
                // So that a store is used up.
                if let Some(quota) = stream.writer.as_mut().and_then(|client| client.quota.as_mut()) {
                    quota.store = 12;
                }
                let Some(limit) = &mut stream.write_limit else { continue };
                limit.shard = Capacity { count: self.writes, size: 4_000 };
                limit.every = Duration::from_secs(20);
                if let Some(demand) = &mut limit.on_demand {
                    demand.least = Capacity { count: self.writes + 1, size: 5_000 };
                    demand.within = Duration::from_secs(100);
                }
            }
            narrow_consumers(program);
            self.hand_on(program);
        }
        programs
    }

    fn begins(&self, reader: &ReaderSpec) -> impl Iterator<Item = PlannedChange> {
        let function = &self.network.functions[reader.function].name;
        reader.begins.iter().map(|(begins, seconds)| {
            let (source, function) = ("Stream".to_owned(), function.clone());
            let change = match begins {
                Begins::Made => Change::Create { source, function },
                Begins::Enabled => Change::Enable { source, function },
                Begins::Deleted => Change::DeleteMapping { source, function },
                Begins::StreamDeleted => Change::Delete { name: source },
                Begins::FunctionDeleted => Change::Delete { name: function },
            };
            PlannedChange { at: Duration::from_secs(*seconds), change, place: None }
        })
    }

    /// What the readers hand on within a window.
    fn hand_on(&self, program: &mut Program) {
        for reader in &self.readers {
            let name = self.network.functions[reader.function].name.as_str();
            let is_it =
                |entity: redrive::trace::EntityId| program.entities[usize::from(entity.0)].as_str() == name;
            let Some(function) = program.functions.iter().position(|table| is_it(table.entity)) else {
                continue;
            };
            program.behaviours[function].state = match reader.state {
                State::Usual => WindowState::Usual,
                State::Missing => WindowState::Missing,
                State::TooLarge => WindowState::Stated("x".repeat(2_000_000)),
            };
        }
    }

    fn topology(&self) -> Topology {
        let mut topology = self.network.topology();
        let stream = Stream {
            kind: self.kind,
            shards: self.shards.map(|shards| self.network.setting(shards, &[])),
            retention: self.network.seconds(self.retention, &[]),
            table: (self.kind == StreamKind::DynamoDb).then(TableStream::default),
            foreign: Vec::new(),
            missing: Vec::new(),
        };
        let first = topology.resources.len();
        let others = [
            ("Stream", "AWS::Kinesis::Stream", ResourceDetail::Stream(stream)),
            ("Bucket", "AWS::S3::Bucket", ResourceDetail::Channel(ChannelKind::Bucket)),
            ("Topic", "AWS::SNS::Topic", ResourceDetail::Channel(ChannelKind::Topic)),
        ];
        for (name, of, detail) in others {
            topology.resources.push(resource(EntityKind::Other, name, of, detail));
        }
        topology.links.extend(self.readers.iter().map(|reader| self.link(reader, first)));
        if self.is_fed {
            topology.links.push(delivery("Topic->Stream", end(first + 2), end(first)));
        }
        topology.links.push(delivery("Topic->Parked", end(first + 2), end(self.parked)));
        topology
    }

    fn link(&self, reader: &ReaderSpec, stream: usize) -> Link {
        let function = &self.network.functions[reader.function].name;
        let to = match reader.on_failure {
            WayOut::Nowhere => None,
            WayOut::Parked | WayOut::Denied => Some(end(self.parked)),
            WayOut::Queue => Some(end(0)),
            WayOut::Bucket => Some(end(stream + 1)),
            WayOut::Topic => Some(end(stream + 2)),
            WayOut::Outside => Some(LinkEnd::Outside("elsewhere".to_owned())),
            WayOut::Missing => Some(LinkEnd::Missing("nowhere".to_owned())),
        };
        let permitted =
            if reader.on_failure == WayOut::Denied { Permitted::Denied } else { Permitted::Unknown };
        let on_failure = to.map(|target| Exit { target, qualifier: None, permitted, place: None });
        let network = &self.network;
        let response_type =
            if reader.reports { ResponseType::BatchItemFailures } else { ResponseType::WholeBatch };
        Link {
            from: end(stream),
            to: end(network.queues.len() + reader.function),
            model: InvocationModel::StreamPoll,
            source: self.kind.source().to_owned(),
            place: None,
            permitted: if reader.denied { Permitted::Denied } else { Permitted::Unknown },
            detail: LinkDetail::StreamPolling(Box::new(StreamMapping {
                name: EntityName::new(EntityKind::Mapping, &format!("Stream->{function}")),
                qualifier: network.qualifier(reader.function, function),
                words: Words::CloudFormation,
                pipe: network.pipe(reader.function),
                enabled: network.setting(reader.enabled, &[true]),
                batch_size: network.setting(reader.batch_size, &[4]),
                batching_window: network.seconds(reader.window, &[3]),
                starting_position: Some(network.setting(reader.position, &[])),
                parallelization: network.setting(reader.lanes, &[2]),
                attempts: reader.attempts.map(|attempts| network.setting(attempts, &[0, 3])),
                age: reader.age.map(|age| network.seconds(age, &[60])),
                bisect: network.setting(reader.bisects, &[true, false]),
                tumbling_window: network.seconds(reader.tumbling, &[0, 60]),
                response_type: network
                    .setting(response_type, &[ResponseType::WholeBatch, ResponseType::BatchItemFailures]),
                on_failure,
                filters: filters(reader.filters),
                reading: Reading::Shared,
                provisioned: reader.pollers.map(|(minimum, maximum)| ProvisionedPollers {
                    minimum: network.setting(minimum, &[]),
                    maximum: network.setting(maximum, &[]),
                }),
                topic: None,
                missing: Vec::new(),
                foreign: Vec::new(),
            })),
        }
    }
}

/// So that a few partitions are more than one poller reads, and lag behind for long enough.
fn narrow_consumers(program: &mut Program) {
    for consumers in program.network.consumers.iter_mut().flatten() {
        consumers.delay.menu = Menu::Range { ordinary: 10_000, low: 0, high: 2_000_000 };
        consumers.every = consumers.every.min(Duration::from_secs(5));
        if let FirstConsumers::Stated(first) = &mut consumers.first {
            (*first, consumers.most, consumers.each) = (*first / 5, consumers.most / 5, 1);
        }
    }
}

fn end(index: usize) -> LinkEnd {
    LinkEnd::Resource(ResourceId(index as u32))
}

fn delivery(name: &str, from: LinkEnd, to: LinkEnd) -> Link {
    Link {
        from,
        to,
        model: InvocationModel::Forward,
        source: "sns".to_owned(),
        place: None,
        permitted: Permitted::Unknown,
        detail: LinkDetail::Delivers(Delivery::named(EntityName::new(EntityKind::Mapping, name))),
    }
}

/// What the items of a table go through.
const LIFE: [ItemWrite; 3] = [ItemWrite::Put, ItemWrite::Update, ItemWrite::Delete];
const BY_NAME: &str = r#"{"eventName": ["MODIFY", "REMOVE"]}"#;
const BY_IMAGE: &str = r#"{"dynamodb": {"NewImage": {"revision": {"N": ["1"]}}}}"#;
const BY_SERVICE: &str = r#"{"userIdentity": {"principalId": ["dynamodb.amazonaws.com"]}}"#;

/// How mappings may begin: as a rule long before the run.
const BEGINNINGS: [&[(Begins, u64)]; 12] = [
    &[],
    &[],
    &[],
    &[(Begins::Made, 0)],
    &[(Begins::Made, 20)],
    &[(Begins::Made, 300)],
    &[(Begins::Enabled, 60)],
    &[(Begins::Made, 30), (Begins::Enabled, 40)],
    &[(Begins::FunctionDeleted, 70)],
    &[(Begins::Made, 30), (Begins::Deleted, 120)],
    &[(Begins::StreamDeleted, 90)],
    &[(Begins::Made, 30), (Begins::StreamDeleted, 100)],
];

impl Draw {
    /// A system with a stream beside its queues.
    pub(crate) fn read_network(&mut self) -> Read {
        let mut network = self.network();
        let first = network.functions.len();
        let parked = network.queues.len();
        let retention = self.of(&[60, 3_600, 345_600, 1_209_600]);
        let plain = QueueSpec::plain("Parked", DeadLetters::Nowhere);
        network.queues.push(QueueSpec { retention, ..plain });
        let count = self.of(&[1, 1, 2]);
        for index in 0..count {
            network.functions.push(self.function(&format!("Reader{index}")));
        }
        self.provision(&mut network);
        self.lay_pipes(&mut network);
        let mut readers: Vec<ReaderSpec> = (0..count).map(|index| self.reader(first + index)).collect();
        let is_fed = self.of(&[true, false, false]);
        for reader in &mut readers {
            // What is given up would come back without end.
            if is_fed && reader.on_failure == WayOut::Topic {
                reader.on_failure = WayOut::Nowhere;
            }
        }
        let mut read = Read {
            network,
            parked,
            shards: self.of(&[None, Some(1), Some(1), Some(2), Some(5)]),
            retention: self.of(&[120, 900, 3_600, 14_400]),
            kind: self.of(&[
                StreamKind::Kinesis,
                StreamKind::Kinesis,
                StreamKind::DynamoDb,
                StreamKind::Msk,
                StreamKind::DocumentDb,
            ]),
            readers,
            is_fed,
            changes: &[],
            writes: 1_000,
            client: None,
            bodies: &[],
            reads: None,
            room: None,
        };
        for reader in &mut read.readers {
            reader.position = self.of(&[StartingPosition::Latest, StartingPosition::TrimHorizon]);
            reader.begins = self.of(&BEGINNINGS);
        }
        if read.kind == StreamKind::Kinesis {
            read.writes = self.of(&[1_000, 1, 2, 3]);
            let modes = [None, None, Some(Retries::Nothing), Some(Retries::Legacy), Some(Retries::Standard)];
            read.client = self.of(&modes);
        }
        if read.kind == StreamKind::DynamoDb {
            read.changes = self.of(&[&[], &LIFE[..1], &LIFE, &LIFE]);
            for reader in &mut read.readers {
                reader.filters = self.of(&[&[], &[BY_NAME], &[BY_IMAGE, BY_SERVICE]]);
            }
        }
        read.bodies = self.of(&[&[], &[], &[900], &[10, 700, 2_100], &[1_200, 6_000]]);
        if read.kind == StreamKind::Msk {
            self.make_topic(&mut read);
        }
        read.reads = self.of(&[None, Some(800), Some(3_000), Some(20_000)]);
        read.room = self.of(&[None, None, Some(2_000), Some(4_000), Some(9_000)]);
        read
    }

    /// Partitions that want more consumers than there are.
    fn make_topic(&mut self, read: &mut Read) {
        read.shards = self.of(&[None, Some(3), Some(5)]);
        read.bodies = self.of(&[&[10], &[10, 700, 2_100], &[60, 150], &[1_200, 6_000]]);
        for reader in &mut read.readers {
            // Windows and consumers exclude each other.
            reader.tumbling = 0;
            (reader.batch_size, reader.window) = self.of(&[(1, 0), (2, 0), (3, 0), (10, 1)]);
            reader.pollers = self.of(&[None, Some((1, 1)), Some((1, 3)), Some((1, 3))]);
        }
    }

    fn reader(&mut self, function: usize) -> ReaderSpec {
        let (batch_size, window) =
            self.of(&[(1, 0), (2, 0), (3, 0), (10, 0), (10, 1), (3, 5), (10, 60), (100, 20), (100, 300)]);
        ReaderSpec {
            function,
            enabled: self.of(&[true, true, true, true, true, true, true, false]),
            denied: self.of(&[false, false, false, false, false, false, false, true]),
            batch_size,
            window,
            lanes: self.of(&[1, 1, 2, 10]),
            tumbling: self.of(&[0, 0, 1, 10, 60, 900]),
            state: self.of(&[State::Usual, State::Usual, State::Usual, State::Missing, State::TooLarge]),
            attempts: self.of(&[None, None, Some(0), Some(1), Some(2), Some(5)]),
            age: self.of(&[None, None, Some(60), Some(100), Some(600)]),
            bisects: self.of(&[true, false]),
            reports: self.of(&[true, false]),
            on_failure: self.of(&[
                WayOut::Nowhere,
                WayOut::Parked,
                WayOut::Parked,
                WayOut::Queue,
                WayOut::Bucket,
                WayOut::Outside,
                WayOut::Missing,
                WayOut::Denied,
                WayOut::Topic,
            ]),
            filters: &[],
            pollers: None,
            position: StartingPosition::TrimHorizon,
            begins: &[],
        }
    }
}

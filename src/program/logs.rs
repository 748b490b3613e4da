//! Compiles streams: what keeps records in shards, and the places where mappings read them.

use std::collections::BTreeMap;

use crate::models::{ModelError, Models, RuleId, RuleValue};
use crate::program::compile::{Builder, Opener};
use crate::program::consumers::ConsumerRules;
use crate::program::items::TableLoads;
use crate::program::log_tables::{MOST_LANES, hash_of};
use crate::program::pushes::Draft;
use crate::program::{
    Bisect, Capacity, ChannelTable, DeadLetter, Deletion, EventSizes, FailureRecord, HeldRecords, LogSetting,
    LogTable, Network, OnDemand, OpenRule, PayloadClass, QueueTable, ReadLimit, Resharding, ShardCount,
    StatedLoad, StreamTable, UnknownTarget, UnknownValue, WriteLimit,
};
use crate::scenario::Caller;
use crate::topology::{
    Exit, Link, LinkDetail, LinkEnd, Permitted, Reading, ResourceDetail, ResourceId, StartingPosition,
    Stream, StreamKind, StreamMapping, Topology,
};
use crate::trace::EntityId;
use crate::vocabulary::{Diagnostic, Duration, EntityName};

/// What the models say of streams, by source.
#[derive(Clone, Debug, Default)]
pub(super) struct LogRules {
    sources: BTreeMap<String, SourceRules>,
    /// The size of an invocation's payload at most, in bytes.
    payload: u64,
    /// The size of the profile's body.
    body: u64,
    /// The size of the state of a window at most.
    state: u64,
}

#[derive(Clone, Debug)]
struct SourceRules {
    write: RuleId,
    shards: OpenRule,
    late_start: OpenRule,
    poll: Duration,
    /// How many reads of a shard all that share it have, and in what time.
    readers: Option<(u64, Duration)>,
    /// How many bytes a shard gives to all who ask it, in such a time.
    read_limit: Option<ReadLimit>,
    gap: Option<RuleId>,
    retention: Option<Duration>,
    reshard: Option<(RuleId, Resharding)>,
    /// How long after its time to live an item is deleted at the latest.
    expiry: Duration,
    /// What a shard takes from writers, and a stream on demand as a whole.
    write_limit: Option<WriteLimit>,
    /// By which rule clients try again what it refuses.
    write_again: Option<RuleId>,
    /// How many partitions a mapping reads at a time.
    consumers: Option<ConsumerRules>,
    /// By which rule what fits into no event is given up.
    too_large: RuleId,
    deletion: Option<Deletion>,
}

impl LogRules {
    /// Reads what the streams of a topology need.
    ///
    /// # Errors
    /// Every slot or value that the model of a source lacks.
    pub(super) fn read(topology: &Topology, models: &Models) -> Result<Self, Vec<Diagnostic>> {
        let (mut rules, mut problems) = (Self::default(), Vec::new());
        let mut tell =
            |error: ModelError| problems.push(Diagnostic::error("models-rule-missing", error.to_string()));
        for link in &topology.links {
            if let LinkDetail::StreamPolling(_) = link.detail
                && !rules.sources.contains_key(&link.source)
            {
                match SourceRules::read(models, &link.source) {
                    Ok(found) => drop(rules.sources.insert(link.source.clone(), found)),
                    Err(error) => tell(error),
                }
            }
        }
        let sizes = models
            .bytes("stream_poll.payload_limit", "limit")
            .and_then(|limit| Ok((limit.0, models.bytes("profile.body", "size")?.0)))
            .and_then(|sizes| Ok((sizes, models.bytes("stream_poll.tumbling_early", "limit")?.0)));
        match sizes {
            Ok(((limit, body), state)) => {
                rules.state = state;
                rules.body = body;
                rules.payload = limit;
            }
            Err(error) => tell(error),
        }
        if problems.is_empty() { Ok(rules) } else { Err(problems) }
    }

    /// The rule by which a source's shards take records; none where no mapping reads such a source.
    pub(super) fn write(&self, source: &str) -> Option<RuleId> {
        self.sources.get(source).map(|rules| rules.write)
    }
}

impl SourceRules {
    fn read(models: &Models, id: &str) -> Result<Self, ModelError> {
        let find = |slot: &str| {
            models.rules_in(id, slot).ok_or_else(|| ModelError::NoRule { rule: format!("{id} ({slot})") })
        };
        let name = |slot: &str| Ok(models.rule(find(slot)?).id.clone());
        let retention = models.rules_in(id, "log.retention").map(|rule| models.rule(rule).id.clone());
        let poll = models.duration(&name("log.poll")?, "every")?;
        //= kinesis.readers
        //= dynamodb_streams.readers
        let readers = models.rules_in(id, "log.readers").map(|rule| models.rule(rule).id.clone());
        let readers = readers.and_then(|rule| {
            let every = models.duration(&rule, "every").unwrap_or(poll);
            Some((models.count(&rule, "count").ok()?, every))
        });
        let read_limit = models.rules_in(id, "log.readers").map(|rule| models.rule(rule).id.clone());
        let read_limit = read_limit.and_then(|rule| {
            let size = models.bytes(&rule, "size").ok()?.0;
            Some(ReadLimit { size, every: models.duration(&rule, "every").ok()? })
        });
        let expiry = models.rules_in(id, "log.expiry").map(|rule| models.rule(rule).id.clone());
        let expiry = expiry.map(|rule| OpenRule::read(models, &rule)).transpose()?;
        //= documentdb.too_large
        let too_large = models.rules_in(id, TOO_LARGE).or_else(|| models.rules_in("stream_poll", TOO_LARGE));
        let write_limit = models.rules_in(id, "log.write_limit").map(|rule| write_limit(models, rule));
        Ok(Self {
            readers,
            read_limit,
            write_limit: write_limit.transpose()?,
            write_again: models.rules_in(id, "log.write_again"),
            consumers: ConsumerRules::read(models, id)?,
            deletion: models.rules_in(id, "log.deleted").map(|rule| deletion(models, rule)).transpose()?,
            too_large: too_large.ok_or_else(|| ModelError::NoRule { rule: format!("{id} ({TOO_LARGE})") })?,
            expiry: Duration::from_micros(expiry.map_or(0, |rule| rule.highest())),
            //= documentdb.expire
            gap: models.rules_in(id, "log.expire"),
            write: find("log.write")?,
            shards: OpenRule::read(models, &name("log.shards")?)?,
            //= kinesis.late_start
            late_start: OpenRule::read(models, &name("log.late_start")?)?,
            poll,
            retention: retention.and_then(|rule| models.duration(&rule, "length").ok()),
            reshard: models.rules_in(id, "log.reshard").map(|rule| {
                //= msk.reshard
                //= self_managed_kafka.reshard
                let waits = models.rule(rule).values.get("parents_first").and_then(RuleValue::as_flag);
                let how = if waits == Some(false) { Resharding::Grows } else { Resharding::ParentsFirst };
                (rule, how)
            }),
        })
    }
}

/// What the deletion of a stream does, by the rules of its source.
fn deletion(models: &Models, rule: RuleId) -> Result<Deletion, ModelError> {
    let source = models.rule(rule).id.split('.').next().unwrap_or_default();
    let delay = models.rules_in(source, "log.delete_delay");
    let delay = delay.ok_or_else(|| ModelError::NoRule { rule: format!("{source} (log.delete_delay)") })?;
    let readable = models.rule(rule).values.get("readable").and_then(RuleValue::as_flag);
    let records = if readable == Some(true) { HeldRecords::Readable } else { HeldRecords::Gone };
    Ok(Deletion { rule, delay: OpenRule::read(models, &models.rule(delay).id.clone())?, records })
}

/// What shards take, by the rules of their source.
fn write_limit(models: &Models, rule: RuleId) -> Result<WriteLimit, ModelError> {
    //= kinesis.write_limit
    let capacity = |rule: RuleId| {
        let id = &models.rule(rule).id;
        Ok(Capacity { count: models.count(id, "count")?, size: models.bytes(id, "size")?.0 })
    };
    let source = models.rule(rule).id.split('.').next().unwrap_or_default();
    let grows = models.rules_in(source, "log.on_demand_writes").map(|rule| {
        let id = &models.rule(rule).id;
        let (factor, within) = (models.count(id, "factor")?, models.duration(id, "within")?);
        Ok(OnDemand { rule, least: capacity(rule)?, factor, within })
    });
    let every = models.duration(&models.rule(rule).id, "every")?;
    Ok(WriteLimit { rule, shard: capacity(rule)?, every, on_demand: grows.transpose()? })
}

impl Builder<'_> {
    /// The table behind a channel, where it is a table's stream that a mapping reads.
    pub(super) fn table_loads(&self, channel: &LinkEnd) -> Option<TableLoads<'_>> {
        let expiry = self.log_rules.sources.get(StreamKind::DynamoDb.source())?.expiry;
        let table = stream_of(self.topology, channel)?.table.as_ref()?;
        Some(TableLoads { table, expiry })
    }

    /// The mappings on streams that ways of the part end with, in the order of the ways.
    pub(super) fn log_links(&self) -> Vec<usize> {
        let mut links = Vec::new();
        for way in self.component.channels.iter().flat_map(|(_, ways)| ways) {
            let Some(last) = way.links.last() else { continue };
            if let LinkDetail::StreamPolling(_) = self.topology.links[*last].detail
                && !links.contains(last)
            {
                links.push(*last);
            }
        }
        links
    }

    /// The place of a mapping, behind all that the draft has.
    pub(super) fn log(
        &mut self,
        link: usize,
        draft: &mut Draft<'_>,
        network: &mut Network,
        unknowns: &mut Vec<UnknownValue>,
    ) {
        let topology = self.topology;
        let link = &topology.links[link];
        let LinkDetail::StreamPolling(mapping) = &link.detail else { return };
        let LinkEnd::Resource(to) = link.to else { return };
        let Some(function) = self.component.functions.iter().position(|id| *id == to) else { return };
        let index = network.logs.len();
        let entity = self.entity(&mapping.name);
        open_settings(mapping, index, unknowns);
        let stream = self.stream(&link.from, &link.source, network);
        let retention = self.retention(&link.from, &link.source);
        let place = draft.queues.len();
        draft.queues.push(QueueTable {
            entity,
            fifo: None,
            visibility: Duration::ZERO,
            retention,
            delay: Duration::ZERO,
            max_receive_count: u32::MAX,
            dead_letter: DeadLetter::None,
            in_flight_limit: u32::MAX,
            mappings: (0, 0),
            is_source: false,
            classes: (0, 1),
            push: None,
            log: Some(index as u16),
        });
        let consumers = self.log_rules.sources[&link.source].consumers.as_ref();
        network.consumers.push(consumers.map(|consumers| consumers.table(mapping)));
        network.topics.push(mapping.topic.clone().unwrap_or_default());
        network.log_qualifiers.push(mapping.qualifier.clone());
        network.logs.push(LogTable {
            queue: place as u16,
            stream,
            source: network.streams[usize::from(stream)].entity,
            function: function as u16,
            poll: self.looks_every(link, mapping),
            read_limit: match mapping.reading {
                Reading::Shared => self.log_rules.sources[&link.source].read_limit,
                Reading::Dedicated => None,
            },
            // What nobody could read is what brokers take where nothing is said.
            position: mapping
                .starting_position
                .as_ref()
                .map_or(StartingPosition::TrimHorizon, |position| position.value),
            enabled: mapping.enabled.value,
            denied: link.permitted == Permitted::Denied,
            batch_size: (mapping.batch_size.value as u32).max(1),
            window: mapping.batching_window.value,
            tumbling: mapping.tumbling_window.value,
            state_limit: self.log_rules.state,
            lanes: mapping.parallelization.value.clamp(1, MOST_LANES) as u32,
            attempts: mapping.attempts.as_ref().map_or(u32::MAX, |attempts| attempts.value as u32),
            age: mapping.age.as_ref().map_or(Duration::MAX, |age| age.value),
            bisect: if mapping.bisect.value { Bisect::OnError } else { Bisect::Never },
            response_type: mapping.response_type.value,
            on_failure: self.exit(mapping.on_failure.as_ref(), Some(stream_or(&link.from, to)), draft),
            failure_record: failure_record(topology, mapping.on_failure.as_ref()),
            retention,
        });
    }

    /// How often a mapping looks at a shard: reads above what those that share it have are refused and tried again, so
    /// that each of them comes to its share.
    fn looks_every(&self, link: &Link, mapping: &StreamMapping) -> Duration {
        let SourceRules { poll, readers, .. } = self.log_rules.sources[&link.source];
        let (Some((count, every)), Reading::Shared) = (readers, mapping.reading) else { return poll };
        let shares = |other: &&Link| match &other.detail {
            LinkDetail::StreamPolling(reader) => other.from == link.from && reader.reading == Reading::Shared,
            LinkDetail::QueuePolling(_)
            | LinkDetail::Delivers(_)
            | LinkDetail::Sends(_)
            | LinkDetail::Unmodelled => false,
        };
        let sharing = self.topology.links.iter().filter(shares).count() as u64;
        poll.max(Duration::from_micros(every.as_micros() * sharing / count.max(1)))
    }

    /// The stream that a mapping reads, which others may read too.
    fn stream(&mut self, end: &LinkEnd, source: &str, network: &mut Network) -> u16 {
        let name = self.end_name(end);
        let is_known = |stream: &StreamTable| self.entities[usize::from(stream.entity.0)] == name;
        let known = network.streams.iter().position(is_known);
        if let Some(known) = known {
            return known as u16;
        }
        let rules = &self.log_rules.sources[source];
        let stated = stream_of(self.topology, end).and_then(|stream| stream.shards.as_ref());
        network.streams.push(StreamTable {
            shards: stated.map_or_else(
                || ShardCount::Open(rules.shards.clone()),
                |shards| ShardCount::Stated(shards.value.clamp(1, MOST_SHARDS) as u32),
            ),
            late_start: rules.late_start.clone(),
            gap: rules.gap,
            write: rules.write,
            too_large: rules.too_large,
            deletion: rules.deletion.clone(),
            events: EventSizes::new(StreamKind::of_source(source), self.log_rules.payload),
            write_limit: rules.write_limit.map(|limit| match stated {
                Some(_) => WriteLimit { on_demand: None, ..limit },
                None => limit,
            }),
            //= kinesis.write_again
            writer: rules.write_again.and_then(|rule| {
                let caller = Caller::of(&self.scenario.callers, name.as_str());
                self.push_rules.clients.as_ref()?.writer(&caller, rule)
            }),
            reshard: rules.reshard,
            hashes: Vec::new(),
            entity: self.entity(&name),
            table: stream_of(self.topology, end).and_then(|stream| stream.table.clone()).unwrap_or_default(),
        });
        (network.streams.len() - 1) as u16
    }

    /// How long a stream keeps records; as its source's rule says where it is declared elsewhere.
    fn retention(&self, end: &LinkEnd, source: &str) -> Duration {
        let stated = stream_of(self.topology, end).map(|stream| stream.retention.value);
        stated.or(self.log_rules.sources[source].retention).unwrap_or(Duration::MAX)
    }
}

fn stream_of<'t>(topology: &'t Topology, end: &LinkEnd) -> Option<&'t Stream> {
    let LinkEnd::Resource(id) = end else { return None };
    match &topology.resource(*id).detail {
        ResourceDetail::Stream(stream) => Some(stream),
        ResourceDetail::Queue(_)
        | ResourceDetail::Function(_)
        | ResourceDetail::Channel(_)
        | ResourceDetail::Other => None,
    }
}

/// What becomes of a record that fits into no event.
const TOO_LARGE: &str = "log.too_large";

/// A stream is simulated with so many shards at most: what is true of five hundred is true of more. Our own bound.
const MOST_SHARDS: u64 = 500;

/// What a way out must not lead back to: the stream, or the function where the stream is declared elsewhere.
const fn stream_or(end: &LinkEnd, function: ResourceId) -> ResourceId {
    match end {
        LinkEnd::Resource(stream) => *stream,
        LinkEnd::Outside(_) | LinkEnd::Missing(_) => function,
    }
}

/// A bucket or a topic of Kafka is given the records themselves, everything else where they are.
fn failure_record(topology: &Topology, exit: Option<&Exit>) -> FailureRecord {
    let holds_all = exit.is_some_and(|exit| match &exit.target {
        LinkEnd::Resource(id) => topology.resource(*id).type_name == BUCKET,
        LinkEnd::Outside(name) => name.starts_with(BUCKET_ARN) || name.starts_with(KAFKA),
        LinkEnd::Missing(_) => false,
    });
    if holds_all { FailureRecord::Contents } else { FailureRecord::Positions }
}

/// The type of a bucket in templates.
const BUCKET: &str = "AWS::S3::Bucket";
/// How the ARN of a bucket begins.
const BUCKET_ARN: &str = "arn:aws:s3:";
/// How the address of a topic of Kafka begins.
pub(crate) const KAFKA: &str = "kafka://";

fn open_settings(mapping: &StreamMapping, index: usize, unknowns: &mut Vec<UnknownValue>) {
    let target = |setting: LogSetting| (setting.property(), UnknownTarget::Log(index, setting));
    let mut open = Opener { name: &mapping.name, unknowns };
    let (property, of) = target(LogSetting::Enabled);
    open.value(property, &mapping.enabled, of, |flag| u64::from(*flag));
    let (property, of) = target(LogSetting::BatchSize);
    open.value(property, &mapping.batch_size, of, |count| *count);
    let (property, of) = target(LogSetting::Window);
    open.length(property, &mapping.batching_window, of);
    let (property, of) = target(LogSetting::Tumbling);
    open.length(property, &mapping.tumbling_window, of);
    let (property, of) = target(LogSetting::Lanes);
    open.value(property, &mapping.parallelization, of, |count| *count);
    let (property, of) = target(LogSetting::Bisect);
    open.value(property, &mapping.bisect, of, |flag| u64::from(*flag));
    let (property, of) = target(LogSetting::ResponseType);
    open.value(property, &mapping.response_type, of, |kind| *kind as u64);
    if let Some(attempts) = &mapping.attempts {
        let (property, of) = target(LogSetting::Attempts);
        open.value(property, attempts, of, |count| *count);
    }
    if let Some(age) = &mapping.age {
        let (property, of) = target(LogSetting::Age);
        open.length(property, age, of);
    }
}

impl Network {
    /// How large a payload is that somebody writes to a stream, in bytes.
    pub fn record_size(&self, class: u16) -> u64 {
        self.record_sizes.get(usize::from(class)).or(self.record_sizes.first()).copied().unwrap_or_default()
    }

    /// How large so many payloads are together, of these classes: they are looked at only where they differ.
    pub fn records_size(&self, count: u64, classes: impl Iterator<Item = u16>) -> u64 {
        match self.record_sizes[..] {
            [] => 0,
            [size] => count * size,
            [..] => classes.map(|class| self.record_size(class)).sum(),
        }
    }

    /// The sizes of all payloads; the ordinary one has the profile's.
    pub(super) fn measure(&mut self, classes: &[PayloadClass], rules: &LogRules) {
        let ordinary = rules.body;
        for stream in &mut self.streams {
            stream.events.measure(classes, ordinary);
        }
        let size = |class: &PayloadClass| class.body.as_ref().map_or(ordinary, |body| body.len() as u64);
        self.record_sizes = classes.iter().map(size).collect();
    }

    /// The hashes of the keys that a scenario names for streams.
    pub(super) fn name_keys(&mut self, entities: &[EntityName], loads: &[Option<StatedLoad>]) {
        let name = |entity: EntityId| &entities[usize::from(entity.0)];
        for stream in &mut self.streams {
            let of_stream = |channel: &ChannelTable| name(channel.entity) == name(stream.entity);
            let channel = self.channels.iter().position(of_stream);
            let load = channel.and_then(|channel| loads.get(channel)?.as_ref());
            stream.hashes =
                load.map_or_else(Vec::new, |load| load.keys.iter().map(|key| hash_of(key)).collect());
        }
    }
}

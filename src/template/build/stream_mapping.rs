//! `AWS::Lambda::EventSourceMapping` on a stream: its settings, with what its source makes of those left out.

use crate::template::Node;
use crate::template::build::context::Build;
use crate::template::build::index::address;
use crate::template::build::mapping::{SOURCE, foreign, is_function, is_stream};
use crate::template::build::setting::{MALFORMED, SettingValue};
use crate::template::build::sources::Source;
use crate::template::declared::Declared;
use crate::template::tree::{at, items_at, path, render, scalar};
use crate::topology::{
    Exit, ForeignProperty, InvocationModel, Link, LinkDetail, LinkEnd, Origin, Permitted, ProvisionedPollers,
    Reading, Resource, Setting, StartingPosition, StreamKind, StreamMapping,
};
use crate::vocabulary::Duration;

const MAPPING: &str = "AWS::Lambda::EventSourceMapping";
const MODEL: &str = "stream_poll";
const POSITION: &str = "StartingPosition";
const TIMESTAMP: &str = "StartingPositionTimestamp";
const RESPONSES: &str = "FunctionResponseTypes";
/// What stands for no limit.
const ENDLESS: &str = "-1";

impl Build<'_> {
    /// The link of a mapping on a stream; `false` where its ends are not such ones.
    pub(crate) fn stream_polling(
        &mut self,
        source: &Source,
        from: &LinkEnd,
        to: &LinkEnd,
        declared: &Declared,
        resources: &[Resource],
    ) -> bool {
        let Some(kind) = StreamKind::of_source(source.id) else { return false };
        let reads = match from {
            LinkEnd::Resource(id) => is_stream(resources, *id),
            LinkEnd::Outside(_) => true,
            LinkEnd::Missing(_) => false,
        };
        let calls = matches!(to, LinkEnd::Resource(id) if is_function(resources, *id));
        if !reads || !calls {
            return false;
        }
        let mapping = self.stream_mapping(kind, from, to, declared);
        self.links.push(Link {
            from: from.clone(),
            to: to.clone(),
            model: InvocationModel::StreamPoll,
            source: source.id.to_owned(),
            place: Some(declared.place.clone()),
            permitted: Permitted::Unknown,
            detail: LinkDetail::StreamPolling(Box::new(mapping)),
        });
        true
    }

    fn stream_mapping(
        &mut self,
        kind: StreamKind,
        from: &LinkEnd,
        to: &LinkEnd,
        declared: &Declared,
    ) -> StreamMapping {
        let own = &declared.properties;
        let topic = topic(kind, own);
        let name = self.free_name(from, to, None, topic.as_deref().unwrap_or_default());
        let filters = self.filters(name.as_str(), own);
        let target = path(own, &["DestinationConfig", "OnFailure", "Destination"]);
        let on_failure =
            target.and_then(|target| self.exit(target, "DestinationConfig.OnFailure", name.as_str()));
        let attempts = self.stream_attempts(kind, own, on_failure.as_ref());
        StreamMapping {
            qualifier: at(own, "FunctionName").and_then(|function| self.qualifier(function)),
            words: declared.words,
            pipe: None,
            enabled: self.stream_setting(own, "Enabled"),
            batch_size: self.stream_setting(own, "BatchSize"),
            batching_window: self.stream_window(kind, own),
            starting_position: self.starting_position(own),
            parallelization: self.stream_setting(own, "ParallelizationFactor"),
            attempts,
            age: self.bounded(own, "MaximumRecordAgeInSeconds"),
            bisect: self.stream_setting(own, "BisectBatchOnFunctionError"),
            tumbling_window: self.stream_setting(own, "TumblingWindowInSeconds"),
            response_type: self.response_type(own),
            on_failure,
            filters,
            reading: self.reading(own),
            topic,
            provisioned: self.stream_pollers(own),
            foreign: self.foreign_to_streams(kind, own),
            missing: missing(kind, own),
            name,
        }
    }

    fn stream_setting<T: SettingValue>(&mut self, own: &Node, name: &str) -> Setting<T> {
        self.reader_of(MODEL).required(at(own, name), &format!("{MAPPING}.{name}"))
    }

    /// A limit; none where it is left out or said to have no end.
    fn bounded<T: SettingValue>(&mut self, own: &Node, name: &str) -> Option<Setting<T>> {
        let written = at(own, name).filter(|node| scalar(node) != Some(ENDLESS));
        let before = self.diagnostics.len();
        let setting = self.reader_of(MODEL).optional(written, &format!("{MAPPING}.{name}"));
        for malformed in self.diagnostics.iter_mut().skip(before).filter(|one| one.code == MALFORMED) {
            malformed.help =
                Some(format!("{ENDLESS} stands for no limit, which is taken until this is mended"));
        }
        setting
    }

    /// `MaximumRetryAttempts`; Kafka gives up by itself where it can tell somebody.
    fn stream_attempts(&mut self, kind: StreamKind, own: &Node, exit: Option<&Exit>) -> Option<Setting<u64>> {
        let stated = self.bounded(own, "MaximumRetryAttempts");
        //= msk.retries_with_destination
        //= self_managed_kafka.retries_with_destination
        let rule = self.models.rules_in(kind.source(), "log.retries_with_destination");
        let own_end = rule.filter(|_| exit.is_some()).and_then(|rule| {
            let rule = self.models.rule(rule).id.clone();
            Some(Setting::known(self.models.count(&rule, "count").ok()?, Origin::Default(rule)))
        });
        stated.or(own_end)
    }

    /// `MaximumBatchingWindowInSeconds`; some sources gather for a moment where it is left out.
    fn stream_window(&mut self, kind: StreamKind, own: &Node) -> Setting<Duration> {
        //= msk.window
        //= self_managed_kafka.window
        //= documentdb.window
        const WINDOW: &str = "MaximumBatchingWindowInSeconds";
        let rule = self.models.rules_in(kind.source(), "log.window_default");
        if let (None, Some(rule)) = (at(own, WINDOW), rule) {
            let rule = self.models.rule(rule).id.clone();
            if let Ok(length) = self.models.duration(&rule, "length") {
                return Setting::known(length, Origin::Default(rule));
            }
        }
        self.stream_setting(own, WINDOW)
    }

    fn starting_position(&mut self, own: &Node) -> Option<Setting<StartingPosition>> {
        // A word of no meaning is refused, which is told with the other refusals.
        let is_word = |node: &&Node| scalar(node).is_none_or(|word| StartingPosition::read(word).is_some());
        self.reader_of(MODEL).optional(at(own, POSITION).filter(is_word), &format!("{MAPPING}.{POSITION}"))
    }

    fn stream_pollers(&mut self, own: &Node) -> Option<ProvisionedPollers> {
        let pollers = at(own, "ProvisionedPollerConfig")?;
        let mut reader = self.reader_of(MODEL);
        let mut bound = |name: &str| {
            reader.required(at(pollers, name), &format!("{MAPPING}.ProvisionedPollerConfig.{name}"))
        };
        Some(ProvisionedPollers { minimum: bound("MinimumPollers"), maximum: bound("MaximumPollers") })
    }

    /// A mapping that names a registered consumer in place of a stream has a throughput of its own.
    fn reading(&self, own: &Node) -> Reading {
        let Some(source) = at(own, SOURCE) else { return Reading::Shared };
        let consumer = match self.index.resolve(source, "kinesis") {
            LinkEnd::Resource(id) if self.declared(id).type_name == "AWS::Kinesis::StreamConsumer" => true,
            LinkEnd::Resource(_) | LinkEnd::Outside(_) | LinkEnd::Missing(_) => {
                let address = address(&render(source), "");
                address.service == "kinesis" && address.resource.contains("/consumer/")
            }
        };
        if consumer { Reading::Dedicated } else { Reading::Shared }
    }

    /// What is given although such mappings do not take it, and words of no meaning.
    fn foreign_to_streams(&self, kind: StreamKind, own: &Node) -> Vec<ForeignProperty> {
        let on_demand = at(own, "ProvisionedPollerConfig").is_none();
        let provisioned = kind.provisioned_only().filter(|_| on_demand);
        let rules = kind.refusing().iter().copied().chain(provisioned);
        let untaken = rules.flat_map(|rule| self.models.texts(rule, "settings").unwrap_or_default());
        let given = untaken.filter_map(|property| {
            let node = at(own, property).filter(|node| !is_off(node))?;
            Some(foreign(property, node))
        });
        let more = match kind {
            StreamKind::Msk | StreamKind::SelfManagedKafka => items_at(own, TOPICS).get(1),
            StreamKind::Kinesis | StreamKind::DynamoDb | StreamKind::DocumentDb => None,
        };
        let more = more.map(|node| foreign(TOPICS, node));
        given.chain(more).chain(self.words_of_no_meaning(own)).chain(self.no_source_arn(own)).collect()
    }

    fn words_of_no_meaning(&self, own: &Node) -> Vec<ForeignProperty> {
        let success = path(own, &["DestinationConfig", "OnSuccess", "Destination"]);
        let success = success.map(|node| foreign("DestinationConfig.OnSuccess", node));
        let model = self.models.setting_in(MODEL, &format!("{MAPPING}.{RESPONSES}"));
        let unlisted = |item: &&Node| {
            let allowed = |word: &str| model.is_some_and(|model| model.allowed.iter().any(|one| one == word));
            scalar(item).is_some_and(|word| !allowed(word))
        };
        let responses = items_at(own, RESPONSES).iter().filter(unlisted).map(|item| foreign(RESPONSES, item));
        let written = at(own, POSITION).filter(|node| scalar(node).is_some());
        let word = written.filter(|node| begins(node).is_none()).map(|node| foreign(POSITION, node));
        let elsewhere =
            written.and_then(begins).is_some_and(|begins| begins != StartingPosition::AtTimestamp);
        let time = at(own, TIMESTAMP).filter(|_| elsewhere).map(|node| foreign(TIMESTAMP, node));
        success.into_iter().chain(responses).chain(word).chain(time).collect()
    }
}

fn begins(node: &Node) -> Option<StartingPosition> {
    scalar(node).and_then(StartingPosition::read)
}

/// Whether a value says that something is not wanted, which is as good as leaving it out.
fn is_off(node: &Node) -> bool {
    matches!(scalar(node), Some("false" | "0" | ENDLESS))
}

/// What of a cluster is read: one topic, or one database or collection.
fn topic(kind: StreamKind, own: &Node) -> Option<String> {
    match kind {
        StreamKind::Msk | StreamKind::SelfManagedKafka => items_at(own, TOPICS).first().map(render),
        StreamKind::DocumentDb => {
            let config = at(own, DOCUMENTS)?;
            let names = ["DatabaseName", "CollectionName"].into_iter().filter_map(|name| at(config, name));
            let names: Vec<String> = names.map(render).collect();
            (!names.is_empty()).then(|| names.join("."))
        }
        StreamKind::Kinesis | StreamKind::DynamoDb => None,
    }
}

/// What a mapping of Kafka reads; a list of one.
const TOPICS: &str = "Topics";
const DOCUMENTS: &str = "DocumentDBEventSourceConfig";

/// What such a mapping needs and does not say.
fn missing(kind: StreamKind, own: &Node) -> Vec<String> {
    let mut missing = Vec::new();
    let mut need = |property: &str, is_given: bool| {
        if !is_given {
            missing.push(property.to_owned());
        }
    };
    // Brokers are read from the oldest record where nothing is said.
    let needs_position = matches!(kind, StreamKind::Kinesis | StreamKind::DynamoDb);
    need(POSITION, !needs_position || at(own, POSITION).is_some());
    let at_time = at(own, POSITION).and_then(begins) == Some(StartingPosition::AtTimestamp);
    need(TIMESTAMP, !at_time || at(own, TIMESTAMP).is_some());
    match kind {
        StreamKind::Msk => need(TOPICS, at(own, TOPICS).is_some()),
        StreamKind::SelfManagedKafka => {
            need(TOPICS, at(own, TOPICS).is_some());
            need("SourceAccessConfigurations", at(own, "SourceAccessConfigurations").is_some());
        }
        StreamKind::DocumentDb => {
            need(
                "DocumentDBEventSourceConfig.DatabaseName",
                path(own, &[DOCUMENTS, "DatabaseName"]).is_some(),
            );
        }
        StreamKind::Kinesis | StreamKind::DynamoDb => {}
    }
    missing
}

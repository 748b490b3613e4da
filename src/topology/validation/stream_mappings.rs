//! Event source mappings on streams.

use crate::topology::validation::Refusal;
use crate::topology::validation::check::Check;
use crate::topology::validation::links::{PIPE_PATTERN, is_of_pipe, of_pipe};
use crate::topology::{
    ChannelKind, Exit, ForeignProperty, Link, LinkEnd, ResourceDetail, StartingPosition, StreamKind,
    StreamMapping,
};
use crate::vocabulary::{EntityKind, EntityName};

const OF: &str = "AWS::Lambda::EventSourceMapping";
const MODEL: &str = "stream_poll";
const PATTERN: &str = "FilterCriteria.Filters.Pattern";
const COUNT: &str = "stream_poll.filter_count";
const FUNCTION_TIME: &str = "stream_poll.function_time";

impl Check<'_> {
    /// One mapping with its ends.
    pub(super) fn stream_mapping(&mut self, mapping: &StreamMapping, link: &Link) {
        let Some(kind) = StreamKind::of_source(&link.source) else { return };
        self.stream_ranges(mapping);
        self.stream_pollers(mapping);
        self.stream_missing(mapping, kind, link);
        for foreign in &mapping.foreign {
            self.foreign_to_stream(mapping, kind, foreign);
        }
        self.position(mapping, kind, link);
        if let Some(exit) = &mapping.on_failure {
            self.stream_exit(mapping, kind, exit);
        }
        self.stream_filters(mapping, link);
        self.stream_function(mapping, kind, link);
    }

    fn stream_ranges(&mut self, mapping: &StreamMapping) {
        let name = &mapping.name;
        //= stream_poll.batch_size_range
        self.ranged_in(MODEL, name, &format!("{OF}.BatchSize"), &mapping.batch_size);
        //= stream_poll.window_range
        self.ranged_in(
            MODEL,
            name,
            &format!("{OF}.MaximumBatchingWindowInSeconds"),
            &mapping.batching_window,
        );
        //= stream_poll.parallelization_range
        self.ranged_in(MODEL, name, &format!("{OF}.ParallelizationFactor"), &mapping.parallelization);
        //= stream_poll.tumbling_range
        self.ranged_in(MODEL, name, &format!("{OF}.TumblingWindowInSeconds"), &mapping.tumbling_window);
        if let Some(attempts) = &mapping.attempts {
            //= stream_poll.attempts_range
            self.ranged_in(MODEL, name, &format!("{OF}.MaximumRetryAttempts"), attempts);
        }
        if let Some(age) = &mapping.age {
            //= stream_poll.age_range
            self.ranged_in(MODEL, name, &format!("{OF}.MaximumRecordAgeInSeconds"), age);
        }
    }

    fn stream_pollers(&mut self, mapping: &StreamMapping) {
        let Some(pollers) = &mapping.provisioned else { return };
        let property = "ProvisionedPollerConfig.MinimumPollers";
        //= stream_poll.minimum_pollers_range
        self.ranged_in(MODEL, &mapping.name, &format!("{OF}.{property}"), &pollers.minimum);
        //= stream_poll.maximum_pollers_range
        let maximum = format!("{OF}.ProvisionedPollerConfig.MaximumPollers");
        self.ranged_in(MODEL, &mapping.name, &maximum, &pollers.maximum);
        let (least, most) = (pollers.minimum.value, pollers.maximum.value);
        if least > most {
            //= stream_poll.pollers_order
            let refusal = self.refusal("stream_poll.pollers_order", &mapping.name, property, &least);
            let place = pollers.minimum.place().or(pollers.maximum.place()).cloned();
            self.found.push(Refusal { allowed: format!("at most {most}, the maximum"), place, ..refusal });
        }
    }

    /// What such a mapping needs and does not say.
    fn stream_missing(&mut self, mapping: &StreamMapping, kind: StreamKind, link: &Link) {
        for property in &mapping.missing {
            let (rule, allowed) = match (property.as_str(), kind) {
                //= stream_poll.starting_position
                ("StartingPosition", _) => ("stream_poll.starting_position", self.positions()),
                //= stream_poll.timestamp_needed
                ("StartingPositionTimestamp", _) => {
                    ("stream_poll.timestamp_needed", "a time, since it begins AT_TIMESTAMP".to_owned())
                }
                //= self_managed_kafka.credentials
                ("SourceAccessConfigurations", _) => {
                    ("self_managed_kafka.credentials", "how to reach and log in to the cluster".to_owned())
                }
                //= documentdb.database
                (_, StreamKind::DocumentDb) => ("documentdb.database", "the name of a database".to_owned()),
                //= self_managed_kafka.topics
                (_, StreamKind::SelfManagedKafka) => ("self_managed_kafka.topics", ONE_TOPIC.to_owned()),
                //= msk.topics
                (_, StreamKind::Msk | StreamKind::Kinesis | StreamKind::DynamoDb) => {
                    ("msk.topics", ONE_TOPIC.to_owned())
                }
            };
            let refusal = self.refusal(rule, &mapping.name, property, &"not given");
            self.found.push(Refusal { allowed, place: link.place.clone(), ..refusal });
        }
    }

    fn foreign_to_stream(&mut self, mapping: &StreamMapping, kind: StreamKind, foreign: &ForeignProperty) {
        let nothing = || format!("nothing: mappings of {} do not take it", kind.word());
        let (rule, allowed) = match foreign.property.as_str() {
            //= stream_poll.starting_position_word
            "StartingPosition" => ("stream_poll.starting_position_word", self.positions()),
            "StartingPositionTimestamp" => {
                ("stream_poll.timestamp_needed", "nothing, unless it begins AT_TIMESTAMP".to_owned())
            }
            "EventSourceArn" => source_arn(kind),
            //= stream_poll.no_success_destination
            "DestinationConfig.OnSuccess" => ("stream_poll.no_success_destination", nothing()),
            property if is_of_pipe(property) => of_pipe(property),
            "Topics" if kind == StreamKind::Msk => ("msk.topics", ONE_TOPIC.to_owned()),
            "Topics" if kind == StreamKind::SelfManagedKafka => {
                ("self_managed_kafka.topics", ONE_TOPIC.to_owned())
            }
            property => {
                //= stream_poll.no_queue_settings
                //= stream_poll.no_pollers
                //= msk.no_shard_settings
                //= self_managed_kafka.no_shard_settings
                //= documentdb.no_other_settings
                if let Some(rule) = kind.refusing().iter().copied().find(|rule| self.lists(rule, property)) {
                    (rule, nothing())
                } else if let Some(rule) = kind.provisioned_only().filter(|rule| self.lists(rule, property)) {
                    //= msk.provisioned_only
                    //= self_managed_kafka.provisioned_only
                    (rule, "nothing without ProvisionedPollerConfig".to_owned())
                } else {
                    //= stream_poll.response_types_allowed
                    ("stream_poll.response_types_allowed", self.words(&format!("{OF}.{property}")))
                }
            }
        };
        let refusal = self.refusal(rule, &mapping.name, &foreign.property, &foreign.value);
        let message =
            refusal.message.replace("{position}", &foreign.value).replace("{source}", &foreign.value);
        self.found.push(Refusal { allowed, message, place: Some(foreign.place.clone()), ..refusal });
    }

    fn lists(&self, rule: &str, property: &str) -> bool {
        self.models.texts(rule, "settings").is_ok_and(|listed| listed.contains(&property))
    }

    fn positions(&self) -> String {
        self.words(&format!("{OF}.StartingPosition"))
    }

    fn position(&mut self, mapping: &StreamMapping, kind: StreamKind, link: &Link) {
        //= dynamodb_streams.no_timestamp
        const RULE: &str = "dynamodb_streams.no_timestamp";
        let Some(position) = &mapping.starting_position else { return };
        if kind != StreamKind::DynamoDb || position.value != StartingPosition::AtTimestamp {
            return;
        }
        let refusal = self.refusal(RULE, &mapping.name, "StartingPosition", &position.value);
        let message = refusal.message.replace("{stream}", self.topology.end_name(&link.from));
        let allowed = format!("{} or {}", StartingPosition::TrimHorizon, StartingPosition::Latest);
        let place = position.place().or(link.place.as_ref()).cloned();
        self.found.push(Refusal { allowed, message, place, ..refusal });
    }

    /// A queue, a topic or a bucket; of Kafka also a topic of Kafka.
    fn stream_exit(&mut self, mapping: &StreamMapping, kind: StreamKind, exit: &Exit) {
        const PROPERTY: &str = "DestinationConfig.OnFailure.Destination";
        let target = self.topology.end_name(&exit.target).to_owned();
        let takes_topics = match kind {
            StreamKind::Msk | StreamKind::SelfManagedKafka => true,
            StreamKind::Kinesis | StreamKind::DynamoDb | StreamKind::DocumentDb => false,
        };
        let (rule, allowed) = match &exit.target {
            //= stream_poll.destination_missing
            LinkEnd::Missing(_) => ("stream_poll.destination_missing", "something that is declared"),
            //= stream_poll.destination_loop
            LinkEnd::Outside(name) if takes_topics && is_topic(name, mapping.topic.as_deref()) => {
                ("stream_poll.destination_loop", "another topic than the one that is read")
            }
            //= stream_poll.destination_kind
            LinkEnd::Outside(name) if name.starts_with(KAFKA) && takes_topics => return,
            LinkEnd::Outside(name) if name.starts_with(KAFKA) || is_other_arn(name) => {
                ("stream_poll.destination_kind", "a queue, a topic or a bucket")
            }
            LinkEnd::Resource(id) if !takes_failures(&self.topology.resource(*id).detail) => {
                ("stream_poll.destination_kind", "a queue, a topic or a bucket")
            }
            LinkEnd::Outside(_) | LinkEnd::Resource(_) => return,
        };
        let refusal = self.refusal(rule, &mapping.name, PROPERTY, &target);
        self.found.push(Refusal { allowed: allowed.to_owned(), place: exit.place.clone(), ..refusal });
    }

    fn stream_filters(&mut self, mapping: &StreamMapping, link: &Link) {
        //= stream_poll.filter_pattern
        //= pipes.filter_pattern
        let (rule, property) = match mapping.pipe {
            None => ("stream_poll.filter_pattern", PATTERN),
            Some(_) => ("pipes.filter_pattern", PIPE_PATTERN),
        };
        for filter in &mapping.filters {
            let Err(errors) = &filter.pattern else { continue };
            let refusal = self.refusal(rule, &mapping.name, property, &filter.text);
            let reasons: Vec<String> = errors.iter().map(ToString::to_string).collect();
            let allowed = format!("a pattern without these: {}", reasons.join("; "));
            let place = filter.place.as_ref().or(link.place.as_ref()).cloned();
            self.found.push(Refusal { allowed, place, ..refusal });
        }
        //= stream_poll.filter_count
        let (count, Ok(most)) = (mapping.filters.len() as u64, self.models.count(COUNT, "maximum")) else {
            return;
        };
        if count > most {
            let refusal = self.refusal(COUNT, &mapping.name, "FilterCriteria.Filters", &count);
            let raised = self.models.count(COUNT, "raised").unwrap_or(most);
            let allowed = format!("at most {most}, or {raised} where AWS has raised the quota");
            self.found.push(Refusal { allowed, place: link.place.clone(), ..refusal });
        }
    }

    /// What Lambda itself consumes for leaves its functions less time.
    fn stream_function(&mut self, mapping: &StreamMapping, kind: StreamKind, link: &Link) {
        let limited = match kind {
            StreamKind::Msk | StreamKind::SelfManagedKafka | StreamKind::DocumentDb => true,
            StreamKind::Kinesis | StreamKind::DynamoDb => false,
        };
        //= stream_poll.function_time
        let limit = self.models.duration(FUNCTION_TIME, "limit").ok().filter(|_| limited);
        let (Some(limit), Some(function)) = (limit, self.topology.function(&link.to)) else { return };
        if function.timeout.value > limit {
            let refusal = self.refusal(FUNCTION_TIME, &mapping.name, "Timeout", &function.timeout.value);
            let place = function.timeout.place().or(link.place.as_ref()).cloned();
            self.found.push(Refusal { allowed: format!("at most {limit}"), place, ..refusal });
        }
    }

    /// A mapping that reads for a function what another one reads for it already.
    pub(super) fn duplicate_reader(&mut self, mapping: &StreamMapping, link: &Link) {
        //= stream_poll.duplicate_mapping
        //= self_managed_kafka.duplicate_mapping
        let rule = match StreamKind::of_source(&link.source) {
            Some(StreamKind::SelfManagedKafka) => "self_managed_kafka.duplicate_mapping",
            Some(StreamKind::Kinesis | StreamKind::DynamoDb | StreamKind::Msk | StreamKind::DocumentDb)
            | None => "stream_poll.duplicate_mapping",
        };
        let (stream, function) = (self.topology.end_name(&link.from), self.topology.end_name(&link.to));
        let refusal = self.refusal(rule, &mapping.name, "EventSourceArn", &stream);
        let words = [("{stream}", stream), ("{servers}", stream), ("{function}", function)];
        let topic = ("{topic}", mapping.topic.as_deref().unwrap_or_default());
        let message = words
            .into_iter()
            .chain([topic])
            .fold(refusal.message.clone(), |message, (mark, word)| message.replace(mark, word));
        let allowed = format!("one mapping from {stream} to {function}");
        self.found.push(Refusal { allowed, message, place: link.place.clone(), ..refusal });
    }

    /// A mapping on a table that has no stream.
    pub(super) fn table_without_stream(&mut self, link: &Link, rule: &str) {
        let LinkEnd::Resource(id) = &link.from else { return };
        let table = self.topology.resource(*id);
        let ResourceDetail::Other = table.detail else { return };
        if link.source != StreamKind::DynamoDb.source() {
            return;
        }
        let name = format!("{}->{}", table.name, self.topology.end_name(&link.to));
        let name = EntityName::new(EntityKind::Mapping, &name);
        let refusal = self.refusal(rule, &name, "EventSourceArn", &table.name);
        let message = refusal.message.replace("{stream}", table.name.as_str());
        let allowed = format!("the stream of a table; {} has no StreamSpecification", table.name);
        self.found.push(Refusal { allowed, message, place: link.place.clone(), ..refusal });
    }
}

/// By what a mapping names what it reads.
fn source_arn(kind: StreamKind) -> (&'static str, String) {
    //= stream_poll.source_arn
    //= dynamodb_streams.source_arn
    let (rule, allowed) = match kind {
        StreamKind::DynamoDb => {
            ("dynamodb_streams.source_arn", "the ARN of the table's stream, its attribute StreamArn")
        }
        StreamKind::Kinesis | StreamKind::Msk | StreamKind::SelfManagedKafka | StreamKind::DocumentDb => {
            ("stream_poll.source_arn", "an ARN, such as the attribute Arn of a stream")
        }
    };
    (rule, allowed.to_owned())
}

/// What the address of a topic of Kafka begins with.
const KAFKA: &str = "kafka://";

/// Whether an address is that of the topic that is read, which is in the same cluster in any case.
fn is_topic(address: &str, topic: Option<&str>) -> bool {
    topic.is_some() && address.strip_prefix(KAFKA) == topic
}

/// An ARN of something that takes no failures.
fn is_other_arn(name: &str) -> bool {
    let service = name.strip_prefix("arn:").and_then(|rest| rest.split(':').nth(1));
    service.is_some_and(|service| !matches!(service, "sqs" | "sns" | "s3"))
}

fn takes_failures(detail: &ResourceDetail) -> bool {
    match detail {
        ResourceDetail::Queue(_)
        | ResourceDetail::Channel(ChannelKind::Topic | ChannelKind::FifoTopic | ChannelKind::Bucket) => true,
        ResourceDetail::Function(_)
        | ResourceDetail::Channel(
            ChannelKind::Bus
            | ChannelKind::Front
            | ChannelKind::Machine
            | ChannelKind::Service
            | ChannelKind::Stream,
        )
        | ResourceDetail::Stream(_)
        | ResourceDetail::Other => false,
    }
}

/// What a mapping of Kafka reads.
const ONE_TOPIC: &str = "the name of one topic";

//! `AWS::Lambda::EventSourceMapping`.

use crate::pattern::{Dialect, Pattern, PatternError};
use crate::template::build::context::{Build, QUEUE};
use crate::template::build::index::{address, key};
use crate::template::build::setting::origin;
use crate::template::build::sources::Source;
use crate::template::declared::Declared;
use crate::template::tree::{self, at, items_at, known, path, scalar};
use crate::template::{Node, Piece, Value};
use crate::topology::{
    ForeignProperty, Function, InvocationModel, Link, LinkDetail, LinkEnd, MappingFilter, Origin, Permitted,
    ProvisionedPollers, QueueMapping, Resource, ResourceDetail, ResourceId, ResponseType, Setting,
    UNRECOGNISED, UnknownSetting, grammar,
};
use crate::vocabulary::{Diagnostic, EntityKind, EntityName};

const MAPPING: &str = "AWS::Lambda::EventSourceMapping";
const RESPONSES: &str = "FunctionResponseTypes";
const PARTIAL: &str = "ReportBatchItemFailures";
/// What is read.
pub(super) const SOURCE: &str = "EventSourceArn";
const ARN: &str = "arn:";

impl Build<'_> {
    /// The link that a mapping makes.
    pub(crate) fn mapping(&mut self, declared: &Declared, resources: &[Resource]) {
        let own = &declared.properties;
        let Some(function) = at(own, "FunctionName") else {
            self.unreadable(declared, "FunctionName");
            return;
        };
        let to = self.resolve(function, "lambda");
        let from = match (at(own, SOURCE), path(own, &["SelfManagedEventSource"])) {
            (Some(source), _) => self.resolve(source, "sqs"),
            (None, Some(servers)) => LinkEnd::Outside(kafka(servers)),
            (None, None) => {
                self.unreadable(declared, SOURCE);
                return;
            }
        };
        let source = self.polled_source(&from, own);
        if let (LinkEnd::Resource(queue), LinkEnd::Resource(function)) = (&from, &to)
            && is_queue(resources, *queue)
            && is_function(resources, *function)
        {
            self.queue_polling(*queue, *function, declared);
            return;
        }
        let from = self.consumed(from);
        if self.stream_polling(source, &from, &to, declared, resources) {
            return;
        }
        self.other_polling(source, (from.clone(), to), declared, resources);
        self.destinations(&from, own);
    }

    fn unreadable(&mut self, declared: &Declared, property: &str) {
        let message = format!("event source mapping {} has no {property}", declared.name);
        self.diagnostics
            .push(Diagnostic::warning("template-incomplete-mapping", message).at(&declared.place));
    }

    /// The source; where neither resource nor ARN tell, a starting position tells a stream from a queue.
    fn polled_source(&self, from: &LinkEnd, own: &Node) -> &'static Source {
        use crate::template::build::sources::{CUSTOM, by_id};
        if at(own, "SelfManagedEventSource").is_some() {
            return by_id("self_managed_kafka");
        }
        let found = self.source_of(from);
        if found.id != CUSTOM.id {
            return found;
        }
        let told = [("Topics", "msk"), ("Queues", "mq"), ("StartingPosition", "kinesis")];
        let told = told.into_iter().find(|(property, _)| at(own, property).is_some());
        if told.is_some_and(|(_, source)| source == "kinesis") && tells_a_table(from) {
            return by_id("dynamodb_streams");
        }
        by_id(told.map_or("sqs", |(_, source)| source))
    }

    fn other_polling(
        &mut self,
        source: &Source,
        (from, to): (LinkEnd, LinkEnd),
        declared: &Declared,
        resources: &[Resource],
    ) {
        let sender = self.name_of(&from);
        let cost = match (&from, &to, source.model) {
            (LinkEnd::Missing(name), _, _) | (_, LinkEnd::Missing(name), _) => {
                let message =
                    format!("{} refers to {name}, which this template does not deploy", declared.name);
                let help = "declare it, or correct the reference; the other links are judged all the same";
                self.diagnostics.push(
                    Diagnostic::warning("template-missing-resource", message).at(&declared.place).help(help),
                );
                format!("nothing is delivered: this template does not deploy {name}")
            }
            //= mq.retry
            (LinkEnd::Resource(table), _, InvocationModel::StreamPoll)
                if source.id == "dynamodb_streams" && !is_stream(resources, *table) =>
            {
                format!("nothing is delivered: {sender} has no StreamSpecification, so it has no stream")
            }
            _ if source.id == "mq" => format!(
                "not simulated: Lambda gives a failing batch of {sender} to {} again as a whole until it succeeds or \
                 its messages expire, so whether one bad message holds others up, repeats or loses them is not checked",
                self.name_of(&to)
            ),
            (LinkEnd::Outside(_), _, InvocationModel::QueuePoll) => format!(
                "not simulated: {sender} is declared elsewhere, so its visibility timeout, retention and redrive \
                 policy are not known"
            ),
            //= queue_poll.no_source
            (_, _, InvocationModel::Sync | InvocationModel::Async | InvocationModel::Forward) => {
                let cost = format!("nothing is delivered: AWS makes no event source mapping for {sender}");
                let (model, place) = (InvocationModel::QueuePoll, &declared.place);
                return self.link_costing(UNRECOGNISED, model, from, to, place, cost);
            }
            _ => {
                self.link(source.id, source.model, from, to, &declared.place);
                return;
            }
        };
        self.link_costing(source.id, source.model, from, to, &declared.place, cost);
    }

    fn queue_polling(&mut self, queue: ResourceId, function: ResourceId, declared: &Declared) {
        let own = &declared.properties;
        let name = format!("{}->{}", self.declared(queue).name, self.declared(function).name);
        let response_type = self.response_type(own);
        let filters = self.filters(&name, own);
        let qualifier = at(own, "FunctionName").and_then(|function| self.qualifier(function));
        let mut reader = self.reader();
        let window = "MaximumBatchingWindowInSeconds";
        let concurrency = path(own, &["ScalingConfig", "MaximumConcurrency"]);
        let pollers = at(own, "ProvisionedPollerConfig");
        let provisioned = pollers.map(|pollers| {
            let property = |name: &str| format!("{MAPPING}.ProvisionedPollerConfig.{name}");
            ProvisionedPollers {
                minimum: reader.required(at(pollers, "MinimumPollers"), &property("MinimumPollers")),
                maximum: reader.required(at(pollers, "MaximumPollers"), &property("MaximumPollers")),
            }
        });
        let mapping = QueueMapping {
            name: EntityName::new(EntityKind::Mapping, &name),
            qualifier,
            pipe: None,
            enabled: reader.required(at(own, "Enabled"), &format!("{MAPPING}.Enabled")),
            batch_size: reader.required(at(own, "BatchSize"), &format!("{MAPPING}.BatchSize")),
            batching_window: reader.required(at(own, window), &format!("{MAPPING}.{window}")),
            maximum_concurrency: reader
                .optional(concurrency, &format!("{MAPPING}.ScalingConfig.MaximumConcurrency")),
            provisioned,
            response_type,
            filters,
            foreign: self.foreign(own),
        };
        self.links.push(Link {
            from: LinkEnd::Resource(queue),
            to: LinkEnd::Resource(function),
            model: InvocationModel::QueuePoll,
            source: "sqs".to_owned(),
            place: Some(declared.place.clone()),
            permitted: Permitted::Unknown,
            detail: LinkDetail::QueuePolling(mapping),
        });
    }

    /// The patterns of a mapping's filter. What is wrong with one is said, and the rest is judged all the same.
    pub(super) fn filters(&mut self, name: &str, own: &Node) -> Vec<MappingFilter> {
        let Some(criteria) = at(own, "FilterCriteria") else { return Vec::new() };
        let Ok(grammar) = grammar(self.models, Dialect::Mapping) else { return Vec::new() };
        let written = items_at(criteria, "Filters").iter().filter_map(|filter| at(filter, "Pattern"));
        let mut filters = Vec::new();
        for node in written {
            let Some(text) = scalar(node) else {
                self.open_filter(name, node);
                return Vec::new();
            };
            let pattern = Pattern::parse(text, &grammar);
            if let Err(errors) = &pattern {
                self.refused_filter(name, node, errors);
            }
            filters.push(MappingFilter { text: text.to_owned(), pattern, place: Some(node.place.clone()) });
        }
        filters
    }

    /// A filter that the template does not tell.
    fn open_filter(&mut self, name: &str, node: &Node) {
        let message = format!("the filter of {name} is not known: {}", tree::render(node));
        let help = "every message is taken to be wanted; write the pattern as a text without references";
        self.diagnostics
            .push(Diagnostic::warning("template-open-filter", message).at(&node.place).help(help));
    }

    fn refused_filter(&mut self, name: &str, node: &Node, errors: &[PatternError]) {
        let reasons: Vec<String> = errors.iter().map(ToString::to_string).collect();
        let message = format!("AWS refuses the filter of {name}: {}", reasons.join("; "));
        let help = "every message is taken to be wanted; see `redrive explain pattern.operators`";
        self.diagnostics
            .push(Diagnostic::warning("template-refused-filter", message).at(&node.place).help(help));
    }

    /// What is given although mappings of queues do not take it: settings for streams, words of no meaning.
    fn foreign(&self, own: &Node) -> Vec<ForeignProperty> {
        let for_streams = self.models.texts("queue_poll.no_stream_settings", "settings").unwrap_or_default();
        let settings = for_streams.into_iter().chain(["DestinationConfig"]);
        let given = settings.filter_map(|property| at(own, property).map(|node| foreign(property, node)));
        let model = self.models.setting(&format!("{MAPPING}.{RESPONSES}"));
        let unknown = |item: &&Node| {
            scalar(item)
                .is_some_and(|word| model.is_some_and(|model| !model.allowed.iter().any(|one| one == word)))
        };
        let words = items_at(own, RESPONSES).iter().filter(unknown).map(|item| foreign(RESPONSES, item));
        given.chain(words).chain(self.no_source_arn(own)).collect()
    }

    /// What stands for the ARN of what is read and is none, or that of a table in place of its stream's.
    pub(super) fn no_source_arn(&self, own: &Node) -> Option<ForeignProperty> {
        let source = at(own, SOURCE)?;
        let is_arn = match &known(source).value {
            Value::Reference(reference) => self.index.itself(&reference.resource).is_none_or(|id| {
                let read_by = match self.declared(id).type_name.as_str() {
                    QUEUE | "AWS::Kinesis::Stream" => "Arn",
                    "AWS::DynamoDB::Table" | "AWS::DynamoDB::GlobalTable" => "StreamArn",
                    _ => return true,
                };
                reference.attribute.as_deref() == Some(read_by)
            }),
            Value::Text(text) => self.is_source_arn(source, text),
            Value::Mixed(pieces) => match pieces.first() {
                Some(Piece::Text(start)) => {
                    start.len() < ARN.len() || self.is_source_arn(source, &key(source))
                }
                Some(Piece::Reference(_) | Piece::Unknown(_)) | None => true,
            },
            Value::Null
            | Value::Flag(_)
            | Value::Number(_)
            | Value::List(_)
            | Value::Map(_)
            | Value::Unknown(_) => true,
        };
        (!is_arn).then(|| foreign(SOURCE, source))
    }

    /// Whether a text is an ARN, and not that of a table. What nothing here is called may be no more than a stand-in.
    fn is_source_arn(&self, source: &Node, text: &str) -> bool {
        let address = address(text, "");
        let is_table = address.service == "dynamodb" && !address.resource.contains("/stream/");
        let is_named = |service| matches!(self.index.resolve(source, service), LinkEnd::Resource(_));
        let is_known = ["sqs", "kinesis", "dynamodb"].into_iter().any(is_named);
        !is_table && (text.starts_with(ARN) || !is_known)
    }

    pub(super) fn response_type(&self, own: &Node) -> Setting<ResponseType> {
        let property = format!("{MAPPING}.{RESPONSES}");
        let Some(written) = at(own, RESPONSES) else {
            let id = self.models.setting(&property).map_or(property, |model| model.id.clone());
            return Setting::known(ResponseType::WholeBatch, Origin::Default(id));
        };
        if let Value::Unknown(unknown) = &written.value {
            let alternatives: Vec<_> = unknown.possible.iter().map(responses).collect();
            if let [first, others @ ..] = alternatives.as_slice()
                && others.iter().any(|other| other != first)
            {
                let unknown = UnknownSetting {
                    why: unknown.why.clone(),
                    alternatives: vec![ResponseType::WholeBatch, ResponseType::BatchItemFailures],
                };
                let origin = Origin::Unknown(written.place.clone());
                return Setting { value: ResponseType::WholeBatch, origin, unknown: Some(unknown) };
            }
        }
        Setting::known(responses(written), origin(&written.place))
    }
}

pub(super) fn foreign(property: &str, node: &Node) -> ForeignProperty {
    let (property, value) = (property.to_owned(), tree::render(node));
    ForeignProperty { property, value, place: node.place.clone() }
}

fn responses(list: &Node) -> ResponseType {
    if tree::items(list).iter().any(|item| scalar(item) == Some(PARTIAL)) {
        ResponseType::BatchItemFailures
    } else {
        ResponseType::WholeBatch
    }
}

/// Whether the name of something declared elsewhere speaks of a table, as names of imported ARNs do.
fn tells_a_table(from: &LinkEnd) -> bool {
    match from {
        LinkEnd::Outside(name) => {
            let name = name.to_ascii_lowercase();
            name.contains("table") || name.contains("dynamo")
        }
        LinkEnd::Resource(_) | LinkEnd::Missing(_) => false,
    }
}

fn is_queue(resources: &[Resource], id: ResourceId) -> bool {
    match &resources[id.0 as usize].detail {
        ResourceDetail::Queue(_) => true,
        ResourceDetail::Function(_)
        | ResourceDetail::Channel(_)
        | ResourceDetail::Stream(_)
        | ResourceDetail::Other => false,
    }
}

pub(super) fn is_function(resources: &[Resource], id: ResourceId) -> bool {
    match &resources[id.0 as usize].detail {
        ResourceDetail::Function(Function { .. }) => true,
        ResourceDetail::Queue(_)
        | ResourceDetail::Channel(_)
        | ResourceDetail::Stream(_)
        | ResourceDetail::Other => false,
    }
}

/// Whether a resource keeps records that mappings can read.
pub(super) fn is_stream(resources: &[Resource], id: ResourceId) -> bool {
    match &resources[id.0 as usize].detail {
        ResourceDetail::Stream(_) => true,
        ResourceDetail::Queue(_)
        | ResourceDetail::Function(_)
        | ResourceDetail::Channel(_)
        | ResourceDetail::Other => false,
    }
}

fn kafka(source: &Node) -> String {
    let servers = path(source, &["Endpoints", "KafkaBootstrapServers"]);
    let names: Vec<_> = servers.map_or(&[][..], tree::items).iter().map(tree::render).collect();
    format!("Kafka at {}", names.join(", "))
}

//! The settings of resources and links as rows of name, value and origin, which all formats of a topology share.

use std::borrow::Cow;

use serde_json::{Value as Json, json};

use crate::report::topology_streams::{of_stream, of_stream_mapping};
use crate::topology::{
    Content, DeduplicationScope, Delivery, Exit, Function, InvocationModel, InvokeConfig, Link, LinkDetail,
    LinkEnd, Origin, Queue, QueueKind, QueueMapping, RecursiveLoop, Redrive, RedriveAllow, RedriveTarget,
    Resource, ResourceDetail, ResponseType, Runs, SendEvidence, Setting, ThroughputLimit, Topology,
};
use crate::vocabulary::{Bytes, Duration};

/// One setting, ready to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// The property.
    pub name: Cow<'static, str>,
    /// The value for people.
    pub text: String,
    /// The value for programs, in the unit that CloudFormation uses.
    pub json: Json,
    /// Where it came from; nothing for what belongs to another row.
    pub origin: Option<Origin>,
    /// Why it is open, and all values that are tried.
    pub open: Option<Open>,
}

/// What is open about a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Open {
    /// Why.
    pub why: String,
    /// The alternatives for people.
    pub texts: Vec<String>,
    /// The alternatives for programs.
    pub json: Vec<Json>,
}

/// A kind of value that rows show.
pub(super) trait Shown {
    fn text(&self) -> String;
    fn json(&self) -> Json;
}

impl Shown for Duration {
    fn text(&self) -> String {
        if *self == Self::ZERO { "0s".to_owned() } else { self.to_string() }
    }
    fn json(&self) -> Json {
        json!(self.as_secs())
    }
}

impl Shown for Bytes {
    fn text(&self) -> String {
        self.to_string()
    }
    fn json(&self) -> Json {
        json!(self.0)
    }
}

impl Shown for u64 {
    fn text(&self) -> String {
        self.to_string()
    }
    fn json(&self) -> Json {
        json!(self)
    }
}

impl Shown for bool {
    fn text(&self) -> String {
        self.to_string()
    }
    fn json(&self) -> Json {
        json!(self)
    }
}

impl Shown for DeduplicationScope {
    fn text(&self) -> String {
        self.to_string()
    }
    fn json(&self) -> Json {
        json!(self.word())
    }
}

impl Shown for ThroughputLimit {
    fn text(&self) -> String {
        self.to_string()
    }
    fn json(&self) -> Json {
        json!(self.word())
    }
}

impl Shown for RecursiveLoop {
    fn text(&self) -> String {
        self.to_string()
    }
    fn json(&self) -> Json {
        json!(self.word())
    }
}

impl Shown for ResponseType {
    fn text(&self) -> String {
        match self {
            Self::WholeBatch => "none".to_owned(),
            Self::BatchItemFailures => "ReportBatchItemFailures".to_owned(),
        }
    }
    fn json(&self) -> Json {
        match self {
            Self::WholeBatch => json!([]),
            Self::BatchItemFailures => json!(["ReportBatchItemFailures"]),
        }
    }
}

/// The settings of a resource.
pub(super) fn of_resource(topology: &Topology, resource: &Resource) -> Vec<Row> {
    match &resource.detail {
        ResourceDetail::Queue(queue) => of_queue(topology, queue),
        ResourceDetail::Function(function) => {
            let mut rows = of_function(function);
            rows.extend(of_asynchronous(topology, resource, function));
            rows
        }
        ResourceDetail::Stream(stream) => of_stream(stream),
        ResourceDetail::Channel(_) | ResourceDetail::Other => Vec::new(),
    }
}

/// The settings of a link.
pub(super) fn of_link(topology: &Topology, link: &Link) -> Vec<Row> {
    let mut rows = match &link.detail {
        LinkDetail::QueuePolling(mapping) => of_mapping(mapping),
        LinkDetail::Delivers(delivery) => of_delivery(topology, delivery),
        LinkDetail::Sends(evidence) => vec![fact("Evidence", &evidence_text(topology, evidence))],
        LinkDetail::StreamPolling(mapping) => of_stream_mapping(topology, mapping),
        LinkDetail::Unmodelled => Vec::new(),
    };
    if let LinkDetail::QueuePolling(_) | LinkDetail::StreamPolling(_) = link.detail {
        rows.extend(link.pipe().map(|pipe| fact("Pipe", topology.resource(pipe).name.as_str())));
    }
    rows.extend([("From", &link.from), ("To", &link.to)].into_iter().filter_map(|(name, end)| {
        let LinkEnd::Outside(address) = end else { return None };
        topology.nicknames.contains_key(address).then(|| fact(name, address))
    }));
    rows
}

fn of_delivery(topology: &Topology, delivery: &Delivery) -> Vec<Row> {
    let mut rows = Vec::new();
    if let Some(qualifier) = &delivery.qualifier {
        rows.push(fact("Qualifier", qualifier));
    }
    rows.extend(delivery.enabled.iter().map(|enabled| row("Enabled", enabled)));
    rows.extend(delivery.attempts.iter().map(|attempts| row("MaximumRetryAttempts", attempts)));
    rows.extend(delivery.age.iter().map(|age| row("MaximumEventAgeInSeconds", age)));
    rows.extend(
        delivery.timeout.iter().map(|timeout| milliseconds(row("TimeoutInMillis", timeout), timeout)),
    );
    if let Some(web) = &delivery.web {
        rows.extend([
            row("numRetries", &web.all),
            row("numNoDelayRetries", &web.at_once),
            row("numMinDelayRetries", &web.before),
            row("numMaxDelayRetries", &web.after),
            row("minDelayTarget", &web.shortest),
            row("maxDelayTarget", &web.longest),
        ]);
    }
    rows.extend(delivery.dead_letter.iter().map(|exit| exit_row(topology, "DeadLetterConfig", exit)));
    rows.extend(delivery.filters.iter().map(|filter| fact("Filter", &filter.text)));
    rows.extend(content_row(&delivery.content));
    rows
}

/// A time-out of a front, which CloudFormation has in milliseconds.
fn milliseconds(mut row: Row, timeout: &Setting<Duration>) -> Row {
    row.json = json!(timeout.value.as_millis());
    if let (Some(open), Some(unknown)) = (&mut row.open, &timeout.unknown) {
        open.json = unknown.alternatives.iter().map(|time| json!(time.as_millis())).collect();
    }
    row
}

fn content_row(content: &Content) -> Option<Row> {
    match content {
        Content::Whole => None,
        Content::Raw => Some(fact("RawMessageDelivery", "true")),
        Content::Fixed(text) => Some(fact("Input", text)),
        Content::Part(path) => Some(fact("InputPath", path)),
        Content::Filled(template) => Some(fact("InputTransformer", &template.text)),
        Content::Transformed(text) => Some(fact("InputTransformer", text)),
    }
}

fn of_queue(topology: &Topology, queue: &Queue) -> Vec<Row> {
    let mut rows = of_fifo(queue);
    rows.extend([
        row("VisibilityTimeout", &queue.visibility_timeout),
        row("MessageRetentionPeriod", &queue.message_retention),
        row("DelaySeconds", &queue.delay),
        row("MaximumMessageSize", &queue.maximum_message_size),
        row("ReceiveMessageWaitTimeSeconds", &queue.receive_wait),
    ]);
    if let Some(redrive) = &queue.redrive {
        rows.push(row("maxReceiveCount", &redrive.max_receive_count));
        rows.push(target_row(topology, redrive));
    }
    if let Some(allow) = allow_text(topology, &queue.redrive_allow) {
        rows.push(fact("RedriveAllowPolicy", &allow));
    }
    rows
}

fn of_fifo(queue: &Queue) -> Vec<Row> {
    let fifo = &queue.fifo;
    match queue.kind {
        QueueKind::Standard => Vec::new(),
        QueueKind::Fifo => vec![
            row("FifoQueue", &fifo.flag),
            row("ContentBasedDeduplication", &fifo.content_based),
            row("DeduplicationScope", &fifo.scope),
            row("FifoThroughputLimit", &fifo.limit),
        ],
    }
}

fn target_row(topology: &Topology, redrive: &Redrive) -> Row {
    let name = match &redrive.target {
        RedriveTarget::Queue(id) => topology.resource(*id).name.to_string(),
        RedriveTarget::Outside(name) => format!("{name} (declared elsewhere)"),
        RedriveTarget::Missing(name) => format!("{name} (declared nowhere)"),
    };
    let origin = redrive.place.clone().map(Origin::Template);
    Row { origin, ..fact("deadLetterTargetArn", &name) }
}

fn allow_text(topology: &Topology, allow: &RedriveAllow) -> Option<String> {
    match allow {
        RedriveAllow::All => None,
        RedriveAllow::None => Some("denyAll".to_owned()),
        RedriveAllow::ByQueue(queues) => {
            let names: Vec<_> = queues.iter().map(|id| topology.resource(*id).name.to_string()).collect();
            Some(format!("byQueue: {}", names.join(", ")))
        }
    }
}

fn of_function(function: &Function) -> Vec<Row> {
    let mut rows = vec![row("Timeout", &function.timeout)];
    if function.runs == Runs::Code {
        rows.push(mebibytes(row("MemorySize", &function.memory)));
    }
    if let Some(storage) = &function.storage {
        rows.push(mebibytes(row("EphemeralStorage.Size", storage)));
    }
    if let Some(reserved) = &function.reserved_concurrency {
        rows.push(row("ReservedConcurrentExecutions", reserved));
    }
    for one in &function.provisioned {
        rows.push(row("ProvisionedConcurrentExecutions", &one.executions));
    }
    rows
}

/// What holds for events that nobody waits for: what is declared, and the defaults where something sends such events.
fn of_asynchronous(topology: &Topology, resource: &Resource, function: &Function) -> Vec<Row> {
    let mut rows = Vec::new();
    rows.extend(
        function.dead_letter.iter().map(|exit| exit_row(topology, "DeadLetterConfig.TargetArn", exit)),
    );
    if !matches!(function.recursive_loop.origin, Origin::Default(_)) {
        rows.push(row("RecursiveLoop", &function.recursive_loop));
    }
    if topology.links.iter().any(|link| takes_default(topology, link, resource, function)) {
        rows.extend(of_config(topology, &function.invoke_default));
    }
    rows.extend(function.invoke_configs.iter().flat_map(|config| of_config(topology, config)));
    rows
}

/// Whether a link calls the function asynchronously by a version or alias without a configuration of its own.
fn takes_default(topology: &Topology, link: &Link, resource: &Resource, function: &Function) -> bool {
    let is_called = matches!(&link.to, LinkEnd::Resource(id) if topology.resource(*id).name == resource.name);
    match &link.detail {
        LinkDetail::Delivers(delivery) if is_called && link.model == InvocationModel::Async => {
            function.invoke_config(delivery.qualifier.as_deref()).place.is_none()
        }
        LinkDetail::Delivers(_)
        | LinkDetail::QueuePolling(_)
        | LinkDetail::Sends(_)
        | LinkDetail::StreamPolling(_)
        | LinkDetail::Unmodelled => false,
    }
}

fn of_config(topology: &Topology, config: &InvokeConfig) -> Vec<Row> {
    let named = |property: &str| match config.qualifier.as_str() {
        InvokeConfig::LATEST => property.to_owned(),
        qualifier => format!("{qualifier}: {property}"),
    };
    let mut rows = vec![
        row(named("MaximumRetryAttempts"), &config.attempts),
        row(named("MaximumEventAgeInSeconds"), &config.age),
    ];
    rows.extend(config.on_success.iter().map(|exit| exit_row(topology, named("OnSuccess"), exit)));
    rows.extend(config.on_failure.iter().map(|exit| exit_row(topology, named("OnFailure"), exit)));
    rows
}

pub(super) fn exit_row(topology: &Topology, name: impl Into<Cow<'static, str>>, exit: &Exit) -> Row {
    let target = topology.end_name(&exit.target);
    let target = match (&exit.target, &exit.qualifier) {
        (LinkEnd::Resource(_), None) => target.to_owned(),
        (LinkEnd::Resource(_), Some(qualifier)) => format!("{target}:{qualifier}"),
        (LinkEnd::Outside(address), _) if address != target => {
            format!("{target} (declared elsewhere, {address})")
        }
        (LinkEnd::Outside(_), _) => format!("{target} (declared elsewhere)"),
        (LinkEnd::Missing(_), _) => format!("{target} (declared nowhere)"),
    };
    Row { origin: exit.place.clone().map(Origin::Template), ..fact(name, &target) }
}

/// One way out, as graphs draw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Way<'a> {
    /// Whose.
    pub from: &'a str,
    /// What goes there.
    pub what: &'static str,
    /// Where to.
    pub to: &'a str,
}

/// The ways out of functions and links.
pub(super) fn ways_out(topology: &Topology) -> Vec<Way<'_>> {
    let mut found = Vec::new();
    for resource in &topology.resources {
        let ResourceDetail::Function(function) = &resource.detail else { continue };
        let from = resource.name.as_str();
        found.extend(function.dead_letter.iter().map(|exit| (from, "dead letters", exit)));
        for config in &function.invoke_configs {
            found.extend(config.on_success.iter().map(|exit| (from, "on success", exit)));
            found.extend(config.on_failure.iter().map(|exit| (from, "on failure", exit)));
        }
    }
    for link in &topology.links {
        let LinkDetail::Delivers(delivery) = &link.detail else { continue };
        let from = topology.end_name(&link.from);
        found.extend(delivery.dead_letter.iter().map(|exit| (from, "dead letters", exit)));
    }
    let mut ways: Vec<Way<'_>> = Vec::new();
    for (from, what, exit) in found {
        let way = Way { from, what, to: topology.end_name(&exit.target) };
        if !ways.contains(&way) {
            ways.push(way);
        }
    }
    ways
}

fn mebibytes(mut row: Row) -> Row {
    row.text.push_str("MiB");
    row
}

fn of_mapping(mapping: &QueueMapping) -> Vec<Row> {
    let mut rows = vec![
        row("Enabled", &mapping.enabled),
        row("BatchSize", &mapping.batch_size),
        row("MaximumBatchingWindowInSeconds", &mapping.batching_window),
        row("FunctionResponseTypes", &mapping.response_type),
    ];
    if let Some(maximum) = &mapping.maximum_concurrency {
        rows.push(row("MaximumConcurrency", maximum));
    }
    if let Some(pollers) = &mapping.provisioned {
        rows.push(row("MinimumPollers", &pollers.minimum));
        rows.push(row("MaximumPollers", &pollers.maximum));
    }
    for filter in &mapping.filters {
        rows.push(fact("Filter", &filter.text));
    }
    rows
}

fn evidence_text(topology: &Topology, evidence: &SendEvidence) -> String {
    match evidence {
        SendEvidence::EnvironmentAndPolicy(variable) => format!("variable {variable}, scoped policy"),
        SendEvidence::Connector => "connector".to_owned(),
        SendEvidence::Pipe(pipe) => format!("target of {}", topology.resource(*pipe).name),
    }
}

pub(super) fn row<T: Shown>(name: impl Into<Cow<'static, str>>, setting: &Setting<T>) -> Row {
    Row {
        name: name.into(),
        text: setting.value.text(),
        json: setting.value.json(),
        origin: Some(setting.origin.clone()),
        open: setting.unknown.as_ref().map(|unknown| Open {
            why: unknown.why.clone(),
            texts: unknown.alternatives.iter().map(Shown::text).collect(),
            json: unknown.alternatives.iter().map(Shown::json).collect(),
        }),
    }
}

pub(super) fn fact(name: impl Into<Cow<'static, str>>, text: &str) -> Row {
    Row { name: name.into(), text: text.to_owned(), json: json!(text), origin: None, open: None }
}

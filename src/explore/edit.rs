//! Edits of a topology, each with how it is to be written in the template.

use crate::explore::Change;
use crate::explore::edit_machine::{keep_executions, retry_throttled};
use crate::explore::edit_pushed::{catch_undelivered, end_earlier, keep_events, replace_ordered, try_longer};
use crate::explore::edit_right::{Writes, may_send};
use crate::explore::edit_stream::{catch_records, keep_records, set_stream};
use crate::models::{Models, RuleValue};
use crate::program::LogSetting;
use crate::topology::{
    Exit, FifoSettings, Function, Link, LinkDetail, LinkEnd, Origin, Permitted, Queue, QueueKind,
    QueueMapping, Redrive, RedriveAllow, RedriveTarget, Resource, ResourceDetail, ResourceId, ResponseType,
    Runs, Setting, StreamKind, Topology, Words,
};
use crate::vocabulary::{Bytes, Duration, EntityKind, EntityName, Place};

/// One change of one setting, by the names of resources and mappings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Edit {
    /// A new dead-letter queue with the longest retention.
    AddDeadLetterQueue { queue: String, receives: u64 },
    /// The longest retention there is.
    LongestRetention { queue: String },
    /// `VisibilityTimeout`.
    Visibility { queue: String, length: Duration },
    /// `maxReceiveCount`.
    Receives { queue: String, receives: u64 },
    /// `FunctionResponseTypes`.
    ReportFailures { mapping: String },
    /// `BatchSize: 1`.
    SingleMessages { mapping: String },
    /// `Enabled: true`.
    Enable { mapping: String },
    /// `ScalingConfig.MaximumConcurrency`.
    LimitConcurrency { mapping: String, most: u64 },
    /// `ReservedConcurrentExecutions`.
    Reserve { function: String, places: u64 },
    /// No `ReservedConcurrentExecutions`.
    Unreserve { function: String },
    /// The default `RetryPolicy` of a link.
    TryLonger { link: String },
    /// A new queue as `DeadLetterConfig` of a link.
    CatchUndelivered { link: String },
    /// The longest `MaximumEventAgeInSeconds` of a function.
    KeepEvents { function: String },
    /// `Timeout`.
    EndEarlier { function: String, length: Duration },
    /// `Type: STANDARD` of the state machine that calls over a link.
    KeepExecutions { link: String },
    /// `Retry` of the tasks that call over a link.
    RetryThrottled { link: String },
    /// A new queue without order as the way out of a function that has one with order.
    ReplaceOrdered { function: String },
    /// A new queue as `DeadLetterConfig` of a function.
    CatchFailures { function: String },
    /// A setting of a mapping on a stream, as its table has it.
    Stream { mapping: String, setting: LogSetting, value: u64 },
    /// A new queue as `DestinationConfig.OnFailure` of a mapping on a stream.
    CatchRecords { mapping: String },
    /// `RetentionPeriodHours`.
    KeepRecords { stream: String, length: Duration },
}

/// Applies an edit; `None` where the topology has no such thing.
pub(crate) fn apply(edit: &Edit, topology: &mut Topology, models: &Models) -> Option<Vec<Change>> {
    match edit {
        Edit::AddDeadLetterQueue { queue, receives } => {
            add_dead_letter_queue(topology, queue, *receives, models)
        }
        Edit::CatchFailures { function } => catch_failures(topology, function, models),
        Edit::CatchRecords { mapping } => catch_records(topology, mapping, models),
        Edit::TryLonger { link } => try_longer(topology, link, models),
        Edit::CatchUndelivered { link } => catch_undelivered(topology, link, models),
        Edit::KeepEvents { function } => keep_events(topology, function, models),
        Edit::EndEarlier { function, length } => end_earlier(topology, function, *length),
        Edit::KeepExecutions { link } => keep_executions(topology, link),
        Edit::RetryThrottled { link } => retry_throttled(topology, link, models),
        Edit::ReplaceOrdered { function } => replace_ordered(topology, function, models),
        Edit::LongestRetention { .. }
        | Edit::Visibility { .. }
        | Edit::Receives { .. }
        | Edit::ReportFailures { .. }
        | Edit::SingleMessages { .. }
        | Edit::Enable { .. }
        | Edit::LimitConcurrency { .. }
        | Edit::Reserve { .. }
        | Edit::Unreserve { .. }
        | Edit::Stream { .. }
        | Edit::KeepRecords { .. } => set(edit, topology, models).map(|change| vec![change]),
    }
}

/// Applies an edit of one setting.
fn set(edit: &Edit, topology: &mut Topology, models: &Models) -> Option<Change> {
    match edit {
        Edit::AddDeadLetterQueue { .. }
        | Edit::CatchFailures { .. }
        | Edit::CatchRecords { .. }
        | Edit::TryLonger { .. }
        | Edit::CatchUndelivered { .. }
        | Edit::KeepEvents { .. }
        | Edit::EndEarlier { .. }
        | Edit::KeepExecutions { .. }
        | Edit::RetryThrottled { .. }
        | Edit::ReplaceOrdered { .. } => None,
        Edit::Stream { mapping, setting, value } => set_stream(topology, models, mapping, *setting, *value),
        Edit::KeepRecords { stream, length } => keep_records(topology, stream, *length),
        Edit::LongestRetention { queue } => {
            let longest = longest_retention(models)?;
            set_queue(topology, queue, "MessageRetentionPeriod", |queue| {
                Some(replace(&mut queue.message_retention, longest, seconds))
            })
        }
        Edit::Visibility { queue, length } => set_queue(topology, queue, "VisibilityTimeout", |queue| {
            Some(replace(&mut queue.visibility_timeout, *length, seconds))
        }),
        Edit::Receives { queue, receives } => {
            set_queue(topology, queue, "RedrivePolicy.maxReceiveCount", |queue| {
                let redrive = queue.redrive.as_mut()?;
                Some(replace(&mut redrive.max_receive_count, *receives, u64::to_string))
            })
        }
        Edit::ReportFailures { mapping } => {
            let mut change = set_mapping(topology, models, mapping, "FunctionResponseTypes", |mapping| {
                replace(&mut mapping.response_type, ResponseType::BatchItemFailures, |_| String::new())
            })?;
            change.before = None;
            "[ReportBatchItemFailures]".clone_into(&mut change.after);
            Some(change)
        }
        Edit::SingleMessages { mapping } => set_mapping(topology, models, mapping, "BatchSize", |mapping| {
            replace(&mut mapping.batch_size, 1, u64::to_string)
        }),
        Edit::Enable { mapping } => set_mapping(topology, models, mapping, "Enabled", |mapping| {
            replace(&mut mapping.enabled, true, bool::to_string)
        }),
        Edit::LimitConcurrency { mapping, most } => {
            set_mapping(topology, models, mapping, "ScalingConfig.MaximumConcurrency", |mapping| {
                replace_option(&mut mapping.maximum_concurrency, Some(*most))
            })
        }
        Edit::Reserve { function, places } => set_function(topology, function, |function| {
            replace_option(&mut function.reserved_concurrency, Some(*places))
        }),
        Edit::Unreserve { function } => set_function(topology, function, |function| {
            replace_option(&mut function.reserved_concurrency, None)
        }),
    }
}

/// What a replaced setting was, how the new one is written, and the line of the old one.
pub(super) type Replaced = (Option<String>, String, Option<u32>);

pub(super) fn replace<T>(setting: &mut Setting<T>, value: T, write: impl Fn(&T) -> String) -> Replaced {
    let line = setting.place().map(|place| place.line);
    let before = line.map(|_| write(&setting.value));
    let after = write(&value);
    *setting = Setting::known(value, Origin::CommandLine);
    (before, after, line)
}

fn replace_option(setting: &mut Option<Setting<u64>>, value: Option<u64>) -> Replaced {
    let line = setting.as_ref().and_then(|setting| setting.place().map(|place| place.line));
    let before = setting.as_ref().map(|setting| setting.value.to_string());
    let after = value.map_or_else(String::new, |value| value.to_string());
    *setting = value.map(|value| Setting::known(value, Origin::CommandLine));
    (before, after, line)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "it is handed on as a function of references")]
fn seconds(length: &Duration) -> String {
    length.as_secs().to_string()
}

pub(super) fn change(
    name: &str,
    property: &str,
    place: Option<&Place>,
    (before, after, line): Replaced,
) -> Change {
    Change {
        resource: name.to_owned(),
        property: property.to_owned(),
        before,
        after,
        line: line.or_else(|| place.map(|place| place.line)),
    }
}

fn set_queue(
    topology: &mut Topology,
    name: &str,
    property: &str,
    set: impl FnOnce(&mut Queue) -> Option<Replaced>,
) -> Option<Change> {
    let resource = resource(topology, EntityKind::Queue, name)?;
    let place = resource.place.clone();
    let ResourceDetail::Queue(queue) = &mut resource.detail else { return None };
    Some(change(name, property, place.as_ref(), set(queue)?))
}

fn set_function(
    topology: &mut Topology,
    name: &str,
    set: impl FnOnce(&mut Function) -> Replaced,
) -> Option<Change> {
    let (function, place) = function_mut(topology, name)?;
    Some(change(name, "ReservedConcurrentExecutions", place.as_ref(), set(function)))
}

/// A function of Lambda's, and where it is declared.
pub(super) fn function_mut<'t>(
    topology: &'t mut Topology,
    name: &str,
) -> Option<(&'t mut Function, Option<Place>)> {
    let resource = resource(topology, EntityKind::Function, name)?;
    let place = resource.place.clone();
    match &mut resource.detail {
        ResourceDetail::Function(function) if function.runs == Runs::Code => Some((function, place)),
        ResourceDetail::Function(_)
        | ResourceDetail::Queue(_)
        | ResourceDetail::Channel(_)
        | ResourceDetail::Stream(_)
        | ResourceDetail::Other => None,
    }
}

fn set_mapping(
    topology: &mut Topology,
    models: &Models,
    name: &str,
    property: &str,
    set: impl FnOnce(&mut QueueMapping) -> Replaced,
) -> Option<Change> {
    let written = Written::of(topology, models, name, property)?;
    topology
        .links
        .iter_mut()
        .find_map(|link| match &mut link.detail {
            LinkDetail::QueuePolling(mapping) if mapping.name.as_str() == name => {
                Some((mapping, &link.place))
            }
            LinkDetail::QueuePolling(_)
            | LinkDetail::Delivers(_)
            | LinkDetail::Sends(_)
            | LinkDetail::StreamPolling(_)
            | LinkDetail::Unmodelled => None,
        })
        .map(|(mapping, place)| written.change(place.as_ref(), set(mapping)))
}

/// Whether mappings of this source have such a setting, as far as the rules on it say.
fn takes(models: &Models, link: &Link, property: &str) -> bool {
    let LinkDetail::StreamPolling(mapping) = &link.detail else { return true };
    let Some(kind) = StreamKind::of_source(&link.source) else { return true };
    let provisioned = kind.provisioned_only().filter(|_| mapping.provisioned.is_none());
    let mut refusing = kind.refusing().iter().copied().chain(provisioned);
    !refusing.any(|rule| models.texts(rule, "settings").is_ok_and(|listed| listed.contains(&property)))
}

/// Where a setting of a mapping is written: in the mapping, or in the words of the pipe that polls in its place.
pub(super) struct Written {
    resource: String,
    property: String,
    /// What its value is written as, where a pipe has a word of its own for it.
    value: Option<&'static str>,
}

impl Written {
    /// `None` where there is no such mapping, or where AWS refuses such a setting of it, or its pipe has none.
    pub(super) fn of(topology: &Topology, models: &Models, mapping: &str, property: &str) -> Option<Self> {
        let is_meant = |link: &&Link| match &link.detail {
            LinkDetail::QueuePolling(own) => own.name.as_str() == mapping,
            LinkDetail::StreamPolling(own) => own.name.as_str() == mapping,
            LinkDetail::Delivers(_) | LinkDetail::Sends(_) | LinkDetail::Unmodelled => false,
        };
        let link = topology.links.iter().find(is_meant)?;
        if !takes(models, link, property) {
            return None;
        }
        if matches!(link.from, LinkEnd::Resource(from) if topology.generated.contains(&from)) {
            // The mapping of a queue that SAM makes has no place of its own for settings.
            return None;
        }
        let Some(pipe) = link.pipe() else {
            return Some(Self { resource: mapping.to_owned(), property: property.to_owned(), value: None });
        };
        let parameters = match link.source.as_str() {
            "sqs" => "SqsQueueParameters",
            "kinesis" => "KinesisStreamParameters",
            "dynamodb_streams" => "DynamoDBStreamParameters",
            "msk" => "ManagedStreamingKafkaParameters",
            _ => "SelfManagedKafkaParameters",
        };
        let (own, value) = match property {
            "Enabled" => ("DesiredState".to_owned(), Some("RUNNING")),
            "FunctionResponseTypes" | "ScalingConfig.MaximumConcurrency" | "TumblingWindowInSeconds" => {
                return None;
            }
            "BisectBatchOnFunctionError" => {
                (format!("SourceParameters.{parameters}.OnPartialBatchItemFailure"), Some("AUTOMATIC_BISECT"))
            }
            "DestinationConfig" => (format!("SourceParameters.{parameters}.DeadLetterConfig"), None),
            other => (format!("SourceParameters.{parameters}.{other}"), None),
        };
        Some(Self { resource: topology.resource(pipe).name.to_string(), property: own, value })
    }

    /// A part of it.
    pub(super) fn within(mut self, part: &str) -> Self {
        self.property = format!("{}.{part}", self.property);
        self
    }

    pub(super) fn change(&self, place: Option<&Place>, (before, after, line): Replaced) -> Change {
        let (before, after) = match self.value {
            Some(value) => (None, value.to_owned()),
            None => (before, after),
        };
        change(&self.resource, &self.property, place, (before, after, line))
    }
}

fn resource<'t>(topology: &'t mut Topology, kind: EntityKind, name: &str) -> Option<&'t mut Resource> {
    topology
        .resources
        .iter_mut()
        .find(|resource| resource.name.kind() == kind && resource.name.as_str() == name)
}

fn longest_retention(models: &Models) -> Option<Duration> {
    match models.setting("AWS::SQS::Queue.MessageRetentionPeriod")?.range.as_ref()?.1 {
        RuleValue::Duration(longest) => Some(longest),
        RuleValue::Count(_)
        | RuleValue::Ratio(_)
        | RuleValue::Bytes(_)
        | RuleValue::Text(_)
        | RuleValue::Flag(_)
        | RuleValue::Money(_)
        | RuleValue::List(_) => None,
    }
}

/// A copy of the queue without its redrive policy, as the target of a new one.
fn add_dead_letter_queue(
    topology: &mut Topology,
    name: &str,
    receives: u64,
    models: &Models,
) -> Option<Vec<Change>> {
    let longest = longest_retention(models)?;
    let target = ResourceId(topology.resources.len() as u32);
    let source = resource(topology, EntityKind::Queue, name)?;
    let place = source.place.clone();
    let ResourceDetail::Queue(queue) = &mut source.detail else { return None };
    let given = |length| Setting::known(length, Origin::CommandLine);
    let dead_letters = Queue {
        kind: queue.kind,
        visibility_timeout: given(queue.visibility_timeout.value),
        message_retention: given(longest),
        delay: given(Duration::ZERO),
        maximum_message_size: Setting::known(Bytes(queue.maximum_message_size.value.0), Origin::CommandLine),
        receive_wait: given(Duration::ZERO),
        redrive: None,
        redrive_allow: RedriveAllow::All,
        fifo: FifoSettings { queue_name: None, foreign: Vec::new(), ..queue.fifo.clone() },
    };
    let flag = match queue.kind {
        QueueKind::Standard => "",
        QueueKind::Fifo => "\n  FifoQueue: true",
    };
    queue.redrive = Some(Redrive {
        max_receive_count: Setting::known(receives, Origin::CommandLine),
        target: RedriveTarget::Queue(target),
        place: None,
    });
    let new = format!("{name}DeadLetters");
    let type_name = source.type_name.clone();
    topology.resources.push(Resource {
        name: EntityName::new(EntityKind::Queue, &new),
        logical_id: new.clone(),
        type_name,
        place: None,
        detail: ResourceDetail::Queue(dead_letters),
    });
    let policy = format!("\n  deadLetterTargetArn: !GetAtt {new}.Arn\n  maxReceiveCount: {receives}");
    let declaration =
        format!("AWS::SQS::Queue\nProperties:{flag}\n  MessageRetentionPeriod: {}", longest.as_secs());
    Some(vec![
        change(name, "RedrivePolicy", place.as_ref(), (None, policy, None)),
        change(&new, "Type", None, (None, declaration, None)),
    ])
}

/// A queue that keeps what it gets as long as SQS can, as the target of what a function gives up.
fn catch_failures(topology: &mut Topology, name: &str, models: &Models) -> Option<Vec<Change>> {
    let target = ResourceId(topology.resources.len() as u32);
    let new = format!("{name}DeadLetters");
    let (queue, declaration) = keeping_queue(&new, models)?;
    let holder = topology.find(name)?;
    let (function, place) = function_mut(topology, name)?;
    function.dead_letter = Some(Exit {
        target: LinkEnd::Resource(target),
        qualifier: None,
        permitted: Permitted::Granted,
        place: None,
    });
    let (property, kind, writes) = match function.words {
        Words::CloudFormation => ("DeadLetterConfig", "", Writes::Template),
        Words::Sam => ("DeadLetterQueue", "\n  Type: SQS", Writes::Sam),
    };
    topology.resources.push(queue);
    let exit = (None, format!("{kind}\n  TargetArn: !GetAtt {new}.Arn"), None);
    let mut changes = vec![
        change(name, property, place.as_ref(), exit),
        change(&new, "Type", None, (None, declaration, None)),
    ];
    changes.extend(may_send(topology, holder, &new, writes));
    Some(changes)
}

/// A new queue that keeps what it gets as long as SQS can, and how it is declared.
pub(super) fn keeping_queue(name: &str, models: &Models) -> Option<(Resource, String)> {
    let longest = longest_retention(models)?;
    let default = |property: &str| models.setting(&format!("{QUEUE}.{property}"))?.default.clone();
    let length = |property: &str| default(property)?.as_duration();
    let given = |length| Setting::known(length, Origin::CommandLine);
    let queue = Queue {
        kind: QueueKind::Standard,
        visibility_timeout: given(length("VisibilityTimeout")?),
        message_retention: given(longest),
        delay: given(Duration::ZERO),
        maximum_message_size: Setting::known(default("MaximumMessageSize")?.as_bytes()?, Origin::CommandLine),
        receive_wait: given(Duration::ZERO),
        redrive: None,
        redrive_allow: RedriveAllow::All,
        fifo: FifoSettings::none(),
    };
    let resource = Resource {
        name: EntityName::new(EntityKind::Queue, name),
        logical_id: name.to_owned(),
        type_name: QUEUE.to_owned(),
        place: None,
        detail: ResourceDetail::Queue(queue),
    };
    let declaration = format!("{QUEUE}\nProperties:\n  MessageRetentionPeriod: {}", longest.as_secs());
    Some((resource, declaration))
}

/// The type of the queues that repairs add.
const QUEUE: &str = "AWS::SQS::Queue";

//! Changes of what is not there, or cannot be changed.

use crate::models::{Models, RuleValue, SettingModel, Unit};
use crate::scenario::check::{deletion, names::Names, problem, replay::replay};
use crate::scenario::{Change, Handling, Scenario, matches};
use crate::topology::{Link, LinkDetail, RedriveTarget, ResourceDetail, ResourceId, Topology};
use crate::vocabulary::{Bytes, Diagnostic, Duration, Place, did_you_mean};

/// The type whose settings an event source mapping has.
const MAPPING: &str = "AWS::Lambda::EventSourceMapping";

/// The type that says how long a received message may stay hidden.
const QUEUE: &str = "AWS::SQS::Queue";
const MICROS_PER_SECOND: u64 = 1_000_000;

/// Checks every change; names of resources have been checked.
pub(super) fn check(
    scenario: &Scenario,
    topology: &Topology,
    models: &Models,
    names: &Names<'_>,
    problems: &mut Vec<Diagnostic>,
) {
    for planned in &scenario.changes {
        let place = planned.place.as_ref();
        let found = match &planned.change {
            Change::Set { resource, property, value } => {
                type_of(resource, topology, names).and_then(|kind| {
                    let of_stream = names.readers.contains(&resource.as_str());
                    let of = if of_stream { STREAM } else { OTHERS };
                    setting((models, of), kind, property, value, place)
                })
            }
            Change::Disable { source, function } | Change::Enable { source, function } => {
                let is_pushed = names.deliveries.contains(&format!("{source}->{function}"));
                if is_pushed {
                    no_switch((source, function), (scenario, topology), place)
                } else {
                    no_mapping(source, function, names, place)
                }
            }
            Change::Create { source, function } => no_reader(source, function, names, place),
            Change::Delete { name } => deletion::not_deletable(name, (topology, models), names, place),
            Change::DeleteMapping { source, function } | Change::Revoke { function, from: source } => {
                no_mapping(source, function, names, place)
            }
            Change::RevokePushing { source, target } => no_delivery((source, target), topology, names, place),
            Change::RevokeSending { function, to } => no_send((function, to), scenario, topology, place),
            Change::Replay(one) => {
                problems.extend(replay(one, planned.at, topology, place));
                None
            }
            Change::Redrive { queue, .. } => no_dead_letter_queue(queue, topology, names, place),
            Change::Peek { visibility: Some(length), .. } => {
                let seconds = length.as_micros().div_ceil(MICROS_PER_SECOND).to_string();
                setting((models, OTHERS), QUEUE, "VisibilityTimeout", &seconds, place)
            }
            Change::Redeploy { .. } | Change::Peek { visibility: None, .. } => None,
        };
        problems.extend(found);
    }
    deletion::check(&scenario.changes, problems);
}

/// What calls by itself has no switch: a task of a state machine, or a client.
fn no_switch(
    (source, target): (&str, &str),
    (scenario, topology): (&Scenario, &Topology),
    place: Option<&Place>,
) -> Option<Diagnostic> {
    let is_meant =
        |link: &&Link| topology.end_name(&link.from) == source && topology.end_name(&link.to) == target;
    let link = topology.links.iter().find(is_meant)?;
    let is_client = scenario.callers.iter().any(|caller| caller.name == source && caller.calls.is_some());
    if topology.machine(&link.from).is_none() && !is_client {
        return None;
    }
    let message = format!("nothing switches off that {source} calls {target}: it does so by itself");
    let help = format!("take the right to do so away: `revoke = \"{source}->{target}\"`");
    Some(problem("scenario-no-switch", place, message, help))
}

fn type_of<'t>(resource: &str, topology: &'t Topology, names: &Names<'_>) -> Option<&'t str> {
    if names.all_mappings().contains(&resource) {
        return Some(MAPPING);
    }
    let known = topology.resources.iter().find(|other| other.name.as_str() == resource)?;
    match &known.detail {
        ResourceDetail::Queue(_) | ResourceDetail::Function(_) => Some(&known.type_name),
        ResourceDetail::Channel(_) | ResourceDetail::Stream(_) | ResourceDetail::Other => None,
    }
}

/// What a run can change in flight.
const CHANGEABLE: [&str; 11] = [
    "AWS::SQS::Queue.VisibilityTimeout",
    "AWS::SQS::Queue.MessageRetentionPeriod",
    "AWS::SQS::Queue.DelaySeconds",
    "AWS::SQS::Queue.RedrivePolicy.maxReceiveCount",
    "AWS::Lambda::Function.Timeout",
    "AWS::Lambda::Function.ReservedConcurrentExecutions",
    "AWS::Lambda::EventSourceMapping.Enabled",
    "AWS::Lambda::EventSourceMapping.BatchSize",
    "AWS::Lambda::EventSourceMapping.MaximumBatchingWindowInSeconds",
    "AWS::Lambda::EventSourceMapping.ScalingConfig.MaximumConcurrency",
    "AWS::Lambda::EventSourceMapping.FunctionResponseTypes",
];

/// What of a mapping on a stream a run can change in flight.
const CHANGEABLE_OF_STREAMS: [&str; 7] = [
    "AWS::Lambda::EventSourceMapping.Enabled",
    "AWS::Lambda::EventSourceMapping.BatchSize",
    "AWS::Lambda::EventSourceMapping.MaximumBatchingWindowInSeconds",
    "AWS::Lambda::EventSourceMapping.MaximumRetryAttempts",
    "AWS::Lambda::EventSourceMapping.MaximumRecordAgeInSeconds",
    "AWS::Lambda::EventSourceMapping.BisectBatchOnFunctionError",
    "AWS::Lambda::EventSourceMapping.FunctionResponseTypes",
];

/// Whose settings are meant: the model that describes them where several have the same names, and what can be changed.
type Settings = (Option<&'static str>, &'static [&'static str]);

const STREAM: Settings = (Some("stream_poll"), &CHANGEABLE_OF_STREAMS);
const OTHERS: Settings = (None, &CHANGEABLE);

/// What is wrong with a new value of a property.
fn setting(
    (models, (model, changeable)): (&Models, Settings),
    kind: &str,
    property: &str,
    value: &str,
    place: Option<&Place>,
) -> Option<Diagnostic> {
    let kind = kind.replace("AWS::Serverless::Function", "AWS::Lambda::Function");
    let prefix = format!("{kind}.");
    let known: Vec<&str> = changeable.iter().filter_map(|name| name.strip_prefix(&prefix)).collect();
    let name = format!("{prefix}{property}");
    let found = model.map_or_else(|| models.setting(&name), |model| models.setting_in(model, &name));
    let Some(setting) = found.filter(|_| known.contains(&property)) else {
        let message = format!("`{property}` of {kind} cannot be changed in flight");
        return Some(problem("scenario-property", place, message, did_you_mean(property, &known)));
    };
    let refused = |help: String| {
        let message = format!("`{property}` cannot become `{value}`");
        Some(problem("scenario-setting-value", place, message, help))
    };
    match (setting.unit, read_value(setting, value), &setting.range) {
        // Without end, where that is what leaving it out means.
        _ if value == "-1" && model.is_some() && setting.default.is_none() => None,
        (Unit::Flag, _, _) if matches!(value, "true" | "false") => None,
        (Unit::Flag, _, _) => refused("write `true` or `false`".to_owned()),
        (Unit::Word, _, _)
            if value == "[]" || setting.allowed.iter().any(|word| value.contains(word.as_str())) =>
        {
            None
        }
        (Unit::Word, _, _) => refused(format!("write [{}] or []", setting.allowed.join(", "))),
        (_, Some(value), Some((low, high))) if value.within(low, high) == Some(true) => None,
        (_, _, Some((low, high))) => refused(format!("AWS takes {low} to {high}")),
        (_, Some(_), None) => None,
        (_, None, None) => refused("write a whole number".to_owned()),
    }
}

/// A number as a template has it.
fn read_value(setting: &SettingModel, value: &str) -> Option<RuleValue> {
    let number: u64 = value.trim().parse().ok()?;
    match setting.unit {
        Unit::Milliseconds => Some(RuleValue::Duration(Duration::from_millis(number))),
        Unit::Seconds => Some(RuleValue::Duration(Duration::from_secs(number))),
        Unit::Minutes => {
            Some(RuleValue::Duration(Duration::from_secs(number.checked_mul(SECONDS_PER_MINUTE)?)))
        }
        Unit::Hours => Some(RuleValue::Duration(Duration::from_secs(number.checked_mul(SECONDS_PER_HOUR)?))),
        Unit::Bytes => Some(RuleValue::Bytes(Bytes(number))),
        Unit::Mebibytes => number.checked_mul(BYTES_PER_MEBIBYTE).map(|bytes| RuleValue::Bytes(Bytes(bytes))),
        Unit::Count => Some(RuleValue::Count(number)),
        Unit::Word | Unit::Flag => None,
    }
}

const BYTES_PER_MEBIBYTE: u64 = 1 << 20;
const SECONDS_PER_MINUTE: u64 = 60;
const SECONDS_PER_HOUR: u64 = 60 * SECONDS_PER_MINUTE;

fn no_mapping(source: &str, function: &str, names: &Names<'_>, place: Option<&Place>) -> Option<Diagnostic> {
    let name = format!("{source}->{function}");
    let is_source = names.queues.contains(&source) || names.streams().contains(&source);
    let are_known = is_source && names.functions.contains(&function);
    let mappings = names.all_mappings();
    if !are_known || mappings.contains(&name.as_str()) {
        return None;
    }
    let message = format!("there is no event source mapping `{name}`");
    Some(problem("scenario-no-mapping", place, message, did_you_mean(&name, &mappings)))
}

/// Only what reads a stream misses anything by being made late: a queue keeps what nobody receives.
fn no_reader(source: &str, function: &str, names: &Names<'_>, place: Option<&Place>) -> Option<Diagnostic> {
    let name = format!("{source}->{function}");
    if names.readers.contains(&name.as_str()) {
        return None;
    }
    let message =
        format!("there is no event source mapping `{name}` on a stream that could be made in a run");
    Some(problem("scenario-no-mapping", place, message, did_you_mean(&name, &names.readers)))
}

fn no_delivery(
    (source, target): (&str, &str),
    topology: &Topology,
    names: &Names<'_>,
    place: Option<&Place>,
) -> Option<Diagnostic> {
    let name = format!("{source}->{target}");
    if !names.deliveries.contains(&name) {
        let known: Vec<&str> = names.deliveries.iter().map(String::as_str).collect();
        let message = format!("nothing is pushed over `{name}`");
        return Some(problem("scenario-no-delivery", place, message, did_you_mean(&name, &known)));
    }
    let is_meant =
        |link: &&Link| topology.end_name(&link.from) == source && topology.end_name(&link.to) == target;
    let mut meant = topology.links.iter().filter(is_meant).peekable();
    if meant.peek().is_none() || !meant.all(|link| topology.is_inner(link)) {
        return None;
    }
    let message =
        format!("`{name}` needs no permission that could be revoked: {target} is a rule of {source}");
    let help = format!("revoke what the rule calls: `{target}->` and its target; or `disable` the rule");
    Some(problem("scenario-no-permission", place, message, help))
}

/// A permission can only be missed where something is sent: by evidence, or because the scenario says so.
fn no_send(
    (function, to): (&str, &str),
    scenario: &Scenario,
    topology: &Topology,
    place: Option<&Place>,
) -> Option<Diagnostic> {
    let shown = topology.links.iter().any(|link| {
        matches!(link.detail, LinkDetail::Sends(_))
            && topology.end_name(&link.from) == function
            && topology.end_name(&link.to) == to
    });
    let assumed = scenario.sends.iter().any(|one| matches(&one.function, function) && one.to == to);
    let emits = |handling: &Handling| handling.emits.iter().any(|one| one.to == to);
    let stated = scenario.handlers.iter().any(|one| matches(&one.function, function) && emits(one));
    if shown || leaves(function, to, topology) || assumed || stated {
        return None;
    }
    let message = format!("nothing shows that `{function}` sends to `{to}`");
    let help = format!("say so: `--assume '{function} sends {to}'`, or an `emits` of its handler");
    Some(problem("scenario-no-send", place, message, help))
}

/// Whether Lambda sends there what a function could not do, or did.
fn leaves(function: &str, to: &str, topology: &Topology) -> bool {
    let own = topology.resources.iter().filter(|resource| resource.name.as_str() == function);
    let functions = own.filter_map(|resource| match &resource.detail {
        ResourceDetail::Function(function) => Some(function),
        ResourceDetail::Queue(_)
        | ResourceDetail::Channel(_)
        | ResourceDetail::Stream(_)
        | ResourceDetail::Other => None,
    });
    let exits = functions.flat_map(|function| {
        let configs = function.invoke_configs.iter().chain([&function.invoke_default]);
        let destinations = configs.flat_map(|config| config.on_success.iter().chain(&config.on_failure));
        destinations.chain(&function.dead_letter)
    });
    exits.into_iter().any(|exit| topology.end_name(&exit.target) == to)
}

fn no_dead_letter_queue(
    queue: &str,
    topology: &Topology,
    names: &Names<'_>,
    place: Option<&Place>,
) -> Option<Diagnostic> {
    if !names.queues.contains(&queue) {
        return None;
    }
    let targets: Vec<ResourceId> =
        topology.resources.iter().filter_map(|resource| target(&resource.detail)).collect();
    let targets: Vec<&str> = targets.iter().map(|id| topology.resource(*id).name.as_str()).collect();
    if targets.contains(&queue) {
        return None;
    }
    let message = format!("`{queue}` is no dead-letter queue: no RedrivePolicy names it");
    Some(problem("scenario-no-dead-letter-queue", place, message, did_you_mean(queue, &targets)))
}

fn target(detail: &ResourceDetail) -> Option<ResourceId> {
    let ResourceDetail::Queue(queue) = detail else { return None };
    match &queue.redrive.as_ref()?.target {
        RedriveTarget::Queue(target) => Some(*target),
        RedriveTarget::Outside(_) | RedriveTarget::Missing(_) => None,
    }
}

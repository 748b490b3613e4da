//! Changes of what is not there, or cannot be changed.

use crate::models::{Models, RuleValue, SettingModel, Unit};
use crate::scenario::check::{doubt, names::Names, problem};
use crate::scenario::{Change, Scenario, matches};
use crate::topology::{LinkDetail, RedriveTarget, ResourceDetail, ResourceId, Topology};
use crate::vocabulary::{Bytes, Diagnostic, Duration, Place, did_you_mean};

/// The type whose settings an event source mapping has.
const MAPPING: &str = "AWS::Lambda::EventSourceMapping";

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
            Change::Set { resource, property, value } => type_of(resource, topology, names)
                .and_then(|kind| setting(models, kind, property, value, place)),
            Change::Disable { source, function } | Change::Enable { source, function } => {
                no_mapping(source, function, names, place)
            }
            Change::Redrive { queue, .. } => no_dead_letter_queue(queue, topology, names, place),
            Change::Revoke { function, from } => {
                does_not_send(function, from, scenario, topology, names, place)
            }
            Change::Redeploy { .. } | Change::Peek { .. } => None,
        };
        problems.extend(found);
    }
}

fn type_of<'t>(resource: &str, topology: &'t Topology, names: &Names<'_>) -> Option<&'t str> {
    if names.mappings.contains(&resource) {
        return Some(MAPPING);
    }
    let known = topology.resources.iter().find(|other| other.name.as_str() == resource)?;
    match &known.detail {
        ResourceDetail::Queue(_) | ResourceDetail::Function(_) => Some(&known.type_name),
        ResourceDetail::Other => None,
    }
}

/// What is wrong with a new value of a property.
fn setting(
    models: &Models,
    kind: &str,
    property: &str,
    value: &str,
    place: Option<&Place>,
) -> Option<Diagnostic> {
    let kind = kind.replace("AWS::Serverless::Function", "AWS::Lambda::Function");
    let prefix = format!("{kind}.");
    let Some(setting) = models.setting(&format!("{prefix}{property}")) else {
        let known: Vec<&str> =
            models.settings().filter_map(|setting| setting.property.strip_prefix(&prefix)).collect();
        let message = format!("`{property}` of {kind} cannot be changed in flight");
        return Some(problem("scenario-property", place, message, did_you_mean(property, &known)));
    };
    let (low, high) = setting.range.as_ref()?;
    let is_within = read_value(setting, value).and_then(|value| value.within(low, high)).unwrap_or(false);
    (!is_within).then(|| {
        let message = format!("`{property}` cannot become `{value}`");
        problem("scenario-setting-value", place, message, format!("AWS takes {low} to {high}"))
    })
}

/// A value as a template has it.
fn read_value(setting: &SettingModel, value: &str) -> Option<RuleValue> {
    let number: Option<u64> = value.trim().parse().ok();
    Some(match setting.unit {
        Unit::Seconds => RuleValue::Duration(Duration::from_secs(number?)),
        Unit::Bytes => RuleValue::Bytes(Bytes(number?)),
        Unit::Mebibytes => RuleValue::Bytes(Bytes(number?.checked_mul(BYTES_PER_MEBIBYTE)?)),
        Unit::Count => RuleValue::Count(number?),
        Unit::Word | Unit::Flag => return None,
    })
}

const BYTES_PER_MEBIBYTE: u64 = 1 << 20;

fn no_mapping(source: &str, function: &str, names: &Names<'_>, place: Option<&Place>) -> Option<Diagnostic> {
    let name = format!("{source}->{function}");
    let are_known = names.queues.contains(&source) && names.functions.contains(&function);
    if !are_known || names.mappings.contains(&name.as_str()) {
        return None;
    }
    let message = format!("there is no event source mapping `{name}`");
    Some(problem("scenario-no-mapping", place, message, did_you_mean(&name, &names.mappings)))
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

fn does_not_send(
    function: &str,
    from: &str,
    scenario: &Scenario,
    topology: &Topology,
    names: &Names<'_>,
    place: Option<&Place>,
) -> Option<Diagnostic> {
    if !names.functions.contains(&function) {
        return None;
    }
    let is_link = topology.links.iter().any(|link| {
        matches!(link.detail, LinkDetail::Sends(_))
            && topology.end_name(&link.from) == function
            && topology.end_name(&link.to) == from
    });
    let is_assumed = scenario.sends.iter().any(|one| matches(&one.function, function) && one.to == from);
    let emits = scenario.handlers.iter().filter(|handling| matches(&handling.function, function));
    let is_emitted = emits.flat_map(|handling| &handling.emits).any(|emission| emission.to == from);
    if is_link || is_assumed || is_emitted {
        return None;
    }
    let message = format!("nothing shows that {function} sends to {from}: the change does nothing");
    Some(doubt(
        "scenario-no-effect",
        place,
        message,
        format!("if it does, say so: `assume = [\"{function} sends {from}\"]`"),
    ))
}

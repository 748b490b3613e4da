//! Edits of what pushes: how long a source tries, where what it gives up goes, and how long Lambda keeps an event.

use crate::explore::Change;
use crate::explore::edit::{Replaced, change, function_mut, keeping_queue, replace};
use crate::explore::edit_right::{Writes, may_send};
use crate::models::{Models, RuleValue};
use crate::topology::{
    Delivery, Exit, Link, LinkDetail, LinkEnd, Permitted, ResourceDetail, ResourceId, Setting, Topology,
    Words,
};
use crate::vocabulary::Duration;

/// The property of a source that says how often and how long it tries, and the names in it.
const POLICIES: [(&str, &str, &str, &str); 4] = [
    ("eventbridge", "AWS::Events::Rule.Targets", "MaximumRetryAttempts", "MaximumEventAgeInSeconds"),
    ("schedule", "AWS::Events::Rule.Targets", "MaximumRetryAttempts", "MaximumEventAgeInSeconds"),
    ("scheduler", "AWS::Scheduler::Schedule.Target", "MaximumRetryAttempts", "MaximumEventAgeInSeconds"),
    ("event_bus_custom", "AWS::EventsV2::Subscriber", "MaxRetryAttempts", "MaxEventAgeInSeconds"),
];
/// Topics, to web addresses.
const WEB: &str = "sns_http";
/// How long Lambda keeps an event for a function.
const EVENT_AGE: &str = "AWS::Lambda::EventInvokeConfig.MaximumEventAgeInSeconds";

/// A source tries as often and for as long as it does where nothing is set; `None` where it does already.
pub(super) fn try_longer(topology: &mut Topology, name: &str, models: &Models) -> Option<Vec<Change>> {
    let (link, from) = delivering(topology, name)?;
    let (_, property, attempts, age) = *POLICIES.iter().find(|(source, ..)| link.source == *source)?;
    let place = link.place.clone();
    let default = |name: &str| models.setting(&format!("{property}.RetryPolicy.{name}"))?.default.clone();
    let (most, longest) = (default(attempts)?, default(age)?.as_duration()?);
    let RuleValue::Count(most) = most else { return None };
    let LinkDetail::Delivers(delivery) = &mut link.detail else { return None };
    let mut changes = Vec::new();
    let mut told = |name: &str, replaced: Option<Replaced>| {
        let named = format!("RetryPolicy.{name}");
        changes.extend(replaced.map(|replaced| change(&from, &named, place.as_ref(), replaced)));
    };
    told(attempts, raised(&mut delivery.attempts, most, u64::to_string));
    told(age, raised(&mut delivery.age, longest, |length| length.as_secs().to_string()));
    (!changes.is_empty()).then_some(changes)
}

/// A setting with a higher value; `None` where it is as high.
fn raised<T: Ord>(
    setting: &mut Option<Setting<T>>,
    value: T,
    write: impl Fn(&T) -> String,
) -> Option<Replaced> {
    let setting = setting.as_mut().filter(|setting| setting.value < value)?;
    Some(replace(setting, value, write))
}

/// The link of this name, and what its source is called.
fn delivering<'t>(topology: &'t mut Topology, name: &str) -> Option<(&'t mut Link, String)> {
    let named = |link: &Link| matches!(&link.detail, LinkDetail::Delivers(one) if one.name.as_str() == name);
    let from = topology.links.iter().find(|link| named(link)).map(|link| topology.end_name(&link.from))?;
    let from = from.to_owned();
    topology.links.iter_mut().find(|link| named(link)).map(|link| (link, from))
}

/// A new queue for what a rule or schedule gives up.
pub(super) fn catch_undelivered(topology: &mut Topology, name: &str, models: &Models) -> Option<Vec<Change>> {
    let target = ResourceId(topology.resources.len() as u32);
    let (link, from_name) = delivering(topology, name)?;
    let (LinkEnd::Resource(from), place, source) =
        (link.from.clone(), link.place.clone(), link.source.clone())
    else {
        return None;
    };
    if source == WEB {
        return catch_unposted(topology, name, models);
    }
    if !matches!(source.as_str(), "eventbridge" | "schedule" | "scheduler") {
        return None;
    }
    let LinkDetail::Delivers(delivery @ Delivery { dead_letter: None, .. }) = &mut link.detail else {
        return None;
    };
    delivery.dead_letter = Some(to(target));
    let id = short(&topology.resource(from).logical_id).to_owned();
    if topology.generated.contains(&from) {
        // SAM makes the queue, and the policy or the right that it takes.
        let (mut queue, _) = keeping_queue(&format!("{id}Queue"), models)?;
        let ResourceDetail::Queue(settings) = &mut queue.detail else { return None };
        let default = models.setting("AWS::SQS::Queue.MessageRetentionPeriod")?.default.clone();
        settings.message_retention.value = default?.as_duration()?;
        topology.resources.push(queue);
        let replaced = (None, "\n  Type: SQS".to_owned(), None);
        return Some(vec![change(&from_name, "DeadLetterConfig", place.as_ref(), replaced)]);
    }
    let new = format!("{id}Undelivered");
    let (queue, declaration) = keeping_queue(&new, models)?;
    topology.resources.push(queue);
    let property = if source == "scheduler" { "Target.DeadLetterConfig" } else { "DeadLetterConfig" };
    let right = if source == "scheduler" {
        may_send(topology, from, &new, Writes::Template)
    } else {
        Some(lets_in(&new, ("events", &format!("!GetAtt {id}.Arn"))))
    };
    let exit = (None, format!("\n  Arn: !GetAtt {new}.Arn"), None);
    let mut changes = vec![
        change(&from_name, property, place.as_ref(), exit),
        change(&new, "Type", None, (None, declaration, None)),
    ];
    changes.extend(right);
    Some(changes)
}

/// A new queue for what a subscription of a web address cannot deliver; one that stands within its topic has no place for
/// it.
fn catch_unposted(topology: &mut Topology, name: &str, models: &Models) -> Option<Vec<Change>> {
    let target = ResourceId(topology.resources.len() as u32);
    let (link, from) = delivering(topology, name)?;
    let LinkEnd::Resource(subscription) = link.to else { return None };
    let LinkDetail::Delivers(delivery @ Delivery { dead_letter: None, .. }) = &mut link.detail else {
        return None;
    };
    delivery.dead_letter = Some(to(target));
    if topology.generated.contains(&subscription) {
        return None;
    }
    let topic = topology.find(&from).map(|id| short(&topology.resource(id).logical_id).to_owned())?;
    let resource = topology.resource(subscription);
    let (owner, place) = (resource.name.to_string(), resource.place.clone());
    let new = format!("{}Undelivered", short(&resource.logical_id));
    let (queue, declaration) = keeping_queue(&new, models)?;
    topology.resources.push(queue);
    let exit = (None, format!("\n  deadLetterTargetArn: !GetAtt {new}.Arn"), None);
    Some(vec![
        change(&owner, "RedrivePolicy", place.as_ref(), exit),
        change(&new, "Type", None, (None, declaration, None)),
        lets_in(&new, ("sns", &format!("!Ref {topic}"))),
    ])
}

/// The policy that lets what has this ARN, of this service, send to a new queue.
fn lets_in(queue: &str, (service, arn): (&str, &str)) -> Change {
    let declaration = format!(
        "AWS::SQS::QueuePolicy\nProperties:\n  Queues: [!Ref {queue}]\n  PolicyDocument:\n    Version: 2012-10-17\n    \
         Statement:\n      - Effect: Allow\n        Principal: {{Service: {service}.amazonaws.com}}\n        Action: \
         sqs:SendMessage\n        Resource: !GetAtt {queue}.Arn\n        Condition: {{ArnEquals: {{aws:SourceArn: {arn}}}}}"
    );
    change(&format!("{queue}Policy"), "Type", None, (None, declaration, None))
}

/// Lambda keeps the events of a function for as long as it can.
pub(super) fn keep_events(topology: &mut Topology, name: &str, models: &Models) -> Option<Vec<Change>> {
    let (_, RuleValue::Duration(longest)) = models.setting(EVENT_AGE)?.range.as_ref()? else { return None };
    let (function, place) = function_mut(topology, name)?;
    let property = match function.words {
        Words::Sam => "EventInvokeConfig.MaximumEventAgeInSeconds",
        Words::CloudFormation => "MaximumEventAgeInSeconds",
    };
    let short = function.invoke_configs.iter_mut().filter(|config| config.age.value < *longest);
    let write = |length: &Duration| length.as_secs().to_string();
    let changes: Vec<Change> = short
        .map(|config| change(name, property, place.as_ref(), replace(&mut config.age, *longest, write)))
        .collect();
    (!changes.is_empty()).then_some(changes)
}

/// A function is ended before whoever calls it stops waiting.
pub(super) fn end_earlier(topology: &mut Topology, name: &str, length: Duration) -> Option<Vec<Change>> {
    let (function, place) = function_mut(topology, name)?;
    let replaced = replace(&mut function.timeout, length, |length| length.as_secs().to_string());
    Some(vec![change(name, "Timeout", place.as_ref(), replaced)])
}

/// A new queue without order in place of what takes nothing: the ways out of a function that have order.
pub(super) fn replace_ordered(topology: &mut Topology, name: &str, models: &Models) -> Option<Vec<Change>> {
    let target = ResourceId(topology.resources.len() as u32);
    let new = format!("{}Failures", name.chars().filter(char::is_ascii_alphanumeric).collect::<String>());
    let (queue, declaration) = keeping_queue(&new, models)?;
    let holder = topology.find(name)?;
    let before = topology.clone();
    let (function, place) = function_mut(topology, name)?;
    let words = function.words;
    let mut changes = Vec::new();
    let mut told = |property: &str, exit: &mut Exit| {
        let line = exit.place.as_ref().map(|place| place.line);
        let replaced = (written_queue(&before, exit), format!("!GetAtt {new}.Arn"), line);
        changes.push(change(name, property, place.as_ref(), replaced));
        *exit = to(target);
    };
    let (dead_letter, on_failure) = match words {
        Words::Sam => {
            ("DeadLetterQueue.TargetArn", "EventInvokeConfig.DestinationConfig.OnFailure.Destination")
        }
        Words::CloudFormation => ("DeadLetterConfig.TargetArn", "DestinationConfig.OnFailure.Destination"),
    };
    if let Some(exit) = function.dead_letter.as_mut().filter(|exit| is_ordered(&before, exit)) {
        told(dead_letter, exit);
    }
    for config in &mut function.invoke_configs {
        if let Some(exit) = config.on_failure.as_mut().filter(|exit| is_ordered(&before, exit)) {
            told(on_failure, exit);
        }
    }
    if changes.is_empty() {
        return None;
    }
    topology.resources.push(queue);
    changes.push(change(&new, "Type", None, (None, declaration, None)));
    changes.extend(may_send(
        topology,
        holder,
        &new,
        if words == Words::Sam { Writes::Sam } else { Writes::Template },
    ));
    Some(changes)
}

/// Whether an exit leads to a FIFO queue; a topic's place would take another right than that of a queue.
fn is_ordered(topology: &Topology, exit: &Exit) -> bool {
    topology.queue(&exit.target).is_some_and(|queue| queue.kind == crate::topology::QueueKind::Fifo)
}

/// The queue that an exit leads to, as templates write it.
pub(super) fn written_queue(topology: &Topology, exit: &Exit) -> Option<String> {
    let LinkEnd::Resource(target) = exit.target else { return None };
    topology.queue(&exit.target)?;
    Some(format!("!GetAtt {}.Arn", short(&topology.resource(target).logical_id)))
}

const fn to(queue: ResourceId) -> Exit {
    Exit { target: LinkEnd::Resource(queue), qualifier: None, permitted: Permitted::Granted, place: None }
}

/// A logical id without the path of its stack.
fn short(logical_id: &str) -> &str {
    logical_id.rsplit('/').next().unwrap_or(logical_id)
}

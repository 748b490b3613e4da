//! Changes of queues that SAM makes: the template declares such a queue itself then, and names it where SAM made it.

use crate::explore::Change;
use crate::topology::{LinkDetail, LinkEnd, Origin, ResourceDetail, ResourceId, Topology, Words};

/// What SAM calls the queue between a topic and a function, behind function and event.
const SUBSCRIPTION: &str = "Queue";
/// What it calls the destination for failures, behind the function.
const ON_FAILURE: &str = "EventInvokeConfigOnFailureQueue";

/// The same changes, none of them of a queue that the template does not hold.
pub(super) fn declared(topology: &Topology, changes: &[Change]) -> Vec<Change> {
    let mut told: Vec<Change> = Vec::new();
    let mut rest = changes;
    while let Some(first) = rest.first() {
        let same = rest.iter().take_while(|one| one.resource == first.resource).count();
        let (own, others) = rest.split_at(same);
        rest = others;
        match topology.find(&first.resource).and_then(|queue| owner(topology, queue)) {
            Some(named) => {
                told.extend(named.into_iter().map(|one| Change { line: first.line, ..one }));
                told.push(whole(own));
            }
            None => told.extend_from_slice(own),
        }
    }
    told
}

/// The declaration of a queue with these properties.
fn whole(changes: &[Change]) -> Change {
    let properties = changes.iter().map(|one| format!("{}: {}", one.property, one.after));
    let lines = properties.flat_map(|property| {
        property.lines().map(|line| format!("  {}", line.trim_end())).collect::<Vec<_>>()
    });
    let lines: Vec<String> = lines.collect();
    Change {
        resource: changes.first().map_or_else(String::new, |one| one.resource.clone()),
        property: "Type".to_owned(),
        before: None,
        after: format!("AWS::SQS::Queue\nProperties:\n{}", lines.join("\n")),
        line: None,
    }
}

/// The property of the function for which SAM makes a queue, as it names one of the template's own; `None` where SAM
/// does not make it.
fn owner(topology: &Topology, queue: ResourceId) -> Option<Vec<Change>> {
    if !topology.generated.contains(&queue) || topology.queue(&LinkEnd::Resource(queue)).is_none() {
        return None;
    }
    let id = &topology.resource(queue).logical_id;
    let functions = topology.resources.iter().filter(|one| {
        matches!(&one.detail, ResourceDetail::Function(function) if function.words == Words::Sam)
            && id.starts_with(&one.logical_id)
    });
    let function = functions.max_by_key(|one| one.logical_id.len())?;
    let rest = &id[function.logical_id.len()..];
    let id = id.rsplit('/').next().unwrap_or(id);
    let named = |property: String, before: Option<&str>, after: String| Change {
        resource: function.name.to_string(),
        property,
        before: before.map(str::to_owned),
        after,
        line: None,
    };
    if rest == ON_FAILURE {
        let property = "EventInvokeConfig.DestinationConfig.OnFailure.Destination".to_owned();
        return Some(vec![named(property, None, format!("!GetAtt {id}.Arn"))]);
    }
    let is_subscribed = topology.links.iter().any(|link| {
        matches!(link.source.as_str(), "sns" | "sns_fifo") && link.to == LinkEnd::Resource(queue)
    });
    let event = rest.strip_suffix(SUBSCRIPTION).filter(|_| is_subscribed)?;
    let property = format!("Events.{event}.Properties.SqsSubscription");
    let (arn, url) = (format!("!GetAtt {id}.Arn"), format!("!Ref {id}"));
    if has_settings(topology, queue) {
        let part = |name: &str, value: String| named(format!("{property}.{name}"), None, value);
        return Some(vec![part("QueueArn", arn), part("QueueUrl", url)]);
    }
    Some(vec![named(property, Some("true"), format!("\n  QueueArn: {arn}\n  QueueUrl: {url}"))])
}

/// Whether the subscription says more than that there is one.
fn has_settings(topology: &Topology, queue: ResourceId) -> bool {
    let is_set = |origin: &Origin| matches!(origin, Origin::Template(_));
    topology.links.iter().any(|link| match &link.detail {
        LinkDetail::QueuePolling(mapping) => {
            link.from == LinkEnd::Resource(queue)
                && (is_set(&mapping.batch_size.origin) || is_set(&mapping.enabled.origin))
        }
        LinkDetail::StreamPolling(_)
        | LinkDetail::Delivers(_)
        | LinkDetail::Sends(_)
        | LinkDetail::Unmodelled => false,
    })
}

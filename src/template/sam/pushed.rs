//! Events that a service pushes.

use crate::template::sam::destinations;
use crate::template::sam::events::{Event, Target, TargetKind};
use crate::template::sam::expander::{Change, Expander, IMPLICIT_HTTP_API, IMPLICIT_REST_API};
use crate::template::sam::{polled, rights};
use crate::template::tree::{
    self, at, attribute, items_at, known, list, map, references, scalar, scalar_at, text,
};
use crate::template::{Node, Unknown, Value};

/// Writes the resources of an event.
pub(super) fn expand(expander: &mut Expander, target: &mut Target<'_>, event: &Event<'_>) {
    match event.source.id {
        "s3" => bucket(expander, target, event),
        "sns" => topic(expander, target, event),
        "eventbridge" => rule(expander, target, event, &["EventBusName", "EventPattern", "State"]),
        "schedule" => rule(expander, target, event, &["ScheduleExpression", "State"]),
        "scheduler" => schedule(expander, target, event),
        "api_gateway" => api(expander, target, event, "RestApiId", IMPLICIT_REST_API),
        "http_api" => api(expander, target, event, "ApiId", IMPLICIT_HTTP_API),
        "iot" => topic_rule(expander, target, event),
        "cloudwatch_logs" => log_subscription(expander, target, event),
        "cognito" => user_pool(expander, target, event),
        _ => permit(expander, target, event, None),
    }
}

/// The permission for the source to invoke the function.
fn permit(expander: &mut Expander, target: &Target<'_>, event: &Event<'_>, source: Option<Node>) {
    let Some(principal) = event.source.principals.first() else { return };
    permit_principal(expander, target, event, principal, source);
}

fn permit_principal(
    expander: &mut Expander,
    target: &Target<'_>,
    event: &Event<'_>,
    principal: &str,
    source: Option<Node>,
) {
    match target.kind {
        TargetKind::StateMachine => return,
        TargetKind::Function => {}
    }
    let place = event.place;
    let mut permission = map(
        [
            ("Action", text("lambda:InvokeFunction", place)),
            ("FunctionName", target.name.clone()),
            ("Principal", text(principal, place)),
        ],
        place,
    );
    if let Some(source) = source {
        tree::set(&mut permission, "SourceArn", source);
    }
    expander.generate(format!("{}Permission", event.id), "AWS::Lambda::Permission", permission);
}

fn bucket(expander: &mut Expander, target: &Target<'_>, event: &Event<'_>) {
    let Some(bucket) = referenced(expander, event, "Bucket") else { return };
    for kind in items_at(event.properties, "Events") {
        let mut notification =
            map([("Event", kind.clone()), ("Function", target.arn_at(event.place))], event.place);
        tree::copy(event.properties, "Filter", &mut notification, "Filter");
        let keys = ["NotificationConfiguration", "LambdaConfigurations"];
        expander.patch(&bucket, &keys, Change::Push(notification));
    }
    permit(expander, target, event, None);
}

/// The logical id that a property refers to; a warning where it is none.
fn referenced(expander: &mut Expander, event: &Event<'_>, property: &str) -> Option<String> {
    let found = at(event.properties, property)
        .and_then(|node| references(node).first().map(|reference| reference.resource.clone()));
    if found.is_none() {
        let given = at(event.properties, property).map_or("nothing".to_owned(), tree::render);
        let message = format!(
            "event {}: {property} is {given}, where SAM needs a resource of the same template",
            event.id
        );
        expander.warn("sam-event-source", message, event.properties);
    }
    found
}

fn topic(expander: &mut Expander, target: &mut Target<'_>, event: &Event<'_>) {
    let Some(topic) = at(event.properties, "Topic") else {
        expander.warn("sam-event-source", format!("event {} has no Topic", event.id), event.properties);
        return;
    };
    let (protocol, endpoint) = match at(event.properties, "SqsSubscription").map(known) {
        Some(queue) if scalar(queue) != Some("false") => ("sqs", topic_queue(expander, target, event, queue)),
        Some(_) | None => ("lambda", target.arn_at(event.place)),
    };
    let mut subscription = map(
        [("Protocol", text(protocol, event.place)), ("Endpoint", endpoint), ("TopicArn", topic.clone())],
        event.place,
    );
    for property in ["FilterPolicy", "FilterPolicyScope", "RedrivePolicy", "Region"] {
        tree::copy(event.properties, property, &mut subscription, property);
    }
    if protocol == "lambda" {
        permit(expander, target, event, Some(topic.clone()));
    } else {
        let queue = at(&subscription, "Endpoint").cloned();
        let queue = queue.unwrap_or_else(|| map([], event.place));
        rights::queue_policy(expander, &event.id, ("sns.amazonaws.com", topic), &queue);
    }
    expander.generate(event.id.clone(), "AWS::SNS::Subscription", subscription);
}

/// The queue between topic and function: the given one, or one of the event's own.
fn topic_queue(expander: &mut Expander, target: &mut Target<'_>, event: &Event<'_>, settings: &Node) -> Node {
    let arn = at(settings, "QueueArn").cloned().unwrap_or_else(|| {
        let id = format!("{}Queue", event.id);
        expander.generate(id.clone(), "AWS::SQS::Queue", map([], event.place));
        attribute(&id, "Arn", event.place)
    });
    polled::expand_inner(expander, target, event, &arn, settings);
    arn
}

fn rule(expander: &mut Expander, target: &Target<'_>, event: &Event<'_>, copied: &[&str]) {
    let mut rule = map([], event.place);
    for property in copied {
        let spelled = match *property {
            "EventPattern" => "Pattern",
            "ScheduleExpression" => "Schedule",
            same => same,
        };
        tree::copy(event.properties, spelled, &mut rule, property);
    }
    enabled(event, &mut rule);
    let mut receiver = receiver(expander, target, event, "DeadLetterConfig");
    match target.kind {
        TargetKind::StateMachine => {
            let caller = rights::caller(expander, target, event, None);
            tree::set(&mut receiver, "RoleArn", caller);
        }
        TargetKind::Function => {}
    }
    let made = at(event.properties, "DeadLetterConfig").is_some_and(|config| at(config, "Arn").is_none());
    if let (true, Some(queue)) = (made, tree::path(&receiver, &["DeadLetterConfig", "Arn"])) {
        let own = attribute(&event.id, "Arn", event.place);
        rights::queue_policy(expander, &event.id, ("events.amazonaws.com", &own), queue);
    }
    tree::set(&mut rule, "Targets", list(vec![receiver], event.place));
    expander.generate(event.id.clone(), "AWS::Events::Rule", rule);
    permit_principal(
        expander,
        target,
        event,
        "events.amazonaws.com",
        Some(attribute(&event.id, "Arn", event.place)),
    );
}

fn schedule(expander: &mut Expander, target: &Target<'_>, event: &Event<'_>) {
    let mut schedule = map([], event.place);
    for property in ["ScheduleExpression", "FlexibleTimeWindow", "State", "GroupName"] {
        tree::copy(event.properties, property, &mut schedule, property);
    }
    let mut receiver = receiver(expander, target, event, "DeadLetterConfig");
    let dead_letters = tree::path(&receiver, &["DeadLetterConfig", "Arn"]).cloned();
    let role = match at(event.properties, "RoleArn") {
        Some(given) => given.clone(),
        None => rights::caller(expander, target, event, dead_letters.as_ref()),
    };
    tree::set(&mut receiver, "RoleArn", role);
    tree::set(&mut schedule, "Target", receiver);
    expander.generate(event.id.clone(), "AWS::Scheduler::Schedule", schedule);
}

/// `Enabled`, which SAM writes as a state.
fn enabled(event: &Event<'_>, rule: &mut Node) {
    let Some(written) = at(event.properties, "Enabled") else { return };
    let state = |node: &Node| {
        let is_off = scalar(node).is_some_and(|word| word.eq_ignore_ascii_case("false"));
        text(if is_off { "DISABLED" } else { "ENABLED" }, &written.place)
    };
    let node = match &written.value {
        Value::Unknown(unknown) => {
            let possible = unknown.possible.iter().map(state).collect();
            let value = Value::Unknown(Unknown { why: unknown.why.clone(), possible });
            Node { value, place: written.place.clone() }
        }
        Value::Null
        | Value::Flag(_)
        | Value::Number(_)
        | Value::Text(_)
        | Value::Mixed(_)
        | Value::List(_)
        | Value::Map(_)
        | Value::Reference(_) => state(written),
    };
    tree::set(rule, "State", node);
}

/// The target of a rule or schedule.
fn receiver(expander: &mut Expander, target: &Target<'_>, event: &Event<'_>, dead_letters: &str) -> Node {
    let mut receiver = map([("Arn", target.arn_at(event.place))], event.place);
    for property in ["Input", "InputPath", "InputTransformer", "RetryPolicy"] {
        tree::copy(event.properties, property, &mut receiver, property);
    }
    if let Some(config) = at(event.properties, dead_letters) {
        let config = destinations::dead_letter_config(expander, &event.id, config);
        tree::set(&mut receiver, dead_letters, config);
    }
    receiver
}

fn api(expander: &mut Expander, target: &Target<'_>, event: &Event<'_>, property: &str, implicit: &str) {
    let given = at(event.properties, property);
    let known_api = match given {
        Some(node) => references(node).first().map(|reference| reference.resource.clone()),
        None => Some(implicit.to_owned()),
    };
    if let Some(api) = known_api {
        let route = scalar_at(event.properties, "Path").unwrap_or("$default");
        let method = scalar_at(event.properties, "Method").unwrap_or("any").to_lowercase();
        let mut integration = map([("uri", target.arn_at(event.place))], event.place);
        tree::copy(event.properties, "TimeoutInMillis", &mut integration, "timeoutInMillis");
        let keys = ["Body", "paths", route, &method, "x-amazon-apigateway-integration"];
        expander.patch(&api, &keys, Change::Set(integration));
    }
    let of = given.cloned().unwrap_or_else(|| tree::reference(implicit, event.place));
    let called = called_by(event);
    let source = rights::within("arn:*:execute-api:*:*:", &of, &format!("/*/{called}"));
    permit_principal(expander, target, event, "apigateway.amazonaws.com", Some(source));
}

/// Method and path of an event as its permission names them.
fn called_by(event: &Event<'_>) -> String {
    let route = scalar_at(event.properties, "Path").unwrap_or("$default");
    if route == "$default" {
        return route.to_owned();
    }
    let method = scalar_at(event.properties, "Method").unwrap_or("any").to_uppercase();
    let method = if method == "ANY" { "*" } else { &method };
    let mut path = String::new();
    let mut rest = route;
    while let Some((before, variable)) = rest.split_once('{') {
        path.push_str(before);
        path.push('*');
        rest = variable.split_once('}').map_or("", |(_, after)| after);
    }
    format!("{method}{path}{rest}")
}

fn topic_rule(expander: &mut Expander, target: &Target<'_>, event: &Event<'_>) {
    let action =
        map([("Lambda", map([("FunctionArn", target.arn_at(event.place))], event.place))], event.place);
    let mut payload = map([("Actions", list(vec![action], event.place))], event.place);
    tree::copy(event.properties, "Sql", &mut payload, "Sql");
    expander.generate(
        event.id.clone(),
        "AWS::IoT::TopicRule",
        map([("TopicRulePayload", payload)], event.place),
    );
    permit(expander, target, event, Some(attribute(&event.id, "Arn", event.place)));
}

fn log_subscription(expander: &mut Expander, target: &Target<'_>, event: &Event<'_>) {
    let mut subscription = map([("DestinationArn", target.arn_at(event.place))], event.place);
    for property in ["LogGroupName", "FilterPattern"] {
        tree::copy(event.properties, property, &mut subscription, property);
    }
    expander.generate(event.id.clone(), "AWS::Logs::SubscriptionFilter", subscription);
    let group = at(event.properties, "LogGroupName");
    let source = group.map(|group| rights::within("arn:*:logs:*:*:log-group:", group, ":*"));
    permit(expander, target, event, source);
}

fn user_pool(expander: &mut Expander, target: &Target<'_>, event: &Event<'_>) {
    let Some(pool) = referenced(expander, event, "UserPool") else { return };
    for trigger in items_at(event.properties, "Trigger").iter().filter_map(scalar) {
        expander.patch(&pool, &["LambdaConfig", trigger], Change::Set(target.arn_at(event.place)));
    }
    permit(expander, target, event, Some(attribute(&pool, "Arn", event.place)));
}

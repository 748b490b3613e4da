//! The rights that SAM writes beside what it generates: policies of queues, and roles that callers take.

use crate::template::sam::events::{Event, Target, TargetKind};
use crate::template::sam::expander::Expander;
use crate::template::sam::policies;
use crate::template::tree::{attribute, known, list, map, set, text};
use crate::template::{Node, Piece, Unknown, Value};
use crate::vocabulary::Place;

/// Text before and behind a value.
pub(super) fn within(before: &str, node: &Node, behind: &str) -> Node {
    let inner = match &known(node).value {
        Value::Text(inner) | Value::Number(inner) => vec![Piece::Text(inner.clone())],
        Value::Mixed(pieces) => pieces.clone(),
        Value::Reference(reference) => vec![Piece::Reference(reference.clone())],
        Value::Unknown(Unknown { why, .. }) => vec![Piece::Unknown(why.clone())],
        Value::Null | Value::Flag(_) | Value::List(_) | Value::Map(_) => {
            vec![Piece::Unknown("it is no text".to_owned())]
        }
    };
    let before = std::iter::once(Piece::Text(before.to_owned()));
    let pieces = before.chain(inner).chain([Piece::Text(behind.to_owned())]).collect();
    Node { value: Value::Mixed(pieces), place: node.place.clone() }
}

/// The policy of a queue that lets a service send to it for one source.
pub(super) fn queue_policy(
    expander: &mut Expander,
    event: &str,
    (service, source): (&str, &Node),
    queue: &Node,
) {
    let place = &queue.place;
    let condition = map([("ArnEquals", map([("aws:SourceArn", source.clone())], place))], place);
    let statement = map(
        [
            ("Effect", text("Allow", place)),
            ("Principal", map([("Service", text(service, place))], place)),
            ("Action", text("sqs:SendMessage", place)),
            ("Resource", queue.clone()),
            ("Condition", condition),
        ],
        place,
    );
    let document = map([("Statement", list(vec![statement], place))], place);
    let properties = map([("Queues", list(vec![queue.clone()], place)), ("PolicyDocument", document)], place);
    expander.generate(format!("{event}QueuePolicy"), "AWS::SQS::QueuePolicy", properties);
}

/// What a role needs to put what failed into a bucket.
pub(super) fn write_to_bucket(role: &mut Node, bucket: &Node) {
    policies::add_statement(role, &["s3:PutObject"], &within("", bucket, "/*"));
    policies::add_statement(role, &["s3:ListBucket"], bucket);
}

/// The role that a rule or schedule takes to call the target of an event, and to reach its dead-letter queue.
pub(super) fn caller(
    expander: &mut Expander,
    target: &Target<'_>,
    event: &Event<'_>,
    dead_letters: Option<&Node>,
) -> Node {
    let action = match target.kind {
        TargetKind::Function => "lambda:InvokeFunction",
        TargetKind::StateMachine => "states:StartExecution",
    };
    let mut role = map([], event.place);
    policies::add_statement(&mut role, &[action], &target.arn);
    if let Some(queue) = dead_letters {
        policies::add_statement(&mut role, &["sqs:SendMessage"], queue);
    }
    let id = format!("{}Role", event.id);
    expander.generate(id.clone(), "AWS::IAM::Role", role);
    attribute(&id, "Arn", event.place)
}

/// What lets anybody call the address of a function: one statement for the address, one for the function behind it.
pub(super) fn address(expander: &mut Expander, id: &str, function: &Node, place: &Place) {
    let statement = |action: &str| {
        map(
            [
                ("Action", text(action, place)),
                ("FunctionName", function.clone()),
                ("Principal", text("*", place)),
            ],
            place,
        )
    };
    let mut first = statement("lambda:InvokeFunctionUrl");
    set(&mut first, "FunctionUrlAuthType", text("NONE", place));
    let mut second = statement("lambda:InvokeFunction");
    set(&mut second, "InvokedViaFunctionUrl", text("true", place));
    expander.generate(format!("{id}UrlPublicPermissions"), "AWS::Lambda::Permission", first);
    expander.generate(format!("{id}URLInvokeAllowPublicAccess"), "AWS::Lambda::Permission", second);
}

/// The role of a state machine with policies of its own and none given.
pub(super) fn state_machine(expander: &mut Expander, id: &str, own: &Node) -> Node {
    let role = policies::with_policies(own);
    let role_id = format!("{id}Role");
    expander.generate(role_id.clone(), "AWS::IAM::Role", role);
    attribute(&role_id, "Arn", &own.place)
}

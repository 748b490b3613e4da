//! Words for what is denied: the statement that nearly fits, and the lines that would allow it.

use crate::template::access::callers::SENDER_KEY_ACTIONS;
use crate::template::access::judge::FUNCTION;
use crate::template::access::mention::Mention;
use crate::template::access::request::{Caller, Miss, Request, SOURCE_ARN};
use crate::template::access::route::Route;
use crate::template::access::statement::{Effect, Statement};
use crate::template::access::{Answer, Atom, Callee, Names, Text};
use crate::template::declared::Declared;
use crate::template::tree::{at, items_at};
use crate::topology::{ResourceId, RightRepair, Words};
use crate::vocabulary::Place;

/// Who may call, in a permission for all.
const ANYBODY: &str = "    Principal: '*'";
const BUCKET: &str = "AWS::S3::Bucket";
/// The condition of a permission that lets in what belongs to the account, as a line of its own.
const OWN_ACCOUNT: &str = "    SourceAccount: !Ref AWS::AccountId";

/// What is denied to whom.
pub(crate) struct Need<'a> {
    /// The request.
    pub(crate) request: &'a Request,
    /// What is acted on.
    pub(crate) to: ResourceId,
    /// By which route.
    pub(crate) route: Option<&'a Route>,
    /// Where the call is declared.
    pub(crate) mention: Option<&'a Mention<'a>>,
}

/// The statement that fits but for one thing, in words.
pub(crate) fn nearly(
    names: &Names<'_>,
    need: &Need<'_>,
    (statement, misses): &(Statement, Vec<Miss>),
) -> Option<(String, Option<Place>)> {
    let label = &statement.label;
    let says = match misses.as_slice() {
        [] if statement.effect == Effect::Deny => format!("{label} denies {}", need.request.action),
        [Miss::Condition(position)] => condition(need, statement, *position)?,
        [Miss::Resource] => format!("{label} {}", resource(names, need, statement)),
        [Miss::Action] => {
            format!("{label} allows {}, needed is {}", statement.actions().join(", "), need.request.action)
        }
        [Miss::Principal] => principal(need, statement)?,
        [] | [_, _, ..] => return None,
    };
    Some((says, Some(statement.place.clone())))
}

fn condition(need: &Need<'_>, statement: &Statement, position: usize) -> Option<String> {
    let condition = statement.conditions.get(position)?;
    let values: Vec<String> = condition.values.iter().map(|(text, _)| text.shown()).collect();
    let label = &statement.label;
    if condition.key == SOURCE_ARN {
        if let Some(way) = need.route.and_then(|route| route.label.as_ref())
            && let [(text, _)] = condition.values.as_slice()
            && let Some(allowed) = route_words(text)
        {
            return Some(format!("{label} allows {allowed}, called is {way}"));
        }
        let caller = match need.request.facts.get(SOURCE_ARN) {
            Some(crate::template::access::condition::Fact::Is(arn)) => arn.shown(),
            Some(
                crate::template::access::condition::Fact::Absent
                | crate::template::access::condition::Fact::AsAsked,
            )
            | None => "nothing".to_owned(),
        };
        return Some(format!("{label} allows only {}, the call comes from {caller}", values.join(", ")));
    }
    Some(format!("{label} asks for {} to be {}", condition.key, values.join(", ")))
}

/// Method and path of an ARN of API Gateway's: what stands behind API and stage.
fn route_words(arn: &Text) -> Option<String> {
    let shown = arn.shown();
    let resource = shown.split(':').nth(RESOURCE_PART)?;
    let mut parts = resource.splitn(ROUTE_PARTS, '/').skip(1);
    let (stage, method) = (parts.next()?, parts.next()?);
    let path = parts.next().map_or_else(String::new, |path| format!(" /{path}"));
    let at = if stage == "*" { String::new() } else { format!(" at stage {stage}") };
    Some(format!("{method}{path}{at}"))
}

/// Which part of an ARN names the resource, in one that is shown with `${AWS::Region}` and `${AWS::AccountId}`: each
/// of these has two colons of its own.
const RESOURCE_PART: usize = 9;
/// API, stage, method and path.
const ROUTE_PARTS: usize = 4;

fn resource(names: &Names<'_>, need: &Need<'_>, statement: &Statement) -> String {
    let listed = statement.resource.patterns.iter().map(|(text, _)| text);
    let own = names.name(need.to);
    let spoken = |text: &Text| match Callee::of(text.clone()) {
        Callee { name, qualifier: None } if name.like(&own) == Answer::Yes => {
            "the function itself".to_owned()
        }
        Callee { name, qualifier: Some(qualifier) } if name.like(&own) == Answer::Yes => {
            format!("its version or alias {}", qualifier.shown())
        }
        Callee { .. } => text.shown(),
    };
    let allowed: Vec<String> = listed.map(spoken).collect();
    format!("allows {}, called is {}", allowed.join(", "), spoken(&need.request.resource))
}

fn principal(need: &Need<'_>, statement: &Statement) -> Option<String> {
    let listed = statement.principal.as_ref()?.listed.iter().map(|(_, text, _)| text.shown());
    let listed: Vec<String> = listed.collect();
    Some(format!("{} allows {}, the caller is {}", statement.label, listed.join(", "), caller(need.request)))
}

fn caller(request: &Request) -> String {
    match &request.caller {
        Caller::Service(name) => name.clone(),
        Caller::Role(arn) => arn.shown(),
        Caller::Anyone => "anybody".to_owned(),
    }
}

/// What would allow it.
pub(crate) fn repair(
    names: &Names<'_>,
    need: &Need<'_>,
    nearest: Option<&(Statement, Vec<Miss>)>,
) -> RightRepair {
    if let Some((statement, misses)) = nearest {
        if statement.effect == Effect::Deny && misses.is_empty() {
            let says = format!("take {} out of what {} denies", need.request.action, statement.label);
            return RightRepair { says, lines: Vec::new(), place: Some(statement.place.clone()) };
        }
        if let [Miss::Condition(position)] = misses.as_slice()
            && statement.conditions.get(*position).is_some_and(|one| one.key == SOURCE_ARN)
            && names.declared(need.to).type_name == FUNCTION
            && let Source::Arn(arn) = source(names, need)
        {
            let says = format!("let {} name what calls", statement.label);
            let place = Some(statement.place.clone());
            return RightRepair { says, lines: vec![format!("SourceArn: {arn}")], place };
        }
    }
    let target = names.declared(need.to);
    let is_about_key = need.request.action.starts_with("kms:");
    if let (Caller::Service(service), Some(policy), false) =
        (&need.request.caller, policy_of(names, need.to), is_about_key)
    {
        return one_more(names, need, service, policy);
    }
    let (says, lines) = match (&need.request.caller, target.type_name.as_str()) {
        (Caller::Service(service), "AWS::SQS::Queue" | "AWS::SNS::Topic") if is_about_key => {
            own_key(short(&target.logical_id), service)
        }
        (Caller::Service(_) | Caller::Anyone, "AWS::Lambda::Function") => permission(names, need),
        (Caller::Service(service), "AWS::SQS::Queue") => {
            policy(names, need, service, ("AWS::SQS::QueuePolicy", "Queues"))
        }
        (Caller::Service(service), "AWS::SNS::Topic") => {
            policy(names, need, service, ("AWS::SNS::TopicPolicy", "Topics"))
        }
        (caller, _) => statement_for(names, need, caller),
    };
    RightRepair { says, lines, place: None }
}

fn permission(names: &Names<'_>, need: &Need<'_>) -> (String, Vec<String>) {
    let target = short(&names.declared(need.to).logical_id);
    let callee = Callee::of(need.request.resource.clone());
    let function = match callee.qualifier {
        Some(qualifier) => format!("!Sub '${{{target}}}:{}'", spelled(&qualifier)),
        None => format!("!Ref {target}"),
    };
    let from = need.mention.map_or("Caller", |mention| short(&mention.declared.logical_id));
    let name = new_name(names, need, &format!("{from}Calls{target}"));
    let resource = |name: &str, action: &str| {
        vec![
            format!("{name}:"),
            "  Type: AWS::Lambda::Permission".to_owned(),
            "  Properties:".to_owned(),
            format!("    Action: {action}"),
            format!("    FunctionName: {function}"),
        ]
    };
    let mut lines = resource(&name, &need.request.action);
    match &need.request.caller {
        Caller::Service(service) => lines.push(format!("    Principal: {service}")),
        Caller::Role(_) | Caller::Anyone => {
            //= access.address_statements
            lines.extend([ANYBODY, "    FunctionUrlAuthType: NONE"].map(str::to_owned));
            let second = new_name(names, need, &format!("{from}Invokes{target}"));
            lines.extend(resource(&second, "lambda:InvokeFunction"));
            lines.extend([ANYBODY, "    InvokedViaFunctionUrl: true"].map(str::to_owned));
        }
    }
    lines.extend(match source(names, need) {
        Source::Arn(arn) => vec![format!("    SourceArn: {arn}")],
        Source::Bucket(arn) => {
            let arn = arn.map(|arn| format!("    SourceArn: {arn}"));
            [OWN_ACCOUNT.to_owned()].into_iter().chain(arn).collect()
        }
        Source::Untold => Vec::new(),
    });
    lines.extend(waits(need, &name));
    (format!("permit {} to call {target}", caller(need.request)), lines)
}

/// A policy of a queue or topic that has none.
fn policy(
    names: &Names<'_>,
    need: &Need<'_>,
    service: &str,
    (type_name, property): (&str, &str),
) -> (String, Vec<String>) {
    let target = short(&names.declared(need.to).logical_id);
    let name = new_name(names, need, &format!("{target}Policy"));
    let mut lines = vec![
        format!("{name}:"),
        format!("  Type: {type_name}"),
        "  Properties:".to_owned(),
        format!("    {property}: [!Ref {target}]"),
        "    PolicyDocument:".to_owned(),
        "      Statement:".to_owned(),
    ];
    lines.extend(statement(names, need, service).into_iter().map(|line| format!("        {line}")));
    lines.extend(waits(need, &name));
    (format!("let the policy of {target} allow {service}"), lines)
}

/// One more statement for the policy that a queue or topic has: it has one alone, so a second one would replace it.
fn one_more(names: &Names<'_>, need: &Need<'_>, service: &str, policy: &Declared) -> RightRepair {
    let own = &policy.properties;
    let statements = at(own, "PolicyDocument").and_then(|document| at(document, "Statement"));
    let place = statements.map_or_else(|| policy.place.clone(), |node| node.place.clone());
    let name = short(&policy.logical_id);
    let says = format!("add a statement to {name} that allows {service} too");
    let says = match waits(need, name).as_slice() {
        [bucket, depends] => {
            format!("{says}, and let {} wait for it: `{}`", bucket.trim_end_matches(':'), depends.trim())
        }
        _ => says,
    };
    RightRepair { says, lines: statement(names, need, service), place: Some(place) }
}

/// The statement that lets a service send to a queue or topic.
fn statement(names: &Names<'_>, need: &Need<'_>, service: &str) -> Vec<String> {
    let mut lines = vec![
        "- Effect: Allow".to_owned(),
        format!("  Principal: {{Service: {service}}}"),
        format!("  Action: {}", need.request.action),
        format!("  Resource: {}", arn_of(names, need.to)),
    ];
    match source(names, need) {
        Source::Arn(arn) => {
            lines.push("  Condition:".to_owned());
            lines.push(format!("    ArnLike: {{aws:SourceArn: {arn}}}"));
        }
        Source::Bucket(arn) => {
            lines.push("  Condition:".to_owned());
            lines.push("    StringEquals: {aws:SourceAccount: !Ref AWS::AccountId}".to_owned());
            lines.extend(arn.map(|arn| format!("    ArnLike: {{aws:SourceArn: {arn}}}")));
        }
        Source::Untold => {}
    }
    lines
}

/// The policy of a queue or topic that its template writes itself.
fn policy_of<'a>(names: &Names<'a>, to: ResourceId) -> Option<&'a Declared> {
    let (type_name, property, service) = match names.declared(to).type_name.as_str() {
        "AWS::SQS::Queue" => ("AWS::SQS::QueuePolicy", "Queues", "sqs"),
        "AWS::SNS::Topic" => ("AWS::SNS::TopicPolicy", "Topics", "sns"),
        _ => return None,
    };
    names.declared.iter().find(|one| {
        one.type_name == type_name
            && one.words == Words::CloudFormation
            && items_at(&one.properties, property).iter().any(|node| names.means(node, service) == Some(to))
    })
}

/// A bucket asks for its rights when it is made, so it has to wait for what gives them.
fn waits(need: &Need<'_>, name: &str) -> Vec<String> {
    let Some(bucket) = need.mention.map(|mention| mention.declared).filter(|one| one.type_name == BUCKET)
    else {
        return Vec::new();
    };
    if bucket.depends_on.iter().any(|one| one == name) {
        return Vec::new();
    }
    let others = bucket.depends_on.iter().map(String::as_str);
    let all: Vec<&str> = others.chain([name]).collect();
    let all = if let [one] = all.as_slice() { (*one).to_owned() } else { format!("[{}]", all.join(", ")) };
    vec![format!("{}:", short(&bucket.logical_id)), format!("  DependsOn: {all}")]
}

/// A logical id that nothing in the stack has yet.
fn new_name(names: &Names<'_>, need: &Need<'_>, wanted: &str) -> String {
    let target = &names.declared(need.to).logical_id;
    let stack = &target[..target.rfind('/').map_or(0, |end| end + 1)];
    let is_taken = |name: &str| names.declared.iter().any(|one| one.logical_id == format!("{stack}{name}"));
    let more = (2..).map(|number| format!("{wanted}{number}"));
    let mut all = std::iter::once(wanted.to_owned()).chain(more);
    all.find(|name| !is_taken(name)).unwrap_or_else(|| wanted.to_owned())
}

/// The policy of a key that AWS manages cannot be changed: only another key lets a service in.
fn own_key(target: &str, service: &str) -> (String, Vec<String>) {
    let lines = [
        format!("{target}:"),
        "  Properties:".to_owned(),
        format!("    KmsMasterKeyId: !Ref {target}Key"),
        format!("{target}Key:"),
        "  Type: AWS::KMS::Key".to_owned(),
        "  Properties:".to_owned(),
        "    KeyPolicy:".to_owned(),
        "      Version: '2012-10-17'".to_owned(),
        "      Statement:".to_owned(),
        "        - Effect: Allow".to_owned(),
        "          Principal: {AWS: !Sub 'arn:${AWS::Partition}:iam::${AWS::AccountId}:root'}".to_owned(),
        "          Action: kms:*".to_owned(),
        "          Resource: '*'".to_owned(),
        "        - Effect: Allow".to_owned(),
        format!("          Principal: {{Service: {service}}}"),
        format!("          Action: [{}]", SENDER_KEY_ACTIONS.join(", ")),
        "          Resource: '*'".to_owned(),
    ];
    (format!("encrypt {target} with a key of your own that {service} may use"), lines.to_vec())
}

fn statement_for(names: &Names<'_>, need: &Need<'_>, who: &Caller) -> (String, Vec<String>) {
    let target = short(&names.declared(need.to).logical_id);
    let mut lines = vec!["- Effect: Allow".to_owned()];
    if let Caller::Service(service) = who {
        lines.push(format!("  Principal: {{Service: {service}}}"));
    }
    lines.push(format!("  Action: {}", need.request.action));
    lines.push(format!("  Resource: {}", arn_of(names, need.to)));
    let whose = match who {
        Caller::Service(_) => format!("the policy of {target}"),
        Caller::Role(arn) => format!("the policy of {}", bare(&spelled(&arn.clone().after("role/")))),
        Caller::Anyone => "a policy".to_owned(),
    };
    (format!("let {whose} allow {} on {target}", need.request.action), lines)
}

/// What a template can say of a source in a permission.
enum Source {
    /// Its ARN.
    Arn(String),
    /// It is a bucket, which is made after its permission: that names it only where the bucket's name is stated.
    Bucket(Option<String>),
    /// Nothing.
    Untold,
}

/// The source as a template writes it.
fn source(names: &Names<'_>, need: &Need<'_>) -> Source {
    let Some(crate::template::access::condition::Fact::Is(arn)) = need.request.facts.get(SOURCE_ARN) else {
        return Source::Untold;
    };
    if need.mention.is_some_and(|mention| mention.declared.type_name == BUCKET) {
        return Source::Bucket(arn.plain());
    }
    Source::Arn(source_line(names, need, arn))
}

/// The ARN of the source as a template writes it.
fn source_line(names: &Names<'_>, need: &Need<'_>, arn: &Text) -> String {
    if let Some(route) = need.route {
        let api = arn.clone().before_first("/");
        let behind = if route.behind_stage.is_empty() {
            "authorizers/*".to_owned()
        } else {
            format!("*/{}", route.behind_stage)
        };
        return format!(
            "!Sub 'arn:${{AWS::Partition}}:{}/{behind}'",
            spelled(&api).trim_start_matches("arn:aws:")
        );
    }
    let written =
        arn.atoms.iter().rev().find_map(|atom| if let Atom::Name(name) = atom { Some(name) } else { None });
    let source =
        written.and_then(|name| names.declared.iter().find(|one| one.logical_id.as_str() == &**name));
    match source.map(|source| (short(&source.logical_id), source.type_name.as_str())) {
        Some((name, type_name)) if REFERS_TO_ARN.contains(&type_name) => format!("!Ref {name}"),
        Some((name, type_name)) if HAS_ARN.contains(&type_name) => format!("!GetAtt {name}.Arn"),
        Some(_) | None => format!("!Sub '{}'", spelled(arn)),
    }
}

/// Sources to which `Ref` gives the whole ARN, so that it is no part of one.
const REFERS_TO_ARN: [&str; 3] =
    ["AWS::SNS::Topic", "AWS::StepFunctions::StateMachine", "AWS::ElasticLoadBalancingV2::TargetGroup"];
/// Sources to which `Ref` gives something else than the name in their ARN: a rule of a custom bus, an id.
const HAS_ARN: [&str; 2] = ["AWS::Events::Rule", "AWS::CodeCommit::Repository"];

/// A name without the signs that `Fn::Sub` wants around it.
fn bare(spelled: &str) -> &str {
    spelled.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).unwrap_or(spelled)
}

/// A resource's ARN as a template writes it.
fn arn_of(names: &Names<'_>, id: ResourceId) -> String {
    let own = names.declared(id);
    let name = short(&own.logical_id);
    match own.type_name.as_str() {
        "AWS::SNS::Topic" | "AWS::StepFunctions::StateMachine" => format!("!Ref {name}"),
        "AWS::S3::Bucket" => format!("!Sub '${{{name}.Arn}}/*'"),
        _ if names.is_table(id) => format!("!GetAtt {name}.StreamArn"),
        _ => format!("!GetAtt {name}.Arn"),
    }
}

/// A text as `Fn::Sub` takes it: names of resources without the path of their stack.
fn spelled(text: &Text) -> String {
    let each = text.atoms.iter().map(|atom| match atom {
        Atom::Char(character) => character.to_string(),
        Atom::Name(name) => format!("${{{}}}", short(name)),
        Atom::Open(name) if name.starts_with("AWS::") => format!("${{{name}}}"),
        Atom::Open(_) | Atom::Star => "*".to_owned(),
        Atom::One => "?".to_owned(),
    });
    each.collect()
}

/// A logical id without the path of its stack.
fn short(logical_id: &str) -> &str {
    logical_id.rsplit('/').next().unwrap_or(logical_id)
}

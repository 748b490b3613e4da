//! The policies of a template: those of roles, and those of what is acted on.

use crate::models::Models;
use crate::template::Node;
use crate::template::access::condition::Condition;
use crate::template::access::request::{Miss, Request};
use crate::template::access::statement::{Effect, Matcher, Principals, Sense, Statement};
use crate::template::access::{Answer, Names, Text};
use crate::template::declared::Declared;
use crate::template::tree::{self, at, entries, items_at};
use crate::template::{Presence, Value};
use crate::topology::ResourceId;

/// The statements of one place, and what keeps the rest from being known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Policies {
    /// All statements that can be read.
    pub(crate) statements: Vec<Statement>,
    /// Why there may be more of them.
    pub(crate) open: Option<String>,
}

/// What policies say to a request.
#[derive(Clone, Debug)]
pub(crate) struct Decision {
    /// Whether they allow it.
    pub(crate) answer: Answer,
    /// Why that is open.
    pub(crate) why: Option<String>,
    /// The statement that decides, or that fits all but the misses.
    pub(crate) nearest: Option<(Statement, Vec<Miss>)>,
}

/// What SAM's policy templates are kept under until their parameters are known.
pub(crate) const SAM_TEMPLATES: &str = "SamPolicyTemplates";

impl Policies {
    /// Nothing is known of them.
    pub(crate) fn unknown(why: impl Into<String>) -> Self {
        Self { statements: Vec::new(), open: Some(why.into()) }
    }

    /// What these policies say: an explicit deny wins, then an allow.
    pub(crate) fn decide(&self, request: &Request) -> Decision {
        let mut nearest: Option<(Statement, Vec<Miss>)> = None;
        let (mut allowed, mut denied) = (Answer::No, Answer::No);
        let mut unclear = None;
        for statement in &self.statements {
            let (fits, misses) = request.fits(statement);
            let answer = fits.and(statement.present);
            if answer == Answer::Open {
                unclear = unclear.or(Some(statement));
            }
            match statement.effect {
                Effect::Deny => {
                    denied = denied.or(answer);
                    if answer == Answer::Yes {
                        nearest = Some((statement.clone(), Vec::new()));
                    }
                }
                Effect::Allow => {
                    allowed = allowed.or(answer);
                    if denied != Answer::Yes && is_nearer(&misses, nearest.as_ref()) {
                        nearest = Some((statement.clone(), misses));
                    }
                }
                Effect::Open => {
                    allowed = allowed.or(answer.and(Answer::Open));
                    denied = denied.or(answer.and(Answer::Open));
                }
            }
        }
        let answer = match (denied, allowed) {
            (Answer::No, Answer::Yes) => Answer::Yes,
            (Answer::Open, _) | (Answer::No, Answer::Open) => Answer::Open,
            (Answer::No, Answer::No) if self.open.is_some() => Answer::Open,
            (Answer::Yes, _) | (Answer::No, Answer::No) => Answer::No,
        };
        let unclear = unclear.map(|one| format!("{} cannot be decided", one.label));
        let why = (answer == Answer::Open).then(|| unclear.or_else(|| self.open.clone())).flatten();
        Decision { answer, why, nearest }
    }

    /// Both together.
    pub(crate) fn join(mut self, other: Self) -> Self {
        self.statements.extend(other.statements);
        self.open = self.open.or(other.open);
        self
    }

    fn add(&mut self, names: &Names<'_>, document: &Node, label: &str, present: Answer) {
        match Statement::all(names, document, label, present) {
            Some(statements) => self.statements.extend(statements),
            None => self.open = Some(format!("{label} is not known")),
        }
    }
}

fn is_nearer(misses: &[Miss], than: Option<&(Statement, Vec<Miss>)>) -> bool {
    than.is_none_or(|(_, others)| (misses.len(), misses.last()) < (others.len(), others.last()))
}

/// Whether a resource of the template is there.
pub(crate) const fn present(declared: &Declared) -> Answer {
    match declared.presence {
        Presence::Present => Answer::Yes,
        Presence::Absent => Answer::No,
        Presence::Unknown(_) => Answer::Open,
    }
}

/// Reads the policies of a template.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Library<'a> {
    /// What AWS-managed policies allow.
    pub(crate) models: &'a Models,
    /// What resources are called.
    pub(crate) names: Names<'a>,
}

impl Library<'_> {
    /// The policies of the role that a value names.
    pub(crate) fn role(&self, node: &Node) -> (Policies, Option<ResourceId>) {
        if let Some(id) = self.role_of(node) {
            return (self.of_role(id), Some(id));
        }
        let why = format!("the role {} is declared elsewhere", tree::render(node));
        (Policies::unknown(why), None)
    }

    /// The role of this template that a value names for certain.
    pub(crate) fn role_of(&self, node: &Node) -> Option<ResourceId> {
        if let Value::Unknown(_) = node.value {
            return None;
        }
        let id = self.names.means(node, "iam")?;
        (self.names.declared(id).type_name == "AWS::IAM::Role").then_some(id)
    }

    fn of_role(&self, role: ResourceId) -> Policies {
        let own = self.names.declared(role);
        let mut found = Policies::default();
        self.inline(own, &mut found);
        for arn in items_at(&own.properties, "ManagedPolicyArns") {
            self.managed(arn, &mut found);
        }
        if let Some(list) = own.properties.get("ManagedPolicyArns").filter(|list| is_open(list)) {
            found.open =
                Some(format!("what is attached to {} is not known: {}", own.name, tree::render(list)));
        }
        for template in items_at(&own.properties, SAM_TEMPLATES) {
            self.sam(own, template, &mut found);
        }
        for declared in self.names.declared {
            self.attached(role, declared, &mut found);
        }
        if at(&own.properties, "PermissionsBoundary").is_some() {
            found.bound(&format!("{} has a permissions boundary", own.name));
        }
        found
    }

    fn inline(&self, own: &Declared, found: &mut Policies) {
        for policy in items_at(&own.properties, "Policies") {
            let label = format!("the policy of {}", own.name);
            match (at(policy, "PolicyDocument"), is_open(policy)) {
                (Some(_), true) => {
                    found.open = Some(format!("{label} is not known"));
                    let document = at(policy, "PolicyDocument").into_iter();
                    document.for_each(|one| found.add(&self.names, one, &label, Answer::Open));
                }
                (Some(document), false) => found.add(&self.names, document, &label, Answer::Yes),
                (None, _) => found.open = Some(format!("{label} is not known")),
            }
        }
        if let Some(list) = own.properties.get("Policies").filter(|list| is_open(list)) {
            found.open = Some(format!("the policies of {} are not known: {}", own.name, tree::render(list)));
        }
    }

    /// `AWS::IAM::Policy`, `ManagedPolicy` and `RolePolicy` that name the role.
    fn attached(&self, role: ResourceId, declared: &Declared, found: &mut Policies) {
        let roles = match declared.type_name.as_str() {
            "AWS::IAM::Policy" | "AWS::IAM::ManagedPolicy" => "Roles",
            "AWS::IAM::RolePolicy" => "RoleName",
            _ => return,
        };
        let Some(attached) = declared.properties.get(roles) else { return };
        let wanted = self.names.name(role);
        let written = self.names.texts(attached).into_iter();
        let listed = Answer::any(written.map(|(name, there)| name.like(&wanted).and(there)));
        let means = items_at(&declared.properties, roles).iter().any(|one| self.role_of(one) == Some(role));
        let listed = if means { Answer::Yes } else { listed };
        let there = listed.and(present(declared));
        let document = declared.properties.get("PolicyDocument");
        match (there, document) {
            (Answer::No, _) => {}
            (_, Some(document)) => found.add(&self.names, document, &declared.name, there),
            (_, None) => found.open = Some(format!("{} is not known", declared.name)),
        }
    }

    /// One of `ManagedPolicyArns`: a policy of this template or one that AWS manages.
    fn managed(&self, arn: &Node, found: &mut Policies) {
        for (one, there) in alternatives(arn) {
            if let Some(id) = self.names.means(one, "iam") {
                let declared = self.names.declared(id);
                if let Some(document) = declared.properties.get("PolicyDocument") {
                    found.add(&self.names, document, &declared.name, there.and(present(declared)));
                    continue;
                }
            }
            let text = self.names.text(one);
            let name = text.plain().and_then(|text| text.rsplit('/').next().map(str::to_owned));
            match name.as_deref().and_then(|name| self.models.managed_policy(name)) {
                Some(policy) => found.statements.push(Statement {
                    label: policy.name.clone(),
                    place: one.place.clone(),
                    effect: Effect::Allow,
                    present: there,
                    action: patterns(&policy.allows),
                    resource: patterns(&["*".to_owned()]),
                    principal: None,
                    conditions: Vec::new(),
                }),
                None => found.open = Some(format!("what {} allows is not known", tree::render(one))),
            }
        }
    }

    /// One policy template of SAM's, with its parameters.
    fn sam(&self, own: &Declared, template: &Node, found: &mut Policies) {
        for entry in entries(template) {
            let Some(policy) = self.models.sam_policy(&entry.key) else {
                found.open = Some(format!("what {} allows is not known", entry.key));
                continue;
            };
            for statement in &policy.statements {
                let on = statement.on.iter().map(|on| (self.filled(own, on, &entry.node), Answer::Yes));
                found.statements.push(Statement {
                    label: policy.name.clone(),
                    place: entry.key_place.clone(),
                    effect: Effect::Allow,
                    present: Answer::Yes,
                    action: patterns(&statement.allows),
                    resource: Matcher { patterns: on.collect(), sense: Sense::Listed },
                    principal: None,
                    conditions: Vec::new(),
                });
            }
        }
    }

    /// `${…}` in an ARN of SAM's, by a parameter that is given or by what the stack is in.
    fn filled(&self, own: &Declared, on: &str, parameters: &Node) -> Text {
        let mut text = Text::default();
        let mut rest = on;
        while let Some(start) = rest.find("${") {
            text = text.then_literal(&rest[..start]);
            let end = rest[start..].find('}').map_or(rest.len(), |end| start + end);
            let name = &rest[start + "${".len()..end];
            text = text.then(&match (name, at(parameters, name)) {
                ("AWS::Partition", _) => self.names.partition(own),
                ("AWS::Region", _) => self.names.region(own),
                ("AWS::AccountId", _) => self.names.account(own),
                (_, Some(given)) => self.names.text(given),
                (_, None) => Text::open(name),
            });
            rest = rest.get(end + 1..).unwrap_or_default();
        }
        text.then_literal(rest).pattern()
    }

    /// The policy of a function: all its permissions.
    pub(crate) fn function(&self, function: ResourceId) -> Policies {
        let mut found = Policies::default();
        let wanted = self.names.name(function);
        for declared in self.names.declared.iter().filter(|one| one.type_name == "AWS::Lambda::Permission") {
            let Some(named) = at(&declared.properties, "FunctionName") else { continue };
            for (one, there) in alternatives(named) {
                let callee = self.names.callee(one);
                if callee.name.like(&wanted) == Answer::No {
                    continue;
                }
                found.statements.push(self.permission(
                    declared,
                    &callee.mark(),
                    there.and(present(declared)),
                ));
            }
        }
        found
    }

    fn permission(&self, declared: &Declared, resource: &Text, there: Answer) -> Statement {
        let own = &declared.properties;
        let texts = |key: &str| own.get(key).map_or_else(Vec::new, |node| self.names.texts(node));
        let conditions = PERMISSION_CONDITIONS.iter().filter_map(|(property, operator, key)| {
            let values = texts(property);
            (!values.is_empty()).then(|| Condition::new(operator, key, values))
        });
        let listed = texts("Principal").into_iter().map(|(text, there)| (String::new(), text, there));
        let actions = texts("Action").into_iter().map(|(text, there)| (text.lower().pattern(), there));
        Statement {
            label: declared.name.clone(),
            place: declared.place.clone(),
            effect: Effect::Allow,
            present: there,
            action: Matcher { patterns: actions.collect(), sense: Sense::Listed },
            resource: Matcher { patterns: vec![(resource.clone(), Answer::Yes)], sense: Sense::Listed },
            principal: Some(Principals { listed: listed.collect(), sense: Sense::Listed }),
            conditions: conditions.collect(),
        }
    }

    /// The policies that stand at a queue, topic, bus or bucket.
    pub(crate) fn resource(&self, id: ResourceId) -> Policies {
        let mut found = Policies::default();
        let wanted = self.names.declared(id);
        let mut whole: Vec<std::ops::Range<usize>> = Vec::new();
        for declared in self.names.declared {
            let first = found.statements.len();
            let Some((_, property, service)) =
                POLICY_TYPES.iter().find(|(type_name, _, _)| *type_name == declared.type_name)
            else {
                continue;
            };
            let Some(named) = declared.properties.get(property) else { continue };
            let there = Answer::any(alternatives_of_list(named).into_iter().map(|(one, there)| {
                if self.names.means(one, service) == Some(id) {
                    there
                } else if self.names.text(one).is_open() && !is_reference(one) {
                    Answer::Open
                } else {
                    Answer::No
                }
            }));
            let there = there.and(present(declared));
            if there != Answer::No
                && let Some(document) = document(declared)
            {
                found.add(&self.names, document, &declared.name, there);
                if WHOLE.contains(&declared.type_name.as_str()) {
                    whole.push(first..found.statements.len());
                }
            }
        }
        //= access.one_policy
        if whole.len() > 1 {
            for statement in whole.into_iter().flatten() {
                let statement = &mut found.statements[statement];
                statement.present = statement.present.and(Answer::Open);
                statement.label = format!("{}, in whose place another policy may stand,", statement.label);
            }
        }
        let own = OWN_POLICIES.iter().find(|(type_name, _)| *type_name == wanted.type_name);
        if let Some(document) = own.and_then(|(_, property)| wanted.properties.get(property)) {
            found.add(&self.names, document, &format!("the policy of {}", wanted.name), Answer::Yes);
        }
        found
    }
}

impl Policies {
    /// Whatever they allow may be bounded.
    fn bound(&mut self, why: &str) {
        self.open = Some(why.to_owned());
        for statement in &mut self.statements {
            statement.present = statement.present.and(Answer::Open);
        }
    }
}

/// The properties of a permission that are conditions: the property, the operator and the key.
const PERMISSION_CONDITIONS: [(&str, &str, &str); 6] = [
    ("SourceArn", "ArnLike", "aws:SourceArn"),
    ("SourceAccount", "StringEquals", "aws:SourceAccount"),
    ("PrincipalOrgID", "StringEquals", "aws:PrincipalOrgID"),
    ("EventSourceToken", "StringEquals", "lambda:EventSourceToken"),
    ("FunctionUrlAuthType", "StringEquals", "lambda:FunctionUrlAuthType"),
    ("InvokedViaFunctionUrl", "Bool", "lambda:InvokedViaFunctionUrl"),
];

/// Policies of resources: the type, the property that names them, the service of bare names.
pub(crate) const POLICY_TYPES: [(&str, &str, &str); 7] = [
    ("AWS::SQS::QueuePolicy", "Queues", "sqs"),
    ("AWS::SQS::QueueInlinePolicy", "Queue", "sqs"),
    ("AWS::SNS::TopicPolicy", "Topics", "sns"),
    ("AWS::SNS::TopicInlinePolicy", "TopicArn", "sns"),
    ("AWS::S3::BucketPolicy", "Bucket", "s3"),
    ("AWS::Events::EventBusPolicy", "EventBusName", "events"),
    ("AWS::EventsV2::ResourcePolicy", "EventBusArn", "events"),
];

/// Those of which a resource has one: another one takes its place.
pub(crate) const WHOLE: [&str; 3] =
    ["AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy", "AWS::S3::BucketPolicy"];

/// Resources whose policy stands in a property of their own.
const OWN_POLICIES: [(&str, &str); 2] = [("AWS::KMS::Key", "KeyPolicy"), ("AWS::Events::EventBus", "Policy")];

/// What the policy of a resource says; that of a bus is one statement among its other properties.
fn document(declared: &Declared) -> Option<&Node> {
    let own = &declared.properties;
    let found = own.get("PolicyDocument").or_else(|| own.get("Policy"));
    found.or_else(|| own.get("Statement").map(|_| own))
}

fn patterns(words: &[String]) -> Matcher {
    let each = words.iter().map(|word| (Text::literal(word).lower().pattern(), Answer::Yes));
    Matcher { patterns: each.collect(), sense: Sense::Listed }
}

/// The values that one may be, each with whether it is it.
fn alternatives(node: &Node) -> Vec<(&Node, Answer)> {
    match &node.value {
        Value::Unknown(unknown) if !unknown.possible.is_empty() => {
            let each = unknown.possible.iter().filter(|one| !tree::is_null(one));
            each.flat_map(alternatives).map(|(one, _)| (one, Answer::Open)).collect()
        }
        Value::Null => Vec::new(),
        Value::Flag(_)
        | Value::Number(_)
        | Value::Text(_)
        | Value::Mixed(_)
        | Value::List(_)
        | Value::Map(_)
        | Value::Reference(_)
        | Value::Unknown(_) => vec![(node, Answer::Yes)],
    }
}

/// The same for each item of a list, or for what stands in place of one.
fn alternatives_of_list(node: &Node) -> Vec<(&Node, Answer)> {
    match &node.value {
        Value::List(items) => items.iter().flat_map(alternatives).collect(),
        Value::Null
        | Value::Flag(_)
        | Value::Number(_)
        | Value::Text(_)
        | Value::Mixed(_)
        | Value::Map(_)
        | Value::Reference(_)
        | Value::Unknown(_) => alternatives(node),
    }
}

const fn is_open(node: &Node) -> bool {
    matches!(node.value, Value::Unknown(_))
}

const fn is_reference(node: &Node) -> bool {
    matches!(node.value, Value::Reference(_))
}

//! What resources are called in policies: names and ARNs, as far as the template tells them.

use crate::template::access::{Answer, Text};
use crate::template::build::Index;
use crate::template::declared::Declared;
use crate::template::evaluate::partition;
use crate::template::tree::{self, at};
use crate::template::{Node, Piece, ReadOptions, Reference, Value};
use crate::topology::{LinkEnd, ResourceId};

/// What `Ref` gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gives {
    /// The name, or the id that stands for one.
    Name,
    /// The ARN, or what is read as one.
    Arn,
}

/// How one type of resource is called.
struct Form {
    type_name: &'static str,
    /// The property with its name; empty where AWS alone names it.
    property: &'static str,
    /// The attributes of `Fn::GetAtt` that give the name.
    attributes: &'static [&'static str],
    /// The ARN from the service on: `R` for the Region, `A` for the account, `N` for the name.
    arn: &'static str,
    gives: Gives,
}

const fn form(
    type_name: &'static str,
    property: &'static str,
    attributes: &'static [&'static str],
    arn: &'static str,
    gives: Gives,
) -> Form {
    Form { type_name, property, attributes, arn, gives }
}

const FORMS: [Form; 28] = [
    form("AWS::SQS::Queue", "QueueName", &["QueueName"], "sqs:R:A:N", Gives::Arn),
    form("AWS::SNS::Topic", "TopicName", &["TopicName"], "sns:R:A:N", Gives::Arn),
    form("AWS::S3::Bucket", "BucketName", &[], "s3:::N", Gives::Name),
    form("AWS::Lambda::Function", "FunctionName", &[], "lambda:R:A:function:N", Gives::Name),
    form("AWS::Events::Rule", "Name", &[], "events:R:A:rule/N", Gives::Name),
    form("AWS::Events::EventBus", "Name", &["Name"], "events:R:A:event-bus/N", Gives::Name),
    form("AWS::EventsV2::EventBus", "Name", &["Name"], "events:R:A:event-busv2/N/N", Gives::Arn),
    form("AWS::EventsV2::Subscriber", "Name", &["Name"], "events:R:A:subscriber/N/N", Gives::Arn),
    form("AWS::Scheduler::Schedule", "Name", &[], "scheduler:R:A:schedule/N", Gives::Name),
    form("AWS::Pipes::Pipe", "Name", &[], "pipes:R:A:pipe/N", Gives::Name),
    form("AWS::Logs::LogGroup", "LogGroupName", &[], "logs:R:A:log-group:N:*", Gives::Name),
    form("AWS::CloudWatch::Alarm", "AlarmName", &[], "cloudwatch:R:A:alarm:N", Gives::Name),
    form("AWS::IoT::TopicRule", "RuleName", &[], "iot:R:A:rule/N", Gives::Name),
    form("AWS::ApiGateway::RestApi", "", &["RestApiId"], "execute-api:R:A:N", Gives::Name),
    form("AWS::ApiGatewayV2::Api", "", &["ApiId"], "execute-api:R:A:N", Gives::Name),
    form(
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        "",
        &["TargetGroupName"],
        "elasticloadbalancing:R:A:targetgroup/N/N",
        Gives::Arn,
    ),
    form("AWS::Cognito::UserPool", "", &["UserPoolId"], "cognito-idp:R:A:userpool/N", Gives::Name),
    form(
        "AWS::StepFunctions::StateMachine",
        "StateMachineName",
        &["Name"],
        "states:R:A:stateMachine:N",
        Gives::Arn,
    ),
    form("AWS::DynamoDB::Table", "TableName", &[], "dynamodb:R:A:table/N", Gives::Name),
    form("AWS::DynamoDB::GlobalTable", "TableName", &[], "dynamodb:R:A:table/N", Gives::Name),
    form("AWS::MSK::Cluster", "ClusterName", &[], "kafka:R:A:cluster/N/N", Gives::Arn),
    form("AWS::MSK::ServerlessCluster", "ClusterName", &[], "kafka:R:A:cluster/N/N", Gives::Arn),
    form("AWS::DocDB::DBCluster", "DBClusterIdentifier", &[], "rds:R:A:cluster:N", Gives::Name),
    form("AWS::Kinesis::Stream", "Name", &[], "kinesis:R:A:stream/N", Gives::Name),
    form("AWS::IAM::Role", "RoleName", &[], "iam::A:role/N", Gives::Name),
    form("AWS::IAM::ManagedPolicy", "ManagedPolicyName", &[], "iam::A:policy/N", Gives::Arn),
    form("AWS::KMS::Key", "", &["KeyId"], "kms:R:A:key/N", Gives::Name),
    form("AWS::CodeCommit::Repository", "RepositoryName", &["Name"], "codecommit:R:A:N", Gives::Name),
];

/// What an ARN is not made of by a name alone.
const RULE: &str = "AWS::Events::Rule";
const SCHEDULE: &str = "AWS::Scheduler::Schedule";
const ALIAS: &str = "AWS::Lambda::Alias";
const VERSION: &str = "AWS::Lambda::Version";

/// Who reads names: the resources, the index over them, and the stand-ins for account and Region.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Names<'a> {
    /// All resources; their positions are their ids.
    pub(crate) declared: &'a [Declared],
    /// Which value means which resource.
    pub(crate) index: &'a Index,
    /// What stands for account, Region and stack where they are not known.
    pub(crate) stand_ins: &'a ReadOptions,
}

impl<'a> Names<'a> {
    /// The resource of this id.
    pub(crate) fn declared(&self, id: ResourceId) -> &'a Declared {
        &self.declared[id.0 as usize]
    }

    /// What something declared elsewhere or nowhere is called.
    pub(crate) fn called<'b>(&'b self, address: &'b str) -> &'b str {
        self.index.called(address)
    }

    /// The resource that a value means itself: an alias is not its function.
    pub(crate) fn itself(&self, node: &Node) -> Option<ResourceId> {
        match &tree::known(node).value {
            Value::Reference(reference) => self.index.itself(&reference.resource),
            Value::Null
            | Value::Flag(_)
            | Value::Number(_)
            | Value::Text(_)
            | Value::Mixed(_)
            | Value::List(_)
            | Value::Map(_)
            | Value::Unknown(_) => None,
        }
    }

    /// The resource that a value means, behind aliases; a bare name is one of `service`.
    pub(crate) fn means(&self, node: &Node, service: &str) -> Option<ResourceId> {
        match self.index.resolve(node, service) {
            LinkEnd::Resource(id) => Some(id),
            LinkEnd::Outside(_) | LinkEnd::Missing(_) => None,
        }
    }

    /// Everything that a value may be: one text where it is known, all possible ones where only they are.
    pub(crate) fn texts(&self, node: &Node) -> Vec<(Text, Answer)> {
        match &node.value {
            Value::Unknown(unknown) if !unknown.possible.is_empty() => {
                let each = unknown.possible.iter().filter(|one| !tree::is_null(one));
                let texts = each.flat_map(|one| self.texts(one));
                texts.map(|(text, _)| (text, Answer::Open)).collect()
            }
            Value::List(items) => items.iter().flat_map(|item| self.texts(item)).collect(),
            Value::Null => Vec::new(),
            Value::Flag(_)
            | Value::Number(_)
            | Value::Text(_)
            | Value::Mixed(_)
            | Value::Map(_)
            | Value::Reference(_)
            | Value::Unknown(_) => vec![(self.text(node), Answer::Yes)],
        }
    }

    /// What one value says.
    pub(crate) fn text(&self, node: &Node) -> Text {
        match &node.value {
            Value::Text(text) | Value::Number(text) => self.literal(text),
            Value::Flag(flag) => Text::literal(&flag.to_string()),
            Value::Mixed(pieces) => pieces.iter().fold(Text::default(), |text, piece| match piece {
                Piece::Text(literal) => text.then(&self.literal(literal)),
                Piece::Reference(reference) => text.then(&self.referenced(reference)),
                Piece::Unknown(why) => text.then(&Text::open(why)),
            }),
            Value::Reference(reference) => self.referenced(reference),
            Value::Unknown(unknown) => Text::open(&unknown.why),
            Value::Null | Value::List(_) | Value::Map(_) => Text::open("it is no text"),
        }
    }

    /// Literal text, in which stand-ins and IAM's own variables are open.
    pub(crate) fn literal(&self, text: &str) -> Text {
        let marks = [
            (self.stand_ins.account.as_str(), "AWS::AccountId"),
            (self.stand_ins.region.as_str(), "AWS::Region"),
            (self.stand_ins.stack_name.as_str(), "AWS::StackName"),
        ];
        let mut found = Text::default();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let stands_alone = !text[..text.len() - rest.len()].ends_with(char::is_alphanumeric);
            let mark = marks.iter().find(|(stand_in, _)| {
                stands_alone
                    && rest
                        .strip_prefix(stand_in)
                        .is_some_and(|after| !after.starts_with(char::is_alphanumeric))
            });
            if let Some((stand_in, name)) = mark {
                found = found.then(&Text::open(name));
                rest = &rest[stand_in.len()..];
            } else if let Some(end) = rest.starts_with("${").then(|| rest.find('}')).flatten() {
                found = found.then(&Text::open(&rest["${".len()..end]));
                rest = &rest[end + 1..];
            } else {
                found = found.then_literal(first.encode_utf8(&mut [0; 4]));
                rest = &rest[first.len_utf8()..];
            }
        }
        found
    }

    fn referenced(&self, reference: &Reference) -> Text {
        let Some(id) = self.index.itself(&reference.resource) else {
            return Text::open(&reference.resource);
        };
        let own = self.declared(id);
        let attribute = reference.attribute.as_deref();
        match own.type_name.as_str() {
            ALIAS | VERSION => return self.qualified(own, attribute),
            RULE if attribute.is_none() && self.bus_of(own).is_some() => {
                return Text::open(&format!("{}, which is the bus and the rule", own.logical_id));
            }
            _ => {}
        }
        let Some(form) = FORMS.iter().find(|form| form.type_name == own.type_name) else {
            let of = attribute.map_or_else(String::new, |attribute| format!(".{attribute}"));
            return Text::open(&format!("{}{of}", own.logical_id));
        };
        match (attribute, form.gives) {
            (Some("Arn" | "TopicArn" | "TargetGroupArn" | "StateMachineArn"), _) | (None, Gives::Arn) => {
                self.arn(id)
            }
            (Some("TargetGroupFullName"), _) => {
                Text::literal("targetgroup/").then(&self.name(id)).then_literal("/").then(&self.name(id))
            }
            (Some("StreamArn"), _) if self.is_table(id) => self.stream(id),
            (Some(name), _) if form.attributes.contains(&name) => self.name(id),
            (Some(other), _) => Text::open(&format!("{}.{other}", own.logical_id)),
            (None, Gives::Name) => self.name(id),
        }
    }

    /// The ARN of an alias or version, or its own name.
    fn qualified(&self, own: &Declared, attribute: Option<&str>) -> Text {
        let qualifier = match own.type_name.as_str() {
            ALIAS => at(&own.properties, "Name")
                .map_or_else(|| Text::name(&own.logical_id), |name| self.text(name)),
            _ => Text::name(&own.logical_id),
        };
        if let Some("Version") = attribute {
            return qualifier;
        }
        let Some(function) = at(&own.properties, "FunctionName") else { return Text::open(&own.logical_id) };
        let arn = match self.means(function, "lambda") {
            Some(id) => self.arn(id),
            None => self.text(function),
        };
        arn.then_literal(":").then(&qualifier)
    }

    /// The name of a resource: as written, or a mark of its own.
    pub(crate) fn name(&self, id: ResourceId) -> Text {
        let own = self.declared(id);
        let form = FORMS.iter().find(|form| form.type_name == own.type_name);
        let written = form.filter(|form| !form.property.is_empty());
        let written = written.and_then(|form| at(&own.properties, form.property));
        match written.map(|node| self.texts(node)).as_deref() {
            Some([(text, Answer::Yes)]) => text.clone(),
            Some(_) => Text::open(&format!("{}'s name", own.logical_id)),
            None => Text::name(&own.logical_id),
        }
    }

    /// The ARN of a resource.
    pub(crate) fn arn(&self, id: ResourceId) -> Text {
        let own = self.declared(id);
        if let ALIAS | VERSION = own.type_name.as_str() {
            return self.qualified(own, None);
        }
        let Some(form) = FORMS.iter().find(|form| form.type_name == own.type_name) else {
            return Text::open(&format!("{}.Arn", own.logical_id));
        };
        let mut arn = Text::literal("arn:").then(&self.partition(own)).then_literal(":");
        for character in form.arn.chars() {
            arn = match character {
                'R' => arn.then(&self.region(own)),
                'A' => arn.then(&self.account(own)),
                'N' => arn.then(&self.within(own)).then(&self.name(id)),
                other => arn.then_literal(other.encode_utf8(&mut [0; 4])),
            };
        }
        arn
    }

    /// Whether a resource is a table.
    pub(crate) fn is_table(&self, id: ResourceId) -> bool {
        matches!(self.declared(id).type_name.as_str(), "AWS::DynamoDB::Table" | "AWS::DynamoDB::GlobalTable")
    }

    /// The ARN of a table's stream, whose label only AWS knows.
    pub(crate) fn stream(&self, table: ResourceId) -> Text {
        let label = Text::name(&format!("{}'s stream", self.declared(table).logical_id));
        self.arn(table).then_literal("/stream/").then(&label)
    }

    /// What stands before the name: the bus of a rule, the group of a schedule, the path of a role.
    fn within(&self, own: &Declared) -> Text {
        let slash = |text: Text| text.then_literal("/");
        match own.type_name.as_str() {
            RULE => self.bus_of(own).map_or_else(Text::default, slash),
            SCHEDULE => {
                let group = at(&own.properties, "GroupName");
                slash(group.map_or_else(|| Text::literal("default"), |group| self.text(group)))
            }
            "AWS::IAM::Role" | "AWS::IAM::ManagedPolicy" => {
                let path = at(&own.properties, "Path").map(|path| self.text(path));
                path.map_or_else(Text::default, Text::without_first)
            }
            _ => Text::default(),
        }
    }

    /// The name of a rule's bus, where that is not the default one.
    fn bus_of(&self, rule: &Declared) -> Option<Text> {
        let bus = at(&rule.properties, "EventBusName")?;
        let name = match self.means(bus, "events") {
            Some(id) => self.name(id),
            None => self.text(bus).after("event-bus/"),
        };
        (name.plain().as_deref() != Some("default")).then_some(name)
    }

    /// The partition that a resource is in.
    pub(crate) fn partition(&self, own: &Declared) -> Text {
        Text::literal(partition(own.environment.region.as_deref().unwrap_or(&self.stand_ins.region)).0)
    }

    /// The Region that a resource is in.
    pub(crate) fn region(&self, own: &Declared) -> Text {
        self.literal(own.environment.region.as_deref().unwrap_or(&self.stand_ins.region))
    }

    /// The account of a resource.
    pub(crate) fn account(&self, own: &Declared) -> Text {
        self.literal(own.environment.account.as_deref().unwrap_or(&self.stand_ins.account))
    }
}

//! Where in the properties of a resource the other end of a link is named, and with what beside it.

use crate::template::access::{Answer, Callee, Names, Text};
use crate::template::declared::Declared;
use crate::template::tree::{self, at};
use crate::template::{Node, Value};
use crate::topology::{LinkEnd, ResourceId};

/// One place that names the target.
#[derive(Clone, Debug)]
pub(crate) struct Mention<'a> {
    /// The resource whose property it is.
    pub(crate) declared: &'a Declared,
    /// Its id.
    pub(crate) id: ResourceId,
    /// What is written.
    pub(crate) text: Text,
    /// Whether that is so for certain.
    pub(crate) there: Answer,
    /// The keys that lead to it.
    pub(crate) keys: Vec<String>,
    /// The role that is named nearest to it.
    pub(crate) role: Option<&'a Node>,
}

/// Resources that connect what they name with what else they name: the type, the property that names the source, and
/// the service of bare names there.
const CONNECTING: [(&str, &str, &str); 8] = [
    ("AWS::SNS::Subscription", "TopicArn", "sns"),
    ("AWS::Logs::SubscriptionFilter", "LogGroupName", "logs"),
    ("AWS::ApiGateway::Method", "RestApiId", "apigateway"),
    ("AWS::ApiGatewayV2::Integration", "ApiId", "apigateway"),
    ("AWS::ApiGateway::Authorizer", "RestApiId", "apigateway"),
    ("AWS::ApiGatewayV2::Authorizer", "ApiId", "apigateway"),
    ("AWS::Events::Rule", "EventBusName", "events"),
    ("AWS::SES::ReceiptRule", "RuleSetName", "ses"),
];

/// What names the role of a caller.
const ROLES: [&str; 8] = [
    "RoleArn",
    "RoleARN",
    "Credentials",
    "credentials",
    "CredentialsArn",
    "SubscriptionRoleArn",
    "ServiceRoleArn",
    "AuthorizerCredentials",
];

/// Parts of properties that name things without calling them.
const ASIDE: [&str; 19] = [
    "Dimensions",
    "Metrics",
    "Tags",
    "Input",
    "InputTransformer",
    "InputPath",
    "DeadLetterConfig",
    "OnFailureConfiguration",
    "FilterConfiguration",
    "RedrivePolicy",
    "RetryPolicy",
    "EventPattern",
    "Name",
    "Id",
    "Description",
    "FilterPolicy",
    "RoleArn",
    "Credentials",
    "Environment",
];

impl<'a> Names<'a> {
    /// All places where something that belongs to `from` names `to`.
    pub(crate) fn mentions(&self, from: &LinkEnd, to: ResourceId) -> Vec<Mention<'a>> {
        let mut found = Vec::new();
        for (position, declared) in self.declared.iter().enumerate() {
            let id = ResourceId(position as u32);
            if *from == LinkEnd::Resource(id) || self.connects(declared, from) {
                let mut walk = Walk { names: self, declared, id, to, keys: Vec::new(), found: &mut found };
                walk.node(&declared.properties, None, Answer::Yes);
            }
        }
        found
    }

    fn connects(&self, declared: &Declared, from: &LinkEnd) -> bool {
        let row = CONNECTING.iter().find(|(type_name, _, _)| *type_name == declared.type_name);
        row.and_then(|(_, property, service)| Some((at(&declared.properties, property)?, service)))
            .is_some_and(|(node, service)| self.index.resolve(node, service) == *from)
    }
}

struct Walk<'w, 'a> {
    names: &'w Names<'a>,
    declared: &'a Declared,
    id: ResourceId,
    to: ResourceId,
    keys: Vec<String>,
    found: &'w mut Vec<Mention<'a>>,
}

impl<'a> Walk<'_, 'a> {
    fn node(&mut self, node: &'a Node, role: Option<&'a Node>, there: Answer) {
        match &node.value {
            Value::Map(entries) => {
                let own = ROLES.iter().find_map(|key| node.get(key).filter(|found| !tree::is_null(found)));
                for entry in entries {
                    if !ASIDE.contains(&entry.key.as_str()) {
                        self.keys.push(entry.key.clone());
                        self.node(&entry.node, own.or(role), there);
                        self.keys.pop();
                    }
                }
            }
            Value::List(items) => items.iter().for_each(|item| self.node(item, role, there)),
            Value::Unknown(unknown) if !unknown.possible.is_empty() => {
                unknown.possible.iter().for_each(|one| self.node(one, role, Answer::Open));
            }
            Value::Reference(_) | Value::Mixed(_) | Value::Text(_) => self.leaf(node, role, there),
            Value::Null | Value::Flag(_) | Value::Number(_) | Value::Unknown(_) => {}
        }
    }

    fn leaf(&mut self, node: &'a Node, role: Option<&'a Node>, there: Answer) {
        let text = self.names.text(node);
        let quoted = crate::template::access::Atom::Char('"');
        let inside = text.atoms.contains(&quoted);
        if inside {
            let parts: Vec<Text> = text
                .atoms
                .split(|atom| *atom == quoted)
                .map(|atoms| Text { atoms: atoms.to_vec() })
                .collect();
            let own = self.names.name(self.to);
            let calls = |part: &&Text| {
                part.starts_with("arn:") && Callee::of((*part).clone()).name.like(&own) == Answer::Yes
            };
            for part in parts.iter().filter(calls) {
                self.take(part.clone(), role, there);
            }
        } else if self.names.index.resolve(node, self.service()) == LinkEnd::Resource(self.to) {
            self.take(text, role, there);
        }
    }

    /// A bare name is one of the target's own service only where the property speaks of such things.
    fn service(&self) -> &'static str {
        let key = self.keys.last().map_or("", String::as_str);
        match self.names.declared(self.to).type_name.as_str() {
            "AWS::Lambda::Function" if key.contains("Function") || key.contains("Lambda") => "lambda",
            "AWS::SQS::Queue" if key.contains("Queue") => "sqs",
            "AWS::SNS::Topic" if key.contains("Topic") || key == "TargetArn" => "sns",
            _ => "",
        }
    }

    fn take(&mut self, text: Text, role: Option<&'a Node>, there: Answer) {
        self.found.push(Mention {
            declared: self.declared,
            id: self.id,
            text,
            there,
            keys: self.keys.clone(),
            role,
        });
    }
}

//! Which resource a value means: by reference, by ARN, by address or by name.

use std::collections::BTreeMap;

use crate::template::build::nicknames::nicknames;
use crate::template::declared::Declared;
use crate::template::evaluate::undefined_name;
use crate::template::tree::{self, known};
use crate::template::{Node, Piece, Reference, Value};
use crate::topology::{LinkEnd, ResourceId};

/// All resources by logical id and by physical name.
#[derive(Debug, Default)]
pub(crate) struct Index {
    logical: BTreeMap<String, ResourceId>,
    /// By service and name; names that hold references or unknowns are rendered, so equal ones are found.
    physical: BTreeMap<(&'static str, String), ResourceId>,
    /// Aliases and versions, and the function that each stands for.
    stand_ins: BTreeMap<ResourceId, Node>,
    /// Modules, by the ids that those of their resources begin with.
    modules: Vec<(String, ResourceId)>,
    /// What things declared elsewhere are called, by their ARNs.
    pub(crate) nicknames: BTreeMap<String, String>,
}

/// Types whose name is a property: the type, the property, the service in ARNs.
const NAMED: [(&str, &str, &str); 12] = [
    ("AWS::SQS::Queue", "QueueName", "sqs"),
    ("AWS::Lambda::Function", "FunctionName", "lambda"),
    ("AWS::SNS::Topic", "TopicName", "sns"),
    ("AWS::S3::Bucket", "BucketName", "s3"),
    ("AWS::DynamoDB::Table", "TableName", "dynamodb"),
    ("AWS::Kinesis::Stream", "Name", "kinesis"),
    ("AWS::Events::EventBus", "Name", "events"),
    ("AWS::StepFunctions::StateMachine", "StateMachineName", "states"),
    ("AWS::Logs::LogGroup", "LogGroupName", "logs"),
    ("AWS::KinesisFirehose::DeliveryStream", "DeliveryStreamName", "firehose"),
    ("AWS::IAM::Role", "RoleName", "iam"),
    ("AWS::SecretsManager::Secret", "Name", "secretsmanager"),
];

/// What stands before the name in the resource part of an ARN.
const PREFIXES: [&str; 10] = [
    "function:",
    "table/",
    "stream/",
    "event-bus/",
    "stateMachine:",
    "log-group:",
    "deliverystream/",
    "role/",
    "secret:",
    "rule/",
];

/// A service and what it calls the thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// The service in ARNs.
    pub service: String,
    /// The resource part of the ARN, whole.
    pub resource: String,
    /// The name alone.
    pub name: String,
}

impl Index {
    /// The index of resources whose ids are their positions.
    pub(crate) fn of(declared: &[Declared]) -> Self {
        let mut index = Self { nicknames: nicknames(declared), ..Self::default() };
        for (position, resource) in declared.iter().enumerate() {
            let id = ResourceId(position as u32);
            index.logical.insert(resource.logical_id.clone(), id);
            if resource.type_name.ends_with("::MODULE") {
                index.modules.push((resource.logical_id.clone(), id));
            }
            if let Some((service, name)) = physical_name(resource) {
                index.physical.entry((service, key(name))).or_insert(id);
            }
            if let "AWS::Lambda::Alias" | "AWS::Lambda::Version" = resource.type_name.as_str()
                && let Some(function) = tree::at(&resource.properties, "FunctionName")
            {
                index.stand_ins.insert(id, function.clone());
            }
        }
        index
    }

    /// What something declared elsewhere or nowhere is called.
    pub(crate) fn called<'a>(&'a self, address: &'a str) -> &'a str {
        self.nicknames.get(address).map_or(address, String::as_str)
    }

    /// The resource with this logical id, behind aliases and versions.
    pub(crate) fn logical(&self, id: &str) -> Option<ResourceId> {
        let stack = id.rfind('/').map_or(0, |end| end + 1);
        let plain = id[stack..].find('.').map_or(id, |end| &id[..stack + end]);
        let found = self.logical.get(id).or_else(|| self.logical.get(plain)).copied();
        let found = found.or_else(|| self.module_of(id))?;
        let Some(function) = self.stand_ins.get(&found) else { return Some(found) };
        match self.resolve(function, "lambda") {
            LinkEnd::Resource(function) => Some(function),
            LinkEnd::Outside(_) | LinkEnd::Missing(_) => Some(found),
        }
    }

    /// The resource with this logical id itself: an alias is not its function.
    pub(crate) fn itself(&self, id: &str) -> Option<ResourceId> {
        self.logical.get(id).copied().or_else(|| self.stand_in(id))
    }

    /// The alias or version of this logical id, `Function.Alias` and `Function.Version` of SAM included.
    pub(crate) fn stand_in(&self, id: &str) -> Option<ResourceId> {
        let direct = self.logical.get(id).copied();
        if let Some(found) = direct {
            return self.stand_ins.contains_key(&found).then_some(found);
        }
        let (function, kind) = id.rsplit_once('.')?;
        let of_function =
            |known: &str| known.strip_prefix(function).is_some_and(|rest| rest.starts_with(kind));
        let named = self.logical.iter().filter(|(known, _)| of_function(known));
        named.map(|(_, found)| *found).find(|found| self.stand_ins.contains_key(found))
    }

    /// The module that brings along the resource of this id.
    fn module_of(&self, id: &str) -> Option<ResourceId> {
        self.modules.iter().find(|(module, _)| id.starts_with(module.as_str())).map(|(_, found)| *found)
    }

    /// What a value means; a bare name is one of `service`.
    pub(crate) fn resolve(&self, node: &Node, service: &str) -> LinkEnd {
        let node = known(node);
        match &node.value {
            Value::Reference(reference) => self.referenced(reference),
            Value::Mixed(pieces) => self
                .by_name(&key(node), service)
                .or_else(|| self.delimited(pieces))
                .unwrap_or_else(|| LinkEnd::Outside(label(node))),
            Value::Text(text) => {
                self.by_name(text, service).unwrap_or_else(|| LinkEnd::Outside(text.clone()))
            }
            Value::Unknown(unknown) => undefined_name(unknown)
                .map_or_else(|| LinkEnd::Outside(label(node)), |name| LinkEnd::Missing(name.to_owned())),
            Value::Null | Value::Flag(_) | Value::Number(_) | Value::List(_) | Value::Map(_) => {
                LinkEnd::Outside(label(node))
            }
        }
    }

    /// What has this name, whatever the name is made from.
    pub(crate) fn named(&self, name: &Node, service: &str) -> LinkEnd {
        self.by_name(&key(name), service).unwrap_or_else(|| LinkEnd::Outside(label(name)))
    }

    fn referenced(&self, reference: &Reference) -> LinkEnd {
        self.logical(&reference.resource)
            .map_or_else(|| LinkEnd::Missing(reference.resource.clone()), LinkEnd::Resource)
    }

    fn by_name(&self, text: &str, service: &str) -> Option<LinkEnd> {
        let address = address(text, service);
        let found = NAMED.iter().find(|named| named.2 == address.service)?;
        self.physical.get(&(found.2, address.name)).copied().map(LinkEnd::Resource)
    }

    /// The first reference of the text that is a whole part of an ARN or path, not a part of a longer name.
    fn delimited(&self, pieces: &[Piece]) -> Option<LinkEnd> {
        pieces.iter().enumerate().find_map(|(position, piece)| {
            let Piece::Reference(reference) = piece else { return None };
            let before = position.checked_sub(1).map(|before| &pieces[before]);
            let starts = before.is_none_or(|before| delimits(before, End::Last));
            let ends = pieces.get(position + 1).is_none_or(|after| delimits(after, End::First));
            (starts && ends).then(|| self.referenced(reference))
        })
    }
}

/// What a resource is called outside of its template: the service in ARNs, and the name as written.
pub(crate) fn physical_name(declared: &Declared) -> Option<(&'static str, &Node)> {
    let (_, property, service) = NAMED.iter().find(|named| named.0 == declared.type_name)?;
    tree::at(&declared.properties, property).map(|name| (*service, known(name)))
}

/// What resources are called outside of their template, where that is said in full.
pub(crate) fn physical_names(declared: &[Declared]) -> BTreeMap<ResourceId, String> {
    let named = |(position, one): (usize, &Declared)| match &physical_name(one)?.1.value {
        Value::Text(name) => Some((ResourceId(position as u32), name.clone())),
        Value::Null
        | Value::Flag(_)
        | Value::Number(_)
        | Value::List(_)
        | Value::Map(_)
        | Value::Mixed(_)
        | Value::Reference(_)
        | Value::Unknown(_) => None,
    };
    declared.iter().enumerate().filter_map(named).collect()
}

/// An end of a piece of text.
#[derive(Clone, Copy)]
enum End {
    First,
    Last,
}

fn delimits(piece: &Piece, end: End) -> bool {
    let Piece::Text(text) = piece else { return false };
    let character = match end {
        End::First => text.chars().next(),
        End::Last => text.chars().last(),
    };
    matches!(character, Some(':' | '/'))
}

/// The address that a text is: an ARN, what API Gateway calls by one, the address of a queue, or a bare name of
/// `service`.
pub(crate) fn address(text: &str, service: &str) -> Address {
    if let Some((_, function)) = text.split_once("/functions/") {
        return address(function.trim_end_matches("/invocations"), "lambda");
    }
    if let Some(arn) = text.strip_prefix("arn:") {
        let mut parts = arn.splitn(5, ':');
        let service = parts.nth(1).unwrap_or_default();
        let resource = parts.last().unwrap_or_default();
        return named(service, resource);
    }
    if text.starts_with("https://") && text.contains("sqs") {
        return named("sqs", text.rsplit('/').next().unwrap_or(text));
    }
    named(service, text)
}

fn named(service: &str, resource: &str) -> Address {
    let bare = PREFIXES.iter().find_map(|prefix| resource.strip_prefix(prefix)).unwrap_or(resource);
    let name = match service {
        "logs" => bare.split(':').next(),
        "iam" => bare.rsplit('/').next(),
        _ => bare.split([':', '/']).next(),
    };
    Address {
        service: service.to_owned(),
        resource: resource.to_owned(),
        name: name.unwrap_or(bare).to_owned(),
    }
}

/// Rendered text without separators inside its symbolic parts, so that an ARN can be taken apart.
pub(crate) fn key(node: &Node) -> String {
    let Value::Mixed(pieces) = &known(node).value else { return tree::render(node) };
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Reference(Reference { resource, attribute: Some(attribute) }) => {
                format!("${{{}.{attribute}}}", resource.replace('/', " "))
            }
            Piece::Reference(Reference { resource, attribute: None }) => {
                format!("${{{}}}", resource.replace('/', " "))
            }
            Piece::Unknown(why) => format!("${{{}}}", why.replace([':', '/'], " ")),
        })
        .collect()
}

/// How something declared elsewhere is called in links.
pub(super) fn label(node: &Node) -> String {
    match &known(node).value {
        Value::Unknown(unknown) => format!("({})", unknown.why),
        Value::Null
        | Value::Flag(_)
        | Value::Number(_)
        | Value::Text(_)
        | Value::Mixed(_)
        | Value::List(_)
        | Value::Map(_)
        | Value::Reference(_) => tree::render(node),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Arc;

    use super::*;
    use crate::vocabulary::Place;

    fn place() -> Place {
        Place::start_of(&Arc::new(PathBuf::from("t.yaml")))
    }

    fn index() -> Index {
        let queue = tree::map([("QueueName", tree::text("orders", &place()))], &place());
        let function = tree::map([("FunctionName", tree::text("fulfil", &place()))], &place());
        let alias = tree::map([("FunctionName", tree::reference("Fulfil", &place()))], &place());
        Index::of(&[
            Declared::generated("Orders".to_owned(), "AWS::SQS::Queue", queue),
            Declared::generated("Fulfil".to_owned(), "AWS::Lambda::Function", function),
            Declared::generated("Live".to_owned(), "AWS::Lambda::Alias", alias),
        ])
    }

    fn found(value: Value, service: &str) -> LinkEnd {
        index().resolve(&Node { value, place: place() }, service)
    }

    #[test]
    fn a_queue_is_found_by_every_spelling() {
        let orders = LinkEnd::Resource(ResourceId(0));
        let texts = [
            "orders",
            "arn:aws:sqs:eu-west-1:123456789012:orders",
            "https://sqs.eu-west-1.amazonaws.com/123456789012/orders",
        ];
        for text in texts {
            assert_eq!(found(Value::Text(text.to_owned()), "sqs"), orders, "{text}");
        }
        let elsewhere = "arn:aws:sqs:eu-west-1:123456789012:returns";
        assert_eq!(found(Value::Text(elsewhere.to_owned()), "sqs"), LinkEnd::Outside(elsewhere.to_owned()));
    }

    #[test]
    fn a_function_is_found_behind_aliases_and_qualifiers() {
        let fulfil = LinkEnd::Resource(ResourceId(1));
        let arn = "arn:aws:lambda:eu-west-1:123456789012:function:fulfil:live";
        let called =
            format!("arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{arn}/invocations");
        for text in ["fulfil", "fulfil:live", arn, &called] {
            assert_eq!(found(Value::Text(text.to_owned()), "lambda"), fulfil, "{text}");
        }
        assert_eq!(found(tree::reference("Live", &place()).value, "lambda"), fulfil);
        assert_eq!(found(tree::reference("Fulfil.Alias", &place()).value, "lambda"), fulfil);
    }

    #[test]
    fn a_reference_inside_a_longer_name_is_not_the_resource() {
        let piece = |attribute: &str| {
            Piece::Reference(Reference {
                resource: "Orders".to_owned(),
                attribute: Some(attribute.to_owned()),
            })
        };
        let arn = |rest: &str| {
            Value::Mixed(vec![
                Piece::Text("arn:aws:sqs:eu-west-1:1:".to_owned()),
                piece("QueueName"),
                Piece::Text(rest.to_owned()),
            ])
        };
        assert_eq!(found(arn("/x"), "sqs"), LinkEnd::Resource(ResourceId(0)));
        assert!(matches!(found(arn("-dead"), "sqs"), LinkEnd::Outside(_)));
    }

    #[test]
    fn an_undeclared_resource_is_missing() {
        assert_eq!(
            found(tree::reference("Nowhere", &place()).value, "sqs"),
            LinkEnd::Missing("Nowhere".to_owned())
        );
    }
}

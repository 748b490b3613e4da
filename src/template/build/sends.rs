//! Which function sends to what, where the template shows it: a wildcard is a question, not evidence.

use crate::template::Node;
use crate::template::ReadOptions;
use crate::template::access::{Names, Scope, actions, may_send};
use crate::template::build::context::{Build, FUNCTION, QUEUE};
use crate::template::declared::Connection;
use crate::template::tree::{entries, path};
use crate::topology::{InvocationModel, Link, LinkDetail, LinkEnd, Permitted, ResourceId, SendEvidence};
use crate::vocabulary::{Diagnostic, Place};

/// The source of links from functions: their own calls.
const SDK: &str = "sdk";

/// What functions send to that hands events on or keeps them for a consumer, and the service of bare names. What is
/// written into a table is not followed: whether a write changes an item, so that it is in the table's stream, is up to
/// the function.
const TARGETS: [(&str, &str); 8] = [
    (QUEUE, "sqs"),
    ("AWS::SNS::Topic", "sns"),
    ("AWS::Events::EventBus", "events"),
    ("AWS::EventsV2::EventBus", "events"),
    ("AWS::S3::Bucket", "s3"),
    (FUNCTION, "lambda"),
    ("AWS::StepFunctions::StateMachine", "states"),
    ("AWS::Kinesis::Stream", "kinesis"),
];

impl Build<'_> {
    /// All links from functions to what they send to.
    pub(crate) fn sends(&mut self, connections: &[Connection]) {
        for connection in connections {
            self.connection(connection);
        }
        for position in 0..self.declared.len() {
            if self.declared[position].type_name == FUNCTION {
                self.environment(ResourceId(position as u32));
            }
        }
    }

    fn connection(&mut self, connection: &Connection) {
        let (Some(from), Some(to)) =
            (self.index.logical(&connection.from), self.index.logical(&connection.to))
        else {
            let message =
                format!("connector from {} to {}: one is not declared", connection.from, connection.to);
            self.diagnostics
                .push(Diagnostic::warning("template-missing-resource", message).at(&connection.place));
            return;
        };
        let writes = connection.permissions.iter().any(|permission| permission == "Write");
        if writes && self.declared(from).type_name == FUNCTION && self.is_sent_to(to) {
            self.send(from, to, &connection.place, SendEvidence::Connector);
        }
    }

    fn environment(&mut self, function: ResourceId) {
        let declared = self.declared(function);
        let variables = path(&declared.properties, &["Environment", "Variables"]);
        for variable in variables.map_or(&[][..], entries) {
            for target in self.named_by(&variable.node) {
                match self.may_send(function, target) {
                    Some(_) if target == function => {}
                    Some(Scope::Scoped) => {
                        let evidence = SendEvidence::EnvironmentAndPolicy(variable.key.clone());
                        self.send(function, target, &variable.key_place, evidence);
                    }
                    Some(Scope::Wildcard) => self.ask(function, target, &variable.key, &variable.key_place),
                    None => {}
                }
            }
        }
    }

    fn is_sent_to(&self, id: ResourceId) -> bool {
        TARGETS.iter().any(|(type_name, _)| *type_name == self.declared(id).type_name)
    }

    /// What a variable may name; a bare name may be that of things of several services.
    fn named_by(&self, value: &Node) -> Vec<ResourceId> {
        let mut named = Vec::new();
        for (_, service) in TARGETS {
            if let LinkEnd::Resource(id) = self.index.resolve(value, service)
                && self.is_sent_to(id)
                && !named.contains(&id)
            {
                named.push(id);
            }
        }
        named
    }

    /// How closely the policies allow a function to send to something.
    fn may_send(&self, function: ResourceId, to: ResourceId) -> Option<Scope> {
        let stand_ins = ReadOptions::with_stand_ins();
        let names = Names { declared: self.declared, index: &self.index, stand_ins: &stand_ins };
        let each = actions(&self.declared(to).type_name).iter();
        each.filter_map(|action| may_send(self.models, names, function, (*action, to))).max()
    }

    fn send(&mut self, function: ResourceId, queue: ResourceId, place: &Place, evidence: SendEvidence) {
        let (from, to) = (LinkEnd::Resource(function), LinkEnd::Resource(queue));
        if self.links.iter().any(|link| link.source == SDK && link.from == from && link.to == to) {
            return;
        }
        self.links.push(Link {
            from,
            to,
            model: InvocationModel::Forward,
            source: SDK.to_owned(),
            place: Some(place.clone()),
            permitted: Permitted::Unknown,
            detail: LinkDetail::Sends(evidence),
        });
    }

    /// A function that knows something and has a wildcard right may send to it; one that it is fed by need not.
    fn ask(&mut self, function: ResourceId, queue: ResourceId, variable: &str, place: &Place) {
        let (from, to) = (LinkEnd::Resource(queue), LinkEnd::Resource(function));
        if self.links.iter().any(|link| link.from == from && link.to == to) {
            return;
        }
        let (function, queue) = (&self.declared(function).name, &self.declared(queue).name);
        let message =
            format!("{function} knows {queue} by {variable} and may send to it by a wildcard: does it?");
        let help = format!("if so, say --assume '{function} sends {queue}'");
        self.diagnostics.push(Diagnostic::note("template-may-send", message).at(place).help(help));
    }
}

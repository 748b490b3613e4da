//! `AWS::SQS::Queue`.

use crate::template::build::context::{Build, QUEUE};
use crate::template::build::json;
use crate::template::build::setting::{Reader, SettingValue};
use crate::template::declared::Declared;
use crate::template::tree::{at, items_at, known, render, scalar_at};
use crate::template::{Node, Reference, Value};
use crate::topology::{LinkEnd, Queue, QueueKind, Redrive, RedriveAllow, RedriveTarget, ResourceId, Setting};
use crate::vocabulary::Diagnostic;

impl Build<'_> {
    /// The queue with its settings.
    pub(crate) fn queue(&mut self, declared: &Declared) -> Queue {
        let own = &declared.properties;
        let fifo = self.fifo(own);
        Queue {
            kind: if fifo.flag.value { QueueKind::Fifo } else { QueueKind::Standard },
            visibility_timeout: self.queue_setting(own, "VisibilityTimeout"),
            message_retention: self.queue_setting(own, "MessageRetentionPeriod"),
            delay: self.queue_setting(own, "DelaySeconds"),
            maximum_message_size: self.queue_setting(own, "MaximumMessageSize"),
            receive_wait: self.queue_setting(own, "ReceiveMessageWaitTimeSeconds"),
            redrive: at(own, "RedrivePolicy").and_then(|policy| self.redrive(policy)),
            redrive_allow: at(own, "RedriveAllowPolicy")
                .map_or(RedriveAllow::All, |policy| self.allow(policy)),
            fifo,
        }
    }

    pub(super) fn queue_setting<T: SettingValue>(&mut self, own: &Node, name: &str) -> Setting<T> {
        self.reader().required(at(own, name), &format!("{QUEUE}.{name}"))
    }

    /// Reads settings with this building's models and diagnostics.
    pub(crate) fn reader(&mut self) -> Reader<'_> {
        Reader { models: self.models, of: None, diagnostics: &mut self.diagnostics }
    }

    /// The same where a property has another default or range in one model than in others.
    pub(crate) fn reader_of(&mut self, model: &'static str) -> Reader<'_> {
        Reader { of: Some(model), ..self.reader() }
    }

    fn redrive(&mut self, policy: &Node) -> Option<Redrive> {
        let parsed = self.policy(policy, "RedrivePolicy")?;
        let property = format!("{QUEUE}.RedrivePolicy.maxReceiveCount");
        let Some(target) = at(&parsed, "deadLetterTargetArn") else {
            self.incomplete(policy, "deadLetterTargetArn");
            return None;
        };
        let Some(count) = at(&parsed, "maxReceiveCount") else {
            self.incomplete(policy, "maxReceiveCount");
            return None;
        };
        let max_receive_count = self.reader().needed(count, &property)?;
        Some(Redrive {
            max_receive_count,
            target: self.redrive_target(target),
            place: Some(policy.place.clone()),
        })
    }

    fn incomplete(&mut self, policy: &Node, missing: &str) {
        let message = format!("RedrivePolicy has no {missing}, so nothing is dead-lettered");
        self.diagnostics.push(Diagnostic::warning("template-incomplete-redrive", message).at(&policy.place));
    }

    fn redrive_target(&mut self, target: &Node) -> RedriveTarget {
        self.needs_arn(target, "deadLetterTargetArn");
        match self.resolve(target, "sqs") {
            LinkEnd::Resource(id) if self.declared(id).type_name == QUEUE => RedriveTarget::Queue(id),
            LinkEnd::Resource(id) => RedriveTarget::Missing(self.declared(id).name.clone()),
            LinkEnd::Missing(name) => RedriveTarget::Missing(name),
            LinkEnd::Outside(name) => RedriveTarget::Outside(name),
        }
    }

    fn allow(&mut self, policy: &Node) -> RedriveAllow {
        let Some(parsed) = self.policy(policy, "RedriveAllowPolicy") else { return RedriveAllow::All };
        match scalar_at(&parsed, "redrivePermission") {
            Some("denyAll") => RedriveAllow::None,
            Some("byQueue") => {
                let named = items_at(&parsed, "sourceQueueArns");
                let ends: Vec<_> = named.iter().map(|source| self.resolve(source, "sqs")).collect();
                RedriveAllow::ByQueue(ends.iter().filter_map(as_resource).collect())
            }
            Some("allowAll") => RedriveAllow::All,
            other => {
                let given = other.unwrap_or("nothing");
                let message =
                    format!("redrivePermission is {given}, but must be allowAll, denyAll or byQueue");
                let diagnostic = Diagnostic::warning("template-malformed-setting", message);
                self.diagnostics.push(diagnostic.at(&policy.place));
                RedriveAllow::All
            }
        }
    }

    /// A policy as a map: written as one, or as JSON in a text.
    pub(super) fn policy(&mut self, policy: &Node, name: &str) -> Option<Node> {
        if let Value::Map(_) = known(policy).value {
            return Some(policy.clone());
        }
        let map = json::map(policy);
        if map.is_none() {
            let given = render(policy);
            let message = format!("{name} is {given:?}, but must be a map or a map as JSON");
            let diagnostic = Diagnostic::warning("template-malformed-setting", message);
            self.diagnostics.push(diagnostic.at(&policy.place));
        }
        map
    }

    /// Warns where an ARN is needed and a reference gives a queue's address instead.
    pub(crate) fn needs_arn(&mut self, node: &Node, property: &str) {
        if let Value::Reference(Reference { resource, attribute: None }) = &known(node).value
            && let Some(id) = self.index.logical(resource)
            && self.declared(id).type_name == QUEUE
        {
            let message =
                format!("{property} refers to {resource} itself, which gives its URL and not its ARN");
            let help = format!("write !GetAtt {resource}.Arn; it is read so");
            self.diagnostics
                .push(Diagnostic::warning("template-url-for-arn", message).at(&node.place).help(help));
        }
    }
}

const fn as_resource(end: &LinkEnd) -> Option<ResourceId> {
    match end {
        LinkEnd::Resource(id) => Some(*id),
        LinkEnd::Outside(_) | LinkEnd::Missing(_) => None,
    }
}

//! `EventBridge`: rules, schedules and pipes.

use crate::template::Node;
use crate::template::build::context::Build;
use crate::template::build::exits::DEAD_LETTER;
use crate::template::build::sources::{Source, by_id};
use crate::template::declared::Declared;
use crate::template::tree::{at, entries, items_at, path, scalar};
use crate::topology::{InvocationModel, LinkEnd, ResourceId};

impl Build<'_> {
    /// `AWS::Events::Rule`.
    pub(crate) fn rule(&mut self, id: ResourceId, declared: &Declared) {
        let own = &declared.properties;
        let rule = LinkEnd::Resource(id);
        let source =
            if at(own, "ScheduleExpression").is_some() { by_id("schedule") } else { by_id("eventbridge") };
        if let Some(bus) = at(own, "EventBusName") {
            let from = self.resolve(bus, "events");
            if let LinkEnd::Resource(_) = from {
                self.forward(source.id, from, rule.clone(), &bus.place);
            }
        }
        for target in items_at(own, "Targets") {
            self.target(source, &rule, target);
        }
    }

    /// `AWS::Scheduler::Schedule`.
    pub(crate) fn schedule(&mut self, id: ResourceId, declared: &Declared) {
        if let Some(target) = at(&declared.properties, "Target") {
            self.target(by_id("scheduler"), &LinkEnd::Resource(id), target);
        }
    }

    fn target(&mut self, source: &'static Source, from: &LinkEnd, target: &Node) {
        if let Some(arn) = at(target, "Arn") {
            self.hop(source, from, arn);
        }
        if let Some(queue) = path(target, &["DeadLetterConfig", "Arn"]) {
            self.exit_link(DEAD_LETTER, from.clone(), queue);
        }
    }

    /// `AWS::Pipes::Pipe`: from its source into the pipe, from the pipe into its enrichment and its target.
    pub(crate) fn pipe(&mut self, id: ResourceId, declared: &Declared) {
        let own = &declared.properties;
        let pipe = LinkEnd::Resource(id);
        if let Some(source) = at(own, "Source") {
            let from = self.resolve(source, "sqs");
            self.forward("pipes", from, pipe.clone(), &source.place);
        }
        if let Some(enrichment) = at(own, "Enrichment") {
            self.called(&pipe, enrichment, InvocationModel::Sync);
        }
        if let Some(target) = at(own, "Target") {
            let fire = path(own, &["TargetParameters", "LambdaFunctionParameters", "InvocationType"]);
            let waits = fire.and_then(scalar) != Some("FIRE_AND_FORGET");
            let model = if waits { InvocationModel::Sync } else { InvocationModel::Async };
            self.called(&pipe, target, model);
        }
        if let Some(parameters) = at(own, "SourceParameters") {
            for poller in entries(parameters) {
                if let Some(queue) = path(&poller.node, &["DeadLetterConfig", "Arn"]) {
                    self.exit_link(DEAD_LETTER, pipe.clone(), queue);
                }
            }
        }
    }

    /// A hop that invokes, where its target is a function, in the given way instead of the source's usual one.
    fn called(&mut self, from: &LinkEnd, target: &Node, model: InvocationModel) {
        let to = self.resolve(target, "lambda");
        let model = if self.is_function(&to, target) { model } else { InvocationModel::Forward };
        self.link("pipes", model, from.clone(), to, &target.place);
    }
}

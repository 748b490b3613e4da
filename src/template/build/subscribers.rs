//! `EventBridge`: subscribers of a custom event bus of 2026, each with one target and a retry policy of its own.

use crate::pattern::Dialect;
use crate::template::Node;
use crate::template::build::context::Build;
use crate::template::build::deliver::Hop;
use crate::template::build::setting::{SettingValue, origin};
use crate::template::build::sources::by_id;
use crate::template::declared::Declared;
use crate::template::tree::{at, items_at, path, render, scalar, scalar_at};
use crate::topology::{Content, InvocationModel, LinkEnd, MappingFilter, ResourceId, Setting};
use crate::vocabulary::Diagnostic;

/// The type of subscribers.
const SUBSCRIBER: &str = "AWS::EventsV2::Subscriber";
/// As the files of `models/sources/` are called.
const SOURCE: &str = "event_bus_custom";
/// What holds for targets that are functions.
const LAMBDA: &str = "InvokeConfiguration.LambdaParameters";
/// The word for a subscriber that waits for its function.
const WAITS: &str = "REQUEST_RESPONSE";
/// The word for a subscriber that delivers nothing.
const STOPPED: &str = "STOPPED";
/// The word for one that keeps the order of a group.
const FIFO: &str = "FIFO";
/// The scope of filters that look at what the publisher wrote.
const DATA: &str = "DATA";

impl Build<'_> {
    /// `AWS::EventsV2::Subscriber`: from its bus into the subscriber, where the bus is declared here, and on to its
    /// target. Without such a bus the subscriber itself is where events come in.
    pub(crate) fn subscriber(&mut self, id: ResourceId, declared: &Declared) {
        let own = &declared.properties;
        let (this, source) = (LinkEnd::Resource(id), by_id(SOURCE));
        let enabled = at(own, "State")
            .map(|state| Setting::known(scalar(state) != Some(STOPPED), origin(&state.place)));
        self.note_order(declared);
        if let Some(bus) = at(own, "EventBusArn") {
            let from = self.resolve(bus, "");
            self.exists(&from, bus, &declared.name);
            if let LinkEnd::Resource(_) = from {
                let mut hop = Hop::usual(source, &from);
                hop.model = InvocationModel::Forward;
                hop.delivery.enabled.clone_from(&enabled);
                hop.delivery.filters = self.subscriber_filters(declared);
                self.delivers(hop, this.clone(), &bus.place);
            }
        }
        let Some(target) = path(own, &["InvokeConfiguration", "TargetArn"]) else {
            let message = format!("subscriber {} has no target: nothing comes of its events", declared.name);
            let diagnostic = Diagnostic::warning("template-subscriber-without-target", message);
            self.diagnostics
                .push(diagnostic.at(&declared.place).help("give it a TargetArn, or leave it out"));
            return;
        };
        let mut hop = Hop::usual(source, &this);
        hop.delivery.enabled = enabled;
        if let Some(queue) = path(own, &["OnFailureConfiguration", "Arn"]) {
            hop.delivery.dead_letter = self.exit(queue, "OnFailureConfiguration.Arn", &declared.name);
        }
        hop.delivery.attempts = Some(self.subscriber_retry(own, "MaxRetryAttempts"));
        hop.delivery.age = Some(self.subscriber_retry(own, "MaxEventAgeInSeconds"));
        if let Some(transformer) = at(own, "Transformer") {
            hop.delivery.content = match scalar_at(transformer, "Type") {
                Some("RAW") | None => Content::Raw,
                Some(_) => Content::Transformed(render(transformer)),
            };
        }
        let to = self.resolve(target, "lambda");
        self.exists(&to, target, &declared.name);
        if !self.is_function(&to, target) {
            return self.deliver_to(hop, to, target);
        }
        let parameters = path(own, &["InvokeConfiguration", "LambdaParameters"]);
        let named = parameters.and_then(|parameters| at(parameters, "Qualifier"));
        hop.delivery.qualifier =
            self.qualifier(target).or_else(|| named.map(|named| self.qualifier_named(named)));
        if parameters.and_then(|parameters| scalar_at(parameters, "InvocationType")) == Some(WAITS) {
            hop.model = InvocationModel::Sync;
            let written = parameters.and_then(|parameters| at(parameters, "InvocationTimeoutSeconds"));
            let property = format!("{SUBSCRIBER}.{LAMBDA}.InvocationTimeoutSeconds");
            hop.delivery.timeout = Some(self.reader().required(written, &property));
        }
        self.delivers(hop, to, &target.place);
    }

    fn subscriber_retry<T: SettingValue>(&mut self, own: &Node, name: &str) -> Setting<T> {
        let written = path(own, &["RetryPolicy", name]);
        self.reader().required(written, &format!("{SUBSCRIBER}.RetryPolicy.{name}"))
    }

    /// What a subscriber wants: the filter of what the publisher wrote; there is at most one for each scope, and an
    /// event has to pass all of them.
    fn subscriber_filters(&mut self, declared: &Declared) -> Vec<MappingFilter> {
        let mut found = Vec::new();
        let Some(filters) = at(&declared.properties, "FilterConfiguration") else { return found };
        for filter in items_at(filters, "Filters") {
            let Some(pattern) = at(filter, "Pattern") else { continue };
            match scalar_at(filter, "Scope") {
                Some(DATA) if found.is_empty() => {
                    found = self.pattern(&declared.name, pattern, Dialect::Bus);
                }
                scope => self.open_scope(&declared.name, scope.unwrap_or_default(), pattern),
            }
        }
        found
    }

    fn open_scope(&mut self, owner: &str, scope: &str, pattern: &Node) {
        let message = format!("what the filter of {owner} on {scope} leaves out is not known");
        let help = "every event is taken to pass it; only filters on DATA are judged";
        let diagnostic = Diagnostic::warning("template-open-filter", message);
        self.diagnostics.push(diagnostic.at(&pattern.place).help(help));
    }

    fn note_order(&mut self, declared: &Declared) {
        let Some(kind) = at(&declared.properties, "Type") else { return };
        if scalar(kind) == Some(FIFO) {
            let message =
                format!("subscriber {} keeps the order of a group, which is not simulated", declared.name);
            let help = "its events are delivered each by itself; see `redrive explain event_bus_custom.fifo_subscriber`";
            let diagnostic = Diagnostic::warning("template-unmodelled-order", message);
            self.diagnostics.push(diagnostic.at(&kind.place).help(help));
        }
    }
}

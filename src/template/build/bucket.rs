//! `AWS::S3::Bucket`: its notifications, and the rules that hear of it by `EventBridge`.

use crate::pattern::{Dialect, Pattern};
use crate::template::Node;
use crate::template::build::context::Build;
use crate::template::build::deliver::Hop;
use crate::template::build::rules::RULE;
use crate::template::build::sources::by_id;
use crate::template::declared::Declared;
use crate::template::tree::{at, items_at, path, render, scalar_at};
use crate::topology::{
    InvocationModel, LinkDetail, LinkEnd, MappingFilter, ObjectFilter, ResourceId, grammar,
};
use crate::vocabulary::Diagnostic;

/// Kinds of notifications: the property that lists them, the property that names the target, the service of bare names.
const NOTIFICATIONS: [(&str, &str, &str); 3] = [
    ("LambdaConfigurations", "Function", "lambda"),
    ("QueueConfigurations", "Queue", "sqs"),
    ("TopicConfigurations", "Topic", "sns"),
];

/// The source in events that S3 gives to `EventBridge`.
const SOURCE: &str = "aws.s3";

impl Build<'_> {
    /// The links of a bucket's notifications.
    pub(crate) fn bucket(&mut self, id: ResourceId, declared: &Declared) {
        let Some(notifications) = at(&declared.properties, "NotificationConfiguration") else { return };
        for (kind, property, service) in NOTIFICATIONS {
            for notification in items_at(notifications, kind) {
                if let Some(target) = at(notification, property) {
                    let to = self.resolve(target, service);
                    self.exists(&to, target, &declared.name);
                    self.notification(id, &to, target, notification);
                }
            }
        }
        if let Some(bus) = at(notifications, "EventBridgeConfiguration")
            && scalar_at(bus, "EventBridgeEnabled") != Some("false")
        {
            self.bucket_rules(id, bus);
        }
    }

    /// A target that has several notifications has one link with all of their filters: S3 lets none overlap.
    fn notification(&mut self, bucket: ResourceId, to: &LinkEnd, target: &Node, notification: &Node) {
        let mut hop = Hop::usual(by_id("s3"), &LinkEnd::Resource(bucket));
        let filters = self.object_filters(notification);
        let qualifier = if self.is_function(to, target) { self.qualifier(target) } else { None };
        let found = self.links.iter_mut().find_map(|link| match &mut link.detail {
            LinkDetail::Delivers(one)
                if link.source == hop.source
                    && link.from == hop.from
                    && link.to == *to
                    && one.qualifier == qualifier =>
            {
                Some(one)
            }
            LinkDetail::Delivers(_)
            | LinkDetail::QueuePolling(_)
            | LinkDetail::Sends(_)
            | LinkDetail::StreamPolling(_)
            | LinkDetail::Unmodelled => None,
        });
        if let Some(found) = found {
            found.filters.extend(filters);
        } else {
            hop.delivery.filters = filters;
            self.deliver_to(hop, to.clone(), target);
        }
    }

    fn object_filters(&self, notification: &Node) -> Vec<MappingFilter> {
        let Ok(grammar) = grammar(self.models, Dialect::Bus) else { return Vec::new() };
        let rules = path(notification, &["Filter", "S3Key"]).map_or(&[][..], |key| items_at(key, "Rules"));
        let rule = |wanted: &str| {
            let is_wanted =
                |rule: &&Node| scalar_at(rule, "Name").is_some_and(|name| name.eq_ignore_ascii_case(wanted));
            let found = rules.iter().find(is_wanted).and_then(|rule| at(rule, "Value"));
            found.map_or_else(String::new, render)
        };
        let filter = |event: &Node| {
            let event = render(event);
            let event = event.strip_prefix("s3:").unwrap_or(&event).to_owned();
            let text = ObjectFilter { event, prefix: rule("prefix"), suffix: rule("suffix") }.pattern();
            let pattern = Pattern::parse(&text, &grammar);
            MappingFilter { text, pattern, place: Some(notification.place.clone()) }
        };
        items_at(notification, "Event").iter().map(filter).collect()
    }

    /// All events of the bucket go to the default bus: to the rules here that listen for it, else to whoever listens
    /// elsewhere.
    fn bucket_rules(&mut self, bucket: ResourceId, place: &Node) {
        let mut listening = Vec::new();
        for (position, rule) in self.declared.iter().enumerate() {
            if rule.type_name == RULE && self.listens(rule, bucket) {
                listening.push((ResourceId(position as u32), rule));
            }
        }
        let hop = || {
            let mut hop = Hop::usual(by_id("s3"), &LinkEnd::Resource(bucket));
            hop.model = InvocationModel::Forward;
            hop
        };
        if listening.is_empty() {
            self.delivers(hop(), LinkEnd::Outside("default event bus".to_owned()), &place.place);
        }
        for (id, rule) in listening {
            let mut hop = hop();
            hop.delivery.filters = self.rule_pattern(rule);
            self.delivers(hop, LinkEnd::Resource(id), &rule.place);
        }
    }

    /// Buckets whose events a rule waits for and which send none: they tell the default bus of nothing unless asked to.
    pub(crate) fn silent_buckets(&mut self, rule: &Declared) {
        //= s3.event_bus
        let pattern = at(&rule.properties, "EventPattern");
        let names = pattern.and_then(|pattern| path(pattern, &["detail", "bucket", "name"]));
        let Some(names) = names.filter(|_| {
            pattern.is_some_and(|one| items_at(one, "source").iter().any(|source| render(source) == SOURCE))
        }) else {
            return;
        };
        for name in crate::template::tree::items(names) {
            let LinkEnd::Resource(bucket) = self.index.resolve(name, "s3") else { continue };
            let own = self.declared(bucket);
            let keys = ["NotificationConfiguration", "EventBridgeConfiguration"];
            let asked = path(&own.properties, &keys);
            if asked.is_some_and(|asked| scalar_at(asked, "EventBridgeEnabled") != Some("false")) {
                continue;
            }
            let message = format!(
                "rule {} waits for events of {}, which sends none to EventBridge",
                rule.name, own.name
            );
            let help = "give the bucket NotificationConfiguration.EventBridgeConfiguration; see `redrive explain s3.event_bus`";
            let diagnostic = Diagnostic::warning("template-silent-bucket", message);
            self.diagnostics.push(diagnostic.at(&name.place).help(help));
        }
    }

    /// Whether a rule of the default bus wants events of this bucket; one that names none wants those of all.
    fn listens(&self, rule: &Declared, bucket: ResourceId) -> bool {
        let own = &rule.properties;
        let elsewhere = at(own, "EventBusName").is_some_and(|bus| {
            let bus = render(bus);
            bus != "default" && !bus.ends_with("event-bus/default")
        });
        let Some(pattern) = at(own, "EventPattern") else { return false };
        let sources = items_at(pattern, "source");
        let is_meant = sources.is_empty() || sources.iter().any(|one| render(one) == SOURCE);
        let names = path(pattern, &["detail", "bucket", "name"]);
        let names = names.map_or(&[][..], crate::template::tree::items);
        let is_named = |name: &Node| {
            matches!(name.value, crate::template::Value::Map(_))
                || self.index.resolve(name, "s3") == LinkEnd::Resource(bucket)
        };
        !elsewhere && is_meant && (names.is_empty() || names.iter().any(is_named))
    }
}

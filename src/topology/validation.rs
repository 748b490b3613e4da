//! What AWS would refuse at deployment: every setting against its range, and the combinations that it checks.
//!
//! Absent: what the simulation does with such a topology; it runs all the same, since settings can also change later.

use std::fmt::Display;

use crate::models::{Models, RuleValue};
use crate::topology::{
    Function, LinkDetail, LinkEnd, Queue, QueueMapping, RedriveAllow, RedriveTarget, Resource,
    ResourceDetail, ResourceId, Setting, Topology,
};
use crate::vocabulary::{Bytes, Duration, EntityKind, EntityName, Place};

/// One thing that AWS refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The id of the validation rule.
    pub rule: String,
    /// The resource or mapping that is refused.
    pub resource: EntityName,
    /// The property, such as `VisibilityTimeout`.
    pub property: String,
    /// Its value, as reports print it.
    pub value: String,
    /// What would be accepted, as a fragment.
    pub allowed: String,
    /// AWS's own words where they are known, else ours.
    pub message: String,
    /// Where the value stands.
    pub place: Option<Place>,
}

/// Everything that AWS would refuse, in the order of the topology.
pub fn refusals(topology: &Topology, models: &Models) -> Vec<Refusal> {
    let mut check = Check { topology, models, found: Vec::new() };
    for resource in &topology.resources {
        match &resource.detail {
            ResourceDetail::Queue(queue) => check.queue(resource, queue),
            ResourceDetail::Function(function) => check.function(resource, function),
            ResourceDetail::Other => {}
        }
    }
    check.account();
    check.links();
    check.found
}

struct Check<'a> {
    topology: &'a Topology,
    models: &'a Models,
    found: Vec<Refusal>,
}

/// A kind of value that has a range.
trait Ranged: Display + PartialOrd + Copy {
    fn of(value: &RuleValue) -> Option<Self>;
}

impl Ranged for Duration {
    fn of(value: &RuleValue) -> Option<Self> {
        value.as_duration()
    }
}

impl Ranged for Bytes {
    fn of(value: &RuleValue) -> Option<Self> {
        value.as_bytes()
    }
}

impl Ranged for u64 {
    fn of(value: &RuleValue) -> Option<Self> {
        const MEBIBYTE: u64 = 1 << 20;
        value.as_count().or_else(|| value.as_bytes().map(|size| size.0 / MEBIBYTE))
    }
}

impl Check<'_> {
    fn queue(&mut self, resource: &Resource, queue: &Queue) {
        let name = &resource.name;
        self.ranged(name, "AWS::SQS::Queue.VisibilityTimeout", &queue.visibility_timeout);
        self.ranged(name, "AWS::SQS::Queue.MessageRetentionPeriod", &queue.message_retention);
        self.ranged(name, "AWS::SQS::Queue.DelaySeconds", &queue.delay);
        self.ranged(name, "AWS::SQS::Queue.MaximumMessageSize", &queue.maximum_message_size);
        self.ranged(name, "AWS::SQS::Queue.ReceiveMessageWaitTimeSeconds", &queue.receive_wait);
        let Some(redrive) = &queue.redrive else { return };
        self.ranged(name, "AWS::SQS::Queue.RedrivePolicy.maxReceiveCount", &redrive.max_receive_count);
        if let RedriveTarget::Queue(target) = redrive.target {
            self.dead_letters(resource, queue, target, redrive.place.as_ref());
        }
    }

    fn dead_letters(&mut self, source: &Resource, queue: &Queue, target: ResourceId, place: Option<&Place>) {
        let dead = self.topology.resource(target);
        let ResourceDetail::Queue(dead_queue) = &dead.detail else { return };
        let property = "RedrivePolicy.deadLetterTargetArn";
        if dead_queue.kind != queue.kind {
            let allowed = format!("a {} queue, as {} is", queue.kind.word(), source.name);
            let message = format!("{} is a {} queue", dead.name, dead_queue.kind.word());
            let refusal = self.refusal("queue.dead_letter_same_type", &source.name, property, &dead.name);
            self.found.push(Refusal { allowed, message, place: place.cloned(), ..refusal });
        }
        let allows = match &dead_queue.redrive_allow {
            RedriveAllow::All => true,
            RedriveAllow::None => false,
            RedriveAllow::ByQueue(sources) => {
                self.topology.find(&source.logical_id).is_some_and(|id| sources.contains(&id))
            }
        };
        if !allows {
            let allowed = format!("a queue whose RedriveAllowPolicy lets {} in", source.name);
            let message = format!("the RedriveAllowPolicy of {} does not let {} in", dead.name, source.name);
            let refusal = self.refusal("queue.redrive_allow", &source.name, property, &dead.name);
            self.found.push(Refusal { allowed, message, place: place.cloned(), ..refusal });
        }
    }

    fn function(&mut self, resource: &Resource, function: &Function) {
        let name = &resource.name;
        self.ranged(name, "AWS::Lambda::Function.Timeout", &function.timeout);
        self.ranged(name, "AWS::Lambda::Function.MemorySize", &function.memory);
    }

    fn account(&mut self) {
        const RULE: &str = "function.unreserved_minimum";
        let Ok(minimum) = self.models.count(RULE, "minimum") else { return };
        let account = self.topology.account.concurrency.value;
        let all: Vec<_> = self.topology.resources.iter().filter_map(reserved).collect();
        let sum = all.iter().fold(0_u64, |sum, (_, set)| sum.saturating_add(set.value));
        let Some((resource, setting)) = all.into_iter().max_by_key(|(_, set)| set.value) else { return };
        if sum.saturating_add(minimum) <= account {
            return;
        }
        let property = "ReservedConcurrentExecutions";
        let most = account.saturating_sub(minimum);
        let refusal = self.refusal(RULE, &resource.name, property, &setting.value);
        let allowed = format!("at most {most} for all functions together, which reserve {sum}");
        self.found.push(Refusal { allowed, place: setting.place().cloned(), ..refusal });
    }

    fn links(&mut self) {
        let mut seen: Vec<(&LinkEnd, &LinkEnd)> = Vec::new();
        let topology = self.topology;
        for link in &topology.links {
            self.missing_ends(link);
            match &link.detail {
                LinkDetail::QueuePolling(mapping) => {
                    let (queue, function) = (topology.queue(&link.from), topology.function(&link.to));
                    if let (Some(queue), Some(function)) = (queue, function) {
                        self.mapping(mapping, queue, function, link.place.as_ref());
                    }
                    if seen.contains(&(&link.from, &link.to)) {
                        self.duplicate(link, mapping);
                    }
                    seen.push((&link.from, &link.to));
                }
                LinkDetail::Sends(_) | LinkDetail::Unmodelled => {}
            }
        }
    }

    fn missing_ends(&mut self, link: &crate::topology::Link) {
        if link.source != "sqs" || link.model != crate::topology::InvocationModel::QueuePoll {
            return;
        }
        let ends = [
            (&link.from, "queue_poll.queue_missing", "EventSourceArn"),
            (&link.to, "queue_poll.function_missing", "FunctionName"),
        ];
        for (end, rule, property) in ends {
            if let LinkEnd::Missing(missing) = end {
                let name =
                    format!("{}->{}", self.topology.end_name(&link.from), self.topology.end_name(&link.to));
                let name = EntityName::new(EntityKind::Mapping, &name);
                let refusal = self.refusal(rule, &name, property, missing);
                let allowed = "a resource that is declared".to_owned();
                self.found.push(Refusal { allowed, place: link.place.clone(), ..refusal });
            }
        }
    }

    fn mapping(&mut self, mapping: &QueueMapping, queue: &Queue, function: &Function, place: Option<&Place>) {
        let name = &mapping.name;
        let of = "AWS::Lambda::EventSourceMapping";
        self.ranged(name, &format!("{of}.BatchSize"), &mapping.batch_size);
        self.ranged(name, &format!("{of}.MaximumBatchingWindowInSeconds"), &mapping.batching_window);
        if let Some(maximum) = &mapping.maximum_concurrency {
            self.ranged(name, &format!("{of}.ScalingConfig.MaximumConcurrency"), maximum);
        }
        self.batch_needs_window(mapping, place);
        self.visibility(mapping, queue, function, place);
        for foreign in &mapping.foreign {
            let rule = match foreign.property.as_str() {
                "DestinationConfig" => "queue_poll.no_destination",
                _ => "queue_poll.no_stream_settings",
            };
            let refusal = self.refusal(rule, name, &foreign.property, &foreign.value);
            let allowed = "nothing: queues do not take it".to_owned();
            self.found.push(Refusal { allowed, place: Some(foreign.place.clone()), ..refusal });
        }
    }

    fn batch_needs_window(&mut self, mapping: &QueueMapping, place: Option<&Place>) {
        const RULE: &str = "queue_poll.batch_needs_window";
        let (Ok(above), Ok(window)) =
            (self.models.count(RULE, "above"), self.models.duration(RULE, "window"))
        else {
            return;
        };
        if mapping.batch_size.value > above && mapping.batching_window.value < window {
            let refusal = self.refusal(RULE, &mapping.name, "BatchSize", &mapping.batch_size.value);
            let allowed = format!("at most {above}, or a batching window of at least {window}");
            let place = mapping.batch_size.place().or(place).cloned();
            self.found.push(Refusal { allowed, place, ..refusal });
        }
    }

    fn visibility(
        &mut self,
        mapping: &QueueMapping,
        queue: &Queue,
        function: &Function,
        place: Option<&Place>,
    ) {
        const RULE: &str = "queue_poll.visibility_below_timeout";
        let (visibility, timeout) = (queue.visibility_timeout.value, function.timeout.value);
        if visibility >= timeout {
            return;
        }
        let refusal = self.refusal(RULE, &mapping.name, "VisibilityTimeout", &visibility);
        let message = refusal
            .message
            .replace("{visibility}", &visibility.as_secs().to_string())
            .replace("{timeout}", &timeout.as_secs().to_string());
        let allowed = format!("at least {timeout}, the function's time-out");
        let place = queue.visibility_timeout.place().or(function.timeout.place()).or(place).cloned();
        self.found.push(Refusal { allowed, message, place, ..refusal });
    }

    fn duplicate(&mut self, link: &crate::topology::Link, mapping: &QueueMapping) {
        let (queue, function) = (self.topology.end_name(&link.from), self.topology.end_name(&link.to));
        let refusal = self.refusal("queue_poll.duplicate_mapping", &mapping.name, "EventSourceArn", &queue);
        let message = refusal.message.replace("{queue}", queue).replace("{function}", function);
        let allowed = format!("one mapping from {queue} to {function}");
        self.found.push(Refusal { allowed, message, place: link.place.clone(), ..refusal });
    }

    /// A setting against its range; the rule is the validation rule that names the setting.
    fn ranged<T: Ranged>(&mut self, resource: &EntityName, property: &str, setting: &Setting<T>) {
        let Some((low, high)) = self.models.setting(property).and_then(|model| model.range.as_ref()) else {
            return;
        };
        let (Some(low), Some(high)) = (T::of(low), T::of(high)) else { return };
        if (low..=high).contains(&setting.value) {
            return;
        }
        let short =
            property.rsplit("::").next().and_then(|name| name.split_once('.')).map_or(property, |(_, p)| p);
        let refusal = self.refusal(&self.range_rule(property), resource, short, &setting.value);
        let allowed = format!("{low} to {high}");
        self.found.push(Refusal { allowed, place: setting.place().cloned(), ..refusal });
    }

    fn range_rule(&self, property: &str) -> String {
        let names = |value: &RuleValue| value.as_text() == Some(property);
        let found = self.models.rules().find(|(_, rule)| rule.values.get("setting").is_some_and(names));
        found.map_or_else(|| format!("setting.{property}"), |(_, rule)| rule.id.clone())
    }

    /// A refusal with the rule's message: AWS's own words, else the rule's sentence.
    fn refusal(&self, rule: &str, resource: &EntityName, property: &str, value: &impl Display) -> Refusal {
        let words = self.models.text(rule, "message").map(str::to_owned);
        let says = || self.models.named(rule).map_or_else(|_| String::new(), |rule| rule.says.clone());
        Refusal {
            rule: rule.to_owned(),
            resource: resource.clone(),
            property: property.to_owned(),
            value: value.to_string(),
            allowed: String::new(),
            message: words.unwrap_or_else(|_| says()),
            place: None,
        }
    }
}

fn reserved(resource: &Resource) -> Option<(&Resource, &Setting<u64>)> {
    match &resource.detail {
        ResourceDetail::Function(function) => {
            function.reserved_concurrency.as_ref().map(|set| (resource, set))
        }
        ResourceDetail::Queue(_) | ResourceDetail::Other => None,
    }
}

//! Links that push, their dead-letter queues, and how functions keep events that nobody waits for.

use crate::models::SettingModel;
use crate::topology::validation::Refusal;
use crate::topology::validation::check::Check;
use crate::topology::validation::ranges::Ranged;
use crate::topology::{
    ChannelKind, Delivery, Exit, Function, Link, LinkDetail, LinkEnd, QueueKind, Resource, ResourceDetail,
    Setting,
};

/// How the properties end that say how often, how long and how patiently a link delivers, whatever its source.
const ATTEMPTS: &[&str] = &["RetryPolicy.MaximumRetryAttempts", "RetryPolicy.MaxRetryAttempts"];
const AGE: &[&str] = &["RetryPolicy.MaximumEventAgeInSeconds", "RetryPolicy.MaxEventAgeInSeconds"];
const TIMEOUT: &[&str] = &["TimeoutInMillis", "InvocationTimeoutSeconds"];

impl Check<'_> {
    /// One link that delivers events.
    pub(super) fn delivery(&mut self, link: &Link, delivery: &Delivery) {
        if let Some(attempts) = &delivery.attempts {
            self.ranged_of(link, delivery, ATTEMPTS, attempts);
        }
        if let Some(age) = &delivery.age {
            self.ranged_of(link, delivery, AGE, age);
        }
        if let Some(timeout) = &delivery.timeout {
            self.ranged_of(link, delivery, TIMEOUT, timeout);
        }
        if let Some(exit) = &delivery.dead_letter {
            self.link_dead_letter(link, delivery, exit);
        }
        self.kinds(link, delivery);
    }

    //= api_gateway.timeout_range
    //= event_bus_custom.age_range
    //= event_bus_custom.attempts_range
    //= event_bus_custom.timeout_range
    //= eventbridge.age_range
    //= eventbridge.attempts_range
    //= http_api.timeout_range
    //= scheduler.age_range
    //= scheduler.attempts_range
    //= websocket_api.timeout_range
    fn ranged_of<T: Ranged>(&mut self, link: &Link, delivery: &Delivery, ends: &[&str], value: &Setting<T>) {
        let models = self.models;
        let settings = models.model(&link.source).map_or(&[][..], |model| &model.settings);
        let named = |setting: &&SettingModel| ends.iter().any(|end| setting.property.ends_with(end));
        if let Some(setting) = settings.iter().find(named) {
            self.ranged_by(&delivery.name, setting, &link.source, value);
        }
    }

    //= eventbridge.dead_letter_standard
    //= scheduler.dead_letter_standard
    //= sns.dead_letter_same_place
    //= sns_fifo.dead_letter_fifo
    fn link_dead_letter(&mut self, link: &Link, delivery: &Delivery, exit: &Exit) {
        let Some(queue) = self.topology.queue(&exit.target) else { return };
        let (rule, wanted) = match link.source.as_str() {
            "eventbridge" | "schedule" => ("eventbridge.dead_letter_standard", QueueKind::Standard),
            "scheduler" => ("scheduler.dead_letter_standard", QueueKind::Standard),
            "sns_fifo" => ("sns_fifo.dead_letter_fifo", QueueKind::Fifo),
            "sns" => ("sns.dead_letter_same_place", QueueKind::Standard),
            _ => return,
        };
        if queue.kind != wanted {
            let name = self.topology.end_name(&exit.target).to_owned();
            let refusal = self.refusal(rule, &delivery.name, "dead-letter queue", &name);
            let place = exit.place.clone().or_else(|| link.place.clone());
            let allowed = format!("a {} queue", wanted.word());
            self.found.push(Refusal { allowed, place, ..refusal });
        }
    }

    fn channel(&self, end: &LinkEnd) -> Option<ChannelKind> {
        let LinkEnd::Resource(id) = end else { return None };
        match self.topology.resource(*id).detail {
            ResourceDetail::Channel(kind) => Some(kind),
            ResourceDetail::Queue(_) | ResourceDetail::Function(_) | ResourceDetail::Other => None,
        }
    }

    /// What a source delivers to nobody of the target's kind.
    fn kinds(&mut self, link: &Link, delivery: &Delivery) {
        let is_fifo = self.topology.queue(&link.to).is_some_and(|queue| queue.kind == QueueKind::Fifo);
        let to_function = self.topology.function(&link.to).is_some();
        let to_fifo_topic = self.channel(&link.to) == Some(ChannelKind::FifoTopic);
        let raw = delivery.foreign.iter().any(|foreign| foreign.property == "RawMessageDelivery");
        let refused = match link.source.as_str() {
            //= sns_fifo.no_lambda
            "sns_fifo" if to_function => {
                Some(("sns_fifo.no_lambda", "Endpoint", "a queue, and the function behind it"))
            }
            //= sns.no_fifo_queue
            "sns" if is_fifo => {
                Some(("sns.no_fifo_queue", "Endpoint", "a queue without order, or a FIFO topic"))
            }
            //= s3.no_fifo
            "s3" if is_fifo || to_fifo_topic => {
                Some(("s3.no_fifo", "NotificationConfiguration", "a queue or topic without order"))
            }
            //= sns.no_raw_to_lambda
            "sns" if to_function && raw => Some(("sns.no_raw_to_lambda", "RawMessageDelivery", "false")),
            _ => None,
        };
        if let Some((rule, property, allowed)) = refused {
            let name = self.topology.end_name(&link.to).to_owned();
            let refusal = self.refusal(rule, &delivery.name, property, &name);
            self.found.push(Refusal { allowed: allowed.to_owned(), place: link.place.clone(), ..refusal });
        }
    }

    /// Resources that have more links of a source than it allows; each one too many is refused.
    pub(super) fn too_many_links(&mut self) {
        //= eventbridge.five_targets
        //= cloudwatch_logs.two_filters
        //= iot.ten_actions
        const MOST: &[(&str, &str, &str)] = &[
            ("AWS::Events::Rule", "eventbridge.five_targets", "Targets"),
            ("AWS::Logs::LogGroup", "cloudwatch_logs.two_filters", "SubscriptionFilter"),
            ("AWS::IoT::TopicRule", "iot.ten_actions", "TopicRulePayload.Actions"),
        ];
        for resource in &self.topology.resources {
            let Some((_, rule, property)) = MOST.iter().find(|(kind, ..)| *kind == resource.type_name) else {
                continue;
            };
            let Ok(most) = self.models.count(rule, "count") else { continue };
            let id = self.topology.find(&resource.logical_id).map(LinkEnd::Resource);
            let delivers = |link: &&Link| matches!(link.detail, LinkDetail::Delivers(_));
            let links =
                self.topology.links.iter().filter(delivers).filter(|link| Some(&link.from) == id.as_ref());
            let links: Vec<&Link> = links.collect();
            if links.len() as u64 > most {
                let refusal = self.refusal(rule, &resource.name, property, &links.len());
                let place =
                    links.last().and_then(|link| link.place.clone()).or_else(|| resource.place.clone());
                self.found.push(Refusal { allowed: format!("at most {most}"), place, ..refusal });
            }
        }
    }

    /// How a function keeps events that nobody waits for.
    pub(super) fn invoke_configs(&mut self, resource: &Resource, function: &Function) {
        const OF: &str = "AWS::Lambda::EventInvokeConfig";
        for config in &function.invoke_configs {
            //= async.attempts_range
            self.ranged(&resource.name, &format!("{OF}.MaximumRetryAttempts"), &config.attempts);
            //= async.age_range
            self.ranged(&resource.name, &format!("{OF}.MaximumEventAgeInSeconds"), &config.age);
            let exits = [("OnSuccess", &config.on_success), ("OnFailure", &config.on_failure)];
            for (when, exit) in exits.into_iter().filter_map(|(when, exit)| Some((when, exit.as_ref()?))) {
                let LinkEnd::Resource(target) = exit.target else { continue };
                let is_self = self.topology.resource(target).logical_id == resource.logical_id;
                let is_bucket = self.channel(&exit.target) == Some(ChannelKind::Bucket);
                let refused = match when {
                    //= async.own_destination
                    _ if is_self => Some(("async.own_destination", "another function, queue, topic or bus")),
                    //= async.bucket_for_failures
                    "OnSuccess" if is_bucket => {
                        Some(("async.bucket_for_failures", "a function, queue, topic or bus"))
                    }
                    _ => None,
                };
                if let Some((rule, allowed)) = refused {
                    let property = format!("DestinationConfig.{when}.Destination");
                    let name = &self.topology.resource(target).name;
                    let refusal = self.refusal(rule, &resource.name, &property, name);
                    let place = exit.place.clone().or_else(|| config.place.clone());
                    self.found.push(Refusal { allowed: allowed.to_owned(), place, ..refusal });
                }
            }
        }
    }
}

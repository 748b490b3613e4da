//! Push: ways out of functions, and links that deliver.

use crate::topology::validation::Refusal;
use crate::topology::validation::check::Check;
use crate::topology::{
    ChannelKind, Delivery, Exit, Function, InvocationModel, InvokeConfig, LatePermission, Link, LinkDetail,
    LinkEnd, ObjectFilter, Order, Origin, Permitted, QueueKind, Resource, ResourceDetail, Topology,
};
use crate::vocabulary::{Duration, EntityName};

const CONFIG: &str = "AWS::Lambda::EventInvokeConfig";
/// The settings of most retry policies.
const ATTEMPTS: &str = "MaximumRetryAttempts";
const AGE: &str = "MaximumEventAgeInSeconds";

/// How many links of a source one resource may have: the source, the rule, what it counts.
const COUNTS: [(&str, &str, &str); 6] = [
    //= eventbridge.five_targets
    ("eventbridge", "eventbridge.five_targets", "Targets"),
    ("schedule", "eventbridge.five_targets", "Targets"),
    //= iot.ten_actions
    ("iot", "iot.ten_actions", "TopicRulePayload.Actions"),
    //= codecommit.ten_triggers
    ("codecommit", "codecommit.ten_triggers", "Triggers"),
    //= cloudwatch_logs.two_filters
    ("cloudwatch_logs", "cloudwatch_logs.two_filters", "LogGroupName"),
    //= alb.one_function
    ("alb", "alb.one_function", "Targets"),
];
/// The setting of how long a subscriber waits for its function.
const SUBSCRIBER_WAITS: &str =
    "AWS::EventsV2::Subscriber.InvokeConfiguration.LambdaParameters.InvocationTimeoutSeconds";
/// The type of versions of functions.
const VERSION: &str = "AWS::Lambda::Version";
/// The setting of how much later a schedule may call its target.
const WINDOW: &str = "AWS::Scheduler::Schedule.FlexibleTimeWindow.MaximumWindowInMinutes";
/// The type whose links into rules are no targets.
const BUS: &str = "AWS::Events::EventBus";

impl Check<'_> {
    /// How a function treats events that nobody waits for.
    pub(super) fn asynchronous(&mut self, resource: &Resource, function: &Function) {
        for config in &function.invoke_configs {
            //= async.attempts_range
            self.ranged(&resource.name, &format!("{CONFIG}.MaximumRetryAttempts"), &config.attempts);
            //= async.age_range
            self.ranged(&resource.name, &format!("{CONFIG}.MaximumEventAgeInSeconds"), &config.age);
            self.something(resource, config);
            self.own_destination(resource, config);
            self.bucket_for_successes(resource, config);
        }
    }

    fn something(&mut self, resource: &Resource, config: &InvokeConfig) {
        //= async.something_configured
        let set = |origin: &Origin| !matches!(origin, Origin::Default(_));
        let is_told = set(&config.attempts.origin)
            || set(&config.age.origin)
            || config.on_success.is_some()
            || config.on_failure.is_some();
        if is_told || config.place.is_none() {
            return;
        }
        let refusal = self.refusal("async.something_configured", &resource.name, CONFIG, &config.qualifier);
        let allowed = "attempts, an age or a destination".to_owned();
        self.found.push(Refusal { allowed, place: config.place.clone(), ..refusal });
    }

    fn bucket_for_successes(&mut self, resource: &Resource, config: &InvokeConfig) {
        //= async.bucket_for_failures
        let Some(exit) = &config.on_success else { return };
        let LinkEnd::Resource(target) = exit.target else { return };
        let target = self.topology.resource(target);
        if let ResourceDetail::Channel(ChannelKind::Bucket) = target.detail {
            let property = "DestinationConfig.OnSuccess.Destination";
            let refusal = self.refusal("async.bucket_for_failures", &resource.name, property, &target.name);
            let allowed = "a function, queue, topic or bus".to_owned();
            self.found.push(Refusal { allowed, place: exit.place.clone(), ..refusal });
        }
    }

    fn own_destination(&mut self, resource: &Resource, config: &InvokeConfig) {
        //= async.own_destination
        let exits = [("OnSuccess", &config.on_success), ("OnFailure", &config.on_failure)];
        for (condition, exit) in exits {
            let Some(exit) = exit else { continue };
            if self.topology.end_name(&exit.target) != resource.name.as_str() {
                continue;
            }
            let property = format!("DestinationConfig.{condition}.Destination");
            let refusal =
                self.refusal("async.own_destination", &resource.name, &property, &resource.name.as_str());
            let allowed = "another function, a queue, a topic or a bus".to_owned();
            self.found.push(Refusal { allowed, place: exit.place.clone(), ..refusal });
        }
    }

    /// One link that delivers.
    pub(super) fn delivery(&mut self, link: &Link, delivery: &Delivery) {
        let type_name = match &link.from {
            LinkEnd::Resource(id) => self.topology.resource(*id).type_name.as_str(),
            LinkEnd::Outside(_) | LinkEnd::Missing(_) => "",
        };
        let (retries, attempts, age) = match link.source.as_str() {
            //= eventbridge.attempts_range
            //= eventbridge.age_range
            "eventbridge" | "schedule" => ("AWS::Events::Rule.Targets", ATTEMPTS, AGE),
            //= event_bus_custom.attempts_range
            //= event_bus_custom.age_range
            "event_bus_custom" => ("AWS::EventsV2::Subscriber", "MaxRetryAttempts", "MaxEventAgeInSeconds"),
            //= scheduler.attempts_range
            //= scheduler.age_range
            _ => ("AWS::Scheduler::Schedule.Target", ATTEMPTS, AGE),
        };
        if let Some(value) = &delivery.attempts {
            self.ranged(&delivery.name, &format!("{retries}.RetryPolicy.{attempts}"), value);
        }
        if let Some(value) = &delivery.age {
            self.ranged(&delivery.name, &format!("{retries}.RetryPolicy.{age}"), value);
        }
        //= scheduler.window_range
        if let Some(window) = &delivery.window {
            self.ranged(&delivery.name, WINDOW, window);
        }
        self.timeout(link, delivery, type_name);
        self.delivery_filters(link, delivery);
        self.delivery_exit(link, delivery);
        self.target(link, delivery);
        self.checked_target(link, delivery);
    }

    fn timeout(&mut self, link: &Link, delivery: &Delivery, type_name: &str) {
        let Some(timeout) = &delivery.timeout else { return };
        match link.source.as_str() {
            //= http_api.timeout_range
            "http_api" => {
                self.ranged(&delivery.name, "AWS::ApiGatewayV2::Integration.TimeoutInMillis", timeout);
            }
            //= event_bus_custom.timeout_range
            "event_bus_custom" => self.ranged(&delivery.name, SUBSCRIBER_WAITS, timeout),
            //= cloudformation.timeout_range
            "cloudformation" => {
                self.ranged(&delivery.name, "AWS::CloudFormation::CustomResource.ServiceTimeout", timeout);
            }
            //= websocket_api.timeout_range
            "websocket_api" => {
                const RULE: &str = "websocket_api.timeout_range";
                let ends = [self.models.duration(RULE, "smallest"), self.models.duration(RULE, "largest")];
                if let [Ok(smallest), Ok(largest)] = ends {
                    self.timeout_within(link, delivery, RULE, (smallest, largest));
                }
            }
            //= api_gateway.timeout_range
            "api_gateway" if type_name != "AWS::ApiGateway::Authorizer" => {
                // Above the usual limit it depends on a quota, which AWS may have raised.
                const PROPERTY: &str = "AWS::ApiGateway::Method.Integration.TimeoutInMillis";
                let range = self.models.setting(PROPERTY).and_then(|setting| setting.range.as_ref());
                if let Some(smallest) = range.and_then(|(smallest, _)| smallest.as_duration()) {
                    let ends = (smallest, Duration::MAX);
                    self.timeout_within(link, delivery, "api_gateway.timeout_range", ends);
                }
            }
            _ => {}
        }
    }

    fn timeout_within(&mut self, link: &Link, delivery: &Delivery, rule: &str, ends: (Duration, Duration)) {
        let Some(timeout) = &delivery.timeout else { return };
        if (ends.0..=ends.1).contains(&timeout.value) {
            return;
        }
        let allowed = match ends {
            (smallest, Duration::MAX) => format!("at least {smallest}"),
            (smallest, largest) => format!("{smallest} to {largest}"),
        };
        let refusal = self.refusal(rule, &delivery.name, "TimeoutInMillis", &timeout.value);
        let place = timeout.place().or(link.place.as_ref()).cloned();
        self.found.push(Refusal { allowed, place, ..refusal });
    }

    fn delivery_filters(&mut self, link: &Link, delivery: &Delivery) {
        let (rule, property) = match link.source.as_str() {
            //= sns.filter_policy
            //= sns.filter_combinations
            "sns" | "sns_fifo" | "sns_http" => ("sns.filter_policy", "FilterPolicy"),
            //= pipes.filter_pattern
            "pipes" => ("pipes.filter_pattern", "SourceParameters.FilterCriteria.Filters.Pattern"),
            //= event_bus_custom.pattern
            "event_bus_custom" => ("event_bus_custom.pattern", "FilterConfiguration.Filters.Pattern"),
            //= eventbridge.pattern
            _ => ("eventbridge.pattern", "EventPattern"),
        };
        for filter in &delivery.filters {
            let Err(errors) = &filter.pattern else { continue };
            let refusal = self.refusal(rule, &delivery.name, property, &filter.text);
            let reasons: Vec<String> = errors.iter().map(ToString::to_string).collect();
            let allowed = format!("a pattern without these: {}", reasons.join("; "));
            let place = filter.place.as_ref().or(link.place.as_ref()).cloned();
            self.found.push(Refusal { allowed, place, ..refusal });
        }
    }

    /// Which kind of queue the dead letters of a link may go to.
    fn delivery_exit(&mut self, link: &Link, delivery: &Delivery) {
        let Some(exit) = &delivery.dead_letter else { return };
        let Some(kind) = self.topology.queue(&exit.target).map(|queue| queue.kind) else { return };
        let (rule, wanted) = match link.source.as_str() {
            //= eventbridge.dead_letter_standard
            "eventbridge" | "schedule" => ("eventbridge.dead_letter_standard", QueueKind::Standard),
            //= scheduler.dead_letter_standard
            "scheduler" => ("scheduler.dead_letter_standard", QueueKind::Standard),
            //= sns.dead_letter_same_place
            "sns" => ("sns.dead_letter_same_place", QueueKind::Standard),
            //= sns_fifo.dead_letter_fifo
            "sns_fifo" => ("sns_fifo.dead_letter_fifo", QueueKind::Fifo),
            _ => return,
        };
        if kind != wanted {
            self.wrong_exit(delivery, exit, rule, wanted);
        }
    }

    fn wrong_exit(&mut self, delivery: &Delivery, exit: &Exit, rule: &str, wanted: QueueKind) {
        let target = self.topology.end_name(&exit.target);
        let refusal = self.refusal(rule, &delivery.name, "DeadLetterConfig", &target);
        let allowed = format!("a {} queue", wanted.word());
        self.found.push(Refusal { allowed, place: exit.place.clone(), ..refusal });
    }

    /// Which targets a source takes.
    fn target(&mut self, link: &Link, delivery: &Delivery) {
        let topology = self.topology;
        let is_fifo_queue = topology.queue(&link.to).is_some_and(|queue| queue.kind == QueueKind::Fifo);
        let is_fifo_topic = match &link.to {
            LinkEnd::Resource(id) => {
                matches!(topology.resource(*id).detail, ResourceDetail::Channel(ChannelKind::FifoTopic))
            }
            LinkEnd::Outside(_) | LinkEnd::Missing(_) => false,
        };
        let refused = match link.source.as_str() {
            //= sns_fifo.no_lambda
            "sns_fifo" if link.model == InvocationModel::Async => {
                Some(("sns_fifo.no_lambda", "Endpoint", "a queue that the function reads"))
            }
            //= sns.no_fifo_queue
            "sns" if is_fifo_queue => Some(("sns.no_fifo_queue", "Endpoint", "a queue without order")),
            //= s3.no_fifo
            "s3" if is_fifo_queue || is_fifo_topic => {
                Some(("s3.no_fifo", "NotificationConfiguration", "a queue or topic without order"))
            }
            _ => None,
        };
        let refused = refused.or_else(|| self.qualified(link, delivery));
        if let Some((rule, property, allowed)) = refused {
            let refusal = self.refusal(rule, &delivery.name, property, &topology.end_name(&link.to));
            self.found.push(Refusal { allowed: allowed.to_owned(), place: link.place.clone(), ..refusal });
        }
        for foreign in &delivery.foreign {
            //= sns.no_raw_to_lambda
            //= sns.filter_scope
            let (rule, allowed) = if foreign.property == "FilterPolicyScope" {
                ("sns.filter_scope", "MessageAttributes or MessageBody")
            } else {
                ("sns.no_raw_to_lambda", "false, or none: functions are always given the envelope")
            };
            let refusal = self.refusal(rule, &delivery.name, &foreign.property, &foreign.value);
            let allowed = allowed.to_owned();
            self.found.push(Refusal { allowed, place: Some(foreign.place.clone()), ..refusal });
        }
    }

    /// A bucket asks for the right to call its targets when it is made.
    fn checked_target(&mut self, link: &Link, delivery: &Delivery) {
        //= s3.target_checked
        if link.source != "s3" {
            return;
        }
        let allowed = match (&delivery.late, link.permitted) {
            (_, Permitted::Denied) => {
                "a target that lets s3.amazonaws.com in before the bucket is made".to_owned()
            }
            (Some(LatePermission { name, order: Order::AfterSource }), _) => format!(
                "a permission that does not wait for the bucket: {name} with `SourceAccount` and no reference to the \
                 bucket, and the bucket with `DependsOn: {name}`"
            ),
            // Which of the two is made first is open, which is told as a warning.
            (
                Some(LatePermission { order: Order::Open, .. }) | None,
                Permitted::Granted | Permitted::Unknown,
            ) => {
                return;
            }
        };
        let target = self.topology.end_name(&link.to);
        let refusal = self.refusal("s3.target_checked", &delivery.name, "NotificationConfiguration", &target);
        self.found.push(Refusal { allowed, place: link.place.clone(), ..refusal });
    }

    /// Which version or alias a source takes: the rule, the property and what it takes, where it refuses this one.
    fn qualified(
        &self,
        link: &Link,
        delivery: &Delivery,
    ) -> Option<(&'static str, &'static str, &'static str)> {
        let is_version = |qualifier: &str| {
            let declared = self.topology.find(qualifier).map(|id| self.topology.resource(id));
            let number = qualifier.chars().all(|one| one.is_ascii_digit());
            number || declared.is_some_and(|one| one.type_name == VERSION)
        };
        let is_here = matches!(link.to, LinkEnd::Resource(_));
        match (link.source.as_str(), delivery.qualifier.as_deref()) {
            //= function_url.qualifier
            ("function_url", Some(qualifier)) if is_version(qualifier) => {
                Some(("function_url.qualifier", "Qualifier", "an alias, or no qualifier"))
            }
            //= lambda_edge.version
            ("lambda_edge", None) if is_here => {
                Some(("lambda_edge.version", "LambdaFunctionARN", "a published version of the function"))
            }
            _ => None,
        }
    }

    /// What holds for all links of one resource together.
    pub(super) fn together(&mut self) {
        for resource in &self.topology.resources {
            if resource.type_name == BUS {
                continue;
            }
            let all = deliveries_of(self.topology, &resource.name);
            for (source, rule, property) in COUNTS {
                let own = all.iter().filter(|(link, _)| link.source == source);
                self.counted(resource, own.count() as u64, rule, property);
            }
            self.overlapping(resource, &all);
        }
    }

    fn counted(&mut self, resource: &Resource, count: u64, rule: &str, property: &str) {
        let most = self.models.count(rule, "count").unwrap_or(1);
        if count <= most {
            return;
        }
        let refusal = self.refusal(rule, &resource.name, property, &count);
        let allowed = format!("at most {most}");
        self.found.push(Refusal { allowed, place: resource.place.clone(), ..refusal });
    }

    /// Notifications of a bucket that one key could match for one kind of event.
    fn overlapping(&mut self, resource: &Resource, all: &[(&Link, &Delivery)]) {
        //= s3.overlapping_filters
        let filters = all.iter().flat_map(|(_, delivery)| &delivery.filters);
        let mut read: Vec<(ObjectFilter, &String)> = Vec::new();
        for filter in filters {
            let Some(one) = ObjectFilter::of_pattern(&filter.text) else { continue };
            if let Some((_, other)) = read.iter().find(|(other, _)| other.overlaps(&one)) {
                let refusal = self.refusal(
                    "s3.overlapping_filters",
                    &resource.name,
                    "NotificationConfiguration",
                    &filter.text,
                );
                let allowed = format!("a filter that no key of this one passes: {other}");
                self.found.push(Refusal { allowed, place: filter.place.clone(), ..refusal });
            }
            read.push((one, &filter.text));
        }
    }
}

fn deliveries_of<'t>(topology: &'t Topology, name: &EntityName) -> Vec<(&'t Link, &'t Delivery)> {
    let own = topology.links.iter().filter(|link| topology.end_name(&link.from) == name.as_str());
    own.filter_map(|link| match &link.detail {
        LinkDetail::Delivers(delivery) => Some((link, delivery)),
        LinkDetail::QueuePolling(_)
        | LinkDetail::Sends(_)
        | LinkDetail::StreamPolling(_)
        | LinkDetail::Unmodelled => None,
    })
    .collect()
}

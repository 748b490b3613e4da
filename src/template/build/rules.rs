//! `EventBridge`: rules of buses and schedules.

use std::collections::BTreeMap;

use crate::pattern::Dialect;
use crate::template::build::context::Build;
use crate::template::build::deliver::{Hop, Repeated};
use crate::template::build::json;
use crate::template::build::setting::{SettingValue, origin};
use crate::template::build::sources::by_id;
use crate::template::declared::Declared;
use crate::template::tree::{at, items_at, known, path, render, scalar, scalar_at};
use crate::template::{Node, Value};
use crate::topology::{
    Archive, Content, InputTemplate, InvocationModel, LinkEnd, Origin, ResourceId, Setting, UnknownSetting,
    Unmodelled,
};
use crate::vocabulary::{Diagnostic, Duration, EntityKind, EntityName};

pub(crate) use crate::topology::RULE;

pub(crate) const SCHEDULE: &str = "AWS::Scheduler::Schedule";
const SECONDS_PER_MINUTE: u64 = 60;
const SECONDS_PER_DAY: u64 = 24 * 60 * SECONDS_PER_MINUTE;
/// How long an archive keeps events; zero is for good.
const RETENTION: &str = "AWS::Events::Archive.RetentionDays";
/// How much later a schedule may call its target.
const WINDOW: &str = "AWS::Scheduler::Schedule.FlexibleTimeWindow.MaximumWindowInMinutes";
/// The word for a rule or schedule that does nothing.
const DISABLED: &str = "DISABLED";

impl Build<'_> {
    /// `AWS::Events::Rule`: from its bus into the rule, where the bus is declared here, and from the rule to its
    /// targets. Without such a bus the rule itself is where events come in.
    pub(crate) fn rule(&mut self, id: ResourceId, declared: &Declared) {
        let own = &declared.properties;
        let rule = LinkEnd::Resource(id);
        let source = by_id(if at(own, "EventPattern").is_some() { "eventbridge" } else { "schedule" });
        let state = at(own, "State").map(switch);
        // Where the bus is not declared here, the pattern filters nothing: what comes to the rule is what it wants.
        let pattern = self.rule_pattern(declared);
        let mut refused: Vec<_> = pattern.iter().filter(|one| one.pattern.is_err()).cloned().collect();
        if let Some(bus) = at(own, "EventBusName") {
            let from = self.resolve(bus, "events");
            self.exists(&from, bus, &declared.name);
            if let LinkEnd::Resource(_) = from {
                let mut hop = Hop::usual(source, &from);
                hop.model = InvocationModel::Forward;
                hop.delivery.enabled.clone_from(&state);
                hop.delivery.filters = pattern;
                refused.clear();
                self.delivers(hop, rule.clone(), &bus.place);
            }
        }
        self.silent_buckets(declared);
        let targets = items_at(own, "Targets");
        if targets.is_empty() {
            let message =
                format!("rule {} has no targets: nothing comes of the events that it wants", declared.name);
            let diagnostic = Diagnostic::warning("template-rule-without-targets", message);
            self.diagnostics.push(diagnostic.at(&declared.place).help("give it a target, or leave it out"));
        }
        for target in targets {
            let label = scalar_at(target, "Id").unwrap_or_default();
            let mut hop = Hop::usual(source, &rule).labelled(label);
            hop.repeated = Repeated::Another;
            hop.delivery.enabled.clone_from(&state);
            hop.delivery.filters = std::mem::take(&mut refused);
            self.target(hop, target, &format!("{RULE}.Targets"), &declared.name);
        }
    }

    /// What a rule wants.
    pub(crate) fn rule_pattern(&mut self, declared: &Declared) -> Vec<crate::topology::MappingFilter> {
        let pattern = at(&declared.properties, "EventPattern");
        pattern.map_or_else(Vec::new, |pattern| self.pattern(&declared.name, pattern, Dialect::Bus))
    }

    /// `AWS::Events::Archive`: what it keeps can be given to the rules of its bus again.
    pub(crate) fn archive(&mut self, declared: &Declared) {
        let own = &declared.properties;
        let bus = at(own, "SourceArn").map(|bus| {
            let end = self.resolve(bus, "events");
            self.exists(&end, bus, &declared.name);
            end
        });
        let Some(bus @ LinkEnd::Resource(_)) = bus else {
            let bus = bus.map_or_else(|| "its bus".to_owned(), |bus| self.name_of(&bus));
            let cost = format!(
                "a replay would hand the events of {bus} to its rules once more, in no order: no run does, \
                 since the bus is not declared here"
            );
            return self.unmodelled.push(Unmodelled {
                name: declared.name.clone(),
                type_name: declared.type_name.clone(),
                cost,
                place: Some(declared.place.clone()),
            });
        };
        let pattern = at(own, "EventPattern");
        let filters =
            pattern.map_or_else(Vec::new, |pattern| self.pattern(&declared.name, pattern, Dialect::Bus));
        let days: Option<Setting<u64>> = self.reader().optional(at(own, "RetentionDays"), RETENTION);
        let days = days.map(|days| days.value).filter(|days| *days > 0);
        self.archives.push(Archive {
            name: EntityName::new(EntityKind::Other, &declared.name),
            bus,
            filters,
            retention: days.map(|days| Duration::from_secs(days.saturating_mul(SECONDS_PER_DAY))),
            place: Some(declared.place.clone()),
        });
    }

    /// `AWS::Scheduler::Schedule`.
    pub(crate) fn schedule(&mut self, id: ResourceId, declared: &Declared) {
        let own = &declared.properties;
        let Some(target) = at(own, "Target") else { return };
        let mut hop = Hop::usual(by_id("scheduler"), &LinkEnd::Resource(id));
        hop.delivery.enabled = at(own, "State").map(switch);
        let window = path(own, &["FlexibleTimeWindow", "MaximumWindowInMinutes"]);
        let minutes: Option<Setting<u64>> = self.reader().optional(window, WINDOW);
        hop.delivery.window = minutes.map(|minutes| {
            let length = Duration::from_secs(minutes.value.saturating_mul(SECONDS_PER_MINUTE));
            Setting { value: length, origin: minutes.origin, unknown: None }
        });
        self.target(hop, target, &format!("{SCHEDULE}.Target"), &declared.name);
    }

    /// One target with its own retry policy and dead-letter queue.
    fn target(&mut self, mut hop: Hop, target: &Node, property: &str, owner: &str) {
        let Some(arn) = at(target, "Arn") else { return };
        if let Some(queue) = path(target, &["DeadLetterConfig", "Arn"]) {
            hop.delivery.dead_letter = self.exit(queue, "DeadLetterConfig.Arn", owner);
        }
        hop.delivery.attempts = Some(self.retry_setting(target, property, "MaximumRetryAttempts"));
        hop.delivery.age = Some(self.retry_setting(target, property, "MaximumEventAgeInSeconds"));
        hop.delivery.content = content(target);
        if let Some((service, property)) = universal(arn) {
            self.call_of_schedule(hop, target, (service, property), owner);
            return;
        }
        let to = self.resolve(arn, "lambda");
        self.exists(&to, arn, owner);
        self.deliver_to(hop, to, arn);
    }

    /// A schedule that calls any action of an SDK: the one that it is for is named in the call's parameters.
    fn call_of_schedule(&mut self, mut hop: Hop, target: &Node, named: (&str, &str), owner: &str) {
        let (service, property) = named;
        let input = at(target, "Input").and_then(json::map);
        let Some(named) = input.as_ref().and_then(|input| at(input, property)) else {
            return self.unmodelled.push(Unmodelled {
                name: owner.to_owned(),
                type_name: format!("call of {service}"),
                cost: format!("its Input does not tell the {property}: what it reaches is not judged"),
                place: Some(target.place.clone()),
            });
        };
        let waits = input.as_ref().and_then(|input| scalar_at(input, "InvocationType")) != Some("Event");
        if service == "lambda" && waits {
            hop.model = InvocationModel::Sync;
        }
        let to = self.resolve(named, service);
        self.exists(&to, named, owner);
        self.deliver_to(hop, to, named);
    }

    fn retry_setting<T: SettingValue>(&mut self, target: &Node, property: &str, name: &str) -> Setting<T> {
        let written = path(target, &["RetryPolicy", name]);
        self.reader().required(written, &format!("{property}.RetryPolicy.{name}"))
    }
}

/// The service of a universal target of a schedule, and the parameter of the call that names whom it is for.
fn universal(arn: &Node) -> Option<(&'static str, &'static str)> {
    const CALLS: [(&str, &str, &str); 6] = [
        ("lambda:invoke", "lambda", "FunctionName"),
        ("sqs:sendMessage", "sqs", "QueueUrl"),
        ("sns:publish", "sns", "TopicArn"),
        ("sfn:startExecution", "states", "StateMachineArn"),
        ("kinesis:putRecord", "kinesis", "StreamName"),
        ("dynamodb:putItem", "dynamodb", "TableName"),
    ];
    let text = render(arn);
    let (_, call) = text.split_once(":aws-sdk:")?;
    CALLS
        .iter()
        .find(|(name, _, _)| name.eq_ignore_ascii_case(call))
        .map(|(_, service, name)| (*service, *name))
}

/// `State`: whether a rule or schedule does anything; open where the template does not tell.
fn switch(state: &Node) -> Setting<bool> {
    let is_on = |node: &Node| scalar(node).is_none_or(|word| word != DISABLED);
    let (first, possible, why) = match &state.value {
        Value::Unknown(unknown) => {
            let possible: Vec<bool> = unknown.possible.iter().map(is_on).collect();
            let possible = if possible.is_empty() { vec![true, false] } else { possible };
            (possible[0], possible, unknown.why.clone())
        }
        Value::Null
        | Value::Flag(_)
        | Value::Number(_)
        | Value::Text(_)
        | Value::Mixed(_)
        | Value::List(_)
        | Value::Map(_)
        | Value::Reference(_) => (is_on(state), Vec::new(), String::new()),
    };
    if possible.iter().all(|one| *one == first) {
        return Setting::known(first, origin(&state.place));
    }
    let unknown = Some(UnknownSetting { why, alternatives: vec![first, !first] });
    Setting { value: first, origin: Origin::Unknown(state.place.clone()), unknown }
}

/// What of the event a target is given.
fn content(target: &Node) -> Content {
    if let Some(text) = at(target, "Input") {
        return Content::Fixed(render(known(text)));
    }
    if let Some(transformer) = at(target, "InputTransformer") {
        let filled = input_template(transformer).map(Content::Filled);
        return filled.unwrap_or_else(|| Content::Transformed(render(known(transformer))));
    }
    at(target, "InputPath").map_or(Content::Whole, |path| match &known(path).value {
        Value::Text(path) => Content::Part(path.clone()),
        Value::Null
        | Value::Flag(_)
        | Value::Number(_)
        | Value::List(_)
        | Value::Map(_)
        | Value::Mixed(_)
        | Value::Reference(_)
        | Value::Unknown(_) => Content::Transformed(render(known(path))),
    })
}

/// An input transformer, where all of it is written out.
fn input_template(transformer: &Node) -> Option<InputTemplate> {
    let text = scalar_at(transformer, "InputTemplate")?.to_owned();
    let paths = at(transformer, "InputPathsMap").map(known);
    let paths = match paths.map(|paths| &paths.value) {
        Some(Value::Map(entries)) => entries
            .iter()
            .map(|entry| Some((entry.key.clone(), scalar(&entry.node)?.to_owned())))
            .collect::<Option<_>>()?,
        Some(_) => return None,
        None => BTreeMap::new(),
    };
    Some(InputTemplate { text, paths })
}

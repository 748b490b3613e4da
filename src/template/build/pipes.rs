//! `AWS::Pipes::Pipe`: what it polls, what it calls first, and where it sends.
//!
//! A pipe polls as an event source mapping does, so what it polls is one: into the first function that it waits for, or
//! into the pipe itself where it waits for none. What it cannot poll here, it is where events come in.

use crate::pattern::Dialect;
use crate::template::Node;
use crate::template::build::context::{Build, FUNCTION, QUEUE};
use crate::template::build::deliver::Hop;
use crate::template::build::exits::DEAD_LETTER;
use crate::template::build::mapping::{SOURCE, foreign};
use crate::template::build::sources::{CUSTOM, Source, by_id};
use crate::template::declared::Declared;
use crate::template::tree::{
    self, at, copy, entries, items_at, list, map, path, scalar, scalar_at, set, text,
};
use crate::topology::{
    ForeignProperty, Function, InvocationModel, Link, LinkDetail, LinkEnd, MappingFilter, Origin, Permitted,
    Resource, ResourceId, Runs, SendEvidence, Setting, Words,
};
use crate::vocabulary::Duration;

/// The type of pipes.
pub(crate) const PIPE: &str = "AWS::Pipes::Pipe";

/// The settings that a pipe has in common with a mapping.
const SHARED: [&str; 7] = [
    "BatchSize",
    "MaximumBatchingWindowInSeconds",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "ParallelizationFactor",
    "StartingPosition",
    "StartingPositionTimestamp",
];

/// What happens first to what a pipe takes.
#[derive(Clone, Copy, Debug)]
enum First<'a> {
    /// A function is called, and waited for.
    Calls(&'a Node),
    /// The pipe sends on, or calls something that is no function.
    Sends,
}

impl Build<'_> {
    /// The links of a pipe.
    pub(crate) fn pipe(&mut self, id: ResourceId, declared: &Declared, resources: &[Resource]) {
        match self.polled_by_pipe(declared) {
            Some(source) => self.polling_pipe(id, source, declared, resources),
            None => self.pushing_pipe(id, declared),
        }
    }

    /// The run of a pipe that calls no function and waits for it: it is the pipe that fails then.
    pub(crate) fn own_run(&mut self, declared: &Declared) -> Option<Function> {
        self.polled_by_pipe(declared)?;
        if let First::Calls(_) = self.first(declared) {
            return None;
        }
        let known = |value, rule: &str| Setting::known(value, Origin::Default(rule.to_owned()));
        //= pipes.timeout
        let timeout = self.models.duration("pipes.timeout", "limit").unwrap_or(Duration::ZERO);
        let timeout = Setting::known(timeout, Origin::Default("pipes.timeout".to_owned()));
        Some(self.runs_no_code(Runs::Pipe, (timeout, known(0, "pipes.run")), declared.words))
    }

    /// What stands where a function would and runs no code of Lambda's, with its time-out and memory.
    pub(crate) fn runs_no_code(
        &mut self,
        runs: Runs,
        (timeout, memory): (Setting<Duration>, Setting<u64>),
        words: Words,
    ) -> Function {
        Function {
            runs,
            timeout,
            memory,
            storage: None,
            reserved_concurrency: None,
            provisioned: Vec::new(),
            dead_letter: None,
            words,
            invoke_default: self.invoke_default(),
            invoke_configs: Vec::new(),
            recursive_loop: self.reader().required(None, &format!("{FUNCTION}.RecursiveLoop")),
            log_groups: Vec::new(),
        }
    }

    /// The source of a pipe, where what it does with it is simulated.
    fn polled_by_pipe(&self, declared: &Declared) -> Option<&'static Source> {
        let source = at(&declared.properties, "Source")?;
        if path(&declared.properties, &["SourceParameters", "SelfManagedKafkaParameters"]).is_some() {
            return Some(by_id("self_managed_kafka"));
        }
        let end = self.index.resolve(source, "sqs");
        let found = self.source_of(&end);
        let found = if found.id == CUSTOM.id { told_by_parameters(declared)? } else { found };
        let is_simulated = match (found.model, &end) {
            (InvocationModel::QueuePoll, LinkEnd::Resource(id)) => self.declared(*id).type_name == QUEUE,
            (InvocationModel::QueuePoll, LinkEnd::Missing(_)) => found.id == "sqs",
            (InvocationModel::StreamPoll, _) => true,
            (InvocationModel::QueuePoll, LinkEnd::Outside(_))
            | (InvocationModel::Sync | InvocationModel::Async | InvocationModel::Forward, _) => false,
        };
        is_simulated.then_some(found)
    }

    fn first<'a>(&self, declared: &'a Declared) -> First<'a> {
        let own = &declared.properties;
        let is_function = |node: &Node| match self.index.resolve(node, "lambda") {
            LinkEnd::Resource(id) => self.declared(id).type_name == FUNCTION,
            LinkEnd::Outside(_) | LinkEnd::Missing(_) => false,
        };
        match (at(own, "Enrichment"), at(own, "Target")) {
            (_, Some(target)) if is_function(target) && waits(declared) => First::Calls(target),
            (Some(enrichment), _) if is_function(enrichment) => First::Calls(enrichment),
            (_, _) => First::Sends,
        }
    }

    /// A pipe whose polling is simulated.
    fn polling_pipe(&mut self, id: ResourceId, source: &Source, declared: &Declared, resources: &[Resource]) {
        let own = &declared.properties;
        let first = self.first(declared);
        let function = match first {
            First::Calls(function) => function.clone(),
            First::Sends => tree::reference(&declared.logical_id, &declared.place),
        };
        let before = self.links.len();
        let properties = as_mapping(source, declared, function);
        let refused = self.refused_by_target(declared, &properties);
        let left_out = self.batch_left_out().filter(|_| at(&properties, "BatchSize").is_none());
        self.mapping(&Declared { properties, ..declared.clone() }, resources);
        for link in &mut self.links[before..] {
            match &mut link.detail {
                LinkDetail::QueuePolling(mapping) => {
                    mapping.pipe = Some(id);
                    in_words_of_pipes(&mut mapping.foreign);
                    mapping.foreign.extend(refused.iter().cloned());
                }
                LinkDetail::StreamPolling(mapping) => {
                    mapping.pipe = Some(id);
                    in_words_of_pipes(&mut mapping.foreign);
                    mapping.foreign.extend(refused.iter().cloned());
                    mapping.batch_size = left_out.clone().unwrap_or_else(|| mapping.batch_size.clone());
                }
                LinkDetail::Delivers(_) | LinkDetail::Sends(_) | LinkDetail::Unmodelled => {}
            }
        }
        let (enrichment, target) = (at(own, "Enrichment"), at(own, "Target"));
        match (first, target) {
            (First::Calls(function), Some(target)) if std::ptr::eq(function, target) => {
                if let Some(enrichment) = enrichment {
                    self.enriched_before(id, enrichment, target);
                }
            }
            (First::Calls(function), Some(target)) => self.sends_on(id, function, target),
            (First::Sends, Some(target)) => {
                let pipe = tree::reference(&declared.logical_id, &declared.place);
                self.sends_on(id, &pipe, target);
            }
            (_, None) => {}
        }
    }

    /// A function in front of the function that is the target: the errors of both are those of one run.
    fn enriched_before(&mut self, id: ResourceId, enrichment: &Node, target: &Node) {
        let (to, target) = (self.resolve(enrichment, "lambda"), self.resolve(target, "lambda"));
        let (name, behind) = (self.name_of(&to), self.name_of(&target));
        let cost = format!(
            "not simulated for itself: an error of {name} repeats the run as one of {behind} does, but what {name} \
             does twice, and how many run at once, is not checked"
        );
        let model = InvocationModel::Sync;
        self.link_costing("pipes", model, LinkEnd::Resource(id), to, &enrichment.place, cost);
    }

    /// What has gone well goes to the target.
    fn sends_on(&mut self, id: ResourceId, from: &Node, target: &Node) {
        let (from, to) = (self.resolve(from, "lambda"), self.resolve(target, "lambda"));
        if self.is_waited_for(id, &to) {
            let name = self.name_of(&to);
            let cost = format!(
                "not simulated yet: the pipe waits for {name} and repeats a run that fails there, which is not judged"
            );
            self.link_costing("pipes", InvocationModel::Forward, from, to, &target.place, cost);
            return;
        }
        self.links.push(Link {
            from,
            to,
            model: InvocationModel::Forward,
            source: "pipes".to_owned(),
            place: Some(target.place.clone()),
            permitted: Permitted::Unknown,
            detail: LinkDetail::Sends(SendEvidence::Pipe(id)),
        });
    }

    /// What a pipe is set to that its target does not take.
    fn refused_by_target(&self, declared: &Declared, mapping: &Node) -> Vec<ForeignProperty> {
        let Some(target) = at(&declared.properties, "Target") else { return Vec::new() };
        let LinkEnd::Resource(id) = self.index.resolve(target, "lambda") else { return Vec::new() };
        let target = self.declared(id);
        let mut refused = Vec::new();
        let waiting = path(&declared.properties, &MACHINE_CALL);
        if target.type_name == MACHINE && !is_express(target) && waiting.and_then(scalar) != Some(FORGETS) {
            let place = waiting.map_or(&declared.place, |node| &node.place).clone();
            let (property, value) = (MACHINE_CALL.join("."), "REQUEST_RESPONSE".to_owned());
            refused.push(ForeignProperty { property, value, place });
        }
        let row = LARGEST.iter().find(|(type_name, _)| *type_name == target.type_name);
        let most = row.and_then(|(_, value)| self.models.count("pipes.batch_of_target", value).ok());
        let size = at(mapping, "BatchSize");
        let count = size.and_then(scalar).and_then(|text| text.parse::<u64>().ok());
        if let (Some(most), Some(count), Some(size)) = (most, count, size)
            && count > most
        {
            refused.push(foreign("BatchSize", size));
        }
        refused
    }

    /// Whether the target is an Express state machine whose end the pipe waits for.
    fn is_waited_for(&self, id: ResourceId, target: &LinkEnd) -> bool {
        let LinkEnd::Resource(machine) = target else { return false };
        let machine = self.declared(*machine);
        let own = &self.declared(id).properties;
        machine.type_name == MACHINE
            && is_express(machine)
            && path(own, &MACHINE_CALL).and_then(scalar) != Some(FORGETS)
    }

    /// How large the batches of a pipe on a stream are that does not say it.
    fn batch_left_out(&self) -> Option<Setting<u64>> {
        //= pipes.batch_left_out
        const RULE: &str = "pipes.batch_left_out";
        let count = self.models.count(RULE, "count").ok()?;
        Some(Setting::known(count, Origin::Default(RULE.to_owned())))
    }

    /// A pipe whose source is not simulated is itself where events come in.
    fn pushing_pipe(&mut self, id: ResourceId, declared: &Declared) {
        let own = &declared.properties;
        let pipe = LinkEnd::Resource(id);
        if let Some(source) = at(own, "Source") {
            let from = self.resolve(source, "sqs");
            self.forward("pipes", from, pipe.clone(), &source.place);
        }
        let filters = self.pipe_filters(declared);
        let mut step = |target, model| {
            let mut hop = Hop::usual(by_id("pipes"), &pipe);
            hop.model = model;
            hop.delivery.filters.clone_from(&filters);
            self.deliver(hop, target);
        };
        if let Some(enrichment) = at(own, "Enrichment") {
            step(enrichment, InvocationModel::Sync);
        }
        if let Some(target) = at(own, "Target") {
            step(target, if waits(declared) { InvocationModel::Sync } else { InvocationModel::Async });
        }
        if let Some(parameters) = at(own, "SourceParameters") {
            for poller in entries(parameters) {
                if let Some(queue) = path(&poller.node, &["DeadLetterConfig", "Arn"]) {
                    self.exit_link(DEAD_LETTER, pipe.clone(), queue);
                }
            }
        }
    }

    fn pipe_filters(&mut self, declared: &Declared) -> Vec<MappingFilter> {
        let criteria = path(&declared.properties, &["SourceParameters", "FilterCriteria"]);
        let filters = criteria.map_or(&[][..], |criteria| items_at(criteria, "Filters"));
        let mut read = Vec::new();
        for pattern in filters.iter().filter_map(|filter| at(filter, "Pattern")) {
            let one = self.pattern(&declared.name, pattern, Dialect::Pipe);
            if one.is_empty() {
                return Vec::new();
            }
            read.extend(one);
        }
        read
    }
}

/// The type of state machines.
const MACHINE: &str = "AWS::StepFunctions::StateMachine";

/// What says whether a pipe waits for its state machine.
const MACHINE_CALL: [&str; 3] = ["TargetParameters", "StepFunctionStateMachineParameters", "InvocationType"];

/// Targets whose requests hold so many items, by the value of the rule.
const LARGEST: [(&str, &str); 5] = [
    (QUEUE, "queue"),
    ("AWS::SNS::Topic", "topic"),
    ("AWS::Events::EventBus", "bus"),
    ("AWS::Kinesis::Stream", "stream"),
    ("AWS::Events::ApiDestination", "api"),
];

fn is_express(machine: &Declared) -> bool {
    let kind = scalar_at(&machine.properties, "StateMachineType");
    kind.or_else(|| scalar_at(&machine.properties, "Type")) == Some("EXPRESS")
}

/// The word for a target that a pipe does not wait for.
const FORGETS: &str = "FIRE_AND_FORGET";

/// A pipe calls otherwise what it reads.
fn in_words_of_pipes(foreign: &mut [ForeignProperty]) {
    for one in foreign.iter_mut().filter(|one| one.property == SOURCE) {
        "Source".clone_into(&mut one.property);
    }
}

/// Whether a pipe waits for the function that is its target.
fn waits(declared: &Declared) -> bool {
    let keys = ["TargetParameters", "LambdaFunctionParameters", "InvocationType"];
    path(&declared.properties, &keys).and_then(scalar) != Some(FORGETS)
}

/// What a source is whose resource or ARN does not tell, by the parameters that are given for it.
fn told_by_parameters(declared: &Declared) -> Option<&'static Source> {
    const TOLD: [(&str, &str); 4] = [
        ("SqsQueueParameters", "sqs"),
        ("KinesisStreamParameters", "kinesis"),
        ("DynamoDBStreamParameters", "dynamodb_streams"),
        ("ManagedStreamingKafkaParameters", "msk"),
    ];
    let parameters = at(&declared.properties, "SourceParameters")?;
    TOLD.iter().find(|(key, _)| at(parameters, key).is_some()).map(|(_, source)| by_id(source))
}

/// The polling of a pipe in the words of a mapping.
fn as_mapping(source: &Source, declared: &Declared, function: Node) -> Node {
    //= pipes.polls
    let (own, place) = (&declared.properties, &declared.place);
    let mut mapping = map([("FunctionName", function)], place);
    let parameters = at(own, "SourceParameters");
    let filters = parameters.and_then(|parameters| at(parameters, "FilterCriteria"));
    if let Some(filters) = filters {
        set(&mut mapping, "FilterCriteria", filters.clone());
    }
    if source.id == "self_managed_kafka" {
        let servers = list(at(own, "Source").cloned().into_iter().collect(), place);
        let endpoints = map([("KafkaBootstrapServers", servers)], place);
        set(&mut mapping, "SelfManagedEventSource", map([("Endpoints", endpoints)], place));
        // A pipe reads open clusters too.
        set(&mut mapping, "SourceAccessConfigurations", list(Vec::new(), place));
    } else {
        copy(own, "Source", &mut mapping, SOURCE);
    }
    //= pipes.partial
    if matches!(source.id, "sqs" | "kinesis" | "dynamodb_streams") {
        let reports = list(vec![text("ReportBatchItemFailures", place)], place);
        set(&mut mapping, "FunctionResponseTypes", reports);
    }
    if let Some(state) = scalar_at(own, "DesiredState") {
        set(&mut mapping, "Enabled", text(if state == "STOPPED" { "false" } else { "true" }, place));
    }
    let given = parameters.map_or(&[][..], entries).iter().find(|entry| entry.key != "FilterCriteria");
    if let Some(given) = given {
        copy_parameters(&given.node, &mut mapping);
    }
    mapping
}

/// The parameters of a source as the settings of a mapping.
fn copy_parameters(given: &Node, mapping: &mut Node) {
    for property in SHARED {
        copy(given, property, mapping, property);
    }
    if let Some(exit) = path(given, &["DeadLetterConfig", "Arn"]) {
        let failure = map([("Destination", exit.clone())], &exit.place);
        set(mapping, "DestinationConfig", map([("OnFailure", failure)], &exit.place));
    }
    if let Some(topic) = at(given, "TopicName") {
        set(mapping, "Topics", list(vec![topic.clone()], &topic.place));
    }
    if let Some(word) = at(given, "OnPartialBatchItemFailure") {
        let bisects = scalar(word) == Some("AUTOMATIC_BISECT");
        set(mapping, "BisectBatchOnFunctionError", text(if bisects { "true" } else { "false" }, &word.place));
    }
}

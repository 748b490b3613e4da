//! Event source mappings, and their ends.

use crate::topology::validation::Refusal;
use crate::topology::validation::check::Check;
use crate::topology::{
    ForeignProperty, Function, InvocationModel, Link, LinkDetail, LinkEnd, Queue, QueueKind, QueueMapping,
    UNRECOGNISED,
};
use crate::vocabulary::{EntityKind, EntityName, Place};

const PATTERN: &str = "FilterCriteria.Filters.Pattern";
/// Where the filter of a pipe stands.
pub(super) const PIPE_PATTERN: &str = "SourceParameters.FilterCriteria.Filters.Pattern";
const COUNT: &str = "queue_poll.filter_count";

impl Check<'_> {
    /// Every link, and the links of one pair together.
    pub(super) fn links(&mut self) {
        let mut seen: Vec<(&LinkEnd, &LinkEnd)> = Vec::new();
        let mut streams: Vec<(&LinkEnd, &LinkEnd, Option<&str>)> = Vec::new();
        let topology = self.topology;
        for link in &topology.links {
            self.missing_ends(link);
            match &link.detail {
                LinkDetail::QueuePolling(mapping) => {
                    let (queue, function) = (topology.queue(&link.from), topology.function(&link.to));
                    if let (Some(queue), Some(function)) = (queue, function) {
                        self.mapping(mapping, queue, function, link.place.as_ref());
                    }
                    if mapping.pipe.is_none() {
                        if seen.contains(&(&link.from, &link.to)) {
                            self.duplicate(link, mapping);
                        }
                        seen.push((&link.from, &link.to));
                    }
                }
                LinkDetail::Delivers(delivery) => {
                    self.delivery(link, delivery);
                    self.web(link, delivery);
                }
                LinkDetail::StreamPolling(mapping) => {
                    self.stream_mapping(mapping, link);
                    let read = (&link.from, &link.to, mapping.topic.as_deref());
                    if mapping.pipe.is_none() {
                        if streams.contains(&read) {
                            self.duplicate_reader(mapping, link);
                        }
                        streams.push(read);
                    }
                }
                LinkDetail::Unmodelled if link.source == UNRECOGNISED => self.no_source(link),
                LinkDetail::Sends(_) | LinkDetail::Unmodelled => {}
            }
        }
    }

    /// A mapping on something that is no event source.
    fn no_source(&mut self, link: &Link) {
        //= queue_poll.no_source
        let (from, to) = (self.topology.end_name(&link.from), self.topology.end_name(&link.to));
        let name = EntityName::new(EntityKind::Mapping, &format!("{from}->{to}"));
        let refusal = self.refusal("queue_poll.no_source", &name, "EventSourceArn", &from);
        let allowed = "a queue, a stream, a table's stream, a cluster or a broker".to_owned();
        self.found.push(Refusal { allowed, place: link.place.clone(), ..refusal });
    }

    fn missing_ends(&mut self, link: &Link) {
        //= queue_poll.queue_missing
        //= queue_poll.function_missing
        //= stream_poll.stream_missing
        //= stream_poll.function_missing
        let (source, function) = match link.model {
            InvocationModel::QueuePoll if link.source == "sqs" => {
                ("queue_poll.queue_missing", "queue_poll.function_missing")
            }
            InvocationModel::StreamPoll => ("stream_poll.stream_missing", "stream_poll.function_missing"),
            InvocationModel::QueuePoll
            | InvocationModel::Sync
            | InvocationModel::Async
            | InvocationModel::Forward => return,
        };
        self.table_without_stream(link, source);
        let properties =
            if link.pipe().is_some() { ["Source", "Target"] } else { ["EventSourceArn", "FunctionName"] };
        let ends = [(&link.from, source, properties[0]), (&link.to, function, properties[1])];
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
        //= queue_poll.batch_size_range
        self.ranged(name, &format!("{of}.BatchSize"), &mapping.batch_size);
        //= queue_poll.window_range
        self.ranged(name, &format!("{of}.MaximumBatchingWindowInSeconds"), &mapping.batching_window);
        if let Some(maximum) = &mapping.maximum_concurrency {
            //= queue_poll.maximum_concurrency_range
            self.ranged(name, &format!("{of}.ScalingConfig.MaximumConcurrency"), maximum);
        }
        self.provisioned(mapping);
        match queue.kind {
            QueueKind::Standard => self.batch_needs_window(mapping, place),
            QueueKind::Fifo => self.mapping_of_fifo(mapping, place),
        }
        self.visibility(mapping, queue, function, place);
        self.filters(mapping, place);
        for property in &mapping.foreign {
            self.foreign(name, property);
        }
    }

    fn foreign(&mut self, name: &EntityName, foreign: &ForeignProperty) {
        //= queue_poll.no_destination
        //= queue_poll.no_stream_settings
        //= queue_poll.response_types_allowed
        //= queue_poll.source_arn
        let (rule, allowed) = match foreign.property.as_str() {
            "EventSourceArn" => ("queue_poll.source_arn", "the queue's ARN, its attribute Arn".to_owned()),
            "DestinationConfig" => ("queue_poll.no_destination", "nothing: queues do not take it".to_owned()),
            "FunctionResponseTypes" => {
                let model = self.models.setting("AWS::Lambda::EventSourceMapping.FunctionResponseTypes");
                let words = model.map_or_else(String::new, |model| model.allowed.join(", "));
                ("queue_poll.response_types_allowed", words)
            }
            property if is_of_pipe(property) => of_pipe(property),
            _ => ("queue_poll.no_stream_settings", "nothing: queues do not take it".to_owned()),
        };
        let refusal = self.refusal(rule, name, &foreign.property, &foreign.value);
        let message = refusal.message.replace("{source}", &foreign.value);
        self.found.push(Refusal { allowed, message, place: Some(foreign.place.clone()), ..refusal });
    }

    fn batch_needs_window(&mut self, mapping: &QueueMapping, place: Option<&Place>) {
        //= queue_poll.batch_needs_window
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

    fn provisioned(&mut self, mapping: &QueueMapping) {
        let Some(pollers) = &mapping.provisioned else { return };
        let of = "AWS::Lambda::EventSourceMapping.ProvisionedPollerConfig";
        //= queue_poll.minimum_pollers_range
        self.ranged(&mapping.name, &format!("{of}.MinimumPollers"), &pollers.minimum);
        //= queue_poll.maximum_pollers_range
        self.ranged(&mapping.name, &format!("{of}.MaximumPollers"), &pollers.maximum);
        let (least, most) = (pollers.minimum.value, pollers.maximum.value);
        if least > most {
            //= queue_poll.provisioned_order
            let property = "ProvisionedPollerConfig.MinimumPollers";
            let refusal = self.refusal("queue_poll.provisioned_order", &mapping.name, property, &least);
            let place = pollers.minimum.place().or(pollers.maximum.place()).cloned();
            self.found.push(Refusal { allowed: format!("at most {most}, the maximum"), place, ..refusal });
        }
        if let Some(maximum) = &mapping.maximum_concurrency {
            //= queue_poll.provisioned_excludes_maximum
            let property = "ScalingConfig.MaximumConcurrency";
            let rule = "queue_poll.provisioned_excludes_maximum";
            let refusal = self.refusal(rule, &mapping.name, property, &maximum.value);
            let allowed = "one of the two: provisioned mode or maximum concurrency".to_owned();
            self.found.push(Refusal { allowed, place: maximum.place().cloned(), ..refusal });
        }
    }

    fn filters(&mut self, mapping: &QueueMapping, place: Option<&Place>) {
        //= queue_poll.filter_pattern
        //= pipes.filter_pattern
        let (rule, property) = match mapping.pipe {
            None => ("queue_poll.filter_pattern", PATTERN),
            Some(_) => ("pipes.filter_pattern", PIPE_PATTERN),
        };
        for filter in &mapping.filters {
            let Err(errors) = &filter.pattern else { continue };
            let refusal = self.refusal(rule, &mapping.name, property, &filter.text);
            let reasons: Vec<String> = errors.iter().map(ToString::to_string).collect();
            let allowed = format!("a pattern without these: {}", reasons.join("; "));
            let place = filter.place.as_ref().or(place).cloned();
            self.found.push(Refusal { allowed, place, ..refusal });
        }
        //= queue_poll.filter_count
        let (count, Ok(most)) = (mapping.filters.len() as u64, self.models.count(COUNT, "maximum")) else {
            return;
        };
        if count > most {
            let refusal = self.refusal(COUNT, &mapping.name, "FilterCriteria.Filters", &count);
            let raised = self.models.count(COUNT, "raised").unwrap_or(most);
            let allowed = format!("at most {most}, or {raised} where AWS has raised the quota");
            self.found.push(Refusal { allowed, place: place.cloned(), ..refusal });
        }
    }

    fn visibility(
        &mut self,
        mapping: &QueueMapping,
        queue: &Queue,
        function: &Function,
        place: Option<&Place>,
    ) {
        //= queue_poll.visibility_below_timeout
        const RULE: &str = "queue_poll.visibility_below_timeout";
        let (visibility, timeout) = (queue.visibility_timeout.value, function.timeout.value);
        if visibility >= timeout || mapping.pipe.is_some() {
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
        //= queue_poll.duplicate_mapping
        let refusal = self.refusal("queue_poll.duplicate_mapping", &mapping.name, "EventSourceArn", &queue);
        let message = refusal.message.replace("{queue}", queue).replace("{function}", function);
        let allowed = format!("one mapping from {queue} to {function}");
        self.found.push(Refusal { allowed, message, place: link.place.clone(), ..refusal });
    }
}

/// Whether a property that is told as foreign is one of a pipe and its target.
pub(super) fn is_of_pipe(property: &str) -> bool {
    matches!(property, "BatchSize" | "Source") || property.starts_with("TargetParameters.")
}

/// What a pipe is set to although its target does not take it so.
pub(super) fn of_pipe(property: &str) -> (&'static str, String) {
    //= pipes.batch_of_target
    //= pipes.source_arn
    //= pipes.standard_machine
    let (rule, allowed) = match property {
        "BatchSize" => ("pipes.batch_of_target", "no more than its target takes in one request"),
        "Source" => ("pipes.source_arn", "the ARN of a queue or stream, and for a table that of its stream"),
        _ => ("pipes.standard_machine", "FIRE_AND_FORGET, or a state machine of the type EXPRESS"),
    };
    (rule, allowed.to_owned())
}

//! The parts of a draft: each names what the system has, and what could be said of it.

use crate::models::Models;
use crate::report::draft::{Draft, key, text};
use crate::scenario::HandlerPreset;
use crate::topology::{LinkDetail, LinkEnd, Queue, RedriveTarget, ResourceDetail, ResponseType, Topology};
use crate::vocabulary::Duration;

/// The names that a draft speaks of.
#[derive(Debug, Default)]
pub(super) struct Subject<'t> {
    /// Queues that functions read, dead-letter queues left out.
    sources: Vec<&'t str>,
    /// The functions.
    functions: Vec<&'t str>,
    /// Dead-letter queues.
    dead_letters: Vec<&'t str>,
    /// Event source mappings: queue and function.
    mappings: Vec<(&'t str, &'t str)>,
    /// Event source mappings on streams: stream and function.
    reads: Vec<(&'t str, &'t str)>,
    /// All queues.
    queues: Vec<&'t str>,
    /// The archives of buses.
    archives: Vec<&'t str>,
}

/// The names of a topology.
pub(super) fn subjects(topology: &Topology) -> Subject<'_> {
    let archives = topology.archives.iter().map(|archive| archive.name.as_str()).collect();
    let mut subject = Subject { archives, ..Subject::default() };
    for resource in &topology.resources {
        let name = resource.name.as_str();
        match &resource.detail {
            ResourceDetail::Queue(queue) => {
                subject.queues.push(name);
                subject.dead_letters.extend(target(topology, queue));
            }
            ResourceDetail::Function(_) if resource.detail.is_code() => subject.functions.push(name),
            ResourceDetail::Function(_)
            | ResourceDetail::Channel(_)
            | ResourceDetail::Stream(_)
            | ResourceDetail::Other => {}
        }
    }
    for link in topology.links.iter().filter(|link| matches!(link.detail, LinkDetail::QueuePolling(_))) {
        let (source, function) = (topology.end_name(&link.from), topology.end_name(&link.to));
        if subject.queues.contains(&source) && subject.functions.contains(&function) {
            subject.mappings.push((source, function));
        }
    }
    for link in topology.links.iter().filter(|link| matches!(link.detail, LinkDetail::StreamPolling(_))) {
        let (source, function) = (topology.end_name(&link.from), topology.end_name(&link.to));
        if matches!(link.from, LinkEnd::Resource(_)) && subject.functions.contains(&function) {
            subject.reads.push((source, function));
        }
    }
    let polled = subject.mappings.iter().map(|(source, _)| *source);
    subject.sources = polled.filter(|source| !subject.dead_letters.contains(source)).collect();
    for names in [&mut subject.sources, &mut subject.dead_letters] {
        let mut known: Vec<&str> = Vec::new();
        names.retain(|name| {
            !known.contains(name) && {
                known.push(name);
                true
            }
        });
    }
    subject
}

fn target<'t>(topology: &'t Topology, queue: &Queue) -> Option<&'t str> {
    match &queue.redrive.as_ref()?.target {
        RedriveTarget::Queue(id) => Some(topology.resource(*id).name.as_str()),
        RedriveTarget::Outside(_) | RedriveTarget::Missing(_) => None,
    }
}

/// What the template says now, for trying other values.
pub(super) fn settings(draft: &mut Draft, topology: &Topology) {
    draft.part("settings of the template, to try others");
    draft.table("[set]");
    for resource in &topology.resources {
        let name = key(&resource.logical_id);
        match &resource.detail {
            ResourceDetail::Queue(queue) => {
                let seconds = |length: Duration| length.as_secs();
                draft.could(&format!(
                    "{name}.VisibilityTimeout = {}",
                    seconds(queue.visibility_timeout.value)
                ));
                draft.could(&format!(
                    "{name}.MessageRetentionPeriod = {}",
                    seconds(queue.message_retention.value)
                ));
                if let Some(redrive) = &queue.redrive {
                    let count = redrive.max_receive_count.value;
                    draft.could(&format!("{name}.RedrivePolicy.maxReceiveCount = {count}"));
                }
            }
            ResourceDetail::Function(function) if resource.detail.is_code() => {
                draft.could(&format!("{name}.Timeout = {}", function.timeout.value.as_secs()));
            }
            ResourceDetail::Function(_)
            | ResourceDetail::Channel(_)
            | ResourceDetail::Stream(_)
            | ResourceDetail::Other => {}
        }
    }
}

/// One way to state load for every source, and one message.
pub(super) fn load(draft: &mut Draft, subject: &Subject<'_>) {
    draft.part("load");
    draft.says("A queue without any keeps the profile's: a few events, now and then many (`redrive models profile`).");
    let ways: [&[&str]; 3] = [
        &["rate = \"10/s for 5m\"", "keys = 8"],
        &["events = 200", "over = \"10m\""],
        &["per-minute = [12, 15, 240, 18]   # or the path of a CSV file"],
    ];
    for (source, way) in subject.sources.iter().zip(ways.iter().cycle()) {
        draft.table("[[load]]");
        draft.could(&format!("to = {}", text(source)));
        way.iter().for_each(|line| draft.could(line));
    }
    if let Some(source) = subject.sources.first() {
        draft.table("[[message]]");
        draft.could(&format!("to = {}", text(source)));
        draft.could("at = \"1m30s\"");
        draft.could("body = { kind = \"refund\" }");
        draft.could("group = \"customer-7\"");
    }
}

/// What every function is taken to do, and could be said to do.
pub(super) fn handlers(draft: &mut Draft, topology: &Topology, models: &Models) {
    let usual = models.duration("profile.event_duration", "value").unwrap_or_default();
    draft.part("handlers");
    let presets = HandlerPreset::ALL.map(HandlerPreset::word);
    draft.says(&format!("presets: {}", presets.join(", ")));
    for resource in &topology.resources {
        let ResourceDetail::Function(function) = &resource.detail else { continue };
        let name = resource.name.as_str();
        let reports = topology.links.iter().any(|link| {
            matches!(&link.detail, LinkDetail::QueuePolling(mapping)
                if mapping.response_type.value == ResponseType::BatchItemFailures)
                && topology.end_name(&link.to) == name
        });
        let preset = if reports { "partial" } else { "throws" };
        draft.line("");
        draft.says(&format!(
            "now: {preset}, {usual} for each event; its time-out is {}",
            function.timeout.value
        ));
        draft.could(&format!("[handler.{}]", key(name)));
        draft.could(&format!("preset = \"{preset}\""));
        draft.could("duration = \"40ms..2s\"");
        draft.could("outcomes = [{ attempts = \"..2\", ratio = \"1/20\", then = \"fails\" }]");
    }
}

/// Who sends where.
pub(super) fn assumptions(draft: &mut Draft, subject: &Subject<'_>) {
    let pairs = subject
        .functions
        .iter()
        .flat_map(|function| subject.queues.iter().map(move |queue| (*queue, *function)));
    let mut unread = pairs.filter(|pair| !subject.mappings.contains(pair));
    let Some((queue, function)) = unread.next() else { return };
    draft.could(&format!("assume = [{}]", text(&format!("{function} sends {queue}"))));
}

/// What could change in flight.
pub(super) fn changes(draft: &mut Draft, subject: &Subject<'_>) {
    draft.part("changes while events are in flight");
    for (source, function) in &subject.mappings {
        let mapping = text(&format!("{source}->{function}"));
        for (at, action) in [("00:10", "disable"), ("02:00", "enable")] {
            draft.table("[[change]]");
            draft.could(&format!("at = \"{at}\""));
            draft.could(&format!("{action} = {mapping}"));
        }
    }
    for (stream, function) in &subject.reads {
        draft.table("[[change]]");
        draft.could("at = \"10m\"");
        draft.could(&format!("create = {}", text(&format!("{stream}->{function}"))));
    }
    for queue in &subject.dead_letters {
        draft.table("[[change]]");
        draft.could("at = \"1d\"");
        draft.could(&format!("redrive = {}", text(queue)));
        draft.could("rate = \"10/s\"");
    }
    for archive in &subject.archives {
        draft.table("[[change]]");
        draft.could("at = \"3h\"");
        draft.could(&format!("replay = {}", text(archive)));
        draft.could("from = \"1h\"");
        draft.could("to = \"2h\"");
    }
    for function in &subject.functions {
        draft.table("[[change]]");
        draft.could("at = \"30m\"");
        draft.could(&format!("redeploy = {}", text(function)));
    }
}

/// What could go wrong.
pub(super) fn faults(draft: &mut Draft, subject: &Subject<'_>) {
    draft.part("faults");
    draft.says("All families may be on; single faults happen in every run.");
    draft.table("[faults]");
    draft.could("families = [\"-unspecified\"]");
    draft.could("ratios = { transient-error = \"1/100\" }");
    let outages = subject.functions.iter().map(|function| text(&format!("outage:{function}@00:02+10m")));
    let poisoned = subject.sources.iter().map(|source| text(&format!("poison:{source}.0")));
    let planned: Vec<String> = outages.chain(poisoned).collect();
    draft.could(&format!("planned = [{}]", planned.join(", ")));
}

/// Limits, with the profile's values.
pub(super) fn bounds(draft: &mut Draft, models: &Models) {
    draft.part("bounds for the guarantees, as they are now");
    draft.table("[bounds]");
    for (name, rule) in [
        ("operator-window", "profile.operator_window"),
        ("stall-limit", "profile.stall_limit"),
        ("settle-limit", "profile.settle_limit"),
    ] {
        if let Ok(length) = models.duration(rule, "length") {
            draft.could(&format!("{name} = \"{length}\""));
        }
    }
    draft.says("and these, which are asked for only where they stand here:");
    draft.could("delay = \"2h\"");
    draft.could("invocations-per-event = 10");
    draft.could("cost-per-event = \"0.001 USD\"");
}

/// What could be expected.
pub(super) fn expectations(draft: &mut Draft, subject: &Subject<'_>) {
    draft.part("what must have come of every run");
    for queue in &subject.dead_letters {
        draft.table("[[expect]]");
        draft.could(&format!("queue = {}", text(queue)));
        draft.could("holds = 0");
    }
    for source in &subject.sources {
        draft.table("[[expect]]");
        draft.could(&format!("events = {}", text(source)));
        draft.could("fate = \"processed\"");
    }
}

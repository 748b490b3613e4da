//! Edits of mappings on streams, each with how it is to be written in the template.

use crate::explore::Change;
use crate::explore::edit::{Replaced, Written, change, keeping_queue, replace};
use crate::explore::edit_pushed::written_queue;
use crate::explore::edit_right::{Writes, may_send};
use crate::models::Models;
use crate::program::LogSetting;
use crate::topology::{
    Exit, Link, LinkDetail, LinkEnd, Origin, Permitted, ResourceDetail, ResourceId, ResponseType, Setting,
    StartingPosition, StreamKind, StreamMapping, Topology, Words,
};
use crate::vocabulary::{Duration, Place};

/// Gives a setting of a mapping a value as tables have it: a count, 0 or 1, microseconds.
pub(super) fn set_stream(
    topology: &mut Topology,
    models: &Models,
    name: &str,
    setting: LogSetting,
    value: u64,
) -> Option<Change> {
    let written = Written::of(topology, models, name, setting.property())?;
    let (mapping, place) = mapping(topology, name)?;
    let place = place.cloned();
    Some(written.change(place.as_ref(), replaced(mapping, setting, value)))
}

fn replaced(mapping: &mut StreamMapping, setting: LogSetting, value: u64) -> Replaced {
    let flag = value != 0;
    let length = Duration::from_micros(value);
    let seconds = |length: &Duration| length.as_secs().to_string();
    match setting {
        LogSetting::Enabled => replace(&mut mapping.enabled, flag, bool::to_string),
        LogSetting::BatchSize => replace(&mut mapping.batch_size, value, u64::to_string),
        LogSetting::Window => replace(&mut mapping.batching_window, length, seconds),
        LogSetting::Tumbling => replace(&mut mapping.tumbling_window, length, seconds),
        LogSetting::Lanes => replace(&mut mapping.parallelization, value, u64::to_string),
        LogSetting::Attempts => optional(&mut mapping.attempts, value, u64::to_string),
        LogSetting::Age => optional(&mut mapping.age, length, seconds),
        LogSetting::Bisect => replace(&mut mapping.bisect, flag, bool::to_string),
        LogSetting::Position => optional(
            &mut mapping.starting_position,
            StartingPosition::TrimHorizon,
            StartingPosition::to_string,
        ),
        LogSetting::ResponseType => {
            let (_, _, line) =
                replace(&mut mapping.response_type, ResponseType::BatchItemFailures, |_| String::new());
            (None, "[ReportBatchItemFailures]".to_owned(), line)
        }
    }
}

fn optional<T>(setting: &mut Option<Setting<T>>, value: T, write: impl Fn(&T) -> String) -> Replaced {
    if let Some(setting) = setting {
        return replace(setting, value, write);
    }
    let after = write(&value);
    *setting = Some(Setting::known(value, Origin::CommandLine));
    (None, after, None)
}

/// A new queue that is told of what a mapping gives up.
pub(super) fn catch_records(topology: &mut Topology, name: &str, models: &Models) -> Option<Vec<Change>> {
    let target = ResourceId(topology.resources.len() as u32);
    let written = Written::of(topology, models, name, "DestinationConfig")?;
    let own_end = own_end(topology, models, name);
    let holder = reader(topology, name)?;
    let (mapping, place) = mapping(topology, name)?;
    let place = place.cloned();
    let (is_pipe, words) = (mapping.pipe.is_some(), mapping.words);
    mapping.attempts = mapping.attempts.take().or(own_end);
    let before = mapping.on_failure.replace(Exit {
        target: LinkEnd::Resource(target),
        qualifier: None,
        permitted: Permitted::Granted,
        place: None,
    });
    let before = before.and_then(|exit| Some((written_queue(topology, &exit)?, exit.place)));
    let base: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let new = format!("{base}Discarded");
    let (queue, declaration) = keeping_queue(&new, models)?;
    topology.resources.push(queue);
    let (exit, writes) = match (is_pipe, words) {
        (true, _) => (format!("\n  Arn: !GetAtt {new}.Arn"), Writes::Template),
        (false, Words::CloudFormation) => {
            (format!("\n  OnFailure:\n    Destination: !GetAtt {new}.Arn"), Writes::Template)
        }
        (false, Words::Sam) => {
            (format!("\n  OnFailure:\n    Type: SQS\n    Destination: !GetAtt {new}.Arn"), Writes::Sam)
        }
    };
    let exit = match before {
        Some((before, at)) => {
            let line = at.map(|place| place.line);
            let within = if is_pipe { "Arn" } else { "OnFailure.Destination" };
            written.within(within).change(place.as_ref(), (Some(before), format!("!GetAtt {new}.Arn"), line))
        }
        None => written.change(place.as_ref(), (None, exit, None)),
    };
    let mut changes = vec![exit, change(&new, "Type", None, (None, declaration, None))];
    changes.extend(may_send(topology, holder, &new, writes));
    Some(changes)
}

/// A stream keeps its records for longer.
pub(super) fn keep_records(topology: &mut Topology, name: &str, length: Duration) -> Option<Change> {
    let resource = topology.resources.iter_mut().find(|resource| {
        matches!(resource.detail, ResourceDetail::Stream(_)) && resource.name.as_str() == name
    })?;
    let place = resource.place.clone();
    let ResourceDetail::Stream(stream) = &mut resource.detail else { return None };
    let hours = |length: &Duration| (length.as_secs() / SECONDS_PER_HOUR).to_string();
    let replaced = replace(&mut stream.retention, length, hours);
    Some(change(name, "RetentionPeriodHours", place.as_ref(), replaced))
}

const SECONDS_PER_HOUR: u64 = 3_600;

/// After how many retries a mapping gives up that can tell somebody, where its source says so.
fn own_end(topology: &Topology, models: &Models, name: &str) -> Option<Setting<u64>> {
    let is_meant = |link: &&Link| matches!(&link.detail, LinkDetail::StreamPolling(mapping) if mapping.name.as_str() == name);
    let kind = StreamKind::of_source(&topology.links.iter().find(is_meant)?.source)?;
    //= msk.retries_with_destination
    //= self_managed_kafka.retries_with_destination
    let rule = models.rule(models.rules_in(kind.source(), "log.retries_with_destination")?).id.clone();
    let count = models.count(&rule, "count").ok()?;
    Some(Setting::known(count, Origin::Default(rule)))
}

/// Who reads for a mapping, and sends what it gives up: its function or its pipe.
fn reader(topology: &Topology, name: &str) -> Option<ResourceId> {
    topology.links.iter().find_map(|link| match (&link.detail, &link.to) {
        (LinkDetail::StreamPolling(mapping), LinkEnd::Resource(function))
            if mapping.name.as_str() == name =>
        {
            Some(mapping.pipe.unwrap_or(*function))
        }
        _ => None,
    })
}

fn mapping<'t>(topology: &'t mut Topology, name: &str) -> Option<(&'t mut StreamMapping, Option<&'t Place>)> {
    topology.links.iter_mut().find_map(|link| match &mut link.detail {
        LinkDetail::StreamPolling(mapping) if mapping.name.as_str() == name => {
            Some((&mut **mapping, link.place.as_ref()))
        }
        LinkDetail::StreamPolling(_)
        | LinkDetail::QueuePolling(_)
        | LinkDetail::Delivers(_)
        | LinkDetail::Sends(_)
        | LinkDetail::Unmodelled => None,
    })
}

//! `[[message]]` and `[[load]]`: messages one by one, and many by rule.

use std::path::Path;

use crate::scenario::read::attributes::attributes;
use crate::scenario::read::change_of_item::{change, changes, transaction};
use crate::scenario::read::counts::read_counts;
use crate::scenario::read::fields::Fields;
use crate::scenario::words::{MOST_EVENTS, length, moment, some_length};
use crate::scenario::{Arrivals, Generated, Message, Workload};
use crate::vocabulary::{Diagnostic, Duration};

/// Messages one by one, those of one queue together in the order of the file.
pub(super) fn read_messages(tables: Vec<Fields<'_>>, problems: &mut Vec<Diagnostic>) -> Vec<Workload> {
    let mut workloads: Vec<Workload> = Vec::new();
    for (number, mut fields) in tables.into_iter().enumerate() {
        let place = fields.place().clone();
        let to = fields.text("to", problems);
        fields.needs(&["to"], problems);
        let messages = messages(number as u32, fields, problems);
        let Some(to) = to else { continue };
        if let Some(workload) = workloads.iter_mut().find(|workload| workload.to == to) {
            workload.messages.extend(messages);
        } else {
            workloads.push(Workload { to, messages, place: Some(place), ..Workload::default() });
        }
    }
    workloads
}

/// One message without where it goes, or those of a transaction.
pub(super) fn messages(number: u32, mut fields: Fields<'_>, problems: &mut Vec<Diagnostic>) -> Vec<Message> {
    fields.one_of(&["body", "transaction"], problems);
    fields.one_of(&["change", "transaction"], problems);
    let message = Message {
        at: fields.parsed("at", moment, problems).unwrap_or_default(),
        body: fields.json("body", problems),
        attributes: attributes(&mut fields, problems),
        trace_header: fields.text("trace-header", problems),
        group: fields.text("group", problems),
        deduplication: fields.text("deduplication", problems),
        change: change(&mut fields, None, problems),
        place: Some(fields.place().clone()),
    };
    let parts = transaction(number, &message, &mut fields, problems);
    fields.finish(problems);
    if parts.is_empty() { vec![message] } else { parts }
}

/// Load by rule.
pub(super) fn read_loads(
    folder: &Path,
    tables: Vec<Fields<'_>>,
    problems: &mut Vec<Diagnostic>,
) -> Vec<Workload> {
    let mut workloads = Vec::new();
    for mut fields in tables {
        let place = fields.place().clone();
        let to = fields.text("to", problems);
        fields.needs(&["to"], problems);
        let generated = generated(folder, fields, problems);
        if let Some(to) = to {
            workloads.push(Workload { to, generated, place: Some(place), ..Workload::default() });
        }
    }
    workloads
}

/// How many events, and how they come; several where the rule is repeated.
pub(super) fn generated(
    folder: &Path,
    mut fields: Fields<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Vec<Generated> {
    fields.needs(&["events", "rate", "per-minute"], problems);
    fields.one_of(&["events", "rate", "per-minute"], problems);
    fields.one_of(&["every", "over", "rate", "per-minute"], problems);
    fields.one_of(&["keys", "group"], problems);
    fields.one_of(&["over", "changes"], problems);
    let events = fields.count("events", (1, MOST_EVENTS), problems);
    let every = fields.parsed("every", length, problems);
    let over = fields.parsed("over", some_length, problems);
    let rate = fields.parsed("rate", Generated::at_rate, problems);
    let counts = read_counts(folder, &mut fields, problems);
    let arrivals = match (every, over, counts) {
        (_, _, Some(counts)) => Arrivals::PerMinute(counts),
        (Some(gap), _, None) => Arrivals::Every(gap),
        (None, Some(length), None) => Arrivals::Over(length),
        (None, None, None) => Arrivals::AtOnce,
    };
    let base = rate.unwrap_or_else(|| Generated::new(events.unwrap_or(1), arrivals));
    let generated = Generated {
        start: fields.parsed("start", moment, problems).unwrap_or_default(),
        keys: fields.count("keys", (1, MOST_EVENTS), problems).unwrap_or(1),
        body: fields.json("body", problems),
        attributes: attributes(&mut fields, problems),
        group: fields.text("group", problems),
        changes: changes(&mut fields, problems),
        place: Some(fields.place().clone()),
        ..base
    };
    let times = fields.count("times", (1, MOST_TIMES), problems).unwrap_or(1);
    let apart = fields.parsed("apart", some_length, problems).unwrap_or(Duration::ZERO);
    if times > 1 {
        fields.needs(&["apart"], problems);
    }
    fields.finish(problems);
    (0..u64::from(times))
        .map(|number| Generated { start: generated.start + apart * number, ..generated.clone() })
        .collect()
}

/// A rule is repeated at most so often.
const MOST_TIMES: u32 = 1_000;

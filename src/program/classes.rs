//! Payload classes: as many kinds of messages as the filters of a part can tell apart, and who wants which.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::pattern::Pattern;
use crate::program::attributes::{attribute_json, attribute_of};
use crate::program::payload::sample_record;
use crate::program::{DeadLetter, PayloadClass, QueueTable};

/// The field of a record that holds what was sent.
const BODY: &str = "body";
/// The field that holds the message attributes.
const ATTRIBUTES: &str = "messageAttributes";
/// Bodies that few filters want: a text, an empty object, and one with a field that nobody asks for.
const STRAYS: [&str; 3] = ["nobody asks for this", "{}", r#"{"nobody":"asks for this"}"#];

/// Adds classes for every source whose messages meet a filter, and says for each mapping which classes it does not
/// want; nothing where it has no filter. The ordinary class is wanted by everybody; of what comes over hops, the record
/// is known as far as `arrivals` says.
///
/// The first class that is drawn for a source is the one that most of its own consumers want: all of them, where their
/// filters allow.
pub(super) fn classify(
    mut queues: Vec<QueueTable>,
    classes: &mut Vec<PayloadClass>,
    filters: &[Vec<&Pattern>],
    arrivals: &BTreeMap<u16, (Value, Vec<String>)>,
) -> (Vec<QueueTable>, Vec<Vec<bool>>) {
    let mut records: Vec<Value> = classes.iter().map(record_of).collect();
    for source in 0..queues.len() {
        let met = met(&queues, source);
        if !queues[source].is_source || met.iter().all(|mapping| filters[*mapping].is_empty()) {
            continue;
        }
        let kinds = kinds(&met, &queues[source], filters);
        queues[source].classes = (records.len() as u16, kinds.len() as u16);
        for record in kinds {
            classes.push(class_of(&record));
            records.push(record);
        }
    }
    let refuses = |patterns: &Vec<&Pattern>| {
        let each = records.iter().enumerate();
        let is_refused = |class: usize, record| match arrivals.get(&(class as u16)) {
            Some((arrived, open)) => !may_want(patterns, arrived, open),
            None => class > 0 && !wants(patterns, record),
        };
        each.map(|(class, record)| is_refused(class, record)).collect()
    };
    let unwanted =
        filters.iter().map(|patterns| if patterns.is_empty() { Vec::new() } else { refuses(patterns) });
    (queues, unwanted.collect())
}

/// Whether a filter wants a record; fields that do not stand in it have usual values.
fn wants(patterns: &[&Pattern], record: &Value) -> bool {
    let whole = merged(record, &sample_record());
    //= queue_poll.filter_any
    patterns.is_empty() || patterns.iter().any(|pattern| pattern.matches_record(&whole, BODY))
}

/// Whether a filter may want a record of which some parts are not known.
fn may_want(patterns: &[&Pattern], record: &Value, open: &[String]) -> bool {
    let whole = merged(record, &sample_record());
    let open: Vec<&str> = open.iter().map(String::as_str).collect();
    patterns.is_empty() || patterns.iter().any(|pattern| pattern.may_match(&whole, &open))
}

fn record_of(class: &PayloadClass) -> Value {
    let attributes: Map<_, _> =
        class.attributes.iter().map(|(name, attribute)| (name.clone(), attribute_json(attribute))).collect();
    let mut record = json!({ ATTRIBUTES: attributes });
    if let Some(body) = &class.body {
        record[BODY] = Value::from(body.as_str());
    }
    record
}

fn class_of(record: &Value) -> PayloadClass {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let attributes = record.get(ATTRIBUTES).and_then(Value::as_object);
    let attributes = attributes
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.clone(), attribute_of(value)?)))
        .collect();
    PayloadClass { body: record.get(BODY).and_then(text), attributes, ..PayloadClass::default() }
}

/// The mappings that a source's messages can meet: its own, and those of the dead-letter queues behind it.
fn met(queues: &[QueueTable], source: usize) -> Vec<usize> {
    let (mut seen, mut next) = (Vec::new(), Some(source));
    while let Some(queue) = next.filter(|queue| !seen.contains(queue)) {
        seen.push(queue);
        next = match queues[queue].dead_letter {
            DeadLetter::Queue(target) => Some(usize::from(target)),
            DeadLetter::None | DeadLetter::Outside => None,
        };
    }
    seen.into_iter().flat_map(|queue| queues[queue].consumers()).collect()
}

/// One record for each set of mappings that some record is wanted by.
fn kinds(met: &[usize], source: &QueueTable, filters: &[Vec<&Pattern>]) -> Vec<Value> {
    let mut kinds: Vec<(Value, Vec<usize>)> = Vec::new();
    for record in candidates(met, filters) {
        let is_wanted = |mapping: &usize| wants(&filters[*mapping], &record);
        let wanting: Vec<usize> = met.iter().copied().filter(is_wanted).collect();
        if kinds.iter().all(|(_, others)| *others != wanting) {
            kinds.push((record, wanting));
        }
    }
    let own = |wanting: &[usize]| source.consumers().filter(|mapping| wanting.contains(mapping)).count();
    kinds.sort_by_key(|(_, wanting)| std::cmp::Reverse((own(wanting), wanting.len())));
    kinds.into_iter().map(|(record, _)| record).collect()
}

/// Records that may differ in who wants them: one that is to please all, one for each pattern, and some for nobody.
fn candidates(met: &[usize], filters: &[Vec<&Pattern>]) -> Vec<Value> {
    let of = |mapping: &usize| filters[*mapping].iter().filter_map(|pattern| pattern.sample_record(BODY));
    let samples: Vec<Value> = met.iter().flat_map(of).collect();
    let firsts = met.iter().filter_map(|mapping| of(mapping).next());
    let for_all = firsts.fold(Value::Object(Map::new()), |so_far, sample| merged(&so_far, &sample));
    let strays = STRAYS.map(|body| Value::Object(Map::from_iter([(BODY.to_owned(), Value::from(body))])));
    std::iter::once(for_all).chain(samples).chain(strays).collect()
}

/// Two records in one; where they differ, the first one counts. Bodies that are objects of JSON are merged too.
fn merged(first: &Value, second: &Value) -> Value {
    let (Value::Object(own), Value::Object(others)) = (first, second) else { return first.clone() };
    let mut all = own.clone();
    for (name, other) in others {
        let value = match own.get(name) {
            None => other.clone(),
            Some(value) if name == BODY => merged_bodies(value, other),
            Some(value) => merged(value, other),
        };
        all.insert(name.clone(), value);
    }
    Value::Object(all)
}

fn merged_bodies(first: &Value, second: &Value) -> Value {
    let read = |body: &Value| serde_json::from_str::<Value>(body.as_str()?).ok().filter(Value::is_object);
    match (read(first), read(second)) {
        (Some(own), Some(other)) => Value::String(merged(&own, &other).to_string()),
        _ => first.clone(),
    }
}

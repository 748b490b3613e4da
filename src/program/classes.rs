//! Payload classes: as many kinds of messages as the filters of a part can tell apart, and who wants which.

use serde_json::{Map, Value};

use crate::pattern::Pattern;
use crate::program::payload::sample_record;
use crate::program::{DeadLetter, MappingTable, QueueTable};

/// The field of a record that holds what was sent.
const BODY: &str = "body";
/// As many classes as a mapping's bits tell apart.
const MOST: usize = u64::BITS as usize;
/// Bodies that few filters want: a text, an empty object, and one with a field that nobody asks for.
const STRAYS: [&str; 3] = ["nobody asks for this", "{}", r#"{"nobody":"asks for this"}"#];

/// One kind of payload, which stands for all that the same consumers want.
#[derive(Clone, Debug, PartialEq)]
pub struct PayloadClass {
    /// What a record needs for it; other fields of the record do not matter.
    pub record: Value,
    /// The body, where it matters.
    pub body: Option<String>,
}

/// Classes for every source whose messages meet a filter; others have the first class, which everybody wants.
///
/// The first class of a source is the one that most of its own consumers want: all of them, where their filters allow.
pub(crate) fn classify(
    queues: &mut [QueueTable],
    mappings: &mut [MappingTable],
    filters: &[Vec<&Pattern>],
) -> Vec<PayloadClass> {
    let mut classes = vec![PayloadClass { record: Value::Object(Map::new()), body: None }];
    for source in 0..queues.len() {
        let met = met(queues, source);
        if !queues[source].is_source || met.iter().all(|mapping| filters[*mapping].is_empty()) {
            continue;
        }
        let first = classes.len();
        for (record, wanting) in kinds(&met, &queues[source], filters) {
            if classes.len() == MOST {
                break;
            }
            for mapping in met.iter().filter(|mapping| !wanting.contains(mapping)) {
                mappings[*mapping].wanted &= !(1 << classes.len());
            }
            let body = record.get(BODY).and_then(Value::as_str).map(str::to_owned);
            classes.push(PayloadClass { record, body });
        }
        // Where bits have run out, what is left is taken to be wanted.
        if classes.len() > first {
            queues[source].classes = (first as u16, (classes.len() - first) as u16);
        }
    }
    classes
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
fn kinds(met: &[usize], source: &QueueTable, filters: &[Vec<&Pattern>]) -> Vec<(Value, Vec<usize>)> {
    let mut kinds: Vec<(Value, Vec<usize>)> = Vec::new();
    for record in candidates(met, filters) {
        let whole = merged(&record, &sample_record());
        let wants = |patterns: &[&Pattern]| {
            //= queue_poll.filter_any
            patterns.is_empty() || patterns.iter().any(|pattern| pattern.matches_record(&whole, BODY))
        };
        let wanting: Vec<usize> = met.iter().copied().filter(|mapping| wants(&filters[*mapping])).collect();
        if kinds.iter().all(|(_, others)| *others != wanting) {
            kinds.push((record, wanting));
        }
    }
    let own = |wanting: &[usize]| source.consumers().filter(|mapping| wanting.contains(mapping)).count();
    kinds.sort_by_key(|(_, wanting)| std::cmp::Reverse((own(wanting), wanting.len())));
    kinds
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

//! Filters behind a channel that is a way out of a function: which records and dead letters nobody there wants.

use serde_json::{Map, Value, json};

use crate::models::{ModelError, Models};
use crate::pattern::{Dialect, Pattern};
use crate::program::ways::Way;
use crate::program::{ExitTarget, PushTable};
use crate::topology::{LinkDetail, MappingFilter, ObjectFilter, Topology};

/// What leaves a function: the event itself, or the record of why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaving {
    /// The event, to a dead-letter queue or topic.
    DeadLetter,
    /// The record of a success.
    Success,
    /// The record of an event that failed as often as it may.
    Exhausted,
    /// The record of an event that is too old.
    TooOld,
    /// The record of an event for whose function nothing is reserved.
    NothingReserved,
}

impl Leaving {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::DeadLetter, Self::Success, Self::Exhausted, Self::TooOld, Self::NothingReserved];

    /// The number of the record of a success among what is sent for one event; what handlers send is numbered from 0.
    pub const RECORD: u32 = 1 << 24;
    /// The number of what a bucket tells of the record of a failure.
    pub const OBJECT: u32 = Self::RECORD + 1;

    /// The way by which it leaves.
    const fn exit(self, push: &PushTable) -> Option<ExitTarget> {
        match self {
            Self::DeadLetter => push.dead_letter,
            Self::Success => push.on_success,
            Self::Exhausted | Self::TooOld | Self::NothingReserved => push.on_failure,
        }
    }

    /// `requestContext.condition` of its record; a dead letter has none.
    pub const fn condition(self) -> Option<&'static str> {
        match self {
            Self::DeadLetter => None,
            Self::Success => Some("Success"),
            Self::Exhausted => Some("RetriesExhausted"),
            Self::TooOld => Some("EventAgeExceeded"),
            Self::NothingReserved => Some("ZeroReservedConcurrency"),
        }
    }
}

/// Something that leaves a function and that a filter behind the channel does not want.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExitFilter {
    /// The place that it leaves.
    pub place: u16,
    /// What.
    pub leaving: Leaving,
    /// The route from the channel.
    pub route: u16,
    /// The hop whose source has the filter.
    pub hop: u16,
}

/// What the model says of records, as far as filters see it.
#[derive(Clone, Debug, Default)]
pub(super) struct RecordForm {
    version: String,
    source: String,
    success: String,
    failure: String,
    attributes: Vec<String>,
    /// The codes that a dead letter may have.
    codes: [u64; 2],
    prefix: String,
    event: String,
}

impl RecordForm {
    pub(super) fn read(models: &Models) -> Result<Self, ModelError> {
        let way = |key: &str| models.text("async.record_ways", key).map(str::to_owned);
        let attributes = models.texts("async.dead_letter_code", "attributes")?;
        let code = |key: &str| models.count("async.dead_letter_code", key);
        Ok(Self {
            // Values of models that begin with a digit are quantities, so it is written with a `v`.
            version: models.text("async.record_fields", "version")?.trim_start_matches('v').to_owned(),
            source: way("source")?,
            success: way("success")?,
            failure: way("failure")?,
            attributes: attributes.into_iter().map(str::to_owned).collect(),
            codes: [code("failed")?, code("throttled")?],
            prefix: models.text("async.record_object", "prefix")?.to_owned(),
            event: models.text("async.record_object", "event")?.to_owned(),
        })
    }

    /// Whether a pattern behind a channel may want something that leaves a function.
    ///
    /// What only a run knows, such as payloads and ids, is taken to fit.
    fn may_be_wanted(&self, pattern: &Pattern, leaving: Leaving) -> bool {
        match (pattern.dialect(), leaving.condition()) {
            (Dialect::TopicAttributes, None) => {
                let any = self.attributes.iter().map(|name| (name.clone(), Value::Null));
                let any: Map<String, Value> = any.collect();
                let (codes, open): (Vec<&str>, Vec<&str>) =
                    self.attributes.iter().map(String::as_str).partition(|name| name.ends_with(CODE));
                //= async.dead_letter_code
                self.codes.iter().flat_map(|code| [json!(code), json!(code.to_string())]).any(|code| {
                    let mut letter = any.clone();
                    letter.extend(codes.iter().map(|name| ((*name).to_owned(), code.clone())));
                    pattern.may_match(&Value::Object(letter), &open)
                })
            }
            //= async.record_attributes
            (Dialect::TopicAttributes, Some(_)) => pattern.may_match(&Value::Object(Map::new()), &[]),
            (Dialect::TopicBody, Some(condition)) => {
                pattern.may_match(&self.record(condition), &OPEN_IN_RECORDS)
            }
            (Dialect::Bus, Some(condition)) => {
                let kind = if leaving == Leaving::Success { &self.success } else { &self.failure };
                let detail = self.record(condition);
                let event = json!({ "source": self.source, "detail-type": kind, "detail": detail });
                let inside = OPEN_IN_RECORDS.map(|path| format!("detail.{path}"));
                let open: Vec<&str> =
                    OPEN_IN_EVENTS.into_iter().chain(inside.iter().map(String::as_str)).collect();
                pattern.may_match(&event, &open)
            }
            // A dead letter is what the function got.
            (Dialect::TopicBody | Dialect::Bus, None) | (Dialect::Pipe | Dialect::Mapping, _) => true,
        }
    }

    /// Whether no notification of a bucket with these filters is about a record of a failure.
    ///
    /// Whose record it is stands behind the beginning of its key, and a random id at the end.
    fn is_never_told(&self, filters: &[MappingFilter]) -> bool {
        let may_be_told = |filter: &MappingFilter| {
            let Some(wanted) = ObjectFilter::of_pattern(&filter.text) else { return true };
            let event = match wanted.event.strip_suffix('*') {
                Some(start) => self.event.starts_with(start),
                None => wanted.event == self.event,
            };
            let (prefix, own) = (wanted.prefix.as_str(), self.prefix.as_str());
            let in_id = |letter: char| letter.is_ascii_hexdigit() || letter == '-';
            event
                && (own.starts_with(prefix) || prefix.starts_with(own))
                && (wanted.suffix.chars().all(in_id) || wanted.suffix.contains('/'))
        };
        !filters.is_empty() && !filters.iter().any(may_be_told)
    }

    fn record(&self, condition: &str) -> Value {
        json!({ "version": self.version, "requestContext": { "condition": condition } })
    }
}

/// What the attribute ends with that only a few codes are in.
const CODE: &str = "Code";

/// What of a record differs from run to run.
const OPEN_IN_RECORDS: [&str; 7] = [
    "timestamp",
    "requestContext.requestId",
    "requestContext.functionArn",
    "requestContext.approximateInvokeCount",
    "requestPayload",
    "responseContext",
    "responsePayload",
];
/// What of an event on a bus does, besides.
const OPEN_IN_EVENTS: [&str; 6] = ["version", "id", "account", "time", "region", "resources"];

/// All that leaves into a channel and that a filter on one of its routes does not want.
pub(super) fn exit_filters(
    topology: &Topology,
    form: &RecordForm,
    pushes: &[PushTable],
    channel: usize,
    (way, route, first_hop): (&Way, usize, usize),
) -> Vec<ExitFilter> {
    let mut found = Vec::new();
    for push in pushes {
        for leaving in Leaving::ALL {
            let target = leaving.exit(push);
            let is_object = target == Some(ExitTarget::Stored(channel as u16));
            if !is_object && target != Some(ExitTarget::Channel(channel as u16)) {
                continue;
            }
            let refusing = way.links.iter().position(|link| {
                let LinkDetail::Delivers(delivery) = &topology.links[*link].detail else { return false };
                let patterns: Result<Vec<_>, _> =
                    delivery.filters.iter().map(|filter| filter.pattern.as_ref()).collect();
                if is_object {
                    //= async.record_object
                    return form.is_never_told(&delivery.filters);
                }
                patterns.is_ok_and(|patterns| {
                    !patterns.is_empty()
                        && !patterns.iter().any(|pattern| form.may_be_wanted(pattern, leaving))
                })
            });
            found.extend(refusing.map(|hop| ExitFilter {
                place: push.queue,
                leaving,
                route: route as u16,
                hop: (first_hop + hop) as u16,
            }));
        }
    }
    found
}

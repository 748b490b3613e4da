//! What leaves a function that nobody waits for, as AWS writes it: records of invocations and dead letters.
//!
//! The event stands in them as the function got it; as it was published where the form of its source is not written here.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use crate::program::{Leaving, Slot};
use crate::report::RunReport;
use crate::report::run_calls::Calls;
use crate::report::run_carried::{Carriers, read};
use crate::report::run_names::function_arn;
use crate::report::run_payload::iso;
use crate::scenario::MessageAttribute;
use crate::trace::{Covered, EventId, Record, RecordKind};
use crate::vocabulary::Instant;

/// How an invocation ended, as far as records tell.
#[derive(Clone, Copy, Debug)]
struct Ended {
    value: u64,
    /// How long the function may run, in microseconds, where its time-out ended it.
    timeout: u64,
}

/// An event that leaves Lambda's own queue.
#[derive(Clone, Debug)]
struct Left {
    /// The place that it leaves.
    entity: u16,
    leaving: Leaving,
    runs: u32,
    /// The number of the call that it came by.
    call: u32,
    ended: Option<Ended>,
}

/// Follows events through Lambda's own queues.
#[derive(Debug)]
pub(super) struct Exits {
    /// By batch: its only copy and how long it may run.
    running: BTreeMap<u32, (u32, u64)>,
    /// By copy: how its last invocation ended.
    ended: BTreeMap<u32, Ended>,
    left: BTreeMap<EventId, Left>,
    pub(super) calls: Calls,
}

/// What arrives at a way out.
#[derive(Clone, Debug)]
pub(super) struct Arriving {
    /// What takes it.
    pub(super) target: u64,
    /// When.
    pub(super) at: Instant,
    /// What is sent.
    pub(super) body: Said,
    /// The attributes of the message, where it is a dead letter.
    pub(super) attributes: BTreeMap<String, MessageAttribute>,
    /// The batch that it tells of, where one text tells of several events.
    pub(super) group: Option<u32>,
}

/// The text of something that is sent.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Said {
    /// A record, which is JSON.
    Json(Json),
    /// A text.
    Text(String),
    /// Nobody can tell.
    Unknown,
}

impl Arriving {
    /// The text that is sent, where it can be told.
    pub(super) fn text(&self) -> Option<String> {
        match &self.body {
            Said::Json(body) => Some(body.to_string()),
            Said::Text(text) => Some(text.clone()),
            Said::Unknown => None,
        }
    }
}

impl Exits {
    pub(super) const fn new() -> Self {
        Self { running: BTreeMap::new(), ended: BTreeMap::new(), left: BTreeMap::new(), calls: Calls::new() }
    }

    /// Looks at a record; tells what leaves where one says that something does.
    pub(super) fn see(
        &mut self,
        report: &RunReport<'_>,
        carriers: &Carriers,
        record: &Record,
        covered: &[Covered],
    ) -> Option<Arriving> {
        let item = covered.first()?;
        self.calls.see(record, item);
        if record.kind == RecordKind::InvocationStarted && covered.len() == 1 {
            self.running.insert(record.subject, (item.copy, record.value));
        }
        if record.kind == RecordKind::InvocationEnded
            && let Some((copy, timeout)) = self.running.remove(&record.subject)
        {
            self.ended.insert(copy, Ended { value: record.value, timeout });
        }
        let leaving = match (record.kind, record.value) {
            (RecordKind::EventCompleted, _) => Leaving::Success,
            (RecordKind::EventGivenUp, Record::EVENT_AGE_EXCEEDED) => Leaving::TooOld,
            (RecordKind::EventGivenUp, Record::ZERO_RESERVED) => Leaving::NothingReserved,
            (RecordKind::EventGivenUp, _) => Leaving::Exhausted,
            (RecordKind::ExitTaken, _) => return self.arriving(report, carriers, record, *item),
            _ => return None,
        };
        let (entity, runs, ended) = (record.entity.0, item.receives, self.ended.remove(&item.copy));
        let call = self.calls.number(item.copy);
        self.left.insert(item.event, Left { entity, leaving, runs, call, ended });
        None
    }

    /// What a way out of a function takes; other ways out hand on what came.
    fn arriving(
        &self,
        report: &RunReport<'_>,
        carriers: &Carriers,
        record: &Record,
        item: Covered,
    ) -> Option<Arriving> {
        let left = self.left.get(&item.event)?;
        let rule = |slot| report.program.rule(slot) == record.rule;
        let letter = rule(Slot::BufferDeadLetter);
        if left.entity != record.entity.0
            || !(letter || rule(Slot::BufferOnFailure) || rule(Slot::BufferOnSuccess))
        {
            return None;
        }
        let event = report.event_name(item.event);
        let place = report.program.queues.iter().position(|table| table.entity == record.entity)?;
        let carried = carriers.arrives(report, item.event, place).and_then(|carried| carried.text);
        let published = || Carriers::published(report, item.event);
        let payload = carried.unwrap_or_else(published);
        let sheet = Sheet { report, record, left, place, event, payload };
        let (body, attributes) = if letter {
            (Said::Text(sheet.payload.clone()), sheet.attributes())
        } else {
            (Said::Json(sheet.record()), BTreeMap::new())
        };
        Some(Arriving { target: record.value, at: record.at, body, attributes, group: None })
    }
}

/// Everything that the record of one invocation is made from.
struct Sheet<'a> {
    report: &'a RunReport<'a>,
    record: &'a Record,
    left: &'a Left,
    /// Where the event waited, among the queues.
    place: usize,
    event: String,
    /// What the function got, or what was published where nobody can tell.
    payload: String,
}

impl Sheet<'_> {
    fn text(&self, rule: &str, value: &str) -> &str {
        self.report.models.text(rule, value).unwrap_or_default()
    }

    fn function(&self) -> &str {
        let program = self.report.program;
        let place = program.queues.iter().find(|table| table.entity.0 == self.left.entity);
        let push = place.and_then(|table| program.network.pushes.get(usize::from(table.push?)));
        push.map_or("", |push| program.name(program.functions[usize::from(push.function)].entity).as_str())
    }

    /// The same for all attempts.
    //= async.same_request_id
    fn request_id(&self) -> String {
        let place = self.report.program.entities[usize::from(self.left.entity)].as_str();
        Calls::id(place, &self.event, self.left.call)
    }

    fn record(&self) -> Json {
        let latest = self.text("async.record_fields", "executed");
        let qualifier = self.report.program.network.qualifier(self.place);
        let function = function_arn(self.report, self.function(), Some(qualifier.unwrap_or(latest)));
        let mut record = json!({
            "version": self.text("async.record_fields", "version").trim_start_matches('v'),
            "timestamp": iso(self.record.at),
            "requestContext": {
                "requestId": self.request_id(),
                "functionArn": function,
                "condition": self.left.leaving.condition(),
                "approximateInvokeCount": self.left.runs,
            },
            "requestPayload": read(&self.payload),
        });
        //= async.record_unanswered
        if let Some(ended) = self.left.ended {
            let mut context = json!({ "statusCode": self.status() });
            // Which version an alias stood for is not told by a template.
            if qualifier.is_none() {
                context["executedVersion"] = latest.into();
            }
            if ended.value != Record::RETURNED {
                context["functionError"] = self.text("async.record_fields", "error").into();
            }
            record["responseContext"] = context;
            record["responsePayload"] = self.answer(ended);
        }
        record
    }

    fn status(&self) -> u64 {
        self.report.models.count("async.dead_letter_code", "failed").unwrap_or_default()
    }

    /// What the last run answered.
    fn answer(&self, ended: Ended) -> Json {
        let error_type = |name: &str| Some(self.text("sync.error_types", name));
        let seconds = ended.timeout / MICROS_PER_SECOND;
        let (kind, message) = match ended.value {
            Record::RETURNED => return Json::Null,
            Record::TIMED_OUT => {
                (error_type("timeout"), format!("Task timed out after {seconds}.00 seconds"))
            }
            Record::CRASHED | Record::INIT_FAILED => (error_type("exit"), "the runtime exited".to_owned()),
            Record::RESPONSE_TOO_LARGE => (error_type("too_large"), "the answer is too large".to_owned()),
            _ => (None, format!("the handler threw at {}", self.event)),
        };
        match kind {
            Some(kind) => {
                let message = format!("RequestId: {} Error: {message}", self.request_id());
                json!({ "errorType": kind, "errorMessage": message })
            }
            None => json!({ "errorType": "Error", "errorMessage": message }),
        }
    }

    /// What a dead letter says of the last answer.
    fn attributes(&self) -> BTreeMap<String, MessageAttribute> {
        let names = self.report.models.texts("async.dead_letter_code", "attributes").unwrap_or_default();
        let answer = self.left.ended.map(|ended| self.answer(ended)).unwrap_or_default();
        let message = answer["errorMessage"].as_str().unwrap_or("no room for the event");
        let status = if self.left.ended.is_some() { self.status() } else { self.unanswered() };
        let values = [
            MessageAttribute::text(&self.request_id()),
            MessageAttribute::number(&status.to_string()),
            MessageAttribute::text(message),
        ];
        names.into_iter().map(str::to_owned).zip(values).collect()
    }

    fn unanswered(&self) -> u64 {
        self.report.models.count("async.dead_letter_code", "throttled").unwrap_or_default()
    }
}

const MICROS_PER_SECOND: u64 = 1_000_000;

//! The messages of a run as AWS would show them: in the event of an invocation, and in a queue.
//!
//! Ids are made from names, so the same run always shows the same ones.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use crate::program::{
    FifoAttributes, PayloadClass, SqsRecord, SystemAttributes, WindowSet, attributes_digest,
    attributes_shown, sqs_event,
};
use crate::report::RunReport;
use crate::report::run_carried::stand_in;
use crate::report::run_names::queue_arn;
use crate::vocabulary::{Instant, NameHash};

/// What is known of one copy of an event when a run is over or a batch leaves.
#[derive(Clone, Debug, Default)]
pub(super) struct Message {
    /// The event's name.
    pub(super) event: String,
    /// What its id is made from.
    pub(super) made_of: String,
    /// Whether anybody can tell what it says.
    pub(super) words: Words,
    /// Its body, where one is stated or a filter asks for one, and its message attributes.
    pub(super) class: PayloadClass,
    /// When it was sent first.
    pub(super) sent: Instant,
    /// When it was received first.
    pub(super) first_receive: Option<Instant>,
    /// How often it was received from the queue it is in.
    pub(super) receives: u32,
    /// Its message group, where it has one.
    pub(super) group: Option<String>,
    /// Its number in the queue, where that is a FIFO queue.
    pub(super) number: Option<u32>,
    /// The queue that it was moved from as a dead letter.
    pub(super) dead_letter_of: Option<String>,
    /// How often an operator sent it back to where it came from.
    pub(super) sent_back: u32,
    /// The batch that it tells of, where it tells of several events: one message stands for them all.
    pub(super) told_of: Option<u32>,
}

/// Whether anybody can tell what a message says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Words {
    /// What it says is known, or something stands for it.
    #[default]
    Told,
    /// A link makes it in a way that is not followed.
    Unknown,
}

/// Runs begin on this day, 2026-01-05 at 10:00 UTC, in milliseconds since 1970; nothing depends on it.
const FIRST_DAY: u64 = 1_767_607_200_000;
const MICROS_PER_MILLI: u64 = 1_000;
/// Sequence numbers look like those of AWS: 20 digits, the next one some 256 further.
const FIRST_SEQUENCE_NUMBER: u128 = 18_880_000_000_000_000_000;
const SEQUENCE_STEP: u128 = 256;
/// Stand-ins: a template does not say where it is deployed.
pub(super) const REGION: &str = "us-east-1";
pub(super) const ACCOUNT: &str = "123456789012";

impl Message {
    /// As a record of the event that a function gets.
    pub(super) fn record(
        &self,
        report: &RunReport<'_>,
        queue: &str,
        receives: u32,
        window: WindowSet,
    ) -> SqsRecord {
        SqsRecord {
            message_id: self.message_id(),
            receipt_handle: format!("AQEB{}", identity(&self.made_of, receives).replace('-', "")),
            body: self.text(),
            receive_count: receives,
            sent_millis: millis(self.sent),
            first_receive_millis: millis(self.first_receive.unwrap_or(self.sent)),
            queue_arn: queue_arn(report, queue),
            region: REGION.to_owned(),
            attributes: self.class.attributes.clone(),
            more: self.system_attributes(report),
            fifo: self.number.map(|number| self.fifo(number)),
            window,
        }
    }

    fn system_attributes(&self, report: &RunReport<'_>) -> SystemAttributes {
        SystemAttributes {
            trace_header: self.class.trace_header.clone(),
            dead_letter_source: self.dead_letter_of.as_deref().map(|queue| queue_arn(report, queue)),
            tenant: if self.number.is_none() { self.group.clone() } else { None },
        }
    }

    /// A message keeps its id until an operator sends it back.
    fn message_id(&self) -> String {
        match self.sent_back {
            0 => identity(&self.made_of, 0),
            times => identity(&format!("{} sent back", self.made_of), times),
        }
    }

    fn fifo(&self, number: u32) -> FifoAttributes {
        FifoAttributes {
            sequence_number: FIRST_SEQUENCE_NUMBER + u128::from(number) * SEQUENCE_STEP,
            message_group_id: self.group.clone().unwrap_or_default(),
            message_deduplication_id: identity(&self.event, u32::MAX),
        }
    }

    fn text(&self) -> String {
        self.class.body.clone().unwrap_or_else(|| stand_in(&self.event))
    }

    /// As an operator reads it from a queue.
    pub(super) fn content(&self, report: &RunReport<'_>) -> Json {
        let mut attributes = json!({
            "SentTimestamp": millis(self.sent).to_string(),
            "ApproximateReceiveCount": self.receives.to_string(),
        });
        if let Some(first) = self.first_receive {
            attributes["ApproximateFirstReceiveTimestamp"] = Json::String(millis(first).to_string());
        }
        for (name, value) in self.system_attributes(report).entries() {
            attributes[name] = value.into();
        }
        let mut content = json!({ "MessageId": self.message_id() });
        if self.words == Words::Told {
            content["Body"] = self.text().into();
        }
        content["Attributes"] = attributes;
        if !self.class.attributes.is_empty() {
            content["MD5OfMessageAttributes"] = attributes_digest(&self.class.attributes).into();
            content["MessageAttributes"] = attributes_shown(&self.class.attributes);
        }
        content
    }
}

/// The event that a function gets of messages from a queue; what cannot be told of them is left out.
pub(super) fn event_of(
    report: &RunReport<'_>,
    queue: &str,
    messages: &[(u32, &Message)],
    window: WindowSet,
) -> Json {
    let records: Vec<SqsRecord> =
        messages.iter().map(|(receives, message)| message.record(report, queue, *receives, window)).collect();
    let mut event = sqs_event(&records);
    for (index, (_, message)) in messages.iter().enumerate() {
        if message.words == Words::Unknown
            && let Json::Object(record) = &mut event["Records"][index]
        {
            record.shift_remove("body");
            record.shift_remove("md5OfBody");
        }
    }
    event
}

/// Messages without those that tell of a batch of which another one tells before them.
pub(super) fn told_once<'m, T>(messages: impl Iterator<Item = (T, &'m Message)>) -> Vec<(T, &'m Message)> {
    let mut told = BTreeSet::new();
    messages.filter(|(_, message)| message.told_of.is_none_or(|batch| told.insert(batch))).collect()
}

pub(super) fn millis(at: Instant) -> u64 {
    FIRST_DAY + at.as_micros() / MICROS_PER_MILLI
}

/// A moment as AWS writes it in texts: `2026-01-05T10:00:01.250Z`.
pub(super) fn iso(at: Instant) -> String {
    let (mut days, of_day) = (millis(at) / MILLIS_PER_DAY, millis(at) % MILLIS_PER_DAY);
    let mut year = 1970;
    while days >= length_of(year) {
        days -= length_of(year);
        year += 1;
    }
    let mut month = 0;
    let lengths = [31, length_of(year) - 337, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    while days >= lengths[month] {
        days -= lengths[month];
        month += 1;
    }
    let (seconds, fraction) = (of_day / 1_000, of_day % 1_000);
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!("{year}-{:02}-{:02}T{hours:02}:{minutes:02}:{seconds:02}.{fraction:03}Z", month + 1, days + 1)
}

/// The same in whole seconds: `2026-01-05T10:00:01Z`.
pub(super) fn iso_seconds(at: Instant) -> String {
    let text = iso(at);
    format!("{}Z", text.split('.').next().unwrap_or_default())
}

/// The days of a year; every fourth one has another one, as none of the exceptions is near.
const fn length_of(year: u64) -> u64 {
    if year.is_multiple_of(4) { 366 } else { 365 }
}

const MILLIS_PER_DAY: u64 = 86_400_000;

/// An id in the form of a UUID, made from a name and a number.
pub(super) fn identity(name: &str, number: u32) -> String {
    let first = NameHash::of(name).then(&number.to_string());
    let second = first.then("second half");
    let digits = format!("{:016x}{:016x}", first.0, second.0);
    let parts = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
    parts.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_aws_writes_them() {
        let at = |days: u64, millis: u64| iso(Instant::from_micros((days * MILLIS_PER_DAY + millis) * 1_000));
        assert_eq!(at(0, 1_250), "2026-01-05T10:00:01.250Z");
        assert_eq!(at(26, 50_399_999), "2026-01-31T23:59:59.999Z");
        assert_eq!(at(26, 50_400_000), "2026-02-01T00:00:00.000Z");
        assert_eq!(at(360, 0), "2026-12-31T10:00:00.000Z");
        assert_eq!(at(785, 0), "2028-02-29T10:00:00.000Z");
    }

    #[test]
    fn ids_look_like_those_of_aws_and_never_change() {
        assert_eq!(identity("Orders.0", 1), identity("Orders.0", 1));
        assert_ne!(identity("Orders.0", 1), identity("Orders.0", 2));
        assert_eq!(identity("Orders.0", 1).len(), 36);
    }
}

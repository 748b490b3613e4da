//! The load that a scenario states, as plain numbers: which events, when, of which class and key.

use crate::scenario::{Arrivals, Generated, Message, MessageAttributes, Workload};
use crate::vocabulary::{Duration, NameHash};

/// All events of one source; an event's ordinal is its position.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatedLoad {
    /// The events.
    pub events: Vec<StatedEvent>,
    /// The names of the keys, for people and payloads.
    pub keys: Vec<String>,
    /// When the load is over.
    pub end: Duration,
}

/// One event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatedEvent {
    /// When it is sent.
    pub time: StatedTime,
    /// Its payload: a position in the program's classes.
    pub class: u16,
    /// Its key: a position in the load's keys.
    pub key: u32,
    /// The hash of its deduplication id; one of its own where none is stated.
    pub deduplication: Option<u64>,
    /// The hash of the message group that its sender names; a standard queue takes it for a tenant.
    pub tenant: Option<NameHash>,
}

/// When an event is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatedTime {
    /// At this time from the start of the run.
    At(Duration),
    /// At a time that each run draws.
    Within {
        /// Not before.
        start: Duration,
        /// Not later than so long after that.
        length: Duration,
    },
}

/// A body with its attributes.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct PayloadClass {
    /// The body; the profile's where it is not stated.
    pub body: Option<String>,
    /// The message attributes.
    pub attributes: MessageAttributes,
    /// `AWSTraceHeader`, where its sender gives one.
    pub trace_header: Option<String>,
}

/// The position of a payload among the classes, which grow where it is new.
pub(super) fn class_of(
    classes: &mut Vec<PayloadClass>,
    body: Option<&String>,
    attributes: &MessageAttributes,
) -> u16 {
    position(
        classes,
        PayloadClass { body: body.cloned(), attributes: attributes.clone(), trace_header: None },
    )
}

fn position(classes: &mut Vec<PayloadClass>, wanted: PayloadClass) -> u16 {
    let found = classes.iter().position(|class| *class == wanted);
    found.unwrap_or_else(|| {
        classes.push(wanted);
        classes.len() - 1
    }) as u16
}

impl StatedLoad {
    /// The load of one source: messages one by one first, then those by rule, workload after workload.
    pub(super) fn of(workloads: &[&Workload], classes: &mut Vec<PayloadClass>) -> Self {
        let mut load = Self::default();
        for workload in workloads {
            for message in &workload.messages {
                load.add_message(message, classes);
            }
        }
        for workload in workloads {
            for generated in &workload.generated {
                load.add_generated(generated, classes);
            }
        }
        load
    }

    fn add_message(&mut self, message: &Message, classes: &mut Vec<PayloadClass>) {
        let Message { body, attributes, trace_header, .. } = message.clone();
        let class = position(classes, PayloadClass { body, attributes, trace_header });
        let key = message.group.as_ref().map_or(0, |group| self.key(group));
        let deduplication = message.deduplication.as_ref().map(|id| NameHash::of(id).0);
        let tenant = message.group.as_deref().map(NameHash::of);
        self.add(StatedEvent { time: StatedTime::At(message.at), class, key, deduplication, tenant });
    }

    fn add_generated(&mut self, generated: &Generated, classes: &mut Vec<PayloadClass>) {
        let class = class_of(classes, generated.body.as_ref(), &generated.attributes);
        let keys: Vec<u32> = match &generated.group {
            Some(group) => vec![self.key(group)],
            None => (0..generated.keys.max(1)).map(|number| self.key(&format!("key-{number}"))).collect(),
        };
        let tenant = generated.group.as_deref().map(NameHash::of);
        for (number, time) in times(generated).into_iter().enumerate() {
            let key = keys[number % keys.len()];
            self.add(StatedEvent { time, class, key, deduplication: None, tenant });
        }
    }

    fn add(&mut self, event: StatedEvent) {
        let latest = match event.time {
            StatedTime::At(at) => at,
            StatedTime::Within { start, length } => start + length,
        };
        self.end = self.end.max(latest);
        self.events.push(event);
    }

    fn key(&mut self, name: &str) -> u32 {
        let found = self.keys.iter().position(|key| key == name);
        found.unwrap_or_else(|| {
            self.keys.push(name.to_owned());
            self.keys.len() - 1
        }) as u32
    }
}

fn times(generated: &Generated) -> Vec<StatedTime> {
    let start = generated.start;
    let at = |offset: Duration| StatedTime::At(start + offset);
    match &generated.arrivals {
        Arrivals::AtOnce => (0..generated.events).map(|_| at(Duration::ZERO)).collect(),
        Arrivals::Every(gap) => (0..generated.events).map(|number| at(*gap * u64::from(number))).collect(),
        Arrivals::Over(length) => {
            (0..generated.events).map(|_| StatedTime::Within { start, length: *length }).collect()
        }
        Arrivals::PerMinute(counts) => {
            let minute = Duration::from_secs(SECONDS_PER_MINUTE);
            let spread = |(number, count): (usize, &u32)| {
                let gap = minute.as_micros() / u64::from((*count).max(1));
                let offset = move |index: u32| Duration::from_micros(gap * u64::from(index));
                (0..*count).map(move |index| at(minute * number as u64 + offset(index)))
            };
            counts.iter().enumerate().flat_map(spread).collect()
        }
    }
}

const SECONDS_PER_MINUTE: u64 = 60;

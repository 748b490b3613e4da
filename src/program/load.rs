//! The load that a scenario states, as plain numbers: which events, when, of which class and key.
//!
//! What a scenario states by rule stays a rule here, however many events it means.

use crate::scenario::{Arrivals, Generated, Message, MessageAttributes, Workload};
use crate::vocabulary::{Duration, NameHash};

/// All events of one source; an event's ordinal is its position.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatedLoad {
    /// The events that are stated one by one.
    pub events: Vec<StatedEvent>,
    /// Those that are stated by rule, behind them.
    pub series: Vec<Series>,
    /// The names of the keys, for people and payloads.
    pub keys: Vec<String>,
    /// When the load is over.
    pub end: Duration,
    /// Whether it comes at times of its own, and nothing ever comes in a burst.
    pub is_scheduled: bool,
}

/// Events by rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// How many.
    pub count: u32,
    /// When they are sent.
    pub times: SeriesTimes,
    /// Their payload: a position in the program's classes.
    pub class: u16,
    /// Their keys in turn, each a position in the load's keys; at least one.
    pub keys: Vec<u32>,
    /// Which of the keys is the first one's.
    pub first_key: usize,
    /// The hash of the message group that their sender names.
    pub tenant: Option<NameHash>,
}

/// When the events of a series are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeriesTimes {
    /// One after the other.
    Every {
        /// The first one.
        start: Duration,
        /// The time between two.
        gap: Duration,
    },
    /// At times that each run draws.
    Within {
        /// Not before.
        start: Duration,
        /// Not later than so long after that.
        length: Duration,
    },
}

impl Series {
    /// One of its events, counted from 0.
    pub fn event(&self, number: u32) -> StatedEvent {
        let time = match self.times {
            SeriesTimes::Every { start, gap } => StatedTime::At(start + gap * u64::from(number)),
            SeriesTimes::Within { start, length } => StatedTime::Within { start, length },
        };
        StatedEvent {
            time,
            class: self.class,
            key: self.key(number),
            deduplication: None,
            tenant: self.tenant,
        }
    }

    /// The key of one of its events, counted from 0.
    pub fn key(&self, number: u32) -> u32 {
        match self.keys.as_slice() {
            [only] => *only,
            keys => keys[(self.first_key + number as usize) % keys.len()],
        }
    }

    /// When it is over.
    fn end(&self) -> Duration {
        match self.times {
            SeriesTimes::Every { start, gap } => start + gap * u64::from(self.count.saturating_sub(1)),
            SeriesTimes::Within { start, length } => start + length,
        }
    }
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
    /// The message group of what a handler sends to a standard queue, where it names one.
    pub group: Option<String>,
}

/// The position of a payload among the classes, which grow where it is new.
pub(super) fn class_of(
    classes: &mut Vec<PayloadClass>,
    body: Option<&String>,
    attributes: &MessageAttributes,
) -> u16 {
    let attributes = attributes.clone();
    position(classes, PayloadClass { body: body.cloned(), attributes, ..PayloadClass::default() })
}

/// The same of what a handler sends for a message group.
pub(super) fn emitted_class(
    classes: &mut Vec<PayloadClass>,
    body: Option<&String>,
    group: Option<&String>,
) -> u16 {
    position(classes, PayloadClass { body: body.cloned(), group: group.cloned(), ..PayloadClass::default() })
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

    /// What comes at times of its own where nobody states a load: from the start on, as long as faults may happen, and at
    /// most so many.
    pub(super) fn scheduled(every: Option<Duration>, phase: Duration, most: u32) -> Self {
        let gap = every.unwrap_or(phase).max(Duration::from_secs(1));
        let count = every.map_or(1, |_| 1 + phase.as_micros() / gap.as_micros()).min(u64::from(most));
        let mut load = Self { is_scheduled: true, ..Self::default() };
        let keys = vec![load.key("key-0")];
        let times = SeriesTimes::Every { start: Duration::ZERO, gap };
        let series = Series { count: count as u32, times, class: 0, keys, first_key: 0, tenant: None };
        load.end = series.end();
        load.series.push(series);
        load
    }

    /// Whether any sender names message groups.
    pub fn has_tenants(&self) -> bool {
        self.events.iter().any(|event| event.tenant.is_some())
            || self.series.iter().any(|series| series.tenant.is_some())
    }

    /// One of the events.
    pub fn event(&self, ordinal: u32) -> Option<StatedEvent> {
        let Some(mut number) = ordinal.checked_sub(self.events.len() as u32) else {
            return Some(self.events[ordinal as usize]);
        };
        for series in &self.series {
            if number < series.count {
                return Some(series.event(number));
            }
            number -= series.count;
        }
        None
    }

    /// All events in their order.
    pub fn each(&self) -> impl Iterator<Item = StatedEvent> + '_ {
        let by_rule =
            self.series.iter().flat_map(|series| (0..series.count).map(|number| series.event(number)));
        self.events.iter().copied().chain(by_rule)
    }

    pub(super) fn add_message(&mut self, message: &Message, classes: &mut Vec<PayloadClass>) {
        let Message { body, attributes, trace_header, .. } = message.clone();
        let class = position(classes, PayloadClass { body, attributes, trace_header, group: None });
        let key = message.group.as_ref().map_or(0, |group| self.key(group));
        let deduplication = message.deduplication.as_ref().map(|id| NameHash::of(id).0);
        let tenant = message.group.as_deref().map(NameHash::of);
        self.end = self.end.max(message.at);
        let time = StatedTime::At(message.at);
        self.events.push(StatedEvent { time, class, key, deduplication, tenant });
    }

    pub(super) fn add_generated(&mut self, generated: &Generated, classes: &mut Vec<PayloadClass>) {
        let class = class_of(classes, generated.body.as_ref(), &generated.attributes);
        let keys: Vec<u32> = match &generated.group {
            Some(group) => vec![self.key(group)],
            None => (0..generated.keys.max(1)).map(|number| self.key(&format!("key-{number}"))).collect(),
        };
        let tenant = generated.group.as_deref().map(NameHash::of);
        let mut first_key = 0;
        for (count, times) in times(generated).into_iter().filter(|(count, _)| *count > 0) {
            let series = Series { count, times, class, keys: keys.clone(), first_key, tenant };
            first_key = (first_key + count as usize) % keys.len();
            self.end = self.end.max(series.end());
            self.series.push(series);
        }
    }

    pub(super) fn key(&mut self, name: &str) -> u32 {
        let found = self.keys.iter().position(|key| key == name);
        found.unwrap_or_else(|| {
            self.keys.push(name.to_owned());
            self.keys.len() - 1
        }) as u32
    }
}

/// The series that a rule means: how many events, and when.
fn times(generated: &Generated) -> Vec<(u32, SeriesTimes)> {
    let (start, events) = (generated.start, generated.events);
    match &generated.arrivals {
        Arrivals::AtOnce => vec![(events, SeriesTimes::Every { start, gap: Duration::ZERO })],
        Arrivals::Every(gap) => vec![(events, SeriesTimes::Every { start, gap: *gap })],
        Arrivals::Over(length) => vec![(events, SeriesTimes::Within { start, length: *length })],
        Arrivals::PerMinute(counts) => {
            let minute = Duration::from_secs(SECONDS_PER_MINUTE);
            let spread = |(number, count): (usize, &u32)| {
                let gap = Duration::from_micros(minute.as_micros() / u64::from((*count).max(1)));
                (*count, SeriesTimes::Every { start: start + minute * number as u64, gap })
            };
            counts.iter().enumerate().map(spread).collect()
        }
    }
}

const SECONDS_PER_MINUTE: u64 = 60;

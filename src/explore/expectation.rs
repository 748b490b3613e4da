//! A scenario's expectations as properties: what must have come of every run at its end.

use crate::explore::{Breach, Footing, Property, PropertyMonitor, Seen, StatedIn};
use crate::program::Program;
use crate::scenario::{Amount, Expectation, Expected, ExpectedFate, Scenario};
use crate::trace::{EntityId, EventId, RecordKind};
use crate::vocabulary::Duration;

/// All expectations of a scenario.
#[derive(Clone, Debug, Default)]
pub struct Expectations(Vec<Stated>);

#[derive(Clone, Debug)]
struct Stated {
    name: String,
    expected: Expected,
}

impl Expectations {
    /// What a scenario expects, each with a sentence for its name; a sentence that is stated twice counts once.
    ///
    /// ```
    /// use redrive::explore::Expectations;
    /// use redrive::scenario::{Amount, Expectation, Expected, Scenario};
    /// let three = Expected::Holds { queue: "Dlq".to_owned(), amount: Amount { least: 3, most: 3 } };
    /// let expectations = vec![Expectation { expected: three, place: None }];
    /// let all = Expectations::of(&Scenario { expectations, ..Scenario::default() });
    /// assert_eq!(all.properties()[0].name(), "Dlq holds 3 messages at the end");
    /// ```
    pub fn of(scenario: &Scenario) -> Self {
        let mut all: Vec<Stated> = Vec::new();
        for Expectation { expected, .. } in &scenario.expectations {
            let name = expectation_name(expected);
            if !all.iter().any(|other| other.name == name) {
                all.push(Stated { name, expected: expected.clone() });
            }
        }
        Self(all)
    }

    /// The expectations as properties.
    pub fn properties(&self) -> Vec<&dyn Property> {
        self.0.iter().map(|stated| -> &dyn Property { stated }).collect()
    }
}

/// What an expectation is called: what it says, in a sentence.
pub fn expectation_name(expected: &Expected) -> String {
    match expected {
        Expected::Invocations { function, amount } => {
            format!("{function} is invoked {} at the end", counted(*amount, "time"))
        }
        Expected::Holds { queue, amount } => {
            format!("{queue} holds {} at the end", counted(*amount, "message"))
        }
        Expected::Fate { source, ordinal, fate, amount, within } => {
            let subject = match (ordinal, amount) {
                (Some(ordinal), _) => format!("{source}.{ordinal} is"),
                (None, Some(amount)) => format!("{} of {source} are", counted(*amount, "event")),
                (None, None) => format!("all events of {source} are"),
            };
            let time = within.map_or_else(String::new, |within| format!(" within {within}"));
            format!("{subject} {}{time}", fate.word())
        }
    }
}

fn counted(amount: Amount, what: &str) -> String {
    let plural = if amount.most == 1 { "" } else { "s" };
    match (amount.least, amount.most) {
        (least, most) if least == most => format!("{least} {what}{plural}"),
        (0, most) => format!("at most {most} {what}{plural}"),
        (least, u64::MAX) => format!("at least {least} {what}{plural}"),
        (least, most) => format!("{least} to {most} {what}{plural}"),
    }
}

impl Property for Stated {
    fn name(&self) -> &str {
        &self.name
    }

    fn stated_in(&self) -> StatedIn {
        StatedIn::Scenario
    }

    /// It is about the load that is stated, so a small counterexample keeps all of that.
    fn footing(&self) -> Footing {
        Footing::Stated
    }

    fn monitor<'a>(&'a self, program: &'a Program) -> Option<Box<dyn PropertyMonitor + 'a>> {
        let is = |entity: EntityId, name: &str| program.name(entity).as_str() == name;
        let queue = |name: &str| program.queues.iter().position(|queue| is(queue.entity, name));
        let function = |name: &str| program.functions.iter().position(|one| is(one.entity, name));
        let place = match &self.expected {
            Expected::Invocations { function: name, .. } => function(name),
            Expected::Holds { queue: name, .. } => queue(name),
            Expected::Fate { source: name, .. } => queue(name).or_else(|| {
                let channels = &program.network.channels;
                let channel = channels.iter().position(|channel| is(channel.entity, name))?;
                Some(program.queues.len() + channel)
            }),
        };
        let monitor = |place| -> Box<dyn PropertyMonitor> {
            Box::new(AtTheEnd { expected: self.expected.clone(), place, exercised: false })
        };
        place.map(monitor)
    }
}

/// Looks at the end of each run.
struct AtTheEnd {
    expected: Expected,
    /// The function or queue, by its position in the program.
    place: usize,
    exercised: bool,
}

impl PropertyMonitor for AtTheEnd {
    fn clear(&mut self) {
        self.exercised = false;
    }

    fn observe(&mut self, seen: &Seen<'_>) -> Option<Breach> {
        self.exercised |= matches!(
            seen.record.kind,
            RecordKind::MessageSent | RecordKind::EventPublished | RecordKind::EventAccepted
        );
        if seen.record.kind != RecordKind::RunEnded || !self.exercised {
            return None;
        }
        let (place, ledger) = (self.place, seen.ledger);
        match &self.expected {
            Expected::Invocations { amount, .. } => {
                let found = u64::from(ledger.function(place).invocations);
                amount_breach(seen, *amount, found, "invocations")
            }
            Expected::Holds { amount, .. } => {
                amount_breach(seen, *amount, u64::from(ledger.queue(place).holds()), "messages")
            }
            Expected::Fate { ordinal, fate, amount, within, .. } => {
                let wanted = Wanted { source: place, ordinal: *ordinal, fate: *fate, within: *within };
                wanted.breach(seen, *amount)
            }
        }
    }

    fn exercised(&self) -> bool {
        self.exercised
    }
}

fn amount_breach(seen: &Seen<'_>, amount: Amount, found: u64, what: &str) -> Option<Breach> {
    let is_met = (amount.least..=amount.most).contains(&found);
    (!is_met).then(|| seen.breach(Some(format!("there are {found} {what}"))))
}

/// Events of a source, and how they are to end.
struct Wanted {
    source: usize,
    ordinal: Option<u32>,
    fate: ExpectedFate,
    within: Option<Duration>,
}

impl Wanted {
    fn breach(&self, seen: &Seen<'_>, amount: Option<Amount>) -> Option<Breach> {
        let is_meant = |event: &EventId| {
            let view = seen.world.event(*event);
            usize::from(view.source) == self.source
                && self.ordinal.map_or(view.parent.is_none(), |ordinal| view.ordinal == ordinal)
        };
        let events: Vec<EventId> = seen.ledger.events().map(|(event, _)| event).filter(is_meant).collect();
        let other = events.iter().copied().find(|event| !self.is_met(seen, *event));
        let met = events.iter().filter(|event| self.is_met(seen, **event)).count() as u64;
        match amount {
            Some(amount) => amount_breach(seen, amount, met, &format!("events {}", self.fate.word())),
            None => other.map(|event| Breach {
                event: Some(event),
                ..seen.breach(Some(format!("one of them is not {} at the end", self.fate.word())))
            }),
        }
    }

    fn is_met(&self, seen: &Seen<'_>, event: EventId) -> bool {
        let Some(state) = seen.ledger.event(event) else { return false };
        let at = match self.fate {
            ExpectedFate::Processed => state.processed_at,
            ExpectedFate::DeadLettered => state.dead_lettered,
            ExpectedFate::Lost => state.lost,
            ExpectedFate::Filtered => {
                let is_held = (0..seen.program.queues.len())
                    .any(|queue| seen.ledger.contents(queue).any(|held| held == event));
                let ended = state.processed_at.or(state.dead_lettered).or(state.lost).or(state.refused);
                return ended.is_none() && !is_held;
            }
        };
        match (at, state.sent, self.within) {
            (Some(at), Some(sent), Some(within)) => at.since(sent) <= within,
            (Some(_), _, None) => true,
            (None, _, _) | (Some(_), None, Some(_)) => false,
        }
    }
}

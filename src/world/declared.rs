//! Declared handlers: behaviour by preset, the fast path of every search.

use crate::scenario::HandlerPreset;
use crate::vocabulary::Duration;
use crate::world::handler::{Effects, Handler, Invocation, Outcome, Response, Step};

/// Does what the invocation's preset says.
#[derive(Clone, Copy, Debug, Default)]
pub struct Declared;

impl Declared {
    /// How many events are worked on before the handler stops.
    fn reach(invocation: &Invocation<'_>) -> usize {
        let all = invocation.items.len();
        match invocation.preset {
            HandlerPreset::Throws | HandlerPreset::StopsAndReportsOne | HandlerPreset::StopsAndListsRest => {
                invocation.first_failure().map_or(all, |item| item + 1)
            }
            HandlerPreset::Partial | HandlerPreset::Swallows | HandlerPreset::Parallel => all,
        }
    }

    fn work(invocation: &Invocation<'_>, until: usize, effects: &mut Effects) {
        let fine = invocation.first_failure().unwrap_or(until).min(until);
        effects.processed.extend(0..fine as u32);
        for item in fine..until {
            let list = match invocation.failure(item) {
                None => &mut effects.processed,
                Some(_) => &mut effects.failed,
            };
            list.push(item as u32);
        }
    }
}

impl Handler for Declared {
    fn start(&mut self, invocation: &Invocation<'_>, _effects: &mut Effects) -> Step {
        let events = match invocation.preset {
            HandlerPreset::Parallel => 1,
            HandlerPreset::Throws
            | HandlerPreset::Partial
            | HandlerPreset::Swallows
            | HandlerPreset::StopsAndReportsOne
            | HandlerPreset::StopsAndListsRest => Self::reach(invocation) as u64,
        };
        // The end of a window may bring no event; it takes its time all the same.
        Step::Sleep(invocation.event_duration * events.max(1))
    }

    fn resume(&mut self, invocation: &Invocation<'_>, effects: &mut Effects) -> Step {
        Self::work(invocation, Self::reach(invocation), effects);
        if let Some(answer) = invocation.answer {
            return Step::Done(Outcome::Returned(Response::of(answer.clone(), effects)));
        }
        let outcome = match (invocation.preset, effects.failed.is_empty()) {
            (HandlerPreset::Swallows, _) | (_, true) => Outcome::Returned(Response::Success),
            (HandlerPreset::Throws | HandlerPreset::Parallel, false) => Outcome::Threw,
            (HandlerPreset::Partial | HandlerPreset::StopsAndReportsOne, false) => {
                effects.listed.extend_from_slice(&effects.failed);
                Outcome::Returned(Response::ItemFailures)
            }
            (HandlerPreset::StopsAndListsRest, false) => {
                let (first, all) = (effects.failed[0], invocation.items.len() as u32);
                effects.listed.extend(first..all);
                Outcome::Returned(Response::ItemFailures)
            }
        };
        Step::Done(outcome)
    }

    fn cut(&mut self, invocation: &Invocation<'_>, done: u32, effects: &mut Effects) {
        let until = match invocation.preset {
            HandlerPreset::Parallel => 0,
            HandlerPreset::Throws
            | HandlerPreset::Partial
            | HandlerPreset::Swallows
            | HandlerPreset::StopsAndReportsOne
            | HandlerPreset::StopsAndListsRest => (done as usize).min(Self::reach(invocation)),
        };
        Self::work(invocation, until, effects);
    }
}

/// How many events a handler that takes `each` for one gets through in `time`.
pub(crate) fn events_within(time: Duration, each: Duration, all: u32) -> u32 {
    if each == Duration::ZERO {
        return all;
    }
    u32::try_from(time.as_micros() / each.as_micros()).unwrap_or(u32::MAX).min(all)
}

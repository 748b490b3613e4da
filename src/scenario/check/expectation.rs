//! Expectations that cannot be met together.

use crate::scenario::check::{fault::no_such_event, problem};
use crate::scenario::{Amount, Expectation, Expected, ExpectedFate, Scenario};
use crate::topology::Topology;
use crate::vocabulary::Diagnostic;

/// Checks every expectation, and every two of them.
pub(super) fn check(scenario: &Scenario, _topology: &Topology, problems: &mut Vec<Diagnostic>) {
    for (position, later) in scenario.expectations.iter().enumerate() {
        problems.extend(alone(scenario, later));
        let earlier = scenario.expectations[..position].iter();
        problems.extend(earlier.filter_map(|earlier| contradiction(scenario, earlier, later)).next());
    }
    problems.extend(sums(scenario));
}

/// What is wrong with one expectation by itself.
fn alone(scenario: &Scenario, one: &Expectation) -> Option<Diagnostic> {
    let Expected::Fate { source, ordinal, amount, .. } = &one.expected else { return None };
    if let Some(ordinal) = ordinal {
        return no_such_event(scenario, source, *ordinal, one.place.as_ref());
    }
    let events = u64::from(scenario.stated_events(source)?);
    let least = amount.as_ref()?.least;
    (least > events).then(|| {
        let message = format!("{least} events of {source} are expected, and it gets {events}");
        problem("scenario-contradiction", one.place.as_ref(), message, "state more load, or expect less")
    })
}

/// Why two expectations cannot both be met.
fn contradiction(scenario: &Scenario, earlier: &Expectation, later: &Expectation) -> Option<Diagnostic> {
    let (first, second) = (&earlier.expected, &later.expected);
    let is_possible = match (first, second) {
        (
            Expected::Invocations { function, amount },
            Expected::Invocations { function: other, amount: others },
        ) => function != other || amount.overlap(*others).is_some(),
        (Expected::Holds { queue, amount }, Expected::Holds { queue: other, amount: others }) => {
            queue != other || amount.overlap(*others).is_some()
        }
        (Expected::Fate { source, .. }, Expected::Fate { source: other, .. }) => {
            source != other || fates_agree(scenario.stated_events(source), first, second)
        }
        (Expected::Invocations { .. } | Expected::Holds { .. } | Expected::Fate { .. }, _) => true,
    };
    if is_possible {
        return None;
    }
    let line = earlier.place.as_ref().map_or_else(String::new, |place| format!(" in line {}", place.line));
    let message = format!("`{second}` contradicts `{first}`{line}");
    Some(problem("scenario-contradiction", later.place.as_ref(), message, "no run can meet both: keep one"))
}

/// How many of a source's events meet one expectation of a fate.
fn wanted(expected: &Expected, events: Option<u32>) -> Option<(ExpectedFate, Option<u32>, Amount)> {
    let Expected::Fate { fate, ordinal, amount, .. } = expected else { return None };
    let most = events.map_or(u64::MAX, u64::from);
    let all = Amount { least: events.map_or(1, u64::from), most };
    Some((*fate, *ordinal, amount.unwrap_or(all)))
}

/// An event ends in one way only.
fn fates_agree(events: Option<u32>, first: &Expected, second: &Expected) -> bool {
    let (Some(first), Some(second)) = (wanted(first, events), wanted(second, events)) else { return true };
    let is_all = |amount: Amount| events.is_none_or(|events| amount.least >= u64::from(events));
    match (first, second) {
        ((one, Some(event), _), (other, Some(another), _)) => event != another || one == other,
        ((one, None, all), (other, Some(_), _)) | ((other, Some(_), _), (one, None, all)) => {
            match one == other {
                true => all.most > 0,
                false => !(events.is_some() && is_all(all)),
            }
        }
        ((one, None, amount), (other, None, others)) if one == other => amount.overlap(others).is_some(),
        ((_, None, amount), (_, None, others)) => {
            events.is_none_or(|events| amount.least.saturating_add(others.least) <= u64::from(events))
        }
    }
}

/// A source of which more events are expected than it gets, all fates together.
fn sums(scenario: &Scenario) -> Option<Diagnostic> {
    scenario.expectations.iter().enumerate().find_map(|(position, last)| {
        let Expected::Fate { source, .. } = &last.expected else { return None };
        let events = scenario.stated_events(source)?;
        let mut least = [0_u64; ExpectedFate::ALL.len()];
        for one in &scenario.expectations[..=position] {
            let Expected::Fate { source: other, .. } = &one.expected else { continue };
            if let Some((fate, None, amount)) =
                wanted(&one.expected, Some(events)).filter(|_| other == source)
            {
                let known = &mut least[fate as usize];
                *known = (*known).max(amount.least);
            }
        }
        let sum = least.iter().fold(0, |sum: u64, one| sum.saturating_add(*one));
        let parts = least.iter().filter(|one| **one > 0).count();
        (sum > u64::from(events) && parts > 2).then(|| {
            let message = format!("{sum} events of {source} are expected in all, and it gets {events}");
            problem("scenario-contradiction", last.place.as_ref(), message, "an event ends in one way only")
        })
    })
}

impl std::fmt::Display for Expected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Invocations { function, amount } => write!(f, "{function}: {amount} invocations"),
            Self::Holds { queue, amount } => write!(f, "{queue} holds {amount}"),
            Self::Fate { source, ordinal, fate, amount, within } => {
                match (ordinal, amount) {
                    (Some(ordinal), _) => write!(f, "{source}.{ordinal}: {}", fate.word())?,
                    (None, Some(amount)) => write!(f, "{source}: {amount} {}", fate.word())?,
                    (None, None) => write!(f, "{source}: all {}", fate.word())?,
                }
                within.map_or(Ok(()), |within| write!(f, " within {within}"))
            }
        }
    }
}

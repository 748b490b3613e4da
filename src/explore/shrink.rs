//! Shrinking: the smallest set of choices, each as ordinary as can be, to which a question still has the same answer.

use std::collections::{BTreeMap, BTreeSet};

use crate::explore::{Footing, Question, Runner};
use crate::kernel::{Background, Choice, Choices, Domain, Families, Family, Scope};
use crate::program::ChannelTable;
use crate::vocabulary::{Duration, NameHash};
use crate::world::{emitted_name, event_name};

/// Makes the violation of a seed small; `None` where the seed with these families does not violate what is asked.
///
/// Events go first, then all other choices, in halves, quarters and so on down to single ones; then values move
/// towards the ordinary: lengths and times become shorter, and round where that suffices. On the footing of stated
/// load, load stays as it is.
pub fn shrink(
    runner: &mut Runner<'_>,
    question: Question,
    footing: Footing,
    seed: u64,
    families: Families,
) -> Option<Choices> {
    let (_, choices) = runner.record(seed, families, &footing.background());
    shrink_choices(runner, question, footing, choices)
}

/// Makes the violation of named choices small; `None` where they do not violate what is asked.
pub(crate) fn shrink_choices(
    runner: &mut Runner<'_>,
    question: Question,
    footing: Footing,
    choices: Vec<Choice>,
) -> Option<Choices> {
    let background = footing.background();
    let mut search = Search { runner, question, footing, background, tries: 0, records: 0 };
    if !search.holds_up(&choices) {
        return None;
    }
    let mut choices = choices;
    loop {
        let before = choices.clone();
        if footing == Footing::Ordinary {
            choices = search.fewer(choices, |choice| choice.point.family == Family::Load);
        }
        choices = search.fewer(choices, |choice| choice.point.family != Family::Load);
        if footing == Footing::Ordinary {
            choices = search.renumbered(choices);
        }
        choices = search.smaller(choices);
        if choices == before || search.is_tired() {
            return Some(choices.into_iter().collect());
        }
    }
}

impl Footing {
    /// What decides where a counterexample on this footing names nothing.
    pub const fn background(self) -> Background {
        match self {
            Self::Ordinary => Background::Ordinary,
            Self::Stated => Background::Stated,
        }
    }
}

/// How many runs one shrinking may take.
const TRIES: usize = 4_000;
/// How many records those runs may have.
const RECORDS: u64 = 20_000_000;

struct Search<'a, 'p> {
    runner: &'a mut Runner<'p>,
    question: Question,
    footing: Footing,
    background: Background,
    tries: usize,
    records: u64,
}

impl Search<'_, '_> {
    /// Whether enough has been spent.
    const fn is_tired(&self) -> bool {
        self.tries >= TRIES || self.records >= RECORDS
    }

    /// Whether these choices alone still violate what is asked.
    fn holds_up(&mut self, choices: &[Choice]) -> bool {
        self.tries += 1;
        let choices: Choices = choices.iter().copied().collect();
        self.records += self.runner.replay(&choices, &self.background).records;
        self.question.shown(self.runner).is_some()
    }

    /// Removes choices of one kind in ever smaller groups.
    fn fewer(&mut self, mut choices: Vec<Choice>, is_kind: impl Fn(&Choice) -> bool) -> Vec<Choice> {
        let of_kind = |choices: &[Choice]| choices.iter().filter(|choice| is_kind(choice)).count();
        let mut size = of_kind(&choices);
        while size > 0 {
            let mut start = 0;
            while start < of_kind(&choices) && !self.is_tired() {
                let mut seen = 0;
                let is_left = |choice: &&Choice| {
                    let position = seen;
                    seen += usize::from(is_kind(choice));
                    !is_kind(choice) || !(start..start + size).contains(&position)
                };
                let rest: Vec<Choice> = choices.iter().filter(is_left).copied().collect();
                if self.holds_up(&rest) {
                    choices = rest;
                } else {
                    start += size;
                }
            }
            size /= 2;
        }
        choices
    }

    /// Gives the events that are left the lowest numbers, so that a story tells of events 0 and 1, not 86 and 93.
    fn renumbered(&mut self, choices: Vec<Choice>) -> Vec<Choice> {
        if !self.holds_up(&choices) {
            return choices;
        }
        let program = self.runner.program();
        let mut renamed = choices.clone();
        for source in program.sources() {
            let queue = program.hash(program.source(source));
            let routes = program.channel(source).map_or(0..0, ChannelTable::routes);
            let links: Vec<NameHash> =
                routes.map(|route| program.hash(program.network.routes[route].entity)).collect();
            let is_arrival =
                |choice: &&Choice| choice.point.family == Family::Load && choice.point.entity == queue;
            let named: BTreeSet<u64> =
                choices.iter().filter(is_arrival).map(|choice| choice.point.item).collect();
            let mut present: Vec<(u32, u64)> = self
                .runner
                .world()
                .events()
                .filter(|event| usize::from(event.source) == source && event.parent.is_none())
                .map(|event| (event.ordinal, event_name(queue, event.ordinal)))
                .filter(|(_, name)| named.contains(name))
                .collect();
            present.sort_unstable();
            present.dedup();
            let mut new_names: BTreeMap<u64, u64> = BTreeMap::new();
            for (number, (_, name)) in present.into_iter().enumerate() {
                let new = event_name(queue, number as u32);
                let over_links = |of: u64| links.iter().map(move |link| emitted_name(of, *link, 0));
                new_names.extend(over_links(name).chain([name]).zip(over_links(new).chain([new])));
            }
            for choice in &mut renamed {
                if let Some(new) = new_names.get(&choice.point.item) {
                    choice.point.item = *new;
                }
            }
        }
        if renamed != choices && self.holds_up(&renamed) { renamed } else { choices }
    }

    /// Moves all arrivals and spans together: to the start, or so that the first arrival is at the start.
    fn earlier(&mut self, choices: Vec<Choice>) -> Vec<Choice> {
        let arrivals = choices.iter().filter(|choice| time_of(choice) == Some(Time::Arrival));
        let first = arrivals.map(|choice| choice.value).min().unwrap_or(1);
        for shift in [u64::MAX, first.saturating_sub(1)] {
            let moved: Vec<Choice> = choices
                .iter()
                .map(|choice| {
                    let earlier = choice.value.saturating_sub(shift);
                    match time_of(choice) {
                        Some(Time::Arrival) => Choice { value: earlier.max(1), ..*choice },
                        Some(Time::SpanStart) => Choice { value: earlier, ..*choice },
                        None => *choice,
                    }
                })
                .collect();
            if moved != choices && self.holds_up(&moved) {
                return moved;
            }
        }
        choices
    }

    /// Moves every value towards the ordinary.
    fn smaller(&mut self, choices: Vec<Choice>) -> Vec<Choice> {
        let is_fixed = |choice: &Choice| choice.point.family == Family::Load;
        let is_load_fixed = self.footing == Footing::Stated;
        let mut choices = if is_load_fixed { choices } else { self.earlier(choices) };
        for index in 0..choices.len() {
            if is_load_fixed && is_fixed(&choices[index]) {
                continue;
            }
            let value = self.smallest(&mut choices, index);
            choices[index].value = self.rounded(&mut choices, index, value);
        }
        choices
    }

    /// The smallest value, by bisection between one and the present value.
    fn smallest(&mut self, choices: &mut [Choice], index: usize) -> u64 {
        let (mut low, mut high) = (0, choices[index].value);
        while high - low > 1 && !self.is_tired() {
            let middle = if low == 0 { 1 } else { low + (high - low) / 2 };
            if self.holds_up_with(choices, index, middle) {
                high = middle;
            } else {
                low = middle;
            }
            if high > FINE && high - low <= high / FINE_SHARE {
                break;
            }
        }
        choices[index].value = high;
        high
    }

    /// A rounder value that is no smaller, where it does as well.
    fn rounded(&mut self, choices: &mut [Choice], index: usize, value: u64) -> u64 {
        for unit in [Duration::from_secs(60), Duration::from_secs(1), Duration::from_millis(1)] {
            let unit = unit.as_micros();
            let round = value.div_ceil(unit) * unit;
            if value > unit && round != value && self.holds_up_with(choices, index, round) {
                return round;
            }
        }
        value
    }

    fn holds_up_with(&mut self, choices: &mut [Choice], index: usize, value: u64) -> bool {
        let before = choices[index].value;
        choices[index].value = value;
        let holds = self.holds_up(choices);
        choices[index].value = before;
        holds
    }
}

/// What a choice's value is the time of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Time {
    Arrival,
    SpanStart,
}

/// Whether a choice is when an event arrives.
pub(crate) fn is_arrival(choice: &Choice) -> bool {
    let point = &choice.point;
    point.family == Family::Load && point.item != 0 && point.domain == Domain::of(Family::Load.word())
}

/// Arrivals are told by their name; starts of spans have odd ordinals, their lengths even ones.
fn time_of(choice: &Choice) -> Option<Time> {
    let point = &choice.point;
    if point.family == Family::Load {
        return is_arrival(choice).then_some(Time::Arrival);
    }
    let is_start = point.family.scope() == Scope::Span && point.item == 0 && point.ordinal % 2 == 1;
    is_start.then_some(Time::SpanStart)
}

/// Values above this are bisected only to within a share of themselves: nobody reads microseconds of an hour.
const FINE: u64 = 1_000_000;
const FINE_SHARE: u64 = 256;

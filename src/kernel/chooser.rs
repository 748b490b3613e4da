//! The one seam for nondeterminism: a chooser is asked for a point's value among what a menu offers.

use crate::kernel::{ChoicePoint, Family};
use crate::vocabulary::{Description, Ratio};

/// What may be chosen at a point. The ordinary value is what happens when nothing unusual does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Menu {
    /// 1 with this probability, else 0; ordinary is 0.
    Hit(Ratio),
    /// 0 to `count - 1`, all equally likely; ordinary is 0. `count` is at least 1.
    OneOf(u32),
    /// `low` to `high`, both included; one draw in four is one of the two extremes.
    Range {
        /// The ordinary value, within `low..=high`.
        ordinary: u64,
        /// The smallest value.
        low: u64,
        /// The largest value.
        high: u64,
    },
    /// 0 for "does not happen", which is ordinary, else 1 + a time of up to `within` microseconds. Draws always
    /// happen: half of them uniformly, the others in crowds at the start and at the quarters.
    Arrival {
        /// The latest time.
        within: u64,
    },
    /// This value, which is above 0, for what a scenario states; 0 for "left out", which is ordinary, so that a
    /// counterexample needs to name only what matters to it.
    Stated(u64),
    /// 0 to `latest`, a time; ordinary is 0. What is drawn lies within `from..=to`, one in four at one of the two: there a
    /// run has something to meet. A value that is given may be any, so that it stays when what it met is left out.
    Moment {
        /// The earliest time that is drawn.
        from: u64,
        /// The latest time that is drawn, at most `latest`.
        to: u64,
        /// The latest time at all.
        latest: u64,
    },
    /// 0 for "does not happen", which is ordinary, else a length of up to `longest` microseconds; draws happen with
    /// the probability `odds` and are as often short as long.
    Span {
        /// How often it happens.
        odds: Ratio,
        /// The longest length, at least 1.
        longest: u64,
    },
}

impl Menu {
    /// The value that is taken when nothing unusual happens.
    pub const fn ordinary(&self) -> u64 {
        match self {
            Self::Hit(_)
            | Self::OneOf(_)
            | Self::Arrival { .. }
            | Self::Moment { .. }
            | Self::Stated(_)
            | Self::Span { .. } => 0,
            Self::Range { ordinary, .. } => *ordinary,
        }
    }

    /// The value that a uniform 64-bit draw selects.
    pub const fn select(&self, draw: u64) -> u64 {
        match self {
            Self::Hit(odds) => odds.admits(draw) as u64,
            Self::OneOf(count) => scale(draw, *count as u64),
            Self::Range { low, high, .. } => select_in_range(draw, *low, *high),
            Self::Arrival { within } => select_arrival(draw, *within),
            Self::Moment { from, to, .. } => select_in_range(draw, *from, *to),
            Self::Stated(value) => *value,
            Self::Span { odds, longest } => select_span(draw, *odds, *longest),
        }
    }

    /// The nearest value that the menu offers; replays use it, so that a saved choice survives a narrower range.
    pub fn clamp(&self, value: u64) -> u64 {
        match self {
            Self::Hit(_) => value.min(1),
            Self::OneOf(count) => value.min(u64::from(*count).saturating_sub(1)),
            Self::Range { low, high, .. } => value.clamp(*low, *high),
            Self::Arrival { .. } => value,
            Self::Moment { latest, .. } => value.min(*latest),
            Self::Stated(stated) => {
                if value == 0 {
                    0
                } else {
                    *stated
                }
            }
            Self::Span { longest, .. } => value.min(*longest),
        }
    }
}

/// One bit decides between crowd and uniform; a crowd gathers at one of the window's quarters.
const fn select_arrival(draw: u64, within: u64) -> u64 {
    let rest = draw << 1;
    if draw >> (u64::BITS - 1) == 0 {
        return 1 + scale(rest, within.saturating_add(1));
    }
    let quarter = rest >> (u64::BITS - QUARTER_BITS);
    1 + within / (1 << QUARTER_BITS) * quarter
}

/// The upper half decides whether, the lower half how long: a power of two below the longest, and where above it.
const fn select_span(draw: u64, odds: Ratio, longest: u64) -> u64 {
    if !odds.admits(draw) {
        return 0;
    }
    let (halvings, rest) = (draw & ((1 << HALVING_BITS) - 1), draw << u32::BITS);
    let top = longest >> halvings;
    let length = top / 2 + scale(rest, top - top / 2 + 1);
    if length == 0 { 1 } else { length }
}

const QUARTER_BITS: u32 = 2;
const HALVING_BITS: u32 = 2;

/// Two bits decide between the extremes and the whole range, the others where in it.
const fn select_in_range(draw: u64, low: u64, high: u64) -> u64 {
    let (kind, rest) = (draw >> (u64::BITS - KIND_BITS), draw << KIND_BITS);
    match kind {
        0 => low,
        1 => high,
        _ => {
            let width = (high - low).saturating_add(1);
            low + scale(rest, width)
        }
    }
}

const KIND_BITS: u32 = 3;

/// `draw / 2^64 * width`, without bias worth speaking of for the widths in use.
const fn scale(draw: u64, width: u64) -> u64 {
    ((draw as u128 * width as u128) >> u64::BITS) as u64
}

/// A run between two of its steps, as far as a chooser may look at it.
pub trait Scene {
    /// How many invocations run at this moment.
    fn running(&self) -> u32;

    /// Writes down everything that the rest of the run can depend on. Two scenes with the same description go on in
    /// the same way as long as the same is chosen.
    fn describe(&self, description: &mut Description);
}

/// Whether a run goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Onward {
    /// It does.
    On,
    /// It is given up here; nobody wants to know its end.
    Stop,
}

/// Makes every nondeterministic decision of a run.
pub trait Chooser {
    /// The value at `point`, one that `menu` offers.
    fn choose(&mut self, point: &ChoicePoint, menu: Menu) -> u64;

    /// Whether anything but the ordinary can come of the family's points; lets callers skip building their names.
    fn active(&self, family: Family) -> bool;

    /// The odds of one hit of the family in this run.
    fn intensity(&self, family: Family) -> Ratio;

    /// Whether it takes every [`Menu::Stated`] as it is stated. Whoever knows that need not ask for each beforehand.
    #[inline]
    fn takes_stated(&self) -> bool {
        false
    }

    /// A draw that puts the things in order which a choice is made among, by a name of each; it is no choice itself, and
    /// only who draws has one. So a thing that is added changes the choice only if it comes first.
    fn rank(&self, point: &ChoicePoint) -> u64;

    /// Asked between two steps of a run; only a search that has been here before gives a run up.
    #[inline]
    fn onward<S: Scene>(&mut self, _scene: &S) -> Onward {
        Onward::On
    }
}

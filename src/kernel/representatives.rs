//! What an enumeration tries of a menu: finitely many values that stand for all, the ordinary one first.

use crate::kernel::Menu;
use crate::vocabulary::Ratio;

/// A few different values, or the first so many numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Representatives {
    count: u32,
    values: [u64; MOST],
}

/// A list holds at most so many.
const MOST: usize = 8;

/// Ranges of at most so many values are tried as a whole.
const NARROW: u64 = 4;

impl Representatives {
    /// Of a menu about something that happens at or lasts for one of `moments`, which are in order and begin with 0.
    pub(crate) fn of(menu: Menu, moments: &[u64]) -> Self {
        match menu {
            Menu::Hit(odds) if odds == Ratio::ZERO => Self::only(0),
            Menu::Hit(_) => Self { count: 2, values: NUMBERS },
            Menu::OneOf(count) => Self { count: count.max(1), values: NUMBERS },
            Menu::Stated(value) => Self::only(value),
            Menu::Arrival { within } => {
                let mut these = Self::only(0);
                moments.iter().filter(|moment| **moment <= within).for_each(|moment| these.add(moment + 1));
                these
            }
            Menu::Span { odds, .. } if odds == Ratio::ZERO => Self::only(0),
            Menu::Span { longest, .. } => {
                let mut these = Self::only(0);
                moments.iter().filter(|moment| **moment < longest).for_each(|moment| these.add(*moment));
                these.add(longest);
                these
            }
            Menu::Moment { latest, .. } => {
                let mut these = Self::only(0);
                moments.iter().filter(|moment| **moment <= latest).for_each(|moment| these.add(*moment));
                these
            }
            Menu::Range { ordinary, low, high } => {
                let mut these = Self::only(ordinary);
                if high - low < NARROW {
                    (low..=high).for_each(|value| these.add(value));
                } else {
                    these.add(low);
                    these.add(high);
                }
                these
            }
        }
    }

    const fn only(value: u64) -> Self {
        let mut values = [0; MOST];
        values[0] = value;
        Self { count: 1, values }
    }

    fn add(&mut self, value: u64) {
        let known = &self.values[..self.count as usize];
        if self.count as usize >= MOST || known.contains(&value) {
            return;
        }
        self.values[self.count as usize] = value;
        self.count += 1;
    }

    /// Only those that are wanted, at least one of which there has to be.
    pub(crate) fn only_if(&self, is_wanted: impl Fn(u64) -> bool) -> Self {
        let mut wanted = (0..self.count).map(|index| self.value(index)).filter(|value| is_wanted(*value));
        let mut these = Self::only(wanted.next().expect("some value is wanted"));
        wanted.for_each(|value| these.add(value));
        these
    }

    /// How many there are.
    pub(crate) const fn count(&self) -> u32 {
        self.count
    }

    /// One of them; the first is the ordinary one.
    pub(crate) fn value(&self, index: u32) -> u64 {
        self.values.get(index as usize).copied().unwrap_or(u64::from(index))
    }
}

/// What the first alternatives of a menu of alternatives are called.
const NUMBERS: [u64; MOST] = [0, 1, 2, 3, 4, 5, 6, 7];

#[cfg(test)]
mod tests {
    use super::*;

    const MOMENTS: [u64; 3] = [0, 25, 900];

    fn all(menu: Menu) -> Vec<u64> {
        let these = Representatives::of(menu, &MOMENTS);
        (0..these.count()).map(|index| these.value(index)).collect()
    }

    #[test]
    fn the_ordinary_value_comes_first_and_none_twice() {
        let range = Menu::Range { ordinary: 10, low: 1, high: 10 };
        assert_eq!(all(range), [10, 1]);
        assert_eq!(all(Menu::Range { ordinary: 0, low: 0, high: 2 }), [0, 1, 2]);
        assert_eq!(all(Menu::OneOf(10)), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }

    #[test]
    fn lengths_and_times_are_the_moments_that_fit() {
        let span = Menu::Span { odds: Ratio::ONE, longest: 30 };
        assert_eq!(all(span), [0, 25, 30]);
        assert_eq!(all(Menu::Arrival { within: 100 }), [0, 1, 26]);
        assert_eq!(all(Menu::Moment { from: 30, to: 40, latest: 600 }), [0, 25]);
    }

    #[test]
    fn what_cannot_happen_is_not_tried() {
        assert_eq!(all(Menu::Hit(Ratio::ZERO)), [0]);
        assert_eq!(all(Menu::Span { odds: Ratio::ZERO, longest: 30 }), [0]);
        assert_eq!(all(Menu::Stated(7)), [7]);
    }
}

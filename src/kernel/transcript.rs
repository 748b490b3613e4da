//! Choices as a value: recorded in one run, replayed in another.

use crate::kernel::{ChoicePoint, Chooser, Family, Menu, Seeded};
use crate::vocabulary::Ratio;

/// One decision that was not ordinary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Choice {
    /// Its name.
    pub point: ChoicePoint,
    /// Its value.
    pub value: u64,
}

/// Choices by the identity of their points.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    sorted: Vec<(u64, Choice)>,
}

impl Choices {
    /// The value chosen at `point`, if it is named here.
    pub fn get(&self, point: &ChoicePoint) -> Option<u64> {
        let identity = point.identity();
        let index = self.sorted.binary_search_by_key(&identity, |(key, _)| *key).ok()?;
        Some(self.sorted[index].1.value)
    }

    /// All choices, by identity.
    pub fn iter(&self) -> impl Iterator<Item = &Choice> {
        self.sorted.iter().map(|(_, choice)| choice)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.sorted.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }
}

impl FromIterator<Choice> for Choices {
    /// Of equal points the last one counts.
    fn from_iter<I: IntoIterator<Item = Choice>>(choices: I) -> Self {
        let mut sorted: Vec<(u64, Choice)> =
            choices.into_iter().map(|choice| (choice.point.identity(), choice)).collect();
        sorted.sort_by_key(|(identity, _)| *identity);
        sorted.reverse();
        sorted.dedup_by_key(|(identity, _)| *identity);
        sorted.reverse();
        Self { sorted }
    }
}

/// Passes every decision on and keeps those that were not ordinary.
#[derive(Clone, Debug)]
pub struct Recorder<C> {
    inner: C,
    background: Background,
    choices: Vec<Choice>,
}

impl<C: Chooser> Recorder<C> {
    /// Records what `inner` chooses.
    pub const fn new(inner: C) -> Self {
        Self::over(inner, Background::Ordinary)
    }

    /// Records what `inner` chooses otherwise than a background.
    pub const fn over(inner: C, background: Background) -> Self {
        Self { inner, background, choices: Vec::new() }
    }

    /// What was chosen, the background left out.
    pub fn into_choices(self) -> Vec<Choice> {
        self.choices
    }
}

impl<C: Chooser> Chooser for Recorder<C> {
    fn choose(&mut self, point: &ChoicePoint, menu: Menu) -> u64 {
        let value = self.inner.choose(point, menu);
        if value != self.background.choose(point, menu) {
            self.choices.push(Choice { point: *point, value });
        }
        value
    }

    fn active(&self, family: Family) -> bool {
        self.inner.active(family)
    }

    fn rank(&self, point: &ChoicePoint) -> u64 {
        self.inner.rank(point)
    }

    fn intensity(&self, family: Family) -> Ratio {
        self.inner.intensity(family)
    }
}

/// What decides where a replay names nothing.
#[derive(Clone, Debug)]
pub enum Background {
    /// The ordinary.
    Ordinary,
    /// The ordinary, with all that a scenario states.
    Stated,
    /// What this seed would choose.
    Seed(Box<Seeded>),
}

impl Background {
    fn choose(&mut self, point: &ChoicePoint, menu: Menu) -> u64 {
        match (self, menu) {
            (Self::Seed(seeded), _) => seeded.choose(point, menu),
            (Self::Stated, Menu::Stated(value)) => value,
            (Self::Ordinary | Self::Stated, _) => menu.ordinary(),
        }
    }
}

/// Chooses what is named, and the background elsewhere.
#[derive(Clone, Debug)]
pub struct Replay<'a> {
    choices: &'a Choices,
    background: Background,
}

impl<'a> Replay<'a> {
    /// Replays `choices` over `background`.
    pub const fn new(choices: &'a Choices, background: Background) -> Self {
        Self { choices, background }
    }
}

impl Chooser for Replay<'_> {
    fn choose(&mut self, point: &ChoicePoint, menu: Menu) -> u64 {
        match self.choices.get(point) {
            Some(value) => menu.clamp(value),
            None => self.background.choose(point, menu),
        }
    }

    /// Any family may be named in a replay.
    fn active(&self, _family: Family) -> bool {
        true
    }

    fn rank(&self, point: &ChoicePoint) -> u64 {
        match &self.background {
            Background::Ordinary | Background::Stated => 0,
            Background::Seed(seeded) => seeded.rank(point),
        }
    }

    fn intensity(&self, family: Family) -> Ratio {
        match &self.background {
            Background::Ordinary | Background::Stated => Ratio::ZERO,
            Background::Seed(seeded) => seeded.intensity(family),
        }
    }
}

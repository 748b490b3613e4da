//! The chooser of an enumeration: run after run it takes another combination of representatives, depth first, until
//! there is none left within its bounds.
//!
//! It keeps no states, only the path of the present run; a run begins anew and follows the path up to the point where it
//! differs. What it has been through it knows by fingerprint.

use crate::kernel::representatives::Representatives;
use crate::kernel::visited::Visited;
use crate::kernel::{
    Choice, ChoicePoint, Chooser, Domain, Families, Family, Menu, Onward, Scene, Scope, mix,
};
use crate::vocabulary::{Description, NameHash, Ratio};

/// What an enumeration covers.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// The families that may be on.
    pub families: Families,
    /// At most so many events of each source whose load is not stated.
    pub events: u32,
    /// At most so many faults in a run: hits, spans, and things that AWS leaves open and does in another way than the
    /// ordinary one.
    pub faults: u8,
    /// At most so many invocations at once.
    pub running: u32,
    /// The times and lengths that stand for all, in microseconds; in order, beginning with 0.
    pub moments: Vec<u64>,
    /// Choices about load as a whole, which are not enumerated but made once.
    pub fixed: Vec<(Domain, u64)>,
    /// The sources whose load is stated: all of it always arrives.
    pub stated: Vec<NameHash>,
    /// Choices that may be asked for more than once by the same name: they belong to a state.
    pub remembered: Vec<Domain>,
    /// Families that belong to a state once they were used, since verdicts depend on them.
    pub exempt: Families,
}

/// What is left out because something equal is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reduction {
    /// Nothing: every combination is run to its end.
    None,
    /// Combinations that differ only in which of equal events is which.
    Symmetry,
    /// Those, and whatever follows on a state that was entered before with no less left to spend.
    States,
}

/// What an enumeration has met so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Met {
    /// Different states after choices; without the reduction by states every one that was passed.
    pub states: u64,
    /// Runs that were given up because their state was known.
    pub merged: u64,
    /// Runs that were given up because too many invocations ran at once.
    pub crowded: u64,
    /// Whether a choice that is not remembered was asked for again: then states were merged that may differ.
    pub asked_again: bool,
}

/// One point at which there is more than one way.
#[derive(Clone, Debug)]
struct Fork {
    identity: u64,
    point: ChoicePoint,
    ordinary: u64,
    ways: Representatives,
    index: u32,
}

impl Fork {
    fn value(&self) -> u64 {
        self.ways.value(self.index)
    }
}

/// Takes every combination within bounds.
#[derive(Clone, Debug)]
pub struct Enumerating {
    bounds: Bounds,
    reduction: Reduction,
    /// The way of the present run; beyond `given` it is being made.
    path: Vec<Fork>,
    given: usize,
    depth: usize,
    /// What was not ordinary in this run although there was no other way.
    forced: Vec<Choice>,
    left: u8,
    used: Families,
    /// Whether there was a choice since the last look at the state.
    asked: bool,
    visited: Visited,
    description: Description,
    met: Met,
}

impl Enumerating {
    /// At the first combination.
    pub fn new(bounds: Bounds, reduction: Reduction) -> Self {
        let left = bounds.faults;
        Self {
            bounds,
            reduction,
            path: Vec::new(),
            given: 0,
            depth: 0,
            forced: Vec::new(),
            left,
            used: Families::NONE,
            asked: false,
            visited: Visited::default(),
            description: Description::default(),
            met: Met::default(),
        }
    }

    /// Begins again with another number of faults; memory is kept.
    pub fn restart(&mut self, faults: u8) {
        self.bounds.faults = faults;
        self.path.clear();
        self.visited.clear();
        self.met = Met::default();
        self.rewind();
    }

    /// Moves on to the next combination; tells whether there is one.
    pub fn advance(&mut self) -> bool {
        while self.path.last().is_some_and(|fork| fork.index + 1 == fork.ways.count()) {
            self.path.pop();
        }
        let is_over = self.path.is_empty();
        if let Some(last) = self.path.last_mut() {
            last.index += 1;
        }
        self.rewind();
        !is_over
    }

    /// Back to the start of a run.
    fn rewind(&mut self) {
        self.given = self.path.len();
        self.depth = 0;
        self.forced.clear();
        self.left = self.bounds.faults;
        self.used = Families::NONE;
        self.asked = false;
    }

    /// The families of which something has happened in the present run.
    pub const fn used(&self) -> Families {
        self.used
    }

    /// What the present run has chosen, the ordinary left out.
    pub fn choices(&self) -> impl Iterator<Item = Choice> + '_ {
        let forks = self.path[..self.depth].iter().filter(|fork| fork.value() != fork.ordinary);
        forks.map(|fork| Choice { point: fork.point, value: fork.value() }).chain(self.forced.iter().copied())
    }

    /// What was met since the start.
    pub const fn met(&self) -> Met {
        self.met
    }

    /// How much of the whole is behind the present run, in millionths, if every way of a fork leads equally far.
    pub fn share(&self) -> u64 {
        let (mut done, mut rest) = (0, WHOLE);
        for fork in &self.path {
            let each = rest / u64::from(fork.ways.count());
            done += each * u64::from(fork.index);
            rest = each;
        }
        done / (WHOLE / MILLION)
    }

    fn fixed(&self, domain: Domain) -> Option<u64> {
        self.bounds.fixed.iter().find(|(fixed, _)| *fixed == domain).map(|(_, value)| *value)
    }

    /// The ways that lead on from a point, the budget left aside.
    fn ways(&self, point: &ChoicePoint, menu: Menu) -> Representatives {
        let ways = Representatives::of(menu, &self.bounds.moments);
        match menu {
            Menu::Arrival { .. } if self.bounds.stated.contains(&point.entity) => {
                ways.only_if(|value| value > 0)
            }
            Menu::Arrival { .. } => self.arrivals(point, &ways),
            Menu::Hit(_)
            | Menu::OneOf(_)
            | Menu::Range { .. }
            | Menu::Moment { .. }
            | Menu::Stated(_)
            | Menu::Span { .. } => ways,
        }
    }

    /// Which of a source's equal events is which makes no difference: they come in the order of their numbers, and
    /// those that do not come have the last numbers.
    fn arrivals(&self, point: &ChoicePoint, ways: &Representatives) -> Representatives {
        let is_before = |fork: &&Fork| fork.point.domain == point.domain && fork.point.entity == point.entity;
        let before = self.path[..self.depth].iter().filter(|fork| fork.point.item != 0).filter(is_before);
        let (count, last) = before.fold((0, None), |(count, _), fork| (count + 1, Some(fork.value())));
        match (count < self.bounds.events, last, self.reduction) {
            (false, _, _) | (true, Some(0), Reduction::Symmetry | Reduction::States) => {
                ways.only_if(|value| value == 0)
            }
            (true, Some(last), Reduction::Symmetry | Reduction::States) => {
                ways.only_if(|value| value == 0 || value >= last)
            }
            (true, _, Reduction::None) | (true, None, _) => *ways,
        }
    }

    fn take(&mut self, fork: usize) -> u64 {
        let Fork { point, ordinary, .. } = self.path[fork];
        let value = self.path[fork].value();
        self.depth += 1;
        self.asked |= self.depth >= self.given;
        if value != ordinary && point.family != Family::Load {
            self.used = self.used.with(point.family);
        }
        value
    }

    fn force(&mut self, point: &ChoicePoint, menu: Menu, value: u64) -> u64 {
        if value != menu.ordinary() {
            self.forced.push(Choice { point: *point, value });
        }
        value
    }

    /// What a state is apart from the world and its observers.
    fn add_own(&mut self) {
        let is_kept = |fork: &&Fork| {
            fork.point.family == Family::UnknownSetting || self.bounds.remembered.contains(&fork.point.domain)
        };
        let kept = self.path[..self.depth].iter().filter(is_kept);
        let all = kept.fold(0, |all, fork| all ^ mix([fork.identity, fork.value()], &fork.point));
        self.description.add(all);
        self.description.add(u64::from(self.used.intersection(self.bounds.exempt).bits()));
    }
}

const MILLION: u64 = 1_000_000;
const WHOLE: u64 = MILLION * MILLION * MILLION;

/// Whether anything but the ordinary spends one of the faults; how long, how much and where is part of one.
fn is_fault(family: Family, menu: Menu) -> bool {
    match menu {
        Menu::Hit(_) | Menu::Span { .. } => family.scope() != Scope::Given,
        Menu::OneOf(_) | Menu::Range { .. } => family == Family::Unspecified,
        Menu::Arrival { .. } | Menu::Moment { .. } | Menu::Stated(_) => false,
    }
}

impl Chooser for Enumerating {
    fn choose(&mut self, point: &ChoicePoint, menu: Menu) -> u64 {
        if !self.active(point.family) {
            return menu.ordinary();
        }
        if let Some(value) = self.fixed(point.domain) {
            return self.force(point, menu, menu.clamp(value));
        }
        let identity = point.identity();
        if let Some(fork) = self.path[..self.depth].iter().find(|fork| fork.identity == identity) {
            self.met.asked_again |= !self.bounds.remembered.contains(&point.domain);
            return menu.clamp(fork.value());
        }
        let is_fault = is_fault(point.family, menu);
        if self.depth == self.path.len() {
            let ways = self.ways(point, menu);
            if ways.count() == 1 {
                return self.force(point, menu, ways.value(0));
            }
            if is_fault && self.left == 0 {
                self.asked = true;
                return ways.value(0);
            }
            let ordinary = menu.ordinary();
            self.path.push(Fork { identity, point: *point, ordinary, ways, index: 0 });
        } else if self.path[self.depth].identity != identity {
            let only = self.ways(point, menu).value(0);
            return self.force(point, menu, only);
        }
        let value = self.take(self.depth);
        self.left -= u8::from(is_fault && value != menu.ordinary());
        value
    }

    fn active(&self, family: Family) -> bool {
        family == Family::Load || (family != Family::Burst && self.bounds.families.has(family))
    }

    /// Whatever is possible at all is tried.
    fn intensity(&self, _family: Family) -> Ratio {
        Ratio::ONE
    }

    /// All that it tries of a menu is tried whatever comes first.
    fn rank(&self, _point: &ChoicePoint) -> u64 {
        0
    }

    fn onward<S: Scene>(&mut self, scene: &S) -> Onward {
        if scene.running() > self.bounds.running {
            self.met.crowded += 1;
            return Onward::Stop;
        }
        if !self.asked {
            return Onward::On;
        }
        self.asked = false;
        if self.reduction != Reduction::States {
            self.met.states += 1;
            return Onward::On;
        }
        self.description.clear();
        scene.describe(&mut self.description);
        self.add_own();
        let is_new = self.visited.enter(self.description.fingerprint(), self.left);
        self.met.states = self.visited.len() as u64;
        if is_new {
            return Onward::On;
        }
        self.met.merged += 1;
        Onward::Stop
    }
}

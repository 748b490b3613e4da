//! Blame: which sets of families break a guarantee at a place, none of them more than needed, and what no setting
//! protects from.

use std::collections::BTreeSet;

use crate::explore::reruns::Reruns;
use crate::explore::{Question, Runner};
use crate::kernel::{Families, Family};

/// How much is asked about a violation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// All minimal sets of families that break a guarantee.
    Sets,
    /// Only whether families that convict break it.
    Conviction,
}

/// What is known so far of one question.
#[derive(Clone, Debug)]
pub(crate) struct Blame {
    pub(crate) question: Question,
    depth: Depth,
    /// How many records may be spent on alternatives.
    records: u64,
    /// The model's ceiling: families from which no setting protects.
    pub(crate) exempt: Families,
    /// Inclusion-minimal sets that break it, each with the seed that showed it.
    pub(crate) sets: Vec<(Families, u64)>,
    /// Exempt families without which some run would have held.
    pub(crate) beyond: Families,
    seen: BTreeSet<Families>,
    /// Records of all runs that were made to blame.
    spent: u64,
}

/// What blame runs seeds with: a runner, and the runs that others have made.
pub(crate) type Runs<'a, 'p> = (&'a mut Runner<'p>, &'a Reruns);

/// How many different sets are looked at for alternatives; the first conviction is never skipped.
const LOOKS: usize = 96;
/// How many subsets of one set are tried for alternatives.
const SUBSETS: usize = 24;
/// How many records may be spent on alternatives once there is a first set, for one guarantee at all places of a part.
const RECORDS: u64 = 4_000_000;
/// At each place so many may be spent nevertheless.
const FEWEST: u64 = 400_000;

impl Blame {
    /// `places` are those of the part that share what may be spent.
    pub(crate) const fn new(question: Question, exempt: Families, (depth, places): (Depth, u64)) -> Self {
        let share = RECORDS / if places == 0 { 1 } else { places };
        Self {
            question,
            depth,
            records: if share < FEWEST { FEWEST } else { share },
            exempt,
            sets: Vec::new(),
            beyond: Families::NONE,
            seen: BTreeSet::new(),
            spent: 0,
        }
    }

    /// Looks at a seed that violated the guarantee under the allowed families; tells whether anything new was learnt.
    ///
    /// `hits` did something that can have reached the place, `elsewhere` are those that did something anywhere.
    pub(crate) fn look(
        &mut self,
        runs: &mut Runs<'_, '_>,
        seed: u64,
        (hits, elsewhere): (Families, Families),
        allowed: Families,
    ) -> bool {
        let is_enough = match self.depth {
            Depth::Sets => self.seen.len() > LOOKS || self.spent > self.records,
            Depth::Conviction => true,
        };
        if (is_enough && !self.sets.is_empty()) || !self.seen.insert(hits.difference(self.exempt)) {
            return false;
        }
        let mut candidates = vec![hits, elsewhere];
        candidates.dedup();
        let breaking = candidates.into_iter().find(|candidate| self.breaks(runs, seed, *candidate));
        let under = breaking.unwrap_or(allowed);
        let convicting = under.difference(self.exempt);
        let (sets, beyond) = (self.sets.len(), self.beyond);
        let convicts = self.is_known(convicting) || self.breaks(runs, seed, convicting);
        match (self.depth, convicts) {
            (Depth::Sets, true) => self.find_sets(runs, seed, convicting),
            (Depth::Sets, false) => {
                let needed = self.reduce(runs, seed, under, (self.exempt, self.beyond));
                self.beyond = self.beyond.union(needed);
            }
            (Depth::Conviction, true) => self.add(convicting, seed),
            (Depth::Conviction, false) => {}
        }
        self.sets.len() != sets || self.beyond != beyond
    }

    /// Whether a known set explains a violation under these families.
    fn is_known(&self, under: Families) -> bool {
        self.sets.iter().any(|(set, _)| set.is_subset_of(under))
    }

    fn breaks(&mut self, (runner, reruns): &mut Runs<'_, '_>, seed: u64, families: Families) -> bool {
        let outcome = reruns.outcome(runner, seed, families);
        self.spent += outcome.records;
        outcome.violated(self.question)
    }

    /// Finds the minimal sets within `under`: whatever still breaks it when one family of each known set is left out.
    fn find_sets(&mut self, runs: &mut Runs<'_, '_>, seed: u64, under: Families) {
        let mut tried = BTreeSet::new();
        let mut open = vec![under];
        while let Some(candidate) = open.pop() {
            if tried.len() >= SUBSETS || !tried.insert(candidate) {
                continue;
            }
            if !self.is_known(candidate) {
                if !self.breaks(runs, seed, candidate) {
                    continue;
                }
                let minimal = self.reduce(runs, seed, candidate, (Families::EVERY, Families::NONE));
                self.add(minimal, seed);
            }
            let known = self.sets.iter().find(|(set, _)| set.is_subset_of(candidate)).map(|(set, _)| *set);
            open.extend(known.iter().flat_map(|set| set.iter()).map(|family| candidate.without(family)));
        }
    }

    /// Leaves out one family after the other as long as it still breaks, the platform's liberties first; of what is
    /// needed then, the families `asked` about.
    ///
    /// Most violations that convict nobody need the same few exempt families. So nothing is tried any more once all
    /// that is asked about was tried, or what is left of it is `known`: neither can change the union of both.
    fn reduce(
        &mut self,
        runs: &mut Runs<'_, '_>,
        seed: u64,
        families: Families,
        (asked, known): (Families, Families),
    ) -> Families {
        let mut needed = families.difference(Families::ALWAYS);
        let mut untried = needed.intersection(asked);
        for family in Family::ALL.into_iter().rev().filter(|family| families.has(*family)) {
            if untried.is_empty() || needed.intersection(asked).is_subset_of(known) {
                break;
            }
            let without = needed.without(family);
            if !Families::ALWAYS.has(family) && self.breaks(runs, seed, without) {
                needed = without;
            }
            untried = untried.without(family);
        }
        needed.intersection(asked)
    }

    /// Keeps only sets that contain no other.
    fn add(&mut self, minimal: Families, seed: u64) {
        if self.sets.iter().any(|(set, _)| set.is_subset_of(minimal)) {
            return;
        }
        self.sets.retain(|(set, _)| !minimal.is_subset_of(*set));
        self.sets.push((minimal, seed));
        self.sets.sort_by_key(|(set, _)| (set.len(), set.bits()));
    }
}

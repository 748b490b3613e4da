//! Blame: which sets of families break a guarantee at a place, none of them more than needed, and what no setting
//! protects from.

use std::collections::BTreeSet;

use crate::explore::Runner;
use crate::explore::sweep::is_violated;
use crate::guarantee::GuaranteeName;
use crate::kernel::{Families, Family};

/// What is known so far of one guarantee at one queue.
#[derive(Clone, Debug)]
pub(crate) struct Blame {
    pub(crate) guarantee: GuaranteeName,
    pub(crate) queue: usize,
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

/// How many different sets are looked at for alternatives; the first conviction is never skipped.
const LOOKS: usize = 96;
/// How many subsets of one set are tried for alternatives.
const SUBSETS: usize = 24;
/// How many records may be spent on alternatives once there is a first set.
const RECORDS: u64 = 4_000_000;

impl Blame {
    pub(crate) fn new(guarantee: GuaranteeName, queue: usize, exempt: Families) -> Self {
        Self {
            guarantee,
            queue,
            exempt,
            sets: Vec::new(),
            beyond: Families::NONE,
            seen: BTreeSet::new(),
            spent: 0,
        }
    }

    /// Looks at a seed that violated the guarantee under the given families; tells whether anything new was learnt.
    pub(crate) fn look(
        &mut self,
        runner: &mut Runner<'_>,
        seed: u64,
        hits: Families,
        allowed: Families,
    ) -> bool {
        let is_enough = self.seen.len() > LOOKS || self.spent > RECORDS;
        if (is_enough && !self.sets.is_empty()) || !self.seen.insert(hits.difference(self.exempt)) {
            return false;
        }
        let under = if self.breaks(runner, seed, hits) { hits } else { allowed };
        let convicting = under.difference(self.exempt);
        let (sets, beyond) = (self.sets.len(), self.beyond);
        if self.is_known(convicting) || self.breaks(runner, seed, convicting) {
            self.find_sets(runner, seed, convicting);
        } else {
            let needed = self.reduce(runner, seed, under);
            self.beyond = self.beyond.union(needed.intersection(self.exempt));
        }
        self.sets.len() != sets || self.beyond != beyond
    }

    /// Whether a known set explains a violation under these families.
    fn is_known(&self, under: Families) -> bool {
        self.sets.iter().any(|(set, _)| set.is_subset_of(under))
    }

    fn breaks(&mut self, runner: &mut Runner<'_>, seed: u64, families: Families) -> bool {
        self.spent += runner.seed(seed, families).records;
        is_violated(runner, self.guarantee, self.queue)
    }

    /// Finds the minimal sets within `under`: whatever still breaks it when one family of each known set is left out.
    fn find_sets(&mut self, runner: &mut Runner<'_>, seed: u64, under: Families) {
        let mut tried = BTreeSet::new();
        let mut open = vec![under];
        while let Some(candidate) = open.pop() {
            if tried.len() >= SUBSETS || !tried.insert(candidate) {
                continue;
            }
            if !self.is_known(candidate) {
                if !self.breaks(runner, seed, candidate) {
                    continue;
                }
                let minimal = self.reduce(runner, seed, candidate);
                self.add(minimal, seed);
            }
            let known = self.sets.iter().find(|(set, _)| set.is_subset_of(candidate)).map(|(set, _)| *set);
            open.extend(known.iter().flat_map(|set| set.iter()).map(|family| candidate.without(family)));
        }
    }

    /// Leaves out one family after the other as long as it still breaks; the platform's liberties first.
    fn reduce(&mut self, runner: &mut Runner<'_>, seed: u64, families: Families) -> Families {
        let mut needed = families.difference(Families::ALWAYS);
        for family in Family::ALL.into_iter().rev().filter(|family| families.has(*family)) {
            let without = needed.without(family);
            if !Families::ALWAYS.has(family) && self.breaks(runner, seed, without) {
                needed = without;
            }
        }
        needed
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

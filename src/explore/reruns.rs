//! Seeds that are run again under fewer families: one run answers what all questions ask of it.
//!
//! Blame leaves out family after family for every question on its own, and mostly asks for the same runs.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crate::explore::sweep::{SeedOutcome, one};
use crate::explore::{Question, Runner};
use crate::kernel::Families;

/// What seeds came to under some families. A run that two threads ask for at once is made twice, with one outcome.
#[derive(Debug, Default)]
pub(crate) struct Reruns {
    known: Mutex<BTreeMap<(u64, Families), Arc<SeedOutcome>>>,
}

impl Reruns {
    /// What a seed comes to under these families.
    pub(crate) fn outcome(&self, runner: &mut Runner<'_>, seed: u64, families: Families) -> Arc<SeedOutcome> {
        let key = (seed, families);
        let known = self.known.lock().expect("a look does not panic").get(&key).cloned();
        known.unwrap_or_else(|| {
            let made = Arc::new(one(runner, seed, families));
            self.known.lock().expect("a look does not panic").insert(key, Arc::clone(&made));
            made
        })
    }
}

impl SeedOutcome {
    /// Whether the seed violated what is asked.
    pub(crate) fn violated(&self, question: Question) -> bool {
        match question {
            Question::Catalogue { guarantee, queue } => self.queues[queue].violated.has(guarantee),
            Question::Stated(index) => self.stated.get(index).is_some_and(|stated| stated.violated),
        }
    }
}

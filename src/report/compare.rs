//! Two reports of the same or of a changed system: what got worse, what got better, guarantee by guarantee.

use serde::{Deserialize, Serialize};

use crate::report::document::{Document, Excuse, Guarantee, length};
use crate::report::excuse::Excuses;

/// A violation as it was known before: what it takes to break the guarantee.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Known {
    /// All minimal sets of families.
    pub(crate) broken_by: Vec<Vec<String>>,
    /// The families of its story.
    pub(crate) families: Vec<String>,
    /// The shortest spans of the story that break it, in microseconds, by family.
    pub(crate) shortest: Vec<(String, u64)>,
}

impl Known {
    /// What a report says of a violation.
    pub(crate) fn of(verdict: &Guarantee) -> Self {
        let story = verdict.counterexample.as_ref();
        Self {
            broken_by: verdict.broken_by.clone(),
            families: story.map_or_else(Vec::new, |story| story.families.clone()),
            shortest: story.map_or_else(Vec::new, |story| {
                story.needs.iter().map(|need| (need.family.clone(), need.at_least)).collect()
            }),
        }
    }

    /// Why a violation is worse than this one, if it is: a set of families suffices that contains none of the known
    /// sets, or a clearly shorter span.
    pub(crate) fn is_exceeded_by(&self, now: &Self) -> Option<String> {
        let contains = |set: &[String], known: &[String]| known.iter().all(|family| set.contains(family));
        let is_new = |set: &&Vec<String>| !self.broken_by.iter().any(|known| contains(set, known));
        if let Some(set) = now.broken_by.iter().find(is_new) {
            let words = if set.is_empty() { "no fault at all".to_owned() } else { set.join(" + ") };
            return Some(format!("it breaks with {words} too"));
        }
        if self.families != now.families {
            return None;
        }
        now.shortest.iter().find_map(|(family, shortest)| {
            let (_, before) = self.shortest.iter().find(|(other, _)| other == family)?;
            let is_shorter = shortest.saturating_add(before / SLACK) < *before;
            is_shorter.then(|| {
                format!("{family} of {} suffices, before it took {}", length(*shortest), length(*before))
            })
        })
    }
}

/// A span that is shorter by less than a tenth is not worse: how short a search gets it differs a little from seed to
/// seed.
const SLACK: u64 = 10;

/// How a verdict moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Move {
    /// It is violated and was not, or it takes less to violate it.
    Worse,
    /// It was violated and is not, or it takes more to violate it.
    Better,
    /// It is no longer put to the test or does not apply any more, or the other way round.
    Changed,
    /// There is no such place in the older report.
    Added,
    /// There is no such place in the newer report.
    Removed,
    /// As before.
    Same,
}

/// One verdict in both reports.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Moved {
    pub(crate) id: String,
    pub(crate) guarantee: String,
    pub(crate) at: String,
    pub(crate) gates: bool,
    #[serde(rename = "move")]
    pub(crate) change: Move,
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
    pub(crate) because: String,
    /// The finding of the newer report that tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) finding: Option<String>,
}

/// A number in both reports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Number {
    pub(crate) queue: String,
    pub(crate) name: String,
    pub(crate) before: String,
    pub(crate) after: String,
}

/// Everything that moved, and what did not.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Comparison {
    /// The input of the older report.
    pub(crate) before: String,
    /// The input of the newer report.
    pub(crate) after: String,
    pub(crate) verdicts: Vec<Moved>,
    pub(crate) numbers: Vec<Number>,
}

impl Comparison {
    /// Compares two reports.
    pub fn of(before: &Document, after: &Document) -> Self {
        let mut verdicts: Vec<Moved> = after
            .guarantees
            .iter()
            .enumerate()
            .map(|(index, now)| {
                let old = before.guarantees.iter().find(|one| one.id == now.id);
                moved(old, now, after.finding_of(index).map(|finding| finding.id.clone()))
            })
            .collect();
        let is_gone = |one: &&Guarantee| after.guarantees.iter().all(|now| now.id != one.id);
        verdicts.extend(before.guarantees.iter().filter(is_gone).map(removed));
        Self {
            before: before.input.clone(),
            after: after.input.clone(),
            verdicts,
            numbers: numbers(before, after),
        }
    }

    /// Whether something got worse whose violation fails a check.
    pub fn fails(&self) -> bool {
        self.verdicts.iter().any(Moved::fails)
    }

    /// How many verdicts moved so.
    pub(crate) fn count(&self, change: Move) -> usize {
        self.verdicts.iter().filter(|one| one.change == change).count()
    }

    /// Excuses for all violations of the newer report that are no worse than in the older one.
    pub fn excuses(&self, excuses: &mut Excuses) {
        let is_known = |one: &&Moved| {
            one.after.as_deref() == Some("violated") && matches!(one.change, Move::Same | Move::Better)
        };
        for one in self.verdicts.iter().filter(is_known) {
            let reason = match one.change {
                Move::Better => format!("better than in {}: {}", self.before, one.because),
                Move::Same | Move::Worse | Move::Changed | Move::Added | Move::Removed => {
                    format!("{} has it too", self.before)
                }
            };
            excuses.add(&one.id, Excuse { by: Excuse::AGAINST.to_owned(), reason, until: None });
        }
    }
}

impl Moved {
    /// Whether this is a reason to fail.
    pub(crate) fn fails(&self) -> bool {
        let is_new = self.change == Move::Added && self.after.as_deref() == Some("violated");
        self.gates && (self.change == Move::Worse || is_new)
    }
}

fn moved(old: Option<&Guarantee>, now: &Guarantee, finding: Option<String>) -> Moved {
    let (change, because) = match old {
        None => (Move::Added, String::new()),
        Some(old) => direction(old, now),
    };
    Moved {
        id: now.id.clone(),
        guarantee: now.name.clone(),
        at: now.at.arrow(),
        gates: now.gates,
        change,
        before: old.map(|one| one.verdict.clone()),
        after: Some(now.verdict.clone()),
        because,
        finding: finding.filter(|_| now.is_violated()),
    }
}

fn removed(old: &Guarantee) -> Moved {
    Moved {
        id: old.id.clone(),
        guarantee: old.name.clone(),
        at: old.at.arrow(),
        gates: old.gates,
        change: Move::Removed,
        before: Some(old.verdict.clone()),
        after: None,
        because: String::new(),
        finding: None,
    }
}

fn direction(old: &Guarantee, now: &Guarantee) -> (Move, String) {
    match (old.is_violated(), now.is_violated()) {
        (false, true) => (Move::Worse, format!("{} before, now violated", old.verdict)),
        (true, false) => (Move::Better, format!("violated before, now {}", now.verdict)),
        (true, true) => {
            let (before, after) = (Known::of(old), Known::of(now));
            match (before.is_exceeded_by(&after), after.is_exceeded_by(&before)) {
                (Some(because), _) => (Move::Worse, because),
                (None, Some(because)) => (Move::Better, format!("before: {because}")),
                (None, None) => (Move::Same, String::new()),
            }
        }
        (false, false) if old.verdict != now.verdict => {
            (Move::Changed, format!("{} before, now {}", old.verdict, now.verdict))
        }
        (false, false) => (Move::Same, String::new()),
    }
}

/// The numbers of queues in both reports that moved.
fn numbers(before: &Document, after: &Document) -> Vec<Number> {
    let mut moved = Vec::new();
    for now in &after.quantities {
        let Some(old) = before.quantities.iter().find(|one| one.queue == now.queue) else { continue };
        let given = |value: Option<u64>| value.map_or_else(|| "-".to_owned(), length);
        let rows = [
            ("worst attempts", old.worst_attempts.to_string(), now.worst_attempts.to_string()),
            ("longest to process", length(old.longest_to_process), length(now.longest_to_process)),
            (
                "longest to dead letter",
                length(old.longest_to_dead_letter),
                length(now.longest_to_dead_letter),
            ),
            ("least time to read a dead letter", given(old.least_margin), given(now.least_margin)),
            ("longest drain", length(old.longest_drain), length(now.longest_drain)),
        ];
        let rows = rows.into_iter().map(|(name, before, after)| (name.to_owned(), before, after));
        let spans = now.tolerates.iter().filter_map(|span| {
            let old = old.tolerates.iter().find(|other| other.family == span.family)?;
            Some((format!("tolerated {}", span.family), length(old.at_most), length(span.at_most)))
        });
        moved.extend(
            rows.chain(spans)
                .filter(|(_, before, after)| before != after)
                .map(|(name, before, after)| Number { queue: now.queue.clone(), name, before, after }),
        );
    }
    moved
}

//! `redrive merge`: one report of several that searched different seeds of the same system.

use std::collections::BTreeMap;
use std::fmt;

use crate::report::document::{Document, Excuse, Finding, Guarantee, Numbers, Part, Seeds, Span, Survived};

/// Why reports cannot be one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeError(String);

impl fmt::Display for MergeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Joins reports about one input.
///
/// # Errors
/// Where they are about different inputs, models, versions, options or guarantees, where one judged nothing, or where
/// two searched the same seed.
pub fn merge(documents: &[Document]) -> Result<Document, MergeError> {
    let first = documents.first().ok_or_else(|| MergeError("there is no report".to_owned()))?;
    for other in documents {
        comparable(first, other)?;
    }
    let guarantees: Vec<Guarantee> =
        (0..first.guarantees.len()).map(|index| verdict(documents, index)).collect();
    let parts: Result<Vec<Part>, MergeError> =
        (0..first.parts.len()).map(|index| part(documents, index)).collect();
    let parts = parts?;
    let findings = findings(documents, &guarantees);
    let gating = || guarantees.iter().filter(|one| one.gates);
    let conclusion = if gating().any(Guarantee::fails) {
        "violated"
    } else if gating().any(|one| one.verdict == "not-exercised") {
        "not-exercised"
    } else {
        "held"
    };
    Ok(Document {
        conclusion: conclusion.to_owned(),
        seeds: Seeds {
            first: parts.iter().map(|part| part.seeds.first).min().unwrap_or(0),
            count: parts.iter().map(|part| part.seeds.count).max().unwrap_or(0),
        },
        parts,
        guarantees,
        findings,
        quantities: first.quantities.iter().map(|one| numbers(documents, one)).collect(),
        against: None,
        ..first.clone()
    })
}

fn comparable(first: &Document, other: &Document) -> Result<(), MergeError> {
    if other.conclusion == "unusable" {
        return Err(MergeError(format!("{} was not judged in one of them", other.input)));
    }
    let same = [
        ("inputs", &first.input, &other.input),
        ("models", &first.models_digest, &other.models_digest),
        ("versions", &first.version, &other.version),
    ];
    if let Some((what, one, two)) = same.iter().find(|(_, one, two)| one != two) {
        return Err(MergeError(format!("they have different {what}: {one} and {two}")));
    }
    if first.options != other.options {
        let (one, two) = (first.options.join(" "), other.options.join(" "));
        return Err(MergeError(format!("they have different options: `{one}` and `{two}`")));
    }
    let ids = |document: &Document| -> Vec<(String, bool)> {
        document.guarantees.iter().map(|one| (one.id.clone(), one.gates)).collect()
    };
    let sources = |document: &Document| -> Vec<Vec<String>> {
        document.parts.iter().map(|part| part.sources.clone()).collect()
    };
    if ids(first) != ids(other) || sources(first) != sources(other) {
        return Err(MergeError("they ask for different guarantees, or at different places".to_owned()));
    }
    Ok(())
}

/// A part with all its ranges of seeds.
fn part(documents: &[Document], index: usize) -> Result<Part, MergeError> {
    let all = || documents.iter().map(|document| &document.parts[index]);
    let mut ranges: Vec<Seeds> = all()
        .flat_map(|part| if part.ranges.is_empty() { vec![part.seeds] } else { part.ranges.clone() })
        .collect();
    ranges.sort_unstable();
    let mut joined: Vec<Seeds> = Vec::new();
    for range in ranges {
        let end = joined.last().map(|last| last.first.saturating_add(last.count));
        match (joined.last_mut(), end) {
            (Some(_), Some(end)) if range.first < end => {
                let message =
                    format!("seed {} of {} is in two of them", range.first, all_sources(documents, index));
                return Err(MergeError(message));
            }
            (Some(last), Some(end)) if range.first == end => last.count += range.count,
            (_, _) => joined.push(range),
        }
    }
    let first = &documents[0].parts[index];
    let same_stop = all().all(|part| part.stopped == first.stopped);
    Ok(Part {
        sources: first.sources.clone(),
        seeds: Seeds {
            first: joined.first().map_or(0, |range| range.first),
            count: joined.iter().map(|range| range.count).sum(),
        },
        ranges: if joined.len() > 1 { joined } else { Vec::new() },
        stopped: if same_stop { first.stopped.clone() } else { "merged".to_owned() },
        records: all().map(|part| part.records).sum(),
        undecided: all().map(|part| part.undecided).sum(),
        enumeration: first.enumeration.clone(),
    })
}

fn all_sources(documents: &[Document], index: usize) -> String {
    documents[0].parts[index].sources.join(", ")
}

/// A verdict over all seeds: violated where some run violated it, held where some run put it to the test.
fn verdict(documents: &[Document], index: usize) -> Guarantee {
    let all: Vec<&Guarantee> = documents.iter().map(|document| &document.guarantees[index]).collect();
    let rank = |one: &Guarantee| match one.verdict.as_str() {
        "violated" => 0,
        "held" => 1,
        "not-exercised" => 2,
        _ => 3,
    };
    // The one to tell: the fewest faults, then the fewest events, then the lowest seed.
    let told = |one: &Guarantee| {
        let story = one.counterexample.as_ref();
        let size = story.map(|story| (story.families.len(), story.events, story.seed));
        (rank(one), size.is_none(), size)
    };
    let best = all.iter().copied().min_by_key(|one| told(one)).unwrap_or(all[0]);
    let mut survived: BTreeMap<&str, u64> = BTreeMap::new();
    for one in all.iter().flat_map(|one| &one.survived) {
        *survived.entry(&one.family).or_default() += one.seeds;
    }
    let mut beyond: Vec<String> = all.iter().flat_map(|one| one.beyond_platform.clone()).collect();
    beyond.sort();
    beyond.dedup();
    let excused = all.iter().filter(|one| one.is_violated()).all(|one| one.excused.is_some());
    Guarantee {
        bound: edge(documents, index).filter(|_| best.verdict == "held"),
        survived: survived
            .into_iter()
            .map(|(family, seeds)| Survived { family: family.to_owned(), seeds })
            .collect(),
        broken_by: minimal(all.iter().flat_map(|one| one.broken_by.clone()).collect()),
        beyond_platform: beyond,
        excused: best.excused.clone().filter(|_| excused),
        ..best.clone()
    }
}

/// How near its edge a guarantee came in the report in which it came nearest. Sums of several are not in any of them, so
/// what a guarantee says of sums is kept only where it is the same in all.
fn edge(documents: &[Document], index: usize) -> Option<String> {
    let told = documents.iter().filter_map(|document| {
        let one = &document.guarantees[index];
        let numbers = document.quantities.iter().find(|numbers| numbers.queue == one.at.source);
        Some((one, one.bound.as_ref()?, numbers))
    });
    let told: Vec<(&Guarantee, &String, Option<&Numbers>)> = told.collect();
    let (one, first, _) = told.first()?;
    if told.iter().all(|(_, bound, _)| bound == first) {
        return Some((*first).clone());
    }
    let nearness = |numbers: &Numbers| match one.name.as_str() {
        "no-loss" | "dead-letter-delivery" => numbers.least_margin.map(|margin| u64::MAX - margin),
        "bounded-attempts" => Some(u64::from(numbers.worst_attempts)),
        "bounded-delay" => Some(numbers.longest_to_process),
        "drains" => Some(numbers.longest_drain),
        _ => None,
    };
    let near = told.iter().filter_map(|(_, bound, numbers)| Some((nearness((*numbers)?)?, *bound)));
    near.max_by_key(|(nearness, _)| *nearness).map(|(_, bound)| bound.clone())
}

/// The sets that contain no other, smallest first.
fn minimal(mut sets: Vec<Vec<String>>) -> Vec<Vec<String>> {
    sets.sort_by_key(|set| (set.len(), set.clone()));
    let mut kept: Vec<Vec<String>> = Vec::new();
    for set in sets {
        if !kept.iter().any(|known| known.iter().all(|family| set.contains(family))) {
            kept.push(set);
        }
    }
    kept
}

/// What makes violated verdicts one finding, as in a single search: the families and the rule of their stories.
fn findings(documents: &[Document], guarantees: &[Guarantee]) -> Vec<Finding> {
    type Root<'a> = Option<(&'a [String], &'a str)>;
    let mut groups: Vec<(Root<'_>, Vec<usize>)> = Vec::new();
    for (index, verdict) in guarantees.iter().enumerate().filter(|(_, one)| one.is_violated()) {
        let root =
            verdict.counterexample.as_ref().map(|story| (story.families.as_slice(), story.rule.as_str()));
        match groups.iter_mut().find(|(other, _)| *other == root) {
            Some((_, members)) => members.push(index),
            None => groups.push((root, vec![index])),
        }
    }
    let mut findings: Vec<Finding> = groups
        .into_iter()
        .filter_map(|(root, mut members)| {
            let catalogue = |index: &usize| {
                let one = &guarantees[*index];
                let order = guarantees.iter().position(|other| other.name == one.name);
                (order, one.at.source.clone())
            };
            let named = *members.iter().min_by_key(|index| catalogue(index))?;
            members.sort_by_key(|index| {
                (guarantees[*index].broken_by.first().map_or(0, Vec::len), catalogue(index))
            });
            finding(documents, guarantees, &members, root.map(|_| named))
        })
        .collect();
    let rank = |harm: &str| HARMS.iter().position(|known| *known == harm);
    findings.sort_by_key(|one| {
        let faults = guarantees[one.guarantees[0]].broken_by.first().map_or(0, Vec::len);
        (one.severity != "error", faults, rank(&one.harm), one.id.clone())
    });
    findings
}

/// How bad, worst first.
const HARMS: [&str; 6] = ["lost", "stuck", "collateral", "reordered", "repeated", "unmet"];

/// One finding in the words of the report that tells its first verdict as the merged one does.
fn finding(
    documents: &[Document],
    guarantees: &[Guarantee],
    members: &[usize],
    named: Option<usize>,
) -> Option<Finding> {
    let first = *members.first()?;
    let capsule = |one: &Guarantee| one.counterexample.as_ref().map(|story| story.capsule.clone());
    let wanted = capsule(&guarantees[first]);
    let teller = documents.iter().find(|one| capsule(&one.guarantees[first]) == wanted)?;
    let told = teller.finding_of(first)?;
    let counting: Vec<&Guarantee> = members.iter().map(|index| &guarantees[*index]).collect();
    let gates = counting.iter().any(|one| one.gates);
    let open = counting.iter().any(|one| one.gates == gates && one.excused.is_none());
    let excused = counting.iter().find(|one| one.gates == gates).and_then(|one| one.excused.clone());
    let excused = excused.filter(|_| !open);
    let severity = match (&excused, gates) {
        (Some(excuse), _) => Excuse::severity(excuse),
        (None, true) => "error",
        (None, false) => "advice",
    };
    Some(Finding {
        id: named.map_or_else(|| told.id.clone(), |index| guarantees[index].id.clone()),
        severity: severity.to_owned(),
        guarantees: members.to_vec(),
        excused,
        ..told.clone()
    })
}

/// The numbers of a queue: totals added, extremes kept.
fn numbers(documents: &[Document], first: &Numbers) -> Numbers {
    let same = documents.iter().flat_map(|one| &one.quantities).filter(|one| one.queue == first.queue);
    let all: Vec<&Numbers> = same.collect();
    let most = |of: fn(&Numbers) -> u64| all.iter().map(|one| of(one)).max().unwrap_or(0);
    let sum = |of: fn(&Numbers) -> u64| all.iter().map(|one| of(one)).sum();
    Numbers {
        queue: first.queue.clone(),
        sent: sum(|one| one.sent),
        dead_lettered: sum(|one| one.dead_lettered),
        invocations: sum(|one| one.invocations),
        worst_attempts: all.iter().map(|one| one.worst_attempts).max().unwrap_or(0),
        longest_to_process: most(|one| one.longest_to_process),
        longest_to_dead_letter: most(|one| one.longest_to_dead_letter),
        least_margin: all.iter().filter_map(|one| one.least_margin).min(),
        longest_drain: most(|one| one.longest_drain),
        longest_iterator_age: all.iter().filter_map(|one| one.longest_iterator_age).max(),
        tolerates: first.tolerates.iter().map(|span| least(&all, span)).collect(),
        idle_polling: first.idle_polling.clone(),
    }
}

/// The shortest of what each report found to be tolerated.
fn least(all: &[&Numbers], first: &Span) -> Span {
    let same = all.iter().flat_map(|one| &one.tolerates).filter(|one| one.family == first.family);
    same.min_by_key(|one| one.at_most).unwrap_or(first).clone()
}

//! Runs of the world beside those of the naive one, compared record by record.

use std::collections::BTreeMap;
use std::fmt::{Debug, Write as _};

use redrive::program::Program;
use redrive::trace::{RecordKind, StoredTrace};
use redrive::world::{Declared, World};

use crate::naive;
use crate::networks::{Weather, chooser};

/// The naive world takes the square of a run's length: longer runs than this are left out.
const MOST_RECORDS: u64 = 20_000;
/// One run of so many may be left out.
const LEFT_OUT: u64 = 5;
/// How many records before the first difference are shown.
const BEFORE: usize = 12;

/// Runs every system with so many seeds of its own in both worlds; returns how often each kind of record was compared.
pub(crate) fn agree<S: Debug>(
    systems: std::ops::Range<u64>,
    seeds: u64,
    weather: Weather,
    mut draw: impl FnMut(u64) -> (S, Vec<Program>),
) -> BTreeMap<RecordKind, usize> {
    let mut world = World::new();
    let (mut runs, mut left_out) = (0, 0);
    let mut kinds: BTreeMap<RecordKind, usize> = BTreeMap::new();
    for number in systems {
        let (system, programs) = draw(number);
        for program in &programs {
            for seed in number * seeds..(number + 1) * seeds {
                runs += 1;
                match compare(&mut world, program, (number, &system), seed, weather) {
                    None => left_out += 1,
                    Some(entries) => {
                        for entry in &entries {
                            *kinds.entry(entry.kind).or_default() += 1;
                        }
                    }
                }
            }
        }
    }
    assert!(left_out * LEFT_OUT <= runs, "{left_out} of {runs} runs are too long");
    println!("{runs} runs are equal but for {left_out} that are too long, with records {kinds:#?}");
    kinds
}

fn compare<S: Debug>(
    world: &mut World,
    program: &Program,
    (number, system): (u64, &S),
    seed: u64,
    weather: Weather,
) -> Option<Vec<naive::Entry>> {
    let mut trace = StoredTrace::default();
    let summary = world.run(program, &mut chooser(program, seed, weather), &mut trace, &mut Declared);
    if summary.records > MOST_RECORDS {
        return None;
    }
    let ours = naive::run(program, &mut chooser(program, seed, weather));
    let theirs = naive::of_world(world, &trace);
    if ours == theirs {
        let last = ours.last().expect("a run ends with a record");
        let items: usize = ours.iter().map(|entry| entry.items.len().max(1)).sum();
        let (records, undecided) = (ours.len() as u64, u32::try_from(last.value).expect("a count"));
        let counted = (summary.records, summary.items, summary.undecided, summary.end);
        assert_eq!(counted, (records, items as u64, undecided, last.at), "system {number}, seed {seed}");
        return Some(ours);
    }
    let same = ours.iter().zip(&theirs).take_while(|(ours, theirs)| ours == theirs).count();
    let mut story = format!("system {number}, seed {seed}, {weather:?}\n{system:#?}\n");
    for entry in &ours[same.saturating_sub(BEFORE)..same] {
        writeln!(story, "both   {}", entry.display(program)).expect("text takes it");
    }
    let show = |entry: Option<&naive::Entry>| {
        entry.map_or("nothing more".to_owned(), |entry| entry.display(program).to_string())
    };
    let (ours, theirs) = (show(ours.get(same)), show(theirs.get(same)));
    panic!("the worlds differ at record {same}:\n{story}naive  {ours}\nworld  {theirs}");
}

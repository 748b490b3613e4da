//! The world against the naive one where mappings read streams, record by record.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use redrive::program::Program;
use redrive::trace::{RecordKind, StoredTrace};
use redrive::world::{Declared, World};

use crate::naive;
use crate::networks::{Draw, Weather, chooser};
use crate::read_networks::Read;

/// How many records before the first difference are shown.
const BEFORE: usize = 12;

#[test]
fn both_worlds_agree_on_streams_in_swarm_weather() {
    check(0..200, 2, Weather::Swarm);
}

#[test]
fn both_worlds_agree_on_streams_with_every_fault_at_once() {
    check(10_000..10_040, 2, Weather::Everything);
}

/// Runs every system with so many seeds of its own in both worlds; every kind of record that streams can cause occurs.
fn check(systems: std::ops::Range<u64>, seeds: u64, weather: Weather) {
    let mut world = World::new();
    let mut runs = 0;
    let mut kinds: BTreeMap<RecordKind, usize> = BTreeMap::new();
    for system in systems {
        let read = Draw::new(system).read_network();
        for program in read.programs() {
            for seed in system * seeds..(system + 1) * seeds {
                for entry in compare(&mut world, &program, (system, &read), seed, weather) {
                    *kinds.entry(entry.kind).or_default() += 1;
                }
                runs += 1;
            }
        }
    }
    println!("{runs} runs are equal, with records {kinds:#?}");
    for kind in KINDS {
        assert!(kinds.contains_key(&kind), "{kind:?} occurs: {kinds:#?}");
    }
}

/// What streams cause.
const KINDS: [RecordKind; 8] = [
    RecordKind::RecordWritten,
    RecordKind::RecordsRead,
    RecordKind::BatchHeldBack,
    RecordKind::BatchRetried,
    RecordKind::BatchSplit,
    RecordKind::CheckpointMoved,
    RecordKind::RecordsDiscarded,
    RecordKind::StreamResharded,
];

fn compare(
    world: &mut World,
    program: &Program,
    (number, read): (u64, &Read),
    seed: u64,
    weather: Weather,
) -> Vec<naive::Entry> {
    let ours = naive::run(program, &mut chooser(program, seed, weather));
    let mut trace = StoredTrace::default();
    let summary = world.run(program, &mut chooser(program, seed, weather), &mut trace, &mut Declared);
    let theirs = naive::of_world(world, &trace);
    if ours == theirs {
        let last = ours.last().expect("a run ends with a record");
        let items: usize = ours.iter().map(|entry| entry.items.len().max(1)).sum();
        let (records, undecided) = (ours.len() as u64, u32::try_from(last.value).expect("a count"));
        let counted = (summary.records, summary.items, summary.undecided, summary.end);
        assert_eq!(counted, (records, items as u64, undecided, last.at), "system {number}, seed {seed}");
        return ours;
    }
    let same = ours.iter().zip(&theirs).take_while(|(ours, theirs)| ours == theirs).count();
    let mut story = format!("system {number}, seed {seed}, {weather:?}\n{read:#?}\n");
    for entry in &ours[same.saturating_sub(BEFORE)..same] {
        writeln!(story, "both   {}", entry.display(program)).expect("text takes it");
    }
    let show = |entry: Option<&naive::Entry>| {
        entry.map_or("nothing more".to_owned(), |entry| entry.display(program).to_string())
    };
    let (ours, theirs) = (show(ours.get(same)), show(theirs.get(same)));
    panic!("the worlds differ at record {same}:\n{story}naive  {ours}\nworld  {theirs}");
}

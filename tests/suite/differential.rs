//! The world against the naive one, record by record, on random systems.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use redrive::program::Program;
use redrive::trace::{RecordKind, StoredTrace};
use redrive::world::{Declared, World};

use crate::naive;
use crate::networks::{Draw, Network, Weather, chooser};

/// How many records before the first difference are shown.
const BEFORE: usize = 5;

#[test]
fn both_worlds_agree_on_random_systems_in_swarm_weather() {
    check(0..3_000, 3, Weather::Swarm);
}

#[test]
fn both_worlds_agree_on_random_systems_with_every_fault_at_once() {
    check(10_000..10_800, 3, Weather::Everything);
}

/// Runs every system with so many seeds of its own in both worlds; every kind of record that declared handlers can cause occurs.
fn check(systems: std::ops::Range<u64>, seeds: u64, weather: Weather) {
    let mut world = World::new();
    let mut runs = 0;
    let mut kinds: BTreeMap<RecordKind, usize> = BTreeMap::new();
    for system in systems {
        let mut draw = Draw::new(system);
        let network = if system.is_multiple_of(2) { draw.network() } else { draw.mixed_network() };
        for program in network.programs() {
            for seed in system * seeds..(system + 1) * seeds {
                for entry in compare(&mut world, &program, (system, &network), seed, weather) {
                    *kinds.entry(entry.kind).or_default() += 1;
                }
                runs += 1;
            }
        }
    }
    println!("{runs} runs are equal, with records {kinds:#?}");
    assert_eq!(kinds.len(), KINDS, "kinds of records that were compared: {kinds:#?}");
}

/// All but `AnswerMalformed`, which takes a real handler.
const KINDS: usize = RecordKind::MessagesFiltered as usize + CHANGES;
/// Kinds of records that only the changes of a scenario cause.
const CHANGES: usize = 4;

fn compare(
    world: &mut World,
    program: &Program,
    (number, network): (u64, &Network),
    seed: u64,
    weather: Weather,
) -> Vec<naive::Entry> {
    let ours = naive::run(program, &mut chooser(program, seed, weather));
    let mut trace = StoredTrace::default();
    world.run(program, &mut chooser(program, seed, weather), &mut trace, &mut Declared);
    let theirs = naive::of_world(world, &trace);
    if ours == theirs {
        return ours;
    }
    let same = ours.iter().zip(&theirs).take_while(|(ours, theirs)| ours == theirs).count();
    let mut story = format!("system {number}, seed {seed}, {weather:?}\n{network:#?}\n");
    for entry in &ours[same.saturating_sub(BEFORE)..same] {
        writeln!(story, "both   {}", entry.display(program)).expect("text takes it");
    }
    let show = |entry: Option<&naive::Entry>| {
        entry.map_or("nothing more".to_owned(), |entry| entry.display(program).to_string())
    };
    let (ours, theirs) = (show(ours.get(same)), show(theirs.get(same)));
    panic!("the worlds differ at record {same}:\n{story}naive  {ours}\nworld  {theirs}");
}

//! Equal seeds are equal runs: in every process and build, whatever else is deployed, watched or left out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::process::Command;

use redrive::explore::Runner;
use redrive::guarantee::{GuaranteeName, GuaranteeSet};
use redrive::kernel::{
    Background, Choice, ChoicePoint, Choices, Chooser, Domain, Families, Family, Menu, Recorder, Replay,
    Seeded,
};
use redrive::program::Program;
use redrive::trace::{Digest, DigestChain, NoObserver, Record, RecordKind, StoredTrace};
use redrive::vocabulary::{NameHash, Ratio};
use redrive::world::{Declared, World, event_name};

use crate::networks::{DeadLetters, Draw, FunctionSpec, MappingSpec, Network, QueueSpec, Weather, chooser};

// ---- processes and builds ----

/// The programs of a random system with a number.
type Programs = fn(u64) -> Vec<Program>;

/// How many random systems of each kind have pinned digests.
const SYSTEMS: u64 = 20;

/// One line for each run of some random systems: of queues, of what is pushed, of streams.
fn digests() -> String {
    let kinds: [(&str, Programs); 3] = [
        ("queues", |number| Draw::new(number).network().programs()),
        ("pushes", |number| Draw::new(number).pushed_network().programs()),
        ("streams", |number| Draw::new(number).read_network().programs()),
    ];
    let mut world = World::new();
    let mut lines = String::new();
    for (kind, programs) in kinds {
        for number in 0..SYSTEMS {
            let weather = if number % 2 == 0 { Weather::Swarm } else { Weather::Everything };
            for program in programs(number) {
                let mut chooser = chooser(&program, number, weather);
                let summary = world.run(&program, &mut chooser, &mut NoObserver, &mut Declared);
                let (digest, records, end) = (summary.digest, summary.records, summary.end);
                writeln!(lines, "{kind} {number:2} seed {number:2} {digest} {records:6} records until {end}")
                    .expect("text takes what is written");
            }
        }
    }
    lines
}

#[test]
fn digests_are_the_same_in_every_build_and_on_every_platform() {
    insta::with_settings!({ snapshot_path => "../../snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("digests", digests());
    });
}

/// Set in a process that only prints its digests.
const TWIN: &str = "REDRIVE_TWIN";

#[test]
fn digests_are_the_same_in_another_process() {
    if std::env::var_os(TWIN).is_some() {
        println!("{}", digests());
        return;
    }
    let binary = std::env::current_exe().expect("the test binary has a path");
    let name = "runs::digests_are_the_same_in_another_process";
    let twin = Command::new(binary).args(["--exact", name, "--nocapture"]).env(TWIN, "1").output();
    let printed = String::from_utf8(twin.expect("the twin runs").stdout).expect("the twin prints text");
    let ours = digests();
    let theirs: Vec<&str> = printed.lines().filter(|line| line.contains(" records until ")).collect();
    assert_eq!(theirs, ours.lines().collect::<Vec<_>>());
}

#[test]
fn a_world_that_has_run_before_runs_as_a_new_one() {
    let mut used = World::new();
    for number in 0..200 {
        for program in Draw::new(number).network().programs() {
            let run = |world: &mut World| {
                world.run(
                    &program,
                    &mut chooser(&program, number, Weather::Everything),
                    &mut NoObserver,
                    &mut Declared,
                )
            };
            assert_eq!(run(&mut used), run(&mut World::new()), "system {number}");
        }
    }
}

// ---- neighbours ----

/// What a run's digest takes of one record, its entity and rule by name.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    record: (u64, RecordKind, u64, u64),
    entity: String,
    rule: u32,
    receives: Vec<u32>,
}

/// The records of a run about some entities.
fn lines(program: &Program, chooser: &mut impl Chooser, about: &[&str]) -> Vec<Line> {
    let mut trace = StoredTrace::default();
    World::new().run(program, chooser, &mut trace, &mut Declared);
    let line = |record: &Record, receives| Line {
        record: (record.at.as_micros(), record.kind, record.value, record.events),
        entity: program.name(record.entity).to_string(),
        rule: record.rule.0.into(),
        receives,
    };
    trace
        .iter()
        .map(|(record, covered)| line(record, covered.iter().map(|item| item.receives).collect()))
        .filter(|line| about.contains(&line.entity.as_str()))
        .collect()
}

/// A system whose function keeps its places to itself.
fn apart(name: &str) -> Network {
    let mut network = Network::plain(name);
    network.mappings[0].batch_size = 3;
    network
}

#[test]
fn a_neighbour_in_another_part_changes_nothing() {
    let alone = apart("Orders").program();
    let programs = apart("Orders").and(apart("Bills")).programs();
    assert_eq!(programs.len(), 2, "two parts");
    let mut world = World::new();
    for seed in 0..400 {
        let mut digest = |program: &Program| {
            let mut chooser = chooser(program, seed, Weather::Swarm);
            world.run(program, &mut chooser, &mut NoObserver, &mut Declared).digest
        };
        assert_eq!(digest(&alone), digest(&programs[0]), "seed {seed}");
    }
}

/// Dead letters of one or two sources go to the same queue, which a function polls.
fn with_shared_dead_letters(sources: &[&str]) -> Network {
    let queue = |name: &str, dead_letters| QueueSpec {
        visibility: 20,
        retention: 1_200,
        ..QueueSpec::plain(name, dead_letters)
    };
    let plain = Network::plain("Orders");
    let function = |name: &str| FunctionSpec { name: format!("Handle{name}"), ..plain.functions[0].clone() };
    let mapping =
        |index| MappingSpec { queue: index, function: index, batch_size: 2, ..plain.mappings[0].clone() };
    let mut queues = vec![queue("Dead", DeadLetters::Nowhere)];
    queues.extend(sources.iter().map(|name| queue(name, DeadLetters::Queue(2, 0))));
    let names = std::iter::once("Dead").chain(sources.iter().copied());
    Network {
        functions: names.map(function).collect(),
        mappings: (0..queues.len()).map(mapping).collect(),
        queues,
        ..plain
    }
}

/// Draws when throttles of the account begin from the whole of their room, and all else as a seed does: what is aimed at
/// the load of all moves with the load of any.
struct Unaimed(Seeded);

impl Chooser for Unaimed {
    fn choose(&mut self, point: &ChoicePoint, menu: Menu) -> u64 {
        let menu = match menu {
            Menu::Moment { latest, .. } if point.family == Family::Throttle => {
                Menu::Moment { from: 0, to: latest, latest }
            }
            other => other,
        };
        self.0.choose(point, menu)
    }

    fn rank(&self, point: &ChoicePoint) -> u64 {
        self.0.rank(point)
    }

    fn active(&self, family: Family) -> bool {
        self.0.active(family)
    }

    fn intensity(&self, family: Family) -> Ratio {
        self.0.intensity(family)
    }
}

const FAULTS: [RecordKind; 3] =
    [RecordKind::SpanBegan, RecordKind::SpanEnded, RecordKind::FunctionRedeployed];

#[test]
fn a_neighbour_in_the_same_part_changes_no_record_of_a_system() {
    let alone = with_shared_dead_letters(&["Orders"]).program();
    let joined = with_shared_dead_letters(&["Orders", "Bills"]).program();
    let about = ["Orders", "HandleOrders", "Orders->HandleOrders"];
    let mut compared = 0;
    for seed in 0..400 {
        for weather in [Weather::Swarm, Weather::Everything] {
            let ours = lines(&alone, &mut Unaimed(chooser(&alone, seed, weather)), &about);
            let theirs = lines(&joined, &mut Unaimed(chooser(&joined, seed, weather)), &about);
            // Either run may go on for longer for the sake of other resources, with faults that begin or end only then.
            let both = ours.len().min(theirs.len());
            let is_fault = |line: &Line| FAULTS.contains(&line.record.1);
            assert_eq!(ours[..both], theirs[..both], "seed {seed}");
            assert!(ours[both..].iter().all(is_fault), "seed {seed}: {:?}", &ours[both..]);
            compared += both;
        }
    }
    assert!(compared > 10_000, "{compared} records were compared");
}

/// One or two sources for the same function.
fn with_shared_function(sources: &[&str]) -> Network {
    let mut network = with_shared_dead_letters(sources);
    network.functions.truncate(1);
    network.mappings.iter_mut().for_each(|mapping| mapping.function = 0);
    network
}

#[test]
fn a_neighbour_of_the_same_function_changes_no_event_of_a_system() {
    let alone = with_shared_function(&["Orders"]).program();
    let joined = with_shared_function(&["Orders", "Bills"]).program();
    let orders = NameHash(event_name(hash_of(&alone, "Orders"), 0)).0;
    let mut seen_first = false;
    for seed in 0..400 {
        let sent = |program: &Program| -> Vec<Line> {
            let lines = lines(program, &mut chooser(program, seed, Weather::Swarm), &["Orders"]);
            lines.into_iter().filter(|line| line.record.1 == RecordKind::MessageSent).collect()
        };
        let (ours, theirs) = (sent(&alone), sent(&joined));
        assert_eq!(ours, theirs, "seed {seed}");
        seen_first |= ours.iter().any(|line| line.record.3 == orders);
    }
    assert!(seen_first, "the first event is sent in some run");
}

#[test]
fn a_neighbour_changes_no_choice_about_the_events_of_a_source() {
    let alone = with_shared_function(&["Orders"]).program();
    let joined = with_shared_function(&["Orders", "Bills"]).program();
    let orders = hash_of(&alone, "Orders");
    let about_events = |program: &Program, seed| -> Vec<(ChoicePoint, u64)> {
        let families = [Family::Load, Family::Burst, Family::Poison];
        let points = asked(program, seed).into_values();
        points.filter(|(point, _)| point.entity == orders && families.contains(&point.family)).collect()
    };
    for seed in 0..100 {
        let choices = about_events(&alone, seed);
        assert!(!choices.is_empty(), "seed {seed} has some load");
        assert_eq!(choices, about_events(&joined, seed), "seed {seed}");
    }
}

/// All choices of a run.
struct Asked {
    seeded: Seeded,
    points: BTreeMap<u64, (ChoicePoint, u64)>,
}

impl Chooser for Asked {
    fn choose(&mut self, point: &ChoicePoint, menu: Menu) -> u64 {
        let value = self.seeded.choose(point, menu);
        self.points.insert(point.identity(), (*point, value));
        value
    }

    fn rank(&self, point: &ChoicePoint) -> u64 {
        self.seeded.rank(point)
    }

    fn active(&self, family: Family) -> bool {
        self.seeded.active(family)
    }

    fn intensity(&self, family: Family) -> Ratio {
        self.seeded.intensity(family)
    }
}

fn asked(program: &Program, seed: u64) -> BTreeMap<u64, (ChoicePoint, u64)> {
    let mut asked = Asked { seeded: chooser(program, seed, Weather::Everything), points: BTreeMap::new() };
    World::new().run(program, &mut asked, &mut NoObserver, &mut Declared);
    asked.points
}

fn hash_of(program: &Program, name: &str) -> NameHash {
    let position =
        program.entities.iter().position(|entity| entity.as_str() == name).expect("it is in the program");
    program.names[position]
}

// ---- leaving an event out ----

#[test]
fn leaving_out_an_event_changes_no_other_events_choices() {
    let program = apart("Orders").program();
    let queue = hash_of(&program, "Orders");
    let mut removed = 0;
    for seed in 0..300 {
        let mut recorder = Recorder::new(chooser(&program, seed, Weather::Swarm));
        let before = sends(&program, &mut recorder);
        let all = recorder.into_choices();
        let is_arrival = |choice: &&Choice| choice.point.family == Family::Load && choice.point.item != 0;
        let Some(victim) = all.iter().rfind(is_arrival).copied() else { continue };
        let fewer: Choices = all.iter().filter(|choice| choice.point != victim.point).copied().collect();
        let mut recorder = Recorder::new(Replay::new(&fewer, Background::Ordinary));
        let after = sends(&program, &mut recorder);
        let others: Vec<_> = before.iter().filter(|(name, _)| *name != victim.point.item).copied().collect();
        assert_eq!(
            after, others,
            "seed {seed}: when the other events are sent, and whether they are poisoned"
        );
        for choice in recorder.into_choices() {
            let name = choice.point.item;
            assert_ne!((name, choice.point.entity), (victim.point.item, queue), "seed {seed}: {choice:?}");
            if is_about_one_event(choice.point.family) {
                assert_eq!(fewer.get(&choice.point), Some(choice.value), "seed {seed}: {choice:?}");
            }
        }
        removed += 1;
    }
    assert!(removed > 200, "{removed} events were left out");
}

/// Whether a family's choices do not depend on what else is in a batch.
fn is_about_one_event(family: Family) -> bool {
    [Family::Load, Family::Poison, Family::TransientError, Family::Duplicate, Family::Reorder]
        .contains(&family)
}

/// The names and times of all sent events.
fn sends(program: &Program, chooser: &mut impl Chooser) -> Vec<(u64, u64)> {
    let sent = |line: &Line| line.record.1 == RecordKind::MessageSent;
    let lines = lines(program, chooser, &["Orders"]);
    lines.iter().filter(|line| sent(line)).map(|line| (line.record.3, line.record.0)).collect()
}

#[test]
fn leaving_out_an_event_moves_no_span() {
    let program = apart("Orders").program();
    let spans = |chooser: &mut dyn FnMut(&mut StoredTrace)| -> BTreeSet<(u64, u64, u32)> {
        let mut trace = StoredTrace::default();
        chooser(&mut trace);
        let began = trace.iter().filter(|(record, _)| record.kind == RecordKind::SpanBegan);
        began.map(|(record, _)| (record.at.as_micros(), record.value, record.subject)).collect()
    };
    let mut compared = 0;
    for seed in 0..300 {
        let mut all = Vec::new();
        let before = spans(&mut |trace| {
            let mut recorder = Recorder::new(chooser(&program, seed, Weather::Everything));
            World::new().run(&program, &mut recorder, trace, &mut Declared);
            all = std::mem::replace(&mut recorder, Recorder::new(chooser(&program, seed, Weather::Swarm)))
                .into_choices();
        });
        let is_arrival = |choice: &Choice| choice.point.family == Family::Load && choice.point.item != 0;
        let Some(victim) = all.iter().rposition(is_arrival) else { continue };
        all.remove(victim);
        let fewer: Choices = all.into_iter().collect();
        let after = spans(&mut |trace| {
            World::new().run(&program, &mut Replay::new(&fewer, Background::Ordinary), trace, &mut Declared);
        });
        // Either run may end before the last spans of the other one.
        let (shorter, longer) = if before.len() < after.len() { (before, after) } else { (after, before) };
        assert!(shorter.is_subset(&longer), "seed {seed}: {shorter:?} in {longer:?}");
        compared += shorter.len();
    }
    assert!(compared > 100, "{compared} spans were compared");
}

// ---- the blind spots of a check of determinism ----

/// A run with its digest, and what that is made of.
fn stored(program: &Program, chooser: &mut impl Chooser) -> (Digest, StoredTrace) {
    let mut trace = StoredTrace::default();
    let summary = World::new().run(program, chooser, &mut trace, &mut Declared);
    (summary.digest, trace)
}

fn chain<'t>(program: &Program, records: impl Iterator<Item = (Record, usize)> + 't) -> Digest {
    let mut chain = DigestChain::new();
    for (record, covered) in records {
        chain.add(&record, program.hash(record.entity), program.rules.hash(record.rule), covered.max(1));
    }
    chain.finish()
}

fn records(trace: &StoredTrace) -> Vec<(Record, usize)> {
    trace.iter().map(|(record, covered)| (*record, covered.len())).collect()
}

#[test]
fn the_digest_is_made_of_what_observers_see() {
    let program = apart("Orders").program();
    for seed in 0..50 {
        let (digest, trace) = stored(&program, &mut chooser(&program, seed, Weather::Swarm));
        assert_eq!(chain(&program, records(&trace).into_iter()), digest);
    }
}

#[test]
fn a_run_that_differs_only_in_a_value_has_another_digest() {
    let program = apart("Orders").program();
    let (digest, trace) = stored(&program, &mut chooser(&program, 1, Weather::Swarm));
    for place in 0..trace.len() {
        let mut records = records(&trace);
        records[place].0.value ^= 1;
        assert_ne!(chain(&program, records.into_iter()), digest, "the value of record {place}");
    }
}

#[test]
fn a_run_that_stops_early_has_another_digest() {
    let program = apart("Orders").program();
    let (digest, trace) = stored(&program, &mut chooser(&program, 1, Weather::Swarm));
    for end in 0..trace.len() {
        assert_ne!(chain(&program, records(&trace).into_iter().take(end)), digest, "only {end} records");
    }
}

/// Draws once more before the choice with this number.
struct OneMore<C> {
    inner: C,
    at: u32,
    made: u32,
    extra: ChoicePoint,
}

impl<C: Chooser> Chooser for OneMore<C> {
    fn choose(&mut self, point: &ChoicePoint, menu: Menu) -> u64 {
        if self.made == self.at {
            self.inner.choose(&self.extra, Menu::OneOf(2));
        }
        self.made += 1;
        self.inner.choose(point, menu)
    }

    fn rank(&self, point: &ChoicePoint) -> u64 {
        self.inner.rank(point)
    }

    fn active(&self, family: Family) -> bool {
        self.inner.active(family)
    }

    fn intensity(&self, family: Family) -> Ratio {
        self.inner.intensity(family)
    }
}

/// Chooses as most simulators do: by what comes next in a stream, whatever the choice is called.
struct Streamed {
    seeded: Seeded,
    drawn: u32,
}

impl Chooser for Streamed {
    fn choose(&mut self, point: &ChoicePoint, menu: Menu) -> u64 {
        self.drawn += 1;
        let next = ChoicePoint { family: point.family, ordinal: self.drawn, ..elsewhere() };
        self.seeded.choose(&next, menu)
    }

    fn rank(&self, point: &ChoicePoint) -> u64 {
        self.seeded.rank(point)
    }

    fn active(&self, family: Family) -> bool {
        self.seeded.active(family)
    }

    fn intensity(&self, family: Family) -> Ratio {
        self.seeded.intensity(family)
    }
}

/// A choice about nothing in the program.
fn elsewhere() -> ChoicePoint {
    ChoicePoint {
        family: Family::Load,
        domain: Domain::of("elsewhere"),
        entity: NameHash::of("nobody"),
        item: 0,
        ordinal: 0,
    }
}

#[test]
fn one_more_draw_changes_nothing_where_choices_have_names() {
    let program = apart("Orders").program();
    for seed in 0..100 {
        let named = || chooser(&program, seed, Weather::Swarm);
        let (digest, _) = stored(&program, &mut named());
        for at in [0, 1, 7] {
            let mut one_more = OneMore { inner: named(), at, made: 0, extra: elsewhere() };
            assert_eq!(stored(&program, &mut one_more).0, digest, "seed {seed}");
        }
    }
}

#[test]
fn one_more_draw_is_noticed_where_choices_come_in_a_stream() {
    let program = apart("Orders").program();
    for seed in 0..100 {
        let streamed = || Streamed { seeded: chooser(&program, seed, Weather::Everything), drawn: 0 };
        let (digest, _) = stored(&program, &mut streamed());
        assert_eq!(stored(&program, &mut streamed()).0, digest, "the stream itself is deterministic");
        let mut one_more = OneMore { inner: streamed(), at: 1, made: 0, extra: elsewhere() };
        assert_ne!(stored(&program, &mut one_more).0, digest, "seed {seed}");
    }
}

#[test]
fn a_choice_that_comes_out_otherwise_is_noticed() {
    let program = apart("Orders").program();
    let mut noticed = 0;
    for seed in 0..200 {
        let mut recorder = Recorder::new(chooser(&program, seed, Weather::Swarm));
        let (digest, _) = stored(&program, &mut recorder);
        let mut choices = recorder.into_choices();
        let is_arrival = |choice: &Choice| choice.point.family == Family::Load && choice.point.item != 0;
        let Some(victim) = choices.iter().position(is_arrival) else { continue };
        choices[victim].value += 1;
        let choices: Choices = choices.into_iter().collect();
        let (other, _) = stored(&program, &mut Replay::new(&choices, Background::Ordinary));
        assert_ne!(other, digest, "seed {seed}: one microsecond of one arrival");
        noticed += 1;
    }
    assert!(noticed > 150, "{noticed} choices were changed");
}

// ---- replays and observers ----

#[test]
fn recorded_choices_replay_to_the_same_run() {
    for number in 0..100 {
        for program in Draw::new(number).network().programs() {
            let mut recorder = Recorder::new(chooser(&program, number, Weather::Everything));
            let (digest, _) = stored(&program, &mut recorder);
            let choices: Choices = recorder.into_choices().into_iter().collect();
            let (replayed, _) = stored(&program, &mut Replay::new(&choices, Background::Ordinary));
            assert_eq!(replayed, digest, "system {number}");
        }
    }
}

#[test]
fn observers_do_not_change_the_digest() {
    let program = apart("Orders").program();
    let single = GuaranteeName::ALL.map(|name| GuaranteeSet::NONE.with(name));
    let sets: Vec<GuaranteeSet> =
        single.into_iter().chain([GuaranteeSet::NONE, GuaranteeSet::EVERY]).collect();
    for seed in 0..100 {
        let mut unwatched = World::new();
        let mut chooser = chooser(&program, seed, Weather::Swarm);
        let summary = unwatched.run(&program, &mut chooser, &mut NoObserver, &mut Declared);
        for set in &sets {
            let mut runner = Runner::new(&program, *set);
            assert_eq!(runner.seed(seed, Families::EVERY), summary, "seed {seed}");
            assert_eq!(runner.trace_seed(seed, Families::EVERY).0, summary, "seed {seed}, stored");
        }
    }
}

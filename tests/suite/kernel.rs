//! The kernel by itself: the queue of pending events, menus, seeds and odds.

use std::collections::BTreeMap;

use proptest::prelude::*;
use redrive::kernel::{
    ChoicePoint, Chooser, Domain, FAMILY_COUNT, Families, Family, Menu, PendingEvents, Seeded, Turn,
};
use redrive::trace::NoObserver;
use redrive::vocabulary::{Instant, NameHash, Ratio};
use redrive::world::{Declared, World};

use crate::networks::Network;

// ---- pending events ----

/// What is done to a queue of pending events.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// So long after now, or before it.
    Schedule(i64, Turn),
    /// At this moment.
    ScheduleAt(u64, Turn),
    Pop,
    Clear,
}

fn turns() -> impl Strategy<Value = Turn> {
    prop_oneof![4 => Just(Turn::First), 1 => Just(Turn::Before), 1 => Just(Turn::Later), 1 => Just(Turn::Last)]
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let near = (-3_i64..8, turns()).prop_map(|(delay, turn)| Act::Schedule(delay, turn));
    let edges = (0_u32..50, -1_i64..2, turns())
        .prop_map(|(bits, by, turn)| Act::Schedule((1_i64 << bits).saturating_add(by), turn));
    let far = (any::<u64>(), turns()).prop_map(|(moment, turn)| Act::ScheduleAt(moment, turn));
    let never = turns().prop_map(|turn| Act::ScheduleAt(u64::MAX, turn));
    let act = prop_oneof![
        12 => near,
        6 => edges,
        1 => far,
        1 => never,
        14 => Just(Act::Pop),
        1 => Just(Act::Clear),
    ];
    prop::collection::vec(act, 0..200)
}

/// Due times that are planned at the beginning, each at or after the one before, but now and then one that is not.
fn ahead() -> impl Strategy<Value = Vec<(u64, Turn)>> {
    let gap = prop_oneof![6 => 0_u64..9, 2 => 0_u64..5_000, 1 => 0_u64..1 << 40];
    let planned = prop::collection::vec((gap, turns(), prop::bool::weighted(0.02)), 0..60);
    planned.prop_map(|planned| {
        let mut last = 0;
        let due = |(gap, turn, back): (u64, Turn, bool)| {
            last = if back { last / 2 } else { last + gap };
            (last, turn)
        };
        planned.into_iter().map(due).collect()
    })
}

/// The latest moment that the queue can tell from others.
const LATEST: u64 = (u64::MAX >> 2) - 1;

/// The same as a plain list.
#[derive(Default)]
struct Listed {
    now: (u64, TurnNumber),
    events: Vec<((u64, TurnNumber), u32)>,
}

/// A turn as a number.
type TurnNumber = u8;

impl Listed {
    fn schedule(&mut self, due: u64, turn: Turn, event: u32) {
        self.events.push(((due.min(LATEST), turn as u8).max(self.now), event));
    }

    fn pop(&mut self) -> Option<(Instant, u32)> {
        let first = self.events.iter().enumerate().min_by_key(|(_, (due, _))| *due)?.0;
        let (due, event) = self.events.remove(first);
        self.now = due;
        Some((Instant::from_micros(due.0), event))
    }
}

proptest! {
    #[test]
    fn pending_events_come_as_from_a_sorted_list(ahead in ahead(), acts in acts()) {
        let (mut pending, mut listed) = (PendingEvents::new(), Listed::default());
        for (event, (due, turn)) in (1_000..).zip(ahead) {
            pending.schedule_turn(Instant::from_micros(due), turn, event);
            listed.schedule(due, turn, event);
        }
        for (event, act) in (0..).zip(acts) {
            match act {
                Act::Schedule(delay, turn) => {
                    let due = listed.now.0.saturating_add_signed(delay);
                    pending.schedule_turn(Instant::from_micros(due), turn, event);
                    listed.schedule(due, turn, event);
                }
                Act::ScheduleAt(due, turn) => {
                    pending.schedule_turn(Instant::from_micros(due), turn, event);
                    listed.schedule(due, turn, event);
                }
                Act::Pop => prop_assert_eq!(pending.pop(), listed.pop()),
                Act::Clear => {
                    pending.clear();
                    listed = Listed::default();
                }
            }
            prop_assert_eq!(pending.len(), listed.events.len());
            prop_assert_eq!(pending.is_empty(), listed.events.is_empty());
        }
        while let Some(next) = listed.pop() {
            prop_assert_eq!(pending.pop(), Some(next));
        }
        prop_assert_eq!(pending.pop(), None);
    }
}

#[test]
fn turns_order_what_is_due_at_the_same_instant() {
    let mut pending = PendingEvents::new();
    let at = Instant::from_micros(7);
    for (event, turn) in
        [("tries", Turn::Last), ("expiry", Turn::Later), ("one", Turn::First), ("two", Turn::First)]
    {
        pending.schedule_turn(at, turn, event);
    }
    assert_eq!(pending.pop(), Some((at, "one")));
    pending.schedule(at, "three");
    let order: Vec<_> = std::iter::from_fn(|| pending.pop()).map(|(_, event)| event).collect();
    assert_eq!(order, ["two", "three", "expiry", "tries"]);
}

#[test]
fn what_is_scheduled_for_a_turn_that_is_over_comes_last_in_the_turn_that_is_on() {
    let mut pending = PendingEvents::new();
    let at = Instant::from_micros(7);
    pending.schedule_turn(at, Turn::Last, "tries");
    pending.schedule_turn(at, Turn::Last, "more tries");
    assert_eq!(pending.pop(), Some((at, "tries")));
    pending.schedule(at, "late");
    let order: Vec<_> = std::iter::from_fn(|| pending.pop()).collect();
    assert_eq!(order, [(at, "more tries"), (at, "late")]);
}

// ---- menus ----

fn ratios() -> impl Strategy<Value = Ratio> {
    (0_u32..50, 1_u32..50).prop_map(|(numerator, more)| {
        Ratio::new(numerator, numerator + more).expect("a share of at most one")
    })
}

fn menus() -> impl Strategy<Value = Menu> {
    prop_oneof![
        ratios().prop_map(Menu::Hit),
        (1_u32..1_000).prop_map(Menu::OneOf),
        (0_u64..1 << 40, 0_u64..1 << 40, 0_u64..1 << 40).prop_map(|(low, first, second)| Menu::Range {
            ordinary: low + first,
            low,
            high: low + first + second,
        }),
        (0_u64..1 << 50).prop_map(|within| Menu::Arrival { within }),
        (1_u64..1 << 50).prop_map(Menu::Stated),
        (ratios(), 1_u64..1 << 50).prop_map(|(odds, longest)| Menu::Span { odds, longest }),
    ]
}

fn draws() -> impl Strategy<Value = u64> {
    prop_oneof![any::<u64>(), Just(0), Just(u64::MAX), Just(u64::MAX >> 1), Just(1 << 63)]
}

/// The smallest and the largest value of a menu.
fn bounds(menu: Menu) -> (u64, u64) {
    match menu {
        Menu::Hit(_) => (0, 1),
        Menu::OneOf(count) => (0, u64::from(count) - 1),
        Menu::Range { low, high, .. } => (low, high),
        Menu::Moment { latest, .. } => (0, latest),
        Menu::Arrival { within } => (0, within + 1),
        Menu::Stated(value) => (0, value),
        Menu::Span { longest, .. } => (0, longest),
    }
}

proptest! {
    #[test]
    fn menus_select_what_they_offer(menu in menus(), draw in draws()) {
        let (low, high) = bounds(menu);
        prop_assert!((low..=high).contains(&menu.select(draw)));
        prop_assert!((low..=high).contains(&menu.ordinary()));
    }

    #[test]
    fn a_replay_takes_what_a_menu_selected_as_it_is(menu in menus(), draw in draws()) {
        let value = menu.select(draw);
        prop_assert_eq!(menu.clamp(value), value);
        prop_assert_eq!(menu.clamp(menu.ordinary()), menu.ordinary());
    }

    #[test]
    fn what_a_menu_does_not_offer_becomes_the_nearest_that_it_does(menu in menus(), value in any::<u64>()) {
        let (low, high) = bounds(menu);
        let is_load = matches!(menu, Menu::Arrival { .. });
        prop_assert_eq!(menu.clamp(value), if is_load { value } else { value.clamp(low, high) });
    }
}

#[test]
fn an_arrival_that_is_drawn_always_happens() {
    let menu = Menu::Arrival { within: 1_000 };
    assert!(samples(menu).all(|value| value > 0));
}

#[test]
fn arrivals_crowd_at_the_quarters_half_of_the_time() {
    let quarters = [1, 251, 501, 751];
    let crowded = samples(Menu::Arrival { within: 1_000 }).filter(|value| quarters.contains(value)).count();
    assert_share("arrivals at quarters", crowded as u64, SAMPLES, (1, 2));
}

#[test]
fn a_quarter_of_all_ranges_is_an_extreme() {
    let menu = Menu::Range { ordinary: 5_000_000, low: 10, high: 1 << 40 };
    for extreme in [10, 1 << 40] {
        let count = samples(menu).filter(|value| *value == extreme).count();
        assert_share("one extreme", count as u64, SAMPLES, (1, 8));
    }
}

#[test]
fn spans_are_as_often_short_as_long() {
    let menu = Menu::Span { odds: Ratio::ONE, longest: 1 << 20 };
    for halvings in 0..3 {
        let (top, half) = ((1_u64 << 20) >> halvings, (1_u64 << 19) >> halvings);
        let count = samples(menu).filter(|value| (half..top).contains(value)).count();
        assert_share("spans of one size", count as u64, SAMPLES, (1, 4));
    }
}

const SAMPLES: u64 = 20_000;

fn samples(menu: Menu) -> impl Iterator<Item = u64> {
    let mut seeded = Seeded::new(9, Families::EVERY, [Ratio::ONE; FAMILY_COUNT]);
    (0..SAMPLES as u32).map(move |ordinal| seeded.choose(&point(Family::Slow, ordinal), menu))
}

fn point(family: Family, ordinal: u32) -> ChoicePoint {
    ChoicePoint { family, domain: Domain::of("sample"), entity: NameHash::of("Orders"), item: 3, ordinal }
}

/// `hits` of `asked` are as many as a share says, within five standard deviations.
fn assert_share(what: &str, hits: u64, asked: u64, (numerator, denominator): (u64, u64)) {
    let off = (hits * denominator).abs_diff(asked * numerator);
    let variance = asked * numerator * (denominator - numerator);
    assert!(off * off <= 25 * variance, "{what}: {hits} of {asked} are not {numerator}/{denominator}");
}

// ---- seeds ----

#[test]
fn seeded_choices_never_change() {
    let menus = [
        Menu::Hit(Ratio::new(1, 3).expect("a third")),
        Menu::OneOf(1_000_000),
        Menu::Range { ordinary: 10, low: 1, high: 1_000_000 },
        Menu::Arrival { within: 7_200_000_000 },
        Menu::Span { odds: Ratio::ONE, longest: 7_200_000_000 },
    ];
    let chosen: Vec<[u64; 5]> = [0, 1, u64::MAX]
        .into_iter()
        .map(|seed| {
            let mut seeded = Seeded::new(seed, Families::EVERY, [Ratio::ONE; FAMILY_COUNT]);
            menus.map(|menu| seeded.choose(&point(Family::Load, 1), menu))
        })
        .collect();
    assert_eq!(chosen, GOLDEN);
}

const GOLDEN: [[u64; 5]; 3] = [
    [1, 15_285, 1, 220_116_918, 3_472_201_217],
    [0, 706_478, 651_825, 1_800_000_001, 1_144_421_104],
    [0, 625_576, 4_612, 1_800_000_001, 4_319_711_777],
];

#[test]
fn a_family_that_is_off_chooses_the_ordinary() {
    let menu = Menu::Range { ordinary: 10, low: 1, high: 1_000 };
    let mut seeded = Seeded::new(5, Families::EVERY.without(Family::Slow), [Ratio::ONE; FAMILY_COUNT]);
    assert!((0..100).all(|ordinal| seeded.choose(&point(Family::Slow, ordinal), menu) == 10));
    assert!((0..100).any(|ordinal| seeded.choose(&point(Family::Crash, ordinal), menu) != 10));
}

// ---- odds ----

/// Counts, for each family, the choice points that were asked with the odds of the run, and their hits.
struct Counting {
    seeded: Seeded,
    odds: Ratio,
    asked: BTreeMap<(Family, u64), bool>,
}

impl Chooser for Counting {
    fn choose(&mut self, point: &ChoicePoint, menu: Menu) -> u64 {
        let value = self.seeded.choose(point, menu);
        if let Menu::Hit(odds) | Menu::Span { odds, .. } = menu
            && odds == self.odds
        {
            self.asked.insert((point.family, point.identity()), value > 0);
        }
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

#[test]
fn each_family_of_faults_hits_as_often_as_its_odds_say() {
    let mut network = Network::plain("Orders");
    network.functions[0].reserved = None;
    let program = network.program();
    let mut world = World::new();
    for (numerator, denominator) in [(1, 11), (3, 7)] {
        let odds = Ratio::new(numerator, denominator).expect("a share");
        let mut totals: BTreeMap<Family, (u64, u64)> = BTreeMap::new();
        for family in Family::faults() {
            let families = Families::NONE.with(Family::Load).with(family);
            for seed in 0..400 {
                let seeded = Seeded::new(seed, families, [odds; FAMILY_COUNT]);
                let mut counting = Counting { seeded, odds, asked: BTreeMap::new() };
                world.run(&program, &mut counting, &mut NoObserver, &mut Declared);
                let hits =
                    counting.asked.iter().filter(|((of, _), hit)| *of == family && **hit).count() as u64;
                let asked = counting.asked.keys().filter(|(of, _)| *of == family).count() as u64;
                let total = totals.entry(family).or_default();
                *total = (total.0 + hits, total.1 + asked);
            }
        }
        for (family, (hits, asked)) in totals {
            if family == Family::DestinationUnavailable {
                assert_eq!(
                    asked, 0,
                    "nothing leaves by a dead-letter queue or destination of a function here"
                );
                continue;
            }
            if family == Family::Reshard {
                assert_eq!(asked, 0, "there is no stream here");
                continue;
            }
            if family == Family::Unspecified {
                assert_eq!(asked, 0, "what is unspecified is drawn without odds");
                continue;
            }
            assert!(asked >= 400, "{family} was asked {asked} times");
            assert_share(family.word(), hits, asked, (u64::from(numerator), u64::from(denominator)));
        }
    }
}

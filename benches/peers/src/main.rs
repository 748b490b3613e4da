//! The same workload through redrive's pending-event queue, the standard heap and `NeXosim`, one after the other.
//!
//! Each of N entities sleeps for a while that it draws itself, wakes, counts, and sleeps again. All three see the same
//! draws, so they wake equally often up to the same virtual deadline; that is checked. What differs in kind: `NeXosim`
//! runs each wake as a message to a model on an asynchronous executor, we pop an integer.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration as RealDuration;
use std::time::Instant as RealInstant;

use nexosim::model::{Context, Model, schedulable};
use nexosim::simulation::{Mailbox, SimInit};
use nexosim::time::MonotonicTime;
use redrive::kernel::PendingEvents;
use redrive::vocabulary::{Duration, Instant};
use serde::{Deserialize, Serialize};

/// Wakes that each engine is given, about.
const WAKES: u64 = 2_000_000;
/// Passes over all engines; the fastest pass of each counts.
const PASSES: usize = 3;

/// Sets up so many entities, runs them to a deadline, and tells the wakes and how long only the running took.
type Engine = fn(u64, u64) -> (u64, RealDuration);

fn main() {
    println!("entities  engine                       wakes  M wakes/s  nexosim = 1");
    for entities in [100, 10_000] {
        let deadline = WAKES / entities * MEAN;
        let engines: [(&str, Engine); 3] =
            [("redrive PendingEvents", wheel), ("std BinaryHeap", heap), ("nexosim, one thread", nexosim)];
        let mut best = [(0, RealDuration::MAX); 3];
        for _ in 0..PASSES {
            for (place, (_, engine)) in best.iter_mut().zip(engines) {
                let (wakes, time) = engine(entities, deadline);
                *place = (wakes, place.1.min(time));
            }
        }
        assert!(best.iter().all(|(wakes, _)| *wakes == best[0].0), "all engines do the same work");
        let peer = best[2].1.as_secs_f64();
        for ((name, _), (wakes, time)) in engines.iter().zip(best) {
            let time = time.as_secs_f64();
            let rate = wakes as f64 / time / 1e6;
            println!("{entities:>8}  {name:<24} {wakes:>9}  {rate:>9.2}  {:>11.1}", peer / time);
        }
    }
}

/// The longest and the mean sleep, in microseconds.
const LONGEST: u64 = 1 << 20;
const MEAN: u64 = LONGEST / 2;

/// The next sleep of an entity, in microseconds.
fn sleep(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    1 + *state % LONGEST
}

/// The first state of an entity's draws; never 0.
fn seed(entity: u64) -> u64 {
    (entity + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// Runs something and tells how long it took.
///
/// Where the kernel tells it (Linux), that is this thread's time on a processor: other programs do not count.
fn timed<T>(run: impl FnOnce() -> T) -> (T, RealDuration) {
    let (start, on_processor) = (RealInstant::now(), time_on_processor());
    let result = run();
    let real = start.elapsed();
    let on_processor = on_processor.zip(time_on_processor()).map(|(before, after)| after - before);
    (result, on_processor.unwrap_or(real))
}

fn time_on_processor() -> Option<RealDuration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split(' ').next()?.parse().ok().map(RealDuration::from_nanos)
}

fn wheel(entities: u64, deadline: u64) -> (u64, RealDuration) {
    let mut states: Vec<u64> = (0..entities).map(seed).collect();
    let mut pending = PendingEvents::new();
    for (entity, state) in states.iter_mut().enumerate() {
        pending.schedule(Instant::from_micros(sleep(state)), entity as u32);
    }
    timed(|| {
        let mut wakes = 0;
        while let Some((now, entity)) = pending.pop() {
            if now.as_micros() > deadline {
                break;
            }
            wakes += 1;
            pending.schedule(now + Duration::from_micros(sleep(&mut states[entity as usize])), entity);
        }
        wakes
    })
}

fn heap(entities: u64, deadline: u64) -> (u64, RealDuration) {
    let mut states: Vec<u64> = (0..entities).map(seed).collect();
    let mut sequence = entities;
    let mut pending: BinaryHeap<Reverse<(u64, u64, u32)>> = BinaryHeap::new();
    for (entity, state) in states.iter_mut().enumerate() {
        pending.push(Reverse((sleep(state), entity as u64, entity as u32)));
    }
    timed(|| {
        let mut wakes = 0;
        while let Some(Reverse((now, _, entity))) = pending.pop() {
            if now > deadline {
                break;
            }
            wakes += 1;
            sequence += 1;
            pending.push(Reverse((now + sleep(&mut states[entity as usize]), sequence, entity)));
        }
        wakes
    })
}

static NEXOSIM_WAKES: AtomicU64 = AtomicU64::new(0);

#[derive(Serialize, Deserialize)]
struct Sleeper {
    state: u64,
}

#[Model]
impl Sleeper {
    #[nexosim(init)]
    async fn init(&mut self, context: &Context<Self>) {
        self.lie_down(context);
    }

    #[nexosim(schedulable)]
    async fn wake(&mut self, (): (), context: &Context<Self>) {
        NEXOSIM_WAKES.fetch_add(1, Ordering::Relaxed);
        self.lie_down(context);
    }
}

impl Sleeper {
    fn lie_down(&mut self, context: &Context<Self>) {
        let length = RealDuration::from_micros(sleep(&mut self.state));
        context.schedule_event(length, schedulable!(Self::wake), ()).expect("a sleep is longer than nothing");
    }
}

fn nexosim(entities: u64, deadline: u64) -> (u64, RealDuration) {
    let mut bench = SimInit::with_num_threads(1);
    for entity in 0..entities {
        bench = bench.add_model(Sleeper { state: seed(entity) }, Mailbox::new(), "sleeper");
    }
    let mut simulation = bench.init(MonotonicTime::EPOCH).expect("nothing can fail in the models");
    NEXOSIM_WAKES.store(0, Ordering::Relaxed);
    let end = MonotonicTime::EPOCH + RealDuration::from_micros(deadline);
    timed(|| {
        simulation.step_until(end).expect("nothing can fail in the models");
        NEXOSIM_WAKES.load(Ordering::Relaxed)
    })
}

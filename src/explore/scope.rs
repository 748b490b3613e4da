//! The scope of an enumeration: what it takes all combinations of, and what of a program's load and times stands for
//! the rest.

use std::fmt;

use crate::explore::check::Ceiling;
use crate::kernel::{Bounds, Domain, Families, Family, Scope as HitScope};
use crate::program::{DeadLetter, Program};
use crate::vocabulary::{Duration, Ratio};

/// How much an enumeration takes all combinations of.
///
/// ```
/// use redrive::explore::Scope;
/// let scope = Scope::small();
/// assert_eq!(scope.to_string(), "2 events per source, 2 faults, 2 invocations at once");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope {
    /// At most so many events of each source; a load that is stated comes as it is.
    pub events: u32,
    /// At most so many faults in a run. What AWS leaves open and does in an unusual way counts as one.
    pub faults: u8,
    /// At most so many invocations at once in a connected part.
    pub concurrency: u32,
}

impl Scope {
    /// The most events per source.
    pub const MOST_EVENTS: u32 = 16;
    /// The most faults.
    pub const MOST_FAULTS: u8 = 8;
    /// The most invocations at once.
    pub const MOST_CONCURRENCY: u32 = 1_000;

    /// Two of everything: most mistakes need no more.
    pub const fn small() -> Self {
        Self { events: 2, faults: 2, concurrency: 2 }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counted = |count: u64, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
        let events = counted(u64::from(self.events), "event");
        let faults = counted(u64::from(self.faults), "fault");
        let invocations = counted(u64::from(self.concurrency), "invocation");
        write!(f, "{events} per source, {faults}, {invocations} at once")
    }
}

/// The bounds of a scope for a program.
pub(crate) fn bounds(program: &Program, scope: &Scope, families: Families, ceiling: &Ceiling) -> Bounds {
    let open = &program.open;
    Bounds {
        families: possible(program, families),
        events: scope.events,
        faults: scope.faults,
        running: scope.concurrency,
        moments: moments(program).into_iter().map(Duration::as_micros).collect(),
        fixed: load(program, scope),
        stated: program
            .sources()
            .filter(|source| program.loads[*source].is_some())
            .map(|source| program.hash(program.source(source)))
            .collect(),
        remembered: [&open.pickup, &open.spread, &open.receive_size].map(|rule| rule.domain).to_vec(),
        exempt: ceiling.any(),
    }
}

/// The families that an enumeration covers: a burst is more events than any scope has, and some never happen.
fn possible(program: &Program, families: Families) -> Families {
    let happens = |family: &Family| {
        family.scope() == HitScope::Given
            || program.profile.fault(*family).intensities.iter().any(|odds| *odds != Ratio::ZERO)
    };
    families.iter().filter(|family| *family != Family::Burst).filter(happens).collect()
}

/// Times and lengths at which something of a program turns: the start, the middle of the shortest invocation, the
/// shortest and the longest visibility timeout, and where batches wait for more messages the first moment from which on
/// such a batch is closed only after what was received at the start has come back.
pub(crate) fn moments(program: &Program) -> Vec<Duration> {
    let shortest = program.functions.iter().map(|function| function.event_duration).min();
    let shortest = shortest.unwrap_or(Duration::ZERO);
    let polled = program.queues.iter().filter(|queue| queue.is_polled());
    let visibility: Vec<Duration> = polled.map(|queue| queue.visibility).collect();
    let late = program.mappings.iter().filter(|mapping| mapping.window > Duration::ZERO).map(|mapping| {
        let visibility = program.queues[usize::from(mapping.queue)].visibility;
        visibility - mapping.window + shortest
    });
    let ends = [visibility.iter().min().copied(), visibility.iter().max().copied(), late.max()];
    let middle = Duration::from_micros(shortest.as_micros() / 2);
    let mut moments: Vec<Duration> = ends.into_iter().flatten().chain([middle, Duration::ZERO]).collect();
    moments.sort_unstable();
    moments.dedup();
    moments
}

/// The choices about load as a whole: quiet, with as many events as the scope has, over the widest window, and faults
/// for as long as a message needs to use up its receives, if any phase of the profile is as long.
fn load(program: &Program, scope: &Scope) -> Vec<(Domain, u64)> {
    let profile = &program.profile;
    let polled = program.queues.iter().filter(|queue| queue.is_polled());
    let needed = polled.map(|queue| {
        let receives = match queue.dead_letter {
            DeadLetter::None => 1,
            DeadLetter::Queue(_) | DeadLetter::Outside => queue.max_receive_count,
        };
        queue.visibility * u64::from(receives.saturating_add(1))
    });
    let needed = needed.max().unwrap_or(Duration::ZERO);
    let first = |found: Option<usize>, count: usize| found.unwrap_or(count.saturating_sub(1)) as u64;
    let phases = &profile.faulty_phases;
    let phase = first(phases.iter().position(|phase| *phase >= needed), phases.len());
    let few = first(profile.few.iter().position(|few| *few >= scope.events), profile.few.len());
    let widest = (0..profile.windows.len()).max_by_key(|window| profile.windows[*window]).unwrap_or(0);
    let draws = &profile.draws;
    vec![(draws.phase, phase), (draws.busy, 0), (draws.few, few), (draws.window, widest as u64)]
}

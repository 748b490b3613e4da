//! How long a single outage or throttle may last: one span at the beginning of the load, everything else ordinary, and
//! its length bisected until a guarantee that fails a check breaks.
//!
//! It says how near an edge is. What a sweep found to break with a shorter span, at a worse moment, counts too.

use crate::explore::sweep::violated_at;
use crate::explore::{Runner, Standing, Verdict};
use crate::guarantee::{Gates, GuaranteeName};
use crate::kernel::{ChoicePoint, Chooser, FAMILY_COUNT, Families, Family, Menu, Seeded};
use crate::program::Program;
use crate::vocabulary::{Duration, NameHash, Ratio};

/// The longest span of a family at a queue that broke nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tolerated {
    /// The queue, by its position in the part's program.
    pub queue: usize,
    /// The family.
    pub family: Family,
    /// The length, to whole seconds.
    pub at_most: Duration,
    /// The guarantee that a longer one breaks; `None` where the longest that was tried broke nothing.
    pub breaks: Option<GuaranteeName>,
}

/// The families whose length is measured.
const MEASURED: [Family; 2] = [Family::Outage, Family::Throttle];
/// So many different loads meet each length.
const LOADS: u64 = 8;

/// What can be measured of a program: families at polled queues.
pub(crate) fn measures(program: &Program, allowed: Families) -> Vec<(usize, Family)> {
    let polled = (0..program.queues.len()).filter(|queue| program.queues[*queue].is_polled());
    let measures = polled.flat_map(|queue| MEASURED.map(|family| (queue, family)));
    measures.filter(|(_, family)| allowed.has(*family)).collect()
}

/// Measures a family at a queue; nothing where a guarantee breaks without it, too.
pub(crate) fn measure(
    runner: &mut Runner<'_>,
    verdicts: &[Verdict],
    queue: usize,
    family: Family,
) -> Option<Tolerated> {
    let program = runner.program();
    let longest_phase = program.profile.faulty_phases.iter().max()?.as_secs();
    let longest = program.profile.fault(family).span?.longest.as_secs().min(longest_phase);
    let mut breaks = |seconds: u64| broken(runner, queue, family, Duration::from_secs(seconds));
    if breaks(0).is_some() {
        return None;
    }
    let (mut held, mut broke) = (0, breaks(longest).map(|name| (longest, name)));
    if broke.is_none() {
        held = longest;
    }
    while let Some((length, _)) = broke.filter(|(length, _)| length - held > 1) {
        let middle = held.midpoint(length);
        match breaks(middle) {
            Some(name) => broke = Some((middle, name)),
            None => held = middle,
        }
    }
    let found = found(verdicts, queue, family).filter(|(length, _)| *length <= held);
    let (at_most, breaks) = match (found, broke) {
        (Some((length, name)), _) => (length.saturating_sub(1), Some(name)),
        (None, broke) => (held, broke.map(|(_, name)| name)),
    };
    Some(Tolerated { queue, family, at_most: Duration::from_secs(at_most), breaks })
}

/// The shortest span of the family that alone broke a guarantee in the sweep, in seconds.
fn found(verdicts: &[Verdict], queue: usize, family: Family) -> Option<(u64, GuaranteeName)> {
    let violated = verdicts.iter().filter(|one| {
        one.standing == Standing::Violated && one.at.queue == queue && one.guarantee.gates() == Gates::Yes
    });
    let needs = violated.filter_map(|one| {
        let story = one.counterexample.as_ref().filter(|story| story.families.len() == 1)?;
        let (_, length) = story.needs.iter().find(|(needed, _)| *needed == family)?;
        Some((length.as_secs(), one.guarantee))
    });
    needs.min_by_key(|(length, _)| *length)
}

/// A guarantee that fails a check and breaks at the queue when the span lasts so long, under some load.
fn broken(runner: &mut Runner<'_>, queue: usize, family: Family, length: Duration) -> Option<GuaranteeName> {
    (0..LOADS).find_map(|load| {
        let mut probe = Probe::new(runner.program(), load, queue, family, length);
        runner.run(&mut probe);
        let violated = violated_at(runner, queue);
        GuaranteeName::ALL.into_iter().find(|name| name.gates() == Gates::Yes && violated.has(*name))
    })
}

/// Draws the load by a seed, puts one span at its beginning, and leaves everything else ordinary.
#[derive(Debug)]
struct Probe {
    load: Seeded,
    family: Family,
    victims: Vec<NameHash>,
    length: Duration,
    /// The longest phase: its choice, and which it is.
    phase: (crate::kernel::Domain, u64),
}

impl Probe {
    fn new(program: &Program, seed: u64, queue: usize, family: Family, length: Duration) -> Self {
        let families = Families::NONE.with(Family::Load);
        let functions = program.queues[queue].consumers().map(|mapping| {
            let function = usize::from(program.mappings[mapping].function);
            program.hash(program.functions[function].entity)
        });
        let victims = if family == Family::Throttle {
            vec![program.hash(program.account.entity)]
        } else {
            functions.collect()
        };
        let phases = program.profile.faulty_phases.iter().enumerate();
        let longest =
            phases.max_by_key(|(index, phase)| (**phase, usize::MAX - index)).map_or(0, |(index, _)| index);
        Self {
            load: Seeded::new(seed, families, [Ratio::ONE; FAMILY_COUNT]),
            family,
            victims,
            length,
            phase: (program.profile.draws.phase, longest as u64),
        }
    }
}

impl Chooser for Probe {
    fn choose(&mut self, point: &ChoicePoint, menu: Menu) -> u64 {
        let is_span = point.family == self.family && self.victims.contains(&point.entity);
        match (is_span, point.ordinal) {
            (true, 0) => self.length.as_micros(),
            (true, _) => menu.ordinary(),
            (false, _) if point.domain == self.phase.0 => menu.clamp(self.phase.1),
            (false, _) => self.load.choose(point, menu),
        }
    }

    fn rank(&self, point: &ChoicePoint) -> u64 {
        self.load.rank(point)
    }

    fn active(&self, family: Family) -> bool {
        family == self.family || self.load.active(family)
    }

    fn intensity(&self, family: Family) -> Ratio {
        self.load.intensity(family)
    }
}

//! When a span of faults begins. It is aimed at something: a list of all that it could meet is made, what it cannot meet
//! within its part of the run is crossed out, and of the rest one is taken.

use redrive::kernel::{ChoicePoint, Chooser, Menu};
use redrive::vocabulary::{Duration, Instant, NameHash};
use redrive::world::event_name;

use super::Naive;
use super::state::Victim;

/// Where a span can begin: its length, where its part of the run begins, and how far into that it may.
#[derive(Clone, Copy)]
pub(super) struct Part {
    pub(super) length: u64,
    pub(super) begin: u64,
    pub(super) width: u64,
}

/// Load that a span can be aimed at: an event, or a whole series of stated times, which goes by its first event's name.
pub(super) struct Coming {
    pub(super) source: usize,
    pub(super) name: u64,
    pub(super) times: Vec<Instant>,
}

/// Something that a span can meet.
struct Target {
    name: u64,
    at: u64,
    /// The first and the last start with which it does.
    starts: (u64, u64),
    /// Whether the victim itself has to do with it.
    is_near: bool,
}

impl<C: Chooser> Naive<'_, C> {
    /// The menu for the start of a span that `point` names.
    pub(super) fn aim(&self, point: ChoicePoint, victim: Victim, part: Part) -> Menu {
        if self.program.plan.phase.is_some() {
            return Menu::Moment { from: 0, to: part.width, latest: part.width };
        }
        let draw = |item: u64| self.chooser.rank(&ChoicePoint { item, ..point });
        // One of eight: twice nothing, the first, the last, an end, one that may be tried again, twice any.
        let eighth = draw(1) / (u64::MAX / 8 + 1);
        let mut targets = Vec::new();
        if eighth == 4 {
            targets = self.ends(&point, victim, part);
        }
        if eighth >= 2 && targets.is_empty() {
            targets = self.comings(&point, victim, part, eighth);
        }
        let is_near =
            |source: usize| self.comes_to(source).into_iter().any(|place| self.strikes(victim, place));
        if self.program.sources().any(is_near) {
            targets.retain(|target| target.is_near);
        }
        targets.sort_by_key(|target| match eighth {
            2 => (u64::MAX - target.at, target.name),
            3 => (target.at, target.name),
            4.. => (draw(target.name), target.at),
            0 | 1 => unreachable!("nothing is aimed at"),
        });
        let (from, to) = targets.last().map_or((0, part.width), |target| target.starts);
        Menu::Moment { from, to, latest: part.width }
    }

    /// The load, apart from bursts.
    fn comings(&self, point: &ChoicePoint, victim: Victim, part: Part, eighth: u64) -> Vec<Target> {
        let mut targets = Vec::new();
        for coming in &self.comings {
            let pause = self.pause_of(coming.source);
            let is_near = self.comes_to(coming.source).into_iter().any(|place| self.strikes(victim, place));
            let mut met = Vec::new();
            for at in &coming.times {
                let (first, last) =
                    if eighth == 5 { (at.as_micros(), (*at + pause).as_micros()) } else { part.over(*at) };
                met.extend(part.starts(first, last).map(|starts| (at.as_micros(), starts)));
            }
            let choice = match eighth {
                2 => met.first(),
                3 => met.last(),
                _ => self.one_of(point, coming, &met),
            };
            let target = |(at, starts): &(u64, (u64, u64))| Target {
                name: coming.name,
                at: *at,
                starts: *starts,
                is_near,
            };
            targets.extend(choice.map(target));
        }
        targets
    }

    /// Ends of retentions at the victim, and changes.
    fn ends(&self, point: &ChoicePoint, victim: Victim, part: Part) -> Vec<Target> {
        let mut ends = Vec::new();
        for coming in &self.comings {
            for place in self.comes_to(coming.source) {
                if self.strikes(victim, place) {
                    let mut met =
                        coming.times.iter().map(|at| *at + self.kept_for(place)).collect::<Vec<_>>();
                    met.retain(|at| part.meets(*at).is_some());
                    ends.extend(self.one_of(point, coming, &met).map(|at| (coming.name, *at)));
                }
            }
        }
        for (index, change) in self.program.plan.changes.iter().enumerate() {
            ends.push((u64::MAX - index as u64, Instant::START + change.at));
        }
        let target = |(name, at): (u64, Instant)| {
            let starts = part.meets(at)?;
            Some(Target { name, at: at.as_micros(), starts, is_near: true })
        };
        ends.into_iter().filter_map(target).collect()
    }

    /// One of what a span can meet of a series.
    fn one_of<'t, T>(&self, point: &ChoicePoint, coming: &Coming, met: &'t [T]) -> Option<&'t T> {
        let high = met.len().checked_sub(1)? as u64;
        let item = event_name(NameHash(coming.name), 0);
        let draw = self.chooser.rank(&ChoicePoint { item, ..*point });
        met.get(Menu::Range { ordinary: 0, low: 0, high }.select(draw) as usize)
    }

    fn comes_to(&self, source: usize) -> Vec<usize> {
        let routes = &self.program.network.routes;
        match self.program.channel(source) {
            None => vec![source],
            Some(channel) => channel.routes().map(|route| usize::from(routes[route].place)).collect(),
        }
    }

    fn strikes(&self, victim: Victim, place: usize) -> bool {
        match victim {
            Victim::Account => true,
            Victim::Queue(queue) => queue == place,
            Victim::Function(function) => {
                let by_mapping = self
                    .mappings
                    .iter()
                    .any(|one| usize::from(one.queue) == place && usize::from(one.function) == function);
                let by_push = self
                    .pushes
                    .iter()
                    .any(|one| usize::from(one.queue) == place && usize::from(one.function) == function);
                let by_log = self
                    .logs
                    .iter()
                    .any(|one| usize::from(one.queue) == place && usize::from(one.function) == function);
                by_mapping || by_push || by_log
            }
        }
    }

    fn kept_for(&self, place: usize) -> Duration {
        let log = self.logs.iter().find(|log| usize::from(log.queue) == place);
        log.map_or(self.queues[place].retention, |log| log.retention)
    }
}

impl Part {
    /// The first and the last start with which a span is on at a moment.
    fn over(self, at: Instant) -> (u64, u64) {
        let at = at.as_micros();
        (if at < self.length { 0 } else { at - self.length + 1 }, at)
    }

    /// The starts in this part with which a span is on at a moment.
    fn meets(self, at: Instant) -> Option<(u64, u64)> {
        let (first, last) = self.over(at);
        self.starts(first, last)
    }

    /// Those of them that lie in this part, from its beginning on.
    fn starts(self, first: u64, last: u64) -> Option<(u64, u64)> {
        let inside = first.max(self.begin)..=last.min(self.begin + self.width);
        if inside.is_empty() { None } else { Some((inside.start() - self.begin, inside.end() - self.begin)) }
    }
}

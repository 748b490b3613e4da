//! When a span of faults begins: as a rule so that it meets the load, often one of its ends. A span that is drawn from
//! the whole of a run mostly falls where nothing happens.
//!
//! A replay gives a span's start as it is, so nothing here matters to it.

use crate::kernel::{ChoicePoint, Chooser, Family, Menu};
use crate::program::{ChannelTable, SeriesTimes, StatedLoad, Victim};
use crate::trace::Observer;
use crate::vocabulary::{Duration, Instant, NameHash};
use crate::world::handler::Handler;
use crate::world::run::Run;
use crate::world::state::event_name;

/// Load as a span can meet it: one event, or the events of a series that a scenario states.
///
/// A series is one target however many events it has, so that a day of a stream costs no more than a message.
#[derive(Clone, Copy, Debug)]
struct Target {
    /// The name of its first event.
    name: u64,
    /// Where it comes from.
    source: u16,
    /// When it comes first.
    first: Instant,
    /// How long after each event the next one comes.
    gap: Duration,
    /// How many events it has.
    count: u32,
}

impl Target {
    const fn at(&self, number: u64) -> u64 {
        self.first.as_micros() + self.gap.as_micros() * number
    }

    /// The numbers of the first and the last event that come neither before `from` nor after `to`.
    fn between(&self, from: u64, to: u64) -> Option<(u64, u64)> {
        let (first, gap) = (self.first.as_micros(), self.gap.as_micros());
        let before = from.saturating_sub(first);
        let lowest = match (before, gap) {
            (0, _) => 0,
            (_, 0) => return None,
            (before, gap) => before.div_ceil(gap),
        };
        let last = u64::from(self.count).checked_sub(1)?;
        let highest = to.checked_sub(first)?.checked_div(gap).map_or(last, |number| number.min(last));
        (lowest <= highest).then_some((lowest, highest))
    }
}

/// The load of a run, where spans of faults are drawn.
#[derive(Clone, Debug, Default)]
pub(crate) struct Targets {
    all: Vec<Target>,
    /// Whether any span can be drawn.
    are_sought: bool,
}

impl Targets {
    pub(crate) fn clear(&mut self) {
        self.all.clear();
        self.are_sought = false;
    }
}

/// What a span is to meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Aim {
    /// Whatever there is.
    Anything,
    /// The first event.
    First,
    /// The last event.
    Last,
    /// The end of a retention, or a change; an event where there is neither.
    End,
    /// An event while it may be tried again.
    Again,
    /// An event.
    One,
}

impl Aim {
    /// What a draw comes to: each of eight is as likely, and our own choice.
    const EIGHTHS: [Self; 8] = [
        Self::Anything,
        Self::Anything,
        Self::First,
        Self::Last,
        Self::End,
        Self::Again,
        Self::One,
        Self::One,
    ];

    const fn of(draw: u64) -> Self {
        Self::EIGHTHS[(draw >> (u64::BITS - Self::EIGHTHS.len().ilog2())) as usize]
    }
}

/// What names the draw of an aim, in place of an item.
const AIM: u64 = 1;

/// Where a span may begin: how long it is, from when it may begin, and at most how long after that.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    pub(crate) length: u64,
    pub(crate) base: u64,
    pub(crate) latest: u64,
}

/// How long before a moment a span may begin so as to meet it, and how long after.
#[derive(Clone, Copy, Debug)]
struct Reach {
    before: u64,
    after: u64,
}

impl Room {
    /// It is on at a moment.
    const fn over(self) -> Reach {
        Reach { before: self.length.saturating_sub(1), after: 0 }
    }

    /// The moments that a span which begins in this room can meet: the first one and the last.
    const fn moments(self, reach: Reach) -> (u64, u64) {
        (self.base.saturating_sub(reach.after), self.base + self.latest + reach.before)
    }

    /// The starts in this room that meet one of these moments.
    fn meeting(self, at: u64, reach: Reach) -> Menu {
        let from = at.saturating_sub(reach.before).saturating_sub(self.base);
        let to = at.saturating_add(reach.after).saturating_sub(self.base).min(self.latest);
        Menu::Moment { from, to, latest: self.latest }
    }

    /// Any start.
    const fn anywhere(self) -> Menu {
        Menu::Moment { from: 0, to: self.latest, latest: self.latest }
    }
}

impl<C: Chooser, O: Observer, H: Handler> Run<'_, C, O, H> {
    /// Load that is planned from now on is noted, if any span of these families can be drawn.
    pub(crate) fn seek_targets(&mut self, families: &[Family]) {
        self.world.targets.are_sought = families.iter().any(|family| self.chooser.active(*family));
    }

    /// Notes an event that comes at a time.
    pub(crate) fn aim_at(&mut self, (source, ordinal): (usize, u32), first: Instant) {
        self.aim((source, ordinal), first, (Duration::ZERO, 1));
    }

    /// Notes the series of a source that come at stated times.
    pub(crate) fn aim_at_series(&mut self, source: usize, load: &StatedLoad) {
        let mut ordinal = load.events.len() as u32;
        for series in &load.series {
            match series.times {
                SeriesTimes::Every { start, gap } => {
                    self.aim((source, ordinal), Instant::START + start, (gap, series.count));
                }
                SeriesTimes::Within { .. } => {}
            }
            ordinal += series.count;
        }
    }

    fn aim(&mut self, (source, ordinal): (usize, u32), first: Instant, (gap, count): (Duration, u32)) {
        if self.world.targets.are_sought {
            let name = event_name(self.program.hash(self.program.source(source)), ordinal);
            self.world.targets.all.push(Target { name, source: source as u16, first, gap, count });
        }
    }

    /// What is chosen from for the start of a span, which `point` names.
    ///
    /// A session has a stated phase and grows: what is sent later must not move what has begun.
    pub(crate) fn starts(&self, point: &ChoicePoint, victim: Victim, room: Room) -> Menu {
        if self.program.plan.phase.is_some() {
            return room.anywhere();
        }
        let aim = Aim::of(self.rank(point, AIM));
        let met = if aim == Aim::End { self.meet_an_end(point, victim, room) } else { None };
        met.or_else(|| self.meet_an_event(point, (aim, victim), room)).unwrap_or_else(|| room.anywhere())
    }

    /// The starts that meet an event, if any comes in this room: one that comes to the victim itself, where such can come,
    /// so that no neighbour's load moves its spans.
    fn meet_an_event(&self, point: &ChoicePoint, (aim, victim): (Aim, Victim), room: Room) -> Option<Menu> {
        let best = |is_wanted: &dyn Fn(&Target) -> bool| {
            let targets = self.world.targets.all.iter().filter(|target| is_wanted(target));
            let fitting = targets.filter_map(|target| {
                let reach = match aim {
                    Aim::Anything => return None,
                    Aim::Again => {
                        Reach { before: 0, after: self.retry_pause(usize::from(target.source)).as_micros() }
                    }
                    Aim::First | Aim::Last | Aim::End | Aim::One => room.over(),
                };
                let (from, to) = room.moments(reach);
                let (lowest, highest) = target.between(from, to)?;
                let (rank, number) = match aim {
                    Aim::First => (u64::MAX - target.at(lowest), lowest),
                    Aim::Last => (target.at(highest), highest),
                    Aim::Anything | Aim::Again | Aim::End | Aim::One => {
                        (self.rank(point, target.name), self.one_of(point, target, (lowest, highest)))
                    }
                };
                Some(((rank, target.name), room.meeting(target.at(number), reach)))
            });
            fitting.max_by_key(|(rank, _)| *rank).map(|(_, menu)| menu)
        };
        let comes = |source: u16| self.places(source).any(|place| self.feeds(place, victim));
        if self.program.sources().any(|source| comes(source as u16)) {
            best(&|target| comes(target.source))
        } else {
            best(&|_| true)
        }
    }

    /// The starts that meet the end of a retention or a change.
    fn meet_an_end(&self, point: &ChoicePoint, victim: Victim, room: Room) -> Option<Menu> {
        let reach = room.over();
        let (from, to) = room.moments(reach);
        let expiries = self.world.targets.all.iter().flat_map(|target| {
            let places = self.places(target.source).filter(|place| self.feeds(*place, victim));
            places.filter_map(move |place| {
                let kept = self.retention(place).as_micros();
                let numbers = target.between(from.saturating_sub(kept), to.checked_sub(kept)?)?;
                Some((target.name, target.at(self.one_of(point, target, numbers)) + kept))
            })
        });
        let changes = self.program.plan.changes.iter().enumerate();
        let changes = changes.map(|(index, change)| (!(index as u64), change.at.as_micros()));
        let changes = changes.filter(|(_, at)| (from..=to).contains(at));
        let best = expiries.chain(changes).max_by_key(|(name, at)| (self.rank(point, *name), *at));
        best.map(|(_, at)| room.meeting(at, reach))
    }

    /// Which of a series is met, by a draw of its own.
    fn one_of(&self, point: &ChoicePoint, target: &Target, (lowest, highest): (u64, u64)) -> u64 {
        if lowest == highest {
            return lowest;
        }
        let draw = self.rank(point, event_name(NameHash(target.name), 0));
        Menu::Range { ordinary: lowest, low: lowest, high: highest }.select(draw)
    }

    /// The draw for one thing that can be met.
    fn rank(&self, point: &ChoicePoint, name: u64) -> u64 {
        self.chooser.rank(&ChoicePoint { item: name, ..*point })
    }

    /// The places to which the events of a source come.
    fn places(&self, source: u16) -> impl Iterator<Item = usize> {
        let program = self.program;
        let channel = program.channel(usize::from(source));
        let routes = channel.into_iter().flat_map(ChannelTable::routes);
        let own = if channel.is_none() { Some(usize::from(source)) } else { None };
        own.into_iter().chain(routes.map(|route| usize::from(program.network.routes[route].place)))
    }

    /// Whether what comes to a place comes to a victim at once.
    fn feeds(&self, place: usize, victim: Victim) -> bool {
        let (program, queue) = (self.program, &self.program.queues[place]);
        match victim {
            Victim::Account => true,
            Victim::Queue(index) => usize::from(index) == place,
            Victim::Function(function) => {
                let polls = queue.consumers().map(|mapping| program.mappings[mapping].function);
                let pushes = queue.push.map(|push| program.network.pushes[usize::from(push)].function);
                let reads = queue.log.map(|log| program.network.logs[usize::from(log)].function);
                polls.chain(pushes).chain(reads).any(|other| other == function)
            }
        }
    }

    /// How long a place keeps what comes to it.
    fn retention(&self, place: usize) -> Duration {
        let table = &self.world.queue_tables[place];
        table.log.map_or(table.retention, |log| self.world.log_tables[usize::from(log)].retention)
    }
}

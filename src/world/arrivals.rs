//! Load that is not planned beforehand: the series that a scenario states for streams come when their time has come.
//!
//! What is sent, when and in which order is the same as if it had been planned (`load.rs`), the numbers of the events
//! included. Since nothing of a long run is in memory before it comes, nothing of it is kept either once it is settled:
//! what can be asked of an event afterwards follows from its series. A run takes this path if all its load is stated by
//! rule, at times that are stated too, for streams, and nothing may leave events out or add to them.

use crate::kernel::{Chooser, Family};
use crate::program::{SeriesTimes, StatedLoad};
use crate::trace::{EventId, Observer, RecordKind};
use crate::vocabulary::{Duration, Instant, NameHash};
use crate::world::emit::emitted_name;
use crate::world::fair::NO_TENANT;
use crate::world::handler::Handler;
use crate::world::push::on_way;
use crate::world::run::Run;
use crate::world::state::{EventState, EventView, Fate, Step, event_name};

/// What is still to come.
#[derive(Clone, Debug, Default)]
pub(crate) struct Arrivals {
    /// The series of all sources, in the order in which they would have been planned.
    series: Vec<Coming>,
    /// The routes of each series, one series after the other.
    routes: Vec<(u16, NameHash)>,
    /// When the next event comes, and of which series.
    next: Option<(Instant, usize)>,
}

/// A series.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Coming {
    pub(crate) source: usize,
    /// The hash of the source's name.
    published_as: NameHash,
    /// Its position in its source's load.
    pub(crate) position: usize,
    pub(crate) class: u16,
    start: Instant,
    gap: Duration,
    pub(crate) count: u32,
    /// How many of its events have come.
    pub(crate) come: u32,
    /// The ordinal of its first event.
    pub(crate) first_ordinal: u32,
    /// The number of its first event in the run.
    pub(crate) first_event: usize,
    /// Its routes: those whose filters want it.
    routes: (usize, usize),
}

impl Coming {
    pub(crate) fn next_at(&self) -> Instant {
        self.start + self.gap * u64::from(self.come)
    }

    /// The name of what the consumer behind a route is owed for one of its events.
    pub(crate) const fn name(&self, number: u32, route: NameHash) -> u64 {
        emitted_name(event_name(self.published_as, self.first_ordinal + number), route, 0)
    }
}

impl Arrivals {
    pub(crate) fn clear(&mut self) {
        self.series.clear();
        self.routes.clear();
        self.next = None;
    }

    /// When the next event comes; the end of time where none does.
    #[inline]
    pub(crate) fn next_at(&self) -> Instant {
        self.next.map_or(Instant::NEVER, |(at, _)| at)
    }

    /// What may be known of an event that came by rule; none where it did not.
    pub(crate) fn view(&self, event: usize) -> Option<EventView> {
        let series = self.series.iter().rev().find(|series| series.first_event <= event)?;
        let (first, routes) = series.routes;
        let offset = event - series.first_event;
        let number = (offset / routes.max(1)) as u32;
        let is_one = number < series.count;
        let (route, entity) = self.routes.get(first + offset % routes.max(1)).filter(|_| is_one)?;
        Some(EventView {
            name: series.name(number, *entity),
            source: series.source as u16,
            ordinal: series.first_ordinal + number,
            class: series.class,
            parent: None,
            route: Some(*route),
        })
    }

    /// The only series of which something is still to come, with its position.
    pub(crate) fn alone(&self) -> Option<(usize, Coming)> {
        let mut left = self.series.iter().enumerate().filter(|(_, series)| series.come < series.count);
        let (index, series) = left.next()?;
        left.next().is_none().then_some((index, *series))
    }

    /// The route of a series that has one alone.
    pub(crate) fn only_route(&self, series: &Coming) -> Option<(u16, NameHash)> {
        let (first, count) = series.routes;
        self.routes.get(first).filter(|_| count == 1).copied()
    }

    /// So many events of a series have come by now.
    pub(crate) fn has_come(&mut self, index: usize, come: u32) {
        self.series[index].come = come;
        self.look_for_next();
    }

    fn look_for_next(&mut self) {
        let left = self.series.iter().enumerate().filter(|(_, series)| series.come < series.count);
        self.next = left.map(|(index, series)| (series.next_at(), index)).min();
    }
}

impl<C: Chooser, O: Observer, H: Handler> Run<'_, C, O, H> {
    /// Whether no load has to be planned, since all of it comes by rule, to streams, and nothing else comes.
    pub(crate) fn is_by_rule(&self) -> bool {
        let program = self.program;
        let of_source = |source: usize| {
            let streams = program.channel(source).is_some_and(|channel| {
                channel.routes().all(|route| {
                    let route = &program.network.routes[route];
                    let is_read = program.queues[usize::from(route.place)].log.is_some();
                    is_read && route.hops.1 == 0 && route.step.is_none() && route.merges.is_none()
                })
            });
            streams && program.loads[source].as_ref().is_some_and(is_at_stated_times)
        };
        self.chooser.takes_stated()
            && !self.chooser.active(Family::Burst)
            && program.sources().next().is_some()
            && program.sources().all(of_source)
    }

    /// Takes the numbers of a source's events; when the last one comes.
    pub(crate) fn expect_series(&mut self, source: usize, load: &StatedLoad) -> Instant {
        let program = self.program;
        let Some(channel) = program.channel(source) else { return Instant::START };
        self.aim_at_series(source, load);
        let mut first_ordinal = 0;
        for (position, series) in load.series.iter().enumerate() {
            let SeriesTimes::Every { start, gap } = series.times else { continue };
            let first = self.world.arrivals.routes.len();
            let network = &program.network.routes;
            //= stream_poll.filter
            //= msk.filtered
            //= self_managed_kafka.filtered
            let wanted = channel.routes().filter(|route| network[*route].wants(series.class));
            let named = wanted.map(|route| (route as u16, program.hash(network[route].entity)));
            self.world.arrivals.routes.extend(named);
            let routes = self.world.arrivals.routes.len() - first;
            let events = series.count as usize * routes;
            let first_event = self.world.events.reserve(events);
            self.world.unsent += events as u32;
            self.world.arrivals.series.push(Coming {
                source,
                published_as: program.hash(program.source(source)),
                position,
                class: series.class,
                start: Instant::START + start,
                gap,
                count: if routes == 0 { 0 } else { series.count },
                come: 0,
                first_ordinal,
                first_event,
                routes: (first, routes),
            });
            first_ordinal += series.count;
        }
        self.world.arrivals.look_for_next();
        Instant::START + load.end
    }

    /// The next event of a series comes: one for each consumer that wants it.
    pub(crate) fn come_by_rule(&mut self) {
        let program = self.program;
        let Some((at, index)) = self.world.arrivals.next else { return };
        self.now = at;
        let series = self.world.arrivals.series[index];
        let Some(load) = &program.loads[series.source] else { return };
        let key = load.series[series.position].key(series.come);
        let (first_route, routes) = series.routes;
        for offset in 0..routes {
            let (route, entity) = self.world.arrivals.routes[first_route + offset];
            let place = program.network.routes[usize::from(route)].place;
            let name = series.name(series.come, entity);
            let is_wanted = self.is_wanted(usize::from(place), series.class);
            let event = series.first_event + series.come as usize * routes + offset;
            let event = EventId(event as u32);
            let state = EventState {
                name,
                source: series.source as u16,
                place,
                route,
                reached: false,
                fate: if is_wanted { Fate::Open } else { Fate::Unwanted },
                poisoned: false,
                copies: 0,
                class: series.class,
                ordinal: series.first_ordinal + series.come,
                key,
                deduplication: name,
                tenant: NO_TENANT,
                readable_until: Instant::NEVER,
                parent: None,
                step: Step::Free,
            };
            self.comes_to_its_place(event, state);
        }
        self.world.arrivals.has_come(index, series.come + 1);
    }

    /// What is published is at its place at once, since no hop lies between, unless the stream does not take it.
    fn comes_to_its_place(&mut self, id: EventId, event: EventState) {
        self.world.events[id.0 as usize] = event;
        if self.is_refused(id) {
            return;
        }
        self.world.unsent -= 1;
        self.world.open += u32::from(event.fate == Fate::Open);
        self.world.events[id.0 as usize].copies = 1;
        if let Some(channel) = self.program.channel(usize::from(event.source)) {
            let value = (u32::from(event.place), 0);
            let covered = [on_way(id)];
            self.record(
                RecordKind::EventPublished,
                channel.entity,
                channel.publish,
                value,
                event.name,
                &covered,
            );
        }
        self.reach_stream(id, usize::from(event.place), false);
    }
}

/// Whether every event of a load comes by rule, at a time that is stated.
fn is_at_stated_times(load: &StatedLoad) -> bool {
    let is_stated = |times: SeriesTimes| match times {
        SeriesTimes::Every { .. } => true,
        SeriesTimes::Within { .. } => false,
    };
    load.events.is_empty()
        && !load.series.is_empty()
        && load.series.iter().all(|series| is_stated(series.times))
}

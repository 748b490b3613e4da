//! Load: which events arrive at which source, and when.

use crate::kernel::{ChoicePoint, Chooser, Domain, Family, Menu};
use crate::program::{DeduplicationIds, Series, SeriesTimes, StatedEvent, StatedLoad, StatedTime};
use crate::trace::Observer;
use crate::vocabulary::{Duration, Instant, NameHash};
use crate::world::emit::emitted_name;
use crate::world::fair::NO_TENANT;
use crate::world::faults::DRAWN_SPANS;
use crate::world::handler::Handler;
use crate::world::run::{Due, Run};
use crate::world::state::{EventState, Fate, event_name};
use crate::world::steps::Beginning;

/// Events of a burst are numbered from here, so that ordinary ones keep their names.
const BURST_FIRST: u32 = 1 << 20;

/// The class of a payload that nobody states.
const ORDINARY: u16 = 0;

impl<C: Chooser, O: Observer, H: Handler> Run<'_, C, O, H> {
    /// Decides on all events of the run and schedules them.
    ///
    /// What is drawn lies within the faulty phase, so that no source's load decides how long others are at risk. Only a
    /// load that is given, by options or by a replay, lengthens the phase.
    pub(crate) fn plan_load(&mut self) {
        let program = self.program;
        let phase = self.given(
            program.profile.draws.phase,
            Menu::OneOf(program.profile.faulty_phases.len() as u32),
            0,
        );
        let phase = program.profile.faulty_phases[phase as usize];
        let mut last = Instant::START + phase.max(program.plan.end());
        let is_by_rule = self.is_by_rule();
        self.seek_targets(&DRAWN_SPANS);
        if is_by_rule {
            self.world.events.let_go_from_now_on();
            self.world.copies.let_go_from_now_on();
            self.observer.lets_go();
        }
        for source in program.sources() {
            last = last.max(match &program.loads[source] {
                Some(load) if is_by_rule => self.expect_series(source, load),
                Some(load) => self.plan_stated_load(source, load),
                None => self.plan_drawn_load(source, phase),
            });
            last = last.max(self.plan_burst(source, phase));
        }
        self.world.faults_until = program.plan.phase.map_or(last, |phase| Instant::START + phase);
        self.world.pending.schedule(self.world.faults_until, Due::FaultsStop);
    }

    /// What a scenario states; in a replay only the events that it names.
    fn plan_stated_load(&mut self, source: usize, load: &StatedLoad) -> Instant {
        let domain = self.program.profile.fault(Family::Load).domain;
        let entity = self.program.hash(self.program.source(source));
        self.aim_at_series(source, load);
        if self.chooser.takes_stated() && load.events.is_empty() && self.plan_series(source, load) {
            return Instant::START + load.end;
        }
        for (ordinal, event) in load.each().enumerate() {
            let ordinal = ordinal as u32;
            let (start, menu, is_stated) = match event.time {
                StatedTime::At(at) => (Duration::ZERO, Menu::Stated(at.as_micros() + 1), true),
                StatedTime::Within { start, length } => {
                    (start, Menu::Arrival { within: length.as_micros() }, false)
                }
            };
            let item = event_name(entity, ordinal);
            let point = ChoicePoint { family: Family::Load, domain, entity, item, ordinal: 0 };
            if let Some(at) = self.chooser.choose(&point, menu).checked_sub(1) {
                let group = self.stated_group(source, item, &event);
                let at = Instant::START + start + Duration::from_micros(at);
                let is_of_a_target = is_stated && ordinal as usize >= load.events.len();
                if !is_of_a_target {
                    self.aim_at((source, ordinal), at);
                }
                self.add_event((source, ordinal), at, group, event.class);
                if let (Some(tenant), None) = (event.tenant, self.program.channel(source)) {
                    let own = self.world.events.len() - 1;
                    self.world.events[own].tenant = tenant.0;
                }
            }
        }
        Instant::START + load.end
    }

    /// Load that is stated by rule, into a queue, where nobody asks for each choice: what its events share is found out
    /// once. Returns whether that was possible.
    fn plan_series(&mut self, source: usize, load: &StatedLoad) -> bool {
        let Some(table) = self.world.queue_tables.get(source) else { return false };
        let entity = self.program.hash(table.entity);
        let (drawn, kinds) = table.classes;
        let is_shared = |series: &Series| {
            matches!(series.times, SeriesTimes::Every { .. }) && (series.class != ORDINARY || kinds <= 1)
        };
        if !load.series.iter().all(is_shared) {
            return false;
        }
        let mut ordinal = 0;
        for series in &load.series {
            let SeriesTimes::Every { start, gap } = series.times else { continue };
            let class = if series.class == ORDINARY { drawn } else { series.class };
            let fate = if self.is_wanted(source, class) { Fate::Open } else { Fate::Unwanted };
            let tenant = series.tenant.map_or(NO_TENANT, |tenant| tenant.0);
            let event = EventState { fate, tenant, ..EventState::from_outside(source, class) };
            let merged = self.stated_deduplication(source, &series.event(0));
            for number in 0..series.count {
                let name = event_name(entity, ordinal);
                let (key, deduplication) = (series.key(number), merged.unwrap_or(name));
                let id = self.world.events.push(EventState { name, ordinal, key, deduplication, ..event });
                let at = Instant::START + start + gap * u64::from(number);
                self.world.pending.schedule(at, Due::Send { event: id as u32 });
                ordinal += 1;
            }
            self.world.unsent += series.count;
        }
        true
    }

    /// Messages come over one of the profile's windows, or over one visibility timeout: there retries meet new load.
    fn plan_drawn_load(&mut self, source: usize, phase: Duration) -> Instant {
        let profile = &self.program.profile;
        let entity = source + 1;
        let busy = self.given(profile.draws.busy, Menu::Hit(profile.many_share), entity);
        let few = self.given(profile.draws.few, Menu::OneOf(profile.few.len() as u32), entity);
        let window = self.given(profile.draws.window, Menu::OneOf(profile.windows.len() as u32 + 1), entity);
        let count = if busy == 0 { profile.few[few as usize] } else { profile.many };
        let count = count * u32::from(self.branches(source));
        let visibility = self.retry_pause(source);
        let within = (*profile.windows.get(window as usize).unwrap_or(&visibility)).min(phase).as_micros();
        let arrivals = profile.fault(Family::Load).domain;
        let mut last = Instant::START;
        for ordinal in 0..count {
            let at = self.arrival(Family::Load, arrivals, source, ordinal, within);
            if let Some(at) = at {
                self.aim_at((source, ordinal), Instant::START + at);
                self.plan_event(source, ordinal, Instant::START + at);
                last = last.max(Instant::START + at);
            }
        }
        last
    }

    /// How soon a source's consumer tries again, about which load is drawn too.
    pub(crate) fn retry_pause(&self, source: usize) -> Duration {
        let pauses = &self.program.network.buffer.retries;
        match self.program.channel(source) {
            None => self.world.queue_tables[source].visibility,
            Some(_) => pauses.iter().fold(Duration::ZERO, |all, pause| all + *pause),
        }
    }

    /// Much load at once, some time in the run, with the odds of the run.
    fn plan_burst(&mut self, source: usize, phase: Duration) -> Instant {
        let is_scheduled = self.program.loads[source].as_ref().is_some_and(|load| load.is_scheduled);
        if is_scheduled || !self.chooser.active(Family::Burst) {
            return Instant::START;
        }
        let table = self.program.profile.fault(Family::Burst);
        let (domain, shape) = (table.domain, table.span.expect("a burst has a span"));
        let entity = self.program.hash(self.program.source(source));
        let point = ChoicePoint { family: Family::Burst, domain, entity, item: 0, ordinal: 0 };
        let odds = self.chooser.intensity(Family::Burst);
        if self.chooser.choose(&point, Menu::Hit(odds)) == 0 {
            return Instant::START;
        }
        let within = shape.longest.min(phase).as_micros();
        let mut last = Instant::START;
        for ordinal in 0..self.program.profile.many {
            let ordinal = BURST_FIRST + ordinal;
            let at = self.arrival(Family::Burst, domain, source, ordinal, within);
            if let Some(at) = at {
                self.mark_source(source, Family::Burst);
                self.plan_event(source, ordinal, Instant::START + at);
                last = last.max(Instant::START + at);
            }
        }
        last
    }

    fn arrival(
        &mut self,
        family: Family,
        domain: Domain,
        source: usize,
        ordinal: u32,
        within: u64,
    ) -> Option<Duration> {
        let entity = self.program.hash(self.program.source(source));
        let point = ChoicePoint { family, domain, entity, item: event_name(entity, ordinal), ordinal: 0 };
        let at = self.chooser.choose(&point, Menu::Arrival { within });
        at.checked_sub(1).map(Duration::from_micros)
    }

    /// A choice about load as a whole; `entity` 0 is the account, others are queues from 1.
    fn given(&mut self, domain: Domain, menu: Menu, entity: usize) -> u64 {
        let entity = match entity.checked_sub(1) {
            None => self.program.account.entity,
            Some(source) => self.program.source(source),
        };
        let entity = self.program.hash(entity);
        let point = ChoicePoint { family: Family::Load, domain, entity, item: 0, ordinal: 0 };
        self.chooser.choose(&point, menu)
    }

    /// What a FIFO queue knows of an event that a scenario states: its message group, and what duplicates are told by.
    fn stated_group(&self, source: usize, name: u64, event: &StatedEvent) -> (u32, u64) {
        (event.key, self.stated_deduplication(source, event).unwrap_or(name))
    }

    /// What duplicates of a stated event are told by; nothing where it has an id of its own.
    fn stated_deduplication(&self, source: usize, event: &StatedEvent) -> Option<u64> {
        let program = self.program;
        let fifo = self.world.queue_tables.get(source).and_then(|queue| queue.fifo);
        let merges = || {
            let first = program.channel(source)?.routes().next()?;
            Some(program.network.routes[first].merges?.ids)
        };
        let ids = fifo.map(|fifo| fifo.deduplication_ids).or_else(merges)?;
        //= fifo.content_based
        let body = match ids {
            DeduplicationIds::BodyElseSender => program.classes[usize::from(event.class)].body.as_ref(),
            DeduplicationIds::Sender => None,
        };
        let by_body = || body.map(|body| NameHash::of(body).0);
        event.deduplication.or_else(by_body)
    }

    /// An event with a message group that each run draws and a deduplication id of its own.
    fn plan_event(&mut self, source: usize, ordinal: u32, at: Instant) {
        let entity = self.program.hash(self.program.source(source));
        let item = event_name(entity, ordinal);
        let key = if self.is_grouped(source) {
            let domain = self.program.profile.draws.key;
            let point = ChoicePoint { family: Family::Load, domain, entity, item, ordinal: 0 };
            self.chooser.choose(&point, Menu::OneOf(self.program.profile.keys.max(1))) as u32
        } else {
            0
        };
        self.add_event((source, ordinal), at, (key, item), ORDINARY);
    }

    /// Whether events of a source have message groups: some queue that they go to asks for them.
    fn is_grouped(&self, source: usize) -> bool {
        let program = self.program;
        match program.channel(source) {
            None => program.queues[source].is_fifo(),
            Some(channel) => channel.routes().any(|route| {
                let place = program.network.routes[route].place;
                let table = &program.queues[usize::from(place)];
                table.is_fifo() || table.log.is_some()
            }),
        }
    }

    /// Notes that a family did something unusual to a source, wherever its events go.
    fn mark_source(&mut self, source: usize, family: Family) {
        match self.program.channel(source) {
            None => self.mark(source, family),
            Some(channel) => {
                for route in channel.routes() {
                    self.mark(usize::from(self.program.network.routes[route].place), family);
                }
            }
        }
    }

    /// One event for a queue; for a channel one for every route whose filters want it, since each consumer is owed its
    /// own.
    fn add_event(
        &mut self,
        (source, ordinal): (usize, u32),
        at: Instant,
        (key, deduplication): (u32, u64),
        stated: u16,
    ) {
        let name = event_name(self.program.hash(self.program.source(source)), ordinal);
        let drawn = stated == ORDINARY && source < self.program.queues.len();
        let class = if drawn { self.payload_class(source, name) } else { stated };
        let event =
            EventState { name, ordinal, key, deduplication, ..EventState::from_outside(source, class) };
        match self.program.channel(source) {
            None => self.plan_send(event, at),
            Some(channel) => {
                let first = self.world.events.len();
                self.plan_routes(event, channel.routes(), at);
                self.archive(event, at, first);
            }
        }
    }

    /// Of how many branches an event of a source takes one.
    fn branches(&self, source: usize) -> u16 {
        self.program.channel(source).map_or(1, |channel| channel.branches)
    }

    /// The branch of its channel that an event takes: which requests match a route, the load alone could tell.
    fn branch_of(&mut self, event: &EventState) -> u16 {
        //= api_gateway.route
        //= http_api.route
        //= websocket_api.route
        let branches = self.branches(usize::from(event.source));
        if branches == 1 {
            return 0;
        }
        let (family, domain) = (Family::Load, self.program.profile.draws.choice);
        let entity = self.program.hash(self.program.source(usize::from(event.source)));
        let point = ChoicePoint { family, domain, entity, item: event.name, ordinal: 0 };
        self.chooser.choose(&point, Menu::OneOf(u32::from(branches))) as u16
    }

    /// One event for each of these routes whose filters want it.
    pub(crate) fn plan_routes(&mut self, event: EventState, routes: std::ops::Range<usize>, at: Instant) {
        let first = self.world.events.len();
        let branch = self.branch_of(&event);
        for number in routes.filter(|route| self.program.network.routes[*route].branch == branch) {
            let program = self.program;
            let route = &program.network.routes[number];
            //= stream_poll.filter
            //= msk.filtered
            //= self_managed_kafka.filtered
            if route.wants(event.class) {
                let name = emitted_name(event.name, program.hash(route.entity), 0);
                let (place, class) = (route.place, route.arrived(event.class));
                let published = event.class;
                let event = EventState { name, place, class, route: number as u16, ..event };
                match route.step.map(|step| self.beginning((first, at), (&event, published), step)) {
                    None => self.plan_send(event, at),
                    Some(Beginning::After(wait)) => self.plan_send(event, at + wait),
                    Some(beginning @ (Beginning::Later | Beginning::Never)) => {
                        self.plan_step(event, beginning);
                    }
                }
            }
        }
    }

    /// An event that is sent at a time; whether its obligation is one, its place decides.
    pub(crate) fn plan_send(&mut self, event: EventState, at: Instant) {
        let is_wanted = self.is_wanted(usize::from(event.place), event.class);
        let fate = if is_wanted { Fate::Open } else { Fate::Unwanted };
        let id = self.world.events.push(EventState { fate, ..event }) as u32;
        self.world.unsent += 1;
        self.world.pending.schedule(at, Due::Send { event: id });
    }
}

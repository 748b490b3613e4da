//! Records of a series that a shard takes one after the other while nothing else happens: a run of them is one step.
//!
//! What becomes of each is what `arrivals.rs` would have come to by itself; only what all of them share is looked up
//! once. Whatever is not plain (several consumers, mappings, shards or lanes, a lane that rests, a record that the stream
//! refuses) is left to that.

use crate::kernel::{ChoicePoint, Chooser, Family, Menu};
use crate::models::RuleId;
use crate::program::{Series, WriteLimit};
use crate::trace::{Covered, EntityId, EventId, Observer, Record, RecordKind};
use crate::vocabulary::{Instant, NameHash, Ratio};
use crate::world::arrivals::Coming;
use crate::world::handler::Handler;
use crate::world::log::LaneTurn;
use crate::world::log_start::Beginning;
use crate::world::push::on_way;
use crate::world::run::{Run, World, write};
use crate::world::state::{Copy, CopyState, EventState, Fate};
use crate::world::stream_deleted::Remains;

/// What all records of a run share.
struct Shared<'a> {
    /// The series as the scenario states it.
    stated: &'a Series,
    /// What the name of its route adds to theirs.
    route: NameHash,
    event: EventState,
    place: usize,
    log: usize,
    /// Who publishes and who writes them, and by which rules.
    published: (EntityId, RuleId),
    written: (EntityId, RuleId),
    limit: Option<(&'a WriteLimit, u64)>,
    /// The choice whether a record is poisoned, but for its name, and the odds; nothing where none is.
    poison: Option<(ChoicePoint, Ratio)>,
}

impl<'a, C: Chooser, O: Observer, H: Handler> Run<'a, C, O, H> {
    /// Lets the next records of a series come as long as nothing else happens, the last one at `until`.
    pub(crate) fn come_together(&mut self, until: Instant) {
        let Some((index, mut series)) = self.world.arrivals.alone() else { return };
        if series.next_at() > until {
            return;
        }
        let Some(shared) = self.shared(&series) else { return };
        let before = series.come;
        while series.come < series.count && series.next_at() <= until {
            let now = series.next_at();
            if !self.is_taken(&shared, now) {
                break;
            }
            self.now = now;
            let name = series.name(series.come, shared.route);
            let event = EventState {
                name,
                deduplication: name,
                ordinal: series.first_ordinal + series.come,
                key: shared.stated.key(series.come),
                poisoned: self.is_poisoned(&shared, name),
                ..shared.event
            };
            self.publish_and_write(
                &shared,
                EventId((series.first_event + series.come as usize) as u32),
                event,
            );
            series.come += 1;
        }
        self.count_in(&shared, series.come - before);
        self.world.arrivals.has_come(index, series.come);
    }

    /// What the next records of a series share, where they are plain.
    fn shared(&mut self, series: &Coming) -> Option<Shared<'a>> {
        let program = self.program;
        let (route, hash) = self.world.arrivals.only_route(series)?;
        let place = usize::from(program.network.routes[usize::from(route)].place);
        let stream = self.stream_table(place);
        let limit = stream.write_limit.as_ref();
        let is_bounded_by_shard = limit.is_none_or(|limit| limit.on_demand.is_none());
        if program.network.logs.len() > 1
            || stream.writer.is_some()
            || !program.plan.poisons.is_empty()
            || !is_bounded_by_shard
        {
            return None;
        }
        self.drop_front(place);
        let log = self.log_index(place);
        let World { logs, queues, copies, .. } = &*self.world;
        let (state, last) = (&logs[log], *queues[place].by_age.back()?);
        let ([shard], [lane]) = (&state.shards[..], &state.lanes[..]) else { return None };
        let sleeps = lane.turn == LaneTurn::Idle || lane.window_ends.is_some();
        if state.beginning != Beginning::Begun || state.remains != Remains::All || !shard.is_open || sleeps {
            return None;
        }
        if copies[last as usize].sent > series.next_at() {
            return None;
        }
        let channel = program.channel(series.source)?;
        let entity = self.world.queue_tables[place].entity;
        let fate = if self.is_wanted(place, series.class) { Fate::Open } else { Fate::Unwanted };
        let at_place = EventState::from_outside(place, series.class);
        let source = series.source as u16;
        Some(Shared {
            stated: program.loads[series.source].as_ref()?.series.get(series.position)?,
            route: hash,
            event: EventState { source, route, fate, reached: true, copies: 1, ..at_place },
            place,
            log,
            published: (channel.entity, channel.publish),
            written: (entity, stream.write),
            limit: limit.map(|limit| (limit, program.network.record_size(series.class))),
            poison: self.chooser.active(Family::Poison).then(|| {
                let (family, domain) = (Family::Poison, program.profile.fault(Family::Poison).domain);
                let point = ChoicePoint { family, domain, entity: program.hash(entity), item: 0, ordinal: 0 };
                (point, self.chooser.intensity(family))
            }),
        })
    }

    /// Whether the only shard takes a record now, which uses it up; one that it refuses is nobody's yet.
    fn is_taken(&mut self, shared: &Shared<'_>, now: Instant) -> bool {
        let Some((limit, size)) = shared.limit else { return true };
        self.world.logs[shared.log].writers.takes(limit, size, now)
    }

    fn is_poisoned(&mut self, shared: &Shared<'_>, name: u64) -> bool {
        let Some((point, odds)) = shared.poison else { return false };
        let state = &mut self.world.queues[shared.place];
        if state.poisoned >= self.program.profile.poison_at_most {
            return false;
        }
        let hit = self.chooser.choose(&ChoicePoint { item: name, ..point }, Menu::Hit(odds)) == 1;
        if hit {
            state.poisoned += 1;
            state.hits = state.hits.with(Family::Poison);
        }
        hit
    }

    /// A record is published and written.
    fn publish_and_write(&mut self, shared: &Shared<'_>, id: EventId, event: EventState) {
        let (program, at) = (self.program, self.now);
        let World { digest, events, copies, queues, logs, .. } = &mut *self.world;
        events[id.0 as usize] = event;
        let EventState { place: queue, name, key, .. } = event;
        let (entity, rule) = shared.published;
        let (kind, subject) = (RecordKind::EventPublished, u32::from(queue));
        let record = Record { at, kind, entity, rule, subject, value: 0, events: name };
        write(program, digest, self.observer, &record, &[on_way(id)]);
        let state = CopyState::Available;
        let of =
            Copy { event: id, queue, origin: queue, state, receives: 0, sent: at, vanishes: false, lane: 0 };
        let copy = copies.push(of) as u32;
        let (entity, rule) = shared.written;
        let (kind, value) = (RecordKind::RecordWritten, u64::from(key));
        let record = Record { at, kind, entity, rule, subject: 0, value, events: name };
        write(program, digest, self.observer, &record, &[Covered { event: id, copy, receives: 0 }]);
        queues[shared.place].by_age.push_back(copy);
        logs[shared.log].lanes[0].waiting.push_back(copy);
    }

    /// So many records were taken.
    fn count_in(&mut self, shared: &Shared<'_>, count: u32) {
        let World { queues, logs, unsent, open, live, .. } = &mut *self.world;
        *unsent -= count;
        *live += count;
        queues[shared.place].live += count;
        logs[shared.log].shards[0].live += count;
        if shared.event.fate == Fate::Open {
            *open += count;
        }
    }
}

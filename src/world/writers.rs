//! What the shards of a stream take from whoever writes: so many records and bytes in a time, and no more.
//!
//! The mappings of a stream read the same records, so what is refused is refused for all of them at once. Absent: what
//! comes over hops, whose sources have a delivery policy of their own.

use std::collections::{BTreeMap, VecDeque};

use crate::kernel::{Chooser, Family};
use crate::models::RuleId;
use crate::program::{Capacity, ClientTable, Failure, OnDemand, WriteLimit};
use crate::trace::{EntityId, EventId, Observer, Record, RecordKind};
use crate::vocabulary::{Duration, Instant};
use crate::world::handler::Handler;
use crate::world::push::on_way;
use crate::world::run::{Due, Run};
use crate::world::state::{EventState, Fate, event_name};

/// What writers have used up of a stream.
#[derive(Clone, Debug, Default)]
pub(crate) struct Writers {
    /// By shard; on demand by key, since shards follow the load and a key is never on two.
    parts: Vec<Used>,
    whole: Used,
    growth: Growth,
    /// What was decided last: of which record, when, and how; and the route by which it was asked for last.
    last: Option<(Written, Answer, u16)>,
    /// The writes that a stated client has repeated and that are not over: how often, and what the last one cost.
    repeated: BTreeMap<(u16, u32), (u32, u32)>,
    /// What the client has taken from its store of retries.
    taken: u32,
}

/// A record, whoever reads it.
type Written = (u16, u32, Option<EventId>, Instant);

/// What a stream answers to a write, and what its writer makes of that.
#[derive(Clone, Copy, Debug)]
enum Answer {
    Taken,
    /// Refused by a rule, and written again after a pause.
    Again(RuleId, Duration),
    /// Refused by a rule, and given up by another one after so many calls.
    GivenUp(RuleId, RuleId, u32),
}

impl Writers {
    /// Whether the only shard of a stream takes a record, which then counts.
    pub(crate) fn takes(&mut self, limit: &WriteLimit, size: u64, now: Instant) -> bool {
        if self.parts.is_empty() {
            self.parts.push(Used::default());
        }
        let takes = self.parts[0].has_room(now, size, limit.shard, limit.every);
        if takes {
            self.parts[0].take(now, size);
        }
        takes
    }

    pub(crate) fn clear(&mut self) {
        self.parts.iter_mut().for_each(Used::clear);
        self.whole.clear();
        self.repeated.clear();
        let (parts, whole) = (std::mem::take(&mut self.parts), std::mem::take(&mut self.whole));
        *self = Self { parts, whole, ..Self::default() };
    }
}

/// What is used up: each record counts as long as the limit's time, so that no such time holds more than the limit.
#[derive(Clone, Debug, Default)]
struct Used {
    /// What still counts, the oldest first.
    taken: VecDeque<Taken>,
    sum: Capacity,
}

/// What came at one moment.
#[derive(Clone, Copy, Debug)]
struct Taken {
    at: Instant,
    amount: Capacity,
}

impl Taken {
    /// A record that is larger than the limit counts for as long as it takes to give so much back.
    fn counts_for(&self, limit: Capacity, every: Duration) -> Duration {
        if self.amount.size <= limit.size {
            return every;
        }
        let time = self.amount.size.saturating_mul(every.as_micros());
        Duration::from_micros(time.div_ceil(limit.size.max(1)))
    }
}

impl Used {
    fn clear(&mut self) {
        self.taken.clear();
        self.sum = Capacity::default();
    }

    /// Whether a record more fits now; one that is larger than the limit fits where nothing is used up.
    fn has_room(&mut self, now: Instant, size: u64, limit: Capacity, every: Duration) -> bool {
        while let Some(oldest) = self.taken.front()
            && oldest.at + oldest.counts_for(limit, every) <= now
        {
            self.sum.count -= oldest.amount.count;
            self.sum.size -= oldest.amount.size;
            self.taken.pop_front();
        }
        let fits = |used: u64, more: u64, limit: u64| used == 0 || used + more <= limit;
        fits(self.sum.count, 1, limit.count) && fits(self.sum.size, size, limit.size)
    }

    fn take(&mut self, now: Instant, size: u64) {
        self.sum.add(size);
        match self.taken.back_mut() {
            Some(last) if last.at == now => last.amount.add(size),
            Some(_) | None => {
                self.taken.push_back(Taken { at: now, amount: Capacity { count: 1, size } });
            }
        }
    }
}

/// How a stream on demand grows: by what it took at most in a second of the times before this one.
#[derive(Clone, Copy, Debug, Default)]
struct Growth {
    /// Which time it is, and which second of the run.
    time: u64,
    second: u64,
    /// What came in that second.
    now: Capacity,
    /// The most that came in a second of this time, and of those before.
    peak: Capacity,
    before: Capacity,
}

impl Growth {
    fn turn(&mut self, now: Instant, demand: &OnDemand, every: Duration) {
        let (time, second) = (
            now.since_start().as_micros() / demand.within.as_micros(),
            now.since_start().as_micros() / every.as_micros(),
        );
        if second != self.second {
            self.peak = self.peak.or_more(self.now);
            (self.second, self.now) = (second, Capacity::default());
        }
        if time != self.time {
            self.before = self.before.or_more(self.peak);
            (self.time, self.peak) = (time, Capacity::default());
        }
    }

    /// What it takes by now.
    fn capacity(&self, demand: &OnDemand) -> Capacity {
        //= kinesis.on_demand_writes
        let grown =
            Capacity { count: self.before.count * demand.factor, size: self.before.size * demand.factor };
        demand.least.or_more(grown)
    }
}

impl<C: Chooser, O: Observer, H: Handler> Run<'_, C, O, H> {
    /// Whether a stream refuses a record for now; then its writer tries again.
    pub(crate) fn is_refused(&mut self, id: EventId) -> bool {
        let program = self.program;
        let &EventState { place, route, source, ordinal, parent, key, name, class, .. } =
            &self.world.events[id.0 as usize];
        if program.network.routes[usize::from(route)].hops.1 > 0 {
            return false;
        }
        let Some(log) = program.log(usize::from(place)) else { return false };
        //= kinesis.deleted
        //= dynamodb_streams.table_deleted
        if self.is_turned_away(id, usize::from(place)) {
            return true;
        }
        let Some(limit) = &program.network.streams[usize::from(log.stream)].write_limit else { return false };
        let written = (source, ordinal, parent, self.now);
        let first = program.network.logs.iter().position(|other| other.stream == log.stream).unwrap_or(0);
        let answer = match &self.world.logs[first].writers.last {
            // The same write for the next mapping, and not the next one, which may come at once.
            Some((last, answer, by)) if *last == written && *by < route => *answer,
            Some(_) | None => {
                let refusal = self.write_refusal((key, class), first, limit);
                self.answer_to((source, ordinal, parent), first, refusal)
            }
        };
        self.world.logs[first].writers.last = Some((written, answer, route));
        let entity = self.world.queue_tables[usize::from(place)].entity;
        match answer {
            Answer::Taken => return false,
            //= kinesis.put_partial
            Answer::Again(rule, pause) => {
                let (kind, subject) = (RecordKind::SendThrottled, (key, pause.as_micros()));
                self.record(kind, entity, rule, subject, name, &[on_way(id)]);
                self.after(pause, Due::Send { event: id.0 });
            }
            Answer::GivenUp(refused, given_up, calls) => {
                self.world.unsent -= 1;
                self.world.events[id.0 as usize].decide(Fate::Told);
                let (kind, subject) = (RecordKind::SendThrottled, (key, Record::NOT_AGAIN));
                self.record(kind, entity, refused, subject, name, &[on_way(id)]);
                self.record(RecordKind::DeliveryRefused, entity, given_up, (calls, 0), name, &[on_way(id)]);
            }
        }
        true
    }

    /// What a writer makes of a refusal. A client that a scenario states writes for those outside only: how functions
    /// write nobody says.
    fn answer_to(
        &mut self,
        (source, ordinal, parent): (u16, u32, Option<EventId>),
        log: usize,
        refusal: Option<RuleId>,
    ) -> Answer {
        let program = self.program;
        let stream = &program.network.streams[usize::from(program.network.logs[log].stream)];
        let Some(client) = stream.writer.as_ref().filter(|_| parent.is_none()) else {
            return refusal.map_or(Answer::Taken, |rule| Answer::Again(rule, program.profile.send_retry));
        };
        let (writers, write) = (&mut self.world.logs[log].writers, (source, ordinal));
        let (calls, last_cost) = writers.repeated.remove(&write).unwrap_or_default();
        let Some(rule) = refusal else {
            let back = client.quota.map_or(0, |quota| if calls == 0 { quota.success } else { last_cost });
            writers.taken = writers.taken.saturating_sub(back);
            return Answer::Taken;
        };
        let calls = calls + 1;
        let given_up = Answer::GivenUp(rule, client.rule, calls);
        let cost = client.quota.map_or(0, |quota| quota.costs[Failure::Throttled as usize]);
        let is_empty = client.quota.is_some_and(|quota| quota.store - writers.taken < cost);
        if calls >= client.attempts || is_empty {
            return given_up;
        }
        writers.taken += cost;
        writers.repeated.insert(write, (calls, cost));
        let pause = self.client_pause(client, stream.entity, write, calls);
        pause.map_or(given_up, |pause| Answer::Again(rule, pause))
    }

    /// How long a client waits before a repetition; the mappings of the stream see the same write.
    fn client_pause(
        &mut self,
        client: &ClientTable,
        stream: EntityId,
        (source, ordinal): (u16, u32),
        number: u32,
    ) -> Option<Duration> {
        let program = self.program;
        let name = event_name(program.hash(program.source(usize::from(source))), ordinal);
        let share = self.open_value(&client.jitter, stream, name, number);
        if share != client.jitter.ordinary() {
            self.mark_readers(stream, Family::Unspecified);
        }
        client.pause(Failure::Throttled, number, share)
    }

    /// Notes that a family did something unusual to a stream, for all who read it.
    pub(crate) fn mark_readers(&mut self, stream: EntityId, family: Family) {
        for log in self.program.network.logs.iter().filter(|log| log.source == stream) {
            self.mark(usize::from(log.queue), family);
        }
    }

    /// By which rule a record is refused; where it is not, it counts.
    fn write_refusal(&mut self, (key, class): (u32, u16), log: usize, limit: &WriteLimit) -> Option<RuleId> {
        let place = usize::from(self.program.network.logs[log].queue);
        let size = self.program.network.record_size(class);
        let part = if limit.on_demand.is_some() { key } else { self.shard_of(place, key) };
        let now = self.now;
        let Writers { parts, whole, growth, .. } = &mut self.world.logs[log].writers;
        //= kinesis.write_limit
        let part = part as usize;
        if parts.len() <= part {
            parts.resize(part + 1, Used::default());
        }
        if !parts[part].has_room(now, size, limit.shard, limit.every) {
            return Some(limit.rule);
        }
        if let Some(demand) = &limit.on_demand {
            growth.turn(now, demand, limit.every);
            if !whole.has_room(now, size, growth.capacity(demand), limit.every) {
                return Some(demand.rule);
            }
            whole.take(now, size);
            growth.now.add(size);
        }
        parts[part].take(now, size);
        None
    }
}

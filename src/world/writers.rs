//! What the shards of a stream take from whoever writes: so many records and bytes in a time, and no more.
//!
//! The mappings of a stream read the same records, so what is refused is refused for all of them at once. Absent: what
//! comes over hops, whose sources have a delivery policy of their own.

use crate::kernel::Chooser;
use crate::models::RuleId;
use crate::program::{Capacity, OnDemand, WriteLimit};
use crate::trace::{Covered, EventId, Observer, RecordKind};
use crate::vocabulary::{Duration, Instant};
use crate::world::handler::Handler;
use crate::world::run::{Due, Run};
use crate::world::state::EventState;

/// What writers have used up of a stream.
#[derive(Clone, Debug, Default)]
pub(crate) struct Writers {
    /// By shard; on demand by key, since shards follow the load and a key is never on two.
    parts: Vec<Used>,
    whole: Used,
    growth: Growth,
    /// What was decided last: of which record, when, and how.
    last: Option<(Written, Option<RuleId>)>,
}

/// A record, whoever reads it.
type Written = (u16, u32, Option<EventId>, Instant);

impl Writers {
    /// Whether the only shard of a stream takes a record, which then counts.
    pub(crate) fn takes(&mut self, limit: &WriteLimit, size: u64, now: Instant) -> bool {
        if self.parts.is_empty() {
            self.parts.push(Used::default());
        }
        let used = self.parts[0].by(now, limit.shard).with(size, limit.shard, limit.every);
        used.is_some_and(|used| {
            self.parts[0] = used;
            true
        })
    }

    pub(crate) fn clear(&mut self) {
        self.parts.clear();
        *self = Self { parts: std::mem::take(&mut self.parts), ..Self::default() };
    }
}

/// What is used up, less what time has given back: each record counts as long as the limit's time.
#[derive(Clone, Copy, Debug, Default)]
struct Used {
    records: u64,
    bytes: u64,
    at: Instant,
}

impl Used {
    /// What is used up by now.
    fn by(self, now: Instant, limit: Capacity) -> Self {
        let elapsed = now.since(self.at).as_micros();
        Self {
            records: self.records.saturating_sub(elapsed.saturating_mul(limit.count)),
            bytes: self.bytes.saturating_sub(elapsed.saturating_mul(limit.size)),
            at: now,
        }
    }

    /// The same with a record more, where it fits; one that is larger than the limit fits where nothing is used up.
    fn with(self, size: u64, limit: Capacity, every: Duration) -> Option<Self> {
        let time = every.as_micros();
        let more = Self { records: self.records + time, bytes: self.bytes + size * time, ..self };
        let fits = |used: u64, before: u64, limit: u64| before == 0 || used <= limit.saturating_mul(time);
        let has_room =
            fits(more.records, self.records, limit.count) && fits(more.bytes, self.bytes, limit.size);
        has_room.then_some(more)
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

    const fn count(&mut self, size: u64) {
        self.now.count += 1;
        self.now.size += size;
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
        let refusal = match &self.world.logs[first].writers.last {
            Some((last, refusal)) if *last == written => *refusal,
            Some(_) | None => {
                let refusal = self.write_refusal((key, class), first, limit);
                self.world.logs[first].writers.last = Some((written, refusal));
                refusal
            }
        };
        let Some(rule) = refusal else { return false };
        //= kinesis.put_partial
        let pause = program.profile.send_retry;
        let entity = self.world.queue_tables[usize::from(place)].entity;
        let covered = [Covered { event: id, copy: NO_COPY, receives: 0 }];
        self.record(RecordKind::SendThrottled, entity, rule, (key, pause.as_micros()), name, &covered);
        self.after(pause, Due::Send { event: id.0 });
        true
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
        let used = parts[part];
        let Some(used) = used.by(now, limit.shard).with(size, limit.shard, limit.every) else {
            return Some(limit.rule);
        };
        if let Some(demand) = &limit.on_demand {
            growth.turn(now, demand, limit.every);
            let capacity = growth.capacity(demand);
            match whole.by(now, capacity).with(size, capacity, limit.every) {
                Some(more) => *whole = more,
                None => return Some(demand.rule),
            }
            growth.count(size);
        }
        parts[part] = used;
        None
    }
}

/// A record that a stream has not taken has no copy.
const NO_COPY: u32 = u32::MAX;

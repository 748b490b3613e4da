//! What streams take from writers, naively: by looking at all that they ever took.

use std::collections::BTreeMap;

use redrive::kernel::Chooser;
use redrive::models::RuleId;
use redrive::program::{Capacity, Failure, WriteLimit};
use redrive::trace::{Record, RecordKind};
use redrive::vocabulary::{Duration, Instant};
use redrive::world::event_name;

use super::Naive;
use super::state::{Fate, Place, What};

/// A record that a stream has taken.
#[derive(Clone, Copy, Debug)]
struct Taken {
    stream: u16,
    /// Its shard, or its key where the stream is on demand.
    part: u64,
    at: Instant,
    size: u64,
}

/// What streams took, and what became of each record at each moment.
#[derive(Clone, Debug, Default)]
pub(super) struct WriterRecords {
    taken: Vec<Taken>,
    /// Which record, over which route it went last, when, and what came of it.
    last: Option<(usize, u32, usize, Instant, Came)>,
    /// Every call of a stated client that it repeats: for which stream and record, and what that takes from the store.
    calls: Vec<(u16, usize, u32, u32)>,
    /// What is missing in the store of a stream's client.
    missing: BTreeMap<u16, u32>,
}

/// What came of a write.
#[derive(Clone, Copy, Debug)]
enum Came {
    Taken,
    Later(RuleId, Duration),
    /// By which rule it is refused, and by which its writer leaves it at that after so many calls.
    Never(RuleId, RuleId, u32),
}

impl<C: Chooser> Naive<'_, C> {
    /// Whether a stream refuses a record; then it is written again.
    pub(super) fn is_refused_by_stream(&mut self, event: usize) -> bool {
        let program = self.program;
        let message = &self.messages[event];
        let (source, ordinal, owed) = (message.source, message.ordinal, message.owed);
        let route = message.route.expect("only events with routes are published");
        let Some(log) = program.log(owed) else { return false };
        if program.network.routes[route].hops.1 > 0 {
            return false;
        }
        if self.has_no_stream(event) {
            return true;
        }
        let Some(limit) = program.network.streams[usize::from(log.stream)].write_limit else { return false };
        // The same record goes over its routes in their order, one directly after the other.
        let decided = self
            .writers
            .last
            .filter(|last| (last.0, last.1, last.3) == (source, ordinal, self.now) && last.2 < route);
        let came = if let Some(last) = decided {
            last.4
        } else {
            let refusal = self.write_refusal(event, log.stream, &limit);
            self.what_comes(event, log.stream, refusal)
        };
        self.writers.last = Some((source, ordinal, route, self.now, came));
        let entity = self.queues[owed].entity;
        match came {
            Came::Taken => return false,
            Came::Later(rule, again) => {
                self.messages[event].place = Place::Unsent;
                self.enter(RecordKind::SendThrottled, entity, rule, again.as_micros(), &[(event, 0)]);
                self.after(again, What::Send(event));
            }
            Came::Never(full, rule, calls) => {
                self.messages[event].place = Place::Gone;
                if self.messages[event].fate == Fate::Open {
                    self.messages[event].fate = Fate::Told;
                }
                self.enter(RecordKind::SendThrottled, entity, full, Record::NOT_AGAIN, &[(event, 0)]);
                self.tell(RecordKind::DeliveryRefused, entity, rule, (calls, 0), (event, 0));
            }
        }
        true
    }

    /// A stated client counts its calls for each record anew, and pays for each repetition of any.
    fn what_comes(&mut self, event: usize, stream: u16, refusal: Option<RuleId>) -> Came {
        let program = self.program;
        let message = &self.messages[event];
        let (source, ordinal) = (message.source, message.ordinal);
        let table = &program.network.streams[usize::from(stream)];
        let is_sent_by_function = !message.past.is_empty();
        let Some(client) = table.writer.as_ref().filter(|_| !is_sent_by_function) else {
            return refusal.map_or(Came::Taken, |rule| Came::Later(rule, program.profile.send_retry));
        };
        let own: Vec<u32> = self
            .writers
            .calls
            .iter()
            .filter(|call| (call.0, call.1, call.2) == (stream, source, ordinal))
            .map(|call| call.3)
            .collect();
        let missing = self.writers.missing.entry(stream).or_default();
        let Some(rule) = refusal else {
            if let Some(quota) = client.quota {
                *missing = missing.saturating_sub(own.last().copied().unwrap_or(quota.success));
            }
            return Came::Taken;
        };
        let made = own.len() as u32 + 1;
        let cost = client.quota.map_or(0, |quota| quota.costs[Failure::Throttled as usize]);
        let has_enough = client.quota.is_none_or(|quota| *missing + cost <= quota.store);
        if made == client.attempts || !has_enough {
            return Came::Never(rule, client.rule, made);
        }
        *missing += cost;
        self.writers.calls.push((stream, source, ordinal, cost));
        let name = event_name(program.hash(program.source(source)), ordinal);
        let share = self.open(&client.jitter, table.entity, name, made);
        let longest = (1..made).fold(client.first[Failure::Throttled as usize], |pause, _| {
            pause.map(|pause| Duration::from_micros(pause.as_micros() * 2))
        });
        let longest = longest.expect("throttles are repeated").min(client.longest);
        Came::Later(rule, Duration::from_micros(longest.as_micros() / 100 * share))
    }

    fn write_refusal(&mut self, event: usize, stream: u16, limit: &WriteLimit) -> Option<RuleId> {
        let message = &self.messages[event];
        let size = self.program.network.record_size(message.class);
        let part = if limit.on_demand.is_some() {
            u64::from(message.key)
        } else {
            let first = self.logs.iter().position(|log| log.stream == stream).expect("it is read");
            let hash = self.program.network.streams[usize::from(stream)].hash(message.key);
            let mut own = self.pieces.iter().filter(|piece| piece.log == first);
            let owns =
                |piece: &super::log::Piece| piece.is_open && piece.hashes.0 <= hash && hash <= piece.hashes.1;
            own.position(owns).expect("every hash has an open shard") as u64
        };
        let of_stream: Vec<Taken> =
            self.writers.taken.iter().filter(|one| one.stream == stream).copied().collect();
        let of_part: Vec<Taken> = of_stream.iter().filter(|one| one.part == part).copied().collect();
        if !self.has_room(&of_part, size, limit.shard, limit.every) {
            return Some(limit.rule);
        }
        if let Some(demand) = limit.on_demand {
            let second = |at: Instant| at.since_start().as_micros() / limit.every.as_micros();
            let time = |at: Instant| at.since_start().as_micros() / demand.within.as_micros();
            let mut seconds: BTreeMap<u64, (u64, u64)> = BTreeMap::new();
            for one in of_stream.iter().filter(|one| time(one.at) < time(self.now)) {
                let sums = seconds.entry(second(one.at)).or_default();
                *sums = (sums.0 + 1, sums.1 + one.size);
            }
            let most =
                |of: fn(&(u64, u64)) -> u64| seconds.values().map(of).max().unwrap_or(0) * demand.factor;
            let capacity = Capacity {
                count: most(|sums| sums.0).max(demand.least.count),
                size: most(|sums| sums.1).max(demand.least.size),
            };
            if !self.has_room(&of_stream, size, capacity, limit.every) {
                return Some(demand.rule);
            }
        }
        self.writers.taken.push(Taken { stream, part, at: self.now, size });
        None
    }

    /// Whether one record more fits to all that was taken in the last second, or longer ago where it was too much for one.
    fn has_room(&self, taken: &[Taken], size: u64, limit: Capacity, every: Duration) -> bool {
        let second = u128::from(every.as_micros());
        let counts = |one: &&Taken| {
            let ago = u128::from(self.now.since(one.at).as_micros());
            let is_oversized = one.size > limit.size;
            ago < second || is_oversized && ago * u128::from(limit.size) < u128::from(one.size) * second
        };
        let (count, used) =
            taken.iter().filter(counts).fold((0, 0), |(count, used), one| (count + 1, used + one.size));
        let fits = |used: u64, more: u64, limit: u64| used == 0 || used + more <= limit;
        fits(count, 1, limit.count) && fits(used, size, limit.size)
    }
}

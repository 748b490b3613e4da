//! The shards of a stream, as a mapping sees them: which one a key goes to, and which one may be read.

use crate::kernel::{ChoicePoint, Chooser, Family, Menu};
use crate::program::{Resharding, ShardCount, StreamTable};
use crate::trace::{Observer, RecordKind};
use crate::world::handler::Handler;
use crate::world::log::{Lane, LaneTurn, LogState};
use crate::world::run::Run;

/// A range of hashes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shard {
    /// The lowest hash.
    pub(crate) low: u64,
    /// The highest hash.
    pub(crate) high: u64,
    /// Whether it takes records.
    pub(crate) is_open: bool,
    /// Records that are not done with.
    pub(crate) live: u32,
    /// The shards that it came from, of this mapping's; itself where there are none.
    pub(crate) parents: (u16, u16),
    /// The position of its first lane.
    pub(crate) first_lane: u16,
    /// How many lanes it has.
    pub(crate) lanes: u16,
}

impl LogState {
    fn open_shards(&self) -> Vec<usize> {
        (0..self.shards.len()).filter(|shard| self.shards[*shard].is_open).collect()
    }
}

/// The multiplier that spreads hashes over lanes.
const LANE_MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;
const LANE_SHIFT: u32 = 32;

impl<'a, C: Chooser, O: Observer, H: Handler> Run<'a, C, O, H> {
    pub(crate) fn stream_table(&self, place: usize) -> &'a StreamTable {
        let log = self.program.log(place).expect("only places of logs have a stream");
        &self.program.network.streams[usize::from(log.stream)]
    }

    /// The shards with which every stream begins, for every mapping the same.
    pub(crate) fn prepare_logs(&mut self) {
        let program = self.program;
        for log in 0..program.network.logs.len() {
            let place = usize::from(program.network.logs[log].queue);
            let stream = &program.network.streams[usize::from(program.network.logs[log].stream)];
            let count = match &stream.shards {
                ShardCount::Stated(count) => u64::from(*count),
                ShardCount::Open(rule) => {
                    let count = self.open_value(rule, stream.entity, 0, 0);
                    if count != rule.ordinary() {
                        self.mark(place, Family::Unspecified);
                    }
                    count
                }
            };
            let width = u64::MAX / count.max(1);
            for index in 0..count.max(1) {
                let high = if index + 1 == count.max(1) { u64::MAX } else { width * (index + 1) - 1 };
                self.add_shard(place, (width * index, high), None);
            }
        }
    }

    /// A new shard with its lanes; without parents where it was there from the beginning.
    pub(crate) fn add_shard(&mut self, place: usize, (low, high): (u64, u64), parents: Option<(u16, u16)>) {
        let lanes = self.log_table(place).lanes;
        let state = self.log_state(place);
        let own = state.shards.len() as u16;
        let first_lane = state.lanes.len() as u16;
        state.shards.push(Shard {
            low,
            high,
            is_open: true,
            live: 0,
            parents: parents.unwrap_or((own, own)),
            first_lane,
            lanes: lanes as u16,
        });
        let lane = Lane { shard: own, turn: LaneTurn::Idle, ..Lane::default() };
        state.lanes.extend(std::iter::repeat_n(lane, lanes as usize));
    }

    /// The shard that takes the hash of a key now.
    pub(crate) fn shard_of(&mut self, place: usize, key: u32) -> u32 {
        let hash = self.stream_table(place).hash(key);
        let of_key = |shard: &Shard| shard.is_open && (shard.low..=shard.high).contains(&hash);
        let shard = self.log_state(place).shards.iter().position(of_key);
        shard.expect("open shards share all hashes") as u32
    }

    /// The lane of a key: within the shard that takes its hash now.
    pub(crate) fn lane_of(&mut self, place: usize, key: u32) -> usize {
        let program = self.program;
        let hash = self.stream_table(place).hash(key);
        let state = self.log_state(place);
        let of_key = |shard: &&Shard| shard.is_open && (shard.low..=shard.high).contains(&hash);
        let shard = *state.shards.iter().find(of_key).expect("open shards share all hashes");
        if shard.lanes <= 1 {
            return usize::from(shard.first_lane);
        }
        //= stream_poll.lanes
        let entity = self.world.queue_tables[place].entity;
        let seed = self.open_value(&program.open.log_lane_of, entity, 0, 0);
        if seed != program.open.log_lane_of.ordinary() {
            self.mark(place, Family::Unspecified);
        }
        let spread = (hash ^ seed).wrapping_mul(LANE_MULTIPLIER) >> LANE_SHIFT;
        usize::from(shard.first_lane) + (spread % u64::from(shard.lanes)) as usize
    }

    /// A shard is not read before all that it came from has been.
    pub(crate) fn may_read(&self, place: usize, lane: usize) -> bool {
        let state = &self.world.logs[self.log_index(place)];
        let own = state.lanes[lane].shard;
        let (first, second) = state.shards[usize::from(own)].parents;
        [first, second].iter().all(|parent| *parent == own || state.is_done(*parent))
    }

    /// Draws how a stream is resharded in this run.
    pub(crate) fn plan_resharding(&mut self) {
        if !self.chooser.active(Family::Reshard) {
            return;
        }
        for (index, stream) in self.program.network.streams.iter().enumerate() {
            if stream.reshard.is_none() {
                continue;
            }
            for ordinal in 0..RESHARDINGS_AT_MOST {
                let within = self.world.faults_until.since_start().as_micros();
                let odds = self.chooser.intensity(Family::Reshard);
                let after = self.reshard_choice(stream, ordinal * 2, Menu::Span { odds, longest: within });
                if after > 0 {
                    let at = crate::vocabulary::Instant::from_micros(after);
                    let stream = index as u16;
                    self.world.pending.schedule(at, crate::world::run::Due::Reshard { stream, ordinal });
                }
            }
        }
    }

    /// A shard is split, or two neighbours are merged: the old ones close, and the new ones wait for them.
    pub(crate) fn reshard(&mut self, stream: u16, ordinal: u32) {
        let program = self.program;
        let table = &program.network.streams[usize::from(stream)];
        let Some((rule, how)) = table.reshard else { return };
        let logs = &program.network.logs;
        let places: Vec<usize> =
            logs.iter().filter(|log| log.stream == stream).map(|log| usize::from(log.queue)).collect();
        let Some(first) = places.first() else { return };
        // The shards of a stream are the same for all who read it.
        let mut open: Vec<usize> = self.log_state(*first).open_shards();
        open.sort_by_key(|shard| self.world.logs[self.log_index(*first)].shards[*shard].low);
        let which = self.reshard_choice(table, WHICH + ordinal, Menu::OneOf(open.len() as u32)) as usize;
        let may_merge = open.len() > 1 && how == Resharding::ParentsFirst;
        let merges = may_merge && self.reshard_choice(table, HOW + ordinal, Menu::OneOf(2)) == 1;
        let second = if merges { (which + 1) % open.len() } else { which };
        let (low, high) = (open[which.min(second)], open[which.max(second)]);
        let is_ring = merges && which.abs_diff(second) > 1;
        if is_ring {
            return;
        }
        for place in places {
            self.close_shards(place, low, high, how);
            self.mark(place, Family::Reshard);
            self.wake_all(place);
        }
        let count = open.len() + 1 - 2 * usize::from(merges);
        let value = (u32::from(merges), count as u64);
        self.record(RecordKind::StreamResharded, table.entity, rule, value, 0, &[]);
    }

    fn close_shards(&mut self, place: usize, low: usize, high: usize, how: Resharding) {
        let shards = &mut self.log_state(place).shards;
        let (from, to) = (shards[low].low, shards[high].high);
        shards[low].is_open = false;
        shards[high].is_open = false;
        let parents = (how == Resharding::ParentsFirst).then_some((low as u16, high as u16));
        if low == high {
            let middle = from + (to - from) / 2;
            self.add_shard(place, (from, middle), parents);
            self.add_shard(place, (middle + 1, to), parents);
        } else {
            self.add_shard(place, (from, to), parents);
        }
    }

    fn reshard_choice(&mut self, stream: &StreamTable, ordinal: u32, menu: Menu) -> u64 {
        let family = Family::Reshard;
        let domain = self.program.profile.fault(family).domain;
        let entity = self.program.hash(stream.entity);
        self.chooser.choose(&ChoicePoint { family, domain, entity, item: 0, ordinal }, menu)
    }
}

/// Choices of which shards, and of whether they are split or merged, are numbered from here; those of when from 0.
const WHICH: u32 = 100;
const HOW: u32 = 200;

/// A stream is resharded this often at most: our own bound, so that short runs stay short.
const RESHARDINGS_AT_MOST: u32 = 2;

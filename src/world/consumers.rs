//! Consumers of topics: how many lanes of a mapping run at a time, and when there get to be more.
//!
//! Lanes that find all consumers busy take turns. Absent: consumers that are taken away again.

use crate::kernel::{Chooser, Family};
use crate::program::{FirstConsumers, LogTable};
use crate::trace::{Observer, RecordKind};
use crate::vocabulary::Duration;
use crate::world::handler::Handler;
use crate::world::log::{Lane, LaneTurn};
use crate::world::run::{Due, Run};

/// Whether a lane waits for a consumer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Line {
    /// It does not.
    #[default]
    Out,
    /// It found all of them busy.
    In,
    /// One is free for it, and it is looked at soon.
    Called,
}

/// The consumers of a mapping in a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Consuming {
    /// How many there are.
    count: u32,
    /// Whether more are to come.
    grows: bool,
    /// How often there were to be more.
    looks: u32,
    /// The lane at which the search for the next one begins.
    next: usize,
}

impl Default for Consuming {
    fn default() -> Self {
        Self { count: u32::MAX, grows: false, looks: 0, next: 0 }
    }
}

impl<C: Chooser, O: Observer, H: Handler> Run<'_, C, O, H> {
    /// How many consumers each mapping begins with.
    pub(crate) fn prepare_consumers(&mut self) {
        let program = self.program;
        for (log, table) in program.network.consumers.iter().enumerate() {
            let place = usize::from(program.network.logs[log].queue);
            let count = match table.as_ref().map(|table| &table.first) {
                None => continue,
                Some(FirstConsumers::Stated(count)) => *count,
                Some(FirstConsumers::Open(rule)) => {
                    let entity = self.world.queue_tables[place].entity;
                    if self.open_value(rule, entity, 0, 0) == rule.ordinary() {
                        continue;
                    }
                    self.mark(place, Family::Unspecified);
                    1
                }
            };
            self.world.logs[log].consumers.count = count;
        }
    }

    /// Whether a consumer is free for one more lane.
    pub(crate) fn has_consumer(&self, place: usize, table: &LogTable) -> bool {
        let state = &self.world.logs[self.log_index(place)];
        // Topics of Kafka have no windows.
        if state.consumers.count == u32::MAX || table.tumbling > Duration::ZERO {
            return true;
        }
        let is_busy = |lane: &&Lane| lane.turn == LaneTurn::Running || lane.line == Line::Called;
        (state.lanes.iter().filter(is_busy).count() as u64) < u64::from(state.consumers.count)
    }

    /// A lane waits until one of the others has ended, and there may get to be more consumers.
    pub(crate) fn wait_for_consumer(&mut self, place: usize, lane: usize) {
        self.log_state(place).lanes[lane].line = Line::In;
        self.plan_more_consumers(place);
    }

    //= msk.scaling_delay
    //= self_managed_kafka.scaling_delay
    fn plan_more_consumers(&mut self, place: usize) {
        let (program, log) = (self.program, self.log_index(place));
        let Some(table) = &program.network.consumers[log] else { return };
        let Consuming { count, grows, looks, .. } = self.world.logs[log].consumers;
        if grows || count >= table.most {
            return;
        }
        let since = self.now.since_start().as_micros();
        let look = match table.every.as_micros() {
            0 => since,
            every => since.next_multiple_of(every),
        };
        let entity = self.world.queue_tables[place].entity;
        let delay = self.open_value(&table.delay, entity, 0, looks);
        if delay != table.delay.ordinary() {
            self.mark(place, Family::Unspecified);
        }
        let state = &mut self.world.logs[log].consumers;
        (state.grows, state.looks) = (true, looks + 1);
        self.after(Duration::from_micros(look - since + delay), Due::Consumers { log: log as u16 });
    }

    /// A mapping that still lags behind gets more consumers.
    pub(crate) fn more_consumers(&mut self, log: usize) {
        let program = self.program;
        let Some(table) = &program.network.consumers[log] else { return };
        let place = usize::from(self.world.log_tables[log].queue);
        self.world.logs[log].consumers.grows = false;
        if !self.world.logs[log].lanes.iter().any(|lane| lane.line == Line::In) {
            return;
        }
        let entity = self.world.queue_tables[place].entity;
        //= msk.scaling_step
        //= self_managed_kafka.scaling_step
        let by_one = self.open_value(&table.step, entity, 0, 0) != table.step.ordinary();
        if by_one {
            self.mark(place, Family::Unspecified);
        }
        let lanes = self.world.logs[log].lanes.len() as u32;
        let state = &mut self.world.logs[log].consumers;
        let more = if by_one { state.count.saturating_add(table.each) } else { lanes.max(state.count) };
        state.count = more.min(table.most);
        let value = u64::from(state.count);
        self.record(RecordKind::ConcurrencyChanged, entity, table.rule, (0, value), 0, &[]);
        self.hand_over(place);
        if self.world.logs[log].lanes.iter().any(|lane| lane.line == Line::In) {
            self.plan_more_consumers(place);
        }
    }

    /// Lanes that wait get the consumers that are free, one after the other in turn.
    pub(crate) fn hand_over(&mut self, place: usize) {
        let log = self.log_index(place);
        if self.world.logs[log].consumers.count == u32::MAX {
            return;
        }
        while self.has_consumer(place, &self.world.log_tables[log]) {
            let state = &mut self.world.logs[log];
            let (count, next) = (state.lanes.len(), state.consumers.next);
            let mut turns = (next..next + count).map(|lane| lane % count);
            let Some(lane) = turns.find(|lane| state.lanes[*lane].line == Line::In) else { return };
            state.consumers.next = (lane + 1) % count;
            state.lanes[lane].line = Line::Called;
            self.look_after(place, lane, Duration::ZERO);
        }
    }
}

//! Consumers of topics, naively: whoever wants to run counts who runs, and stands in line where they are as many as there
//! are consumers.

use redrive::kernel::Chooser;
use redrive::program::{FirstConsumers, LogTable};
use redrive::trace::RecordKind;
use redrive::vocabulary::{Duration, Instant};

use super::Naive;
use super::state::What;

/// The consumers of a mapping.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Consumers {
    /// Nothing where there are as many as partitions.
    count: Option<u32>,
    /// When they get more.
    more_at: Option<Instant>,
    /// How often that was decided.
    decided: u32,
    /// Who is the first in line.
    first: usize,
}

impl<C: Chooser> Naive<'_, C> {
    pub(super) fn prepare_consumers(&mut self) {
        let program = self.program;
        for (log, table) in program.network.consumers.iter().enumerate() {
            let entity = self.queues[usize::from(self.logs[log].queue)].entity;
            let count = table.as_ref().and_then(|table| match &table.first {
                FirstConsumers::Stated(count) => Some(*count),
                FirstConsumers::Open(rule) => (self.open(rule, entity, 0, 0) == 1).then_some(1),
            });
            self.consumers.push(Consumers { count, ..Consumers::default() });
        }
    }

    /// Whether all consumers are busy; then a lane stands in line.
    pub(super) fn must_queue(&mut self, strand: usize, table: &LogTable) -> bool {
        let log = self.strands[strand].log;
        if self.free_consumers(log, table) {
            return false;
        }
        self.strands[strand].queue();
        self.ask_for_consumers(log);
        true
    }

    fn free_consumers(&self, log: usize, table: &LogTable) -> bool {
        let busy = self
            .strands
            .iter()
            .filter(|strand| strand.log == log && (strand.runs() || strand.is_called))
            .count();
        table.tumbling > Duration::ZERO || self.consumers[log].count.is_none_or(|count| busy < count as usize)
    }

    fn ask_for_consumers(&mut self, log: usize) {
        let program = self.program;
        let Some(table) = &program.network.consumers[log] else { return };
        let consumers = self.consumers[log];
        if consumers.more_at.is_some() || consumers.count.is_some_and(|count| count >= table.most) {
            return;
        }
        let mut look = self.now;
        while table.every > Duration::ZERO && !look.as_micros().is_multiple_of(table.every.as_micros()) {
            look = Instant::from_micros(look.as_micros() / table.every.as_micros() * table.every.as_micros())
                + table.every;
        }
        let entity = self.queues[usize::from(self.logs[log].queue)].entity;
        let delay = Duration::from_micros(self.open(&table.delay, entity, 0, consumers.decided));
        self.consumers[log].decided += 1;
        self.consumers[log].more_at = Some(look + delay);
        self.agenda.push((look + delay, What::MoreConsumers(log)));
    }

    pub(super) fn more_consumers(&mut self, log: usize) {
        let program = self.program;
        let table = program.network.consumers[log].as_ref().expect("it asked for more");
        self.consumers[log].more_at = None;
        if self.in_line(log).is_empty() {
            return;
        }
        let entity = self.queues[usize::from(self.logs[log].queue)].entity;
        let lanes = self.strands.iter().filter(|strand| strand.log == log).count() as u32;
        let count = self.consumers[log].count.expect("somebody stands in line");
        let more =
            if self.open(&table.step, entity, 0, 0) == 0 { lanes.max(count) } else { count + table.each };
        self.consumers[log].count = Some(more.min(table.most));
        self.enter(RecordKind::ConcurrencyChanged, entity, table.rule, u64::from(more.min(table.most)), &[]);
        self.serve(log);
        if !self.in_line(log).is_empty() {
            self.ask_for_consumers(log);
        }
    }

    /// Lanes in line, by whose turn it is.
    fn in_line(&self, log: usize) -> Vec<usize> {
        let own: Vec<usize> =
            (0..self.strands.len()).filter(|strand| self.strands[*strand].log == log).collect();
        let mut line: Vec<usize> =
            own.iter().copied().filter(|strand| self.strands[*strand].queues()).collect();
        let first = self.consumers[log].first;
        line.sort_by_key(|strand| (self.strands[*strand].number + own.len() - first) % own.len());
        line
    }

    /// Whoever stands in line gets what is free.
    pub(super) fn serve(&mut self, log: usize) {
        let table = self.logs[log];
        while self.consumers[log].count.is_some() && self.free_consumers(log, &table) {
            let Some(strand) = self.in_line(log).first().copied() else { return };
            let lanes = self.strands.iter().filter(|strand| strand.log == log).count();
            self.consumers[log].first = (self.strands[strand].number + 1) % lanes;
            self.strands[strand].is_called = true;
            self.plan_strand(strand, Duration::ZERO);
        }
    }
}

//! Events of streams that are only so large, naively: a batch is as many of the records in front as there may be and as
//! fit; what is alone too large goes first of all, once nothing before it is left.

use redrive::kernel::Chooser;
use redrive::program::LogTable;
use redrive::trace::Record;

use super::Naive;

impl<C: Chooser> Naive<'_, C> {
    fn space(&self, messages: &[usize], table: &LogTable) -> u64 {
        let events = &self.program.network.streams[usize::from(table.stream)].events;
        messages.iter().map(|message| events.of(self.messages[*message].class)).sum()
    }

    /// How many of these fit into one event, beside others.
    pub(super) fn fitting(&self, others: &[usize], messages: &[usize], table: &LogTable) -> usize {
        let room = self.program.network.streams[usize::from(table.stream)].events.room;
        let mut sum = self.space(others, table);
        let most = (table.batch_size as usize).saturating_sub(others.len());
        let fits = |message: &&usize| {
            sum += self.space(&[**message], table);
            sum <= room
        };
        messages.iter().take(most).take_while(fits).count()
    }

    /// Whether these would be no larger a batch if there were more behind them.
    pub(super) fn is_batch(&self, messages: &[usize], table: &LogTable) -> bool {
        let fit = self.fitting(&[], messages, table);
        fit < messages.len() || fit >= table.batch_size as usize
    }

    /// What is too large for any event goes.
    pub(super) fn give_up_large(&mut self, strand: usize, table: &LogTable) {
        let stream = &self.program.network.streams[usize::from(table.stream)];
        let is_large = |message: &&usize| self.space(&[**message], table) > stream.events.room;
        if !self.strands[strand].has_bits() {
            let large: Vec<usize> =
                self.strands[strand].unread.iter().take_while(is_large).copied().collect();
            self.give_up_by(strand, &large, stream.too_large, (0, Record::TOO_LARGE));
            self.clean(strand);
        }
    }
}

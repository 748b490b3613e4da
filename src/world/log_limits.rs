//! What a stream and its readers cannot do for longer: a mapping whose stream has lost what it had not read stops.

use crate::kernel::Chooser;
use crate::trace::{Observer, Record, RecordKind};
use crate::world::handler::Handler;
use crate::world::run::Run;

impl<C: Chooser, O: Observer, H: Handler> Run<'_, C, O, H> {
    /// Where a stream has forgotten what a mapping had not done with, some sources switch the mapping off.
    pub(crate) fn stop_at_gap(&mut self, place: usize) {
        let Some(rule) = self.stream_table(place).gap else { return };
        let log = self.log_index(place);
        if std::mem::take(&mut self.world.log_tables[log].enabled) {
            let entity = self.world.queue_tables[place].entity;
            self.record(RecordKind::SettingChanged, entity, rule, (Record::BY_ITSELF, 0), 0, &[]);
        }
    }
}

//! Settings of a run that a template leaves open or a scenario changes.

use crate::program::UnknownTarget;
use crate::topology::ResponseType;
use crate::vocabulary::Duration;
use crate::world::run::World;

impl World {
    /// Sets one.
    pub(crate) fn resolve(&mut self, target: UnknownTarget, value: u64) {
        let length = Duration::from_micros(value);
        let count = u32::try_from(value).unwrap_or(u32::MAX - 1);
        match target {
            UnknownTarget::Visibility(index) => self.queue_tables[index].visibility = length,
            UnknownTarget::Retention(index) => self.queue_tables[index].retention = length,
            UnknownTarget::Delay(index) => self.queue_tables[index].delay = length,
            UnknownTarget::MaxReceiveCount(index) => self.queue_tables[index].max_receive_count = count,
            UnknownTarget::Scope(_) | UnknownTarget::Throughput(_) | UnknownTarget::ContentBased(_) => {
                self.resolve_fifo(target, value);
            }
            UnknownTarget::MinimumPollers(_) | UnknownTarget::MaximumPollers(_) => {
                self.resolve_pollers(target, count);
            }
            UnknownTarget::BatchSize(index) => self.mapping_tables[index].batch_size = count.max(1),
            UnknownTarget::Window(index) => self.mapping_tables[index].window = length,
            UnknownTarget::MaximumConcurrency(index) => {
                self.mapping_tables[index].maximum_concurrency = count;
            }
            UnknownTarget::Enabled(index) => self.mapping_tables[index].enabled = value != 0,
            UnknownTarget::ResponseType(index) => {
                self.mapping_tables[index].response_type =
                    if value == 0 { ResponseType::WholeBatch } else { ResponseType::BatchItemFailures };
            }
            UnknownTarget::Timeout(index) => self.function_tables[index].timeout = length,
            UnknownTarget::Reserved(index) => self.function_tables[index].reserved = count,
            UnknownTarget::PushAttempts(index) => self.push_tables[index].attempts = count,
            UnknownTarget::PushAge(index) => self.push_tables[index].age = length,
            UnknownTarget::Delivers(link) => {
                for hop in self.hop_tables.iter_mut().filter(|hop| usize::from(hop.switch) == link) {
                    hop.enabled = value != 0;
                }
            }
            UnknownTarget::Log(index, setting) => self.log_tables[index].set(setting, value),
        }
    }
}

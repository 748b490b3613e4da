//! What comes into a part, and what its functions send: the loads that a scenario states, those that come at times of
//! their own, and the emissions of handlers.

use crate::program::compile::Builder;
use crate::program::load::emitted_class;
use crate::program::sends::Send;
use crate::program::{PayloadClass, Profile, StatedEmission, StatedLoad};
use crate::topology::{LinkEnd, ResourceId};
use crate::vocabulary::NameHash;

impl Builder<'_> {
    /// The loads that the scenario states for the queues, and behind them those for the channels.
    pub(super) fn loads(
        &self,
        profile: &Profile,
        classes: &mut Vec<PayloadClass>,
    ) -> (Vec<Option<StatedLoad>>, Vec<Option<StatedLoad>>) {
        let mut load = |name: &str| {
            let stated = self.scenario.load_of(name);
            (!stated.is_empty()).then(|| StatedLoad::of(&stated, classes))
        };
        let queues = self.component.queues.iter();
        let of_queues = queues.map(|id| load(self.topology.resource(*id).name.as_str())).collect();
        let channels = self.component.channels.iter();
        let of_channels = channels.map(|(channel, _)| self.channel_load(channel, profile, classes)).collect();
        (of_queues, of_channels)
    }

    fn channel_load(
        &self,
        channel: &LinkEnd,
        profile: &Profile,
        classes: &mut Vec<PayloadClass>,
    ) -> Option<StatedLoad> {
        let stated = self.scenario.load_of(self.topology.end_name(channel));
        if stated.is_empty()
            && let LinkEnd::Resource(id) = channel
            && let Some(every) = self.topology.schedules.get(id)
        {
            //= profile.schedules
            let phase = profile.faulty_phases.iter().copied().max().unwrap_or_default();
            return Some(StatedLoad::scheduled(*every, phase, profile.scheduled_events));
        }
        let table = self.table_loads(channel);
        (!stated.is_empty()).then(|| match table {
            Some(table) => table.load(&stated, classes),
            None => StatedLoad::of(&stated, classes),
        })
    }

    /// What the functions send to what.
    pub(super) fn emissions(&self, classes: &mut Vec<PayloadClass>) -> Vec<Vec<StatedEmission>> {
        let of_function = |function: &ResourceId| {
            let own: Vec<&Send> = self.sends.iter().filter(|send| send.function == *function).collect();
            let mut emits = Vec::with_capacity(own.len());
            for (index, send) in own.iter().enumerate() {
                let counts = |sends: &[&Send]| -> u32 {
                    sends.iter().filter(|other| other.target == send.target).map(|other| other.count).sum()
                };
                let Some(target) = self.send_target(*function, send.target) else { continue };
                emits.push(StatedEmission {
                    target,
                    per: send.per,
                    count: send.count,
                    class: emitted_class(classes, self.sent_body(send).as_ref(), send.group.as_ref()),
                    tenant: send.group.as_deref().map(NameHash::of),
                    first: counts(&own[..index]),
                    of: counts(&own),
                    closes: send.closes,
                });
            }
            emits
        };
        self.component.functions.iter().map(of_function).collect()
    }

    /// What a function sends, where it is a table as the record of it.
    fn sent_body(&self, send: &Send) -> Option<String> {
        let body = send.body.clone()?;
        Some(match self.table_loads(&LinkEnd::Resource(send.target)) {
            Some(table) => table.inserted(&body),
            None => body,
        })
    }
}

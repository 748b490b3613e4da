//! Events that come round, naively: each knows all functions that ran for what led to it.

use redrive::kernel::Chooser;
use redrive::trace::{Record, RecordKind};

use super::Naive;

impl<C: Chooser> Naive<'_, C> {
    /// Whether a function sends something round once more for an event; says so if it does not.
    pub(super) fn goes_on_round(&mut self, event: usize, function: usize) -> bool {
        let bound = self.program.network.rounds.as_ref().expect("something goes round").bound;
        let rounds = self.messages[event].past.iter().filter(|ran| ran.is_round).count();
        if rounds < bound.rounds as usize && self.sent_round < bound.events {
            self.sent_round += 1;
            return true;
        }
        let entity = self.functions[function].entity;
        let event = self.messages[event].event;
        self.tell(RecordKind::DeliveryFiltered, entity, bound.rule, (0, Record::LEFT_OUT), (event, 0));
        false
    }

    /// Whether Lambda has counted too many runs of the function in the chain of an event: it counts back to where the
    /// mark got lost.
    pub(super) fn is_round_too_often(&self, message: usize, function: usize) -> bool {
        let Some(rounds) = &self.program.network.rounds else { return false };
        let past = &self.messages[message].past;
        let known = past.iter().rposition(|ran| ran.loses_mark).map_or(0, |lost| lost + 1);
        let runs = past[known..].iter().filter(|ran| ran.function == function).count();
        rounds.stops[function] && runs >= rounds.most as usize
    }
}

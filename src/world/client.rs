//! Clients that a scenario states: how often and after which pauses they call again, and the store that bounds it.

use crate::kernel::{Chooser, Family};
use crate::program::{ClientTable, Failure};
use crate::trace::Observer;
use crate::vocabulary::Duration;
use crate::world::handler::Handler;
use crate::world::run::Run;

impl<'a, C: Chooser, O: Observer, H: Handler> Run<'a, C, O, H> {
    /// The pause before a stated client tries again, where it does.
    pub(crate) fn client_again(
        &mut self,
        place: usize,
        entry: u32,
        client: &'a ClientTable,
        failure: Failure,
    ) -> Option<Duration> {
        //= sdk.mode_legacy
        //= sdk.mode_standard
        //= sdk.mode_2026
        //= sdk.mode_adaptive
        let state = self.world.entries[entry as usize];
        let number = state.tries + 1;
        if client.first[failure as usize].is_none() || number >= client.attempts {
            return None;
        }
        if let Some(quota) = &client.quota {
            let (cost, store) = (quota.costs[failure as usize], self.retry_store(place));
            if *store < cost {
                return None;
            }
            *store -= cost;
            self.world.entries[entry as usize].cost = cost;
        }
        let event = self.world.copies[state.copy as usize].event;
        let (entity, name) =
            (self.world.queue_tables[place].entity, self.world.events[event.0 as usize].name);
        let share = self.open_value(&client.jitter, entity, name, number);
        if share != client.jitter.ordinary() {
            self.mark(place, Family::Unspecified);
        }
        let state = &mut self.world.entries[entry as usize];
        state.tries = number;
        state.calls_of_try = 0;
        client.pause(failure, number, share)
    }

    /// What is left for retries where these callers are.
    fn retry_store(&mut self, place: usize) -> &mut u32 {
        let request = self.program.push(place).and_then(|push| push.request);
        &mut self.world.quotas[usize::from(request.expect("requests have a table"))]
    }

    /// A success puts back what the last retry took, or a little where there was none.
    pub(crate) fn put_back(&mut self, place: usize, entry: u32) {
        let client = self.request_table(place).stated.as_ref();
        let Some(quota) = client.and_then(|client| client.quota) else { return };
        let cost = self.world.entries[entry as usize].cost;
        let back = if cost == 0 { quota.success } else { cost };
        let store = self.retry_store(place);
        *store = (*store + back).min(quota.store);
    }
}

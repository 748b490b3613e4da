//! Callers that wait for a function's answer: what they see of each failure, when they stop waiting, and whether they
//! call again.

use crate::kernel::{Chooser, Family};
use crate::models::RuleId;
use crate::program::{Failure, RequestTable, Slot};
use crate::trace::{Covered, EventId, Observer, Record, RecordKind};
use crate::vocabulary::Duration;
use crate::world::batch::Ending;
use crate::world::buffer::Entry;
use crate::world::callbacks::Heard;
use crate::world::function::Refusal;
use crate::world::handler::{Handler, Outcome, Response};
use crate::world::push::{on_way, pause};
use crate::world::run::{Due, Run};
use crate::world::state::{CopyState, EventState, Fate};
use crate::world::steps::StepOver;

/// Whoever tries until there is an answer does so this often at most: our own bound, so that runs end.
const TRIES_AT_MOST: u32 = 5;
/// A caller who calls once more.
const AGAIN_ONCE: u64 = 1;
/// Nobody waits for this entry any more.
pub(crate) const OVER: u32 = u32::MAX;

impl<'a, C: Chooser, O: Observer, H: Handler> Run<'a, C, O, H> {
    /// Somebody calls the function and waits.
    pub(crate) fn request(&mut self, event: EventId, place: usize) {
        let entry = self.enter_place(event, place);
        self.step_called(event, entry);
        if self.request_table(place).task.as_ref().is_some_and(|task| task.twice.is_some()) {
            self.draw_twin(entry, place);
        }
        self.call(entry);
    }

    /// One call.
    pub(crate) fn call(&mut self, entry: u32) {
        self.call_by(entry, self.program.rule(Slot::RequestInvoke));
    }

    /// One call, for a reason.
    pub(crate) fn call_by(&mut self, entry: u32, rule: RuleId) {
        let Entry { copy, answered, .. } = self.world.entries[entry as usize];
        if answered == OVER {
            return;
        }
        let place = usize::from(self.world.copies[copy as usize].queue);
        let function = usize::from(self.push_table(place).function);
        let state = &mut self.world.entries[entry as usize];
        state.calls += 1;
        state.calls_of_try += 1;
        let batch = self.open_push(entry, place, function);
        let call = self.world.entries[entry as usize].calls;
        self.world.batches[batch as usize].items[0].receives = call;
        let entity = self.world.queue_tables[place].entity;
        self.note_batch(RecordKind::RequestMade, entity, rule, batch, u64::from(call));
        if self.is_denied(copy) {
            self.free(batch);
            return self.answered(entry, Failure::Denied, Record::NEVER_RAN);
        }
        match self.refusal(function, self.pool_at(place)) {
            None => {
                let state = &mut self.world.copies[copy as usize];
                state.receives = call;
                state.state = CopyState::InFlight;
                if let Some(timeout) = self.request_table(place).timeout {
                    self.after(timeout, Due::CallerStops { entry, call });
                }
                self.call_waits(self.world.copies[copy as usize].event);
                self.start(batch, function);
            }
            Some(refusal) => {
                self.note_refusal(batch, place, function, refusal, Duration::ZERO);
                self.free(batch);
                let failure = match refusal {
                    Refusal::Throttled => Failure::Throttled,
                    Refusal::ServiceError => Failure::ServiceError,
                    // Final like what is not permitted; no scenario deletes a function that somebody waits for.
                    Refusal::Deleted => Failure::Denied,
                };
                self.answered(entry, failure, Record::NEVER_RAN);
            }
        }
    }

    pub(crate) fn request_table(&self, place: usize) -> &'a RequestTable {
        let push = self.program.push(place).and_then(|push| push.request);
        &self.program.network.requests[usize::from(push.expect("requests have a table"))]
    }

    /// Whether the link by which an entry came is denied.
    fn is_denied(&self, copy: u32) -> bool {
        let event = self.world.copies[copy as usize].event;
        self.last_hop(event).is_some_and(|hop| self.world.hop_tables[hop].denied)
    }

    /// The last hop of the route on which an event came.
    fn last_hop(&self, event: EventId) -> Option<usize> {
        let route = self.world.events[event.0 as usize].route;
        let hops = || self.program.network.routes[usize::from(route)].hops;
        (route != EventState::NO_ROUTE).then(|| usize::from(hops().0 + hops().1 - 1))
    }

    /// The function has ended; whoever still waits for this call sees how.
    pub(crate) fn requested_ended(
        &mut self,
        entry: u32,
        call: u32,
        ending: Ending,
        outcome: Option<Outcome>,
    ) {
        //= sync.goes_on
        if self.world.entries[entry as usize].answered >= call {
            return;
        }
        let failure = match (ending, outcome) {
            (_, Some(Outcome::Returned(Response::TooLarge(_)))) => Failure::TooLarge,
            (_, Some(Outcome::Returned(_))) => match self.call_heard(self.event_of(entry)) {
                Heard::Success => return self.answer_request(entry, call),
                Heard::Failure => Failure::Failed,
                // Whoever calls waits for more than the answer.
                Heard::Nothing => return,
            },
            (Ending::TimedOut { .. }, _) => Failure::TimedOut,
            (Ending::Crashed { .. }, _) => Failure::Crashed,
            (Ending::Handler | Ending::Outage | Ending::InitFailed, None | Some(Outcome::Threw)) => {
                Failure::Failed
            }
        };
        self.answered(entry, failure, Record::RAN);
    }

    fn event_of(&self, entry: u32) -> EventId {
        self.world.copies[self.world.entries[entry as usize].copy as usize].event
    }

    /// The function returned in time.
    fn answer_request(&mut self, entry: u32, call: u32) {
        let Entry { copy, .. } = self.world.entries[entry as usize];
        let place = usize::from(self.world.copies[copy as usize].queue);
        let (entity, rule) = (self.world.queue_tables[place].entity, self.program.rule(Slot::RequestAnswer));
        self.note_answer(copy, call, (entity, rule), (Record::FOR_GOOD, Record::ANSWERED));
        self.world.entries[entry as usize].answered = OVER;
        self.leave_place(copy, place);
        let event = self.world.copies[copy as usize].event;
        self.step_answered(event, entry);
        self.end_waiting(event);
        self.put_back(place, entry);
        self.lose(event, entity, rule, Record::LOST_BY_DELETE);
        self.step_over(event, StepOver::Answered);
    }

    pub(crate) fn note_answer(
        &mut self,
        copy: u32,
        receives: u32,
        (entity, rule): (crate::trace::EntityId, crate::models::RuleId),
        (ran, value): (u32, u64),
    ) {
        let event = self.world.copies[copy as usize].event;
        let name = self.world.events[event.0 as usize].name;
        let covered = [Covered { event, copy, receives }];
        self.record(RecordKind::RequestAnswered, entity, rule, (ran, value), name, &covered);
    }

    /// A caller stops waiting for a call that is still under way.
    pub(crate) fn caller_stops(&mut self, entry: u32, call: u32) {
        if self.world.entries[entry as usize].answered >= call {
            return;
        }
        self.call_missed(self.event_of(entry));
        self.answered(entry, Failure::GaveUp, Record::RAN);
    }

    /// A caller sees a failure, calls again, or is told for good.
    fn answered(&mut self, entry: u32, failure: Failure, ran: u32) {
        let Entry { copy, calls, .. } = self.world.entries[entry as usize];
        let place = usize::from(self.world.copies[copy as usize].queue);
        let entity = self.world.queue_tables[place].entity;
        let answer = self.request_table(place).answer(failure);
        self.world.entries[entry as usize].answered = calls;
        let again = self.calls_again(place, entry, calls, failure);
        let ran = if again.is_some() { ran } else { ran | Record::FOR_GOOD };
        self.note_answer(copy, calls, (entity, answer.rule), (ran, failure as u64));
        if let Some((pause, rule)) = again {
            let covered = [Covered { event: self.world.copies[copy as usize].event, copy, receives: calls }];
            let name = self.world.events[covered[0].event.0 as usize].name;
            let value = (Record::AFTER_ERROR, pause.as_micros());
            self.record(RecordKind::RetryScheduled, entity, rule, value, name, &covered);
            return self.after(pause, Due::Push { entry });
        }
        self.world.entries[entry as usize].answered = OVER;
        self.leave_place(copy, place);
        let event = self.world.copies[copy as usize].event;
        self.step_answered(event, entry);
        self.end_waiting(event);
        if let Some(task) = &self.request_table(place).task {
            return self.task_failed(self.tries(place, entry), event, task, failure);
        }
        if self.request_table(place).gives_up.is_some()
            && let Some(hop) = self.last_hop(event)
        {
            return self.undelivered(event, hop);
        }
        if !answer.told {
            return self.lose(event, entity, answer.rule, Record::LOST_UNTOLD);
        }
        if self.world.decide(event, Fate::Told) {
            let name = self.world.events[event.0 as usize].name;
            let value = (0, failure as u64);
            self.record(RecordKind::ObligationReturned, entity, answer.rule, value, name, &[on_way(event)]);
        }
    }

    /// The pause before the next call, where there is one, and by which rule it is made: the front calls again by its
    /// own rules, and whoever is behind it as they like, whereupon the front's rules begin anew.
    fn calls_again(
        &mut self,
        place: usize,
        entry: u32,
        calls: u32,
        failure: Failure,
    ) -> Option<(Duration, RuleId)> {
        let table = self.request_table(place);
        if let Some(task) = &table.task {
            return Some((self.task_again(self.tries(place, entry), task, failure, calls)?, task.retry));
        }
        let Entry { calls_of_try, tries, copy, accepted, .. } = self.world.entries[entry as usize];
        if table.repeats(failure)
            && let Some(pause) = pause(&table.phases, calls_of_try)
            && table.gives_up.is_none_or(|longest| (self.now + pause).since(accepted) <= longest)
        {
            return Some((pause, table.again));
        }
        if let Some(stated) = &table.stated {
            return Some((self.client_again(place, entry, stated, failure)?, stated.rule));
        }
        let client = table.client.as_ref()?;
        let event = self.world.copies[copy as usize].event;
        let (entity, name) =
            (self.world.queue_tables[place].entity, self.world.events[event.0 as usize].name);
        let habit = self.open_value(client, entity, name, 0);
        if habit == client.ordinary() {
            return None;
        }
        self.mark(place, Family::Unspecified);
        let most = if habit == AGAIN_ONCE { 2 } else { TRIES_AT_MOST };
        if tries + 1 >= most {
            return None;
        }
        let state = &mut self.world.entries[entry as usize];
        state.tries = tries + 1;
        state.calls_of_try = 0;
        Some((self.program.profile.send_retry, client.rule))
    }
}

//! Callers who wait for an answer, naively.
//!
//! 1. **A try** of a front is a row of calls: the first one, and those that the front makes by its own rules after
//!    failures that it repeats, with its own pauses. Whoever is behind the front may try anew when a try has failed, and
//!    then the front's rules begin anew too.
//! 2. **A call** is denied, refused, or starts the function at once. Nothing is kept for later.
//! 3. **A caller knows a call's end once**: by the answer, by a failure, or when its patience ends, whichever is first.
//!    What the function does after that changes nothing for the caller; it is not stopped either.
//! 4. **The last failure** is told, or looks like success, which loses the event unless something came of it.

use redrive::kernel::Chooser;
use redrive::program::{ClientTable, Failure, Phase, PushKind, RequestTable, Slot};
use redrive::trace::{Record, RecordKind};
use redrive::vocabulary::Duration;

use super::Naive;
use super::function::Refusal;
use super::invocation::Answer;
use super::state::{Batch, End, Fate, Place, Stage, Taken, What};

/// Whoever never stops calling does stop after so many tries.
const TRIES: u32 = 5;

/// One caller.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caller {
    pub(super) message: usize,
    place: usize,
    /// Calls so far.
    calls: u32,
    /// How many of them belong to the try that is under way, and how many tries there were before it.
    calls_of_try: u32,
    tries: u32,
    /// What its last retry took from its client's store.
    paid: u32,
    /// Whether it still waits for the last call.
    waits: bool,
}

impl<'a, C: Chooser> Naive<'a, C> {
    pub(super) fn is_called(&self, place: usize) -> bool {
        self.pushes.iter().any(|push| usize::from(push.queue) == place && push.kind == PushKind::Request)
    }

    fn manners(&self, place: usize) -> &'a RequestTable {
        let push = self.pushes.iter().find(|push| usize::from(push.queue) == place).expect("it is called");
        &self.program.network.requests[usize::from(push.request.expect("somebody waits"))]
    }

    pub(super) fn request(&mut self, event: usize, place: usize) {
        let message = self.another(event, place, Place::Buffered);
        self.callers.push(Caller {
            message,
            place,
            calls: 0,
            calls_of_try: 0,
            tries: 0,
            paid: 0,
            waits: false,
        });
        self.call(self.callers.len() - 1);
    }

    pub(super) fn call(&mut self, caller: usize) {
        let state = &mut self.callers[caller];
        state.calls += 1;
        state.calls_of_try += 1;
        state.waits = true;
        let Caller { message, place, calls, .. } = *state;
        let push = self.pushes.iter().find(|push| usize::from(push.queue) == place).expect("it is called");
        let function = usize::from(push.function);
        let entity = self.queues[place].entity;
        self.note(
            RecordKind::RequestMade,
            entity,
            Slot::RequestInvoke,
            u64::from(calls),
            &[(message, calls)],
        );
        let event = self.messages[message].event;
        let is_denied = self.messages[event]
            .route
            .is_some_and(|route| self.hops_of(route).last().is_some_and(|last| last.denied));
        if is_denied {
            return self.fails(caller, Failure::Denied, Record::NEVER_RAN);
        }
        if let Some(refusal) = self.refusal(function) {
            let (kind, slot, failure) = match refusal {
                Refusal::Throttled => {
                    (RecordKind::InvocationThrottled, Slot::FunctionThrottled, Failure::Throttled)
                }
                Refusal::Gone => unreachable!("a function that somebody waits for is not deleted"),
                Refusal::ServiceError => {
                    (RecordKind::InvocationRefused, Slot::FunctionServiceError, Failure::ServiceError)
                }
            };
            self.note(kind, self.functions[function].entity, slot, 0, &[(message, calls)]);
            return self.fails(caller, failure, Record::NEVER_RAN);
        }
        if let Some(patience) = self.manners(place).timeout {
            self.after(patience, What::CallerStops { caller, call: calls });
        }
        self.batches.push(Batch {
            mapping: None,
            function,
            entry: None,
            caller: Some((caller, calls)),
            strand: None,
            stage: Stage::Running,
            items: vec![Taken { message, receive: usize::MAX, receives: calls }],
            failing: Vec::new(),
            end: End::Handler,
        });
        self.start(self.batches.len() - 1);
    }

    /// The function has ended a call that its caller may still wait for.
    pub(super) fn called_back(&mut self, (caller, call): (usize, u32), end: End, answer: &Answer) {
        let Caller { message, place, calls, waits, .. } = self.callers[caller];
        if calls != call || !waits {
            return;
        }
        let failure = match (end, answer) {
            (End::Handler, Answer::Success | Answer::Failures(_)) => {
                self.callers[caller].waits = false;
                self.messages[message].place = Place::Gone;
                let (entity, rule) = (self.queues[place].entity, self.program.rule(Slot::RequestAnswer));
                let how = (Record::FOR_GOOD, Record::ANSWERED);
                self.tell(RecordKind::RequestAnswered, entity, rule, how, (message, call));
                self.refund(caller);
                let event = self.messages[message].event;
                return self.lose_event(event, entity, rule, Record::LOST_BY_DELETE);
            }
            (End::TimedOut { .. }, _) => Failure::TimedOut,
            (End::Crashed { .. }, _) => Failure::Crashed,
            (End::Handler | End::Outage | End::NotStarted, _) => Failure::Failed,
        };
        self.fails(caller, failure, Record::RAN);
    }

    pub(super) fn caller_stops(&mut self, caller: usize, call: u32) {
        let Caller { calls, waits, .. } = self.callers[caller];
        if calls == call && waits {
            self.fails(caller, Failure::GaveUp, Record::RAN);
        }
    }

    /// A call has failed as far as its caller knows.
    fn fails(&mut self, caller: usize, failure: Failure, ran: u32) {
        self.callers[caller].waits = false;
        let Caller { message, place, calls, calls_of_try, tries, .. } = self.callers[caller];
        let manners = self.manners(place);
        let entity = self.queues[place].entity;
        let answer = manners.answer(failure);
        let pauses = all_pauses(&manners.phases);
        let mut again = None;
        if manners.repeats(failure) && (calls_of_try as usize) <= pauses.len() {
            again = Some((pauses[calls_of_try as usize - 1], manners.again));
        } else if let Some(stated) = &manners.stated {
            again = self.tries_again(caller, stated, failure).map(|pause| (pause, stated.rule));
        } else if let Some(habit) = &manners.client {
            let name = self.messages[self.messages[message].event].name;
            let most = match self.open(habit, entity, name, 0) {
                0 => 1,
                1 => 2,
                _ => TRIES,
            };
            if tries + 1 < most {
                self.callers[caller].tries += 1;
                self.callers[caller].calls_of_try = 0;
                again = Some((self.program.profile.send_retry, habit.rule));
            }
        }
        let for_good = if again.is_none() { Record::FOR_GOOD } else { 0 };
        let how = (ran | for_good, failure as u64);
        self.tell(RecordKind::RequestAnswered, entity, answer.rule, how, (message, calls));
        if let Some((pause, rule)) = again {
            let why = (Record::AFTER_ERROR, pause.as_micros());
            self.tell(RecordKind::RetryScheduled, entity, rule, why, (message, calls));
            return self.after(pause, What::CallAgain(caller));
        }
        self.messages[message].place = Place::Gone;
        let event = self.messages[message].event;
        if !answer.told {
            self.lose_event(event, entity, answer.rule, Record::LOST_UNTOLD);
        } else if self.decide(message, Fate::Told) {
            let what = (0, failure as u64);
            self.tell(RecordKind::ObligationReturned, entity, answer.rule, what, (event, 0));
        }
    }
}

impl<C: Chooser> Naive<'_, C> {
    /// A client of which the scenario says how it tries again.
    fn tries_again(&mut self, caller: usize, client: &ClientTable, failure: Failure) -> Option<Duration> {
        let Caller { message, place, tries, .. } = self.callers[caller];
        let mut pause = client.first[failure as usize]?;
        if tries + 1 == client.attempts {
            return None;
        }
        if let Some(quota) = &client.quota {
            let price = quota.costs[failure as usize];
            self.stores[place] = self.stores[place].checked_sub(price)?;
            self.callers[caller].paid = price;
        }
        for _ in 0..tries {
            pause = (pause * 2).min(client.longest);
        }
        self.callers[caller].tries += 1;
        self.callers[caller].calls_of_try = 0;
        let name = self.messages[self.messages[message].event].name;
        let share = self.open(&client.jitter, self.queues[place].entity, name, tries + 1);
        Some(Duration::from_micros(pause.as_micros() / 100 * share))
    }

    /// A success gives back what the last retry cost.
    fn refund(&mut self, caller: usize) {
        let Caller { place, paid, .. } = self.callers[caller];
        let Some(quota) = self.manners(place).stated.as_ref().and_then(|client| client.quota) else { return };
        let more = if paid > 0 { paid } else { quota.success };
        self.stores[place] = quota.store.min(self.stores[place] + more);
    }

    /// What the stores of clients hold at first, place by place.
    pub(super) fn fill_stores(&mut self) {
        for place in 0..self.queues.len() {
            let client = if self.is_called(place) { self.manners(place).stated.as_ref() } else { None };
            self.stores.push(client.and_then(|client| client.quota).map_or(0, |quota| quota.store));
        }
    }
}

/// The pauses of a try, one after the other.
fn all_pauses(phases: &[Phase]) -> Vec<Duration> {
    let mut pauses = Vec::new();
    for phase in phases {
        let mut next = phase.from;
        for _ in 0..phase.count {
            pauses.push(next.min(phase.to));
            next = (next * 2).min(phase.to);
        }
    }
    pauses
}

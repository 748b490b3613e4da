//! Executions of state machines that last longer than they may: they end, and what they have called goes on.

use crate::kernel::Chooser;
use crate::program::{Failure, Longest};
use crate::trace::{EventId, Observer, Record, RecordKind};
use crate::world::handler::Handler;
use crate::world::push::on_way;
use crate::world::request::OVER;
use crate::world::run::Run;
use crate::world::state::{EventState, Fate, Step};
use crate::world::steps::StepOver;

impl<C: Chooser, O: Observer, H: Handler> Run<'_, C, O, H> {
    /// A call of an execution that may last only so long is under way.
    pub(crate) fn step_called(&mut self, event: EventId, entry: u32) {
        if self.is_limited(event) {
            self.world.executions.calling.insert((event.0, entry));
        }
    }

    /// It is not any more.
    pub(crate) fn step_answered(&mut self, event: EventId, entry: u32) {
        if self.is_limited(event) {
            self.world.executions.calling.remove(&(event.0, entry));
        }
    }

    fn is_limited(&self, event: EventId) -> bool {
        let executions = &self.program.network.executions;
        self.step_of(event).is_some_and(|step| executions[usize::from(step.execution)].longest.is_some())
    }

    /// A call of an execution has been made.
    pub(crate) fn step_sent(&mut self, event: EventId, route: u16) {
        let step = &mut self.world.events[event.0 as usize].step;
        let is_made = matches!(step, Step::Free | Step::Begun);
        if is_made && self.program.network.routes[usize::from(route)].step.is_some() {
            *step = Step::Sent;
        }
    }

    /// An execution has lasted as long as it may.
    pub(crate) fn execution_ends(&mut self, first: EventId, execution: u16) {
        //= step_functions.longest
        self.world.executions.limited.remove(&(first.0, execution));
        let Some(longest) = self.program.network.executions[usize::from(execution)].longest else { return };
        let mut own = self.siblings(first);
        own.retain(|event| self.step_of(*event).is_some_and(|step| step.execution == execution));
        if own.iter().any(|event| self.stands(*event) == Step::Over(StepOver::Failed)) {
            return;
        }
        let mut waits = self.stop_calls(&own, longest) | self.stop_waiting(&own, longest);
        for event in own {
            match self.stands(event) {
                Step::Waiting | Step::Free | Step::Begun => {
                    let is_owed = self.world.events[event.0 as usize].fate == Fate::Open;
                    self.never_begins(event);
                    if is_owed && !waits {
                        // Of all that it has not come to, one stands for the execution.
                        waits = true;
                        self.world.open += 1;
                        self.world.events[event.0 as usize].fate = Fate::Open;
                        self.note_published(event);
                        self.ends_for(event, longest);
                    }
                }
                Step::Sent | Step::Over(_) => {}
            }
        }
    }

    fn stands(&self, event: EventId) -> Step {
        self.world.events[event.0 as usize].step
    }

    /// A call that an execution does not come to.
    fn never_begins(&mut self, event: EventId) {
        let EventState { step, fate, .. } = &mut self.world.events[event.0 as usize];
        self.world.unsent -= u32::from(*step == Step::Waiting);
        (*step, *fate) = (Step::Over(StepOver::LeftOut), Fate::Unwanted);
    }

    /// Nobody waits any more for the calls under way of these; whether there were any.
    fn stop_calls(&mut self, own: &[EventId], longest: Longest) -> bool {
        let calling = &self.world.executions.calling;
        let of = |event: &EventId| calling.range((event.0, 0)..=(event.0, u32::MAX)).copied();
        let calls: Vec<(u32, u32)> = own.iter().flat_map(of).collect();
        for (event, entry) in &calls {
            self.world.executions.calling.remove(&(*event, *entry));
            let state = &mut self.world.entries[*entry as usize];
            let (copy, calls) = (state.copy, state.calls);
            state.answered = OVER;
            let place = usize::from(self.world.copies[copy as usize].queue);
            let entity = self.world.queue_tables[place].entity;
            let value = (Record::RAN | Record::FOR_GOOD, Failure::GaveUp as u64);
            self.note_answer(copy, calls, (entity, longest.rule), value);
            self.leave_place(copy, place);
        }
        for (event, _) in &calls {
            let event = EventId(*event);
            self.ends_for(event, longest);
            self.world.events[event.0 as usize].step = Step::Over(StepOver::Failed);
        }
        !calls.is_empty()
    }

    /// No token of these is waited for any more; whether any was.
    fn stop_waiting(&mut self, own: &[EventId], longest: Longest) -> bool {
        let mut waited = false;
        for event in own {
            if self.is_waited_for(*event) {
                waited = true;
                self.note_missed(*event, longest.rule);
                self.ends_for(*event, longest);
                self.end_waiting(*event);
            }
        }
        waited
    }

    /// Whoever looks is told of the end of an execution, or the event that it was begun for is lost with it.
    fn ends_for(&mut self, event: EventId, longest: Longest) {
        let place = usize::from(self.world.events[event.0 as usize].place);
        let entity = self.world.queue_tables[place].entity;
        if let Some(gone) = longest.gone {
            return self.lose(event, entity, gone, Record::LOST_WITH_TIME);
        }
        if self.world.decide(event, Fate::Told) {
            let name = self.world.events[event.0 as usize].name;
            let value = (0, Failure::GaveUp as u64);
            self.record(RecordKind::ObligationReturned, entity, longest.rule, value, name, &[on_way(event)]);
        }
    }
}

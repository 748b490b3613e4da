//! Tasks of state machines that hand something on to a queue, a topic, a bus or a function, and wait for nothing but that it
//! is taken.

use crate::kernel::Chooser;
use crate::program::{Failure, HopTarget};
use crate::trace::{EventId, Observer, Record, RecordKind};
use crate::vocabulary::Duration;
use crate::world::handler::Handler;
use crate::world::push::{Transit, on_way};
use crate::world::run::{Due, Run};
use crate::world::steps::StepOver;

impl<C: Chooser, O: Observer, H: Handler> Run<'_, C, O, H> {
    /// What a task hands on is taken: its execution goes on, unless the task waits to be called back.
    pub(crate) fn task_handed_on(&mut self, transit: Transit, hop: usize) {
        let is_sent = self.world.hop_tables[hop].task.is_some() && !transit.handed_on;
        if is_sent && self.callback_of(transit.event).is_none() {
            self.step_over(transit.event, StepOver::Answered);
        }
    }

    /// A hop is switched off: what is behind a task is not the task's concern.
    pub(crate) fn task_unheard(&mut self, event: EventId, hop: usize) {
        let route = &self.program.network.routes[usize::from(self.world.events[event.0 as usize].route)];
        // Whoever waits to be called back waits on.
        let is_behind = route.step.is_some_and(|step| hop > usize::from(route.hops.0 + step.hop));
        if is_behind && route.callback.is_none() {
            self.step_over(event, StepOver::Answered);
        }
    }

    /// It is not taken: the task is tried again as its state says, an error leads elsewhere, or the execution ends.
    pub(crate) fn task_not_taken(&mut self, index: usize, hop: usize, failure: Failure) {
        let program = self.program;
        let (table, transit) = (self.world.hop_tables[hop], self.world.transits[index]);
        let Some(task) = table.task.map(|task| &program.network.tasks[usize::from(task)]) else { return };
        let failure = match table.target {
            HopTarget::Function(_) => failure,
            HopTarget::Queue(_) | HopTarget::Channel => Failure::Failed,
        };
        let (event, number) = (transit.event, transit.failures + 1);
        self.world.transits[index].failures = number;
        let tries = self.tries_of_event(event, table.entity);
        let again = self.task_again(tries, task, failure, number);
        let value = (number, again.map_or(Record::NOT_AGAIN, Duration::as_micros));
        self.record(
            RecordKind::DeliveryFailed,
            table.entity,
            task.retry,
            value,
            tries.name,
            &[on_way(event)],
        );
        if let Some(pause) = again {
            return self.after(pause, Due::Hop { transit: index as u32 });
        }
        self.world.events[event.0 as usize].copies -= 1;
        self.end_waiting(event);
        self.task_failed(tries, event, task, failure);
    }
}

//! Executions of state machines: which call begins when the ones before it have ended, and how a task that fails is
//! tried again, caught, or ends its execution.

use std::collections::{BTreeMap, BTreeSet};

use crate::kernel::{ChoicePoint, Chooser, Family, Menu};
use crate::program::{
    ExecutionTable, Failure, Handled, Outlook, RetrierTable, Slot, StateTable, StepEnd, StepTable, TaskError,
    TaskTable,
};
use crate::trace::{EntityId, EventId, Observer, Record, RecordKind};
use crate::vocabulary::{Description, Duration, Instant};
use crate::world::handler::Handler;
use crate::world::push::on_way;
use crate::world::run::{Due, Run};
use crate::world::state::{EventState, Fate, Step};

/// A task is tried again this often at most: our own bound, so that runs end.
const TRIES_AT_MOST: u32 = 200;

/// How an execution goes on after a call that is over for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StepOver {
    /// The function answered.
    Answered,
    /// Its error led to this state.
    Caught(u16),
    /// The execution has failed.
    Failed,
    /// No way leads to it any more: the calls before it have ended otherwise, or a choice has taken another branch.
    LeftOut,
}

/// When a call of an execution that begins now is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Beginning {
    /// So long after it.
    After(Duration),
    /// After others.
    Later,
    /// Never: a choice has taken another branch.
    Never,
}

/// An execution, for its choices: the first event that stands for any of its calls, and where that came in.
#[derive(Clone, Copy, Debug)]
struct Chooses {
    first: u32,
    name: u64,
    source: u16,
}

/// What the tries of a task are counted and drawn by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tries {
    /// What tells them from those of others.
    pub(crate) key: u32,
    pub(crate) place: usize,
    pub(crate) entity: EntityId,
    /// The name of the event.
    pub(crate) name: u64,
}

/// What executions have chosen, and when they began and their calls ended: by the events that stand for their calls.
#[derive(Clone, Debug, Default)]
pub(crate) struct Executions {
    /// The first event of an execution and the word of a state that chooses, and the branch that it took.
    chosen: BTreeMap<(u32, u32), u16>,
    /// By its first event, for those that wait anywhere.
    began: BTreeMap<u32, Instant>,
    /// By the event of a call, for executions that wait anywhere.
    ended: BTreeMap<u32, Instant>,
    /// Those that may last so long and no longer: the first event, and which execution.
    pub(crate) limited: BTreeSet<(u32, u16)>,
    /// The calls under way of such executions: the event, and the entry of the call.
    pub(crate) calling: BTreeSet<(u32, u32)>,
}

impl Executions {
    pub(crate) fn clear(&mut self) {
        self.chosen.clear();
        self.began.clear();
        self.ended.clear();
        self.limited.clear();
        self.calling.clear();
    }

    /// Writes down what executions can still depend on.
    pub(crate) fn describe(&self, description: &mut Description, name: impl Fn(u32) -> u64) {
        for ((first, word), branch) in &self.chosen {
            description.pair(*word, u32::from(*branch));
            description.add(name(*first));
        }
        for (event, at) in self.began.iter().chain(&self.ended) {
            description.add(name(*event));
            description.add(at.as_micros());
        }
        for (first, execution) in &self.limited {
            description.add(name(*first));
            description.add(u64::from(*execution));
        }
        for (event, entry) in &self.calling {
            description.add(name(*event));
            description.add(u64::from(*entry));
        }
    }
}

impl<'a, C: Chooser, O: Observer, H: Handler> Run<'a, C, O, H> {
    /// When the call that `event` stands for is made in an execution that begins at `at`; `first` is the first event that
    /// stands for any of its calls, and `class` what was published.
    pub(crate) fn beginning(
        &mut self,
        (first, at): (usize, Instant),
        (event, class): (&EventState, u16),
        step: StepTable,
    ) -> Beginning {
        let table = &self.program.network.executions[usize::from(step.execution)];
        if table.waits {
            self.world.executions.began.insert(first as u32, at);
        }
        if let Some(longest) = table.longest
            && self.world.executions.limited.insert((first as u32, step.execution))
        {
            let due = Due::ExecutionEnds { first: first as u32, execution: step.execution };
            self.world.pending.schedule(at + longest.length, due);
        }
        if let Some(wait) = step.after {
            return Beginning::After(wait);
        }
        if !table.chooses && !table.skips {
            return Beginning::Later;
        }
        let name = self.world.events.get(first).map_or(event.name, |first| first.name);
        let about = Chooses { first: first as u32, name, source: event.source };
        let mut ends = vec![StepEnd::Pending; table.states.len()];
        if table.skips {
            self.skip_unwanted(event, class, step.execution, &mut ends);
        }
        let now = self.reached_now((about, at), table, &mut ends);
        let ever = table.reached(at, &ends, Outlook::Ever);
        match (now[usize::from(step.state)], ever[usize::from(step.state)]) {
            (Some(then), _) => Beginning::After(then.since(at)),
            (None, Some(_)) => Beginning::Later,
            (None, None) => Beginning::Never,
        }
    }

    /// What an execution hands on that nobody wants is done as soon as it comes to it.
    fn skip_unwanted(&self, event: &EventState, class: u16, execution: u16, ends: &mut [StepEnd]) {
        let Some(channel) = self.program.channel(usize::from(event.source)) else { return };
        let routes = &self.program.network.routes[channel.routes()];
        let own = || routes.iter().filter_map(|route| Some((route, route.step?)));
        for (route, step) in own().filter(|(_, step)| step.execution == execution) {
            let of_state = |other: StepTable| (other.execution, other.state) == (execution, step.state);
            let is_wanted = own().any(|(route, other)| of_state(other) && route.wants(class));
            if !is_wanted
                && route.callback.is_none()
                && route.unwanted_behind.get(usize::from(class)) == Some(&true)
            {
                ends[usize::from(step.state)] = StepEnd::Skipped;
            }
        }
    }

    /// A call of an execution that waits for the ones before it, or never comes; nobody is owed anything until it begins.
    pub(crate) fn plan_step(&mut self, event: EventState, beginning: Beginning) {
        //= step_functions.next
        let is_wanted = self.is_wanted(usize::from(event.place), event.class);
        let (fate, step) = match beginning {
            Beginning::Never => (Fate::Unwanted, Step::Over(StepOver::LeftOut)),
            Beginning::After(_) | Beginning::Later if is_wanted => (Fate::Open, Step::Waiting),
            Beginning::After(_) | Beginning::Later => (Fate::Unwanted, Step::Waiting),
        };
        self.world.events.push(EventState { fate, step, ..event });
        self.world.unsent += u32::from(step == Step::Waiting);
    }

    /// When an execution comes to which states as far as that is decided; what it comes to that has to choose does so.
    fn reached_now(
        &mut self,
        (about, began): (Chooses, Instant),
        table: &'a ExecutionTable,
        ends: &mut [StepEnd],
    ) -> Vec<Option<Instant>> {
        loop {
            let reached = table.reached(began, ends, Outlook::Now);
            let Some((state, branches)) = table.undecided(&reached, ends) else { return reached };
            ends[state] = StepEnd::Chose(self.branch(about, table.states[state].word, &branches));
        }
    }

    /// The branch that an execution takes: what it chooses by are data, so it may be any, and it stays with it.
    fn branch(&mut self, about: Chooses, word: u32, branches: &[u16]) -> u16 {
        //= step_functions.choice
        if let Some(known) = self.world.executions.chosen.get(&(about.first, word)) {
            return *known;
        }
        let (family, domain) = (Family::Load, self.program.profile.draws.choice);
        let entity = self.program.hash(self.program.source(usize::from(about.source)));
        let point = ChoicePoint { family, domain, entity, item: about.name, ordinal: word };
        let menu = Menu::OneOf(branches.len() as u32);
        let drawn = if branches.len() > 1 { self.chooser.choose(&point, menu) as usize } else { 0 };
        let branch = branches[drawn.min(branches.len() - 1)];
        self.world.executions.chosen.insert((about.first, word), branch);
        branch
    }

    pub(crate) fn step_of(&self, event: EventId) -> Option<StepTable> {
        let route = self.world.events[event.0 as usize].route;
        let routes = &self.program.network.routes;
        if route == EventState::NO_ROUTE { None } else { routes[usize::from(route)].step }
    }

    /// The hop at which an event sets out: a call after others is made by the state machine itself.
    pub(crate) fn first_hop(&self, event: EventId) -> u16 {
        match (self.world.events[event.0 as usize].step, self.step_of(event)) {
            (Step::Begun, Some(step)) => step.hop,
            (Step::Begun | Step::Free | Step::Waiting | Step::Sent | Step::Over(_), _) => 0,
        }
    }

    /// What somebody learns of a published event: by which rule a call of an execution begins after others.
    pub(crate) fn begun_by(&self, event: EventId) -> Option<crate::models::RuleId> {
        let state = &self.world.events[event.0 as usize];
        if state.step != Step::Begun {
            return None;
        }
        let step = self.step_of(event)?;
        let route = &self.program.network.routes[usize::from(state.route)];
        let sends = self.program.network.hops[usize::from(route.hops.0 + step.hop)].task;
        if let Some(task) = sends {
            return Some(self.program.network.tasks[usize::from(task)].next);
        }
        let push = self.program.push(usize::from(state.place))?;
        let table = &self.program.network.requests[usize::from(push.request?)];
        table.task.as_ref().map(|task| task.next)
    }

    /// A call of an execution is over for good: others begin, or never will.
    pub(crate) fn step_over(&mut self, event: EventId, over: StepOver) {
        let Some(own) = self.step_of(event) else { return };
        if let Step::Over(_) = self.world.events[event.0 as usize].step {
            return;
        }
        self.abandon(event, over);
        self.world.events[event.0 as usize].step = Step::Over(over);
        let table = &self.program.network.executions[usize::from(own.execution)];
        if table.waits {
            self.world.executions.ended.insert(event.0, self.now);
        }
        let ended =
            |run: &Self, event: EventId| run.world.executions.ended.get(&event.0).copied().unwrap_or(run.now);
        // What no event stands for, nobody wants.
        let missing = if table.skips { StepEnd::Skipped } else { StepEnd::Pending };
        let unsent = |state: &StateTable| if state.is_handed_on { missing } else { StepEnd::Pending };
        let mut ends: Vec<StepEnd> = table.states.iter().map(unsent).collect();
        let (mut waiting, mut has_failed) = (Vec::new(), false);
        let siblings = self.siblings(event);
        let first = siblings.first().copied().unwrap_or(event);
        for sibling in siblings {
            let Some(step) = self.step_of(sibling).filter(|step| step.execution == own.execution) else {
                continue;
            };
            let end = &mut ends[usize::from(step.state)];
            if *end == StepEnd::Skipped {
                *end = StepEnd::Pending;
            }
            match self.world.events[sibling.0 as usize].step {
                Step::Waiting => waiting.push((sibling, usize::from(step.state))),
                Step::Over(StepOver::Answered) => *end = StepEnd::Answered(ended(self, sibling)),
                Step::Over(StepOver::Caught(to)) => *end = StepEnd::Caught(to, ended(self, sibling)),
                Step::Over(StepOver::Failed) => has_failed = true,
                Step::Over(StepOver::LeftOut) | Step::Free | Step::Begun | Step::Sent => {}
            }
        }
        if waiting.is_empty() {
            return;
        }
        let EventState { name, source, .. } = self.world.events[first.0 as usize];
        let began = self.world.executions.began.get(&first.0).copied().unwrap_or(self.now);
        let come = self.reached_now((Chooses { first: first.0, name, source }, began), table, &mut ends);
        let ever = table.reached(began, &ends, Outlook::Ever);
        for (sibling, state) in waiting {
            //= step_functions.execution_failed
            if has_failed || ever[state].is_none() {
                self.world.events[sibling.0 as usize].step = Step::Over(StepOver::LeftOut);
                self.world.events[sibling.0 as usize].fate = Fate::Unwanted;
                self.world.unsent -= 1;
            } else if let Some(at) = come[state] {
                self.world.events[sibling.0 as usize].step = Step::Begun;
                self.world.pending.schedule(at.max(self.now), Due::Send { event: sibling.0 });
            }
        }
    }

    /// The events that stand for what one event is to the consumers behind its channel: they lie side by side.
    pub(crate) fn siblings(&self, event: EventId) -> Vec<EventId> {
        let events = &self.world.events;
        let own = events[event.0 as usize];
        let is_one = |other: &EventState| {
            (other.source, other.ordinal, other.parent) == (own.source, own.ordinal, own.parent)
        };
        let index = event.0 as usize;
        let before = (0..index).rev().take_while(|other| is_one(&events[*other])).count();
        let after = (index..events.len()).take_while(|other| is_one(&events[*other])).count();
        (index - before..index + after).map(|sibling| EventId(sibling as u32)).collect()
    }

    /// What counts the tries of a task that calls.
    pub(crate) fn tries(&self, place: usize, entry: u32) -> Tries {
        let copy = self.world.entries[entry as usize].copy;
        let event = self.world.copies[copy as usize].event;
        let name = self.world.events[event.0 as usize].name;
        Tries { key: entry, place, entity: self.world.queue_tables[place].entity, name }
    }

    /// The pause before a task is tried again, where it is.
    pub(crate) fn task_again(
        &mut self,
        tries: Tries,
        task: &TaskTable,
        failure: Failure,
        calls: u32,
    ) -> Option<Duration> {
        let error = self.task_error(tries, task, failure);
        let Handled::Again(number) = self.handled(tries, task, error) else { return None };
        let retrier = *task.retrier(number)?;
        let used = self.used(tries, number) + 1;
        if used > TRIES_AT_MOST {
            return None;
        }
        let share = self.share(tries, task, &retrier, calls);
        let own = (tries.key, number);
        let count = self.world.retried.iter_mut().rev().find(|(of, which, _)| (*of, *which) == own);
        match count {
            Some((_, _, count)) => *count = used,
            None => self.world.retried.push((tries.key, number, used)),
        }
        Some(retrier.pause(used, share))
    }

    fn handled(&self, tries: Tries, task: &TaskTable, error: TaskError) -> Handled {
        task.handle(error, |number| self.used(tries, number))
    }

    fn used(&self, tries: Tries, retrier: u16) -> u32 {
        let own = (tries.key, retrier);
        let found = self.world.retried.iter().rev().find(|(of, which, _)| (*of, *which) == own);
        found.map_or(0, |(_, _, count)| *count)
    }

    /// How much of a pause is left, in per cent.
    fn share(&mut self, tries: Tries, task: &TaskTable, retrier: &RetrierTable, calls: u32) -> u64 {
        //= step_functions.jitter
        if !retrier.is_drawn {
            return task.jitter.ordinary();
        }
        let share = self.open_value(&task.jitter, tries.entity, tries.name, calls);
        if share != task.jitter.ordinary() {
            self.mark(tries.place, Family::Unspecified);
        }
        share
    }

    /// By which name a task fails.
    fn task_error(&mut self, tries: Tries, task: &TaskTable, failure: Failure) -> TaskError {
        //= step_functions.class
        let (Failure::Failed, Some(class)) = (failure, &task.class) else { return TaskError::Named(failure) };
        if self.open_value(class, tries.entity, tries.name, 0) == class.ordinary() {
            return TaskError::Named(failure);
        }
        self.mark(tries.place, Family::Unspecified);
        TaskError::Listed
    }

    /// Where a failure that is not tried again leads.
    pub(crate) fn task_outcome(&mut self, tries: Tries, task: &TaskTable, failure: Failure) -> StepOver {
        let error = self.task_error(tries, task, failure);
        match self.handled(tries, task, error) {
            // Who catches an error only to fail has kept nothing of an execution of which nothing is kept.
            Handled::Caught(to) if task.gone.is_some() && task.dead_ends.contains(&to) => StepOver::Failed,
            Handled::Caught(to) => StepOver::Caught(to),
            // Our own bound on tries counts as an execution that fails.
            Handled::Again(_) | Handled::Failed => StepOver::Failed,
        }
    }

    /// A task fails for good: a catcher takes its error, or its execution ends.
    pub(crate) fn task_failed(&mut self, tries: Tries, event: EventId, task: &TaskTable, failure: Failure) {
        let over = self.task_outcome(tries, task, failure);
        let entity = tries.entity;
        let rule = match (over, task.gone) {
            (StepOver::Failed, Some(gone)) => {
                self.lose(event, entity, gone, Record::LOST_WITH_EXECUTION);
                return self.step_over(event, over);
            }
            (StepOver::Failed, None) => task.failed,
            (StepOver::Caught(_) | StepOver::Answered | StepOver::LeftOut, _) => task.caught,
        };
        // What the call was for may be done, and nobody has returned its token.
        let is_returned = over == StepOver::Failed && self.callback_of(event).is_some();
        if self.world.decide(event, Fate::Told) || is_returned {
            let name = self.world.events[event.0 as usize].name;
            let value = (0, failure as u64);
            self.record(RecordKind::ObligationReturned, entity, rule, value, name, &[on_way(event)]);
        }
        self.step_over(event, over);
    }

    /// The call that a second run of the execution makes.
    pub(crate) fn call_twin(&mut self, entry: u32, place: usize) {
        //= step_functions.twice
        let twice = self.request_table(place).task.as_ref().and_then(|task| task.twice);
        self.call_by(entry, twice.unwrap_or_else(|| self.program.rule(Slot::RequestInvoke)));
    }

    /// What an execution sends never gets there over a hop: it fails where that is its own, and not behind it.
    pub(crate) fn step_lost(&mut self, event: EventId, hop: u16) {
        match self.step_of(event) {
            None if hop == 0 => self.end_waiting(event),
            Some(step) if hop <= step.hop => self.step_over(event, StepOver::Failed),
            Some(_) | None => {}
        }
    }
}

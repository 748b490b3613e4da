//! Executions of state machines as tables: which states follow which, by which errors a task is tried again or caught,
//! and which states an execution has come to.
//!
//! Absent: data. Which branch a choice takes is drawn for each execution, a map has one item, and a state that loops back
//! to an earlier one is not visited anew.

use crate::models::RuleId;
use crate::program::{Failure, OpenRule};
use crate::vocabulary::{Duration, Instant};

/// The unit of a backoff rate.
const THOUSAND: u128 = 1_000;
/// The unit of a share of a pause.
const HUNDRED: u64 = 100;

/// Where a route stands in an execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepTable {
    /// The execution.
    pub execution: u16,
    /// Its state.
    pub state: u16,
    /// The hop by which the state machine calls, counted from the first one of the route.
    pub hop: u16,
    /// How long after the beginning its call is made, where no other call has to end and no choice be made before.
    pub after: Option<Duration>,
}

/// What an execution of a state machine is, as far as the calls of its tasks go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecutionTable {
    /// The state that it begins with.
    pub start: u16,
    /// Its states, as the topology numbers them.
    pub states: Vec<StateTable>,
    /// Whether any of them chooses.
    pub chooses: bool,
    /// Whether any of them waits.
    pub waits: bool,
    /// Whether any of them may hand on what nobody wants.
    pub skips: bool,
    /// How long it may last, where anything in it can take longer.
    pub longest: Option<Longest>,
}

/// How long an execution may last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Longest {
    /// So long.
    pub length: Duration,
    /// By which rule it ends then.
    pub rule: RuleId,
    /// By which rule nobody learns of its end, where that is so.
    pub gone: Option<RuleId>,
}

/// One state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateTable {
    /// What tells choices about it from those about other states, whatever stands before it in its definition.
    pub word: u32,
    /// What it takes to leave it.
    pub shape: StateShape,
    /// The state after it; none where it ends its level.
    pub next: Option<u16>,
    /// The level that it is on: a branch, an item, or the machine itself.
    pub level: u16,
    /// The states that its errors can lead to, those of states within it included.
    pub handlers: Vec<u16>,
    /// Whether it hands something on, and waits for nothing but that it is taken.
    pub is_handed_on: bool,
}

/// What it takes to leave a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StateShape {
    /// This time: none where it is left at once.
    Passed(Duration),
    /// A function's answer, or the return of a token.
    Called,
    /// It goes on with one of these.
    Chosen(Vec<u16>),
    /// The ends of these levels, each with its first state.
    Joined(Vec<(u16, u16)>),
    /// It is never left.
    Stopped,
}

/// What became of a state that calls or chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepEnd {
    /// It is not over, or has not begun.
    Pending,
    /// The function answered then.
    Answered(Instant),
    /// It failed then, and its error led to this state.
    Caught(u16, Instant),
    /// It goes on with this state.
    Chose(u16),
    /// Nobody wants what it hands on: it is over as soon as it is come to.
    Skipped,
}

/// How a state that has not ended counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outlook {
    /// As one that has not.
    Now,
    /// As one that may end in every way.
    Ever,
}

impl ExecutionTable {
    /// When an execution that began then comes to each of its states, or may ever, where its calls have ended like this;
    /// no time for those that it does not come to.
    pub fn reached(&self, began: Instant, ends: &[StepEnd], outlook: Outlook) -> Vec<Option<Instant>> {
        let levels = self.states.iter().map(|state| usize::from(state.level) + 1).max().unwrap_or(0);
        let mut reached = vec![None; self.states.len()];
        let mut over = vec![None; levels];
        if let Some(start) = reached.get_mut(usize::from(self.start)) {
            *start = Some(began);
        }
        loop {
            let before = (reached.clone(), over.clone());
            for index in 0..self.states.len() {
                if let Some(at) = reached[index] {
                    let end = ends.get(index).copied().unwrap_or(StepEnd::Pending);
                    self.leave((index, at), (end, outlook), &mut reached, &mut over);
                }
            }
            if before == (reached.clone(), over.clone()) {
                return reached;
            }
        }
    }

    /// The levels within the states of a level, however deep.
    pub fn within(&self, level: u16) -> Vec<u16> {
        let mut found = Vec::new();
        let mut next = 0;
        let mut outer = level;
        loop {
            for state in self.states.iter().filter(|state| state.level == outer) {
                if let StateShape::Joined(levels) = &state.shape {
                    found.extend(levels.iter().map(|(level, _)| *level));
                }
            }
            let Some(level) = found.get(next).copied() else { return found };
            (outer, next) = (level, next + 1);
        }
    }

    /// A state that has been come to and has still to choose, with the branches that lead on: back to where the execution
    /// was before, none of its states begins anew, so it goes there only where nothing else is left.
    pub fn undecided(&self, reached: &[Option<Instant>], ends: &[StepEnd]) -> Option<(usize, Vec<u16>)> {
        let is_open = |index: &usize| reached[*index].is_some() && ends[*index] == StepEnd::Pending;
        (0..self.states.len()).filter(is_open).find_map(|index| match &self.states[index].shape {
            StateShape::Chosen(branches) => {
                let on = branches.iter().copied().filter(|branch| reached[usize::from(*branch)].is_none());
                let on: Vec<u16> = on.collect();
                let all = if on.is_empty() { branches.clone() } else { on };
                (!all.is_empty()).then_some((index, all))
            }
            StateShape::Passed(_) | StateShape::Called | StateShape::Joined(_) | StateShape::Stopped => None,
        })
    }

    fn leave(
        &self,
        (index, at): (usize, Instant),
        (end, outlook): (StepEnd, Outlook),
        reached: &mut [Option<Instant>],
        over: &mut [Option<Instant>],
    ) {
        let state = &self.states[index];
        let mut go = |to: u16, at: Instant| {
            reached[usize::from(to)].get_or_insert(at);
        };
        if outlook == Outlook::Ever && end == StepEnd::Pending {
            state.handlers.iter().for_each(|to| go(*to, at));
        }
        let left = match (&state.shape, end) {
            //= step_functions.wait
            (StateShape::Passed(length), _) => Some(at + *length),
            (StateShape::Stopped, _) => None,
            (StateShape::Called, StepEnd::Answered(at)) => Some(at),
            (StateShape::Called, StepEnd::Skipped) => Some(at),
            (StateShape::Called, StepEnd::Caught(to, at)) => {
                go(to, at);
                None
            }
            (StateShape::Called, StepEnd::Pending | StepEnd::Chose(_)) => {
                (outlook == Outlook::Ever).then_some(at)
            }
            (StateShape::Chosen(_), StepEnd::Chose(to)) => {
                go(to, at);
                None
            }
            (StateShape::Chosen(branches), _) => {
                if outlook == Outlook::Ever {
                    for to in branches {
                        go(*to, at);
                    }
                }
                None
            }
            (StateShape::Joined(levels), _) => {
                for (_, start) in levels {
                    go(*start, at);
                }
                levels.iter().try_fold(at, |at, (level, _)| Some(at.max(over[usize::from(*level)]?)))
            }
        };
        match (left, state.next) {
            (Some(at), Some(next)) => go(next, at),
            (Some(at), None) => {
                over[usize::from(state.level)].get_or_insert(at);
            }
            (None, _) => {}
        }
    }
}

/// Errors that a list of names means: one bit for each failure, and one for an exception whose class is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Errors(u16);

impl Errors {
    /// The same with one more.
    #[must_use]
    pub const fn with(self, error: TaskError) -> Self {
        Self(self.0 | 1 << error.position())
    }

    /// Whether it is meant.
    pub const fn has(self, error: TaskError) -> bool {
        self.0 & 1 << error.position() != 0
    }
}

/// What a task fails with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskError {
    /// What its model names.
    Named(Failure),
    /// An exception of the function's own whose class the state lists.
    Listed,
}

impl TaskError {
    const fn position(self) -> usize {
        match self {
            Self::Named(failure) => failure as usize,
            Self::Listed => Failure::ALL.len(),
        }
    }
}

/// How a task is tried again, and where its errors lead.
#[derive(Clone, Debug)]
pub struct TaskTable {
    /// Its own retriers and catchers, then those of the states around it.
    pub levels: Vec<HandlerTable>,
    /// Whether the class of an exception is one that the state lists, where it lists any.
    pub class: Option<OpenRule>,
    /// How much of a pause is left where it is drawn, in per cent.
    pub jitter: OpenRule,
    /// The states that its catchers lead to and that end the execution as failed, without another call.
    pub dead_ends: Vec<u16>,
    /// By which rule it is tried again.
    pub retry: RuleId,
    /// By which rule an error is caught.
    pub caught: RuleId,
    /// By which rule an error that nothing catches ends the execution.
    pub failed: RuleId,
    /// By which rule nobody learns of it, where that is so.
    pub gone: Option<RuleId>,
    /// By which rule its call begins after those before it.
    pub next: RuleId,
    /// By which rule it may be called twice, as its execution may run twice; none where that runs once.
    pub twice: Option<RuleId>,
}

/// The `Retry` and `Catch` of one state.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct HandlerTable {
    /// Its retriers, in order.
    pub retriers: Vec<RetrierTable>,
    /// What its catchers mean, and the states that they lead to, in order.
    pub catchers: Vec<(Errors, u16)>,
}

/// One retrier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetrierTable {
    /// What it means.
    pub errors: Errors,
    /// How often it tries again.
    pub attempts: u32,
    /// The pause before its first try.
    pub interval: Duration,
    /// By how many thousandths each further one is multiplied.
    pub rate: u64,
    /// The longest pause.
    pub longest: Duration,
    /// Whether pauses are drawn.
    pub is_drawn: bool,
}

impl RetrierTable {
    /// The pause before its `number`th try, counted from 1; `share` per cent of it are left.
    pub fn pause(&self, number: u32, share: u64) -> Duration {
        //= step_functions.retry
        let longest = u128::from(self.longest.as_micros());
        let mut pause = u128::from(self.interval.as_micros());
        for _ in 1..number {
            pause = (pause * u128::from(self.rate) / THOUSAND).min(u128::from(u64::MAX));
            if pause >= longest {
                break;
            }
        }
        let whole = Duration::from_micros(pause.min(longest) as u64);
        if self.is_drawn { Duration::from_micros(whole.as_micros() / HUNDRED * share) } else { whole }
    }
}

/// What becomes of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handled {
    /// A retrier has a try left: which one, counted over all levels.
    Again(u16),
    /// A catcher leads to this state.
    Caught(u16),
    /// Nothing does.
    Failed,
}

impl TaskTable {
    /// What becomes of an error; `used` is how often each retrier has tried, counted over all levels.
    pub fn handle(&self, error: TaskError, used: impl Fn(u16) -> u32) -> Handled {
        let mut first = 0;
        for level in &self.levels {
            let meant = level.retriers.iter().position(|retrier| retrier.errors.has(error));
            if let Some(index) = meant {
                let number = first + index as u16;
                if used(number) < level.retriers[index].attempts {
                    return Handled::Again(number);
                }
            }
            //= step_functions.catch
            if let Some((_, to)) = level.catchers.iter().find(|(errors, _)| errors.has(error)) {
                return Handled::Caught(*to);
            }
            first += level.retriers.len() as u16;
        }
        Handled::Failed
    }

    /// A retrier by its number over all levels.
    pub fn retrier(&self, number: u16) -> Option<&RetrierTable> {
        self.levels.iter().flat_map(|level| &level.retriers).nth(usize::from(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retrier(attempts: u32, interval: u64, rate: u64, longest: u64) -> RetrierTable {
        let errors = Errors::default().with(TaskError::Named(Failure::Throttled));
        let (interval, longest) = (Duration::from_secs(interval), Duration::from_secs(longest));
        RetrierTable { errors, attempts, interval, rate, longest, is_drawn: false }
    }

    //= test: step_functions.retry
    #[test]
    fn pauses_grow_by_the_rate_up_to_the_longest() {
        let seconds = |retrier: RetrierTable| {
            (1..=5).map(|number| retrier.pause(number, HUNDRED).as_micros() / 1_000).collect::<Vec<_>>()
        };
        assert_eq!(seconds(retrier(5, 2, 2_000, 1_000)), [2_000, 4_000, 8_000, 16_000, 32_000]);
        assert_eq!(seconds(retrier(5, 3, 1_500, 6)), [3_000, 4_500, 6_000, 6_000, 6_000]);
        assert_eq!(seconds(retrier(5, 1, 1_000, 9)), [1_000; 5]);
        let drawn = RetrierTable { is_drawn: true, ..retrier(5, 2, 2_000, 1_000) };
        assert_eq!(drawn.pause(3, 25), Duration::from_secs(2));
        assert_eq!(drawn.pause(u32::MAX, 100), Duration::from_secs(1_000));
    }

    fn state(shape: StateShape, next: Option<u16>, level: u16) -> StateTable {
        StateTable { word: 0, shape, next, level, handlers: Vec::new(), is_handed_on: false }
    }

    fn machine(states: Vec<StateTable>) -> ExecutionTable {
        ExecutionTable { start: 0, states, chooses: true, waits: true, skips: false, longest: None }
    }

    const fn second(number: u64) -> Instant {
        Instant::from_micros(number * 1_000_000)
    }

    /// The seconds at which states are come to in an execution that begins in the third one; ends are told in seconds.
    fn come(machine: &ExecutionTable, ends: &[StepEnd]) -> Vec<Option<u64>> {
        let reached = machine.reached(second(3), ends, Outlook::Now);
        reached.into_iter().map(|at| at.map(|at| at.as_micros() / 1_000_000)).collect()
    }

    fn ever(machine: &ExecutionTable, ends: &[StepEnd]) -> Vec<bool> {
        machine.reached(second(3), ends, Outlook::Ever).iter().map(Option::is_some).collect()
    }

    const PENDING: StepEnd = StepEnd::Pending;

    //= test: step_functions.next
    #[test]
    fn a_state_after_branches_waits_for_the_ends_of_all_of_them() {
        let called = || StateShape::Called;
        let machine = machine(vec![
            state(StateShape::Joined(vec![(1, 1), (2, 2)]), Some(3), 0),
            state(called(), None, 1),
            state(called(), None, 2),
            state(called(), None, 0),
        ]);
        assert_eq!(come(&machine, &[PENDING; 4]), [Some(3), Some(3), Some(3), None]);
        let (early, late) = (StepEnd::Answered(second(5)), StepEnd::Answered(second(9)));
        assert_eq!(come(&machine, &[PENDING, late, PENDING, PENDING])[3], None);
        assert_eq!(come(&machine, &[PENDING, late, early, PENDING])[3], Some(9));
        assert_eq!(ever(&machine, &[PENDING; 4]), [true; 4]);
        let caught = [PENDING, late, StepEnd::Caught(3, second(4)), PENDING];
        assert_eq!(come(&machine, &caught)[3], Some(4));
    }

    #[test]
    fn a_loop_begins_each_of_its_states_once() {
        let machine = machine(vec![
            state(StateShape::Called, Some(1), 0),
            StateTable { handlers: vec![2], ..state(StateShape::Called, Some(0), 0) },
            state(StateShape::Called, None, 0),
        ]);
        let ends = [StepEnd::Answered(second(4)), StepEnd::Answered(second(6)), PENDING];
        assert_eq!(come(&machine, &ends), [Some(3), Some(4), None]);
        assert_eq!(ever(&machine, &ends), [true, true, false], "nothing leads there any more");
    }

    //= test: step_functions.wait
    #[test]
    fn a_state_that_waits_puts_off_what_follows_and_nothing_beside_it() {
        let waits = StateShape::Passed(Duration::from_secs(20));
        let machine = machine(vec![
            state(StateShape::Joined(vec![(1, 1), (2, 3)]), Some(4), 0),
            state(waits, Some(2), 1),
            state(StateShape::Passed(Duration::ZERO), None, 1),
            state(StateShape::Called, None, 2),
            state(StateShape::Called, None, 0),
        ]);
        assert_eq!(come(&machine, &[PENDING; 5]), [Some(3), Some(3), Some(23), Some(3), None]);
        let answered = |at: u64| [PENDING, PENDING, PENDING, StepEnd::Answered(second(at)), PENDING];
        assert_eq!(come(&machine, &answered(5))[4], Some(23));
        assert_eq!(come(&machine, &answered(50))[4], Some(50));
    }

    //= test: step_functions.choice
    #[test]
    fn a_choice_goes_on_with_one_branch_and_back_only_where_none_leads_on() {
        let machine = machine(vec![
            state(StateShape::Passed(Duration::ZERO), Some(1), 0),
            state(StateShape::Chosen(vec![0, 2, 3]), None, 0),
            state(StateShape::Called, None, 0),
            state(StateShape::Chosen(vec![0]), None, 0),
        ]);
        let undecided =
            |ends: &[StepEnd]| machine.undecided(&machine.reached(second(3), ends, Outlook::Now), ends);
        let mut ends = [PENDING; 4];
        assert_eq!(come(&machine, &ends), [Some(3), Some(3), None, None]);
        assert_eq!(undecided(&ends), Some((1, vec![2, 3])));
        assert_eq!(ever(&machine, &ends), [true; 4]);
        ends[1] = StepEnd::Chose(3);
        assert_eq!(come(&machine, &ends), [Some(3), Some(3), None, Some(3)]);
        assert_eq!(undecided(&ends), Some((3, vec![0])), "it only leads back");
        ends[3] = StepEnd::Chose(0);
        assert_eq!(undecided(&ends), None);
        assert_eq!(ever(&machine, &ends), [true, true, false, true]);
    }
}

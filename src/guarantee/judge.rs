//! The judge of a run: shows every record to the monitors that want it and keeps the first violation of each.

use crate::guarantee::bounded_attempts::BoundedAttempts;
use crate::guarantee::bounded_cost::BoundedCost;
use crate::guarantee::bounded_delay::BoundedDelay;
use crate::guarantee::dead_letter_delivery::DeadLetterDelivery;
use crate::guarantee::drains::Drains;
use crate::guarantee::no_collateral::NoCollateral;
use crate::guarantee::no_loss::NoLoss;
use crate::guarantee::no_needless_redelivery::NoNeedlessRedelivery;
use crate::guarantee::ordering::Ordering;
use crate::guarantee::progress::Progress;
use crate::guarantee::single_flight::SingleFlight;
use crate::guarantee::{Applicable, GuaranteeName, GuaranteeSet, Monitor, Quantities, Sight, Watch};
use crate::program::Program;
use crate::trace::{Covered, EventId, Observer, Record, RecordKind};
use crate::vocabulary::{Description, Instant};

/// A violation in one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Violation {
    /// What is violated.
    pub guarantee: GuaranteeName,
    /// At which queue.
    pub queue: usize,
    /// The event that shows it.
    pub event: Option<EventId>,
    /// When it was first violated.
    pub at: Instant,
}

/// What is asked of a queue.
#[derive(Clone, Copy, Debug)]
struct Place {
    asked: GuaranteeSet,
    /// What of that was not found violated yet.
    open: GuaranteeSet,
    /// Whether somebody is given what is in it.
    is_consumed: bool,
}

/// Watches a run for violations.
#[derive(Clone, Debug)]
pub struct Judge<'p> {
    program: &'p Program,
    watch: Watch,
    places: Vec<Place>,
    violations: Vec<Violation>,
}

macro_rules! each_monitor {
    ($call:ident ! ($($argument:tt)*)) => {
        $call!(NoLoss, $($argument)*);
        $call!(DeadLetterDelivery, $($argument)*);
        $call!(NoCollateral, $($argument)*);
        $call!(Ordering, $($argument)*);
        $call!(Progress, $($argument)*);
        $call!(SingleFlight, $($argument)*);
        $call!(NoNeedlessRedelivery, $($argument)*);
        $call!(BoundedAttempts, $($argument)*);
        $call!(Drains, $($argument)*);
        $call!(BoundedDelay, $($argument)*);
        $call!(BoundedCost, $($argument)*);
    };
}

impl<'p> Judge<'p> {
    /// A judge of runs of `program` that asks for the given guarantees at every queue that somebody polls.
    pub fn new(program: &'p Program, guarantees: GuaranteeSet) -> Self {
        let place = |queue: usize| {
            let asked = asked_of(program, queue, guarantees);
            Place { asked, open: asked, is_consumed: program.queues[queue].is_consumed() }
        };
        let places = (0..program.queues.len()).map(place).collect();
        Self { program, watch: Watch::new(program), places, violations: Vec::new() }
    }

    /// Whether a guarantee can be asked of a queue; `deployable` is none of a run's.
    pub fn applicable(program: &Program, guarantee: GuaranteeName, queue: usize) -> Applicable {
        if !program.queues[queue].is_consumed() {
            return Applicable::No("nobody polls the queue");
        }
        if program.is_blocked(queue) {
            return Applicable::No("blocked by `permitted`");
        }
        macro_rules! answer {
            ($monitor:ident, $guarantee:expr, $program:expr, $queue:expr) => {
                if $monitor::NAME == $guarantee {
                    return $monitor::applicable($program, $queue);
                }
            };
        }
        each_monitor!(answer!(guarantee, program, queue));
        Applicable::No("it is judged without a run")
    }

    /// Ready for another run.
    pub fn clear(&mut self) {
        self.watch.clear();
        self.places.iter_mut().for_each(|place| place.open = place.asked);
        self.violations.clear();
    }

    /// What was violated, each guarantee at most once at each queue.
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// Which guarantees the run has put to the test at a queue.
    pub fn exercised(&self, queue: usize) -> GuaranteeSet {
        let mut exercised = GuaranteeSet::NONE;
        macro_rules! add {
            ($monitor:ident, $set:ident, $watch:expr, $queue:expr) => {
                if $monitor::exercised($watch, $queue) {
                    $set = $set.with($monitor::NAME);
                }
            };
        }
        each_monitor!(add!(exercised, &self.watch, queue));
        exercised
    }

    /// The numbers of a queue.
    pub fn quantities(&self, queue: usize) -> &Quantities {
        &self.watch.queue(queue).quantities
    }

    /// Shows the end of a run to the monitors of every queue.
    #[cold]
    fn show_end(&mut self, record: &Record, covered: &[Covered]) {
        (0..self.program.queues.len()).for_each(|queue| self.show(record, covered, queue));
    }

    /// Shows a record to those monitors of one queue that want it.
    #[expect(
        clippy::inline_always,
        reason = "called for two records of three; a call costs as much as what it does"
    )]
    #[inline(always)]
    fn show(&mut self, record: &Record, covered: &[Covered], queue: usize) {
        let place = self.place(covered, queue);
        let asked = self.places[place].open.intersection(WANTED_BY[record.kind as usize]);
        if asked == GuaranteeSet::NONE {
            return;
        }
        let sight = Sight { record, covered, watch: &self.watch, queue, program: self.program };
        let mut violated = GuaranteeSet::NONE;
        macro_rules! ask {
            ($monitor:ident, $record:ident, $sight:ident) => {
                if asked.has($monitor::NAME)
                    && let Some(event) = $monitor::violated(&$sight)
                {
                    let guarantee = $monitor::NAME;
                    violated = violated.with(guarantee);
                    self.violations.push(Violation { guarantee, queue: place, event, at: $record.at });
                }
            };
        }
        each_monitor!(ask!(record, sight));
        if violated != GuaranteeSet::NONE {
            let open = &mut self.places[place].open;
            *open = open.minus(violated);
        }
    }

    /// What happens to an event in a queue that nobody polls is a matter of the queue it was sent to.
    #[inline]
    fn place(&self, covered: &[Covered], queue: usize) -> usize {
        match covered.first() {
            Some(item) if !self.places[queue].is_consumed => usize::from(self.watch.event(item.event).home),
            Some(_) | None => queue,
        }
    }
}

/// For each kind of record the guarantees whose monitors want to see it.
const WANTED_BY: [GuaranteeSet; u128::BITS as usize] = {
    let mut wanted_by = [GuaranteeSet::NONE; u128::BITS as usize];
    let mut kind = 0;
    while kind < wanted_by.len() {
        macro_rules! add {
            ($monitor:ident, $kind:ident) => {
                if $monitor::KINDS.0 & (1 << $kind) != 0 {
                    wanted_by[$kind] = wanted_by[$kind].with($monitor::NAME);
                }
            };
        }
        each_monitor!(add!(kind));
        kind += 1;
    }
    wanted_by
};

fn asked_of(program: &Program, queue: usize, guarantees: GuaranteeSet) -> GuaranteeSet {
    GuaranteeName::ALL
        .into_iter()
        .filter(|name| guarantees.has(*name) && Judge::applicable(program, *name, queue) == Applicable::Yes)
        .fold(GuaranteeSet::NONE, GuaranteeSet::with)
}

impl Observer for Judge<'_> {
    #[inline]
    fn observe(&mut self, record: &Record, covered: &[Covered]) {
        if WANTED_BY[record.kind as usize] != GuaranteeSet::NONE {
            if record.kind == RecordKind::RunEnded {
                self.show_end(record, covered);
            } else if let Some(queue) = self.watch.queue_of(record, covered) {
                self.show(record, covered, queue);
            }
        }
        self.watch.update(record, covered);
    }

    fn lets_go(&mut self) {
        self.watch.events.let_go_from_now_on();
    }

    #[inline]
    fn settled(&mut self, items: &[Covered]) {
        self.watch.events.let_go_each(items.iter().map(|item| item.event.0 as usize));
    }

    fn describe(&self, live: &[EventId], description: &mut Description) {
        self.watch.describe(live, description);
    }
}

/// The records that can show a violation of a guarantee.
pub(crate) fn kinds(guarantee: GuaranteeName) -> crate::trace::KindMask {
    macro_rules! answer {
        ($monitor:ident, $guarantee:expr) => {
            if $monitor::NAME == $guarantee {
                return $monitor::KINDS;
            }
        };
    }
    each_monitor!(answer!(guarantee));
    crate::trace::KindMask::default()
}

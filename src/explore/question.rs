//! What a search asks of a run: a guarantee of the catalogue at a queue, or something that a user states about a part.

use crate::explore::property::StatedIn;
use crate::explore::{Property, Runner};
use crate::guarantee::{GuaranteeName, Violation, kinds};
use crate::program::Program;
use crate::trace::{Covered, EventId, KindMask, Record};
use crate::vocabulary::Instant;

/// One question. Sweep, blame, shrinking, stories and capsules are the same for all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// A guarantee of the catalogue at a queue, by the queue's position in the program.
    Catalogue {
        /// The guarantee.
        guarantee: GuaranteeName,
        /// The queue.
        queue: usize,
    },
    /// A property that a user states about the whole part, by its position among those that the runner has.
    Stated(usize),
}

/// A question by the names of what it is about: what a capsule says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A guarantee at the queue with this name.
    Guarantee {
        /// The guarantee.
        guarantee: GuaranteeName,
        /// The queue's name.
        queue: String,
    },
    /// A stated property.
    Stated {
        /// Where it is stated.
        by: StatedIn,
        /// Its name.
        name: String,
    },
}

/// Where and when a run violates what is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The event that shows it, where there is one.
    pub event: Option<EventId>,
    /// When.
    pub at: Instant,
    /// Which record.
    pub(crate) record: ShownBy,
}

/// Which record of its moment shows a violation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ShownBy {
    /// The first of these kinds.
    Kinds(KindMask),
    /// The one at this position of the trace.
    Position(usize),
}

impl Shown {
    pub(crate) fn by_guarantee(violation: &Violation) -> Self {
        let record = ShownBy::Kinds(kinds(violation.guarantee));
        Self { event: violation.event, at: violation.at, record }
    }

    /// Whether it is a guarantee of the catalogue that is violated, and this one.
    pub(crate) fn is_by(&self, guarantee: GuaranteeName) -> bool {
        self.record == ShownBy::Kinds(kinds(guarantee))
    }

    /// Whether a record of the trace may be the one that shows the violation: of those, the first one is meant.
    pub(crate) fn may_be(&self, position: usize, record: &Record, covered: &[Covered]) -> bool {
        let about = || self.event.is_none_or(|event| covered.iter().any(|item| item.event == event));
        match self.record {
            ShownBy::Kinds(kinds) => record.at == self.at && kinds.has(record.kind) && about(),
            ShownBy::Position(shown) => shown == position,
        }
    }
}

impl Question {
    /// Where the last run of a runner answers the question with no; `None` where it does not.
    pub fn shown(self, runner: &Runner<'_>) -> Option<Shown> {
        match self {
            Self::Catalogue { guarantee, queue } => {
                let mut found = runner.judge().violations().iter();
                found.find(|one| one.guarantee == guarantee && one.queue == queue).map(Shown::by_guarantee)
            }
            Self::Stated(index) => runner.stated_breach(index).map(|breach| Shown {
                event: breach.event,
                at: breach.at,
                record: ShownBy::Position(breach.position),
            }),
        }
    }

    /// The question in names.
    pub(crate) fn asked(self, program: &Program, properties: &[&dyn Property]) -> Asked {
        match self {
            Self::Catalogue { guarantee, queue } => {
                Asked::Guarantee { guarantee, queue: program.name(program.queues[queue].entity).to_string() }
            }
            Self::Stated(index) => {
                let property = properties[index];
                Asked::Stated { by: property.stated_in(), name: property.name().to_owned() }
            }
        }
    }
}

impl Asked {
    /// The question that is meant, where the program can be asked it.
    pub(crate) fn question(&self, program: &Program, properties: &[&dyn Property]) -> Option<Question> {
        match self {
            Self::Guarantee { guarantee, queue } => {
                let is_meant = |index: &usize| {
                    let table = &program.queues[*index];
                    table.is_consumed() && program.name(table.entity).as_str() == queue
                };
                let queue = (0..program.queues.len()).find(is_meant)?;
                Some(Question::Catalogue { guarantee: *guarantee, queue })
            }
            Self::Stated { by, name } => {
                let is_meant =
                    |property: &&dyn Property| property.stated_in() == *by && property.name() == name;
                let index = properties.iter().position(is_meant)?;
                properties[index].monitor(program).map(|_| Question::Stated(index))
            }
        }
    }
}

impl std::fmt::Display for Asked {
    /// `no-loss at Orders`, or the name of a stated property.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Guarantee { guarantee, queue } => write!(f, "{guarantee} at {queue}"),
            Self::Stated { name, .. } => f.write_str(name),
        }
    }
}

//! Properties in Rust: what is always true, what happens in some run, and what is true in the end.

use std::fmt;
use std::sync::Arc;

use crate::explore::{Breach, Footing, Property, PropertyMonitor, Quantifier, Seen};
use crate::face::View;
use crate::face::names::Names;
use crate::guarantee::Gates;
use crate::program::Program;
use crate::trace::RecordKind;

type Test = Arc<dyn Fn(&View<'_>) -> bool + Send + Sync>;

/// A property that a test states; see [`always`], [`sometimes`] and [`eventually`].
///
/// ```
/// use redrive::prelude::*;
/// let stated = eventually("every order is fulfilled", |end| end.events().all(|event| event.is_processed()))
///     .when(|end| end.queue("OrdersDead").holds() == 0)
///     .as_advice();
/// assert_eq!(stated.name(), "every order is fulfilled");
/// ```
#[derive(Clone)]
pub struct Stated {
    name: String,
    kind: Kind,
    test: Test,
    when: Option<Test>,
    gates: Gates,
    footing: Footing,
    /// All names of queues and functions; the check that asks tells them.
    pub(crate) names: Arc<Names>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Always,
    Sometimes,
    Eventually,
}

/// The test holds after every record of every run. It is put to the test once anything was sent, or by
/// [`Stated::when`].
pub fn always(name: &str, test: impl Fn(&View<'_>) -> bool + Send + Sync + 'static) -> Stated {
    Stated::new(name, Kind::Always, test)
}

/// The test holds after some record of some run: what is never reached is violated. It shows that a search goes where
/// it is meant to go.
pub fn sometimes(name: &str, test: impl Fn(&View<'_>) -> bool + Send + Sync + 'static) -> Stated {
    Stated::new(name, Kind::Sometimes, test)
}

/// The test holds at the end of every run: once load and faults have stopped and every event's fate is decided.
pub fn eventually(name: &str, test: impl Fn(&View<'_>) -> bool + Send + Sync + 'static) -> Stated {
    Stated::new(name, Kind::Eventually, test)
}

impl Stated {
    fn new(name: &str, kind: Kind, test: impl Fn(&View<'_>) -> bool + Send + Sync + 'static) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            test: Arc::new(test),
            when: None,
            gates: Gates::Yes,
            footing: Footing::Ordinary,
            names: Arc::default(),
        }
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// It is asked only where this holds, and only that puts it to the test.
    #[must_use]
    pub fn when(mut self, condition: impl Fn(&View<'_>) -> bool + Send + Sync + 'static) -> Self {
        self.when = Some(Arc::new(condition));
        self
    }

    /// A violation is told and fails nothing.
    #[must_use]
    pub fn as_advice(mut self) -> Self {
        self.gates = Gates::Advice;
        self
    }

    /// It is about the whole load that is stated: a counterexample leaves none of it out.
    #[must_use]
    pub fn with_all_load(mut self) -> Self {
        self.footing = Footing::Stated;
        self
    }
}

impl fmt::Debug for Stated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stated").field("name", &self.name).field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl Property for Stated {
    fn name(&self) -> &str {
        &self.name
    }

    fn gates(&self) -> Gates {
        self.gates
    }

    fn quantifier(&self) -> Quantifier {
        match self.kind {
            Kind::Always | Kind::Eventually => Quantifier::EveryRun,
            Kind::Sometimes => Quantifier::SomeRun,
        }
    }

    fn footing(&self) -> Footing {
        self.footing
    }

    fn monitor<'a>(&'a self, _program: &'a Program) -> Option<Box<dyn PropertyMonitor + 'a>> {
        Some(Box::new(Watching { stated: self, exercised: false }))
    }
}

/// The monitor of a property for one thread.
struct Watching<'a> {
    stated: &'a Stated,
    exercised: bool,
}

impl PropertyMonitor for Watching<'_> {
    fn clear(&mut self) {
        self.exercised = false;
    }

    fn observe(&mut self, seen: &Seen<'_>) -> Option<Breach> {
        let Stated { kind, test, when, names, .. } = self.stated;
        if *kind == Kind::Eventually && seen.record.kind != RecordKind::RunEnded {
            return None;
        }
        let view = View::new(*seen, names);
        let is_asked = match when {
            Some(when) => when(&view),
            None => seen.ledger.events().next().is_some(),
        };
        if !is_asked {
            return None;
        }
        let holds = test(&view);
        self.exercised |= holds || *kind != Kind::Sometimes;
        (!holds && *kind != Kind::Sometimes).then(|| seen.breach(None))
    }

    fn exercised(&self) -> bool {
        self.exercised
    }
}

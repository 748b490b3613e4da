//! One thread's means to run a program again and again: a world and a judge whose memory is reused.

use crate::explore::stated::{StatedJudge, StatedOutcome};
use crate::explore::swarm::seeded;
use crate::explore::{Breach, Code, CodeHandler, Ledger};
use crate::guarantee::{GuaranteeSet, Judge, Violation};
use crate::kernel::{Background, Choice, Choices, Chooser, Families, Recorder, Replay, Seeded};
use crate::program::Program;
use crate::trace::{Observer, StoredTrace};
use crate::world::{Declared, RunSummary, World};

/// Runs one program.
pub struct Runner<'p> {
    program: &'p Program,
    world: World,
    judge: Judge<'p>,
    /// What is stated beside the catalogue; nothing in most searches.
    stated: Option<StatedJudge<'p>>,
    /// The code of functions; nothing where all handlers are declared.
    code: Option<Box<dyn CodeHandler + 'p>>,
}

impl std::fmt::Debug for Runner<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut fields = f.debug_struct("Runner");
        fields.field("program", &self.program).field("judge", &self.judge).field("stated", &self.stated);
        fields.finish_non_exhaustive()
    }
}

/// What one run came to.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Its identity and size.
    pub summary: RunSummary,
    /// What it violated.
    pub violations: Vec<Violation>,
}

impl<'p> Runner<'p> {
    /// A runner that asks for the given guarantees.
    pub fn new(program: &'p Program, guarantees: GuaranteeSet) -> Self {
        Self::with_code(program, guarantees, Code::default())
    }

    /// A runner with properties and handlers in Rust.
    pub fn with_code(program: &'p Program, guarantees: GuaranteeSet, code: Code<'p>) -> Self {
        Self {
            program,
            world: World::new(),
            judge: Judge::new(program, guarantees),
            stated: StatedJudge::new(program, code.properties),
            code: code.handlers.and_then(|handlers| handlers.handler(program)),
        }
    }

    /// The program.
    pub const fn program(&self) -> &'p Program {
        self.program
    }

    /// The world after the last run.
    pub const fn world(&self) -> &World {
        &self.world
    }

    /// The judge after the last run.
    pub const fn judge(&self) -> &Judge<'p> {
        &self.judge
    }

    /// Where the last run first breached a stated property, by the property's position.
    pub fn stated_breach(&self, index: usize) -> Option<&Breach> {
        self.stated.as_ref()?.breach(index)
    }

    /// How things stood at the end of the last run; nothing is known where nothing is stated.
    pub fn ledger(&self) -> Option<&Ledger> {
        self.stated.as_ref().map(StatedJudge::ledger)
    }

    /// The world after the last run, for keeps.
    pub fn into_world(self) -> World {
        self.world
    }

    /// What the last run came to for each stated property.
    pub(crate) fn stated_outcomes(&self) -> Vec<StatedOutcome> {
        self.stated.as_ref().map_or_else(Vec::new, StatedJudge::outcomes)
    }

    /// Runs a seed with what it draws of the allowed families.
    pub fn seed(&mut self, seed: u64, allowed: Families) -> RunSummary {
        self.run(&mut self.seeded(seed, allowed))
    }

    /// Runs a seed and keeps its choices, as far as they are not those of the background.
    pub fn record(
        &mut self,
        seed: u64,
        allowed: Families,
        background: &Background,
    ) -> (RunSummary, Vec<Choice>) {
        let mut recorder = Recorder::over(self.seeded(seed, allowed), background.clone());
        let summary = self.run(&mut recorder);
        (summary, recorder.into_choices())
    }

    /// Runs named choices over a background.
    pub fn replay(&mut self, choices: &Choices, background: &Background) -> RunSummary {
        self.run(&mut Replay::new(choices, background.clone()))
    }

    /// Runs named choices over a background and stores the trace.
    pub fn trace(&mut self, choices: &Choices, background: &Background) -> (RunSummary, StoredTrace) {
        self.run_stored(&mut Replay::new(choices, background.clone()))
    }

    /// Runs a seed and stores the trace.
    pub fn trace_seed(&mut self, seed: u64, allowed: Families) -> (RunSummary, StoredTrace) {
        self.run_stored(&mut self.seeded(seed, allowed))
    }

    fn run_stored<C: Chooser>(&mut self, chooser: &mut C) -> (RunSummary, StoredTrace) {
        let mut trace = StoredTrace::default();
        let summary = self.run_into(chooser, &mut trace);
        (summary, trace)
    }

    /// Judges a run and stores it in `trace`.
    fn run_into<C: Chooser>(&mut self, chooser: &mut C, trace: &mut StoredTrace) -> RunSummary {
        self.judge.clear();
        let mut observer = (&mut self.judge, &mut *trace);
        let summary = match &mut self.code {
            None => self.world.run(self.program, chooser, &mut observer, &mut Declared),
            Some(code) => {
                code.clear();
                self.world.run(self.program, chooser, &mut observer, code)
            }
        };
        if let Some(stated) = &mut self.stated {
            stated.watch(self.program, &self.world, trace);
        }
        summary
    }

    fn seeded(&self, seed: u64, allowed: Families) -> Seeded {
        seeded(self.program, seed, allowed)
    }

    /// Runs with any chooser.
    pub fn run<C: Chooser>(&mut self, chooser: &mut C) -> RunSummary {
        if self.stated.is_none() && self.code.is_none() {
            self.judge.clear();
            return self.world.run(self.program, chooser, &mut self.judge, &mut Declared);
        }
        let memory = self.stated.as_mut().map(|stated| std::mem::take(&mut stated.trace));
        let mut trace = memory.unwrap_or_default();
        trace.clear();
        let summary = self.run_into(chooser, &mut trace);
        if let Some(stated) = &mut self.stated {
            stated.trace = trace;
        }
        summary
    }

    /// Runs with any chooser and observer, without judging and with declared handlers.
    pub fn observe<C: Chooser, O: Observer>(&mut self, chooser: &mut C, observer: &mut O) -> RunSummary {
        self.world.run(self.program, chooser, observer, &mut Declared)
    }
}

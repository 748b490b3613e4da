//! One thread's means to run a program again and again: a world and a judge whose memory is reused.

use crate::explore::swarm::seeded;
use crate::guarantee::{GuaranteeSet, Judge, Violation};
use crate::kernel::{Background, Choice, Choices, Chooser, Families, Recorder, Replay, Seeded};
use crate::program::Program;
use crate::trace::{Observer, StoredTrace};
use crate::world::{Declared, RunSummary, World};

/// Runs one program.
#[derive(Debug)]
pub struct Runner<'p> {
    program: &'p Program,
    world: World,
    judge: Judge<'p>,
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
        Self { program, world: World::new(), judge: Judge::new(program, guarantees) }
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

    /// Runs a seed with what it draws of the allowed families.
    pub fn seed(&mut self, seed: u64, allowed: Families) -> RunSummary {
        self.run(&mut self.seeded(seed, allowed))
    }

    /// Runs a seed and keeps its choices.
    pub fn record(&mut self, seed: u64, allowed: Families) -> (RunSummary, Vec<Choice>) {
        let mut recorder = Recorder::new(self.seeded(seed, allowed));
        let summary = self.run(&mut recorder);
        (summary, recorder.into_choices())
    }

    /// Runs named choices over the ordinary.
    pub fn replay(&mut self, choices: &Choices) -> RunSummary {
        self.run(&mut Replay::new(choices, Background::Ordinary))
    }

    /// Runs named choices over the ordinary and stores the trace.
    pub fn trace(&mut self, choices: &Choices) -> (RunSummary, StoredTrace) {
        self.run_stored(&mut Replay::new(choices, Background::Ordinary))
    }

    /// Runs a seed and stores the trace.
    pub fn trace_seed(&mut self, seed: u64, allowed: Families) -> (RunSummary, StoredTrace) {
        self.run_stored(&mut self.seeded(seed, allowed))
    }

    fn run_stored<C: Chooser>(&mut self, chooser: &mut C) -> (RunSummary, StoredTrace) {
        let mut trace = StoredTrace::default();
        self.judge.clear();
        let mut observer = (&mut self.judge, &mut trace);
        let summary = self.world.run(self.program, chooser, &mut observer, &mut Declared);
        (summary, trace)
    }

    fn seeded(&self, seed: u64, allowed: Families) -> Seeded {
        seeded(self.program, seed, allowed)
    }

    /// Runs with any chooser.
    pub fn run<C: Chooser>(&mut self, chooser: &mut C) -> RunSummary {
        self.judge.clear();
        self.world.run(self.program, chooser, &mut self.judge, &mut Declared)
    }

    /// Runs with any chooser and observer, without judging.
    pub fn observe<C: Chooser, O: Observer>(&mut self, chooser: &mut C, observer: &mut O) -> RunSummary {
        self.world.run(self.program, chooser, observer, &mut Declared)
    }
}

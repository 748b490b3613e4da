//! One template judged: what `check`, `accept` and `diff` share.

use std::path::PathBuf;

use crate::cli::clock::Deadline;
use crate::cli::input::{Extent, Input, read};
use crate::cli::problems::Problems;
use crate::cli::progress::Bar;
use crate::cli::values::System;
use crate::explore::{CheckOptions, Checked, Code, Halt, check_with};
use crate::guarantee::{GuaranteeName, GuaranteeSet, Loops, deployable, no_loop, permitted};
use crate::models::Models;
use crate::report::{CheckReport, Comparison, Detail, Document, Excuses, document};
use crate::topology::{Refusal, Right, Topology};
use crate::vocabulary::Diagnostic;

/// How to judge, the same for all inputs of a command.
#[derive(Debug)]
pub(super) struct Judging<'a> {
    pub(super) system: &'a System,
    pub(super) options: &'a CheckOptions,
    pub(super) deadline: Option<Deadline>,
    pub(super) models: &'a Models,
    pub(super) problems: Problems,
}

/// What was understood of an input and what a search of it came to.
#[derive(Debug)]
pub(super) struct Judged {
    input: Input,
    checked: Checked,
    refusals: Vec<Refusal>,
    rights: Vec<Right>,
    loops: Loops,
}

/// What a report of it says besides.
#[derive(Clone, Copy, Debug)]
pub(super) struct Beside<'a> {
    pub(super) fail_on: GuaranteeSet,
    pub(super) excuses: &'a Excuses,
    pub(super) comparison: Option<&'a Comparison>,
    pub(super) detail: Detail,
}

impl Judged {
    /// Reads and searches an input.
    ///
    /// # Errors
    /// Everything that is wrong with it; it has been told.
    pub(super) fn of(paths: &[PathBuf], judging: &Judging<'_>) -> Result<Self, Vec<Diagnostic>> {
        let Judging { system, options, models, problems, .. } = *judging;
        let input = read(paths, system, models, problems)?;
        let options = &CheckOptions { families: input.families(), ..options.clone() };
        let mut bar = Bar::new(problems.loudness());
        let halt = Halt::default();
        let searched = check_with(
            &input.topology,
            models,
            &input.scenario,
            options,
            (Code::default(), &halt),
            &mut |progress| {
                bar.show(&progress);
                let deadline = judging.deadline.as_ref();
                match deadline.filter(|deadline| deadline.is_over(progress.begun + 1, progress.parts)) {
                    Some(_) => halt.ask(),
                    None => halt.withdraw(),
                }
            },
        );
        bar.clear();
        let checked = searched.inspect_err(|diagnostics| problems.tell(diagnostics))?;
        let asked = options.guarantees.has(GuaranteeName::Deployable);
        let refusals = if asked { deployable(&input.topology, models) } else { Vec::new() };
        let asked = options.guarantees.has(GuaranteeName::Permitted);
        let rights = if asked { permitted(&input.topology).to_vec() } else { Vec::new() };
        let asked = options.guarantees.has(GuaranteeName::NoLoop);
        let loops = if asked { no_loop(&input.topology, &input.scenario, models) } else { Loops::default() };
        Ok(Self { input, checked, refusals, rights, loops })
    }

    /// What was understood.
    pub(super) const fn topology(&self) -> &Topology {
        &self.input.topology
    }

    /// Whether all of it was judged.
    pub(super) const fn extent(&self) -> Extent {
        self.input.extent
    }

    /// The report of it.
    pub(super) fn report<'a>(&'a self, models: &'a Models, beside: Beside<'a>) -> CheckReport<'a> {
        CheckReport {
            topology: &self.input.topology,
            scenario: &self.input.scenario,
            models,
            checked: &self.checked,
            refusals: &self.refusals,
            rights: &self.rights,
            loops: &self.loops,
            diagnostics: &self.input.diagnostics,
            fail_on: beside.fail_on,
            excuses: beside.excuses,
            comparison: beside.comparison,
            detail: beside.detail,
        }
    }

    /// The report of it as a value, before anything is excused.
    pub(super) fn document(&self, judging: &Judging<'_>, fail_on: GuaranteeSet) -> Document {
        let excuses = Excuses::default();
        let beside = Beside { fail_on, excuses: &excuses, comparison: None, detail: Detail::Short };
        document(&self.report(judging.models, beside)).with_options(&judging.system.options)
    }
}

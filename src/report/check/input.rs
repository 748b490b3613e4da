//! Everything that the report of a check is made from.

use crate::explore::{Checked, Finding, Part, StatedVerdict, Verdict, verdict_id};
use crate::guarantee::{Circle, Gates, GuaranteeName, GuaranteeSet, Loops};
use crate::models::Models;
use crate::program::Passage;
use crate::report::document::Excuse;
use crate::report::{Comparison, Excuses, circle_id, refusal_id, right_id};
use crate::scenario::Scenario;
use crate::topology::{Permitted, Refusal, Right, Topology};
use crate::vocabulary::Diagnostic;

/// How much a report tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Findings in one line each, and what it comes to.
    Brief,
    /// The first findings in full, the others in one line each.
    Short,
    /// Everything.
    All,
}

/// A check, its input and what its reader asked for.
#[derive(Clone, Copy, Debug)]
pub struct CheckReport<'a> {
    /// What was understood of the input.
    pub topology: &'a Topology,
    /// What is stated beside the input.
    pub scenario: &'a Scenario,
    /// The models that the check used.
    pub models: &'a Models,
    /// What the search came to.
    pub checked: &'a Checked,
    /// What AWS would refuse; empty where `deployable` was not asked for.
    pub refusals: &'a [Refusal],
    /// Everything that has to be allowed; empty where `permitted` was not asked for.
    pub rights: &'a [Right],
    /// All circles; empty where `no-loop` was not asked for.
    pub loops: &'a Loops,
    /// What was wrong with the input.
    pub diagnostics: &'a [Diagnostic],
    /// The guarantees whose violation fails the check.
    pub fail_on: GuaranteeSet,
    /// Violations that do not fail the check.
    pub excuses: &'a Excuses,
    /// What moved since the check that this one is compared with.
    pub comparison: Option<&'a Comparison>,
    /// How much to tell.
    pub detail: Detail,
}

impl<'a> CheckReport<'a> {
    /// The guarantees that fail a check where nobody says otherwise.
    pub fn usually_failing() -> GuaranteeSet {
        let gating = GuaranteeName::ALL.into_iter().filter(|name| name.gates() == Gates::Yes);
        gating.fold(GuaranteeSet::NONE, GuaranteeSet::with)
    }

    /// Whether a violation of this guarantee fails the check.
    pub(crate) fn gates(&self, guarantee: GuaranteeName) -> Gates {
        if self.fail_on == Self::usually_failing() {
            return guarantee.gates_in(self.scenario);
        }
        if self.fail_on.has(guarantee) { Gates::Yes } else { Gates::Advice }
    }

    /// Whether a violation of something that is stated fails the check: as it says itself, and not where nothing does.
    pub(crate) fn stated_gates(&self, verdict: &StatedVerdict) -> Gates {
        if self.fail_on == GuaranteeSet::NONE { Gates::Advice } else { verdict.gates }
    }

    /// All verdicts of runs with their parts, in order; `deployable` is told by refusals, `permitted` by rights, `no-loop` by circles.
    pub(crate) fn verdicts(&self) -> impl Iterator<Item = (&'a Part, &'a Verdict)> + use<'a> {
        let all = self.checked.parts.iter().flat_map(|part| part.verdicts.iter().map(move |one| (part, one)));
        all.filter(|(_, verdict)| !verdict.guarantee.is_of_the_topology())
    }

    /// A finding's verdict.
    pub(crate) fn verdict(&self, (part, verdict): (usize, usize)) -> (&'a Part, &'a Verdict) {
        let part = &self.checked.parts[part];
        (part, &part.verdicts[verdict])
    }

    /// The findings that fail the check, or those that advise; excused ones are neither.
    pub(crate) fn findings(&self, gates: Gates) -> impl Iterator<Item = &Finding> {
        let open = self.checked.findings.iter().filter(|finding| self.excuse(finding).is_none());
        open.filter(move |finding| finding_gates(self, finding) == gates)
    }

    /// The excused findings with their excuses.
    pub(crate) fn excused(&self) -> impl Iterator<Item = (&Finding, &Excuse)> {
        self.checked.findings.iter().filter_map(|finding| Some((finding, self.excuse(finding)?)))
    }

    /// The excuse of a finding: that of the first verdict that counts, where all of those have one. Verdicts that
    /// advise count only in a finding where nothing fails the check.
    pub(crate) fn excuse(&self, finding: &Finding) -> Option<&'a Excuse> {
        let gates = finding_gates(self, finding);
        let verdicts = finding.verdicts.iter().map(|at| self.verdict(*at));
        let counting = verdicts.filter(|(_, verdict)| self.gates(verdict.guarantee) == gates);
        let excuses: Option<Vec<&Excuse>> =
            counting.map(|(part, verdict)| self.excuses.of(&verdict_id(part, verdict))).collect();
        excuses?.first().copied()
    }

    /// What is denied.
    pub(crate) fn denied(&self) -> impl Iterator<Item = &'a Right> + use<'a> {
        self.rights.iter().filter(|right| right.permitted == Permitted::Denied)
    }

    /// What is denied and not excused.
    pub(crate) fn open_denied(&self) -> Vec<&'a Right> {
        self.denied().filter(|right| self.excuses.of(&right_id(right)).is_none()).collect()
    }

    /// The circles that events go round.
    pub(crate) fn looping(&self) -> impl Iterator<Item = &'a Circle> + use<'a> {
        self.loops.circles.iter().filter(|circle| circle.goes == Passage::Open)
    }

    /// Those that are not excused.
    pub(crate) fn open_loops(&self) -> Vec<&'a Circle> {
        self.looping().filter(|circle| self.excuses.of(&circle_id(self.topology, circle)).is_none()).collect()
    }

    /// The excuse of all that AWS refuses.
    pub(crate) fn refusals_excuse(&self) -> Option<&'a Excuse> {
        let excuses: Option<Vec<&Excuse>> =
            self.refusals.iter().map(|one| self.excuses.of(&refusal_id(one))).collect();
        excuses?.first().copied()
    }
}

/// Whether a finding fails the check: one of its guarantees does.
pub(crate) fn finding_gates(report: &CheckReport<'_>, finding: &Finding) -> Gates {
    let gates = |at: &(usize, usize)| report.gates(report.verdict(*at).1.guarantee) == Gates::Yes;
    if finding.verdicts.iter().any(gates) { Gates::Yes } else { Gates::Advice }
}

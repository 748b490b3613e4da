//! What a check comes to as a whole: the last line of a report, and the exit code of the command.

use crate::explore::{Standing, Verdict};
use crate::guarantee::Gates;
use crate::report::check::{CheckReport, all_properties};

/// The word for a whole check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Conclusion {
    /// Nothing that fails a check was violated, and all of it was put to the test.
    Held,
    /// Nothing was violated, but some guarantee that fails a check was never put to the test.
    NotExercised,
    /// Something was violated.
    Violated,
}

/// What a check comes to.
pub fn conclusion(report: &CheckReport<'_>) -> Conclusion {
    let gating = || report.verdicts().filter(|(_, one)| report.gates(one.guarantee) == Gates::Yes);
    let stated =
        |standing| all_properties(report).any(|(_, one)| one.gates == Gates::Yes && one.standing == standing);
    let refused =
        !report.refusals.is_empty() && report.fail_on.has(crate::guarantee::GuaranteeName::Deployable);
    let violated = |(_, one): (_, &Verdict)| one.standing == Standing::Violated;
    if refused || stated(Standing::Violated) || gating().any(violated) {
        Conclusion::Violated
    } else if stated(Standing::NotExercised)
        || gating().any(|(_, one)| one.standing == Standing::NotExercised)
    {
        Conclusion::NotExercised
    } else {
        Conclusion::Held
    }
}

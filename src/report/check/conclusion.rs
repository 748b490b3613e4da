//! What a check comes to as a whole: the last line of a report, and the exit code of the command.

use crate::explore::{Part, Standing, Verdict, verdict_id};
use crate::guarantee::{Gates, GuaranteeName};
use crate::report::check::{CheckReport, all_properties};
use crate::report::{refusal_id, stated_id};

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

impl Conclusion {
    /// The word in reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::NotExercised => "not-exercised",
            Self::Violated => "violated",
        }
    }
}

/// What a check comes to; what is excused fails nothing.
pub fn conclusion(report: &CheckReport<'_>) -> Conclusion {
    let gating = || report.verdicts().filter(|(_, one)| report.gates(one.guarantee) == Gates::Yes);
    let stated = |standing| {
        let mut open = all_properties(report).filter(|(_, one)| report.excuses.of(&stated_id(one)).is_none());
        open.any(|(_, one)| report.stated_gates(one) == Gates::Yes && one.standing == standing)
    };
    let refused = report.fail_on.has(GuaranteeName::Deployable)
        && report.refusals.iter().any(|one| report.excuses.of(&refusal_id(one)).is_none());
    let fails = |part: &Part, one: &Verdict| {
        one.standing == Standing::Violated && report.excuses.of(&verdict_id(part, one)).is_none()
    };
    let denied = report.fail_on.has(GuaranteeName::Permitted) && !report.open_denied().is_empty();
    let looping = report.fail_on.has(GuaranteeName::NoLoop) && !report.open_loops().is_empty();
    let of_the_topology = refused || denied || looping;
    if of_the_topology || stated(Standing::Violated) || gating().any(|(part, one)| fails(part, one)) {
        Conclusion::Violated
    } else if stated(Standing::NotExercised)
        || gating().any(|(_, one)| one.standing == Standing::NotExercised)
    {
        Conclusion::NotExercised
    } else {
        Conclusion::Held
    }
}

//! How the command ends.

use std::process::ExitCode;

use crate::report::Conclusion;

/// What the exit code says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: nothing that fails a check is violated.
    Held,
    /// 1: something is.
    Violated,
    /// 2: the command or its input cannot be used, or the result cannot be written.
    Unusable,
    /// 3: only with `--require-exercised`: something was never put to the test.
    NotExercised,
}

/// The table of exit codes, as the help shows it.
pub(super) const TABLE: &str = "\
Exit codes:
  0  nothing that fails a check is violated
  1  something is violated
  2  bad usage or unreadable input, or the result could not be written
  3  with --require-exercised: nothing is violated, but something was never put to the test
Several inputs are one system. Where one of them cannot be read the others are judged: 1 if they violate
something, else 2.";

impl Exit {
    /// The number.
    pub const fn code(self) -> u8 {
        match self {
            Self::Held => 0,
            Self::Violated => 1,
            Self::Unusable => 2,
            Self::NotExercised => 3,
        }
    }

    /// What two results come to together.
    pub(super) fn join(self, other: Self) -> Self {
        let rank = |exit| match exit {
            Self::Violated => 3,
            Self::Unusable => 2,
            Self::NotExercised => 1,
            Self::Held => 0,
        };
        if rank(other) > rank(self) { other } else { self }
    }

    /// What a check comes to.
    pub(super) const fn of(conclusion: Conclusion, exercise: Exercise) -> Self {
        match (conclusion, exercise) {
            (Conclusion::Violated, _) => Self::Violated,
            (Conclusion::NotExercised, Exercise::Required) => Self::NotExercised,
            (Conclusion::NotExercised, Exercise::Optional) | (Conclusion::Held, _) => Self::Held,
        }
    }
}

/// Whether every guarantee that fails a check has to be put to the test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exercise {
    /// `--require-exercised`.
    Required,
    /// Without it.
    Optional,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_results_end_as_the_worst_of_them() {
        let joined =
            [Exit::Held, Exit::NotExercised, Exit::Unusable].into_iter().fold(Exit::Held, Exit::join);
        assert_eq!(joined, Exit::Unusable);
        assert_eq!(joined.join(Exit::Violated).join(Exit::Unusable), Exit::Violated);
    }
}

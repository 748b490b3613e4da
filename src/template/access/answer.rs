//! Yes, no, or not to be told from the template.

use crate::topology::Permitted;

/// What a question about policies comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Answer {
    /// It is not so.
    No,
    /// It depends on what the template leaves open.
    Open,
    /// It is so.
    Yes,
}

impl Answer {
    /// Both are so.
    pub(crate) fn and(self, other: Self) -> Self {
        self.min(other)
    }

    /// One of them is so.
    pub(crate) fn or(self, other: Self) -> Self {
        self.max(other)
    }

    /// It is not so.
    pub(crate) const fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Open => Self::Open,
            Self::Yes => Self::No,
        }
    }

    /// All are so; yes where there is none.
    pub(crate) fn all(answers: impl IntoIterator<Item = Self>) -> Self {
        answers.into_iter().min().unwrap_or(Self::Yes)
    }

    /// Some is so; no where there is none.
    pub(crate) fn any(answers: impl IntoIterator<Item = Self>) -> Self {
        answers.into_iter().max().unwrap_or(Self::No)
    }

    /// Yes or no.
    pub(crate) const fn of(is_so: bool) -> Self {
        if is_so { Self::Yes } else { Self::No }
    }

    /// The word for links.
    pub(crate) const fn permitted(self) -> Permitted {
        match self {
            Self::No => Permitted::Denied,
            Self::Open => Permitted::Unknown,
            Self::Yes => Permitted::Granted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_open_decides_only_where_nothing_else_does() {
        use Answer::{No, Open, Yes};
        assert_eq!((Yes.and(Open), Open.and(No), Yes.and(Yes)), (Open, No, Yes));
        assert_eq!((No.or(Open), Open.or(Yes), No.or(No)), (Open, Yes, No));
        assert_eq!((Yes.not(), Open.not(), No.not()), (No, Open, Yes));
        assert_eq!((Answer::all([]), Answer::any([])), (Yes, No));
        let words = [Yes, Open, No].map(Answer::permitted);
        assert_eq!(words, [Permitted::Granted, Permitted::Unknown, Permitted::Denied]);
    }
}

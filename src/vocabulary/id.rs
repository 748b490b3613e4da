//! Dense ids that several floors share.

/// A rule's dense number in one set of models: its position when all rule ids are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(pub u16);

//! Violations that do not fail a check: those that somebody accepted, and those that another check had already.

use std::collections::BTreeMap;

use crate::guarantee::GuaranteeName;
use crate::report::document::Excuse;
use crate::topology::{Refusal, Right};
use crate::vocabulary::NameHash;

/// Excuses by the id of the verdict that they are for.
#[derive(Clone, Debug, Default)]
pub struct Excuses {
    of: BTreeMap<String, Excuse>,
}

impl Excuses {
    /// The excuse of a verdict.
    pub(crate) fn of(&self, id: &str) -> Option<&Excuse> {
        self.of.get(id)
    }

    /// One more excuse; the first one for a verdict stays.
    pub(crate) fn add(&mut self, id: &str, excuse: Excuse) {
        self.of.entry(id.to_owned()).or_insert(excuse);
    }
}

impl Excuse {
    /// Somebody accepted it.
    pub(crate) const ACCEPTED: &'static str = "accepted";
    /// What the check is compared with has it too.
    pub(crate) const AGAINST: &'static str = "against";

    /// The severity of a finding with this excuse.
    pub(crate) fn severity(&self) -> &'static str {
        if self.by == Self::ACCEPTED { "accepted" } else { "known" }
    }

    /// `accepted: the consumer is idempotent, until 2027-01-31`.
    pub(crate) fn says(&self) -> String {
        format!("{}: {}", self.severity(), self.why())
    }

    /// `the consumer is idempotent, until 2027-01-31`.
    pub(crate) fn why(&self) -> String {
        let until = self.until.as_ref().map_or_else(String::new, |date| format!(", until {date}"));
        format!("{}{until}", self.reason)
    }
}

/// The id of something that has to be allowed.
pub fn right_id(right: &Right) -> String {
    NameHash::of(GuaranteeName::Permitted.word()).then(right.name.as_str()).then(right.of.word()).short()
}

/// The id of a setting that AWS refuses.
pub fn refusal_id(refusal: &Refusal) -> String {
    NameHash::of(GuaranteeName::Deployable.word())
        .then(&refusal.resource.to_string())
        .then(&refusal.property)
        .then(&refusal.rule)
        .short()
}

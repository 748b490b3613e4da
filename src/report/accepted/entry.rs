//! A known gap: what somebody accepted, why, and until when.

use crate::report::accepted::Date;
use crate::report::compare::Known;
use crate::vocabulary::Place;

/// The file that stands beside a template.
pub const LEDGER: &str = "redrive.accept.toml";

/// Everything that a file says.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    pub(crate) entries: Vec<Accepted>,
}

/// One accepted finding.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// Its id when it was accepted.
    pub(crate) finding: String,
    /// The name of the template's file; the ledger stands beside it.
    pub(crate) template: String,
    /// What happens, in a sentence, for readers.
    pub(crate) title: String,
    /// Why it is accepted.
    pub(crate) reason: String,
    /// The last day on which it is.
    pub(crate) until: Option<Date>,
    /// The violations that it consists of.
    pub(crate) violates: Vec<Violation>,
    /// Where the file says so.
    pub(crate) place: Option<Place>,
}

impl Accepted {
    /// The id of the finding.
    pub fn finding(&self) -> &str {
        &self.finding
    }

    /// What happens, in a sentence.
    pub fn title(&self) -> &str {
        &self.title
    }
}

/// One accepted violation.
#[derive(Clone, Debug)]
pub(crate) struct Violation {
    /// The id of the verdict: of guarantee and place.
    pub(crate) id: String,
    /// The guarantee, for readers.
    pub(crate) guarantee: String,
    /// The place, for readers.
    pub(crate) at: String,
    /// How bad it was.
    pub(crate) known: Known,
}

//! Rights: who has to be allowed what, for each link, exit and key of a topology; and what is missing.

use crate::topology::Permitted;
use crate::vocabulary::{EntityName, Place};

/// One right that the topology needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Right {
    /// What it is for, named by source and target: `BookingApi->BookCourt`.
    pub name: EntityName,
    /// The source's name.
    pub from: String,
    /// The target's name.
    pub to: String,
    /// Link, exit or key.
    pub of: RightOf,
    /// Who acts: a service, or a role.
    pub caller: String,
    /// What the caller does, such as `lambda:InvokeFunction`.
    pub action: String,
    /// Whether it is allowed: denied where one way that the template declares is.
    pub permitted: Permitted,
    /// Why that is not known.
    pub why: Option<String>,
    /// What is denied; one for each way in that is.
    pub denials: Vec<Denial>,
    /// Where the need for it is declared.
    pub place: Option<Place>,
}

/// What a right is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RightOf {
    /// A link.
    Link,
    /// A dead-letter queue or a destination.
    Exit,
    /// The key that encrypts the target.
    Key,
}

impl RightOf {
    /// The word in reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Exit => "exit",
            Self::Key => "key",
        }
    }
}

/// One thing that no policy allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// The way in, where a link has several: `POST /bookings`.
    pub way: Option<String>,
    /// The statement that nearly fits, in words, and where it stands.
    pub nearly: Option<(String, Option<Place>)>,
    /// The rule that says what AWS does then.
    pub rule: String,
    /// What to change.
    pub repair: RightRepair,
}

/// A change that allows what is denied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RightRepair {
    /// In a sentence.
    pub says: String,
    /// The lines of a template to add or to put in place.
    pub lines: Vec<String>,
    /// The statement that they replace, or the statements that they are added to; `None` where they are resources.
    pub place: Option<Place>,
}

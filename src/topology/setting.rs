//! A resolved setting: its value, where that came from, and what else it may be where the template leaves it open.

use crate::vocabulary::Place;

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Written in the template (directly, through Globals, a parameter's default or a mapping).
    Template(Place),
    /// Left out: the default of the setting model with this id.
    Default(String),
    /// From the command line: `--set` or `--parameter`.
    CommandLine,
    /// Not to be known from the template; the value is the ordinary one of several.
    Unknown(Place),
}

/// What a value may be that the template leaves open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownSetting<T> {
    /// Why it is not known, such as `parameter Timeout has no default`.
    pub why: String,
    /// All values that runs try, the ordinary one first.
    pub alternatives: Vec<T>,
}

/// One resolved setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting<T> {
    /// The value; the ordinary one of several where it is unknown.
    pub value: T,
    /// Where it came from.
    pub origin: Origin,
    /// What else it may be.
    pub unknown: Option<UnknownSetting<T>>,
}

impl<T> Setting<T> {
    /// A value with its origin, known for certain.
    pub const fn known(value: T, origin: Origin) -> Self {
        Self { value, origin, unknown: None }
    }

    /// The place in the template, where there is one.
    pub const fn place(&self) -> Option<&Place> {
        match &self.origin {
            Origin::Template(place) | Origin::Unknown(place) => Some(place),
            Origin::Default(_) | Origin::CommandLine => None,
        }
    }
}

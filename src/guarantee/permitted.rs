//! `permitted`: every link, exit and key that the template declares is allowed by the policies that apply.
//!
//! It is judged on the topology, without a run. It is violated at a right that is denied, which it is only where every
//! policy that applies is known; it holds where one is granted, and where a policy is not known it was not put to the
//! test. A link with several ways in, such as the routes of an API, needs all of them.

use crate::topology::{Right, Topology};

/// Everything that has to be allowed, in the order of the topology.
pub fn permitted(topology: &Topology) -> &[Right] {
    &topology.rights
}

//! Who outside a template takes what a channel hands on.

use crate::program::compile::Builder;
use crate::topology::{LinkDetail, LinkEnd, ResourceDetail, Topology};

impl Builder<'_> {
    /// Whether all that a channel hands on goes to mail, telephones, the web or whatever else keeps it outside.
    pub(super) fn is_heard_elsewhere(&self, channel: usize) -> bool {
        let (end, ways) = &self.component.channels[channel];
        ways.is_empty() && leads_outside(self.topology, end)
    }
}

/// Whether something takes what a channel hands on that nobody simulates, directly or behind a rule.
fn leads_outside(topology: &Topology, channel: &LinkEnd) -> bool {
    let mut seen = vec![channel.clone()];
    let mut next = 0;
    while next < seen.len() {
        let from = seen[next].clone();
        next += 1;
        for link in topology.links.iter().filter(|link| link.from == from) {
            let is_taken = match &link.to {
                LinkEnd::Outside(_) => true,
                LinkEnd::Resource(id) => matches!(topology.resource(*id).detail, ResourceDetail::Other),
                LinkEnd::Missing(_) => false,
            };
            if is_taken && matches!(link.detail, LinkDetail::Delivers(_)) {
                return true;
            }
            if !seen.contains(&link.to) {
                seen.push(link.to.clone());
            }
        }
    }
    false
}

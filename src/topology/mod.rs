//! Floor 2: what is deployed: resources, links, every setting resolved with its origin.
//!
//! Absent: how it was written (templates), what happens (world), and defaults looked up later: they are resolved here once.

mod link;
mod resource;
mod setting;

pub use link::{InvocationModel, Link, LinkDetail, LinkEnd, Permitted, QueueMapping, ResponseType};
pub use resource::{
    Account, Function, Queue, QueueKind, Redrive, RedriveAllow, RedriveTarget, Resource, ResourceDetail, ResourceId,
    Unmodelled,
};
pub use setting::{Origin, Setting, UnknownSetting};

/// What is deployed.
#[derive(Clone, Debug)]
pub struct Topology {
    /// What the user called the input.
    pub input: String,
    /// All resources, in the order of the template.
    pub resources: Vec<Resource>,
    /// All hops that an event can take, in the order of the template.
    pub links: Vec<Link>,
    /// What was seen but is not simulated, and what is lost by that.
    pub unmodelled: Vec<Unmodelled>,
    /// What holds for the account.
    pub account: Account,
}

impl Topology {
    /// The resource with the given dense id.
    pub fn resource(&self, id: ResourceId) -> &Resource {
        &self.resources[id.0 as usize]
    }

    /// The resource with the given logical id or path.
    pub fn find(&self, name: &str) -> Option<ResourceId> {
        let index = self.resources.iter().position(|resource| resource.name.as_str() == name)?;
        Some(ResourceId(index as u32))
    }
}

//! Floor 2: what is deployed: resources, links, every setting resolved with its origin.
//!
//! Absent: how it was written (templates), what happens (world), and defaults looked up later: they are resolved here once.

mod access;
mod archive;
mod grammar;
pub(crate) mod input;
mod link;
mod machine;
mod objects;
mod push;
mod resource;
mod setting;
mod stream;
mod table;
mod validation;

use std::collections::{BTreeMap, BTreeSet};

use crate::vocabulary::Duration;

pub use access::{Denial, Right, RightOf, RightRepair};
pub use archive::Archive;
pub use grammar::grammar;
pub use link::{
    ForeignProperty, InvocationModel, Link, LinkDetail, LinkEnd, MappingFilter, Permitted,
    ProvisionedPollers, QueueMapping, ResponseType, SendEvidence, UNRECOGNISED,
};
pub use machine::{
    ANY_ERROR, BRANCH_FAILED, Catcher, InputLog, Jitter, MachineKind, MachineProblem, MapRun, NO_HEARTBEAT,
    Onward, Retrier, State, StateKind, StateMachine, TASK_FAILED, TIMED_OUT, Task, TaskAction, TokenUse,
    is_meant,
};
pub use objects::ObjectFilter;
pub use push::{
    ChannelKind, Content, Delivery, Exit, Growth, InputTemplate, InvokeConfig, LatePermission, Order,
    RecursiveLoop, TopicDeduplication, Unmapped, WebRetries,
};
pub use resource::{
    Account, ActsAs, DeduplicationScope, FifoSettings, Function, Home, ProvisionedConcurrency,
    PublishedVersion, Queue, QueueKind, Redrive, RedriveAllow, RedriveTarget, Resource, ResourceDetail,
    ResourceId, Runs, ThroughputLimit, Unmodelled, Words,
};
pub use setting::{Origin, Setting, UnknownSetting};
pub use stream::{Reading, StartingPosition, Stream, StreamKind, StreamMapping};
pub use table::{TableStream, ViewType};
pub use validation::{Refusal, refusals};

/// What a bus hands its events to by itself.
pub(crate) const RULE: &str = "AWS::Events::Rule";

/// What is deployed.
///
/// ```
/// use redrive::prelude::*;
/// let system = Topology::from_template("examples/orders/template.yaml").unwrap();
/// assert!(system.find("OrdersQueue").is_some());
/// println!("{}", system.render());
/// ```
#[derive(Clone, Debug)]
pub struct Topology {
    /// What the user called the inputs.
    pub inputs: Vec<String>,
    /// All resources, in the order of the template.
    pub resources: Vec<Resource>,
    /// All hops that an event can take, in the order of the template.
    pub links: Vec<Link>,
    /// State machines whose definitions are at hand, in the order of the template.
    pub machines: Vec<StateMachine>,
    /// Archives of buses that are declared here, in the order of the template.
    pub archives: Vec<Archive>,
    /// What makes its events at times of its own, and how long from one to the next; `None` where there is only one.
    pub schedules: BTreeMap<ResourceId, Option<Duration>>,
    /// The roles of this system that functions, pipes and schedules act as.
    pub roles: BTreeMap<ResourceId, ActsAs>,
    /// What SAM makes for the events and ways out of functions: the template holds no declaration of it.
    pub generated: BTreeSet<ResourceId>,
    /// What all of it needs to be allowed, in the order of the links, then of the functions' exits.
    pub rights: Vec<Right>,
    /// What was seen but is not simulated, and what is lost by that.
    pub unmodelled: Vec<Unmodelled>,
    /// What things declared elsewhere are called, by their ARNs, where the name in it is nobody else's.
    pub nicknames: BTreeMap<String, String>,
    /// The names that resources have outside of the template, where it says them in full.
    pub physical_names: BTreeMap<ResourceId, String>,
    /// What holds for the account.
    pub account: Account,
}

impl Topology {
    /// The inputs on one line.
    pub fn input(&self) -> String {
        self.inputs.join(", ")
    }

    /// The resource with the given dense id.
    pub fn resource(&self, id: ResourceId) -> &Resource {
        &self.resources[id.0 as usize]
    }

    /// The resource with the given path or logical id.
    pub fn find(&self, name: &str) -> Option<ResourceId> {
        let named = |resource: &Resource| resource.name.as_str() == name;
        let identified = |resource: &Resource| resource.logical_id == name;
        let index =
            self.resources.iter().position(named).or_else(|| self.resources.iter().position(identified))?;
        Some(ResourceId(index as u32))
    }

    /// Whether a link stays within a service, as that from a bus into one of its rules does: nobody has to allow it.
    pub fn is_inner(&self, link: &Link) -> bool {
        let LinkEnd::Resource(to) = link.to else { return false };
        self.resource(to).type_name == RULE
    }

    /// The queue at an end of a link.
    pub fn queue(&self, end: &LinkEnd) -> Option<&Queue> {
        match self.detail(end)? {
            ResourceDetail::Queue(queue) => Some(queue),
            ResourceDetail::Function(_)
            | ResourceDetail::Channel(_)
            | ResourceDetail::Stream(_)
            | ResourceDetail::Other => None,
        }
    }

    /// The function at an end of a link.
    pub fn function(&self, end: &LinkEnd) -> Option<&Function> {
        match self.detail(end)? {
            ResourceDetail::Function(function) => Some(function),
            ResourceDetail::Queue(_)
            | ResourceDetail::Channel(_)
            | ResourceDetail::Stream(_)
            | ResourceDetail::Other => None,
        }
    }

    /// What kind of channel is at an end of a link.
    pub fn channel(&self, end: &LinkEnd) -> Option<ChannelKind> {
        match self.detail(end)? {
            ResourceDetail::Channel(kind) => Some(*kind),
            ResourceDetail::Stream(_) => Some(ChannelKind::Stream),
            ResourceDetail::Queue(_) | ResourceDetail::Function(_) | ResourceDetail::Other => None,
        }
    }

    fn detail(&self, end: &LinkEnd) -> Option<&ResourceDetail> {
        match end {
            LinkEnd::Resource(id) => Some(&self.resource(*id).detail),
            LinkEnd::Outside(_) | LinkEnd::Missing(_) => None,
        }
    }

    /// What the end of a link is called.
    pub fn end_name<'a>(&'a self, end: &'a LinkEnd) -> &'a str {
        match end {
            LinkEnd::Resource(id) => self.resource(*id).name.as_str(),
            LinkEnd::Outside(name) | LinkEnd::Missing(name) => {
                self.nicknames.get(name).map_or(name, String::as_str)
            }
        }
    }
}

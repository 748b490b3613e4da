//! Clients that a scenario names: links that no template declares.

use crate::models::{Models, RuleValue};
use crate::scenario::{Caller, Scenario};
use crate::topology::{Delivery, InvocationModel, Link, LinkDetail, LinkEnd, Permitted, Runs, Topology};
use crate::vocabulary::{EntityKind, EntityName};

impl Scenario {
    /// Adds a link for each client that calls by itself (`calls` of a [`Caller`]) to a topology; one that has it is left
    /// as it is, and so is one without the function that is called, which [`problems`](crate::scenario::problems) tells.
    /// Whoever compiles a scenario with such callers does this first; the command line and the Rust face do.
    pub fn let_clients_call(&self, topology: &mut Topology, models: &Models) {
        let stated = |caller: &Caller| link(&Caller::of(&self.callers, &caller.name), topology, models);
        let links: Vec<Link> = self.callers.iter().filter_map(stated).collect();
        for link in links {
            if !topology.links.iter().any(|other| other.from == link.from && other.to == link.to) {
                topology.links.push(link);
            }
        }
    }
}

/// How clients of a source invoke, where its model says that they call.
pub(super) fn invocation(models: &Models, source: &str) -> Option<InvocationModel> {
    let model = models.model(source)?;
    match model.attributes.get("invocation").and_then(RuleValue::as_text) {
        Some("sync") => Some(InvocationModel::Sync),
        Some("async") => Some(InvocationModel::Async),
        Some(_) | None => None,
    }
}

fn link(caller: &Caller, topology: &Topology, models: &Models) -> Option<Link> {
    let call = caller.calls.as_ref()?;
    let to = LinkEnd::Resource(topology.find(&call.function)?);
    topology.function(&to).filter(|function| function.runs == Runs::Code)?;
    let name = EntityName::new(EntityKind::Mapping, &format!("{}->{}", caller.name, topology.end_name(&to)));
    Some(Link {
        from: LinkEnd::Outside(caller.name.clone()),
        to,
        model: invocation(models, &call.source)?,
        source: call.source.clone(),
        place: caller.place.clone(),
        // That it does is what is stated.
        permitted: Permitted::Granted,
        detail: LinkDetail::Delivers(Delivery { qualifier: call.qualifier.clone(), ..Delivery::named(name) }),
    })
}

//! What all builders share: the models, the declared resources, and the links and notes that they write.

use crate::models::Models;
use crate::template::build::index::{self, Index};
use crate::template::build::sources::{self, Source};
use crate::template::declared::Declared;
use crate::template::tree;
use crate::template::{Node, Value};
use crate::topology::{
    Archive, InvocationModel, Link, LinkDetail, LinkEnd, Permitted, ResourceId, StateMachine, Unmodelled,
};
use crate::vocabulary::{Diagnostic, Place};

/// The building of one topology.
#[derive(Debug)]
pub(crate) struct Build<'a> {
    /// What AWS does.
    pub models: &'a Models,
    /// All resources; their positions are their ids.
    pub declared: &'a [Declared],
    /// Which value means which resource.
    pub index: Index,
    /// Problems found.
    pub diagnostics: Vec<Diagnostic>,
    /// Links found.
    pub links: Vec<Link>,
    /// State machines whose definitions are at hand.
    pub machines: Vec<StateMachine>,
    /// Archives of buses found.
    pub archives: Vec<Archive>,
    /// What is not simulated.
    pub unmodelled: Vec<Unmodelled>,
}

/// The type that functions have.
pub(crate) const FUNCTION: &str = "AWS::Lambda::Function";
/// The type that queues have.
pub(crate) const QUEUE: &str = "AWS::SQS::Queue";

impl<'a> Build<'a> {
    /// Nothing built yet.
    pub(crate) fn new(models: &'a Models, declared: &'a [Declared]) -> Self {
        Self {
            models,
            declared,
            index: Index::of(declared),
            diagnostics: Vec::new(),
            links: Vec::new(),
            machines: Vec::new(),
            archives: Vec::new(),
            unmodelled: Vec::new(),
        }
    }

    /// The declared resource with this id.
    pub(crate) fn declared(&self, id: ResourceId) -> &'a Declared {
        &self.declared[id.0 as usize]
    }

    /// The name of a link's end.
    pub(crate) fn name_of(&self, end: &LinkEnd) -> String {
        match end {
            LinkEnd::Resource(id) => self.declared(*id).name.clone(),
            LinkEnd::Outside(name) | LinkEnd::Missing(name) => self.index.called(name).to_owned(),
        }
    }

    /// What a value means; a warning where it refers to a resource that its condition leaves out.
    pub(crate) fn resolve(&mut self, node: &Node, service: &str) -> LinkEnd {
        let end = self.index.resolve(node, service);
        if let (LinkEnd::Missing(name), Value::Reference(_) | Value::Mixed(_)) =
            (&end, &tree::known(node).value)
        {
            let message = format!("{name} is not deployed: its condition is false");
            self.diagnostics.push(Diagnostic::warning("template-absent-resource", message).at(&node.place));
        }
        end
    }

    /// A hop that invokes nothing and is not simulated.
    pub(crate) fn forward(&mut self, source: &'static str, from: LinkEnd, to: LinkEnd, place: &Place) {
        self.link(source, InvocationModel::Forward, from, to, place);
    }

    /// Adds a link that is understood and not simulated, once for each pair of ends and source.
    pub(crate) fn link(
        &mut self,
        source: &str,
        model: InvocationModel,
        from: LinkEnd,
        to: LinkEnd,
        place: &Place,
    ) {
        let equal =
            |link: &Link| link.source == source && link.model == model && link.from == from && link.to == to;
        if self.links.iter().any(equal) {
            return;
        }
        let cost = cost(model, &self.name_of(&from), &self.name_of(&to));
        self.link_costing(source, model, from, to, place, cost);
    }

    /// The same with what is lost, in other words.
    pub(crate) fn link_costing(
        &mut self,
        source: &str,
        model: InvocationModel,
        from: LinkEnd,
        to: LinkEnd,
        place: &Place,
        cost: String,
    ) {
        self.unmodelled.push(Unmodelled {
            name: format!("{}->{}", self.name_of(&from), self.name_of(&to)),
            type_name: format!("{source} ({})", model.id()),
            cost,
            place: Some(place.clone()),
        });
        self.links.push(Link {
            from,
            to,
            model,
            source: source.to_owned(),
            place: Some(place.clone()),
            permitted: Permitted::Unknown,
            detail: LinkDetail::Unmodelled,
        });
    }

    /// Whether an end is a function, told by its type or by the ARN that was written.
    pub(crate) fn is_function(&self, end: &LinkEnd, node: &Node) -> bool {
        match end {
            LinkEnd::Resource(id) => self.declared(*id).type_name == FUNCTION,
            LinkEnd::Outside(_) => index::address(&tree::render(node), "").service == "lambda",
            LinkEnd::Missing(_) => true,
        }
    }

    /// The source that a resource or ARN is; the custom one where nothing tells.
    pub(crate) fn source_of(&self, end: &LinkEnd) -> &'static Source {
        match end {
            LinkEnd::Resource(id) => sources::by_type(&self.declared(*id).type_name),
            LinkEnd::Outside(text) => {
                let address = index::address(text, "");
                sources::by_arn(&address.service, &address.resource)
            }
            LinkEnd::Missing(_) => None,
        }
        .unwrap_or(&sources::CUSTOM)
    }
}

fn cost(model: InvocationModel, from: &str, to: &str) -> String {
    match model {
        InvocationModel::Sync => format!("not simulated yet: what {from} does when {to} fails is not judged"),
        InvocationModel::Async => {
            format!("not simulated yet: whether {to} loses or repeats what {from} sends is not judged")
        }
        InvocationModel::StreamPoll => {
            format!(
                "not simulated yet: whether {to} loses, repeats or holds up records of {from} is not judged"
            )
        }
        InvocationModel::QueuePoll => {
            format!("not simulated yet: whether {to} loses or repeats messages of {from} is not judged")
        }
        InvocationModel::Forward => {
            format!("not simulated yet: what happens between {from} and {to} is not judged")
        }
    }
}

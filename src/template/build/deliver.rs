//! Links that deliver: named by their ends, once for each way that differs in its settings.

use crate::template::Node;
use crate::template::build::context::Build;
use crate::template::build::sources::Source;
use crate::topology::{Delivery, InvocationModel, Link, LinkDetail, LinkEnd, Permitted};
use crate::vocabulary::{EntityKind, EntityName, Place};

/// What a hop is that equals another one in everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeated {
    /// The same way, as the routes of an API to one function are.
    Same,
    /// Another way: an event goes both, as it does to two targets of a rule.
    Another,
}

/// A hop to be added: everything but what the target says.
#[derive(Debug)]
pub(crate) struct Hop {
    /// Where events come from.
    pub from: LinkEnd,
    /// As the files of `models/sources/` are called.
    pub source: &'static str,
    /// How a function is called; services are handed events, whatever this says.
    pub model: InvocationModel,
    /// What tells this hop from another one between the same ends.
    pub label: String,
    /// Whether an equal one between the same ends is another way, or the same one written twice.
    pub repeated: Repeated,
    /// What belongs to it; its name and qualifier are still to be found.
    pub delivery: Delivery,
}

impl Hop {
    /// A hop as a source usually makes it, about which nothing is set.
    pub(crate) fn usual(source: &'static Source, from: &LinkEnd) -> Self {
        Self {
            from: from.clone(),
            source: source.id,
            model: source.model,
            label: String::new(),
            repeated: Repeated::Same,
            delivery: Delivery::named(EntityName::new(EntityKind::Mapping, "")),
        }
    }

    /// The same with something that tells it from others between the same ends.
    pub(crate) fn labelled(mut self, label: &str) -> Self {
        label.clone_into(&mut self.label);
        self
    }
}

impl Build<'_> {
    /// A hop as a source usually makes it.
    pub(crate) fn hop(&mut self, source: &'static Source, from: &LinkEnd, target: &Node) {
        self.deliver(Hop::usual(source, from), target);
    }

    /// A hop to what `target` means: an invocation where that is a function.
    pub(crate) fn deliver(&mut self, hop: Hop, target: &Node) {
        let to = self.resolve(target, "lambda");
        self.deliver_to(hop, to, target);
    }

    /// The same to an end that is known already; `target` is where it is written.
    pub(crate) fn deliver_to(&mut self, mut hop: Hop, to: LinkEnd, target: &Node) {
        if self.is_function(&to, target) {
            hop.delivery.qualifier = self.qualifier(target);
        } else {
            hop.model = InvocationModel::Forward;
        }
        self.delivers(hop, to, &target.place);
    }

    /// Adds the link, unless one that is equal in everything is there.
    pub(crate) fn delivers(&mut self, hop: Hop, to: LinkEnd, place: &Place) {
        let Hop { from, source, model, label, repeated, mut delivery } = hop;
        let between = |link: &&Link| link.source == source && link.from == from && link.to == to;
        let told = self.links.iter().filter(between).any(|link| match &link.detail {
            LinkDetail::Delivers(other) => link.model == model && same(other, &delivery),
            LinkDetail::QueuePolling(_)
            | LinkDetail::Sends(_)
            | LinkDetail::StreamPolling(_)
            | LinkDetail::Unmodelled => false,
        });
        if told && repeated == Repeated::Same {
            return;
        }
        delivery.name = self.free_name(&from, &to, delivery.qualifier.as_deref(), &label);
        self.links.push(Link {
            from,
            to,
            model,
            source: source.to_owned(),
            place: Some(place.clone()),
            permitted: Permitted::Unknown,
            detail: LinkDetail::Delivers(delivery),
        });
    }

    /// A name that no other link has.
    pub(super) fn free_name(
        &self,
        from: &LinkEnd,
        to: &LinkEnd,
        qualifier: Option<&str>,
        label: &str,
    ) -> EntityName {
        let qualifier = qualifier.map_or_else(String::new, |qualifier| format!(":{qualifier}"));
        let plain = format!("{}->{}{qualifier}", self.name_of(from), self.name_of(to));
        let labelled = (!label.is_empty()).then(|| format!("{plain} ({label})"));
        let counted = (2..).map(|count: usize| format!("{plain} ({label}{count})"));
        let mut names = std::iter::once(plain.clone()).chain(labelled).chain(counted);
        let free = names.find(|name| !self.links.iter().any(|link| is_called(link, name)));
        EntityName::new(EntityKind::Mapping, free.as_deref().unwrap_or(&plain))
    }
}

fn is_called(link: &Link, name: &str) -> bool {
    match &link.detail {
        LinkDetail::QueuePolling(mapping) => mapping.name.as_str() == name,
        LinkDetail::Delivers(delivery) => delivery.name.as_str() == name,
        LinkDetail::StreamPolling(mapping) => mapping.name.as_str() == name,
        LinkDetail::Sends(_) | LinkDetail::Unmodelled => false,
    }
}

/// Whether two ways between the same ends do the same; where something is written does not matter.
fn same(one: &Delivery, other: &Delivery) -> bool {
    fn value<T: Copy>(setting: Option<&crate::topology::Setting<T>>) -> Option<T> {
        setting.map(|setting| setting.value)
    }
    let texts =
        |delivery: &Delivery| delivery.filters.iter().map(|filter| filter.text.clone()).collect::<Vec<_>>();
    let exit = |delivery: &Delivery| delivery.dead_letter.as_ref().map(|exit| exit.target.clone());
    one.qualifier == other.qualifier
        && value(one.enabled.as_ref()) == value(other.enabled.as_ref())
        && value(one.attempts.as_ref()) == value(other.attempts.as_ref())
        && value(one.age.as_ref()) == value(other.age.as_ref())
        && value(one.timeout.as_ref()) == value(other.timeout.as_ref())
        && exit(one) == exit(other)
        && texts(one) == texts(other)
        && one.content == other.content
        && one.foreign == other.foreign
}

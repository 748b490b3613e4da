//! What of an event arrives behind hops: a topic wraps what was published in a message of its own, a bus in an event,
//! and a link may hand on something else altogether. Filters further on see that, and not what was published first.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::models::{ModelError, Models};
use crate::pattern::{Dialect, Pattern, TEXT};
use crate::program::attributes::attribute_json;
use crate::program::compile::Builder;
use crate::program::wanted::json_of;
use crate::program::ways::{Way, WayEnd};
use crate::program::{Behaviour, Network, PayloadClass};
use crate::scenario::MessageAttributes;
use crate::topology::{
    ChannelKind, Content, InputTemplate, Link, LinkDetail, LinkEnd, MappingFilter, ResourceDetail, Topology,
    input,
};

/// The field of an envelope that holds what was published.
const MESSAGE: &str = "Message";
/// The field with its attributes.
const MESSAGE_ATTRIBUTES: &str = "MessageAttributes";
/// The part of an event on a bus that whoever puts it there writes freely.
const DETAIL: &str = "detail";
/// The field of a queue's message that holds what was sent.
const BODY: &str = "body";

/// The fields that envelopes have, as the models say.
#[derive(Clone, Debug, Default)]
pub(super) struct EnvelopeForms {
    topic: Vec<String>,
    bus: Vec<String>,
}

impl EnvelopeForms {
    pub(super) fn read(models: &Models) -> Result<Self, ModelError> {
        let fields = |rule: &str| -> Result<Vec<String>, ModelError> {
            Ok(models.texts(rule, "fields")?.into_iter().map(str::to_owned).collect())
        };
        Ok(Self { topic: fields("sns.envelope")?, bus: fields("eventbridge.envelope")? })
    }
}

/// What of an event comes to a place on its way, as far as anybody knows.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Carried {
    /// Its text: read, where it is JSON; nothing where it is not known.
    body: Option<Value>,
    /// What of it is not known, by paths.
    open: Vec<String>,
    /// Its message attributes, where they are known.
    attributes: Option<MessageAttributes>,
    /// Whether it is an event of a bus, which rules and other buses hand on as it is.
    is_event: bool,
}

impl Carried {
    /// As it is published. The ordinary payload may be anything.
    pub(super) fn of(class: &PayloadClass, number: usize) -> Self {
        let body = class.body.as_deref().map(|body| json_of(body).unwrap_or_else(|| body.into()));
        let attributes = (number > 0).then(|| class.attributes.clone());
        Self { body, open: Vec::new(), attributes, is_event: false }
    }

    /// What the target of a link gets.
    fn behind_link(self, topology: &Topology, link: &Link, forms: &EnvelopeForms) -> Self {
        let nothing = || Some(MessageAttributes::new());
        let LinkDetail::Delivers(delivery) = &link.detail else { return self };
        match (&delivery.content, kind(topology, &link.from)) {
            (Content::Fixed(text), _) => {
                let body = Some(json_of(text).unwrap_or_else(|| text.as_str().into()));
                Self { body, open: Vec::new(), attributes: nothing(), is_event: false }
            }
            (Content::Part(path), _) => self.at_link(topology, link, forms).part(path),
            (Content::Filled(template), _) => self.at_link(topology, link, forms).filled(template),
            (Content::Transformed(_), _) => Self::made_of(None),
            //= sns.envelope
            (Content::Whole, Some(ChannelKind::Topic | ChannelKind::FifoTopic)) => {
                self.in_message(&forms.topic)
            }
            //= eventbridge.envelope
            (Content::Whole, Some(ChannelKind::Bus)) if !self.is_event => self.in_event(&forms.bus),
            // A task says itself what source and type its event has.
            (Content::Whole, Some(ChannelKind::Machine))
                if !self.is_event && kind(topology, &link.to) == Some(ChannelKind::Bus) =>
            {
                self.in_event(&forms.bus)
            }
            //= sns.raw
            (Content::Raw, _)
            | (
                Content::Whole,
                None
                | Some(
                    ChannelKind::Bus
                    | ChannelKind::Bucket
                    | ChannelKind::Front
                    | ChannelKind::Machine
                    | ChannelKind::Service
                    | ChannelKind::Stream,
                ),
            ) => self,
        }
    }

    /// Something that a link makes of an event, where it is known, with what of it is not.
    fn made_of(made: Option<(Value, Vec<String>)>) -> Self {
        let (body, open) = made.map_or((None, Vec::new()), |(body, open)| (Some(body), open));
        Self { body, open, attributes: Some(MessageAttributes::new()), is_event: false }
    }

    /// The event that a link makes something of: that of the bus.
    fn at_link(self, topology: &Topology, link: &Link, forms: &EnvelopeForms) -> Self {
        let is_bus = kind(topology, &link.from) == Some(ChannelKind::Bus);
        if is_bus && !self.is_event { self.in_event(&forms.bus) } else { self }
    }

    fn part(self, path: &str) -> Self {
        let is_open = input::is_open(path, &self.open);
        let found = self.body.as_ref().filter(|_| !is_open).and_then(|body| input::part(body, path));
        Self::made_of(found.map(|found| (found.clone(), Vec::new())))
    }

    fn filled(self, template: &InputTemplate) -> Self {
        Self::made_of(self.body.and_then(|body| input::filled_where_known(template, &body, &self.open)))
    }

    fn in_message(self, fields: &[String]) -> Self {
        let mut open: Vec<String> = fields.to_vec();
        let mut message: Map<String, Value> =
            fields.iter().map(|field| (field.clone(), Value::from(STAND_IN))).collect();
        message.insert("Type".to_owned(), "Notification".into());
        open.retain(|field| field != "Type" && field != MESSAGE);
        match self.body {
            Some(body) if self.open.is_empty() => {
                let text = body.as_str().map_or_else(|| body.to_string(), str::to_owned);
                drop(message.insert(MESSAGE.to_owned(), text.into()));
            }
            Some(_) | None => open.push(MESSAGE.to_owned()),
        }
        match self.attributes {
            Some(attributes) if attributes.is_empty() => {}
            Some(attributes) => {
                let each = attributes.iter().map(|(name, value)| {
                    (name.clone(), json!({ "Type": value.data_type, "Value": value.value }))
                });
                drop(message.insert(MESSAGE_ATTRIBUTES.to_owned(), Value::Object(each.collect())));
            }
            None => open.push(MESSAGE_ATTRIBUTES.to_owned()),
        }
        let attributes = Some(MessageAttributes::new());
        let as_text =
            |field: String| if field == MESSAGE_ATTRIBUTES { field } else { format!("{field}{TEXT}") };
        let open = open.into_iter().map(as_text).collect();
        Self { body: Some(Value::Object(message)), open, attributes, is_event: false }
    }

    /// What is published to a bus is taken for the whole event where it has its detail, and else for the detail.
    fn in_event(self, fields: &[String]) -> Self {
        let mut open: Vec<String> = fields.to_vec();
        let mut event: Map<String, Value> =
            fields.iter().map(|field| (field.clone(), Value::from(STAND_IN))).collect();
        match self.body {
            Some(Value::Object(whole)) if whole.contains_key(DETAIL) => {
                open.retain(|field| !whole.contains_key(field));
                event.extend(whole);
            }
            Some(detail) => {
                open.retain(|field| field != DETAIL);
                event.insert(DETAIL.to_owned(), detail);
            }
            None => {}
        }
        let attributes = Some(MessageAttributes::new());
        Self { body: Some(Value::Object(event)), open, attributes, is_event: true }
    }

    /// As a replay puts it back into its bus: an event with the field that marks it.
    pub(super) fn replayed(self, forms: &EnvelopeForms, (mark, name): (&str, &str)) -> Self {
        let mut event = self.in_event(&forms.bus);
        if let Some(Value::Object(event)) = &mut event.body {
            event.insert(mark.to_owned(), name.into());
        }
        event
    }

    /// Whether a filter of a link wants it.
    pub(super) fn is_wanted(&self, filters: &[MappingFilter]) -> bool {
        let patterns: Result<Vec<_>, _> = filters.iter().map(|filter| filter.pattern.as_ref()).collect();
        patterns
            .is_ok_and(|patterns| patterns.is_empty() || patterns.iter().any(|pattern| self.may_fit(pattern)))
            || filters.iter().any(|filter| filter.pattern.is_err())
    }

    fn may_fit(&self, pattern: &Pattern) -> bool {
        match (pattern.dialect(), &self.body, &self.attributes) {
            (Dialect::TopicAttributes, _, None)
            | (Dialect::TopicBody | Dialect::Bus | Dialect::Pipe, None, _) => true,
            (Dialect::TopicAttributes, _, Some(attributes)) => {
                let shown =
                    attributes.iter().map(|(name, value)| (name.clone(), value.value.as_str().into()));
                pattern.may_match(&Value::Object(shown.collect()), &[])
            }
            (Dialect::TopicBody | Dialect::Bus | Dialect::Pipe, Some(body), _) => {
                pattern.may_match(body, &self.open.iter().map(String::as_str).collect::<Vec<_>>())
            }
            (Dialect::Mapping, _, _) => {
                let (record, open) = self.record();
                pattern.may_match(&record, &open.iter().map(String::as_str).collect::<Vec<_>>())
            }
        }
    }

    /// As the record of a queue that a mapping compares, and what of that is not known.
    pub(super) fn record(&self) -> (Value, Vec<String>) {
        let mut record = Map::new();
        let mut open: Vec<String> = self.open.iter().map(|path| format!("{BODY}.{path}")).collect();
        match &self.body {
            Some(body) => drop(record.insert(BODY.to_owned(), body.clone())),
            None => open.push(BODY.to_owned()),
        }
        match &self.attributes {
            Some(attributes) => {
                let each = attributes.iter().map(|(name, value)| (name.clone(), attribute_json(value)));
                drop(record.insert(ATTRIBUTES.to_owned(), Value::Object(each.collect())));
            }
            None => open.push(ATTRIBUTES.to_owned()),
        }
        (Value::Object(record), open)
    }

    /// As a payload: its text is known only where what was published is.
    pub(super) fn class(&self, published: &PayloadClass) -> PayloadClass {
        let is_known = published.body.is_some();
        let text = |body: &Value| body.as_str().map_or_else(|| body.to_string(), str::to_owned);
        PayloadClass {
            body: self.body.as_ref().filter(|_| is_known).map(text),
            attributes: self.attributes.clone().unwrap_or_default(),
            trace_header: published.trace_header.clone(),
            group: None,
        }
    }
}

/// The field of a queue's message with its attributes.
const ATTRIBUTES: &str = "messageAttributes";
/// What stands for what differs from message to message.
const STAND_IN: &str = "-";

fn kind(topology: &Topology, end: &LinkEnd) -> Option<ChannelKind> {
    let LinkEnd::Resource(id) = end else { return None };
    match &topology.resource(*id).detail {
        ResourceDetail::Channel(kind) => Some(*kind),
        ResourceDetail::Queue(_)
        | ResourceDetail::Function(_)
        | ResourceDetail::Stream(_)
        | ResourceDetail::Other => None,
    }
}

/// How many links of a way compare what was published: the first one, and those of the same bus behind it.
pub(super) fn as_published(topology: &Topology, way: &Way) -> usize {
    let is_bus = |link: &usize| kind(topology, &topology.links[*link].from) == Some(ChannelKind::Bus);
    let of_bus = way.links.iter().take_while(|link| is_bus(link)).count();
    of_bus.max(1)
}

/// Whether some filter behind the first hops of a way does not want what comes there.
pub(super) fn refused_behind(
    topology: &Topology,
    forms: &EnvelopeForms,
    way: &Way,
    published: Carried,
) -> bool {
    let own = as_published(topology, way);
    let mut carried = published;
    for (index, link) in way.links.iter().enumerate() {
        let link = &topology.links[*link];
        let filters = match &link.detail {
            LinkDetail::Delivers(delivery) => &delivery.filters,
            LinkDetail::StreamPolling(_)
            | LinkDetail::QueuePolling(_)
            | LinkDetail::Sends(_)
            | LinkDetail::Unmodelled => return false,
        };
        if index >= own && !carried.is_wanted(filters) {
            return true;
        }
        carried = carried.behind_link(topology, link, forms);
    }
    false
}

/// A payload as it comes out of a route.
#[derive(Clone, Debug)]
pub(super) struct Arrival {
    route: usize,
    /// The class that was published.
    published: u16,
    carried: Carried,
}

impl Builder<'_> {
    /// Notes what arrives over a way as something else than what was published: in a queue whose readers may filter it.
    pub(super) fn arrive(&mut self, way: &Way, route: usize, classes: &[PayloadClass]) {
        let filters = |link: &usize| match &self.topology.links[*link].detail {
            LinkDetail::QueuePolling(mapping) => !mapping.wanted().is_empty(),
            LinkDetail::Delivers(_)
            | LinkDetail::StreamPolling(_)
            | LinkDetail::Sends(_)
            | LinkDetail::Unmodelled => false,
        };
        let is_queue = matches!(way.end, WayEnd::Queue(_));
        if !is_queue || !self.component.links.iter().any(filters) {
            return;
        }
        for (number, class) in classes.iter().enumerate() {
            let published = Carried::of(class, number);
            let forms = &self.push_rules.envelopes;
            let carried = way.links.iter().fold(published.clone(), |carried, link| {
                carried.behind_link(self.topology, &self.topology.links[*link], forms)
            });
            if carried != published {
                self.arriving.push(Arrival { route, published: number as u16, carried });
            }
        }
    }

    /// Gives what arrives classes of its own, which handlers take for what was published; returns what filters of queues
    /// see of them, by class.
    pub(super) fn arrivals(
        &self,
        network: &mut Network,
        classes: &mut Vec<PayloadClass>,
        behaviours: &mut [Behaviour],
    ) -> BTreeMap<u16, (Value, Vec<String>)> {
        let mut seen = BTreeMap::new();
        let stated = classes.len() as u16;
        for Arrival { route, published, carried } in &self.arriving {
            let number = classes.len() as u16;
            classes.push(carried.class(&classes[usize::from(*published)]));
            for rule in behaviours.iter_mut().flat_map(|behaviour| &mut behaviour.rules) {
                if let Some(applies) = rule.classes.get(usize::from(*published)).copied() {
                    rule.classes.push(applies);
                }
            }
            let arrives = &mut network.routes[*route].arrives;
            if arrives.is_empty() {
                arrives.extend(0..stated);
            }
            arrives[usize::from(*published)] = number;
            seen.insert(number, carried.record());
        }
        seen
    }
}

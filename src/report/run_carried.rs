//! What of an event comes to a place: inside the message of a topic, inside the event of a bus, or as a link makes it.
//!
//! What cannot be told for certain is not made up: fronts and services send events of forms that are not written here.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use crate::program::{Handover, HandoverTarget, Leaving, RouteTable};
use crate::report::RunReport;
use crate::report::run_exits::Arriving;
use crate::report::run_names::topic_arn;
use crate::report::run_payload::{ACCOUNT, REGION, identity, iso, iso_seconds};
use crate::scenario::MessageAttributes;
use crate::topology::input::{filled, part};
use crate::topology::{ChannelKind, Content};
use crate::trace::{EntityId, EventId, Record, RecordKind};
use crate::vocabulary::Instant;

/// Follows what is published, and what leaves functions.
#[derive(Clone, Debug, Default)]
pub(super) struct Carriers {
    published: BTreeMap<EventId, Instant>,
    /// By event and by what took it: what left a function.
    taken: BTreeMap<(EventId, EntityId), Arriving>,
}

/// What of an event is somewhere.
#[derive(Clone, Debug)]
pub(super) struct Carried {
    /// Its text; nothing where nobody can tell.
    pub(super) text: Option<String>,
    pub(super) attributes: MessageAttributes,
    form: Form,
    /// The bus that it came into, where a rule of that has it.
    pub(super) bus: Option<String>,
    /// What it is called.
    event: String,
    /// When it was published.
    at: Instant,
}

/// What stands around what was published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Plain,
    /// It is the event of a bus, which rules and other buses hand on as it is.
    Event,
}

impl Carriers {
    pub(super) fn see(&mut self, record: &Record, event: Option<EventId>) {
        if let (RecordKind::EventPublished, Some(event)) = (record.kind, event) {
            self.published.entry(event).or_insert(record.at);
        }
    }

    /// Something left a function for this target.
    pub(super) fn leaves(&mut self, event: EventId, target: EntityId, arriving: Arriving) {
        self.taken.insert((event, target), arriving);
    }

    /// What was published of an event.
    pub(super) fn published(report: &RunReport<'_>, event: EventId) -> String {
        let body = report.program.classes.get(published_class(report, event));
        let body = body.and_then(|class| class.body.clone());
        body.unwrap_or_else(|| stand_in(&report.event_name(event)))
    }

    /// What comes to a place, which is one of the queues of the program; nothing where it is sent there directly.
    pub(super) fn arrives(&self, report: &RunReport<'_>, event: EventId, place: usize) -> Option<Carried> {
        let network = &report.program.network;
        if let Some(direct) = self.left(report, event, report.program.queues[place].entity) {
            return Some(direct);
        }
        if let Some((published, route)) = self.way(report, event, Some(place)) {
            let hops = network.handovers_of(route).iter();
            return Some(hops.fold(published, |carried, hop| carried.behind(report, hop)));
        }
        // A function that calls another one hands over what it sends.
        let is_called = report.program.queues[place].push.is_some();
        is_called.then(|| self.sent(report, event))
    }

    /// What the source of a hop could not hand over, as it came to that source, and the hop.
    pub(super) fn undelivered<'r>(
        &self,
        report: &RunReport<'r>,
        event: EventId,
        hop: EntityId,
    ) -> Option<(Carried, &'r Handover)> {
        let network = &report.program.network;
        let (published, route) = self.way(report, event, None)?;
        let first = usize::from(network.routes[route].hops.0);
        let hops = network.handovers_of(route);
        let index = (0..hops.len()).find(|index| network.hops[first + index].entity == hop)?;
        let carried = hops[..index].iter().fold(published, |carried, hop| carried.behind(report, hop));
        Some((carried, &hops[index]))
    }

    /// What was published into a channel, and the route on from there: to a place where one is named.
    fn way(&self, report: &RunReport<'_>, event: EventId, place: Option<usize>) -> Option<(Carried, usize)> {
        let (program, view) = (report.program, report.world.event(event));
        let leads = |route: &RouteTable| place.is_none_or(|place| usize::from(route.place) == place);
        // What failed goes on as the same event, over the routes of the channel that took it.
        for channel in &program.network.channels {
            let onward = channel.routes().find(|route| leads(&program.network.routes[*route]));
            if let (Some(route), Some(_)) = (onward, self.taken.get(&(event, channel.entity))) {
                return Some((self.left(report, event, channel.entity)?, route));
            }
        }
        let route = usize::from(view.route?);
        if !leads(&program.network.routes[route]) {
            return None;
        }
        let source = program.source(usize::from(view.source));
        let published = self.left(report, event, source).unwrap_or_else(|| self.sent(report, event));
        Some((published, route))
    }

    /// What left a function for a target: as this event, or as the record of the one that it was sent for.
    fn left(&self, report: &RunReport<'_>, event: EventId, target: EntityId) -> Option<Carried> {
        let view = report.world.event(event);
        let of_parent = view.parent.filter(|_| view.ordinal == Leaving::RECORD);
        let arriving =
            [Some(event), of_parent].into_iter().flatten().find_map(|of| self.taken.get(&(of, target)))?;
        Some(Carried {
            text: arriving.text(),
            attributes: arriving.attributes.clone(),
            form: Form::Plain,
            bus: None,
            event: report.event_name(event),
            at: arriving.at,
        })
    }

    /// What whoever sends an event sends.
    fn sent(&self, report: &RunReport<'_>, event: EventId) -> Carried {
        let (name, view) = (report.event_name(event), report.world.event(event));
        let class = published_class(report, event);
        let told = report.program.classes.get(class);
        // Only AWS knows what a bucket tells of an object.
        let text = (view.ordinal != Leaving::OBJECT || view.parent.is_none())
            .then(|| Self::published(report, event));
        Carried {
            text,
            attributes: told.map(|class| class.attributes.clone()).unwrap_or_default(),
            form: Form::Plain,
            bus: None,
            event: name,
            at: self.published.get(&event).copied().unwrap_or_default(),
        }
    }
}

/// The class of what was published, where what arrives has another one.
pub(super) fn published_class(report: &RunReport<'_>, event: EventId) -> usize {
    let view = report.world.event(event);
    let route = view.route.map(|route| &report.program.network.routes[usize::from(route)]);
    let arrived = route.and_then(|route| route.arrives.iter().rposition(|class| *class == view.class));
    arrived.unwrap_or(usize::from(view.class))
}

/// What stands for a text of which nothing is stated.
pub(super) fn stand_in(event: &str) -> String {
    json!({ "event": event }).to_string()
}

impl Carried {
    /// As a value: what it is where it is JSON, else a text.
    pub(super) fn value(&self) -> Option<Json> {
        self.text.as_ref().map(|text| read(text))
    }

    /// What the target of a hop gets.
    fn behind(self, report: &RunReport<'_>, hop: &Handover) -> Self {
        let text = |carried: Self, text: Option<String>| Self {
            text,
            attributes: MessageAttributes::new(),
            form: Form::Plain,
            ..carried
        };
        match &hop.content {
            Content::Whole => self.whole(report, hop),
            Content::Raw if is_topic(hop) => self,
            Content::Raw | Content::Transformed(_) => text(self, None),
            Content::Fixed(fixed) => text(self, Some(fixed.clone())),
            Content::Part(path) => {
                let whole = self.whole(report, hop);
                let found = whole.value().and_then(|value| part(&value, path).map(Json::to_string));
                text(whole, found)
            }
            Content::Filled(template) => {
                let whole = self.whole(report, hop);
                let found =
                    whole.value().and_then(|value| filled(template, &value)).map(|made| made.to_string());
                text(whole, found)
            }
        }
    }

    /// What a hop hands on where the template says nothing of it.
    pub(super) fn whole(self, report: &RunReport<'_>, hop: &Handover) -> Self {
        let attributes = MessageAttributes::new();
        match (hop.source.as_str(), hop.target) {
            ("sns" | "sns_fifo", HandoverTarget::Function) => {
                let text = self.record_of_topic(report, hop).map(|event| event.to_string());
                Self { text, attributes, ..self }
            }
            ("sns" | "sns_fifo", HandoverTarget::Queue | HandoverTarget::Other) => {
                self.in_message(report, hop)
            }
            ("eventbridge", _) if self.form == Form::Event => self,
            ("eventbridge", _) if hop.kind == Some(ChannelKind::Bus) => {
                let text = self.value().map(|body| self.event_of_bus(body).to_string());
                let bus = Some(hop.from.clone());
                Self { text, attributes, form: Form::Event, bus, ..self }
            }
            ("sdk" | "sdk_event" | "custom", _) => self,
            _ => Self { text: None, attributes, ..self },
        }
    }

    /// As a topic sends it to a queue.
    //= sns.envelope
    pub(super) fn in_message(self, report: &RunReport<'_>, hop: &Handover) -> Self {
        let text = self.text.as_deref().map(|message| {
            let mut envelope = json!({
                "Type": "Notification",
                "MessageId": self.id_at(&hop.from),
                "TopicArn": topic_arn(report, &hop.from),
                "Message": message,
                "Timestamp": iso(self.at),
                "SignatureVersion": "1",
                "Signature": EXAMPLE,
                "SigningCertURL": EXAMPLE,
                "UnsubscribeURL": EXAMPLE,
            });
            if !self.attributes.is_empty() {
                envelope["MessageAttributes"] = shown(&self.attributes);
            }
            envelope.to_string()
        });
        Self { text, attributes: MessageAttributes::new(), form: Form::Plain, ..self }
    }

    /// As a topic sends it to a function.
    fn record_of_topic(&self, report: &RunReport<'_>, hop: &Handover) -> Option<Json> {
        //= sns.record_fields
        let message = self.text.as_deref()?;
        let topic = topic_arn(report, &hop.from);
        let subscription = identity(&format!("{}->{}", hop.from, hop.to), 0);
        Some(json!({ "Records": [{
            "EventVersion": "1.0",
            "EventSubscriptionArn": format!("{topic}:{subscription}"),
            "EventSource": "aws:sns",
            "Sns": {
                "SignatureVersion": "1",
                "Timestamp": iso(self.at),
                "Signature": EXAMPLE,
                "SigningCertUrl": EXAMPLE,
                "MessageId": self.id_at(&hop.from),
                "Message": message,
                "MessageAttributes": shown(&self.attributes),
                "Type": "Notification",
                "UnsubscribeUrl": EXAMPLE,
                "TopicArn": topic,
                "Subject": Json::Null,
            },
        }] }))
    }

    /// As a bus hands it on: what is published is taken for the whole event where it has its detail.
    //= eventbridge.envelope
    fn event_of_bus(&self, body: Json) -> Json {
        let mut event = Map::from_iter([
            ("version".to_owned(), "0".into()),
            ("id".to_owned(), identity(&format!("{} on its bus", self.event), 0).into()),
        ]);
        let (mut own, detail) = match body {
            Json::Object(mut whole) if whole.contains_key(DETAIL) => {
                let detail = whole.remove(DETAIL);
                (whole, detail.unwrap_or_default())
            }
            detail => (Map::new(), detail),
        };
        let mut take = |name: &str, usual: Option<Json>| {
            let value = own.remove(name).or(usual);
            event.extend(value.map(|value| (name.to_owned(), value)));
        };
        take("detail-type", None);
        take("source", None);
        take("account", Some(ACCOUNT.into()));
        take("time", Some(iso_seconds(self.at).into()));
        take("region", Some(REGION.into()));
        take("resources", Some(json!([])));
        event.extend(own);
        event.insert(DETAIL.to_owned(), detail);
        Json::Object(event)
    }

    /// The id of the message that a topic made of it: one for all subscribers.
    fn id_at(&self, topic: &str) -> String {
        identity(&format!("{} in {topic}", self.event), 0)
    }
}

fn is_topic(hop: &Handover) -> bool {
    matches!(hop.kind, Some(ChannelKind::Topic | ChannelKind::FifoTopic)) || hop.source.starts_with("sns")
}

fn shown(attributes: &MessageAttributes) -> Json {
    let each = attributes.iter();
    let each = each.map(|(name, one)| (name.clone(), json!({ "Type": one.data_type, "Value": one.value })));
    Json::Object(each.collect())
}

/// A text as JSON, where it is that.
pub(super) fn read(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

/// What stands for what only AWS can write.
const EXAMPLE: &str = "EXAMPLE";
/// The part of an event that whoever puts it there writes freely.
const DETAIL: &str = "detail";

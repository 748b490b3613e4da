//! Writes to tables as payloads: the record that a table's stream holds of each.
//!
//! The body of such a payload is what a filter finds in the record, and the event of a function is made of it, so that
//! both see the same.

use serde_json::{Map, Value, json};

use crate::program::load::class_of;
use crate::program::{ItemChange, PayloadClass, StatedEvent, StatedLoad, StatedTime};
use crate::scenario::{Item, ItemWrite, MessageAttributes, Workload, WrittenItem, item, item_changes};
use crate::topology::TableStream;
use crate::vocabulary::Duration;

/// What compiling needs of a table.
pub(super) struct TableLoads<'t> {
    /// The table.
    pub(super) table: &'t TableStream,
    /// How long after its time to live an item is deleted at the latest.
    pub(super) expiry: Duration,
}

impl TableLoads<'_> {
    /// The load of a table: messages one by one first, then the changes that are stated by rule, then the rest.
    pub(super) fn load(&self, workloads: &[&Workload], classes: &mut Vec<PayloadClass>) -> StatedLoad {
        let mut changes = item_changes(workloads, self.table).into_iter();
        let mut load = StatedLoad::default();
        for message in workloads.iter().flat_map(|workload| &workload.messages) {
            if message.change.is_some() {
                if let Some(change) = changes.next() {
                    self.add_change(&change, &mut load, classes);
                }
            } else {
                let body = message.body.as_deref().map(|body| self.inserted(body));
                let message = crate::scenario::Message { body, ..message.clone() };
                load.add_message(&message, classes);
            }
        }
        changes.for_each(|change| self.add_change(&change, &mut load, classes));
        for generated in workloads.iter().flat_map(|workload| &workload.generated) {
            if generated.changes.is_empty() {
                let body = generated.body.as_deref().map(|body| self.inserted(body));
                let generated = crate::scenario::Generated { body, ..generated.clone() };
                load.add_generated(&generated, classes);
            }
        }
        load
    }

    fn add_change(&self, change: &WrittenItem<'_>, load: &mut StatedLoad, classes: &mut Vec<PayloadClass>) {
        if !change.is_recorded() {
            return;
        }
        let class = class_of(classes, Some(&self.record(change)), &MessageAttributes::new());
        let key = load.key(&change.key);
        //= dynamodb_streams.expiry
        let (time, length) = match change.write {
            ItemWrite::Expire => (StatedTime::Within { start: change.at, length: self.expiry }, self.expiry),
            ItemWrite::Put | ItemWrite::Update | ItemWrite::Delete => {
                (StatedTime::At(change.at), Duration::ZERO)
            }
        };
        load.end = load.end.max(change.at + length);
        load.events.push(StatedEvent { time, class, key, deduplication: None, tenant: None });
    }

    fn record(&self, change: &WrittenItem<'_>) -> String {
        let images = (change.before.as_ref(), change.after.as_ref());
        let mut record = change_record(self.table, &change.keys, images);
        //= dynamodb_streams.record_time_to_live
        if change.write == ItemWrite::Expire {
            record.insert(IDENTITY.to_owned(), json!({ "type": SERVICE, "principalId": PRINCIPAL }));
        }
        Value::Object(record).to_string()
    }

    /// The record of an item that is put where there was none; what is a record already stays as it is.
    pub(super) fn inserted(&self, body: &str) -> String {
        if let Ok(Value::Object(fields)) = serde_json::from_str(body)
            && fields.get(CHANGE).is_some_and(Value::is_object)
        {
            return body.to_owned();
        }
        let item = item(body);
        let keys: Item =
            self.table.keys.iter().filter_map(|key| Some((key.clone(), item.get(key)?.clone()))).collect();
        Value::Object(change_record(self.table, &keys, (None, Some(&item)))).to_string()
    }
}

/// What a filter finds in the record of a change.
fn change_record(
    table: &TableStream,
    keys: &Item,
    (before, after): (Option<&Item>, Option<&Item>),
) -> Map<String, Value> {
    //= dynamodb_streams.changes
    //= dynamodb_streams.view
    let images = [
        ("Keys", Some(keys).filter(|keys| !keys.is_empty())),
        ("NewImage", after.filter(|_| table.view.shows_new())),
        ("OldImage", before.filter(|_| table.view.shows_old())),
    ];
    let images =
        images.into_iter().filter_map(|(name, image)| Some((name.to_owned(), image?.clone().into())));
    Map::from_iter([
        ("eventName".to_owned(), ItemChange::between(before, after).word().into()),
        (CHANGE.to_owned(), Value::Object(images.collect())),
    ])
}

/// What a payload's body says of a change; nothing where it says nothing of one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableChange {
    /// What was done.
    pub change: Option<ItemChange>,
    /// The key of the item.
    pub keys: Option<Item>,
    /// The item before.
    pub old_image: Option<Item>,
    /// The item after.
    pub new_image: Option<Item>,
    /// Who did it, where the service itself did.
    pub user_identity: Option<Item>,
}

impl TableChange {
    /// Reads the body of a payload.
    ///
    /// ```
    /// use redrive::program::{ItemChange, TableChange};
    /// let body = r#"{"eventName": "REMOVE", "dynamodb": {"Keys": {"id": {"S": "7"}}}}"#;
    /// let change = TableChange::of(body);
    /// assert_eq!(change.change, Some(ItemChange::Remove));
    /// assert_eq!(change.keys.unwrap()["id"]["S"], "7");
    /// assert_eq!(TableChange::of("hello"), TableChange::default());
    /// ```
    pub fn of(body: &str) -> Self {
        let Ok(Value::Object(fields)) = serde_json::from_str(body) else { return Self::default() };
        let change = fields.get(CHANGE);
        let image = |name: &str| change?.get(name)?.as_object().cloned();
        let word = fields.get("eventName").and_then(Value::as_str);
        Self {
            change: ItemChange::ALL.into_iter().find(|change| Some(change.word()) == word),
            keys: image("Keys"),
            old_image: image("OldImage"),
            new_image: image("NewImage"),
            user_identity: fields.get(IDENTITY).and_then(Value::as_object).cloned(),
        }
    }
}

/// The field of a record that holds the change.
const CHANGE: &str = "dynamodb";
/// The field that says who made it, and what stands there where the service did.
const IDENTITY: &str = "userIdentity";
const SERVICE: &str = "Service";
const PRINCIPAL: &str = "dynamodb.amazonaws.com";

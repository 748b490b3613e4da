//! Changes of a table's items: what a scenario writes, and what has become of the item by then.
//!
//! Which record a write leaves follows from what the item was before it, so all writes to a table are looked at together
//! in the order of their times. What runs draw decides nothing here: times are stated.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use crate::scenario::{Arrivals, Generated, Workload};
use crate::topology::TableStream;
use crate::vocabulary::{Duration, Place};

/// The attributes of an item as `DynamoDB` writes them: `{"id": {"S": "7"}}`.
pub type Item = Map<String, Json>;

/// What is done to an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ItemWrite {
    /// The item is written whole, in the place of what was there.
    Put,
    /// Some of its attributes are set; where there is no such item, it is one from then on.
    Update,
    /// It is deleted.
    Delete,
    /// Its time to live ends, and the service deletes it some time later.
    Expire,
}

impl ItemWrite {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Put, Self::Update, Self::Delete, Self::Expire];

    /// The word in scenarios.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Put => "put",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Expire => "expire",
        }
    }
}

/// What a message does to an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatedWrite {
    /// What is done.
    pub write: ItemWrite,
    /// The item as it was before anything that is stated, where there was one.
    pub before: Option<String>,
    /// Which transaction it is a part of, if it is.
    pub transaction: Option<u32>,
}

/// What a write comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenItem<'s> {
    /// When it is written, or expires.
    pub at: Duration,
    /// What is done.
    pub write: ItemWrite,
    /// Text that names the item: the values of its key attributes.
    pub key: String,
    /// Its key attributes.
    pub keys: Item,
    /// The item before, if there was one.
    pub before: Option<Item>,
    /// The item after, if there is one.
    pub after: Option<Item>,
    /// What is wrong with it, if anything is.
    pub trouble: Option<ItemTrouble>,
    /// Where it is stated.
    pub place: Option<&'s Place>,
}

/// What can be wrong with a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ItemTrouble {
    /// It lacks an attribute of the key.
    NoKey,
    /// It leaves the item as it was, and so no record.
    ChangesNothing,
    /// It comes after the item has expired, when nobody knows whether it is there.
    AfterExpiry,
    /// Its transaction writes to the same item before.
    TwiceInTransaction,
}

impl WrittenItem<'_> {
    /// Whether the table's stream tells of it.
    pub fn is_recorded(&self) -> bool {
        //= dynamodb_streams.write
        self.trouble.is_none()
    }
}

/// A write with what it writes.
#[derive(Clone, Debug)]
struct Asked<'s> {
    at: Duration,
    write: ItemWrite,
    item: Item,
    before: Option<Item>,
    transaction: Option<u32>,
    place: Option<&'s Place>,
}

/// What the writes to a table come to: those of messages first, then those by rule, in the order in which they are stated.
///
/// ```
/// use redrive::scenario::{ItemWrite, Message, StatedWrite, Workload, item_changes};
/// use redrive::topology::TableStream;
/// let message = |write, body: &str| Message {
///     body: Some(body.to_owned()),
///     change: Some(StatedWrite { write, before: None, transaction: None }),
///     ..Message::default()
/// };
/// let put = message(ItemWrite::Put, r#"{"id": 7, "paid": false}"#);
/// let update = message(ItemWrite::Update, r#"{"id": 7, "paid": true}"#);
/// let load = Workload { to: "Orders".to_owned(), messages: vec![put, update.clone(), update], ..Workload::default() };
/// let changes = item_changes(&[&load], &TableStream::default());
/// assert_eq!(changes.iter().map(|change| change.is_recorded()).collect::<Vec<_>>(), [true, true, false]);
/// assert_eq!(changes[1].before.as_ref().unwrap()["paid"]["BOOL"], false);
/// ```
pub fn item_changes<'s>(workloads: &[&'s Workload], table: &TableStream) -> Vec<WrittenItem<'s>> {
    let mut asked: Vec<Asked<'s>> = Vec::new();
    for message in workloads.iter().flat_map(|workload| &workload.messages) {
        let Some(change) = &message.change else { continue };
        asked.push(Asked {
            at: message.at,
            write: change.write,
            item: item(message.body.as_deref().unwrap_or_default()),
            before: change.before.as_deref().map(item),
            transaction: change.transaction,
            place: message.place.as_ref(),
        });
    }
    for generated in workloads.iter().flat_map(|workload| &workload.generated) {
        asked.extend(by_rule(generated, table));
    }
    let mut order: Vec<usize> = (0..asked.len()).collect();
    order.sort_by_key(|position| asked[*position].at);
    let mut table_now = TableNow { keys: &table.keys, items: BTreeMap::new(), touched: Vec::new() };
    let mut changes: Vec<Option<WrittenItem<'s>>> = vec![None; asked.len()];
    for position in order {
        changes[position] = Some(table_now.apply(asked[position].clone()));
    }
    changes.into_iter().flatten().collect()
}

/// The writes of a load by rule: each key's item goes through the list in turn, and every put and update gives it
/// another revision, so that each changes something.
fn by_rule<'s>(generated: &'s Generated, table: &TableStream) -> Vec<Asked<'s>> {
    if generated.changes.is_empty() {
        return Vec::new();
    }
    let body = item(generated.body.as_deref().unwrap_or("{}"));
    let keys = generated.keys.max(1) as usize;
    let one = |(number, at): (usize, Duration)| {
        let turn = number / keys;
        let named = generated.group.clone().unwrap_or_else(|| format!("key-{}", number % keys));
        let mut item = body.clone();
        for key in &table.keys {
            item.insert(key.clone(), json!({ "S": named }));
        }
        let write = generated.changes[turn % generated.changes.len()];
        if matches!(write, ItemWrite::Put | ItemWrite::Update) {
            item.insert(REVISION.to_owned(), json!({ "N": (turn % 2 + 1).to_string() }));
        }
        Asked { at, write, item, before: None, transaction: None, place: generated.place.as_ref() }
    };
    generated.moments().into_iter().enumerate().map(one).collect()
}

/// The attribute by which writes by rule differ.
const REVISION: &str = "revision";

impl Generated {
    /// When its events come; those that each run draws, at the earliest.
    fn moments(&self) -> Vec<Duration> {
        let every =
            |gap: Duration| (0..self.events).map(|number| self.start + gap * u64::from(number)).collect();
        match &self.arrivals {
            Arrivals::AtOnce | Arrivals::Over(_) => every(Duration::ZERO),
            Arrivals::Every(gap) => every(*gap),
            Arrivals::PerMinute(counts) => {
                let within = |(minute, count): (usize, &u32)| {
                    let start = self.start + MINUTE * minute as u64;
                    let gap = Duration::from_micros(MINUTE.as_micros() / u64::from((*count).max(1)));
                    (0..*count).map(move |number| start + gap * u64::from(number)).collect::<Vec<_>>()
                };
                counts.iter().enumerate().flat_map(within).collect()
            }
        }
    }
}

const MINUTE: Duration = Duration::from_secs(60);

/// What a table holds while writes are applied to it.
struct TableNow<'t> {
    keys: &'t [String],
    /// By key: the item, if there is one, and whether its time to live has ended.
    items: BTreeMap<String, (Option<Item>, bool)>,
    /// What transactions have written to.
    touched: Vec<(u32, String)>,
}

impl TableNow<'_> {
    fn apply<'s>(&mut self, asked: Asked<'s>) -> WrittenItem<'s> {
        let named = |name: &String| Some((name.clone(), asked.item.get(name)?.clone()));
        let keys: Item = self.keys.iter().filter_map(named).collect();
        let key = keys.values().map(plain).collect::<Vec<_>>().join("|");
        let known = self.items.get(&key).cloned();
        let (before, has_expired) = known.unwrap_or((asked.before, false));
        let after = match asked.write {
            ItemWrite::Put => Some(asked.item.clone()),
            ItemWrite::Update => {
                let mut item = before.clone().unwrap_or_default();
                item.extend(asked.item.clone());
                Some(item)
            }
            ItemWrite::Delete | ItemWrite::Expire => None,
        };
        let is_twice = asked.transaction.is_some_and(|own| self.touched.contains(&(own, key.clone())));
        self.touched.extend(asked.transaction.map(|own| (own, key.clone())));
        let trouble = if keys.len() < self.keys.len() {
            Some(ItemTrouble::NoKey)
        } else if is_twice {
            Some(ItemTrouble::TwiceInTransaction)
        } else if has_expired {
            Some(ItemTrouble::AfterExpiry)
        } else {
            (before == after).then_some(ItemTrouble::ChangesNothing)
        };
        if trouble.is_none() {
            self.items.insert(key.clone(), (after.clone(), asked.write == ItemWrite::Expire));
        }
        let (at, write, place) = (asked.at, asked.write, asked.place);
        WrittenItem { at, write, key, keys, before, after, trouble, place }
    }
}

/// The text of an attribute's value.
fn plain(value: &Json) -> String {
    let inner = value.as_object().and_then(|typed| typed.values().next()).unwrap_or(value);
    inner.as_str().map_or_else(|| inner.to_string(), str::to_owned)
}

/// The item that a body means: one as `DynamoDB` writes it, an object of JSON, or a text.
///
/// ```
/// use redrive::scenario::item;
/// assert_eq!(item(r#"{"id": {"S": "7"}}"#), item(r#"{"id": "7"}"#));
/// assert_eq!(item(r#"{"total": 3.50}"#)["total"]["N"], "3.5");
/// assert_eq!(item("hello")["body"]["S"], "hello");
/// ```
pub fn item(body: &str) -> Item {
    match serde_json::from_str::<Json>(body) {
        Ok(Json::Object(fields)) if !fields.is_empty() && fields.values().all(is_typed) => fields,
        Ok(Json::Object(fields)) => fields.iter().map(|(name, value)| (name.clone(), typed(value))).collect(),
        Ok(_) | Err(_) => Item::from_iter([(TEXT.to_owned(), json!({ "S": body }))]),
    }
}

/// The attribute in which a body that is no object stands.
const TEXT: &str = "body";

/// The types of attributes whose values are texts, and those whose values are lists of them.
const OF_TEXT: [&str; 3] = ["S", "N", "B"];
const OF_TEXTS: [&str; 3] = ["SS", "NS", "BS"];

fn is_typed(value: &Json) -> bool {
    let Some((kind, inner)) =
        value.as_object().filter(|typed| typed.len() == 1).and_then(|typed| typed.iter().next())
    else {
        return false;
    };
    match kind.as_str() {
        kind if OF_TEXT.contains(&kind) => inner.is_string(),
        kind if OF_TEXTS.contains(&kind) => inner.is_array(),
        "BOOL" | "NULL" => inner.is_boolean(),
        "L" => inner.as_array().is_some_and(|items| items.iter().all(is_typed)),
        "M" => inner.as_object().is_some_and(|fields| fields.values().all(is_typed)),
        _ => false,
    }
}

fn typed(value: &Json) -> Json {
    match value {
        Json::Null => json!({ "NULL": true }),
        Json::Bool(flag) => json!({ "BOOL": flag }),
        Json::Number(number) => json!({ "N": number.to_string() }),
        Json::String(text) => json!({ "S": text }),
        Json::Array(items) => json!({ "L": items.iter().map(typed).collect::<Vec<_>>() }),
        Json::Object(fields) => {
            let fields: Item = fields.iter().map(|(name, value)| (name.clone(), typed(value))).collect();
            json!({ "M": fields })
        }
    }
}

//! What makes an `AWS::SQS::Queue` a FIFO queue, and its settings.

use crate::template::build::context::{Build, QUEUE};
use crate::template::build::setting::{SettingValue, origin};
use crate::template::tree::{at, is_null, render, scalar};
use crate::template::value::Piece;
use crate::template::{Node, Value};
use crate::topology::{DeduplicationScope, FifoSettings, ForeignProperty, Setting, ThroughputLimit};

/// The properties that AWS takes of FIFO queues only.
const ONLY_ON_FIFO: [&str; 3] = ["ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"];

impl Build<'_> {
    /// The flag alone makes a FIFO queue; a name that does not suit it is refused by AWS.
    pub(super) fn fifo(&mut self, own: &Node) -> FifoSettings {
        let flag: Setting<bool> = self.queue_setting(own, "FifoQueue");
        let mut foreign = Vec::new();
        if !flag.value {
            let given = ONLY_ON_FIFO.iter().filter_map(|name| at(own, name).map(|node| (name, node)));
            let given = given.filter(|(_, node)| !is_null(node));
            foreign.extend(given.map(|(name, node)| not_taken(name, node)));
        }
        FifoSettings {
            queue_name: at(own, "QueueName").and_then(queue_name),
            content_based: self.queue_setting(own, "ContentBasedDeduplication"),
            scope: self.word::<DeduplicationScope>(own, "DeduplicationScope", &mut foreign),
            limit: self.word::<ThroughputLimit>(own, "FifoThroughputLimit", &mut foreign),
            flag,
            foreign,
        }
    }

    /// A word; one that AWS does not know is noted as such, and the default taken.
    fn word<T: SettingValue>(
        &mut self,
        own: &Node,
        name: &str,
        foreign: &mut Vec<ForeignProperty>,
    ) -> Setting<T> {
        let unknown = at(own, name).filter(|node| scalar(node).is_some_and(|word| T::read(word).is_none()));
        let Some(node) = unknown else { return self.queue_setting(own, name) };
        if !foreign.iter().any(|noted| noted.property == name) {
            foreign.push(not_taken(name, node));
        }
        self.reader().default(&format!("{QUEUE}.{name}"))
    }
}

/// A name whose end the template says: all that its form depends on.
fn queue_name(node: &Node) -> Option<Setting<String>> {
    let named = || Some(Setting::known(render(node), origin(&node.place)));
    match &node.value {
        Value::Text(_) => named(),
        Value::Mixed(pieces) if matches!(pieces.last(), Some(Piece::Text(_))) => named(),
        Value::Null
        | Value::Flag(_)
        | Value::Number(_)
        | Value::List(_)
        | Value::Map(_)
        | Value::Unknown(_)
        | Value::Mixed(_)
        | Value::Reference(_) => None,
    }
}

fn not_taken(property: &str, node: &Node) -> ForeignProperty {
    ForeignProperty { property: property.to_owned(), value: render(node), place: node.place.clone() }
}

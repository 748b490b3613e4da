//! `AWS::S3::Bucket`: its notifications.

use crate::template::build::context::Build;
use crate::template::build::sources::by_id;
use crate::template::declared::Declared;
use crate::template::tree::{at, items_at};
use crate::topology::{LinkEnd, ResourceId};

/// Kinds of notifications: the property that lists them, the property that names the target.
const NOTIFICATIONS: [(&str, &str); 3] = [
    ("LambdaConfigurations", "Function"),
    ("QueueConfigurations", "Queue"),
    ("TopicConfigurations", "Topic"),
];

impl Build<'_> {
    /// The links of a bucket's notifications.
    pub(crate) fn bucket(&mut self, id: ResourceId, declared: &Declared) {
        let Some(notifications) = at(&declared.properties, "NotificationConfiguration") else { return };
        let bucket = LinkEnd::Resource(id);
        for (kind, property) in NOTIFICATIONS {
            for notification in items_at(notifications, kind) {
                if let Some(target) = at(notification, property) {
                    self.hop(by_id("s3"), &bucket, target);
                }
            }
        }
        if let Some(bus) = at(notifications, "EventBridgeConfiguration") {
            let to = LinkEnd::Outside("default event bus".to_owned());
            let mut hop = crate::template::build::deliver::Hop::usual(by_id("s3"), &bucket);
            hop.model = crate::topology::InvocationModel::Forward;
            self.delivers(hop, to, &bus.place);
        }
    }
}

//! Streams of Kinesis and of tables.

use crate::topology::validation::Refusal;
use crate::topology::validation::check::Check;
use crate::topology::{Resource, Stream, StreamKind};

const STREAM: &str = "AWS::Kinesis::Stream";

impl Check<'_> {
    /// The settings of a stream; what a cluster keeps is said to the cluster and not to its template.
    pub(super) fn stream(&mut self, resource: &Resource, stream: &Stream) {
        if stream.kind == StreamKind::Kinesis {
            //= kinesis.retention_range
            self.ranged_in(
                "kinesis",
                &resource.name,
                &format!("{STREAM}.RetentionPeriodHours"),
                &stream.retention,
            );
            if let Some(shards) = &stream.shards {
                //= kinesis.shard_count
                self.ranged_in("kinesis", &resource.name, &format!("{STREAM}.ShardCount"), shards);
            }
        }
        for foreign in &stream.foreign {
            let (rule, allowed) = match foreign.property.as_str() {
                "ShardCount" => ("kinesis.shard_count", "nothing: AWS decides on demand".to_owned()),
                //= kinesis.mode
                "StreamModeDetails.StreamMode" => {
                    ("kinesis.mode", self.words(&format!("{STREAM}.StreamModeDetails.StreamMode")))
                }
                //= dynamodb_streams.view_type
                _ => (
                    "dynamodb_streams.view_type",
                    self.words("AWS::DynamoDB::Table.StreamSpecification.StreamViewType"),
                ),
            };
            let refusal = self.refusal(rule, &resource.name, &foreign.property, &foreign.value);
            self.found.push(Refusal { allowed, place: Some(foreign.place.clone()), ..refusal });
        }
        for property in &stream.missing {
            let refusal = self.refusal("kinesis.shard_count", &resource.name, property, &"not given");
            let allowed = "at least 1, or the mode ON_DEMAND".to_owned();
            self.found.push(Refusal { allowed, place: resource.place.clone(), ..refusal });
        }
    }

    /// The words that a setting allows.
    pub(super) fn words(&self, property: &str) -> String {
        self.models.setting(property).map_or_else(String::new, |model| model.allowed.join(", "))
    }
}

//! A system built in code: it is written down as a template and read as one, so that defaults, ranges and refusals are
//! the same whichever way a system is given.

use std::path::Path;

use serde_json::{Map, Value as Json, json};

use crate::face::Problems;
use crate::face::problems::{embedded, usable};
use crate::template::{ImportOptions, import_text};
use crate::topology::Topology;
use crate::vocabulary::{Duration, Severity};

/// Builds a system. What is not set has the default of the models.
///
/// ```
/// use redrive::prelude::*;
/// let system = Topology::build()
///     .queue("Orders", |queue| queue.visibility(Duration::from_secs(180)).dead_letters("OrdersDead", 5))
///     .queue("OrdersDead", |queue| queue.retention(Duration::from_secs(14 * 24 * 3_600)))
///     .function("Fulfil", |function| function.timeout(Duration::from_secs(30)).reserved(10))
///     .polls("Fulfil", "Orders", |mapping| mapping.batch_size(10).partial_responses())
///     .finish()
///     .unwrap();
/// assert_eq!(system.resources.len(), 3 + 1);
/// ```
#[derive(Clone, Debug, Default)]
pub struct SystemBuilder {
    resources: Map<String, Json>,
}

/// The settings of a queue.
///
/// ```
/// use redrive::prelude::*;
/// let system = Topology::build()
///     .queue("Orders", |queue| queue.visibility(Duration::from_secs(180)).dead_letters("Dead", 5))
///     .queue("Dead", |queue| queue.retention(Duration::from_secs(3_600)))
///     .finish()
///     .unwrap();
/// assert!(system.render().contains("3m"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct QueueSettings {
    properties: Map<String, Json>,
}

/// The settings of a function.
///
/// ```
/// use redrive::prelude::*;
/// let build = Topology::build();
/// let system = build.function("Fulfil", |function| function.timeout(Duration::from_secs(30)).reserved(5));
/// assert!(system.finish().unwrap().find("Fulfil").is_some());
/// ```
#[derive(Clone, Debug, Default)]
pub struct FunctionSettings {
    properties: Map<String, Json>,
}

/// The settings of an event source mapping.
///
/// ```
/// use redrive::prelude::*;
/// let system = Topology::build()
///     .queue("Orders", |queue| queue.visibility(Duration::from_secs(180)))
///     .function("Fulfil", |function| function.timeout(Duration::from_secs(30)))
///     .polls("Fulfil", "Orders", |mapping| mapping.batch_size(10).partial_responses())
///     .finish()
///     .unwrap();
/// assert!(system.render().contains("ReportBatchItemFailures"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct MappingSettings {
    properties: Map<String, Json>,
}

/// What a system that is built in code is called in reports and capsules.
const INPUT: &str = "built-in-code.json";

impl Topology {
    /// A system built in code; see [`SystemBuilder`].
    pub fn build() -> SystemBuilder {
        SystemBuilder::default()
    }
}

impl SystemBuilder {
    /// A queue.
    #[must_use]
    pub fn queue(self, name: &str, set: impl FnOnce(QueueSettings) -> QueueSettings) -> Self {
        let settings = set(QueueSettings::default());
        self.resource(name, "AWS::SQS::Queue", settings.properties)
    }

    /// A function.
    #[must_use]
    pub fn function(self, name: &str, set: impl FnOnce(FunctionSettings) -> FunctionSettings) -> Self {
        let mut properties = set(FunctionSettings::default()).properties;
        properties.insert("Role".to_owned(), json!("arn:aws:iam::123456789012:role/of-a-test"));
        self.resource(name, "AWS::Lambda::Function", properties)
    }

    /// An event source mapping: the function polls the queue.
    #[must_use]
    pub fn polls(
        self,
        function: &str,
        queue: &str,
        set: impl FnOnce(MappingSettings) -> MappingSettings,
    ) -> Self {
        let mut properties = set(MappingSettings::default()).properties;
        properties.insert("EventSourceArn".to_owned(), arn(queue));
        properties.insert("FunctionName".to_owned(), json!({ "Ref": function }));
        self.resource(&format!("{function}Polls{queue}"), "AWS::Lambda::EventSourceMapping", properties)
    }

    /// Any resource by its CloudFormation type and properties; of two with one name the later one counts.
    #[must_use]
    pub fn resource(mut self, name: &str, kind: &str, properties: Map<String, Json>) -> Self {
        let properties = Json::Object(properties);
        self.resources.insert(name.to_owned(), json!({ "Type": kind, "Properties": properties }));
        self
    }

    /// What is built, as a template: places in problems and reports point into it.
    pub fn template(&self) -> String {
        format!("{:#}\n", json!({ "Resources": self.resources }))
    }

    /// The system.
    ///
    /// # Errors
    /// Everything that is wrong with it, as for a template; what would be a warning there is an error in code.
    pub fn finish(self) -> Result<Topology, Problems> {
        let path = Path::new(INPUT);
        let options = ImportOptions::with_stand_ins();
        let imported = import_text(path, &self.template(), &options, &embedded());
        usable(imported, &[Severity::Error, Severity::Warning])
    }
}

fn arn(name: &str) -> Json {
    json!({ "Fn::GetAtt": [name, "Arn"] })
}

fn seconds(length: Duration) -> Json {
    json!(length.as_secs())
}

impl QueueSettings {
    /// `VisibilityTimeout`, in whole seconds.
    #[must_use]
    pub fn visibility(self, length: Duration) -> Self {
        self.set("VisibilityTimeout", seconds(length))
    }

    /// `MessageRetentionPeriod`, in whole seconds.
    #[must_use]
    pub fn retention(self, length: Duration) -> Self {
        self.set("MessageRetentionPeriod", seconds(length))
    }

    /// `DelaySeconds`, in whole seconds.
    #[must_use]
    pub fn delay(self, length: Duration) -> Self {
        self.set("DelaySeconds", seconds(length))
    }

    /// `RedrivePolicy`: after so many receives a message goes to this queue.
    #[must_use]
    pub fn dead_letters(self, queue: &str, max_receive_count: u64) -> Self {
        let policy = json!({ "deadLetterTargetArn": arn(queue), "maxReceiveCount": max_receive_count });
        self.set("RedrivePolicy", policy)
    }

    /// Any property, as a template has it.
    #[must_use]
    pub fn set(mut self, property: &str, value: impl Into<Json>) -> Self {
        self.properties.insert(property.to_owned(), value.into());
        self
    }
}

impl FunctionSettings {
    /// `Timeout`, in whole seconds.
    #[must_use]
    pub fn timeout(self, length: Duration) -> Self {
        self.set("Timeout", seconds(length))
    }

    /// `ReservedConcurrentExecutions`.
    #[must_use]
    pub fn reserved(self, executions: u64) -> Self {
        self.set("ReservedConcurrentExecutions", executions)
    }

    /// Any property, as a template has it.
    #[must_use]
    pub fn set(mut self, property: &str, value: impl Into<Json>) -> Self {
        self.properties.insert(property.to_owned(), value.into());
        self
    }
}

impl MappingSettings {
    /// `BatchSize`.
    #[must_use]
    pub fn batch_size(self, messages: u64) -> Self {
        self.set("BatchSize", messages)
    }

    /// `MaximumBatchingWindowInSeconds`, in whole seconds.
    #[must_use]
    pub fn batching_window(self, length: Duration) -> Self {
        self.set("MaximumBatchingWindowInSeconds", seconds(length))
    }

    /// `FunctionResponseTypes: [ReportBatchItemFailures]`.
    #[must_use]
    pub fn partial_responses(self) -> Self {
        self.set("FunctionResponseTypes", json!(["ReportBatchItemFailures"]))
    }

    /// `ScalingConfig.MaximumConcurrency`.
    #[must_use]
    pub fn maximum_concurrency(self, invocations: u64) -> Self {
        self.set("ScalingConfig", json!({ "MaximumConcurrency": invocations }))
    }

    /// `Enabled: false`.
    #[must_use]
    pub fn disabled(self) -> Self {
        self.set("Enabled", false)
    }

    /// Any property, as a template has it.
    #[must_use]
    pub fn set(mut self, property: &str, value: impl Into<Json>) -> Self {
        self.properties.insert(property.to_owned(), value.into());
        self
    }
}

//! What keeps records in shards: streams of Kinesis, tables with a stream, clusters of Kafka and `DocumentDB`.

use crate::models::RuleValue;
use crate::template::Node;
use crate::template::build::context::Build;
use crate::template::build::mapping::foreign;
use crate::template::build::setting::SettingValue;
use crate::template::declared::Declared;
use crate::template::tree::{at, items_at, path, scalar, scalar_at};
use crate::topology::{
    ForeignProperty, LinkDetail, LinkEnd, Origin, Resource, ResourceDetail, ResourceId, Setting, Stream,
    StreamKind, TableStream, UnknownSetting, ViewType,
};
use crate::vocabulary::Duration;

const STREAM: &str = "AWS::Kinesis::Stream";
const CONSUMER: &str = "AWS::Kinesis::StreamConsumer";
const VIEW: &str = "AWS::DynamoDB::Table.StreamSpecification.StreamViewType";
const MODE: &str = "AWS::Kinesis::Stream.StreamModeDetails.StreamMode";
const ON_DEMAND: &str = "ON_DEMAND";
const PROVISIONED: &str = "PROVISIONED";
const SECONDS_PER_HOUR: u64 = 3_600;

/// A time that templates write in hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Hours(Duration);

impl std::fmt::Display for Hours {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl SettingValue for Hours {
    const EXPECTED: &'static str = "a whole number of hours";
    const NOTHING: Self = Self(Duration::ZERO);

    fn read(text: &str) -> Option<Self> {
        let hours = u64::read(text)?;
        hours.checked_mul(SECONDS_PER_HOUR).map(|seconds| Self(Duration::from_secs(seconds)))
    }

    fn of(value: &RuleValue) -> Option<Self> {
        value.as_duration().map(Self)
    }
}

impl Build<'_> {
    /// The stream that a resource is or has; a table without a stream is none.
    pub(crate) fn stream(&mut self, declared: &Declared) -> Option<Stream> {
        match declared.type_name.as_str() {
            STREAM => Some(self.kinesis(declared)),
            "AWS::DynamoDB::Table" | "AWS::DynamoDB::GlobalTable" => self.table(declared),
            "AWS::MSK::Cluster" | "AWS::MSK::ServerlessCluster" => Some(self.kept(StreamKind::Msk)),
            "AWS::DocDB::DBCluster" => Some(self.kept(StreamKind::DocumentDb)),
            _ => None,
        }
    }

    fn kinesis(&mut self, declared: &Declared) -> Stream {
        let own = &declared.properties;
        let mode = path(own, &["StreamModeDetails", "StreamMode"]);
        let on_demand = mode.and_then(scalar) == Some(ON_DEMAND);
        let provisioned = mode.and_then(scalar) == Some(PROVISIONED);
        let count = at(own, "ShardCount");
        let mut given: Vec<ForeignProperty> = mode
            .and_then(|mode| self.unlisted("StreamModeDetails.StreamMode", MODE, mode))
            .into_iter()
            .collect();
        let mut missing = Vec::new();
        match count {
            Some(count) if on_demand => given.push(foreign("ShardCount", count)),
            None if provisioned => missing.push("ShardCount".to_owned()),
            Some(_) | None => {}
        }
        let count = count.filter(|_| !on_demand);
        let retention = self
            .reader()
            .required(at(own, "RetentionPeriodHours"), &format!("{STREAM}.RetentionPeriodHours"));
        Stream {
            kind: StreamKind::Kinesis,
            shards: self.reader().optional(count, &format!("{STREAM}.ShardCount")),
            retention: in_hours(retention),
            table: None,
            foreign: given,
            missing,
        }
    }

    fn table(&mut self, declared: &Declared) -> Option<Stream> {
        let specification = at(&declared.properties, "StreamSpecification")?;
        let view = at(specification, "StreamViewType");
        let unlisted = view.and_then(|view| self.unlisted("StreamSpecification.StreamViewType", VIEW, view));
        let table = Some(table_stream(declared, view));
        Some(Stream { table, foreign: unlisted.into_iter().collect(), ..self.kept(StreamKind::DynamoDb) })
    }

    /// A word that its setting does not list.
    fn unlisted(&self, property: &str, setting: &str, written: &Node) -> Option<ForeignProperty> {
        let model = self.models.setting(setting)?;
        let word = scalar(written)?;
        (!model.allowed.iter().any(|one| one == word)).then(|| foreign(property, written))
    }

    /// A stream whose template says nothing of how it keeps records.
    fn kept(&self, kind: StreamKind) -> Stream {
        let rule = |slot: &str| {
            let id = self.models.rules_in(kind.source(), slot)?;
            Some(self.models.rule(id).id.clone())
        };
        let count = rule("log.shards").and_then(|rule| {
            let count = self.models.count(&rule, "count").ok()?;
            Some(Setting::known(count, Origin::Default(rule)))
        });
        let retention = rule("log.retention").unwrap_or_default();
        let length = self.models.duration(&retention, "length").unwrap_or(Duration::MAX);
        Stream {
            kind,
            shards: count,
            retention: Setting::known(length, Origin::Default(retention)),
            table: None,
            foreign: Vec::new(),
            missing: Vec::new(),
        }
    }

    /// The stream behind a registered consumer; anything else is what it is.
    pub(crate) fn consumed(&mut self, from: LinkEnd) -> LinkEnd {
        let LinkEnd::Resource(id) = from else { return from };
        let declared = self.declared(id);
        match at(&declared.properties, "StreamARN") {
            Some(stream) if declared.type_name == CONSUMER => self.resolve(stream, "kinesis"),
            Some(_) | None => from,
        }
    }

    /// A cluster that no mapping reads is an ordinary resource: it may be there for anything else.
    pub(crate) fn leave_unread_out(&self, resources: &mut [Resource]) {
        for (position, resource) in resources.iter_mut().enumerate() {
            let ResourceDetail::Stream(stream) = &resource.detail else { continue };
            let end = LinkEnd::Resource(ResourceId(position as u32));
            let is_read = || {
                let from_here = self.links.iter().filter(|link| link.from == end);
                from_here
                    .map(|link| &link.detail)
                    .any(|detail| matches!(detail, LinkDetail::StreamPolling(_)))
            };
            let may_be_idle = match stream.kind {
                StreamKind::Msk | StreamKind::SelfManagedKafka | StreamKind::DocumentDb => true,
                StreamKind::Kinesis | StreamKind::DynamoDb => false,
            };
            if may_be_idle && !is_read() {
                resource.detail = ResourceDetail::Other;
            }
        }
    }
}

/// What a table says of its items; where it says nothing, what examples have.
fn table_stream(declared: &Declared, view: Option<&Node>) -> TableStream {
    let usual = TableStream::default();
    let own = &declared.properties;
    let mut keys: Vec<(bool, String)> = items_at(own, "KeySchema")
        .iter()
        .filter_map(|key| {
            let is_sort_key = scalar_at(key, "KeyType") == Some("RANGE");
            Some((is_sort_key, scalar_at(key, "AttributeName")?.to_owned()))
        })
        .collect();
    keys.sort_by_key(|(is_sort_key, _)| *is_sort_key);
    let word = view.and_then(scalar);
    let expires =
        at(own, "TimeToLiveSpecification").filter(|live| scalar_at(live, "Enabled") != Some("false"));
    TableStream {
        keys: if keys.is_empty() { usual.keys } else { keys.into_iter().map(|(_, name)| name).collect() },
        view: ViewType::ALL.into_iter().find(|view| Some(view.word()) == word).unwrap_or(usual.view),
        expires_by: expires.and_then(|live| scalar_at(live, "AttributeName")).map(str::to_owned),
    }
}

fn in_hours(setting: Setting<Hours>) -> Setting<Duration> {
    let lengths = |hours: Vec<Hours>| hours.into_iter().map(|Hours(length)| length).collect();
    Setting {
        value: setting.value.0,
        origin: setting.origin,
        unknown: setting
            .unknown
            .map(|open| UnknownSetting { why: open.why, alternatives: lengths(open.alternatives) }),
    }
}

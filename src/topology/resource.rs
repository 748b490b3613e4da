//! The resources of a topology.

use std::collections::BTreeMap;
use std::fmt;

use crate::topology::{
    ChannelKind, Exit, ForeignProperty, InvokeConfig, LinkEnd, Origin, RecursiveLoop, Setting, Stream,
};
use crate::vocabulary::{Bytes, Duration, EntityName, Place};

/// A resource's dense number in its topology.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceId(pub u32);

/// One resource of the template.
#[derive(Clone, Debug)]
pub struct Resource {
    /// Its CDK path where there is one, else its logical id.
    pub name: EntityName,
    /// Its key under `Resources`.
    pub logical_id: String,
    /// Its CloudFormation type, such as `AWS::SQS::Queue`.
    pub type_name: String,
    /// Where it is declared.
    pub place: Option<Place>,
    /// What is known of it beyond its name.
    pub detail: ResourceDetail,
}

/// What is known of a resource.
#[derive(Clone, Debug)]
pub enum ResourceDetail {
    /// An SQS queue.
    Queue(Queue),
    /// A Lambda function.
    Function(Function),
    /// What events come into from outside, and which hands them on.
    Channel(ChannelKind),
    /// A log of records that every reader reads for itself.
    Stream(Stream),
    /// Anything else: it takes part in links, but has no life of its own yet.
    Other,
}

impl ResourceDetail {
    /// Whether it is a function of Lambda's.
    pub const fn is_code(&self) -> bool {
        matches!(self, Self::Function(Function { runs: Runs::Code, .. }))
    }

    /// Whether it is a pipe whose own runs are simulated.
    pub const fn is_pipe(&self) -> bool {
        matches!(self, Self::Function(Function { runs: Runs::Pipe, .. }))
    }
}

/// Standard or FIFO.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum QueueKind {
    /// At least once, best-effort order.
    Standard,
    /// Ordered in groups, deduplicated.
    Fifo,
}

impl QueueKind {
    /// The word in reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Fifo => "FIFO",
        }
    }
}

/// An SQS queue.
#[derive(Clone, Debug)]
pub struct Queue {
    /// Standard or FIFO.
    pub kind: QueueKind,
    /// `VisibilityTimeout`.
    pub visibility_timeout: Setting<Duration>,
    /// `MessageRetentionPeriod`.
    pub message_retention: Setting<Duration>,
    /// `DelaySeconds`.
    pub delay: Setting<Duration>,
    /// `MaximumMessageSize`.
    pub maximum_message_size: Setting<Bytes>,
    /// `ReceiveMessageWaitTimeSeconds`; the pollers of a mapping wait as the mapping does, other readers as this says.
    pub receive_wait: Setting<Duration>,
    /// `RedrivePolicy`.
    pub redrive: Option<Redrive>,
    /// `RedriveAllowPolicy`.
    pub redrive_allow: RedriveAllow,
    /// What decides on its kind, and what only a FIFO queue has.
    pub fifo: FifoSettings,
}

/// The settings of a FIFO queue; on a standard queue they mean nothing.
#[derive(Clone, Debug)]
pub struct FifoSettings {
    /// `FifoQueue`.
    pub flag: Setting<bool>,
    /// `QueueName`, where the template says it in full.
    pub queue_name: Option<Setting<String>>,
    /// `ContentBasedDeduplication`.
    pub content_based: Setting<bool>,
    /// `DeduplicationScope`.
    pub scope: Setting<DeduplicationScope>,
    /// `FifoThroughputLimit`.
    pub limit: Setting<ThroughputLimit>,
    /// Those of these properties that are given as words AWS does not know, or for a standard queue.
    pub foreign: Vec<ForeignProperty>,
}

impl FifoSettings {
    /// Those of a standard queue, by a repair.
    pub fn none() -> Self {
        Self {
            flag: Setting::known(false, Origin::CommandLine),
            queue_name: None,
            content_based: Setting::known(false, Origin::CommandLine),
            scope: Setting::known(DeduplicationScope::Queue, Origin::CommandLine),
            limit: Setting::known(ThroughputLimit::PerQueue, Origin::CommandLine),
            foreign: Vec::new(),
        }
    }
}

/// Where a FIFO queue tells deduplication ids apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeduplicationScope {
    /// In the whole queue.
    Queue,
    /// In each message group.
    MessageGroup,
}

impl DeduplicationScope {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Queue, Self::MessageGroup];

    /// The word in templates.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::MessageGroup => "messageGroup",
        }
    }
}

impl fmt::Display for DeduplicationScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// What a FIFO queue's throughput limit holds for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ThroughputLimit {
    /// For the whole queue.
    PerQueue,
    /// For each message group.
    PerMessageGroup,
}

impl ThroughputLimit {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::PerQueue, Self::PerMessageGroup];

    /// The word in templates.
    pub const fn word(self) -> &'static str {
        match self {
            Self::PerQueue => "perQueue",
            Self::PerMessageGroup => "perMessageGroupId",
        }
    }
}

impl fmt::Display for ThroughputLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A queue's redrive policy.
#[derive(Clone, Debug)]
pub struct Redrive {
    /// `maxReceiveCount`.
    pub max_receive_count: Setting<u64>,
    /// `deadLetterTargetArn`.
    pub target: RedriveTarget,
    /// Where the policy stands.
    pub place: Option<Place>,
}

/// Where dead letters go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedriveTarget {
    /// To a queue of this topology.
    Queue(ResourceId),
    /// To a queue that is declared elsewhere: what it keeps, and how long, is not known.
    Outside(String),
    /// To something that the template names as its own and declares nowhere, or that is no queue.
    Missing(String),
}

/// Which queues may use this one as their dead-letter queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedriveAllow {
    /// All of the account and Region.
    All,
    /// None.
    None,
    /// Those named; queues declared elsewhere are left out of the list.
    ByQueue(Vec<ResourceId>),
}

/// In whose words a template declares a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Words {
    /// A type of CloudFormation.
    CloudFormation,
    /// A type of SAM.
    Sam,
}

/// What runs when something is given a batch or an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runs {
    /// The code of a Lambda function.
    Code,
    /// A pipe of `EventBridge`, which hands on what it polls without a function: it has no environments, no memory and no
    /// part in the account's concurrency.
    Pipe,
    /// A server of somebody's own behind a web address: nothing is known of it but that it answers or fails.
    Server,
}

impl Runs {
    /// The word in reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Code => "function",
            Self::Pipe => "pipe",
            Self::Server => "server",
        }
    }
}

/// A Lambda function, or what stands in its place.
#[derive(Clone, Debug)]
pub struct Function {
    /// Which of them.
    pub runs: Runs,
    /// `Timeout`.
    pub timeout: Setting<Duration>,
    /// `MemorySize`, in MiB.
    pub memory: Setting<u64>,
    /// `EphemeralStorage.Size`, in MiB, if stated. It decides nothing but whether AWS takes the function.
    pub storage: Option<Setting<u64>>,
    /// `ReservedConcurrentExecutions`.
    pub reserved_concurrency: Option<Setting<u64>>,
    /// `ProvisionedConcurrencyConfig` of its versions and aliases.
    pub provisioned: Vec<ProvisionedConcurrency>,
    /// `DeadLetterConfig`: where asynchronous invocations go that failed.
    pub dead_letter: Option<Exit>,
    /// In whose words the template declares it, for whoever proposes a change.
    pub words: Words,
    /// What holds for asynchronous invocations of a version or alias without a configuration of its own.
    pub invoke_default: InvokeConfig,
    /// The configurations that are declared.
    pub invoke_configs: Vec<InvokeConfig>,
    /// `RecursiveLoop`.
    pub recursive_loop: Setting<RecursiveLoop>,
    /// Where its log goes: the log group, by every name that a template may call it.
    pub log_groups: Vec<LinkEnd>,
}

/// The role that a function or pipe acts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActsAs {
    /// The role.
    pub role: ResourceId,
    /// In whose words it is declared: SAM's where SAM makes it, together with the policies that it needs.
    pub words: Words,
}

/// Environments that are held ready for calls of a version or alias.
#[derive(Clone, Debug)]
pub struct ProvisionedConcurrency {
    /// The version or alias that it is declared of.
    pub name: EntityName,
    /// All versions and aliases whose calls run on them.
    pub qualifiers: Vec<String>,
    /// `ProvisionedConcurrentExecutions`.
    pub executions: Setting<u64>,
    /// Whether what it is declared of is published: `$LATEST` is not.
    pub version: PublishedVersion,
}

/// Whether a version or alias stands for code that changes no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublishedVersion {
    /// It does.
    Published,
    /// It is `$LATEST`.
    Latest,
}

impl Function {
    /// How many places it takes from all functions of the account: what is reserved, else what is provisioned.
    pub fn claimed(&self) -> u64 {
        self.reserved_concurrency.as_ref().map_or_else(|| self.all_provisioned(), |setting| setting.value)
    }

    /// What is provisioned for all its versions and aliases together.
    pub fn all_provisioned(&self) -> u64 {
        self.provisioned.iter().fold(0, |sum, one| sum.saturating_add(one.executions.value))
    }

    /// What is provisioned for calls through a qualifier, by its position.
    pub fn provisioned_for(&self, qualifier: Option<&str>) -> Option<usize> {
        let qualifier = qualifier?;
        self.provisioned.iter().position(|one| one.qualifiers.iter().any(|own| own == qualifier))
    }

    /// What holds for asynchronous invocations through a qualifier.
    pub fn invoke_config(&self, qualifier: Option<&str>) -> &InvokeConfig {
        let qualifier = qualifier.unwrap_or(InvokeConfig::LATEST);
        self.invoke_configs
            .iter()
            .rfind(|config| config.qualifier == qualifier)
            .unwrap_or(&self.invoke_default)
    }
}

/// What holds for the account as a whole.
#[derive(Clone, Debug)]
pub struct Account {
    /// Concurrent executions of all functions together.
    pub concurrency: Setting<u64>,
    /// Where resources are deployed, as far as that is known.
    pub homes: BTreeMap<ResourceId, Home>,
}

/// The account and the Region of something, as far as they are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Home {
    /// Twelve digits.
    pub account: Option<String>,
    /// Such as `eu-west-1`.
    pub region: Option<String>,
}

impl Home {
    /// What an ARN tells of where something is.
    ///
    /// ```
    /// use redrive::topology::Home;
    ///
    /// let home = Home::of_arn("arn:aws:sqs:eu-west-1:123456789012:orders");
    /// assert_eq!(home.region.as_deref(), Some("eu-west-1"));
    /// assert_eq!(Home::of_arn("orders"), Home::default());
    /// ```
    pub fn of_arn(arn: &str) -> Self {
        let mut parts = arn.split(':');
        if parts.next() != Some("arn") {
            return Self::default();
        }
        // Partition and service come first.
        let mut parts = parts.skip(2).map(str::to_owned);
        let is_region = |text: &String| {
            text.contains('-')
                && text.chars().all(|one| one == '-' || one.is_ascii_lowercase() || one.is_ascii_digit())
        };
        let is_account = |text: &String| !text.is_empty() && text.chars().all(|one| one.is_ascii_digit());
        Self { region: parts.next().filter(is_region), account: parts.next().filter(is_account) }
    }
}

/// Something that was seen but is not simulated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmodelled {
    /// The resource's name.
    pub name: String,
    /// Its type, or the kind of link.
    pub type_name: String,
    /// What is lost by it, one sentence.
    pub cost: String,
    /// Where it stands.
    pub place: Option<Place>,
}

//! The parts of a model as the rest of the program sees them.

use std::collections::BTreeMap;

use crate::vocabulary::{Bytes, Duration, Place, Ratio, RuleId};

use crate::models::money::Money;

/// What a rule is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Something that happens at run time; bound to a slot.
    Behaviour,
    /// Something that AWS refuses at deployment.
    Validation,
    /// A quota.
    Limit,
    /// A price.
    Price,
    /// Something that AWS recommends, refuses nowhere, and repairs are made from.
    Advice,
    /// Something worth knowing that no mechanism reads: how an error is spelled, what a person gets to see.
    Note,
    /// A choice of the default profile: ours, not AWS's.
    Assumption,
}

/// How well a rule is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certainty {
    /// AWS's documentation says it.
    Documented,
    /// Somebody recorded AWS doing it.
    Observed,
    /// AWS leaves it open: the rule carries what is plausible, and runs explore it.
    Unspecified,
    /// Ours: an assumption about load, handlers or faults.
    Assumed,
}

/// One value of a rule or setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleValue {
    /// A length of time.
    Duration(Duration),
    /// A bare number.
    Count(u64),
    /// A probability or share.
    Ratio(Ratio),
    /// A size.
    Bytes(Bytes),
    /// An amount of money.
    Money(Money),
    /// A word or text.
    Text(String),
    /// Yes or no.
    Flag(bool),
    /// Several values.
    List(Vec<RuleValue>),
}

/// How often an unspecified rule is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Draw {
    /// Once in a run, for everything.
    Run,
    /// Once in a run for each entity.
    Entity,
    /// At every occurrence.
    Occurrence,
}

/// What an unspecified rule may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plausible {
    /// Anything from the first to the second, both included; both of the same kind of value.
    Range(RuleValue, RuleValue),
    /// One of these; the ordinary one is among them.
    Alternatives(Vec<RuleValue>),
}

/// What AWS leaves open, and how it is explored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unspecified {
    /// What is taken when nothing unusual is drawn.
    pub ordinary: RuleValue,
    /// What else it may be.
    pub plausible: Plausible,
    /// How often it is drawn.
    pub draw: Draw,
    /// Why these values are plausible.
    pub why: String,
}

/// One statement of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// `part.name`, unique over all models, such as `queue.redrive_on_receive`.
    pub id: String,
    /// One sentence of our own.
    pub says: String,
    /// What it is for.
    pub role: Role,
    /// How well it is known.
    pub certainty: Certainty,
    /// The place in a mechanism that it fills, such as `lease.redrive`; every behaviour rule has one.
    pub slot: Option<String>,
    /// Its values by name.
    pub values: BTreeMap<String, RuleValue>,
    /// What is open about it; present exactly when the certainty is [`Certainty::Unspecified`].
    pub unspecified: Option<Unspecified>,
    /// Keys of `citations.toml`.
    pub cite: Vec<String>,
    /// Earlier values, newest first, as `until: value` sentences.
    pub history: Vec<String>,
    /// Where it stands.
    pub place: Place,
}

/// What a setting's bare number or word stands for in a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// Whole milliseconds.
    Milliseconds,
    /// Whole seconds.
    Seconds,
    /// Whole minutes.
    Minutes,
    /// Whole hours.
    Hours,
    /// A number of bytes.
    Bytes,
    /// A number of units of 1,024 × 1,024 bytes, which AWS calls MB.
    Mebibytes,
    /// A bare number.
    Count,
    /// One of several words.
    Word,
    /// `true` or `false`.
    Flag,
}

/// A setting of a resource: its name in `CloudFormation`, its default and its range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingModel {
    /// `setting.` and the property's path, as rules are named: `setting.AWS::SQS::Queue.VisibilityTimeout`.
    pub id: String,
    /// The `CloudFormation` property, `AWS::SQS::Queue.VisibilityTimeout`.
    pub property: String,
    /// One sentence.
    pub says: String,
    /// What a bare number of a template means.
    pub unit: Unit,
    /// The default; `None` where leaving it out means that the feature is off or that it is required.
    pub default: Option<RuleValue>,
    /// Smallest and largest value that AWS accepts.
    pub range: Option<(RuleValue, RuleValue)>,
    /// The words that AWS accepts, for settings that are words.
    pub allowed: Vec<String>,
    /// Keys of `citations.toml`.
    pub cite: Vec<String>,
    /// Where it stands.
    pub place: Place,
}

/// A guarantee that a model gives, and the families of faults from which no setting protects it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuaranteeDeclaration {
    /// The guarantee's name, such as `no-loss`.
    pub guarantee: String,
    /// Names of fault families: the model's ceiling for this guarantee.
    pub exempt: Vec<String>,
    /// Why no setting protects from them.
    pub why: String,
}

/// What a violated guarantee does to the verdict of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// The check fails.
    Gates,
    /// It is reported as advice.
    Advises,
    /// It is judged only where the scenario states a bound, and gates then.
    IfStated,
}

/// One guarantee of the catalogue, in words for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuaranteeModel {
    /// Its stable name, such as `no-loss`.
    pub name: String,
    /// One sentence: when it holds.
    pub says: String,
    /// What a violation does.
    pub gates: Weight,
    /// When a finding of it is a false alarm.
    pub false_alarm: String,
    /// Where it stands.
    pub place: Place,
}

/// What a file of `models/` describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ModelKind {
    /// An invocation model: `sync`, `async`, `stream_poll`, `queue_poll`.
    Invocation,
    /// A service: a queue, the function's own life.
    Service,
    /// An event source.
    Source,
    /// Quotas.
    Limits,
    /// Prices.
    Prices,
    /// The default profile.
    Profile,
}

/// One file of `models/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// The file's name without its ending, such as `queue_poll`.
    pub id: String,
    /// A heading for people.
    pub title: String,
    /// What the file describes.
    pub kind: ModelKind,
    /// Its rules.
    pub rules: Vec<RuleId>,
    /// Its settings.
    pub settings: Vec<SettingModel>,
    /// The guarantees it gives.
    pub guarantees: Vec<GuaranteeDeclaration>,
    /// Free attributes of an event source: `invocation`, `family`, `sam_event`, `ordering`, `duplicates` …
    pub attributes: BTreeMap<String, RuleValue>,
}

/// A source of facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Citation {
    /// The key that rules cite.
    pub key: String,
    /// The title of the page, test or thread.
    pub title: String,
    /// Its address.
    pub url: String,
    /// The revision or state that was read, where there is one.
    pub revision: Option<String>,
    /// The day it was read, `YYYY-MM-DD`.
    pub read: String,
}

/// What a type, or a part of one, takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PropertyList {
    /// The type, such as `AWS::SQS::Queue`, a part of it, such as `AWS::SQS::Queue.RedrivePolicy`, an event of SAM's,
    /// such as `event SQS`, or `resource type`, which "takes" the types themselves.
    pub of: String,
    /// The names of its properties.
    pub takes: Vec<String>,
    /// Keys of `citations.toml`.
    pub cite: Vec<String>,
    /// Where it stands.
    pub place: Place,
}

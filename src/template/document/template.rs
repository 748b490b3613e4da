//! A template after all intrinsic functions have been applied; defaults and meaning are for later stages.

use crate::template::{Entry, Node};
use crate::vocabulary::Place;

/// One template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// `Description`.
    pub description: Option<String>,
    /// `Transform`: `AWS::Serverless-2016-10-31` and other macros, in order.
    pub transforms: Vec<String>,
    /// `Globals` of SAM.
    pub globals: Option<Node>,
    /// `Resources`, in the order written; those whose condition is false included.
    pub resources: Vec<TemplateResource>,
    /// `Parameters`, in the order written.
    pub parameters: Vec<Parameter>,
    /// `Outputs` whose condition is not false; each a map with `Value`, `Export` and so on.
    pub outputs: Vec<Entry>,
    /// `Metadata` of the template.
    pub metadata: Option<Node>,
    /// Every `Fn::ImportValue` met, so that several templates can be joined.
    pub imports: Vec<Import>,
}

/// One resource as declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateResource {
    /// Its logical id.
    pub logical_id: String,
    /// Where the logical id stands.
    pub place: Place,
    /// `Type`.
    pub type_name: String,
    /// Where the type stands.
    pub type_place: Place,
    /// `Properties`; an empty map where there are none.
    pub properties: Node,
    /// `Metadata` of the resource.
    pub metadata: Option<Node>,
    /// Whether it is deployed at all, by its `Condition`.
    pub presence: Presence,
    /// `DependsOn`.
    pub depends_on: Vec<String>,
    /// `Connectors` of SAM.
    pub connectors: Option<Node>,
    /// `DeletionPolicy`.
    pub deletion_policy: Option<Node>,
    /// `UpdateReplacePolicy`.
    pub update_replace_policy: Option<Node>,
    /// `IgnoreGlobals` of SAM.
    pub ignore_globals: Option<Node>,
}

/// Whether a conditional resource is deployed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It is: it has no condition, or a true one.
    Present,
    /// It is not: its condition is false.
    Absent,
    /// Its condition cannot be decided from the template; why, as a fragment.
    Unknown(String),
}

/// One parameter of the template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Where it is declared.
    pub place: Place,
    /// `Type`, such as `Number`.
    pub type_name: String,
    /// What `Ref` to it gives; unknown without default.
    pub value: Node,
    /// Where the value came from.
    pub origin: ParameterOrigin,
    /// `AllowedValues`; empty means any.
    pub allowed: Vec<Node>,
}

/// Where a parameter's value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterOrigin {
    /// `--parameter`.
    CommandLine,
    /// Its `Default`.
    Default,
    /// The template that nests this one.
    Nested,
    /// From nowhere: it is left open, or looked up at deployment.
    Open,
}

/// One `Fn::ImportValue`: the node that stands at its place is unknown until another template's export fills it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The name imported; text or mixed.
    pub name: Node,
    /// Where the function stands, which is the place of the unknown node too.
    pub place: Place,
}

//! The resources of a template in plain CloudFormation, as the builders read them: after conditions and SAM.

use crate::template::{Node, Presence};
use crate::topology::Words;
use crate::vocabulary::{Place, Written};

/// One resource that is deployed, as far as the template tells.
#[derive(Clone, Debug)]
pub(crate) struct Declared {
    /// Its key under `Resources`; behind the path of its stack in a system of several.
    pub logical_id: String,
    /// Its CDK path where there is one, else the same as its logical id.
    pub name: String,
    /// Its CloudFormation type; SAM's are already replaced where there is a plain one.
    pub type_name: String,
    /// In whose words its template declares it.
    pub words: Words,
    /// Where it is declared.
    pub place: Place,
    /// Its properties.
    pub properties: Node,
    /// SAM connectors that start here.
    pub connectors: Option<Node>,
    /// What of SAM's `Globals` this resource does without.
    pub ignore_globals: Option<Node>,
    /// `DependsOn`: logical ids of its own stack.
    pub depends_on: Vec<String>,
    /// Whether it is deployed for certain.
    pub presence: Presence,
    /// Where its stack is deployed.
    pub environment: Environment,
    /// The file that CDK synthesised for it: a nested stack's template.
    pub asset: Option<String>,
    /// What became of the template that it nests.
    pub inner: Inner,
    /// What its metadata says to redrive.
    pub stated: Option<Written>,
}

/// The account and the Region of a stack, as far as they are known.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Environment {
    /// Twelve digits.
    pub account: Option<String>,
    /// Such as `eu-west-1`.
    pub region: Option<String>,
}

/// The template behind a resource that nests one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Inner {
    /// It nests none, or nobody looked.
    #[default]
    None,
    /// It was read: its resources are part of the system.
    Read,
    /// It was not, for this reason.
    Unread(String),
}

/// A SAM connector: the one may use the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Connection {
    /// Logical id of the resource that acts.
    pub from: String,
    /// Logical id of the resource that is acted on.
    pub to: String,
    /// `Read`, `Write` or both.
    pub permissions: Vec<String>,
    /// Where it stands.
    pub place: Place,
}

impl Declared {
    /// Another resource that came with this one: declared where its event or property stands.
    pub(crate) fn generated(logical_id: String, type_name: &str, properties: Node) -> Self {
        Self {
            name: logical_id.clone(),
            logical_id,
            type_name: type_name.to_owned(),
            words: Words::CloudFormation,
            place: properties.place.clone(),
            properties,
            connectors: None,
            ignore_globals: None,
            depends_on: Vec::new(),
            presence: Presence::Present,
            environment: Environment::default(),
            asset: None,
            inner: Inner::None,
            stated: None,
        }
    }
}

//! The evaluated tree of a template: every value with its place, unknown values as such.

use crate::vocabulary::Place;

/// One value with the place it was written at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where it stands; for a value that came through a reference, where the reference stands.
    pub place: Place,
}

/// One entry of a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub key_place: Place,
    /// The value.
    pub node: Node,
}

/// `Ref` or `Fn::GetAtt` to a resource of the same template, kept symbolic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The logical id.
    pub resource: String,
    /// The attribute of `Fn::GetAtt`, such as `Arn`; `None` for `Ref`.
    pub attribute: Option<String>,
}

/// A value that the template alone does not tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// Why, as a sentence fragment: `parameter Timeout has no default`.
    pub why: String,
    /// What it may be, where that is known: allowed values of a parameter, both branches of a condition.
    pub possible: Vec<Node>,
}

/// A part of a text that was put together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Literal text.
    Text(String),
    /// A reference inside the text.
    Reference(Reference),
    /// Something unknown inside the text.
    Unknown(String),
}

/// A value after all intrinsic functions have been applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Null,
    /// `true` or `false` as written in YAML or JSON; quoted ones are text.
    Flag(bool),
    /// A number, as written, so that `012345678901` and `1.0` stay what they are.
    Number(String),
    /// Text.
    Text(String),
    /// Text with references or unknown parts in it.
    Mixed(Vec<Piece>),
    /// A list.
    List(Vec<Node>),
    /// A map, in the order written; keys are unique (the last of equal ones won).
    Map(Vec<Entry>),
    /// A reference to a resource.
    Reference(Reference),
    /// Not known.
    Unknown(Unknown),
}

impl Node {
    /// The entry of a map with this key; `None` for anything that is no map.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match &self.value {
            Value::Map(entries) => {
                entries.iter().rev().find(|entry| entry.key == key).map(|entry| &entry.node)
            }
            Value::Null
            | Value::Flag(_)
            | Value::Number(_)
            | Value::Text(_)
            | Value::Mixed(_)
            | Value::List(_)
            | Value::Reference(_)
            | Value::Unknown(_) => None,
        }
    }
}

//! What the reader of a template is told from outside.

use crate::template::document::Limits;
use crate::vocabulary::Place;

/// How to read a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadOptions {
    /// What the user gives to parameters, in the order given; the last of equal names wins.
    pub parameters: Vec<GivenParameter>,
    /// What `AWS::Region` says.
    pub region: String,
    /// What `AWS::AccountId` says.
    pub account: String,
    /// What `AWS::StackName` says.
    pub stack_name: String,
    /// How much a file may ask for.
    pub limits: Limits,
}

/// One value that the user gives to a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenParameter {
    /// The parameter.
    pub name: String,
    /// Its value as text.
    pub value: String,
    /// Where it stands in a file; nothing for `--parameter NAME=VALUE`.
    pub place: Option<Place>,
}

impl GivenParameter {
    /// `--parameter NAME=VALUE`.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into(), place: None }
    }

    /// How messages call it: the option, or the name and value as a file says them.
    pub(in crate::template) fn shown(&self) -> String {
        let Self { name, value, place } = self;
        if place.is_some() { format!("{name}={value}") } else { format!("--parameter {name}={value}") }
    }
}

impl ReadOptions {
    /// Region, account and stack name as stand-ins: they only have to be the same wherever they occur.
    pub fn with_stand_ins() -> Self {
        Self {
            parameters: Vec::new(),
            region: "us-east-1".to_owned(),
            account: "123456789012".to_owned(),
            stack_name: "stack".to_owned(),
            limits: Limits::STANDARD,
        }
    }
}

//! What the reader of a template is told from outside.

use crate::template::document::Limits;

/// How to read a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadOptions {
    /// `--parameter NAME=VALUE`, in the order given; the last of equal names wins.
    pub parameters: Vec<(String, String)>,
    /// What `AWS::Region` says.
    pub region: String,
    /// What `AWS::AccountId` says.
    pub account: String,
    /// What `AWS::StackName` says.
    pub stack_name: String,
    /// How much a file may ask for.
    pub limits: Limits,
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

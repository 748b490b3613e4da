//! The pseudo-parameters: `AWS::Region` and its kin.

use crate::template::Value;
use crate::template::document::ReadOptions;
use crate::template::evaluate::evaluator::unknown;

/// What a pseudo-parameter stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pseudo {
    /// A value.
    Value(Value),
    /// `AWS::NoValue`: what it stands at is left out.
    NoValue,
}

/// Every pseudo-parameter, for suggestions.
pub(super) const NAMES: [&str; 8] = [
    "AWS::AccountId",
    "AWS::NoValue",
    "AWS::NotificationARNs",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
];

/// The pseudo-parameter of this name.
pub(super) fn pseudo(name: &str, options: &ReadOptions) -> Option<Pseudo> {
    let (partition, suffix) = partition(&options.region);
    let text = |text: &str| Value::Text(text.to_owned());
    let value = match name {
        "AWS::AccountId" => text(&options.account),
        "AWS::NoValue" => return Some(Pseudo::NoValue),
        "AWS::NotificationARNs" => unknown("the stack's notification topics are set at deployment"),
        "AWS::Partition" => text(partition),
        "AWS::Region" => text(&options.region),
        "AWS::StackId" => Value::Text(stack_id(options, partition)),
        "AWS::StackName" => text(&options.stack_name),
        "AWS::URLSuffix" => text(suffix),
        _ => return None,
    };
    Some(Pseudo::Value(value))
}

/// A stack id of the right form; its unique part is a stand-in.
fn stack_id(options: &ReadOptions, partition: &str) -> String {
    let ReadOptions { region, account, stack_name, .. } = options;
    let unique = "00000000-0000-0000-0000-000000000000";
    format!("arn:{partition}:cloudformation:{region}:{account}:stack/{stack_name}/{unique}")
}

/// The partition of a region, and the suffix of its host names.
pub(in crate::template) fn partition(region: &str) -> (&'static str, &'static str) {
    match region {
        _ if region.starts_with("cn-") => ("aws-cn", "amazonaws.com.cn"),
        _ if region.starts_with("us-gov-") => ("aws-us-gov", "amazonaws.com"),
        _ if region.starts_with("us-isob-") => ("aws-iso-b", "sc2s.sgov.gov"),
        _ if region.starts_with("us-iso-") => ("aws-iso", "c2s.ic.gov"),
        _ if region.starts_with("eusc-") => ("aws-eusc", "amazonaws.eu"),
        _ => ("aws", "amazonaws.com"),
    }
}

//! A template of two hundred functions, each with its queue.
//!
//! Ten functions make a group. Every group has a dead-letter queue that all of it shares, and in every fourth group a
//! function reads that queue, which makes one connected part of the ten. Settings differ, and so do mistakes: short
//! visibility timeouts, batches with a shared fate, few receives.

use std::fmt::Write as _;

/// Groups in the template.
const GROUPS: usize = 20;
/// Functions in a group.
const MEMBERS: usize = 10;
/// In one of so many groups somebody reads the dead-letter queue.
const READ_EVERY: usize = 4;

pub(crate) fn template() -> String {
    let mut text = "Transform: AWS::Serverless-2016-10-31\nResources:\n".to_owned();
    for group in 0..GROUPS {
        let dead = "  Dead@:\n    Type: AWS::SQS::Queue\n    Properties: {MessageRetentionPeriod: 1209600}\n";
        text.push_str(&dead.replace('@', &group.to_string()));
        for member in 0..MEMBERS {
            text.push_str(&system(group, member));
        }
        if group.is_multiple_of(READ_EVERY) {
            text.push_str(&function(&format!("Look{group}"), &format!("Dead{group}"), 10, 5));
        }
    }
    text
}

/// A queue and its function; what differs comes from their numbers.
fn system(group: usize, member: usize) -> String {
    let name = format!("{group}x{member}");
    let timeout = [30, 60, 10][member % 3];
    let visibility = if member == 3 { timeout / 2 } else { timeout * 6 };
    let (batch, receives) = ([1, 10, 5][group % 3], 1 + member % 6);
    let mut text = String::new();
    write!(
        text,
        "  Queue{name}:\n    Type: AWS::SQS::Queue\n    Properties:\n      VisibilityTimeout: {visibility}\n      \
         RedrivePolicy: {{deadLetterTargetArn: !GetAtt Dead{group}.Arn, maxReceiveCount: {receives}}}\n"
    )
    .expect("a string takes all that is written");
    text.push_str(&function(&format!("Handle{name}"), &format!("Queue{name}"), batch, timeout));
    text
}

fn function(name: &str, queue: &str, batch: usize, timeout: usize) -> String {
    format!(
        "  {name}:\n    Type: AWS::Serverless::Function\n    Properties:\n      Runtime: provided.al2023\n      \
         Handler: bootstrap\n      CodeUri: .\n      Timeout: {timeout}\n      Events:\n        Incoming: {{Type: SQS, \
         Properties: {{Queue: !GetAtt {queue}.Arn, BatchSize: {batch}}}}}\n"
    )
}

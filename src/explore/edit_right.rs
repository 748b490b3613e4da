//! The right that a new way out needs, where nothing else gives it.

use crate::explore::Change;
use crate::explore::edit::change;
use crate::topology::{ActsAs, ResourceId, Topology, Words};

/// Who writes the policy for a new way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Writes {
    /// SAM does, into a role that it makes itself.
    Sam,
    /// The template has to.
    Template,
}

/// A policy that lets who acts here send to a new queue; none where SAM writes one, or where the role is declared elsewhere.
pub(super) fn may_send(
    topology: &Topology,
    holder: ResourceId,
    queue: &str,
    writes: Writes,
) -> Option<Change> {
    let ActsAs { role, words } = *topology.roles.get(&holder)?;
    if writes == Writes::Sam && words == Words::Sam {
        return None;
    }
    let role = topology.resource(role).logical_id.rsplit('/').next().unwrap_or_default().to_owned();
    let name = format!("{queue}Policy");
    let declaration = format!(
        "AWS::IAM::Policy\nProperties:\n  PolicyName: {name}\n  Roles: [!Ref {role}]\n  PolicyDocument:\n    \
         Version: 2012-10-17\n    Statement:\n      - Effect: Allow\n        Action: sqs:SendMessage\n        \
         Resource: !GetAtt {queue}.Arn"
    );
    Some(change(&name, "Type", None, (None, declaration, None)))
}

//! What a function's role allows, as far as the template tells. A right is only ever found here, never denied.

use crate::template::Node;
use crate::template::build::context::Build;
use crate::template::declared::Declared;
use crate::template::tree::{at, items, items_at, path, scalar, scalar_at};
use crate::topology::{LinkEnd, Permitted, ResourceId};

/// How closely a policy names what it allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Scope {
    /// By a wildcard, in the action or in the resource.
    Wildcard,
    /// By the resource itself and an action of the one kind.
    Scoped,
}

/// The rule that tells what polling needs.
const POLLING: &str = "queue_poll.role_permissions";

impl<'a> Build<'a> {
    /// Whether the function may be given what is in the queue.
    pub(crate) fn may_poll(&self, function: ResourceId, queue: ResourceId) -> Permitted {
        let (Ok(managed), Ok(actions)) =
            (self.models.text(POLLING, "managed_policy"), self.models.texts(POLLING, "actions"))
        else {
            return Permitted::Unknown;
        };
        let role = self.role_of(function);
        let attached =
            role.map_or(&[][..], |role| items_at(&self.declared(role).properties, "ManagedPolicyArns"));
        let by_name = |arn: &Node| scalar(arn).is_some_and(|arn| arn.rsplit('/').next() == Some(managed));
        let each = |action: &&str| self.allowed(function, action, queue).is_some();
        if attached.iter().any(by_name) || actions.iter().all(each) {
            Permitted::Granted
        } else {
            Permitted::Unknown
        }
    }

    /// How a function is allowed an action on a resource; `None` where no policy of the template allows it, or one
    /// denies it without a condition.
    pub(crate) fn allowed(&self, function: ResourceId, action: &str, resource: ResourceId) -> Option<Scope> {
        let statements = self.statements(function);
        let told = |effect: &str, statement: &&Node| {
            let fits = scalar_at(statement, "Effect") == Some(effect);
            if fits { self.covers(statement, action, resource) } else { None }
        };
        let unconditional = |statement: &&&Node| at(statement, "Condition").is_none();
        let denied = statements.iter().filter(unconditional).any(|one| told("Deny", one).is_some());
        if denied { None } else { statements.iter().filter_map(|one| told("Allow", one)).max() }
    }

    fn covers(&self, statement: &Node, action: &str, resource: ResourceId) -> Option<Scope> {
        let actions = items_at(statement, "Action").iter().filter_map(scalar);
        let action = actions.filter_map(|pattern| matches(pattern, action)).max()?;
        let resources = items_at(statement, "Resource").iter();
        let resource = resources.filter_map(|node| self.names(node, resource)).max()?;
        Some(action.min(resource))
    }

    fn names(&self, node: &Node, resource: ResourceId) -> Option<Scope> {
        if self.index.resolve(node, "sqs") == LinkEnd::Resource(resource) {
            return Some(Scope::Scoped);
        }
        scalar(node).is_some_and(|text| text == "*" || text.ends_with(":*")).then_some(Scope::Wildcard)
    }

    /// The role of a function, where it is declared here.
    fn role_of(&self, function: ResourceId) -> Option<ResourceId> {
        let role = at(&self.declared(function).properties, "Role")?;
        match self.index.resolve(role, "iam") {
            LinkEnd::Resource(role) => Some(role),
            LinkEnd::Outside(_) | LinkEnd::Missing(_) => None,
        }
    }

    /// All statements of the policies of a function's role.
    fn statements(&self, function: ResourceId) -> Vec<&'a Node> {
        let Some(role) = self.role_of(function) else { return Vec::new() };
        let own = &self.declared(role).properties;
        let inline = items_at(own, "Policies").iter().filter_map(|policy| at(policy, "PolicyDocument"));
        let attached = self.declared.iter().enumerate().filter(|(position, declared)| {
            self.attaches(declared, role) || self.attached(own, ResourceId(*position as u32))
        });
        let documents = attached.filter_map(|(_, declared)| at(&declared.properties, "PolicyDocument"));
        inline.chain(documents).filter_map(|document| at(document, "Statement")).flat_map(items).collect()
    }

    fn attaches(&self, declared: &Declared, role: ResourceId) -> bool {
        let single = path(&declared.properties, &["RoleName"]);
        let roles = match declared.type_name.as_str() {
            "AWS::IAM::Policy" | "AWS::IAM::ManagedPolicy" => items_at(&declared.properties, "Roles"),
            "AWS::IAM::RolePolicy" => single.map_or(&[][..], items),
            _ => &[],
        };
        roles.iter().any(|one| self.index.resolve(one, "iam") == LinkEnd::Resource(role))
    }

    fn attached(&self, role: &Node, policy: ResourceId) -> bool {
        self.declared(policy).type_name == "AWS::IAM::ManagedPolicy"
            && items_at(role, "ManagedPolicyArns")
                .iter()
                .any(|arn| self.index.resolve(arn, "iam") == LinkEnd::Resource(policy))
    }
}

/// Whether an action's pattern covers an action, and whether it covers much more: `sqs:*` does, `sqs:Send*` does not.
fn matches(pattern: &str, action: &str) -> Option<Scope> {
    let (pattern, action) = (pattern.to_ascii_lowercase(), action.to_ascii_lowercase());
    let Some(start) = pattern.strip_suffix('*') else { return (pattern == action).then_some(Scope::Scoped) };
    let wide = start.is_empty() || start.ends_with(':');
    action.starts_with(start).then_some(if wide { Scope::Wildcard } else { Scope::Scoped })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_matched_as_closely_as_it_is_written() {
        let send = "sqs:SendMessage";
        assert_eq!(matches("SQS:sendmessage", send), Some(Scope::Scoped));
        assert_eq!(matches("sqs:Send*", send), Some(Scope::Scoped));
        assert_eq!(matches("sqs:*", send), Some(Scope::Wildcard));
        assert_eq!(matches("*", send), Some(Scope::Wildcard));
        assert_eq!(matches("sqs:SendMessageBatch", send), None);
        assert_eq!(matches("sns:*", send), None);
    }
}

//! What is there when a resource is made: a bucket asks for the rights of its notifications then, and at no other time.

use std::collections::BTreeSet;

use crate::template::access::judge::Judge;
use crate::template::access::policies::Policies;
use crate::template::access::statement::{Effect, Statement};
use crate::template::access::{Answer, Names};
use crate::template::declared::Declared;
use crate::template::tree::references;
use crate::template::{Node, Value};
use crate::topology::{LatePermission, Link, LinkEnd, Order, ResourceId, Words};

/// The one source that asks for its rights when it is made.
const ASKS: &str = "s3";

impl Names<'_> {
    /// All that CloudFormation makes before a resource: what it names, and what that waits for.
    pub(crate) fn made_before(&self, id: ResourceId) -> BTreeSet<ResourceId> {
        let mut found = BTreeSet::new();
        let mut open = vec![id];
        while let Some(next) = open.pop() {
            let declared = self.declared(next);
            let mut named = Vec::new();
            self.named(&declared.properties, &mut named);
            let stated = declared.depends_on.iter().map(|name| format!("{}{name}", stack(declared)));
            named.extend(stated.filter_map(|name| self.index.itself(&name)));
            open.extend(named.into_iter().filter(|one| found.insert(*one)));
        }
        found
    }

    fn named(&self, node: &Node, found: &mut Vec<ResourceId>) {
        found.extend(references(node).into_iter().filter_map(|one| self.index.itself(&one.resource)));
        match &node.value {
            Value::Map(entries) => entries.iter().for_each(|entry| self.named(&entry.node, found)),
            Value::List(items) => items.iter().for_each(|item| self.named(item, found)),
            Value::Unknown(unknown) => unknown.possible.iter().for_each(|one| self.named(one, found)),
            Value::Null
            | Value::Flag(_)
            | Value::Number(_)
            | Value::Text(_)
            | Value::Mixed(_)
            | Value::Reference(_) => {}
        }
    }
}

/// The path of the stack that a resource is in; empty at the top.
fn stack(declared: &Declared) -> &str {
    let id = &declared.logical_id;
    &id[..id.rfind('/').map_or(0, |end| end + 1)]
}

impl Judge<'_> {
    /// What lets a bucket in, but may be made only after the bucket has asked for it.
    pub(crate) fn late(&mut self, link: &Link) -> Option<LatePermission> {
        let (LinkEnd::Resource(from), LinkEnd::Resource(to)) = (&link.from, &link.to) else { return None };
        if link.source != ASKS || self.is_connected(&link.from, &link.to) {
            return None;
        }
        let principal = crate::template::access::callers::principal(self.models, &link.source)?;
        let before = self.names.made_before(*from);
        let all = self.policies_of(*to).clone();
        let in_time = Policies {
            statements: all
                .statements
                .iter()
                .filter(|one| self.is_in_time(one, *from, &before))
                .cloned()
                .collect(),
            open: None,
        };
        let mentions = self.names.mentions(&link.from, *to);
        mentions.iter().find_map(|mention| {
            let request = self.service_request(link, Some(mention), *to, &principal, None);
            let decision = all.decide(&request);
            if decision.answer != Answer::Yes || in_time.decide(&request).answer != Answer::No {
                return None;
            }
            let (statement, _) = decision.nearest?;
            let policy = self.declares(&statement)?;
            let waits = self.names.made_before(policy).contains(from);
            let order = if waits { Order::AfterSource } else { Order::Open };
            let name = self.names.declared(policy).logical_id.clone();
            Some(LatePermission { name, order })
        })
    }

    /// Whether a statement holds before a resource is made; SAM sees to that for what it writes.
    fn is_in_time(&self, statement: &Statement, source: ResourceId, before: &BTreeSet<ResourceId>) -> bool {
        let Some(id) = self.declares(statement) else { return true };
        let (policy, source) = (self.names.declared(id), self.names.declared(source));
        statement.effect == Effect::Deny
            || before.contains(&id)
            || policy.words == Words::Sam
            || stack(policy) != stack(source)
    }

    /// The resource that a statement stands in.
    fn declares(&self, statement: &Statement) -> Option<ResourceId> {
        let position = self.names.declared.iter().position(|one| one.name == statement.label)?;
        Some(ResourceId(position as u32))
    }
}

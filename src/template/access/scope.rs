//! How closely a role's policies name what a function may send to: whether that is evidence that it does.

use crate::models::Models;
use crate::template::access::policies::Library;
use crate::template::access::request::{Caller, Request};
use crate::template::access::statement::{Effect, Statement};
use crate::template::access::{Answer, Names, Text};
use crate::topology::ResourceId;

/// How closely a policy names what it allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Scope {
    /// By a wildcard, in the action or in the resource.
    Wildcard,
    /// By the resource itself and an action of the one kind.
    Scoped,
}

/// How the role of a function allows an action on a resource; `None` where no statement of it does, or one denies it.
pub(crate) fn may_send(
    models: &Models,
    names: Names<'_>,
    function: ResourceId,
    (action, to): (&str, ResourceId),
) -> Option<Scope> {
    let role = names.declared(function).properties.get("Role")?;
    let (policies, id) = Library { models, names }.role(role);
    let arn = match names.declared(to).type_name.as_str() {
        "AWS::S3::Bucket" => names.arn(to).then_literal("/").then(&Text::open("key")),
        _ => names.arn(to),
    };
    let request = Request::new(Caller::Role(names.arn(id?)), action.to_owned(), arn.clone());
    if policies.decide(&request).answer == Answer::No {
        return None;
    }
    let allows = |one: &&Statement| one.effect == Effect::Allow && request.fits(one).0 != Answer::No;
    let scope = |one: &Statement| if one.is_scoped(action, &arn) { Scope::Scoped } else { Scope::Wildcard };
    policies.statements.iter().filter(allows).map(scope).max()
}

//! What other stacks tell a template: what it imports, what it looks up, what its parent gives it, and what its
//! nested stacks give back.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::template::Value;

/// Values by name. References to resources of other stacks in them are absolute: `/Stack/Resource`.
pub(in crate::template) type Values = BTreeMap<String, Value>;

/// Everything around one template; empty for a template on its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::template) struct Surroundings {
    /// Whether other stacks are known at all, so that a missing export is worth a warning.
    pub(in crate::template) company: Company,
    /// What the parent of a nested stack gives its parameters.
    pub(in crate::template) parameters: Values,
    /// What stacks export.
    pub(in crate::template) exports: Arc<Values>,
    /// What stacks write into the parameter store, by the name of the SSM parameter.
    pub(in crate::template) store: Arc<Values>,
    /// Outputs of the nested stacks that were read, by their logical ids.
    pub(in crate::template) nested: BTreeMap<String, Values>,
}

/// Whether a template is read on its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::template) enum Company {
    /// What other stacks say is not known.
    #[default]
    Alone,
    /// It is one of several that are the whole system.
    Joined,
}

//! The order of building: resources, then links, then what other resources only hint at.

use crate::models::Models;
use crate::template::build::context::{Build, FUNCTION, QUEUE};
use crate::template::declared::{Connection, Declared};
use crate::topology::{Account, Link, Resource, ResourceDetail, ResourceId, Unmodelled};
use crate::vocabulary::{Diagnostic, EntityKind, EntityName};

/// The parts of a topology.
#[derive(Debug)]
pub(crate) struct Assembly {
    /// All resources.
    pub resources: Vec<Resource>,
    /// All links.
    pub links: Vec<Link>,
    /// What is not simulated.
    pub unmodelled: Vec<Unmodelled>,
    /// What holds for the account.
    pub account: Account,
    /// Problems found.
    pub diagnostics: Vec<Diagnostic>,
}

/// Builds everything from plain resources.
pub(crate) fn assemble(models: &Models, declared: &[Declared], connections: &[Connection]) -> Assembly {
    let mut build = Build::new(models, declared);
    let resources: Vec<_> = declared.iter().map(|one| build.resource(one)).collect();
    for (position, one) in declared.iter().enumerate() {
        build.note_open_structure(one);
        build.links_of(ResourceId(position as u32), one, &resources);
    }
    for permission in declared.iter().filter(|one| one.type_name == "AWS::Lambda::Permission") {
        build.permission(permission);
    }
    build.sends(connections);
    let account = Account { concurrency: build.reader().default(ACCOUNT_CONCURRENCY) };
    Assembly {
        resources,
        links: build.links,
        unmodelled: build.unmodelled,
        account,
        diagnostics: build.diagnostics,
    }
}

/// The setting that tells how much may run at once in an account.
const ACCOUNT_CONCURRENCY: &str = "Account.ConcurrentExecutions";

impl Build<'_> {
    fn resource(&mut self, declared: &Declared) -> Resource {
        let (kind, detail) = match declared.type_name.as_str() {
            QUEUE => (EntityKind::Queue, ResourceDetail::Queue(self.queue(declared))),
            FUNCTION => (EntityKind::Function, ResourceDetail::Function(self.function(declared))),
            _ => (EntityKind::Other, ResourceDetail::Other),
        };
        Resource {
            name: EntityName::new(kind, &declared.name),
            logical_id: declared.logical_id.clone(),
            type_name: declared.type_name.clone(),
            place: Some(declared.place.clone()),
            detail,
        }
    }
}

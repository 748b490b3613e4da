//! `ProvisionedConcurrencyConfig` of versions and aliases.

use crate::template::build::context::Build;
use crate::template::declared::Declared;
use crate::template::tree::{at, path, references, render};
use crate::topology::{
    InvokeConfig, LinkEnd, ProvisionedConcurrency, PublishedVersion, Resource, ResourceDetail,
};
use crate::vocabulary::{EntityKind, EntityName};

/// The property of both.
const PROVISIONED: &str = "ProvisionedConcurrencyConfig";
/// What it holds.
const EXECUTIONS: &str = "ProvisionedConcurrentExecutions";

impl Build<'_> {
    /// Gives the functions what is provisioned for their versions and aliases.
    pub(crate) fn provisioned(&mut self, resources: &mut [Resource]) {
        for declared in self.declared {
            let (own, kind) = (&declared.properties, declared.type_name.as_str());
            if !matches!(kind, "AWS::Lambda::Alias" | "AWS::Lambda::Version") {
                continue;
            }
            let property = format!("{kind}.{PROVISIONED}.{EXECUTIONS}");
            let written = path(own, &[PROVISIONED, EXECUTIONS]);
            let Some(executions) = self.reader().optional(written, &property) else { continue };
            let Some(LinkEnd::Resource(id)) =
                at(own, "FunctionName").map(|name| self.resolve(name, "lambda"))
            else {
                continue;
            };
            let Some(Resource { detail: ResourceDetail::Function(function), .. }) =
                resources.get_mut(id.0 as usize)
            else {
                continue;
            };
            let name = name_of(declared);
            let provisioned = ProvisionedConcurrency {
                name,
                qualifiers: self.qualifiers_of(declared),
                executions,
                version: version_of(declared),
            };
            function.provisioned.push(provisioned);
        }
    }

    /// What an alias or version is called by: its own name, and the aliases that stand for it.
    fn qualifiers_of(&self, declared: &Declared) -> Vec<String> {
        let own = self.index.stand_in(&declared.logical_id).map(|id| self.stand_in_name(id));
        let mut all: Vec<String> = own.into_iter().collect();
        let own = self.index.stand_in(&declared.logical_id);
        for alias in self.declared.iter().filter(|one| one.type_name == "AWS::Lambda::Alias") {
            let version = at(&alias.properties, "FunctionVersion").map(references).unwrap_or_default();
            let stands_for = version.iter().any(|one| self.index.stand_in(&one.resource) == own);
            if own.is_some() && stands_for && at(&alias.properties, PROVISIONED).is_none() {
                all.extend(self.index.stand_in(&alias.logical_id).map(|id| self.stand_in_name(id)));
            }
        }
        all
    }
}

fn name_of(declared: &Declared) -> EntityName {
    EntityName::new(EntityKind::Other, &declared.name)
}

/// Only an alias can stand for what is not published.
fn version_of(declared: &Declared) -> PublishedVersion {
    match at(&declared.properties, "FunctionVersion").map(render) {
        Some(version) if version == InvokeConfig::LATEST => PublishedVersion::Latest,
        Some(_) | None => PublishedVersion::Published,
    }
}

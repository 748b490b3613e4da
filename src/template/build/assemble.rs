//! The order of building: resources, then links, then what other resources only hint at.

use std::collections::{BTreeMap, BTreeSet};

use crate::models::Models;
use crate::template::access;
use crate::template::build::PIPE;
use crate::template::build::channels::channel;
use crate::template::build::context::{Build, FUNCTION, QUEUE};
use crate::template::build::physical_names;
use crate::template::build::rules::SCHEDULE;
use crate::template::build::web::{SUBSCRIPTION, stood_in_topic};
use crate::template::declared::{Connection, Declared};
use crate::template::tree::{at, items};
use crate::topology::{
    Account, ActsAs, Archive, Delivery, Home, Link, LinkDetail, LinkEnd, Order, Origin, Permitted, Resource,
    ResourceDetail, ResourceId, Right, Setting, StateMachine, Unmodelled, Words,
};
use crate::vocabulary::{Diagnostic, Duration, EntityKind, EntityName};

/// The parts of a topology.
#[derive(Debug)]
pub(crate) struct Assembly {
    /// All resources.
    pub resources: Vec<Resource>,
    /// All links.
    pub links: Vec<Link>,
    /// State machines whose definitions are at hand.
    pub machines: Vec<StateMachine>,
    /// Archives of buses.
    pub archives: Vec<Archive>,
    /// What is not simulated.
    pub unmodelled: Vec<Unmodelled>,
    /// What makes its events at times of its own.
    pub schedules: BTreeMap<ResourceId, Option<Duration>>,
    /// The roles that functions, pipes and schedules act as.
    pub roles: BTreeMap<ResourceId, ActsAs>,
    /// What SAM makes, and what stands within another resource.
    pub generated: BTreeSet<ResourceId>,
    /// What all of it needs to be allowed.
    pub rights: Vec<Right>,
    /// What things declared elsewhere are called, by their ARNs.
    pub nicknames: BTreeMap<String, String>,
    /// The names that resources have outside of the template.
    pub physical_names: BTreeMap<ResourceId, String>,
    /// What holds for the account.
    pub account: Account,
    /// Problems found.
    pub diagnostics: Vec<Diagnostic>,
}

/// Builds everything from plain resources.
pub(crate) fn assemble(models: &Models, declared: &[Declared], connections: &[Connection]) -> Assembly {
    let mut build = Build::new(models, declared);
    let mut resources: Vec<_> = declared.iter().map(|one| build.resource(one)).collect();
    build.invoke_configs(&mut resources);
    build.provisioned(&mut resources);
    for (position, one) in declared.iter().enumerate() {
        build.note_open_structure(one);
        build.links_of(ResourceId(position as u32), one, &resources);
    }
    for permission in declared.iter().filter(|one| one.type_name == "AWS::Lambda::Permission") {
        build.permission(permission);
    }
    build.sends(connections);
    build.leave_idle_out(&mut resources);
    build.mark_machines(&mut resources);
    let account = build.account();
    let roles = build.roles();
    let schedules = build.schedules();
    let mut links = std::mem::take(&mut build.links);
    let rights = access::judge(models, (declared, connections), &build.index, &mut links, &mut resources);
    build.late_permissions(&links);
    build.policies_in_place_of_others();
    Assembly {
        resources,
        links,
        machines: build.machines,
        archives: build.archives,
        schedules,
        roles,
        generated: declared.iter().enumerate().filter_map(made).collect(),
        rights,
        unmodelled: build.unmodelled,
        nicknames: build.index.nicknames,
        physical_names: physical_names(declared),
        account,
        diagnostics: build.diagnostics,
    }
}

/// A resource that SAM writes, or that stands within another one; a function stands in the template, if in SAM's words.
fn made((position, one): (usize, &Declared)) -> Option<ResourceId> {
    let is_made = one.words == Words::Sam && one.type_name != FUNCTION || stood_in_topic(one);
    is_made.then_some(ResourceId(position as u32))
}

/// The rule that tells how much may run at once in an account.
const ACCOUNT_CONCURRENCY: &str = "function.account_concurrency";

impl Build<'_> {
    fn account(&mut self) -> Account {
        let told = self.models.count(ACCOUNT_CONCURRENCY, "count");
        let value = told.unwrap_or_else(|problem| {
            self.diagnostics.push(Diagnostic::error("models-missing-default", problem.to_string()));
            0
        });
        let homes = self.declared.iter().enumerate().filter_map(|(position, one)| {
            let (account, region) = (one.environment.account.clone(), one.environment.region.clone());
            let is_known = account.is_some() || region.is_some();
            is_known.then_some((ResourceId(position as u32), Home { account, region }))
        });
        Account {
            concurrency: Setting::known(value, Origin::Default(ACCOUNT_CONCURRENCY.to_owned())),
            homes: homes.collect(),
        }
    }

    /// Buckets that may be made before what lets them call their targets: S3 refuses that then.
    fn late_permissions(&mut self, links: &[Link]) {
        //= s3.target_checked
        for link in links {
            let LinkDetail::Delivers(Delivery { late: Some(late), .. }) = &link.detail else { continue };
            if late.order != Order::Open || link.permitted == Permitted::Denied {
                continue;
            }
            let (bucket, target) = (self.name_of(&link.from), self.name_of(&link.to));
            let message =
                format!("{bucket} may be made before {} lets it call {target}, which S3 refuses", late.name);
            let help =
                format!("give {bucket} `DependsOn: {}`; see `redrive explain s3.target_checked`", late.name);
            let mut diagnostic = Diagnostic::warning("template-late-permission", message).help(help);
            if let Some(place) = &link.place {
                diagnostic = diagnostic.at(place);
            }
            self.diagnostics.push(diagnostic);
        }
    }

    /// Policies of which a resource has one, where a template declares several for it.
    fn policies_in_place_of_others(&mut self) {
        //= access.one_policy
        let mut of: BTreeMap<ResourceId, Vec<&Declared>> = BTreeMap::new();
        for one in self.declared.iter().filter(|one| access::WHOLE.contains(&one.type_name.as_str())) {
            let known = access::POLICY_TYPES.iter().find(|(type_name, _, _)| *type_name == one.type_name);
            let Some((_, property, service)) = known else { continue };
            let named = at(&one.properties, property);
            let each = named.map_or(&[][..], |named| match items(named) {
                [] => std::slice::from_ref(named),
                several => several,
            });
            for node in each {
                if let LinkEnd::Resource(id) = self.index.resolve(node, service) {
                    let own = of.entry(id).or_default();
                    if !own.iter().any(|other| std::ptr::eq(*other, one)) {
                        own.push(one);
                    }
                }
            }
        }
        for (id, policies) in of.into_iter().filter(|(_, policies)| policies.len() > 1) {
            let names: Vec<&str> = policies.iter().map(|one| one.name.as_str()).collect();
            let name = &self.declared(id).name;
            let message = format!(
                "{name} has one policy, and several are declared for it ({}): the one that is made last stays",
                names.join(", ")
            );
            let help = "write one policy with the statements of all; see `redrive explain access.one_policy`";
            let diagnostic = Diagnostic::warning("template-replaced-policy", message);
            self.diagnostics.push(diagnostic.at(&policies[1].place).help(help));
        }
    }

    /// The roles that are declared here, by who acts as them.
    fn roles(&self) -> BTreeMap<ResourceId, ActsAs> {
        let of = |(position, one): (usize, &Declared)| {
            let role = match one.type_name.as_str() {
                FUNCTION => at(&one.properties, "Role")?,
                PIPE => at(&one.properties, "RoleArn")?,
                SCHEDULE => at(at(&one.properties, "Target")?, "RoleArn")?,
                _ => return None,
            };
            match self.index.resolve(role, "iam") {
                LinkEnd::Resource(role) => {
                    let words = self.declared(role).words;
                    Some((ResourceId(position as u32), ActsAs { role, words }))
                }
                LinkEnd::Outside(_) | LinkEnd::Missing(_) => None,
            }
        };
        self.declared.iter().enumerate().filter_map(of).collect()
    }

    /// What is neither a queue nor a function.
    fn other(&mut self, declared: &Declared) -> ResourceDetail {
        if let Some(stream) = self.stream(declared) {
            return ResourceDetail::Stream(stream);
        }
        channel(declared).map_or(ResourceDetail::Other, |(kind, _)| ResourceDetail::Channel(kind))
    }

    fn resource(&mut self, declared: &Declared) -> Resource {
        let (kind, detail) = match declared.type_name.as_str() {
            QUEUE => (EntityKind::Queue, ResourceDetail::Queue(self.queue(declared))),
            FUNCTION => (EntityKind::Function, ResourceDetail::Function(self.function(declared))),
            PIPE => match self.own_run(declared) {
                Some(function) => (EntityKind::Function, ResourceDetail::Function(function)),
                None => (EntityKind::Other, self.other(declared)),
            },
            SUBSCRIPTION => match self.web_server(declared) {
                Some(server) => (EntityKind::Function, ResourceDetail::Function(server)),
                None => (EntityKind::Other, self.other(declared)),
            },
            _ => (EntityKind::Other, self.other(declared)),
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

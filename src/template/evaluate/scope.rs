//! What the functions of a template can name.

use std::collections::{BTreeMap, BTreeSet};

use crate::template::Parameter;
use crate::template::document::{ReadOptions, Tree};
use crate::template::evaluate::Surroundings;

/// The longest logical id that is looked for at the start of a longer name.
const LONGEST: usize = 255;

/// The names of one template.
#[derive(Debug)]
pub(super) struct Scope<'t> {
    pub(super) options: &'t ReadOptions,
    pub(super) around: &'t Surroundings,
    pub(super) parameters: BTreeMap<&'t str, &'t Parameter>,
    pub(super) mappings: BTreeMap<&'t str, &'t Tree>,
    pub(super) conditions: BTreeMap<&'t str, &'t Tree>,
    pub(super) resources: BTreeSet<&'t str>,
    /// The resources that are modules.
    pub(super) modules: Vec<&'t str>,
    pub(super) generated: Generated,
    /// Whether a transform lets functions put names of resources together.
    pub(super) composes_names: bool,
}

/// Whether a transform adds resources of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Generated {
    /// SAM does: functions get roles, aliases, versions, permissions, implicit APIs.
    BySam,
    /// A macro may add anything.
    ByMacro,
    /// What is not declared does not exist.
    Nothing,
}

/// What a name in `Ref` or `${…}` stands for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Named<'t> {
    Parameter(&'t Parameter),
    Resource,
    Undefined,
}

impl<'t> Scope<'t> {
    /// An empty one.
    pub(super) const fn new(
        options: &'t ReadOptions,
        around: &'t Surroundings,
        generated: Generated,
    ) -> Self {
        Self {
            options,
            around,
            parameters: BTreeMap::new(),
            mappings: BTreeMap::new(),
            conditions: BTreeMap::new(),
            resources: BTreeSet::new(),
            modules: Vec::new(),
            generated,
            composes_names: false,
        }
    }

    /// What a name stands for; pseudo-parameters are looked up before.
    pub(super) fn find(&self, name: &str) -> Named<'t> {
        match self.parameters.get(name) {
            Some(parameter) => Named::Parameter(parameter),
            None if self.is_resource(name) => Named::Resource,
            None => Named::Undefined,
        }
    }

    /// Whether there is, or may be, a resource of this name.
    pub(super) fn is_resource(&self, name: &str) -> bool {
        if self.resources.contains(name) || self.is_of_module(name) {
            return true;
        }
        match self.generated {
            Generated::Nothing => false,
            Generated::ByMacro => true,
            Generated::BySam => name.starts_with("Serverless") || self.extends_resource(name),
        }
    }

    /// `Store.Orders` or `StoreOrders`: something that the module `Store` brings along.
    fn is_of_module(&self, name: &str) -> bool {
        self.modules.iter().any(|module| name.starts_with(module))
    }

    /// `FulfilRole`, `FulfilAliaslive`, `Fulfil.Version`: a declared name with something behind it.
    fn extends_resource(&self, name: &str) -> bool {
        name.char_indices().skip(1).take(LONGEST).any(|(end, _)| self.resources.contains(&name[..end]))
    }

    /// Every name that `Ref` may use, for suggestions.
    pub(super) fn names(&self) -> impl Iterator<Item = &'t str> + '_ {
        self.parameters.keys().chain(self.resources.iter()).copied()
    }
}

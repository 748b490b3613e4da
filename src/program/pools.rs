//! Provisioned concurrency: environments that are held ready for calls of one version or alias.

use crate::program::{FunctionTable, MappingTable, QueueTable};
use crate::topology::{LinkDetail, LinkEnd, ResourceId, Topology};
use crate::trace::EntityId;
use crate::vocabulary::EntityName;

/// What is provisioned for one version or alias.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolTable {
    /// The function.
    pub function: u16,
    /// How many environments are ready.
    pub size: u32,
}

/// Whose calls are for which version or alias, as far as something is provisioned for any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pools {
    /// What is provisioned; empty where nothing is, and then so are all the other lists.
    pub tables: Vec<PoolTable>,
    /// By function: how many environments are provisioned for it altogether.
    pub held: Vec<u32>,
    /// By mapping of a queue: the pool that its calls are for.
    pub mappings: Vec<Option<u16>>,
    /// By push: the same.
    pub pushes: Vec<Option<u16>>,
    /// By mapping of a stream: the same.
    pub logs: Vec<Option<u16>>,
}

impl Pools {
    /// The pool for what a mapping of a queue calls.
    pub fn of_mapping(&self, mapping: usize) -> Option<u16> {
        self.mappings.get(mapping).copied().flatten()
    }

    /// The pool for what a push calls.
    pub fn of_push(&self, push: usize) -> Option<u16> {
        self.pushes.get(push).copied().flatten()
    }

    /// The pool for what a mapping of a stream calls.
    pub fn of_log(&self, log: usize) -> Option<u16> {
        self.logs.get(log).copied().flatten()
    }

    /// How many environments of a function are provisioned.
    pub fn held(&self, function: usize) -> u32 {
        self.held.get(function).copied().unwrap_or(0)
    }

    /// How many places of a reservation are left for calls that use nothing provisioned.
    pub fn left(&self, function: usize, table: &FunctionTable) -> u32 {
        table.reserved.saturating_sub(self.held(function))
    }

    /// How many calls of a pool, or of none, may run at a time where so many places are unreserved.
    pub fn at_once(&self, function: usize, table: &FunctionTable, pool: Option<u16>, unreserved: u32) -> u32 {
        let ready = pool.map_or(0, |pool| self.tables[usize::from(pool)].size);
        let left = self.left(function, table);
        left.min(unreserved).saturating_add(ready)
    }

    /// Whether nobody ever runs who calls this pool, or none.
    pub fn never_runs(&self, function: usize, table: &FunctionTable, pool: Option<u16>) -> bool {
        table.reserved == 0 || (pool.is_none() && self.left(function, table) == 0)
    }
}

/// What is provisioned for the functions of a part, and who calls it, by the names of mappings and pushes.
pub(super) struct Callees<'t> {
    pub(super) topology: &'t Topology,
    pub(super) functions: &'t [ResourceId],
    pub(super) entities: &'t [EntityName],
}

impl Callees<'_> {
    pub(super) fn pools(&self, mappings: &[MappingTable], queues: &[QueueTable]) -> Pools {
        let mut pools = Pools::default();
        for (index, id) in self.functions.iter().enumerate() {
            let own = self.topology.function(&LinkEnd::Resource(*id));
            let own = own.map_or(&[][..], |function| &function.provisioned);
            let sizes = own.iter().map(|one| one.executions.value as u32);
            pools.tables.extend(sizes.clone().map(|size| PoolTable { function: index as u16, size }));
            pools.held.push(sizes.fold(0, u32::saturating_add));
        }
        if pools.tables.is_empty() {
            return Pools::default();
        }
        let of = |entity: EntityId| self.called_by(&self.entities[entity.0 as usize]);
        pools.mappings = mappings.iter().map(|mapping| of(mapping.entity)).collect();
        let pushed = queues.iter().filter(|queue| queue.push.is_some());
        pools.pushes = pushed.map(|queue| of(queue.entity)).collect();
        let read = queues.iter().filter(|queue| queue.log.is_some());
        pools.logs = read.map(|queue| of(queue.entity)).collect();
        pools
    }

    /// The pool that a link of this name is for.
    fn called_by(&self, name: &EntityName) -> Option<u16> {
        self.topology.links.iter().find_map(|link| {
            let (own, qualifier) = match &link.detail {
                LinkDetail::QueuePolling(mapping) => (&mapping.name, &mapping.qualifier),
                LinkDetail::StreamPolling(mapping) => (&mapping.name, &mapping.qualifier),
                LinkDetail::Delivers(delivery) => (&delivery.name, &delivery.qualifier),
                LinkDetail::Sends(_) | LinkDetail::Unmodelled => return None,
            };
            let LinkEnd::Resource(to) = link.to else { return None };
            let position = self.functions.iter().position(|id| *id == to).filter(|_| own == name)?;
            let pool = self.topology.function(&link.to)?.provisioned_for(qualifier.as_deref())?;
            let before = self.functions[..position].iter();
            let before = before.filter_map(|id| self.topology.function(&LinkEnd::Resource(*id)));
            let first: usize = before.map(|function| function.provisioned.len()).sum();
            Some((first + pool) as u16)
        })
    }
}

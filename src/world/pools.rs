//! Environments that are provisioned for a version or alias: who may take one, and what is left for everybody else.

use crate::kernel::Chooser;
use crate::trace::Observer;
use crate::world::function::Environment;
use crate::world::handler::Handler;
use crate::world::run::Run;

/// What is provisioned for one version or alias.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PoolState {
    /// Running invocations.
    active: u32,
    /// Idle environments that have to start anew after a time-out or a crash.
    worn: u32,
}

impl<C: Chooser, O: Observer, H: Handler> Run<'_, C, O, H> {
    /// The pool that a batch's invocation may use.
    #[inline]
    pub(crate) fn pool_of(&self, batch: u32) -> Option<u16> {
        if self.program.pools.tables.is_empty() { None } else { self.pool_among(batch) }
    }

    fn pool_among(&self, batch: u32) -> Option<u16> {
        let pools = &self.program.pools;
        let slot = &self.world.batches[batch as usize];
        if slot.is_pushed() || slot.is_read() {
            return self.pool_at(usize::from(slot.place));
        }
        pools.of_mapping(usize::from(slot.mapping))
    }

    /// The pool that what is pushed to a place, or read there, may use.
    pub(crate) fn pool_at(&self, place: usize) -> Option<u16> {
        let (pools, table) = (&self.program.pools, &self.program.queues[place]);
        let pushed = table.push.and_then(|push| pools.of_push(usize::from(push)));
        pushed.or_else(|| table.log.and_then(|log| pools.of_log(usize::from(log))))
    }

    /// Whether a provisioned environment is free.
    #[inline]
    pub(crate) fn has_ready(&self, pool: Option<u16>) -> bool {
        let Some(pool) = pool.map(usize::from) else { return false };
        let table = &self.program.pools.tables[pool];
        let function = &self.world.function_tables[usize::from(table.function)];
        //= function.provisioned
        function.reserved > 0 && self.world.pools[pool].active < table.size
    }

    /// Whether there is a place for an invocation that uses nothing provisioned.
    #[inline]
    pub(crate) fn has_place(&self, function: usize) -> bool {
        let table = &self.world.function_tables[function];
        if table.is_reserved() {
            //= function.reserved
            //= function.reserved_zero
            //= function.provisioned_reserved
            self.world.functions[function].active < self.program.pools.left(function, table)
        } else {
            //= function.unreserved
            self.world.throttles == 0 && self.world.unreserved_active < self.program.account.unreserved
        }
    }

    /// Takes a provisioned environment, which is new only after it had to be given up.
    pub(crate) fn take_ready(&mut self, pool: u16) -> Environment {
        //= function.provisioned_start
        let size = self.program.pools.tables[usize::from(pool)].size;
        let state = &mut self.world.pools[usize::from(pool)];
        state.active += 1;
        if state.active + state.worn <= size {
            return Environment::Warm;
        }
        state.worn -= 1;
        Environment::New
    }

    /// Gives a provisioned environment back.
    pub(crate) fn return_ready(&mut self, pool: u16, after: Environment) {
        let state = &mut self.world.pools[usize::from(pool)];
        state.active -= 1;
        state.worn += u32::from(after == Environment::New);
        self.schedule_tries();
    }
}

impl PoolState {
    /// Running invocations.
    pub(crate) const fn active(self) -> u32 {
        self.active
    }
}

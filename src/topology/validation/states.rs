//! State machines: what the reading of their definitions found that AWS refuses.

use crate::topology::validation::Refusal;
use crate::topology::validation::check::Check;

impl Check<'_> {
    /// Every problem of every definition.
    pub(super) fn machines(&mut self) {
        let topology = self.topology;
        for machine in &topology.machines {
            let name = &topology.resource(machine.resource).name;
            for problem in &machine.problems {
                let refusal = self.refusal(problem.rule, name, &problem.property, &problem.value);
                let (allowed, place) = (problem.allowed.clone(), Some(problem.place.clone()));
                self.found.push(Refusal { allowed, place, ..refusal });
            }
        }
    }
}

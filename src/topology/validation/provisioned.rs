//! What AWS refuses of provisioned concurrency.

use crate::topology::validation::Refusal;
use crate::topology::validation::check::Check;
use crate::topology::{Function, PublishedVersion, Resource};

/// The setting of a version or alias.
pub(super) const PROVISIONED: &str = "ProvisionedConcurrentExecutions";
/// The setting of a function.
pub(super) const RESERVED: &str = "ReservedConcurrentExecutions";

impl Check<'_> {
    /// One function's versions and aliases.
    pub(super) fn provisioned_concurrency(&mut self, resource: &Resource, function: &Function) {
        for one in &function.provisioned {
            let place = one.executions.place().cloned();
            //= function.provisioned_minimum
            if one.executions.value == 0 {
                let refusal = self.refusal(
                    "function.provisioned_minimum",
                    &one.name,
                    PROVISIONED,
                    &one.executions.value,
                );
                let allowed = "1 or more, or no configuration at all".to_owned();
                self.found.push(Refusal { allowed, place: place.clone(), ..refusal });
            }
            //= function.provisioned_published
            if one.version == PublishedVersion::Latest {
                let refusal = self.refusal(
                    "function.provisioned_published",
                    &one.name,
                    PROVISIONED,
                    &one.executions.value,
                );
                let allowed = format!("a published version of {}", resource.name);
                self.found.push(Refusal { allowed, place, ..refusal });
            }
        }
        let Some(reserved) = &function.reserved_concurrency else { return };
        let sum = function.all_provisioned();
        //= function.provisioned_within
        if let (Some(last), true) = (function.provisioned.last(), sum > reserved.value) {
            let refusal = self.refusal("function.provisioned_within", &last.name, PROVISIONED, &sum);
            let allowed = format!("at most {}, which {} reserves", reserved.value, resource.name);
            self.found.push(Refusal { allowed, place: last.executions.place().cloned(), ..refusal });
        }
    }
}

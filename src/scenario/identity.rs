//! One number for what a scenario states, wherever in a file it stands.

use crate::scenario::{PlannedFault, Scenario};
use crate::vocabulary::NameHash;

impl Scenario {
    /// The digest of everything that is stated; places do not matter. Nothing stated has digest 0.
    pub fn digest(&self) -> u64 {
        if self.is_silent() {
            return 0;
        }
        NameHash::of("scenario").then(&format!("{:?}", self.without_places())).0
    }

    fn without_places(&self) -> Self {
        let mut bare = self.clone();
        for workload in &mut bare.workloads {
            workload.place = None;
            workload.messages.iter_mut().for_each(|message| message.place = None);
            workload.generated.iter_mut().for_each(|generated| generated.place = None);
        }
        for handling in &mut bare.handlers {
            handling.place = None;
            handling.outcomes.iter_mut().for_each(|rule| rule.place = None);
            handling.emits.iter_mut().for_each(|emission| emission.place = None);
        }
        bare.sends.iter_mut().for_each(|sends| sends.place = None);
        bare.changes.iter_mut().for_each(|change| change.place = None);
        bare.expectations.iter_mut().for_each(|expectation| expectation.place = None);
        for planned in &mut bare.faults.planned {
            match planned {
                PlannedFault::Span { place, .. } | PlannedFault::Poison { place, .. } => *place = None,
            }
        }
        bare
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::scenario::Workload;
    use crate::vocabulary::{Duration, Place};

    #[test]
    fn where_something_is_stated_does_not_matter_and_what_is_stated_does() {
        let stated = |events| {
            let load = Workload::steady("Orders", events, Duration::from_secs(1));
            Scenario { workloads: vec![load], ..Scenario::default() }
        };
        let mut elsewhere = stated(3);
        elsewhere.workloads[0].place = Some(Place::start_of(&Arc::new("scenario.toml".into())));
        assert_eq!(stated(3).digest(), elsewhere.digest());
        assert_ne!(stated(3).digest(), stated(4).digest());
        assert_eq!(Scenario::default().digest(), 0);
    }
}

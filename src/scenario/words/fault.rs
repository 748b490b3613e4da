//! Single faults: `outage:Fulfil@02:10+47m`, `throttle@1h+20m`, `poison:Orders.3`.

use crate::kernel::Family;
use crate::scenario::PlannedFault;
use crate::scenario::words::families::family;
use crate::scenario::words::time::{moment, some_length};
use crate::scenario::words::{Unreadable, whole};
use crate::vocabulary::{Place, Ratio, RatioProblem};

const FORMS: &str = "write `outage:FUNCTION@02:10+47m`, `throttle@02:10+20m` or `poison:QUEUE.3`";
const PLANNED: &str = "single ones are outage, brownout, throttle, service-error and poison; the others come by odds: \
                       `--faults slow=1/10`";

impl PlannedFault {
    /// Reads `outage:Fulfil@02:10+47m`, `throttle@1h+20m` and `poison:Orders.3`; the events of a source count from 0.
    ///
    /// ```
    /// use redrive::scenario::PlannedFault;
    /// let fault = PlannedFault::parse("outage:Fulfil@02:10+47m").unwrap();
    /// assert_eq!(fault.to_string(), "outage:Fulfil@2h10m+47m");
    /// let problem = PlannedFault::parse("outage:Fulfil@02:10").unwrap_err();
    /// assert_eq!(problem.message, "`outage:Fulfil@02:10` does not say how long it lasts");
    /// ```
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, Unreadable> {
        let text = text.trim();
        let word = text.split([':', '@']).next().unwrap_or_default();
        match family(word)? {
            Family::Poison => poison(text),
            family @ (Family::Outage | Family::Brownout | Family::Throttle | Family::ServiceError) => {
                span(text, family)
            }
            family @ (Family::Load
            | Family::UnknownSetting
            | Family::TransientError
            | Family::Slow
            | Family::Timeout
            | Family::Crash
            | Family::ColdStart
            | Family::Burst
            | Family::Duplicate
            | Family::Reorder
            | Family::Redeploy
            | Family::Reshard
            | Family::Unspecified
            | Family::DestinationUnavailable
            | Family::Stated) => {
                Err(Unreadable::new(format!("`{family}` cannot be planned as a single fault"), PLANNED))
            }
        }
    }
}

impl PlannedFault {
    /// The same, stated at a place.
    #[must_use]
    pub fn at(mut self, stated: &Place) -> Self {
        match &mut self {
            Self::Span { place, .. } | Self::Poison { place, .. } => *place = Some(stated.clone()),
        }
        self
    }
}

fn poison(text: &str) -> Result<PlannedFault, Unreadable> {
    let event = text.split_once(':').map(|(_, event)| event).and_then(event);
    match event {
        Some((source, ordinal)) => {
            Ok(PlannedFault::Poison { source: source.to_owned(), ordinal, place: None })
        }
        None => Err(Unreadable::new(
            format!("`{text}` names no event"),
            "write `poison:QUEUE.3`; events count from 0",
        )),
    }
}

/// A source and the number of one of its events: `Orders.3`.
pub(in crate::scenario) fn event(text: &str) -> Option<(&str, u32)> {
    let (source, ordinal) = text.trim().rsplit_once('.')?;
    let ordinal = whole(ordinal, 0, u64::from(u32::MAX)).ok()?;
    (!source.is_empty()).then_some((source, ordinal as u32))
}

fn span(text: &str, family: Family) -> Result<PlannedFault, Unreadable> {
    let Some((head, times)) = text.rsplit_once('@') else {
        return Err(Unreadable::new(format!("`{text}` does not say when it begins"), FORMS));
    };
    let Some((at, length)) = times.split_once('+') else {
        return Err(Unreadable::new(format!("`{text}` does not say how long it lasts"), FORMS));
    };
    let target = head.split_once(':').map_or("", |(_, target)| target.trim());
    match (family, target) {
        (Family::Throttle, "") => {}
        (Family::Throttle, _) => {
            let help = "it takes the unreserved concurrency of the account: write `throttle@02:10+20m`";
            return Err(Unreadable::new(format!("`{text}`: throttle has no target"), help));
        }
        (_, "") => return Err(Unreadable::new(format!("`{text}` does not say what it hits"), FORMS)),
        (_, _) => {}
    }
    let (at, length) = (moment(at)?, some_length(length)?);
    Ok(PlannedFault::Span { family, target: target.to_owned(), at, length, place: None })
}

impl std::fmt::Display for PlannedFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Span { family, target, at, length, .. } if target.is_empty() => {
                write!(f, "{family}@{at}+{length}")
            }
            Self::Span { family, target, at, length, .. } => write!(f, "{family}:{target}@{at}+{length}"),
            Self::Poison { source, ordinal, .. } => write!(f, "poison:{source}.{ordinal}"),
        }
    }
}

/// A share or probability.
pub(in crate::scenario) fn ratio(text: &str) -> Result<Ratio, Unreadable> {
    let text = text.trim();
    Ratio::read(text).map_err(|problem| {
        let says = match problem {
            RatioProblem::Unreadable => "is no ratio",
            RatioProblem::BelowZero => "is below 0",
            RatioProblem::AboveOne => "is more than 1",
            RatioProblem::TooFine => "has more digits than can be kept",
        };
        let help = "write a ratio from 0 to 1, such as `1/20`, `5%` or `0.05`";
        Unreadable::new(format!("`{text}` {says}"), help)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_read_what_they_write() {
        for text in ["outage:Stack/Fulfil@2h10m+47m", "throttle@0s+20m", "poison:Orders.3"] {
            assert_eq!(PlannedFault::parse(text).map(|fault| fault.to_string()).as_deref(), Ok(text));
        }
    }

    #[test]
    fn what_is_no_fault_says_why() {
        let said = |text: &str| PlannedFault::parse(text).unwrap_err().message;
        assert_eq!(said("outge:F@1h+1m"), "there is no fault family `outge`");
        assert_eq!(said("slow:F@1h+1m"), "`slow` cannot be planned as a single fault");
        assert_eq!(said("outage@1h+1m"), "`outage@1h+1m` does not say what it hits");
        assert_eq!(said("throttle:F@1h+1m"), "`throttle:F@1h+1m`: throttle has no target");
        assert_eq!(said("outage:F@1h+-1m"), "`-1m` is below zero");
        assert_eq!(said("outage:F@1h+0s"), "`0s` is no time at all");
        assert_eq!(said("poison:Orders"), "`poison:Orders` names no event");
        assert_eq!(said("poison:Orders.-1"), "`poison:Orders.-1` names no event");
    }
}

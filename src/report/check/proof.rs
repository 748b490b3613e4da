//! What taking all combinations of a scope came to, for people and for programs.

use serde::Serialize;

use crate::explore::{Enumeration, Part, Scope, Stopped, Verdict};
use crate::report::text::{counted, grouped};

/// How much of the scope was done.
pub(crate) fn enumerated(found: &Enumeration) -> String {
    let scope = found.scope;
    let runs = counted(found.runs as usize, "run");
    let states = counted(found.met.states as usize, "state");
    match (found.stopped, found.complete) {
        (None, _) => format!("all combinations of {scope}: {runs}, {states}"),
        (Some(Stopped { faults, share }), done) => {
            let done = match done {
                None => "nothing is proved".to_owned(),
                Some(done) => {
                    let less = Scope { faults: done, ..scope };
                    format!("proved is only what holds for {less}")
                }
            };
            let per_cent = grouped(share / PER_CENT);
            format!(
                "all combinations of {scope} are too many: stopped after {runs} about {per_cent} % of the way \
                 through those with {}; {done}",
                counted(usize::from(faults), "fault")
            )
        }
    }
}

/// Millionths in one per cent.
const PER_CENT: u64 = 10_000;

/// Whether a verdict is proved within some scope.
pub(crate) fn is_proved(part: &Part, verdict: &Verdict) -> bool {
    proof(part, verdict).is_some()
}

/// A proof, for programs.
#[derive(Serialize)]
pub(crate) struct Proof {
    scope: Within,
    runs: u64,
    states: u64,
}

#[derive(Serialize)]
struct Within {
    events: u32,
    faults: u8,
    concurrency: u32,
}

impl Within {
    const fn of(scope: Scope) -> Self {
        Self { events: scope.events, faults: scope.faults, concurrency: scope.concurrency }
    }
}

/// The scope within which a verdict is proved.
pub(crate) fn proof(part: &Part, verdict: &Verdict) -> Option<Proof> {
    let found = part.enumeration.as_ref()?;
    let faults = found.proves(verdict.guarantee, verdict.at.queue)?;
    let scope = Within::of(Scope { faults, ..found.scope });
    Some(Proof { scope, runs: found.runs, states: found.met.states })
}

/// An enumeration, for programs.
#[derive(Serialize)]
pub(crate) struct Enumerated {
    scope: Within,
    complete_faults: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped: Option<StoppedAt>,
    runs: u64,
    records: u64,
    states: u64,
}

#[derive(Serialize)]
struct StoppedAt {
    faults: u8,
    share_in_millionths: u64,
}

impl Enumerated {
    pub(crate) fn of(found: &Enumeration) -> Self {
        let stopped = found.stopped.map(|at| StoppedAt { faults: at.faults, share_in_millionths: at.share });
        Self {
            scope: Within::of(found.scope),
            complete_faults: found.complete,
            stopped,
            runs: found.runs,
            records: found.records,
            states: found.met.states,
        }
    }
}

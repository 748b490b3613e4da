//! What a user states about callers: who waits how long for an answer, and how often they call again.

use crate::scenario::matches;
use crate::vocabulary::{Duration, Place};

/// Whoever calls a function and waits: a client behind a front, as a scenario states it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// The front's name; a trailing `*` matches any rest.
    pub name: String,
    /// How it calls again.
    pub retries: Option<Retries>,
    /// How often it calls in all; what the mode says where it is left out.
    pub attempts: Option<u32>,
    /// How long it waits for each answer; as long as its front where it is left out.
    pub timeout: Option<Duration>,
    /// What it calls itself, where no template shows that it does; its name is then its own, and no front's.
    pub calls: Option<Call>,
    /// Whether a client that calls by itself looks for a function's error behind an answer that says success; it does
    /// not where it is left out.
    pub sees_function_errors: Option<bool>,
    /// Where it is stated.
    pub place: Option<Place>,
}

/// What a client calls that no template shows: a program that calls `Invoke`, a job, a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The function's name.
    pub function: String,
    /// The version or alias; `None` for `$LATEST`.
    pub qualifier: Option<String>,
    /// By whose rules it calls, as the files of `models/sources/` are called.
    pub source: String,
}

impl Call {
    /// A client of an SDK that waits for the answer (`InvocationType` is `RequestResponse`).
    pub const REQUEST: &'static str = "sdk";
    /// A client of an SDK that does not (`InvocationType` is `Event`).
    pub const EVENT: &'static str = "sdk_event";
}

/// How a client calls again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retries {
    /// It does not.
    Nothing,
    /// As clients of SDKs did before there were modes.
    Legacy,
    /// As most SDKs do.
    Standard,
    /// As they are to do from 2026 on.
    Standard2026,
    /// As in standard mode, and besides with less of a rate after throttles.
    Adaptive,
}

impl Retries {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Nothing, Self::Legacy, Self::Standard, Self::Standard2026, Self::Adaptive];

    /// The word in scenario files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Nothing => "none",
            Self::Legacy => "legacy",
            Self::Standard => "standard",
            Self::Standard2026 => "standard-2026",
            Self::Adaptive => "adaptive",
        }
    }
}

impl Caller {
    /// What several statements come to for one front: of two that match it the later one counts, key by key.
    pub fn of(callers: &[Self], front: &str) -> Self {
        let mut found = Self { name: front.to_owned(), ..Self::default() };
        for caller in callers.iter().filter(|caller| matches(&caller.name, front)) {
            found.retries = caller.retries.or(found.retries);
            found.attempts = caller.attempts.or(found.attempts);
            found.timeout = caller.timeout.or(found.timeout);
            found.sees_function_errors = caller.sees_function_errors.or(found.sees_function_errors);
            found.calls = caller.calls.clone().or(found.calls);
            found.place = caller.place.clone().or(found.place);
        }
        found
    }
}

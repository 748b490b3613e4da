//! Compiles callers: how a front calls and waits, and how a client behind it does that a scenario states.
//!
//! Absent: the lower rate of first calls by which a client in adaptive mode answers throttles.

use crate::models::{ModelError, Models, RuleId};
use crate::program::retries;
use crate::program::{Failure, FailureAnswer, OpenRule, RequestTable};
use crate::scenario::{Caller, Retries};
use crate::topology::Unmapped;
use crate::vocabulary::Duration;

/// The source whose rules hold for callers that have none of their own.
const SDK: &str = "sdk";
/// The unit of a share of a pause.
const HUNDRED: u64 = 100;
/// By which rule a client repeats, and after what.
const REPEATS: &str = "sdk.repeats";
/// By which rule retries are bounded over all calls of a client.
const QUOTA: &str = "sdk.retry_quota";
/// What a throttled call is told.
const REASON: &str = "sync.throttled";
/// How much of a pause is left.
const JITTER: &str = "sdk.jitter";

/// How a client calls again.
#[derive(Clone, Debug)]
pub struct ClientTable {
    /// By which rule.
    pub rule: RuleId,
    /// How often it calls in all.
    pub attempts: u32,
    /// The longest pause before the first repetition after each failure, in the order of [`Failure::ALL`]; nothing
    /// where it does not call again.
    pub first: [Option<Duration>; Failure::ALL.len()],
    /// The longest pause of all.
    pub longest: Duration,
    /// How much of a pause is left, in per cent.
    pub jitter: OpenRule,
    /// The store from which retries are taken, where there is one.
    pub quota: Option<QuotaTable>,
}

/// The store of a client's retries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuotaTable {
    /// What it holds.
    pub store: u32,
    /// What a retry takes, in the order of [`Failure::ALL`].
    pub costs: [u32; Failure::ALL.len()],
    /// What a success at the first call puts back.
    pub success: u32,
}

impl ClientTable {
    /// The pause before the `number`th repetition, counted from 1, of which `share` per cent are left; nothing where the
    /// client does not call again after such a failure.
    pub fn pause(&self, failure: Failure, number: u32, share: u64) -> Option<Duration> {
        let mut pause = self.first[failure as usize]?.min(self.longest);
        for _ in 1..number {
            if pause == self.longest {
                break;
            }
            pause = Duration::from_micros(pause.as_micros().saturating_mul(2)).min(self.longest);
        }
        Some(Duration::from_micros(pause.as_micros() / HUNDRED * share))
    }
}

/// What a client takes a failure for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Taken {
    Timeout,
    Throttle,
    Error,
    ForGood,
}

/// What the models say of clients.
#[derive(Clone, Debug)]
pub(super) struct ClientRules {
    jitter: OpenRule,
    throttles: Vec<String>,
    errors: Vec<String>,
    store: u32,
    success: u32,
    costs: Costs,
    costs_2026: Costs,
    modes: Vec<(Retries, ModeRules)>,
    gave_up: FailureAnswer,
    reserved: String,
    unreserved: String,
}

/// What a retry takes from the store, by what it is made after.
#[derive(Clone, Copy, Debug)]
struct Costs {
    error: u32,
    throttle: u32,
    timeout: u32,
}

#[derive(Clone, Debug)]
struct ModeRules {
    rule: RuleId,
    attempts: u32,
    errors: Duration,
    throttles: Duration,
    longest: Duration,
}

const fn rule_of(mode: Retries) -> Option<&'static str> {
    match mode {
        Retries::Nothing => None,
        Retries::Legacy => Some("sdk.mode_legacy"),
        Retries::Standard => Some("sdk.mode_standard"),
        Retries::Standard2026 => Some("sdk.mode_2026"),
        Retries::Adaptive => Some("sdk.mode_adaptive"),
    }
}

impl ClientRules {
    /// Reads them.
    ///
    /// # Errors
    /// The first rule or value that is missing.
    pub(super) fn read(models: &Models) -> Result<Self, ModelError> {
        let amount = |value| models.count(QUOTA, value).map(|count| count as u32);
        let statuses = |value| models.counts(REPEATS, value);
        let texts = |counts: Vec<u64>| counts.iter().map(u64::to_string).collect();
        let mut by_mode = Vec::new();
        for mode in Retries::ALL {
            let Some(id) = rule_of(mode) else { continue };
            let attempts = models.count(id, "attempts")? as u32;
            let (errors, throttles) = (models.duration(id, "errors")?, models.duration(id, "throttles")?);
            let longest = models.duration(id, "longest").unwrap_or(Duration::MAX);
            let rule = models.rule_id(id).ok_or_else(|| ModelError::NoRule { rule: id.to_owned() })?;
            by_mode.push((mode, ModeRules { rule, attempts, errors, throttles, longest }));
        }
        let missing = || ModelError::NoRule { rule: "sdk (request.gave_up)".to_owned() };
        let rule = models.rules_in(SDK, "request.gave_up").ok_or_else(missing)?;
        let seen = models.text(&models.rule(rule).id, "error")?.to_owned();
        let (retry, newer) = (amount("retry")?, amount("errors_2026")?);
        Ok(Self {
            //= sdk.jitter
            jitter: OpenRule::read(models, JITTER)?,
            //= sdk.repeats
            throttles: texts(statuses("throttles")?),
            errors: texts(statuses("errors")?),
            //= sdk.retry_quota
            store: amount("store")?,
            success: amount("success")?,
            costs: Costs { error: retry, throttle: retry, timeout: amount("timeout")? },
            costs_2026: Costs { error: newer, throttle: amount("throttles_2026")?, timeout: newer },
            modes: by_mode,
            gave_up: FailureAnswer { rule, seen, told: true },
            reserved: models.text(REASON, "reserved")?.to_owned(),
            unreserved: models.text(REASON, "unreserved")?.to_owned(),
        })
    }

    /// The reason that Lambda gives for a throttle of a function.
    pub(super) fn reason(&self, is_reserved: bool) -> String {
        //= sync.throttled
        if is_reserved { self.reserved.clone() } else { self.unreserved.clone() }
    }

    /// Makes of a front's table what it is with a client behind it.
    pub(super) fn apply(&self, caller: &Caller, source: &str, table: &mut RequestTable) {
        if let Some(timeout) = caller.timeout
            && (source == SDK || table.timeout.is_none_or(|front| timeout < front))
        {
            table.timeout = Some(timeout);
            table.answers[Failure::GaveUp as usize] = self.gave_up.clone();
        }
        if caller.sees_function_errors == Some(true) {
            table.answers.iter_mut().for_each(|answer| answer.told = true);
        }
        let Some(retries) = caller.retries else { return };
        table.client = None;
        if source == SDK {
            table.phases.clear();
        }
        let mode = self.modes.iter().find(|(mode, _)| *mode == retries);
        table.stated = mode.map(|(_, mode)| self.table(retries, mode, caller.attempts, table));
    }

    /// How a client repeats what a stream refuses, where a scenario says so; `rule` is that of the stream's source.
    pub(super) fn writer(&self, caller: &Caller, rule: RuleId) -> Option<ClientTable> {
        let retries = caller.retries?;
        let mode = self.modes.iter().find(|(mode, _)| *mode == retries).map(|(_, mode)| mode);
        let throttles = mode.map(|mode| mode.throttles);
        Some(ClientTable {
            rule: mode.map_or(rule, |mode| mode.rule),
            attempts: mode.map_or(1, |mode| caller.attempts.unwrap_or(mode.attempts)),
            first: Failure::ALL.map(|failure| throttles.filter(|_| failure == Failure::Throttled)),
            longest: mode.map_or(Duration::ZERO, |mode| mode.longest),
            jitter: self.jitter.clone(),
            quota: self.quota(retries, [Taken::Throttle; Failure::ALL.len()]),
        })
    }

    /// The store of a client's retries, by what it takes each failure for.
    fn quota(&self, retries: Retries, taken: [Taken; Failure::ALL.len()]) -> Option<QuotaTable> {
        let costs = match retries {
            Retries::Nothing | Retries::Legacy => return None,
            Retries::Standard | Retries::Adaptive => self.costs,
            Retries::Standard2026 => self.costs_2026,
        };
        Some(QuotaTable {
            store: self.store,
            success: self.success,
            costs: taken.map(|taken| match taken {
                Taken::Timeout => costs.timeout,
                Taken::Throttle => costs.throttle,
                Taken::Error | Taken::ForGood => costs.error,
            }),
        })
    }

    fn table(
        &self,
        retries: Retries,
        mode: &ModeRules,
        attempts: Option<u32>,
        table: &RequestTable,
    ) -> ClientTable {
        let taken = Failure::ALL.map(|failure| self.taken(failure, table));
        ClientTable {
            rule: mode.rule,
            attempts: attempts.unwrap_or(mode.attempts),
            first: taken.map(|taken| match taken {
                Taken::Timeout | Taken::Error => Some(mode.errors),
                Taken::Throttle => Some(mode.throttles),
                Taken::ForGood => None,
            }),
            longest: mode.longest,
            jitter: self.jitter.clone(),
            quota: self.quota(retries, taken),
        }
    }

    /// A client goes by its own patience and by the status that its front shows.
    fn taken(&self, failure: Failure, table: &RequestTable) -> Taken {
        let answer = table.answer(failure);
        if answer.rule == self.gave_up.rule {
            Taken::Timeout
        } else if self.throttles.contains(&answer.seen) {
            Taken::Throttle
        } else if self.errors.contains(&answer.seen) {
            Taken::Error
        } else {
            Taken::ForGood
        }
    }
}

fn answer_by(models: &Models, rule: RuleId) -> FailureAnswer {
    let name = &models.rule(rule).id;
    let status = models.count(name, "status").map(|status| status.to_string());
    let seen = status.or_else(|_| models.text(name, "error").map(str::to_owned)).unwrap_or_default();
    FailureAnswer { rule, seen, told: models.flag(name, "told").unwrap_or(true) }
}

/// What a caller sees of every error of a function where a template can say how errors are shown, and does not.
pub(super) fn unmapped(models: &Models, id: &str) -> Option<FailureAnswer> {
    models.rules_in(id, "request.unmapped").map(|rule| answer_by(models, rule))
}

/// Makes of errors of the function what its caller sees where they are not told apart from an answer.
pub(super) fn hide_errors(table: &mut RequestTable, hidden: Unmapped, seen: &FailureAnswer) {
    //= api_gateway.custom_integration
    let failures: &[Failure] = match hidden {
        Unmapped::Nothing => &[],
        Unmapped::BrokenOff => &[Failure::TimedOut, Failure::Crashed, Failure::TooLarge],
        Unmapped::Everything => &[Failure::Failed, Failure::TimedOut, Failure::Crashed, Failure::TooLarge],
    };
    for failure in failures.iter().copied() {
        table.answers[failure as usize] = seen.clone();
    }
}

/// How a source calls and waits; the rules of an SDK's client hold where it has none of its own.
pub(super) fn request_table(models: &Models, id: &str) -> Result<RequestTable, ModelError> {
    let find = |slot: &str| models.rules_in(id, slot).or_else(|| models.rules_in(SDK, slot));
    let needed =
        |slot: &str| find(slot).ok_or_else(|| ModelError::NoRule { rule: format!("{SDK} ({slot})") });
    let answer = |failure: Failure| {
        let own = failure.own_slot().and_then(|slot| models.rules_in(id, slot));
        Ok(answer_by(models, own.map_or_else(|| needed(failure.slot()), Ok)?))
    };
    let timeout = needed("request.timeout")?;
    let retry = models.rules_in(id, "request.retry");
    let (mut phases, mut repeats) = (Vec::new(), [false; Failure::ALL.len()]);
    if let Some(retry) = retry {
        let name = &models.rule(retry).id;
        let (counts, from, to) =
            (models.counts(name, "counts")?, models.durations(name, "from")?, models.durations(name, "to")?);
        phases = retries::phases(counts, from, to);
        let on = models.texts(name, "on")?;
        repeats = Failure::ALL.map(|failure| on.contains(&failure.word()));
    }
    let client = models.rules_in(id, "request.client");
    let client = client.map(|rule| OpenRule::read(models, &models.rule(rule).id)).transpose()?;
    Ok(RequestTable {
        timeout: models.duration(&models.rule(timeout).id, "limit").ok(),
        phases,
        again: retry.or(models.rules_in(id, "request.client")).unwrap_or(timeout),
        repeats,
        answers: Failure::ALL.into_iter().map(answer).collect::<Result<_, _>>()?,
        reason: String::new(),
        client,
        stated: None,
        gives_up: models.rules_in(id, "request.given_up").map(|_| Duration::MAX),
        task: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(retries: Retries, source: &str) -> ClientTable {
        let models = Models::embedded().expect("the models load");
        let rules = ClientRules::read(&models).expect("they are complete");
        let mut table = request_table(&models, source).expect("it is complete");
        let caller = Caller { retries: Some(retries), ..Caller::default() };
        rules.apply(&caller, source, &mut table);
        table.stated.expect("it calls again")
    }

    fn pauses(retries: Retries, failure: Failure) -> Vec<u64> {
        let client = client(retries, SDK);
        let pauses = (1..client.attempts).filter_map(|number| client.pause(failure, number, HUNDRED));
        pauses.map(|pause| pause.as_micros() / 1_000).collect()
    }

    //= test: sdk.mode_legacy
    //= test: sdk.mode_standard
    //= test: sdk.mode_2026
    //= test: sdk.mode_adaptive
    #[test]
    fn each_mode_has_its_attempts_and_pauses() {
        let (waited, throttled) = (Failure::GaveUp, Failure::Throttled);
        assert_eq!(pauses(Retries::Legacy, waited), [1_000, 2_000, 4_000, 8_000]);
        assert_eq!(pauses(Retries::Standard, waited), [1_000, 2_000]);
        assert_eq!(pauses(Retries::Standard2026, waited), [50, 100]);
        assert_eq!(pauses(Retries::Standard2026, throttled), [1_000, 2_000]);
        assert_eq!(pauses(Retries::Adaptive, waited), pauses(Retries::Standard, waited));
        let client = client(Retries::Standard, SDK);
        assert_eq!(client.pause(throttled, 40, HUNDRED), Some(Duration::from_secs(20)), "never longer");
    }

    //= test: sdk.retry_quota
    #[test]
    fn retries_cost_what_the_mode_says() {
        let costs = |retries| {
            let quota = client(retries, SDK).quota.expect("it has a store");
            [Failure::GaveUp, Failure::Throttled].map(|failure| quota.costs[failure as usize])
        };
        assert_eq!(costs(Retries::Standard), [10, 5]);
        assert_eq!(costs(Retries::Standard2026), [14, 5]);
        assert_eq!(client(Retries::Legacy, SDK).quota, None);
    }

    //= test: sdk.repeats
    #[test]
    fn a_throttle_that_a_front_shows_as_an_error_is_repeated_as_one() {
        let first = |source, failure: Failure| client(Retries::Standard2026, source).first[failure as usize];
        let millis = |millis: u64| Some(Duration::from_micros(millis * 1_000));
        assert_eq!(first(SDK, Failure::Throttled), millis(1_000));
        assert_eq!(first("function_url", Failure::Throttled), millis(1_000));
        assert_eq!(first("api_gateway", Failure::Throttled), millis(50));
        assert_eq!(first("api_gateway", Failure::Failed), millis(50));
        assert_eq!(first(SDK, Failure::Failed), None, "the call returned normally");
        assert_eq!(first(SDK, Failure::Denied), None);
    }
}

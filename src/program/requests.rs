//! What the models say of those who call a function and wait.

use crate::models::{ModelError, Models};
use crate::program::{Failure, FailureAnswer, OpenRule, Phase, RequestTable};
use crate::vocabulary::Duration;

/// The source whose rules hold for callers that have none of their own.
const SDK: &str = "sdk";

/// How a source calls and waits; the rules of an SDK's client hold where it has none of its own.
pub(super) fn request_table(models: &Models, id: &str) -> Result<RequestTable, ModelError> {
    let find = |slot: &str| models.rules_in(id, slot).or_else(|| models.rules_in(SDK, slot));
    let needed =
        |slot: &str| find(slot).ok_or_else(|| ModelError::NoRule { rule: format!("{SDK} ({slot})") });
    let answer = |failure: Failure| {
        let own = failure.own_slot().and_then(|slot| models.rules_in(id, slot));
        let rule = own.map_or_else(|| needed(failure.slot()), Ok)?;
        let name = &models.rule(rule).id;
        let status = models.count(name, "status").map(|status| status.to_string());
        let seen = status.or_else(|_| models.text(name, "error").map(str::to_owned)).unwrap_or_default();
        Ok(FailureAnswer { rule, seen, told: models.flag(name, "told").unwrap_or(true) })
    };
    let timeout = needed("request.timeout")?;
    let retry = models.rules_in(id, "request.retry");
    let (mut phases, mut repeats) = (Vec::new(), [false; Failure::ALL.len()]);
    if let Some(retry) = retry {
        let name = &models.rule(retry).id;
        let (counts, from, to) =
            (models.counts(name, "counts")?, models.durations(name, "from")?, models.durations(name, "to")?);
        phases = zip_phases(counts, from, to);
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
        client,
        task: None,
    })
}

/// The phases whose numbers, first and longest pauses these are.
pub(super) fn zip_phases(counts: Vec<u64>, from: Vec<Duration>, to: Vec<Duration>) -> Vec<Phase> {
    let phase = |((count, from), to): ((u64, Duration), Duration)| Phase { count: count as u32, from, to };
    counts.into_iter().zip(from).zip(to).map(phase).collect()
}

//! Callers of fronts that nobody calls and waits behind, and clients that cannot call as they are stated to.

use crate::models::Models;
use crate::scenario::check::problem;
use crate::scenario::clients::invocation;
use crate::scenario::{Call, Caller, Retries, Scenario, matches};
use crate::topology::{InvocationModel, Link, LinkDetail, Topology};
use crate::vocabulary::{Diagnostic, did_you_mean};

/// Checks every caller.
pub(super) fn check(
    scenario: &Scenario,
    (topology, models): (&Topology, &Models),
    problems: &mut Vec<Diagnostic>,
) {
    // A state machine says itself how its tasks are tried again.
    let waits = |link: &&Link| {
        link.model == InvocationModel::Sync
            && topology.machine(&link.from).is_none()
            && models.rules_in(&link.source, "request.given_up").is_none()
    };
    let waiting = topology.links.iter().filter(waits);
    let mut fronts: Vec<&str> = waiting.map(|link| topology.end_name(&link.from)).collect();
    // Whoever writes to a stream that may refuse it tries again, too, and waits for nothing.
    let refuses = |link: &&Link| {
        matches!(link.detail, LinkDetail::StreamPolling(_))
            && models.rules_in(&link.source, "log.write_again").is_some()
    };
    let streams: Vec<&str> =
        topology.links.iter().filter(refuses).map(|link| topology.end_name(&link.from)).collect();
    for caller in &scenario.callers {
        let waits_for_stream =
            |caller: &Caller| caller.timeout.is_some() && streams.iter().any(|stream| caller.name == *stream);
        if waits_for_stream(caller) {
            let message =
                format!("nobody waits for an answer of `{}`: it takes a write or refuses it", caller.name);
            let help = "leave `timeout` out; `retries` and `attempts` say how often what it refuses is written again";
            problems.push(problem("scenario-no-front", caller.place.as_ref(), message, help.to_owned()));
        }
    }
    fronts.extend(&streams);
    fronts.sort_unstable();
    fronts.dedup();
    for caller in &scenario.callers {
        if let Some(call) = &caller.calls {
            client(caller, call, (topology, models), problems);
            continue;
        }
        let is_known = topology.resources.iter().any(|one| matches(&caller.name, one.name.as_str()));
        if is_known && !fronts.iter().any(|front| matches(&caller.name, front)) {
            let message = format!("nobody calls through `{}` and waits", caller.name);
            let help = match fronts.as_slice() {
                [] => "nothing in this template waits for a function's answer".to_owned(),
                fronts => did_you_mean(caller.name.trim_end_matches('*'), fronts),
            };
            problems.push(problem("scenario-no-front", caller.place.as_ref(), message, help));
        }
        attempts(caller, problems);
    }
}

/// A client that calls by itself: its name is its own, and how it calls is known.
fn client(
    caller: &Caller,
    call: &Call,
    (topology, models): (&Topology, &Models),
    problems: &mut Vec<Diagnostic>,
) {
    let name = &caller.name;
    let mut tell = |code, message: String, help: String| {
        problems.push(problem(code, caller.place.as_ref(), message, help));
    };
    if name.trim().is_empty() {
        tell("scenario-client-name", "the client has no name".to_owned(), "write `[caller.Shop]`".to_owned());
    }
    if name.ends_with('*') {
        let message = format!("`{name}` is a pattern, and a client has one name");
        tell("scenario-client-name", message, "write a name without `*`".to_owned());
    }
    if let Some(id) = topology.find(name) {
        let message =
            format!("`{name}` is a resource of type {}, and no client", topology.resource(id).type_name);
        let help = "give the client that calls a name of its own, such as `Shop`";
        tell("scenario-client-name", message, help.to_owned());
    }
    let Some(model) = invocation(models, &call.source) else {
        let pushing = models.models().filter(|model| invocation(models, &model.id).is_some());
        let known: Vec<&str> = pushing.map(|model| model.id.as_str()).collect();
        let message = format!("no model of a source that calls functions is called `{}`", call.source);
        return tell("scenario-client-source", message, did_you_mean(&call.source, &known));
    };
    let waits = caller.retries.is_some() || caller.timeout.is_some();
    if waits && model == InvocationModel::Async {
        let message = format!("{name} does not wait for an answer, so that nothing tells it to call again");
        let help =
            format!("leave `retries` and `timeout` out; `redrive models {}` says what it does", call.source);
        tell("scenario-no-front", message, help);
    }
    attempts(caller, problems);
}

fn attempts(caller: &Caller, problems: &mut Vec<Diagnostic>) {
    if let (Some(Retries::Nothing), Some(attempts)) = (caller.retries, caller.attempts)
        && attempts > 1
    {
        let message = format!("the caller of {} never calls again, and makes {attempts} calls", caller.name);
        let help = "leave `attempts` out, or name the mode of its SDK in `retries`";
        problems.push(problem("scenario-attempts", caller.place.as_ref(), message, help));
    }
}

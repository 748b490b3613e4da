//! What a scenario states, line by line, and where: verdicts rest on it as on the profile.

use std::borrow::Cow;

use crate::kernel::{Families, Family};
use crate::report::text::grouped;
use crate::scenario::{
    Amount, Arrivals, BodyTest, Bounds, Call, Caller, Change, FaultPlan, Generated, Handling, OutcomeRule,
    Per, PlannedFault, Scenario, Strictness, Timing, When, Workload,
};
use crate::template::COMMAND_LINE;
use crate::vocabulary::Place;

/// One thing that is stated.
#[derive(Clone, Debug)]
pub(crate) struct Statement<'a> {
    /// What it is about, such as `load of Orders`.
    pub(crate) what: String,
    /// What it says.
    pub(crate) says: String,
    /// Where it stands; nothing for what has no place of its own.
    pub(crate) place: Option<&'a Place>,
}

impl<'a> Statement<'a> {
    fn new(what: impl Into<String>, says: impl Into<String>, place: Option<&'a Place>) -> Self {
        Self { what: what.into(), says: says.into(), place }
    }

    /// Where it stands, if that is in a file.
    pub(crate) fn in_file(&self) -> Option<&'a Place> {
        self.place.filter(|place| place.file.as_os_str() != COMMAND_LINE)
    }

    /// Where it stands, in words.
    pub(crate) fn origin(&self) -> Cow<'static, str> {
        match (self.place, self.in_file()) {
            (None, _) => "scenario".into(),
            (Some(_), None) => "option".into(),
            (Some(_), Some(place)) => format!("{}:{}", place.file.display(), place.line).into(),
        }
    }
}

/// Everything that is stated, in the order in which scenarios are written.
pub(crate) fn statements(scenario: &Scenario) -> Vec<Statement<'_>> {
    let mut all: Vec<Statement<'_>> = scenario.workloads.iter().map(load).collect();
    all.extend(scenario.handlers.iter().map(handler));
    all.extend(scenario.callers.iter().map(caller));
    all.extend(scenario.sends.iter().map(|sends| {
        Statement::new(
            format!("sends of {}", sends.function),
            format!("to {}", sends.to),
            sends.place.as_ref(),
        )
    }));
    all.extend(scenario.changes.iter().map(|planned| {
        let says = format!("{} at {}", change(&planned.change), planned.at);
        Statement::new("change", says, planned.place.as_ref())
    }));
    all.extend(faults(&scenario.faults));
    all.extend(bounds(&scenario.bounds));
    all.extend(
        scenario
            .expectations
            .iter()
            .map(|one| Statement::new("expected", one.expected.to_string(), one.place.as_ref())),
    );
    all
}

fn caller(caller: &Caller) -> Statement<'_> {
    let calls = caller.calls.as_ref().map(call);
    let retries = caller.retries.map(|mode| format!("retries {}", mode.word()));
    let attempts = caller.attempts.map(|attempts| format!("calls {attempts} times at most"));
    let timeout = caller.timeout.map(|timeout| format!("waits {timeout} at most"));
    let calls = calls.map(|calls| match caller.sees_function_errors {
        Some(true) => format!("{calls}, and looks at FunctionError"),
        Some(false) | None => calls,
    });
    let parts: Vec<String> = calls.into_iter().chain(retries).chain(attempts).chain(timeout).collect();
    Statement::new(format!("caller of {}", caller.name), parts.join(", "), caller.place.as_ref())
}

fn call(call: &Call) -> String {
    let qualifier = call.qualifier.as_ref().map_or_else(String::new, |qualifier| format!(":{qualifier}"));
    let how = match call.source.as_str() {
        Call::REQUEST => "and waits".to_owned(),
        Call::EVENT => "and does not wait".to_owned(),
        source => format!("as `{source}` does"),
    };
    format!("calls {}{qualifier} {how}", call.function)
}

fn load(workload: &Workload) -> Statement<'_> {
    let messages = match workload.messages.len() {
        0 => None,
        1 => Some("1 message".to_owned()),
        count => Some(format!("{} messages", grouped(count as u64))),
    };
    let rules = workload.generated.iter().map(generated);
    let parts: Vec<String> = messages.into_iter().chain(rules).collect();
    let what = if workload.to == "*" { "load".to_owned() } else { format!("load of {}", workload.to) };
    Statement::new(what, parts.join(", "), workload.place.as_ref())
}

fn generated(rule: &Generated) -> String {
    let events = grouped(u64::from(rule.count()));
    let arrivals = match &rule.arrivals {
        Arrivals::AtOnce => format!("{events} at once"),
        Arrivals::Every(gap) => format!("{events}, one every {gap}"),
        Arrivals::Over(length) => format!("{events} within {length}"),
        Arrivals::PerMinute(counts) => {
            format!("{events} by counts for {} minutes", grouped(counts.len() as u64))
        }
    };
    let start = rule.start;
    if start.as_micros() == 0 { arrivals } else { format!("{arrivals} from {start} on") }
}

fn handler(handling: &Handling) -> Statement<'_> {
    let mut parts: Vec<String> = handling.preset.map(|preset| preset.word().to_owned()).into_iter().collect();
    parts.extend(handling.duration.map(timing));
    parts.extend(handling.outcomes.iter().map(outcome));
    parts.extend(handling.answer.as_ref().map(|answer| format!("returns {answer}")));
    parts.extend(handling.emits.iter().map(|one| {
        let per = if one.per == Per::Event { "event" } else { "invocation" };
        let of = one.group.as_ref().map_or_else(String::new, |group| format!(" of tenant {group}"));
        format!("sends {} to {}{of} for each {per}", one.count, one.to)
    }));
    Statement::new(format!("handler {}", handling.function), parts.join(", "), handling.place.as_ref())
}

fn timing(timing: Timing) -> String {
    let Timing { shortest, longest, per } = timing;
    let range = if shortest == longest { shortest.to_string() } else { format!("{shortest} to {longest}") };
    match per {
        Per::Event => format!("{range} for each event"),
        Per::Invocation => format!("{range} for each invocation"),
    }
}

fn outcome(rule: &OutcomeRule) -> String {
    let When { attempts, body, ratio } = &rule.when;
    let mut conditions: Vec<String> = Vec::new();
    conditions.extend(attempts.map(|(first, last)| {
        let most = if last == u32::MAX { u64::MAX } else { u64::from(last) };
        format!("at attempt {}", Amount { least: u64::from(first), most })
    }));
    conditions.extend(body.as_ref().map(|test| match test {
        BodyTest::Contains(text) => format!("where the body has `{text}`"),
        BodyTest::Matches(pattern) => format!("where {pattern} matches"),
    }));
    conditions.extend(ratio.map(|ratio| format!("in {ratio} of the attempts")));
    let conditions: Vec<String> = std::iter::once(rule.then.word().to_owned()).chain(conditions).collect();
    conditions.join(" ")
}

fn change(change: &Change) -> String {
    match change {
        Change::Set { resource, property, value } => format!("{resource}.{property} becomes {value}"),
        Change::Redeploy { function } => format!("{function} is deployed anew"),
        Change::Create { source, function } => format!("{source}->{function} is made"),
        Change::Delete { name } => format!("{name} is deleted"),
        Change::DeleteMapping { source, function } => format!("{source}->{function} is deleted"),
        Change::Disable { source, function } => format!("{source}->{function} is disabled"),
        Change::Enable { source, function } => format!("{source}->{function} is enabled"),
        Change::Revoke { function, from } => format!("{function} may no longer read {from}"),
        Change::RevokeSending { function, to } => format!("{function} may no longer send to {to}"),
        Change::RevokePushing { source, target } => format!("{source} may no longer reach {target}"),
        Change::Redrive { queue, rate: None } => format!("{queue} is redriven"),
        Change::Redrive { queue, rate: Some(rate) } => format!("{queue} is redriven, {rate}/s"),
        Change::Replay(replay) => {
            let to = replay.to.map_or_else(|| "then".to_owned(), |to| to.to_string());
            let rules = match replay.rules.as_slice() {
                [] => String::new(),
                rules => format!(", to {} alone", rules.join(" and ")),
            };
            format!("{} is replayed from {} to {to} as `{}`{rules}", replay.archive, replay.from, replay.name)
        }
        Change::Peek { queue, messages, visibility } => {
            let hidden = visibility.map_or_else(String::new, |length| format!(", hidden for {length}"));
            format!("an operator looks at {queue}, at most {messages} messages{hidden}")
        }
    }
}

fn faults(plan: &FaultPlan) -> Vec<Statement<'_>> {
    let families = plan.families.map(|families| {
        let on: Vec<&str> =
            Family::faults().filter(|family| families.has(*family)).map(Family::word).collect();
        let faults = Family::faults().collect();
        let says = match families.intersection(faults) {
            Families::NONE => "none".to_owned(),
            all if all == faults => "all".to_owned(),
            usual if usual == Families::USUAL.intersection(faults) => "the usual ones".to_owned(),
            _ => on.join(", "),
        };
        Statement::new("fault families", says, None)
    });
    let ratios = plan
        .ratios
        .iter()
        .map(|(family, ratio)| Statement::new(format!("odds of {family}"), ratio.to_string(), None));
    let planned = plan.planned.iter().map(|fault| {
        let place = match fault {
            PlannedFault::Span { place, .. } | PlannedFault::Poison { place, .. } => place.as_ref(),
        };
        Statement::new("fault", fault.to_string(), place)
    });
    families.into_iter().chain(ratios).chain(planned).collect()
}

fn bounds(bounds: &Bounds) -> Vec<Statement<'static>> {
    let Bounds { operator_window, stall_limit, drain, settle_limit, ordering, delay, .. } = bounds;
    let lengths = [
        ("operator window", operator_window),
        ("stall limit", stall_limit),
        ("drain limit", drain),
        ("settle limit", settle_limit),
        ("longest delay", delay),
    ];
    let lengths = lengths.into_iter().filter_map(|(what, length)| Some((what, (*length)?.to_string())));
    let ordering = match ordering {
        Strictness::Usual => None,
        Strictness::Strict => Some(("ordering", "strict".to_owned())),
    };
    let counts = [
        ("invocations per event", bounds.invocations_per_event),
        ("requests per event", bounds.requests_per_event),
    ];
    let counts = counts.into_iter().filter_map(|(what, count)| Some((what, format!("at most {}", count?))));
    let cost = bounds.cost_per_event.map(|money| ("cost per event", format!("at most {money}")));
    let all = lengths.chain(ordering).chain(counts).chain(cost);
    all.map(|(what, says)| Statement::new(what, says, None)).collect()
}

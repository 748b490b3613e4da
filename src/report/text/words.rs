//! One sentence for each kind of record, in the names of the template.

use crate::kernel::Family;
use crate::program::{
    Act, FunctionTable, Leaves, LogSetting, LogTable, MappingTable, Program, Right, UnknownTarget,
};
use crate::report::text::pushed::pushed_kinds;
use crate::report::text::{listed, pushed, read};
use crate::topology::Runs;
use crate::trace::{EntityId, Record, RecordKind, read_kinds};
use crate::vocabulary::Duration;

/// What a record says, apart from when and by which rule.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fact<'a> {
    /// Where the names are.
    pub(crate) program: &'a Program,
    /// What happened.
    pub(crate) kind: RecordKind,
    /// To whom.
    pub(crate) entity: EntityId,
    /// See [`RecordKind`].
    pub(crate) value: u64,
    /// See [`RecordKind`].
    pub(crate) subject: u32,
    /// The events that it covers, with their receive counts.
    pub(crate) events: &'a [(String, u32)],
}

impl Fact<'_> {
    /// Whether it happens to a pipe that runs in place of a function, or to what such a pipe polls.
    fn is_pipe(&self) -> bool {
        let program = self.program;
        let is_own = |table: &FunctionTable| table.runs == Runs::Pipe && table.entity == self.entity;
        let polls = |table: &MappingTable| {
            table.entity == self.entity && program.functions[usize::from(table.function)].runs == Runs::Pipe
        };
        let reads = |table: &LogTable| {
            program.queues[usize::from(table.queue)].entity == self.entity
                && program.functions[usize::from(table.function)].runs == Runs::Pipe
        };
        program.functions.iter().any(is_own)
            || program.mappings.iter().any(polls)
            || program.network.logs.iter().any(reads)
    }
}

/// So many events are named, the others counted.
const NAMED: usize = 3;

/// `Orders.0`, `Orders.0 and Orders.1`, `Orders.0, Orders.1 and 8 more`.
pub(crate) fn event_names(events: &[(String, u32)]) -> String {
    let mut names: Vec<String> = events.iter().map(|(name, _)| name.clone()).collect();
    if names.len() > NAMED {
        let more = names.len() - (NAMED - 1);
        names.truncate(NAMED - 1);
        names.push(format!("{more} more"));
    }
    if names.is_empty() { "nothing".to_owned() } else { listed(&names, "and") }
}

/// What happened.
pub(crate) fn sentence(fact: &Fact<'_>) -> String {
    let (name, events) = (fact.program.name(fact.entity), event_names(fact.events));
    let is = if fact.events.len() == 1 { "is" } else { "are" };
    let length = length(fact.value);
    if let Some(says) = in_its_words(fact, name.as_str(), &events) {
        return says;
    }
    match fact.kind {
        RecordKind::MessageSent if fact.value == 0 => format!("{events} arrives in {name}"),
        RecordKind::MessageSent => format!("{events} arrives in {name}, hidden for {length}"),
        pushed_kinds!() => pushed::sentence(fact, name.as_str(), &events, is),
        read_kinds!() => read::sentence(fact, name.as_str(), &events),
        RecordKind::MessagesAvailable => available(fact, &events, is),
        RecordKind::MessagesReceived => {
            format!("{events}{} {is} received, hidden for {length}", receive(fact.events))
        }
        RecordKind::MessageRedriven => redriven(fact, &events),
        RecordKind::MessageArrived => format!("{name} takes {events}, with {length} left to read it"),
        RecordKind::MessageExpired => expired(fact, &events),
        RecordKind::MessagesDeleted => deleted(fact, &events, is),
        RecordKind::DeleteFailed if fact.value == Record::TOO_LATE => {
            format!("deleting {events} from {name} fails, too late: visible again by then")
        }
        RecordKind::MessagesFiltered => filtered(fact, &events, is),
        RecordKind::DeleteFailed => format!("deleting {events} from {name} fails"),
        RecordKind::InvocationThrottled => {
            format!("{name} is throttled: no free place for {events}{}", next_try(fact))
        }
        RecordKind::InvocationRefused if fact.value == Record::NO_FUNCTION => {
            format!("the call of {name} fails, because it has been deleted")
        }
        RecordKind::InvocationRefused => {
            format!("the call of {name} is answered with a 5xx{}", next_try(fact))
        }
        RecordKind::BatchReleased => format!("{name} lets {events} go without an invocation"),
        RecordKind::EnvironmentStarted => format!("an environment of {name} starts, in {length}"),
        RecordKind::InvocationStarted => {
            let events = if fact.events.is_empty() { "no events" } else { &events };
            format!("{name} runs with {events}{}, for at most {length}", receive(fact.events))
        }
        RecordKind::EventsProcessed => format!("{name} has done the work of {events}"),
        RecordKind::EventFailed => event_failed(fact, name.as_str(), &events),
        RecordKind::InvocationEnded => ended(fact.value, name.as_str()),
        RecordKind::FailuresReported => format!("the answer lists {events} as failed"),
        RecordKind::AnswerMalformed => format!("the answer is unreadable: all of {events} failed"),
        RecordKind::AnswerIgnored => "the answer lists failures, and the mapping does not read it".to_owned(),
        RecordKind::ConcurrencyChanged => format!("{name} may now run {} at a time", fact.value),
        RecordKind::SpanBegan => span(fact, name.as_str(), &format!("begins, for {length}")),
        RecordKind::SpanEnded => span(fact, name.as_str(), "ends"),
        RecordKind::ObligationKept => kept(fact, &events, is),
        RecordKind::ObligationLost => lost(fact, &events, is),
        RecordKind::FaultsStopped => "load and faults stop here".to_owned(),
        RecordKind::RunEnded => run_ended(fact.value),
        RecordKind::MessageDuplicated => {
            format!("a copy of {events} stays in {name} although it was deleted")
        }
        RecordKind::SettingChanged => changed(fact, name.as_str()),
        RecordKind::MessagePeeked => {
            let again = receive(fact.events);
            format!("an operator looks at {events}{again} in {name}, which hides it for {length}")
        }
        RecordKind::MessageMovedBack => format!("an operator sends {events} back from {name}"),
        RecordKind::MessageReturned => format!("{events} {is} in {name} again, as new"),
        RecordKind::FunctionRedeployed => format!("{name} is deployed anew: every environment starts afresh"),
        RecordKind::MessageDeduplicated => {
            format!("{name} takes {events} for a duplicate: it is accepted and never delivered")
        }
        RecordKind::SendThrottled => throttled(fact, name.as_str(), &events),
    }
}

/// A queue or the stream of a mapping takes no more.
fn throttled(fact: &Fact<'_>, name: &str, events: &str) -> String {
    let length = length(fact.value);
    match read::stream(fact) {
        Some(stream) if fact.value == Record::NOT_AGAIN => {
            format!("{stream} takes no more writes this second: {events} is refused")
        }
        Some(stream) => {
            format!("{stream} takes no more writes this second: {events} is written again in {length}")
        }
        None => format!("{name} takes no more sends this second: {events} is sent again in {length}"),
    }
}

/// What a scenario changes, in the words of the template.
fn changed(fact: &Fact<'_>, name: &str) -> String {
    if fact.subject == Record::BY_ITSELF {
        return format!("{name} is switched off by AWS: what it had not read is gone");
    }
    let change = fact.program.plan.changes.get(fact.subject as usize);
    let is_gone = change.is_some_and(|change| change.leaves == Leaves::Nothing);
    let (target, value) = match change.map(|change| change.act) {
        Some(Act::Make(_) | Act::Set(UnknownTarget::Log(_, LogSetting::Enabled), _))
            if fact.value == Record::BEGINS_TO_READ =>
        {
            return format!("{name} begins to read");
        }
        Some(Act::Make(_)) => return format!("{name} is made, and begins to read when AWS has it going"),
        Some(Act::Set(target, value)) => (target, value),
        Some(Act::Delete(function)) => {
            let of = fact.program.name(fact.program.functions[usize::from(function)].entity);
            return format!("{of} is deleted, and {name} stays");
        }
        Some(Act::DeleteStream(stream)) => return read::stream_deleted(fact.program, stream, name),
        Some(Act::Revoke(Right::Push(_))) => return format!("{name} is not permitted any more"),
        Some(Act::Revoke(Right::Send(_, _))) => return format!("{name} may not send any more"),
        Some(
            Act::RevokeLog(_)
            | Act::Revoke(Right::Read(_))
            | Act::Redeploy(_)
            | Act::MoveBack(..)
            | Act::Replay(_)
            | Act::Peek(_),
        )
        | None => {
            return format!("{name} may not read what it polls any more");
        }
    };
    let (property, value) = match target {
        UnknownTarget::Visibility(_) => ("VisibilityTimeout", length(value)),
        UnknownTarget::Retention(_) => ("MessageRetentionPeriod", length(value)),
        UnknownTarget::Delay(_) => ("DelaySeconds", length(value)),
        UnknownTarget::MaxReceiveCount(_) => ("maxReceiveCount", value.to_string()),
        UnknownTarget::Scope(_) => ("DeduplicationScope", value.to_string()),
        UnknownTarget::Throughput(_) => ("FifoThroughputLimit", value.to_string()),
        UnknownTarget::ContentBased(_) => ("ContentBasedDeduplication", value.to_string()),
        UnknownTarget::MinimumPollers(_) => ("MinimumPollers", value.to_string()),
        UnknownTarget::MaximumPollers(_) => ("MaximumPollers", value.to_string()),
        UnknownTarget::BatchSize(_) => ("BatchSize", value.to_string()),
        UnknownTarget::Window(_) => ("MaximumBatchingWindowInSeconds", length(value)),
        UnknownTarget::MaximumConcurrency(_) => ("MaximumConcurrency", value.to_string()),
        UnknownTarget::Enabled(_)
        | UnknownTarget::Delivers(_)
        | UnknownTarget::Log(_, LogSetting::Enabled)
            if value == 0 =>
        {
            return format!("{name} is {}", if is_gone { "deleted" } else { "disabled" });
        }
        UnknownTarget::Enabled(_)
        | UnknownTarget::Delivers(_)
        | UnknownTarget::Log(_, LogSetting::Enabled) => {
            return format!("{name} is enabled");
        }
        UnknownTarget::Log(_, setting) => (setting.property(), setting.text(value)),
        UnknownTarget::ResponseType(_) if value == 0 => return format!("{name} stops reading failure lists"),
        UnknownTarget::ResponseType(_) => return format!("{name} reads failure lists from now on"),
        UnknownTarget::Timeout(_) => ("Timeout", length(value)),
        UnknownTarget::Reserved(_) => ("ReservedConcurrentExecutions", value.to_string()),
        UnknownTarget::PushAttempts(_) => ("MaximumRetryAttempts", value.to_string()),
        UnknownTarget::PushAge(_) => ("MaximumEventAgeInSeconds", length(value)),
    };
    format!("{property} of {name} is {value} from now on")
}

/// When a call that found no room is made again: mappings on queues try again and again, what is pushed is tried once
/// more by and by, and a caller decides for itself.
fn next_try(fact: &Fact<'_>) -> String {
    let program = fact.program;
    let is_own = |function: usize| program.functions[function].entity == fact.entity;
    let is_pushed = program.network.pushes.iter().any(|push| is_own(usize::from(push.function)));
    let is_read = program.network.logs.iter().any(|log| is_own(usize::from(log.function)));
    match (fact.value, is_pushed || is_read) {
        (0, _) => String::new(),
        (value, true) => format!("; again in {}", length(value)),
        (value, false) => format!("; again every {}", length(value)),
    }
}

fn length(micros: u64) -> String {
    Duration::from_micros(micros).to_string()
}

/// The receive count where one event is covered.
fn receive(events: &[(String, u32)]) -> String {
    match events {
        [(_, count)] if *count > 0 => format!(" (receive {count})"),
        [] | [_] | [_, ..] => String::new(),
    }
}

fn available(fact: &Fact<'_>, events: &str, is: &str) -> String {
    match fact.value {
        Record::AFTER_DELAY => format!("{events} can be received"),
        Record::AFTER_VISIBILITY => format!("{events} {is} visible again"),
        _ => format!("{events} {is} handed out again although still hidden"),
    }
}

fn redriven(fact: &Fact<'_>, events: &str) -> String {
    let program = fact.program;
    let own = program.hash(fact.entity).0;
    match program.names.iter().position(|name| name.0 == fact.value && name.0 != own) {
        Some(target) => format!("{events} moves to {}", program.entities[target]),
        None => format!("{events} moves to a dead-letter queue outside this template"),
    }
}

fn expired(fact: &Fact<'_>, events: &str) -> String {
    let name = fact.program.name(fact.entity);
    match fact.value {
        Record::WITH_ITS_STREAM => read::gone_with_stream(fact, events),
        0 => format!("the retention of {events} in {name} ends while it is in flight"),
        _ => format!("the retention of {events} in {name} ends while it waits"),
    }
}

fn deleted(fact: &Fact<'_>, events: &str, is: &str) -> String {
    let name = fact.program.name(fact.entity);
    match fact.value {
        0 => format!("{events} {is} deleted from {name}"),
        late => format!("{events} {is} deleted from {name}, {late} of them visible again by then"),
    }
}

fn filtered(fact: &Fact<'_>, events: &str, is: &str) -> String {
    let mapping = fact.program.names.iter().position(|name| name.0 == fact.value);
    let mapping = mapping.map_or("a mapping", |mapping| fact.program.entities[mapping].as_str());
    format!("the filter of {mapping} does not want {events}, which {is} deleted")
}

fn event_failed(fact: &Fact<'_>, name: &str, events: &str) -> String {
    let why = family(fact.value).map_or("", |family| match family {
        Family::Poison => ": it fails every time",
        Family::TransientError => ": this attempt fails",
        Family::Outage => ": nothing works during the outage",
        Family::Timeout => ": the time-out cuts it off",
        Family::Brownout => ": it is too slow for the time-out",
        Family::Crash => ": the process dies",
        Family::ColdStart => ": the environment does not start in time",
        Family::Stated => ": as the scenario states",
        Family::Load
        | Family::UnknownSetting
        | Family::Slow
        | Family::Throttle
        | Family::ServiceError
        | Family::Burst
        | Family::Duplicate
        | Family::Reorder
        | Family::Redeploy
        | Family::Reshard
        | Family::Unspecified
        | Family::DestinationUnavailable => "",
    });
    if fact.is_pipe() {
        let why =
            why.replace("it fails every time", "it does so every time").replace("attempt fails", "time");
        return format!("the target of {name} refuses {events}{why}");
    }
    format!("{name} fails at {events}{why}")
}

/// What happens to what runs in place of a function, where that is told in other words.
fn in_its_words(fact: &Fact<'_>, name: &str, events: &str) -> Option<String> {
    of_pipe(fact, name, events).or_else(|| of_server(fact, name, events))
}

/// What happens to a pipe.
fn of_pipe(fact: &Fact<'_>, name: &str, events: &str) -> Option<String> {
    if !fact.is_pipe() {
        return None;
    }
    match fact.kind {
        RecordKind::InvocationStarted => {
            Some(format!("{name} hands {events}{} to its target", receive(fact.events)))
        }
        RecordKind::EventsProcessed => Some(format!("{name} has handed {events} on")),
        RecordKind::InvocationEnded if fact.value == Record::RETURNED => Some(format!("{name} is done")),
        RecordKind::InvocationEnded => Some(format!("{name} hands nothing on")),
        RecordKind::FailuresReported => Some(format!("{events} counts as failed")),
        _ => None,
    }
}

/// What happens to a server behind a web address.
fn of_server(fact: &Fact<'_>, name: &str, events: &str) -> Option<String> {
    let is_server = |table: &FunctionTable| table.runs == Runs::Server && table.entity == fact.entity;
    if !fact.program.functions.iter().any(is_server) {
        return None;
    }
    match fact.kind {
        RecordKind::InvocationStarted => Some(format!("{name} works on {events}{}", receive(fact.events))),
        RecordKind::InvocationEnded if fact.value == Record::RETURNED => Some(format!("{name} answers")),
        RecordKind::InvocationEnded => Some(format!("{name} answers that it failed")),
        _ => None,
    }
}

/// The family with this number.
pub(super) fn family(number: u64) -> Option<Family> {
    Family::ALL.into_iter().find(|family| *family as u64 == number)
}

fn ended(value: u64, name: &str) -> String {
    match value {
        Record::RETURNED => format!("{name} returns"),
        Record::THREW => format!("{name} ends with an error"),
        Record::TIMED_OUT => format!("{name} is stopped by its time-out"),
        Record::CRASHED => format!("{name} dies: out of memory, or an exit"),
        Record::INIT_FAILED => format!("the environment of {name} fails to start"),
        Record::RESPONSE_TOO_LARGE => format!("{name} returns more than Lambda takes, which is an error"),
        other => format!("{name} ends ({other})"),
    }
}

fn span(fact: &Fact<'_>, name: &str, rest: &str) -> String {
    let Some(family) = family(u64::from(fact.subject)) else { return format!("a fault of {name} {rest}") };
    match family {
        Family::Outage => format!("an outage of {name} {rest}"),
        Family::Brownout => format!("a brownout of {name} {rest}"),
        Family::Throttle => format!("a throttle by neighbours {rest}"),
        Family::ServiceError => format!("a time of 5xx answers of {name} {rest}"),
        Family::Load
        | Family::UnknownSetting
        | Family::Poison
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
        | Family::Stated => format!("{family} at {name} {rest}"),
    }
}

fn kept(fact: &Fact<'_>, events: &str, is: &str) -> String {
    let name = fact.program.name(fact.entity);
    if fact.value == Duration::MAX.as_micros() {
        return format!("{events} {is} kept outside this template");
    }
    format!("{events} {is} kept in {name}, for {} more", length(fact.value))
}

fn lost(fact: &Fact<'_>, events: &str, is: &str) -> String {
    match fact.value {
        Record::LOST_BY_EXPIRY => format!("{events} {is} lost: no copy is left"),
        Record::LOST_BY_FILTER => {
            format!("{events} {is} lost: another consumer would have wanted what this filter deleted")
        }
        Record::LOST_BY_POSITION => {
            let name = fact.program.name(fact.entity);
            format!("{events} {is} lost: {name} does not read yet, and begins with what comes after that")
        }
        Record::LOST_WITH_STREAM => {
            let stream = read::stream(fact).unwrap_or_default();
            format!("{events} {is} lost: {stream} is deleted, and nobody has processed it")
        }
        Record::LOST_BY_AGE => format!("{events} {is} lost: too little time is left to read it"),
        Record::LOST_BY_GIVING_UP => format!("{events} {is} lost: nothing takes what is given up"),
        Record::LOST_BY_EXIT => format!("{events} {is} lost: no way out keeps it"),
        Record::LOST_BY_DELIVERY => format!("{events} {is} lost: its source keeps it nowhere"),
        Record::LOST_WITH_EXECUTION => {
            format!("{events} {is} lost: its execution ends, and nothing keeps what it was about")
        }
        Record::LOST_WITH_TIME => {
            format!("{events} {is} lost: its execution lasted too long, and nothing keeps what it was about")
        }
        Record::LOST_UNTOLD => format!("{events} {is} lost: its caller takes it for done"),
        _ => format!("{events} {is} lost: deleted without having been processed"),
    }
}

fn run_ended(undecided: u64) -> String {
    match undecided {
        0 => "the run ends: everything is decided".to_owned(),
        1 => "the run ends with one event undecided".to_owned(),
        many => format!("the run ends with {many} events undecided"),
    }
}

//! One sentence for each record of push.

use crate::program::{ExitRefusal, Failure, RequestTable};
use crate::report::text::read;
use crate::report::text::words::Fact;
use crate::topology::Runs;
use crate::trace::{Record, RecordKind};
use crate::vocabulary::Duration;

/// The kinds of records that are told here, as a pattern.
macro_rules! pushed_kinds {
    () => {
        RecordKind::EventPublished
            | RecordKind::EventAccepted
            | RecordKind::EventDequeued
            | RecordKind::RetryScheduled
            | RecordKind::EventGivenUp
            | RecordKind::EventCompleted
            | RecordKind::ExitTaken
            | RecordKind::RequestMade
            | RecordKind::RequestAnswered
            | RecordKind::ObligationReturned
            | RecordKind::CallbackReturned
            | RecordKind::CallbackMissed
            | RecordKind::ExitFailed
            | RecordKind::DeliveryFailed
            | RecordKind::DeliveryRefused
            | RecordKind::DeliveryGivenUp
            | RecordKind::DeliveryFiltered
    };
}
pub(crate) use pushed_kinds;

/// What comes into a channel is published to it; what an archive kept comes out of that.
fn published(fact: &Fact<'_>) -> &'static str {
    let network = &fact.program.network;
    let is_own = |channel: u16| network.channels[usize::from(channel)].entity == fact.entity;
    if network.replays.iter().any(|replay| is_own(replay.channel)) { "replayed from" } else { "published to" }
}

/// For whom, where a channel hands on to several: each of them is owed the event, which is published once.
fn towards(fact: &Fact<'_>) -> String {
    let network = &fact.program.network;
    let channel = network.channels.iter().find(|channel| channel.entity == fact.entity);
    let routes = channel.map_or(&[][..], |channel| &network.routes[channel.routes()]);
    match routes.iter().find(|route| u32::from(route.place) == fact.subject) {
        Some(route) if routes.len() > 1 => {
            let hops = &network.handovers[usize::from(route.hops.0)..];
            let last = hops[..usize::from(route.hops.1)].last();
            last.map_or_else(String::new, |hop| format!(", which owes it to {}", hop.to))
        }
        Some(_) | None => String::new(),
    }
}

/// What happened on the way into a function, in Lambda's own queue, or on the way out of it.
pub(super) fn sentence(fact: &Fact<'_>, name: &str, events: &str, is: &str) -> String {
    let length = Duration::from_micros(fact.value);
    let target = named(fact);
    match fact.kind {
        RecordKind::EventPublished => format!("{events} {is} {} {name}{}", published(fact), towards(fact)),
        RecordKind::EventAccepted => match fact.value {
            Record::FROM_SOURCE => format!("Lambda accepts {events} for {name}"),
            Record::HANDED_ON => format!("Lambda accepts what failed, {events}, for {name}"),
            Record::REPEATED => format!("Lambda accepts {events} for {name} a second time"),
            _ => format!("Lambda's queue holds {events} a second time"),
        },
        RecordKind::EventDequeued => format!("Lambda takes {events} from its queue of {name}"),
        RecordKind::RetryScheduled if request(fact).is_some() => {
            format!("{} is to call again for {events} in {length}", caller(fact))
        }
        RecordKind::RetryScheduled => format!("Lambda tries {events} again in {length}"),
        RecordKind::EventGivenUp => {
            let why = match fact.value {
                Record::RETRIES_EXHAUSTED => "all retries are used up",
                Record::EVENT_AGE_EXCEEDED => "it would be too old at its next try",
                Record::RECURSION => "its chain has come round to the function too often",
                _ => "nothing is reserved for the function",
            };
            format!("Lambda gives {events} up: {why}")
        }
        RecordKind::EventCompleted => format!("Lambda is done with {events}"),
        RecordKind::ExitTaken => format!("{events} goes to {target}"),
        RecordKind::ExitFailed => exit_failed(fact, name, events),
        RecordKind::DeliveryFailed if fact.value == Record::NOT_AGAIN => {
            format!("delivering {events} over {name} fails, and is not tried again")
        }
        RecordKind::DeliveryFailed => {
            format!("delivering {events} over {name} fails ({}); again in {length}", fact.subject)
        }
        RecordKind::RequestMade if fact.value > 1 => format!("{} calls again for {events}", caller(fact)),
        RecordKind::RequestMade => format!("{} calls for {events} and waits", somebody(fact)),
        RecordKind::RequestAnswered if fact.value == Record::ANSWERED => {
            format!("{} gets the answer for {events}", caller(fact))
        }
        RecordKind::RequestAnswered => format!("{} sees {}", caller(fact), seen(fact)),
        RecordKind::ObligationReturned => format!("{} knows that {events} failed", caller(fact)),
        RecordKind::CallbackReturned | RecordKind::CallbackMissed => called_back(fact, events),
        RecordKind::DeliveryFiltered if fact.value == Record::SWITCHED_OFF => {
            format!("{name} is switched off: {events} {is} not handed on")
        }
        RecordKind::DeliveryFiltered if fact.value == Record::LEFT_OUT => {
            format!(
                "nothing ends the circle that {events} goes round: what {name} sends for it is left out from here on"
            )
        }
        RecordKind::DeliveryFiltered if fact.value == Record::BEFORE_ITS_TIME => {
            format!("{events} {is} not for {name}, which begins with what is newer")
        }
        RecordKind::DeliveryFiltered => format!("{name} does not want {events}"),
        RecordKind::DeliveryRefused => refused(fact, name, events),
        _ => format!("the source gives {events} up"),
    }
}

/// The target of a link refuses an event, or a stream that is no more.
fn refused(fact: &Fact<'_>, name: &str, events: &str) -> String {
    read::turned_away(fact, events).unwrap_or_else(|| format!("the target of {name} refuses {events}"))
}

/// What whoever waits to be called back hears.
fn called_back(fact: &Fact<'_>, events: &str) -> String {
    let length = Duration::from_micros(fact.value);
    match (fact.kind, fact.subject) {
        (RecordKind::CallbackMissed, _) => {
            format!("nobody has called back whoever waits for {events}, in {length}")
        }
        (_, Record::CALLED_BACK_FAILED) => {
            format!("whoever waits for {events} is called back after {length}: it failed")
        }
        _ => format!("whoever waits for {events} is called back after {length}"),
    }
}

/// What is to take failures takes nothing.
fn exit_failed(fact: &Fact<'_>, name: &str, events: &str) -> String {
    let refusal = ExitRefusal::ALL.into_iter().find(|refusal| *refusal as u64 == fact.value);
    let why = match refusal {
        Some(ExitRefusal::Fifo) => "it is a FIFO one",
        Some(ExitRefusal::Denied) => "the sender may not send there",
        Some(ExitRefusal::Missing) => "it is not there",
        Some(ExitRefusal::TooLarge) => "it takes nothing as large",
        Some(ExitRefusal::Stripped) => "it is too large, so only a record without the payloads goes there",
        Some(ExitRefusal::Unavailable) | None => "it is not available",
    };
    format!("what takes failures of {name} does not take {events}: {why}")
}

/// How whoever calls and waits at a place does so; nothing where nobody waits.
/// Whoever called.
fn caller(fact: &Fact<'_>) -> String {
    task(fact).or_else(|| poster(fact)).unwrap_or_else(|| "the caller".to_owned())
}

/// Whoever calls for the first time.
fn somebody(fact: &Fact<'_>) -> String {
    task(fact).or_else(|| poster(fact)).unwrap_or_else(|| "a caller".to_owned())
}

/// The topic that posts to a server, where one does.
fn poster(fact: &Fact<'_>) -> Option<String> {
    let program = fact.program;
    let push = program.network.pushes.iter().find(|push| {
        program.queues[usize::from(push.queue)].entity == fact.entity
            && program.functions[usize::from(push.function)].runs == Runs::Server
    })?;
    Some(program.name(push.source).to_string())
}

/// The state of a state machine that calls, where one does: `state Pay of Checkout`.
fn task(fact: &Fact<'_>) -> Option<String> {
    let network = &fact.program.network;
    let hop = network.hops.iter().position(|hop| hop.entity == fact.entity);
    let place = || fact.program.queues.iter().position(|queue| queue.entity == fact.entity);
    let into = match hop {
        Some(hop) => &network.handovers[hop],
        None => network.handover_into(place()?)?,
    };
    Some(format!("state {} of {}", into.state.as_ref()?, into.from))
}

fn request<'a>(fact: &Fact<'a>) -> Option<&'a RequestTable> {
    let program = fact.program;
    let queue = program.queues.iter().position(|queue| queue.entity == fact.entity)?;
    program.network.requests.get(usize::from(program.push(queue)?.request?))
}

/// What the caller of a place sees of a failure.
fn seen(fact: &Fact<'_>) -> String {
    let failure = Failure::ALL.into_iter().find(|failure| *failure as u64 == fact.value);
    let (Some(failure), Some(table)) = (failure, request(fact)) else { return "a failure".to_owned() };
    let why = match failure {
        Failure::Failed if poster(fact).is_some() => "the server failed",
        Failure::GaveUp if poster(fact).is_some() => "it waits no longer, and the server goes on",
        Failure::Failed => "the function failed",
        Failure::TimedOut => "the function ran into its time-out",
        Failure::GaveUp => "it waits no longer, and the function goes on",
        Failure::Throttled => {
            return format!("{}: there was no room ({})", table.answer(failure).seen, table.reason);
        }
        Failure::Denied => "it may not call the function",
        Failure::TooLarge => "the answer was too large",
        Failure::ServiceError => "Lambda failed",
        Failure::Crashed => "the function broke off",
    };
    format!("{}: {why}", table.answer(failure).seen)
}

/// The entity whose name's hash is the value.
fn named<'a>(fact: &Fact<'a>) -> &'a str {
    let position = fact.program.names.iter().position(|name| name.0 == fact.value);
    position.map_or("its exit", |position| fact.program.entities[position].as_str())
}

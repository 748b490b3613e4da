//! Filters of mappings that want nothing of what comes into their queue, whatever is published: a topic or a bus wraps it.

use crate::program::{DeadLetter, ExitTarget, Program, SendTarget};
use crate::topology::{Content, LinkDetail, Topology};
use crate::vocabulary::Diagnostic;

/// A warning for each such filter.
pub fn filters_in_vain(programs: &[Program], topology: &Topology) -> Vec<Diagnostic> {
    programs.iter().flat_map(|program| of_program(program, topology)).collect()
}

fn of_program(program: &Program, topology: &Topology) -> Vec<Diagnostic> {
    let is_vain = |mapping: &usize| wants_nothing(program, *mapping);
    (0..program.mappings.len())
        .filter(is_vain)
        .filter_map(|mapping| told(program, mapping, topology))
        .collect()
}

/// Whether all that comes into the queue of a mapping comes over routes, and it wants none of that.
fn wants_nothing(program: &Program, mapping: usize) -> bool {
    let queue = program.mappings[mapping].queue;
    let table = &program.queues[usize::from(queue)];
    let mut sent = program.behaviours.iter().flat_map(|behaviour| &behaviour.emits);
    let is_sent_to = sent.any(|emission| emission.target == SendTarget::Queue(queue));
    if !program.mappings[mapping].enabled
        || program.wants_all(mapping)
        || table.is_source
        || is_sent_to
        || takes_what_fails(program, queue)
    {
        return false;
    }
    let mut into = program.network.routes.iter().filter(|route| route.place == queue).peekable();
    let classes = 0..program.classes.len() as u16;
    let wants = |class| program.wants(mapping, class);
    into.peek().is_some() && into.all(|route| !classes.clone().any(|class| wants(route.arrived(class))))
}

/// Whether a queue is where anything else sends what it gives up.
fn takes_what_fails(program: &Program, queue: u16) -> bool {
    let own = Some(ExitTarget::Queue(queue));
    let network = &program.network;
    let of_push = network.pushes.iter().flat_map(|push| [push.on_success, push.on_failure, push.dead_letter]);
    let of_hops = network.hops.iter().map(|hop| hop.dead_letter);
    let of_logs = network.logs.iter().map(|log| log.on_failure);
    let redrives = |dead: DeadLetter| dead == DeadLetter::Queue(queue);
    of_push.chain(of_hops).chain(of_logs).any(|exit| exit == own)
        || program.queues.iter().any(|table| redrives(table.dead_letter))
}

fn told(program: &Program, mapping: usize, topology: &Topology) -> Option<Diagnostic> {
    let table = &program.mappings[mapping];
    let name = program.name(table.entity);
    let place = topology.links.iter().find_map(|link| match &link.detail {
        LinkDetail::QueuePolling(own) if own.name == *name => own.filters.first()?.place.as_ref(),
        _ => None,
    });
    let over = program.network.handover_into(usize::from(table.queue))?;
    let message = format!(
        "the filter of {name} wants nothing of what {} hands on: every message is deleted, and no function sees it",
        over.from
    );
    let help = match (over.source.as_str(), &over.content) {
        (_, Content::Fixed(_) | Content::Part(_) | Content::Filled(_) | Content::Transformed(_)) => {
            "what comes is what the target's Input, InputPath or InputTransformer makes of the event: write the pattern for \
             that"
        }
        ("sns" | "sns_fifo", _) => {
            "a topic puts the text that was published into `body.Message`: set RawMessageDelivery: true on its \
             subscription, or filter there; see `redrive explain sns.envelope`"
        }
        _ => {
            "a bus hands on whole events, with what was put there as `body.detail`; see `redrive explain eventbridge.envelope`"
        }
    };
    let diagnostic = Diagnostic::warning("filter-in-vain", message).help(help);
    Some(match place {
        Some(place) => diagnostic.at(place),
        None => diagnostic,
    })
}

//! Deletions of what nothing polls for, and changes of what is deleted by then.

use crate::models::Models;
use crate::scenario::check::{names::Names, problem};
use crate::scenario::{Change, Deleted, PlannedChange};
use crate::topology::{LinkDetail, Topology};
use crate::vocabulary::{Diagnostic, Place};

/// Why a run cannot delete a function or a stream, if it cannot.
pub(super) fn not_deletable(
    name: &str,
    deployed: (&Topology, &Models),
    names: &Names<'_>,
    place: Option<&Place>,
) -> Option<Diagnostic> {
    if names.streams().contains(&name) {
        return not_read(name, deployed, place);
    }
    not_polled(name, names, place)
}

/// A run can delete a stream that somebody reads, where its model says what becomes of its records.
fn not_read(
    stream: &str,
    (topology, models): (&Topology, &Models),
    place: Option<&Place>,
) -> Option<Diagnostic> {
    let is_reader = |link: &&crate::topology::Link| {
        matches!(link.detail, LinkDetail::StreamPolling(_)) && topology.end_name(&link.from) == stream
    };
    let (why, help) = match topology.links.iter().find(is_reader) {
        Some(link) if models.rules_in(&link.source, DELETED).is_some() => return None,
        Some(_) => (
            "what becomes of its records then is not known",
            "delete a stream of Kinesis or a table, or the mapping: `SOURCE->FUNCTION`",
        ),
        None => ("no event source mapping reads it", "delete a stream that an event source mapping reads"),
    };
    let message = format!("`{stream}` cannot be deleted in flight: {why}");
    Some(problem("scenario-no-deletion", place, message, help.to_owned()))
}

/// What becomes of a stream that is deleted.
const DELETED: &str = "log.deleted";

/// A run can delete a function that only mappings call: what becomes of events that wait in Lambda's own queue then, AWS
/// does not say.
fn not_polled(function: &str, names: &Names<'_>, place: Option<&Place>) -> Option<Diagnostic> {
    if !names.functions.contains(&function) {
        return None;
    }
    let ends_here = |name: &&str| name.strip_suffix(function).is_some_and(|from| from.ends_with("->"));
    if let Some(pushed) = names.deliveries.iter().map(String::as_str).find(ends_here) {
        let message = format!("`{function}` cannot be deleted in flight: `{pushed}` pushes to it");
        let help = "delete a function that only event source mappings call, or take the link away: \
                    `disable`, or `revoke`";
        return Some(problem("scenario-no-deletion", place, message, help.to_owned()));
    }
    if names.all_mappings().iter().any(ends_here) {
        return None;
    }
    let message = format!("`{function}` cannot be deleted in flight: no event source mapping calls it");
    let help = "delete a function that an event source mapping calls, or a mapping: `SOURCE->FUNCTION`";
    Some(problem("scenario-no-deletion", place, message, help.to_owned()))
}

/// Tells every change of what is no longer there; what happens at the same moment goes by the order of writing.
pub(super) fn check(changes: &[PlannedChange], problems: &mut Vec<Diagnostic>) {
    let mut ordered: Vec<&PlannedChange> = changes.iter().collect();
    ordered.sort_by_key(|planned| planned.at);
    let mut gone: Vec<(Deleted<'_>, &PlannedChange)> = Vec::new();
    for planned in ordered {
        let found = gone.iter().find(|(deleted, _)| concerns(&planned.change, *deleted));
        if let Some((deleted, at)) = found {
            let (name, at) = (deleted.name(), at.at);
            let message = format!("`{name}` is deleted at {at} and changed at {}", planned.at);
            let help = "nothing comes back in a run: leave this change out, or make it before the deletion";
            let place = planned.place.as_ref();
            problems.push(problem("scenario-deleted-before", place, message, help.to_owned()));
        } else if let Some(deleted) = planned.change.deleted() {
            gone.push((deleted, planned));
        }
    }
}

/// Whether a change is one of what is gone. A mapping outlives its function and its stream, and can be switched, changed and deleted.
fn concerns(change: &Change, gone: Deleted<'_>) -> bool {
    match (gone, change) {
        (
            Deleted::Resource(name),
            Change::Redeploy { function: changed }
            | Change::Delete { name: changed }
            | Change::RevokeSending { function: changed, .. }
            | Change::Set { resource: changed, .. },
        ) => changed == name,
        (
            Deleted::Resource(name),
            Change::Create { source, function } | Change::Revoke { from: source, function },
        ) => source == name || function == name,
        (
            Deleted::Mapping(from, to),
            Change::Create { source, function }
            | Change::DeleteMapping { source, function }
            | Change::Disable { source, function }
            | Change::Enable { source, function }
            | Change::Revoke { from: source, function },
        ) => source == from && function == to,
        (Deleted::Mapping(..), Change::Set { resource, .. }) => *resource == gone.name(),
        (
            Deleted::Resource(_),
            Change::DeleteMapping { .. }
            | Change::Disable { .. }
            | Change::Enable { .. }
            | Change::RevokePushing { .. }
            | Change::Redrive { .. }
            | Change::Replay(_)
            | Change::Peek { .. },
        )
        | (
            Deleted::Mapping(..),
            Change::Delete { .. }
            | Change::Redeploy { .. }
            | Change::RevokeSending { .. }
            | Change::RevokePushing { .. }
            | Change::Redrive { .. }
            | Change::Replay(_)
            | Change::Peek { .. },
        ) => false,
    }
}

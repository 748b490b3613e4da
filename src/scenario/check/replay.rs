//! Replays of archives that do not keep what is to be replayed, or could not give it to anybody.

use crate::scenario::{Replay, check::problem};
use crate::topology::{Archive, LinkDetail, Topology};
use crate::vocabulary::{Diagnostic, Duration, Place, did_you_mean};

/// What is wrong with a replay; that there is such an archive has been checked.
pub(super) fn replay(
    replay: &Replay,
    at: Duration,
    topology: &Topology,
    place: Option<&Place>,
) -> Vec<Diagnostic> {
    let archive = topology.archives.iter().find(|archive| archive.name.as_str() == replay.archive);
    let Some(archive) = archive else { return Vec::new() };
    let bus = topology.end_name(&archive.bus);
    let rules = rules(archive, topology);
    let unknown = replay.rules.iter().filter(|rule| !rules.contains(&rule.as_str())).map(|rule| {
        let message = format!("`{rule}` is no rule of {bus}, whose events {} keeps", archive.name);
        problem("scenario-replay-rule", place, message, did_you_mean(rule, &rules))
    });
    let mut problems: Vec<Diagnostic> = unknown.collect();
    problems.extend(window(replay, archive, at, place));
    problems.extend(fed(archive, topology, place));
    problems
}

fn window(replay: &Replay, archive: &Archive, at: Duration, place: Option<&Place>) -> Option<Diagnostic> {
    let (from, to) = (replay.from, replay.to.unwrap_or(at));
    if to > at {
        let message = format!("a replay at {at} cannot replay what comes until {to}");
        let help = "let `to` be no later than `at`, or leave it out";
        return Some(problem("scenario-replay-window", place, message, help.to_owned()));
    }
    if from >= to {
        let message = format!("nothing comes from {from} to {to}");
        let help = "let `from` be earlier than `to`, which is `at` where it is left out";
        return Some(problem("scenario-replay-window", place, message, help.to_owned()));
    }
    let retention = archive.retention.filter(|kept| from + *kept < at)?;
    let message = format!(
        "`from` reaches back {}, and {} keeps events for {retention}",
        Duration::from_micros(at.as_micros() - from.as_micros()),
        archive.name
    );
    let earliest = Duration::from_micros(at.as_micros() - retention.as_micros());
    let help = format!("let `from` be {earliest} or later, or keep events for longer: RetentionDays");
    Some(problem("scenario-replay-window", place, message, help))
}

/// What comes to a bus over another channel is not seen there as its own.
fn fed(archive: &Archive, topology: &Topology, place: Option<&Place>) -> Option<Diagnostic> {
    let feeding = topology
        .links
        .iter()
        .find(|link| matches!(link.detail, LinkDetail::Delivers(_)) && link.to == archive.bus)?;
    let (bus, from) = (topology.end_name(&archive.bus), topology.end_name(&feeding.from));
    let message = format!("{bus} gets events from {from}, and no run replays such");
    let help = format!("replay an archive of {from}, or leave the replay out");
    Some(problem("scenario-replay-fed", place, message, help))
}

/// The rules of an archive's bus.
fn rules<'t>(archive: &Archive, topology: &'t Topology) -> Vec<&'t str> {
    let of_bus = topology
        .links
        .iter()
        .filter(|link| matches!(link.detail, LinkDetail::Delivers(_)) && link.from == archive.bus);
    of_bus.map(|link| topology.end_name(&link.to)).collect()
}

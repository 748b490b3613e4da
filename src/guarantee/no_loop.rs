//! `no-loop`: no chain of invocations feeds itself, failure paths included, cut by AWS or not.
//!
//! It is judged on the topology and what a scenario states functions to send, without a run. An instance is an entrance
//! into a function: a mapping, a link, an exit or a sending that invokes it. It is violated for each elementary circle of
//! hops that events go round; not exercised where a filter on the circle leaves open whether what comes round is wanted;
//! not applicable where a hop of the circle is shut: denied (then `permitted` is violated, and allowing it closes the
//! circle), switched off, or an exit that only asynchronous invocations take in a function that a poller or a caller who
//! waits invokes. An entrance on no circle holds.

use crate::guarantee::circles::circles;
use crate::models::Models;
use crate::program::{Hop, HopKind, Passage, every_hop, service};
use crate::scenario::Scenario;
use crate::topology::{ChannelKind, LinkEnd, RecursiveLoop, ResourceDetail, Topology};

/// The rule by which Lambda cuts loops.
const RECURSION: &str = "function.recursion";
/// The rule that says which loops it sees.
const SCOPE: &str = "function.recursion_scope";
/// The rule about a function that reads its own log.
const OWN_LOG: &str = "cloudwatch_logs.own_loop";
/// The rule by which a polled function has no use for its dead-letter queue.
const POLLED_EXIT: &str = "queue_poll.function_dead_letter_unused";

/// What was found of all entrances.
#[derive(Clone, Debug, Default)]
pub struct Loops {
    /// The circles, the smallest first.
    pub circles: Vec<Circle>,
    /// The entrances into functions that are on no circle, in the order of the template.
    pub clear: Vec<Hop>,
}

/// One circle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Circle {
    /// Its hops in order, the first one from the function that it is told at.
    pub hops: Vec<Hop>,
    /// The hop by which events come into that function.
    pub entrance: Hop,
    /// Whether events go round.
    pub goes: Passage,
    /// Which events do.
    pub travellers: Travellers,
    /// What AWS does about it.
    pub cut: Cut,
    /// The rules that say so.
    pub rules: Vec<String>,
}

/// Which events go round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Travellers {
    /// All that functions process.
    All,
    /// Only what fails.
    Failures,
}

/// What AWS does about a loop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cut {
    /// It stops the chain after so many invocations.
    After(u64),
    /// It would, but every function on it is set to allow loops.
    Allowed,
    /// It does not see the loop, since it leads through this.
    Unseen(String),
}

/// All circles and entrances of a topology.
pub fn no_loop(topology: &Topology, scenario: &Scenario, models: &Models) -> Loops {
    let hops = every_hop(topology, scenario);
    let mut nodes: Vec<&LinkEnd> = Vec::new();
    for end in hops.iter().flat_map(|hop| [&hop.from, &hop.to]) {
        if !nodes.contains(&end) {
            nodes.push(end);
        }
    }
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
    let place = |end: &LinkEnd| nodes.iter().position(|node| *node == end);
    for hop in &hops {
        if let (Some(from), Some(to)) = (place(&hop.from), place(&hop.to))
            && !next[from].contains(&to)
        {
            next[from].push(to);
        }
    }
    let told = circles(&next).into_iter();
    let told = told.map(|circle| circle.into_iter().map(|node| nodes[node]).collect::<Vec<&LinkEnd>>());
    let found: Vec<Circle> =
        told.filter_map(|circle| Judging { topology, models, hops: &hops }.circle(&circle)).collect();
    let is_entrance = |hop: &&Hop| topology.function(&hop.to).is_some();
    let is_on = |hop: &&Hop| found.iter().any(|circle| circle.hops.contains(hop) || circle.entrance == **hop);
    let clear = hops.iter().filter(is_entrance).filter(|hop| !is_on(hop)).cloned().collect();
    Loops { circles: found, clear }
}

/// What a circle is judged by.
#[derive(Debug)]
struct Judging<'a> {
    topology: &'a Topology,
    models: &'a Models,
    hops: &'a [Hop],
}

impl Judging<'_> {
    /// A circle of nodes; none where nothing is invoked on it.
    fn circle(&self, nodes: &[&LinkEnd]) -> Option<Circle> {
        let is_function = |node: &LinkEnd| self.topology.function(node).is_some();
        let first = nodes.iter().position(|node| is_function(node)).unwrap_or(0);
        let nodes: Vec<&LinkEnd> = nodes[first..].iter().chain(&nodes[..first]).copied().collect();
        let hops = self.taken(&nodes);
        let entrance = if is_function(nodes[0]) {
            hops.last().cloned()?
        } else {
            // Dead letters that go round between queues: whoever polls one of them is invoked by each.
            let polls = |hop: &&Hop| hop.kind == HopKind::Polled && nodes.contains(&&hop.from);
            self.hops.iter().find(polls).cloned()?
        };
        let goes = self.goes(&hops);
        let failing = hops.iter().any(|hop| hop.kind.is_failure());
        let cut = self.cut(&hops);
        let mut rules = vec![match cut {
            Cut::After(_) | Cut::Allowed => RECURSION,
            Cut::Unseen(_) => SCOPE,
        }];
        if hops.iter().any(|hop| hop.kind == HopKind::Logged) {
            rules.push(OWN_LOG);
        }
        if self.untaken(&hops).is_some() {
            rules.push(POLLED_EXIT);
        }
        Some(Circle {
            entrance,
            goes,
            travellers: if failing { Travellers::Failures } else { Travellers::All },
            cut,
            rules: rules.into_iter().map(str::to_owned).collect(),
            hops,
        })
    }

    /// Of all hops between the nodes those by which most goes round: open ones before others, and what all events take
    /// before what only failures take. Which exits a function has depends on how it is invoked, so hops into functions
    /// are taken together with those out of them.
    fn taken(&self, nodes: &[&LinkEnd]) -> Vec<Hop> {
        let count = nodes.len();
        let between = |at: usize| {
            let to = nodes[(at + 1) % count];
            self.hops.iter().filter(move |hop| hop.from == *nodes[at] && hop.to == *to)
        };
        let mut chosen: Vec<Option<&Hop>> = vec![None; count];
        let is_function = |at: usize| self.topology.function(nodes[at]).is_some();
        let offset = (0..count).find(|at| !is_function(*at)).unwrap_or(0);
        for at in (0..count).map(|at| (at + offset) % count).filter(|at| is_function(*at)) {
            let into = (at + count - 1) % count;
            let pairs = between(into).flat_map(|enters| between(at).map(move |leaves| (enters, leaves)));
            let free = pairs.filter(|(enters, leaves)| {
                let is_kept = |at: usize, hop: &Hop| chosen[at].is_none_or(|kept| kept == hop);
                is_kept(into, enters) && is_kept(at, leaves) && (into != at || enters == leaves)
            });
            let best = free.min_by_key(|(enters, leaves)| {
                let untaken = leaves.kind.leaves_asynchronous() && !enters.kind.invokes_asynchronously();
                (untaken, worst([*enters, *leaves]), enters.kind.is_failure() || leaves.kind.is_failure())
            });
            if let Some((enters, leaves)) = best {
                (chosen[into], chosen[at]) = (Some(enters), Some(leaves));
            }
        }
        let any = |at: usize| between(at).min_by_key(|hop| (worst([*hop]), hop.kind.is_failure()));
        (0..count).filter_map(|at| chosen[at].or_else(|| any(at))).cloned().collect()
    }

    fn goes(&self, hops: &[Hop]) -> Passage {
        if let Some(why) = self.untaken(hops) {
            return Passage::Shut(why);
        }
        hops.iter().map(|hop| hop.passage.clone()).max().unwrap_or(Passage::Open)
    }

    /// An exit on the circle that the invocations on the circle do not take.
    //= queue_poll.function_dead_letter_unused
    fn untaken(&self, hops: &[Hop]) -> Option<String> {
        let before = hops.iter().cycle().skip(hops.len().checked_sub(1)?);
        let mut pairs = before.zip(hops);
        let is_untaken = |(enters, leaves): &(&Hop, &Hop)| {
            leaves.kind.leaves_asynchronous() && !enters.kind.invokes_asynchronously()
        };
        pairs.find(is_untaken).map(|(enters, leaves)| {
            let name = |end| self.topology.end_name(end);
            format!(
                "only asynchronous invocations of {} go on to {}, and {} does not invoke it so",
                name(&leaves.from),
                name(&leaves.to),
                name(&enters.from)
            )
        })
    }

    /// Lambda counts the rounds of a chain that stays within the services that hand its mark on.
    fn cut(&self, hops: &[Hop]) -> Cut {
        let seen = self.models.texts(SCOPE, "services").unwrap_or_default();
        let unseen =
            hops.iter().find(|hop| !seen.iter().any(|one| Some(*one) == service(self.topology, &hop.from)));
        if let Some(hop) = unseen {
            return Cut::Unseen(place_words(self.topology, hop));
        }
        let functions = hops.iter().filter_map(|hop| self.topology.function(&hop.from));
        let mut settings = functions.map(|function| function.recursive_loop.value).peekable();
        let is_allowed = settings.peek().is_some() && settings.all(|one| one == RecursiveLoop::Allow);
        let rounds = self.models.count(RECURSION, "rounds").unwrap_or_default();
        if is_allowed { Cut::Allowed } else { Cut::After(rounds) }
    }
}

/// The least passable of hops.
fn worst<const COUNT: usize>(hops: [&Hop; COUNT]) -> usize {
    let rank = |hop: &Hop| match hop.passage {
        Passage::Open => 0,
        Passage::Doubtful(_) => 1,
        Passage::Shut(_) => 2,
    };
    hops.into_iter().map(rank).max().unwrap_or(0)
}

/// `Resize -> bucket Photos -> Resize`: a circle in words, from its function on.
pub fn circle_words(topology: &Topology, circle: &Circle) -> String {
    let mut words: Vec<String> = circle.hops.iter().map(|hop| place_words(topology, hop)).collect();
    words.extend(circle.hops.first().map(|hop| place_words(topology, hop)));
    words.join(" -> ")
}

/// What events leave on a hop: functions by their names, everything else with its kind.
fn place_words(topology: &Topology, hop: &Hop) -> String {
    let name = topology.end_name(&hop.from);
    let kind = match &hop.from {
        LinkEnd::Resource(id) => match &topology.resource(*id).detail {
            ResourceDetail::Function(_) | ResourceDetail::Other => return name.to_owned(),
            ResourceDetail::Queue(_) => "queue",
            ResourceDetail::Stream(_) => ChannelKind::Stream.word(),
            ResourceDetail::Channel(ChannelKind::Service) if hop.declared_by.is_some() => LOG_GROUP,
            ResourceDetail::Channel(kind) => kind.word(),
        },
        LinkEnd::Outside(_) | LinkEnd::Missing(_) if hop.declared_by.is_some() => LOG_GROUP,
        LinkEnd::Outside(_) | LinkEnd::Missing(_) => return name.to_owned(),
    };
    format!("{kind} {name}")
}

const LOG_GROUP: &str = "log group";

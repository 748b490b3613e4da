//! The links that push and their switches: a rule or schedule is switched off as a whole, anything else link by link.

use crate::program::compile::{Builder, Opener};
use crate::program::{UnknownTarget, UnknownValue};
use crate::topology::{Delivery, LinkDetail, LinkEnd};

/// The types of what a bus hands events to within one service: its rules, its subscribers.
const RULES: [&str; 2] = ["AWS::Events::Rule", "AWS::EventsV2::Subscriber"];

/// A link that pushes, by its ends.
pub(super) struct PushingLink<'a> {
    pub(super) from: &'a str,
    pub(super) to: &'a str,
    pub(super) link: u16,
    /// The number of the first link with the same switch.
    pub(super) switch: u16,
}

impl Builder<'_> {
    /// The first link with the same switch: the one whose state is written at the same place, or the link itself.
    pub(super) fn switch_of(&self, link: usize) -> usize {
        let place = |link: usize| self.delivery(link)?.enabled.as_ref()?.place();
        let Some(own) = place(link) else { return link };
        (0..link).find(|other| place(*other) == Some(own)).unwrap_or(link)
    }

    /// A switch that the template leaves open is drawn once, whatever it switches.
    pub(super) fn open_switches(&self, unknowns: &mut Vec<UnknownValue>) {
        for link in self.links_on_ways().into_iter().filter(|link| self.switch_of(*link) == *link) {
            let Some(Delivery { name, enabled: Some(enabled), .. }) = self.delivery(link) else { continue };
            let mut open = Opener { name, unknowns };
            open.value("State", enabled, UnknownTarget::Delivers(link), |flag| u64::from(*flag));
        }
    }

    /// All of them, once each.
    pub(super) fn pushing_links(&self) -> Vec<PushingLink<'_>> {
        let pushing = |link: &usize| {
            let ends = &self.topology.links[*link];
            let (from, to) = (self.topology.end_name(&ends.from), self.topology.end_name(&ends.to));
            PushingLink { from, to, link: *link as u16, switch: self.switch_of(*link) as u16 }
        };
        self.links_on_ways().iter().map(pushing).collect()
    }

    /// Whether an end is a rule of a bus: both are one service, whose time is that of the way to the target.
    pub(super) fn is_rule(&self, end: &LinkEnd) -> bool {
        matches!(end, LinkEnd::Resource(id) if RULES.contains(&self.topology.resource(*id).type_name.as_str()))
    }

    fn links_on_ways(&self) -> Vec<usize> {
        let ways = self.component.channels.iter().flat_map(|(_, ways)| ways);
        let mut links: Vec<usize> = ways.flat_map(|way| way.links.iter().copied()).collect();
        links.sort_unstable();
        links.dedup();
        links
    }

    fn delivery(&self, link: usize) -> Option<&Delivery> {
        match &self.topology.links[link].detail {
            LinkDetail::Delivers(delivery) => Some(delivery),
            LinkDetail::QueuePolling(_)
            | LinkDetail::StreamPolling(_)
            | LinkDetail::Sends(_)
            | LinkDetail::Unmodelled => None,
        }
    }
}

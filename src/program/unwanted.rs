//! Which payload classes the filters of a way do not want.

use crate::program::compile::Builder;
use crate::program::envelopes::{self, Carried, refused_behind};
use crate::program::wanted::{Forms, delivered_forms, read_forms, table_forms, wants};
use crate::program::ways::Way;
use crate::program::{PayloadClass, RouteTable};
use crate::topology::{LinkDetail, MappingFilter, StreamKind};

impl Builder<'_> {
    /// Those of them that only filters behind the task of a state machine do not want.
    pub(super) fn unwanted_behind(
        &self,
        way: &Way,
        route: &RouteTable,
        classes: &[PayloadClass],
    ) -> Vec<bool> {
        let Some(step) = route.step.filter(|_| !route.unwanted.is_empty()) else { return Vec::new() };
        let before = Way { links: way.links[..=usize::from(step.hop)].to_vec(), ..way.clone() };
        let before = self.unwanted(&before, classes);
        let refused = route.unwanted.iter().enumerate();
        refused.map(|(class, refused)| *refused && before.get(class) != Some(&true)).collect()
    }

    /// The payload classes that some filter of a way does not want: what is published meets the first ones, what arrives
    /// there the others.
    pub(super) fn unwanted(&self, way: &Way, classes: &[PayloadClass]) -> Vec<bool> {
        let forms = &self.push_rules.envelopes;
        let behind: Vec<bool> = classes
            .iter()
            .enumerate()
            .map(|(number, class)| refused_behind(self.topology, forms, way, Carried::of(class, number)))
            .collect();
        let first = self.unwanted_first(way, classes);
        if !behind.contains(&true) {
            return first;
        }
        behind
            .iter()
            .enumerate()
            .map(|(class, refused)| *refused || first.get(class) == Some(&true))
            .collect()
    }

    fn unwanted_first(&self, way: &Way, classes: &[PayloadClass]) -> Vec<bool> {
        let own = envelopes::as_published(self.topology, way);
        let filters = way.links[..own].iter().filter_map(|link| match &self.topology.links[*link].detail {
            LinkDetail::Delivers(delivery) => Some((&delivery.filters, delivered_forms as Forms)),
            LinkDetail::StreamPolling(mapping) => {
                let of_table = self.topology.links[*link].source == StreamKind::DynamoDb.source();
                Some((&mapping.filters, if of_table { table_forms as Forms } else { read_forms }))
            }
            LinkDetail::QueuePolling(_) | LinkDetail::Sends(_) | LinkDetail::Unmodelled => None,
        });
        let filtering: Vec<(&Vec<MappingFilter>, Forms)> =
            filters.filter(|(filters, _)| !filters.is_empty()).collect();
        if filtering.is_empty() {
            return Vec::new();
        }
        let refuses =
            |class: &PayloadClass| filtering.iter().any(|(filters, forms)| !wants(filters, &forms(class)));
        classes.iter().enumerate().map(|(index, class)| index > 0 && refuses(class)).collect()
    }
}

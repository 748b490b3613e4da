//! `AWS::Pipes::Pipe`: from its source into the pipe, from the pipe into its enrichment and its target.

use crate::pattern::Dialect;
use crate::template::build::context::Build;
use crate::template::build::deliver::Hop;
use crate::template::build::exits::DEAD_LETTER;
use crate::template::build::sources::by_id;
use crate::template::declared::Declared;
use crate::template::tree::{at, entries, items_at, path, scalar};
use crate::topology::{InvocationModel, LinkEnd, MappingFilter, ResourceId};

impl Build<'_> {
    /// The pipe polls its source, which is not simulated; it is itself where events come in.
    pub(crate) fn pipe(&mut self, id: ResourceId, declared: &Declared) {
        let own = &declared.properties;
        let pipe = LinkEnd::Resource(id);
        if let Some(source) = at(own, "Source") {
            let from = self.resolve(source, "sqs");
            self.forward("pipes", from, pipe.clone(), &source.place);
        }
        let filters = self.pipe_filters(declared);
        let mut step = |target, model| {
            let mut hop = Hop::usual(by_id("pipes"), &pipe);
            hop.model = model;
            hop.delivery.filters.clone_from(&filters);
            self.deliver(hop, target);
        };
        if let Some(enrichment) = at(own, "Enrichment") {
            step(enrichment, InvocationModel::Sync);
        }
        if let Some(target) = at(own, "Target") {
            let fire = path(own, &["TargetParameters", "LambdaFunctionParameters", "InvocationType"]);
            let waits = fire.and_then(scalar) != Some("FIRE_AND_FORGET");
            step(target, if waits { InvocationModel::Sync } else { InvocationModel::Async });
        }
        if let Some(parameters) = at(own, "SourceParameters") {
            for poller in entries(parameters) {
                if let Some(queue) = path(&poller.node, &["DeadLetterConfig", "Arn"]) {
                    self.exit_link(DEAD_LETTER, pipe.clone(), queue);
                }
            }
        }
    }

    fn pipe_filters(&mut self, declared: &Declared) -> Vec<MappingFilter> {
        let criteria = path(&declared.properties, &["SourceParameters", "FilterCriteria"]);
        let filters = criteria.map_or(&[][..], |criteria| items_at(criteria, "Filters"));
        let mut read = Vec::new();
        for pattern in filters.iter().filter_map(|filter| at(filter, "Pattern")) {
            let one = self.pattern(&declared.name, pattern, Dialect::Pipe);
            if one.is_empty() {
                return Vec::new();
            }
            read.extend(one);
        }
        read
    }
}

//! Where a verdict stands: the names of its queue and functions, and their places in the template.

use crate::explore::{At, Part};
use crate::program::Program;
use crate::report::CheckReport;
use crate::report::document::link_label;
use crate::topology::{Link, LinkDetail, Topology};
use crate::vocabulary::Place;

/// A place of a system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Site {
    /// The queue, or what pushes.
    pub(crate) queue: String,
    /// The functions that read it; the one that the verdict is about where there is one.
    pub(crate) functions: Vec<String>,
    /// The mapping, where one alone is meant.
    pub(crate) link: Option<String>,
    /// Where the queue is declared.
    pub(crate) place: Option<Place>,
}

impl Site {
    /// The site of a verdict.
    pub(crate) fn of(report: &CheckReport<'_>, part: &Part, at: At) -> Self {
        let program = &part.program;
        let queue = program.name(program.queues[at.queue].entity).to_string();
        if let Some(push) = program.push(at.queue) {
            let function = program.functions[usize::from(push.function)].entity;
            return Self {
                place: place_of(report.topology, &queue).cloned(),
                queue: program.name(push.source).to_string(),
                functions: vec![program.name(function).to_string()],
                link: Some(queue),
            };
        }
        let mappings: Vec<usize> = program.queues[at.queue].consumers().collect();
        let meant = |mapping: &&usize| {
            at.function.is_none_or(|function| usize::from(program.mappings[**mapping].function) == function)
        };
        let meant: Vec<usize> = mappings.iter().filter(meant).copied().collect();
        let link = match meant.as_slice() {
            [only] => Some(program.name(program.mappings[*only].entity).to_string()),
            [] | [_, _, ..] => None,
        };
        let functions = meant.iter().map(|mapping| function_name(program, *mapping)).collect();
        let place = place_of(report.topology, &queue).cloned();
        Self { queue, functions, link, place }
    }

    /// `Orders -> Fulfil`.
    pub(crate) fn arrow(&self) -> String {
        if self.functions.is_empty() {
            return self.queue.clone();
        }
        format!("{} -> {}{}", self.queue, self.functions.join(", "), link_label(self.link.as_deref()))
    }

    /// `template.yaml:12`, where the place is known.
    pub(crate) fn file_and_line(&self) -> Option<String> {
        self.place.as_ref().map(file_and_line)
    }
}

/// `template.yaml:12`.
pub(crate) fn file_and_line(place: &Place) -> String {
    format!("{}:{}", place.file.display(), place.line)
}

/// Where a resource or a mapping is declared.
pub(crate) fn place_of<'a>(topology: &'a Topology, name: &str) -> Option<&'a Place> {
    if let Some(resource) = topology.find(name) {
        return topology.resource(resource).place.as_ref();
    }
    let is_meant = |link: &&Link| match &link.detail {
        LinkDetail::QueuePolling(mapping) => mapping.name.as_str() == name,
        LinkDetail::Delivers(delivery) => delivery.name.as_str() == name,
        LinkDetail::StreamPolling(mapping) => mapping.name.as_str() == name,
        LinkDetail::Sends(_) | LinkDetail::Unmodelled => false,
    };
    topology.links.iter().find(is_meant)?.place.as_ref()
}

fn function_name(program: &Program, mapping: usize) -> String {
    let function = usize::from(program.mappings[mapping].function);
    program.name(program.functions[function].entity).to_string()
}

//! `redrive topology` as text: every simulated resource and link with its settings, then what is not simulated.

use std::fmt::Write as _;

use crate::report::topology_rows::{Row, of_link, of_resource};
use crate::topology::{Link, LinkDetail, Origin, Permitted, Resource, ResourceDetail, Topology};
use crate::vocabulary::{Diagnostic, Place};

/// The same without diagnostics and styles.
pub fn topology_plain(topology: &Topology) -> String {
    crate::report::text::plain(&topology_text(topology, &[]))
}

/// The topology for people: aligned columns of setting, value and origin.
pub fn topology_text(topology: &Topology, diagnostics: &[Diagnostic]) -> String {
    let mut blocks = vec![summary(topology)];
    let sections = sections(topology);
    let widths = widths(&sections);
    blocks.extend(sections.iter().map(|section| section.text(widths)));
    blocks.extend(unmodelled(topology));
    blocks.extend(others(topology));
    if !diagnostics.is_empty() {
        let lines: Vec<_> = diagnostics.iter().map(|one| format!("  {one}")).collect();
        blocks.push(format!("notes\n{}\n", lines.join("\n")));
    }
    blocks.join("\n")
}

/// A heading with its settings.
struct Section {
    heading: String,
    place: Option<Place>,
    rows: Vec<Row>,
}

fn summary(topology: &Topology) -> String {
    let is = |wanted: fn(&ResourceDetail) -> bool| {
        topology.resources.iter().filter(|resource| wanted(&resource.detail)).count()
    };
    let queues = is(|detail| matches!(detail, ResourceDetail::Queue(_)));
    let functions = is(ResourceDetail::is_code);
    let pipes = is(ResourceDetail::is_pipe);
    let pipes = if pipes == 0 { String::new() } else { format!("{}, ", counted(pipes, "pipe")) };
    let simulated = topology.links.iter().filter(|link| is_simulated(link)).count();
    format!(
        "{}: {}, {}, {pipes}{} simulated and {} not\n",
        topology.input(),
        counted(queues, "queue"),
        counted(functions, "function"),
        counted(simulated, "link"),
        topology.links.len() - simulated,
    )
}

fn counted(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

const fn is_simulated(link: &Link) -> bool {
    match link.detail {
        LinkDetail::QueuePolling(_)
        | LinkDetail::StreamPolling(_)
        | LinkDetail::Delivers(_)
        | LinkDetail::Sends(_) => true,
        LinkDetail::Unmodelled => false,
    }
}

fn sections(topology: &Topology) -> Vec<Section> {
    let resources = topology.resources.iter().filter_map(|resource| {
        let heading = heading(resource)?;
        Some(Section { heading, place: resource.place.clone(), rows: of_resource(topology, resource) })
    });
    let links = topology.links.iter().filter(|link| is_simulated(link)).map(|link| Section {
        heading: link_heading(topology, link),
        place: link.place.clone(),
        rows: of_link(topology, link),
    });
    resources.chain(links).collect()
}

fn heading(resource: &Resource) -> Option<String> {
    match &resource.detail {
        ResourceDetail::Queue(queue) => Some(format!("{} queue {}", queue.kind.word(), resource.name)),
        ResourceDetail::Function(function) => Some(format!("{} {}", function.runs.word(), resource.name)),
        ResourceDetail::Channel(kind) => Some(format!("{} {}", kind.word(), resource.name)),
        ResourceDetail::Stream(stream) => Some(format!("{} stream {}", stream.kind.word(), resource.name)),
        ResourceDetail::Other => None,
    }
}

fn link_heading(topology: &Topology, link: &Link) -> String {
    let (from, to) = (topology.end_name(&link.from), topology.end_name(&link.to));
    format!("{from} -> {to}: {} ({}), permission {}", link.model.id(), link.source, permitted(link.permitted))
}

/// The word for a permission, in all formats.
pub(super) const fn permitted(permitted: Permitted) -> &'static str {
    match permitted {
        Permitted::Granted => "granted",
        Permitted::Denied => "denied",
        Permitted::Unknown => "unknown",
    }
}

fn widths(sections: &[Section]) -> (usize, usize) {
    let rows = || sections.iter().flat_map(|section| &section.rows);
    let name = rows().map(|row| row.name.len()).max().unwrap_or(0);
    let short = rows().filter(|row| row.origin.is_some()).map(|row| row.text.chars().count());
    (name, short.max().unwrap_or(0))
}

impl Section {
    fn text(&self, (name, value): (usize, usize)) -> String {
        let mut text = self.heading.clone();
        if let Some(place) = &self.place {
            let _ = write!(text, "  [line {}]", place.line);
        }
        text.push('\n');
        for row in &self.rows {
            let line = format!("  {:name$}  {:value$}  {}", row.name, row.text, origin(row));
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

fn origin(row: &Row) -> String {
    let from = match &row.origin {
        Some(Origin::Template(place)) => format!("line {}", place.line),
        Some(Origin::Default(id)) => format!("default by {id}"),
        Some(Origin::CommandLine) => "command line".to_owned(),
        Some(Origin::Unknown(place)) => format!("line {}, open", place.line),
        None => String::new(),
    };
    match &row.open {
        Some(open) => format!("{from}: {}; tried: {}", open.why, open.texts.join(", ")),
        None => from,
    }
}

fn unmodelled(topology: &Topology) -> Option<String> {
    let width = topology.unmodelled.iter().map(|one| one.name.chars().count()).max()?;
    let kinds = topology.unmodelled.iter().map(|one| one.type_name.chars().count()).max()?;
    let mut text = "not simulated\n".to_owned();
    for one in &topology.unmodelled {
        let _ = writeln!(text, "  {:width$}  {:kinds$}  {}", one.name, one.type_name, one.cost);
    }
    Some(text)
}

/// What has no life of its own, by type.
fn others(topology: &Topology) -> Option<String> {
    let mut types: Vec<(&str, Vec<&str>)> = Vec::new();
    for resource in &topology.resources {
        let ResourceDetail::Other = resource.detail else { continue };
        match types.iter_mut().find(|(name, _)| *name == resource.type_name) {
            Some((_, names)) => names.push(resource.name.as_str()),
            None => types.push((&resource.type_name, vec![resource.name.as_str()])),
        }
    }
    types.sort_unstable();
    let width = types.iter().map(|(name, _)| name.chars().count()).max()?;
    let mut text = "other resources\n".to_owned();
    for (name, resources) in types {
        let _ = writeln!(text, "  {name:width$}  {}", resources.join(", "));
    }
    Some(text)
}

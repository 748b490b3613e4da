//! `redrive topology --format mermaid` and `dot`: queues, functions and the hops between them as a graph.
//!
//! Hops that are not simulated are dotted, dead-letter queues are marked.

use serde_json::Value as Json;

use crate::report::text::Page;
use crate::report::topology_json;
use crate::report::topology_rows::ways_out;
use crate::topology::Topology;

/// The topology as a flowchart of Mermaid.
pub fn topology_mermaid(topology: &Topology) -> String {
    let graph = Graph::of(topology);
    let mut page = Page::default();
    page.line("flowchart LR");
    for (index, node) in graph.nodes.iter().enumerate() {
        let name = node.name.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
        let (open, close) = match node.kind.as_str() {
            "queue" => ("[(\"", "\")]"),
            "function" => ("[[\"", "\"]]"),
            _ => ("[\"", "\"]"),
        };
        page.line(format!("  n{index}{open}{name}{close}"));
    }
    for edge in &graph.edges {
        let arrow = match edge.hop {
            Hop::Simulated => "-->",
            Hop::NotSimulated | Hop::DeadLetter => "-.->",
        };
        page.line(format!("  n{} {arrow}|{}| n{}", edge.from, edge.label, edge.to));
    }
    page.finish()
}

/// The topology as a graph of Graphviz.
pub fn topology_dot(topology: &Topology) -> String {
    let graph = Graph::of(topology);
    let mut page = Page::default();
    page.line("digraph redrive {");
    page.line("  rankdir=LR;");
    for (index, node) in graph.nodes.iter().enumerate() {
        let shape = match node.kind.as_str() {
            "queue" => "cylinder",
            "function" => "component",
            _ => "box",
        };
        page.line(format!("  n{index} [label={}, shape={shape}];", quoted(&node.name)));
    }
    for edge in &graph.edges {
        let style = match edge.hop {
            Hop::Simulated => "solid",
            Hop::NotSimulated => "dotted",
            Hop::DeadLetter => "dashed",
        };
        let label = quoted(&edge.label);
        page.line(format!("  n{} -> n{} [label={label}, style={style}];", edge.from, edge.to));
    }
    page.line("}");
    page.finish()
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

struct Node {
    name: String,
    kind: String,
}

/// What kind of hop an edge is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hop {
    Simulated,
    NotSimulated,
    DeadLetter,
}

struct Edge {
    from: usize,
    to: usize,
    label: String,
    hop: Hop,
}

/// Queues, functions and whatever a link names.
#[derive(Default)]
struct Graph {
    nodes: Vec<Node>,
    edges: Vec<Edge>,
}

impl Graph {
    fn of(topology: &Topology) -> Self {
        let json = topology_json(topology, &[]);
        let mut graph = Self::default();
        for resource in list(&json, "resources") {
            if text(resource, "kind") != "other" {
                graph.node(text(resource, "name"), text(resource, "kind"));
            }
        }
        for link in list(&json, "links") {
            let (from, to) = (graph.node(text(link, "from"), ""), graph.node(text(link, "to"), ""));
            let is_simulated = link.get("simulated").and_then(Json::as_bool) == Some(true);
            let hop = if is_simulated { Hop::Simulated } else { Hop::NotSimulated };
            graph.edges.push(Edge { from, to, label: text(link, "model").to_owned(), hop });
        }
        for resource in list(&json, "resources") {
            let setting = |name: &str| resource.get("settings")?.get(name)?.get("value");
            let Some(target) = setting("deadLetterTargetArn").and_then(Json::as_str) else { continue };
            let (from, to) = (graph.node(text(resource, "name"), ""), graph.node(target, ""));
            let count =
                setting("maxReceiveCount").map_or_else(String::new, |count| format!(" after {count}"));
            graph.edges.push(Edge { from, to, label: format!("dead letters{count}"), hop: Hop::DeadLetter });
        }
        for way in ways_out(topology) {
            let (from, to) = (graph.node(way.from, ""), graph.node(way.to, ""));
            graph.edges.push(Edge { from, to, label: way.what.to_owned(), hop: Hop::DeadLetter });
        }
        graph
    }

    /// The position of a node, which is made where it is not there.
    fn node(&mut self, name: &str, kind: &str) -> usize {
        let known = self.nodes.iter().position(|node| node.name == name);
        known.unwrap_or_else(|| {
            self.nodes.push(Node { name: name.to_owned(), kind: kind.to_owned() });
            self.nodes.len() - 1
        })
    }
}

fn list<'a>(json: &'a Json, name: &str) -> impl Iterator<Item = &'a Json> {
    json.get(name).and_then(Json::as_array).into_iter().flatten()
}

fn text<'a>(json: &'a Json, name: &str) -> &'a str {
    json.get(name).and_then(Json::as_str).unwrap_or_default()
}

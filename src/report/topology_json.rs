//! `redrive topology --format json`: the documented format `redrive.topology/1`.

use serde_json::{Map, Value as Json, json};

use crate::report::topology_rows::{Row, of_link, of_resource};
use crate::report::topology_text::permitted;
use crate::topology::{Link, LinkDetail, Origin, Resource, ResourceDetail, Topology, Unmodelled};
use crate::vocabulary::{Diagnostic, Place};

/// The name and version of the format.
pub const TOPOLOGY_FORMAT: &str = "redrive.topology/1";

/// The topology for programs. Settings are in the units of CloudFormation: seconds, bytes, MiB.
pub fn topology_json(topology: &Topology, diagnostics: &[Diagnostic]) -> Json {
    json!({
        "format": TOPOLOGY_FORMAT,
        "input": topology.input(),
        "resources": topology.resources.iter().map(|one| resource(topology, one)).collect::<Vec<_>>(),
        "links": topology.links.iter().map(|one| link(topology, one)).collect::<Vec<_>>(),
        "unmodelled": topology.unmodelled.iter().map(unmodelled).collect::<Vec<_>>(),
        "diagnostics": diagnostics.iter().map(diagnostic).collect::<Vec<_>>(),
    })
}

fn resource(topology: &Topology, resource: &Resource) -> Json {
    let kind = match &resource.detail {
        ResourceDetail::Queue(queue) => json!({ "kind": "queue", "fifo": queue.kind.word() == "FIFO" }),
        ResourceDetail::Function(function) => json!({ "kind": function.runs.word() }),
        ResourceDetail::Channel(kind) => json!({ "kind": kind.word() }),
        ResourceDetail::Stream(stream) => json!({ "kind": "stream", "source": stream.kind.source() }),
        ResourceDetail::Other => json!({ "kind": "other" }),
    };
    let mut object = json!({
        "name": resource.name.as_str(),
        "logical_id": resource.logical_id,
        "type": resource.type_name,
    });
    extend(&mut object, kind);
    extend(&mut object, json!({ "settings": settings(&of_resource(topology, resource)) }));
    extend(&mut object, at(resource.place.as_ref()));
    object
}

fn link(topology: &Topology, link: &Link) -> Json {
    let simulated = match link.detail {
        LinkDetail::QueuePolling(_)
        | LinkDetail::StreamPolling(_)
        | LinkDetail::Delivers(_)
        | LinkDetail::Sends(_) => true,
        LinkDetail::Unmodelled => false,
    };
    let mut object = json!({
        "from": topology.end_name(&link.from),
        "to": topology.end_name(&link.to),
        "model": link.model.id(),
        "source": link.source,
        "simulated": simulated,
        "settings": settings(&of_link(topology, link)),
        "permitted": permitted(link.permitted),
    });
    extend(&mut object, at(link.place.as_ref()));
    object
}

fn settings(rows: &[Row]) -> Json {
    let mut object = Map::new();
    for row in rows {
        object.insert(row.name.to_string(), setting(row));
    }
    Json::Object(object)
}

fn setting(row: &Row) -> Json {
    let mut object = json!({ "value": row.json });
    let origin = match &row.origin {
        Some(Origin::Template(place)) => with_place(json!({ "origin": "template" }), place),
        Some(Origin::Default(id)) => json!({ "origin": "default", "rule": id }),
        Some(Origin::CommandLine) => json!({ "origin": "command-line" }),
        Some(Origin::Unknown(place)) => with_place(json!({ "origin": "unknown" }), place),
        None => json!({}),
    };
    extend(&mut object, origin);
    if let Some(open) = &row.open {
        extend(&mut object, json!({ "why": open.why, "alternatives": open.json }));
    }
    object
}

fn unmodelled(one: &Unmodelled) -> Json {
    let mut object = json!({ "name": one.name, "type": one.type_name, "cost": one.cost });
    extend(&mut object, at(one.place.as_ref()));
    object
}

/// A diagnostic as all JSON formats write it.
pub(crate) fn diagnostic(one: &Diagnostic) -> Json {
    let mut object = json!({ "severity": one.severity.word(), "code": one.code, "message": one.message });
    extend(&mut object, at(one.place.as_ref()));
    if let Some(help) = &one.help {
        extend(&mut object, json!({ "help": help }));
    }
    object
}

fn at(place: Option<&Place>) -> Json {
    place.map_or_else(|| json!({}), |place| with_place(json!({}), place))
}

fn with_place(mut object: Json, place: &Place) -> Json {
    let file = place.file.to_string_lossy();
    extend(&mut object, json!({ "file": file, "line": place.line, "column": place.column }));
    object
}

fn extend(object: &mut Json, more: Json) {
    if let (Json::Object(object), Json::Object(more)) = (object, more) {
        object.extend(more);
    }
}

//! SAM connectors, both those of their own and those inside a resource.

use crate::template::Node;
use crate::template::declared::{Connection, Declared};
use crate::template::tree::{at, entries, items, items_at, path, scalar, scalar_at};

/// Everything that connectors connect.
pub(super) fn read(declared: &[Declared]) -> Vec<Connection> {
    let mut connections = Vec::new();
    for resource in declared {
        if resource.type_name == "AWS::Serverless::Connector" {
            let source = path(&resource.properties, &["Source", "Id"]).and_then(scalar);
            if let Some(source) = source {
                connect(source, &resource.properties, &mut connections);
            }
        }
        let embedded = resource.connectors.as_ref().or_else(|| at(&resource.properties, "Connectors"));
        for entry in embedded.map_or(&[][..], entries) {
            if let Some(properties) = at(&entry.node, "Properties") {
                connect(&resource.logical_id, properties, &mut connections);
            }
        }
    }
    connections
}

fn connect(from: &str, properties: &Node, connections: &mut Vec<Connection>) {
    let permissions: Vec<_> =
        items_at(properties, "Permissions").iter().filter_map(scalar).map(str::to_owned).collect();
    let destinations = at(properties, "Destination").map_or(&[][..], items);
    for destination in destinations {
        if let Some(to) = scalar_at(destination, "Id") {
            connections.push(Connection {
                from: from.to_owned(),
                to: to.to_owned(),
                permissions: permissions.clone(),
                place: destination.place.clone(),
            });
        }
    }
}

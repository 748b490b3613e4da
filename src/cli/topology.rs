//! `redrive topology`.

use crate::cli::arguments::{Topology, TopologyFormat};
use crate::cli::input::read;
use crate::cli::problems::Problems;
use crate::cli::start::Done;
use crate::cli::values::Reader;
use crate::models::Models;
use crate::report::{topology_dot, topology_json, topology_mermaid, topology_text};

/// Shows what was understood.
pub(super) fn topology(arguments: &Topology, models: &Models, problems: Problems) -> Done {
    let mut reader = Reader::default();
    let system = reader.changes(&arguments.changes, &[]);
    let wrong = reader.finish();
    if !wrong.is_empty() {
        problems.tell(&wrong);
        return Done::unusable();
    }
    let Ok(input) = read(&arguments.paths, &system, models, problems) else { return Done::unusable() };
    Done::shown(match arguments.format {
        TopologyFormat::Text => topology_text(&input.topology, &input.diagnostics),
        TopologyFormat::Mermaid => topology_mermaid(&input.topology),
        TopologyFormat::Dot => topology_dot(&input.topology),
        TopologyFormat::Json => format!("{:#}\n", topology_json(&input.topology, &input.diagnostics)),
    })
}

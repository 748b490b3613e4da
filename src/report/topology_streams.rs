//! The settings of streams and of the mappings that read them, as rows.

use serde_json::{Value as Json, json};

use crate::report::topology_rows::{Row, Shown, exit_row, fact, row};
use crate::topology::{Reading, Setting, StartingPosition, Stream, StreamMapping, Topology};

impl Shown for StartingPosition {
    fn text(&self) -> String {
        self.to_string()
    }
    fn json(&self) -> Json {
        json!(self.word())
    }
}

/// The settings of a stream.
pub(super) fn of_stream(stream: &Stream) -> Vec<Row> {
    let mut rows: Vec<Row> = stream.shards.iter().map(|shards| row("ShardCount", shards)).collect();
    rows.push(row("RetentionPeriod", &stream.retention));
    rows
}

/// The settings of a mapping.
pub(super) fn of_stream_mapping(topology: &Topology, mapping: &StreamMapping) -> Vec<Row> {
    let mut rows = vec![
        row("Enabled", &mapping.enabled),
        row("BatchSize", &mapping.batch_size),
        row("MaximumBatchingWindowInSeconds", &mapping.batching_window),
        row("FunctionResponseTypes", &mapping.response_type),
    ];
    rows.extend(mapping.starting_position.iter().map(|position| row("StartingPosition", position)));
    rows.push(row("ParallelizationFactor", &mapping.parallelization));
    rows.push(bounded("MaximumRetryAttempts", mapping.attempts.as_ref()));
    rows.push(bounded("MaximumRecordAgeInSeconds", mapping.age.as_ref()));
    rows.push(row("BisectBatchOnFunctionError", &mapping.bisect));
    rows.push(row("TumblingWindowInSeconds", &mapping.tumbling_window));
    rows.extend(mapping.on_failure.iter().map(|exit| exit_row(topology, "OnFailure", exit)));
    rows.extend(mapping.filters.iter().map(|filter| fact("Filter", &filter.text)));
    rows.extend(mapping.topic.iter().map(|topic| fact("Reads", topic)));
    if let Some(pollers) = &mapping.provisioned {
        rows.push(row("MinimumPollers", &pollers.minimum));
        rows.push(row("MaximumPollers", &pollers.maximum));
    }
    rows.extend(match mapping.reading {
        Reading::Shared => None,
        Reading::Dedicated => Some(fact("Consumer", "enhanced fan-out")),
    });
    rows
}

/// A limit, or that there is none.
fn bounded<T: Shown>(property: &'static str, limit: Option<&Setting<T>>) -> Row {
    limit.map_or_else(|| fact(property, "without end"), |limit| row(property, limit))
}

//! The model files that are part of the program.

use std::path::Path;
use std::sync::Arc;

use crate::models::source::{Layer, SourceFile};

/// Every file under `models/`, by its path inside that folder.
pub const EMBEDDED_FILES: &[(&str, &str)] = &[
    ("citations.toml", include_str!("../../models/citations.toml")),
    ("guarantees.toml", include_str!("../../models/guarantees.toml")),
    ("invocation/async.toml", include_str!("../../models/invocation/async.toml")),
    ("invocation/queue_poll.toml", include_str!("../../models/invocation/queue_poll.toml")),
    ("limits.toml", include_str!("../../models/limits.toml")),
    ("prices.toml", include_str!("../../models/prices.toml")),
    ("profile.toml", include_str!("../../models/profile.toml")),
    ("properties.toml", include_str!("../../models/properties.toml")),
    ("services/function.toml", include_str!("../../models/services/function.toml")),
    ("services/pattern.toml", include_str!("../../models/services/pattern.toml")),
    ("services/sqs_fifo.toml", include_str!("../../models/services/sqs_fifo.toml")),
    ("services/sqs_standard.toml", include_str!("../../models/services/sqs_standard.toml")),
    ("sources/custom.toml", include_str!("../../models/sources/custom.toml")),
    ("sources/mq.toml", include_str!("../../models/sources/mq.toml")),
    ("sources/sns.toml", include_str!("../../models/sources/sns.toml")),
    ("sources/sqs.toml", include_str!("../../models/sources/sqs.toml")),
];

/// The embedded files, ready to be read.
pub(super) fn files() -> Vec<SourceFile> {
    let file = |&(path, text): &(&str, &str)| SourceFile {
        path: path.to_owned(),
        name: Arc::new(Path::new("models").join(path)),
        text: text.to_owned(),
        layer: Layer::Embedded,
    };
    EMBEDDED_FILES.iter().map(file).collect()
}

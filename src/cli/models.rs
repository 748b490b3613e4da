//! `redrive models`.

use crate::cli::arguments;
use crate::cli::explain::unknown;
use crate::cli::problems::Problems;
use crate::cli::start::Done;
use crate::models::{Models, describe_model, describe_models};

/// Lists all models, or shows one.
pub(super) fn models(arguments: &arguments::Models, models: &Models, problems: Problems) -> Done {
    match &arguments.id {
        None => Done::shown(describe_models(models)),
        Some(id) => match describe_model(models, id) {
            Some(text) => Done::shown(text),
            None => unknown(models, "model", id, problems),
        },
    }
}

//! `redrive explain`.

use crate::cli::arguments::Explain;
use crate::cli::problems::Problems;
use crate::cli::start::Done;
use crate::models::{self, Models};
use crate::vocabulary::Diagnostic;

/// Explains one name.
pub(super) fn explain(arguments: &Explain, models: &Models, problems: Problems) -> Done {
    match models::explain(models, &arguments.name) {
        Some(text) => Done::shown(text),
        None => unknown(models, "name", &arguments.name, problems),
    }
}

/// Nothing has this name; others are near.
pub(super) fn unknown(models: &Models, what: &str, name: &str, problems: Problems) -> Done {
    let near: Vec<String> =
        models::suggestions(models, name).iter().map(|suggestion| format!("`{suggestion}`")).collect();
    let help = match near.as_slice() {
        [] => "`redrive models` lists what there is".to_owned(),
        near => format!("did you mean {}?", near.join(" or ")),
    };
    problems.tell(&[Diagnostic::error("option-name", format!("there is no {what} `{name}`")).help(help)]);
    Done::unusable()
}

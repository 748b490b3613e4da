//! Saved reports and ledgers from files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value as Json;

use crate::report::{Document, LEDGER, Ledger, read_documents, read_ledger};
use crate::vocabulary::{Diagnostic, Place};

/// Whether a file says that it is a report of ours, whatever else may be wrong with it.
pub(super) fn is_report(path: &Path) -> bool {
    head(path).contains("\"format\":\"redrive.report/")
}

/// Whether a file says that it is a run.
pub(super) fn is_trace(path: &Path) -> bool {
    head(path).contains("\"format\":\"redrive.trace/")
}

/// A run as `redrive.trace/1`.
///
/// # Errors
/// Why it is none.
pub(super) fn trace(path: &Path) -> Result<Json, Box<Diagnostic>> {
    let wrong = |message: String| {
        let help = "give what `redrive run --format json` wrote";
        Box::new(Diagnostic::error("trace-unreadable", format!("{}: {message}", path.display())).help(help))
    };
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| wrong(format!("this is no JSON: {error}")))
}

fn head(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.chars().filter(|letter| !letter.is_whitespace()).take(HEAD).collect()
}

/// A report begins with its format.
const HEAD: usize = 64;

/// The reports of a file.
///
/// # Errors
/// Why it is none.
pub(super) fn reports(path: &Path) -> Result<Vec<Document>, Box<Diagnostic>> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        let message = format!("{} cannot be read: {error}", path.display());
        Box::new(
            Diagnostic::error("report-unreadable", message).help("name what `check --format json` wrote"),
        )
    })?;
    read_documents(&text).map_err(|error| {
        let wrong = Diagnostic::error("report-unreadable", format!("{}: {error}", path.display()))
            .help("give what `redrive check --format json` wrote");
        Box::new(match (error.line, error.column) {
            (Some(line), Some(column)) => {
                let file = Arc::new(path.to_owned());
                wrong.at(&Place { line, column, ..Place::start_of(&file) })
            }
            (_, _) => wrong,
        })
    })
}

/// Where the ledger of a template is.
pub(super) fn ledger_path(template: &Path) -> PathBuf {
    template.parent().unwrap_or(Path::new("")).join(LEDGER)
}

/// The name by which a ledger knows a template.
pub(super) fn template_name(template: &Path) -> String {
    template.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// The ledger beside a template; an empty one where there is no file.
///
/// # Errors
/// Everything that is wrong with it.
pub(super) fn ledger(template: &Path) -> Result<Ledger, Vec<Diagnostic>> {
    match std::fs::read_to_string(ledger_path(template)) {
        Ok(text) => read_ledger(&Arc::new(ledger_path(template)), &text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Ledger::default()),
        Err(error) => {
            let message = format!("{} cannot be read: {error}", ledger_path(template).display());
            Err(vec![Diagnostic::error("accept-unreadable", message)])
        }
    }
}

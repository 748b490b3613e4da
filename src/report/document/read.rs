//! Reading saved reports: whatever is wrong with one is told with its place.

use std::fmt;

use serde_json::Value as Json;

use crate::report::REPORT_FORMAT;
use crate::report::document::Document;

/// Why a file is no report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentError {
    /// Line, from 1, where the text itself is broken.
    pub line: Option<u32>,
    /// Column, from 1.
    pub column: Option<u32>,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for DocumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// The reports of a file: one, or a list of them.
///
/// # Errors
/// What is wrong with it: no JSON, another format or version, a field that is missing or has the wrong type.
pub fn read_documents(text: &str) -> Result<Vec<Document>, DocumentError> {
    let json: Json = serde_json::from_str(text).map_err(|error| DocumentError {
        line: u32::try_from(error.line()).ok(),
        column: u32::try_from(error.column().max(1)).ok(),
        message: format!("this is no JSON: {error}"),
    })?;
    match json {
        Json::Array(reports) => reports.into_iter().map(one).collect(),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) | Json::Object(_) => {
            Ok(vec![one(json)?])
        }
    }
}

fn one(json: Json) -> Result<Document, DocumentError> {
    let wrong = |message: String| DocumentError { line: None, column: None, message };
    match json.get("format").and_then(Json::as_str) {
        Some(REPORT_FORMAT) => {}
        Some(other) => {
            return Err(wrong(format!("its format is `{other}`, wanted is `{REPORT_FORMAT}`")));
        }
        None => return Err(wrong(format!("it has no `format`, wanted is `{REPORT_FORMAT}`"))),
    }
    let document: Document =
        serde_json::from_value(json).map_err(|error| wrong(format!("it is not a whole report: {error}")))?;
    let count = document.guarantees.len();
    let astray = document.findings.iter().flat_map(|one| &one.guarantees).find(|index| **index >= count);
    match astray {
        Some(index) => {
            Err(wrong(format!("a finding names verdict {index}, and the report has {count} verdicts")))
        }
        None => Ok(document),
    }
}

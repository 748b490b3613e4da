//! Reports in the formats for programs and other tools.

use crate::cli::arguments::CheckFormat;
use crate::models::Models;
use crate::report::{Document, github, junit, markdown, sarif};

/// All reports of one command in one format; nothing for text, which is not made from documents.
pub(super) fn render(format: CheckFormat, documents: &[Document], models: &Models) -> String {
    match format {
        CheckFormat::Text => String::new(),
        CheckFormat::Json => match documents {
            [only] => format!("{:#}\n", only.to_json()),
            many => {
                let reports: Vec<_> = many.iter().map(Document::to_json).collect();
                format!("{:#}\n", serde_json::Value::Array(reports))
            }
        },
        CheckFormat::Github => github(documents),
        CheckFormat::Junit => junit(documents),
        CheckFormat::Markdown => markdown(documents),
        CheckFormat::Sarif => format!("{:#}\n", sarif(documents, models)),
    }
}

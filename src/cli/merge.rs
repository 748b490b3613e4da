//! `redrive merge`.

use crate::cli::arguments::{CheckFormat, Merge};
use crate::cli::exit::Exit;
use crate::cli::problems::Problems;
use crate::cli::render::render;
use crate::cli::saved::reports;
use crate::cli::start::Done;
use crate::models::Models;
use crate::report::{Document, document_text, merge as join};
use crate::vocabulary::Diagnostic;

/// Joins the reports about each input, and ends as the worst of them.
pub(super) fn merge(arguments: &Merge, models: &Models, problems: Problems) -> Done {
    let mut wrong = Vec::new();
    let mut groups: Vec<Vec<Document>> = Vec::new();
    for path in &arguments.reports {
        match reports(path) {
            Ok(documents) => documents.into_iter().for_each(|document| sort_in(&mut groups, document)),
            Err(problem) => wrong.push(*problem),
        }
    }
    let mut merged = Vec::new();
    for group in &groups {
        let alone = group.len() < arguments.reports.len();
        let result = if alone && wrong.is_empty() {
            Err(format!(
                "only {} of {} files are about {}",
                group.len(),
                arguments.reports.len(),
                group[0].input()
            ))
        } else {
            join(group).map_err(|error| error.to_string())
        };
        match result {
            Ok(document) => merged.push(document),
            Err(message) => {
                let help =
                    "merge reports of one input by one version, with the same options and different seeds";
                wrong.push(
                    Diagnostic::error(
                        "merge-different",
                        format!("these are no parts of one search: {message}"),
                    )
                    .help(help),
                );
            }
        }
    }
    if !wrong.is_empty() {
        problems.tell(&wrong);
        return Done::unusable();
    }
    let text = match arguments.format {
        CheckFormat::Text => merged.iter().map(document_text).collect(),
        CheckFormat::Json
        | CheckFormat::Github
        | CheckFormat::Junit
        | CheckFormat::Markdown
        | CheckFormat::Sarif => render(arguments.format, &merged, models),
    };
    let exit = if merged.iter().any(Document::fails) { Exit::Violated } else { Exit::Held };
    Done { text, exit }
}

/// Puts a report to those about the same input.
fn sort_in(groups: &mut Vec<Vec<Document>>, document: Document) {
    match groups.iter_mut().find(|group| group[0].input() == document.input()) {
        Some(group) => group.push(document),
        None => groups.push(vec![document]),
    }
}

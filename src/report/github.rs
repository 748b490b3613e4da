//! `redrive check --format github`: annotations of a pull request, as workflow commands of GitHub Actions.
//!
//! A command is one line: in its text `%` and line ends are escaped, in its properties `:` and `,` as well.

use crate::report::document::{Document, Finding, Guarantee, Spot, diagnostic_parts, facts, story, summary};
use crate::report::text::Page;

/// An annotation for each finding and each problem of the input, then a line for each input.
pub fn github(documents: &[Document]) -> String {
    let mut text = Page::default();
    for document in documents {
        for json in &document.diagnostics {
            text.append(&problem(&diagnostic_parts(json)));
        }
        for (finding, first) in document.found() {
            text.append(&annotation(document, finding, first));
        }
    }
    for document in documents {
        text.append(&format!("redrive: {}: {}\n", document.input, summary(document)));
    }
    text.finish()
}

fn annotation(document: &Document, finding: &Finding, first: &Guarantee) -> String {
    let level = match finding.severity.as_str() {
        "error" => "error",
        "advice" => "warning",
        _ => "notice",
    };
    let mut properties = vec![("title", format!("{}: {}", first.name, first.at.arrow()))];
    let at = first.at.place.as_ref();
    properties.splice(0..0, at.map_or_else(|| vec![("file", document.input.clone())], place));
    let mut message = Page::default();
    message.line(&finding.title);
    for (name, value) in facts(document, finding) {
        message.append(&format!("{name}: {value}\n"));
    }
    message.append(&story(first));
    if let Some(told) = &first.counterexample {
        message.append(&format!("replay: {}\n", told.command));
    }
    message.append(&format!("finding: {}", finding.id));
    command(level, &properties, &message.finish())
}

fn place(spot: &Spot) -> Vec<(&'static str, String)> {
    vec![("file", spot.file.clone()), ("line", spot.line.to_string()), ("col", spot.column.to_string())]
}

fn problem(parts: &crate::report::document::DiagnosticParts<'_>) -> String {
    let level = match parts.severity {
        "error" => "error",
        "warning" => "warning",
        _ => return String::new(),
    };
    let mut properties = Vec::new();
    properties.extend(parts.file.map(|file| ("file", file.to_owned())));
    properties.extend(parts.line.map(|line| ("line", line.to_string())));
    properties.extend(parts.column.map(|column| ("col", column.to_string())));
    properties.push(("title", parts.code.to_owned()));
    command(level, &properties, &parts.message)
}

/// One workflow command.
fn command(level: &str, properties: &[(&str, String)], message: &str) -> String {
    let properties: Vec<String> =
        properties.iter().map(|(name, value)| format!("{name}={}", in_property(value))).collect();
    format!("::{level} {}::{}\n", properties.join(","), in_text(message))
}

fn in_text(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn in_property(text: &str) -> String {
    in_text(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_command_ends_it_early() {
        let line = command("error", &[("file", "a,b:c\n.yaml".to_owned())], "100 %: a\r\nb, c::d");
        assert_eq!(line, "::error file=a%2Cb%3Ac%0A.yaml::100 %25: a%0D%0Ab, c::d\n");
    }
}

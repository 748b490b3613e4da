//! `redrive check --format markdown`: what a comment on a pull request shows, findings folded away.

use crate::report::document::{
    Change, Document, Excuse, Finding, Guarantee, Repair, diagnostic_parts, facts, story, summary,
};
use crate::report::text::{Page, Piece, patch_lines};

/// A section for each input: the verdicts as a table, then every finding.
pub fn markdown(documents: &[Document]) -> String {
    let sections: Vec<String> = documents.iter().map(section).collect();
    sections.join("\n")
}

fn section(document: &Document) -> String {
    let mut text = Page::default();
    text.append(&format!("### redrive: {}\n\n{}.\n", code(&document.input), sentence(document)));
    if !document.diagnostics.is_empty() && document.conclusion == "unusable" {
        text.append("\n");
        for one in document.diagnostics.iter().map(diagnostic_parts) {
            let place = match (one.file, one.line) {
                (Some(file), Some(line)) => format!("{}: ", code(&format!("{file}:{line}"))),
                (_, _) => String::new(),
            };
            text.append(&format!("* {place}{}\n", plain(&one.message)));
        }
    }
    text.append(&table(document));
    for (finding, first) in document.found() {
        text.append(&details(document, finding, first));
    }
    if !document.guarantees.is_empty() {
        text.append(&format!(
            "\n<sub>redrive {}, models {}, {} seeds from {}</sub>\n",
            document.version, document.models_digest, document.seeds.count, document.seeds.first
        ));
    }
    text.finish()
}

fn sentence(document: &Document) -> String {
    let word = match document.conclusion.as_str() {
        "held" => "Held",
        "violated" => "Violated",
        "not-exercised" => "Nothing violated, not everything put to the test",
        other => other,
    };
    format!("**{word}**: {}", summary(document))
}

/// A row for each place, a column for each guarantee.
fn table(document: &Document) -> String {
    let (mut names, mut places): (Vec<&str>, Vec<String>) = (Vec::new(), Vec::new());
    let rows =
        || document.guarantees.iter().filter(|verdict| verdict.name != "deployable" || verdict.is_violated());
    for verdict in rows() {
        if !names.contains(&verdict.name.as_str()) {
            names.push(&verdict.name);
        }
        let place = verdict.at.arrow();
        if !places.contains(&place) {
            places.push(place);
        }
    }
    if places.is_empty() {
        return String::new();
    }
    let mut text = Page::default();
    text.append(&format!("\n| at | {} |\n|---|{}\n", names.join(" | "), "---|".repeat(names.len())));
    for place in places {
        let here = |name: &&str| {
            let verdict = rows().find(|one| one.name == **name && one.at.arrow() == place);
            verdict.map_or("", standing)
        };
        let cells: Vec<&str> = names.iter().map(here).collect();
        text.append(&format!("| {} | {} |\n", code(&place), cells.join(" | ")));
    }
    text.finish()
}

fn standing(verdict: &Guarantee) -> &'static str {
    match (verdict.verdict.as_str(), verdict.excused.as_ref().map(Excuse::severity)) {
        ("violated", Some(excuse)) => excuse,
        ("violated", None) if verdict.gates => "**violated**",
        ("violated", None) => "advice",
        ("held", _) => "held",
        ("not-exercised", _) => "not exercised",
        (_, _) => "–",
    }
}

fn details(document: &Document, finding: &Finding, first: &Guarantee) -> String {
    let lead = match finding.severity.as_str() {
        "error" => format!("<b>{}</b>", finding.harm),
        other => other.to_owned(),
    };
    let mut text = Page::default();
    text.append(&format!("\n<details>\n<summary>{lead}: {}</summary>\n\n", html(&finding.title)));
    if let Some(spot) = &first.at.place {
        text.append(&format!("* in {}\n", code(&format!("{}:{}", spot.file, spot.line))));
    }
    for (name, value) in facts(document, finding) {
        text.append(&format!("* {name}: {}\n", plain(&value)));
    }
    text.append(&format!("* finding {}\n", code(&finding.id)));
    if let Some(told) = &first.counterexample {
        text.append(&format!("\n{}", block("text", &story(first))));
        text.append(&format!("\nReplay:\n\n{}", block("sh", &told.command)));
    }
    if let Some(repair) = &finding.repair {
        text.append(&format!("\nRepair: {}\n\n{}", plain(&repair.says), block("diff", &patch(repair))));
    }
    text.append("\n</details>\n");
    text.finish()
}

fn patch(repair: &Repair) -> String {
    let mut text = Page::default();
    for changes in repair.changes.chunk_by(|one, other| one.resource == other.resource) {
        text.append(&format!("@@ {} @@\n", changes[0].resource));
        let pieces: Vec<Piece<'_>> = changes.iter().map(piece).collect();
        for line in patch_lines(&pieces) {
            text.append(&format!("{}  {}\n", line.sign.letter(), line.text));
        }
    }
    text.finish()
}

fn piece(change: &Change) -> Piece<'_> {
    Piece {
        property: &change.property,
        before: change.before.as_deref(),
        after: &change.after,
        line: change.line,
    }
}

/// A fenced block whose fence is longer than any run of backticks in it.
fn block(language: &str, content: &str) -> String {
    let fence = "`".repeat(FENCE.max(longest_run(content) + 1));
    let end = if content.ends_with('\n') { "" } else { "\n" };
    format!("{fence}{language}\n{content}{end}{fence}\n")
}

const FENCE: usize = 3;

/// A span of code; a `|` in it would end the cell of a table.
fn code(text: &str) -> String {
    let fence = "`".repeat(longest_run(text) + 1);
    let text = text.replace('|', "\\|").replace('\n', " ");
    if text.contains('`') { format!("{fence} {text} {fence}") } else { format!("{fence}{text}{fence}") }
}

fn longest_run(text: &str) -> usize {
    text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0)
}

/// Text in which nothing is markup.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in html(text).chars() {
        if ['\\', '`', '*', '_', '[', ']', '|'].contains(&letter) {
            plain.push('\\');
        }
        plain.push(letter);
    }
    plain.replace('\n', " ")
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_become_markup() {
        assert_eq!(code("a|b"), "`a\\|b`");
        assert_eq!(code("a`b"), "`` a`b ``");
        assert_eq!(plain("<b> *x* [y](z)"), "&lt;b&gt; \\*x\\* \\[y\\](z)");
        assert_eq!(block("text", "```\nx"), "````text\n```\nx\n````\n");
    }
}

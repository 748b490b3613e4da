//! Writing an entry down: the rest of the file stays as its readers left it.

use crate::report::accepted::Accepted;
use crate::report::accepted::entry::Violation;
use crate::report::text::Page;
use crate::vocabulary::Duration;

const HEAD: &str = "\
# Known gaps of the templates in this folder. `redrive accept` writes them; `redrive check` tells them on a line of
# their own and does not fail on them. A worse one fails again, one that is no longer found is warned of.
";
const HEADER: &str = "[[accepted]]";

/// A file's text with one more entry; an entry for the same finding of the same template is replaced.
pub fn with_entry(text: &str, entry: &Accepted) -> String {
    let mut page = Page::default();
    let (head, blocks) = blocks(text);
    page.append(if text.trim().is_empty() { HEAD } else { &head });
    for block in blocks.iter().filter(|block| !is_same(block, entry)) {
        page.append(block);
    }
    page.blank();
    append(&mut page, entry);
    page.finish()
}

/// What stands before the first entry, and the entries.
fn blocks(text: &str) -> (String, Vec<String>) {
    let (mut head, mut blocks): (String, Vec<String>) = (String::new(), Vec::new());
    for line in text.lines() {
        if line.trim() == HEADER {
            blocks.push(String::new());
        }
        let block = blocks.last_mut().unwrap_or(&mut head);
        block.push_str(line);
        block.push('\n');
    }
    (head, blocks)
}

fn is_same(block: &str, entry: &Accepted) -> bool {
    let of = |name: &str| {
        let table: toml::Table = block.parse().ok()?;
        let first = table.get("accepted")?.as_array()?.first()?.get(name)?.as_str()?.to_owned();
        Some(first)
    };
    of("finding").as_ref() == Some(&entry.finding) && of("template").as_ref() == Some(&entry.template)
}

fn append(page: &mut Page, entry: &Accepted) {
    page.line(HEADER);
    page.line(format!("finding = {}", quoted(&entry.finding)));
    page.line(format!("template = {}", quoted(&entry.template)));
    page.line(format!("title = {}", quoted(&entry.title)));
    page.line(format!("reason = {}", quoted(&entry.reason)));
    if let Some(until) = entry.until {
        page.line(format!("until = {}", quoted(&until.to_string())));
    }
    for violation in &entry.violates {
        page.blank();
        violates(page, violation);
    }
}

fn violates(page: &mut Page, violation: &Violation) {
    page.line("[[accepted.violates]]");
    page.line(format!("id = {}", quoted(&violation.id)));
    page.line(format!("guarantee = {}", quoted(&violation.guarantee)));
    page.line(format!("at = {}", quoted(&violation.at)));
    let known = &violation.known;
    let sets: Vec<String> = known.broken_by.iter().map(|set| list(set)).collect();
    page.line(format!("broken_by = [{}]", sets.join(", ")));
    page.line(format!("families = {}", list(&known.families)));
    if !known.shortest.is_empty() {
        let spans = known.shortest.iter();
        let spans: Vec<String> = spans
            .map(|(family, micros)| format!("{} = {}", quoted(family), quoted(&exact(*micros))))
            .collect();
        page.line(format!("shortest = {{ {} }}", spans.join(", ")));
    }
}

fn list(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    format!("[{}]", words.join(", "))
}

/// A length that reads back as the same.
fn exact(micros: u64) -> String {
    let length = Duration::from_micros(micros);
    if Duration::from_secs(length.as_secs()) == length {
        return format!("{}s", length.as_secs());
    }
    format!("{micros}us")
}

/// A basic string of TOML on one line.
fn quoted(text: &str) -> String {
    toml::Value::String(text.replace(['\n', '\r'], " ")).to_string()
}

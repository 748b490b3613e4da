//! A repair as the lines of the template that change, and what the simulation says of it.

use crate::explore::{Change, Repair};
use crate::report::CheckReport;
use crate::report::check::site::place_of;
use crate::report::text::{ADVICE, BAD, GOOD, Page, grouped, paint};

/// The repair, indented.
pub(crate) fn patch(report: &CheckReport<'_>, repair: &Repair) -> String {
    let mut page = Page::default();
    let width = repair.changes.iter().filter_map(|change| change.line).map(digits).max().unwrap_or(0);
    let mut resource = "";
    for change in &repair.changes {
        if change.resource != resource {
            resource = &change.resource;
            page.line(format!("    {}{}", " ".repeat(width + 1), header(report, change)));
        }
        lines(&mut page, change, width);
    }
    if let Some(handler) = &repair.handler {
        page.hang("    and in the handler: ", handler);
    }
    page.line(format!("    {}", verdict(repair)));
    page.finish()
}

fn digits(line: u32) -> usize {
    line.to_string().len()
}

/// `@@ template.yaml, Orders @@`, as in a diff.
fn header(report: &CheckReport<'_>, change: &Change) -> String {
    let place = place_of(report.topology, &change.resource);
    let file = place.map_or_else(|| report.topology.input(), |place| place.file.display().to_string());
    format!("@@ {file}, {} @@", change.resource)
}

fn lines(page: &mut Page, change: &Change, width: usize) {
    let number = change.line.map(|line| line.to_string()).unwrap_or_default();
    if let Some(before) = &change.before {
        let line = format!("-   {}: {before}", change.property);
        page.line(format!("    {number:>width$} {}", paint(BAD, line)));
    }
    let number = if change.before.is_some() { String::new() } else { number };
    let after = format!("{}: {}", change.property, change.after);
    for (index, line) in after.lines().enumerate() {
        let number = if index == 0 { number.as_str() } else { "" };
        page.line(format!("    {number:>width$} {}", paint(GOOD, format!("+   {}", line.trim_end()))));
    }
}

/// What the trial of a repair found.
fn verdict(repair: &Repair) -> String {
    let holds = format!("simulated with the change: holds over {} seeds", grouped(repair.holds_over));
    if repair.leaves.is_empty() {
        return paint(GOOD, holds);
    }
    let open: Vec<&str> = repair.leaves.iter().map(|guarantee| guarantee.word()).collect();
    paint(ADVICE, format!("{holds}, but then {} is violated", open.join(" and ")))
}

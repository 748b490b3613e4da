//! A repair as the lines of the template that change, and what the simulation says of it.

use crate::explore::{Change, Repair};
use crate::report::check::site::place_of;
use crate::report::text::{ADVICE, BAD, GOOD, Page, Piece, Sign, grouped, paint, patch_lines};
use crate::topology::Topology;

/// The repair, indented.
pub(crate) fn patch(topology: &Topology, repair: &Repair) -> String {
    let mut page = Page::default();
    let width = repair.changes.iter().filter_map(|change| change.line).map(digits).max().unwrap_or(0);
    for changes in repair.changes.chunk_by(|one, other| one.resource == other.resource) {
        page.line(format!("    {}{}", " ".repeat(width + 1), header(topology, &changes[0])));
        lines(&mut page, changes, width);
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
fn header(topology: &Topology, change: &Change) -> String {
    let place = place_of(topology, &change.resource);
    let file = place.map_or_else(|| topology.input(), |place| place.file.display().to_string());
    format!("@@ {file}, {} @@", change.resource)
}

fn lines(page: &mut Page, changes: &[Change], width: usize) {
    let pieces: Vec<Piece<'_>> = changes.iter().map(piece).collect();
    for line in patch_lines(&pieces) {
        let number = line.number.map(|number| number.to_string()).unwrap_or_default();
        let text = format!("{}   {}", line.sign.letter(), line.text);
        let text = match line.sign {
            Sign::Context => text,
            Sign::Minus => paint(BAD, text),
            Sign::Plus => paint(GOOD, text),
        };
        page.line(format!("    {number:>width$} {text}"));
    }
}

fn piece(change: &Change) -> Piece<'_> {
    Piece {
        property: &change.property,
        before: change.before.as_deref(),
        after: &change.after,
        line: change.line,
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

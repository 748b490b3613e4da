//! A repair as the lines of the template that change, and what the simulation says of it.

use crate::explore::{Change, Opened, Repair};
use crate::report::check::site::place_of;
use crate::report::text::{ADVICE, BAD, GOOD, Page, Piece, Sign, grouped, listed, paint, patch_lines};
use crate::topology::Topology;

/// The repair, indented.
pub(crate) fn patch(topology: &Topology, repair: &Repair) -> String {
    let mut page = Page::default();
    let width = repair.changes.iter().filter_map(|change| change.line).map(digits).max().unwrap_or(0);
    for changes in repair.changes.chunk_by(|one, other| one.resource == other.resource) {
        page.line(format!("    {}{}", " ".repeat(width + 1), header(topology, &changes[0], repair)));
        lines(&mut page, changes, width);
    }
    if let Some(handler) = &repair.handler {
        page.hang("    and in the handler: ", handler);
    }
    page.hang("    ", &verdict(repair));
    page.finish()
}

fn digits(line: u32) -> usize {
    line.to_string().len()
}

/// `@@ template.yaml, Orders @@`, as in a diff; a resource that is new goes where another one is changed.
fn header(topology: &Topology, change: &Change, repair: &Repair) -> String {
    let of_others = || repair.changes.iter().find_map(|other| place_of(topology, &other.resource));
    let place = place_of(topology, &change.resource).or_else(of_others);
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
    let mut open: Vec<(&str, Vec<&str>)> = Vec::new();
    for Opened { guarantee, at } in &repair.leaves {
        match open.iter_mut().find(|(name, _)| *name == guarantee.word()) {
            Some((_, places)) => places.push(at),
            None => open.push((guarantee.word(), vec![at])),
        }
    }
    let open: Vec<String> =
        open.iter().map(|(name, places)| format!("{name} at {}", listed(places, "and"))).collect();
    let verb = if open.len() == 1 { "is" } else { "are" };
    paint(ADVICE, format!("{holds}, but then {} {verb} violated", open.join(" and ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guarantee::GuaranteeName;

    #[test]
    fn what_a_change_breaks_is_told_once_with_all_its_places() {
        let opened = |guarantee, at: &str| Opened { guarantee, at: at.to_owned() };
        let leaves = vec![
            opened(GuaranteeName::Ordering, "A->F"),
            opened(GuaranteeName::NoLoss, "A->F"),
            opened(GuaranteeName::Ordering, "B->F"),
        ];
        let repair =
            Repair { says: String::new(), changes: Vec::new(), holds_over: 512, leaves, handler: None };
        let told = verdict(&repair);
        assert!(
            told.contains("but then ordering at A->F and B->F and no-loss at A->F are violated"),
            "{told}"
        );
    }
}

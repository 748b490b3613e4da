//! `redrive diff` and `check --against` as text: what moved, the worst first.

use crate::report::compare::{Comparison, Move, Moved};
use crate::report::text::{ADVICE, Align, BAD, FAINT, GOOD, Page, Table, counted, paint};

/// A line for each verdict that moved, and how many did not.
pub(crate) fn moves(comparison: &Comparison) -> String {
    let mut table = Table::new(2, &[Align::Left, Align::Left, Align::Left, Align::Flow]);
    let mut moved: Vec<&Moved> = comparison.verdicts.iter().filter(|one| one.change != Move::Same).collect();
    moved.sort_by_key(|one| (one.change, !one.gates));
    for one in &moved {
        table.row([word(one), one.guarantee.clone(), one.at.clone(), because(one)]);
    }
    let same = comparison.count(Move::Same);
    let mut page = Page::default();
    page.append(&table.render());
    if same > 0 || moved.is_empty() {
        page.line(paint(FAINT, format!("  {} as before", counted(same, "verdict"))));
    }
    page.finish()
}

fn word(one: &Moved) -> String {
    match one.change {
        Move::Worse if one.gates => paint(BAD, "worse"),
        Move::Worse => paint(ADVICE, "worse"),
        Move::Better => paint(GOOD, "better"),
        Move::Changed => "changed".to_owned(),
        Move::Added => "new".to_owned(),
        Move::Removed => "gone".to_owned(),
        Move::Same => "same".to_owned(),
    }
}

fn because(one: &Moved) -> String {
    let said = match (&one.before, &one.after) {
        (None, Some(after)) => after.clone(),
        (Some(before), None) => format!("{before} before"),
        (_, _) => one.because.clone(),
    };
    match &one.finding {
        Some(finding) => format!("{said} (finding {finding})"),
        None => said,
    }
}

/// The numbers that moved.
pub(crate) fn numbers(comparison: &Comparison) -> String {
    let mut table = Table::new(2, &[Align::Left, Align::Left, Align::Right, Align::Left, Align::Right]);
    for one in &comparison.numbers {
        table.row([&one.queue, &one.name, &one.before, "->", &one.after]);
    }
    table.render()
}

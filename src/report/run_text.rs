//! `redrive run` as text: the timeline of a run, or the biography of one event.

use crate::report::RunReport;
use crate::report::text::{
    Align, BAD, FAINT, Fact, Page, TITLE, Table, counted, paint, paint_words, sentence,
};
use crate::trace::{EventId, RecordKind};

/// The timeline: when, what, by which rule. With an event only what covers it.
pub fn run_text(report: &RunReport<'_>, event: Option<EventId>) -> String {
    let mut page = Page::default();
    head(&mut page, report, event);
    page.blank();
    let mut table = Table::new(2, &[Align::Right, Align::Flow, Align::Left]);
    for (record, covered) in report.records(event) {
        let events = report.names(covered, event);
        let said = sentence(&Fact {
            program: report.program,
            kind: record.kind,
            entity: record.entity,
            value: record.value,
            subject: record.subject,
            events: &events,
        });
        let is_loss = record.kind == RecordKind::ObligationLost;
        let said = if is_loss { paint_words(BAD, &said) } else { said };
        table.row([record.at.to_string(), said, paint(FAINT, &report.models.rule(record.rule).id)]);
    }
    page.append(&table.render());
    page.finish()
}

fn head(page: &mut Page, report: &RunReport<'_>, event: Option<EventId>) {
    let program = report.program;
    let sources: Vec<String> =
        program.sources().map(|source| program.name(program.source(source)).to_string()).collect();
    let title = match event {
        Some(event) => report.event_name(event),
        None => sources.join(", "),
    };
    page.line(paint(TITLE, title));
    page.hang("  ", &format!("families: {}", report.families));
    let undecided = match report.summary.undecided {
        0 => "everything decided".to_owned(),
        some => format!("{} undecided", counted(some as usize, "event")),
    };
    page.hang(
        "  ",
        &format!(
            "{}, {}; ended at {}; digest {}",
            counted(report.summary.records as usize, "record"),
            undecided,
            report.summary.end,
            report.summary.digest
        ),
    );
}

//! A run as lines for snapshots: keyed by names, with columns of fixed width, so that one changed step changes one line.

use crate::report::RunReport;
use crate::report::text::{Fact, plain, sentence};
use crate::trace::EventId;

/// Columns of the time.
const TIME: usize = 9;

/// `     3m1s  Orders.0 is visible again  (queue.visibility_return)`: every record, or those about one event.
pub fn timeline_text(report: &RunReport<'_>, event: Option<EventId>) -> String {
    let mut text = String::new();
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
        let (at, rule) = (record.at.to_string(), &report.models.rule(record.rule).id);
        text.push_str(&plain(&format!("{at:>TIME$}  {said}  ({rule})\n")));
    }
    text
}

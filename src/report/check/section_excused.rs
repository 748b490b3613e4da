//! Findings that do not fail the check, a line each: those that somebody accepted, and those that were there before.

use crate::report::check::headline::headline;
use crate::report::check_loops::loop_title;
use crate::report::document::Excuse;
use crate::report::text::{ADVICE, FAINT, Page, paint};
use crate::report::{CheckReport, circle_id, right_id};

/// All excused findings.
pub(crate) fn excused(report: &CheckReport<'_>) -> String {
    let mut page = Page::default();
    for (finding, excuse) in report.excused() {
        if let Some((part, verdict)) = finding.verdicts.first().map(|at| report.verdict(*at)) {
            tell(&mut page, &finding.id, excuse, &headline(part, verdict));
        }
    }
    if let Some(excuse) = report.refusals_excuse() {
        tell(&mut page, "deployable", excuse, "AWS refuses settings at deployment");
    }
    for right in report.denied() {
        if let Some(excuse) = report.excuses.of(&right_id(right)) {
            tell(&mut page, &right_id(right), excuse, &format!("{} is denied", right.name));
        }
    }
    for circle in report.looping() {
        let id = circle_id(report.topology, circle);
        if let Some(excuse) = report.excuses.of(&id) {
            tell(&mut page, &id, excuse, &loop_title(report.topology, circle));
        }
    }
    page.finish()
}

fn tell(page: &mut Page, id: &str, excuse: &Excuse, title: &str) {
    let lead = format!("  {} {id}: ", paint(ADVICE, excuse.severity()));
    page.hang(&lead, &format!("{title} {}", paint(FAINT, format!("({})", excuse.why()))));
}

//! What no policy allows: one finding for each right, with the statement that nearly fits and the lines that mend it.

use crate::guarantee::GuaranteeName;
use crate::report::check::section_finding::{arrow, title};
use crate::report::check::site::file_and_line;
use crate::report::check_rights::{denied_words, title as headline};
use crate::report::text::{FAINT, GOOD, NAME, Page, TITLE, paint};
use crate::report::{CheckReport, right_id};
use crate::topology::{Denial, Right};

/// A right that is denied, in full.
pub(crate) fn denied_finding(report: &CheckReport<'_>, right: &Right) -> String {
    let mut page = Page::default();
    title(&mut page, report.gates(GuaranteeName::Permitted), "denied", &headline(right));
    let line = right.place.as_ref().map(file_and_line);
    arrow(&mut page, line.as_deref(), &format!("{} -> {}", right.from, right.to));
    page.hang("      ", &paint(FAINT, format!("breaks {}, {}", GuaranteeName::Permitted, right_id(right))));
    for denial in &right.denials {
        page.append(&told(report, right, denial));
    }
    page.finish()
}

fn told(report: &CheckReport<'_>, right: &Right, denial: &Denial) -> String {
    let mut page = Page::default();
    page.hang("    ", &denied_words(right, denial));
    if let Some((_, Some(place))) = &denial.nearly {
        page.hang("    ", &paint(FAINT, format!("the statement stands at {}", file_and_line(place))));
    }
    if let Some(rule) = report.models.rule_id(&denial.rule).map(|id| report.models.rule(id)) {
        page.hang("    then: ", &format!("{} {}", rule.says, paint(FAINT, format!("({})", rule.id))));
    }
    page.hang(&format!("  {}  ", paint(TITLE, "repair")), &denial.repair.says);
    if let Some(place) = &denial.repair.place {
        page.line(format!("    @@ {} @@", paint(NAME, file_and_line(place))));
    }
    for line in &denial.repair.lines {
        page.line(format!("    {}", paint(GOOD, format!("+ {line}"))));
    }
    page.finish()
}

//! A report as a few lines of text: what `redrive merge` and `redrive diff` show of one.

use crate::report::document::{Document, broken_by, summary};
use crate::report::text::{ADVICE, BAD, FAINT, NAME, Page, TITLE, paint};

/// A line or two for each finding, then what all comes to.
pub fn document_text(document: &Document) -> String {
    let mut page = Page::default();
    page.append(&findings(document, &|_| true));
    page.line(format!("{}: {}", paint(TITLE, document.input()), summary(document)));
    page.finish()
}

/// Those findings whose id is wanted: title, place, faults and the command that replays it.
pub(crate) fn findings(document: &Document, wanted: &dyn Fn(&str) -> bool) -> String {
    let mut page = Page::default();
    for (finding, first) in document.found().filter(|(finding, _)| wanted(&finding.id)) {
        let style = if finding.severity == "error" { BAD } else { ADVICE };
        page.hang(&format!("{}: ", paint(style, &finding.harm)), &paint(TITLE, &finding.title));
        let place = first.at.place.as_ref();
        let place = place.map_or_else(String::new, |spot| format!("{}:{}, ", spot.file, spot.line));
        let broken = if first.broken_by.is_empty() {
            first.reason.clone().unwrap_or_default()
        } else {
            format!("breaks with {}", broken_by(first))
        };
        let what = format!("{place}{}; {}; {broken}; finding {}", first.at.arrow(), first.name, finding.id);
        page.hang(&format!("  {} ", paint(FAINT, "-->")), &paint(FAINT, what));
        if let Some(story) = &first.counterexample {
            page.line(format!("  {}", paint(NAME, &story.command)));
        }
    }
    page.finish()
}

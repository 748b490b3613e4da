//! Circles that events go round: one finding for each, hop by hop.

use crate::guarantee::{Circle, GuaranteeName};
use crate::report::check::section_finding::{arrow, title};
use crate::report::check::site::file_and_line;
use crate::report::check_loops::{circle_facts, hop_words, loop_title};
use crate::report::text::{FAINT, Page, paint};
use crate::report::{CheckReport, circle_id};

/// A circle in full.
pub(crate) fn loop_finding(report: &CheckReport<'_>, circle: &Circle) -> String {
    let topology = report.topology;
    let mut page = Page::default();
    title(&mut page, report.gates(GuaranteeName::NoLoop), "loop", &loop_title(topology, circle));
    let line = circle.entrance.place.as_ref().map(file_and_line);
    let (from, to) = (topology.end_name(&circle.entrance.from), topology.end_name(&circle.entrance.to));
    arrow(&mut page, line.as_deref(), &format!("{from} -> {to}"));
    let id = circle_id(topology, circle);
    page.hang("      ", &paint(FAINT, format!("breaks {}, {id}", GuaranteeName::NoLoop)));
    for hop in &circle.hops {
        let place = hop
            .place
            .as_ref()
            .map_or_else(String::new, |place| paint(FAINT, format!(" ({})", file_and_line(place))));
        page.hang("    ", &format!("{}{place}", hop_words(topology, hop)));
    }
    page.hang("    ", &circle_facts(circle));
    for rule in circle.rules.iter().filter_map(|id| report.models.rule_id(id)) {
        let rule = report.models.rule(rule);
        page.hang("    by: ", &format!("{} {}", rule.says, paint(FAINT, format!("({})", rule.id))));
    }
    page.finish()
}

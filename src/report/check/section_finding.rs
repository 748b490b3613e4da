//! One finding, in full or on a line.

use std::collections::BTreeSet;

use crate::explore::{Counterexample, Finding, Harm, Part, Verdict};
use crate::guarantee::Gates;
use crate::report::check::finding_gates;
use crate::report::check::headline::headline;
use crate::report::check::patch::patch;
use crate::report::check::signals::signals;
use crate::report::check::site::{Site, file_and_line};
use crate::report::check::story;
use crate::report::text::{ADVICE, Align, BAD, FAINT, NAME, Page, TITLE, Table, counted, listed, paint};
use crate::report::{CheckReport, replay_command};
use crate::topology::Refusal;

/// A finding in full. Rules whose sources were told `before` are only named.
pub(crate) fn finding(report: &CheckReport<'_>, finding: &Finding, before: &mut BTreeSet<String>) -> String {
    let Some((part, verdict)) = finding.verdicts.first().map(|at| report.verdict(*at)) else {
        return String::new();
    };
    let mut page = Page::default();
    title(&mut page, finding_gates(report, finding), harm(finding.harm), &headline(part, verdict));
    for site in sites(report, finding) {
        arrow(&mut page, site.file_and_line().as_deref(), &site.arrow());
    }
    page.append(&facts(report, finding, verdict));
    if let Some(story) = &verdict.counterexample {
        tell(&mut page, report, (part, verdict, story), before);
    }
    if let Some(repair) = &finding.repair {
        page.blank();
        page.hang(&format!("  {}  ", paint(TITLE, "repair")), &repair.says);
        page.append(&patch(report.topology, repair));
    }
    if let Some(story) = &verdict.counterexample {
        page.blank();
        page.line(format!("  {}", paint(TITLE, "replay")));
        page.line(format!("    {}", paint(NAME, replay_command(story))));
    }
    page.finish()
}

/// A finding on a line.
pub(crate) fn brief(report: &CheckReport<'_>, finding: &Finding) -> String {
    let Some((part, verdict)) = finding.verdicts.first().map(|at| report.verdict(*at)) else {
        return String::new();
    };
    let mut page = Page::default();
    title(&mut page, finding_gates(report, finding), harm(finding.harm), &headline(part, verdict));
    let site = Site::of(report, part, verdict.at);
    let broken = broken_by(verdict).unwrap_or_default();
    let place = site.file_and_line().map_or_else(|| site.arrow(), |line| format!("{line}, {}", site.arrow()));
    let names = listed(&guarantees(report, finding), "and");
    page.hang(
        &format!("  {} ", paint(FAINT, "-->")),
        &paint(FAINT, format!("{place}; {names}; breaks with {broken}")),
    );
    page.finish()
}

/// What AWS refuses, as one finding.
pub(crate) fn refusals_finding(report: &CheckReport<'_>) -> String {
    let mut page = Page::default();
    let gates = report.gates(crate::guarantee::GuaranteeName::Deployable);
    let count = report.refusals.len();
    let what = if count == 1 { "a setting".to_owned() } else { counted(count, "setting") };
    title(&mut page, gates, "refused", &format!("AWS refuses {what} at deployment"));
    for one in report.refusals {
        page.append(&refusal(one));
    }
    page.finish()
}

/// One refusal.
fn refusal(one: &Refusal) -> String {
    let mut page = Page::default();
    let name = format!("{}.{}", one.resource, one.property);
    arrow(&mut page, one.place.as_ref().map(file_and_line).as_deref(), &name);
    page.hang("      ", &format!("it is {}, allowed is {}", one.value, one.allowed));
    page.hang("      ", &paint(FAINT, format!("{} ({})", one.message, one.rule)));
    page.finish()
}

/// The first line of a finding.
pub(crate) fn title(page: &mut Page, gates: Gates, harm: &str, headline: &str) {
    let style = match gates {
        Gates::Yes => BAD,
        Gates::Advice => ADVICE,
    };
    let lead = format!("{}: ", paint(style, harm));
    page.hang(&lead, &paint(TITLE, headline));
}

/// Where a finding stands.
pub(crate) fn arrow(page: &mut Page, line: Option<&str>, name: &str) {
    let place = line.map_or_else(String::new, |line| format!("{}, ", paint(NAME, line)));
    page.line(format!("  {} {place}{name}", paint(FAINT, "-->")));
}

/// How bad a finding is, in a word.
pub(crate) const fn harm(harm: Harm) -> &'static str {
    match harm {
        Harm::Lost => "lost",
        Harm::Stuck => "stuck",
        Harm::HealthyDeadLettered => "collateral",
        Harm::Reordered => "reordered",
        Harm::Repeated => "repeated",
    }
}

fn sites(report: &CheckReport<'_>, finding: &Finding) -> Vec<Site> {
    let mut sites = Vec::new();
    for at in &finding.verdicts {
        let (part, verdict) = report.verdict(*at);
        let site = Site::of(report, part, verdict.at);
        if !sites.contains(&site) {
            sites.push(site);
        }
    }
    sites
}

fn guarantees(report: &CheckReport<'_>, finding: &Finding) -> Vec<&'static str> {
    let names: BTreeSet<_> = finding.verdicts.iter().map(|at| report.verdict(*at).1.guarantee).collect();
    names.into_iter().map(crate::guarantee::GuaranteeName::word).collect()
}

/// `poison`, or `poison, or outage + timeout`.
fn broken_by(verdict: &Verdict) -> Option<String> {
    let sets: Vec<String> = verdict
        .broken_by
        .iter()
        .map(|set| if set.is_empty() { "no fault at all".to_owned() } else { set.to_string() })
        .collect();
    (!sets.is_empty()).then(|| sets.join(", or "))
}

/// The facts under a title, aligned.
fn facts(report: &CheckReport<'_>, finding: &Finding, verdict: &Verdict) -> String {
    let mut table = Table::new(2, &[Align::Left, Align::Flow]);
    let mut fact = |name: &str, what: String| table.row([paint(FAINT, name), what]);
    let id = paint(FAINT, format!("(finding {})", finding.id));
    fact("violates", format!("{} {id}", listed(&guarantees(report, finding), "and")));
    if let Some(broken_by) = broken_by(verdict) {
        fact("breaks with", broken_by);
    }
    for (family, needed) in verdict.counterexample.iter().flat_map(|story| &story.needs) {
        fact("tolerates", format!("{family} of less than {needed}"));
    }
    table.render()
}

/// The story, its sources, and what an operator would see of it.
fn tell(
    page: &mut Page,
    report: &CheckReport<'_>,
    (part, verdict, story): (&Part, &Verdict, &Counterexample),
    before: &mut BTreeSet<String>,
) {
    page.blank();
    let events = counted(story.events, "event");
    let found = match story.seed {
        Some(seed) => format!("found with seed {seed}"),
        None => "found among all combinations".to_owned(),
    };
    page.line(format!("  {}  {}", paint(TITLE, "story"), paint(FAINT, format!("{events}, {found}"))));
    page.append(&story::steps(&part.program, report.models, story));
    page.blank();
    page.line(format!("  {}", paint(TITLE, "sources")));
    page.append(&story::sources(report.models, story, before));
    page.blank();
    page.line(format!("  {}", paint(TITLE, "an operator sees")));
    page.append(&signals(report.models, part, verdict, story));
}

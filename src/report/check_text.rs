//! `redrive check` as text: findings first, then what held, advice, the ceiling, numbers and what all of it rests on.

use std::collections::BTreeSet;

use crate::explore::{Part, Standing, StatedVerdict, Stop};
use crate::guarantee::{Gates, GuaranteeName};
use crate::report::check::{
    CheckReport, Conclusion, Detail, all_properties, assumptions, brief, ceiling, conclusion, denied_finding,
    enumerated, excused, finding, held, loop_finding, not_modelled, properties, quantities, refusals_finding,
    unknowns,
};
use crate::report::compare_text::moves;
use crate::report::stated_id;
use crate::report::text::{ADVICE, BAD, FAINT, GOOD, Page, TITLE, counted, grouped, paint};
use crate::topology::{LinkDetail, ResourceDetail};

/// So many findings are told in full.
const IN_FULL: usize = 3;

/// The report for people: at most 100 columns, with styles that whoever prints it may strip.
pub fn check_text(report: &CheckReport<'_>) -> String {
    let mut page = Page::default();
    if report.detail == Detail::Brief {
        findings(&mut page, report);
        page.append(&properties(report));
        page.append(&excused(report));
        last_line(&mut page, report);
        return page.finish();
    }
    head(&mut page, report);
    findings(&mut page, report);
    section(&mut page, "properties", &properties(report));
    section(&mut page, "no reason to fail: accepted, or there before", &excused(report));
    if let Some(comparison) = report.comparison {
        section(&mut page, &format!("compared with {}", comparison.before), &moves(comparison));
    }
    section(&mut page, "held", &held(report));
    advice(&mut page, report);
    section(&mut page, "beyond the platform's promise: no setting protects from these", &ceiling(report));
    section(&mut page, "numbers: the worst of all runs", &quantities(report));
    section(&mut page, "resting on", &assumptions(report));
    section(&mut page, "left open by the template", &unknowns(report));
    section(&mut page, "not modelled yet", &not_modelled(report));
    page.blank();
    last_line(&mut page, report);
    page.finish()
}

fn section(page: &mut Page, heading: &str, text: &str) {
    if !text.is_empty() {
        page.blank();
        page.line(paint(TITLE, heading));
        page.append(text);
    }
}

fn head(page: &mut Page, report: &CheckReport<'_>) {
    let topology = report.topology;
    page.line(format!(
        "{}  {}",
        paint(TITLE, topology.input()),
        paint(
            FAINT,
            format!("redrive {}, models {:016x}", env!("CARGO_PKG_VERSION"), report.models.digest())
        )
    ));
    let of = |wanted: fn(&ResourceDetail) -> bool| {
        topology.resources.iter().filter(|resource| wanted(&resource.detail)).count()
    };
    let is_mapping = |link: &&crate::topology::Link| {
        matches!(link.detail, LinkDetail::QueuePolling(_) | LinkDetail::StreamPolling(_))
    };
    let mappings = topology.links.iter().filter(is_mapping).count();
    let pipes = of(ResourceDetail::is_pipe);
    let pipes = (pipes > 0).then(|| counted(pipes, "pipe"));
    let streams = of(|detail| matches!(detail, ResourceDetail::Stream(_)));
    let streams = (streams > 0).then(|| counted(streams, "stream"));
    let understood = [
        counted(of(|detail| matches!(detail, ResourceDetail::Queue(_))), "queue"),
        counted(of(ResourceDetail::is_code), "function"),
        counted(mappings, "mapping"),
    ];
    let pushes = topology.links.iter().filter(|link| matches!(link.detail, LinkDetail::Delivers(_))).count();
    let links = (pushes > 0).then(|| counted(pushes, "pushing link"));
    let understood: Vec<String> = understood.into_iter().chain(pipes).chain(streams).chain(links).collect();
    page.line(format!("  {} understood", understood.join(", ")));
    for part in &report.checked.parts {
        page.hang("  ", &searched(report, part));
        if let Some(found) = &part.enumeration {
            page.hang("  ", &enumerated(found));
        }
    }
    if report.checked.parts.is_empty() {
        page.line("  nothing to simulate: nothing in this template leads events to a function");
    }
}

/// How a part was searched, and why no further.
fn searched(report: &CheckReport<'_>, part: &Part) -> String {
    let why = match part.stop {
        Stop::NothingNew => "the second half found nothing new",
        Stop::Records => "stopped by the limit of records",
        Stop::Asked => "as asked",
        Stop::Halted => "stopped by the clock, so another machine may find less or more",
    };
    let sources: Vec<String> = part
        .program
        .sources()
        .map(|source| part.program.name(part.program.source(source)).to_string())
        .collect();
    let of = if report.checked.parts.len() > 1 { format!("{}: ", sources.join(", ")) } else { String::new() };
    let undecided = match part.undecided {
        0 => String::new(),
        some => format!("; {} ended undecided", counted(some as usize, "run")),
    };
    format!(
        "{of}{} from seed {}, {}: {why}{undecided}",
        counted(part.seeds as usize, "run"),
        part.first_seed,
        counted(part.records as usize, "record")
    )
}

fn findings(page: &mut Page, report: &CheckReport<'_>) {
    let is_open = !report.refusals.is_empty() && report.refusals_excuse().is_none();
    let refused = report.gates(GuaranteeName::Deployable) == Gates::Yes && is_open;
    if refused {
        page.blank();
        page.append(&refusals_finding(report));
    }
    if report.gates(GuaranteeName::Permitted) == Gates::Yes {
        denials(page, report);
    }
    if report.gates(GuaranteeName::NoLoop) == Gates::Yes {
        loops(page, report);
    }
    let in_full = match report.detail {
        Detail::Brief => 0,
        Detail::Short | Detail::All => IN_FULL,
    };
    told(page, report, Gates::Yes, in_full);
}

fn advice(page: &mut Page, report: &CheckReport<'_>) {
    let is_open = !report.refusals.is_empty() && report.refusals_excuse().is_none();
    let refused = report.gates(GuaranteeName::Deployable) == Gates::Advice && is_open;
    let denied = report.gates(GuaranteeName::Permitted) == Gates::Advice && !report.open_denied().is_empty();
    let looping = report.gates(GuaranteeName::NoLoop) == Gates::Advice && !report.open_loops().is_empty();
    if refused || denied || looping || report.findings(Gates::Advice).next().is_some() {
        page.blank();
        page.line(paint(TITLE, "advice: violated, and no reason to fail a check"));
    }
    if refused {
        page.append(&refusals_finding(report));
    }
    if denied {
        denials(page, report);
    }
    if looping {
        loops(page, report);
    }
    told(page, report, Gates::Advice, 0);
}

/// What no policy allows, each as a finding of its own.
fn denials(page: &mut Page, report: &CheckReport<'_>) {
    for right in report.open_denied() {
        page.blank();
        page.append(&denied_finding(report, right));
    }
}

/// What feeds itself, each circle as a finding of its own.
fn loops(page: &mut Page, report: &CheckReport<'_>) {
    for circle in report.open_loops() {
        page.blank();
        page.append(&loop_finding(report, circle));
    }
}

/// The first findings in full, the others on a line; with `--all` everything in full.
fn told(page: &mut Page, report: &CheckReport<'_>, gates: Gates, in_full: usize) {
    let mut left_out = 0;
    let mut sources = BTreeSet::new();
    for (index, one) in report.findings(gates).enumerate() {
        if report.detail == Detail::All || index < in_full {
            page.blank();
            page.append(&finding(report, one, &mut sources));
        } else {
            if index == in_full && gates == Gates::Yes {
                page.blank();
            }
            page.append(&brief(report, one));
            left_out += 1;
        }
    }
    if left_out > 0 && report.detail != Detail::Brief {
        page.line(paint(FAINT, "  `--all` tells the story, sources and repair of each"));
    }
}

/// The verdict as a whole, and what the exit code means.
fn last_line(page: &mut Page, report: &CheckReport<'_>) {
    let count = |standing: fn(Standing) -> bool, gates: Gates| {
        let of = report.verdicts().filter(|(_, one)| report.gates(one.guarantee) == gates);
        let stated = all_properties(report)
            .filter(|(_, one)| report.stated_gates(one) == gates && standing(one.standing));
        of.filter(|(_, one)| standing(one.standing)).count() + stated.count()
    };
    let unmet = || all_properties(report).filter(|(_, one)| one.standing == Standing::Violated);
    let is_open = |one: &StatedVerdict| {
        report.stated_gates(one) == Gates::Yes && report.excuses.of(&stated_id(one)).is_none()
    };
    let stated = unmet().filter(|(_, one)| is_open(one)).count();
    let refused = !report.refusals.is_empty() && report.refusals_excuse().is_none();
    let findings =
        report.findings(Gates::Yes).count() + usize::from(refused) + stated + report.open_denied().len();
    let findings = findings + report.open_loops().len();
    let excused = match report.excused().count()
        + unmet().filter(|(_, one)| report.excuses.of(&stated_id(one)).is_some()).count()
        + usize::from(report.refusals_excuse().is_some())
        + (report.denied().count() - report.open_denied().len())
        + (report.looping().count() - report.open_loops().len())
    {
        0 => String::new(),
        some => format!(", {} excused", grouped(some as u64)),
    };
    let advice = match report.findings(Gates::Advice).count() {
        0 => String::new(),
        some => paint(ADVICE, format!(", {}", counted_advice(some))),
    };
    let holds = |standing| standing == Standing::Held;
    let held = count(holds, Gates::Yes) + count(holds, Gates::Advice);
    let held = format!("{} held", counted(held, "verdict"));
    let idle = match count(|standing| standing == Standing::NotExercised, Gates::Yes) {
        0 => String::new(),
        some => format!(", {} not exercised", grouped(some as u64)),
    };
    let (findings, meaning) = match conclusion(report) {
        Conclusion::Violated => (paint(BAD, counted(findings, "finding")), "violated, exit code 1"),
        Conclusion::Held | Conclusion::NotExercised if report.checked.parts.is_empty() => {
            (paint(ADVICE, "nothing simulated"), "nothing in this template is modelled yet, exit code 0")
        }
        Conclusion::Held | Conclusion::NotExercised => {
            (paint(GOOD, "no findings"), "nothing that fails a check is violated, exit code 0")
        }
    };
    page.line(format!("{findings}{advice}{excused}, {held}{idle}: {meaning}"));
}

fn counted_advice(count: usize) -> String {
    if count == 1 {
        "1 piece of advice".to_owned()
    } else {
        format!("{} pieces of advice", grouped(count as u64))
    }
}

//! What stands at the end of a report: the ceiling, numbers, assumptions, what is open, what is not modelled.

use std::collections::BTreeMap;

use crate::explore::{Part, Tolerated};
use crate::kernel::Family;
use crate::models::{Rule, RuleValue};
use crate::program::DeadLetter;
use crate::report::check::footing::{assumed_rules, handlers, unknown_rows};
use crate::report::check::site::Site;
use crate::report::check::{polling_cost, site::file_and_line};
use crate::report::stated::statements;
use crate::report::text::{Align, FAINT, Page, Table, grouped, listed, paint};
use crate::report::{CheckReport, Detail};
use crate::topology::{LinkDetail, SendEvidence};
use crate::vocabulary::Duration;

/// Families from which no setting protects, and what does.
pub(crate) fn ceiling(report: &CheckReport<'_>) -> String {
    let mut families: BTreeMap<(Family, Way), Vec<String>> = BTreeMap::new();
    for (part, verdict) in report.verdicts() {
        for family in verdict.beyond_platform.iter() {
            let site = Site::of(report, part, verdict.at);
            let way = if part.program.push(verdict.at.queue).is_some() { Way::Pushed } else { Way::Polled };
            families.entry((family, way)).or_default().push(format!(
                "{} at {}",
                verdict.guarantee,
                site.arrow()
            ));
        }
    }
    let mut remedies: Vec<(Vec<&str>, &str, Vec<String>)> = Vec::new();
    for ((family, way), places) in families {
        let remedy = remedy(family, way);
        match remedies.iter_mut().find(|(_, other, elsewhere)| *other == remedy && *elsewhere == places) {
            Some((words, _, _)) => words.push(family.word()),
            None => remedies.push((vec![family.word()], remedy, places)),
        }
    }
    let mut page = Page::default();
    for (words, remedy, places) in remedies {
        page.hang(&format!("  {}: ", words.join(", ")), remedy);
        page.hang("    ", &paint(FAINT, listed(&places, "and")));
    }
    page.finish()
}

/// How events come to a function.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    Pushed,
    Polled,
}

/// What to do where no setting helps.
const fn remedy(family: Family, way: Way) -> &'static str {
    match family {
        Family::ServiceError if matches!(way, Way::Pushed) => {
            "what the source cannot hand over in time it drops: put a queue, or a bus with a dead-letter queue, between"
        }
        Family::Duplicate => "make the handler idempotent: the platform may deliver anything twice",
        Family::Reorder => "do not rely on the order of messages, or use a FIFO queue",
        Family::Timeout | Family::Crash | Family::ColdStart | Family::Brownout => {
            "make the handler idempotent: what an invocation did before it was cut off is done again"
        }
        Family::Outage => {
            "make the handler idempotent, and accept that a backlog waits for the end of an outage"
        }
        Family::ServiceError => "errors of AWS itself use up receives: be ready to send dead letters back",
        Family::Throttle => "reserve concurrency for the function, or make the handler safe to run twice",
        Family::Load
        | Family::UnknownSetting
        | Family::Poison
        | Family::TransientError
        | Family::Slow
        | Family::Burst
        | Family::Redeploy
        | Family::Reshard
        | Family::Unspecified
        | Family::DestinationUnavailable
        | Family::Stated => "no setting protects from it",
    }
}

/// The numbers of every polled queue, and what idle pollers cost.
pub(crate) fn quantities(report: &CheckReport<'_>) -> String {
    let mut columns = vec![Align::Left];
    columns.extend([Align::Right; HEADINGS.len()]);
    let mut table = Table::new(2, &columns);
    let heading = HEADINGS.iter().map(|heading| paint(FAINT, *heading));
    table.row(std::iter::once(String::new()).chain(heading));
    let mut any = false;
    for part in &report.checked.parts {
        for queue in (0..part.program.queues.len()).filter(|queue| part.program.queues[*queue].is_consumed())
        {
            any = true;
            table.row(numbers(report, part, queue));
        }
    }
    if any { table.render() + &iterator_ages(report) + &tolerances(report) } else { String::new() }
}

/// How old the records of streams were when they were read, a line for each mapping.
fn iterator_ages(report: &CheckReport<'_>) -> String {
    let mut page = Page::default();
    for part in &report.checked.parts {
        for log in &part.program.network.logs {
            let queue = usize::from(log.queue);
            let name = part.program.name(part.program.queues[queue].entity);
            if let Some(numbers) = part.quantities.get(queue) {
                let age = numbers.longest_iterator_age;
                page.hang(
                    &format!("  {name} reads records "),
                    &format!("that are up to {age} old (its iterator age)"),
                );
            }
        }
    }
    page.finish()
}

/// How long a single outage or throttle may last, a line for each queue.
fn tolerances(report: &CheckReport<'_>) -> String {
    let mut page = Page::default();
    for part in &report.checked.parts {
        for queue in 0..part.program.queues.len() {
            let spans = part.tolerated.iter().filter(|one| one.queue == queue);
            let told: Vec<String> = spans.map(tolerance).collect();
            if !told.is_empty() {
                let name = part.program.name(part.program.queues[queue].entity);
                page.hang(&format!("  {name} tolerates "), &listed(&told, "and"));
            }
        }
    }
    page.finish()
}

/// `a single outage of 1h10m (a longer one breaks no-collateral)`.
fn tolerance(one: &Tolerated) -> String {
    let family = one.family.word();
    match one.breaks {
        _ if one.at_most == Duration::ZERO => format!("no {family} at all"),
        Some(name) => format!("a single {family} of {} (a longer one breaks {name})", one.at_most),
        None => format!("a single {family} of {}, the longest tried", one.at_most),
    }
}

const HEADINGS: [&str; 6] = ["attempts", "to process", "to dead letter", "readable", "drain", "idle polling"];

fn numbers(report: &CheckReport<'_>, part: &Part, queue: usize) -> Vec<String> {
    let name = part.program.name(part.program.queues[queue].entity).to_string();
    let Some(numbers) = part.quantities.get(queue) else { return vec![name] };
    let given = |length: Duration| if length == Duration::ZERO { "-".to_owned() } else { length.to_string() };
    let cost = polling_cost(&part.program, queue, report.models);
    vec![
        name,
        grouped(u64::from(numbers.worst_attempts)),
        given(numbers.longest_to_process),
        given(numbers.longest_to_dead_letter),
        numbers.least_margin.map_or_else(|| "-".to_owned(), |margin| margin.to_string()),
        given(numbers.longest_drain),
        cost.map_or_else(|| "-".to_owned(), |(_, money)| format!("{}/month", cents(money.0))),
    ]
}

/// Money rounded to cents.
pub(crate) fn cents(picodollars: u64) -> String {
    let cents = (picodollars + PICODOLLARS_PER_CENT / 2) / PICODOLLARS_PER_CENT;
    format!("{}.{:02} USD", cents / CENTS, cents % CENTS)
}

const PICODOLLARS_PER_CENT: u64 = 10_000_000_000;
const CENTS: u64 = 100;

/// What every verdict rests on.
pub(crate) fn assumptions(report: &CheckReport<'_>) -> String {
    let mut table = Table::new(2, &[Align::Left, Align::Flow]);
    for statement in statements(report.scenario) {
        let says = format!("{} ({})", statement.says, statement.origin());
        table.row([statement.what, says]);
    }
    for (preset, functions) in handlers(report) {
        table.row([format!("handler {preset}"), functions.join(", ")]);
    }
    match report.detail {
        Detail::All => {
            for rule in assumed_rules(report.models) {
                table.row([rule.id.as_str(), &rule.says]);
            }
        }
        Detail::Brief | Detail::Short => {
            let values: Vec<String> = assumed_rules(report.models).filter_map(value).collect();
            table.row([
                "profile".to_owned(),
                format!("{}; the rest: `redrive models profile`", values.join(", ")),
            ]);
        }
    }
    if let Some(calls) = calls(report) {
        table.row(["calls".to_owned(), calls]);
    }
    for (family, longest) in spans(report) {
        table.row([format!("longest {family}"), longest]);
    }
    let senders = senders_outside(report);
    if !senders.is_empty() {
        let says =
            "go to a queue outside this template, which is taken to exist and to keep them long enough";
        table.row(["dead letters".to_owned(), format!("those of {} {says}", senders.join(", "))]);
    }
    table.render()
}

/// Functions that call functions: the template does not tell whether they wait.
fn calls(report: &CheckReport<'_>) -> Option<String> {
    let topology = report.topology;
    let calls = topology.links.iter().filter(|link| {
        let is_own =
            matches!(&link.detail, LinkDetail::Sends(evidence) if !matches!(evidence, SendEvidence::Pipe(_)));
        is_own && topology.function(&link.to).is_some()
    });
    let calls: Vec<String> = calls
        .map(|link| format!("{} -> {}", topology.end_name(&link.from), topology.end_name(&link.to)))
        .collect();
    let says = "are taken to be asynchronous (InvocationType Event): a caller that waits sees the errors itself, and \
                no dead-letter queue gets them";
    (!calls.is_empty()).then(|| format!("{} {says}", calls.join(", ")))
}

/// The queues whose dead letters go to a queue of which nothing is known.
fn senders_outside(report: &CheckReport<'_>) -> Vec<String> {
    let programs = report.checked.parts.iter().map(|part| &part.program);
    programs
        .flat_map(|program| {
            let outside = program.queues.iter().filter(|queue| queue.dead_letter == DeadLetter::Outside);
            outside.map(|queue| program.name(queue.entity).to_string())
        })
        .collect()
}

/// `stall limit 1h`, for an assumption that is a single length or size.
fn value(rule: &Rule) -> Option<String> {
    let name = rule.id.strip_prefix("profile.")?.replace('_', " ");
    let mut values = rule.values.values();
    match (values.next(), values.next()) {
        (Some(value @ (RuleValue::Duration(_) | RuleValue::Bytes(_))), None) => {
            Some(format!("{name} {value}"))
        }
        (_, _) => None,
    }
}

/// The longest spans, those of equal length together.
fn spans(report: &CheckReport<'_>) -> Vec<(String, String)> {
    let mut spans: Vec<(Vec<&str>, String)> = Vec::new();
    for name in report.models.families() {
        let longest = report.models.family(name).and_then(|rule| rule.values.get("longest"));
        let Some(longest) = longest.and_then(RuleValue::as_duration) else { continue };
        let text = longest.to_string();
        match spans.iter_mut().find(|(_, length)| *length == text) {
            Some((names, _)) => names.push(name),
            None => spans.push((vec![name], text)),
        }
    }
    spans.into_iter().map(|(names, length)| (names.join(", "), length)).collect()
}

/// Settings that the template leaves open.
pub(crate) fn unknowns(report: &CheckReport<'_>) -> String {
    let mut table = Table::new(2, &[Align::Left, Align::Flow]);
    for part in &report.checked.parts {
        for [name, why, values] in unknown_rows(&part.program) {
            table.row([name, format!("{why}; tried {values}")]);
        }
    }
    let text = table.render();
    if text.is_empty() {
        text
    } else {
        format!("{text}  `--set NAME=VALUE` or `--parameter NAME=VALUE` states one\n")
    }
}

/// What was seen and is not simulated.
pub(crate) fn not_modelled(report: &CheckReport<'_>) -> String {
    let mut costs: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    for one in &report.topology.unmodelled {
        let place = one.place.as_ref().map(file_and_line);
        let name = match (report.detail, place) {
            (Detail::All, Some(place)) => format!("{} ({place})", one.name),
            (Detail::Brief | Detail::Short | Detail::All, _) => one.name.clone(),
        };
        costs.entry((&one.type_name, &one.cost)).or_default().push(name);
    }
    let mut page = Page::default();
    for ((type_name, cost), names) in costs {
        page.hang("  ", &format!("{type_name}: {}", names.join(", ")));
        page.hang("    ", &paint(FAINT, cost));
    }
    page.finish()
}

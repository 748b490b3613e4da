//! What held, and how near its edge; what was never put to the test.

use std::collections::BTreeMap;

use crate::explore::{At, Part, Standing, Verdict};
use crate::guarantee::GuaranteeName;
use crate::kernel::Family;
use crate::program::DeadLetter;
use crate::report::check::proof::is_proved;
use crate::report::check::site::Site;
use crate::report::text::{Align, FAINT, GOOD, Page, Table, counted, grouped, paint};
use crate::report::{CheckReport, Detail};
use crate::vocabulary::Duration;

/// The section of everything that is not violated, place by place.
pub(crate) fn held(report: &CheckReport<'_>) -> String {
    let mut page = Page::default();
    for part in &report.checked.parts {
        for (at, verdicts) in by_place(part) {
            let site = Site::of(report, part, at);
            let line = site.file_and_line().map_or_else(String::new, |line| format!("{line}, "));
            let table = place(report, part, &verdicts);
            if !table.is_empty() {
                page.hang(
                    "  ",
                    &format!("{}{}", site.arrow(), paint(FAINT, format!(", {line}{}", tried(&verdicts)))),
                );
                page.append(&table);
            }
        }
    }
    page.finish()
}

fn by_place(part: &Part) -> BTreeMap<At, Vec<&Verdict>> {
    let mut places: BTreeMap<_, Vec<&Verdict>> = BTreeMap::new();
    for verdict in &part.verdicts {
        if !verdict.guarantee.is_of_the_topology() {
            places.entry(verdict.at).or_default().push(verdict);
        }
    }
    places
}

/// The families that hit a place, and the rarest of them: its count says how well the place was tried.
fn tried(verdicts: &[&Verdict]) -> String {
    let mut families: BTreeMap<Family, u64> = BTreeMap::new();
    for (family, seeds) in verdicts.iter().flat_map(|verdict| &verdict.survived) {
        let most = families.entry(*family).or_default();
        *most = (*most).max(*seeds);
    }
    let rarest = families.iter().min_by_key(|(family, seeds)| (**seeds, **family));
    match (families.len(), rarest) {
        (_, None) => "hit by no fault".to_owned(),
        (1, Some((family, seeds))) => format!("hit by {family} in {}", counted(*seeds as usize, "run")),
        (many, Some((family, seeds))) => {
            format!("hit by {many} families, least often by {family} in {}", counted(*seeds as usize, "run"))
        }
    }
}

/// Whether a guarantee is asked only of FIFO queues, or only where a scenario states a bound: that it is not asked here
/// is no news.
fn needs_more_than_a_template(guarantee: GuaranteeName) -> bool {
    [GuaranteeName::Ordering, GuaranteeName::BoundedDelay, GuaranteeName::BoundedCost].contains(&guarantee)
}

fn place(report: &CheckReport<'_>, part: &Part, verdicts: &[&Verdict]) -> String {
    let mut table = Table::new(4, &[Align::Left, Align::Left, Align::Flow]);
    for verdict in verdicts {
        let name = verdict.guarantee.word().to_owned();
        match verdict.standing {
            Standing::Held => {
                let edge = edge(part, verdict).unwrap_or_default();
                let word = if is_proved(part, verdict) { "proved" } else { "held" };
                table.row([name, paint(GOOD, word), edge]);
                if report.detail == Detail::All {
                    table.row([String::new(), String::new(), paint(FAINT, survived(verdict))]);
                }
            }
            Standing::NotExercised => {
                table.row([name, "not exercised".to_owned(), "no run put it to the test".to_owned()]);
            }
            // That a standard queue keeps no order is no news.
            Standing::NotApplicable(_)
                if needs_more_than_a_template(verdict.guarantee) && report.detail != Detail::All => {}
            Standing::NotApplicable(why) => {
                table.row([paint(FAINT, name), paint(FAINT, "not applicable"), paint(FAINT, why)]);
            }
            Standing::Violated => {}
        }
    }
    table.render()
}

fn survived(verdict: &Verdict) -> String {
    let counts: Vec<String> =
        verdict.survived.iter().map(|(family, seeds)| format!("{family} {}", grouped(*seeds))).collect();
    if counts.is_empty() { String::new() } else { format!("survived in runs: {}", counts.join(", ")) }
}

/// How near its edge a guarantee came.
pub(crate) fn edge(part: &Part, verdict: &Verdict) -> Option<String> {
    let program = &part.program;
    let (table, numbers) = (&program.queues[verdict.at.queue], part.quantities.get(verdict.at.queue)?);
    match verdict.guarantee {
        GuaranteeName::NoLoss | GuaranteeName::DeadLetterDelivery => {
            let window = program.profile.operator_window;
            let margin = numbers.least_margin?;
            Some(format!("dead letters can be read for at least {margin}, {window} needed"))
        }
        GuaranteeName::Progress => Some(format!("never still for more than {}", program.profile.stall_limit)),
        GuaranteeName::BoundedAttempts => match table.dead_letter {
            DeadLetter::None => None,
            DeadLetter::Queue(_) | DeadLetter::Outside => {
                Some(format!("at most {} of {} attempts", numbers.worst_attempts, table.max_receive_count))
            }
        },
        GuaranteeName::BoundedDelay => {
            Some(format!("at most {} until processed", numbers.longest_to_process))
        }
        GuaranteeName::BoundedCost => Some(format!(
            "{} invocations and {} requests for {} events",
            numbers.invocations,
            numbers.requests(),
            numbers.sent
        )),
        GuaranteeName::Drains if numbers.longest_drain == Duration::ZERO => None,
        GuaranteeName::Drains => Some(format!("at most {} after the last fault", numbers.longest_drain)),
        GuaranteeName::SingleFlight => {
            let functions = table.consumers().map(|mapping| usize::from(program.mappings[mapping].function));
            let longest = functions.map(|function| program.functions[function].timeout).max()?;
            Some(format!("hidden for {}, time-out {longest}", table.visibility))
        }
        GuaranteeName::NoCollateral
        | GuaranteeName::Ordering
        | GuaranteeName::Permitted
        | GuaranteeName::Deployable
        | GuaranteeName::NoLoop
        | GuaranteeName::NoNeedlessRedelivery => None,
    }
}

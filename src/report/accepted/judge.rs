//! Which violations of a report are accepted: those of an entry that has not run out, and no worse than it says.

use crate::report::accepted::entry::Violation;
use crate::report::accepted::{Accepted, Date, Ledger};
use crate::report::compare::Known;
use crate::report::document::{Document, Excuse};
use crate::report::excuse::Excuses;
use crate::vocabulary::Diagnostic;

/// Whether an entry that nothing matches is told: not where the search was narrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Staleness {
    /// It is.
    Told,
    /// The search asked for less than everything, so it says nothing.
    Untold,
}

/// The entry that accepts a finding of a report as it is; `None` where the report has no such finding.
///
/// A finding is also named by the id of any of its verdicts.
pub fn entry_for(
    document: &Document,
    id: &str,
    template: &str,
    reason: &str,
    until: Option<Date>,
) -> Option<Accepted> {
    let is_meant = |verdicts: &[usize]| verdicts.iter().any(|index| document.guarantees[*index].id == id);
    let finding = document
        .findings
        .iter()
        .find(|finding| finding.id == id)
        .or_else(|| document.findings.iter().find(|finding| is_meant(&finding.guarantees)))?;
    let violates = finding.guarantees.iter().map(|index| {
        let verdict = &document.guarantees[*index];
        Violation {
            id: verdict.id.clone(),
            guarantee: verdict.name.clone(),
            at: verdict.at.arrow(),
            known: Known::of(verdict),
        }
    });
    Some(Accepted {
        finding: finding.id.clone(),
        template: template.to_owned(),
        title: finding.title.clone(),
        reason: reason.to_owned(),
        until,
        violates: violates.collect(),
        place: None,
    })
}

/// Adds excuses for what a ledger accepts of a report, and tells which entries are stale, over or too mild.
pub fn apply(
    ledger: &Ledger,
    document: &Document,
    template: &str,
    today: Date,
    staleness: Staleness,
    excuses: &mut Excuses,
) -> Vec<Diagnostic> {
    let mut warnings = Vec::new();
    for entry in ledger.entries.iter().filter(|entry| entry.template == template) {
        let mut warn = |code: &'static str, message: String, help: &str| {
            let warning = Diagnostic::warning(code, message).help(help);
            warnings.push(match &entry.place {
                Some(place) => warning.at(place),
                None => warning,
            });
        };
        let name = &entry.finding;
        let found = entry.violates.iter().filter_map(|violation| {
            let verdict = document.guarantees.iter().find(|one| one.id == violation.id)?;
            verdict.is_violated().then_some((violation, verdict))
        });
        let found: Vec<_> = found.collect();
        if found.is_empty() {
            if staleness == Staleness::Told {
                let message = format!("finding {name} was accepted and is no longer found");
                warn(
                    "accept-stale",
                    message,
                    "remove the entry, so that it cannot hide the finding if it comes back",
                );
            }
            continue;
        }
        if let Some(until) = entry.until.filter(|until| *until < today) {
            let message = format!("finding {name} was accepted until {until}, which is over");
            warn("accept-over", message, "mend it, or accept it anew with `redrive accept`");
            continue;
        }
        for (violation, verdict) in found {
            match violation.known.is_exceeded_by(&Known::of(verdict)) {
                Some(because) => {
                    let what = format!("{} at {}", violation.guarantee, violation.at);
                    let message =
                        format!("finding {name} is worse than what was accepted: {what}: {because}");
                    warn("accept-worse", message, "mend it, or accept it anew with `redrive accept`");
                }
                None => excuses.add(&violation.id, excuse(entry)),
            }
        }
    }
    warnings
}

fn excuse(entry: &Accepted) -> Excuse {
    Excuse {
        by: Excuse::ACCEPTED.to_owned(),
        reason: entry.reason.clone(),
        until: entry.until.map(|date| date.to_string()),
    }
}

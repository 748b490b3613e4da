//! `permitted` in documents: a verdict for each right, a finding for each that is denied, with the words for both.

use crate::guarantee::{Gates, GuaranteeName};
use crate::report::document::{Change, Excuse, Finding, Guarantee, Repair, Spot, Where};
use crate::report::{CheckReport, right_id};
use crate::topology::{Denial, Permitted, Right};

/// The word of a verdict about a right.
pub const fn right_word(permitted: Permitted) -> &'static str {
    match permitted {
        Permitted::Granted => "held",
        Permitted::Denied => "violated",
        Permitted::Unknown => "not-exercised",
    }
}

/// The rules about what polling needs.
const POLLING: [&str; 2] = ["queue_poll.role_permissions", "stream_poll.role_permissions"];

/// What is denied, in a sentence: `sns.amazonaws.com may not use sqs:SendMessage on Orders`.
pub fn denied_words(right: &Right, denial: &Denial) -> String {
    let Right { caller, action, from, to, .. } = right;
    // Who polls acts on what it reads, which is where the link begins.
    let on = if POLLING.contains(&denial.rule.as_str()) { from } else { to };
    let way = denial.way.as_ref().map_or_else(String::new, |way| format!(" for {way}"));
    let nearly = denial.nearly.as_ref().map_or_else(String::new, |(says, _)| format!(": {says}"));
    format!("{caller} may not use {action} on {on}{way}{nearly}")
}

/// All of them.
pub(super) fn permitted(report: &CheckReport<'_>) -> Vec<Guarantee> {
    report.rights.iter().map(|right| verdict(report, right)).collect()
}

fn verdict(report: &CheckReport<'_>, right: &Right) -> Guarantee {
    let id = right_id(right);
    let denials: Vec<String> = right.denials.iter().map(|denial| denied_words(right, denial)).collect();
    let place = right.place.as_ref().map(|place| Spot {
        file: place.file.display().to_string(),
        line: place.line,
        column: place.column,
    });
    Guarantee {
        excused: report.excuses.of(&id).cloned(),
        id,
        name: GuaranteeName::Permitted.word().to_owned(),
        at: Where {
            source: right.from.clone(),
            function: Some(right.to.clone()),
            link: Some(right.name.to_string()),
            place,
        },
        gates: report.gates(GuaranteeName::Permitted) == Gates::Yes,
        verdict: right_word(right.permitted).to_owned(),
        reason: if denials.is_empty() { right.why.clone() } else { Some(denials.join("; ")) },
        bound: None,
        proved: None,
        survived: Vec::new(),
        broken_by: Vec::new(),
        beyond_platform: Vec::new(),
        counterexample: None,
    }
}

/// A finding for each right that is denied; the verdicts of rights stand from `first` on.
pub(super) fn denied(report: &CheckReport<'_>, first: usize) -> Vec<Finding> {
    let denied = report.rights.iter().enumerate().filter(|(_, one)| one.permitted == Permitted::Denied);
    denied.map(|(position, right)| finding(report, right, first + position)).collect()
}

fn finding(report: &CheckReport<'_>, right: &Right, verdict: usize) -> Finding {
    let id = right_id(right);
    let excuse = report.excuses.of(&id);
    let severity = match (excuse, report.gates(GuaranteeName::Permitted)) {
        (Some(excuse), _) => Excuse::severity(excuse),
        (None, Gates::Yes) => "error",
        (None, Gates::Advice) => "advice",
    };
    Finding {
        title: title(right),
        severity: severity.to_owned(),
        harm: "denied".to_owned(),
        guarantees: vec![verdict],
        repair: right.denials.first().map(|denial| repair(right, denial)),
        excused: excuse.cloned(),
        id,
    }
}

/// `BookingApi may not call BookCourt`.
pub(crate) fn title(right: &Right) -> String {
    let Right { from, to, name, .. } = right;
    match right.of {
        crate::topology::RightOf::Link => format!("{from} may not reach {to}"),
        crate::topology::RightOf::Exit => format!("what {from} gives up may not be sent to {to}"),
        crate::topology::RightOf::Key => format!("the key of {to} may not be used for {name}"),
    }
}

fn repair(right: &Right, denial: &Denial) -> Repair {
    let change = Change {
        resource: right.to.clone(),
        property: right.action.clone(),
        before: None,
        after: denial.repair.lines.join("\n"),
        line: denial.repair.place.as_ref().map(|place| place.line),
    };
    Repair {
        says: denial.repair.says.clone(),
        changes: vec![change],
        holds_over: 0,
        leaves: Vec::new(),
        handler: None,
    }
}

//! `no-loop` in documents: a verdict for each circle and for each way into a function that is on none, with the words.

use crate::guarantee::{Circle, Cut, Gates, GuaranteeName, Travellers, circle_words};
use crate::program::{Hop, HopKind, Passage};
use crate::report::CheckReport;
use crate::report::document::{Excuse, Finding, Guarantee, Spot, Where};
use crate::topology::Topology;
use crate::vocabulary::NameHash;

/// The word of a verdict about a circle, and why where it is not judged.
pub fn circle_standing(circle: &Circle) -> (&'static str, Option<&str>) {
    match &circle.goes {
        Passage::Open => ("violated", None),
        Passage::Doubtful(why) => ("not-exercised", Some(why)),
        Passage::Shut(why) => ("not-applicable", Some(why)),
    }
}

/// The id of a circle.
pub fn circle_id(topology: &Topology, circle: &Circle) -> String {
    let names = circle.hops.iter().map(|hop| topology.end_name(&hop.from));
    names.fold(NameHash::of(GuaranteeName::NoLoop.word()), NameHash::then).short()
}

/// What goes round, and what AWS does about it.
pub fn circle_facts(circle: &Circle) -> String {
    let travellers = match circle.travellers {
        Travellers::All => "everything that is processed goes round",
        Travellers::Failures => "only what fails goes round",
    };
    let cut = match &circle.cut {
        Cut::After(rounds) => {
            format!("AWS would stop it after about {rounds} rounds, and drop or dead-letter the event")
        }
        Cut::Allowed => "AWS sees it and lets it go on: `RecursiveLoop` is `Allow`".to_owned(),
        Cut::Unseen(through) => format!("AWS does not see it, since it leads through {through}"),
    };
    format!("{travellers}; {cut}")
}

/// A hop in a sentence: `Resize sends to Photos`.
pub(crate) fn hop_words(topology: &Topology, hop: &Hop) -> String {
    let (from, to) = (topology.end_name(&hop.from), topology.end_name(&hop.to));
    match hop.kind {
        HopKind::Polled => format!("{to} polls {from}"),
        HopKind::Pushed(_) if topology.function(&hop.to).is_some() => format!("{from} invokes {to}"),
        HopKind::Pushed(_) => format!("{from} delivers to {to}"),
        HopKind::Sent => format!("{from} sends to {to}"),
        HopKind::Logged => format!("{from} writes its log into {to}"),
        HopKind::Succeeded => format!("what {from} processed goes to its destination {to}"),
        HopKind::Failed => format!("what {from} fails to process goes to {to}"),
        HopKind::Undelivered => format!("what {from} cannot deliver goes to {to}"),
        HopKind::Redriven => format!("what fails in {from} is moved to {to}"),
    }
}

/// All verdicts: circles, then what is on none.
pub(super) fn loops(report: &CheckReport<'_>) -> Vec<Guarantee> {
    let topology = report.topology;
    let circles = report.loops.circles.iter().map(|circle| {
        let (word, why) = circle_standing(circle);
        let told = format!("{}: {}", circle_words(topology, circle), circle_facts(circle));
        let reason = why.map_or(told, |why| format!("{}: {why}", circle_words(topology, circle)));
        verdict(report, circle_id(topology, circle), &circle.entrance, word, Some(reason))
    });
    let clear = report.loops.clear.iter().map(|hop| {
        let names = [topology.end_name(&hop.from), topology.end_name(&hop.to)];
        let kind = format!("{:?}", hop.kind);
        let id = names.into_iter().fold(NameHash::of(GuaranteeName::NoLoop.word()), NameHash::then);
        verdict(report, id.then(&kind).short(), hop, "held", None)
    });
    circles.chain(clear).collect()
}

fn verdict(
    report: &CheckReport<'_>,
    id: String,
    entrance: &Hop,
    word: &str,
    reason: Option<String>,
) -> Guarantee {
    let name = |end| report.topology.end_name(end).to_owned();
    let place = entrance.place.as_ref().map(|place| Spot {
        file: place.file.display().to_string(),
        line: place.line,
        column: place.column,
    });
    Guarantee {
        excused: report.excuses.of(&id).cloned(),
        id,
        name: GuaranteeName::NoLoop.word().to_owned(),
        at: Where {
            source: entrance.declared_by.clone().unwrap_or_else(|| name(&entrance.from)),
            function: Some(name(&entrance.to)),
            link: Some(format!("{}->{}", name(&entrance.from), name(&entrance.to))),
            place,
        },
        gates: report.gates(GuaranteeName::NoLoop) == Gates::Yes,
        verdict: word.to_owned(),
        reason,
        bound: None,
        proved: None,
        survived: Vec::new(),
        broken_by: Vec::new(),
        beyond_platform: Vec::new(),
        counterexample: None,
    }
}

/// A finding for each circle that events go round; the verdicts of circles stand from `first` on.
pub(super) fn looping(report: &CheckReport<'_>, first: usize) -> Vec<Finding> {
    let circles = report.loops.circles.iter().enumerate();
    let violated = circles.filter(|(_, circle)| circle.goes == Passage::Open);
    let finding = |(position, circle): (usize, &Circle)| {
        let id = circle_id(report.topology, circle);
        let excuse = report.excuses.of(&id);
        let severity = match (excuse, report.gates(GuaranteeName::NoLoop)) {
            (Some(excuse), _) => Excuse::severity(excuse),
            (None, Gates::Yes) => "error",
            (None, Gates::Advice) => "advice",
        };
        Finding {
            title: loop_title(report.topology, circle),
            severity: severity.to_owned(),
            harm: "loop".to_owned(),
            guarantees: vec![first + position],
            repair: None,
            excused: excuse.cloned(),
            id,
        }
    };
    violated.map(finding).collect()
}

/// `Resize -> bucket Photos -> Resize feeds itself`.
pub(crate) fn loop_title(topology: &Topology, circle: &Circle) -> String {
    let what = match circle.travellers {
        Travellers::All => "feeds itself",
        Travellers::Failures => "feeds itself with what fails",
    };
    format!("{} {what}", circle_words(topology, circle))
}

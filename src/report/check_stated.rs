//! What is stated beside the catalogue, in documents: a verdict and, where it is violated, a finding for each.

use crate::explore::{Part, Standing, StatedIn, StatedVerdict, expectation_name};
use crate::guarantee::Gates;
use crate::report::check::all_properties;
use crate::report::document::{EXPECTED, Excuse, Finding, Guarantee, OWN, Where};
use crate::report::{CheckReport, check_json};
use crate::vocabulary::NameHash;

/// The word in the place of a guarantee's name.
const fn word(of: StatedIn) -> &'static str {
    match of {
        StatedIn::Scenario => EXPECTED,
        StatedIn::Code => OWN,
    }
}

/// The id of something that is stated: of its sentence or name, so it changes with what is stated.
pub fn stated_id(verdict: &StatedVerdict) -> String {
    NameHash::of(word(verdict.stated_in)).then(&verdict.name).short()
}

/// A verdict for each thing that is stated, of the parts that it says something about.
pub(super) fn stated_verdicts(report: &CheckReport<'_>) -> Vec<Guarantee> {
    let applies = |verdict: &StatedVerdict| !matches!(verdict.standing, Standing::NotApplicable(_));
    let told = all_properties(report).filter(|(_, verdict)| applies(verdict));
    told.map(|(part, verdict)| entry(report, part, verdict)).collect()
}

fn entry(report: &CheckReport<'_>, part: &Part, verdict: &StatedVerdict) -> Guarantee {
    let (standing, reason) = check_json::standing(verdict.standing);
    let told = verdict.counterexample.as_ref();
    let stated =
        report.scenario.expectations.iter().find(|one| expectation_name(&one.expected) == verdict.name);
    let place = stated.and_then(|one| one.place.as_ref()).map(check_json::spot);
    let id = stated_id(verdict);
    Guarantee {
        excused: report.excuses.of(&id).filter(|_| verdict.standing == Standing::Violated).cloned(),
        id,
        name: word(verdict.stated_in).to_owned(),
        at: Where { source: verdict.name.clone(), function: None, link: None, place },
        gates: report.stated_gates(verdict) == Gates::Yes,
        verdict: standing.to_owned(),
        reason: reason.or_else(|| told.and_then(|told| told.says.clone())),
        bound: None,
        proved: None,
        survived: check_json::survived(&verdict.survived),
        broken_by: verdict.broken_by.iter().map(|set| check_json::words(set.iter())).collect(),
        beyond_platform: Vec::new(),
        counterexample: told.map(|told| check_json::story(report, part, told)),
    }
}

/// A finding for each that is violated; `verdicts` are all of them in the document, those that are stated from `from` on.
pub(super) fn stated_findings(verdicts: &[Guarantee], from: usize) -> Vec<Finding> {
    let violated = verdicts.iter().enumerate().skip(from).filter(|(_, verdict)| verdict.is_violated());
    let finding = |(index, verdict): (usize, &Guarantee)| Finding {
        id: verdict.id.clone(),
        title: format!("Not as stated: {}", verdict.at.source),
        severity: match (&verdict.excused, verdict.gates) {
            (Some(excuse), _) => Excuse::severity(excuse).to_owned(),
            (None, true) => "error".to_owned(),
            (None, false) => "advice".to_owned(),
        },
        harm: "unmet".to_owned(),
        guarantees: vec![index],
        repair: None,
        excused: verdict.excused.clone(),
    };
    violated.map(finding).collect()
}

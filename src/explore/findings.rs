//! Findings: violated verdicts with one root, ranked.

use crate::explore::check::All;
use crate::explore::repair::repairs;
use crate::explore::{Finding, Harm, Part, Standing, Verdict};
use crate::guarantee::GuaranteeName;
use crate::vocabulary::NameHash;

/// Groups and ranks what is violated, and looks for repairs.
pub(crate) fn findings(parts: &[Part], all: &All<'_>) -> Vec<Finding> {
    let mut groups: Vec<(Root, Vec<(usize, usize)>)> = Vec::new();
    for (part, verdict, root) in violated(parts) {
        match groups.iter_mut().find(|(other, _)| *other == root) {
            Some((_, places)) => places.push((part, verdict)),
            None => groups.push((root, vec![(part, verdict)])),
        }
    }
    let mut findings: Vec<Finding> = groups
        .into_iter()
        .map(|(_, mut verdicts)| {
            verdicts.sort_by_key(|(part, verdict)| rank(&parts[*part].verdicts[*verdict]));
            let (part, verdict) = verdicts[0];
            let first = &parts[part].verdicts[verdict];
            Finding { id: identity(parts, &verdicts), harm: harm(first.guarantee), repair: None, verdicts }
        })
        .collect();
    findings.sort_by_key(|finding| {
        let (part, verdict) = finding.verdicts[0];
        let first = &parts[part].verdicts[verdict];
        (first.guarantee.gates(), first.broken_by[0].len(), finding.harm, finding.id.clone())
    });
    let firsts = findings.iter().map(|finding| finding.verdicts[0]);
    let firsts: Vec<(&Part, &Verdict)> =
        firsts.map(|(part, verdict)| (&parts[part], &parts[part].verdicts[verdict])).collect();
    let repairs = repairs(&firsts, all);
    for (finding, repair) in findings.iter_mut().zip(repairs) {
        finding.repair = repair;
    }
    findings
}

/// What makes violated verdicts one finding: the same faults, and the same rule that loses, strands or repeats.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Root {
    families: crate::kernel::Families,
    rule: Option<crate::models::RuleId>,
}

fn violated(parts: &[Part]) -> impl Iterator<Item = (usize, usize, Root)> + '_ {
    parts.iter().enumerate().flat_map(|(part, content)| {
        content.verdicts.iter().enumerate().filter(|(_, verdict)| verdict.standing == Standing::Violated).map(
            move |(index, verdict)| {
                let root = Root {
                    families: verdict
                        .counterexample
                        .as_ref()
                        .map_or(verdict.broken_by[0], |example| example.families),
                    rule: verdict.counterexample.as_ref().map(|example| example.rule),
                };
                (part, index, root)
            },
        )
    })
}

/// How bad a violation of a guarantee is.
const fn harm(guarantee: GuaranteeName) -> Harm {
    match guarantee {
        GuaranteeName::NoLoss | GuaranteeName::DeadLetterDelivery => Harm::Lost,
        GuaranteeName::Progress | GuaranteeName::Permitted | GuaranteeName::Deployable => Harm::Stuck,
        GuaranteeName::NoCollateral => Harm::HealthyDeadLettered,
        GuaranteeName::SingleFlight
        | GuaranteeName::NoNeedlessRedelivery
        | GuaranteeName::BoundedAttempts
        | GuaranteeName::Drains
        | GuaranteeName::BoundedDelay
        | GuaranteeName::BoundedCost
        | GuaranteeName::NoLoop => Harm::Repeated,
        GuaranteeName::Ordering => Harm::Reordered,
    }
}

fn rank(verdict: &Verdict) -> (u32, GuaranteeName) {
    (verdict.broken_by[0].len(), verdict.guarantee)
}

/// The id of a verdict: eight hexadecimal digits of guarantee and place, and of nothing that a search finds out. So it
/// stays the same over seeds, over edits elsewhere, and when more or other faults are found to break the guarantee.
pub fn verdict_id(part: &Part, verdict: &Verdict) -> String {
    let queue = part.program.hash(part.program.queues[verdict.at.queue].entity);
    NameHash(queue.0).then(verdict.guarantee.word()).short()
}

/// A finding is called after that of its verdicts whose guarantee comes first in the catalogue, gating ones first; of
/// several places the one whose name comes first.
fn identity(parts: &[Part], verdicts: &[(usize, usize)]) -> String {
    let key = |(part, verdict): &(usize, usize)| {
        let part = &parts[*part];
        let verdict = &part.verdicts[*verdict];
        let queue = part.program.name(part.program.queues[verdict.at.queue].entity).as_str();
        (verdict.guarantee, queue, verdict_id(part, verdict))
    };
    verdicts.iter().map(key).min().map(|(_, _, id)| id).unwrap_or_default()
}

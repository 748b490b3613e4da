//! `redrive check --format json`: the documented format `redrive.report/1`. `docs/report-json.md` explains the fields.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value as Json;

use crate::explore::{self, Counterexample, Standing, Stop, Told, Verdict, verdict_id};
use crate::guarantee::{Gates, GuaranteeName};
use crate::kernel::Family;
use crate::models::{Models, certainty_word};
use crate::report::check::{
    Enumerated, Site, assumed_rules, conclusion, edge, finding_gates, harm, headline, place_of, polling_cost,
    proof, story_sentence, unknown_values,
};
use crate::report::check_loops::{looping, loops};
use crate::report::check_rights::{denied, permitted};
use crate::report::check_stated::{stated_findings, stated_verdicts};
use crate::report::document::{
    Assumption, Change, Cite, Document, Event, Excuse, Finding, Guarantee, Line, Need, Numbers, Part,
    Polling, Repair, Seeds, Span, Spot, Stated, Story, Survived, Unknown, Unmodelled, Where,
};
use crate::report::stated::{Statement, statements};
use crate::report::topology_json::diagnostic;
use crate::report::{CheckReport, refusal_id, replay_command};
use crate::topology::Refusal;
use crate::vocabulary::{Diagnostic, Duration, Place};

/// The name and version of the format.
pub const REPORT_FORMAT: &str = "redrive.report/1";

/// The report for programs. Times and lengths are whole microseconds; everything is in a stable order.
pub fn check_json(report: &CheckReport<'_>) -> Json {
    document(report).to_json()
}

/// The report of an input that could not be judged: what is wrong with it, and nothing else.
pub fn unusable(input: &str, models: &Models, diagnostics: &[Diagnostic]) -> Document {
    Document {
        format: REPORT_FORMAT.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        models_digest: format!("{:016x}", models.digest()),
        input: input.to_owned(),
        options: Vec::new(),
        conclusion: "unusable".to_owned(),
        seeds: Seeds::default(),
        parts: Vec::new(),
        guarantees: Vec::new(),
        findings: Vec::new(),
        quantities: Vec::new(),
        assumptions: Vec::new(),
        stated: Vec::new(),
        unknowns: Vec::new(),
        unmodelled: Vec::new(),
        diagnostics: diagnostics.iter().map(diagnostic).collect(),
        against: None,
    }
}

/// The report as a value that all formats for other tools are made from.
pub fn document(report: &CheckReport<'_>) -> Document {
    let parts = &report.checked.parts;
    let mut guarantees: Vec<Guarantee> =
        report.verdicts().map(|(part, verdict)| guarantee(report, part, verdict)).collect();
    let refused_from = guarantees.len();
    guarantees.extend(deployable(report));
    let denied_from = guarantees.len();
    guarantees.extend(permitted(report));
    let looping_from = guarantees.len();
    guarantees.extend(loops(report));
    let stated_from = guarantees.len();
    guarantees.extend(stated_verdicts(report));
    let mut findings = findings(report, [refused_from, denied_from, looping_from]);
    findings.extend(stated_findings(&guarantees, stated_from));
    Document {
        format: REPORT_FORMAT.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        models_digest: format!("{:016x}", report.models.digest()),
        input: report.topology.input(),
        options: Vec::new(),
        conclusion: conclusion(report).word().to_owned(),
        seeds: Seeds {
            first: parts.iter().map(|part| part.first_seed).min().unwrap_or(0),
            count: parts.iter().map(|part| part.seeds).max().unwrap_or(0),
        },
        parts: parts.iter().map(searched).collect(),
        findings,
        guarantees,
        quantities: parts.iter().flat_map(|part| numbers(report.models, part)).collect(),
        assumptions: assumed_rules(report.models)
            .map(|rule| Assumption { rule: rule.id.clone(), says: rule.says.clone() })
            .collect(),
        stated: statements(report.scenario).iter().map(stated).collect(),
        unknowns: parts
            .iter()
            .flat_map(|part| &part.program.unknowns)
            .map(|unknown| Unknown {
                setting: unknown.name.clone(),
                why: unknown.why.clone(),
                tried: unknown_values(unknown),
            })
            .collect(),
        unmodelled: report
            .topology
            .unmodelled
            .iter()
            .map(|one| Unmodelled {
                name: one.name.clone(),
                type_name: one.type_name.clone(),
                cost: one.cost.clone(),
                place: one.place.as_ref().map(spot),
            })
            .collect(),
        diagnostics: report.diagnostics.iter().map(diagnostic).collect(),
        against: report.comparison.cloned(),
    }
}

fn stated(statement: &Statement<'_>) -> Stated {
    Stated {
        what: statement.what.clone(),
        says: statement.says.clone(),
        origin: statement.origin().into_owned(),
        place: statement.in_file().map(spot),
    }
}

fn searched(part: &explore::Part) -> Part {
    let name = |source: usize| part.program.name(part.program.source(source)).to_string();
    Part {
        sources: part.program.sources().map(name).collect(),
        seeds: Seeds { first: part.first_seed, count: part.seeds },
        ranges: Vec::new(),
        stopped: match part.stop {
            Stop::NothingNew => "nothing-new",
            Stop::Records => "records",
            Stop::Asked => "asked",
            Stop::Halted => "time",
        }
        .to_owned(),
        records: part.records,
        undecided: part.undecided,
        enumeration: part.enumeration.as_ref().map(Enumerated::of).map(value),
    }
}

/// What is told by other files in a shape of its own.
fn value(told: impl Serialize) -> Json {
    serde_json::to_value(told).expect("a report holds no map with keys that are no text")
}

pub(super) fn spot(place: &Place) -> Spot {
    Spot { file: place.file.display().to_string(), line: place.line, column: place.column }
}

pub(super) fn words(families: impl Iterator<Item = Family>) -> Vec<String> {
    families.map(|family| family.word().to_owned()).collect()
}

fn guarantee(report: &CheckReport<'_>, part: &explore::Part, verdict: &Verdict) -> Guarantee {
    let site = Site::of(report, part, verdict.at);
    let (word, reason) = standing(verdict.standing);
    let function = match site.functions.as_slice() {
        [only] => Some(only.clone()),
        [] | [_, _, ..] => None,
    };
    let place = site.place.as_ref().map(spot);
    let id = verdict_id(part, verdict);
    Guarantee {
        excused: excuse(report, &id).filter(|_| verdict.standing == Standing::Violated),
        id,
        name: verdict.guarantee.word().to_owned(),
        at: Where { source: site.queue, function, link: site.link, place },
        gates: report.gates(verdict.guarantee) == Gates::Yes,
        verdict: word.to_owned(),
        reason,
        bound: edge(part, verdict).filter(|_| verdict.standing == Standing::Held),
        proved: proof(part, verdict).filter(|_| verdict.standing == Standing::Held).map(value),
        survived: survived(&verdict.survived),
        broken_by: verdict.broken_by.iter().map(|set| words(set.iter())).collect(),
        beyond_platform: words(verdict.beyond_platform.iter()),
        counterexample: verdict.counterexample.as_ref().map(|told| story(report, part, told)),
    }
}

pub(super) fn standing(standing: Standing) -> (&'static str, Option<String>) {
    match standing {
        Standing::Held => ("held", None),
        Standing::Violated => ("violated", None),
        Standing::NotExercised => ("not-exercised", None),
        Standing::NotApplicable(why) => ("not-applicable", Some(why.to_owned())),
    }
}

pub(super) fn survived(counts: &[(Family, u64)]) -> Vec<Survived> {
    counts
        .iter()
        .map(|(family, seeds)| Survived { family: family.word().to_owned(), seeds: *seeds })
        .collect()
}

/// `deployable`: one entry for each refusal, or one for the whole input where there is none.
fn deployable(report: &CheckReport<'_>) -> Vec<Guarantee> {
    let entry = |id: String, at: Where, verdict: &str, reason: Option<String>| Guarantee {
        excused: excuse(report, &id),
        id,
        name: GuaranteeName::Deployable.word().to_owned(),
        at,
        gates: report.gates(GuaranteeName::Deployable) == Gates::Yes,
        verdict: verdict.to_owned(),
        reason,
        bound: None,
        proved: None,
        survived: Vec::new(),
        broken_by: Vec::new(),
        beyond_platform: Vec::new(),
        counterexample: None,
    };
    if report.refusals.is_empty() {
        let at = Where { source: report.topology.input(), function: None, link: None, place: None };
        return vec![entry(GuaranteeName::Deployable.word().to_owned(), at, "held", None)];
    }
    let refused = |one: &Refusal| {
        let place = one.place.as_ref().map(spot);
        let at = Where { source: one.resource.to_string(), function: None, link: None, place };
        let reason =
            format!("{} is {}, allowed is {}: {}", one.property, one.value, one.allowed, one.message);
        entry(refusal_id(one), at, "violated", Some(format!("{reason} ({})", one.rule)))
    };
    report.refusals.iter().map(refused).collect()
}

fn excuse(report: &CheckReport<'_>, id: &str) -> Option<Excuse> {
    report.excuses.of(id).cloned()
}

pub(super) fn story(report: &CheckReport<'_>, part: &explore::Part, story: &Counterexample) -> Story {
    Story {
        seed: story.seed,
        families: words(story.families.iter()),
        rule: report.models.rule(story.rule).id.clone(),
        capsule: story.capsule.clone(),
        command: replay_command(story),
        digest: story.digest.to_string(),
        events: story.events,
        culprit: story.culprit.clone(),
        violated_at: story.at.as_micros(),
        needs: story
            .needs
            .iter()
            .map(|(family, length)| Need { family: family.word().to_owned(), at_least: length.as_micros() })
            .collect(),
        steps: story.steps.iter().map(|told| line(report, part, told)).collect(),
    }
}

fn line(report: &CheckReport<'_>, part: &explore::Part, told: &Told) -> Line {
    let step = match told {
        Told::Omitted(count) => return Line::Omitted { omitted: *count },
        Told::Step(step) => step,
    };
    let rule = report.models.rule(step.rule);
    let citations = rule.cite.iter().filter_map(|key| report.models.citation(key));
    let entity = part.program.name(step.entity).as_str();
    Line::Step {
        at: step.at.as_micros(),
        entity: entity.to_owned(),
        what: story_sentence(&part.program, step),
        rule: rule.id.clone(),
        certainty: certainty_word(rule.certainty).to_owned(),
        cite: citations.map(|one| Cite { title: one.title.clone(), url: one.url.clone() }).collect(),
        events: step
            .events
            .iter()
            .map(|(event, receives)| Event { event: event.clone(), receives: *receives })
            .collect(),
        violates: step.violates,
        place: place_of(report.topology, entity).map(spot),
    }
}

fn findings(report: &CheckReport<'_>, [refused_from, denied_from, looping_from]: [usize; 3]) -> Vec<Finding> {
    let severity = |excuse: Option<&Excuse>, gates| match (excuse, gates) {
        (Some(excuse), _) => excuse.severity().to_owned(),
        (None, Gates::Yes) => "error".to_owned(),
        (None, Gates::Advice) => "advice".to_owned(),
    };
    let told = |one: &explore::Finding| {
        let (part, verdict) = report.verdict(*one.verdicts.first()?);
        let excuse = report.excuse(one);
        Some(Finding {
            id: one.id.clone(),
            title: headline(part, verdict),
            severity: severity(excuse, finding_gates(report, one)),
            harm: harm(one.harm).to_owned(),
            guarantees: one.verdicts.iter().filter_map(|at| position(report, *at)).collect(),
            repair: one.repair.as_ref().map(mend),
            excused: excuse.cloned(),
        })
    };
    let mut all: Vec<Finding> = report.checked.findings.iter().filter_map(told).collect();
    if !report.refusals.is_empty() {
        let excuse = report.refusals_excuse();
        all.push(Finding {
            id: GuaranteeName::Deployable.word().to_owned(),
            title: "AWS refuses settings at deployment".to_owned(),
            severity: severity(excuse, report.gates(GuaranteeName::Deployable)),
            harm: "refused".to_owned(),
            guarantees: (refused_from..refused_from + report.refusals.len()).collect(),
            repair: None,
            excused: excuse.cloned(),
        });
    }
    all.extend(denied(report, denied_from));
    all.extend(looping(report, looping_from));
    all
}

/// Where a verdict stands among those that are told.
fn position(report: &CheckReport<'_>, at: (usize, usize)) -> Option<usize> {
    let wanted = report.verdict(at).1;
    report.verdicts().position(|(_, verdict)| std::ptr::eq(verdict, wanted))
}

fn mend(repair: &explore::Repair) -> Repair {
    let changes = repair.changes.iter().map(|change| Change {
        resource: change.resource.clone(),
        property: change.property.clone(),
        before: change.before.clone(),
        after: change.after.clone(),
        line: change.line,
    });
    let leaves: BTreeSet<String> = repair.leaves.iter().map(|one| one.guarantee.word().to_owned()).collect();
    Repair {
        says: repair.says.clone(),
        changes: changes.collect(),
        holds_over: repair.holds_over,
        leaves: leaves.into_iter().collect(),
        handler: repair.handler.clone(),
    }
}

fn numbers<'a>(models: &'a Models, part: &'a explore::Part) -> impl Iterator<Item = Numbers> + 'a {
    let polled = (0..part.program.queues.len()).filter(|queue| part.program.queues[*queue].is_consumed());
    polled.filter_map(move |queue| {
        let numbers = part.quantities.get(queue)?;
        let polling = polling_cost(&part.program, queue, models);
        Some(Numbers {
            queue: part.program.name(part.program.queues[queue].entity).to_string(),
            sent: numbers.sent,
            dead_lettered: numbers.dead_lettered,
            invocations: numbers.invocations,
            worst_attempts: numbers.worst_attempts,
            longest_to_process: numbers.longest_to_process.as_micros(),
            longest_to_dead_letter: numbers.longest_to_dead_letter.as_micros(),
            least_margin: numbers.least_margin.map(Duration::as_micros),
            longest_drain: numbers.longest_drain.as_micros(),
            longest_iterator_age: part.program.log(queue).map(|_| numbers.longest_iterator_age.as_micros()),
            tolerates: part
                .tolerated
                .iter()
                .filter(|one| one.queue == queue)
                .map(|one| Span {
                    family: one.family.word().to_owned(),
                    at_most: one.at_most.as_micros(),
                    breaks: one.breaks.map(|name| name.word().to_owned()),
                })
                .collect(),
            idle_polling: polling.map(|(requests, money)| Polling {
                requests_per_month: requests,
                cost_per_month: money.to_string(),
            }),
        })
    })
}

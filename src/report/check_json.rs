//! `redrive check --format json`: the documented format `redrive.report/1`. `docs/report-json.md` explains the fields.

use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::explore::{Counterexample, Finding, Part, Repair, Standing, Stop, Told, Verdict};
use crate::guarantee::{Gates, GuaranteeName};
use crate::kernel::Family;
use crate::models::{Models, certainty_word};
use crate::report::CheckReport;
use crate::report::check::{
    Conclusion, Enumerated, Proof, Site, assumed_rules, command, conclusion, edge, finding_gates, harm,
    headline, polling_cost, proof, story_sentence, unknown_values,
};
use crate::report::stated::{Statement, statements};
use crate::report::topology_json::diagnostic;
use crate::topology::Refusal;
use crate::vocabulary::{Diagnostic, Duration, Place};

/// The name and version of the format.
pub const REPORT_FORMAT: &str = "redrive.report/1";

/// The report for programs. Times and lengths are whole microseconds; everything is in a stable order.
pub fn check_json(report: &CheckReport<'_>) -> Json {
    serde_json::to_value(whole(report)).expect("a report holds no map with keys that are no text")
}

/// The report of an input that could not be judged: what is wrong with it, and nothing else.
pub fn unusable_json(input: &str, models: &Models, diagnostics: &[Diagnostic]) -> Json {
    json!({
        "format": REPORT_FORMAT,
        "version": env!("CARGO_PKG_VERSION"),
        "models_digest": format!("{:016x}", models.digest()),
        "input": input,
        "conclusion": "unusable",
        "guarantees": [],
        "findings": [],
        "diagnostics": diagnostics.iter().map(diagnostic).collect::<Vec<_>>(),
    })
}

#[derive(Serialize)]
struct Report<'a> {
    format: &'static str,
    version: &'static str,
    models_digest: String,
    input: String,
    conclusion: &'static str,
    seeds: Seeds,
    parts: Vec<Searched>,
    guarantees: Vec<Guarantee>,
    findings: Vec<Found<'a>>,
    quantities: Vec<Numbers>,
    assumptions: Vec<Assumption<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    stated: Vec<Stated>,
    unknowns: Vec<Unknown>,
    unmodelled: Vec<Unmodelled<'a>>,
    diagnostics: Vec<Json>,
}

#[derive(Serialize)]
struct Seeds {
    first: u64,
    count: u64,
}

#[derive(Serialize)]
struct Searched {
    sources: Vec<String>,
    seeds: Seeds,
    stopped: &'static str,
    records: u64,
    undecided: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    enumeration: Option<Enumerated>,
}

#[derive(Serialize)]
struct Where {
    source: String,
    function: Option<String>,
    link: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<Spot>,
}

#[derive(Serialize)]
struct Spot {
    file: String,
    line: u32,
    column: u32,
}

#[derive(Serialize)]
struct Guarantee {
    #[serde(rename = "guarantee")]
    name: &'static str,
    at: Where,
    gates: bool,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bound: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proved: Option<Proof>,
    survived: Vec<Survived>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    broken_by: Vec<Vec<&'static str>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    beyond_platform: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    counterexample: Option<Story>,
}

#[derive(Serialize)]
struct Survived {
    family: &'static str,
    seeds: u64,
}

#[derive(Serialize)]
struct Story {
    seed: Option<u64>,
    capsule: String,
    command: String,
    digest: String,
    events: usize,
    culprit: Option<String>,
    violated_at: u64,
    needs: Vec<Need>,
    steps: Vec<Line>,
}

#[derive(Serialize)]
struct Need {
    family: &'static str,
    at_least: u64,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Line {
    Step {
        at: u64,
        entity: String,
        what: String,
        rule: String,
        certainty: &'static str,
        cite: Vec<Cite>,
        events: Vec<Event>,
        violates: bool,
    },
    Omitted {
        omitted: usize,
    },
}

#[derive(Serialize)]
struct Cite {
    title: String,
    url: String,
}

#[derive(Serialize)]
struct Event {
    event: String,
    receives: u32,
}

#[derive(Serialize)]
struct Found<'a> {
    id: String,
    title: String,
    severity: &'static str,
    harm: &'static str,
    guarantees: Vec<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repair: Option<Mend<'a>>,
}

#[derive(Serialize)]
struct Mend<'a> {
    says: &'a str,
    changes: Vec<Changed<'a>>,
    holds_over: u64,
    leaves: Vec<&'static str>,
    handler: Option<&'a str>,
}

#[derive(Serialize)]
struct Changed<'a> {
    resource: &'a str,
    property: &'a str,
    before: Option<&'a str>,
    after: &'a str,
    line: Option<u32>,
}

#[derive(Serialize)]
struct Numbers {
    queue: String,
    sent: u64,
    dead_lettered: u64,
    invocations: u64,
    worst_attempts: u32,
    longest_to_process: u64,
    longest_to_dead_letter: u64,
    least_margin: Option<u64>,
    longest_drain: u64,
    idle_polling: Option<Polling>,
}

#[derive(Serialize)]
struct Polling {
    requests_per_month: u64,
    cost_per_month: String,
}

#[derive(Serialize)]
struct Assumption<'a> {
    rule: &'a str,
    says: &'a str,
}

#[derive(Serialize)]
struct Stated {
    what: String,
    says: String,
    origin: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<Spot>,
}

#[derive(Serialize)]
struct Unknown {
    setting: String,
    why: String,
    tried: Vec<String>,
}

#[derive(Serialize)]
struct Unmodelled<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    type_name: &'a str,
    cost: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<Spot>,
}

fn whole<'a>(report: &CheckReport<'a>) -> Report<'a> {
    let parts = &report.checked.parts;
    let mut guarantees: Vec<Guarantee> =
        report.verdicts().map(|(part, verdict)| guarantee(report, part, verdict)).collect();
    let refused_from = guarantees.len();
    guarantees.extend(deployable(report));
    Report {
        format: REPORT_FORMAT,
        version: env!("CARGO_PKG_VERSION"),
        models_digest: format!("{:016x}", report.models.digest()),
        input: report.topology.input(),
        conclusion: match conclusion(report) {
            Conclusion::Held => "held",
            Conclusion::NotExercised => "not-exercised",
            Conclusion::Violated => "violated",
        },
        seeds: Seeds {
            first: parts.iter().map(|part| part.first_seed).min().unwrap_or(0),
            count: parts.iter().map(|part| part.seeds).max().unwrap_or(0),
        },
        parts: parts.iter().map(searched).collect(),
        findings: findings(report, refused_from),
        guarantees,
        quantities: parts.iter().flat_map(|part| numbers(report.models, part)).collect(),
        assumptions: assumed_rules(report.models)
            .map(|rule| Assumption { rule: &rule.id, says: &rule.says })
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
                name: &one.name,
                type_name: &one.type_name,
                cost: &one.cost,
                place: one.place.as_ref().map(spot),
            })
            .collect(),
        diagnostics: report.diagnostics.iter().map(diagnostic).collect(),
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

fn searched(part: &Part) -> Searched {
    let queue = |index: usize| part.program.name(part.program.queues[index].entity).to_string();
    Searched {
        sources: part.program.sources().map(queue).collect(),
        seeds: Seeds { first: part.first_seed, count: part.seeds },
        stopped: match part.stop {
            Stop::NothingNew => "nothing-new",
            Stop::Records => "records",
            Stop::Asked => "asked",
        },
        records: part.records,
        undecided: part.undecided,
        enumeration: part.enumeration.as_ref().map(Enumerated::of),
    }
}

fn spot(place: &Place) -> Spot {
    Spot { file: place.file.display().to_string(), line: place.line, column: place.column }
}

fn words(families: impl Iterator<Item = Family>) -> Vec<&'static str> {
    families.map(Family::word).collect()
}

fn guarantee(report: &CheckReport<'_>, part: &Part, verdict: &Verdict) -> Guarantee {
    let site = Site::of(report, part, verdict.at);
    let (word, reason) = match verdict.standing {
        Standing::Held => ("held", None),
        Standing::Violated => ("violated", None),
        Standing::NotExercised => ("not-exercised", None),
        Standing::NotApplicable(why) => ("not-applicable", Some(why.to_owned())),
    };
    let function = match site.functions.as_slice() {
        [only] => Some(only.clone()),
        [] | [_, _, ..] => None,
    };
    let place = site.place.as_ref().map(spot);
    Guarantee {
        name: verdict.guarantee.word(),
        at: Where { source: site.queue, function, link: site.link, place },
        gates: report.gates(verdict.guarantee) == Gates::Yes,
        verdict: word,
        reason,
        bound: edge(part, verdict).filter(|_| verdict.standing == Standing::Held),
        proved: proof(part, verdict).filter(|_| verdict.standing == Standing::Held),
        survived: verdict
            .survived
            .iter()
            .map(|(family, seeds)| Survived { family: family.word(), seeds: *seeds })
            .collect(),
        broken_by: verdict.broken_by.iter().map(|set| words(set.iter())).collect(),
        beyond_platform: words(verdict.beyond_platform.iter()),
        counterexample: verdict.counterexample.as_ref().map(|told| story(report.models, part, told)),
    }
}

/// `deployable`: one entry for each refusal, or one for the whole input where there is none.
fn deployable(report: &CheckReport<'_>) -> Vec<Guarantee> {
    let entry = |at: Where, verdict: &'static str, reason: Option<String>| Guarantee {
        name: GuaranteeName::Deployable.word(),
        at,
        gates: report.gates(GuaranteeName::Deployable) == Gates::Yes,
        verdict,
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
        return vec![entry(at, "held", None)];
    }
    let refused = |one: &Refusal| {
        let place = one.place.as_ref().map(spot);
        let at = Where { source: one.resource.to_string(), function: None, link: None, place };
        let reason =
            format!("{} is {}, allowed is {}: {}", one.property, one.value, one.allowed, one.message);
        entry(at, "violated", Some(format!("{reason} ({})", one.rule)))
    };
    report.refusals.iter().map(refused).collect()
}

fn story(models: &Models, part: &Part, story: &Counterexample) -> Story {
    Story {
        seed: story.seed,
        capsule: story.capsule.clone(),
        command: command(story),
        digest: story.digest.to_string(),
        events: story.events,
        culprit: story.culprit.clone(),
        violated_at: story.at.as_micros(),
        needs: story
            .needs
            .iter()
            .map(|(family, length)| Need { family: family.word(), at_least: length.as_micros() })
            .collect(),
        steps: story.steps.iter().map(|told| line(models, part, told)).collect(),
    }
}

fn line(models: &Models, part: &Part, told: &Told) -> Line {
    let step = match told {
        Told::Omitted(count) => return Line::Omitted { omitted: *count },
        Told::Step(step) => step,
    };
    let rule = models.rule(step.rule);
    let citations = rule.cite.iter().filter_map(|key| models.citation(key));
    Line::Step {
        at: step.at.as_micros(),
        entity: part.program.name(step.entity).to_string(),
        what: story_sentence(&part.program, step),
        rule: rule.id.clone(),
        certainty: certainty_word(rule.certainty),
        cite: citations.map(|one| Cite { title: one.title.clone(), url: one.url.clone() }).collect(),
        events: step
            .events
            .iter()
            .map(|(event, receives)| Event { event: event.clone(), receives: *receives })
            .collect(),
        violates: step.violates,
    }
}

fn findings<'a>(report: &CheckReport<'a>, refused_from: usize) -> Vec<Found<'a>> {
    let severity = |gates| match gates {
        Gates::Yes => "error",
        Gates::Advice => "advice",
    };
    let told = |one: &'a Finding| {
        let (part, verdict) = report.verdict(*one.verdicts.first()?);
        Some(Found {
            id: one.id.clone(),
            title: headline(part, verdict),
            severity: severity(finding_gates(report, one)),
            harm: harm(one.harm),
            guarantees: one.verdicts.iter().filter_map(|at| position(report, *at)).collect(),
            repair: one.repair.as_ref().map(mend),
        })
    };
    let mut all: Vec<Found<'a>> = report.checked.findings.iter().filter_map(told).collect();
    if !report.refusals.is_empty() {
        all.push(Found {
            id: GuaranteeName::Deployable.word().to_owned(),
            title: "AWS refuses settings at deployment".to_owned(),
            severity: severity(report.gates(GuaranteeName::Deployable)),
            harm: "refused",
            guarantees: (refused_from..refused_from + report.refusals.len()).collect(),
            repair: None,
        });
    }
    all
}

/// Where a verdict stands among those that are told.
fn position(report: &CheckReport<'_>, at: (usize, usize)) -> Option<usize> {
    let wanted = report.verdict(at).1;
    report.verdicts().position(|(_, verdict)| std::ptr::eq(verdict, wanted))
}

fn mend(repair: &Repair) -> Mend<'_> {
    let changes = repair.changes.iter().map(|change| Changed {
        resource: &change.resource,
        property: &change.property,
        before: change.before.as_deref(),
        after: &change.after,
        line: change.line,
    });
    Mend {
        says: &repair.says,
        changes: changes.collect(),
        holds_over: repair.holds_over,
        leaves: repair.leaves.iter().map(|guarantee| guarantee.word()).collect(),
        handler: repair.handler.as_deref(),
    }
}

fn numbers<'a>(models: &'a Models, part: &'a Part) -> impl Iterator<Item = Numbers> + 'a {
    let polled = (0..part.program.queues.len()).filter(|queue| part.program.queues[*queue].is_polled());
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
            idle_polling: polling.map(|(requests, money)| Polling {
                requests_per_month: requests,
                cost_per_month: money.to_string(),
            }),
        })
    })
}

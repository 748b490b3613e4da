//! Mistakes that real systems make where something calls Lambda, each beside the smallest change that mends it; the
//! table says of each where it is shown, or why a simulation cannot show it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod answers;
mod buckets;
pub(crate) mod buses;
mod callbacks;
mod callers;
mod exits;
mod losses;
mod provisioned;
mod repairs;
mod rights;
mod rooms;
mod rounds;
mod table;
mod workflows;

use std::path::Path;

use redrive::explore::{CheckOptions, Checked, Standing, Verdict, check};
use redrive::guarantee::{GuaranteeName, GuaranteeSet};
use redrive::kernel::{Families, Family};
use redrive::prelude::*;
use redrive::scenario::{FaultPlan, PlannedFault, Scenario};
use redrive::template::{ImportOptions, import_text};
use redrive::topology::refusals;

use crate::networks::MODELS;

/// How many seeds tell the broken one of a pair from the mended one.
const SEEDS: u64 = 256;

/// A function's code and runtime.
const CODE: &str = "Handler: a.b, Runtime: python3.13, CodeUri: .";
/// A queue that keeps what fails for two weeks.
const FAILED: &str = "  Failed: {Type: AWS::SQS::Queue, Properties: {MessageRetentionPeriod: 1209600}}\n";
/// The property by which a function has that queue for dead letters.
const DEAD_LETTERS: &str = "DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Failed.Arn}";
/// The property by which it is the destination for failures.
const ON_FAILURE: &str =
    "EventInvokeConfig: {DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Failed.Arn}}}";

/// A function `F` with these properties, called by this event.
fn function(properties: &str, event: &str) -> String {
    format!(
        "{FAILED}  F:\n    Type: AWS::Serverless::Function\n    Properties: {{{CODE}, {properties}, Events: {{E: {event}}}}}\n"
    )
}

/// The same behind a topic `T`; `more` are properties of the subscription.
fn behind_topic(properties: &str, more: &str) -> String {
    let event = format!("{{Type: SNS, Properties: {{Topic: !Ref T{more}}}}}");
    format!("  T: {{Type: AWS::SNS::Topic}}\n{}", function(properties, &event))
}

/// The same behind a REST API.
fn behind_api(properties: &str) -> String {
    function(properties, "{Type: Api, Properties: {Path: /f, Method: get}}")
}

/// Lets a service send to the queue for what fails.
fn lets_in(service: &str) -> String {
    format!(
        "  L: {{Type: AWS::SQS::QueuePolicy, Properties: {{Queues: [!Ref Failed], PolicyDocument: {{Statement: [{{Effect: \
         Allow, Principal: {{Service: {service}.amazonaws.com}}, Action: 'sqs:SendMessage', Resource: !GetAtt \
         Failed.Arn}}]}}}}}}\n"
    )
}

/// What a template of these resources deploys.
pub(crate) fn topology(resources: &str) -> Topology {
    let template = format!("Transform: AWS::Serverless-2016-10-31\nResources:\n{resources}");
    let imported = import_text(Path::new("push.yaml"), &template, &ImportOptions::with_stand_ins(), &MODELS);
    imported.topology.unwrap_or_else(|| panic!("{:?}\n{template}", imported.diagnostics))
}

/// What a search finds, with everything as the default profile has it but for these faults.
fn search(topology: &Topology, faults: FaultPlan) -> Checked {
    search_over(topology, SEEDS, faults)
}

/// The same over so many seeds.
fn search_over(topology: &Topology, seeds: u64, faults: FaultPlan) -> Checked {
    let options = CheckOptions {
        seeds: Some(seeds),
        first_seed: 0,
        families: faults.families.unwrap_or(Families::USUAL),
        guarantees: GuaranteeSet::EVERY,
        threads: 2,
        exhaustive: None,
        input_options: Vec::new(),
    };
    let scenario = Scenario { faults, ..Scenario::default() };
    check(topology, &MODELS, &scenario, &options, &mut |_| {}).expect("the embedded models are complete")
}

/// The verdict on a guarantee at the place that a link of this name leads to.
fn verdict<'c>(checked: &'c Checked, guarantee: GuaranteeName, link: &str) -> &'c Verdict {
    let here = checked.parts.iter().flat_map(|part| {
        let name =
            |verdict: &Verdict| part.program.name(part.program.queues[verdict.at.queue].entity).as_str();
        part.verdicts.iter().filter(move |verdict| name(verdict) == link)
    });
    let mut found = here.filter(|verdict| verdict.guarantee == guarantee);
    found.next().unwrap_or_else(|| panic!("no {guarantee} at {link}"))
}

/// Two systems, what the first of them breaks, and the families that suffice for it. Both are as AWS takes them.
struct Pair<'t> {
    broken: &'t str,
    mended: &'t str,
    guarantee: GuaranteeName,
    at: &'t str,
    suffices: &'t [Family],
    faults: FaultPlan,
}

fn check_pair(pair: Pair<'_>) {
    let Pair { broken, mended, guarantee, at, suffices, faults } = pair;
    let (broken, mended) = (topology(broken), topology(mended));
    for topology in [&broken, &mended] {
        assert!(refusals(topology, &MODELS).is_empty(), "AWS takes both: {:?}", refusals(topology, &MODELS));
    }
    let found = search(&broken, faults.clone());
    let found = verdict(&found, guarantee, at);
    assert_eq!(found.standing, Standing::Violated, "{guarantee} at {at}");
    let families: Families = suffices.iter().copied().collect();
    assert!(found.broken_by.contains(&families), "{families} not among {:?}", found.broken_by);
    let held = search(&mended, faults);
    let held = verdict(&held, guarantee, at);
    assert_eq!(held.standing, Standing::Held, "{guarantee} at {at}: {:?}", held.broken_by);
}

fn planned(planned: Vec<PlannedFault>) -> FaultPlan {
    FaultPlan { planned, ..Faults::none() }
}

/// The first event of a source fails at every attempt.
fn poison(source: &str) -> FaultPlan {
    planned(vec![PlannedFault::Poison { source: source.to_owned(), ordinal: 0, place: None }])
}

/// A fault from the start of the run on.
pub(crate) fn span(family: Family, target: &str, length: Duration) -> FaultPlan {
    let at = Duration::ZERO;
    planned(vec![PlannedFault::Span { family, target: target.to_owned(), at, length, place: None }])
}

/// A check with one event into a source at the start.
pub(crate) fn one_event<'t>(topology: &'t Topology, to: &str, faults: FaultPlan) -> Check<'t> {
    let load = Workload::to(to).events(1).every(Duration::from_secs(1));
    Check::new(topology).workload(load).faults(faults)
}

/// How often each of these rules stands at the end of a line.
pub(crate) fn count<const N: usize>(timeline: &str, rules: [&str; N]) -> [usize; N] {
    rules.map(|rule| {
        let ending = format!("({rule})");
        timeline.lines().filter(|line| line.trim_end().ends_with(&ending)).count()
    })
}

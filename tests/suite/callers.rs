//! Callers that a scenario states: how long they wait behind their front, how often they call again and when.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::fs;
use std::path::Path;

use redrive::models::Models;
use redrive::prelude::*;
use redrive::scenario::{Caller, Scenario, problems, read_scenario_text, stated_in_metadata};
use redrive::template::{ImportOptions, import_text};
use tempfile::TempDir;

/// A function behind its own address, with these properties.
fn behind_url(properties: &str) -> String {
    format!(
        "Resources:
  F: {{Type: AWS::Lambda::Function, Properties: {{Handler: a.b, Runtime: python3.13, Role: r, Code: {{ZipFile: x}}{properties}}}}}
  Address:
    Type: AWS::Lambda::Url
    Properties: {{AuthType: NONE, TargetFunctionArn: !Ref F}}
  MayCall:
    Type: AWS::Lambda::Permission
    Properties: {{Action: 'lambda:InvokeFunctionUrl', FunctionName: !Ref F, FunctionUrlAuthType: NONE, Principal: '*'}}
  MayInvoke:
    Type: AWS::Lambda::Permission
    Properties: {{Action: 'lambda:InvokeFunction', FunctionName: !Ref F, InvokedViaFunctionUrl: true, Principal: '*'}}
"
    )
}

/// A function behind an API.
fn behind_api(properties: &str) -> String {
    format!(
        "Transform: AWS::Serverless-2016-10-31
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      Runtime: python3.13
      InlineCode: x
      Events: {{Get: {{Type: Api, Properties: {{Path: /, Method: get}}}}}}
{properties}"
    )
}

fn topology(template: &str) -> Topology {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("fronts.yaml");
    fs::write(&path, template).unwrap();
    Topology::from_template(&path).unwrap()
}

fn stated(text: &str) -> Scenario {
    let read = read_scenario_text(Path::new("scenario.toml"), text);
    assert_eq!(read.diagnostics, []);
    read.file.scenario
}

/// What comes of some requests at once.
fn timeline(template: &str, scenario: &str, events: u32) -> String {
    let topology = topology(template);
    let front = topology.links.iter().map(|link| topology.end_name(&link.from)).next().unwrap();
    let load = Workload::to(front).events(events).every(Duration::ZERO);
    let check = Check::new(&topology).scenario(stated(scenario)).workload(load).faults(Faults::none());
    check.run_seed(0).timeline()
}

fn calls(timeline: &str) -> usize {
    timeline.lines().filter(|line| line.contains("(sync.invoke)")).count()
}

/// The pauses before calls are made again, by this rule.
fn pauses(timeline: &str, rule: &str) -> Vec<String> {
    let all = timeline.lines().filter(|line| line.contains(rule));
    let pause = |line: &str| line.split(" in ").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    all.map(pause).collect()
}

const THROTTLED: &str = ", ReservedConcurrentExecutions: 0";

//= test: sdk.mode_legacy
//= test: sdk.mode_standard
//= test: sdk.jitter
#[test]
fn a_throttled_caller_calls_as_often_as_its_mode_says() {
    let template = behind_url(THROTTLED);
    let text = |mode: &str| timeline(&template, &format!("[caller.Address]\nretries = '{mode}'\n"), 1);
    assert_eq!(calls(&text("none")), 1);
    let standard = text("standard");
    assert_eq!(calls(&standard), 3, "{standard}");
    assert_eq!(pauses(&standard, "sdk.mode_standard").len(), 2, "{standard}");
    let legacy = text("legacy");
    assert_eq!(calls(&legacy), 5, "{legacy}");
    assert_eq!(pauses(&legacy, "sdk.mode_legacy"), ["500ms", "1s", "2s", "4s"], "{legacy}");
}

//= test: sdk.mode_2026
//= test: sdk.repeats
#[test]
fn an_api_that_shows_a_throttle_as_an_error_is_called_again_too_soon() {
    let scenario = "[caller.'*']\nretries = 'standard-2026'\n";
    let url = timeline(&behind_url(THROTTLED), scenario, 1);
    assert_eq!(pauses(&url, "sdk.mode_2026"), ["500ms", "1s"], "{url}");
    let api = timeline(&behind_api("      ReservedConcurrentExecutions: 0\n"), scenario, 1);
    assert_eq!(pauses(&api, "sdk.mode_2026"), ["25ms", "50ms"], "{api}");
}

#[test]
fn a_caller_that_waits_less_than_its_function_runs_has_it_run_several_times() {
    let scenario = "[caller.Address]\nretries = 'standard'\nattempts = 2\ntimeout = '2s'\n[handler.F]\nduration = '5s'\n";
    let text = timeline(&behind_url(", Timeout: 10"), scenario, 1);
    assert_eq!(calls(&text), 2, "{text}");
    assert_eq!(text.matches("(sdk.gave_up)").count(), 3, "two calls, and the caller is told: {text}");
    assert!(text.contains("ReadTimeoutError"), "{text}");
}

//= test: sdk.retry_quota
#[test]
fn retries_end_when_their_store_is_empty() {
    let text =
        timeline(&behind_url(THROTTLED), "[caller.Address]\nretries = 'standard'\nattempts = 9\n", 200);
    assert_eq!(calls(&text), 200 + 500 / 5, "{}", text.len());
    let legacy =
        timeline(&behind_url(THROTTLED), "[caller.Address]\nretries = 'legacy'\nattempts = 9\n", 200);
    assert_eq!(calls(&legacy), 200 * 9, "nothing bounds them");
}

#[test]
fn metadata_of_a_front_states_its_caller() {
    let models = Models::embedded().unwrap();
    let text = behind_url("").replace(
        "    Type: AWS::Lambda::Url\n",
        "    Type: AWS::Lambda::Url\n    Metadata: {redrive: {caller: {retries: adaptive, timeout: 3s}}}\n",
    );
    let imported = import_text(Path::new("t.yaml"), &text, &ImportOptions::with_stand_ins(), &models);
    let (name, written) = &imported.stated[0];
    let (scenario, said) = stated_in_metadata(name, written);
    assert_eq!(said, []);
    let [caller] = scenario.callers.as_slice() else { panic!("{scenario:?}") };
    let place = caller.place.clone();
    let expected = &stated("[caller.Address]\nretries = 'adaptive'\ntimeout = '3s'\n").callers[0];
    assert_eq!(*caller, Caller { place, ..expected.clone() });
}

#[test]
fn callers_of_nothing_that_waits_and_contradictions_are_told() {
    let models = Models::embedded().unwrap();
    let options = ImportOptions::with_stand_ins();
    let topology = import_text(Path::new("t.yaml"), &behind_url(""), &options, &models).topology.unwrap();
    let codes = |text: &str| {
        let told = problems(&stated(text), &topology, &models);
        told.iter().map(|one| one.code).collect::<Vec<_>>()
    };
    assert_eq!(codes("[caller.Address]\nretries = 'none'\n"), [""; 0]);
    assert_eq!(codes("[caller.Adress]\nretries = 'none'\n"), ["scenario-unknown-name"]);
    assert_eq!(codes("[caller.Address]\nretries = 'none'\nattempts = 2\n"), ["scenario-attempts"]);
    let read = read_scenario_text(Path::new("s.toml"), "[caller.Address]\nattempts = 2\ntimeout = '0s'\n");
    let told: Vec<_> = read.diagnostics.iter().map(|one| one.code).collect();
    assert_eq!(told, ["scenario-missing-key", "scenario-value"]);
}

/// A pipe that waits for a function on the way to its target.
const ENRICHED: &str = "Resources:
  F: {Type: AWS::Lambda::Function, Properties: {Handler: a.b, Runtime: python3.13, Role: r, Code: {ZipFile: x}}}
  Rich: {Type: AWS::SNS::Topic}
  Pipe:
    Type: AWS::Pipes::Pipe
    Properties: {RoleArn: r, Source: 'arn:aws:sqs:eu-west-1:1:elsewhere', Enrichment: !GetAtt F.Arn, Target: !Ref Rich}
";

//= test: pipes.failed
//= test: pipes.request_retry
#[test]
fn a_pipe_learns_of_an_error_of_its_function_and_repeats_the_call() {
    let system = topology(ENRICHED);
    let one = Workload::to("Pipe").events(1).at_once();
    let failing = stated("[handler.F]\noutcomes = [{ then = 'fails' }]\n");
    let check = Check::new(&system).scenario(failing).workload(one).faults(Faults::none());
    let text = check.run_seed(0).timeline();
    assert_eq!(pauses(&text, "pipes.request_retry").len(), 3, "{text}");
    assert!(text.contains("invocation-error"), "{text}");
    let check = Check::new(&system).faults(Faults::only([Family::Poison])).guarantee(no_loss());
    check.seeds(0..64).run().assert_held();
}

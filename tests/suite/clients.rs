//! Clients that no template shows: programs that call `Invoke`, jobs, and what calls by a model file.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::path::Path;

use redrive::models::Models;
use redrive::prelude::*;
use redrive::scenario::{PlannedFault, Scenario, problems, read_scenario_text};
use redrive::topology::{InvocationModel, LinkDetail, Permitted};

use crate::command_line::{Place, json, text};
use crate::push_pitfalls::{count, topology};

const WORK: &str = "  Work: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, Runtime: python3.13, InlineCode: x, Timeout: 20}}\n";

fn stated(text: &str) -> Scenario {
    let read = read_scenario_text(Path::new("s.toml"), text);
    assert_eq!(read.diagnostics, []);
    read.file.scenario
}

/// One event of such a client, under these faults.
fn run(client: &str, faults: FaultPlan, seed: u64) -> String {
    let topology = topology(WORK);
    let load = Workload::to("Shop").message(Duration::from_secs(1), "{}");
    let scenario = Scenario { faults, ..stated(&format!("[caller.Shop]\n{client}\n")) };
    Check::new(&topology).scenario(scenario).workload(load).run_seed(seed).timeline()
}

/// What of a fault in Lambda a client meets.
fn refused_for(length: u64) -> FaultPlan {
    let (target, at) = ("Work".to_owned(), Duration::ZERO);
    let length = Duration::from_secs(length);
    let fault = PlannedFault::Span { family: Family::ServiceError, target, at, length, place: None };
    FaultPlan { planned: vec![fault], ..Faults::none() }
}

//= test: sdk.publish
//= test: sdk_event.publish
#[test]
fn a_client_waits_or_hands_its_event_to_the_functions_queue() {
    let waits = run("calls = 'Work'", Faults::none(), 0);
    assert_eq!(count(&waits, ["sdk.publish", "sync.invoke", "sync.answer"]), [1, 1, 1], "{waits}");
    let leaves = run("calls = 'Work'\ninvocation-type = 'Event'", Faults::none(), 0);
    let rules = ["sdk_event.publish", "async.accept", "async.success", "sync.invoke"];
    assert_eq!(count(&leaves, rules), [1, 1, 1, 0], "{leaves}");
}

//= test: sdk_event.retry
//= test: sdk_event.told
#[test]
fn a_client_that_does_not_wait_tries_three_times_to_hand_its_event_over_and_is_told() {
    let event = "calls = 'Work'\ninvocation-type = 'Event'";
    let again = run(event, refused_for(2), 0);
    assert_eq!(count(&again, ["sdk_event.retry", "async.accept", "sdk_event.told"]), [2, 1, 0], "{again}");
    let told = run(event, refused_for(60), 0);
    assert_eq!(count(&told, ["sdk_event.retry", "async.accept", "sdk_event.told"]), [3, 0, 1], "{told}");
    assert!(!told.contains("is lost"), "{told}");
}

//= test: sdk_event.told
#[test]
fn what_a_client_is_told_of_convicts_nobody() {
    let topology = topology(WORK);
    let load = || Workload::to("Shop").events(20).every(Duration::from_secs(1));
    let client = "[caller.Shop]\ncalls = 'Work'\ninvocation-type = 'Event'\n";
    for asked in [no_collateral(), no_loss()] {
        let scenario = Scenario { faults: refused_for(10), ..stated(client) };
        let check = Check::new(&topology).scenario(scenario).workload(load()).guarantee(asked);
        let outcome = check.seeds(0..8).regressions_in(std::env::temp_dir()).run();
        assert_eq!(outcome.violated(), [""; 0], "{}", outcome.verdicts());
    }
}

//= test: sdk_event.duplicate
#[test]
fn an_answer_that_gets_lost_makes_a_second_event() {
    let event = "calls = 'Work'\ninvocation-type = 'Event'";
    let runs = (0..48).map(|seed| run(event, Faults::only([Family::Duplicate]), seed));
    let twice = runs.filter(|text| count(text, ["sdk_event.duplicate"]) == [1]).count();
    assert!(twice > 0 && twice < 48, "{twice}");
}

//= test: s3_batch.publish
#[test]
fn a_job_calls_by_the_rules_of_its_source() {
    let job = run("calls = 'Work'\nsource = 's3_batch'", Faults::none(), 0);
    assert_eq!(count(&job, ["s3_batch.publish", "sync.invoke", "sync.answer"]), [1, 1, 1], "{job}");
}

#[test]
fn a_client_is_a_link_of_its_own_that_is_permitted() {
    let models = Models::embedded().unwrap();
    let mut topology = topology(WORK);
    let scenario = stated(
        "[caller.Shop]\ncalls = 'Work:live'\n[caller.Job]\ncalls = 'Work'\nsource = 's3_batch'\n[caller.Mail]\ncalls = 'Work'\ninvocation-type = 'Event'\n",
    );
    scenario.let_clients_call(&mut topology, &models);
    scenario.let_clients_call(&mut topology, &models);
    let links = topology.links.iter().map(|link| {
        let LinkDetail::Delivers(delivery) = &link.detail else { panic!("{link:?}") };
        (delivery.name.as_str(), link.model, link.source.as_str(), delivery.qualifier.as_deref())
    });
    let links = links.collect::<Vec<_>>();
    assert_eq!(
        links,
        [
            ("Shop->Work", InvocationModel::Sync, "sdk", Some("live")),
            ("Job->Work", InvocationModel::Sync, "s3_batch", None),
            ("Mail->Work", InvocationModel::Async, "sdk_event", None),
        ]
    );
    assert!(topology.links.iter().all(|link| link.permitted == Permitted::Granted));
    assert_eq!(problems(&scenario, &topology, &models), []);
}

#[test]
fn what_lambda_does_not_take_is_told() {
    for (kind, most) in [("RequestResponse", 6_291_456), ("Event", 1_048_576)] {
        let client = |size: usize| {
            let body = "x".repeat(size);
            wrong(&format!(
                "[caller.Shop]\ncalls = 'Work'\ninvocation-type = '{kind}'\n[[message]]\nto = 'Shop'\nbody = '{body}'"
            ))
        };
        assert_eq!(client(most), [""; 0], "{kind}");
        let told = client(most + 1);
        assert!(
            matches!(told.as_slice(), [one] if one.starts_with("scenario-message-too-large")),
            "{told:?}"
        );
    }
}

#[test]
fn a_client_has_no_switch_and_calls_functions_alone() {
    let off = "[caller.Shop]\ncalls = 'Work'\n[[change]]\nat = '1m'\ndisable = 'Shop->Work'";
    let told = "scenario-no-switch: nothing switches off that Shop calls Work: it does so by itself";
    assert_eq!(wrong(off), [told]);
    assert_eq!(wrong(&off.replace("disable", "revoke")), [""; 0]);
    assert_eq!(wrong("[caller.'']\ncalls = 'Work'"), ["scenario-client-name: the client has no name"]);
}

/// What is wrong with a client.
fn wrong(client: &str) -> Vec<String> {
    let models = Models::embedded().unwrap();
    let mut topology = topology(WORK);
    let read = read_scenario_text(Path::new("s.toml"), client);
    read.file.scenario.let_clients_call(&mut topology, &models);
    let found = problems(&read.file.scenario, &topology, &models);
    read.diagnostics.iter().chain(&found).map(|one| format!("{}: {}", one.code, one.message)).collect()
}

#[test]
fn a_client_that_cannot_call_as_it_is_stated_to_is_told() {
    for (client, told) in [
        (
            "[caller.Work]\ncalls = 'Work'",
            "scenario-client-name: `Work` is a resource of type AWS::Lambda::Function, and no client",
        ),
        (
            "[caller.'S*']\ncalls = 'Work'",
            "scenario-client-name: `S*` is a pattern, and a client has one name",
        ),
        ("[caller.Shop]\ncalls = 'Wrok'", "scenario-unknown-name: there is no function `Wrok`"),
        (
            "[caller.Shop]\ncalls = 'Work'\nsource = 'sqs'",
            "scenario-client-source: no model of a source that calls functions is called `sqs`",
        ),
        (
            "[caller.Shop]\ncalls = 'Work'\nsource = 'sdk'\ninvocation-type = 'Event'",
            "scenario-too-many-keys: [caller.Shop] has `invocation-type` and `source`",
        ),
        (
            "[caller.Shop]\ncalls = 'Work'\ninvocation-type = 'DryRun'",
            "scenario-value: `invocation-type`: there is no invocation type `DryRun`",
        ),
        (
            "[caller.Shop]\ncalls = 'Work'\ninvocation-type = 'Event'\nretries = 'standard'",
            "scenario-no-front: Shop does not wait for an answer, so that nothing tells it to call again",
        ),
        (
            "[caller.Shop]\ncalls = 'Work'\nsees-function-errors = 'maybe'",
            "scenario-value: `sees-function-errors`: `maybe` is neither true nor false",
        ),
        (
            "[caller.Shop]\ncalls = 'Work'\nretries = 'none'\nattempts = 2",
            "scenario-attempts: the caller of Shop never calls again, and makes 2 calls",
        ),
    ] {
        assert_eq!(wrong(client), [told], "{client}");
    }
    assert_eq!(
        wrong("[caller.Shop]\nsees-function-errors = true")[0],
        "scenario-missing-key: [caller.Shop] has no `calls`"
    );
}

const SCENARIO: &str = "\
template = \"t.yaml\"
[caller.Shop]
calls = \"Work\"
[[load]]
to = \"Shop\"
events = 5
every = \"1s\"
";

#[test]
fn the_command_judges_a_function_that_only_a_client_calls() {
    let place = Place::new();
    place.write("t.yaml", &format!("Transform: AWS::Serverless-2016-10-31\nResources:\n{WORK}"));
    place.write("shop.toml", SCENARIO);
    let seeds = ["--seeds", "32"];
    let shown = text(&place.check(&[&["check", "shop.toml"], &seeds[..]].concat(), 1, &[]).stdout);
    for line in ["--> shop.toml:2, Shop -> Work", "calls Work and waits (shop.toml:2)", "the caller sees 200"]
    {
        assert!(shown.contains(line), "{line}: {shown}");
    }
    let report =
        json(&place.check(&[&["check", "shop.toml", "--format", "json"], &seeds[..]].concat(), 1, &[]));
    let replay = report["guarantees"][0]["counterexample"]["capsule"].as_str().unwrap().to_owned();
    assert!(text(&place.check(&["replay", &replay], 1, &[]).stdout).contains("is lost"), "{replay}");
    place.write("looks.toml", &SCENARIO.replace("\"Work\"", "\"Work\"\nsees-function-errors = true"));
    place.check(&[&["check", "looks.toml"], &seeds[..]].concat(), 0, &[]);
    place.write("mail.toml", &SCENARIO.replace("\"Work\"", "\"Work\"\ninvocation-type = \"Event\""));
    let mail = text(&place.check(&[&["check", "mail.toml"], &seeds[..]].concat(), 1, &[]).stdout);
    let added = "@@ t.yaml, WorkDeadLetters @@";
    assert!(mail.contains(added), "a new resource goes into the template: {mail}");
}

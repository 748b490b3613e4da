//! What definitions of state machines come to: the tasks that call functions, their retriers and catchers, and what AWS
//! refuses about them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::fs;
use std::path::Path;

use redrive::models::Models;
use redrive::template::{ImportOptions, Imported, import_system, import_text};
use redrive::topology::{
    Catcher, InputLog, Jitter, LinkDetail, MachineKind, Onward, Refusal, Retrier, State, StateKind,
    StateMachine, TaskAction, TokenUse, Topology, refusals,
};
use redrive::vocabulary::Duration;
use tempfile::TempDir;

const COMMON: &str = "Transform: AWS::Serverless-2016-10-31
Resources:
  F: {Type: AWS::Lambda::Function, Properties: {Handler: a.b, Runtime: python3.13, Role: r, Code: {ZipFile: x}}}
  G: {Type: AWS::Lambda::Function, Properties: {Handler: a.b, Runtime: python3.13, Role: r, Code: {ZipFile: x}}}
  Q: {Type: AWS::SQS::Queue}
";

fn models() -> Models {
    Models::embedded().expect("the embedded models load")
}

fn imported(resources: &str) -> Imported {
    let template = format!("{COMMON}{resources}\n");
    import_text(Path::new("states.yaml"), &template, &ImportOptions::with_stand_ins(), &models())
}

fn topology(resources: &str) -> Topology {
    let imported = imported(resources);
    imported.topology.unwrap_or_else(|| panic!("{:?}", imported.diagnostics))
}

/// A machine with this definition.
fn machine_of(definition: &str) -> String {
    format!(
        "  M:\n    Type: AWS::StepFunctions::StateMachine\n    Properties:\n      RoleArn: r\n      Definition: {definition}"
    )
}

fn machine(topology: &Topology) -> &StateMachine {
    assert_eq!(topology.machines.len(), 1, "{:?}", topology.machines);
    &topology.machines[0]
}

fn state<'m>(machine: &'m StateMachine, name: &str) -> &'m State {
    machine.states.iter().find(|state| state.name == name).unwrap_or_else(|| panic!("no {name}: {machine:?}"))
}

/// Which resource a task calls, and how.
fn calls(topology: &Topology, name: &str) -> String {
    let StateKind::Task(task) = &state(machine(topology), name).kind else { panic!("{name} is no task") };
    match &task.action {
        TaskAction::Invoke(link) | TaskAction::Send(link) => {
            let link = &topology.links[*link];
            format!("{} {}", topology.end_name(&link.to), link.model.id())
        }
        TaskAction::Other(what) => what.clone(),
    }
}

fn secs(count: u64) -> Duration {
    Duration::from_secs(count)
}

//= test: step_functions.publish
#[test]
fn each_way_of_naming_a_function_makes_a_task_call_it() {
    let topology = topology(&machine_of(
        "
        StartAt: Direct
        States:
          Direct: {Type: Task, Resource: !GetAtt F.Arn, Next: Invoked}
          Invoked: {Type: Task, Resource: 'arn:aws:states:::lambda:invoke', Parameters: {FunctionName: !Ref G}, Next: Query}
          Query: {Type: Task, QueryLanguage: JSONata, Resource: 'arn:aws:states:::lambda:invoke', Arguments: {FunctionName: !GetAtt G.Arn}, Next: Token}
          Token: {Type: Task, Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken', HeartbeatSeconds: 60, TimeoutSeconds: 600, Parameters: {FunctionName: !Ref F}, Next: Later}
          Later: {Type: Task, Resource: 'arn:aws:states:::lambda:invoke', Parameters: {FunctionName: !Ref F, InvocationType: Event}, Next: Queue}
          Queue: {Type: Task, Resource: 'arn:aws:states:::sqs:sendMessage', Parameters: {QueueUrl: !Ref Q, MessageBody: x}, Next: Table}
          Table: {Type: Task, Resource: 'arn:aws:states:::dynamodb:putItem', Parameters: {TableName: t}, End: true}",
    ));
    let found =
        ["Direct", "Invoked", "Query", "Token", "Later", "Queue", "Table"].map(|name| calls(&topology, name));
    assert_eq!(
        found,
        ["F sync", "G sync", "G sync", "F sync", "F async", "Q forward", "dynamodb:putItem"],
        "{:?}",
        topology.links
    );
    let StateKind::Task(token) = &state(machine(&topology), "Token").kind else { panic!("it is a task") };
    assert_eq!(
        (token.token, token.timeout, token.heartbeat),
        (TokenUse::Waits, Some(secs(600)), Some(secs(60)))
    );
    assert!(
        topology.unmodelled.iter().any(|one| one.type_name.contains("dynamodb")),
        "{:?}",
        topology.unmodelled
    );
    assert_eq!(refusals(&topology, &models()), []);
}

#[test]
fn a_definition_as_text_as_object_and_in_a_file_come_to_the_same() {
    let text = r#"{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"${FArn}","Retry":[{"ErrorEquals":["States.ALL"],"MaxAttempts":5}],"End":true}}}"#;
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("machine.asl.json"), text).unwrap();
    let ways = [
        format!("DefinitionString: '{text}'"),
        format!("DefinitionString: !Sub '{text}'").replace("${FArn}", "${F.Arn}"),
        format!("Definition: {text}"),
        "DefinitionUri: machine.asl.json".to_owned(),
    ];
    for way in &ways {
        let (kind, definition) = if way.starts_with("DefinitionUri") || way.starts_with("Definition:") {
            ("AWS::Serverless::StateMachine", "Role: r")
        } else {
            ("AWS::StepFunctions::StateMachine", "RoleArn: r")
        };
        let template = format!(
            "{COMMON}  M:\n    Type: {kind}\n    Properties:\n      {definition}\n      DefinitionSubstitutions: {{FArn: !GetAtt F.Arn}}\n      {way}\n"
        );
        let path = dir.path().join("template.yaml");
        fs::write(&path, template).unwrap();
        let imported = import_system(&[path], &ImportOptions::with_stand_ins(), &models());
        let topology = imported.topology.unwrap_or_else(|| panic!("{way}: {:?}", imported.diagnostics));
        assert_eq!(calls(&topology, "A"), "F sync", "{way}");
        assert_eq!(state(machine(&topology), "A").retries[0].attempts, 5, "{way}");
    }
}

#[test]
fn a_definition_that_is_elsewhere_is_said_to_be_unknown() {
    let topology = topology(
        "  M: {Type: AWS::StepFunctions::StateMachine, Properties: {RoleArn: r, DefinitionS3Location: {Bucket: b, Key: k}, DefinitionSubstitutions: {A: !GetAtt F.Arn}}}",
    );
    assert!(topology.machines.is_empty());
    let cost = &topology.unmodelled.iter().find(|one| one.name.as_str() == "M").unwrap().cost;
    assert!(cost.contains("not at hand") && cost.contains("without retries"), "{cost}");
    assert_eq!(topology.links.len(), 1, "the function that it names is called all the same");
}

//= test: step_functions.retry_range
#[test]
fn retriers_have_the_defaults_that_aws_gives_them() {
    let topology = topology(&machine_of(
        "
        StartAt: A
        States:
          A:
            Type: Task
            Resource: !GetAtt F.Arn
            TimeoutSeconds: 20
            Retry:
              - ErrorEquals: [Lambda.ServiceException, Lambda.SdkClientException]
              - {ErrorEquals: [States.ALL], IntervalSeconds: 3, MaxAttempts: 0, BackoffRate: 1.5, MaxDelaySeconds: 9, JitterStrategy: FULL}
            Catch: [{ErrorEquals: [States.ALL], Next: B}]
            Next: B
          B: {Type: Succeed}",
    ));
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let a = state(machine(&topology), "A");
    let usual = Retrier {
        errors: names(&["Lambda.ServiceException", "Lambda.SdkClientException"]),
        interval: secs(1),
        attempts: 3,
        rate: 2_000,
        longest: None,
        jitter: Jitter::None,
    };
    let set = Retrier {
        errors: names(&["States.ALL"]),
        interval: secs(3),
        attempts: 0,
        rate: 1_500,
        longest: Some(secs(9)),
        jitter: Jitter::Full,
    };
    assert_eq!(a.retries, [usual, set]);
    assert_eq!(a.catches, [Catcher { errors: names(&["States.ALL"]), next: 1 }]);
    assert_eq!(a.next, Onward::To(1));
}

#[test]
fn tasks_within_branches_and_maps_are_found() {
    let topology = topology(&machine_of(
        "
        StartAt: Both
        States:
          Both:
            Type: Parallel
            Branches:
              - {StartAt: L, States: {L: {Type: Task, Resource: !GetAtt F.Arn, End: true}}}
              - {StartAt: R, States: {R: {Type: Task, Resource: !GetAtt G.Arn, End: true}}}
            Next: Each
          Each:
            Type: Map
            ItemProcessor: {StartAt: One, States: {One: {Type: Task, Resource: !GetAtt F.Arn, End: true}}}
            End: true",
    ));
    let machine = machine(&topology);
    let names: Vec<&str> = machine.states.iter().map(|state| state.name.as_str()).collect();
    assert_eq!(names, ["Both", "Each", "L", "R", "One"]);
    assert_eq!(machine.links().count(), 3);
    let name = |link: usize| match &topology.links[link].detail {
        LinkDetail::Delivers(delivery) => delivery.name.to_string(),
        other => panic!("{other:?}"),
    };
    let names: Vec<String> = machine.links().map(name).collect();
    assert_eq!(names, ["M->F", "M->G", "M->F (One)"]);
}

//= test: step_functions.data
//= test: step_functions.around
#[test]
fn what_is_not_simulated_of_a_definition_is_said() {
    let topology = topology(&machine_of(
        "
        StartAt: Pick
        States:
          Pick: {Type: Choice, Choices: [{Variable: $.a, IsPresent: true, Next: Wait}], Default: Each}
          Wait: {Type: Wait, TimestampPath: $.at, Next: Each}
          Each:
            Type: Map
            ItemProcessor: {ProcessorConfig: {Mode: DISTRIBUTED, ExecutionType: STANDARD}, StartAt: One, States: {One: {Type: Task, Resource: !GetAtt F.Arn, End: true}}}
            Retry: [{ErrorEquals: [States.ALL]}]
            End: true",
    ));
    let costs: Vec<&str> = topology.unmodelled.iter().map(|one| one.cost.as_str()).collect();
    for said in ["does not wait", "one item", "only the task within that failed"] {
        assert!(costs.iter().any(|cost| cost.contains(said)), "{said}: {costs:?}");
    }
    assert_eq!(costs.len(), 3, "a choice is simulated: {costs:?}");
}

#[test]
fn the_type_and_the_log_of_a_machine_are_read() {
    let definition =
        "Definition: {StartAt: A, States: {A: {Type: Task, Resource: !GetAtt F.Arn, End: true}}}";
    let read = |more: &str| {
        let topology = topology(&format!(
            "  M: {{Type: AWS::StepFunctions::StateMachine, Properties: {{RoleArn: r, {definition}{more}}}}}"
        ));
        (machine(&topology).kind.value, machine(&topology).log)
    };
    let logged = |level: &str| {
        format!(
            ", StateMachineType: EXPRESS, LoggingConfiguration: {{Level: {level}, IncludeExecutionData: true, Destinations: [{{CloudWatchLogsLogGroup: {{LogGroupArn: a}}}}]}}"
        )
    };
    assert_eq!(read(""), (MachineKind::Standard, InputLog::Not));
    assert_eq!(read(&logged("ALL")), (MachineKind::Express, InputLog::Everything));
    assert_eq!(read(&logged("ERROR")), (MachineKind::Express, InputLog::Not));
}

fn refused(definition: &str) -> Vec<Refusal> {
    refusals(&topology(&machine_of(definition)), &models())
}

/// Exactly this rule refuses, at this property, with this in what it would accept.
fn check(definition: &str, rule: &str, property: &str, allowed: &str) {
    let found = refused(definition);
    let told: Vec<(&str, &str)> =
        found.iter().map(|refusal| (refusal.rule.as_str(), refusal.property.as_str())).collect();
    assert_eq!(told, [(rule, property)], "{definition}\n{found:?}");
    assert!(found[0].allowed.contains(allowed), "{:?}", found[0]);
    assert!(found[0].place.is_some() && !found[0].message.is_empty(), "{:?}", found[0]);
}

/// A machine of one task with these fields.
fn task(fields: &str) -> String {
    format!("{{StartAt: A, States: {{A: {{Type: Task, Resource: !GetAtt F.Arn, End: true, {fields}}}}}}}")
}

const END: &str = "B: {Type: Succeed}";

//= test: step_functions.definition
//= test: step_functions.transition
//= test: step_functions.reachable
//= test: step_functions.terminal
#[test]
fn states_begin_lead_on_and_end() {
    check(&format!("{{States: {{{END}}}}}"), "step_functions.definition", "StartAt", "name of one");
    check(&format!("{{StartAt: C, States: {{{END}}}}}"), "step_functions.definition", "StartAt", "B");
    let lead = |next: &str| format!("{{StartAt: A, States: {{A: {{Type: Pass, {next}}}, {END}}}}}");
    check(&lead("Next: b"), "step_functions.transition", "States.A.Next", "`B`");
    let found = refused(&lead("End: true"));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (found[0].rule.as_str(), found[0].property.as_str()),
        ("step_functions.reachable", "States.B")
    );
    let both = "{StartAt: A, States: {A: {Type: Pass, Next: B, End: true}, B: {Type: Succeed}}}";
    check(both, "step_functions.transition", "States.A.End", "not both");
    let around = "{StartAt: A, States: {A: {Type: Pass, Next: B}, B: {Type: Pass, Next: A}}}";
    check(around, "step_functions.terminal", "States.A", "a state that ends it");
    let extra = "{StartAt: B, States: {B: {Type: Succeed, End: true}}}";
    check(extra, "step_functions.transition", "States.B", "neither");
    assert_eq!(refused(&lead("Next: B")), []);
}

//= test: step_functions.state_type
//= test: step_functions.names
#[test]
fn states_have_a_type_and_a_name_of_their_own() {
    let typed = |kind: &str| format!("{{StartAt: A, States: {{A: {{Type: {kind}, End: true}}}}}}");
    check(&typed("Tsk"), "step_functions.state_type", "States.A.Type", "Task");
    check(&typed("Task"), "step_functions.state_type", "States.A.Resource", "calls");
    check(&typed("Parallel"), "step_functions.state_type", "States.A.Branches", "branch");
    let twice = "{StartAt: A, States: {A: {Type: Parallel, Branches: [{StartAt: A, States: {A: {Type: Succeed}}}], End: true}}}";
    check(twice, "step_functions.names", "States.A", "no other state");
    let long = "x".repeat(81);
    let named = format!("{{StartAt: {long}, States: {{{long}: {{Type: Succeed}}}}}}");
    check(&named, "step_functions.names", &format!("States.{long}"), "80");
}

//= test: step_functions.error_names
//= test: step_functions.retry_range
#[test]
fn retriers_and_catchers_outside_their_ranges_are_refused() {
    let retry = |fields: &str| task(&format!("Retry: [{{ErrorEquals: [States.ALL], {fields}}}]"));
    let range = |fields: &str, property: &str, allowed: &str| {
        check(
            &retry(fields),
            "step_functions.retry_range",
            &format!("States.A.Retry[0].{property}"),
            allowed,
        );
    };
    range("MaxAttempts: -1", "MaxAttempts", "0 to 99999999");
    range("MaxAttempts: 100000000", "MaxAttempts", "0 to 99999999");
    range("IntervalSeconds: 0", "IntervalSeconds", "1 to 99999999");
    range("BackoffRate: 0.5", "BackoffRate", "1.0");
    range("MaxDelaySeconds: 31622400", "MaxDelaySeconds", "31622399");
    range("JitterStrategy: SOME", "JitterStrategy", "FULL");
    assert_eq!(
        refused(&retry("MaxAttempts: 0, IntervalSeconds: 99999999, BackoffRate: 1.0, JitterStrategy: NONE")),
        []
    );
    let names = |names: &str, property: &str, allowed: &str| {
        check(&task(names), "step_functions.error_names", &format!("States.A.{property}"), allowed);
    };
    names("Retry: [{ErrorEquals: []}]", "Retry[0].ErrorEquals", "at least one");
    names("Retry: [{MaxAttempts: 1}]", "Retry[0].ErrorEquals", "names");
    names("Retry: [{ErrorEquals: [States.ALL, A]}]", "Retry[0].ErrorEquals", "alone");
    names("Retry: [{ErrorEquals: [States.ALL]}, {ErrorEquals: [A]}]", "Retry[0].ErrorEquals", "last");
    let found = refused(&task("Catch: [{ErrorEquals: [States.ALL], Next: Nowhere}]"));
    assert_eq!((found.len(), found[0].property.as_str()), (1, "States.A.Catch[0].Next"), "{found:?}");
}

//= test: step_functions.task_times
//= test: step_functions.express_waits
#[test]
fn times_of_tasks_and_waiting_in_express_machines_are_checked() {
    check(&task("TimeoutSeconds: 0"), "step_functions.task_times", "States.A.TimeoutSeconds", "1 to");
    let both = "TimeoutSeconds: 60, HeartbeatSeconds: 60";
    check(&task(both), "step_functions.task_times", "States.A.HeartbeatSeconds", "less than");
    let token = "{StartAt: A, States: {A: {Type: Task, Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken', Parameters: {FunctionName: !Ref F}, End: true}}}";
    assert_eq!(refused(token), []);
    let express = format!("{token}\n      StateMachineType: EXPRESS");
    check(&express, "step_functions.express_waits", "States.A.Resource", "without waiting");
}

#[test]
fn all_problems_of_a_definition_are_told_at_once_each_where_it_stands() {
    let found = refused(
        "
        StartAt: A
        States:
          A:
            Type: Task
            Resource: !GetAtt F.Arn
            Retry:
              - {ErrorEquals: [States.ALL], BackoffRate: 0}
            Catch:
              - {ErrorEquals: [States.ALL], Next: Compensat}
            Next: Compensate
          Compensate: {Type: Tsk, End: true}",
    );
    let places: Vec<(String, usize)> = found
        .iter()
        .map(|refusal| (refusal.property.clone(), refusal.place.as_ref().unwrap().line as usize))
        .collect();
    let expected = [
        ("States.A.Retry[0].BackoffRate", 17),
        ("States.A.Catch[0].Next", 19),
        ("States.Compensate.Type", 21),
    ];
    assert_eq!(places, expected.map(|(property, line)| (property.to_owned(), line)), "{found:?}");
    assert!(found[1].allowed.contains("`Compensate`"), "the nearest name: {:?}", found[1]);
}

#[test]
fn a_definition_that_is_no_json_is_refused_with_where_it_ceases_to_be() {
    let found = refusals(
        &topology(
            "  M: {Type: AWS::StepFunctions::StateMachine, Properties: {RoleArn: r, DefinitionString: '{\"StartAt\": }'}}",
        ),
        &models(),
    );
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].rule.as_str(), "step_functions.definition");
    assert!(found[0].allowed.contains("line 1 column"), "{:?}", found[0]);
}

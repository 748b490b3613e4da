//! Scenarios on the command line: as PATH, beside a template, from options and from metadata; drafts; replays.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use crate::command_line::{Place, json, text};

const TEMPLATE: &str = "\
Transform: AWS::Serverless-2016-10-31
Resources:
  PointsDlq: {Type: AWS::SQS::Queue, Properties: {MessageRetentionPeriod: 1209600}}
  Points:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 180
      RedrivePolicy: {deadLetterTargetArn: !GetAtt PointsDlq.Arn, maxReceiveCount: 3}
  Credit:
    Type: AWS::Serverless::Function
    Properties:
      Timeout: 30
      Events:
        Points:
          Type: SQS
          Properties: {Queue: !GetAtt Points.Arn, BatchSize: 10}
";

/// A handler that lists what fails, although its mapping did not ask for that.
const LISTS_FAILURES: &str = "\
template = \"points.yaml\"

[[load]]
to = \"Points\"
rate = \"10/s for 2s\"
body = { member = 1 }

[[message]]
to = \"Points\"
body = { member = 2 }

[handler.Credit]
preset = \"partial\"
duration = \"200ms per invocation\"
outcomes = [{ body-contains = '\"member\":2', then = \"fails\" }]

[faults]
families = \"none\"
";

fn place() -> Place {
    let place = Place::new();
    place.write("points.yaml", TEMPLATE);
    let fixed = TEMPLATE.replace("BatchSize: 10", "FunctionResponseTypes: [ReportBatchItemFailures]");
    place.write("fixed.yaml", &fixed);
    place.write("scenario.toml", LISTS_FAILURES);
    place
}

fn verdict<'a>(report: &'a Json, guarantee: &str) -> &'a Json {
    let all = report["guarantees"].as_array().expect("a list");
    all.iter().find(|one| one["guarantee"] == guarantee).expect("every guarantee has a verdict")
}

//= test: queue_poll.response_ignored
#[test]
fn a_list_of_failures_that_nobody_asked_for_loses_them() {
    let place = place();
    let report = json(&place.check(&["check", "scenario.toml", "--seeds", "16", "--format", "json"], 1, &[]));
    let verdict = verdict(&report, "no-loss");
    assert_eq!(verdict["verdict"], "violated");
    let rules: Vec<&Json> = verdict["counterexample"]["steps"]
        .as_array()
        .expect("steps")
        .iter()
        .map(|step| &step["rule"])
        .collect();
    assert!(rules.contains(&&Json::from("queue_poll.response_ignored")), "{rules:?}");
    let fixed = ["check", "fixed.yaml", "--scenario", "scenario.toml", "--seeds", "16"];
    place.check(&fixed, 0, &[]);
}

#[test]
fn the_replay_command_of_a_scenario_runs_as_printed() {
    let place = place();
    for arguments in [
        vec!["check", "scenario.toml", "--set", "Points.VisibilityTimeout=200"],
        vec!["check", "points.yaml", "--scenario", "scenario.toml"],
        vec![
            "check",
            "points.yaml",
            "--handler",
            "Cr*=partial,40ms..2s",
            "--load",
            "Points=20/1s",
            "--faults",
            "poison=1/3",
        ],
        vec![
            "check",
            "points.yaml",
            "--handler",
            "Credit=swallows",
            "--fault",
            "outage:Credit@0s+10m",
            "--assume",
            "Credit sends PointsDlq",
        ],
    ] {
        let arguments = [arguments, vec!["--seeds", "32", "--format", "json"]].concat();
        let report = json(&place.check(&arguments, 1, &[]));
        let command = verdict(&report, "no-loss")["counterexample"]["command"].as_str().expect("a command");
        let capsule = command.strip_prefix("redrive replay '").and_then(|rest| rest.strip_suffix('\''));
        let output = place.check(&["replay", capsule.expect("the command replays a capsule")], 1, &[]);
        assert!(
            text(&output.stdout).contains("the same run as before"),
            "{command}\n{}",
            text(&output.stdout)
        );
    }
}

#[test]
fn a_replay_against_another_template_keeps_the_scenario() {
    let place = place();
    let report = json(&place.check(&["check", "scenario.toml", "--seeds", "16", "--format", "json"], 1, &[]));
    let capsule = verdict(&report, "no-loss")["counterexample"]["capsule"].as_str().expect("a capsule");
    let output = place.check(&["replay", capsule, "--against", "fixed.yaml"], 0, &[]);
    assert!(text(&output.stdout).contains("holds"), "{}", text(&output.stdout));
}

#[test]
fn options_count_more_than_the_file() {
    let place = place();
    let run = |more: &[&str]| {
        let arguments =
            [&["run", "scenario.toml", "--faults", "none", "--format", "json"][..], more].concat();
        json(&place.check(&arguments, 0, &[]))
    };
    let sent = |trace: &Json| {
        let records = trace["records"].as_array().expect("a list");
        records.iter().filter(|record| record["kind"] == "MessageSent").count()
    };
    assert_eq!(sent(&run(&[])), 21);
    assert_eq!(sent(&run(&["--load", "Points=3/1s"])), 3);
    assert_eq!(sent(&run(&["--load", "2/1s"])), 2);
    assert_eq!(sent(&run(&["--load", "PointsDlq=2/1s"])), 23);
}

#[test]
fn metadata_of_the_template_counts_least() {
    let place = place();
    let with = |metadata: &str| {
        let head = "    Type: AWS::Serverless::Function\n";
        TEMPLATE.replace(head, &format!("{head}    Metadata: {{redrive: {metadata}}}\n"))
    };
    place.write("stated.yaml", &with("{preset: swallows}"));
    let handlers = |arguments: &[&str]| {
        let arguments =
            [&["check", "stated.yaml", "--seeds", "8", "--fail-on", "none"][..], arguments].concat();
        text(&place.check(&arguments, 0, &[]).stdout)
    };
    assert!(handlers(&[]).contains("handler swallows"), "{}", handlers(&[]));
    assert!(handlers(&["--scenario", "scenario.toml"]).contains("handler partial"));
    assert!(handlers(&["--handler", "Credit=throws"]).contains("handler throws"));
    place.write("misspelt.yaml", &with("{prest: swallows}"));
    let says = ["`redrive` of Credit has no key `prest`", "did you mean `preset`?", "misspelt.yaml:11:"];
    place.check(&["topology", "misspelt.yaml"], 0, &says);
    place.write("wrong.yaml", &with("{preset: swalows, duration: -5s}"));
    place.check(
        &["topology", "wrong.yaml"],
        2,
        &["did you mean `swallows`?", "`-5s` is below zero", "wrong.yaml:11:"],
    );
}

#[test]
fn families_of_the_file_hold_unless_options_name_others() {
    let place = place();
    let seeds = ["--seeds", "64", "--format", "json"];
    let survived = |more: &[&str]| {
        let arguments = [&["check", "scenario.toml", "--fail-on", "none"][..], &seeds, more].concat();
        let report = json(&place.check(&arguments, 0, &[]));
        let hits = report["guarantees"].as_array().expect("a list").iter();
        let hits = hits.flat_map(|one| one["survived"].as_array().cloned().unwrap_or_default());
        hits.filter_map(|hit| hit["family"].as_str().map(str::to_owned)).collect::<BTreeSet<String>>()
    };
    assert_eq!(survived(&[]), BTreeSet::new());
    assert_eq!(survived(&["--faults", "outage"]), BTreeSet::from(["outage".to_owned()]));
}

#[test]
fn everything_wrong_with_a_scenario_and_its_template_is_told_at_once() {
    let place = place();
    let bad = "template = 'points.yaml'\nbogus = 1\n[handler.Crdit]\nduration = '-1s'\n[set]\nPints.DelaySeconds = 5\n\
               [parameters]\nStage = 'prod'\n";
    place.write("bad.toml", bad);
    place.check(
        &["check", "bad.toml"],
        2,
        &[
            "bad.toml:2:1",
            "a scenario has no key `bogus`",
            "bad.toml:4:12",
            "`-1s` is below zero",
            "there is no function `Crdit`",
            "did you mean `Credit`?",
            "bad.toml:6:1",
            "did you mean `Points`?",
            "the template has no parameter `Stage`",
            "bad.toml:8:1",
        ],
    );
    place.write("empty.toml", "");
    place.check(&["check", "empty.toml"], 2, &["empty.toml does not say what template it is about"]);
    place.check(&["check", "absent.toml"], 2, &["absent.toml cannot be read"]);
    place.check(&["check", "points.yaml", "--fault", "outge:Credit@1h+1m"], 2, &["did you mean `outage`?"]);
    place.check(&["check", "points.yaml", "--assume", "Credit"], 2, &["does not say who sends where"]);
    place.check(&["check", "points.yaml", "--fault", "outage:Crdit@1h+1m"], 2, &["did you mean `Credit`?"]);
    let report = json(&place.check(&["check", "bad.toml", "--format", "json"], 2, &[]));
    assert_eq!(report["conclusion"], "unusable");
    assert_eq!(report["diagnostics"][0]["file"], "bad.toml");
}

#[test]
fn a_draft_names_the_system_changes_no_verdict_and_is_never_overwritten() {
    let place = place();
    let said = text(&place.check(&["init", "points.yaml"], 0, &[]).stdout);
    assert!(said.contains("points.scenario.toml is written"), "{said}");
    let draft = std::fs::read_to_string(place.path().join("points.scenario.toml")).expect("it was written");
    assert!(draft.starts_with("#:schema "), "{draft}");
    place.check(&["init", "points.yaml"], 2, &["points.scenario.toml is there already", "never overwritten"]);
    let check = |input: &str| {
        let report = json(&place.check(&["check", input, "--seeds", "64", "--format", "json"], 1, &[]));
        let verdicts = report["guarantees"].as_array().expect("a list").iter();
        let plain =
            verdicts.map(|one| (one["guarantee"].clone(), one["verdict"].clone(), one["broken_by"].clone()));
        (plain.collect::<Vec<_>>(), report["diagnostics"].clone(), report["parts"].clone())
    };
    assert_eq!(check("points.yaml"), check("points.scenario.toml"));
    // Taking every `#` off that has no blank behind it states everything at once.
    let is_line = |line: &&str| line.starts_with('#') && !line.starts_with("# ") && !line.starts_with("#:");
    let stated: Vec<&str> =
        draft.lines().map(|line| if is_line(&line) { &line[1..] } else { line }).collect();
    place.write("stated.toml", &stated.join("\n"));
    let output = place.check(&["topology", "stated.toml"], 0, &[]);
    let told = text(&output.stderr);
    let heads = told.lines().filter(|line| line.starts_with("error[") || line.starts_with("warning["));
    let wrong: Vec<&str> = heads.filter(|line| !line.contains("[scenario-not-simulated]")).collect();
    assert_eq!(wrong, [""; 0], "{told}\n{}", stated.join("\n"));
}

#[test]
fn a_draft_says_how_a_mapping_on_a_stream_would_be_made_in_the_run() {
    let place = place();
    place.write(
        "clicks.yaml",
        "Transform: AWS::Serverless-2016-10-31
Resources:
  Clicks: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 1}}
  Track: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, Runtime: python3.13, CodeUri: ., Events:
    {E: {Type: Kinesis, Properties: {Stream: !GetAtt Clicks.Arn, StartingPosition: LATEST}}}}}
",
    );
    place.check(&["init", "clicks.yaml"], 0, &[]);
    let draft = std::fs::read_to_string(place.path().join("clicks.scenario.toml")).expect("it was written");
    let lines = "#[[change]]\n#at = \"10m\"\n#create = \"Clicks->Track\"\n";
    assert!(draft.contains(lines), "{draft}");
    place.write("stated.toml", &draft.replace(lines, &lines.replace('#', "")));
    let output = place.check(&["topology", "stated.toml"], 0, &[]);
    assert_eq!(text(&output.stderr), "", "what the draft says can be stated");
}

#[test]
fn a_draft_goes_where_output_says() {
    let place = place();
    std::fs::create_dir(place.path().join("tests")).expect("a folder can be made");
    place.check(&["init", "points.yaml", "--output", "tests/points.toml"], 0, &[]);
    let draft = std::fs::read_to_string(place.path().join("tests/points.toml")).expect("it was written");
    assert!(draft.contains("template = \"../points.yaml\""), "{draft}");
    place.check(&["topology", "tests/points.toml"], 0, &[]);
    let schema = json(&place.check(&["init", "--schema"], 0, &[]));
    assert_eq!(schema["title"], "redrive scenario");
    place.check(&["init", "scenario.toml"], 2, &["is a scenario already"]);
    place.check(&["init", "absent.yaml"], 2, &["absent.yaml cannot be read"]);
    place.check(&["init"], 2, &["PATH"]);
}

#[test]
fn what_is_wrong_with_a_scenario_is_told_from_its_top_to_its_end() {
    let place = place();
    let wrong = "template = \"points.yaml\"\n[[load]]\nto = \"Point\"\nrate = \"1/s for 1s\"\n[[message]]\nto = \"Pints\"\n\
                 [handler.Credits]\npreset = \"throws\"\n[faults]\nplanned = [\"outage:Kredit@00:02+1m\"]\n";
    place.write("wrong.toml", wrong);
    let output = place.command(&["check", "wrong.toml"]).output().expect("it starts");
    let told = text(&output.stderr);
    let lines: Vec<u32> = told
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("--> wrong.toml:")?.split(':').next()?.parse().ok())
        .collect();
    assert!(lines.len() == 4 && lines.is_sorted(), "{told}");
}

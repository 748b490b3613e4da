//! What a scenario expects and does not get, in every format, merged, accepted, and compared with an older state.

use serde_json::Value as Json;

use crate::living::Place;

const FAMILIES: &str = "template = 'template.yaml'\nfaults = { families = ['none'] }\n";

/// A place with a scenario that expects so many invocations of ten events.
fn place(expected: u32) -> Place {
    let place = Place::new();
    state(&place, "system.toml", expected);
    place
}

fn state(place: &Place, name: &str, expected: u32) {
    let load = "[[load]]\nto = 'Orders'\nevents = 10\nevery = '1s'\n";
    let expect = format!("[[expect]]\nfunction = 'Fulfil'\ninvocations = {expected}\n");
    place.write(name, &format!("{FAMILIES}{load}{expect}"));
}

const SENTENCE: &str = "Fulfil is invoked 11 times at the end";

/// The report of a check with this exit code, and the finding of what is expected, if there is one.
fn checked(place: &Place, arguments: &[&str], code: i32) -> (Json, Option<Json>) {
    let all = [&["check", "system.toml", "--seeds", "4", "--format", "json"], arguments].concat();
    let report: Json = serde_json::from_str(&place.run(&all, code).0).expect("JSON is written");
    let findings = report["findings"].as_array().expect("a report has findings").clone();
    let unmet = findings.into_iter().find(|finding| finding["harm"] == "unmet");
    (report, unmet)
}

#[test]
fn what_is_expected_and_not_met_is_a_finding_in_every_format() {
    let place = place(11);
    let (report, unmet) = checked(&place, &[], 1);
    let unmet = unmet.expect("it is not met");
    let verdict = &report["guarantees"][unmet["guarantees"][0].as_u64().expect("a position") as usize];
    assert_eq!(
        (verdict["guarantee"].as_str(), verdict["at"]["source"].as_str()),
        (Some("expected"), Some(SENTENCE))
    );
    assert_eq!(verdict["at"]["place"]["line"], 7, "{verdict}");
    let shown = |format: &str| place.run(&["check", "system.toml", "--seeds", "4", "--format", format], 1).0;
    let junit = shown("junit");
    assert!(junit.contains(&format!("<testcase name=\"expected: {SENTENCE}\"")), "{junit}");
    assert!(junit.contains("type=\"expected\""), "{junit}");
    assert!(shown("github").contains("::error file=system.toml,line=7,"), "{}", shown("github"));
    assert!(
        shown("markdown").contains(&format!("Not as stated: {SENTENCE}</summary>")),
        "{}",
        shown("markdown")
    );
    let sarif: Json = serde_json::from_str(&shown("sarif")).expect("SARIF is JSON");
    let results = sarif["runs"][0]["results"].as_array().expect("a run has results");
    assert!(results.iter().any(|one| one["ruleId"] == "expected" && one["level"] == "error"), "{sarif}");
}

#[test]
fn what_is_expected_and_met_is_a_test_that_passes() {
    let place = place(10);
    let (report, unmet) = checked(&place, &[], 0);
    assert!(unmet.is_none(), "{report}");
    let junit = place.run(&["check", "system.toml", "--seeds", "4", "--format", "junit"], 0).0;
    assert!(junit.contains("expected: Fulfil is invoked 10 times at the end"), "{junit}");
}

#[test]
fn what_is_expected_is_merged_accepted_and_compared_like_a_guarantee() {
    let place = place(11);
    let share = |from: &str, name: &str| {
        place.run(
            &["check", "system.toml", "--seeds", "4", "--seed", from, "--format", "json", "--output", name],
            1,
        );
    };
    share("0", "one.json");
    share("4", "two.json");
    let merged = place.run(&["merge", "one.json", "two.json", "--format", "json"], 1).0;
    assert!(merged.contains("\"unmet\""), "{merged}");
    state(&place, "older.toml", 11);
    let (_, unmet) = checked(&place, &["--against", "one.json"], 0);
    assert_eq!(unmet.expect("it is told all the same")["severity"], "known");
    let id = checked(&place, &[], 1).1.expect("it is not met")["id"].as_str().expect("an id").to_owned();
    place.run(&["accept", &id, "system.toml", "--reason", "one is counted twice", "--seeds", "4"], 0);
    let (report, unmet) = checked(&place, &[], 0);
    assert_eq!(unmet.expect("it is told all the same")["severity"], "accepted", "{report}");
    place.run(&["check", "older.toml", "--seeds", "4"], 1);
    place.run(&["check", "older.toml", "--seeds", "4", "--fail-on", "none"], 0);
    let text = place.run(&["check", "system.toml", "--seeds", "4"], 0).0;
    assert!(text.contains("accepted") && text.contains("one is counted twice"), "{text}");
}

#[test]
fn a_stated_time_for_the_backlog_is_the_bound_whatever_the_settings_make_of_it() {
    let place = Place::new();
    let template = place.read("template.yaml").replace(
        "{VisibilityTimeout: 180}",
        "{VisibilityTimeout: 180, RedrivePolicy: {deadLetterTargetArn: !GetAtt Dlq.Arn, maxReceiveCount: 3}}",
    ) + "  Dlq: {Type: AWS::SQS::Queue, Properties: {MessageRetentionPeriod: 1209600}}\n";
    place.write("template.yaml", &template);
    let verdict = |drain: &str| {
        let load = "[[load]]\nto = 'Orders'\nevents = 5\nevery = '1s'\n";
        let bound = format!("[bounds]\ndrain = '{drain}'\n");
        let faults = "faults = { families = ['poison'] }\n";
        place.write("system.toml", &format!("template = 'template.yaml'\n{faults}{load}{bound}"));
        let check = ["check", "system.toml", "--seeds", "32", "--format", "json", "--fail-on", "none"];
        let report: Json = serde_json::from_str(&place.run(&check, 0).0).expect("JSON is written");
        let all = report["guarantees"].as_array().expect("a report has verdicts").clone();
        all.into_iter().find(|one| one["guarantee"] == "drains").expect("it is asked")["verdict"].clone()
    };
    assert_eq!((verdict("1h"), verdict("1s")), ("held".into(), "violated".into()));
    // The load is stated, so a backlog that stays is no matter of what was assumed.
    place.run(&["check", "system.toml", "--seeds", "32"], 1);
    let silent = place.read("system.toml").replace("[[load]]\nto = 'Orders'\nevents = 5\nevery = '1s'\n", "");
    place.write("system.toml", &silent);
    place.run(&["check", "system.toml", "--seeds", "32"], 0);
}

//! Living with findings: known gaps that are accepted, checks against an older state, shares of seeds.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value as Json;
use tempfile::TempDir;

/// A queue whose poison messages nobody keeps.
const LOSING: &str = "\
Transform: AWS::Serverless-2016-10-31
Resources:
  Orders: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 180}}
  Fulfil:
    Type: AWS::Serverless::Function
    Properties:
      Timeout: 30
      Events: {Orders: {Type: SQS, Properties: {Queue: !GetAtt Orders.Arn, BatchSize: 1}}}
";

/// Another queue with the same mistake.
const ANOTHER: &str = "  Another: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 180}}
  Work:
    Type: AWS::Serverless::Function
    Properties:
      Timeout: 30
      Events: {Another: {Type: SQS, Properties: {Queue: !GetAtt Another.Arn, BatchSize: 1}}}
";

/// A folder to run the command in.
pub(crate) struct Place(TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        let place = Self(TempDir::new().expect("a folder can be made"));
        place.write("template.yaml", LOSING);
        place
    }

    pub(crate) fn write(&self, name: &str, content: &str) {
        std::fs::write(self.0.path().join(name), content).expect("a file can be written");
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.path().join(name)).expect("it was written")
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Runs the command and checks its exit code; gives what it showed and told.
    pub(crate) fn run(&self, arguments: &[&str], code: i32) -> (String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_redrive"));
        let output: Output = command
            .args(arguments)
            .current_dir(self.path())
            .env("NO_COLOR", "1")
            .output()
            .expect("the command starts");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (shown, told) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{shown}\n{told}");
        (shown, told)
    }

    pub(crate) fn json(&self, arguments: &[&str], code: i32) -> Json {
        let (shown, _) = self.run(&[arguments, &["--format", "json"]].concat(), code);
        serde_json::from_str(&shown).expect("it is JSON")
    }
}

const FEW: [&str; 4] = ["check", "template.yaml", "--seeds", "64"];

fn few<'a>(more: &[&'a str]) -> Vec<&'a str> {
    FEW.iter().copied().chain(more.iter().copied()).collect()
}

/// The ids of the findings that fail a check.
fn failing(report: &Json) -> Vec<String> {
    let findings = report["findings"].as_array().expect("a list");
    let failing = findings.iter().filter(|finding| finding["severity"] == "error");
    failing.map(|finding| finding["id"].as_str().expect("a text").to_owned()).collect()
}

/// A folder whose one gating finding is accepted, and its id.
fn accepted(more: &[&str]) -> (Place, String) {
    let place = Place::new();
    let ids = failing(&place.json(&few(&[]), 1));
    assert_eq!(ids.len(), 1);
    let accept = ["accept", &ids[0], "template.yaml", "--seeds", "64", "--reason", "orders are sent again"];
    let (shown, _) = place.run(&[&accept[..], more].concat(), 0);
    assert!(shown.contains("redrive.accept.toml"), "{shown}");
    (place, ids[0].clone())
}

#[test]
fn an_accepted_finding_fails_no_check_and_is_told_on_a_line_of_its_own() {
    let (place, id) = accepted(&[]);
    let (shown, told) = place.run(&few(&[]), 0);
    assert!(shown.contains(&format!("accepted {id}: ")), "{shown}");
    assert!(shown.contains("orders are sent again"), "{shown}");
    assert!(shown.contains("1 excused"), "{shown}");
    assert!(!shown.contains("exit code 1") && told.is_empty(), "{shown}{told}");
    let report = place.json(&few(&[]), 0);
    assert_eq!(report["conclusion"], "held");
    let finding = &report["findings"][0];
    assert_eq!((&finding["severity"], &finding["excused"]["by"]), (&"accepted".into(), &"accepted".into()));
    let (sarif, _) = place.run(&few(&["--format", "sarif"]), 0);
    assert!(sarif.contains("\"suppressions\""), "{sarif}");
    let names = std::fs::read_dir(place.path()).expect("it can be read").count();
    assert_eq!(names, 2, "the template and the ledger, nothing else");
}

#[test]
fn accepting_twice_replaces_the_entry_and_leaves_the_rest_alone() {
    let (place, id) = accepted(&[]);
    let note = "# looked at by the team\n";
    place.write("redrive.accept.toml", &format!("{note}{}", place.read("redrive.accept.toml")));
    let again = ["accept", &id, "--seeds", "64", "--reason", "another \"reason\"", "--until", "2999-12-31"];
    place.run(&again, 0);
    let ledger = place.read("redrive.accept.toml");
    assert!(ledger.starts_with(note), "{ledger}");
    assert_eq!(ledger.matches("[[accepted]]").count(), 1, "{ledger}");
    let (shown, _) = place.run(&few(&[]), 0);
    assert!(shown.contains("another \"reason\", until 2999-12-31"), "{shown}");
}

#[test]
fn a_worse_finding_fails_again() {
    let (place, _) = accepted(&[]);
    let ledger = place.read("redrive.accept.toml");
    let start = ledger.find("broken_by = ").expect("it stands there");
    let end = start + ledger[start..].find('\n').expect("a line ends");
    let needs_two = format!("{}broken_by = [[\"duplicate\", \"burst\"]]{}", &ledger[..start], &ledger[end..]);
    place.write("redrive.accept.toml", &needs_two);
    let (_, told) = place.run(&few(&[]), 1);
    assert!(told.contains("worse than what was accepted") && told.contains("it breaks with"), "{told}");
    assert!(told.contains("redrive.accept.toml:"), "{told}");
}

#[test]
fn a_shorter_span_than_was_accepted_fails_again() {
    let place = Place::new();
    let hasty = LOSING.replace(
        "{VisibilityTimeout: 180}",
        "{VisibilityTimeout: 180, RedrivePolicy: {deadLetterTargetArn: !GetAtt Dlq.Arn, maxReceiveCount: 3}}",
    ) + "  Dlq: {Type: AWS::SQS::Queue, Properties: {MessageRetentionPeriod: 1209600}}\n";
    place.write("template.yaml", &hasty);
    let only =
        ["check", "template.yaml", "--seeds", "256", "--faults", "throttle", "--guarantees", "no-collateral"];
    let report = place.json(&only, 1);
    let ids = failing(&report);
    let verdict = report["findings"][0]["guarantees"][0].as_u64().expect("a position") as usize;
    let story = &report["guarantees"][verdict]["counterexample"];
    assert_eq!(story["needs"][0]["family"], "throttle", "{story}");
    let accept =
        ["accept", &ids[0], "template.yaml", "--seeds", "256", "--faults", "throttle", "--reason", "known"];
    place.run(&accept, 0);
    place.run(&only, 0);
    let ledger = place.read("redrive.accept.toml");
    let at = ledger.find("shortest = ").expect("a span is written down");
    let end = at + ledger[at..].find('\n').expect("a line ends");
    place.write(
        "redrive.accept.toml",
        &format!("{}shortest = {{ throttle = \"10h\" }}{}", &ledger[..at], &ledger[end..]),
    );
    let (_, told) = place.run(&only, 1);
    assert!(told.contains("suffices, before it took 10h"), "{told}");
}

#[test]
fn another_place_of_the_same_finding_fails() {
    let (place, _) = accepted(&[]);
    place.write("template.yaml", &format!("{LOSING}{ANOTHER}"));
    let report = place.json(&few(&[]), 1);
    let verdicts = report["guarantees"].as_array().expect("a list");
    let failing: Vec<&str> = verdicts
        .iter()
        .filter(|one| one["verdict"] == "violated" && one["gates"] == true && one["excused"].is_null())
        .filter_map(|one| one["at"]["source"].as_str())
        .collect();
    assert_eq!(failing, ["Another"]);
}

#[test]
fn what_is_over_or_no_longer_found_is_warned_of() {
    let (place, id) = accepted(&["--until", "2999-12-31"]);
    let ledger = place.read("redrive.accept.toml");
    place.write("redrive.accept.toml", &ledger.replace("2999-12-31", "2001-12-31"));
    let (_, told) = place.run(&few(&[]), 1);
    assert!(told.contains(&format!("finding {id} was accepted until 2001-12-31, which is over")), "{told}");
    place.write("template.yaml", "Resources: {News: {Type: AWS::SNS::Topic}}\n");
    let (_, told) = place.run(&["check", "template.yaml"], 0);
    assert!(told.contains(&format!("finding {id} was accepted and is no longer found")), "{told}");
    let (_, told) = place.run(&["check", "template.yaml", "--seeds", "64"], 0);
    assert_eq!(told, "", "a narrow search says nothing about what it did not look for");
}

#[test]
fn what_cannot_be_accepted_is_told_and_nothing_is_written() {
    let (place, id) = accepted(&[]);
    let ledger = place.read("redrive.accept.toml");
    let near = format!("{}x", &id[..7]);
    let refuse = |arguments: &[&str], says: &str| {
        let (_, told) = place.run(&[&["accept"], arguments, &["--seeds", "64"]].concat(), 2);
        assert!(told.contains(says), "{arguments:?}: {told}");
        assert_eq!(place.read("redrive.accept.toml"), ledger);
    };
    refuse(&[&near, "--reason", "r"], &format!("did you mean `{id}`?"));
    refuse(&[&id], "--reason");
    refuse(&[&id, "--reason", " "], "`--reason` is empty");
    refuse(&[&id, "--reason", "r", "--until", "2027-02-30"], "is no date");
    refuse(&[&id, "--reason", "r", "--until", "2001-01-01"], "is over already");
    refuse(&[&id, "absent.yaml", "--reason", "r"], "absent.yaml cannot be read");
}

#[test]
fn a_damaged_ledger_is_told_with_its_places_and_nothing_is_judged() {
    let (place, id) = accepted(&[]);
    let ledger = place.read("redrive.accept.toml");
    let damages = [
        (ledger.replace("reason = ", "raeson = "), "raeson"),
        (ledger.replace("orders are sent again", " "), "the reason is empty"),
        (ledger.replace("reason = ", "until = \"soon\"\nreason = "), "`soon` is no date"),
        (ledger.replace("[[accepted]]", "[[accepted"), "redrive.accept.toml:"),
    ];
    for (damaged, says) in damages {
        place.write("redrive.accept.toml", &damaged);
        let (_, told) = place.run(&few(&[]), 2);
        assert!(told.contains(says) && told.contains("redrive.accept.toml:"), "{says}: {told}");
        place.run(&["accept", &id, "--seeds", "64", "--reason", "r"], 2);
        assert_eq!(place.read("redrive.accept.toml"), damaged);
    }
}

#[test]
fn a_finding_of_a_saved_report_is_accepted_without_checking_again() {
    let place = Place::new();
    place.run(&few(&["--format", "json", "--output", "report.json"]), 1);
    let report: Json = serde_json::from_str(&place.read("report.json")).expect("it is JSON");
    let ids = failing(&report);
    place.run(&["accept", &ids[0], "--report", "report.json", "--reason", "known"], 0);
    place.run(&few(&[]), 0);
    place.write("broken.json", "{");
    let (_, told) = place.run(&["accept", &ids[0], "--report", "broken.json", "--reason", "known"], 2);
    assert!(told.contains("broken.json: this is no JSON"), "{told}");
}

#[test]
fn against_an_older_state_only_what_is_worse_fails() {
    let place = Place::new();
    place.run(&few(&["--format", "json", "--output", "before.json"]), 1);
    let (shown, _) = place.run(&few(&["--against", "before.json"]), 0);
    assert!(shown.contains("compared with template.yaml") && shown.contains("known "), "{shown}");
    place.write("worse.yaml", &format!("{LOSING}{ANOTHER}"));
    let worse = ["check", "worse.yaml", "--seeds", "64", "--against", "template.yaml"];
    let (shown, _) = place.run(&worse, 1);
    assert!(shown.contains("Another -> Work"), "{shown}");
    let report = place.json(&worse, 1);
    let moved = report["against"]["verdicts"].as_array().expect("a list");
    assert!(moved.iter().any(|one| one["move"] == "added" && one["after"] == "violated"));
    let (shown, _) = place.run(&["check", "template.yaml", "--seeds", "64", "--against", "worse.yaml"], 0);
    assert!(shown.contains("gone"), "{shown}");
    let (_, told) = place.run(&few(&["--against", "absent.yaml"]), 2);
    assert!(told.contains("absent.yaml cannot be read"), "{told}");
}

#[test]
fn shares_of_seeds_are_disjoint_and_cover_all() {
    let place = Place::new();
    let mut next = 5;
    for shard in ["1/3", "2/3", "3/3"] {
        let report =
            place.json(&["check", "template.yaml", "--seed", "5", "--seeds", "100", "--shard", shard], 1);
        assert_eq!(report["seeds"]["first"], next);
        next += report["seeds"]["count"].as_u64().expect("a number");
    }
    assert_eq!(next, 105);
    let (_, told) = place.run(&["check", "template.yaml", "--shard", "1/3"], 2);
    assert!(told.contains("add --seeds M"), "{told}");
    let (_, told) = place.run(&["check", "template.yaml", "--seeds", "2", "--shard", "1/3"], 2);
    assert!(told.contains("leaves no seed"), "{told}");
    let (_, told) = place.run(&few(&["--shard", "4/3"]), 2);
    assert!(told.contains("names no shard"), "{told}");
}

#[test]
fn a_search_that_the_clock_ended_says_so() {
    let place = Place::new();
    let report = place.json(&["check", "template.yaml", "--for", "1us"], 1);
    assert_eq!(report["parts"][0]["stopped"], "time");
    assert_eq!(report["seeds"]["count"], 64, "one block of seeds is always done");
    let (shown, _) = place.run(&["check", "template.yaml", "--for", "1us"], 1);
    assert!(shown.contains("stopped by the clock"), "{shown}");
    let (_, told) = place.run(&few(&["--for", "soon"]), 2);
    assert!(told.contains("is no length of time"), "{told}");
}

#[test]
fn ids_of_findings_survive_edits_elsewhere_other_seeds_and_another_order() {
    let place = Place::new();
    let ids = failing(&place.json(&few(&[]), 1));
    let (head, rest) = LOSING.split_once("Resources:\n").expect("there are resources");
    let unrelated = "  News: {Type: AWS::SNS::Topic}\n  Quiet: {Type: AWS::SQS::Queue}\n";
    place.write("edited.yaml", &format!("{head}Resources:\n{unrelated}{rest}"));
    let reordered: Vec<&str> = rest.lines().collect();
    let reordered = [&reordered[1..], &reordered[..1]].concat().join("\n");
    place.write("reordered.yaml", &format!("{head}Resources:\n{reordered}\n"));
    for path in ["edited.yaml", "reordered.yaml"] {
        assert_eq!(failing(&place.json(&["check", path, "--seeds", "64"], 1)), ids, "{path}");
    }
    for seed in ["1000", "77777"] {
        let report = place.json(&["check", "template.yaml", "--seed", seed, "--seeds", "64"], 1);
        assert_eq!(failing(&report), ids, "{seed}");
    }
}

#[test]
fn shares_merge_into_the_report_of_the_whole_search() {
    let place = Place::new();
    for (shard, name) in [("1/2", "one.json"), ("2/2", "two.json")] {
        place.run(&few(&["--shard", shard, "--format", "json", "--output", name]), 1);
    }
    let (merged, _) = place.run(&["merge", "two.json", "one.json"], 1);
    let merged: Json = serde_json::from_str(&merged).expect("it is JSON");
    let whole = place.json(&few(&[]), 1);
    assert_eq!(
        (&merged["seeds"], &merged["parts"][0]["records"]),
        (&whole["seeds"], &whole["parts"][0]["records"])
    );
    assert!(merged["parts"][0]["ranges"].is_null(), "neighbouring ranges are one");
    assert_eq!(failing(&merged), failing(&whole));
    let verdicts = |report: &Json| -> Vec<(Json, Json, Json)> {
        let all = report["guarantees"].as_array().expect("a list").iter();
        all.map(|one| (one["id"].clone(), one["verdict"].clone(), one["broken_by"].clone())).collect()
    };
    assert_eq!(verdicts(&merged), verdicts(&whole));
    let edges = |report: &Json| -> Vec<(Json, Json)> {
        let all = report["guarantees"].as_array().expect("there are verdicts").iter();
        all.map(|one| (one["id"].clone(), one["bound"].clone())).collect()
    };
    assert_eq!(edges(&merged), edges(&whole), "how near the edge each came");
    assert!(edges(&whole).iter().any(|(_, edge)| edge.is_string()), "some come near an edge");
    for field in ["sent", "invocations", "worst_attempts", "longest_to_process"] {
        assert_eq!(merged["quantities"][0][field], whole["quantities"][0][field], "{field}");
    }
    let (junit, _) = place.run(&["merge", "one.json", "two.json", "--format", "junit"], 1);
    assert!(junit.contains("<testsuite name=\"template.yaml\""), "{junit}");
    let (text, _) = place.run(&["merge", "one.json", "two.json", "--format", "text"], 1);
    assert!(text.contains("template.yaml: 1 finding"), "{text}");
}

#[test]
fn reports_that_are_no_shares_of_one_search_do_not_merge() {
    let place = Place::new();
    place.write("other.yaml", LOSING);
    let write = |arguments: &[&str], name: &str| {
        place.run(&[arguments, &["--format", "json", "--output", name]].concat(), 1);
    };
    write(&few(&[]), "a.json");
    write(&few(&["--seed", "32"]), "overlapping.json");
    write(&["check", "other.yaml", "--seed", "64", "--seeds", "64"], "input.json");
    write(
        &["check", "template.yaml", "--seed", "64", "--seeds", "64", "--set", "Orders.VisibilityTimeout=200"],
        "set.json",
    );
    write(
        &["check", "template.yaml", "--seed", "64", "--seeds", "64", "--guarantees", "no-loss"],
        "asked.json",
    );
    place.write("version.json", &place.read("a.json").replace("\"0.1.0\"", "\"0.0.9\""));
    let cases = [
        ("overlapping.json", "seed 32 of Orders is in two of them"),
        ("input.json", "only 1 of 2 files are about"),
        ("set.json", "different options"),
        ("asked.json", "different guarantees"),
        ("version.json", "different versions: 0.1.0 and 0.0.9"),
        ("absent.json", "absent.json"),
        ("template.yaml", "this is no JSON"),
    ];
    for (other, says) in cases {
        let (shown, told) = place.run(&["merge", "a.json", other], 2);
        assert!(told.contains(says) && shown.is_empty(), "{other}: {told}");
    }
}

#[test]
fn a_diff_of_templates_says_what_changed_and_what_that_does() {
    let place = Place::new();
    let mended = LOSING.replace(
        "{VisibilityTimeout: 180}",
        // Twelve receives outlast the longest throttle.
        "{VisibilityTimeout: 200, RedrivePolicy: {deadLetterTargetArn: !GetAtt Dlq.Arn, maxReceiveCount: 12}}",
    ) + "  Dlq: {Type: AWS::SQS::Queue, Properties: {MessageRetentionPeriod: 1209600}}\n";
    place.write("mended.yaml", &mended);
    let diff = |before, after, code| place.run(&["diff", before, after, "--seeds", "64"], code).0;
    let better = diff("template.yaml", "mended.yaml", 0);
    for line in ["Orders.VisibilityTimeout", "180 -> 200", "Dlq", "no-loss", "violated before, now held"] {
        assert!(better.contains(line), "{line}: {better}");
    }
    let worse = diff("mended.yaml", "template.yaml", 1);
    assert!(worse.contains("lost: ") && worse.contains("redrive replay '"), "{worse}");
    let json = place.json(&["diff", "mended.yaml", "template.yaml", "--seeds", "64"], 1);
    assert_eq!((&json["format"], &json["worse"]), (&"redrive.diff/1".into(), &true.into()));
    assert_eq!(json["findings"].as_array().map(Vec::len), Some(1));
    let same = diff("template.yaml", "template.yaml", 0);
    assert!(same.contains("nothing that is understood of it"), "{same}");
    place.run(&few(&["--format", "json", "--output", "saved.json"]), 1);
    let saved = diff("saved.json", "mended.yaml", 0);
    assert!(saved.contains("violated before, now held") && !saved.contains("VisibilityTimeout"), "{saved}");
}

/// A queue of a template of its own, with the same mistake.
fn alone(resources: &str) -> String {
    format!("Transform: AWS::Serverless-2016-10-31\nResources:\n{resources}")
}

#[test]
fn a_diff_takes_several_templates_as_one_system_on_either_side() {
    let place = Place::new();
    place.write("another.yaml", &alone(ANOTHER));
    place.write("slower.yaml", &alone(&ANOTHER.replace("180", "240")));
    let seeds = ["--seeds", "64"];
    let both = ["template.yaml", "another.yaml"];
    let same = [&["diff"], &seeds[..], &both, &["--"], &both].concat();
    let (text, _) = place.run(&same, 0);
    assert!(text.contains("nothing that is understood of it"), "{text}");
    let slower = [&["diff"], &seeds[..], &both, &["--", "template.yaml", "slower.yaml"]].concat();
    let (text, _) = place.run(&slower, 1);
    assert!(text.contains("slower/Another"), "a template's name is part of its resources' names: {text}");
    let more = [&["diff"], &seeds[..], &["template.yaml", "--"], &both].concat();
    let (text, _) = place.run(&more, 1);
    assert!(text.contains("Another"), "{text}");
    for (unclear, says) in [
        (&["diff", "template.yaml"][..], "nothing to compare `template.yaml` with"),
        (
            &["diff", "template.yaml", "another.yaml", "slower.yaml"][..],
            "not clear what is compared with what",
        ),
    ] {
        let (_, told) = place.run(unclear, 2);
        assert!(told.contains(says) && told.contains("behind it"), "{told}");
    }
}

#[test]
fn a_finding_of_several_templates_is_accepted_with_all_of_them() {
    let place = Place::new();
    place.write("another.yaml", &alone(ANOTHER));
    let both = ["template.yaml", "another.yaml", "--seeds", "64"];
    let check = [&["check"], &both[..]].concat();
    let ids = failing(&place.json(&check, 1));
    assert_eq!(ids.len(), 1, "two places of one finding");
    place.run(&[&["accept", &ids[0]], &both[..], &["--reason", "known"]].concat(), 0);
    let (shown, told) = place.run(&check, 0);
    assert!(shown.contains("accepted") && told.is_empty(), "{shown}{told}");
}

#[test]
fn reports_of_other_systems_are_compared_with_nothing_and_that_is_told() {
    let place = Place::new();
    place.write("another.yaml", &alone(ANOTHER));
    let saved = |name: &str, file: &str| {
        place.run(&["check", name, "--seeds", "64", "--format", "json", "--output", file], 1);
        place.read(file)
    };
    let (one, two) = (saved("another.yaml", "one.json"), saved("another.yaml", "two.json"));
    place.write("reports.json", &format!("[{one}, {two}]"));
    let (_, told) = place.run(&few(&["--against", "reports.json"]), 1);
    assert!(told.contains("nothing is compared") && told.contains("no report of template.yaml"), "{told}");
    let (_, told) = place.run(&few(&["--against", "one.json"]), 1);
    assert!(!told.contains("nothing is compared"), "{told}");
}

#[test]
fn a_diff_of_runs_shows_the_first_record_that_differs() {
    let place = Place::new();
    let (text, _) = place.run(&["diff", "template.yaml@3", "template.yaml@4"], 0);
    assert!(text.contains("differ from record 1 on"), "{text}");
    let (text, _) = place.run(&["diff", "template.yaml@3", "template.yaml@3"], 0);
    assert!(text.contains("are the same run"), "{text}");
    place.run(&["run", "template.yaml", "--seed", "3", "--format", "json", "--output", "run.json"], 0);
    let json = place.json(&["diff", "run.json", "template.yaml@3"], 0);
    assert_eq!(json["same"], true);
    let changed = ["run", "template.yaml", "--seed", "3", "--set", "Orders.VisibilityTimeout=200"];
    place.run(&[&changed[..], &["--format", "json", "--output", "changed.json"]].concat(), 0);
    let (text, _) = place.run(&["diff", "run.json", "changed.json"], 0);
    assert!(text.contains("hidden for 3m ") && text.contains("hidden for 3m20s"), "{text}");
    let (_, told) = place.run(&["diff", "template.yaml", "template.yaml@3", "--seeds", "64"], 2);
    assert!(told.contains("of different kinds"), "{told}");
}

#[test]
fn how_long_an_outage_may_last_follows_from_the_settings() {
    let place = Place::new();
    let with = |receives: u32| {
        LOSING.replace(
            "{VisibilityTimeout: 180}",
            &format!("{{VisibilityTimeout: 180, RedrivePolicy: {{deadLetterTargetArn: !GetAtt Dlq.Arn, maxReceiveCount: {receives}}}}}"),
        ) + "  Dlq: {Type: AWS::SQS::Queue, Properties: {MessageRetentionPeriod: 1209600}}\n"
    };
    let throttle = |receives: u32| {
        place.write("template.yaml", &with(receives));
        let (shown, _) = place
            .run(&["check", "template.yaml", "--seeds", "64", "--format", "json", "--fail-on", "none"], 0);
        let report: Json = serde_json::from_str(&shown).expect("it is JSON");
        let spans = report["quantities"][0]["tolerates"].as_array().expect("a list").clone();
        let span = spans.into_iter().find(|span| span["family"] == "throttle").expect("it was measured");
        (span["at_most"].as_u64().expect("a number") / 1_000_000, span["breaks"].clone())
    };
    let (few, few_break) = throttle(2);
    let (more, more_break) = throttle(4);
    assert_eq!((few_break, more_break), ("no-collateral".into(), "no-collateral".into()));
    // Every receive more lets a throttled message wait for one visibility timeout more.
    assert!(more > few && few < 2 * 180 && more < 4 * 180, "{few} s and {more} s");
}

#[test]
fn a_topology_is_a_graph_too() {
    let place = Place::new();
    let dead = LOSING.replace(
        "{VisibilityTimeout: 180}",
        "{RedrivePolicy: {deadLetterTargetArn: !GetAtt Dlq.Arn, maxReceiveCount: 5}}",
    ) + "  Dlq: {Type: AWS::SQS::Queue}\n";
    place.write("dead.yaml", &dead);
    let (mermaid, _) = place.run(&["topology", "dead.yaml", "--format", "mermaid"], 0);
    for line in
        ["flowchart LR", "[(\"Orders\")]", "[[\"Fulfil\"]]", "-->|queue_poll|", "-.->|dead letters after 5|"]
    {
        assert!(mermaid.contains(line), "{line}: {mermaid}");
    }
    let (dot, _) = place.run(&["topology", "dead.yaml", "--format", "dot"], 0);
    assert!(dot.starts_with("digraph redrive {") && dot.ends_with("}\n"), "{dot}");
    assert_eq!(dot.matches(" -> ").count(), 2, "{dot}");
}

#[test]
fn what_cannot_be_read_is_not_told_as_gone() {
    let place = Place::new();
    place.write("another.yaml", &format!("Transform: AWS::Serverless-2016-10-31\nResources:\n{ANOTHER}"));
    let both = ["diff", "template.yaml", "another.yaml", "--seeds", "2", "--", "template.yaml"];
    let (shown, told) = place.run(&[&both[..], &["absent.yaml"]].concat(), 2);
    assert!(shown.is_empty() && told.contains("absent.yaml"), "{shown}{told}");
}

#[test]
fn a_diff_of_two_scenarios_tells_what_they_state_differently() {
    let place = Place::new();
    let scenario = |events: u32, more: &str| {
        format!(
            "template = 'template.yaml'\n[[load]]\nto = 'Orders'\nevents = {events}\nevery = '1s'\n[[change]]\nat = '1m'\ndisable = 'Orders->Fulfil'\n{more}"
        )
    };
    place.write("one.toml", &scenario(5, ""));
    place.write("two.toml", &scenario(9, "[[change]]\nat = '2m'\nenable = 'Orders->Fulfil'\n"));
    let diff = |after: &str| place.run(&["diff", "one.toml", after, "--seeds", "2", "--faults", "none"], 0).0;
    let told = diff("two.toml");
    for line in ["~  load of Orders  5, one every 1s -> 9, one every 1s", "+  change", "enabled at 2m"] {
        assert!(told.contains(line), "{line}: {told}");
    }
    assert!(!told.contains("disabled"), "{told}");
    assert!(diff("one.toml").contains("nothing that is stated"), "{}", diff("one.toml"));
}

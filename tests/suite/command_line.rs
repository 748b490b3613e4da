//! The command as its user meets it: bad input, exit codes, files that are written or not.

use std::path::Path;
use std::process::{Command, Output, Stdio};

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

/// A template in which nothing is simulated.
const EMPTY: &str = "Resources: {News: {Type: AWS::SNS::Topic}}\n";

/// A folder with templates to run the command in.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self { folder: TempDir::new().expect("a folder can be made") };
        place.write("losing.yaml", LOSING);
        place.write("empty.yaml", EMPTY);
        place
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, name: &str, content: &str) {
        std::fs::write(self.path().join(name), content).expect("a file can be written");
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_redrive"));
        command.args(arguments).current_dir(self.path()).env("NO_COLOR", "1");
        command
    }

    /// Runs the command and checks its exit code and what it says on standard error.
    fn check(&self, arguments: &[&str], code: i32, says: &[&str]) -> Output {
        let output = self.command(arguments).output().expect("the command starts");
        let (shown, told) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{shown}\n{told}");
        for part in says {
            assert!(told.contains(part), "{arguments:?} does not say `{part}`:\n{told}");
        }
        assert!(!told.contains("panicked"), "{told}");
        output
    }

    /// Everything in the folder, by name.
    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.path()).expect("the folder can be read");
        let mut names: Vec<String> =
            entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn json(output: &Output) -> Json {
    serde_json::from_slice(&output.stdout).expect("the output is JSON")
}

const CHECK: [&str; 4] = ["check", "losing.yaml", "--seeds", "64"];

fn check_with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    CHECK.iter().copied().chain(more.iter().copied()).collect()
}

#[test]
fn a_violated_guarantee_ends_with_1_and_a_sound_system_with_0() {
    let place = Place::new();
    let output = place.check(&check_with(&[]), 1, &[]);
    assert!(text(&output.stdout).contains("A message that always fails"), "{}", text(&output.stdout));
    place.check(&check_with(&["--faults", "none"]), 0, &[]);
    place.check(&check_with(&["--fail-on", "single-flight"]), 0, &[]);
    place.check(&["check", "empty.yaml"], 0, &[]);
}

#[test]
fn what_was_never_put_to_the_test_ends_with_3_only_where_asked() {
    let place = Place::new();
    let quiet = ["--faults", "none", "--fail-on", "no-collateral"];
    place.check(&check_with(&quiet), 0, &[]);
    place.check(&[check_with(&quiet), vec!["--require-exercised"]].concat(), 3, &[]);
}

#[test]
fn the_command_that_a_finding_prints_replays_it() {
    let place = Place::new();
    let report = json(&place.check(&check_with(&["--format", "json"]), 1, &[]));
    let guarantees = report["guarantees"].as_array().expect("a list");
    let capsule =
        guarantees.iter().find_map(|one| one["counterexample"]["capsule"].as_str()).expect("a story");
    let output = place.check(&["replay", capsule], 1, &[]);
    assert!(text(&output.stdout).contains("the same run as before"), "{}", text(&output.stdout));
    place.write("saved.capsule", &format!("# kept for later\n{capsule}\n"));
    place.check(&["replay", "saved.capsule"], 1, &[]);
    place.check(&["replay", "nonsense"], 2, &["this is no capsule"]);
    place.check(&["replay", capsule, "--against", "empty.yaml"], 2, &["no queue `Orders`"]);
}

#[test]
fn all_bad_values_are_told_at_once() {
    let place = Place::new();
    let bad = [
        "--seed",
        "abc",
        "--faults",
        "poisn",
        "--guarantees",
        "no-los",
        "--handler",
        "Fulfil=parital",
        "--load",
        "x",
    ];
    let says = [
        "`--seed abc` is no number",
        "did you mean `poison`?",
        "did you mean `no-loss`?",
        "did you mean `partial`?",
        "20/1s",
        "5 errors",
    ];
    place.check(&[&["check", "losing.yaml"][..], &bad].concat(), 2, &says);
    place.check(&["check", "losing.yaml", "--seeds", "0"], 2, &["asks for nothing"]);
    place.check(&["check"], 2, &["PATH"]);
    place.check(&["chekc"], 2, &["check"]);
}

#[test]
fn names_that_the_template_does_not_have_are_told_with_those_that_it_has() {
    let place = Place::new();
    place.check(&check_with(&["--set", "Ordes.VisibilityTimeout=1"]), 2, &["did you mean `Orders`?"]);
    place.check(&check_with(&["--handler", "Fulfill=throws"]), 2, &["did you mean `Fulfil`?"]);
    place.check(&["run", "losing.yaml", "--event", "Orders.900"], 2, &["no such event"]);
    place.check(&["explain", "no-los"], 2, &["did you mean `no-loss`"]);
    place.check(&["models", "queue_pol"], 2, &["queue_poll"]);
}

#[test]
fn what_is_no_template_is_told_with_its_place() {
    let place = Place::new();
    place.write("broken.yaml", "Resources:\n  Orders: [unclosed\n");
    place.write("list.yaml", "- one\n- two\n");
    place.write("binary.yaml", "\0\u{1}\u{2}");
    place.check(&["check", "broken.yaml"], 2, &["broken.yaml:"]);
    place.check(&["check", "list.yaml"], 2, &["list.yaml"]);
    place.check(&["check", "binary.yaml"], 2, &[]);
    place.check(&["check", "absent.yaml"], 2, &["absent.yaml cannot be read"]);
    place.check(&["check", "."], 2, &["has no manifest.json"]);
}

#[test]
fn one_broken_file_does_not_stop_the_others() {
    let place = Place::new();
    let output = place.check(&["check", "absent.yaml", "losing.yaml", "--seeds", "64"], 1, &["absent.yaml"]);
    assert!(text(&output.stdout).contains("losing.yaml"), "{}", text(&output.stdout));
    place.check(&["check", "absent.yaml", "empty.yaml"], 2, &["absent.yaml"]);
    let both = json(&place.check(&["check", "absent.yaml", "empty.yaml", "--format", "json"], 2, &[]));
    assert_eq!(both["input"], "absent.yaml, empty.yaml");
    assert_eq!(both["conclusion"], "held");
    assert_eq!(both["diagnostics"][0]["code"], "template-unreadable");
    let none = json(&place.check(&["check", "absent.yaml", "gone.yaml", "--format", "json"], 2, &[]));
    assert_eq!(none["conclusion"], "unusable");
    assert_eq!(none["diagnostics"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_finding_of_several_templates_is_replayed_with_all_of_them() {
    let place = Place::new();
    place.write(
        "orders.yaml",
        "Resources: {Orders: {Type: AWS::SQS::Queue, Properties: {QueueName: orders}}}\n",
    );
    let worker = LOSING.replace("!GetAtt Orders.Arn", "!Sub 'arn:aws:sqs:${AWS::Region}:1:orders'");
    let worker: Vec<&str> = worker.lines().filter(|line| !line.starts_with("  Orders:")).collect();
    place.write("worker.yaml", &worker.join("\n"));
    let both = ["orders.yaml", "worker.yaml", "--seeds", "64", "--format", "json"];
    let report = json(&place.check(&[&["check"], &both[..]].concat(), 1, &[]));
    assert_eq!(report["input"], "orders.yaml, worker.yaml");
    assert_eq!(report["guarantees"][0]["at"]["source"], "orders/Orders");
    let guarantees = report["guarantees"].as_array().expect("a list");
    let capsule =
        guarantees.iter().find_map(|one| one["counterexample"]["capsule"].as_str()).expect("a story");
    let output = place.check(&["replay", capsule], 1, &[]);
    assert!(text(&output.stdout).contains("the same run as before"), "{}", text(&output.stdout));
    let against = ["--against", "orders.yaml", "--against", "worker.yaml"];
    place.check(&[&["replay", capsule], &against[..]].concat(), 1, &[]);
}

#[test]
fn a_file_is_written_whole_and_nothing_else_is_left() {
    let place = Place::new();
    place.write("report.json", "what was there before");
    place.check(&check_with(&["--format", "json", "--output", "report.json"]), 1, &[]);
    let written = std::fs::read_to_string(place.path().join("report.json")).expect("it was written");
    let report: Json = serde_json::from_str(&written).expect("it is JSON");
    assert_eq!(report["format"], "redrive.report/1");
    assert_eq!(place.names(), ["empty.yaml", "losing.yaml", "report.json"]);
}

#[test]
fn a_place_that_cannot_be_written_ends_with_2_and_leaves_nothing_behind() {
    let place = Place::new();
    place.check(
        &check_with(&["--output", "absent/report.txt"]),
        2,
        &["cannot be written to absent/report.txt"],
    );
    place.check(&check_with(&["--output", "."]), 2, &["it is a folder"]);
    place.write("kept.txt", "kept");
    place.check(&["check", "absent.yaml", "--output", "kept.txt"], 2, &[]);
    assert_eq!(std::fs::read_to_string(place.path().join("kept.txt")).expect("it is there"), "kept");
    assert_eq!(place.names(), ["empty.yaml", "kept.txt", "losing.yaml"]);
}

#[test]
fn a_read_only_file_is_not_replaced() {
    let place = Place::new();
    place.write("report.txt", "kept");
    let path = place.path().join("report.txt");
    let mut permissions = path.metadata().expect("it is there").permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&path, permissions).expect("its owner may");
    place.check(&check_with(&["--output", "report.txt"]), 2, &["read-only"]);
    assert_eq!(std::fs::read_to_string(&path).expect("it is there"), "kept");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_device_ends_with_2() {
    let place = Place::new();
    let full = || std::fs::File::options().write(true).open("/dev/full").expect("Linux has it");
    for arguments in [check_with(&[]), vec!["models"], vec!["--help"], vec!["topology", "losing.yaml"]] {
        let output =
            place.command(&arguments).stdout(full()).stderr(Stdio::piped()).output().expect("it starts");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains("cannot be written"), "{}", text(&output.stderr));
    }
    place.check(&check_with(&["--output", "/dev/full"]), 2, &["cannot be written to /dev/full"]);
    let both = place.command(&["models"]).stdout(full()).stderr(full()).status().expect("it starts");
    assert_eq!(both.code(), Some(2));
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_ends_with_2() {
    let place = Place::new();
    let (reader, writer) = std::io::pipe().expect("a pipe can be made");
    drop(reader);
    let output =
        place.command(&["models"]).stdout(writer).stderr(Stdio::piped()).output().expect("it starts");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("standard output"), "{}", text(&output.stderr));
}

#[test]
fn colours_come_only_where_they_are_wanted() {
    let place = Place::new();
    let plain = place.check(&check_with(&[]), 1, &[]);
    assert!(!plain.stdout.contains(&b'\x1b'));
    let styled = place.check(&check_with(&["--color", "always"]), 1, &[]);
    assert!(styled.stdout.contains(&b'\x1b'));
    place.check(&check_with(&["--output", "plain.txt"]), 1, &[]);
    let written = std::fs::read(place.path().join("plain.txt")).expect("it was written");
    assert_eq!(written, plain.stdout);
}

#[test]
fn a_run_shows_the_events_that_functions_get() {
    let place = Place::new();
    let load = ["run", "losing.yaml", "--load", "2/1s", "--faults", "none"];
    let run = json(&place.check(&[&load[..], &["--format", "json"]].concat(), 0, &[]));
    assert_eq!(run["format"], "redrive.trace/1");
    let first = &run["invocations"][0];
    assert_eq!(
        (&first["function"], &first["attempt"], &first["outcome"]),
        (&"Fulfil".into(), &1.into(), &"returned".into())
    );
    assert_eq!(first["payload"]["Records"][0]["eventSource"], "aws:sqs");
    assert_eq!(run["invocations"].as_array().map(Vec::len), Some(2));
    assert_eq!(run["contents"]["Orders"], Json::Array(Vec::new()));
    let one = place.check(&[&load[..], &["--event", "Orders.1"]].concat(), 0, &[]);
    let one = text(&one.stdout);
    assert!(one.contains("Orders.1 arrives in Orders") && !one.contains("Orders.0"), "{one}");
}

#[test]
fn all_combinations_of_a_scope_are_taken_where_asked_for() {
    let place = Place::new();
    let scope = "--exhaustive=events=1,faults=1";
    let arguments = ["check", "losing.yaml", "--seeds", "1", scope];
    let shown = text(&place.check(&arguments, 1, &[]).stdout);
    for part in ["all combinations of 1 event per source, 1 fault, 2 invocations at once: ", "  proved"] {
        assert!(shown.contains(part), "no `{part}` in:\n{shown}");
    }
    let report = json(&place.check(&[&arguments[..], &["--format", "json"]].concat(), 1, &[]));
    let guarantees = report["guarantees"].as_array().expect("a report has guarantees");
    let of = |name: &str| guarantees.iter().find(|one| one["guarantee"] == name).expect("it has a verdict");
    assert_eq!(of("no-loss")["verdict"], "violated");
    assert_eq!(of("progress")["proved"]["scope"]["events"], 1, "{}", of("progress"));
    assert_eq!(report["parts"][0]["enumeration"]["complete_faults"], 1);
}

#[test]
fn a_scope_that_is_not_possible_is_refused_with_its_ranges() {
    let place = Place::new();
    let says = ["give a whole number from 1 to 16", "did you mean `faults`?", "from 1 to 1000"];
    let scope = "--exhaustive=events=0,fault=1,concurrency=many";
    place.check(&["check", "losing.yaml", scope], 2, &says);
}

//! Scenario files: what they say, and everything that is wrong with them, each with its place.

use std::path::Path;

use redrive::kernel::{Families, Family};
use redrive::scenario::{
    Amount, Arrivals, BodyTest, Change, Expected, ExpectedFate, HandlerPreset, MessageAttribute, Per,
    PlannedFault, ReadScenario, Strictness, Then, read_scenario, read_scenario_text,
};
use redrive::vocabulary::{Diagnostic, Duration, Ratio};
use tempfile::TempDir;

fn read(text: &str) -> ReadScenario {
    read_scenario_text(Path::new("orders/scenario.toml"), text)
}

/// `line:column: message (help)` of every problem.
pub(crate) fn told(diagnostics: &[Diagnostic]) -> Vec<String> {
    let one = |diagnostic: &Diagnostic| {
        let place = diagnostic.place.as_ref();
        let place = place.map_or_else(|| "-".to_owned(), |place| format!("{}:{}", place.line, place.column));
        format!("{place}: {} ({})", diagnostic.message, diagnostic.help.as_deref().unwrap_or("-"))
    };
    diagnostics.iter().map(one).collect()
}

fn check(text: &str, expected: &[&str]) {
    assert_eq!(told(&read(text).diagnostics), expected, "{text}");
}

const WHOLE: &str = r#"
template = "template.yaml"
assume = ["Fulfil sends Shipping"]

[set]
Orders.RedrivePolicy.maxReceiveCount = 5
"Stack/Orders.VisibilityTimeout" = 180

[parameters]
Stage = "prod"

[[message]]
to = "Orders"
at = "00:01:30"
body = { order = 7, parts = [1.5, "x", true] }
attributes = { tenant = "acme", size = 3 }
group = "g"
deduplication = "d"

[[load]]
to = "Orders"
events = 4
over = "10m"
keys = 8
times = 2
apart = "1h"

[handler."Ful*"]
preset = "partial"
duration = "40ms..2s per invocation"
returns = { batchItemFailures = [] }
emits = [{ to = "Shipping", per = "invocation", count = 2, body = "sent" }]
outcomes = [
  { attempts = "..2", body-contains = "refund", then = "fails" },
  { body-matches = '{"order": [7]}', ratio = 0.05, then = "times-out" },
]

[[change]]
at = "02:10"
set = "Stack/Orders.VisibilityTimeout=30"

[[change]]
at = "1d"
redrive = "OrdersDlq"
rate = "600/min"

[faults]
families = ["poison=1/10", "outage"]
ratios = { outage = "50%" }
planned = ["outage:Fulfil@02:10+47m", "poison:Orders.3"]

[bounds]
ordering = "strict"
delay = "15m"
cost-per-event = "0.0004 USD"

[[expect]]
events = "Orders.3"
fate = "dead-lettered"

[[expect]]
queue = "OrdersDlq"
holds = "1.."
"#;

#[test]
fn everything_that_can_be_said_is_understood() {
    let file = read(WHOLE);
    assert_eq!(told(&file.diagnostics), [""; 0]);
    let file = file.file;
    assert_eq!(file.templates, [Path::new("orders/template.yaml")]);
    let set: Vec<_> = file.settings.iter().map(|one| (one.name.as_str(), one.value.as_str())).collect();
    assert_eq!(
        set,
        [("Orders.RedrivePolicy.maxReceiveCount", "5"), ("Stack/Orders.VisibilityTimeout", "180")]
    );
    assert_eq!((file.parameters[0].name.as_str(), file.parameters[0].value.as_str()), ("Stage", "prod"));
    let scenario = file.scenario;
    let message = &scenario.workloads[0].messages[0];
    assert_eq!(message.at, Duration::from_secs(90));
    assert_eq!(message.body.as_deref(), Some(r#"{"order":7,"parts":[1.5,"x",true]}"#));
    assert_eq!(message.attributes["tenant"], MessageAttribute::text("acme"));
    assert_eq!(message.attributes["size"], MessageAttribute::number("3"));
    let load = &scenario.workloads[1].generated;
    assert_eq!((load.len(), load[1].start, load[1].events), (2, Duration::from_secs(3_600), 4));
    assert_eq!(load[0].arrivals, Arrivals::Over(Duration::from_secs(600)));
    let handler = &scenario.handlers[0];
    assert_eq!((handler.function.as_str(), handler.preset), ("Ful*", Some(HandlerPreset::Partial)));
    assert_eq!(handler.duration.map(|timing| timing.per), Some(Per::Invocation));
    assert_eq!(handler.answer.as_deref(), Some(r#"{"batchItemFailures":[]}"#));
    assert_eq!((handler.emits[0].per, handler.emits[0].count), (Per::Invocation, 2));
    assert_eq!(handler.outcomes[0].when.attempts, Some((1, 2)));
    assert_eq!(handler.outcomes[0].when.body, Some(BodyTest::Contains("refund".to_owned())));
    assert_eq!(handler.outcomes[1].when.ratio, Ratio::new(1, 20));
    assert_eq!(handler.outcomes[1].then, Then::TimesOut);
    assert_eq!(scenario.sends[0].to, "Shipping");
}

#[test]
fn changes_faults_bounds_and_expectations_are_understood() {
    let scenario = read(WHOLE).file.scenario;
    let [set, redrive] = scenario.changes.as_slice() else { panic!("{:?}", scenario.changes) };
    assert_eq!(set.at, Duration::from_secs(7_800));
    assert!(matches!(&set.change, Change::Set { resource, property, value }
        if resource == "Stack/Orders" && property == "VisibilityTimeout" && value == "30"));
    assert_eq!(redrive.change, Change::Redrive { queue: "OrdersDlq".to_owned(), rate: Some(10) });
    let faults = &scenario.faults;
    assert!(faults.families.is_some_and(|on| on.has(Family::Outage) && !on.has(Family::Crash)));
    assert_eq!(faults.ratios.len(), 2);
    assert!(matches!(&faults.planned[0], PlannedFault::Span { length, .. } if length.as_secs() == 2_820));
    assert_eq!(scenario.bounds.ordering, Strictness::Strict);
    assert_eq!(scenario.bounds.delay, Some(Duration::from_secs(900)));
    let Expected::Fate { source, ordinal, fate, .. } = &scenario.expectations[0].expected else {
        panic!("{:?}", scenario.expectations)
    };
    assert_eq!((source.as_str(), *ordinal, *fate), ("Orders", Some(3), ExpectedFate::DeadLettered));
    let most = Amount { least: 1, most: u64::MAX };
    assert!(matches!(&scenario.expectations[1].expected, Expected::Holds { amount, .. } if *amount == most));
}

#[test]
fn an_empty_file_states_nothing() {
    let read = read("");
    assert_eq!(read.diagnostics, []);
    assert!(read.file.scenario.is_silent());
    assert_eq!(read.file.scenario.faults.families.unwrap_or(Families::EVERY), Families::EVERY);
}

#[test]
fn unknown_keys_are_told_with_the_nearest() {
    check("tempalte = 't.yaml'", &["1:1: a scenario has no key `tempalte` (did you mean `template`?)"]);
    check("[bounds]\ndelays = '1s'", &["2:1: [bounds] has no key `delays` (did you mean `delay`?)"]);
    check(
        "[handler.F]\npresset = 'throws'",
        &["2:1: [handler.F] has no key `presset` (did you mean `preset`?)"],
    );
    check(
        "[[message]]\nto = 'Q'\nbody_text = 'x'",
        &[
            "3:1: [[message]] has no key `body_text` (expected one of: to, at, body, attributes, trace-header, group, deduplication, change, before, transaction)",
        ],
    );
}

#[test]
fn negative_lengths_and_ratios_above_one_are_refused() {
    const LENGTH: &str = "write a length such as `40ms`, `90s`, `10m`, `2h`, `4d` or `1h30m`, zero or more";
    const RATIO: &str = "write a ratio from 0 to 1, such as `1/20`, `5%` or `0.05`";
    check("[bounds]\ndelay = '-5m'", &[&format!("2:9: `delay`: `-5m` is below zero ({LENGTH})")]);
    check("[bounds]\ndelay = 5", &[&format!("2:9: `delay`: `5` has no unit ({LENGTH})")]);
    let outcome =
        "[handler.F]\noutcomes = [{ ratio = '3/2', then = 'fails' }, { ratio = 1.5, then = 'fails' }]";
    check(
        outcome,
        &[
            &format!("2:23: `ratio`: `3/2` is more than 1 ({RATIO})"),
            &format!("2:58: `ratio`: `1.5` is more than 1 ({RATIO})"),
        ],
    );
    check("[faults.ratios]\npoison = -0.1", &[&format!("2:10: `poison`: `-0.1` is below 0 ({RATIO})")]);
}

#[test]
fn all_that_is_wrong_is_told_at_once_in_the_order_of_the_file() {
    let text = "\
[[load]]
to = 'Orders'
rate = '10/s'
start = 'soon'

[handler.F]
preset = 'parital'
returns = '{'

[[change]]
at = '25:99'
disable = 'Orders'
peek = 'Dlq'

[faults]
families = ['poisn']
planned = ['outage:F@1h']

[[expect]]
queue = 'Dlq'
";
    let told = told(&read(text).diagnostics);
    let starts: Vec<&str> = told.iter().filter_map(|one| one.split(" (").next()).collect();
    assert_eq!(
        starts,
        [
            "3:8: `rate`: `10/s` does not say for how long",
            "4:9: `start`: `soon` is no length of time",
            "7:10: `preset`: there is no preset `parital`",
            "8:11: `returns`: `{` is no JSON: EOF while parsing an object at line 1 column 1",
            "10:1: [[change]] has `disable` and `peek`",
            "11:6: `at`: `25:99` is no time",
            "12:11: `disable`: `Orders` is no event source mapping",
            "16:13: `families`: there is no fault family `poisn`",
            "17:12: `planned`: `outage:F@1h` does not say how long it lasts",
            "19:1: [[expect]] has no `holds`",
        ]
    );
}

#[test]
fn values_of_the_wrong_kind_are_refused() {
    check("handler = 3", &["1:11: `[handler]` is a number (expected a table)"]);
    check("load = ['x']", &["1:9: `[[load]]` is a text (expected a table)"]);
    check("[bounds]\ndelay = ['1s']", &["2:9: `delay` is a list (expected a text in quotes)"]);
    check("template = [[1]]", &["1:13: `template` is a list (expected a text, or a list of texts)"]);
    check(
        "[[expect]]\nfunction = 'F'\ninvocations = 1979-05-27",
        &[
            "3:15: `invocations`: `1979-05-27` is no whole number (write a whole number or a range, such as `3`, \
         `1..5`, `1..` or `..5`)",
        ],
    );
}

#[test]
fn what_is_no_toml_is_told_with_its_place() {
    let read = read("template = \"t.yaml\n[set\n");
    assert!(!read.diagnostics.is_empty());
    assert!(read.diagnostics.iter().all(|one| one.place.is_some()), "{:?}", read.diagnostics);
    for text in ["\0", "= 3", "[[", "a = 1\na = 2", "a.b = 1\n[a]\n"] {
        assert!(!read_scenario_text(Path::new("s.toml"), text).diagnostics.is_empty(), "{text:?}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_told() {
    let folder = TempDir::new().expect("a folder can be made");
    let binary = folder.path().join("binary.toml");
    std::fs::write(&binary, [0xff, 0xfe, 0x00]).expect("a file can be written");
    for (path, says) in [
        (folder.path().join("absent.toml"), "cannot be read"),
        (folder.path().to_owned(), "cannot be read"),
        (binary, "is no text in UTF-8"),
    ] {
        let read = read_scenario(&path);
        assert!(read.diagnostics[0].message.contains(says), "{:?}", read.diagnostics);
    }
}

/// A scenario with load from a CSV file of this content.
fn from_csv(content: &str, column: &str) -> ReadScenario {
    let folder = TempDir::new().expect("a folder can be made");
    std::fs::write(folder.path().join("load.csv"), content).expect("a file can be written");
    let text = format!("[[load]]\nto = 'Orders'\nper-minute = 'load.csv'\n{column}\n");
    read_scenario_text(&folder.path().join("scenario.toml"), &text)
}

#[test]
fn counts_for_each_minute_come_from_a_column_of_a_file() {
    let counts = |read: &ReadScenario| match &read.file.scenario.workloads[0].generated[0].arrivals {
        Arrivals::PerMinute(counts) => counts.clone(),
        other => panic!("{other:?}"),
    };
    let one = from_csv("3\n0\n12\n", "");
    assert_eq!((one.diagnostics.len(), counts(&one)), (0, vec![3, 0, 12]));
    let named = from_csv("minute,orders\n00:00,3\n\n00:01,\"7\"\n", "column = 'orders'");
    assert_eq!((named.diagnostics.len(), counts(&named)), (0, vec![3, 7]));
    let numbered = from_csv("1;2\n3;4\n", "column = 2");
    assert_eq!((numbered.diagnostics.len(), counts(&numbered)), (0, vec![2, 4]));
}

#[test]
fn wrong_counts_are_told_with_their_line() {
    let said = |content: &str, column: &str| told(&from_csv(content, column).diagnostics);
    let range = "write a whole number from 0 to 100000";
    assert_eq!(
        said("count\n3\n-1\nx\n", ""),
        [
            format!("3:1: line 3: `-1` is below zero ({range})"),
            format!("4:1: line 4: `x` is no whole number ({range})"),
        ]
    );
    assert_eq!(
        said("minute,orders\n0,1\n", ""),
        ["3:14: `column`: the file has 2 columns (name one of minute, orders)"]
    );
    assert_eq!(
        said("minute,orders\n0,1\n", "column = 'order'"),
        ["4:10: `column`: the file has no column `order` (did you mean `orders`?)",]
    );
    assert_eq!(
        said("60000\n60000\n", ""),
        [
            "3:14: `per-minute`: the counts make 120000 events (a run has at most 100000 events of one source: take fewer \
         minutes)",
        ]
    );
    let absent = told(&read("[[load]]\nto = 'Q'\nper-minute = 'no.csv'").diagnostics);
    assert!(absent[0].contains("orders/no.csv cannot be read"), "{absent:?}");
}

#[test]
fn every_setting_stands_where_its_own_name_is_written() {
    let text = "template = 'x.yaml'\n[set]\nQueue.DelaySeconds = 5\nOther.Timeout = 3\n  Queue . \"Visibility\" = 7\n\
                'Stack/Q'.Tags = { a.b = 1 }\n[set.Deep]\nRedrivePolicy.maxReceiveCount = 2\n";
    let read = read(text);
    assert_eq!(read.diagnostics, []);
    let settings = read.file.settings.iter();
    let places: Vec<_> = settings.map(|one| (one.name.as_str(), one.place.line, one.place.column)).collect();
    assert_eq!(
        places,
        [
            ("Queue.DelaySeconds", 3, 1),
            ("Other.Timeout", 4, 1),
            ("Queue.Visibility", 5, 3),
            ("Stack/Q.Tags.a.b", 6, 20),
            ("Deep.RedrivePolicy.maxReceiveCount", 8, 1),
        ]
    );
}

#[test]
fn what_is_set_twice_is_told_at_the_second_place() {
    check(
        "[set]\nQueue.DelaySeconds = 5\n\"Queue.DelaySeconds\" = 7\n",
        &[
            "3:1: `Queue.DelaySeconds` is set a second time (it is set at orders/scenario.toml:2:1 already; keep one of them)",
        ],
    );
    check(
        "[set]\nQueue.DelaySeconds = 5\nOther.x = 1\nQueue.DelaySeconds = 7\n",
        &["4:1: `Queue.DelaySeconds` is written a second time (keep one of them)"],
    );
}

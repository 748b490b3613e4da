//! What is wrong with a scenario for the topology at hand.

use std::path::Path;

use redrive::models::Models;
use redrive::scenario::{problems, read_scenario_text};
use redrive::template::{ImportOptions, import_text};

use crate::scenario_files::told;

const TEMPLATE: &str = "\
Transform: AWS::Serverless-2016-10-31
Resources:
  OrdersDlq: {Type: AWS::SQS::Queue}
  Orders:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 180
      MaximumMessageSize: 1024
      RedrivePolicy: {deadLetterTargetArn: !GetAtt OrdersDlq.Arn, maxReceiveCount: 3}
  Ledger: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true}}
  News: {Type: AWS::SNS::Topic}
  Fulfil:
    Type: AWS::Serverless::Function
    Metadata: {'aws:cdk:path': Shop/Fulfil/Resource}
    Properties:
      Timeout: 30
      Events: {Orders: {Type: SQS, Properties: {Queue: !GetAtt Orders.Arn}}}
";

/// Which problems a test is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    /// What is wrong or doubtful.
    Wrong,
    /// What no run reads yet.
    Unread,
}

/// Checks what is told to be wrong with a scenario.
fn check(text: &str, expected: &[&str]) {
    check_which(Which::Wrong, text, expected);
}

fn check_which(which: Which, text: &str, expected: &[&str]) {
    let models = Models::embedded().expect("the embedded models load");
    let options = ImportOptions::with_stand_ins();
    let topology =
        import_text(Path::new("t.yaml"), TEMPLATE, &options, &models).topology.expect("a template");
    let read = read_scenario_text(Path::new("s.toml"), text);
    assert_eq!(told(&read.diagnostics), [""; 0], "{text}");
    let mut found = problems(&read.file.scenario, &topology, &models);
    found.retain(|one| (one.code == "scenario-not-simulated") == (which == Which::Unread));
    assert_eq!(told(&found), expected, "{text}");
}

#[test]
fn names_that_are_there_are_right_by_path_and_by_logical_id() {
    check(
        "[[load]]\nto = 'Ord*'\nevents = 3\n[handler.Fulfil]\npreset = 'throws'\n[handler.'Shop/Ful*']\n\
         preset = 'throws'\n[[change]]\nat = '1m'\ndisable = 'Orders->Shop/Fulfil'\n[[change]]\nat = '1m'\n\
         set = 'Orders.VisibilityTimeout=43200'",
        &[],
    );
}

#[test]
fn names_that_are_not_there_are_told_with_the_nearest() {
    check(
        "[handler.'Shop/Fulfill']\npreset = 'throws'",
        &["1:10: there is no function `Shop/Fulfill` (did you mean `Shop/Fulfil`?)"],
    );
    check(
        "[[load]]\nto = 'Ordres'\nevents = 3",
        &["1:1: there is no queue or channel `Ordres` (did you mean `Orders`?)"],
    );
    check(
        "[[load]]\nto = 'X*'\nevents = 3",
        &["1:1: no queue or channel matches `X*` (there are OrdersDlq, Orders, Ledger, News)"],
    );
    check("assume = ['Shop/Fulfil sends Nws']", &["1:11: there is no resource `Nws` (did you mean `News`?)"]);
    check(
        "[[expect]]\nfunction = 'Orders'\ninvocations = 3",
        &["1:1: `Orders` is a queue, not a function (there is only Shop/Fulfil)"],
    );
    check(
        "[faults]\nplanned = ['outage:Orders@1h+5m', 'service-error:Orders@1h+5m']",
        &["2:12: `Orders` is a queue, not a function (there is only Shop/Fulfil)"],
    );
}

#[test]
fn messages_that_the_queue_refuses_are_told() {
    let body = "x".repeat(1_000);
    check(
        &format!("[[message]]\nto = 'Orders'\nbody = '{body}'\nattributes = {{ tenant = 'a long one' }}"),
        &[],
    );
    check(
        &format!("[[message]]\nto = 'Orders'\nbody = '{body}'\nattributes = {{ tenant = 'a longer one' }}"),
        &[
            "1:1: the message is 1024 bytes long, Orders takes 1KiB (write at most 1024 bytes of body and attributes)",
        ][..0],
    );
    let body = "x".repeat(1_025);
    check(
        &format!("[[load]]\nto = 'Orders'\nevents = 2\nbody = '{body}'"),
        &[
            "1:1: the message is 1025 bytes long, Orders takes 1KiB (write at most 1024 bytes of body and attributes)",
        ],
    );
    check(
        "[[message]]\nto = 'Ledger'",
        &[
            "1:1: a message to the FIFO queue Ledger has no `group` (add `group = \"…\"`: AWS refuses a message without \
         MessageGroupId there)",
        ],
    );
    check(
        "[[message]]\nto = 'Orders'\ndeduplication = 'a'",
        &[
            "1:1: a message to the standard queue Orders has a `deduplication` id (leave it out: only FIFO queues take \
         MessageDeduplicationId)",
        ],
    );
    check(
        "[[message]]\nto = 'Orders'\nbody = ''",
        &[
            "1:1: a message to Orders has an empty body (AWS takes no message without a body; leave `body` out where it \
         does not matter)",
        ],
    );
    let attributes =
        |count: u32| (0..count).map(|number| format!("a{number} = 1")).collect::<Vec<_>>().join(", ");
    check(&format!("[[message]]\nto = 'Orders'\nattributes = {{ {} }}", attributes(10)), &[]);
    check(
        &format!("[[load]]\nto = 'Orders'\nevents = 2\nattributes = {{ {} }}", attributes(11)),
        &["1:1: a message to Orders has 11 attributes (AWS takes at most 10 on a message)"],
    );
}

#[test]
fn a_test_of_bodies_that_no_mapping_would_take_for_a_filter_is_told() {
    let outcome =
        |pattern: &str| format!("[[handler.Fulfil.outcomes]]\nthen = 'fails'\nbody-matches = '{pattern}'");
    check(&outcome(r#"{"kind": ["refund"]}"#), &[]);
    check(
        &outcome(r#"{"kind": "refund"}"#),
        &[
            "1:1: `body-matches` is no event pattern: `{\"kind\": \"refund\"}`: kind: \"kind\" must be an object or an array \
         (write a JSON object of lists, such as '{\"kind\": [\"refund\"]}')",
        ],
    );
}

#[test]
fn events_that_the_load_does_not_have_are_told() {
    check(
        "[[load]]\nto = 'Orders'\nevents = 3\n[faults]\nplanned = ['poison:Orders.2', 'poison:Orders.3']",
        &[
            "5:31: there is no event `Orders.3`: Orders gets 3 (events count from 0: the last one is `Orders.2`)",
        ],
    );
    check(
        "[[expect]]\nevents = 'Orders.3'\nfate = 'processed'",
        &[
            "1:1: not every run has an event `Orders.3`: its load is not stated (state it with `[[load]]`, `[[message]]` \
         or --load Orders=20/1s)",
        ],
    );
}

#[test]
fn changes_of_what_is_not_there_are_told() {
    let change = |what: &str| format!("[[change]]\nat = '1m'\n{what}");
    check(
        &change("disable = 'OrdersDlq->Fulfil'"),
        &[
            "1:1: there is no event source mapping `OrdersDlq->Shop/Fulfil` (did you mean `Orders->Shop/Fulfil`?)",
        ],
    );
    check(
        &change("set = 'Orders.QueueName=x'"),
        &["1:1: `QueueName` of AWS::SQS::Queue cannot be changed in flight (there are VisibilityTimeout, \
         MessageRetentionPeriod, DelaySeconds, RedrivePolicy.maxReceiveCount)"],
    );
    check(
        &change("set = 'Orders.VisibilityTimeout=43201'"),
        &["1:1: `VisibilityTimeout` cannot become `43201` (AWS takes 0s to 12h)"],
    );
    check(
        &change("set = 'Orders->Shop/Fulfil.BatchSize=0'"),
        &["1:1: `BatchSize` cannot become `0` (AWS takes 1 to 10000)"],
    );
    check(
        &change("redrive = 'Orders'"),
        &["1:1: `Orders` is no dead-letter queue: no RedrivePolicy names it (did you mean `OrdersDlq`?)"],
    );
    check(
        &change("revoke = 'Fulfil reads OrdersDlq'"),
        &[
            "1:1: there is no event source mapping `OrdersDlq->Shop/Fulfil` (did you mean `Orders->Shop/Fulfil`?)",
        ],
    );
    check(
        &change("revoke = 'Orders->Fulfil'"),
        &["1:1: nothing is pushed over `Orders->Shop/Fulfil` (there is none)"],
    );
    check(
        &change("revoke = 'Fulfil sends Orders'"),
        &[
            "1:1: nothing shows that `Shop/Fulfil` sends to `Orders` (say so: `--assume 'Shop/Fulfil sends Orders'`, or an `emits` of its handler)",
        ],
    );
    check(
        &change("set = 'Orders->Fulfil.Enabled=maybe'"),
        &["1:1: there is no resource or mapping `Orders->Fulfil` (did you mean `Orders->Shop/Fulfil`?)"],
    );
    check(
        &change("set = 'Orders->Shop/Fulfil.Enabled=maybe'"),
        &["1:1: `Enabled` cannot become `maybe` (write `true` or `false`)"],
    );
}

#[test]
fn contradictory_expectations_are_told() {
    let load = "[[load]]\nto = 'Orders'\nevents = 3\n";
    let expect = |first: &str, second: &str| format!("{load}[[expect]]\n{first}\n[[expect]]\n{second}\n");
    let keep = "no run can meet both: keep one";
    check(
        &expect("queue = 'OrdersDlq'\nholds = 3", "queue = 'OrdersDlq'\nholds = '..2'"),
        &[&format!("7:1: `OrdersDlq holds ..2` contradicts `OrdersDlq holds 3` in line 4 ({keep})")],
    );
    check(
        &expect("function = 'Fulfil'\ninvocations = '1..3'", "function = 'Fulfil'\ninvocations = '4..'"),
        &[&format!(
            "7:1: `Shop/Fulfil: 4.. invocations` contradicts `Shop/Fulfil: 1..3 invocations` in line 4 ({keep})"
        )],
    );
    check(
        &expect("events = 'Orders.1'\nfate = 'lost'", "events = 'Orders.1'\nfate = 'processed'"),
        &[&format!("7:1: `Orders.1: processed` contradicts `Orders.1: lost` in line 4 ({keep})")],
    );
    check(
        &expect("events = 'Orders'\nfate = 'processed'", "events = 'Orders'\nfate = 'lost'\ncount = 1"),
        &[&format!("7:1: `Orders: 1 lost` contradicts `Orders: all processed` in line 4 ({keep})")],
    );
    check(
        &expect(
            "events = 'Orders'\nfate = 'processed'\ncount = '..2'",
            "events = 'Orders'\nfate = 'lost'\ncount = 1",
        ),
        &[],
    );
    check(&expect("queue = 'OrdersDlq'\nholds = 3", "queue = 'Orders'\nholds = 0"), &[]);
}

#[test]
fn more_events_cannot_be_expected_than_there_are() {
    let load = "[[load]]\nto = 'Orders'\nevents = 3\n";
    let expect =
        |fate: &str, count: u32| format!("[[expect]]\nevents = 'Orders'\nfate = '{fate}'\ncount = {count}\n");
    check(
        &format!("{load}{}", expect("lost", 4)),
        &["4:1: 4 events of Orders are expected, and it gets 3 (state more load, or expect less)"],
    );
    let three = [expect("processed", 1), expect("dead-lettered", 1), expect("lost", 2)].concat();
    check(
        &format!("{load}{three}"),
        &["12:1: 4 events of Orders are expected in all, and it gets 3 (an event ends in one way only)"],
    );
}

#[test]
fn outcomes_behind_one_that_always_applies_are_told() {
    check(
        "[handler.Fulfil]\noutcomes = [{ then = 'fails' }, { attempts = 2, then = 'succeeds' }]",
        &[
            "2:33: this outcome of Shop/Fulfil never applies: the one before it always does (put the outcome without \
         conditions last)",
        ],
    );
    check(
        "[handler.Fulfil]\noutcomes = [{ body-matches = '[1]', then = 'fails' }]",
        &[
            "2:13: `body-matches` is no event pattern: `[1]`: Filter is not an object (write a JSON object of lists, such as '{\"kind\": \
         [\"refund\"]}')",
        ],
    );
}

#[test]
fn what_no_run_reads_is_told() {
    let text = "\
[handler.Fulfil]
returns = '{}'
outcomes = [{ body-matches = '{}', then = 'fails' }]
[bounds]
delay = '1m'
[[expect]]
queue = 'OrdersDlq'
holds = 0
";
    check_which(Which::Unread, text, &[]);
    check_which(Which::Unread, "[handler.Fulfil]\nduration = '1s'\n[bounds]\nstall-limit = '2h'", &[]);
}

#[test]
fn deletions_of_what_is_not_there_and_changes_of_what_is_gone_are_told() {
    let change = |at: &str, what: &str| format!("[[change]]\nat = '{at}'\n{what}\n");
    check(
        &change("1m", "delete = 'Fulfill'"),
        &["1:1: there is no function `Fulfill` (there is only Shop/Fulfil)"],
    );
    check(
        &change("1m", "delete = 'Orders'"),
        &["1:1: `Orders` is a queue, not a function (there is only Shop/Fulfil)"],
    );
    check(
        &change("1m", "delete = 'OrdersDlq->Fulfil'"),
        &[
            "1:1: there is no event source mapping `OrdersDlq->Shop/Fulfil` (did you mean `Orders->Shop/Fulfil`?)",
        ],
    );
    let help = "(nothing comes back in a run: leave this change out, or make it before the deletion)";
    let function = format!("`Shop/Fulfil` is deleted at 1m and changed at 2m {help}");
    let mapping = format!("`Orders->Shop/Fulfil` is deleted at 1m and changed at 2m {help}");
    let deleted = change("1m", "delete = 'Fulfil'");
    for after in ["delete = 'Fulfil'", "redeploy = 'Fulfil'", "revoke = 'Fulfil reads Orders'"] {
        check(&format!("{deleted}{}", change("2m", after)), &[&format!("4:1: {function}")]);
    }
    let before = change("2m", "set = 'Shop/Fulfil.Timeout=5'");
    check(&format!("{before}{deleted}"), &[&format!("1:1: {function}")]);
    let deleted = change("1m", "delete = 'Orders->Fulfil'");
    for after in
        ["delete = 'Orders->Fulfil'", "enable = 'Orders->Fulfil'", "set = 'Orders->Shop/Fulfil.BatchSize=1'"]
    {
        check(&format!("{deleted}{}", change("2m", after)), &[&format!("4:1: {mapping}")]);
    }
    let earlier = [change("1m", "redeploy = 'Fulfil'"), change("2m", "delete = 'Fulfil'")].concat();
    check(&earlier, &[]);
    let mapping = [change("1m", "delete = 'Fulfil'"), change("2m", "delete = 'Orders->Fulfil'")].concat();
    check(&mapping, &[]);
}

#[test]
fn a_function_that_something_pushes_to_or_nothing_polls_for_is_not_deleted() {
    let told_of = |events: &str| {
        let template = format!(
            "Transform: AWS::Serverless-2016-10-31\nResources:\n  News: {{Type: AWS::SNS::Topic}}\n  Orders: \
             {{Type: AWS::SQS::Queue}}\n  Fulfil: {{Type: AWS::Serverless::Function, Properties: {{Handler: a.b, \
             Runtime: python3.13, CodeUri: ., Events: {{{events}}}}}}}\n"
        );
        let models = Models::embedded().expect("the embedded models load");
        let options = ImportOptions::with_stand_ins();
        let topology = import_text(Path::new("t.yaml"), &template, &options, &models).topology;
        let read = read_scenario_text(Path::new("s.toml"), "[[change]]\nat = '1m'\ndelete = 'Fulfil'");
        told(&problems(&read.file.scenario, &topology.expect("a template"), &models))
    };
    let queue = "Q: {Type: SQS, Properties: {Queue: !GetAtt Orders.Arn}}";
    let topic = "T: {Type: SNS, Properties: {Topic: !Ref News}}";
    assert_eq!(told_of(queue), [""; 0]);
    let pushed = told_of(&format!("{queue}, {topic}"));
    let says = "1:1: `Fulfil` cannot be deleted in flight: `News->Fulfil` pushes to it (";
    assert!(pushed.len() == 1 && pushed[0].starts_with(says), "{pushed:?}");
    let alone = told_of("");
    let says = "1:1: `Fulfil` cannot be deleted in flight: no event source mapping calls it (";
    assert!(alone.len() == 1 && alone[0].starts_with(says), "{alone:?}");
}

#[test]
fn only_a_stream_that_a_mapping_reads_and_whose_end_is_known_is_deleted() {
    let code = "Handler: a.b, Runtime: python3.13, CodeUri: .";
    let told_of = |source: &str, events: &str, changes: &str| {
        let template = format!(
            "Transform: AWS::Serverless-2016-10-31\nResources:\n{source}  Track: {{Type: AWS::Serverless::Function, \
             Properties: {{{code}{events}}}}}\n"
        );
        let models = Models::embedded().expect("the embedded models load");
        let options = ImportOptions::with_stand_ins();
        let topology = import_text(Path::new("t.yaml"), &template, &options, &models).topology;
        let read = read_scenario_text(Path::new("s.toml"), changes);
        told(&problems(&read.file.scenario, &topology.expect("a template"), &models))
    };
    let stream = "  Clicks: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 1}}\n";
    let reads =
        ", Events: {E: {Type: Kinesis, Properties: {Stream: !GetAtt Clicks.Arn, StartingPosition: LATEST}}}";
    let deleted = "[[change]]\nat = '1m'\ndelete = 'Clicks'\n";
    assert_eq!(told_of(stream, reads, deleted), [""; 0]);
    let alone = told_of(stream, "", deleted);
    let says = "1:1: `Clicks` cannot be deleted in flight: no event source mapping reads it (";
    assert!(alone.len() == 1 && alone[0].starts_with(says), "{alone:?}");
    let topic = ", Events: {E: {Type: MSK, Properties: {Stream: !GetAtt Clicks.Arn, StartingPosition: LATEST, \
                 Topics: [clicks]}}}";
    let kafka = told_of("  Clicks: {Type: AWS::MSK::Cluster}\n", topic, deleted);
    let says = "1:1: `Clicks` cannot be deleted in flight: what becomes of its records then is not known (";
    assert!(kafka.len() == 1 && kafka[0].starts_with(says), "{kafka:?}");
    let after = |change: &str| {
        let again = told_of(stream, reads, &format!("{deleted}[[change]]\nat = '2m'\n{change}\n"));
        again.iter().any(|line| line.starts_with("4:1: `Clicks` is deleted at 1m and changed at 2m"))
    };
    assert!(
        after("delete = 'Clicks'")
            && after("create = 'Clicks->Track'")
            && after("revoke = 'Track reads Clicks'")
    );
    assert!(
        !after("delete = 'Clicks->Track'")
            && !after("disable = 'Clicks->Track'")
            && !after("redeploy = 'Track'")
    );
}

#[test]
fn what_no_permission_is_needed_for_cannot_be_revoked() {
    let models = Models::embedded().expect("the embedded models load");
    let template = "Resources:
  Bus: {Type: AWS::Events::EventBus, Properties: {Name: b}}
  Kept: {Type: AWS::SQS::Queue}
  Rule: {Type: AWS::Events::Rule, Properties: {EventBusName: !Ref Bus, EventPattern: {source: [a]}, Targets: [{Id: a, Arn: !GetAtt Kept.Arn}]}}
";
    let options = ImportOptions::with_stand_ins();
    let imported = import_text(Path::new("t.yaml"), template, &options, &models);
    let topology = imported.topology.expect("a template");
    for (link, expected) in [("Bus->Rule", &["scenario-no-permission"][..]), ("Rule->Kept", &[])] {
        let text = format!("[[change]]\nat = '5m'\nrevoke = '{link}'\n");
        let read = read_scenario_text(Path::new("s.toml"), &text);
        let found = problems(&read.file.scenario, &topology, &models);
        let codes: Vec<&str> = found.iter().map(|one| one.code).collect();
        assert_eq!(codes, expected, "{link}: {found:?}");
    }
}

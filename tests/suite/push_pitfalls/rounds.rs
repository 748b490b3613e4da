//! Events that come round to where they were, and runs that happen again or in another order.

use redrive::guarantee::{Cut, no_loop};
use redrive::program::Passage;
use redrive::trace::RecordKind;

use super::*;

/// How a system feeds itself: what cuts each circle whose every step is open.
fn circles(resources: &str) -> Vec<Cut> {
    let loops = no_loop(&topology(resources), &Scenario::default(), &MODELS);
    loops.circles.into_iter().filter(|circle| circle.goes == Passage::Open).map(|circle| circle.cut).collect()
}

/// A function whose role lets it do one thing with one resource that a variable names, and more properties.
fn sender(action: &str, resource: &str, named: &str, more: &str) -> String {
    format!(
        "  F:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      Runtime: python3.13
      CodeUri: .
      Environment: {{Variables: {{TARGET: {named}}}}}
      Policies: [{{Statement: [{{Effect: Allow, Action: '{action}', Resource: {resource}}}]}}]
{more}"
    )
}

//= test: function.recursion
#[test]
fn a_dead_letter_topic_that_calls_the_same_function_is_a_second_circle() {
    let letters = |to: &str| {
        behind_topic(&format!("DeadLetterQueue: {{Type: SNS, TargetArn: !Ref {to}}}"), "")
            + "  Other: {Type: AWS::SNS::Topic}\n"
    };
    assert_eq!(circles(&letters("T")), [Cut::After(16)]);
    assert_eq!(circles(&letters("Other")), []);
}

//= test: function.recursion
#[test]
fn a_function_that_writes_into_the_bucket_that_calls_it_goes_round() {
    let writes = |to: &str| {
        let bucket = "  B: {Type: AWS::S3::Bucket, Properties: {BucketName: shop-in}}\n  Out: {Type: AWS::S3::Bucket, Properties: {BucketName: shop-out}}\n";
        let event =
            "      Events: {E: {Type: S3, Properties: {Bucket: !Ref B, Events: 's3:ObjectCreated:*'}}}\n";
        sender("s3:PutObject", &format!("'arn:aws:s3:::{to}/*'"), to, event) + bucket
    };
    assert_eq!(circles(&writes("shop-in")), [Cut::After(16)]);
    assert_eq!(circles(&writes("shop-out")), []);
}

//= test: function.recursion_scope
#[test]
fn nothing_cuts_a_circle_through_a_bus() {
    let puts = |to: &str| {
        let buses = "  Shop: {Type: AWS::Events::EventBus, Properties: {Name: shop}}\n  Other: {Type: AWS::Events::EventBus, Properties: {Name: other}}\n";
        let event = "      Events: {E: {Type: EventBridgeRule, Properties: {EventBusName: !Ref Shop, Pattern: {account: [{exists: true}]}}}}\n";
        sender("events:PutEvents", &format!("!GetAtt {to}.Arn"), &format!("!Ref {to}"), event) + buses
    };
    let found = circles(&puts("Shop"));
    assert!(matches!(found.as_slice(), [Cut::Unseen(through)] if through.contains("Shop")), "{found:?}");
    assert_eq!(circles(&puts("Other")), []);
}

//= test: function.recursion
#[test]
fn a_function_that_queues_its_event_again_until_it_is_ready_is_cut_after_16_rounds() {
    let again = |more: &str| {
        let event = "      Events: {E: {Type: SQS, Properties: {Queue: !GetAtt Q.Arn}}}\n";
        sender("sqs:SendMessage", "!GetAtt Q.Arn", "!Ref Q", &format!("{more}{event}"))
            + "  Q: {Type: AWS::SQS::Queue}\n"
    };
    assert_eq!(circles(&again("")), [Cut::After(16)]);
    assert_eq!(circles(&again("      RecursiveLoop: Allow\n")), [Cut::Allowed]);
}

//= test: async.duplicate
#[test]
fn a_function_runs_twice_without_any_error_which_no_setting_prevents() {
    let topology = topology(&behind_topic(DEAD_LETTERS, ""));
    let checked = search(&topology, Faults::swarm());
    let found = verdict(&checked, GuaranteeName::NoNeedlessRedelivery, "T->F");
    assert_eq!(found.standing, Standing::Held);
    assert!(
        found.beyond_platform.iter().any(|family| family == Family::Duplicate),
        "{:?}",
        found.beyond_platform
    );
    assert_eq!(verdict(&checked, GuaranteeName::NoLoss, "T->F").standing, Standing::Held);
}

//= test: sns.duplicate
//= test: s3.duplicate
#[test]
fn a_source_may_deliver_twice_what_lambda_has_accepted() {
    let event = "{Type: S3, Properties: {Bucket: !Ref B, Events: 's3:ObjectCreated:*'}}";
    let bucket = function("Timeout: 20", event) + "  B: {Type: AWS::S3::Bucket}\n";
    for (resources, to, rule) in
        [(behind_topic("Timeout: 20", ""), "T", "sns.duplicate"), (bucket, "B", "s3.duplicate")]
    {
        let topology = topology(&resources);
        let run =
            |seed| one_event(&topology, to, Faults::only([Family::Duplicate])).run_seed(seed).timeline();
        let twice =
            (0..200).map(run).find(|text| count(text, [rule]) == [1]).expect("one of so many comes twice");
        let rules = ["async.accept", "async.dequeue", "async.success"];
        let seen = count(&twice, rules);
        assert!(seen[0] == 1 && seen[1] >= 2 && seen[1] == seen[2], "{twice}");
        assert!(twice.contains("a second time"), "{twice}");
    }
    let none =
        one_event(&topology(&behind_topic("Timeout: 20", "")), "T", Faults::none()).run_seed(0).timeline();
    assert_eq!(count(&none, ["sns.duplicate", "async.dequeue"]), [0, 1], "{none}");
}

/// Two events ten seconds apart into a topic; which of them is processed, in order.
fn processed(faults: FaultPlan) -> Vec<String> {
    let topology = topology(&behind_topic("Timeout: 20", ""));
    let load = Workload::to("T").events(2).every(Duration::from_secs(10)).from(Duration::from_secs(1));
    done(&Check::new(&topology).workload(load).faults(faults).run_seed(0).timeline())
}

/// What is processed, in order.
fn done(text: &str) -> Vec<String> {
    let done = text.lines().filter_map(|line| line.split("F has done the work of ").nth(1));
    done.filter_map(|rest| rest.split(' ').next().map(str::to_owned)).collect()
}

//= test: async.retry_delays
#[test]
fn an_event_that_fails_once_comes_back_behind_newer_ones() {
    let first = span(Family::Outage, "F", Duration::from_secs(5));
    assert_eq!(processed(first), ["T.1", "T.0"]);
    assert_eq!(processed(Faults::none()), ["T.0", "T.1"]);
}

/// Which of two writes to a bucket, so many seconds apart, are worked on, in order, and the whole timeline.
fn written(apart: u64, faults: FaultPlan, seed: u64) -> (Vec<String>, String) {
    let event = "{Type: S3, Properties: {Bucket: !Ref B, Events: 's3:ObjectCreated:*'}}";
    let topology = topology(&(function("Timeout: 20", event) + "  B: {Type: AWS::S3::Bucket}\n"));
    let load = Workload::to("B").events(2).every(Duration::from_secs(apart));
    let text = Check::new(&topology).workload(load).faults(faults).run_seed(seed).timeline();
    (done(&text), text)
}

//= test: s3.latency
#[test]
fn a_bucket_tells_of_two_writes_in_the_wrong_order() {
    let (usual, text) = written(5, Faults::none(), 0);
    assert_eq!(usual, ["B.0", "B.1"], "{text}");
    assert!(text.contains("00:00:01.000  Lambda accepts B.0"), "usually it takes a second: {text}");
    let open = |seed| written(5, Faults::only([Family::Unspecified]), seed).0;
    assert!((0..40).map(open).any(|order| order == ["B.1", "B.0"]), "some take longer than others");
    let far = |seed| written(150, Faults::only([Family::Unspecified]), seed).0;
    assert!((0..40).map(far).all(|order| order == ["B.0", "B.1"]), "none takes longer than two minutes");
}

//= test: function.environment_reset
#[test]
fn a_retry_after_a_time_out_meets_a_new_environment() {
    let topology = topology(&behind_topic("Timeout: 20", ""));
    let started = |fault: Family| {
        let plan = |seed| one_event(&topology, "T", Faults::only([fault])).run_seed(seed);
        let run =
            (0..200).map(plan).find(|run| run.invocations("F") == 2).expect("one of so many fails once");
        run.records().filter(|(record, _)| record.kind == RecordKind::EnvironmentStarted).count()
    };
    assert_eq!(started(Family::Timeout), 2);
    assert_eq!(started(Family::TransientError), 1);
}

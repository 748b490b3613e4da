//! `no-loop`: which circles events go round, which do not, and what AWS does about them.

use std::path::Path;

use redrive::guarantee::{Circle, Cut, Loops, Travellers, circle_words, no_loop};
use redrive::program::Passage;
use redrive::report::{circle_facts, circle_standing};
use redrive::scenario::{Scenario, Sends};
use redrive::template::{ImportOptions, import_text};
use redrive::topology::Topology;

use crate::networks::MODELS;

/// A function with a role from elsewhere, of which nothing is known; what follows is more of its properties.
fn function(name: &str, more: &str) -> String {
    format!(
        "  {name}:\n    Type: AWS::Lambda::Function\n    Properties:\n      Handler: a.b\n      Runtime: python3.13\n      \
         Role: arn:aws:iam::123456789012:role/elsewhere\n      Code: {{ZipFile: x}}\n{more}"
    )
}

/// A function whose role allows one action on one resource, which a variable names.
fn sends(name: &str, action: &str, resource: &str, named: &str) -> String {
    let variable = format!("      Environment: {{Variables: {{TARGET: {named}}}}}\n");
    let role = format!(
        "  {name}Role:\n    Type: AWS::IAM::Role\n    Properties:\n      AssumeRolePolicyDocument:\n        Statement: \
         [{{Effect: Allow, Action: 'sts:AssumeRole', Principal: {{Service: lambda.amazonaws.com}}}}]\n      Policies:\n        \
         - PolicyName: own\n          PolicyDocument:\n            Statement: [{{Effect: Allow, Action: '{action}', \
         Resource: {resource}}}]\n"
    );
    let own = function(name, &variable);
    own.replace("arn:aws:iam::123456789012:role/elsewhere", &format!("!GetAtt {name}Role.Arn")) + &role
}

/// What lets a service call a function.
fn lets(service: &str, function: &str) -> String {
    format!(
        "  Lets{function}: {{Type: AWS::Lambda::Permission, Properties: {{FunctionName: !Ref {function}, Action: \
         'lambda:InvokeFunction', Principal: {service}.amazonaws.com}}}}\n"
    )
}

fn read(resources: &str) -> Topology {
    let template = format!("Resources:\n{resources}");
    let options = ImportOptions::with_stand_ins();
    let imported = import_text(Path::new("loops.yaml"), &template, &options, &MODELS);
    imported.topology.unwrap_or_else(|| panic!("{:?}\n{template}", imported.diagnostics))
}

fn judged(topology: &Topology, scenario: &Scenario) -> Loops {
    no_loop(topology, scenario, &MODELS)
}

/// Each circle as `verdict: words`.
fn told(resources: &str) -> Vec<String> {
    let topology = read(resources);
    let loops = judged(&topology, &Scenario::default());
    let one = |circle: &Circle| format!("{}: {}", circle_standing(circle).0, circle_words(&topology, circle));
    loops.circles.iter().map(one).collect()
}

fn only(resources: &str) -> Circle {
    let topology = read(resources);
    let mut loops = judged(&topology, &Scenario::default());
    assert_eq!(loops.circles.len(), 1, "{:?}", loops.circles);
    loops.circles.remove(0)
}

const QUEUE: &str = "  Q: {Type: AWS::SQS::Queue}\n";
const TOPIC: &str = "  T: {Type: AWS::SNS::Topic}\n";
const POLLS: &str = "  Polls: {Type: AWS::Lambda::EventSourceMapping, Properties: {FunctionName: !Ref F, EventSourceArn: !GetAtt Q.Arn}}\n";

fn subscribed(function: &str, more: &str) -> String {
    format!(
        "  To{function}: {{Type: AWS::SNS::Subscription, Properties: {{TopicArn: !Ref T, Protocol: lambda, Endpoint: \
         !GetAtt {function}.Arn{more}}}}}\n"
    ) + &lets("sns", function)
}

fn bucket(filter: &str) -> String {
    let notification = format!("{{Event: 's3:ObjectCreated:*', Function: !GetAtt F.Arn{filter}}}");
    let name = "BucketName: photos-of-the-shop";
    let bucket = format!(
        "  B: {{Type: AWS::S3::Bucket, Properties: {{{name}, NotificationConfiguration: {{LambdaConfigurations: \
         [{notification}]}}}}}}\n"
    );
    sends("F", "s3:PutObject", "'arn:aws:s3:::photos-of-the-shop/*'", "photos-of-the-shop")
        + &bucket
        + &lets("s3", "F")
}

//= test: function.recursion
#[test]
fn a_function_that_puts_into_the_bucket_that_tells_it_feeds_itself_and_is_cut() {
    let circle = only(&bucket(""));
    assert_eq!((&circle.goes, circle.travellers), (&Passage::Open, Travellers::All));
    assert_eq!(circle.cut, Cut::After(16));
    assert_eq!(circle.rules, ["function.recursion"]);
    assert_eq!(told(&bucket("")), ["violated: F -> bucket B -> F"]);
}

#[test]
fn whether_a_key_that_a_function_writes_passes_the_filter_of_its_bucket_is_not_known() {
    let filter = ", Filter: {S3Key: {Rules: [{Name: prefix, Value: in/}]}}";
    assert_eq!(told(&bucket(filter)), ["not-exercised: F -> bucket B -> F"]);
}

#[test]
fn a_function_that_publishes_to_its_own_topic_feeds_itself() {
    let own = sends("F", "sns:Publish", "!Ref T", "!Ref T") + TOPIC + &subscribed("F", "");
    assert_eq!(told(&own), ["violated: F -> topic T -> F"]);
    let filtered = sends("F", "sns:Publish", "!Ref T", "!Ref T")
        + TOPIC
        + &subscribed("F", ", FilterPolicy: {kind: [a]}");
    assert_eq!(told(&filtered), ["not-exercised: F -> topic T -> F"]);
}

#[test]
fn only_a_loop_that_is_allowed_goes_on_within_the_services_that_lambda_watches() {
    let own = sends("F", "sns:Publish", "!Ref T", "!Ref T") + TOPIC + &subscribed("F", "");
    let allowed = own.replacen("      Environment", "      RecursiveLoop: Allow\n      Environment", 1);
    let circle = only(&allowed);
    assert_eq!((circle.cut.clone(), circle.goes.clone()), (Cut::Allowed, Passage::Open));
    assert!(circle_facts(&circle).contains("lets it go on"), "{}", circle_facts(&circle));
}

//= test: queue_poll.function_dead_letter_unused
#[test]
fn a_polled_function_never_fills_its_dead_letter_queue_so_polling_that_one_is_no_loop() {
    let own = function("F", "      DeadLetterConfig: {TargetArn: !GetAtt Q.Arn}\n") + QUEUE + POLLS;
    let circle = only(&own);
    let (word, why) = circle_standing(&circle);
    assert_eq!(word, "not-applicable");
    assert!(why.expect("it says why").contains("asynchronous"), "{why:?}");
    assert_eq!(circle.rules, ["function.recursion", "queue_poll.function_dead_letter_unused"]);
}

#[test]
fn a_dead_letter_topic_that_invokes_the_same_function_goes_round_with_what_fails() {
    let own = function("F", "      DeadLetterConfig: {TargetArn: !Ref T}\n") + TOPIC + &subscribed("F", "");
    assert_eq!(told(&own), ["violated: F -> topic T -> F"]);
    let circle = only(&own);
    assert_eq!(circle.travellers, Travellers::Failures);
    assert!(circle_facts(&circle).contains("only what fails goes round"));
}

fn shipper(group: &str, more: &str) -> String {
    function("F", "      FunctionName: log-shipper\n")
        + "  Own: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /aws/lambda/log-shipper}}\n"
        + "  Other: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /webshop}}\n"
        + &format!(
            "  Ship: {{Type: AWS::Logs::SubscriptionFilter, Properties: {{LogGroupName: {group}, FilterPattern: \
             '{more}', DestinationArn: !GetAtt F.Arn}}}}\n"
        )
        + &lets("logs", "F")
}

#[test]
fn a_function_that_is_subscribed_to_its_own_log_goes_on_for_ever() {
    for group in ["!Ref Own", "/aws/lambda/log-shipper", "!Sub '/aws/lambda/${F}'"] {
        let topology = read(&shipper(group, ""));
        let loops = judged(&topology, &Scenario::default());
        let [circle] = loops.circles.as_slice() else { panic!("{group}: {:?}", loops.circles) };
        assert_eq!(circle.goes, Passage::Open, "{group}");
        assert!(
            matches!(&circle.cut, Cut::Unseen(through) if through.starts_with("log group ")),
            "{circle:?}"
        );
        assert_eq!(circle.entrance.declared_by.as_deref(), Some("Ship"), "{group}");
        assert_eq!(circle.rules, ["function.recursion_scope", "cloudwatch_logs.own_loop"]);
    }
    assert_eq!(told(&shipper("!Ref Own", "ERROR")), ["not-exercised: F -> log group Own -> F"]);
    let topology = read(&shipper("!Ref Other", ""));
    let loops = judged(&topology, &Scenario::default());
    assert_eq!((loops.circles.len(), loops.clear.len()), (0, 1), "it reads another log");
}

#[test]
fn a_function_that_names_its_log_group_writes_there() {
    let own = function("F", "      LoggingConfig: {LogGroup: /webshop}\n")
        + "  Ship: {Type: AWS::Logs::SubscriptionFilter, Properties: {LogGroupName: /webshop, DestinationArn: !GetAtt F.Arn}}\n"
        + &lets("logs", "F");
    assert_eq!(told(&own), ["violated: F -> log group /webshop -> F"]);
}

#[test]
fn what_is_said_to_be_sent_closes_a_circle_too() {
    let topology = read(&(function("F", "") + QUEUE + POLLS));
    assert_eq!(judged(&topology, &Scenario::default()).circles, []);
    let sends = vec![Sends { function: "F".to_owned(), to: "Q".to_owned(), place: None }];
    let loops = judged(&topology, &Scenario { sends, ..Scenario::default() });
    assert_eq!(loops.circles.len(), 1);
    assert_eq!(circle_words(&topology, &loops.circles[0]), "F -> queue Q -> F");
    assert_eq!(loops.circles[0].goes, Passage::Open);
}

fn destination(function: &str, to: &str) -> String {
    format!(
        "  {function}Done: {{Type: AWS::Lambda::EventInvokeConfig, Properties: {{FunctionName: !Ref {function}, Qualifier: \
         $LATEST, DestinationConfig: {{OnSuccess: {{Destination: !GetAtt {to}.Arn}}}}}}}}\n"
    )
}

#[test]
fn two_functions_that_are_each_others_destination_call_each_other() {
    let own = function("F", "") + &function("G", "") + &destination("F", "G") + &destination("G", "F");
    assert_eq!(told(&own), ["violated: F -> G -> F"]);
}

#[test]
fn a_diamond_is_no_loop_and_every_way_into_a_function_holds() {
    let own = function("F", "")
        + &function("G", "")
        + &function("H", "")
        + TOPIC
        + &subscribed("F", "")
        + &subscribed("G", "")
        + &destination("F", "H")
        + &destination("G", "H");
    let topology = read(&own);
    let loops = judged(&topology, &Scenario::default());
    assert_eq!(loops.circles, []);
    assert_eq!(loops.clear.len(), 4);
}

#[test]
fn a_circle_of_queues_that_redrive_into_each_other_goes_round_with_what_fails() {
    let own = function("F", "")
        + "  Q: {Type: AWS::SQS::Queue, Properties: {RedrivePolicy: {deadLetterTargetArn: !GetAtt D.Arn, maxReceiveCount: 3}}}\n"
        + "  D: {Type: AWS::SQS::Queue, Properties: {RedrivePolicy: {deadLetterTargetArn: !GetAtt Q.Arn, maxReceiveCount: 3}}}\n"
        + POLLS;
    assert_eq!(told(&own), ["violated: queue Q -> queue D -> queue Q"]);
    assert_eq!(only(&own).travellers, Travellers::Failures);
}

#[test]
fn a_circle_through_something_denied_or_switched_off_is_no_loop_yet() {
    let off = POLLS.replace("FunctionName", "Enabled: false, FunctionName");
    let topology = read(&(function("F", "") + QUEUE + &off));
    let sends = vec![Sends { function: "F".to_owned(), to: "Q".to_owned(), place: None }];
    let loops = judged(&topology, &Scenario { sends: sends.clone(), ..Scenario::default() });
    assert!(matches!(&loops.circles[0].goes, Passage::Shut(why) if why.contains("switched off")));
    let mut topology = read(&(function("F", "") + QUEUE + POLLS));
    for link in &mut topology.links {
        link.permitted = redrive::topology::Permitted::Denied;
    }
    let loops = judged(&topology, &Scenario { sends, ..Scenario::default() });
    assert!(
        matches!(&loops.circles[0].goes, Passage::Shut(why) if why.starts_with("blocked by `permitted`"))
    );
}

#[test]
fn a_function_that_may_never_run_ends_every_chain() {
    let stopped = bucket("").replacen(
        "      Environment",
        "      ReservedConcurrentExecutions: 0\n      Environment",
        1,
    );
    assert_eq!(told(&stopped), ["not-applicable: F -> bucket B -> F"]);
}

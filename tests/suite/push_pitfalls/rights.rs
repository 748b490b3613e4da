//! Rights that look as if they were there, and what AWS refuses or takes although it cannot work.

use redrive::topology::{Permitted, RightOf};

use super::*;

/// What each right of one kind comes to, by its name.
fn rights(resources: &str, of: RightOf) -> Vec<(String, Permitted)> {
    let topology = topology(resources);
    let rights = topology.rights.iter().filter(|right| right.of == of);
    rights.map(|right| (right.name.as_str().to_owned(), right.permitted)).collect()
}

/// A rule that may call the function or not, with a dead-letter queue.
fn rule(permission: &str, more: &str) -> String {
    format!(
        "{FAILED}  F: {{Type: AWS::Serverless::Function, Properties: {{{CODE}, AutoPublishAlias: live}}}}
  R: {{Type: AWS::Events::Rule, Properties: {{EventPattern: {{source: [shop]}}, Targets: [{{Id: f, Arn: !Ref F.Alias, DeadLetterConfig: {{Arn: !GetAtt Failed.Arn}}}}]}}}}
  A: {{Type: AWS::Lambda::Permission, Properties: {{Action: 'lambda:InvokeFunction', FunctionName: {permission}, Principal: events.amazonaws.com}}}}
{more}"
    )
}

/// The permission that names what the rule calls, and the one that names the function behind it.
const ON_ALIAS: &str = "!Ref F.Alias";
const ON_FUNCTION: &str = "!Ref F";

//= test: access.qualified
//= test: eventbridge.refused
//= test: eventbridge.dead_letter
#[test]
fn a_permission_on_the_function_lets_nobody_call_its_alias_and_nobody_tries_again() {
    let (wrong, right) = (rule(ON_FUNCTION, &lets_in("events")), rule(ON_ALIAS, &lets_in("events")));
    let allowed = |resources: &str| rights(resources, RightOf::Link)[0].1;
    assert_eq!((allowed(&wrong), allowed(&right)), (Permitted::Denied, Permitted::Granted));
    let to = "EventBus";
    let bus = |resources: &str| {
        let topology = topology(resources);
        let end =
            topology.links.iter().find(|link| link.source == "eventbridge").map(|link| link.from.clone());
        end.map_or_else(|| to.to_owned(), |end| topology.end_name(&end).to_owned())
    };
    let run = |resources: &str| {
        let name = bus(resources);
        one_event(&topology(resources), &name, Faults::none()).run_seed(0)
    };
    let refused = run(&wrong);
    let text = refused.timeline();
    let rules = ["eventbridge.refused", "eventbridge.retry", "eventbridge.dead_letter", "async.accept"];
    assert_eq!(count(&text, rules), [1, 0, 2, 0], "{text}");
    assert_eq!(refused.contents("Failed").len(), 1, "{text}");
    let fine = run(&right);
    assert_eq!(count(&fine.timeline(), rules), [0, 0, 0, 1], "{}", fine.timeline());
}

//= test: eventbridge.dead_letter_failed
#[test]
fn a_dead_letter_queue_that_lets_nobody_in_loses_the_event_a_second_time() {
    let (shut, open) = (rule(ON_FUNCTION, ""), rule(ON_FUNCTION, &lets_in("events")));
    let exit = |resources: &str| rights(resources, RightOf::Exit)[0].1;
    assert_eq!((exit(&shut), exit(&open)), (Permitted::Denied, Permitted::Granted));
    let kept = |resources: &str| {
        let topology = topology(resources);
        let link = topology.links.iter().find(|link| link.source == "eventbridge").unwrap();
        let bus = topology.end_name(&link.from).to_owned();
        let run = one_event(&topology, &bus, Faults::none()).run_seed(0);
        (run.contents("Failed").len(), run.timeline())
    };
    let (none, text) = kept(&shut);
    assert_eq!((none, count(&text, ["eventbridge.dead_letter_failed"])), (0, [2]), "{text}");
    assert_eq!(kept(&open).0, 1);
}

//= test: access.rule_account
#[test]
fn a_condition_on_the_account_leaves_open_whether_a_rule_may_call() {
    let plain = rule(ON_ALIAS, "");
    let guarded = plain.replace(
        "Principal: events.amazonaws.com",
        "Principal: events.amazonaws.com, SourceAccount: !Ref 'AWS::AccountId'",
    );
    let allowed = |resources: &str| rights(resources, RightOf::Link)[0].1;
    assert_eq!((allowed(&guarded), allowed(&plain)), (Permitted::Unknown, Permitted::Granted));
}

//= test: async.exit_fifo
#[test]
fn a_fifo_queue_is_taken_as_a_destination_and_takes_no_record() {
    let to = |queue: &str| {
        let config = format!(
            "EventInvokeConfig: {{DestinationConfig: {{OnFailure: {{Type: SQS, Destination: !GetAtt {queue}.Arn}}}}}}"
        );
        behind_topic(&config, "")
            + "  Ordered: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true, MessageRetentionPeriod: 1209600}}\n"
    };
    check_pair(Pair {
        broken: &to("Ordered"),
        mended: &to("Failed"),
        guarantee: GuaranteeName::DeadLetterDelivery,
        at: "T->F",
        suffices: &[Family::Poison],
        faults: Faults::swarm(),
    });
}

/// Which rules refuse a system at deployment.
fn refused(resources: &str) -> Vec<String> {
    refusals(&topology(resources), &MODELS).iter().map(|refusal| refusal.rule.clone()).collect()
}

//= test: sns_fifo.no_lambda
#[test]
fn a_fifo_topic_reaches_a_function_only_through_a_queue() {
    let behind = |topic: &str| behind_topic("Timeout: 20", "").replace("AWS::SNS::Topic}", topic);
    assert_eq!(refused(&behind("AWS::SNS::Topic, Properties: {FifoTopic: true}}")), ["sns_fifo.no_lambda"]);
    assert_eq!(refused(&behind("AWS::SNS::Topic}")), Vec::<String>::new());
}

//= test: function.unreserved_minimum
#[test]
fn reservations_leave_a_hundred_places_to_everybody_else() {
    let reserves = |places: u32| behind_topic(&format!("ReservedConcurrentExecutions: {places}"), "");
    assert_eq!(refused(&reserves(901)), ["function.unreserved_minimum"]);
    assert_eq!(refused(&reserves(900)), Vec::<String>::new());
}

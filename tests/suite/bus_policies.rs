//! Buses: what their policies deny, whoever else allows it, and their archives.

use redrive::topology::{Permitted, RightOf};
use redrive::vocabulary::Duration;

use crate::push_pitfalls::topology;

#[test]
fn an_archive_of_a_bus_declared_elsewhere_is_listed_with_what_a_replay_of_it_would_do() {
    let system = topology(
        "  Shop: {Type: AWS::Events::EventBus, Properties: {Name: shop}}
  Kept: {Type: AWS::Events::Archive, Properties: {SourceArn: !GetAtt Shop.Arn, RetentionDays: 7}}
  Other: {Type: AWS::Events::Archive, Properties: {SourceArn: 'arn:aws:events:eu-west-1:123456789012:event-bus/other'}}\n",
    );
    let [other] = system.unmodelled.as_slice() else { panic!("{:?}", system.unmodelled) };
    assert!(other.name == "Other" && other.cost.contains("not declared here"), "{other:?}");
    let [kept] = system.archives.as_slice() else { panic!("{:?}", system.archives) };
    assert_eq!((kept.name.as_str(), kept.retention), ("Kept", Some(Duration::from_secs(7 * 86_400))));
}

/// Whether a function whose role may put events into a bus may do so, with more properties of the bus and resources.
fn may_put(bus: &str, more: &str) -> Permitted {
    let topology = topology(&format!(
        "  Shop: {{Type: AWS::Events::EventBus, Properties: {{Name: shop{bus}}}}}
  R: {{Type: AWS::Events::Rule, Properties: {{EventBusName: !Ref Shop, EventPattern: {{source: [shop]}}, Targets: [{{Id: f, Arn: !GetAtt G.Arn}}]}}}}
  G: {{Type: AWS::Serverless::Function, Properties: {{Handler: a.b, Runtime: python3.13, CodeUri: .}}}}
  F:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      Runtime: python3.13
      CodeUri: .
      Environment: {{Variables: {{BUS: !Ref Shop}}}}
      Policies: [{{Statement: [{{Effect: Allow, Action: 'events:PutEvents', Resource: !GetAtt Shop.Arn}}]}}]
{more}"
    ));
    let sends =
        topology.rights.iter().find(|right| right.of == RightOf::Link && right.name.as_str() == "F->Shop");
    sends.map_or_else(|| panic!("F sends to Shop: {:?}", topology.rights), |right| right.permitted)
}

/// A policy of the bus with this statement.
fn policy(bus: &str, statement: &str) -> String {
    format!(
        "  P: {{Type: AWS::Events::EventBusPolicy, Properties: {{EventBusName: {bus}, StatementId: one, Statement: {statement}}}}}\n"
    )
}

const EVERYBODY: &str =
    "{Effect: Deny, Principal: '*', Action: 'events:PutEvents', Resource: !GetAtt Shop.Arn}";

#[test]
fn a_bus_that_denies_everybody_takes_nothing_from_a_function_that_may() {
    assert_eq!(may_put("", ""), Permitted::Granted);
    for bus in ["!Ref Shop", "!GetAtt Shop.Name", "shop", "!GetAtt Shop.Arn"] {
        assert_eq!(may_put("", &policy(bus, EVERYBODY)), Permitted::Denied, "{bus}");
    }
    let listed = format!("[{EVERYBODY}]");
    assert_eq!(may_put("", &policy("!Ref Shop", &listed)), Permitted::Denied, "a list of statements");
    let inline = format!(", Policy: {{Statement: [{}]}}", EVERYBODY.replace("!GetAtt Shop.Arn", "'*'"));
    assert_eq!(may_put(&inline, ""), Permitted::Denied, "in the bus itself");
    assert_eq!(may_put("", &policy("default", EVERYBODY)), Permitted::Granted, "of another bus");
}

#[test]
fn what_a_bus_denies_some_is_denied_to_those_alone() {
    let denies = |principal: &str, action: &str, condition: &str| {
        let statement = format!(
            "{{Effect: Deny, Principal: {principal}, Action: {action}, Resource: !GetAtt Shop.Arn{condition}}}"
        );
        may_put("", &policy("!Ref Shop", &statement))
    };
    let by_role = denies("{AWS: !GetAtt FRole.Arn}", "'events:PutEvents'", "");
    assert_ne!(by_role, Permitted::Granted, "whether a role that SAM names is meant may stay open");
    let account = "{AWS: !Sub 'arn:aws:iam::${AWS::AccountId}:root'}";
    assert_ne!(denies(account, "'events:*'", ""), Permitted::Granted, "its roles are of its account");
    assert_eq!(denies("'*'", "'events:PutRule'", ""), Permitted::Granted);
}

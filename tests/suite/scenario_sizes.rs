//! Bodies that are stated and that a topic, a bus or a front would not take.

use redrive::prelude::*;
use redrive::scenario::{Message, problems};

use crate::networks::MODELS;
use crate::push_pitfalls::topology;

/// What is wrong with a body of this size into something.
fn told(topology: &Topology, to: &str, size: usize) -> Vec<String> {
    let message = Message { at: Duration::ZERO, body: Some("x".repeat(size)), ..Message::default() };
    let load = Workload { to: to.to_owned(), messages: vec![message], ..Workload::default() };
    let scenario = Scenario { workloads: vec![load], ..Scenario::default() };
    let found = problems(&scenario, topology, &MODELS);
    found.iter().map(|one| format!("{} / {}", one.message, one.help.as_deref().unwrap_or_default())).collect()
}

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

//= test: limit.synchronous_payload
//= test: alb.sizes
//= test: api_gateway.request_size
//= test: websocket_api.message_size
//= test: sns.message_size
//= test: eventbridge.entry_size
#[test]
fn a_body_that_is_larger_than_what_it_comes_to_takes_is_told_with_the_answer() {
    let code = "Handler: a.b, Runtime: python3.13, CodeUri: .";
    let system = topology(&format!(
        "  Bus: {{Type: AWS::Events::EventBus, Properties: {{Name: shop}}}}
  Topic: {{Type: AWS::SNS::Topic}}
  Chat: {{Type: AWS::ApiGatewayV2::Api, Properties: {{Name: chat, ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action}}}}
  ChatCall: {{Type: AWS::ApiGatewayV2::Integration, Properties: {{ApiId: !Ref Chat, IntegrationType: AWS_PROXY, IntegrationUri: !Sub 'arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/${{F.Arn}}/invocations'}}}}
  Group: {{Type: AWS::ElasticLoadBalancingV2::TargetGroup, Properties: {{TargetType: lambda, Targets: [{{Id: !GetAtt F.Arn}}]}}}}
  F:
    Type: AWS::Serverless::Function
    Properties:
      {{{code}, Events: {{A: {{Type: Api, Properties: {{Path: /f, Method: post}}}}, B: {{Type: SNS, Properties: {{Topic: !Ref Topic}}}}}}}}
"
    ));
    for (to, most, answer) in [
        ("Topic", 256 * KIB, "it refuses more"),
        ("Bus", MIB, "it refuses more"),
        ("Group", MIB, "it answers 413 to more"),
        ("Chat", 128 * KIB, "it answers 1009 to more"),
        // The gateway would take ten; Lambda behind it does not.
        ("ServerlessRestApi", 6 * MIB, "it refuses more"),
    ] {
        let about = |found: Vec<String>| {
            found.into_iter().filter(|one| one.contains("bytes long")).collect::<Vec<_>>()
        };
        assert_eq!(about(told(&system, to, most)), [""; 0], "{to}");
        let found = about(told(&system, to, most + 1));
        let expected = format!("the body is {} bytes long, {to} takes", most + 1);
        assert!(
            found.len() == 1 && found[0].contains(&expected) && found[0].contains(answer),
            "{to}: {found:?}"
        );
    }
}

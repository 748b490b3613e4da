//! Topics that are declared elsewhere: which kind they have to be, and what they are called.

use std::path::Path;

use redrive::models::Models;
use redrive::template::{ImportOptions, import_text};
use redrive::topology::{LinkEnd, Topology};

/// Queues of a kind that subscribe to the topic that `arn` tells.
fn subscribed(arn: &str, is_fifo: &str) -> Topology {
    let models = Models::embedded().expect("the embedded models load");
    let template = format!(
        "Parameters: {{Shipments: {{Type: String}}, Account: {{Type: String}}}}
Resources:
  Parcels: {{Type: AWS::SQS::Queue, Properties: {{FifoQueue: {is_fifo}}}}}
  Labels: {{Type: AWS::SQS::Queue}}
  First: {{Type: AWS::SNS::Subscription, Properties: {{Protocol: sqs, TopicArn: {arn}, Endpoint: !GetAtt Labels.Arn}}}}
  Second: {{Type: AWS::SNS::Subscription, Properties: {{Protocol: sqs, TopicArn: {arn}, Endpoint: !GetAtt Parcels.Arn}}}}
"
    );
    let imported = import_text(Path::new("t.yaml"), &template, &ImportOptions::with_stand_ins(), &models);
    imported.topology.unwrap_or_else(|| panic!("{template}\n{:?}", imported.diagnostics))
}

fn sources(topology: &Topology) -> Vec<&str> {
    topology.links.iter().map(|link| link.source.as_str()).collect()
}

#[test]
fn a_topic_whose_name_is_not_told_is_of_the_kind_that_its_queues_need() {
    for arn in ["!Ref Shipments", "!ImportValue shipments-topic", "'{{resolve:ssm:/shipments}}'"] {
        assert_eq!(sources(&subscribed(arn, "true")), ["sns_fifo", "sns_fifo"], "{arn}");
        assert_eq!(sources(&subscribed(arn, "!Ref AWS::NoValue")), ["sns", "sns"], "{arn}");
    }
}

#[test]
fn a_topic_whose_name_is_told_is_of_the_kind_that_its_name_says() {
    let told = "!Sub 'arn:aws:sns:eu-west-1:${Account}:shipments'";
    assert_eq!(sources(&subscribed(told, "true")), ["sns", "sns"], "AWS refuses it, and so it is told");
    let fifo = "!Sub 'arn:aws:sns:eu-west-1:${Account}:shipments.fifo'";
    assert_eq!(sources(&subscribed(fifo, "true")), ["sns_fifo", "sns_fifo"]);
}

#[test]
fn what_a_parameter_tells_is_called_by_the_parameters_name() {
    let topology = subscribed("!Ref Shipments", "true");
    let names: Vec<&str> = topology.links.iter().map(|link| topology.end_name(&link.from)).collect();
    assert_eq!(names, ["Shipments", "Shipments"]);
    assert!(matches!(topology.links[0].from, LinkEnd::Outside(_)));
}

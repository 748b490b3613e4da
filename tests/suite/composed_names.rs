//! Names of resources that functions put together, as the loops of `AWS::LanguageExtensions` need them.

use std::path::Path;

use redrive::models::Models;
use redrive::template::{ImportOptions, import_text};
use redrive::topology::{LinkDetail, Topology};

/// A queue with its dead-letter queue and its worker for each of two depots.
fn depots(transform: &str, queue: &str) -> (Option<Topology>, Vec<String>) {
    let models = Models::embedded().expect("the embedded models load");
    let template = format!(
        "Transform: [{transform}]
Mappings: {{Limits: {{North: {{Receives: 3}}, South: {{Receives: 7}}}}}}
Resources:
  Fn::ForEach::Depots:
    - Depot
    - [North, South]
    - Parcels${{Depot}}:
        Type: AWS::SQS::Queue
        Properties:
          VisibilityTimeout: 60
          RedrivePolicy:
            deadLetterTargetArn: {{'Fn::GetAtt': [!Sub 'Lost${{Depot}}', Arn]}}
            maxReceiveCount: !FindInMap [Limits, !Ref Depot, Receives]
      Lost${{Depot}}: {{Type: AWS::SQS::Queue}}
      Load${{Depot}}: {{Type: AWS::Lambda::Function, Properties: {{Handler: a.b, Runtime: nodejs22.x, Timeout: 10}}}}
      Mapping${{Depot}}:
        Type: AWS::Lambda::EventSourceMapping
        Properties: {{EventSourceArn: {queue}, FunctionName: !Ref {{'Fn::Sub': 'Load${{Depot}}'}}}}
"
    );
    let imported = import_text(Path::new("t.yaml"), &template, &ImportOptions::with_stand_ins(), &models);
    let told = imported.diagnostics.iter().map(|one| one.message.clone()).collect();
    (imported.topology, told)
}

fn polled(topology: &Topology) -> Vec<String> {
    let mappings = topology.links.iter().filter(|link| matches!(link.detail, LinkDetail::QueuePolling(_)));
    mappings
        .map(|link| format!("{}->{}", topology.end_name(&link.from), topology.end_name(&link.to)))
        .collect()
}

#[test]
fn a_function_may_put_together_the_name_of_what_a_loop_declares() {
    for queue in ["!GetAtt [!Sub 'Parcels${Depot}', Arn]", "!GetAtt [!Join ['', [Parcels, !Ref Depot]], Arn]"]
    {
        let (topology, told) = depots("AWS::LanguageExtensions", queue);
        let topology = topology.expect("it is read");
        assert_eq!(polled(&topology), ["ParcelsNorth->LoadNorth", "ParcelsSouth->LoadSouth"], "{told:?}");
        assert_eq!(told, Vec::<String>::new());
        let kept = |name: &str| topology.resources.iter().find(|one| one.name.as_str() == name);
        assert!(kept("LostNorth").is_some(), "{queue}");
    }
}

#[test]
fn a_name_that_is_put_together_of_nothing_declared_is_told() {
    let (_, told) = depots("AWS::LanguageExtensions", "!GetAtt [!Sub 'Parcel${Depot}', Arn]");
    assert!(told.iter().any(|message| message.contains("there is no resource `ParcelNorth`")), "{told:?}");
}

#[test]
fn without_the_transform_a_name_stands_as_it_is() {
    let (_, told) = depots("AWS::Serverless-2016-10-31", "!GetAtt [!Sub 'Parcels${Depot}', Arn]");
    assert!(told.iter().any(|message| message.contains("`!GetAtt` takes `Resource.Attribute`")), "{told:?}");
}

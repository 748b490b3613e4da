//! Suites generated from what the models declare: every guarantee that an invocation model gives is asked of systems of
//! that model which do what AWS's documentation advises, under all faults that the model does not exempt.

use proptest::prelude::*;
use redrive::face::QueueSettings;
use redrive::guarantee::GuaranteeName;
use redrive::models::Models;
use redrive::prelude::*;

const HOUR: Duration = Duration::from_secs(3_600);

/// A system of the model, wired as advised, on which the guarantee can be asked. A model that declares guarantees and
/// has none here fails the suite.
fn advised(model: &str, name: GuaranteeName, timeout: u64, receives: u64, places: u64) -> Topology {
    let kind = |queue: QueueSettings| match name {
        GuaranteeName::Ordering => queue.set("FifoQueue", true),
        _ => queue,
    };
    match model {
        "queue_poll" => Topology::build()
            .queue("Orders", |queue| {
                kind(queue).visibility(Duration::from_secs(6 * timeout)).dead_letters("Dead", receives)
            })
            .queue("Dead", |queue| kind(queue).retention(HOUR * 336))
            .function("Fulfil", |function| function.timeout(Duration::from_secs(timeout)).reserved(places))
            .polls("Fulfil", "Orders", |mapping| mapping.batch_size(1).maximum_concurrency(places))
            .finish()
            .expect("the system makes sense"),
        "async" => pushed(timeout, places)
            .resource("News", "AWS::SNS::Topic", serde_json::Map::new())
            .resource("ToFulfil", "AWS::SNS::Subscription", object(serde_json::json!({
                "TopicArn": { "Ref": "News" }, "Protocol": "lambda", "Endpoint": { "Fn::GetAtt": ["Fulfil", "Arn"] },
            })))
            .finish()
            .expect("the system makes sense"),
        "sync" => pushed(timeout, places)
            .resource("Address", "AWS::Lambda::Url", object(serde_json::json!({
                "TargetFunctionArn": { "Fn::GetAtt": ["Fulfil", "Arn"] }, "AuthType": "NONE",
            })))
            .finish()
            .expect("the system makes sense"),
        "stream_poll" => pushed(timeout, places)
            .resource("Orders", "AWS::Kinesis::Stream", object(serde_json::json!({ "ShardCount": 2 })))
            .resource("Reads", "AWS::Lambda::EventSourceMapping", object(serde_json::json!({
                "EventSourceArn": { "Fn::GetAtt": ["Orders", "Arn"] }, "FunctionName": { "Ref": "Fulfil" },
                "StartingPosition": "TRIM_HORIZON", "BatchSize": 1, "MaximumRetryAttempts": receives,
                "DestinationConfig": { "OnFailure": { "Destination": { "Fn::GetAtt": ["Dead", "Arn"] } } },
            })))
            .finish()
            .expect("the system makes sense"),
        other => panic!("the model {other} declares guarantees, and no system here promises them"),
    }
}

/// A function that anybody may call, with a dead-letter queue.
fn pushed(timeout: u64, places: u64) -> redrive::face::SystemBuilder {
    let letters = serde_json::json!({ "TargetArn": { "Fn::GetAtt": ["Dead", "Arn"] } });
    Topology::build()
        .queue("Dead", |queue| queue.retention(HOUR * 336))
        .function("Fulfil", |function| {
            function.timeout(Duration::from_secs(timeout)).reserved(places).set("DeadLetterConfig", letters)
        })
        .resource(
            "Anybody",
            "AWS::Lambda::Permission",
            object(serde_json::json!({
                "Action": "lambda:InvokeFunction", "FunctionName": { "Ref": "Fulfil" }, "Principal": "*",
            })),
        )
        .resource(
            "AnybodyByAddress",
            "AWS::Lambda::Permission",
            object(serde_json::json!({
                "Action": "lambda:InvokeFunctionUrl", "FunctionName": { "Ref": "Fulfil" }, "Principal": "*",
                "FunctionUrlAuthType": "NONE",
            })),
        )
}

#[expect(clippy::needless_pass_by_value, reason = "it is called with what a macro makes")]
fn object(json: serde_json::Value) -> serde_json::Map<String, serde_json::Value> {
    json.as_object().cloned().unwrap_or_default()
}

/// Bounds far above what advised systems come to, for the guarantees that are asked of stated bounds only.
fn generous() -> Bounds {
    Bounds { delay: Some(HOUR * 336), invocations_per_event: Some(1_000), ..Bounds::default() }
}

/// The guarantees of each model with the families it exempts.
fn declared(models: &Models) -> Vec<(String, GuaranteeName, Vec<Family>)> {
    let of = |model: &redrive::models::Model| {
        let id = model.id.clone();
        let one = move |declaration: &redrive::models::GuaranteeDeclaration| {
            let name =
                GuaranteeName::parse(&declaration.guarantee).expect("the guarantee is in the catalogue");
            let exempt = declaration.exempt.iter().map(|word| Family::parse(word).expect("it is a family"));
            (id.clone(), name, exempt.collect())
        };
        model.guarantees.iter().map(one).collect::<Vec<_>>()
    };
    models.models().flat_map(of).collect()
}

#[test]
fn every_declared_guarantee_holds_on_advised_systems_under_all_faults_that_are_not_exempt() {
    let models = Models::embedded().expect("the embedded models load");
    let declared = declared(&models);
    assert!(declared.len() >= 5, "{declared:?}");
    proptest!(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4) },
        |(timeout in 10..=60_u64, receives in 5..=8_u64, places in 5..=20_u64)| {
        for (model, name, exempt) in &declared {
            let system = advised(model, *name, timeout, receives, places);
            let faults = Faults::without(exempt.iter().copied());
            let asked = redrive::face::guarantee(*name);
            let outcome = Check::new(&system).bounds(generous()).guarantee(asked).faults(faults).seeds(0..96).run();
            prop_assert_eq!(outcome.violated(), Vec::<&str>::new(), "{} of {}", name, model);
        }
    });
}

#[test]
fn every_declared_guarantee_is_put_to_the_test_and_survives_what_is_exempt_as_well() {
    let models = Models::embedded().expect("the embedded models load");
    for (model, name, _) in declared(&models) {
        let system = advised(&model, name, 30, 5, 10);
        let asked = redrive::face::guarantee(name);
        Check::new(&system)
            .bounds(generous())
            .guarantee(asked)
            .faults(Faults::swarm())
            .seeds(0..512)
            .run()
            .assert_held();
    }
}

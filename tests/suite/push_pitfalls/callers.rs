//! Callers who wait, who stop waiting, and who call again.

use redrive::scenario::{Call, Caller, Handling, Per, Timing};

use super::*;

/// Every invocation takes so long.
fn takes(seconds: u64) -> Handling {
    let length = Duration::from_secs(seconds);
    let duration = Some(Timing { shortest: length, longest: length, per: Per::Event });
    Handling { function: "F".to_owned(), duration, ..Handling::default() }
}

/// A function that nothing in its template calls.
fn alone() -> Topology {
    topology(&format!("  F: {{Type: AWS::Serverless::Function, Properties: {{{CODE}, Timeout: 200}}}}\n"))
}

/// A client of an SDK that calls it and waits.
fn shop() -> Caller {
    let calls = Call { function: "F".to_owned(), qualifier: None, source: Call::REQUEST.to_owned() };
    Caller { name: "Shop".to_owned(), calls: Some(calls), ..Caller::default() }
}

/// One call by such a client.
fn called_by(client: Caller, handling: Handling, faults: FaultPlan) -> String {
    one_event(&alone(), "Shop", faults).caller(client).handling(handling).run_seed(0).timeline()
}

/// What is not held where such a client calls twenty times.
fn violated_for(client: Caller, asked: CatalogueAsking, faults: FaultPlan) -> Vec<String> {
    let topology = alone();
    let load = Workload::to("Shop").events(20).every(Duration::from_secs(1));
    let check = Check::new(&topology).workload(load).caller(client).faults(faults).guarantee(asked);
    let outcome = check.seeds(0..48).regressions_in(std::env::temp_dir()).run();
    outcome.violated().into_iter().map(str::to_owned).collect()
}

#[test]
fn a_caller_behind_an_api_calls_again_while_the_first_run_goes_on() {
    check_pair(Pair {
        broken: &behind_api("Timeout: 60"),
        mended: &behind_api("Timeout: 20"),
        guarantee: GuaranteeName::NoNeedlessRedelivery,
        at: "ServerlessRestApi->F",
        suffices: &[Family::Slow, Family::Unspecified],
        faults: Faults::swarm(),
    });
}

//= test: sdk.retry
//= test: sdk.timeout
#[test]
fn a_client_that_waits_a_minute_runs_a_slower_function_three_times() {
    let slow = called_by(shop(), takes(70), Faults::none());
    assert_eq!(count(&slow, ["sync.invoke", "sdk.retry", "sync.answer"]), [3, 2, 0], "{slow}");
    assert_eq!(slow.matches("F runs with").count(), 3, "each run goes on: {slow}");
    let quick = called_by(shop(), takes(50), Faults::none());
    assert_eq!(count(&quick, ["sync.invoke", "sdk.retry", "sync.answer"]), [1, 0, 1], "{quick}");
    let patient = Caller { timeout: Some(Duration::from_secs(300)), ..shop() };
    let waits = called_by(patient.clone(), takes(70), Faults::none());
    assert_eq!(count(&waits, ["sync.invoke", "sdk.retry", "sync.answer"]), [1, 0, 1], "{waits}");
    let slow = || Faults::only([Family::Slow]);
    let twice = |client| violated_for(client, no_needless_redelivery(), slow());
    assert_eq!(twice(shop()), ["no-needless-redelivery at Shop->F"]);
    assert_eq!(twice(patient), [""; 0]);
}

//= test: sdk.failed
#[test]
fn status_200_hides_a_function_that_failed() {
    let failed = called_by(shop(), takes(1), poison("Shop"));
    assert!(failed.contains("the caller sees 200"), "{failed}");
    assert!(failed.contains("is lost"), "nobody looks at FunctionError: {failed}");
    let looks = Caller { sees_function_errors: Some(true), ..shop() };
    let seen = called_by(looks.clone(), takes(1), poison("Shop"));
    assert!(seen.contains("the caller sees 200") && !seen.contains("is lost"), "{seen}");
    let lost = |client| violated_for(client, no_loss(), Faults::swarm());
    assert_eq!(lost(shop()), ["no-loss at Shop->F"]);
    assert_eq!(lost(looks), [""; 0]);
    let behind = topology(&behind_api("Timeout: 200"));
    let told = one_event(&behind, "ServerlessRestApi", poison("ServerlessRestApi")).run_seed(0).timeline();
    assert!(told.contains("the caller sees 502") && !told.contains("is lost"), "{told}");
}

/// A method that calls its function without proxy integration, with these responses.
fn custom(responses: &str) -> Topology {
    topology(&format!(
        "  F: {{Type: AWS::Serverless::Function, Properties: {{{CODE}, Timeout: 20}}}}
  Api: {{Type: AWS::ApiGateway::RestApi, Properties: {{Name: shop}}}}
  Post:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !GetAtt Api.RootResourceId
      HttpMethod: POST
      Integration: {{Type: AWS, IntegrationHttpMethod: POST, Uri: !Sub 'arn:aws:apigateway:${{AWS::Region}}:lambda:path/2015-03-31/functions/${{F.Arn}}/invocations', IntegrationResponses: [{responses}]}}
  A: {{Type: AWS::Lambda::Permission, Properties: {{Action: 'lambda:InvokeFunction', FunctionName: !Ref F, Principal: apigateway.amazonaws.com}}}}
"
    ))
}

//= test: api_gateway.custom_integration
#[test]
fn a_method_without_proxy_integration_answers_200_for_a_failure_that_no_pattern_maps() {
    let sees = |responses: &str| {
        let text = one_event(&custom(responses), "Api", poison("Api")).run_seed(0).timeline();
        (text.contains("the caller sees 200: the function failed"), text.contains("is lost"), text)
    };
    let mapped = "{StatusCode: '200'}, {StatusCode: '500', SelectionPattern: '(\\n|.)+'}";
    for (responses, hidden) in [
        ("{StatusCode: '200'}", true),
        ("", false),
        ("{StatusCode: '500'}", false),
        ("{StatusCode: '200', SelectionPattern: ''}", true),
        (mapped, false),
        ("{StatusCode: '200', SelectionPattern: ok}", false),
        ("{StatusCode: '200'}, {StatusCode: '400', SelectionPattern: '.*BadRequest.*'}", false),
    ] {
        let (ok, lost, text) = sees(responses);
        assert_eq!((ok, lost), (hidden, hidden), "{responses}: {text}");
    }
}

//= test: api_gateway.custom_integration
#[test]
fn a_pattern_for_what_a_function_throws_maps_no_time_out() {
    let some = custom("{StatusCode: '200'}, {StatusCode: '400', SelectionPattern: '.*BadRequest.*'}");
    let slow = one_event(&some, "Api", Faults::none()).handling(takes(25)).run_seed(0).timeline();
    assert!(slow.contains("the caller sees 200: the function ran into its time-out"), "{slow}");
    let all = custom("{StatusCode: '200'}, {StatusCode: '500', SelectionPattern: '.+'}");
    let slow = one_event(&all, "Api", Faults::none()).handling(takes(25)).run_seed(0).timeline();
    assert!(!slow.contains("the caller sees 200"), "{slow}");
}

/// The same in a body in `OpenAPI`.
fn custom_in_body(responses: &str) -> Topology {
    topology(&format!(
        "  F: {{Type: AWS::Serverless::Function, Properties: {{{CODE}, Timeout: 20}}}}
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties:
      Body:
        paths:
          /f: {{post: {{x-amazon-apigateway-integration: {{type: aws, httpMethod: POST, uri: !Sub 'arn:aws:apigateway:${{AWS::Region}}:lambda:path/2015-03-31/functions/${{F.Arn}}/invocations', responses: {{{responses}}}}}}}}}
  A: {{Type: AWS::Lambda::Permission, Properties: {{Action: 'lambda:InvokeFunction', FunctionName: !Ref F, Principal: apigateway.amazonaws.com}}}}
"
    ))
}

//= test: api_gateway.custom_integration
#[test]
fn a_method_of_a_body_hides_failures_as_well() {
    let default = "default: {statusCode: '200'}";
    for (responses, hidden) in
        [(default.to_owned(), true), (format!("{default}, '(\\n|.)+': {{statusCode: '502'}}"), false)]
    {
        let text = one_event(&custom_in_body(&responses), "Api", poison("Api")).run_seed(0).timeline();
        assert_eq!(text.contains("the caller sees 200: the function failed"), hidden, "{responses}: {text}");
    }
}

const BALANCER: &str = "  G: {Type: AWS::ElasticLoadBalancingV2::TargetGroup, DependsOn: A, Properties: {TargetType: lambda, Targets: [{Id: !GetAtt F.Arn}]}}
  A: {Type: AWS::Lambda::Permission, Properties: {Action: 'lambda:InvokeFunction', FunctionName: !Ref F, Principal: elasticloadbalancing.amazonaws.com}}
";

//= test: sync.throttled
//= test: alb.throttled
//= test: function_url.throttled
//= test: api_gateway.throttled
#[test]
fn one_throttle_has_another_status_at_every_front() {
    let plain = |properties: &str| {
        format!("  F: {{Type: AWS::Serverless::Function, Properties: {{{CODE}, {properties}}}}}\n")
    };
    let fronts = [
        (behind_api("ReservedConcurrentExecutions: N"), "ServerlessRestApi", "500"),
        (plain("ReservedConcurrentExecutions: N") + BALANCER, "G", "502"),
        (plain("ReservedConcurrentExecutions: N, FunctionUrlConfig: {AuthType: NONE}"), "FUrl", "429"),
    ];
    for (resources, front, status) in fronts {
        let run = |places: &str| {
            let topology = topology(&resources.replace(": N", &format!(": {places}")));
            one_event(&topology, front, Faults::none()).run_seed(0).timeline()
        };
        let full = run("0");
        let reason = "there was no room (ReservedFunctionConcurrentInvocationLimitExceeded)";
        assert!(full.contains(&format!("the caller sees {status}: {reason}")), "{full}");
        assert_eq!(count(&run("5"), ["sync.answer"]), [1], "{front}");
    }
}

//= test: function.scaling_rate
#[test]
fn a_spike_of_callers_is_turned_away_where_events_only_wait() {
    let spike = |resources: &str, to: &str| {
        let topology = topology(resources);
        let load = Workload::to(to).events(1_100).at_once();
        let check = Check::new(&topology).workload(load).faults(Faults::none()).handling(takes(2));
        check.run_seed(0).timeline()
    };
    let places = "Timeout: 20, ReservedConcurrentExecutions: 2000";
    let callers = spike(&behind_api(places), "ServerlessRestApi");
    assert_eq!(callers.matches("the caller sees 500").count(), 100);
    assert_eq!(count(&callers, ["sync.answer"]), [1_000]);
    let events = spike(&behind_topic(places, ""), "T");
    assert_eq!(count(&events, ["async.success", "async.dropped"]), [1_100, 0]);
    assert!(count(&events, ["async.throttle_delays"])[0] >= 100);
}

#[test]
fn neighbours_take_the_room_of_a_function_that_has_none_of_its_own() {
    let run = |properties: &str| {
        let topology = topology(&behind_api(properties));
        let load = Workload::to("ServerlessRestApi").message(Duration::from_secs(1), "{}");
        let throttle = span(Family::Throttle, "", Duration::from_secs(60));
        Check::new(&topology).workload(load).faults(throttle).run_seed(0).timeline()
    };
    let shares = run("Timeout: 20");
    let reason = "there was no room (ConcurrentInvocationLimitExceeded)";
    assert!(shares.contains(&format!("the caller sees 500: {reason}")), "{shares}");
    let own = run("Timeout: 20, ReservedConcurrentExecutions: 5");
    assert_eq!(count(&own, ["sync.answer"]), [1], "{own}");
}

/// A user pool whose sign-ups ask a function with this time-out.
fn sign_up(timeout: u32) -> String {
    format!(
        "  F: {{Type: AWS::Serverless::Function, Properties: {{{CODE}, Timeout: {timeout}}}}}
  Pool: {{Type: AWS::Cognito::UserPool, Properties: {{LambdaConfig: {{PreSignUp: !GetAtt F.Arn}}}}}}
  A: {{Type: AWS::Lambda::Permission, Properties: {{Action: 'lambda:InvokeFunction', FunctionName: !Ref F, Principal: cognito-idp.amazonaws.com, SourceArn: !GetAtt Pool.Arn}}}}
"
    )
}

//= test: cognito.timeout
//= test: cognito.retry
#[test]
fn a_slow_trigger_of_a_user_pool_runs_three_times_for_one_sign_up() {
    check_pair(Pair {
        broken: &sign_up(30),
        mended: &sign_up(4),
        guarantee: GuaranteeName::NoNeedlessRedelivery,
        at: "Pool->F",
        suffices: &[Family::Slow],
        faults: Faults::swarm(),
    });
    let (slow, quick) = (topology(&sign_up(30)), topology(&sign_up(4)));
    let run = |topology, seconds| {
        one_event(topology, "Pool", Faults::none()).handling(takes(seconds)).run_seed(0).timeline()
    };
    let three = run(&slow, 6);
    assert_eq!(three.matches("F runs with").count(), 3, "{three}");
    assert_eq!(run(&quick, 3).matches("F runs with").count(), 1);
}

//= test: firehose.retry
//= test: firehose.failed
#[test]
fn a_transformation_is_repeated_after_throttles_and_not_after_failures() {
    let stream = |places: &str| {
        format!(
            "  F: {{Type: AWS::Serverless::Function, Properties: {{{CODE}, Timeout: 60, ReservedConcurrentExecutions: {places}}}}}
  S: {{Type: AWS::KinesisFirehose::DeliveryStream, Properties: {{ExtendedS3DestinationConfiguration: {{ProcessingConfiguration: {{Enabled: true, Processors: [{{Type: Lambda, Parameters: [{{ParameterName: LambdaArn, ParameterValue: !GetAtt F.Arn}}]}}]}}}}}}}}
"
        )
    };
    let (full, free) = (topology(&stream("0")), topology(&stream("5")));
    let throttled = one_event(&full, "S", Faults::none()).run_seed(0).timeline();
    assert_eq!(count(&throttled, ["sync.invoke", "firehose.throttled"]), [4, 5], "{throttled}");
    let failed = one_event(&free, "S", poison("S")).run_seed(0).timeline();
    assert_eq!(count(&failed, ["sync.invoke"]), [1], "{failed}");
    let fine = one_event(&free, "S", Faults::none()).run_seed(0).timeline();
    assert_eq!(count(&fine, ["sync.invoke", "sync.answer"]), [1, 1], "{fine}");
}

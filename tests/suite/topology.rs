//! What AWS would refuse, and how a topology is written down.

use std::path::Path;

use redrive::models::Models;
use redrive::report::{topology_json, topology_text};
use redrive::template::{ImportOptions, Imported, import_text};
use redrive::topology::{Refusal, refusals};

fn imported(template: &str) -> Imported {
    let models = Models::embedded().expect("the embedded models are sound");
    import_text(Path::new("orders.yaml"), template, &ImportOptions::with_stand_ins(), &models)
}

fn refused(template: &str) -> Vec<Refusal> {
    let models = Models::embedded().expect("the embedded models are sound");
    let topology = imported(template).topology.expect("it is a template");
    refusals(&topology, &models)
}

/// Checks that `refused` breaks the one rule and nothing else, and that `accepted` breaks none.
fn check(rule: &str, refused_template: &str, accepted: &str) -> Refusal {
    let found = refused(refused_template);
    let [refusal] = found.as_slice() else { panic!("{rule}: {found:?}") };
    assert_eq!(refusal.rule, rule);
    assert!(!refusal.message.is_empty() && !refusal.allowed.is_empty(), "{refusal:?}");
    assert_eq!(refused(accepted), [], "{rule}");
    refusal.clone()
}

fn queue(properties: &str) -> String {
    format!("Resources:\n  Q: {{Type: AWS::SQS::Queue, Properties: {{{properties}}}}}")
}

fn function(properties: &str) -> String {
    format!("Resources:\n  F: {{Type: AWS::Lambda::Function, Properties: {{{properties}}}}}")
}

fn mapping(properties: &str, visibility: u32, timeout: u32) -> String {
    format!(
        "Resources:
  Q: {{Type: AWS::SQS::Queue, Properties: {{VisibilityTimeout: {visibility}}}}}
  F: {{Type: AWS::Lambda::Function, Properties: {{Timeout: {timeout}}}}}
  M:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {{EventSourceArn: !GetAtt Q.Arn, FunctionName: !Ref F{properties}}}"
    )
}

fn redriven(source: &str, dead: &str) -> String {
    format!(
        "Resources:
  Q:
    Type: AWS::SQS::Queue
    Properties:
      RedrivePolicy: {{deadLetterTargetArn: !GetAtt D.Arn, maxReceiveCount: 3}}
      {source}
  D: {{Type: AWS::SQS::Queue, Properties: {{{dead}}}}}"
    )
}

//= test: queue.visibility_range
//= test: queue.retention_range
//= test: queue.delay_range
//= test: queue.message_size_range
//= test: queue.receive_wait_range
//= test: function.timeout_range
//= test: function.memory_range
//= test: function.storage_range
//= test: queue_poll.batch_size_range
//= test: queue_poll.window_range
//= test: queue_poll.maximum_concurrency_range
//= test: queue_poll.minimum_pollers_range
//= test: queue_poll.maximum_pollers_range
//= test: queue_poll.provisioned_excludes_maximum
//= test: queue_poll.provisioned_order
#[test]
fn every_setting_has_its_range() {
    let queues = [
        ("queue.visibility_range", "VisibilityTimeout", 43_201, 43_200),
        ("queue.visibility_range", "VisibilityTimeout", 50_000, 0),
        ("queue.retention_range", "MessageRetentionPeriod", 59, 60),
        ("queue.retention_range", "MessageRetentionPeriod", 1_209_601, 1_209_600),
        ("queue.delay_range", "DelaySeconds", 901, 900),
        ("queue.message_size_range", "MaximumMessageSize", 1_023, 1_024),
        ("queue.receive_wait_range", "ReceiveMessageWaitTimeSeconds", 21, 20),
    ];
    for (rule, property, wrong, right) in queues {
        let refusal =
            check(rule, &queue(&format!("{property}: {wrong}")), &queue(&format!("{property}: {right}")));
        assert_eq!((refusal.property.as_str(), refusal.resource.as_str()), (property, "Q"));
        assert_eq!(refusal.place.map(|place| place.line), Some(2));
    }
    let functions = [
        ("function.timeout_range", "Timeout", 0, 1),
        ("function.timeout_range", "Timeout", 901, 900),
        ("function.memory_range", "MemorySize", 127, 128),
    ];
    for (rule, property, wrong, right) in functions {
        check(rule, &function(&format!("{property}: {wrong}")), &function(&format!("{property}: {right}")));
    }
    let storage = |size: u32| function(&format!("EphemeralStorage: {{Size: {size}}}"));
    let refusal = check("function.storage_range", &storage(511), &storage(512));
    assert_eq!((refusal.property.as_str(), refusal.value.as_str()), ("EphemeralStorage.Size", "511"));
    check("function.storage_range", &storage(10_241), &storage(10_240));
    let mappings = [
        ("queue_poll.batch_size_range", ", BatchSize: 0", ", BatchSize: 1"),
        (
            "queue_poll.batch_size_range",
            ", BatchSize: 10001, MaximumBatchingWindowInSeconds: 1",
            ", BatchSize: 10000, MaximumBatchingWindowInSeconds: 1",
        ),
        (
            "queue_poll.window_range",
            ", MaximumBatchingWindowInSeconds: 301",
            ", MaximumBatchingWindowInSeconds: 300",
        ),
        (
            "queue_poll.maximum_concurrency_range",
            ", ScalingConfig: {MaximumConcurrency: 1}",
            ", ScalingConfig: {MaximumConcurrency: 2}",
        ),
        (
            "queue_poll.minimum_pollers_range",
            ", ProvisionedPollerConfig: {MinimumPollers: 1}",
            ", ProvisionedPollerConfig: {MinimumPollers: 2}",
        ),
        (
            "queue_poll.maximum_pollers_range",
            ", ProvisionedPollerConfig: {MaximumPollers: 2001}",
            ", ProvisionedPollerConfig: {MaximumPollers: 2000}",
        ),
        (
            "queue_poll.provisioned_order",
            ", ProvisionedPollerConfig: {MinimumPollers: 9, MaximumPollers: 8}",
            ", ProvisionedPollerConfig: {MinimumPollers: 8, MaximumPollers: 8}",
        ),
        (
            "queue_poll.provisioned_excludes_maximum",
            ", ProvisionedPollerConfig: {}, ScalingConfig: {MaximumConcurrency: 2}",
            ", ProvisionedPollerConfig: {}",
        ),
    ];
    for (rule, wrong, right) in mappings {
        check(rule, &mapping(wrong, 30, 3), &mapping(right, 30, 3));
    }
}

//= test: queue.max_receive_count_range
#[test]
fn a_receive_count_of_zero_is_refused() {
    let policy =
        |count: u32| redriven("", "").replace("maxReceiveCount: 3", &format!("maxReceiveCount: {count}"));
    let refusal = check("queue.max_receive_count_range", &policy(0), &policy(1));
    assert_eq!(refusal.property, "RedrivePolicy.maxReceiveCount");
    assert_eq!((refusal.value.as_str(), refusal.allowed.as_str()), ("0", "1 to 1000"));
    check("queue.max_receive_count_range", &policy(1_001), &policy(1_000));
}

//= test: queue_poll.batch_needs_window
#[test]
fn a_batch_above_ten_needs_a_window() {
    let refusal = check(
        "queue_poll.batch_needs_window",
        &mapping(", BatchSize: 11", 30, 3),
        &mapping(", BatchSize: 11, MaximumBatchingWindowInSeconds: 1", 30, 3),
    );
    assert!(refusal.message.starts_with("Maximum batch window in seconds must be greater than 0"));
    assert_eq!(refused(&mapping(", BatchSize: 10", 30, 3)), []);
}

//= test: queue_poll.visibility_below_timeout
#[test]
fn visibility_below_the_time_out_is_refused_in_the_words_of_aws() {
    let refusal = check("queue_poll.visibility_below_timeout", &mapping("", 30, 60), &mapping("", 60, 60));
    assert_eq!(
        refusal.message,
        "Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds"
    );
    assert_eq!(refusal.resource.as_str(), "Q->F");
}

//= test: queue_poll.response_types_allowed
#[test]
fn a_response_type_is_one_that_lambda_knows() {
    let refusal = check(
        "queue_poll.response_types_allowed",
        &mapping(", FunctionResponseTypes: [ReportNothing]", 30, 3),
        &mapping(", FunctionResponseTypes: [ReportBatchItemFailures]", 30, 3),
    );
    assert_eq!(
        (refusal.value.as_str(), refusal.allowed.as_str()),
        ("ReportNothing", "ReportBatchItemFailures")
    );
}

//= test: queue_poll.no_stream_settings
//= test: queue_poll.no_destination
#[test]
fn stream_settings_and_destinations_are_not_for_queues() {
    check("queue_poll.no_stream_settings", &mapping(", MaximumRetryAttempts: 2", 30, 3), &mapping("", 30, 3));
    let exit = ", DestinationConfig: {OnFailure: {Destination: 'arn:aws:sqs:us-east-1:1:x'}}";
    check("queue_poll.no_destination", &mapping(exit, 30, 3), &mapping("", 30, 3));
}

//= test: queue_poll.source_arn
#[test]
fn a_mapping_names_its_queue_by_the_arn() {
    let right = mapping("", 30, 3);
    for other in ["!GetAtt Q.QueueName", "!Ref Q", "!GetAtt Q.QueueUrl", "!Sub '${Q.QueueName}'"] {
        let refusal = check("queue_poll.source_arn", &right.replace("!GetAtt Q.Arn", other), &right);
        assert!(refusal.message.contains("'eventSourceArn'") && !refusal.message.contains("{source}"));
    }
    let named = right.replace("Properties: {Vis", "Properties: {QueueName: jobs, Vis");
    let of = |source: &str| named.replace("!GetAtt Q.Arn", source);
    for other in ["jobs", "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs"] {
        check("queue_poll.source_arn", &of(other), &of("arn:aws:sqs:eu-west-1:123456789012:jobs"));
    }
}

//= test: queue_poll.queue_missing
//= test: queue_poll.function_missing
//= test: queue_poll.duplicate_mapping
#[test]
fn a_missing_queue_or_function_and_a_second_mapping_are_refused() {
    let right = mapping("", 30, 3);
    check("queue_poll.queue_missing", &right.replace("!GetAtt Q.Arn", "!GetAtt Nowhere.Arn"), &right);
    check("queue_poll.function_missing", &right.replace("!Ref F", "!Ref Nowhere"), &right);
    let second = "
  N:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {EventSourceArn: !GetAtt Q.Arn, FunctionName: !GetAtt F.Arn}";
    let refusal = check("queue_poll.duplicate_mapping", &format!("{right}{second}"), &right);
    assert!(
        refusal.message.contains("(\" Q \")") && refusal.message.contains("(\" F \")"),
        "{}",
        refusal.message
    );
}

//= test: queue.dead_letter_same_type
//= test: queue.redrive_allow
#[test]
fn a_dead_letter_queue_is_of_its_source_s_kind_and_lets_it_in() {
    let fifo = "FifoQueue: true";
    check("queue.dead_letter_same_type", &redriven("", fifo), &redriven(fifo, fifo));
    let deny = "RedriveAllowPolicy: {redrivePermission: denyAll}";
    let by = |queue: &str| {
        format!("RedriveAllowPolicy: {{redrivePermission: byQueue, sourceQueueArns: [!GetAtt {queue}.Arn]}}")
    };
    check("queue.redrive_allow", &redriven("", deny), &redriven("", ""));
    check("queue.redrive_allow", &redriven("", &by("D")), &redriven("", &by("Q")));
}

//= test: fifo.name
//= test: fifo.only_on_fifo
//= test: fifo.scope_allowed
//= test: fifo.limit_allowed
//= test: fifo.limit_needs_scope
#[test]
fn a_fifo_queue_has_its_own_name_and_settings() {
    let fifo = |more: &str| queue(&format!("FifoQueue: true, {more}"));
    check("fifo.name", &fifo("QueueName: orders"), &fifo("QueueName: orders.fifo"));
    check("fifo.name", &queue("QueueName: orders.fifo"), &queue("QueueName: orders"));
    let named = |end: &str| fifo(&format!("QueueName: !Sub '${{AWS::StackName}}-orders{end}'"));
    check("fifo.name", &named(""), &named(".fifo"));
    let based = "ContentBasedDeduplication: true";
    check("fifo.only_on_fifo", &queue(based), &fifo(based));
    let scope = |word: &str| fifo(&format!("DeduplicationScope: {word}"));
    check("fifo.scope_allowed", &scope("group"), &scope("messageGroup"));
    let limit = |word: &str| fifo(&format!("DeduplicationScope: messageGroup, FifoThroughputLimit: {word}"));
    check("fifo.limit_allowed", &limit("perGroup"), &limit("perMessageGroupId"));
    let alone = fifo("FifoThroughputLimit: perMessageGroupId");
    let refusal = check("fifo.limit_needs_scope", &alone, &limit("perMessageGroupId"));
    assert!(refusal.place.is_some() && refusal.allowed.contains("messageGroup"), "{refusal:?}");
}

//= test: queue_poll.fifo_batch_size
//= test: queue_poll.fifo_window
#[test]
fn a_mapping_of_a_fifo_queue_takes_ten_messages_and_waits_for_none() {
    let of_fifo = |properties: &str| {
        mapping(properties, 30, 30)
            .replace("Properties: {Visibility", "Properties: {FifoQueue: true, Visibility")
    };
    check("queue_poll.fifo_batch_size", &of_fifo(", BatchSize: 11"), &of_fifo(", BatchSize: 10"));
    let window = |length: u32| of_fifo(&format!(", MaximumBatchingWindowInSeconds: {length}"));
    let refusal = check("queue_poll.fifo_window", &window(1), &window(0));
    assert_eq!(refusal.message, "Batching window is not supported for FIFO queues");
}

//= test: function.unreserved_minimum
#[test]
fn reservations_leave_places_for_the_others() {
    let refusal = check(
        "function.unreserved_minimum",
        &function("ReservedConcurrentExecutions: 901"),
        &function("ReservedConcurrentExecutions: 900"),
    );
    assert_eq!(refusal.resource.as_str(), "F");
}

const ORDERS: &str = include_str!("fixtures/shown.yaml");

#[test]
fn the_text_shows_every_setting_with_its_origin() {
    let imported = imported(ORDERS);
    let topology = imported.topology.expect("it is a template");
    let text = topology_text(&topology, &imported.diagnostics);
    insta::with_settings!({ snapshot_path => "../../snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("topology_text", text);
    });
}

#[test]
fn the_json_is_the_documented_format() {
    let imported = imported(ORDERS);
    let topology = imported.topology.expect("it is a template");
    let json = topology_json(&topology, &imported.diagnostics);
    assert_eq!(json["format"], "redrive.topology/1");
    let text = serde_json::to_string_pretty(&json).expect("it is plain data");
    insta::with_settings!({ snapshot_path => "../../snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("topology_json", text);
    });
}

//! What AWS refuses of streams and of the mappings that read them, rule by rule, with what would be accepted.

use std::path::Path;
use std::sync::OnceLock;

use redrive::models::Models;
use redrive::template::{ImportOptions, import_text};
use redrive::topology::{Refusal, refusals};

fn models() -> &'static Models {
    static MODELS: OnceLock<Models> = OnceLock::new();
    MODELS.get_or_init(|| Models::embedded().expect("the embedded models load"))
}

fn refusals_of(template: &str) -> Vec<Refusal> {
    let imported = import_text(Path::new("t.yaml"), template, &ImportOptions::with_stand_ins(), models());
    let topology = imported.topology.unwrap_or_else(|| panic!("{template}\n{:?}", imported.diagnostics));
    refusals(&topology, models())
}

/// The rules that refuse resources beside a function and sources of every kind.
fn refused(resources: &str) -> Vec<String> {
    refusals_of(&template(resources)).into_iter().map(|refusal| refusal.rule).collect()
}

fn template(resources: &str) -> String {
    format!(
        "Resources:
  F: {{Type: AWS::Lambda::Function, Properties: {{Role: r, Timeout: 60}}}}
  Slow: {{Type: AWS::Lambda::Function, Properties: {{Role: r, Timeout: 900}}}}
  K: {{Type: AWS::Kinesis::Stream, Properties: {{ShardCount: 1}}}}
  T: {{Type: AWS::DynamoDB::Table, Properties: {{StreamSpecification: {{StreamViewType: NEW_IMAGE}}}}}}
  C: {{Type: AWS::MSK::Cluster}}
  D: {{Type: AWS::DocDB::DBCluster}}
  Q: {{Type: AWS::SQS::Queue}}
  B: {{Type: AWS::S3::Bucket}}
  Bus: {{Type: AWS::Events::EventBus, Properties: {{Name: b}}}}
{resources}
"
    )
}

/// Exactly one rule refuses, at a place, and says what is accepted.
fn check(resources: &str, rule: &str, allowed: &str) {
    let found = refusals_of(&template(resources));
    let [refusal] = found.as_slice() else { panic!("{resources}\n{found:#?}") };
    assert_eq!(refusal.rule, rule, "{resources}");
    assert!(refusal.allowed.contains(allowed), "{resources}\n{refusal:#?}");
    assert!(refusal.place.is_some() && !refusal.message.contains("{stream}"), "{refusal:#?}");
}

fn mapping(source: &str, settings: &str) -> String {
    format!(
        "  M: {{Type: AWS::Lambda::EventSourceMapping, Properties: {{FunctionName: !Ref F, {source}, {settings}}}}}"
    )
}

const K: &str = "EventSourceArn: !GetAtt K.Arn";
const T: &str = "EventSourceArn: !GetAtt T.StreamArn";
const C: &str = "EventSourceArn: !Ref C, Topics: [t]";
const OWN: &str = "SelfManagedEventSource: {Endpoints: {KafkaBootstrapServers: ['a:9092']}}, Topics: [t],
    SourceAccessConfigurations: [{Type: VPC_SUBNET, URI: 'subnet:s'}]";
const D: &str = "EventSourceArn: !Sub 'arn:aws:rds:eu-west-1:1:cluster:${D}', DocumentDBEventSourceConfig: {DatabaseName: d}";
const START: &str = "StartingPosition: LATEST";

/// A mapping that begins with the newest record and says this too.
fn started(source: &str, settings: &str) -> String {
    mapping(source, &format!("{START}, {settings}"))
}

//= test: stream_poll.batch_size_range
//= test: stream_poll.window_range
//= test: stream_poll.parallelization_range
//= test: stream_poll.attempts_range
//= test: stream_poll.age_range
//= test: stream_poll.tumbling_range
#[test]
fn every_setting_of_a_mapping_has_a_range_with_both_ends_in_it() {
    let table = [
        ("BatchSize", "stream_poll.batch_size_range", "1 to 10000", [0, 10_001], [1, 10_000]),
        ("MaximumBatchingWindowInSeconds", "stream_poll.window_range", "to 5m", [301, 900], [0, 300]),
        ("ParallelizationFactor", "stream_poll.parallelization_range", "1 to 10", [0, 11], [1, 10]),
        ("MaximumRetryAttempts", "stream_poll.attempts_range", "0 to 10000", [10_001, 20_000], [0, 10_000]),
        ("MaximumRecordAgeInSeconds", "stream_poll.age_range", "1m to 7d", [59, 604_801], [60, 604_800]),
        ("TumblingWindowInSeconds", "stream_poll.tumbling_range", "to 15m", [901, 1_000], [0, 900]),
    ];
    for (property, rule, allowed, outside, inside) in table {
        for value in outside {
            check(&started(K, &format!("{property}: {value}")), rule, allowed);
            check(&started(T, &format!("{property}: {value}")), rule, allowed);
        }
        for value in inside {
            assert_eq!(
                refused(&started(K, &format!("{property}: {value}"))),
                Vec::<String>::new(),
                "{property}"
            );
        }
    }
    for endless in ["MaximumRetryAttempts: -1", "MaximumRecordAgeInSeconds: -1"] {
        assert_eq!(refused(&started(T, endless)), Vec::<String>::new(), "{endless}");
    }
}

//= test: stream_poll.starting_position
//= test: stream_poll.starting_position_word
//= test: stream_poll.timestamp_needed
//= test: dynamodb_streams.no_timestamp
#[test]
fn a_mapping_says_where_to_begin_and_a_table_has_no_points_in_time() {
    for source in [K, T, C, OWN, D] {
        if [K, T].contains(&source) {
            check(&mapping(source, "Enabled: true"), "stream_poll.starting_position", "LATEST");
        } else {
            assert_eq!(refused(&mapping(source, "Enabled: true")), Vec::<String>::new(), "{source}");
        }
        check(
            &mapping(source, "StartingPosition: NEWEST"),
            "stream_poll.starting_position_word",
            "TRIM_HORIZON",
        );
        assert_eq!(refused(&mapping(source, "StartingPosition: TRIM_HORIZON")), Vec::<String>::new());
    }
    let at = "StartingPosition: AT_TIMESTAMP";
    check(&mapping(K, at), "stream_poll.timestamp_needed", "a time");
    let with_time = format!("{at}, StartingPositionTimestamp: 1700000000");
    assert_eq!(refused(&mapping(K, &with_time)), Vec::<String>::new());
    check(&mapping(T, &with_time), "dynamodb_streams.no_timestamp", "TRIM_HORIZON or LATEST");
    check(
        &started(K, "StartingPositionTimestamp: 1700000000"),
        "stream_poll.timestamp_needed",
        "AT_TIMESTAMP",
    );
}

//= test: stream_poll.no_queue_settings
//= test: stream_poll.no_pollers
//= test: stream_poll.no_success_destination
//= test: stream_poll.response_types_allowed
#[test]
fn what_is_for_other_sources_is_refused() {
    check(&started(K, "ScalingConfig: {MaximumConcurrency: 5}"), "stream_poll.no_queue_settings", "Kinesis");
    let pollers = "ProvisionedPollerConfig: {MinimumPollers: 1}";
    check(&started(T, pollers), "stream_poll.no_pollers", "DynamoDB");
    let success = "DestinationConfig: {OnSuccess: {Destination: !GetAtt Q.Arn}}";
    check(&started(K, success), "stream_poll.no_success_destination", "nothing");
    let responses = "FunctionResponseTypes: [ReportFailures]";
    check(&started(T, responses), "stream_poll.response_types_allowed", "ReportBatchItemFailures");
    let fine = "FunctionResponseTypes: [ReportBatchItemFailures]";
    assert_eq!(refused(&started(T, fine)), Vec::<String>::new());
}

//= test: msk.provisioned_only
//= test: msk.no_shard_settings
//= test: msk.topics
//= test: self_managed_kafka.provisioned_only
//= test: self_managed_kafka.no_shard_settings
//= test: self_managed_kafka.topics
//= test: self_managed_kafka.credentials
//= test: stream_poll.minimum_pollers_range
//= test: stream_poll.maximum_pollers_range
//= test: stream_poll.pollers_order
#[test]
fn kafka_bounds_retries_in_provisioned_mode_alone_and_has_neither_lanes_nor_windows() {
    let pollers = |least: u32, most: u32| {
        format!("ProvisionedPollerConfig: {{MinimumPollers: {least}, MaximumPollers: {most}}}")
    };
    for (source, id) in [(C, "msk"), (OWN, "self_managed_kafka")] {
        let only = format!("{id}.provisioned_only");
        for setting in ["MaximumRetryAttempts: 3", "BisectBatchOnFunctionError: true"] {
            check(&started(source, setting), &only, "ProvisionedPollerConfig");
            let provisioned = format!("{setting}, {}", pollers(1, 5));
            assert_eq!(refused(&started(source, &provisioned)), Vec::<String>::new(), "{setting}");
        }
        check(&started(source, "ParallelizationFactor: 2"), &format!("{id}.no_shard_settings"), "nothing");
        check(&started(source, "TumblingWindowInSeconds: 5"), &format!("{id}.no_shard_settings"), "nothing");
        let without = source.replace("Topics: [t]", "BatchSize: 1");
        check(&started(&without, "Enabled: true"), &format!("{id}.topics"), "one topic");
        let several = source.replace("Topics: [t]", "Topics: [t, u]");
        check(&started(&several, "Enabled: true"), &format!("{id}.topics"), "one topic");
        check(&started(source, &pollers(0, 5)), "stream_poll.minimum_pollers_range", "1 to 200");
        check(&started(source, &pollers(1, 2_001)), "stream_poll.maximum_pollers_range", "1 to 2000");
        check(&started(source, &pollers(6, 5)), "stream_poll.pollers_order", "at most 5");
    }
    let open =
        OWN.replace("SourceAccessConfigurations: [{Type: VPC_SUBNET, URI: 'subnet:s'}]", "BatchSize: 1");
    check(&started(&open, "Enabled: true"), "self_managed_kafka.credentials", "log in");
}

//= test: documentdb.no_other_settings
//= test: documentdb.database
#[test]
fn a_change_stream_takes_little_and_needs_its_database() {
    for setting in ["BisectBatchOnFunctionError: true", "MaximumRetryAttempts: 3", "ParallelizationFactor: 2"]
    {
        check(&started(D, setting), "documentdb.no_other_settings", "DocumentDB");
    }
    let without = D.replace("{DatabaseName: d}", "{FullDocument: Default}");
    check(&started(&without, "Enabled: true"), "documentdb.database", "database");
}

//= test: stream_poll.destination_kind
//= test: stream_poll.destination_missing
#[test]
fn what_is_given_up_goes_to_a_queue_a_topic_or_a_bucket() {
    let to = |target: &str| format!("DestinationConfig: {{OnFailure: {{Destination: {target}}}}}");
    for target in
        ["!GetAtt F.Arn", "!GetAtt Bus.Arn", "'arn:aws:lambda:eu-west-1:1:function:x'", "'kafka://t'"]
    {
        check(&started(K, &to(target)), "stream_poll.destination_kind", "a bucket");
    }
    for target in ["!GetAtt Q.Arn", "!GetAtt B.Arn", "'arn:aws:sns:eu-west-1:1:elsewhere'"] {
        assert_eq!(refused(&started(K, &to(target))), Vec::<String>::new(), "{target}");
    }
    assert_eq!(refused(&started(C, &to("'kafka://failed'"))), Vec::<String>::new());
    check(&started(K, &to("!GetAtt Nowhere.Arn")), "stream_poll.destination_missing", "declared");
}

//= test: stream_poll.destination_loop
#[test]
fn a_topic_takes_no_failures_of_its_own_records() {
    let to = |target: &str| format!("DestinationConfig: {{OnFailure: {{Destination: {target}}}}}");
    for source in [C, OWN] {
        check(&started(source, &to("'kafka://t'")), "stream_poll.destination_loop", "another topic");
        assert_eq!(refused(&started(source, &to("'kafka://t-failed'"))), Vec::<String>::new(), "{source}");
        assert_eq!(refused(&started(source, &to("!GetAtt Q.Arn"))), Vec::<String>::new(), "{source}");
    }
    let named = "EventSourceArn: !Ref C, Topics: [!Sub '${AWS::StackName}-t']";
    let own = to("!Sub 'kafka://${AWS::StackName}-t'");
    check(&started(named, &own), "stream_poll.destination_loop", "another topic");
    assert_eq!(refused(&started(named, &to("'kafka://t'"))), Vec::<String>::new());
}

/// A stream and a table that are found by their names too.
const NAMED: &str = "  Kn: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 1, Name: clicks}}
  Tn: {Type: AWS::DynamoDB::Table, Properties: {TableName: items, StreamSpecification: {StreamViewType: NEW_IMAGE}}}
  Seen: {Type: AWS::Kinesis::StreamConsumer, Properties: {ConsumerName: c, StreamARN: !GetAtt K.Arn}}
";

//= test: stream_poll.source_arn
//= test: dynamodb_streams.source_arn
#[test]
fn a_mapping_names_its_stream_by_the_arn_of_the_stream() {
    let from =
        |source: &str| format!("{NAMED}{}", started(&format!("EventSourceArn: {source}"), "Enabled: true"));
    for name in ["!Ref K", "!Sub '${K}'", "!GetAtt K.StreamId", "clicks", "items"] {
        check(&from(name), "stream_poll.source_arn", "an ARN");
    }
    for table in ["!GetAtt T.Arn", "!Ref T", "!Sub '${T.Arn}'", "arn:aws:dynamodb:eu-west-1:1:table/items"] {
        check(&from(table), "dynamodb_streams.source_arn", "StreamArn");
    }
    check(
        &from("!Sub 'arn:aws:dynamodb:${AWS::Region}:1:table/${T}'"),
        "dynamodb_streams.source_arn",
        "StreamArn",
    );
    for arn in [
        "!GetAtt K.Arn",
        "!Sub '${K.Arn}'",
        "!Sub 'arn:aws:kinesis:${AWS::Region}:1:stream/${K}'",
        "arn:aws:kinesis:eu-west-1:1:stream/clicks",
        "arn:aws:kinesis:eu-west-1:1:stream/elsewhere",
        "!Ref Seen",
        "!GetAtt Seen.ConsumerARN",
        "!GetAtt T.StreamArn",
        "arn:aws:dynamodb:eu-west-1:1:table/items/stream/2026-01-01T00:00:00.000",
        "!Sub 'arn:aws:dynamodb:${AWS::Region}:1:table/${T}/stream/${AWS::StackName}'",
        "!ImportValue clicks-arn",
    ] {
        assert_eq!(refused(&from(arn)), Vec::<String>::new(), "{arn}");
    }
}

//= test: stream_poll.filter_pattern
//= test: stream_poll.filter_count
#[test]
fn a_filter_that_cannot_be_read_or_has_too_many_patterns_is_refused() {
    let filters = |pattern: &str, count: usize| {
        let each = vec![format!("{{Pattern: '{pattern}'}}"); count];
        format!("FilterCriteria: {{Filters: [{}]}}", each.join(", "))
    };
    let item = r#"{"eventName": ["INSERT"], "dynamodb": {"NewImage": {"kind": {"S": ["order"]}}}}"#;
    let data = r#"{"data": {"kind": ["order"]}}"#;
    for (source, pattern) in [(K, data), (T, item), (C, r#"{"value": {"kind": ["order"]}}"#)] {
        assert_eq!(refused(&started(source, &filters(pattern, 5))), Vec::<String>::new(), "{pattern}");
        check(&started(source, &filters(pattern, 6)), "stream_poll.filter_count", "at most 5");
        for wrong in [r#"{"data": "order"}"#, r#"{"data": ["#, r#"{"data": [{"like": "a"}]}"#] {
            check(&started(source, &filters(wrong, 1)), "stream_poll.filter_pattern", "without these");
        }
    }
}

//= test: stream_poll.stream_missing
//= test: stream_poll.function_missing
//= test: stream_poll.duplicate_mapping
//= test: self_managed_kafka.duplicate_mapping
//= test: stream_poll.function_time
#[test]
fn a_mapping_has_both_ends_once_and_a_function_that_ends_in_time() {
    let plain = "  Plain: {Type: AWS::DynamoDB::Table}\n";
    let without = mapping("EventSourceArn: !GetAtt Plain.StreamArn", START);
    check(&format!("{plain}{without}"), "stream_poll.stream_missing", "StreamSpecification");
    let nowhere = started(K, "Enabled: true").replace("!Ref F", "!Ref Nowhere");
    check(&nowhere, "stream_poll.function_missing", "declared");
    for (source, rule) in
        [(K, "stream_poll.duplicate_mapping"), (OWN, "self_managed_kafka.duplicate_mapping")]
    {
        let one = started(source, "BatchSize: 5");
        check(&format!("{one}\n{}", one.replace("  M:", "  N:")), rule, "one mapping from");
    }
    let slow = started(C, "BatchSize: 5").replace("!Ref F", "!Ref Slow");
    check(&slow, "stream_poll.function_time", "at most 14m");
    assert_eq!(refused(&started(K, "BatchSize: 5").replace("!Ref F", "!Ref Slow")), Vec::<String>::new());
}

//= test: kinesis.retention_range
//= test: kinesis.shard_count
//= test: kinesis.mode
//= test: dynamodb_streams.view_type
#[test]
fn a_stream_outside_what_aws_takes_is_refused() {
    let stream =
        |properties: &str| format!("  S: {{Type: AWS::Kinesis::Stream, Properties: {{{properties}}}}}");
    check(&stream("ShardCount: 1, RetentionPeriodHours: 23"), "kinesis.retention_range", "1d to 365d");
    check(&stream("ShardCount: 1, RetentionPeriodHours: 8761"), "kinesis.retention_range", "1d to 365d");
    check(&stream("ShardCount: 0"), "kinesis.shard_count", "1 to");
    let mode = |mode: &str, more: &str| stream(&format!("StreamModeDetails: {{StreamMode: {mode}}}{more}"));
    check(&mode("ON_DEMAND", ", ShardCount: 2"), "kinesis.shard_count", "on demand");
    check(&mode("PROVISIONED", ""), "kinesis.shard_count", "at least 1");
    check(&mode("ELASTIC", ", ShardCount: 2"), "kinesis.mode", "ON_DEMAND");
    for fine in [
        mode("ON_DEMAND", ""),
        mode("PROVISIONED", ", ShardCount: 2"),
        stream("RetentionPeriodHours: 8760, ShardCount: 1"),
    ] {
        assert_eq!(refused(&fine), Vec::<String>::new(), "{fine}");
    }
    let table = |view: &str| {
        format!(
            "  S: {{Type: AWS::DynamoDB::Table, Properties: {{StreamSpecification: {{StreamViewType: {view}}}}}}}"
        )
    };
    check(&table("NEW_IMAGES"), "dynamodb_streams.view_type", "NEW_AND_OLD_IMAGES");
    assert_eq!(refused(&table("KEYS_ONLY")), Vec::<String>::new());
}

//! Streams from templates: what is a stream, what a mapping on one says, who may read it.

use std::path::Path;
use std::sync::OnceLock;

use redrive::models::Models;
use redrive::report::{topology_json, topology_text};
use redrive::template::{ImportOptions, Imported, import_text};
use redrive::topology::{
    Exit, Link, LinkDetail, LinkEnd, Origin, Permitted, Reading, ResourceDetail, ResponseType,
    StartingPosition, Stream, StreamKind, StreamMapping, Topology, refusals,
};
use redrive::vocabulary::{Duration, Severity};

fn models() -> &'static Models {
    static MODELS: OnceLock<Models> = OnceLock::new();
    MODELS.get_or_init(|| Models::embedded().expect("the embedded models load"))
}

fn imported(template: &str) -> Imported {
    import_text(Path::new("template.yaml"), template, &ImportOptions::with_stand_ins(), models())
}

/// The topology of a template about which there is nothing to say.
fn topology(template: &str) -> Topology {
    let imported = imported(template);
    let problems: Vec<_> = imported.diagnostics.iter().filter(|one| one.severity != Severity::Note).collect();
    assert!(problems.is_empty(), "{template}\n{problems:?}");
    imported.topology.expect("it is a template")
}

/// Resources beside a function with a role that may do anything, and mappings of the function.
fn with(resources: &str, mapping: &str) -> String {
    format!(
        "Parameters: {{Open: {{Type: String}}}}
Resources:
  F: {{Type: AWS::Lambda::Function, Properties: {{Role: !GetAtt Role.Arn, Timeout: 60}}}}
  Role:
    Type: AWS::IAM::Role
    Properties: {{Policies: [{{PolicyDocument: {{Statement: [{{Effect: Allow, Action: '*', Resource: '*'}}]}}}}]}}
  K: {{Type: AWS::Kinesis::Stream, Properties: {{ShardCount: 3}}}}
  T: {{Type: AWS::DynamoDB::Table, Properties: {{TableName: things, StreamSpecification: {{StreamViewType: NEW_IMAGE}}}}}}
  C: {{Type: AWS::MSK::Cluster}}
  Q: {{Type: AWS::SQS::Queue}}
{resources}
  M: {{Type: AWS::Lambda::EventSourceMapping, Properties: {{FunctionName: !Ref F, {mapping}}}}}
"
    )
}

fn read(topology: &Topology) -> (&Link, &StreamMapping) {
    let mut found = topology.links.iter().filter_map(|link| match &link.detail {
        LinkDetail::StreamPolling(mapping) => Some((link, &**mapping)),
        LinkDetail::QueuePolling(_)
        | LinkDetail::Delivers(_)
        | LinkDetail::Sends(_)
        | LinkDetail::Unmodelled => None,
    });
    found.next().unwrap_or_else(|| panic!("no mapping reads a stream: {:#?}", topology.links))
}

fn stream<'t>(topology: &'t Topology, name: &str) -> Option<&'t Stream> {
    match &topology.resource(topology.find(name)?).detail {
        ResourceDetail::Stream(stream) => Some(stream),
        ResourceDetail::Queue(_)
        | ResourceDetail::Function(_)
        | ResourceDetail::Channel(_)
        | ResourceDetail::Other => None,
    }
}

const KINESIS: &str = "EventSourceArn: !GetAtt K.Arn, StartingPosition: LATEST";
const HOUR: Duration = Duration::from_secs(3_600);

//= test: kinesis.retention
//= test: dynamodb_streams.retention
#[test]
fn a_stream_keeps_records_as_long_as_it_says_and_a_table_for_a_day() {
    let more = "  Long: {Type: AWS::Kinesis::Stream, Properties: {RetentionPeriodHours: 48, StreamModeDetails: {StreamMode: ON_DEMAND}}}
  Plain: {Type: AWS::DynamoDB::Table}
  Everywhere: {Type: AWS::DynamoDB::GlobalTable, Properties: {StreamSpecification: {StreamViewType: KEYS_ONLY}}}";
    let topology = topology(&with(more, KINESIS));
    let told = |name: &str| {
        let stream = stream(&topology, name)?;
        let shards = stream.shards.as_ref().map(|shards| shards.value);
        Some((stream.kind, shards, stream.retention.value))
    };
    let day = Duration::from_secs(24 * 3_600);
    assert_eq!(told("K"), Some((StreamKind::Kinesis, Some(3), day)));
    assert_eq!(told("Long"), Some((StreamKind::Kinesis, None, Duration::from_secs(48 * 3_600))));
    assert_eq!(told("T"), Some((StreamKind::DynamoDb, None, day)));
    assert_eq!(told("Everywhere"), Some((StreamKind::DynamoDb, None, day)));
    assert_eq!(told("Plain"), None, "a table without a StreamSpecification has no stream");
    assert_eq!(told("C"), None, "nothing reads the cluster");
    assert_eq!(refusals(&topology, models()), []);
}

#[test]
fn a_mapping_says_all_that_streams_take() {
    let text = with(
        "",
        "EventSourceArn: !GetAtt K.Arn, StartingPosition: AT_TIMESTAMP, StartingPositionTimestamp: 1700000000,
        BatchSize: 50, MaximumBatchingWindowInSeconds: 5, ParallelizationFactor: 4, MaximumRetryAttempts: 2,
        MaximumRecordAgeInSeconds: 3600, BisectBatchOnFunctionError: true, TumblingWindowInSeconds: 30,
        FunctionResponseTypes: [ReportBatchItemFailures], Enabled: false,
        DestinationConfig: {OnFailure: {Destination: !GetAtt Q.Arn}},
        FilterCriteria: {Filters: [{Pattern: '{\"data\": {\"kind\": [\"order\"]}}'}]}",
    );
    let topology = topology(&text);
    let (link, mapping) = read(&topology);
    assert_eq!((mapping.name.as_str(), link.source.as_str()), ("K->F", "kinesis"));
    assert_eq!(
        (mapping.enabled.value, mapping.batch_size.value, mapping.parallelization.value),
        (false, 50, 4)
    );
    assert_eq!(mapping.batching_window.value, Duration::from_secs(5));
    let position = mapping.starting_position.as_ref().map(|position| position.value);
    assert_eq!(position, Some(StartingPosition::AtTimestamp));
    assert_eq!(mapping.attempts.as_ref().map(|attempts| attempts.value), Some(2));
    assert_eq!(mapping.age.as_ref().map(|age| age.value), Some(HOUR));
    assert_eq!((mapping.bisect.value, mapping.tumbling_window.value), (true, Duration::from_secs(30)));
    assert_eq!(
        (mapping.response_type.value, mapping.reading),
        (ResponseType::BatchItemFailures, Reading::Shared)
    );
    assert_eq!(mapping.wanted().len(), 1);
    let exit = mapping.on_failure.as_ref().map(|exit| (topology.end_name(&exit.target), exit.permitted));
    assert_eq!(exit, Some(("Q", Permitted::Granted)));
    assert_eq!(refusals(&topology, models()), []);
}

#[test]
fn what_a_mapping_leaves_out_has_the_defaults_of_streams_and_no_end() {
    for limits in ["", ", MaximumRetryAttempts: -1, MaximumRecordAgeInSeconds: -1"] {
        let topology = topology(&with("", &format!("{KINESIS}{limits}")));
        let (_, mapping) = read(&topology);
        let default = "setting.AWS::Lambda::EventSourceMapping.BatchSize".to_owned();
        assert_eq!((mapping.batch_size.value, &mapping.batch_size.origin), (100, &Origin::Default(default)));
        assert_eq!((mapping.batching_window.value, mapping.parallelization.value), (Duration::ZERO, 1));
        assert_eq!((&mapping.attempts, &mapping.age), (&None, &None), "{limits}");
        assert!(!mapping.bisect.value && mapping.enabled.value && mapping.on_failure.is_none());
        assert_eq!(refusals(&topology, models()), [], "{limits}");
    }
}

#[test]
fn a_setting_that_the_template_leaves_open_has_the_ends_of_its_range() {
    let topology =
        topology(&with("", &format!("{KINESIS}, BatchSize: !Ref Open, MaximumRetryAttempts: !Ref Open")));
    let (_, mapping) = read(&topology);
    let open = mapping.batch_size.unknown.as_ref().map(|open| open.alternatives.clone());
    assert_eq!(open, Some(vec![100, 1, 10_000]));
    let attempts = mapping.attempts.as_ref().and_then(|attempts| attempts.unknown.as_ref());
    assert_eq!(attempts.map(|open| open.alternatives.clone()), Some(vec![1, 10_000]));
}

#[test]
fn a_stream_is_found_by_every_spelling() {
    let consumer =
        "  R: {Type: AWS::Kinesis::StreamConsumer, Properties: {ConsumerName: r, StreamARN: !GetAtt K.Arn}}
  N: {Type: AWS::Kinesis::Stream, Properties: {Name: named, ShardCount: 1}}";
    let table = [
        ("!GetAtt K.Arn", "K", "kinesis", Reading::Shared),
        ("!Ref R", "K", "kinesis", Reading::Dedicated),
        ("!GetAtt R.ConsumerARN", "K", "kinesis", Reading::Dedicated),
        (
            "!Sub 'arn:aws:kinesis:${AWS::Region}:${AWS::AccountId}:stream/${K}'",
            "K",
            "kinesis",
            Reading::Shared,
        ),
        ("'arn:aws:kinesis:eu-west-1:123456789012:stream/named'", "N", "kinesis", Reading::Shared),
        (
            "'arn:aws:kinesis:eu-west-1:123456789012:stream/named/consumer/c:1'",
            "N",
            "kinesis",
            Reading::Dedicated,
        ),
        ("!GetAtt T.StreamArn", "T", "dynamodb_streams", Reading::Shared),
        (
            "'arn:aws:dynamodb:eu-west-1:123456789012:table/things/stream/2026-01-01T00:00:00.000'",
            "T",
            "dynamodb_streams",
            Reading::Shared,
        ),
    ];
    for (written, name, source, reading) in table {
        let topology =
            topology(&with(consumer, &format!("EventSourceArn: {written}, StartingPosition: LATEST")));
        let (link, mapping) = read(&topology);
        let found = (topology.end_name(&link.from), link.source.as_str(), mapping.reading);
        assert_eq!(found, (name, source, reading), "{written}");
    }
}

#[test]
fn a_stream_that_is_declared_elsewhere_is_read_too() {
    let arn = "arn:aws:kinesis:eu-west-1:123456789012:stream/elsewhere";
    let table = [
        (format!("'{arn}'"), "kinesis"),
        ("'arn:aws:dynamodb:eu-west-1:123456789012:table/t/stream/x'".to_owned(), "dynamodb_streams"),
        ("!ImportValue OrdersTableStream".to_owned(), "dynamodb_streams"),
        ("!ImportValue OrdersStream".to_owned(), "kinesis"),
        ("'arn:aws:kafka:eu-west-1:123456789012:cluster/c/1', Topics: [t]".to_owned(), "msk"),
        ("!ImportValue OrdersCluster, Topics: [t]".to_owned(), "msk"),
    ];
    for (written, source) in table {
        let mapping = format!("EventSourceArn: {written}, StartingPosition: LATEST");
        let imported = imported(&with("", &mapping));
        let topology = imported.topology.expect("it is a template");
        let (link, mapping) = read(&topology);
        assert_eq!(link.source, source, "{written}");
        assert!(matches!(link.from, LinkEnd::Outside(_)), "{written}");
        assert_eq!((link.permitted, mapping.batch_size.value), (Permitted::Unknown, 100), "{written}");
    }
}

//= test: msk.window
//= test: self_managed_kafka.window
//= test: documentdb.window
//= test: msk.retries_with_destination
//= test: self_managed_kafka.retries_with_destination
#[test]
fn kafka_gathers_for_half_a_second_and_gives_up_after_ten_retries_where_it_can_tell_somebody() {
    let kafka =
        "SelfManagedEventSource: {Endpoints: {KafkaBootstrapServers: ['a:9092']}}, StartingPosition: LATEST,
        Topics: [orders], SourceAccessConfigurations: [{Type: VPC_SUBNET, URI: 'subnet:s'}]";
    let msk = "EventSourceArn: !Ref C, StartingPosition: TRIM_HORIZON, Topics: [orders]";
    let documents = "EventSourceArn: !Sub 'arn:aws:rds:eu-west-1:1:cluster:${D}', StartingPosition: LATEST,
        DocumentDBEventSourceConfig: {DatabaseName: shop}";
    let docs = "  D: {Type: AWS::DocDB::DBCluster}";
    let gathers = |resources: &str, mapping: &str| {
        let topology = topology(&with(resources, mapping));
        let (_, mapping) = read(&topology);
        assert_eq!(refusals(&topology, models()), []);
        let attempts = mapping.attempts.as_ref().map(|attempts| attempts.value);
        (mapping.batching_window.value, attempts, mapping.topic.clone())
    };
    let half = Duration::from_millis(500);
    let exit = "DestinationConfig: {OnFailure: {Destination: !GetAtt Q.Arn}}";
    assert_eq!(gathers("", msk), (half, None, Some("orders".to_owned())));
    assert_eq!(gathers("", kafka), (half, None, Some("orders".to_owned())));
    assert_eq!(gathers(docs, documents), (half, None, Some("shop".to_owned())));
    assert_eq!(gathers("", &format!("{msk}, {exit}")).1, Some(10));
    assert_eq!(gathers("", &format!("{kafka}, {exit}")).1, Some(10));
    let zero = format!("{msk}, MaximumBatchingWindowInSeconds: 0");
    assert_eq!(gathers("", &zero).0, Duration::ZERO);
    let kinesis = format!("{KINESIS}, {exit}");
    assert_eq!(gathers("", &kinesis).1, None, "Kinesis goes on until the record expires");
}

#[test]
fn two_topics_of_a_cluster_are_two_mappings() {
    let msk = |topic: &str| format!("EventSourceArn: !Ref C, StartingPosition: LATEST, Topics: [{topic}]");
    let more = format!(
        "  N: {{Type: AWS::Lambda::EventSourceMapping, Properties: {{FunctionName: !Ref F, {}}}}}",
        msk("bills")
    );
    let topology = topology(&with(&more, &msk("orders")));
    let names = topology.links.iter().filter_map(|link| match &link.detail {
        LinkDetail::StreamPolling(mapping) => Some(mapping.name.as_str()),
        LinkDetail::QueuePolling(_)
        | LinkDetail::Delivers(_)
        | LinkDetail::Sends(_)
        | LinkDetail::Unmodelled => None,
    });
    assert_eq!(names.collect::<Vec<_>>(), ["C->F", "C->F (orders)"]);
    assert_eq!(refusals(&topology, models()), []);
}

/// Whether a role with these statements may read, and send what it gives up.
fn permitted(source: &str, statements: &str) -> (Permitted, Option<Permitted>) {
    let text = with("", &format!("EventSourceArn: {source}, StartingPosition: LATEST, DestinationConfig: {{OnFailure: {{Destination: !GetAtt Q.Arn}}}}"))
        .replace("{Effect: Allow, Action: '*', Resource: '*'}", statements);
    let imported = imported(&text);
    let topology = imported.topology.expect("it is a template");
    let (link, mapping) = read(&topology);
    (link.permitted, mapping.on_failure.as_ref().map(|exit: &Exit| exit.permitted))
}

//= test: stream_poll.role_permissions
//= test: stream_poll.destination_permission
#[test]
fn the_role_of_the_function_has_to_be_let_read_the_stream_and_send_what_is_given_up() {
    use Permitted::{Denied, Granted, Unknown};
    let kinesis = "kinesis:DescribeStream, kinesis:GetRecords, kinesis:GetShardIterator";
    let table = "dynamodb:DescribeStream, dynamodb:GetRecords, dynamodb:GetShardIterator";
    let allow = |actions: &str, on: &str| format!("{{Effect: Allow, Action: [{actions}], Resource: {on}}}");
    let cases = [
        ("!GetAtt K.Arn", allow(kinesis, "!GetAtt K.Arn"), Granted),
        ("!GetAtt K.Arn", allow("'kinesis:*'", "'*'"), Granted),
        (
            "!GetAtt K.Arn",
            allow(kinesis, "!Sub 'arn:aws:kinesis:${AWS::Region}:${AWS::AccountId}:stream/${K}'"),
            Granted,
        ),
        ("!GetAtt K.Arn", allow("kinesis:GetRecords, kinesis:GetShardIterator", "!GetAtt K.Arn"), Denied),
        ("!GetAtt K.Arn", allow(kinesis, "!GetAtt Q.Arn"), Denied),
        ("!GetAtt K.Arn", allow(kinesis, "!Ref Open"), Unknown),
        ("!GetAtt T.StreamArn", allow(table, "!GetAtt T.StreamArn"), Granted),
        ("!GetAtt T.StreamArn", allow(table, "!Sub '${T.Arn}/stream/*'"), Granted),
        ("!GetAtt T.StreamArn", allow(table, "'*'"), Granted),
        ("!GetAtt T.StreamArn", allow(table, "!GetAtt T.Arn"), Denied),
        ("!GetAtt T.StreamArn", allow("dynamodb:GetItem", "'*'"), Denied),
    ];
    for (source, statement, word) in cases {
        assert_eq!(permitted(source, &statement), (word, Some(Denied)), "{statement}");
        let both = format!("{statement}, {}", allow("sqs:SendMessage", "!GetAtt Q.Arn"));
        assert_eq!(permitted(source, &both), (word, Some(Granted)), "{both}");
    }
    // What a denial proposes names the stream of the table and not the table.
    let text = with("", "EventSourceArn: !GetAtt T.StreamArn, StartingPosition: LATEST")
        .replace("Action: '*', Resource: '*'", "Action: 'dynamodb:GetItem', Resource: '*'");
    let topology = topology(&text);
    let lines = topology.rights.iter().flat_map(|right| &right.denials).flat_map(|one| &one.repair.lines);
    assert!(
        lines.into_iter().any(|line| line.ends_with("Resource: !GetAtt T.StreamArn")),
        "{:#?}",
        topology.rights
    );
}

const SAM: &str = "Transform: AWS::Serverless-2016-10-31
Resources:
  K: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 1}}
  T: {Type: AWS::DynamoDB::Table, Properties: {StreamSpecification: {StreamViewType: NEW_IMAGE}}}
  C: {Type: AWS::MSK::Cluster}
  D: {Type: AWS::DocDB::DBCluster}
  B: {Type: AWS::S3::Bucket}
  Q: {Type: AWS::SQS::Queue}
  N: {Type: AWS::SNS::Topic}
  F:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: a.b
      CodeUri: src
      Events:
        E: {Type: TYPE, Properties: {PROPERTIES}}
";

#[test]
fn events_of_sam_bring_the_rights_to_read_and_to_tell_of_failures() {
    let table = [
        ("Kinesis", "Stream: !GetAtt K.Arn", "K->F", Permitted::Granted),
        ("DynamoDB", "Stream: !GetAtt T.StreamArn", "T->F", Permitted::Granted),
        ("MSK", "Stream: !Ref C, Topics: [t]", "C->F", Permitted::Granted),
        (
            "SelfManagedKafka",
            "KafkaBootstrapServers: ['a:9092'], Topics: [t], SourceAccessConfigurations: [{Type: VPC_SUBNET, URI: 'subnet:s'}]",
            "Kafka at a:9092->F",
            Permitted::Unknown,
        ),
        (
            "DocumentDB",
            "Cluster: !Sub 'arn:aws:rds:eu-west-1:1:cluster:${D}', DatabaseName: d, SourceAccessConfigurations: [{Type: BASIC_AUTH, URI: s}]",
            "D->F",
            Permitted::Unknown,
        ),
    ];
    for (event, properties, name, permitted) in table {
        let properties = format!("{properties}, StartingPosition: LATEST");
        let topology = topology(&SAM.replace("TYPE", event).replace("PROPERTIES", &properties));
        let (link, mapping) = read(&topology);
        assert_eq!((mapping.name.as_str(), link.permitted), (name, permitted), "{event}");
        assert_eq!(refusals(&topology, models()), [], "{event}");
    }
    for (kind, target) in [("SQS", "!GetAtt Q.Arn"), ("SNS", "!Ref N"), ("S3", "!GetAtt B.Arn")] {
        let properties = format!(
            "Stream: !GetAtt K.Arn, StartingPosition: LATEST, DestinationConfig: {{OnFailure: {{Type: {kind}, Destination: {target}}}}}"
        );
        let topology = topology(&SAM.replace("TYPE", "Kinesis").replace("PROPERTIES", &properties));
        let (_, mapping) = read(&topology);
        let exit = mapping.on_failure.as_ref().map(|exit| exit.permitted);
        assert_eq!(exit, Some(Permitted::Granted), "{kind}");
        assert_eq!(refusals(&topology, models()), [], "{kind}");
    }
}

#[test]
fn a_mapping_on_a_table_without_a_stream_is_told_and_delivers_nothing() {
    let template = with(
        "  Plain: {Type: AWS::DynamoDB::Table}",
        "EventSourceArn: !GetAtt Plain.StreamArn, StartingPosition: LATEST",
    );
    let topology = imported(&template).topology.expect("it is a template");
    let cost = topology.unmodelled.iter().map(|one| one.cost.as_str()).collect::<Vec<_>>();
    assert_eq!(cost, ["nothing is delivered: Plain has no StreamSpecification, so it has no stream"]);
}

#[test]
fn reports_of_a_topology_show_streams_and_what_reads_them() {
    let more =
        "  R: {Type: AWS::Kinesis::StreamConsumer, Properties: {ConsumerName: r, StreamARN: !GetAtt K.Arn}}";
    let mapping = "EventSourceArn: !Ref R, StartingPosition: TRIM_HORIZON, MaximumRetryAttempts: 3";
    let topology = topology(&with(more, mapping));
    let text = topology_text(&topology, &[]);
    let shows = |words: &[&str]| text.lines().any(|line| words.iter().all(|word| line.contains(word)));
    assert!(shows(&["Kinesis stream K"]) && shows(&["ShardCount", "3"]), "{text}");
    assert!(shows(&["K -> F: stream_poll (kinesis), permission granted"]), "{text}");
    assert!(shows(&["MaximumRecordAgeInSeconds", "without end"]), "{text}");
    assert!(shows(&["Consumer", "enhanced fan-out"]), "{text}");
    let json = topology_json(&topology, &[]);
    let link = &json["links"][0];
    assert_eq!((link["model"].as_str(), link["simulated"].as_bool()), (Some("stream_poll"), Some(true)));
    assert_eq!(link["settings"]["MaximumRetryAttempts"]["value"].as_u64(), Some(3));
}

#[test]
fn a_function_that_knows_a_stream_and_may_put_records_into_it_sends_there() {
    let sender = |action: &str| {
        format!(
            "  S: {{Type: AWS::Lambda::Function, Properties: {{Role: !GetAtt Other.Arn, Environment: {{Variables: {{TO: !Ref K}}}}}}}}
  Other:
    Type: AWS::IAM::Role
    Properties: {{Policies: [{{PolicyDocument: {{Statement: [{{Effect: Allow, Action: '{action}', Resource: !GetAtt K.Arn}}]}}}}]}}"
        )
    };
    let sends = |action: &str| {
        let topology = topology(&with(&sender(action), KINESIS));
        let is_send = |link: &&Link| matches!(link.detail, LinkDetail::Sends(_));
        let ends = topology.links.iter().filter(is_send).map(|link| topology.end_name(&link.to).to_owned());
        ends.collect::<Vec<_>>()
    };
    assert_eq!(sends("kinesis:PutRecords"), ["K"]);
    assert_eq!(sends("kinesis:PutRecord"), ["K"]);
    assert_eq!(sends("kinesis:GetRecords"), Vec::<String>::new());
}

#[test]
fn a_malformed_limit_of_a_mapping_is_told_with_its_range_and_what_stands_for_none() {
    let imported = imported(&with("", &format!("{KINESIS}, MaximumRetryAttempts: -2")));
    let problem = imported.diagnostics.iter().find(|one| one.code == "template-malformed-setting");
    let problem = problem.expect("it is told");
    assert!(problem.message.ends_with("is -2, but must be a whole number, from 0 to 10000"), "{problem}");
    assert_eq!(problem.help.as_deref(), Some("-1 stands for no limit, which is taken until this is mended"));
}

//! Records of Kafka that no pattern wants: they are passed over with the batch around them, whatever becomes of that.

use redrive::scenario::{Message, Workload};
use redrive::trace::RecordKind;
use redrive::vocabulary::Duration;
use redrive::world::{Effects, Handler, Invocation, Outcome, Step};

use super::Tape;

const MSK: &str = "EventSourceArn: !GetAtt Clicks.Arn";
const OWN: &str = "SelfManagedEventSource: {Endpoints: {KafkaBootstrapServers: ['a:9092']}}, \
                   SourceAccessConfigurations: [{Type: VPC_SUBNET, URI: 'subnet:s'}]";

/// A topic of a cluster that a function reads with a filter.
fn topic(cluster: &str, pattern: &str, settings: &str) -> Tape {
    Tape::of(&format!(
        "  Clicks: {{Type: AWS::MSK::Cluster}}
  Track: {{Type: AWS::Serverless::Function, Properties: {{Handler: a.b, Runtime: python3.13, CodeUri: ., Timeout: 10,
    Role: 'arn:aws:iam::1:role/reader'}}}}
  M: {{Type: AWS::Lambda::EventSourceMapping, Properties: {{FunctionName: !Ref Track, Topics: [clicks], {cluster},
    StartingPosition: TRIM_HORIZON, MaximumBatchingWindowInSeconds: 1, FilterCriteria: {{Filters: [{{Pattern: '{pattern}'}}]}},
    {settings}}}}}
"
    ))
}

/// Writes records with these values, one every hundred milliseconds.
fn written(tape: Tape, values: &[&str]) -> Tape {
    let message = |(number, value): (usize, &&str)| Message {
        at: Duration::from_millis(100 * number as u64),
        body: Some((*value).to_owned()),
        ..Message::default()
    };
    let messages = values.iter().enumerate().map(message).collect();
    let load = Workload { to: "*".to_owned(), messages, ..Workload::default() };
    tape.scenario(|scenario| scenario.workloads.push(load))
}

const GIFT: &str = r#"{"kind": "gift"}"#;
const CARD: &str = r#"{"kind": "card"}"#;
const WANTS_GIFTS: &str = r#"{"value": {"kind": ["gift"]}}"#;

/// Which of these values a mapping with a filter is owed.
fn wanted(pattern: &str, values: &[&str]) -> Vec<u32> {
    let owed = |cluster: &str| {
        let heard = written(topic(cluster, pattern, "BatchSize: 1"), values).run();
        let written = heard.of(&[RecordKind::RecordWritten]);
        written.lines().filter_map(|line| line.split(' ').nth(2)?.parse().ok()).collect::<Vec<u32>>()
    };
    let (managed, own) = (owed(MSK), owed(OWN));
    assert_eq!(managed, own, "whoever runs the cluster");
    managed
}

//= test: stream_poll.filter_data_format
#[test]
fn a_filter_of_a_topic_looks_at_the_value_of_a_record_as_json_or_as_text() {
    assert_eq!(wanted(WANTS_GIFTS, &[GIFT, CARD, "gift", GIFT]), [0, 3]);
    assert_eq!(wanted(r#"{"value": ["gift"]}"#, &[GIFT, "card", "gift"]), [2]);
    assert_eq!(
        wanted(r#"{"value": {"sum": [{"numeric": [">", 10]}]}}"#, &[r#"{"sum": 9}"#, r#"{"sum": 11}"#]),
        [1]
    );
}

/// A handler that throws at everything.
struct ThrowsAlways;

impl Handler for ThrowsAlways {
    fn start(&mut self, _: &Invocation<'_>, _: &mut Effects) -> Step {
        Step::Sleep(Duration::from_millis(10))
    }

    fn resume(&mut self, _: &Invocation<'_>, _: &mut Effects) -> Step {
        Step::Done(Outcome::Threw)
    }

    fn cut(&mut self, _: &Invocation<'_>, _: u32, _: &mut Effects) {}
}

//= test: msk.filtered
//= test: self_managed_kafka.filtered
#[test]
fn what_a_topic_holds_and_no_pattern_wants_is_passed_over_with_the_batch_around_it() {
    for cluster in [MSK, OWN] {
        let mapping = topic(cluster, WANTS_GIFTS, "BatchSize: 10, MaximumRetryAttempts: 1");
        let values = [CARD, GIFT, CARD, GIFT, CARD];
        written(mapping, &values).run_with(&mut ThrowsAlways).check(
            "
            1.100 lane 0 reads 1 3
            1.510 again in 500ms: 1 3
            2.010 lane 0 reads 1 3
            2.020 gives up 1 3
            ",
        );
        let only = written(topic(cluster, WANTS_GIFTS, "BatchSize: 10"), &[CARD, CARD]).run();
        assert_eq!((only.story().as_str(), only.count(RecordKind::InvocationStarted)), ("", 0));
    }
}

//! What a stream takes from whoever writes, and what becomes of what it refuses.

use redrive::scenario::{Arrivals, Caller, Generated, Retries, Workload};
use redrive::trace::RecordKind;
use redrive::vocabulary::Duration;

use super::{Heard, Tape, clicks, clicks_of};
use crate::command_line::{Place, json};

const ON_DEMAND: &str = "AWS::Kinesis::Stream, Properties: {StreamModeDetails: {StreamMode: ON_DEMAND}}";

/// Writes so many records of so many keys at once, and more of them so many seconds later.
fn at_once(tape: Tape, keys: u32, bursts: &[(u64, u32)], body: Option<&str>) -> Heard {
    let burst = |(seconds, events): &(u64, u32)| Generated {
        start: Duration::from_secs(*seconds),
        keys,
        body: body.map(str::to_owned),
        ..Generated::new(*events, Arrivals::AtOnce)
    };
    let generated = bursts.iter().map(burst).collect();
    let load = Workload { to: "Clicks".to_owned(), generated, ..Workload::default() };
    tape.scenario(|scenario| scenario.workloads.push(load)).run()
}

/// How many writes were refused in each second.
fn refused(heard: &Heard) -> Vec<(u64, usize)> {
    let mut seconds: Vec<(u64, usize)> = Vec::new();
    for line in heard.of(&[RecordKind::SendThrottled]).lines() {
        let second = line.split('.').next().and_then(|second| second.parse().ok()).expect("a time");
        match seconds.last_mut() {
            Some((last, count)) if *last == second => *count += 1,
            _ => seconds.push((second, 1)),
        }
    }
    seconds
}

//= test: kinesis.write_limit
#[test]
fn a_shard_takes_a_thousand_records_and_a_megabyte_a_second() {
    let heard = at_once(clicks(""), 50, &[(0, 2_300)], None);
    assert_eq!(refused(&heard), [(0, 1_300), (1, 300)], "the rest comes a second later");
    assert_eq!(heard.count(RecordKind::RecordWritten), 2_300);
    assert_eq!(heard.by_rule("kinesis.write_limit").len(), 1_600);
    let two = clicks_of("AWS::Kinesis::Stream, Properties: {ShardCount: 2}", "", "");
    let both: usize = refused(&at_once(two, 200, &[(0, 2_300)], None)).iter().map(|(_, count)| count).sum();
    assert!((300..600).contains(&both), "{both}");
    let large = "x".repeat(100_000);
    let heard = at_once(clicks(""), 1, &[(0, 25)], Some(&large));
    assert_eq!(refused(&heard), [(0, 15), (1, 5)], "ten of them are a megabyte");
    let huge = "x".repeat(3_000_000);
    let heard = at_once(clicks(""), 1, &[(0, 1), (10, 1)], Some(&huge));
    assert_eq!(refused(&heard), [], "a record above the limit of a second fits where nothing came before");
}

/// At which times records were written, in milliseconds.
fn written_at(heard: &Heard) -> Vec<u64> {
    let at = |line: &str| line.split(' ').next()?.replace('.', "").parse().ok();
    heard.of(&[RecordKind::RecordWritten]).lines().map(|line| at(line).expect("a time")).collect()
}

//= test: kinesis.write_limit
#[test]
fn no_second_holds_more_than_a_shard_takes_in_one() {
    let steady = Generated::new(4_000, Arrivals::Every(Duration::from_micros(500)));
    let load = Workload { to: "Clicks".to_owned(), generated: vec![steady], ..Workload::default() };
    let heard = clicks("").scenario(|scenario| scenario.workloads.push(load)).run();
    let written = written_at(&heard);
    assert_eq!(written.len(), 4_000);
    assert_eq!(
        written.iter().filter(|at| **at < 1_000).count(),
        1_000,
        "twice as many come in the first one"
    );
    assert!(written.windows(1_001).all(|some| some[1_000] - some[0] >= 1_000), "nor does any later one");
    let heard = at_once(clicks(""), 50, &[(0, 1_000), (1, 1_000)], None);
    assert_eq!(refused(&heard), [], "after a second nothing of what came then counts");
}

#[test]
fn a_record_above_the_limit_of_a_second_counts_until_its_bytes_have_been_made_up_for() {
    let huge = |seconds: u64| {
        let body = Some("x".repeat(3 * 1_024 * 1_024 - 1_024));
        Generated { start: Duration::from_secs(seconds), body, ..Generated::new(1, Arrivals::AtOnce) }
    };
    let small = |seconds: u64| Generated {
        start: Duration::from_secs(seconds),
        ..Generated::new(1, Arrivals::AtOnce)
    };
    let generated = vec![huge(0), small(2), small(3)];
    let load = Workload { to: "Clicks".to_owned(), generated, ..Workload::default() };
    let heard = clicks("").scenario(|scenario| scenario.workloads.push(load)).run();
    assert_eq!(refused(&heard), [(2, 1)]);
}

/// A burst by a client in a mode: in which second how many records are refused, and how many are given up.
fn by_client(retries: Retries, attempts: Option<u32>, count: u32) -> (Vec<(u64, usize)>, usize) {
    let caller = Caller { name: "Clicks".to_owned(), retries: Some(retries), attempts, ..Caller::default() };
    let heard =
        at_once(clicks("").scenario(|scenario| scenario.callers.push(caller)), 50, &[(0, count)], None);
    let given_up = heard.count(RecordKind::DeliveryRefused);
    assert_eq!(
        heard.count(RecordKind::RecordWritten) + given_up,
        count as usize,
        "each is taken or given up"
    );
    assert_eq!(heard.count(RecordKind::ObligationLost), 0, "who writes knows");
    (refused(&heard), given_up)
}

//= test: kinesis.write_again
#[test]
fn a_client_writes_again_as_often_as_its_mode_says_and_then_gives_up() {
    assert_eq!(by_client(Retries::Nothing, None, 1_100), (vec![(0, 100)], 100));
    // The ordinary pauses are half a second, which is too short, and then twice as long.
    assert_eq!(by_client(Retries::Legacy, None, 1_700), (vec![(0, 1_400)], 0));
    assert_eq!(by_client(Retries::Legacy, Some(2), 1_700), (vec![(0, 1_400)], 700));
    assert_eq!(by_client(Retries::Standard, None, 1_050), (vec![(0, 100)], 0));
    assert_eq!(
        by_client(Retries::Standard, None, 1_060),
        (vec![(0, 120)], 20),
        "a store of 500 has a hundred retries"
    );
}

#[test]
fn nobody_waits_for_a_stream_and_a_table_refuses_nothing() {
    let place = Place::new();
    let template = |kind: &str, event: &str| {
        format!(
            "Transform: AWS::Serverless-2016-10-31\nResources:\n  Clicks: {{Type: {kind}}}\n  Track: {{Type: \
             AWS::Serverless::Function, Properties: {{Runtime: python3.13, Handler: a.b, CodeUri: ., Events: {{E: \
             {{Type: {event}, StartingPosition: LATEST}}}}}}}}}}\n"
        )
    };
    let told = |caller: &str| {
        place.write("s.toml", &format!("template = 't.yaml'\n[caller.Clicks]\n{caller}\n"));
        let output = place.command(&["run", "s.toml", "--seed", "0"]).output().expect("it starts");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let stream = "AWS::Kinesis::Stream, Properties: {ShardCount: 1}";
    place.write("t.yaml", &template(stream, "Kinesis, Properties: {Stream: !GetAtt Clicks.Arn"));
    assert_eq!(told("retries = 'standard'").0, Some(0));
    let (code, text) = told("timeout = '5s'");
    assert!(code == Some(2) && text.contains("nobody waits for an answer of `Clicks`"), "{text}");
    let table = "AWS::DynamoDB::Table, Properties: {StreamSpecification: {StreamViewType: KEYS_ONLY}}";
    place.write("t.yaml", &template(table, "DynamoDB, Properties: {Stream: !GetAtt Clicks.StreamArn"));
    let (code, text) = told("retries = 'standard'");
    assert!(code == Some(2) && text.contains("nobody calls through `Clicks` and waits"), "{text}");
}

//= test: kinesis.put_partial
#[test]
fn a_refused_record_comes_behind_later_ones_of_its_key() {
    let heard = at_once(clicks("BatchSize: 1"), 1, &[(0, 1_001)], None);
    assert_eq!(refused(&heard), [(0, 1)]);
    let load = |seconds: u64, millis: u64, events: u32| Generated {
        start: Duration::from_secs(seconds) + Duration::from_millis(millis),
        ..Generated::new(events, Arrivals::AtOnce)
    };
    let generated = vec![load(0, 0, 999), load(0, 200, 2), load(1, 100, 1)];
    let load = Workload { to: "Clicks".to_owned(), generated, ..Workload::default() };
    let heard = clicks("").scenario(|scenario| scenario.workloads.push(load)).run();
    let written = heard.of(&[RecordKind::RecordWritten]);
    let last: Vec<&str> = written.lines().skip(1_000).collect();
    assert_eq!(last, ["1.100 RecordWritten 1001", "1.200 RecordWritten 1000"]);
}

#[test]
fn an_order_that_writes_over_the_limit_break_is_a_finding_that_more_shards_mend() {
    let place = Place::new();
    let template = |shards: u32| {
        format!(
            "Transform: AWS::Serverless-2016-10-31
Resources:
  Clicks: {{Type: AWS::Kinesis::Stream, Properties: {{ShardCount: {shards}}}}}
  Track: {{Type: AWS::Serverless::Function, Properties: {{Handler: a.b, Runtime: python3.13, CodeUri: ., Events:
    {{E: {{Type: Kinesis, Properties: {{Stream: !GetAtt Clicks.Arn, StartingPosition: LATEST}}}}}}}}}}
"
        )
    };
    let large = "x".repeat(300_000);
    let load = format!(
        "template = 'template.yaml'\n[[load]]\nto = 'Clicks'\nrate = '5/s for 3s'\nkeys = 2\nbody = '{large}'\n"
    );
    place.write("scenario.toml", &load);
    let ordering = |shards: u32| {
        place.write("template.yaml", &template(shards));
        let options = ["check", "scenario.toml", "--seeds", "16", "--faults", "none", "--format", "json"];
        let report = json(&place.command(&options).output().expect("it starts"));
        let verdicts = report["guarantees"].as_array().expect("there are some").clone();
        let verdict = verdicts.into_iter().find(|one| one["guarantee"] == "ordering").expect("it is judged");
        verdict["verdict"].as_str().map(str::to_owned).expect("it has one")
    };
    assert_eq!(ordering(1), "violated");
    assert_eq!(ordering(8), "held");
}

//= test: kinesis.on_demand_writes
#[test]
fn a_stream_on_demand_takes_four_thousand_records_a_second_and_grows_to_double_of_what_it_took() {
    let run = |keys: u32, bursts: &[(u64, u32)]| {
        refused(&at_once(clicks_of(ON_DEMAND, "", ""), keys, bursts, None))
    };
    assert_eq!(run(400, &[(0, 4_000)]), []);
    assert_eq!(run(400, &[(0, 4_500)]), [(0, 500)]);
    assert_eq!(run(400, &[(0, 4_000), (60, 4_500)]), [(60, 500)], "it has not grown yet");
    assert_eq!(run(400, &[(0, 4_000), (900, 8_000)]), []);
    assert_eq!(run(400, &[(0, 4_000), (900, 8_100)]), [(900, 100)]);
    assert_eq!(run(1, &[(0, 1_200)]), [(0, 200)], "a key is never on two shards");
}

#[test]
fn what_a_stream_refuses_is_refused_for_all_who_read_it() {
    let readers = "  Clicks: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 1}}
  Track: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, Runtime: python3.13, CodeUri: ., Events:
    {E: {Type: Kinesis, Properties: {Stream: !GetAtt Clicks.Arn, StartingPosition: LATEST}}}}}
  Count: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, Runtime: python3.13, CodeUri: ., Events:
    {E: {Type: Kinesis, Properties: {Stream: !GetAtt Clicks.Arn, StartingPosition: LATEST}}}}}
";
    let heard = at_once(Tape::of(readers), 1, &[(0, 1_010)], None);
    let count = |kind: RecordKind| heard.of(&[kind]).lines().filter(|line| line.ends_with(" 1005")).count();
    assert_eq!(refused(&heard), [(0, 20)]);
    assert_eq!((count(RecordKind::SendThrottled), count(RecordKind::RecordWritten)), (2, 2));
}

#[test]
fn a_refused_write_is_told_in_the_words_of_its_stream() {
    let place = Place::new();
    place.write(
        "template.yaml",
        "Transform: AWS::Serverless-2016-10-31
Resources:
  Clicks: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 1}}
  Track: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, Runtime: python3.13, CodeUri: ., Events:
    {E: {Type: Kinesis, Properties: {Stream: !GetAtt Clicks.Arn, StartingPosition: LATEST}}}}}
",
    );
    let body = "x".repeat(700_000);
    let message = format!("[[message]]\nto = 'Clicks'\nbody = '{body}'\n");
    place.write("scenario.toml", &format!("template = 'template.yaml'\n{message}{message}"));
    let options = ["run", "scenario.toml", "--seed", "0", "--faults", "none"];
    let output = place.command(&options).output().expect("it starts");
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let words: Vec<&str> = told.split_whitespace().filter(|word| *word != "kinesis.write_limit").collect();
    let expected = "Clicks takes no more writes this second: Clicks.1 is written again in 1s";
    assert!(words.join(" ").contains(expected), "{told}");
}

#[test]
fn a_write_that_is_given_up_is_told_with_what_refused_it() {
    let place = Place::new();
    place.write(
        "template.yaml",
        "Transform: AWS::Serverless-2016-10-31
Resources:
  Clicks: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 1}}
  Track: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, Runtime: python3.13, CodeUri: ., Events:
    {E: {Type: Kinesis, Properties: {Stream: !GetAtt Clicks.Arn, StartingPosition: LATEST}}}}}
",
    );
    let body = "x".repeat(700_000);
    let message = format!("[[message]]\nto = 'Clicks'\nbody = '{body}'\n");
    let told = |fate: &str| {
        let states = format!("[caller.Clicks]\nretries = 'none'\n[[expect]]\nevents = 'Clicks'\n{fate}\n");
        place.write("scenario.toml", &format!("template = 'template.yaml'\n{states}{message}{message}"));
        let options = ["check", "scenario.toml", "--seeds", "4", "--faults", "none"];
        let output = place.command(&options).output().expect("it starts");
        String::from_utf8_lossy(&output.stdout).split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let text = told("fate = 'processed'");
    assert!(text.contains("one of them is not processed at the end"), "{text}");
    let refused = "Clicks takes no more writes this second: Clicks.1 is kinesis.write_limit refused";
    let given_up = "whoever writes Clicks.1 to Clicks gives up after one call, kinesis.write_again";
    let (refused, given_up) = (text.find(refused), text.find(given_up));
    assert!(refused.is_some() && refused < given_up, "{text}");
    assert!(told("fate = 'filtered'\ncount = 0").contains("0 events of Clicks are filtered held"));
}

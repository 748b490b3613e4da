//! What the stream of a table tells of its items, and what filters find in it.

use redrive::kernel::{FAMILY_COUNT, Families, Seeded};
use redrive::program::compile;
use redrive::scenario::{ItemWrite, Message, StatedWrite, Workload};
use redrive::trace::{RecordKind, StoredTrace};
use redrive::vocabulary::{Duration, Ratio};
use redrive::world::{Declared, World};
use serde_json::Value as Json;

use super::Tape;
use crate::command_line::{Place, json};
use crate::networks::MODELS;

const TABLE: &str = "KeySchema: [{AttributeName: id, KeyType: HASH}], BillingMode: PAY_PER_REQUEST, \
                     AttributeDefinitions: [{AttributeName: id, AttributeType: S}]";

fn template(view: &str, more: &str, settings: &str) -> String {
    format!(
        "  Clicks: {{Type: AWS::DynamoDB::Table, Properties: {{{TABLE}{more}, StreamSpecification: {{StreamViewType: {view}}}}}}}
  Track: {{Type: AWS::Serverless::Function, Properties: {{Handler: a.b, Runtime: python3.13, CodeUri: ., Events:
    {{E: {{Type: DynamoDB, Properties: {{Stream: !GetAtt Clicks.StreamArn, StartingPosition: LATEST{settings}}}}}}}}}}}
"
    )
}

const EXPIRING: &str = ", TimeToLiveSpecification: {AttributeName: until, Enabled: true}";

/// What comes of a scenario about the table, with its problems.
fn run(resources: &str, scenario: &str) -> (Vec<Json>, String) {
    let place = Place::new();
    place.write("template.yaml", &format!("Transform: AWS::Serverless-2016-10-31\nResources:\n{resources}"));
    place.write("scenario.toml", &format!("template = 'template.yaml'\n{scenario}"));
    let options = ["run", "scenario.toml", "--seed", "0", "--faults", "none", "--format", "json"];
    let output = place.command(&options).output().expect("it starts");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.code() == Some(2) {
        return (Vec::new(), told);
    }
    let run = json(&output);
    let invocations = run["invocations"].as_array().expect("there are some").clone();
    let records =
        invocations.iter().flat_map(|one| one["payload"]["Records"].as_array().cloned().unwrap_or_default());
    (records.collect(), told)
}

const LIFE: &str = r#"
[[message]]
to = "Clicks"
change = "put"
body = { id = "7", paid = false }

[[message]]
to = "Clicks"
at = "10s"
change = "put"
body = { id = "7", paid = false }

[[message]]
to = "Clicks"
at = "20s"
change = "update"
body = { id = "7", by = "card" }

[[message]]
to = "Clicks"
at = "30s"
change = "delete"
body = { id = "7" }

[[message]]
to = "Clicks"
at = "40s"
change = "delete"
body = { id = "7" }
"#;

//= test: dynamodb_streams.changes
//= test: dynamodb_streams.write
#[test]
fn an_item_is_inserted_modified_and_removed_and_what_changes_nothing_leaves_no_record() {
    let (records, told) = run(&template("NEW_AND_OLD_IMAGES", "", ""), LIFE);
    let names: Vec<&str> = records.iter().filter_map(|record| record["eventName"].as_str()).collect();
    assert_eq!(names, ["INSERT", "MODIFY", "REMOVE"], "{told}");
    assert_eq!(told.matches("so no record tells of it").count(), 2, "{told}");
    let images =
        |record: &Json| (record["dynamodb"]["OldImage"].clone(), record["dynamodb"]["NewImage"].clone());
    let was = serde_json::json!({ "id": { "S": "7" }, "paid": { "BOOL": false } });
    let is = serde_json::json!({ "id": { "S": "7" }, "paid": { "BOOL": false }, "by": { "S": "card" } });
    assert_eq!(images(&records[0]), (Json::Null, was.clone()));
    assert_eq!(images(&records[1]), (was, is.clone()));
    assert_eq!(images(&records[2]), (is, Json::Null));
    assert!(records.iter().all(|record| record["dynamodb"]["Keys"]["id"]["S"] == "7"), "{records:#?}");
}

//= test: dynamodb_streams.view
#[test]
fn a_record_shows_the_images_of_its_view_and_a_filter_finds_no_others() {
    let shown = |view: &str, settings: &str| {
        let (records, _) = run(&template(view, "", settings), LIFE);
        let of = |record: &Json| {
            let has = |name: &str| record["dynamodb"].get(name).is_some();
            assert_eq!(record["dynamodb"]["StreamViewType"], view);
            format!(
                "{}{}",
                if has("OldImage") { "old" } else { "" },
                if has("NewImage") { "new" } else { "" }
            )
        };
        records.iter().map(of).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(shown("KEYS_ONLY", ""), "  ");
    assert_eq!(shown("NEW_IMAGE", ""), "new new ");
    assert_eq!(shown("OLD_IMAGE", ""), " old old");
    assert_eq!(shown("NEW_AND_OLD_IMAGES", ""), "new oldnew old");
    let filter = |pattern: &str| format!(", FilterCriteria: {{Filters: [{{Pattern: '{pattern}'}}]}}");
    let by_card = filter(r#"{"dynamodb":{"NewImage":{"by":{"S":["card"]}}}}"#);
    assert_eq!(shown("NEW_IMAGE", &by_card), "new");
    assert_eq!(shown("KEYS_ONLY", &by_card), "", "there is no image to look at");
    assert_eq!(shown("KEYS_ONLY", &filter(r#"{"dynamodb":{"Keys":{"id":{"S":["7"]}}}}"#)), "  ");
    assert_eq!(shown("NEW_AND_OLD_IMAGES", &filter(r#"{"eventName":["MODIFY","REMOVE"]}"#)), "oldnew old");
    assert_eq!(shown("NEW_AND_OLD_IMAGES", &filter(r#"{"eventSource":["aws:kinesis"]}"#)), "");
}

//= test: dynamodb_streams.record_time_to_live
#[test]
fn an_item_that_expires_is_removed_by_the_service_itself() {
    let expires = "[[message]]\nto = 'Clicks'\nat = '1h'\nchange = 'expire'\nbody = { id = '7' }\nbefore = { id = '7', until = 1 }\n";
    let (records, told) = run(&template("OLD_IMAGE", EXPIRING, ""), expires);
    assert_eq!(records.len(), 1, "{told}");
    assert_eq!(records[0]["eventName"], "REMOVE");
    assert_eq!(
        records[0]["userIdentity"],
        serde_json::json!({ "type": "Service", "principalId": "dynamodb.amazonaws.com" })
    );
    assert_eq!(records[0]["dynamodb"]["OldImage"]["until"]["N"], "1");
    let by_service = r#", FilterCriteria: {Filters: [{Pattern: '{"userIdentity":{"type":["Service"]}}'}]}"#;
    let both = format!("{LIFE}{}", expires.replace("'7'", "'8'"));
    let (records, told) = run(&template("OLD_IMAGE", EXPIRING, by_service), &both);
    assert_eq!(records.len(), 1, "only what the service deletes: {told}");
    let (_, told) = run(&template("OLD_IMAGE", "", ""), expires);
    assert!(told.contains("no item of Clicks expires"), "{told}");
    let later =
        format!("{expires}[[message]]\nto = 'Clicks'\nat = '2h'\nchange = 'put'\nbody = {{ id = '7' }}\n");
    let (_, told) = run(&template("OLD_IMAGE", EXPIRING, ""), &later);
    assert!(told.contains("is written to after its time to live"), "{told}");
}

//= test: dynamodb_streams.expiry
#[test]
fn an_expired_item_is_deleted_at_once_or_up_to_two_days_later() {
    let change = Some(StatedWrite {
        write: ItemWrite::Expire,
        before: Some("{\"id\":\"7\"}".to_owned()),
        transaction: None,
    });
    let at = Duration::from_secs(60);
    let message = Message { at, body: Some("{\"id\":\"7\"}".to_owned()), change, ..Message::default() };
    let load = Workload { to: "Clicks".to_owned(), messages: vec![message], ..Workload::default() };
    let resources = template("OLD_IMAGE", EXPIRING, "");
    let deleted = |seed: u64| {
        Tape::of(&resources).scenario(|scenario| scenario.workloads.push(load.clone())).deleted(seed)
    };
    let times: Vec<u64> = (0..40).map(deleted).collect();
    let hours = |time: &u64| *time / 3_600_000_000;
    assert!(times.iter().all(|time| (60_000_000..=60_000_000 + 172_800_000_000).contains(time)), "{times:?}");
    assert!(times.iter().map(hours).min() < Some(6) && times.iter().map(hours).max() > Some(42), "{times:?}");
}

//= test: dynamodb_streams.transaction
#[test]
fn a_transaction_leaves_a_record_for_each_item_and_writes_to_none_twice() {
    let (records, told) = run(
        &template("NEW_IMAGE", "", ""),
        "[[message]]\nto = 'Clicks'\ntransaction = [\n{ change = 'put', body = { id = '1' } },\n{ change = 'put', body = { id = '2' } },\n\
         { change = 'delete', body = { id = '3' }, before = { id = '3' } },\n]\n",
    );
    let names: Vec<&str> = records.iter().filter_map(|record| record["eventName"].as_str()).collect();
    assert_eq!(names, ["INSERT", "INSERT", "REMOVE"], "{told}");
    let keys: Vec<&str> =
        records.iter().filter_map(|record| record["dynamodb"]["Keys"]["id"]["S"].as_str()).collect();
    assert_eq!(keys, ["1", "2", "3"]);
    let twice = "[[message]]\nto = 'Clicks'\ntransaction = [{ change = 'put', body = { id = '1' } }, { change = 'delete', body = { id = '1' } }]\n";
    let (_, told) = run(&template("NEW_IMAGE", "", ""), twice);
    assert!(told.contains("a transaction writes to the item 1 of Clicks twice"), "{told}");
    let one = |number: u32| format!("{{ change = 'put', body = {{ id = '{number}' }} }}");
    let many = |count: u32| {
        let each: Vec<String> = (0..count).map(one).collect();
        run(
            &template("NEW_IMAGE", "", ""),
            &format!("[[message]]\nto = 'Clicks'\ntransaction = [{}]\n", each.join(", ")),
        )
    };
    assert_eq!(many(100).0.len(), 100);
    assert!(many(101).1.contains("more than 100 items"), "{}", many(101).1);
}

#[test]
fn load_by_rule_takes_the_item_of_each_key_through_its_changes() {
    let load = "[[load]]\nto = 'Clicks'\nevents = 12\nevery = '1s'\nkeys = 2\nchanges = ['put', 'update', 'delete']\nbody = { kind = 'gift' }\n";
    let (records, told) = run(&template("NEW_AND_OLD_IMAGES", "", ""), load);
    let names: Vec<&str> = records.iter().filter_map(|record| record["eventName"].as_str()).collect();
    let life = ["INSERT", "INSERT", "MODIFY", "MODIFY", "REMOVE", "REMOVE"];
    assert_eq!(names, [life, life].concat(), "{told}");
    assert_eq!(records[2]["dynamodb"]["OldImage"]["revision"]["N"], "1");
    assert_eq!(records[2]["dynamodb"]["NewImage"]["revision"]["N"], "2");
    assert_eq!(records[2]["dynamodb"]["NewImage"]["kind"]["S"], "gift");
}

#[test]
fn changes_of_what_is_no_table_and_items_without_their_key_are_told() {
    let stream = "  Clicks: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 1}}
  Track: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, Runtime: python3.13, CodeUri: ., Events:
    {E: {Type: Kinesis, Properties: {Stream: !GetAtt Clicks.Arn, StartingPosition: LATEST}}}}}
";
    let put = "[[message]]\nto = 'Clicks'\nchange = 'put'\nbody = { name = 'a' }\n";
    assert!(run(stream, put).1.contains("Clicks is no table with a stream"));
    let told = run(&template("NEW_IMAGE", "", ""), put).1;
    assert!(told.contains("an item of Clicks has no `id`, which is its key"), "{told}");
    for (wrong, says) in [
        ("change = 'upsert'\nbody = { id = '1' }", "there is no change `upsert`"),
        ("change = 'put'", "has no `body`"),
        ("before = { id = '1' }", "has no `change`"),
        ("body = 'x'\ntransaction = [{ change = 'put', body = { id = '1' } }]", "`body` and `transaction`"),
    ] {
        let told = run(&template("NEW_IMAGE", "", ""), &format!("[[message]]\nto = 'Clicks'\n{wrong}\n")).1;
        assert!(told.contains(says), "{wrong}: {told}");
    }
    let told =
        run(&template("NEW_IMAGE", "", ""), "[[load]]\nto = 'Clicks'\nevents = 2\nchanges = 'expire'\n").1;
    assert!(told.contains("an item expires once"), "{told}");
}

#[test]
fn an_item_of_which_nothing_is_stated_has_the_key_of_its_table() {
    let keyed =
        template("NEW_IMAGE", "", "").replace("AttributeName: id, KeyType", "AttributeName: order, KeyType");
    let (records, told) = run(&keyed, "[[load]]\nto = 'Clicks'\nevents = 1\n");
    assert_eq!(records[0]["dynamodb"]["Keys"]["order"]["S"], "key-0", "{told}");
    assert_eq!(records[0]["dynamodb"]["NewImage"]["event"]["S"], "Clicks.0", "{records:#?}");
}

impl Tape {
    /// When the only record is written in a run whose load a seed draws.
    fn deleted(self, seed: u64) -> u64 {
        let program = compile(&self.topology, &MODELS, &self.scenario).unwrap().remove(0);
        let (mut world, mut trace) = (World::new(), StoredTrace::default());
        let mut seeded = Seeded::new(seed, Families::EVERY, [Ratio::ZERO; FAMILY_COUNT]);
        world.run(&program, &mut seeded, &mut trace, &mut Declared);
        let mut written = trace.iter().filter(|(record, _)| record.kind == RecordKind::RecordWritten);
        written.next().expect("the item is deleted").0.at.as_micros()
    }
}

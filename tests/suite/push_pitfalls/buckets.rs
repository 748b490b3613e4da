//! Records of failures in buckets, which tell of them as of any other object.

use super::*;

/// A role that is declared elsewhere, so that nothing is known of what it allows.
const ROLE: &str = "Role: 'arn:aws:iam::123456789012:role/elsewhere'";

/// A function `F` behind a topic whose failures go to a bucket, and a function `G` that the bucket tells of objects.
fn stored(event: &str, rules: &str) -> String {
    let exit = "EventInvokeConfig: {MaximumRetryAttempts: 0, DestinationConfig: {OnFailure: {Type: S3Bucket, Destination: !GetAtt B.Arn}}}";
    behind_topic(&format!("Timeout: 20, {ROLE}, {exit}"), "")
        + &format!(
            "  B: {{Type: AWS::S3::Bucket}}
  G:
    Type: AWS::Serverless::Function
    Properties: {{{CODE}, Events: {{E: {{Type: S3, Properties: {{Bucket: !Ref B, Events: '{event}'{rules}}}}}}}}}\n"
        )
}

fn failing(resources: &str) -> String {
    one_event(&topology(resources), "T", poison("T")).run_seed(0).timeline()
}

fn key(name: &str, value: &str) -> String {
    format!(", Filter: {{S3Key: {{Rules: [{{Name: {name}, Value: {value}}}]}}}}")
}

//= test: async.record_object
#[test]
fn a_bucket_for_failures_keeps_the_record_and_tells_those_who_asked_of_it() {
    let told = [String::new(), key("prefix", "aws/lambda/"), key("prefix", "aws/lambda/async/F/2026")];
    for rules in told {
        for event in ["s3:ObjectCreated:*", "s3:ObjectCreated:Put"] {
            let text = failing(&stored(event, &rules));
            assert!(text.contains("G has done the work of"), "{event}{rules}: {text}");
            assert_eq!(count(&text, ["async.on_failure", "s3.publish"]), [1, 1], "{text}");
            assert!(!text.contains("is lost"), "the record is kept: {text}");
        }
    }
}

//= test: async.record_object
#[test]
fn nobody_is_told_of_a_record_who_asked_for_other_objects() {
    let other = [
        ("s3:ObjectCreated:*", key("prefix", "photos/")),
        ("s3:ObjectCreated:*", key("suffix", ".jpg")),
        ("s3:ObjectCreated:Copy", String::new()),
        ("s3:ObjectRemoved:*", String::new()),
    ];
    for (event, rules) in other {
        let text = failing(&stored(event, &rules));
        assert!(!text.contains("G has done the work of"), "{event}{rules}: {text}");
        assert_eq!(count(&text, ["async.on_failure", "s3.publish"]), [1, 0], "{text}");
        assert!(!text.contains("is lost"), "the record is kept all the same: {text}");
    }
}

//= test: async.record_object
#[test]
fn a_bucket_that_calls_the_function_whose_failures_it_keeps_is_no_more_than_told() {
    let exit =
        "EventInvokeConfig: {DestinationConfig: {OnFailure: {Type: S3Bucket, Destination: !GetAtt B.Arn}}}";
    let event = "{Type: S3, Properties: {Bucket: !Ref B, Events: 's3:ObjectCreated:*'}}";
    let own = function(&format!("{ROLE}, {exit}"), event) + "  B: {Type: AWS::S3::Bucket}\n";
    let text = one_event(&topology(&own), "B", poison("B")).run_seed(0).timeline();
    assert_eq!(count(&text, ["async.on_failure", "s3.publish"]), [1, 1], "{text}");
}

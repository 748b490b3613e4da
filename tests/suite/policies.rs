//! What AWS-managed policies and SAM's policy templates allow: they load, they are whole, and what is wrong is said.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::fs;

use redrive::models::Models;
use redrive::vocabulary::Diagnostic;
use tempfile::TempDir;

fn embedded() -> Models {
    Models::embedded().expect("the embedded models load")
}

fn problems(text: &str) -> Vec<Diagnostic> {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("policies.toml"), text).unwrap();
    let problems = Models::with_overlay(dir.path()).expect_err(text);
    // A file of this path replaces the embedded one, so what only that one cites is cited no more.
    problems.into_iter().filter(|problem| problem.code != "model-unused-citation").collect()
}

#[test]
fn a_managed_policy_is_known_by_the_last_part_of_its_arn() {
    let models = embedded();
    let polling = models.managed_policy("AWSLambdaSQSQueueExecutionRole").unwrap();
    for action in models.texts("queue_poll.role_permissions", "actions").unwrap() {
        assert!(polling.allows.iter().any(|allowed| allowed == action), "{action}");
    }
    assert!(models.managed_policy("AmazonSQSReadOnlyAccess").unwrap().allows.iter().all(|action| {
        let (_, verb) = action.split_once(':').unwrap();
        ["Get", "List"].iter().any(|start| verb.starts_with(start))
    }));
    assert!(models.managed_policy("arn:aws:iam::aws:policy/AmazonSQSFullAccess").is_none());
    assert!(models.managed_policy("MyOwnPolicy").is_none());
}

#[test]
fn a_policy_says_what_it_leaves_out() {
    let power = embedded();
    let power = power.managed_policy("PowerUserAccess").unwrap();
    assert!(power.allows.iter().any(|action| action == "*"));
    assert_eq!(power.except, ["iam:*", "organizations:*", "account:*"]);
}

#[test]
fn every_action_names_its_service_and_every_resource_its_parameters() {
    let models = embedded();
    let managed = models.managed_policies().flat_map(|policy| policy.allows.iter().chain(&policy.except));
    let templates =
        models.sam_policies().flat_map(|policy| &policy.statements).flat_map(|statement| &statement.allows);
    let mut actions = 0;
    for action in managed.chain(templates) {
        actions += 1;
        assert!(
            action == "*"
                || action
                    .split_once(':')
                    .is_some_and(|(service, verb)| !service.is_empty() && !verb.is_empty()),
            "{action}"
        );
    }
    assert!(actions > 500, "{actions}");
    for policy in models.sam_policies() {
        for resource in policy.statements.iter().flat_map(|statement| &statement.on) {
            for name in resource.split("${").skip(1).map(|rest| rest.split('}').next().unwrap()) {
                let known = name.starts_with("AWS::") || policy.takes.iter().any(|taken| taken == name);
                assert!(known, "{}: {resource} names {name}", policy.name);
            }
        }
    }
}

#[test]
fn a_template_of_several_statements_keeps_them_apart() {
    let models = embedded();
    let reads = models.sam_policy("KinesisStreamReadPolicy").unwrap();
    assert_eq!(reads.takes, ["StreamName"]);
    let on = |action: &str| {
        let fits = |allows: &Vec<String>| allows.iter().any(|allowed| allowed == action);
        let found = reads.statements.iter().find(|statement| fits(&statement.allows));
        found.map(|statement| statement.on.join(" ")).unwrap()
    };
    assert!(on("kinesis:GetRecords").ends_with("stream/${StreamName}"));
    assert!(on("kinesis:ListStreams").ends_with("stream/*"));
}

#[test]
fn what_is_wrong_in_a_policy_is_said_with_its_place() {
    let twice =
        "title = \"T\"\n[[managed]]\nname = \"A\"\nversion = \"v1\"\nallows = []\ncite = [\"sqs-polling\"]\n";
    let twice = format!("{twice}{}", &twice[12..]);
    let unlike = "title = \"T\"\n[[template]]\nname = \"A\"\ntakes = []\nallows = []\non = []\ncite = [\"sqs-polling\"]\n\
                  [[template]]\nname = \"A\"\ntakes = [\"B\"]\nallows = []\non = []\ncite = [\"sqs-polling\"]\n";
    let cases = [
        (twice.as_str(), "model-duplicate-policy", (8, 8)),
        (unlike, "model-unlike-statements", (10, 9)),
        (
            "title = \"T\"\n[[managed]]\nname = \"A\"\nversion = \"v1\"\ncite = [\"sqs-polling\"]\n",
            "model-missing-key",
            (2, 1),
        ),
        ("title = \"T\"\n[[policy]]\nname = \"A\"\n", "model-unknown-key", (2, 3)),
    ];
    for (text, code, place) in cases {
        let problems = problems(text);
        assert_eq!(problems.len(), 1, "{text}\n{problems:?}");
        let found = problems[0].place.as_ref().unwrap();
        assert_eq!((problems[0].code, (found.line, found.column)), (code, place), "{}", problems[0]);
    }
}

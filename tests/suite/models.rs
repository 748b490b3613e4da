//! The model files: they load, they are complete, and what is wrong in one is said with its place.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use redrive::models::{
    EMBEDDED_FILES, ModelError, Models, Role, RuleValue, ValueKind, describe_model, describe_models, explain,
    suggestions,
};
use redrive::vocabulary::{Diagnostic, Duration};
use tempfile::TempDir;

fn embedded() -> Models {
    Models::embedded().unwrap_or_else(|problems| panic!("{}", lines(&problems)))
}

fn lines(problems: &[Diagnostic]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn overlay(files: &[(&str, &str)]) -> TempDir {
    let dir = TempDir::new().unwrap();
    for (path, text) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

/// Loads `text` as one more service and expects exactly one problem: its code, its place, and a part of its text.
fn check(text: &str, code: &str, line_and_column: (u32, u32), part: &str) {
    check_file("services/broken.toml", text, code, line_and_column, part);
}

fn check_file(path: &str, text: &str, code: &str, line_and_column: (u32, u32), part: &str) {
    let dir = overlay(&[(path, text)]);
    let problems = Models::with_overlay(dir.path()).expect_err(text);
    assert_eq!(problems.len(), 1, "{text}\n{}", lines(&problems));
    let problem = &problems[0];
    let place = problem.place.as_ref().unwrap();
    assert_eq!(problem.code, code, "{problem}");
    assert_eq!((place.line, place.column), line_and_column, "{problem}");
    assert!(problem.to_string().contains(part), "{problem}");
    assert_eq!(**place.file, dir.path().join(path));
}

const GOOD: &str = "title = \"Broken\"
[[rule]]
id = \"broken.rule\"
says = \"Something happens.\"
role = \"behaviour\"
certainty = \"documented\"
slot = \"broken.slot\"
values.wait = \"20 s\"
cite = [\"sqs-polling\"]
";

const OPEN: &str = "title = \"Broken\"
[[rule]]
id = \"broken.rule\"
says = \"Something happens.\"
role = \"behaviour\"
certainty = \"unspecified\"
slot = \"broken.slot\"
ordinary = \"2 s\"
range = [\"1 s\", \"5 s\"]
draw = \"entity\"
why = \"AWS does not say.\"
cite = [\"sqs-polling\"]
";

const SETTING: &str = "title = \"Broken\"
[[setting]]
property = \"AWS::SQS::Queue.Broken\"
says = \"A setting.\"
unit = \"seconds\"
default = \"2 s\"
range = [\"1 s\", \"5 s\"]
cite = [\"sqs-polling\"]
";

fn with(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1)
}

#[test]
fn the_good_samples_load() {
    for text in [GOOD, OPEN, SETTING] {
        let dir = overlay(&[("services/broken.toml", text)]);
        if let Err(problems) = Models::with_overlay(dir.path()) {
            panic!("{}", lines(&problems));
        }
    }
}

#[test]
fn what_is_wrong_in_a_rule_is_said_with_its_place() {
    let cases = [
        ("certainty = \"documented\"", "certainty = \"sure\"", "model-unknown-word", (6, 13), "`sure`"),
        (
            "role = \"behaviour\"",
            "role = \"law\"",
            "model-unknown-word",
            (5, 8),
            "behaviour, validation, limit",
        ),
        ("\"20 s\"", "\"20 secs\"", "model-bad-value", (8, 15), "`\"20 secs\"` is no value"),
        ("\"20 s\"", "2.5", "model-bad-value", (8, 15), "`2.5`"),
        ("\"20 s\"", "-3", "model-bad-value", (8, 15), "`-3`"),
        ("\"20 s\"", "[1, \"2 s\"]", "model-mixed-list", (8, 19), "`2s` is a duration in a list of counts"),
        ("slot = \"broken.slot\"\n", "", "model-no-slot", (2, 1), "slot"),
        ("role = \"behaviour\"", "role = \"limit\"", "model-idle-slot", (7, 8), "slot"),
        ("cite = [\"sqs-polling\"]\n", "", "model-no-citation", (2, 1), "citations.toml"),
        ("\"sqs-polling\"", "\"sqs-poling\"", "model-unknown-citation", (9, 9), "`sqs-poling`"),
        ("says = \"Something happens.\"\n", "", "model-missing-key", (2, 1), "`says` is missing"),
        ("\"Something happens.\"", "\"\"", "model-empty", (4, 8), "`says` is empty"),
        ("\"Something happens.\"", "7", "model-wrong-type", (4, 8), "`says` is a number"),
        ("broken.rule", "Broken Rule", "model-bad-id", (3, 6), "`Broken Rule`"),
        ("broken.rule", "queue.delay", "model-duplicate-rule", (3, 6), "sqs_standard.toml"),
        ("values.wait", "value.wait", "model-unknown-key", (8, 1), "unknown key `value`"),
        ("title = \"Broken\"\n", "", "model-missing-key", (1, 1), "`title`"),
        ("cite = [", "ordinary = 1\ncite = [", "model-not-open", (9, 12), "leaves nothing open"),
        ("\"documented\"", "\"assumed\"", "model-bad-certainty", (6, 13), "assumption"),
    ];
    for (from, to, code, place, part) in cases {
        check(&with(GOOD, from, to), code, place, part);
    }
}

#[test]
fn what_is_wrong_in_an_unspecified_rule_is_said_with_its_place() {
    let cases = [
        ("ordinary = \"2 s\"\n", "", "model-missing-key", (2, 1), "`ordinary`"),
        ("draw = \"entity\"\n", "", "model-missing-key", (2, 1), "`draw`"),
        ("why = \"AWS does not say.\"\n", "", "model-missing-key", (2, 1), "`why`"),
        ("range = [\"1 s\", \"5 s\"]\n", "", "model-missing-key", (2, 1), "range or alternatives"),
        ("\"2 s\"", "\"6 s\"", "model-outside-range", (8, 12), "`6s` is not between 1s and 5s"),
        ("\"2 s\"", "2", "model-outside-range", (8, 12), "`2`"),
        (
            "[\"1 s\", \"5 s\"]",
            "[\"5 s\", \"1 s\"]",
            "model-bad-range",
            (9, 9),
            "`5s, 1s` begins above its end",
        ),
        ("[\"1 s\", \"5 s\"]", "[\"1 s\"]", "model-bad-range", (9, 9), "two quantities"),
        (
            "range = [\"1 s\", \"5 s\"]",
            "alternatives = [\"1 s\", \"5 s\"]",
            "model-outside-range",
            (8, 12),
            "among 1s, 5s",
        ),
        (
            "range = [\"1 s\", \"5 s\"]",
            "alternatives = [\"2 s\"]",
            "model-bad-range",
            (9, 16),
            "leaves no choice",
        ),
        ("\"entity\"", "\"often\"", "model-unknown-word", (10, 8), "run, entity, occurrence"),
    ];
    for (from, to, code, place, part) in cases {
        check(&with(OPEN, from, to), code, place, part);
    }
}

#[test]
fn what_is_wrong_in_a_setting_is_said_with_its_place() {
    let cases = [
        ("\"2 s\"", "\"6 s\"", "model-outside-range", (6, 11), "`6s` is outside 1s to 5s"),
        ("[\"1 s\", \"5 s\"]", "[\"5 s\", \"1 s\"]", "model-bad-range", (7, 9), "begins above its end"),
        ("unit = \"seconds\"", "unit = \"years\"", "model-unknown-word", (5, 8), "`years`"),
        ("default = \"2 s\"", "default = 2", "model-bad-unit", (6, 11), "expected a duration"),
        ("cite = [\"sqs-polling\"]\n", "", "model-missing-key", (2, 1), "`cite`"),
        ("cite", "site = 1\ncite", "model-unknown-key", (8, 1), "`site`"),
    ];
    for (from, to, code, place, part) in cases {
        check(&with(SETTING, from, to), code, place, part);
    }
    check(&format!("{SETTING}{}", &SETTING[17..]), "model-duplicate-setting", (10, 12), "already");
    let words = with(
        &with(SETTING, "\"seconds\"", "\"word\""),
        "range = [\"1 s\", \"5 s\"]",
        "allowed = [\"a\", \"b\"]",
    );
    check(&with(&words, "\"2 s\"", "\"c\""), "model-outside-range", (6, 11), "a, b");
}

#[test]
fn what_is_wrong_between_rules_and_files_is_said_with_its_place() {
    let second = with(&GOOD[17..], "broken.rule", "broken.other");
    check(&format!("{GOOD}{second}"), "model-duplicate-slot", (11, 6), "`broken.slot`");
    check(
        &format!("{GOOD}[[guarantee]]\nguarantee = \"no-los\"\nexempt = []\n"),
        "model-unknown-guarantee",
        (11, 13),
        "no-loss",
    );
    let family = "[[guarantee]]\nguarantee = \"no-loss\"\nexempt = [\"thunder\"]\nwhy = \"It is loud.\"\n";
    check(&format!("{GOOD}{family}"), "model-unknown-family", (12, 11), "poison");
    let without = "[[guarantee]]\nguarantee = \"no-loss\"\nexempt = [\"poison\"]\n";
    check(&format!("{GOOD}{without}"), "model-missing-key", (10, 1), "`why`");
    let citation = "[[citation]]\nkey = \"mine\"\ntitle = \"Mine\"\nurl = \"https://example.org\"\nread = \"2026-01-01\"\n";
    check(&format!("{GOOD}{citation}"), "model-unused-citation", (11, 7), "`mine`");
    check("title = \"Broken\"\n[[rule]\n", "model-syntax", (2, 8), "");
    check_file("elsewhere/broken.toml", GOOD, "model-unknown-file", (1, 1), "elsewhere/broken.toml");
    check_file(
        "sources/sqs_standard.toml",
        "title = \"Twice\"\n",
        "model-duplicate-model",
        (1, 1),
        "`sqs_standard`",
    );
}

#[test]
fn all_problems_of_all_files_come_at_once() {
    let dir =
        overlay(&[("services/a.toml", "titel = 1\n"), ("services/b.toml", "title = 1\n[[rule]]\nid = 2\n")]);
    let problems = Models::with_overlay(dir.path()).expect_err("two broken files");
    let codes: Vec<&str> = problems.iter().map(|problem| problem.code).collect();
    assert!(codes.len() >= 7, "{}", lines(&problems));
    let files: BTreeSet<&PathBuf> =
        problems.iter().map(|problem| &*problem.place.as_ref().unwrap().file).collect();
    assert_eq!(files.len(), 2);
}

#[test]
fn what_cannot_be_read_is_said() {
    let problems = Models::with_overlay(Path::new("/no/such/folder")).expect_err("no folder");
    assert_eq!(problems[0].code, "model-unreadable");
    let dir = overlay(&[("README.md", "not a model")]);
    fs::write(dir.path().join("limits.toml"), [0x74, 0xff]).unwrap();
    let problems = Models::with_overlay(dir.path()).expect_err("no text");
    assert_eq!(problems.len(), 1, "{}", lines(&problems));
    assert!(problems[0].to_string().contains("not UTF-8 at byte 1"), "{}", problems[0]);
}

#[test]
fn an_overlay_replaces_a_file_or_adds_one() {
    let plain = embedded();
    let path = "services/sqs_standard.toml";
    let (_, text) = EMBEDDED_FILES.iter().find(|(file, _)| *file == path).unwrap();
    let changed = with(text, "default = \"30 s\"", "default = \"31 s\"");
    let dir = overlay(&[(path, &changed), ("services/broken.toml", GOOD)]);
    let models = Models::with_overlay(dir.path()).unwrap();
    let default =
        |models: &Models| models.setting("AWS::SQS::Queue.VisibilityTimeout").unwrap().default.clone();
    assert_eq!(default(&plain), Some(RuleValue::Duration(Duration::from_secs(30))));
    assert_eq!(default(&models), Some(RuleValue::Duration(Duration::from_secs(31))));
    assert_eq!(models.duration("broken.rule", "wait"), Ok(Duration::from_secs(20)));
    assert_ne!(models.digest(), plain.digest());
    let again = overlay(&[(path, &changed), ("services/broken.toml", GOOD)]);
    assert_eq!(Models::with_overlay(again.path()).unwrap().digest(), models.digest());
    assert_eq!(Models::with_overlay(overlay(&[]).path()).unwrap().digest(), plain.digest());
}

#[test]
fn the_registry_is_the_folder() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    let mut found = BTreeSet::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let inside = path.strip_prefix(&root).unwrap();
                found.insert(inside.iter().map(|part| part.to_str().unwrap()).collect::<Vec<_>>().join("/"));
            }
        }
    }
    let listed: BTreeSet<String> = EMBEDDED_FILES.iter().map(|(path, _)| (*path).to_owned()).collect();
    assert_eq!(found, listed);
}

#[test]
fn every_rule_says_one_sentence() {
    let models = embedded();
    let rules = models.rules().map(|(_, rule)| (&rule.id, &rule.says));
    let settings = models.settings().map(|setting| (&setting.id, &setting.says));
    let guarantees = models.guarantees().map(|guarantee| (&guarantee.name, &guarantee.says));
    for (id, says) in rules.chain(settings).chain(guarantees) {
        assert!(says.ends_with('.') && !says.ends_with(".."), "{id}: {says}");
        assert!(!says.trim_end_matches('.').contains(". "), "{id} says more than one sentence: {says}");
        assert!(
            says.starts_with(|first: char| first.is_uppercase() || first.is_ascii_digit()),
            "{id}: {says}"
        );
    }
}

#[test]
fn every_rule_of_a_range_names_a_setting() {
    let models = embedded();
    let mut named = 0;
    for (_, rule) in models.rules().filter(|(_, rule)| rule.role == Role::Validation) {
        if let Some(property) = rule.values.get("setting").and_then(RuleValue::as_text) {
            named += 1;
            let setting = models.setting(property).unwrap_or_else(|| panic!("{} names {property}", rule.id));
            assert!(setting.range.is_some() || !setting.allowed.is_empty(), "{property}");
        }
    }
    assert!(named > 10, "{named}");
}

#[test]
fn every_citation_is_whole() {
    for citation in embedded().citations() {
        assert!(citation.url.starts_with("https://"), "{}", citation.key);
        assert_eq!(citation.read.len(), "2026-11-22".len(), "{}", citation.key);
    }
}

#[test]
fn values_come_by_name_and_kind_or_with_a_reason() {
    let models = embedded();
    assert_eq!(models.duration("queue_poll.long_poll", "wait"), Ok(Duration::from_secs(20)));
    assert_eq!(models.count("queue_poll.maximum", "count"), Ok(1_250));
    assert_eq!(models.counts("fault.brownout", "factors"), Ok(vec![2, 4, 8, 20]));
    assert_eq!(models.unspecified("queue_poll.scale_step").unwrap().ordinary.kind(), ValueKind::Duration);
    let message = |error: ModelError| error.to_string();
    assert_eq!(
        models.count("queue.none", "x").map_err(message),
        Err("no model has a rule `queue.none`".to_owned())
    );
    assert_eq!(
        models.count("queue_poll.long_poll", "wait").map_err(message),
        Err("value `wait` of rule `queue_poll.long_poll` is a duration, expected a count".to_owned())
    );
    assert_eq!(
        models.count("queue_poll.long_poll", "x").map_err(message),
        Err("rule `queue_poll.long_poll` has no value `x`".to_owned())
    );
    assert!(models.unspecified("queue_poll.long_poll").is_err());
}

#[test]
fn rules_are_found_by_slot() {
    let models = embedded();
    let rule = models.rules_in("sqs_standard", "lease.redrive").unwrap();
    assert_eq!(models.rule(rule).id, "queue.redrive_on_receive");
    assert_eq!(models.rules_in("queue_poll", "lease.redrive"), None);
    assert_eq!(models.rule_id("queue.redrive_on_receive"), Some(rule));
}

#[test]
fn every_model_and_name_can_be_described() {
    let models = embedded();
    let list = describe_models(&models);
    for model in models.models() {
        assert!(list.contains(&model.id), "{}", model.id);
        let text = describe_model(&models, &model.id).unwrap();
        assert!(model.rules.iter().all(|rule| text.contains(&models.rule(*rule).says)), "{}", model.id);
    }
    let rules = models.rules().map(|(_, rule)| rule.id.as_str());
    let settings = models.settings().map(|setting| setting.property.as_str());
    let guarantees = models.guarantees().map(|guarantee| guarantee.name.as_str());
    for name in rules.chain(settings).chain(guarantees).chain(models.families()) {
        let text = explain(&models, name).unwrap_or_else(|| panic!("{name}"));
        let (_, answer) = text.split_once("When is this a false alarm?").unwrap_or_else(|| panic!("{text}"));
        assert!(!answer.trim().is_empty() && answer.trim().lines().count() == 1, "{text}");
    }
}

#[test]
fn unknown_names_get_the_nearest_ones() {
    let models = embedded();
    assert_eq!(explain(&models, "no-los"), None);
    assert_eq!(describe_model(&models, "none"), None);
    assert_eq!(suggestions(&models, "poisn"), ["poison"]);
    assert_eq!(suggestions(&models, "visibilitytimeout"), ["VisibilityTimeout"]);
    assert_eq!(suggestions(&models, "xyzzy-plugh"), Vec::<String>::new());
}

/// The slots that the mechanisms are written against, and the rules that fill them.
const SLOTS: &[(&str, &str, &str)] = &[
    ("sqs_standard", "lease.accept", "queue.accepts"),
    ("sqs_standard", "lease.delay", "queue.delay"),
    ("sqs_standard", "lease.receive", "queue.receive"),
    ("sqs_standard", "lease.receive_size", "queue.receive_size"),
    ("sqs_standard", "lease.visibility", "queue.visibility"),
    ("sqs_standard", "lease.return", "queue.returns"),
    ("sqs_standard", "lease.receive_count", "queue.receive_count"),
    ("sqs_standard", "lease.redrive", "queue.redrive_on_receive"),
    ("sqs_standard", "lease.expire", "queue.expires"),
    ("sqs_standard", "lease.dead_letter_age", "queue.dead_letter_keeps_enqueue_time"),
    ("sqs_standard", "lease.in_flight_limit", "queue.in_flight_limit"),
    ("sqs_standard", "lease.duplicate", "queue.at_least_once"),
    ("sqs_standard", "lease.reorder", "queue.best_effort_order"),
    ("sqs_standard", "lease.readable", "queue.readable"),
    ("queue_poll", "poll.long_poll", "queue_poll.long_poll"),
    ("queue_poll", "poll.initial", "queue_poll.initial_concurrency"),
    ("queue_poll", "poll.scale_up", "queue_poll.scale_up"),
    ("queue_poll", "poll.scale_step", "queue_poll.scale_step"),
    ("queue_poll", "poll.maximum", "queue_poll.maximum"),
    ("queue_poll", "poll.low_traffic", "queue_poll.low_traffic"),
    ("queue_poll", "poll.maximum_concurrency", "queue_poll.maximum_concurrency"),
    ("queue_poll", "poll.batch", "queue_poll.batch"),
    ("queue_poll", "poll.window", "queue_poll.window"),
    ("queue_poll", "poll.window_phase", "queue_poll.window_phase"),
    ("queue_poll", "poll.window_low_traffic", "queue_poll.window_low_traffic"),
    ("queue_poll", "poll.payload", "queue_poll.payload_limit"),
    ("queue_poll", "poll.invoke", "queue_poll.invoke"),
    ("queue_poll", "poll.throttled", "queue_poll.throttled"),
    ("queue_poll", "poll.throttle_retry", "queue_poll.throttle_retry"),
    ("queue_poll", "poll.throttle_release", "queue_poll.throttle_release"),
    ("queue_poll", "poll.service_error", "queue_poll.service_error"),
    ("queue_poll", "poll.delete", "queue_poll.success_deletes"),
    ("queue_poll", "poll.delete_failed", "queue_poll.delete_fails"),
    ("queue_poll", "poll.function_error", "queue_poll.function_error"),
    ("queue_poll", "poll.step_down", "queue_poll.step_down"),
    ("queue_poll", "poll.partial", "queue_poll.partial_response"),
    ("queue_poll", "poll.partial_success", "queue_poll.partial_all_succeeded"),
    ("queue_poll", "poll.partial_malformed", "queue_poll.partial_malformed"),
    ("queue_poll", "poll.response_ignored", "queue_poll.response_ignored"),
    ("queue_poll", "poll.disabled", "queue_poll.disabled"),
    ("function", "function.account_concurrency", "function.account_concurrency"),
    ("function", "function.reserved", "function.reserved"),
    ("function", "function.unreserved", "function.unreserved"),
    ("function", "function.throttled", "function.throttled"),
    ("function", "function.scaling_rate", "function.scaling_rate"),
    ("function", "function.one_at_a_time", "function.one_at_a_time"),
    ("function", "function.start", "function.starts"),
    ("function", "function.cold_start", "function.cold_start"),
    ("function", "function.init_limit", "function.init_limit"),
    ("function", "function.init_failure", "function.init_failure"),
    ("function", "function.timeout", "function.timeout"),
    ("function", "function.out_of_memory", "function.out_of_memory"),
    ("function", "function.crash", "function.crash"),
    ("function", "function.error", "function.error"),
    ("function", "function.return", "function.returns"),
    ("function", "function.response_size", "function.response_size"),
    ("function", "function.environment_reset", "function.environment_reset"),
    ("function", "function.service_error", "function.service_error"),
];

#[test]
fn the_mechanisms_find_their_rules() {
    let models = embedded();
    for (model, slot, id) in SLOTS {
        let rule = models.rules_in(model, slot).unwrap_or_else(|| panic!("{model} fills no {slot}"));
        assert_eq!(models.rule(rule).id, *id);
    }
}

#[test]
fn the_profile_declares_every_fault_family_in_full() {
    let models = embedded();
    assert_eq!(models.families().count(), 18);
    for family in models.families() {
        let rule = format!("fault.{family}");
        let scope = models.text(&rule, "scope").unwrap();
        assert!(["event", "invocation", "span", "platform"].contains(&scope), "{rule}");
        assert_eq!(models.ratios(&rule, "intensities").unwrap().len(), 3, "{rule}");
        assert!(models.text(&rule, "false_alarm").unwrap().ends_with('.'), "{rule}");
        assert_eq!(scope == "span", models.duration(&rule, "longest").is_ok(), "{rule}");
        assert_eq!(scope == "span", models.duration(&rule, "gap").is_ok(), "{rule}");
    }
}

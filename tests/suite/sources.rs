//! The models of sources and fronts: whole, in the words that the documentation lists, and what a caller sees of each
//! failure as one table.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use redrive::models::{Model, ModelKind, Models, Plausible, Rule, RuleValue, describe_models};
use redrive::vocabulary::Duration;

/// What a front can run into, in the order of the table's columns.
const FACES: [&str; 6] = ["failed", "timed_out", "gave_up", "throttled", "denied", "too_large"];

fn models() -> Models {
    Models::embedded().expect("the embedded models load")
}

fn sources(models: &Models) -> impl Iterator<Item = &Model> {
    models.models().filter(|model| model.kind == ModelKind::Source)
}

fn text<'m>(model: &'m Model, attribute: &str) -> &'m str {
    let value = model.attributes.get(attribute).unwrap_or_else(|| panic!("{} has no {attribute}", model.id));
    value.as_text().unwrap_or_else(|| panic!("{attribute} of {} is {value}", model.id))
}

fn slot<'m>(models: &'m Models, model: &str, slot: &str) -> Option<&'m Rule> {
    models.rules_in(model, slot).map(|rule| models.rule(rule))
}

#[test]
fn every_source_says_what_it_is_in_the_words_of_the_documentation() {
    const WORDS: &[(&str, &[&str])] = &[
        ("invocation", &["async", "forward", "queue_poll", "stream_poll", "sync"]),
        ("family", &["custom", "data-stores", "endpoints", "messaging", "repositories"]),
        ("ordering", &["best-effort", "key", "none"]),
        ("permission", &["execution-role", "resource-policy", "role"]),
    ];
    let models = models();
    for (attribute, words) in WORDS {
        let used: BTreeSet<&str> = sources(&models).map(|source| text(source, attribute)).collect();
        let known: BTreeSet<&str> = words.iter().copied().collect();
        assert_eq!(used, known, "{attribute}");
    }
    for source in sources(&models) {
        let duplicates = source.attributes.get("duplicates").and_then(RuleValue::as_flag);
        assert!(duplicates.is_some(), "{}", source.id);
    }
}

/// The slots that `docs/models.md` lists for sources.
fn documented_slots() -> BTreeSet<String> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/models.md")).unwrap();
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `"));
    let cells = rows.filter_map(|row| row.split(" | ").next());
    let names = cells.flat_map(|cell| cell.split('`')).filter(|name| is_push(name));
    names.map(str::to_owned).collect()
}

fn is_push(slot: &str) -> bool {
    slot.starts_with("delivery.") || slot.starts_with("request.")
}

#[test]
fn the_documentation_lists_exactly_the_slots_that_sources_fill() {
    let models = models();
    let rules = sources(&models).flat_map(|source| &source.rules).map(|rule| models.rule(*rule));
    let filled = rules.filter_map(|rule| rule.slot.clone()).filter(|slot| is_push(slot)).collect();
    assert_eq!(documented_slots(), filled);
}

//= test: api_gateway.publish
#[test]
fn every_source_that_pushes_begins_obligations_by_a_rule_of_its_own() {
    let models = models();
    let pushes = |source: &&Model| !["queue_poll", "stream_poll"].contains(&text(source, "invocation"));
    for source in sources(&models).filter(pushes) {
        assert!(slot(&models, &source.id, "delivery.publish").is_some(), "{}", source.id);
    }
}

/// How long the retries of a rule last, at least, and how many they are: pauses double within a phase.
fn retries(models: &Models, rule: &str) -> (u64, Duration) {
    let counts = models.counts(rule, "counts").unwrap();
    let (from, to) = (models.durations(rule, "from").unwrap(), models.durations(rule, "to").unwrap());
    assert!(counts.len() == from.len() && counts.len() == to.len(), "{rule}");
    let mut lasts = Duration::ZERO;
    for ((count, from), to) in counts.iter().zip(&from).zip(&to) {
        assert!(from <= to, "{rule}");
        let mut pause = *from;
        for _ in 0..*count {
            lasts = lasts + pause;
            pause = (pause + pause).min(*to);
        }
    }
    (counts.iter().sum(), lasts)
}

//= test: sns.retry
#[test]
fn retries_of_a_topic_are_as_many_and_last_as_long_as_aws_says() {
    let models = models();
    let (count, lasts) = retries(&models, "sns.retry");
    assert_eq!(count, 100_015);
    assert!(lasts > Duration::from_secs(23 * 86_400) && lasts < Duration::from_secs(24 * 86_400), "{lasts}");
    assert_eq!(retries(&models, "sns_fifo.retry"), (count, lasts));
}

//= test: eventbridge.attempts_range
//= test: eventbridge.age_range
#[test]
fn number_and_age_of_a_policy_come_to_about_the_same() {
    let models = models();
    for (source, rule) in [
        ("eventbridge", "eventbridge.retry"),
        ("schedule", "schedule.retry"),
        ("scheduler", "scheduler.retry"),
    ] {
        let (count, lasts) = retries(&models, rule);
        let age = models.duration(rule, "age").unwrap();
        assert!(lasts + lasts > age && lasts < age + age, "{rule}: {lasts}");
        let resource =
            if source == "scheduler" { "Scheduler::Schedule.Target" } else { "Events::Rule.Targets" };
        let setting = |name: &str| {
            let property = format!("AWS::{resource}.RetryPolicy.{name}");
            models.setting_in(source, &property).unwrap_or_else(|| panic!("{property}")).default.clone()
        };
        assert_eq!(setting("MaximumRetryAttempts"), Some(RuleValue::Count(count)), "{rule}");
        assert_eq!(setting("MaximumEventAgeInSeconds"), Some(RuleValue::Duration(age)), "{rule}");
    }
    let (count, lasts) = retries(&models, "event_bus_custom.retry");
    assert!(count == 5 && lasts < models.duration("event_bus_custom.retry", "age").unwrap(), "{lasts}");
}

//= test: cognito.retry
#[test]
fn every_retry_of_every_source_can_be_read() {
    let models = models();
    let mut read = 0;
    for source in sources(&models) {
        for slot_name in ["delivery.retry", "request.retry"] {
            let Some(rule) = slot(&models, &source.id, slot_name) else { continue };
            read += 1;
            assert_eq!(retries(&models, &rule.id).0 == 0, rule.id.ends_with(".no_retry"), "{}", rule.id);
            if slot_name == "request.retry" {
                let on = models.texts(&rule.id, "on").unwrap();
                let known = ["denied", "failed", "service-error", "throttled", "timeout"];
                assert!(on.iter().all(|word| known.contains(word)), "{}: {on:?}", rule.id);
            }
        }
    }
    assert!(read > 15, "{read}");
    assert_eq!(retries(&models, "cognito.retry").0 + 1, 3, "three attempts in all");
}

//= test: s3.refused
//= test: sns.refused
#[test]
fn only_two_sources_try_again_what_the_target_refuses_for_good() {
    let models = models();
    let tries = sources(&models).filter(|source| {
        let rule = slot(&models, &source.id, "delivery.refused");
        rule.is_some_and(|rule| models.flag(&rule.id, "retried").unwrap())
    });
    assert_eq!(tries.map(|source| source.id.as_str()).collect::<Vec<_>>(), ["event_bus_custom", "pipes"]);
}

/// What the caller sees: a status or a name, `?` where AWS leaves it open, `!` where the caller takes it for success.
fn face(models: &Models, rule: &Rule) -> String {
    let status = rule.values.get("status").map(ToString::to_string);
    let name = rule.values.get("error").map(ToString::to_string);
    let mut shown = status.or(name).unwrap_or_else(|| panic!("{} has neither status nor error", rule.id));
    if let Some(open) = &rule.unspecified {
        assert_eq!(shown, open.ordinary.to_string(), "{}", rule.id);
        assert!(matches!(open.plausible, Plausible::Alternatives(_)), "{}", rule.id);
        shown.push('?');
    }
    if !models.flag(&rule.id, "told").unwrap() {
        shown.push('!');
    }
    shown
}

//= test: api_gateway.failed
//= test: api_gateway.timed_out
//= test: api_gateway.gave_up
//= test: api_gateway.throttled
//= test: api_gateway.denied
//= test: api_gateway.too_large
//= test: api_gateway.timeout
#[test]
fn one_failure_has_many_faces() {
    let models = models();
    let mut table: Vec<Vec<String>> =
        vec![["front", "waits"].into_iter().chain(FACES).map(str::to_owned).collect()];
    for source in sources(&models) {
        let Some(timeout) = slot(&models, &source.id, "request.timeout") else { continue };
        let limit = models.duration(&timeout.id, "limit").unwrap();
        let mut row = vec![source.id.clone(), limit.to_string()];
        for name in FACES {
            let rule = slot(&models, &source.id, &format!("request.{name}"));
            row.push(rule.map_or_else(|| "-".to_owned(), |rule| face(&models, rule)));
        }
        table.push(row);
    }
    let widths: Vec<usize> =
        (0..table[0].len()).map(|column| table.iter().map(|row| row[column].len()).max().unwrap()).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let text = table.iter().map(line).collect::<Vec<_>>().join("\n");
    insta::with_settings!({ snapshot_path => "../../snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("faces", text);
    });
}

//= test: alb.client
#[test]
fn whether_an_end_client_tries_again_is_open_for_every_front() {
    let models = models();
    let mut words = BTreeMap::new();
    for source in sources(&models) {
        let Some(rule) = slot(&models, &source.id, "request.client") else { continue };
        let open = models.unspecified(&rule.id).unwrap();
        let Plausible::Alternatives(values) = &open.plausible else { panic!("{}", rule.id) };
        words.insert(&source.id, (open.ordinary.clone(), values.clone()));
    }
    assert!(words.len() > 8, "{words:?}");
    let all: Vec<_> = words.values().collect();
    assert!(all.windows(2).all(|pair| pair[0] == pair[1]), "{words:?}");
}

#[test]
fn the_list_of_models_groups_sources_by_the_families_of_aws_training() {
    let list = describe_models(&models());
    let families = ["data stores", "endpoints", "repositories", "messaging", "custom"];
    let places: Vec<usize> = families
        .iter()
        .map(|family| {
            let heading = format!("\nEvent sources: {family}\n");
            list.find(&heading).unwrap_or_else(|| panic!("{heading}{list}"))
        })
        .collect();
    assert!(places.is_sorted(), "{list}");
    let section = |family: usize| {
        let rest = &list[places[family]..];
        rest[1..].split("\n\n").next().unwrap().to_owned()
    };
    for (family, source) in [(0, "s3"), (1, "api_gateway"), (2, "cloudwatch_logs"), (3, "sns"), (4, "sdk")] {
        assert!(section(family).contains(&format!("\n  {source} ")), "{}", section(family));
    }
}

/// The documented example of a source that is not AWS's.
fn webhook_gateway() -> Models {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/webhook-gateway/models");
    Models::with_overlay(&folder).unwrap_or_else(|problems| panic!("{problems:?}"))
}

#[test]
fn a_source_of_your_own_is_one_file() {
    let (plain, models) = (models(), webhook_gateway());
    let gateway = models.model("webhook_gateway").unwrap();
    assert_eq!(sources(&models).count(), sources(&plain).count() + 1);
    assert_eq!(text(gateway, "principal"), "hooks.payments.example");
    let (count, lasts) = retries(&models, "webhook_gateway.retry");
    assert_eq!(count, 25);
    let days = |count: u64| Duration::from_secs(count * 86_400);
    assert!(lasts > days(2) && lasts < days(3), "{lasts}");
    for rule in gateway.rules.iter().map(|rule| models.rule(*rule)) {
        if rule.slot.as_deref().is_some_and(|slot| FACES.iter().any(|face| slot == format!("request.{face}")))
        {
            assert!(!face(&models, rule).is_empty());
        }
    }
    let list = describe_models(&models);
    let custom = list.split("Event sources: custom").nth(1).unwrap();
    assert!(custom.contains("webhook_gateway"), "{custom}");
    assert_ne!(models.digest(), plain.digest());
}

#[test]
fn the_documentation_shows_the_beginning_of_the_example() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = root.join("examples/webhook-gateway/models/sources/webhook_gateway.toml");
    let file = fs::read_to_string(file).unwrap();
    let page = fs::read_to_string(root.join("docs/models.md")).unwrap();
    let section = page.split("## A source of your own").nth(1).unwrap();
    let shown = section.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    for line in shown.lines().filter(|line| !line.is_empty()) {
        assert!(file.lines().any(|known| known == line), "{line}");
    }
}

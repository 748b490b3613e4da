//! Rules: every one that code cites exists, and every one that exists is implemented and tested, or said not to be.

use std::collections::{BTreeMap, BTreeSet};

use redrive::models::{Model, ModelKind, Models, Role, Rule};
use redrive::program::Slot;

use crate::architecture::assert_none;
use crate::architecture::source::{sources, words};

/// Behaviour that nothing simulates yet, and why, or what covers it instead.
const NOT_SIMULATED: &[(&str, &str)] = &[
    (
        "function.idle_time",
        "an idle environment is kept; the family `cold-start` renews one at any invocation instead",
    ),
    (
        "fifo.delete_rate",
        "a delete follows a receive, and receives have the same limit: only a burst of invocations that end in one \
         second gets beyond it, for as long as the poller takes to try again; if it does not, the message comes back \
         as `queue_poll.delete_fails` has it",
    ),
    ("access.managed_key", "which keys AWS manages is told by their alias, and none of them denies anybody"),
    ("async.unordered", "runs start as retries, latency and duplicates have it; nothing keeps an order"),
    ("fifo.no_message_delay", "no sender asks for a delay of one message"),
    ("queue.delay_change", "nobody changes settings during a run"),
    ("mq.batch", "brokers of Amazon MQ are understood and not simulated"),
    ("mq.concurrency", "brokers of Amazon MQ are understood and not simulated"),
    ("mq.consumer_stops", "brokers of Amazon MQ are understood and not simulated"),
    ("mq.event", "brokers of Amazon MQ are understood and not simulated"),
    ("mq.filtered", "brokers of Amazon MQ are understood and not simulated"),
    ("mq.redelivery", "brokers of Amazon MQ are understood and not simulated"),
    ("mq.too_large", "brokers of Amazon MQ are understood and not simulated"),
    ("queue.short_poll", "Lambda polls long, and nobody else receives"),
    ("queue.visibility_cap", "nothing extends a visibility timeout"),
    ("queue_poll.metric_invoked", "a number for operators that no report shows yet"),
    ("queue_poll.metric_partial", "a number for operators that no report shows yet"),
    ("queue_poll.throttle_unseen", "what an operator does not see; reports say it in their own words"),
    (
        "queue_poll.update_delay",
        "nobody updates a function during a run; the family `redeploy` changes neither code nor settings",
    ),
];

/// Slots that every source can fill and nothing reads yet, and why: what holds for one source holds for all.
const SLOTS_NOT_SIMULATED: &[(&str, &str)] = &[];

/// What AWS refuses at deployment and nothing checks yet, and why.
const NOT_REFUSED: &[(&str, &str)] = &[
    ("async.dead_letter_permission", "the guarantee `permitted` tells it of every way out"),
    ("async.destination_exists", "reading the template reports it"),
    ("function_url.two_permissions", "the guarantee `permitted` judges the policies of functions"),
    ("queue_poll.role_decrypts", "policies are read for links, not judged yet"),
    ("queue_poll.source_missing", "reading the template reports it"),
];

fn models() -> Models {
    Models::embedded().expect("the embedded models load")
}

/// What the comments of a folder cite: `//= rule.id`, or `//= test: rule.id`, each with its places.
fn citations(folder: &str) -> (BTreeMap<String, String>, BTreeMap<String, String>) {
    let (mut code, mut tests) = (BTreeMap::new(), BTreeMap::new());
    for source in sources(folder) {
        for (index, line) in source.text.lines().enumerate() {
            let Some(cited) = line.trim_start().strip_prefix("//= ") else { continue };
            let place = format!("{folder}/{}:{}", source.path, index + 1);
            match cited.strip_prefix("test: ") {
                Some(id) => tests.insert(id.trim().to_owned(), place),
                None => code.insert(cited.trim().to_owned(), place),
            };
        }
    }
    (code, tests)
}

fn all_citations() -> (BTreeMap<String, String>, BTreeMap<String, String>) {
    let (mut code, mut tests) = citations("src");
    let (more_code, more_tests) = citations("tests");
    code.extend(more_code);
    tests.extend(more_tests);
    (code, tests)
}

/// Names every slot and fills none.
const SLOT_NAMES: &str = "program/slots.rs";

/// The ids of the rules that something implements: the world uses the slot, a file names the rule or its slot, or a
/// comment cites it.
fn implemented(models: &Models) -> BTreeSet<String> {
    let sources = sources("src");
    let recorded = |slot: &Slot| {
        let name = format!("Slot::{slot:?}");
        let world = sources.iter().filter(|source| source.module() == "world");
        world.into_iter().any(|source| words(&source.production, &name).next().is_some())
    };
    let bound = Slot::ALL.iter().filter(|slot| recorded(slot));
    let bound = bound.filter_map(|slot| models.rules_in(slot.model(), slot.name()));
    let mut found: BTreeSet<String> = bound.map(|id| models.rule(id).id.clone()).collect();
    let texts: Vec<&str> = sources
        .iter()
        .filter(|source| source.path != SLOT_NAMES)
        .map(|source| source.text.as_str())
        .collect();
    // What stands between quotes, so that each name is looked up and not searched for in every file.
    let quoted: BTreeSet<&str> = texts.iter().flat_map(|text| text.split('"')).collect();
    let is_named = |name: &str| quoted.contains(name);
    let named = models
        .rules()
        .filter(|(_, rule)| is_named(&rule.id) || rule.slot.as_ref().is_some_and(|slot| is_named(slot)));
    found.extend(named.map(|(_, rule)| rule.id.clone()));
    found.extend(citations("src").0.into_keys());
    found
}

fn ids<'a>(models: &'a Models, wanted: impl Fn(&Rule) -> bool + 'a) -> BTreeSet<String> {
    models.rules().filter(|(_, rule)| wanted(rule)).map(|(_, rule)| rule.id.clone()).collect()
}

#[test]
fn cited_rules_exist() {
    let models = models();
    let (code, tests) = all_citations();
    let unknown = code.iter().chain(&tests).filter(|(id, _)| models.rule_id(id).is_none());
    let problems: Vec<String> = unknown.map(|(id, place)| format!("{place} cites {id}")).collect();
    assert_none("citations of rules that do not exist", &problems);
}

/// The ids of the rules by which sources fill slots, by slot. A mechanism reads a slot alike for every source, so one
/// place that reads it and one test of it stand for all of them.
fn shared(models: &Models) -> BTreeMap<String, BTreeSet<String>> {
    let is_source = |model: &&Model| model.kind == ModelKind::Source;
    let rules = models.models().filter(is_source).flat_map(|model| &model.rules);
    let mut slots: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for rule in rules.map(|id| models.rule(*id)) {
        if let Some(slot) = &rule.slot {
            slots.entry(slot.clone()).or_default().insert(rule.id.clone());
        }
    }
    slots
}

/// The ids of the rules in slots of sources that nothing reads yet.
fn in_unread_slots(models: &Models) -> BTreeSet<String> {
    let slots = shared(models);
    SLOTS_NOT_SIMULATED.iter().filter_map(|(slot, _)| slots.get(*slot)).flatten().cloned().collect()
}

/// Every rule of a role is implemented or listed, and nothing listed is implemented.
fn check_implemented(role: Role, list: &[(&str, &str)]) {
    let models = models();
    let listed: BTreeSet<String> = list.iter().map(|(id, _)| (*id).to_owned()).collect();
    assert_eq!(listed.len(), list.len(), "a rule is listed twice");
    let implemented = implemented(&models);
    let rules = ids(&models, |rule| rule.role == role);
    let unread = in_unread_slots(&models);
    let is_known = |id: &&String| implemented.contains(*id) || listed.contains(*id) || unread.contains(*id);
    let missing: Vec<String> = rules.iter().filter(|id| !is_known(id)).cloned().collect();
    assert_none("rules that nothing implements", &missing);
    let stale: Vec<String> =
        listed.iter().filter(|id| implemented.contains(*id) || !rules.contains(*id)).cloned().collect();
    assert_none("rules that are listed as not implemented and are, or are no rules: take them off", &stale);
}

#[test]
fn every_behaviour_is_simulated_or_said_not_to_be() {
    check_implemented(Role::Behaviour, NOT_SIMULATED);
}

#[test]
fn every_slot_that_is_listed_as_unread_is_filled_by_sources_and_read_by_nothing() {
    let (models, sources) = (models(), sources("src"));
    let slots = shared(&models);
    let is_stale = |slot: &str| {
        let name = format!("\"{slot}\"");
        !slots.contains_key(slot) || sources.iter().any(|source| source.text.contains(&name))
    };
    let stale = SLOTS_NOT_SIMULATED.iter().filter(|(slot, _)| is_stale(slot));
    let stale: Vec<String> = stale.map(|(slot, _)| (*slot).to_owned()).collect();
    assert_none("slots that are listed as unread and are not: take them off", &stale);
}

#[test]
fn every_refusal_is_checked_or_said_not_to_be() {
    check_implemented(Role::Validation, NOT_REFUSED);
}

#[test]
fn every_rule_is_tested_or_said_not_to_be() {
    let models = models();
    let (_, tests) = all_citations();
    let mut absent: BTreeSet<&str> = NOT_SIMULATED.iter().chain(NOT_REFUSED).map(|(id, _)| *id).collect();
    let unread = in_unread_slots(&models);
    absent.extend(unread.iter().map(String::as_str));
    let shared = shared(&models);
    let alike = shared.values().filter(|rules| rules.iter().any(|id| tests.contains_key(id)));
    absent.extend(alike.flatten().map(String::as_str));
    let real = ids(&models, |rule| matches!(rule.role, Role::Behaviour | Role::Validation));
    let is_known = |id: &str| tests.contains_key(id) || absent.contains(id);
    let untested: Vec<String> = real.iter().filter(|id| !is_known(id)).cloned().collect();
    assert_none("rules that no test cites", &untested);
}

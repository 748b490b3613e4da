//! What only all files together show: ids and slots used twice, names that nobody defines, citations that nobody cites.

use std::collections::{BTreeMap, BTreeSet};

use crate::vocabulary::Place;

use crate::models::fields::{Located, report};
use crate::models::read::{Draft, ModelDraft};
use crate::models::rule::ModelKind;
use crate::models::source::Layer;

/// What the id of each fault family's rule begins with.
pub(super) const FAMILY_PREFIX: &str = "fault.";

/// Notes every problem that lies between files; `top` is the layer whose unused citations are its author's to mend.
pub(super) fn check(draft: &mut Draft, top: Layer) {
    check_models(draft);
    check_rules(draft);
    check_properties(draft);
    if draft.whole {
        check_citations(draft, top);
        check_guarantees(draft);
    }
}

/// Notes `what` where `key` was seen before.
fn once<'a>(
    seen: &mut BTreeMap<&'a str, &'a Place>,
    key: &'a str,
    place: &'a Place,
    found: &mut Vec<(Place, String)>,
) {
    if let Some(first) = seen.insert(key, place) {
        found.push((place.clone(), format!("`{key}` stands at {first} already")));
    }
}

fn note(draft: &mut Draft, code: &'static str, help: &str, found: Vec<(Place, String)>) {
    for (place, message) in found {
        report(&mut draft.problems, &place, code, message, help);
    }
}

fn check_models(draft: &mut Draft) {
    let (mut seen, mut found) = (BTreeMap::new(), Vec::new());
    for model in &draft.models {
        once(&mut seen, &model.id, &model.place, &mut found);
    }
    note(draft, "model-duplicate-model", "give the file another name", found);
}

fn check_rules(draft: &mut Draft) {
    let (mut ids, mut twice) = (BTreeMap::new(), Vec::new());
    let mut slots_twice = Vec::new();
    let mut settings_twice = Vec::new();
    for model in &draft.models {
        let (mut slots, mut settings) = (BTreeMap::new(), BTreeMap::new());
        for rule in &model.rules {
            once(&mut ids, &rule.id, &rule.place, &mut twice);
            if let Some(slot) = &rule.slot {
                once(&mut slots, slot, &rule.place, &mut slots_twice);
            }
        }
        for setting in &model.settings {
            once(&mut settings, &setting.property, &setting.place, &mut settings_twice);
        }
    }
    note(draft, "model-duplicate-rule", "give one of the rules another id", twice);
    note(draft, "model-duplicate-slot", "let one rule of a model fill a slot", slots_twice);
    note(draft, "model-duplicate-setting", "keep one of the settings", settings_twice);
}

fn check_properties(draft: &mut Draft) {
    let (mut seen, mut found) = (BTreeMap::new(), Vec::new());
    for list in &draft.properties {
        once(&mut seen, &list.of, &list.place, &mut found);
    }
    note(draft, "model-duplicate-properties", "list a type once", found);
}

fn check_citations(draft: &mut Draft, top: Layer) {
    let (mut keys, mut twice) = (BTreeMap::new(), Vec::new());
    for citation in &draft.citations {
        once(&mut keys, &citation.citation.key, &citation.place, &mut twice);
    }
    let cited: BTreeSet<&str> = draft.references.citations.iter().map(|key| key.value.as_str()).collect();
    let unused = draft.citations.iter().filter(|citation| citation.layer == top);
    let unused = unused.filter(|citation| !cited.contains(citation.citation.key.as_str()));
    let unused = unused
        .map(|unused| (unused.place.clone(), format!("nothing cites `{}`", unused.citation.key)))
        .collect();
    let unknown = unknown(&draft.references.citations, "citation", |key| keys.contains_key(key));
    note(draft, "model-duplicate-citation", "keep one of the two", twice);
    note(draft, "model-unused-citation", "cite it, or take it out", unused);
    note(draft, "model-unknown-citation", "add a `[[citation]]` with this key", unknown);
}

fn check_guarantees(draft: &mut Draft) {
    let (mut names, mut twice) = (BTreeMap::new(), Vec::new());
    for definition in &draft.definitions {
        once(&mut names, &definition.name, &definition.place, &mut twice);
    }
    let mut declared_twice = Vec::new();
    for model in &draft.models {
        let mut seen = BTreeMap::new();
        for declaration in &model.guarantees {
            once(&mut seen, &declaration.value.guarantee, &declaration.place, &mut declared_twice);
        }
    }
    let families: BTreeSet<&str> = draft.models.iter().flat_map(families).collect();
    let known: Vec<&str> = names.keys().copied().collect();
    let guarantee_help = format!("expected one of: {}", known.join(", "));
    let family_help = format!("expected one of: {}", families.iter().copied().collect::<Vec<_>>().join(", "));
    let no_guarantee = unknown(&draft.references.guarantees, "guarantee", |name| names.contains_key(name));
    let no_family = unknown(&draft.references.families, "fault family", |name| families.contains(name));
    note(draft, "model-duplicate-guarantee", "define a guarantee once", twice);
    note(draft, "model-duplicate-guarantee", "let a model declare a guarantee once", declared_twice);
    note(draft, "model-unknown-guarantee", &guarantee_help, no_guarantee);
    note(draft, "model-unknown-family", &family_help, no_family);
}

/// The fault families that a profile declares.
fn families(model: &ModelDraft) -> impl Iterator<Item = &str> {
    let rules = model.rules.iter().filter(|_| model.kind == ModelKind::Profile);
    rules.filter_map(|rule| rule.id.strip_prefix(FAMILY_PREFIX))
}

fn unknown(names: &[Located<String>], what: &str, known: impl Fn(&str) -> bool) -> Vec<(Place, String)> {
    let unknown = names.iter().filter(|name| !known(&name.value));
    unknown.map(|name| (name.place.clone(), format!("unknown {what} `{}`", name.value))).collect()
}

//! `[set]` and `[parameters]`: what `--set` and `--parameter` say, in a file.

use crate::scenario::read::StatedSetting;
use crate::scenario::read::fields::{Fields, unreadable};
use crate::scenario::read::json::json_text;
use crate::vocabulary::{Diagnostic, WrittenEntry, WrittenValue};

/// Settings by path: `Orders.VisibilityTimeout = 180`, in one table or in tables inside tables.
pub(super) fn read_settings(fields: &Fields<'_>, problems: &mut Vec<Diagnostic>) -> Vec<StatedSetting> {
    let mut settings = Vec::new();
    for entry in fields.entries() {
        flatten("", entry, &mut settings, problems);
    }
    settings
}

fn flatten(
    path: &str,
    entry: &WrittenEntry,
    settings: &mut Vec<StatedSetting>,
    problems: &mut Vec<Diagnostic>,
) {
    let name = if path.is_empty() { entry.key.clone() } else { format!("{path}.{}", entry.key) };
    if let WrittenValue::Map(entries) = &entry.item.value {
        for inner in entries {
            flatten(&name, inner, settings, problems);
        }
        return;
    }
    match json_text(&entry.item) {
        Ok(value) => settings.push(StatedSetting { name, value, place: entry.key_place.clone() }),
        Err(problem) => unreadable(problems, &name, &entry.item.place, problem),
    }
}

/// Parameters by name.
pub(super) fn read_parameters(fields: &Fields<'_>, problems: &mut Vec<Diagnostic>) -> Vec<StatedSetting> {
    let mut parameters = Vec::new();
    for entry in fields.entries() {
        match json_text(&entry.item) {
            Ok(value) => {
                let place = entry.key_place.clone();
                parameters.push(StatedSetting { name: entry.key.clone(), value, place });
            }
            Err(problem) => unreadable(problems, &entry.key, &entry.item.place, problem),
        }
    }
    parameters
}

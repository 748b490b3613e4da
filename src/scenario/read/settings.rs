//! `[set]` and `[parameters]`: what `--set` and `--parameter` say, in a file.

use crate::scenario::read::StatedSetting;
use crate::scenario::read::fields::{Fields, unreadable};
use crate::scenario::read::json::json_text;
use crate::vocabulary::{Diagnostic, Place, Written, WrittenValue};

/// Settings by path: `Orders.VisibilityTimeout = 180`, in one table or in tables inside tables.
pub(super) fn read_settings(fields: &Fields<'_>, problems: &mut Vec<Diagnostic>) -> Vec<StatedSetting> {
    let mut settings = Vec::new();
    for entry in fields.entries() {
        flatten(&entry.key, &entry.key_place, &entry.item, &mut settings, problems);
    }
    settings
}

/// What stands under a name, said to stand where the name begins.
fn flatten(
    name: &str,
    place: &Place,
    item: &Written,
    settings: &mut Vec<StatedSetting>,
    problems: &mut Vec<Diagnostic>,
) {
    if let WrittenValue::Map(entries) = &item.value {
        for inner in entries {
            flatten(&format!("{name}.{}", inner.key), place, &inner.item, settings, problems);
        }
        return;
    }
    match json_text(item) {
        Ok(value) => settings.push(StatedSetting { name: name.to_owned(), value, place: place.clone() }),
        Err(problem) => unreadable(problems, name, &item.place, problem),
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

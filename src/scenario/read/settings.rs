//! `[set]` and `[parameters]`: what `--set` and `--parameter` say, in a file.

use crate::scenario::read::StatedSetting;
use crate::scenario::read::document::Document;
use crate::scenario::read::fields::{Fields, unreadable};
use crate::scenario::read::json::json_text;
use crate::vocabulary::{Diagnostic, Place, Written, WrittenValue};

/// Settings by path: `Orders.VisibilityTimeout = 180`, in one table or in tables inside tables; in the order of the
/// file, each said to stand where its name is written.
pub(super) fn read_settings(
    fields: &Fields<'_>,
    document: &Document<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Vec<StatedSetting> {
    let mut settings = Vec::new();
    for entry in fields.entries() {
        flatten(&entry.key, &entry.key_place, &entry.item, &mut settings, problems);
    }
    settings.sort_by_key(|one| one.place.start);
    for setting in &mut settings {
        setting.place = document.whole_key(&setting.place);
    }
    for (position, setting) in settings.iter().enumerate() {
        let Some(first) = settings[..position].iter().find(|one| one.name == setting.name) else { continue };
        let message = format!("`{}` is set a second time", setting.name);
        let help = format!("it is set at {} already; keep one of them", first.place);
        problems.push(Diagnostic::error("scenario-set-twice", message).at(&setting.place).help(help));
    }
    settings
}

/// What stands under a name; the place is that of its last key, which every setting has for its own.
fn flatten(
    name: &str,
    place: &Place,
    item: &Written,
    settings: &mut Vec<StatedSetting>,
    problems: &mut Vec<Diagnostic>,
) {
    if let WrittenValue::Map(entries) = &item.value {
        for inner in entries {
            let name = format!("{name}.{}", inner.key);
            flatten(&name, &inner.key_place, &inner.item, settings, problems);
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

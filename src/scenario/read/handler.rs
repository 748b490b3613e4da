//! `[handler.NAME]`: what the handlers of one function, or of several, do.

use crate::scenario::read::behaviour::{emission, outcome};
use crate::scenario::read::fields::{Fields, unreadable};
use crate::scenario::read::json::{is_json, json_text};
use crate::scenario::{HandlerPreset, Handling, Timing};
use crate::vocabulary::Diagnostic;

/// All handlers, in the order of the file.
pub(super) fn read(table: &Fields<'_>, problems: &mut Vec<Diagnostic>) -> Vec<Handling> {
    let mut handlers = Vec::new();
    for entry in table.entries() {
        let name = format!("[handler.{}]", entry.key);
        let Some(fields) = Fields::of(&name, &entry.item, problems) else { continue };
        let mut fields = fields.named_at(&entry.key_place);
        let handling = handling(&entry.key, &mut fields, problems);
        fields.finish(problems);
        handlers.push(handling);
    }
    handlers
}

/// What one of them does.
pub(super) fn handling(function: &str, fields: &mut Fields<'_>, problems: &mut Vec<Diagnostic>) -> Handling {
    let outcomes = fields.tables("outcomes", "`outcomes`", problems);
    let emits = fields.tables("emits", "`emits`", problems);
    Handling {
        function: function.to_owned(),
        preset: fields.parsed("preset", HandlerPreset::read, problems),
        duration: fields.parsed("duration", Timing::parse, problems),
        outcomes: outcomes.into_iter().filter_map(|fields| outcome(fields, problems)).collect(),
        answer: answer(fields, problems),
        emits: emits.into_iter().filter_map(|fields| emission(fields, problems)).collect(),
        place: Some(fields.place().clone()),
    }
}

/// The literal JSON that it returns.
fn answer(fields: &mut Fields<'_>, problems: &mut Vec<Diagnostic>) -> Option<String> {
    let item = fields.ask("returns")?;
    let checked = json_text(item).and_then(|text| is_json(&text).map(|()| text));
    checked.map_err(|problem| unreadable(problems, "returns", &item.place, problem)).ok()
}

//! `[caller.NAME]`: how long whoever calls through a front waits, and how often they call again.

use crate::scenario::read::fields::Fields;
use crate::scenario::words::{Unreadable, some_length};
use crate::scenario::{Caller, Retries};
use crate::vocabulary::{Diagnostic, did_you_mean};

/// More calls for one answer are a mistake rather than a wish.
const MOST_ATTEMPTS: u32 = 1_000;

/// All callers, in the order of the file.
pub(super) fn read(table: &Fields<'_>, problems: &mut Vec<Diagnostic>) -> Vec<Caller> {
    let mut callers = Vec::new();
    for entry in table.entries() {
        let name = format!("[caller.{}]", entry.key);
        let Some(fields) = Fields::of(&name, &entry.item, problems) else { continue };
        callers.push(caller(&entry.key, fields.named_at(&entry.key_place), problems));
    }
    callers
}

/// What one of them does.
pub(super) fn caller(name: &str, mut fields: Fields<'_>, problems: &mut Vec<Diagnostic>) -> Caller {
    let caller = Caller {
        name: name.to_owned(),
        retries: fields.parsed("retries", retries, problems),
        attempts: fields.count("attempts", (1, MOST_ATTEMPTS), problems),
        timeout: fields.parsed("timeout", some_length, problems),
        place: Some(fields.place().clone()),
    };
    if fields.has("attempts") {
        fields.needs(&["retries"], problems);
    }
    fields.finish(problems);
    caller
}

fn retries(word: &str) -> Result<Retries, Unreadable> {
    Retries::ALL.into_iter().find(|mode| mode.word() == word).ok_or_else(|| {
        let help = did_you_mean(word, &Retries::ALL.map(Retries::word));
        Unreadable::new(format!("there is no mode of retries `{word}`"), help)
    })
}

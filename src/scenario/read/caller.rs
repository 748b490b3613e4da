//! `[caller.NAME]`: how long whoever calls through a front waits, how often they call again, and what a client calls that
//! no template shows.

use crate::scenario::read::fields::Fields;
use crate::scenario::words::{Unreadable, some_length};
use crate::scenario::{Call, Caller, Retries};
use crate::vocabulary::{Diagnostic, did_you_mean};

/// More calls for one answer are a mistake rather than a wish.
const MOST_ATTEMPTS: u32 = 1_000;

/// The key that says whether a client waits.
const INVOCATION_TYPE: &str = "invocation-type";
/// The key that says whether a client looks at `FunctionError`.
const SEES_ERRORS: &str = "sees-function-errors";
/// What stands between a function and its version or alias.
const QUALIFIER: char = ':';

/// All callers, in the order of the file.
pub(super) fn read(table: &Fields<'_>, problems: &mut Vec<Diagnostic>) -> Vec<Caller> {
    let mut callers = Vec::new();
    for entry in table.entries() {
        let name = format!("[caller.{}]", entry.key);
        let Some(mut fields) = Fields::of(&name, &entry.item, problems) else { continue };
        let calls = call(&mut fields, problems);
        let sees_function_errors = fields.parsed(SEES_ERRORS, flag, problems);
        let stated = caller(&entry.key, fields.named_at(&entry.key_place), problems);
        callers.push(Caller { calls, sees_function_errors, ..stated });
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
        calls: None,
        sees_function_errors: None,
        place: Some(fields.place().clone()),
    };
    if fields.has("attempts") {
        fields.needs(&["retries"], problems);
    }
    fields.finish(problems);
    caller
}

/// What it calls itself.
fn call(fields: &mut Fields<'_>, problems: &mut Vec<Diagnostic>) -> Option<Call> {
    let called = fields.text("calls", problems);
    let invocation = fields.parsed(INVOCATION_TYPE, source_of, problems);
    let source = fields.text("source", problems);
    if [INVOCATION_TYPE, "source", SEES_ERRORS].into_iter().any(|key| fields.has(key)) {
        fields.needs(&["calls"], problems);
    }
    fields.one_of(&[INVOCATION_TYPE, "source"], problems);
    let called = called?;
    let source = source.or_else(|| invocation.map(str::to_owned));
    let (function, qualifier) = match called.rsplit_once(QUALIFIER) {
        Some((function, alias)) if !alias.is_empty() => (function.to_owned(), Some(alias.to_owned())),
        Some(_) | None => (called, None),
    };
    Some(Call { function, qualifier, source: source.unwrap_or_else(|| Call::REQUEST.to_owned()) })
}

fn flag(word: &str) -> Result<bool, Unreadable> {
    word.parse().map_err(|_| {
        Unreadable::new(format!("`{word}` is neither true nor false"), "write `true` or `false`")
    })
}

fn source_of(invocation_type: &str) -> Result<&'static str, Unreadable> {
    match invocation_type {
        "RequestResponse" => Ok(Call::REQUEST),
        "Event" => Ok(Call::EVENT),
        other => {
            let help = did_you_mean(other, &["RequestResponse", "Event"]);
            Err(Unreadable::new(format!("there is no invocation type `{other}`"), help))
        }
    }
}

fn retries(word: &str) -> Result<Retries, Unreadable> {
    Retries::ALL.into_iter().find(|mode| mode.word() == word).ok_or_else(|| {
        let help = did_you_mean(word, &Retries::ALL.map(Retries::word));
        Unreadable::new(format!("there is no mode of retries `{word}`"), help)
    })
}

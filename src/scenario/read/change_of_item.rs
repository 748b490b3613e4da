//! `change`, `before` and `transaction` of messages, and `changes` of load by rule: what is done to a table's items.

use crate::scenario::read::fields::{Fields, unreadable, wrong_kind};
use crate::scenario::words::Unreadable;
use crate::scenario::{ItemWrite, Message, StatedWrite};
use crate::vocabulary::{Diagnostic, did_you_mean};

/// What a message does to an item; nothing where it does not say.
pub(super) fn change(
    fields: &mut Fields<'_>,
    transaction: Option<u32>,
    problems: &mut Vec<Diagnostic>,
) -> Option<StatedWrite> {
    let write = fields.parsed("change", write, problems);
    let before = fields.json("before", problems);
    if write.is_some() {
        fields.needs(&["body"], problems);
    } else if before.is_some() || transaction.is_some() {
        fields.needs(&["change"], problems);
    }
    Some(StatedWrite { write: write?, before, transaction })
}

/// The changes of a transaction: as many messages, at one moment.
pub(super) fn transaction(
    number: u32,
    message: &Message,
    fields: &mut Fields<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Vec<Message> {
    let parts = fields.tables("transaction", "a change of `transaction`", problems);
    let part = |mut fields: Fields<'_>| {
        let change = change(&mut fields, Some(number), problems);
        let place = Some(fields.place().clone());
        let body = fields.json("body", problems);
        fields.finish(problems);
        Message { body, change, place, ..message.clone() }
    };
    parts.into_iter().map(part).collect()
}

/// What the item of each key goes through in turn.
pub(super) fn changes(fields: &mut Fields<'_>, problems: &mut Vec<Diagnostic>) -> Vec<ItemWrite> {
    let Some(item) = fields.ask("changes") else { return Vec::new() };
    let texts = fields.texts("changes", problems);
    let mut changes = Vec::new();
    for text in texts {
        match write(text.text) {
            Ok(write) => changes.push(write),
            Err(problem) => unreadable(problems, "changes", text.place, problem),
        }
    }
    if changes.contains(&ItemWrite::Expire) {
        wrong_kind(
            problems,
            "changes",
            item,
            "`put`, `update` and `delete`: an item expires once, so state it as a message",
        );
    }
    changes
}

fn write(word: &str) -> Result<ItemWrite, Unreadable> {
    ItemWrite::ALL.into_iter().find(|write| write.word() == word).ok_or_else(|| {
        let help = did_you_mean(word, &ItemWrite::ALL.map(ItemWrite::word));
        Unreadable::new(format!("there is no change `{word}`"), help)
    })
}

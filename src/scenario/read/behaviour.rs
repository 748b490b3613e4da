//! What becomes of events in a handler, and what it sends on.

use crate::scenario::read::fields::{Fields, unreadable};
use crate::scenario::read::json::{is_json, json_text};
use crate::scenario::words::{Unreadable, ratio};
use crate::scenario::{Amount, BodyTest, Emission, OutcomeRule, Per, Then, When};
use crate::vocabulary::{Diagnostic, did_you_mean};

/// One rule of what becomes of events; nothing where it does not say what happens then.
pub(super) fn outcome(mut fields: Fields<'_>, problems: &mut Vec<Diagnostic>) -> Option<OutcomeRule> {
    fields.needs(&["then"], problems);
    let when = When {
        attempts: fields.parsed("attempts", attempts, problems),
        body: body_test(&mut fields, problems),
        ratio: fields.parsed("ratio", ratio, problems),
    };
    let then = fields.parsed("then", then, problems);
    let place = Some(fields.place().clone());
    fields.finish(problems);
    Some(OutcomeRule { when, then: then?, place })
}

/// Attempts count from 1.
fn attempts(text: &str) -> Result<(u32, u32), Unreadable> {
    let amount = Amount::parse(text)?;
    let starts_open = text.trim().starts_with("..");
    if amount.most == 0 || (amount.least == 0 && !starts_open) {
        let help = "attempts count from 1: write `1`, `2..3` or `2..`";
        return Err(Unreadable::new(format!("`{}` is no attempt", text.trim()), help));
    }
    let bounded = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    Ok((bounded(amount.least).max(1), bounded(amount.most)))
}

fn body_test(fields: &mut Fields<'_>, problems: &mut Vec<Diagnostic>) -> Option<BodyTest> {
    fields.one_of(&["body-contains", "body-matches"], problems);
    let contains = fields.text("body-contains", problems).map(BodyTest::Contains);
    let Some(item) = fields.ask("body-matches") else { return contains };
    let pattern = json_text(item).and_then(|text| is_json(&text).map(|()| text));
    let matches = pattern.map_err(|problem| unreadable(problems, "body-matches", &item.place, problem)).ok();
    contains.or(matches.map(BodyTest::Matches))
}

fn then(word: &str) -> Result<Then, Unreadable> {
    Then::ALL.into_iter().find(|then| then.word() == word).ok_or_else(|| {
        Unreadable::new(
            format!("there is no outcome `{word}`"),
            did_you_mean(word, &Then::ALL.map(Then::word)),
        )
    })
}

/// What a handler sends on.
pub(super) fn emission(mut fields: Fields<'_>, problems: &mut Vec<Diagnostic>) -> Option<Emission> {
    fields.needs(&["to"], problems);
    let to = fields.text("to", problems);
    let emission = Emission {
        to: String::new(),
        per: fields.parsed("per", per, problems).unwrap_or(Per::Event),
        count: fields.count("count", (1, MOST_SENT), problems).unwrap_or(1),
        body: fields.json("body", problems),
        group: fields.text("group", problems),
        place: Some(fields.place().clone()),
    };
    fields.finish(problems);
    Some(Emission { to: to?, ..emission })
}

/// More messages for one event are a mistake rather than a wish.
const MOST_SENT: u32 = 1_000;

fn per(word: &str) -> Result<Per, Unreadable> {
    match word {
        "event" => Ok(Per::Event),
        "invocation" => Ok(Per::Invocation),
        _ => {
            let help = did_you_mean(word, &["event", "invocation"]);
            Err(Unreadable::new(format!("there is nothing per `{word}`"), help))
        }
    }
}

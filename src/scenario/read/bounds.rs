//! `[bounds]`: limits for the guarantees.

use crate::models::Money;
use crate::scenario::read::fields::Fields;
use crate::scenario::words::{Unreadable, some_length};
use crate::scenario::{Bounds, Strictness};
use crate::vocabulary::{Diagnostic, did_you_mean};

/// What is stated.
pub(super) fn read(mut fields: Fields<'_>, problems: &mut Vec<Diagnostic>) -> Bounds {
    let mut length = |key| fields.parsed(key, some_length, problems);
    let (operator_window, stall_limit) = (length("operator-window"), length("stall-limit"));
    let (drain, settle_limit, delay) = (length("drain"), length("settle-limit"), length("delay"));
    let most = (1, u32::MAX);
    let bounds = Bounds {
        operator_window,
        stall_limit,
        drain,
        settle_limit,
        ordering: fields.parsed("ordering", strictness, problems).unwrap_or_default(),
        delay,
        invocations_per_event: fields.count("invocations-per-event", most, problems),
        requests_per_event: fields.count("requests-per-event", most, problems),
        cost_per_event: fields.parsed("cost-per-event", money, problems),
    };
    fields.finish(problems);
    bounds
}

fn strictness(word: &str) -> Result<Strictness, Unreadable> {
    match word {
        "usual" => Ok(Strictness::Usual),
        "strict" => Ok(Strictness::Strict),
        _ => {
            let help = did_you_mean(word, &["usual", "strict"]);
            Err(Unreadable::new(format!("there is no ordering `{word}`"), help))
        }
    }
}

fn money(text: &str) -> Result<Money, Unreadable> {
    let text = text.trim();
    Money::parse(text).ok_or_else(|| {
        let says = if text.starts_with('-') { "is below zero" } else { "is no amount of money" };
        Unreadable::new(
            format!("`{text}` {says}"),
            "write US dollars with at most twelve decimals, such as `0.0004 USD`",
        )
    })
}

//! Handlers whose answers are no JSON, or whose rules never apply.

use crate::models::Models;
use crate::pattern::{Dialect, Grammar, Pattern};
use crate::scenario::check::{doubt, problem};
use crate::scenario::{BodyTest, Handling, Scenario, When};
use crate::topology::grammar;
use crate::vocabulary::Diagnostic;

/// Checks every handler.
pub(super) fn check(scenario: &Scenario, models: &Models, problems: &mut Vec<Diagnostic>) {
    let grammar = grammar(models, Dialect::Mapping).ok();
    for handling in &scenario.handlers {
        answer(handling, problems);
        unreachable_rules(handling, problems);
        patterns(handling, grammar.as_ref(), problems);
    }
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

fn answer(handling: &Handling, problems: &mut Vec<Diagnostic>) {
    if let Some(answer) = handling.answer.as_deref().filter(|answer| !is_json(answer)) {
        let message = format!("the answer of {} is no JSON: `{answer}`", handling.function);
        let help = "state what the function returns as JSON";
        problems.push(problem("scenario-answer", handling.place.as_ref(), message, help));
    }
}

/// A rule behind one that always applies never does.
fn unreachable_rules(handling: &Handling, problems: &mut Vec<Diagnostic>) {
    let always = handling.outcomes.iter().position(|rule| rule.when == When::default());
    let Some(behind) = always.and_then(|first| handling.outcomes.get(first + 1)) else { return };
    let message =
        format!("this outcome of {} never applies: the one before it always does", handling.function);
    let help = "put the outcome without conditions last";
    problems.push(doubt("scenario-unreachable", behind.place.as_ref(), message, help));
}

/// What no mapping would take for a filter matches nothing.
fn patterns(handling: &Handling, grammar: Option<&Grammar>, problems: &mut Vec<Diagnostic>) {
    for rule in &handling.outcomes {
        let Some(BodyTest::Matches(pattern)) = &rule.when.body else { continue };
        let errors = grammar.and_then(|grammar| Pattern::parse(pattern, grammar).err());
        for error in errors.into_iter().flatten() {
            let message = format!("`body-matches` is no event pattern: `{pattern}`: {error}");
            let help = "write a JSON object of lists, such as '{\"kind\": [\"refund\"]}'";
            problems.push(problem("scenario-pattern", rule.place.as_ref(), message, help));
        }
    }
}

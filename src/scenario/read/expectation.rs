//! `[[expect]]`: what must have come of a run at its end.

use crate::scenario::read::fields::Fields;
use crate::scenario::words::{Unreadable, event, some_length};
use crate::scenario::{Amount, Expectation, Expected, ExpectedFate};
use crate::vocabulary::{Diagnostic, did_you_mean};

/// What an expectation is about; each is about one of these.
const SUBJECTS: [&str; 3] = ["function", "queue", "events"];

/// All expectations.
pub(super) fn read(tables: Vec<Fields<'_>>, problems: &mut Vec<Diagnostic>) -> Vec<Expectation> {
    tables.into_iter().filter_map(|fields| one(fields, problems)).collect()
}

fn one(mut fields: Fields<'_>, problems: &mut Vec<Diagnostic>) -> Option<Expectation> {
    fields.needs(&SUBJECTS, problems);
    fields.one_of(&SUBJECTS, problems);
    for (subject, key) in [("function", "invocations"), ("queue", "holds"), ("events", "fate")] {
        if fields.has(subject) {
            fields.needs(&[key], problems);
        }
    }
    let invocations = fields.parsed("invocations", Amount::parse, problems);
    let holds = fields.parsed("holds", Amount::parse, problems);
    let fate = fields.parsed("fate", fate, problems);
    let amount = fields.parsed("count", Amount::parse, problems);
    let within = fields.parsed("within", some_length, problems);
    let function = fields.text("function", problems);
    let queue = fields.text("queue", problems);
    let events = fields.text("events", problems);
    let place = Some(fields.place().clone());
    fields.finish(problems);
    let expected = match (function, queue, events) {
        (Some(function), _, _) => Expected::Invocations { function, amount: invocations? },
        (None, Some(queue), _) => Expected::Holds { queue, amount: holds? },
        (None, None, events) => {
            let events = events?;
            let one = event(&events).map(|(source, ordinal)| (source.to_owned(), Some(ordinal)));
            let (source, ordinal) = one.unwrap_or((events, None));
            Expected::Fate { source, ordinal, fate: fate?, amount, within }
        }
    };
    Some(Expectation { expected, place })
}

fn fate(word: &str) -> Result<ExpectedFate, Unreadable> {
    ExpectedFate::ALL.into_iter().find(|fate| fate.word() == word).ok_or_else(|| {
        let known = ExpectedFate::ALL.map(ExpectedFate::word);
        Unreadable::new(format!("there is no fate `{word}`"), did_you_mean(word, &known))
    })
}

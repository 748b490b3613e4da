//! Conditions of statements: the operators and keys that services and roles meet; every other one is left open.

use crate::template::Node;
use crate::template::access::{Answer, Names, Text};
use crate::template::tree::{at, entries};

/// One key under one operator.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    /// Such as `ArnLike`.
    pub(crate) operator: String,
    /// The key, in lower case.
    pub(crate) key: String,
    /// The values, one of which must fit, each with whether it is there.
    pub(crate) values: Vec<(Text, Answer)>,
}

/// What a request says under a key.
#[derive(Clone, Debug)]
pub(crate) enum Fact {
    /// This.
    Is(Text),
    /// Nothing.
    Absent,
    /// Whatever the statement asks for: the caller is known by nothing but the statement.
    AsAsked,
}

/// How an operator compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Pattern,
    Exact,
    CaseLess,
    Presence,
}

/// The operators: the name, how it compares, and whether it wants a match or none.
const OPERATORS: [(&str, Comparison, Wants); 12] = [
    ("ArnLike", Comparison::Pattern, Wants::Match),
    ("ArnEquals", Comparison::Pattern, Wants::Match),
    ("ArnNotLike", Comparison::Pattern, Wants::None),
    ("ArnNotEquals", Comparison::Pattern, Wants::None),
    ("StringLike", Comparison::Pattern, Wants::Match),
    ("StringNotLike", Comparison::Pattern, Wants::None),
    ("StringEquals", Comparison::Exact, Wants::Match),
    ("StringNotEquals", Comparison::Exact, Wants::None),
    ("StringEqualsIgnoreCase", Comparison::CaseLess, Wants::Match),
    ("StringNotEqualsIgnoreCase", Comparison::CaseLess, Wants::None),
    ("Bool", Comparison::CaseLess, Wants::Match),
    ("Null", Comparison::Presence, Wants::Match),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wants {
    Match,
    None,
}

/// What an operator ends with that is satisfied by a missing key.
const IF_EXISTS: &str = "IfExists";

impl Condition {
    /// One condition made here.
    pub(crate) fn new(operator: &str, key: &str, values: Vec<(Text, Answer)>) -> Self {
        Self { operator: operator.to_owned(), key: key.to_ascii_lowercase(), values }
    }

    /// All conditions of a statement.
    pub(crate) fn all(names: &Names<'_>, statement: &Node) -> Vec<Self> {
        let Some(node) = at(statement, "Condition") else { return Vec::new() };
        let operators = entries(node);
        if operators.is_empty() {
            return vec![Self::new("", "", vec![(names.text(node), Answer::Open)])];
        }
        let of = |operator: &crate::template::Entry| {
            let keys = entries(&operator.node).iter();
            keys.map(|key| Self::new(&operator.key, &key.key, names.texts(&key.node))).collect::<Vec<_>>()
        };
        operators.iter().flat_map(of).collect()
    }

    /// Whether a request satisfies it; `None` for a key that the request is not known to have or to lack.
    pub(crate) fn fits(&self, fact: Option<&Fact>) -> Answer {
        let (operator, if_exists) = match self.operator.strip_suffix(IF_EXISTS) {
            Some(operator) => (operator, true),
            None => (self.operator.as_str(), false),
        };
        let Some((_, comparison, wants)) = OPERATORS.iter().find(|(name, _, _)| *name == operator) else {
            return Answer::Open;
        };
        match (fact, comparison) {
            (Some(Fact::AsAsked), _) => Answer::Yes,
            (None, _) => Answer::Open,
            (Some(fact), Comparison::Presence) => {
                let absent = Text::literal(if matches!(fact, Fact::Absent) { "true" } else { "false" });
                self.any(&absent, Comparison::CaseLess)
            }
            (Some(Fact::Absent), _) => Answer::of(if_exists || *wants == Wants::None),
            (Some(Fact::Is(value)), comparison) => {
                let found = self.any(value, *comparison);
                if *wants == Wants::Match { found } else { found.not() }
            }
        }
    }

    fn any(&self, value: &Text, comparison: Comparison) -> Answer {
        let one = |text: &Text| match comparison {
            Comparison::Pattern => text.clone().pattern().like(value),
            Comparison::Exact => text.like(value),
            Comparison::CaseLess | Comparison::Presence => text.clone().lower().like(&value.clone().lower()),
        };
        Answer::any(self.values.iter().map(|(text, there)| one(text).and(*there)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "a fact is made for each call")]
    fn fits(operator: &str, value: &str, fact: Option<Fact>) -> Answer {
        Condition::new(operator, "aws:SourceArn", vec![(Text::literal(value), Answer::Yes)])
            .fits(fact.as_ref())
    }

    #[expect(clippy::unnecessary_wraps, reason = "what it is handed to takes facts that may be missing")]
    fn is(text: &str) -> Option<Fact> {
        Some(Fact::Is(Text::literal(text)))
    }

    #[test]
    fn operators_compare_as_iam_does() {
        use Answer::{No, Open, Yes};
        let absent = || Some(Fact::Absent);
        let table = [
            ("ArnLike", "arn:a:*", is("arn:a:b"), Yes),
            ("ArnEquals", "arn:a:*", is("arn:a:b"), Yes),
            ("ArnLike", "arn:a:*", is("arn:b:b"), No),
            ("ArnNotLike", "arn:a:*", is("arn:a:b"), No),
            ("StringEquals", "arn:a:*", is("arn:a:b"), No),
            ("StringEquals", "arn:a:*", is("arn:a:*"), Yes),
            ("StringLike", "a?c", is("abc"), Yes),
            ("StringNotEquals", "x", is("y"), Yes),
            ("StringEqualsIgnoreCase", "X", is("x"), Yes),
            ("Bool", "True", is("true"), Yes),
            ("Bool", "false", is("true"), No),
            ("Null", "true", absent(), Yes),
            ("Null", "false", absent(), No),
            ("Null", "false", is("x"), Yes),
            ("ArnLike", "arn:a:*", absent(), No),
            ("ArnLikeIfExists", "arn:a:*", absent(), Yes),
            ("StringNotEquals", "x", absent(), Yes),
            ("ArnLike", "arn:a:*", None, Open),
            ("NumericLessThan", "3", is("2"), Open),
            ("ForAnyValue:StringEquals", "x", is("x"), Open),
            ("StringEquals", "x", Some(Fact::AsAsked), Yes),
        ];
        for (operator, value, fact, expected) in table {
            assert_eq!(fits(operator, value, fact.clone()), expected, "{operator} {value} {fact:?}");
        }
    }
}

//! Who asks to do what on what.

use std::collections::BTreeMap;

use crate::template::access::condition::Fact;
use crate::template::access::statement::{Effect, Principals, Sense, Statement};
use crate::template::access::{Answer, Atom, Text};

/// A caller.
#[derive(Clone, Debug)]
pub(crate) enum Caller {
    /// An AWS service under this name, such as `sns.amazonaws.com`.
    Service(String),
    /// A role, by its ARN.
    Role(Text),
    /// Anybody.
    Anyone,
}

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// The caller.
    pub(crate) caller: Caller,
    /// The action, such as `sqs:SendMessage`.
    pub(crate) action: String,
    /// The ARN of what is acted on.
    pub(crate) resource: Text,
    /// What it says of itself, by the keys of conditions in lower case.
    pub(crate) facts: BTreeMap<String, Fact>,
}

/// The part of a statement that does not fit a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Miss {
    /// A condition, by its position.
    Condition(usize),
    /// What is acted on.
    Resource,
    /// The action.
    Action,
    /// The caller.
    Principal,
}

/// The key of the resource that a service acts for.
pub(crate) const SOURCE_ARN: &str = "aws:sourcearn";
/// The key of its account.
pub(crate) const SOURCE_ACCOUNT: &str = "aws:sourceaccount";

/// What the ARN of an account as a principal ends with.
const ROOT: &str = ":root";

impl Request {
    /// A request about which nothing more is known.
    pub(crate) const fn new(caller: Caller, action: String, resource: Text) -> Self {
        Self { caller, action, resource, facts: BTreeMap::new() }
    }

    /// The same with one more fact.
    pub(crate) fn with(mut self, key: &str, fact: Fact) -> Self {
        self.facts.insert(key.to_ascii_lowercase(), fact);
        self
    }

    /// Whether a statement speaks of it, and what of the statement does not fit.
    pub(crate) fn fits(&self, statement: &Statement) -> (Answer, Vec<Miss>) {
        let principal = statement.principal.as_ref();
        let action = Text::literal(&self.action.to_ascii_lowercase());
        let mut answers = vec![
            (
                Miss::Principal,
                principal.map_or(Answer::Yes, |principals| self.is_among(principals, statement.effect)),
            ),
            (Miss::Action, statement.action.fits(&action)),
            (Miss::Resource, statement.resource.fits(&self.resource)),
        ];
        answers.extend(statement.conditions.iter().enumerate().map(|(position, condition)| {
            (Miss::Condition(position), condition.fits(self.facts.get(&condition.key)))
        }));
        let whole = Answer::all(answers.iter().map(|(_, answer)| *answer));
        let misses = answers.iter().filter(|(_, answer)| *answer == Answer::No).map(|(miss, _)| *miss);
        (whole, misses.collect())
    }

    fn is_among(&self, principals: &Principals, effect: Effect) -> Answer {
        // Who denies an account denies all of its roles; who allows one leaves it to the account whom it lets.
        let whole = effect == Effect::Deny && principals.sense == Sense::Listed;
        let one = |(kind, text, there): &(String, Text, Answer)| {
            let belongs = if whole { self.belongs(kind, text) } else { Answer::No };
            self.is(kind, text).or(belongs).and(*there)
        };
        let found = Answer::any(principals.listed.iter().map(one));
        match principals.sense {
            Sense::Listed => found,
            Sense::AllBut => found.not(),
        }
    }

    /// Whether the caller is a role of an account that a principal names.
    fn belongs(&self, kind: &str, text: &Text) -> Answer {
        let Caller::Role(arn) = &self.caller else { return Answer::No };
        if kind != Principals::AWS && !kind.is_empty() {
            return Answer::No;
        }
        let root: Vec<_> = ROOT.chars().map(Atom::Char).collect();
        let all = if text.atoms.ends_with(&root) {
            let account = &text.atoms[..text.atoms.len() - root.len()];
            Text { atoms: account.to_vec() }.then_literal(":*")
        } else if text.plain().is_some_and(|text| text.chars().all(|one| one.is_ascii_digit())) {
            Text::literal("arn:*:iam::").then(text).then_literal(":*")
        } else {
            return Answer::No;
        };
        all.pattern().like(arn)
    }

    fn is(&self, kind: &str, text: &Text) -> Answer {
        let everyone = text.plain().as_deref() == Some("*");
        match &self.caller {
            _ if everyone => Answer::Yes,
            Caller::Anyone => Answer::of(false),
            Caller::Service(name) if kind == Principals::SERVICE => same_service(name, text),
            // `AWS::Lambda::Permission` writes services without a kind.
            Caller::Service(name) if kind.is_empty() => same_service(name, text),
            Caller::Role(arn) if kind == Principals::AWS || kind.is_empty() => text.like(arn),
            Caller::Service(_) | Caller::Role(_) => Answer::No,
        }
    }
}

/// Whether a principal is a service, by its plain name or by that of a Region.
fn same_service(name: &str, text: &Text) -> Answer {
    let (service, suffix) = name.split_once('.').unwrap_or((name, ""));
    let plain = Text::literal(name).like(text);
    let regional = Text::literal(service).then_literal(".*.").then_literal(suffix).pattern().like(text);
    plain.or(regional)
}

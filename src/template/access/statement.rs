//! One statement of a policy, and whether it fits a request.

use crate::template::access::condition::Condition;
use crate::template::access::{Answer, Names, Text};
use crate::template::tree::{at, entries, known, scalar_at};
use crate::template::{Node, Value};
use crate::vocabulary::Place;

/// What a statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It allows.
    Allow,
    /// It denies.
    Deny,
    /// The template does not tell.
    Open,
}

/// One statement.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    /// What people know it by: the resource that it stands in.
    pub(crate) label: String,
    /// Where it stands.
    pub(crate) place: Place,
    /// Allow or deny.
    pub(crate) effect: Effect,
    /// Whether it is there: a condition of the template may leave it out.
    pub(crate) present: Answer,
    /// `Action` or `NotAction`.
    pub(crate) action: Matcher,
    /// `Resource` or `NotResource`; all where there is none.
    pub(crate) resource: Matcher,
    /// `Principal` or `NotPrincipal`; `None` in the policy of a role, which speaks of that role.
    pub(crate) principal: Option<Principals>,
    /// `Condition`: all of them.
    pub(crate) conditions: Vec<Condition>,
}

/// Patterns, and whether one of them must fit or none may.
#[derive(Clone, Debug, Default)]
pub(crate) struct Matcher {
    /// The patterns, each with whether it is there.
    pub(crate) patterns: Vec<(Text, Answer)>,
    /// Whether none may fit.
    pub(crate) sense: Sense,
}

/// Whether something is listed to be in or to be out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Sense {
    /// What is listed.
    #[default]
    Listed,
    /// All but what is listed.
    AllBut,
}

/// Whom a statement speaks of.
#[derive(Clone, Debug, Default)]
pub(crate) struct Principals {
    /// Each: `Service`, `AWS` or another kind, and who.
    pub(crate) listed: Vec<(String, Text, Answer)>,
    /// Whether those are meant, or all others.
    pub(crate) sense: Sense,
}

impl Matcher {
    /// Whether a text is meant.
    pub(crate) fn fits(&self, subject: &Text) -> Answer {
        let found =
            Answer::any(self.patterns.iter().map(|(pattern, there)| pattern.like(subject).and(*there)));
        match self.sense {
            Sense::Listed => found,
            Sense::AllBut => found.not(),
        }
    }

    fn everything() -> Self {
        Self { patterns: vec![(Text::literal("*").pattern(), Answer::Yes)], sense: Sense::Listed }
    }

    fn read(names: &Names<'_>, statement: &Node, keys: (&str, &str), fold: fn(Text) -> Text) -> Option<Self> {
        let (node, sense) = match (at(statement, keys.0), at(statement, keys.1)) {
            (Some(node), _) => (node, Sense::Listed),
            (None, Some(node)) => (node, Sense::AllBut),
            (None, None) => return None,
        };
        let texts = names.texts(node).into_iter();
        Some(Self { patterns: texts.map(|(text, there)| (fold(text.pattern()), there)).collect(), sense })
    }
}

impl Principals {
    fn read(names: &Names<'_>, statement: &Node) -> Option<Self> {
        let (node, sense) = match (at(statement, "Principal"), at(statement, "NotPrincipal")) {
            (Some(node), _) => (node, Sense::Listed),
            (None, Some(node)) => (node, Sense::AllBut),
            (None, None) => return None,
        };
        let mut listed = Vec::new();
        if let Value::Map(_) = known(node).value {
            for entry in entries(node) {
                for (text, there) in names.texts(&entry.node) {
                    listed.push((entry.key.clone(), text, there));
                }
            }
        } else {
            for (text, there) in names.texts(node) {
                listed.push((Self::AWS.to_owned(), text, there));
            }
        }
        Some(Self { listed, sense })
    }

    /// The kind of roles, users and accounts.
    pub(crate) const AWS: &'static str = "AWS";
    /// The kind of services.
    pub(crate) const SERVICE: &'static str = "Service";
}

impl Statement {
    /// All statements of a policy's document; `None` where it is not known what stands in it.
    pub(crate) fn all(names: &Names<'_>, document: &Node, label: &str, present: Answer) -> Option<Vec<Self>> {
        let parsed = match &document.value {
            Value::Map(_) => document.clone(),
            Value::Unknown(unknown) if !unknown.possible.is_empty() => {
                let each = unknown.possible.iter().filter(|one| !matches!(one.value, Value::Null));
                let read = each.map(|one| Self::all(names, one, label, Answer::Open));
                return read.collect::<Option<Vec<_>>>().map(|all| all.into_iter().flatten().collect());
            }
            _ => crate::template::build::json_map(document)?,
        };
        let mut found = Vec::new();
        Self::gather(names, at(&parsed, "Statement")?, label, present, &mut found)?;
        Some(found)
    }

    fn gather(
        names: &Names<'_>,
        node: &Node,
        label: &str,
        present: Answer,
        found: &mut Vec<Self>,
    ) -> Option<()> {
        match &node.value {
            Value::List(items) => {
                items.iter().try_for_each(|item| Self::gather(names, item, label, present, found))
            }
            Value::Map(_) => {
                found.push(Self::read(names, node, label, present));
                Some(())
            }
            Value::Unknown(unknown) if !unknown.possible.is_empty() => unknown
                .possible
                .iter()
                .try_for_each(|one| Self::gather(names, one, label, Answer::Open, found)),
            Value::Null => Some(()),
            Value::Flag(_)
            | Value::Number(_)
            | Value::Text(_)
            | Value::Mixed(_)
            | Value::Reference(_)
            | Value::Unknown(_) => None,
        }
    }

    fn read(names: &Names<'_>, node: &Node, label: &str, present: Answer) -> Self {
        let effect = match scalar_at(node, "Effect") {
            Some("Allow") => Effect::Allow,
            Some("Deny") => Effect::Deny,
            Some(_) | None => Effect::Open,
        };
        let action = Matcher::read(names, node, ("Action", "NotAction"), Text::lower).unwrap_or_default();
        let resource = Matcher::read(names, node, ("Resource", "NotResource"), |text| text);
        Self {
            label: label.to_owned(),
            place: node.place.clone(),
            effect,
            present,
            action,
            resource: resource.unwrap_or_else(Matcher::everything),
            principal: Principals::read(names, node),
            conditions: Condition::all(names, node),
        }
    }

    /// Whether it names exactly what it allows: an action of one kind on the resource itself, by no wildcard.
    pub(crate) fn is_scoped(&self, action: &str, resource: &Text) -> bool {
        let action = Text::literal(&action.to_ascii_lowercase());
        let exact = |text: &Text| {
            let wide = text.plain().is_some_and(|text| text == "*" || text.ends_with(":*"));
            !wide
        };
        let listed = |matcher: &Matcher, subject: &Text| {
            let mut fitting = matcher.patterns.iter().filter(|(text, _)| text.like(subject) == Answer::Yes);
            matcher.sense == Sense::Listed && fitting.any(|(text, _)| exact(text))
        };
        listed(&self.action, &action) && listed(&self.resource, resource)
    }

    /// The words of its first actions, for people.
    pub(crate) fn actions(&self) -> Vec<String> {
        self.action.patterns.iter().map(|(text, _)| text.shown()).collect()
    }
}

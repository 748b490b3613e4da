//! Conditions: true, false or unknown, each named one decided once.

use crate::template::document::{Shape, Tree};
use crate::template::evaluate::call::Call;
use crate::template::evaluate::evaluator::{Evaluator, unknown};
use crate::template::evaluate::function::Function;
use crate::template::evaluate::text::known;
use crate::template::{Node, Unknown, Value};
use crate::vocabulary::{Place, quote};

/// Pairs of possible values that a comparison looks at before it gives up.
const PAIRS: usize = 10_000;

/// What a condition comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Truth {
    True,
    False,
    /// Why it cannot be decided.
    Unknown(String),
}

/// How far a named condition is decided.
#[derive(Clone, Debug)]
pub(super) enum Progress {
    Running,
    Decided(Truth),
}

impl Truth {
    /// As a value.
    pub(super) fn into_value(self) -> Value {
        match self {
            Self::True => Value::Flag(true),
            Self::False => Value::Flag(false),
            Self::Unknown(why) => unknown(why),
        }
    }
}

impl Evaluator<'_> {
    /// `Fn::If`: the branch that the condition chooses, or both where it is unknown.
    pub(super) fn choice(&mut self, call: &Call<'_>) -> Option<Node> {
        let Some([condition, yes, no]) = call.argument.items() else {
            let value = self.malformed(call, "a condition's name and two values");
            return Some(Node { value, place: call.place.clone() });
        };
        match self.truth(condition) {
            Truth::True => self.evaluate(yes),
            Truth::False => self.evaluate(no),
            Truth::Unknown(why) => {
                let (yes, no) = (self.present(yes), self.present(no));
                if yes.value == no.value && !matches!(yes.value, Value::Unknown(_)) {
                    return Some(yes);
                }
                let possible = [yes, no].into_iter().flat_map(alternatives).collect();
                let value = Value::Unknown(Unknown { why, possible });
                Some(Node { value, place: call.place.clone() })
            }
        }
    }

    /// A condition as it is used: a name, or an expression.
    pub(super) fn truth(&mut self, tree: &Tree) -> Truth {
        if let Some(name) = tree.text() {
            return self.condition(name, &tree.place);
        }
        match Call::of(tree) {
            Some(call) if call.function.is_truth() => self.truth_of(&call),
            Some(_) => {
                let node = self.present(tree);
                truth_in(&node)
            }
            None => self.named_condition(tree),
        }
    }

    /// What a function that gives a truth comes to.
    pub(super) fn truth_of(&mut self, call: &Call<'_>) -> Truth {
        if let Err(refusal) = self.descend(call.place) {
            return truth_in(&refusal);
        }
        let truth = match call.function {
            Function::Equals => self.equals(call),
            Function::And => self.all(call),
            Function::Or => self.any(call),
            Function::Not => self.not(call),
            Function::Condition => match call.argument.text() {
                Some(name) => self.condition(name, call.place),
                None => self.no_truth(call, "the name of a condition"),
            },
            other => Truth::Unknown(format!("{other:?} gives no truth")),
        };
        self.ascend();
        truth
    }

    /// The condition of this name.
    pub(super) fn condition(&mut self, name: &str, place: &Place) -> Truth {
        let scope = self.scope;
        let Some((name, tree)) = scope.conditions.get_key_value(name) else {
            let message = format!("there is no condition {}", quote(name));
            let help = self.suggest(name, scope.conditions.keys().copied());
            self.warn("template-undefined", message, place, help);
            return Truth::Unknown(format!("there is no condition {}", quote(name)));
        };
        match self.outcomes.get(name) {
            Some(Progress::Decided(truth)) => return truth.clone(),
            Some(Progress::Running) => {
                let message = format!("the condition {} depends on itself", quote(name));
                self.warn("template-cycle", message, place, None);
                return Truth::Unknown(format!("condition {} depends on itself", quote(name)));
            }
            None => {}
        }
        self.outcomes.insert(name, Progress::Running);
        let truth = match self.truth(tree) {
            Truth::Unknown(_) => Truth::Unknown(format!("condition {} cannot be decided", quote(name))),
            decided @ (Truth::True | Truth::False) => decided,
        };
        self.outcomes.insert(name, Progress::Decided(truth.clone()));
        truth
    }

    /// `Condition: Name` in full, inside of a condition.
    fn named_condition(&mut self, tree: &Tree) -> Truth {
        if let ([branch], Some(name)) = (tree.branches(), tree.get("Condition").and_then(Tree::text)) {
            return self.condition(name, &branch.tree.place);
        }
        let message = format!(
            "a condition is `Fn::Equals`, `Fn::And`, `Fn::Or`, `Fn::Not` or a name, not {}",
            tree.kind()
        );
        self.warn("template-function", message, &tree.place, None);
        Truth::Unknown("the condition is not well-formed".to_owned())
    }

    fn equals(&mut self, call: &Call<'_>) -> Truth {
        let Some([left, right]) = call.argument.items() else {
            return self.no_truth(call, "a list of two values");
        };
        let (left, right) = (self.present(left), self.present(right));
        let mut pairs = PAIRS;
        match same(&left.value, &right.value, &mut pairs) {
            Some(true) => Truth::True,
            Some(false) => Truth::False,
            None => Truth::Unknown("the values compared are not known".to_owned()),
        }
    }

    fn all(&mut self, call: &Call<'_>) -> Truth {
        let Some(items) = call.argument.items().filter(|items| !items.is_empty()) else {
            return self.no_truth(call, "a list of conditions");
        };
        let mut result = Truth::True;
        for item in items {
            result = match (result, self.truth(item)) {
                (Truth::False, _) | (_, Truth::False) => Truth::False,
                (Truth::Unknown(why), _) | (Truth::True, Truth::Unknown(why)) => Truth::Unknown(why),
                (Truth::True, Truth::True) => Truth::True,
            };
        }
        result
    }

    fn any(&mut self, call: &Call<'_>) -> Truth {
        let Some(items) = call.argument.items().filter(|items| !items.is_empty()) else {
            return self.no_truth(call, "a list of conditions");
        };
        let mut result = Truth::False;
        for item in items {
            result = match (result, self.truth(item)) {
                (Truth::True, _) | (_, Truth::True) => Truth::True,
                (Truth::Unknown(why), _) | (Truth::False, Truth::Unknown(why)) => Truth::Unknown(why),
                (Truth::False, Truth::False) => Truth::False,
            };
        }
        result
    }

    fn not(&mut self, call: &Call<'_>) -> Truth {
        let condition = match &call.argument.tree.shape {
            Shape::List(items) if call.argument.is_plain() && items.len() == 1 => &items[0],
            Shape::Scalar(_) | Shape::List(_) | Shape::Map(_) => {
                return self.no_truth(call, "a list of one condition");
            }
        };
        match self.truth(condition) {
            Truth::True => Truth::False,
            Truth::False => Truth::True,
            unknown @ Truth::Unknown(_) => unknown,
        }
    }

    fn no_truth(&mut self, call: &Call<'_>, expected: &str) -> Truth {
        let value = self.malformed(call, expected);
        truth_in(&Node { value, place: call.place.clone() })
    }
}

fn truth_in(node: &Node) -> Truth {
    if let Value::Unknown(unknown) = &node.value {
        return Truth::Unknown(unknown.why.clone());
    }
    match known(&node.value).as_deref() {
        Some("true") => Truth::True,
        Some("false") => Truth::False,
        Some(_) | None => Truth::Unknown("the condition is no truth".to_owned()),
    }
}

/// What a node may be: itself, or what is possible for an unknown one.
fn alternatives(mut node: Node) -> Vec<Node> {
    if let Value::Unknown(unknown) = &mut node.value
        && !unknown.possible.is_empty()
    {
        return std::mem::take(&mut unknown.possible);
    }
    vec![node]
}

/// Whether two values are equal as CloudFormation compares them, which is as text; `None` where that is open.
fn same(left: &Value, right: &Value, pairs: &mut usize) -> Option<bool> {
    *pairs = pairs.checked_sub(1)?;
    match (left, right) {
        (Value::Unknown(unknown), other) | (other, Value::Unknown(unknown)) => {
            let mut answers = unknown.possible.iter().map(|node| same(&node.value, other, pairs));
            let first = answers.next()??;
            answers.all(|answer| answer == Some(first)).then_some(first)
        }
        (Value::Reference(left), Value::Reference(right)) => (left == right).then_some(true),
        (Value::List(left), Value::List(right)) => {
            if left.len() != right.len() {
                return Some(false);
            }
            let mut equal = Some(true);
            for (left, right) in left.iter().zip(right) {
                match same(&left.value, &right.value, pairs) {
                    Some(true) => {}
                    Some(false) => return Some(false),
                    None => equal = None,
                }
            }
            equal
        }
        (left, right) => Some(known(left)? == known(right)?),
    }
}

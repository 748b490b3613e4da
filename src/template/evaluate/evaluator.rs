//! Walks the tree and applies the functions it meets.

use std::collections::BTreeMap;

use crate::template::document::{Branch, Report, Shape, Tree, interpret, is_octal};
use crate::template::evaluate::budget::{Budget, Grant};
use crate::template::evaluate::call::{Argument, Call};
use crate::template::evaluate::condition::Progress;
use crate::template::evaluate::function::Function;
use crate::template::evaluate::scope::Scope;
use crate::template::evaluate::{dynamic, text};
use crate::template::{Entry, Import, Node, Unknown, Value};
use crate::vocabulary::{Diagnostic, Place, quote, suggestion};

/// Levels of evaluation within each other, a condition that another one names included.
const DEPTH: usize = 250;

/// Applies functions; what it has to say goes into the report.
#[derive(Debug)]
pub(super) struct Evaluator<'t> {
    pub(super) scope: &'t Scope<'t>,
    pub(super) report: &'t mut Report,
    pub(super) outcomes: BTreeMap<&'t str, Progress>,
    pub(super) imports: Vec<Import>,
    budget: Budget,
    depth: usize,
}

/// An unknown value without any idea of what it may be.
pub(super) fn unknown(why: impl Into<String>) -> Value {
    Value::Unknown(Unknown { why: why.into(), possible: Vec::new() })
}

impl<'t> Evaluator<'t> {
    /// An evaluator for the names of `scope`.
    pub(super) fn new(scope: &'t Scope<'t>, report: &'t mut Report) -> Self {
        let budget = Budget::new(scope.options.limits);
        Self { scope, report, outcomes: BTreeMap::new(), imports: Vec::new(), budget, depth: 0 }
    }

    /// The value of a tree; `None` where it is `AWS::NoValue`, so that it is left out.
    pub(super) fn evaluate(&mut self, tree: &Tree) -> Option<Node> {
        match Call::of(tree) {
            Some(call) => self.deeper(&tree.place, |this| this.call(&call)),
            None => self.shape(tree),
        }
    }

    /// The value of a function's argument.
    pub(super) fn argument(&mut self, argument: Argument<'_>) -> Option<Node> {
        if argument.is_plain() && argument.tree.tag.is_some() {
            let tree = argument.tree;
            return match Call::of_shape(tree) {
                Some(call) => self.deeper(&tree.place, |this| this.call(&call)),
                None => self.shape(tree),
            };
        }
        self.evaluate(argument.tree)
    }

    /// The value of a tree where something has to stand.
    pub(super) fn present(&mut self, tree: &Tree) -> Node {
        self.evaluate(tree).unwrap_or_else(|| Node { value: Value::Null, place: tree.place.clone() })
    }

    fn shape(&mut self, tree: &Tree) -> Option<Node> {
        self.deeper(&tree.place, |this| {
            let value = match &tree.shape {
                Shape::Scalar(scalar) => {
                    if let Some(refusal) = this.spend(1, scalar.text.len(), &tree.place) {
                        return Some(refusal);
                    }
                    if is_octal(scalar) {
                        this.octal(&scalar.text, &tree.place);
                    }
                    let value = dynamic::resolve(interpret(scalar), &this.scope.around.store);
                    let looked_up = text::length(&value).saturating_sub(scalar.text.len());
                    if let Some(refusal) = this.spend(0, looked_up, &tree.place) {
                        return Some(refusal);
                    }
                    value
                }
                Shape::List(items) => {
                    Value::List(items.iter().filter_map(|item| this.evaluate(item)).collect())
                }
                Shape::Map(branches) => {
                    Value::Map(branches.iter().filter_map(|branch| this.entry(branch)).collect())
                }
            };
            Some(Node { value, place: tree.place.clone() })
        })
    }

    /// CloudFormation reads such a number as octal, which nobody means.
    fn octal(&mut self, text: &str, place: &Place) {
        let message = format!("CloudFormation reads {} as an octal number; here it stays text", quote(text));
        self.warn("yaml-octal", message, place, Some("put it in quotes".to_owned()));
    }

    /// One entry of a map, left out where its value is.
    pub(super) fn entry(&mut self, branch: &Branch) -> Option<Entry> {
        match Function::of_key(&branch.key) {
            Some(Function::Transform | Function::ForEach) => {
                if let Some(call) = Call::of_branch(branch, &branch.key_place) {
                    self.call(&call);
                }
                return None;
            }
            Some(Function::Ref) | None => {}
            Some(_) => {
                let message =
                    format!("{} stands beside other keys, so it is no function", quote(&branch.key));
                let help = "a function is the only key of its map";
                self.warn("template-function", message, &branch.key_place, Some(help.to_owned()));
            }
        }
        let node = self.evaluate(&branch.tree)?;
        Some(Entry { key: branch.key.clone(), key_place: branch.key_place.clone(), node })
    }

    fn call(&mut self, call: &Call<'_>) -> Option<Node> {
        let value = match call.function {
            Function::Ref => return self.reference(call),
            Function::If => return self.choice(call),
            Function::GetAtt => self.attribute(call),
            Function::Sub => self.substitution(call),
            Function::Join => self.join(call),
            Function::Select => self.select(call),
            Function::Split => self.split(call),
            Function::Equals | Function::And | Function::Or | Function::Not | Function::Condition => {
                self.truth_of(call).into_value()
            }
            Function::FindInMap => self.find_in_map(call),
            Function::Base64 => self.base64(call),
            Function::Cidr => self.cidr(call),
            Function::GetAzs => self.availability_zones(call),
            Function::ImportValue => self.import(call),
            Function::Length => self.length(call),
            Function::ToJsonString => self.json_string(call),
            Function::Transform => self.transform(call),
            Function::ForEach => self.left_loop(call),
            Function::Rain => self.rain(call),
            Function::Other => self.unknown_function(call),
        };
        let bytes = text::length(&value);
        let node = Node { value, place: call.place.clone() };
        Some(self.spend(1, bytes, call.place).unwrap_or(node))
    }

    /// Says what a function should have been given; the value is unknown.
    pub(super) fn malformed(&mut self, call: &Call<'_>, expected: &str) -> Value {
        let message = format!("{} takes {expected}", quote(&call.name()));
        self.report.push(Diagnostic::warning("template-function", message).at(call.place));
        unknown(format!("{} is not well-formed", quote(&call.name())))
    }

    /// A warning at the place of a call.
    pub(super) fn warn(&mut self, code: &'static str, message: String, place: &Place, help: Option<String>) {
        let mut diagnostic = Diagnostic::warning(code, message).at(place);
        diagnostic.help = help;
        self.report.push(diagnostic);
    }

    /// A suggestion for an undefined name, as long as such names are still listed.
    pub(super) fn suggest<'a>(&self, name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
        self.report.lists("template-undefined").then(|| suggestion(name, known)).flatten()
    }

    /// Charges the budget; gives what stands instead where nothing is left of it.
    pub(super) fn spend(&mut self, nodes: usize, bytes: usize, place: &Place) -> Option<Node> {
        match self.budget.take(nodes, bytes) {
            Grant::Given => return None,
            Grant::JustSpent => {
                let message = "the functions of this template produce too much: values or text without end";
                self.report.push(Diagnostic::error("template-too-complex", message).at(place));
            }
            Grant::Spent => {}
        }
        Some(Node { value: unknown("the template's functions produce too much"), place: place.clone() })
    }

    /// Goes one level down, unless that is too deep: then gives what stands instead.
    pub(super) fn descend(&mut self, place: &Place) -> Result<(), Node> {
        if self.depth >= DEPTH {
            let message = format!("functions and conditions nest deeper than {DEPTH} levels");
            self.report.push(Diagnostic::error("template-too-complex", message).at(place));
            return Err(Node { value: unknown("nested too deep"), place: place.clone() });
        }
        self.depth += 1;
        Ok(())
    }

    /// Comes back up.
    pub(super) const fn ascend(&mut self) {
        self.depth -= 1;
    }

    fn deeper(&mut self, place: &Place, walk: impl FnOnce(&mut Self) -> Option<Node>) -> Option<Node> {
        if let Err(refusal) = self.descend(place) {
            return Some(refusal);
        }
        let result = walk(self);
        self.ascend();
        result
    }
}

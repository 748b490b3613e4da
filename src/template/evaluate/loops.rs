//! `Fn::ForEach`: expanded in the tree, before anything is evaluated.

use std::collections::BTreeMap;

use crate::template::document::{Branch, Limits, Report, Scalar, Shape, Style, Tree};
use crate::template::evaluate::text::known;
use crate::template::{Parameter, Value};
use crate::vocabulary::{Diagnostic, quote};

const PREFIX: &str = "Fn::ForEach::";

/// Expands the loops of one template.
pub(super) struct Loops<'t> {
    parameters: BTreeMap<&'t str, &'t Parameter>,
    report: &'t mut Report,
    nodes: usize,
    bytes: usize,
}

/// One turn of a loop: what its identifier stands for.
struct Turn<'t> {
    identifier: &'t str,
    value: &'t str,
}

impl<'t> Loops<'t> {
    /// Loops that may go over these parameters.
    pub(super) fn new(parameters: &'t [Parameter], limits: Limits, report: &'t mut Report) -> Self {
        let parameters = parameters.iter().map(|parameter| (parameter.name.as_str(), parameter)).collect();
        Self { parameters, report, nodes: limits.nodes, bytes: limits.text_bytes }
    }

    /// The tree with every loop expanded whose collection is known; others are left as they are.
    pub(super) fn expand(&mut self, tree: Tree) -> Tree {
        let Tree { shape, tag, place } = tree;
        let shape = match shape {
            Shape::Scalar(_) => shape,
            Shape::List(items) => Shape::List(items.into_iter().map(|item| self.expand(item)).collect()),
            Shape::Map(branches) => Shape::Map(self.expand_map(branches)),
        };
        Tree { shape, tag, place }
    }

    fn expand_map(&mut self, branches: Vec<Branch>) -> Vec<Branch> {
        let mut expanded = Vec::with_capacity(branches.len());
        for branch in branches {
            match branch.key.starts_with(PREFIX).then(|| self.turns(&branch)).flatten() {
                Some(added) => {
                    let nested = self.expand_map(added);
                    expanded.extend(nested);
                }
                None => expanded.push(Branch { tree: self.expand(branch.tree), ..branch }),
            }
        }
        expanded
    }

    /// The entries that one loop gives; `None` where it has to be left.
    fn turns(&mut self, branch: &Branch) -> Option<Vec<Branch>> {
        let Shape::List(parts) = &branch.tree.shape else { return None };
        let [identifier, collection, body] = parts.as_slice() else { return None };
        let identifier = identifier.text()?;
        let values = self.collection(collection)?;
        let Shape::Map(body) = &body.shape else { return None };
        let mut added = Vec::new();
        for value in &values {
            let turn = Turn { identifier, value };
            for entry in body {
                let weight = entry.tree.weight();
                let bytes = weight.bytes + weight.nodes * value.len();
                if weight.nodes > self.nodes || bytes > self.bytes {
                    let message = format!("the loop {} gives too much", quote(&branch.key));
                    let diagnostic = Diagnostic::error("template-too-complex", message).at(&branch.key_place);
                    self.report.push(diagnostic);
                    (self.nodes, self.bytes) = (0, 0);
                    return Some(Vec::new());
                }
                self.nodes -= weight.nodes;
                self.bytes -= bytes;
                added.push(turn.branch(entry));
            }
        }
        Some(added)
    }

    /// The values that a loop goes over; `None` for what only another function's value would tell.
    fn collection(&self, tree: &Tree) -> Option<Vec<String>> {
        if let (Shape::List(items), None) = (&tree.shape, &tree.tag) {
            return items.iter().map(|item| self.item(item)).collect();
        }
        match &self.parameters.get(referred(tree)?)?.value.value {
            Value::List(items) => items.iter().map(|node| Some(known(&node.value)?.into_owned())).collect(),
            Value::Null
            | Value::Flag(_)
            | Value::Number(_)
            | Value::Text(_)
            | Value::Mixed(_)
            | Value::Map(_)
            | Value::Reference(_)
            | Value::Unknown(_) => None,
        }
    }
}

impl Loops<'_> {
    /// One value of a collection that is written out.
    fn item(&self, tree: &Tree) -> Option<String> {
        match referred(tree) {
            Some(name) => Some(known(&self.parameters.get(name)?.value.value)?.into_owned()),
            None => tree.text().map(str::to_owned),
        }
    }
}

/// What a `Ref` names, in its long or its short form.
fn referred(tree: &Tree) -> Option<&str> {
    match &tree.shape {
        Shape::Scalar(scalar) if tree.tag.as_deref() == Some("Ref") => Some(&scalar.text),
        Shape::Map(_) if tree.tag.is_none() => tree.get("Ref")?.text(),
        Shape::Scalar(_) | Shape::Map(_) | Shape::List(_) => None,
    }
}

impl Turn<'_> {
    fn branch(&self, branch: &Branch) -> Branch {
        let key = self.text(&branch.key);
        Branch { key, key_place: branch.key_place.clone(), tree: self.tree(&branch.tree) }
    }

    fn tree(&self, tree: &Tree) -> Tree {
        let plain = |text: &str| Shape::Scalar(Scalar { text: text.to_owned(), style: Style::Quoted });
        let place = tree.place.clone();
        if let Shape::Map(branches) = &tree.shape
            && let [branch] = branches.as_slice()
            && branch.key == "Ref"
            && branch.tree.text() == Some(self.identifier)
        {
            return Tree { shape: plain(self.value), tag: None, place };
        }
        let shape = match &tree.shape {
            Shape::Scalar(scalar) if tree.tag.as_deref() == Some("Ref") && scalar.text == self.identifier => {
                return Tree { shape: plain(self.value), tag: None, place };
            }
            Shape::Scalar(scalar) => {
                Shape::Scalar(Scalar { text: self.text(&scalar.text), style: scalar.style })
            }
            Shape::List(items) => Shape::List(items.iter().map(|item| self.tree(item)).collect()),
            Shape::Map(branches) => Shape::Map(branches.iter().map(|branch| self.branch(branch)).collect()),
        };
        Tree { shape, tag: tree.tag.clone(), place }
    }

    /// `${X}` becomes the value, `&{X}` its letters and digits.
    fn text(&self, text: &str) -> String {
        if !text.contains('{') {
            return text.to_owned();
        }
        let letters: String = self.value.chars().filter(char::is_ascii_alphanumeric).collect();
        text.replace(&format!("${{{}}}", self.identifier), self.value)
            .replace(&format!("&{{{}}}", self.identifier), &letters)
    }
}

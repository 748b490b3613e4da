//! The tree of a document before evaluation: shapes, tags and places, all text still as written.

use crate::vocabulary::Place;

/// One value of the document.
#[derive(Clone, Debug)]
pub(in crate::template) struct Tree {
    /// What it is.
    pub(in crate::template) shape: Shape,
    /// Its short tag without the `!`, such as `Ref`.
    pub(in crate::template) tag: Option<Box<str>>,
    /// Where it stands, the tag included.
    pub(in crate::template) place: Place,
}

/// Text, list or map.
#[derive(Clone, Debug)]
pub(in crate::template) enum Shape {
    /// Text, number, flag or nothing.
    Scalar(Scalar),
    /// A list.
    List(Vec<Tree>),
    /// A map, keys unique and merges applied.
    Map(Vec<Branch>),
}

/// One entry of a map.
#[derive(Clone, Debug)]
pub(in crate::template) struct Branch {
    /// The key.
    pub(in crate::template) key: String,
    /// Where the key stands.
    pub(in crate::template) key_place: Place,
    /// The value.
    pub(in crate::template) tree: Tree,
}

/// A scalar as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::template) struct Scalar {
    /// Its text, escapes and folding resolved.
    pub(in crate::template) text: String,
    /// Whether it was quoted.
    pub(in crate::template) style: Style,
}

/// How a scalar was written, which decides whether it can be anything but text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::template) enum Style {
    /// Without quotes: may be a number, a flag or nothing.
    Plain,
    /// Quoted, a block, or tagged as text: always text.
    Quoted,
}

/// What a tree costs: how many values, how many bytes of text, how many levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::template) struct Weight {
    /// Values, keys not counted.
    pub(in crate::template) nodes: usize,
    /// Bytes of text and keys.
    pub(in crate::template) bytes: usize,
    /// Levels of lists and maps, this one included.
    pub(in crate::template) height: usize,
}

impl Tree {
    /// The value of a map's key.
    pub(in crate::template) fn get(&self, key: &str) -> Option<&Self> {
        self.branch(key).map(|branch| &branch.tree)
    }

    /// The entry of a map with this key.
    pub(in crate::template) fn branch(&self, key: &str) -> Option<&Branch> {
        self.branches().iter().find(|branch| branch.key == key)
    }

    /// The entries of a map; none for anything else.
    pub(in crate::template) fn branches(&self) -> &[Branch] {
        match &self.shape {
            Shape::Map(branches) => branches,
            Shape::Scalar(_) | Shape::List(_) => &[],
        }
    }

    /// The text of an untagged scalar.
    pub(in crate::template) fn text(&self) -> Option<&str> {
        match (&self.shape, &self.tag) {
            (Shape::Scalar(scalar), None) => Some(&scalar.text),
            (Shape::Scalar(_) | Shape::List(_) | Shape::Map(_), _) => None,
        }
    }

    /// `a map`, `a list`, `text`: for messages.
    pub(in crate::template) fn kind(&self) -> &'static str {
        match &self.shape {
            Shape::Scalar(scalar) if scalar.text.is_empty() && scalar.style == Style::Plain => "nothing",
            Shape::Scalar(_) => "a single value",
            Shape::List(_) => "a list",
            Shape::Map(_) => "a map",
        }
    }

    /// What copying it would cost.
    pub(in crate::template) fn weight(&self) -> Weight {
        let mut weight = Weight { nodes: 1, bytes: 0, height: 1 };
        match &self.shape {
            Shape::Scalar(scalar) => {
                weight.height = 0;
                weight.bytes = scalar.text.len();
            }
            Shape::List(items) => {
                for item in items {
                    weight.add(item.weight());
                }
            }
            Shape::Map(branches) => {
                for branch in branches {
                    weight.bytes += branch.key.len();
                    weight.add(branch.tree.weight());
                }
            }
        }
        weight
    }
}

impl Weight {
    fn add(&mut self, child: Self) {
        self.nodes += child.nodes;
        self.bytes += child.bytes;
        self.height = self.height.max(child.height + 1);
    }
}

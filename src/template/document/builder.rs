//! Builds the tree from the events of either reader, within the limits: aliases are copied, merges applied,
//! of equal keys the last wins.

use std::collections::{BTreeMap, BTreeSet};

use crate::template::document::tree::Weight;
use crate::template::document::{Branch, Limits, Report, Scalar, Shape, Style, Tree};
use crate::vocabulary::{Diagnostic, Place, quote};

/// Takes events in order and keeps its own stack, so that no input can overflow the thread's.
#[derive(Debug)]
pub(super) struct Builder<'r> {
    report: &'r mut Report,
    limits: Limits,
    open: Vec<Frame>,
    anchors: BTreeMap<usize, (Tree, Weight)>,
    nodes: usize,
    bytes: usize,
    root: Option<Tree>,
}

/// What is said of a value before its content: its tag and its anchor (0 for none).
#[derive(Debug, Default)]
pub(super) struct Marks {
    pub(super) tag: Option<Box<str>>,
    pub(super) anchor: usize,
}

/// What was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    List,
    Map,
}

#[derive(Debug)]
struct Frame {
    marks: Marks,
    place: Place,
    content: Content,
}

#[derive(Debug)]
enum Content {
    List(Vec<Tree>),
    Map { branches: Vec<Branch>, merges: Vec<Tree>, key: Key },
}

/// The key that waits for its value.
#[derive(Debug)]
enum Key {
    Missing,
    Text(String, Place),
    Merge,
    Unusable,
}

/// The reading stops, for this reason.
pub(super) type Stop = Box<Diagnostic>;

impl<'r> Builder<'r> {
    /// A builder that has read nothing yet.
    pub(super) fn new(limits: Limits, report: &'r mut Report) -> Self {
        Self { report, limits, open: Vec::new(), anchors: BTreeMap::new(), nodes: 0, bytes: 0, root: None }
    }

    /// The tree, when all is read; `None` for a document without content.
    pub(super) fn finish(self) -> Option<Tree> {
        self.root
    }

    /// Something odd that does not stop the reading.
    pub(super) fn warn(&mut self, diagnostic: Diagnostic) {
        self.report.push(diagnostic);
    }

    /// A scalar: a value, or the key of the map that is open.
    pub(super) fn scalar(&mut self, scalar: Scalar, marks: Marks, place: Place) -> Result<(), Stop> {
        self.charge(Weight { nodes: 1, bytes: scalar.text.len(), height: 0 }, &place)?;
        self.place(Tree { shape: Shape::Scalar(scalar), tag: marks.tag, place }, marks.anchor)
    }

    /// The start of a list or a map.
    pub(super) fn open(&mut self, kind: Kind, marks: Marks, place: Place) -> Result<(), Stop> {
        self.charge(Weight { nodes: 1, bytes: 0, height: 1 }, &place)?;
        let content = match kind {
            Kind::List => Content::List(Vec::new()),
            Kind::Map => Content::Map { branches: Vec::new(), merges: Vec::new(), key: Key::Missing },
        };
        self.open.push(Frame { marks, place, content });
        Ok(())
    }

    /// The end of what was opened last; `end` is given where the text has a closing bracket.
    pub(super) fn close(&mut self, end: Option<u32>) -> Result<(), Stop> {
        let Some(frame) = self.open.pop() else { return Ok(()) };
        let Frame { marks, mut place, content } = frame;
        let shape = match content {
            Content::List(items) => {
                place.end = place.end.max(items.last().map_or(0, |item| item.place.end));
                Shape::List(items)
            }
            Content::Map { branches, merges, key: _ } => {
                place.end = place.end.max(branches.last().map_or(0, |branch| branch.tree.place.end));
                Shape::Map(self.tidy(branches, merges))
            }
        };
        place.end = end.unwrap_or(place.end);
        self.place(Tree { shape, tag: marks.tag, place }, marks.anchor)
    }

    /// A use of an anchor: the value is copied and charged like a written one.
    pub(super) fn alias(&mut self, anchor: usize, place: Place) -> Result<(), Stop> {
        let Some((_, weight)) = self.anchors.get(&anchor) else {
            let diagnostic = Diagnostic::error("yaml-alias", "the alias refers to a value that contains it");
            return Err(Box::new(diagnostic.at(&place).help("write the value out where it is used")));
        };
        self.charge(*weight, &place)?;
        let Some((tree, _)) = self.anchors.get(&anchor) else { return Ok(()) };
        let mut copy = tree.clone();
        copy.place = place;
        self.place(copy, 0)
    }

    fn charge(&mut self, weight: Weight, place: &Place) -> Result<(), Stop> {
        self.nodes = self.nodes.saturating_add(weight.nodes);
        self.bytes = self.bytes.saturating_add(weight.bytes);
        let what = if self.open.len() + weight.height > self.limits.depth {
            format!("lists and maps nest deeper than {} levels", self.limits.depth)
        } else if self.nodes > self.limits.nodes {
            format!("the file has more than {} values, aliases expanded", self.limits.nodes)
        } else if self.bytes > self.limits.text_bytes {
            format!("the file has more than {} bytes of text, aliases expanded", self.limits.text_bytes)
        } else {
            return Ok(());
        };
        let help = "no template that CloudFormation takes comes near this limit";
        Err(Box::new(Diagnostic::error("input-too-complex", what).at(place).help(help)))
    }

    fn place(&mut self, tree: Tree, anchor: usize) -> Result<(), Stop> {
        if anchor != 0 {
            let weight = tree.weight();
            self.charge(Weight { height: 0, ..weight }, &tree.place)?;
            self.anchors.insert(anchor, (tree.clone(), weight));
        }
        let Some(frame) = self.open.last_mut() else {
            self.root = Some(tree);
            return Ok(());
        };
        match &mut frame.content {
            Content::List(items) => items.push(tree),
            Content::Map { branches, merges, key } => match std::mem::replace(key, Key::Missing) {
                Key::Missing => {
                    let (read, odd) = read_key(tree);
                    *key = read;
                    if let Some(diagnostic) = odd {
                        self.report.push(diagnostic);
                    }
                }
                Key::Text(text, key_place) => branches.push(Branch { key: text, key_place, tree }),
                Key::Merge => merges.push(tree),
                Key::Unusable => {}
            },
        }
        Ok(())
    }

    /// Removes all but the last of equal keys, then adds what is merged in.
    fn tidy(&mut self, branches: Vec<Branch>, merges: Vec<Tree>) -> Vec<Branch> {
        let mut tidied = self.without_duplicates(branches);
        if merges.is_empty() {
            return tidied;
        }
        let mut seen: BTreeSet<String> = tidied.iter().map(|branch| branch.key.clone()).collect();
        for tree in merges.into_iter().flat_map(sources) {
            let Shape::Map(branches) = tree.shape else {
                let message = format!("`<<` merges maps, not {}", tree.kind());
                self.report.push(Diagnostic::warning("yaml-merge", message).at(&tree.place));
                continue;
            };
            for branch in branches {
                if seen.insert(branch.key.clone()) {
                    tidied.push(branch);
                }
            }
        }
        tidied
    }

    fn without_duplicates(&mut self, branches: Vec<Branch>) -> Vec<Branch> {
        let mut order: Vec<usize> = (0..branches.len()).collect();
        order.sort_by(|a, b| branches[*a].key.cmp(&branches[*b].key).then(a.cmp(b)));
        let mut dropped = Vec::new();
        for pair in order.windows(2) {
            let (first, second) = (&branches[pair[0]], &branches[pair[1]]);
            if first.key == second.key {
                dropped.push(pair[0]);
                self.report.push(duplicate(first, second));
            }
        }
        if dropped.is_empty() {
            return branches;
        }
        dropped.sort_unstable();
        let kept =
            branches.into_iter().enumerate().filter(|(index, _)| dropped.binary_search(index).is_err());
        kept.map(|(_, branch)| branch).collect()
    }
}

fn duplicate(first: &Branch, second: &Branch) -> Diagnostic {
    let (line, column) = (first.key_place.line, first.key_place.column);
    let message =
        format!("the key {} stands here a second time (first at {line}:{column})", quote(&second.key));
    Diagnostic::warning("duplicate-key", message)
        .at(&second.key_place)
        .help("the last one counts; remove or rename the other")
}

/// The maps that one `<<` names, the strongest first.
fn sources(tree: Tree) -> Vec<Tree> {
    match tree.shape {
        Shape::List(items) => items,
        Shape::Scalar(_) | Shape::Map(_) => vec![tree],
    }
}

fn read_key(tree: Tree) -> (Key, Option<Diagnostic>) {
    match tree.shape {
        Shape::Scalar(scalar) if scalar.text == "<<" && scalar.style == Style::Plain => {
            let warning = Diagnostic::warning("yaml-merge", "CloudFormation refuses the merge key `<<`")
                .at(&tree.place)
                .help("it is applied here; deploy a template with the values written out");
            (Key::Merge, Some(warning))
        }
        Shape::Scalar(scalar) => (Key::Text(scalar.text, tree.place), None),
        Shape::List(_) | Shape::Map(_) => {
            let warning = Diagnostic::warning("yaml-key", format!("a key must be text, not {}", tree.kind()))
                .at(&tree.place)
                .help("this entry is left out");
            (Key::Unusable, Some(warning))
        }
    }
}

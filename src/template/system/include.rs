//! `AWS::Include`: files beside a template that CloudFormation copies into it, copied into its tree.
//!
//! Absent: files in S3 and other macros, which stay as they are and are told when the template is evaluated.

use std::path::{Path, PathBuf};

use crate::template::document::{Branch, Limits, Report, Shape, Tree, parse};
use crate::template::system::inputs::{identity, text_of};
use crate::vocabulary::{Diagnostic, Severity, quote};

/// The macro that includes.
const INCLUDE: &str = "AWS::Include";
/// The function that calls a macro, and its short tag.
const TRANSFORM: &str = "Fn::Transform";
const TAG: &str = "Transform";

/// Files within files; AWS takes one level.
const DEEPEST: usize = 8;
/// Files of one template; more are a mistake, or hostile.
const MOST: usize = 200;

/// The including of one template's files.
#[derive(Debug)]
pub(super) struct Includes<'r> {
    limits: Limits,
    report: &'r mut Report,
    /// The files that stand around the place that is read, outermost first.
    open: Vec<PathBuf>,
    /// Every file that was included.
    pub(super) files: Vec<PathBuf>,
    nodes: usize,
}

impl<'r> Includes<'r> {
    /// Nothing included yet.
    pub(super) fn new(limits: Limits, report: &'r mut Report) -> Self {
        Self { limits, report, open: Vec::new(), files: Vec::new(), nodes: limits.nodes }
    }

    /// The tree of a file with everything that it includes.
    pub(super) fn expand(&mut self, tree: Tree, file: &Path) -> Tree {
        self.open.push(identity(file));
        let folder = file.parent().unwrap_or(Path::new("")).to_owned();
        let mut tree = self.within(tree, &folder);
        if self.open.len() == 1 {
            self.sections(&mut tree, &folder);
        }
        self.open.pop();
        tree
    }

    fn within(&mut self, tree: Tree, folder: &Path) -> Tree {
        let called = (tree.tag.as_deref() == Some(TAG)).then(|| location(&tree)).flatten();
        if let Some(included) = called.and_then(|location| self.read(&location, &tree, folder)) {
            return included;
        }
        let Tree { shape, tag, place } = tree;
        let shape = match shape {
            Shape::Scalar(_) => shape,
            Shape::List(items) => {
                Shape::List(items.into_iter().map(|item| self.within(item, folder)).collect())
            }
            Shape::Map(branches) => match self.branches(branches, folder) {
                Ok(branches) => Shape::Map(branches),
                Err(whole) => return *whole,
            },
        };
        Tree { shape, tag, place }
    }

    /// The entries of a map with what is included among them; or what stands in place of the whole map.
    fn branches(&mut self, branches: Vec<Branch>, folder: &Path) -> Result<Vec<Branch>, Box<Tree>> {
        let alone = branches.len() == 1;
        let mut all: Vec<Branch> = Vec::with_capacity(branches.len());
        let mut included = Vec::new();
        for branch in branches {
            let called = (branch.key == TRANSFORM).then(|| location(&branch.tree)).flatten();
            let found = called.and_then(|location| self.read(&location, &branch.tree, folder));
            match found {
                Some(tree) if alone => return Err(Box::new(tree)),
                Some(Tree { shape: Shape::Map(found), .. }) => included.extend(found),
                Some(tree) => {
                    let message =
                        format!("an included file beside other keys must hold a map, not {}", tree.kind());
                    self.report.push(Diagnostic::warning("template-include", message).at(&branch.key_place));
                }
                None => all.push(Branch { tree: self.within(branch.tree, folder), ..branch }),
            }
        }
        for branch in included {
            if !all.iter().any(|one| one.key == branch.key) {
                all.push(branch);
            }
        }
        Ok(all)
    }

    /// What the section `Transform` includes: sections of the template.
    fn sections(&mut self, tree: &mut Tree, folder: &Path) {
        let Some(section) = tree.get(TAG).cloned() else { return };
        let calls = match &section.shape {
            Shape::List(items) => items.clone(),
            Shape::Scalar(_) | Shape::Map(_) => vec![section],
        };
        for call in &calls {
            let Some(found) = location(call).and_then(|location| self.read(&location, call, folder)) else {
                continue;
            };
            let Shape::Map(found) = found.shape else { continue };
            let Shape::Map(own) = &mut tree.shape else { return };
            merge(own, found);
        }
    }

    /// The tree of an included file; `None` where it is not here.
    fn read(&mut self, location: &str, call: &Tree, folder: &Path) -> Option<Tree> {
        if location.contains("://") {
            return None;
        }
        let file = folder.join(location);
        let shown = quote(&file.display().to_string());
        let problem = if self.open.contains(&identity(&file)) {
            Some(format!("{shown} includes itself"))
        } else if self.open.len() > DEEPEST || self.files.len() >= MOST {
            Some(format!("{shown} is not included: the template includes too many files"))
        } else {
            None
        };
        let text = match problem {
            Some(message) => Err(Diagnostic::error("template-include", message)),
            None => text_of(&file).map_err(|mut problem| {
                problem.severity = Severity::Warning;
                problem.code = "template-include";
                problem.message = format!("the included file is missing: {}", problem.message);
                problem.help(
                    "what it holds is not known; check from the folder that the template is in, or add it",
                )
            }),
        };
        let text = text.map_err(|problem| self.report.push(problem.at(&call.place))).ok()?;
        let tree = parse(&file, &text, self.limits, self.report)?;
        let weight = tree.weight();
        let Some(left) = self.nodes.checked_sub(weight.nodes) else {
            let message = format!("{shown} is not included: the template would become too large");
            self.report.push(Diagnostic::error("template-too-complex", message).at(&call.place));
            return None;
        };
        self.nodes = left;
        self.files.push(identity(&file));
        Some(self.expand(tree, &file))
    }
}

/// What an included file adds to the sections of a template; entries of its own come first.
fn merge(own: &mut Vec<Branch>, found: Vec<Branch>) {
    for branch in found {
        match own.iter_mut().find(|one| one.key == branch.key) {
            Some(Branch { tree: Tree { shape: Shape::Map(own), .. }, .. }) => {
                if let Shape::Map(found) = branch.tree.shape {
                    merge(own, found);
                }
            }
            Some(_) => {}
            None => own.push(branch),
        }
    }
}

/// Where a call of the including macro finds its file, where it is written literally.
fn location(call: &Tree) -> Option<String> {
    let call = match &call.shape {
        Shape::List(items) => items.first()?,
        Shape::Scalar(_) | Shape::Map(_) => call,
    };
    (call.get("Name")?.text()? == INCLUDE).then_some(())?;
    call.get("Parameters")?.get("Location")?.text().map(str::to_owned)
}

//! `DefinitionUri`: the file beside a template in which SAM finds the definition of a state machine.

use std::path::Path;

use crate::template::declared::Declared;
use crate::template::document::{Limits, Report, Shape, Tree, interpret, parse};
use crate::template::sam::expander::Expander;
use crate::template::tree::{at, scalar, set};
use crate::template::{Entry, Node, Value};
use crate::vocabulary::Severity;

impl Expander {
    /// Puts the definition that a file holds in place of the address of the file; one that is not at hand stays away.
    pub(super) fn definition(&mut self, declared: &mut Declared) {
        let Some(written) = at(&declared.properties, "DefinitionUri").cloned() else { return };
        let Some(address) = scalar(&written).filter(|address| !address.contains("://")) else { return };
        let folder = written.place.file.parent().unwrap_or(Path::new(""));
        let file = folder.join(address);
        let Ok(text) = std::fs::read_to_string(&file) else {
            let message = format!("the definition {address} is not there");
            self.warn("sam-definition-missing", message, &written);
            return;
        };
        let limits = Limits::STANDARD;
        let mut report = Report::new(limits.diagnostics_per_code);
        let tree = parse(&file, &text, limits, &mut report);
        for mut problem in report.finish() {
            // The rest of the system can be judged all the same.
            problem.severity = Severity::Warning;
            self.diagnostics.push(problem);
        }
        if let Some(tree) = tree {
            set(&mut declared.properties, "Definition", node(tree));
        }
    }
}

/// What a file says, without functions: SAM replaces nothing in it but `${Name}`.
fn node(tree: Tree) -> Node {
    let Tree { shape, tag: _, place } = tree;
    let value = match shape {
        Shape::Scalar(scalar) => interpret(&scalar),
        Shape::List(items) => Value::List(items.into_iter().map(node).collect()),
        Shape::Map(branches) => Value::Map(
            branches
                .into_iter()
                .map(|branch| Entry { key: branch.key, key_place: branch.key_place, node: node(branch.tree) })
                .collect(),
        ),
    };
    Node { value, place }
}

//! A pattern that was read, and whether it wants an event.

use serde_json::Value;

use crate::pattern::event::{Leaf, leaves};
use crate::pattern::test::Test;
use crate::pattern::{Dialect, Limits};

/// What stands behind the path of something unknown that is a text.
pub const TEXT: char = '=';

/// A pattern: which events somebody wants.
///
/// ```
/// use redrive::models::Models;
/// use redrive::pattern::{Dialect, Pattern};
/// use redrive::topology::grammar;
/// let grammar = grammar(&Models::embedded().unwrap(), Dialect::Bus).unwrap();
/// let pattern = Pattern::parse(r#"{"detail": {"state": ["paid", {"prefix": "ship"}]}}"#, &grammar).unwrap();
/// assert!(pattern.matches(&serde_json::json!({"detail": {"state": "shipped", "by": "sea"}})));
/// assert!(!pattern.matches(&serde_json::json!({"detail": {"state": "open"}})));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    /// One of these has to fit: what `$or` multiplies to.
    pub(super) branches: Vec<Branch>,
    pub(super) limits: Limits,
    pub(super) dialect: Dialect,
}

/// Fields that have to fit together.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Branch {
    pub(super) fields: Vec<Field>,
}

/// A field and its alternatives.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Field {
    pub(super) names: Vec<String>,
    pub(super) path: String,
    pub(super) tests: Vec<Test>,
}

impl Pattern {
    /// Whether it wants an event.
    pub fn matches(&self, event: &Value) -> bool {
        let leaves = leaves(event);
        self.branches.iter().any(|branch| branch.fits(&leaves, &self.limits))
    }
}

impl Pattern {
    /// Who compares it with what.
    pub const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Whether it may want an event of which some parts are not known: what it says of these, named by their paths, is
    /// taken to fit. A path that ends with [`TEXT`] is that of a text, with no fields in it.
    pub fn may_match(&self, event: &Value, open: &[&str]) -> bool {
        let leaves = leaves(event);
        let is_open = |path: &str| {
            open.iter().any(|known| {
                if let Some(text) = known.strip_suffix(TEXT) {
                    return path == text;
                }
                let rest = path.strip_prefix(known);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })
        };
        self.branches.iter().any(|branch| {
            let known = branch.fields.iter().filter(|field| !is_open(&field.path)).cloned().collect();
            Branch { fields: known }.fits(&leaves, &self.limits)
        })
    }
}

impl Branch {
    /// Puts a field in; a later one of the same path takes the place of an earlier one, as in AWS's own engine.
    pub(super) fn put(&mut self, field: Field) {
        self.fields.retain(|other| other.path != field.path);
        self.fields.push(field);
    }

    pub(super) fn fits(&self, leaves: &[Leaf<'_>], limits: &Limits) -> bool {
        //= pattern.fields_all
        Self::rest_fits(&self.fields, leaves, limits, &mut Vec::new())
    }

    /// Whether the fields fit leaves that lie in the same elements of the arrays that they share.
    fn rest_fits(
        fields: &[Field],
        leaves: &[Leaf<'_>],
        limits: &Limits,
        chosen: &mut Vec<(usize, usize)>,
    ) -> bool {
        let Some((field, rest)) = fields.split_first() else { return true };
        //= pattern.exists_leaf
        let is_absent = leaves.iter().all(|leaf| leaf.path != field.path);
        if is_absent {
            return field.tests.contains(&Test::Absent) && Self::rest_fits(rest, leaves, limits, chosen);
        }
        for leaf in leaves.iter().filter(|leaf| leaf.path == field.path) {
            //= pattern.same_element
            let is_elsewhere = |(array, index): &(usize, usize)| {
                chosen.iter().any(|(other, taken)| other == array && taken != index)
            };
            if leaf.elements.iter().any(is_elsewhere) {
                continue;
            }
            //= pattern.values_any
            if !field.tests.iter().any(|test| test.fits(leaf.value, limits)) {
                continue;
            }
            let before = chosen.len();
            chosen.extend(&leaf.elements);
            if Self::rest_fits(rest, leaves, limits, chosen) {
                return true;
            }
            chosen.truncate(before);
        }
        false
    }
}

//! An event, taken apart into its leaves.

use serde_json::Value;

/// A value that is neither object nor array, with what its place in the event means for others.
#[derive(Clone, Debug)]
pub(super) struct Leaf<'a> {
    /// The names on the way to it, joined by dots: that is how patterns see them.
    pub(super) path: String,
    pub(super) value: &'a Value,
    /// Which element of which array it lies in; arrays are numbered as they are met.
    pub(super) elements: Vec<(usize, usize)>,
}

/// All leaves of an event. Empty objects and empty arrays have none.
pub(super) fn leaves(event: &Value) -> Vec<Leaf<'_>> {
    let mut walk = Walk { found: Vec::new(), elements: Vec::new(), arrays: 0 };
    walk.visit("", event);
    walk.found
}

struct Walk<'a> {
    found: Vec<Leaf<'a>>,
    elements: Vec<(usize, usize)>,
    arrays: usize,
}

impl<'a> Walk<'a> {
    fn visit(&mut self, path: &str, value: &'a Value) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    //= pattern.dotted_names
                    let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    self.visit(&path, value);
                }
            }
            Value::Array(items) => {
                let array = self.arrays;
                self.arrays += 1;
                for (index, item) in items.iter().enumerate() {
                    self.elements.push((array, index));
                    self.visit(path, item);
                    self.elements.pop();
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                self.found.push(Leaf { path: path.to_owned(), value, elements: self.elements.clone() });
            }
        }
    }
}

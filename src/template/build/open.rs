//! Notes on open values that are no settings: where the structure itself depends on what is not known.

use crate::template::build::context::Build;
use crate::template::declared::Declared;
use crate::template::{Node, Value};
use crate::vocabulary::Diagnostic;

/// Types whose structure decides what is simulated.
const TYPES: [&str; 3] = ["AWS::SQS::Queue", "AWS::Lambda::Function", "AWS::Lambda::EventSourceMapping"];

impl Build<'_> {
    /// Notes every value of a resource that is open and more than a scalar: its first possibility is taken.
    pub(crate) fn note_open_structure(&mut self, declared: &Declared) {
        if TYPES.contains(&declared.type_name.as_str()) {
            self.note(&declared.name, &declared.properties);
        }
    }

    fn note(&mut self, path: &str, node: &Node) {
        match &node.value {
            Value::Map(entries) => {
                for entry in entries {
                    self.note(&format!("{path}.{}", entry.key), &entry.node);
                }
            }
            Value::List(items) => items.iter().for_each(|item| self.note(path, item)),
            Value::Unknown(unknown) if unknown.possible.iter().any(is_structure) => {
                let message = format!("{path} is open ({}): its first possible value is taken", unknown.why);
                let help = "say which with --parameter NAME=VALUE";
                self.diagnostics
                    .push(Diagnostic::note("template-open-value", message).at(&node.place).help(help));
            }
            Value::Null
            | Value::Flag(_)
            | Value::Number(_)
            | Value::Text(_)
            | Value::Mixed(_)
            | Value::Reference(_)
            | Value::Unknown(_) => {}
        }
    }
}

const fn is_structure(node: &Node) -> bool {
    matches!(node.value, Value::Map(_) | Value::List(_))
}

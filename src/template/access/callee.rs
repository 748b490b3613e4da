//! Which function, and which version or alias of it, a value calls.

use crate::template::Node;
use crate::template::access::{Names, Text};

/// A function as a caller or a permission names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Callee {
    /// Its name.
    pub(crate) name: Text,
    /// The version or alias; `None` for the function itself.
    pub(crate) qualifier: Option<Text>,
}

/// Where the parts of an ARN stand that tell a function.
const SERVICE: usize = 5;

impl Callee {
    /// What a text calls: a name, an ARN or a part of one, or what API Gateway makes of an ARN.
    pub(crate) fn of(text: Text) -> Self {
        let text = text.after("/functions/").before("/invocations");
        let parts = text.parts();
        let function = Text::literal("function");
        let after = match parts.iter().position(|part| *part == function) {
            Some(at) => &parts[at + 1..],
            None if text.starts_with("arn:") => parts.get(SERVICE + 1..).unwrap_or_default(),
            None => &parts[..],
        };
        match after {
            [] => Self { name: text, qualifier: None },
            [name] => Self { name: name.clone(), qualifier: None },
            [name, qualifier, ..] => Self { name: name.clone(), qualifier: Some(qualifier.clone()) },
        }
    }

    /// What stands for it in the policies of functions: a permission speaks of one form of the ARN alone.
    //= access.qualified
    pub(crate) fn mark(&self) -> Text {
        let mark = Text::literal("function:").then(&self.name);
        match &self.qualifier {
            Some(qualifier) => mark.then_literal(":").then(qualifier),
            None => mark,
        }
    }
}

impl Names<'_> {
    /// The function that a value calls.
    pub(crate) fn callee(&self, node: &Node) -> Callee {
        Callee::of(self.text(node))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_function_tells_its_name_and_qualifier() {
        let arn = "arn:aws:lambda:eu-west-1:111122223333:function:fulfil";
        let path =
            format!("arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{arn}:live/invocations");
        let table = [
            ("fulfil", "function:fulfil"),
            ("fulfil:live", "function:fulfil:live"),
            ("111122223333:function:fulfil", "function:fulfil"),
            (arn, "function:fulfil"),
            (&format!("{arn}:7"), "function:fulfil:7"),
            (&path, "function:fulfil:live"),
        ];
        for (written, expected) in table {
            assert_eq!(Callee::of(Text::literal(written)).mark().shown(), expected, "{written}");
        }
    }
}

//! The version or alias that a value names beside its function.

use crate::template::build::context::Build;
use crate::template::build::index::key;
use crate::template::tree::{at, known, references, render, scalar};
use crate::template::{Node, Value};
use crate::topology::{InvokeConfig, ResourceId};

/// What stands between a function's name and its qualifier.
const SEPARATOR: char = ':';
/// What in the ARN of a function stands before its name.
const FUNCTION_PART: &str = ":function:";

impl Build<'_> {
    /// The qualifier of the function that a value means; `None` for `$LATEST`.
    pub(crate) fn qualifier(&self, node: &Node) -> Option<String> {
        let stand_in = references(node).into_iter().find_map(|one| self.index.stand_in(&one.resource));
        let told = match stand_in {
            Some(id) => Some(self.stand_in_name(id)),
            None => written(&key(node)).map(str::to_owned),
        };
        told.filter(|qualifier| qualifier != InvokeConfig::LATEST)
    }

    /// What `Qualifier` says: the name of an alias or the number of a version, or a reference to either.
    pub(crate) fn qualifier_named(&self, node: &Node) -> String {
        let stand_in = references(node).into_iter().find_map(|one| self.index.stand_in(&one.resource));
        stand_in.map_or_else(|| render(node), |id| self.stand_in_name(id))
    }

    /// An alias is called by its name; a version's number is given at deployment, so it is called by its logical id.
    pub(crate) fn stand_in_name(&self, id: ResourceId) -> String {
        let declared = self.declared(id);
        let name = at(&declared.properties, "Name").map(known);
        match name.map(|name| (&name.value, name)) {
            Some((Value::Text(_) | Value::Number(_) | Value::Flag(_), name)) => {
                scalar(name).unwrap_or_default().to_owned()
            }
            Some((Value::Mixed(_) | Value::Unknown(_), name)) => render(name),
            Some((Value::Null | Value::List(_) | Value::Map(_) | Value::Reference(_), _)) | None => {
                declared.name.clone()
            }
        }
    }
}

/// The qualifier in the text of an ARN, in what API Gateway calls by one, or behind a bare name.
fn written(text: &str) -> Option<&str> {
    let text =
        text.rsplit_once("/functions/").map_or(text, |(_, rest)| rest.trim_end_matches("/invocations"));
    let named = match text.split_once(FUNCTION_PART) {
        Some((_, named)) => named,
        None if text.starts_with("arn:") => return None,
        None => text,
    };
    named.split_once(SEPARATOR).map(|(_, qualifier)| qualifier).filter(|qualifier| !qualifier.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_qualifier_is_found_in_every_spelling() {
        let arn = "arn:aws:lambda:eu-west-1:123456789012:function:fulfil";
        let called =
            format!("arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{arn}:live/invocations");
        let through =
            "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/${Fulfil.Arn}:live/invocations";
        for text in ["fulfil:live", "${Fulfil.Arn}:live", &format!("{arn}:live"), &called, through] {
            assert_eq!(written(text), Some("live"), "{text}");
        }
        for text in ["fulfil", "${Fulfil.Arn}", arn, "arn:aws:sqs:eu-west-1:123456789012:orders"] {
            assert_eq!(written(text), None, "{text}");
        }
    }
}

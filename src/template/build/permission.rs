//! `AWS::Lambda::Permission`: a caller that nothing else in the template tells of.

use crate::models::{Model, ModelKind, RuleValue};
use crate::template::Node;
use crate::template::build::context::Build;
use crate::template::build::deliver::Hop;
use crate::template::build::sources::{CUSTOM, by_id, by_principal};
use crate::template::declared::Declared;
use crate::template::tree::{at, scalar_at};
use crate::topology::{InvocationModel, LinkEnd};

impl Build<'_> {
    /// The link that a permission speaks of, where no other resource makes one.
    pub(crate) fn permission(&mut self, declared: &Declared) {
        let own = &declared.properties;
        let (Some(principal), Some(function)) = (scalar_at(own, "Principal"), at(own, "FunctionName")) else {
            return;
        };
        let to = self.resolve(function, "lambda");
        let Some(source) = by_principal(principal) else {
            return self.custom_source(principal, to, function);
        };
        let named = at(own, "SourceArn").map(|arn| self.index.resolve(arn, ""));
        let told = self.links.iter().any(|link| {
            link.to == to
                && (named.as_ref() == Some(&link.from) || by_id(&link.source).principals.contains(&principal))
        });
        if told {
            return;
        }
        let from = match named {
            Some(LinkEnd::Resource(id)) => LinkEnd::Resource(id),
            Some(LinkEnd::Outside(_) | LinkEnd::Missing(_)) | None => LinkEnd::Outside(principal.to_owned()),
        };
        self.deliver_to(Hop::usual(source, &from), to, function);
    }

    /// A source of somebody's own, which the models that are laid over know by its principal.
    fn custom_source(&mut self, principal: &str, to: LinkEnd, function: &Node) {
        let is_meant = |model: &&Model| {
            model.kind == ModelKind::Source
                && model.attributes.get("principal").is_some_and(|own| names(own, principal))
        };
        let Some(model) = self.models.models().find(is_meant) else { return };
        let mut hop = Hop::usual(&CUSTOM, &LinkEnd::Outside(principal.to_owned()));
        hop.model = match model.attributes.get("invocation").and_then(RuleValue::as_text) {
            Some("async") => InvocationModel::Async,
            Some(_) | None => InvocationModel::Sync,
        };
        let before = self.links.len();
        self.deliver_to(hop, to, function);
        self.links[before..].iter_mut().for_each(|link| link.source.clone_from(&model.id));
    }
}

/// Whether an attribute is a text, or a list with it.
fn names(attribute: &RuleValue, text: &str) -> bool {
    match attribute {
        RuleValue::List(items) => items.iter().any(|item| names(item, text)),
        RuleValue::Text(own) => own == text,
        RuleValue::Duration(_)
        | RuleValue::Count(_)
        | RuleValue::Ratio(_)
        | RuleValue::Bytes(_)
        | RuleValue::Flag(_)
        | RuleValue::Money(_) => false,
    }
}

//! `Ref` and `Fn::GetAtt`.

use crate::template::evaluate::Values;
use crate::template::evaluate::call::Call;
use crate::template::evaluate::evaluator::{Evaluator, unknown};
use crate::template::evaluate::pseudo::{NAMES, Pseudo, pseudo};
use crate::template::evaluate::scope::Named;
use crate::template::evaluate::text::{known, weight};
use crate::template::{Node, ParameterOrigin, Reference, Unknown, Value};
use crate::vocabulary::{Place, quote};

/// How the reason of an undefined name begins.
const UNDEFINED: &str = "there is no ";

/// The name that is declared nowhere, where that is why a value is unknown.
pub(in crate::template) fn undefined_name(unknown: &Unknown) -> Option<&str> {
    unknown.why.strip_prefix(UNDEFINED)?.split('`').nth(1)
}

/// What stands where the name of a resource belongs.
enum Composed {
    /// A function that gives this name.
    Name(String),
    /// A function whose value is not known, and why.
    Open(String),
    /// No function.
    Nothing,
}

impl Evaluator<'_> {
    /// `Ref`: a parameter's value, a pseudo-parameter's, or a reference to a resource.
    pub(super) fn reference(&mut self, call: &Call<'_>) -> Option<Node> {
        if let Some(name) = call.argument.text() {
            return self.named(name, call.place);
        }
        let argument = call.argument;
        let inner = if argument.is_plain() { Call::of_shape(argument.tree) } else { Call::of(argument.tree) };
        let value = match self.composed(inner, |evaluator| evaluator.argument(argument)) {
            Composed::Name(name) => return self.named(&name, call.place),
            Composed::Open(why) => unknown(why),
            Composed::Nothing => self.malformed(call, "the name of a parameter or resource"),
        };
        Some(Node { value, place: call.place.clone() })
    }

    /// The name that a function puts together, as `AWS::LanguageExtensions` lets it: of what a loop declares, mostly.
    fn composed(
        &mut self,
        inner: Option<Call<'_>>,
        evaluate: impl FnOnce(&mut Self) -> Option<Node>,
    ) -> Composed {
        if !self.scope.composes_names || inner.is_none() {
            return Composed::Nothing;
        }
        let node = evaluate(self);
        node.as_ref().and_then(|node| known(&node.value)).map_or_else(
            || Composed::Open("which resource is meant is not known".to_owned()),
            |name| Composed::Name(name.into_owned()),
        )
    }

    /// What a name in `Ref` or `${…}` gives; `None` for `AWS::NoValue`.
    pub(super) fn named(&mut self, name: &str, place: &Place) -> Option<Node> {
        match pseudo(name, self.scope.options) {
            Some(Pseudo::NoValue) => return None,
            Some(Pseudo::Value(value)) => return Some(Node { value, place: place.clone() }),
            None => {}
        }
        let value = match self.scope.find(name) {
            Named::Parameter(parameter) => {
                let (nodes, bytes) = weight(&parameter.value.value);
                if let Some(refusal) = self.spend(nodes, bytes, place) {
                    return Some(refusal);
                }
                let value = parameter.value.value.clone();
                let place = match parameter.origin {
                    ParameterOrigin::CommandLine => parameter.value.place.clone(),
                    ParameterOrigin::Default | ParameterOrigin::Nested | ParameterOrigin::Open => {
                        place.clone()
                    }
                };
                return Some(Node { value, place });
            }
            Named::Resource => Value::Reference(Reference { resource: name.to_owned(), attribute: None }),
            Named::Undefined => self.undefined("parameter or resource", name, place),
        };
        Some(Node { value, place: place.clone() })
    }

    /// `Fn::GetAtt`: a reference to a resource's attribute, `Name.Attribute` or a list of both.
    pub(super) fn attribute(&mut self, call: &Call<'_>) -> Value {
        let expected = "`Resource.Attribute`, or a list of both";
        if let Some(text) = call.argument.text() {
            return match text.split_once('.') {
                Some((resource, attribute)) => self.attribute_of(resource, attribute, call.place),
                None => self.malformed(call, expected),
            };
        }
        let Some([resource, attributes @ ..]) = call.argument.items() else {
            return self.malformed(call, expected);
        };
        let resource = match resource.text().filter(|_| resource.tag.is_none()) {
            _ if attributes.is_empty() => return self.malformed(call, expected),
            Some(resource) => resource.to_owned(),
            None => match self.composed(Call::of(resource), |evaluator| Some(evaluator.present(resource))) {
                Composed::Name(name) => name,
                Composed::Open(why) => return unknown(why),
                Composed::Nothing => return self.malformed(call, expected),
            },
        };
        let mut parts = Vec::new();
        for attribute in attributes {
            let node = self.present(attribute);
            let Some(text) = known(&node.value) else {
                return unknown(format!("which attribute of {} is meant is not known", quote(&resource)));
            };
            parts.push(text.into_owned());
        }
        self.attribute_of(&resource, &parts.join("."), call.place)
    }

    /// A reference to the attribute of a resource.
    pub(super) fn attribute_of(&mut self, resource: &str, attribute: &str, place: &Place) -> Value {
        if !self.scope.is_resource(resource) {
            return self.undefined("resource", resource, place);
        }
        if let Some(outputs) = self.scope.around.nested.get(resource)
            && let Some(output) = attribute.strip_prefix("Outputs.")
        {
            return self.output(resource, output, outputs, place);
        }
        Value::Reference(Reference { resource: resource.to_owned(), attribute: Some(attribute.to_owned()) })
    }

    /// What a nested stack gives back.
    fn output(&mut self, stack: &str, output: &str, outputs: &Values, place: &Place) -> Value {
        if let Some(value) = outputs.get(output) {
            return self.foreign(value, place);
        }
        let message = format!("the nested stack {} has no output {}", quote(stack), quote(output));
        let help = self.suggest(output, outputs.keys().map(String::as_str));
        self.warn("template-undefined", message.clone(), place, help);
        unknown(message)
    }

    /// A value that another stack hands over.
    pub(super) fn foreign(&mut self, value: &Value, place: &Place) -> Value {
        let (nodes, bytes) = weight(value);
        self.spend(nodes, bytes, place).map_or_else(|| value.clone(), |refusal| refusal.value)
    }

    fn undefined(&mut self, what: &str, name: &str, place: &Place) -> Value {
        let help = self.suggest(name, self.scope.names().chain(NAMES));
        let message = format!("{UNDEFINED}{what} {}", quote(name));
        self.warn("template-undefined", message.clone(), place, help);
        unknown(message)
    }
}

//! Parameters: their declared type and default, and what the command line says instead.

use crate::template::document::{
    GivenParameter, ReadOptions, Report, Shape, Tree, command_line, interpret, is_number,
};
use crate::template::evaluate::evaluator::unknown;
use crate::template::evaluate::surroundings::{Surroundings, Values};
use crate::template::evaluate::text::known;
use crate::template::{Node, Parameter, ParameterOrigin, Unknown, Value};
use crate::vocabulary::{Diagnostic, Place, quote, suggestion};

/// Between these stands the parameter that only a deployment sets, in the reason why a value is unknown.
const PARAMETER: &str = "parameter ";
const UNSET: &str = " has no default";
const STORED: &str = " is read from the SSM parameter ";

/// The parameter that only a deployment sets, where the reason why a value is unknown tells of one.
pub(in crate::template) fn unset_parameter(why: &str) -> Option<&str> {
    let (quoted, rest) = why.strip_prefix(PARAMETER)?.strip_prefix('`')?.split_once('`')?;
    [UNSET, STORED].iter().any(|reason| rest.starts_with(reason)).then_some(quoted)
}

/// All parameters of the section, with what is wrong about them and about `--parameter`.
pub(super) fn parameters(
    section: Option<&Tree>,
    options: &ReadOptions,
    around: &Surroundings,
    report: &mut Report,
) -> Vec<Parameter> {
    let branches = section.map(Tree::branches).unwrap_or_default();
    let mut declared = Vec::new();
    for branch in branches {
        let declaration = Declaration {
            name: &branch.key,
            place: &branch.key_place,
            tree: &branch.tree,
            store: &around.store,
        };
        let given = options.parameters.iter().rev().find(|given| given.name == branch.key);
        let from_parent = around.parameters.get(&branch.key);
        declared.push(match from_parent {
            Some(value) => declaration.nested(value, report),
            None => declaration.parameter(given, report),
        });
    }
    declared
}

/// The options that name no parameter of any template of the system.
pub(in crate::template) fn unknown_parameters(
    options: &ReadOptions,
    declared: &[&Parameter],
) -> Vec<Diagnostic> {
    let is_unknown = |name: &str| !declared.iter().any(|parameter| parameter.name == name);
    let unknown = options.parameters.iter().filter(|given| is_unknown(&given.name));
    unknown
        .map(|given| {
            let problem = unknown_parameter(&given.name, declared);
            given.place.iter().fold(problem, Diagnostic::at)
        })
        .collect()
}

fn unknown_parameter(name: &str, declared: &[&Parameter]) -> Diagnostic {
    let names: Vec<&str> = declared.iter().map(|parameter| parameter.name.as_str()).take(50).collect();
    let known =
        if names.is_empty() { "it has none".to_owned() } else { format!("it has {}", names.join(", ")) };
    let help = match suggestion(name, names.iter().copied()) {
        Some(suggestion) => format!("{suggestion} {known}"),
        None => known,
    };
    Diagnostic::error("parameter-unknown", format!("the template has no parameter {}", quote(name)))
        .help(help)
}

/// One parameter as declared.
struct Declaration<'t> {
    name: &'t str,
    place: &'t Place,
    tree: &'t Tree,
    store: &'t Values,
}

impl Declaration<'_> {
    /// The parameter with what the parent stack gives it.
    fn nested(&self, value: &Value, report: &mut Report) -> Parameter {
        let mut parameter = self.parameter(None, report);
        parameter.value.value = match value {
            Value::Text(text) | Value::Number(text) => typed(text, &parameter.type_name, self.place),
            Value::Null
            | Value::Flag(_)
            | Value::Mixed(_)
            | Value::List(_)
            | Value::Map(_)
            | Value::Reference(_)
            | Value::Unknown(_) => value.clone(),
        };
        parameter.origin = ParameterOrigin::Nested;
        parameter
    }

    fn parameter(&self, given: Option<&GivenParameter>, report: &mut Report) -> Parameter {
        let type_name = self.field("Type").unwrap_or_else(|| {
            let message = format!("the parameter {} has no `Type`; it is read as `String`", quote(self.name));
            report.push(Diagnostic::warning("template-parameter", message).at(self.place));
            "String"
        });
        let allowed = self.allowed(type_name);
        let (value, origin) = match (given, self.tree.get("Default")) {
            (Some(given), _) => {
                if let Some(problem) = self.refusal(given, type_name, &allowed) {
                    report.push(problem);
                }
                (typed(&given.value, type_name, &command_line()), ParameterOrigin::CommandLine)
            }
            (None, Some(default)) => self.default(default, type_name, report),
            (None, None) => (self.open(type_name, &allowed), ParameterOrigin::Open),
        };
        let place = match origin {
            ParameterOrigin::CommandLine => command_line(),
            ParameterOrigin::Default | ParameterOrigin::Nested | ParameterOrigin::Open => self.place.clone(),
        };
        Parameter {
            name: self.name.to_owned(),
            place: self.place.clone(),
            type_name: type_name.to_owned(),
            value: Node { value, place },
            origin,
            allowed,
        }
    }

    fn field(&self, key: &str) -> Option<&str> {
        self.tree.get(key).and_then(Tree::text)
    }

    fn allowed(&self, type_name: &str) -> Vec<Node> {
        let items = match self.tree.get("AllowedValues").map(|tree| &tree.shape) {
            Some(Shape::List(items)) => items.as_slice(),
            Some(Shape::Scalar(_) | Shape::Map(_)) | None => &[],
        };
        let typed_item = |item: &Tree| {
            let value = scalar(&literal(item)?, type_name);
            Some(Node { value, place: item.place.clone() })
        };
        items.iter().filter_map(typed_item).collect()
    }

    fn default(&self, tree: &Tree, type_name: &str, report: &mut Report) -> (Value, ParameterOrigin) {
        let Some(text) = literal(tree) else {
            let message =
                format!("the default of {} must be a single value, not {}", quote(self.name), tree.kind());
            report.push(Diagnostic::warning("template-parameter", message).at(&tree.place));
            return (
                unknown(format!("parameter {} has no readable default", quote(self.name))),
                ParameterOrigin::Open,
            );
        };
        let text = text.as_str();
        if type_name.starts_with("AWS::SSM::Parameter::Value<") {
            if let Some(value) = self.store.get(text) {
                return (value.clone(), ParameterOrigin::Default);
            }
            let why = format!("{PARAMETER}{}{STORED}{} at deployment", quote(self.name), quote(text));
            return (unknown(why), ParameterOrigin::Open);
        }
        if type_name == "Number" && !is_number(text) {
            let message =
                format!("the default {} of the number {} is no number", quote(text), quote(self.name));
            report.push(Diagnostic::warning("template-parameter", message).at(&tree.place));
        }
        (typed(text, type_name, &tree.place), ParameterOrigin::Default)
    }

    fn open(&self, type_name: &str, allowed: &[Node]) -> Value {
        let range = self.range().map_or_else(String::new, |range| format!(" ({range})"));
        let why = format!("{PARAMETER}{}{UNSET}{range}", quote(self.name));
        let possible = if is_list(type_name) { Vec::new() } else { allowed.to_vec() };
        Value::Unknown(Unknown { why, possible })
    }

    /// `1 to 900`, `at least 1`: what is declared of a number or of a text's length.
    fn range(&self) -> Option<String> {
        let bounds = |low, high, unit: &str| match (self.field(low), self.field(high)) {
            (Some(low), Some(high)) => Some(format!("{low} to {high}{unit}")),
            (Some(low), None) => Some(format!("at least {low}{unit}")),
            (None, Some(high)) => Some(format!("at most {high}{unit}")),
            (None, None) => None,
        };
        bounds("MinValue", "MaxValue", "").or_else(|| bounds("MinLength", "MaxLength", " characters"))
    }

    /// Why a value of the command line cannot be.
    fn refusal(&self, given: &GivenParameter, type_name: &str, allowed: &[Node]) -> Option<Diagnostic> {
        let text = given.value.as_str();
        let allowed: Vec<_> = allowed.iter().filter_map(|node| known(&node.value)).collect();
        let items: Vec<&str> =
            if is_list(type_name) { text.split(',').map(str::trim).collect() } else { vec![text] };
        let wanted =
            if !allowed.is_empty() && items.iter().any(|item| !allowed.iter().any(|value| value == item)) {
                format!("one of {}", allowed.join(", "))
            } else if type_name == "Number" && !is_number(text) {
                "a number".to_owned()
            } else if type_name == "Number" && !self.within(text) {
                self.range()?
            } else {
                return None;
            };
        let message = format!("{} is not allowed: the template takes {wanted}", quote(&given.shown()));
        let place = given.place.as_ref().unwrap_or(self.place);
        Some(Diagnostic::error("parameter-value", message).at(place))
    }

    fn within(&self, text: &str) -> bool {
        let number = |text: &str| text.parse::<f64>().ok();
        let Some(value) = number(text) else { return false };
        let low = self.field("MinValue").and_then(number);
        let high = self.field("MaxValue").and_then(number);
        low.is_none_or(|low| value >= low) && high.is_none_or(|high| value <= high)
    }
}

/// The text of a literal as CloudFormation hands it on: an unquoted `yes` is `true`.
fn literal(tree: &Tree) -> Option<String> {
    match (&tree.shape, &tree.tag) {
        (Shape::Scalar(scalar), None) => Some(known(&interpret(scalar)).unwrap_or_default().into_owned()),
        (Shape::Scalar(_) | Shape::List(_) | Shape::Map(_), _) => None,
    }
}

fn is_list(type_name: &str) -> bool {
    type_name == "CommaDelimitedList" || type_name.starts_with("List<")
}

/// The value of a text by the parameter's type.
fn typed(text: &str, type_name: &str, place: &Place) -> Value {
    if !is_list(type_name) {
        return scalar(text, type_name);
    }
    if text.is_empty() {
        return Value::List(Vec::new());
    }
    let node = |item: &str| Node { value: scalar(item.trim(), type_name), place: place.clone() };
    Value::List(text.split(',').map(node).collect())
}

fn scalar(text: &str, type_name: &str) -> Value {
    match type_name {
        "Number" | "List<Number>" if is_number(text) => Value::Number(text.to_owned()),
        _ => Value::Text(text.to_owned()),
    }
}

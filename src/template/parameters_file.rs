//! Files with values for parameters, in the forms in which people have them: `CloudFormation`'s list, `CodePipeline`'s
//! configuration, a plain map, and SAM's `samconfig`.

use std::path::Path;
use std::sync::Arc;

use crate::template::document::{GivenParameter, Limits, Report, Shape, Tree, interpret, parse, parse_toml};
use crate::template::{Value, decode};
use crate::vocabulary::{Diagnostic, Place, Severity, quote};

/// The values that a file gives to parameters.
///
/// ```
/// use std::path::Path;
/// use redrive::template::parameters_in;
/// let list = r#"[{"ParameterKey": "Wait", "ParameterValue": "30"}]"#;
/// for text in [list, r#"{"Parameters": {"Wait": "30"}}"#, "Wait: 30"] {
///     let given = parameters_in(Path::new("parameters.json"), text).unwrap();
///     assert_eq!((given[0].name.as_str(), given[0].value.as_str()), ("Wait", "30"));
/// }
/// ```
///
/// # Errors
/// Everything that is wrong with the file, with its places.
pub fn parameters_in(path: &Path, text: &str) -> Result<Vec<GivenParameter>, Vec<Diagnostic>> {
    let mut reader = Reader { given: Vec::new(), report: Report::new(Limits::STANDARD.diagnostics_per_code) };
    let tree = if path.extension().is_some_and(|ending| ending == "toml") {
        parse_toml(&Arc::new(path.to_owned()), text, &mut reader.report)
    } else {
        parse(path, text, Limits::STANDARD, &mut reader.report)
    };
    if let Some(tree) = &tree {
        reader.whole(tree);
    }
    let problems = reader.report.finish();
    if problems.iter().any(|one| one.severity == Severity::Error) { Err(problems) } else { Ok(reader.given) }
}

/// The same for a file.
///
/// # Errors
/// Everything that is wrong with it.
pub fn parameters_of(path: &Path) -> Result<Vec<GivenParameter>, Vec<Diagnostic>> {
    let unreadable = |problem: std::io::Error| {
        let message = format!("{} cannot be read: {problem}", path.display());
        Diagnostic::error("parameters-unreadable", message).help("name a file with values for parameters")
    };
    let text = std::fs::read(path).map_err(unreadable).and_then(|bytes| decode(path, bytes));
    parameters_in(path, &text.map_err(|problem| vec![problem])?)
}

/// Where SAM keeps what `sam deploy` gives to parameters.
const OVERRIDES: &str = "parameter_overrides";
/// The environment of a `samconfig` that is used where none is named.
const USUAL: &str = "default";
/// SAM's commands in the order in which what they say counts.
const COMMANDS: [&str; 2] = ["global", "deploy"];

struct Reader {
    given: Vec<GivenParameter>,
    report: Report,
}

impl Reader {
    fn whole(&mut self, tree: &Tree) {
        match &tree.shape {
            Shape::List(items) => items.iter().for_each(|item| self.pair(item)),
            Shape::Map(_) if is_samconfig(tree) => self.samconfig(tree),
            Shape::Map(_) => {
                match tree.get("Parameters").filter(|inner| matches!(inner.shape, Shape::Map(_))) {
                    Some(inner) => self.map(inner),
                    None => self.map(tree),
                }
            }
            Shape::Scalar(_) => {
                self.wrong("the file holds a single value, no parameters".to_owned(), &tree.place);
            }
        }
    }

    /// `{"ParameterKey": …, "ParameterValue": …}`, or SAM's `Name=Value`.
    fn pair(&mut self, item: &Tree) {
        if let Some(text) = item.text() {
            self.words(text, &item.place);
            return;
        }
        let Some(name) = item.get("ParameterKey").and_then(Tree::text) else {
            let message = format!("{} has no `ParameterKey`", item.kind());
            self.wrong(message, &item.place);
            return;
        };
        match (item.get("ParameterValue"), item.get("UsePreviousValue")) {
            (Some(value), _) => self.value(name, value),
            // What the deployed stack has is not known here: the parameter stays as the template has it.
            (None, Some(_)) => {}
            (None, None) => {
                self.wrong(format!("parameter {} has no `ParameterValue`", quote(name)), &item.place);
            }
        }
    }

    fn map(&mut self, tree: &Tree) {
        for branch in tree.branches() {
            self.value(&branch.key, &branch.tree);
        }
    }

    fn value(&mut self, name: &str, tree: &Tree) {
        let scalar = |tree: &Tree| match &tree.shape {
            Shape::Scalar(scalar) => Some(match interpret(scalar) {
                Value::Flag(flag) => flag.to_string(),
                Value::Null => String::new(),
                Value::Number(text) | Value::Text(text) => text,
                Value::Mixed(_)
                | Value::List(_)
                | Value::Map(_)
                | Value::Reference(_)
                | Value::Unknown(_) => scalar.text.clone(),
            }),
            Shape::List(_) | Shape::Map(_) => None,
        };
        let value = match &tree.shape {
            Shape::List(items) => {
                items.iter().map(scalar).collect::<Option<Vec<_>>>().map(|items| items.join(","))
            }
            Shape::Scalar(_) | Shape::Map(_) => scalar(tree),
        };
        if let Some(value) = value {
            let (name, place) = (name.to_owned(), Some(tree.place.clone()));
            self.given.push(GivenParameter { name, value, place });
        } else {
            let message = format!("the value of {} must be a single value or a list of them", quote(name));
            self.wrong(message, &tree.place);
        }
    }

    fn samconfig(&mut self, tree: &Tree) {
        let Some(usual) = tree.get(USUAL) else {
            let names: Vec<_> = tree.branches().iter().map(|branch| branch.key.as_str()).collect();
            let message = format!("the file has no environment {}, only {}", quote(USUAL), names.join(", "));
            self.wrong(message, &tree.place);
            return;
        };
        for command in COMMANDS {
            let overrides = usual.get(command).and_then(|command| command.get("parameters")?.get(OVERRIDES));
            match overrides {
                None => {}
                Some(tree) => match &tree.shape {
                    Shape::List(items) => items.iter().for_each(|item| self.pair(item)),
                    Shape::Map(_) => self.map(tree),
                    Shape::Scalar(scalar) => self.words(&scalar.text, &tree.place),
                },
            }
        }
    }

    /// `A=1 "B=two words" ParameterKey=C,ParameterValue=3`: the forms that `sam deploy` takes.
    fn words(&mut self, text: &str, place: &Place) {
        for word in words(text) {
            let long =
                word.strip_prefix("ParameterKey=").and_then(|rest| rest.split_once(",ParameterValue="));
            match long.or_else(|| word.split_once('=')) {
                Some((name, value)) if !name.is_empty() => self.given.push(GivenParameter {
                    name: name.to_owned(),
                    value: value.to_owned(),
                    place: Some(place.clone()),
                }),
                Some(_) | None => {
                    self.wrong(format!("{} has no name and value", quote(&word)), place);
                }
            }
        }
    }

    fn wrong(&mut self, message: String, place: &Place) {
        let help = "write a list of ParameterKey and ParameterValue, a map of names and values, or SAM's samconfig.toml";
        self.report.push(Diagnostic::error("parameters-file", message).at(place).help(help));
    }
}

/// Whether any environment of the file gives values to parameters, as SAM's configuration does.
fn is_samconfig(tree: &Tree) -> bool {
    let commands = tree.branches().iter().flat_map(|environment| environment.tree.branches());
    let mut parameters = commands.filter_map(|command| command.tree.get("parameters"));
    parameters.any(|parameters| parameters.get(OVERRIDES).is_some())
}

/// The words of a line, quotes taken off and blanks within them kept.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    for character in text.chars() {
        match (quote, character) {
            (None, '"' | '\'') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            (None, _) if character.is_whitespace() => {
                words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
            }
            (None | Some(_), _) => word.push(character),
        }
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(file: &str, text: &str) -> Vec<String> {
        let given = parameters_in(Path::new(file), text).expect("it is sound");
        let mut given: Vec<String> =
            given.into_iter().map(|one| format!("{}={}", one.name, one.value)).collect();
        given.sort_by_key(|one| !one.starts_with("Wait"));
        given
    }

    #[test]
    fn every_form_says_the_same() {
        let list = r#"[{"ParameterKey": "Wait", "ParameterValue": "30"},
            {"ParameterKey": "Old", "UsePreviousValue": true},
            {"ParameterKey": "Names", "ParameterValue": "a,b"}]"#;
        let sam = "version = 0.1\n[default.deploy.parameters]\nparameter_overrides = ";
        let long = "\"ParameterKey=Wait,ParameterValue=30 Names='a,b'\"";
        for (file, text) in [
            ("p.json", list),
            ("p.json", r#"{"Parameters": {"Wait": "30", "Names": ["a", "b"]}, "Tags": {"x": "y"}}"#),
            ("p.yaml", "Wait: 30\nNames: [a, b]\n"),
            ("p.toml", "Wait = 30\nNames = ['a', 'b']\n"),
            ("samconfig.toml", &format!("{sam}['Wait=30', 'Names=\"a,b\"']\n")),
            ("samconfig.toml", &format!("{sam}{long}\n")),
            ("samconfig.yaml", "default: {global: {parameters: {parameter_overrides: 'Wait=30 Names=a,b'}}}"),
        ] {
            assert_eq!(given(file, text), ["Wait=30", "Names=a,b"], "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_at_once_with_its_place() {
        let told = |file: &str, text: &str| -> Vec<String> {
            let problems = parameters_in(Path::new(file), text).expect_err("it is wrong");
            problems.iter().map(|one| one.place.as_ref().map_or(String::new(), ToString::to_string)).collect()
        };
        assert_eq!(
            told("p.json", "[{\"ParameterKey\": \"A\"},\n {\"Key\": 1}]"),
            ["p.json:1:2", "p.json:2:2"]
        );
        assert_eq!(told("p.yaml", "A: {b: 1}\n"), ["p.yaml:1:4"]);
        assert_eq!(told("p.toml", "A = \n"), ["p.toml:1:5"]);
        assert_eq!(told("p.yaml", "just text"), ["p.yaml:1:1"]);
        let other = "[prod.deploy.parameters]\nparameter_overrides = 'A=1'\n";
        assert_eq!(told("samconfig.toml", other).len(), 1);
    }
}

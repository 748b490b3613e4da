//! Where a state machine's definition is, and what stands in it once its substitutions are made.

use crate::template::build::context::Build;
use crate::template::build::json;
use crate::template::build::states::reading::Reading;
use crate::template::declared::Declared;
use crate::template::tree::{at, entries, known, path, scalar_at};
use crate::template::{Entry, Node, Piece, Value};
use crate::topology::{
    InputLog, LinkEnd, MachineKind, MachineProblem, ResourceId, Setting, StateMachine, Unmodelled, Words,
};

const KIND: &str = "AWS::StepFunctions::StateMachine.StateMachineType";
/// The properties that name functions where no definition is at hand.
const MENTIONING: [&str; 3] = ["Definition", "DefinitionString", "DefinitionSubstitutions"];
/// The level of a log that holds everything.
const EVERYTHING: &str = "ALL";

impl Build<'_> {
    /// `AWS::StepFunctions::StateMachine`: what its tasks reach, and the machine itself where its definition is at hand.
    pub(crate) fn state_machine(&mut self, id: ResourceId, declared: &Declared) {
        let problems = match definition(declared) {
            Definition::Read(node) => {
                let kind = self.machine_kind(declared);
                let before = self.links.len();
                if let Some(machine) =
                    Reading::of(self, id, (kind, words(declared)), log(declared)).read(&node)
                {
                    self.machines.push(machine);
                    return;
                }
                self.links.truncate(before);
                vec![unreadable(declared, "an object with States and StartAt")]
            }
            Definition::Broken(allowed) => vec![unreadable(declared, &allowed)],
            Definition::Absent(why) => {
                self.without_definition(declared, &why);
                Vec::new()
            }
        };
        if !problems.is_empty() {
            let kind = self.machine_kind(declared);
            self.machines.push(StateMachine {
                resource: id,
                kind,
                words: words(declared),
                log: log(declared),
                timeout: None,
                states: Vec::new(),
                start: 0,
                problems,
            });
        }
        self.mentions("step_functions", id, &MENTIONING);
    }

    fn machine_kind(&mut self, declared: &Declared) -> Setting<MachineKind> {
        let written =
            at(&declared.properties, "StateMachineType").or_else(|| at(&declared.properties, "Type"));
        self.reader().required(written, KIND)
    }

    fn without_definition(&mut self, declared: &Declared, why: &str) {
        self.unmodelled.push(Unmodelled {
            name: declared.name.clone(),
            type_name: declared.type_name.clone(),
            cost: format!(
                "{why}: each function that it names counts as called once for each event, without retries, catchers or order"
            ),
            place: Some(declared.place.clone()),
        });
    }

    /// What a task cannot be read as, and what is lost by that.
    pub(super) fn task_unmodelled(
        &mut self,
        machine: &LinkEnd,
        state: &str,
        what: &str,
        cost: &str,
        at: &Node,
    ) {
        self.unmodelled.push(Unmodelled {
            name: format!("{}: {state}", self.name_of(machine)),
            type_name: format!("step_functions ({what})"),
            cost: cost.to_owned(),
            place: Some(at.place.clone()),
        });
    }
}

/// What there is of a definition.
enum Definition {
    Read(Node),
    /// It is there and no JSON; what would be accepted.
    Broken(String),
    /// It is elsewhere.
    Absent(String),
}

fn definition(declared: &Declared) -> Definition {
    let own = &declared.properties;
    let read = if let Some(object) = at(own, "Definition") {
        match &known(object).value {
            Value::Map(_) => Definition::Read(object.clone()),
            _ => Definition::Absent("its definition is not known".to_owned()),
        }
    } else if let Some(text) = at(own, "DefinitionString") {
        match &known(text).value {
            // What is written as an object, CloudFormation makes a text of.
            Value::Map(_) => Definition::Read(text.clone()),
            Value::Text(_) | Value::Mixed(_) => match json::read(text) {
                Ok(node) => Definition::Read(node),
                Err(why) => Definition::Broken(why),
            },
            _ => Definition::Absent("its definition is not known".to_owned()),
        }
    } else {
        Definition::Absent("its definition is not at hand".to_owned())
    };
    match (read, at(own, "DefinitionSubstitutions")) {
        (Definition::Read(node), Some(given)) => Definition::Read(substituted(&node, entries(given))),
        (read, _) => read,
    }
}

/// The same with every `${Name}` that is substituted.
fn substituted(node: &Node, given: &[Entry]) -> Node {
    let value = match &node.value {
        Value::Text(text) => in_text(text, given),
        Value::Mixed(pieces) => {
            let pieces = pieces.iter().flat_map(|piece| match piece {
                Piece::Text(text) => pieces_of(text, given),
                Piece::Reference(_) | Piece::Unknown(_) => vec![piece.clone()],
            });
            joined(pieces.collect())
        }
        Value::List(items) => Value::List(items.iter().map(|item| substituted(item, given)).collect()),
        Value::Map(entries) => {
            let each =
                entries.iter().map(|entry| Entry { node: substituted(&entry.node, given), ..entry.clone() });
            Value::Map(each.collect())
        }
        Value::Null | Value::Flag(_) | Value::Number(_) | Value::Reference(_) | Value::Unknown(_) => {
            node.value.clone()
        }
    };
    Node { value, place: node.place.clone() }
}

fn in_text(text: &str, given: &[Entry]) -> Value {
    let whole = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    let entry = whole.and_then(|name| given.iter().find(|entry| entry.key == name));
    match entry {
        Some(entry) => known(&entry.node).value.clone(),
        None => joined(pieces_of(text, given)),
    }
}

/// The pieces of a text; names that nothing is given for stay what they are.
fn pieces_of(text: &str, given: &[Entry]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let Some(length) = rest[start..].find('}') else { break };
        let (name, end) = (&rest[start + 2..start + length], start + length + 1);
        match given.iter().find(|entry| entry.key == name) {
            Some(entry) => {
                pieces.push(Piece::Text(rest[..start].to_owned()));
                pieces.extend(as_pieces(&entry.node));
            }
            None => pieces.push(Piece::Text(rest[..end].to_owned())),
        }
        rest = &rest[end..];
    }
    pieces.push(Piece::Text(rest.to_owned()));
    pieces
}

fn as_pieces(node: &Node) -> Vec<Piece> {
    match &known(node).value {
        Value::Text(text) | Value::Number(text) => vec![Piece::Text(text.clone())],
        Value::Flag(flag) => vec![Piece::Text(flag.to_string())],
        Value::Mixed(pieces) => pieces.clone(),
        Value::Reference(reference) => vec![Piece::Reference(reference.clone())],
        Value::Unknown(unknown) => vec![Piece::Unknown(unknown.why.clone())],
        Value::Null | Value::List(_) | Value::Map(_) => Vec::new(),
    }
}

/// One value of many pieces: neighbouring texts are one.
fn joined(pieces: Vec<Piece>) -> Value {
    let mut whole: Vec<Piece> = Vec::new();
    for piece in pieces {
        match (whole.last_mut(), piece) {
            (_, Piece::Text(text)) if text.is_empty() => {}
            (Some(Piece::Text(before)), Piece::Text(text)) => before.push_str(&text),
            (_, piece) => whole.push(piece),
        }
    }
    match whole.as_slice() {
        [] => Value::Text(String::new()),
        [Piece::Text(text)] => Value::Text(text.clone()),
        [Piece::Reference(reference)] => Value::Reference(reference.clone()),
        _ => Value::Mixed(whole),
    }
}

/// Whether a log holds the input of every execution.
/// In whose words the type of a machine is written; SAM has a shorter one.
fn words(declared: &Declared) -> Words {
    let is_plain = at(&declared.properties, "StateMachineType").is_some();
    if is_plain { Words::CloudFormation } else { Words::Sam }
}

fn log(declared: &Declared) -> InputLog {
    let logging =
        at(&declared.properties, "LoggingConfiguration").or_else(|| at(&declared.properties, "Logging"));
    let everything = logging.is_some_and(|logging| {
        scalar_at(logging, "Level") == Some(EVERYTHING)
            && scalar_at(logging, "IncludeExecutionData") == Some("true")
            && path(logging, &["Destinations"]).is_some()
    });
    if everything { InputLog::Everything } else { InputLog::Not }
}

fn unreadable(declared: &Declared, allowed: &str) -> MachineProblem {
    let own = &declared.properties;
    let written = ["Definition", "DefinitionString"].iter().find_map(|name| Some((*name, at(own, name)?)));
    let (property, place) =
        written.map_or(("Definition", &declared.place), |(name, node)| (name, &node.place));
    MachineProblem {
        rule: "step_functions.definition",
        property: property.to_owned(),
        value: "what is written".to_owned(),
        allowed: allowed.to_owned(),
        place: place.clone(),
    }
}

//! Templates in, evaluated trees out: what is read, with which places, what is refused and what is said about it.

use std::path::{Path, PathBuf};

use redrive::template::{
    Entry, Node, Piece, Presence, ReadOptions, Reference, Template, Value, apply_setting, decode, read,
};
use redrive::vocabulary::{Diagnostic, Severity};

/// Reads a text with the options that the command line would use.
pub(crate) fn read_text(text: &str) -> (Option<Template>, Vec<Diagnostic>) {
    read(Path::new("t.yaml"), text, &ReadOptions::with_stand_ins())
}

/// `4:7 warning duplicate-key`: a diagnostic without its words.
pub(crate) fn brief(diagnostic: &Diagnostic) -> String {
    let place = diagnostic.place.as_ref();
    let (line, column) = place.map_or((0, 0), |place| (place.line, place.column));
    format!("{line}:{column} {} {}", diagnostic.severity.word(), diagnostic.code)
}

/// A value in one line: `<Queue.Arn>` a reference, `?(why: a | b)` an unknown value with what it may be.
pub(crate) fn shown(value: &Value) -> String {
    let join = |nodes: &[Node], separator: &str| {
        nodes.iter().map(|node| shown(&node.value)).collect::<Vec<_>>().join(separator)
    };
    match value {
        Value::Null => "null".to_owned(),
        Value::Flag(flag) => flag.to_string(),
        Value::Number(number) => number.clone(),
        Value::Text(text) => format!("'{text}'"),
        Value::Mixed(pieces) => format!("'{}'", pieces.iter().map(piece).collect::<String>()),
        Value::List(items) => format!("[{}]", join(items, ", ")),
        Value::Map(entries) => {
            let entry = |entry: &Entry| format!("{}: {}", entry.key, shown(&entry.node.value));
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        Value::Reference(reference) => name(reference),
        Value::Unknown(unknown) if unknown.possible.is_empty() => format!("?({})", unknown.why),
        Value::Unknown(unknown) => format!("?({}: {})", unknown.why, join(&unknown.possible, " | ")),
    }
}

fn piece(piece: &Piece) -> String {
    match piece {
        Piece::Text(text) => text.clone(),
        Piece::Reference(reference) => name(reference),
        Piece::Unknown(why) => format!("?({why})"),
    }
}

fn name(reference: &Reference) -> String {
    match &reference.attribute {
        Some(attribute) => format!("<{}.{attribute}>", reference.resource),
        None => format!("<{}>", reference.resource),
    }
}

fn template(text: &str) -> Template {
    let (template, diagnostics) = read_text(text);
    template.unwrap_or_else(|| panic!("{diagnostics:#?}"))
}

/// What the template says of the properties of its first resource.
fn properties(text: &str) -> String {
    shown(&template(text).resources[0].properties.value)
}

/// Checks which diagnostics a text gives, in order.
fn check(text: &str, expected: &[&str]) {
    let (_, diagnostics) = read_text(text);
    let found: Vec<String> = diagnostics.iter().map(brief).collect();
    assert_eq!(found, expected, "{text}\n{diagnostics:#?}");
}

/// Every template below a folder, by its ending.
fn templates(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            templates(&path, found);
        } else if path
            .extension()
            .is_some_and(|ending| ending == "yaml" || ending == "yml" || ending == "json")
            && path.file_name().is_some_and(|name| name != "index.json")
        {
            found.push(path);
        }
    }
}

#[test]
fn every_real_template_at_hand_is_read_without_an_error() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/templates");
    let mut found = Vec::new();
    templates(&folder, &mut found);
    for path in found {
        let text = decode(&path, std::fs::read(&path).unwrap()).unwrap();
        let (template, diagnostics) = read(&path, &text, &ReadOptions::with_stand_ins());
        let errors: Vec<_> = diagnostics.iter().filter(|found| found.severity == Severity::Error).collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", path.display());
        assert!(template.is_some_and(|template| !template.resources.is_empty()), "{}", path.display());
    }
}

#[test]
fn yaml_and_json_give_the_same_tree() {
    let yaml = "Transform: AWS::Serverless-2016-10-31\nDescription: d\nResources:\n  Q:\n    Type: AWS::SQS::Queue\n    \
                DependsOn: T\n    Properties: {FifoQueue: true, VisibilityTimeout: 30, RedrivePolicy: \
                {deadLetterTargetArn: !GetAtt D.Arn, maxReceiveCount: '3'}}\n  D: {Type: 'AWS::SQS::Queue'}\n  T: {Type: T::T::T}\n";
    let json = r#"{"Transform": "AWS::Serverless-2016-10-31", "Description": "d",
        "Resources": {"Q": {"Type": "AWS::SQS::Queue", "DependsOn": ["T"],
            "Properties": {"FifoQueue": true, "VisibilityTimeout": 30, "RedrivePolicy":
                {"deadLetterTargetArn": {"Fn::GetAtt": ["D", "Arn"]}, "maxReceiveCount": "3"}}},
        "D": {"Type": "AWS::SQS::Queue"}, "T": {"Type": "T::T::T"}}}"#;
    for text in [yaml, json] {
        check(text, &[]);
        let template = template(text);
        assert_eq!(template.transforms, ["AWS::Serverless-2016-10-31"]);
        assert_eq!(template.description.as_deref(), Some("d"));
        assert_eq!(template.resources[0].depends_on, ["T"]);
        assert_eq!(
            shown(&template.resources[0].properties.value),
            "{FifoQueue: true, VisibilityTimeout: 30, RedrivePolicy: {deadLetterTargetArn: <D.Arn>, maxReceiveCount: '3'}}"
        );
        assert_eq!(shown(&template.resources[1].properties.value), "{}");
    }
}

#[test]
fn json_is_read_with_all_that_yaml_does_not_allow() {
    let text = "{\n\t\"Resources\":\t{\"Q\": {\"Type\":\n\"A::B::C\", \"Properties\": {\"a\": \"\\ud83d\\ude00\\/\\n\", \"b\": [1.50, -2e3, null, false, {}, []]}}}}";
    check(text, &[]);
    assert_eq!(properties(text), "{a: '😀/\n', b: [1.50, -2e3, null, false, {}, []]}");
}

#[test]
fn places_count_characters_and_bytes_from_the_start_of_the_value() {
    let text = "# é\nResources:\n  Q:\n    Type: A::B::C\n    Properties: {é: !Ref Q, b: \"é\"}\n    Metadata: |\n      é\n";
    let resource = &template(text).resources[0];
    let at = |place: &redrive::vocabulary::Place| {
        (place.line, place.column, text[place.start as usize..place.end as usize].to_owned())
    };
    assert_eq!(at(&resource.place), (3, 3, "Q".to_owned()));
    assert_eq!(at(&resource.type_place), (4, 11, "A::B::C".to_owned()));
    let Value::Map(entries) = &resource.properties.value else { panic!("no map") };
    assert_eq!(at(&resource.properties.place), (5, 17, "{é: !Ref Q, b: \"é\"}".to_owned()));
    assert_eq!(at(&entries[0].key_place), (5, 18, "é".to_owned()));
    assert_eq!(at(&entries[0].node.place), (5, 21, "!Ref Q".to_owned()));
    assert_eq!(at(&entries[1].node.place), (5, 32, "\"é\"".to_owned()));
    let json = text_json();
    let resource = &template(json).resources[0];
    let place = &resource.properties.get("b").unwrap().place;
    assert_eq!((place.line, place.column), (2, 44));
    assert_eq!(&json[place.start as usize..place.end as usize], "{\"Ref\": \"Q\"}");
    let crlf = "Resources:\r\n  Q:\r\n    Type: A::B::C\r\n    Properties:\r\n      a: x\r\n";
    let place = &template(crlf).resources[0].properties.get("a").unwrap().place.clone();
    assert_eq!((place.line, place.column, &crlf[place.start as usize..place.end as usize]), (5, 10, "x"));
}

fn text_json() -> &'static str {
    "{\"Resources\": {\"Q\": {\"Type\":\n  \"A::B::C\", \"Properties\": {\"a\": \"é\", \"b\": {\"Ref\": \"Q\"}}}}}"
}

#[test]
fn tags_anchors_merges_and_blocks_of_yaml_are_understood() {
    let head = "Resources:\n  Q:\n    Type: A::B::C\n    Properties:\n";
    for (body, expected, diagnostics) in [
        ("      a: !GetAtt Q.Arn\n      b: !GetAtt [Q, Arn]\n", "{a: <Q.Arn>, b: <Q.Arn>}", vec![]),
        ("      a: &x {c: 1}\n      b: *x\n", "{a: {c: 1}, b: {c: 1}}", vec![]),
        (
            "      a: &x {c: 1, d: 2}\n      b:\n        <<: *x\n        d: 3\n",
            "{a: {c: 1, d: 2}, b: {d: 3, c: 1}}",
            vec!["7:9 warning yaml-merge"],
        ),
        (
            "      b:\n        <<: [{c: 1}, {c: 2, d: 2}, 7]\n",
            "{b: {c: 1, d: 2}}",
            vec!["6:9 warning yaml-merge", "6:36 warning yaml-merge"],
        ),
        ("      '<<': 1\n", "{<<: 1}", vec![]),
        (
            "      a: |\n        x\n        y\n      b: >-\n        x\n        y\n",
            "{a: 'x\ny\n', b: 'x y'}",
            vec![],
        ),
        ("      a: !!str 12\n      b: !!int '12'\n      c: ! 12\n", "{a: '12', b: 12, c: '12'}", vec![]),
        ("      a: 1\n      b: 2\n      a: 3\n", "{b: 2, a: 3}", vec!["7:7 warning duplicate-key"]),
        ("      ? [a]\n      : 1\n      b: 2\n", "{b: 2}", vec!["5:9 warning yaml-key"]),
        ("      ? a\n      : 1\n      1: 2\n", "{a: 1, 1: 2}", vec![]),
        ("      a: 012345670123\n", "{a: '012345670123'}", vec!["5:10 warning yaml-octal"]),
        ("      a: 012345678901\n      b: yes\n", "{a: '012345678901', b: true}", vec![]),
        ("      a: [-, '-', --, -]\n", "{a: ['-', '-', '--', '-']}", vec![]),
        ("      a:\t1\t# c\n      b: [1,\t2]\n", "{a: 1, b: [1, 2]}", vec!["5:9 warning yaml-tab"]),
        ("      a: {b:\t1}\n", "{a: {b: 1}}", vec!["5:13 warning yaml-tab"]),
        ("      a: 1\n---\nb: 2\n", "{a: 1}", vec!["6:1 warning yaml-documents"]),
        ("      a: 1\n...\n", "{a: 1}", vec![]),
    ] {
        let text = format!("{head}{body}");
        assert_eq!(properties(&text), expected, "{text}");
        check(&text, &diagnostics);
    }
}

#[test]
fn what_is_no_template_is_refused_with_a_place() {
    for (text, expected) in [
        ("", vec!["1:1 error input-empty"]),
        ("# nothing\n", vec!["1:1 error input-empty"]),
        ("- a\n- b\n", vec!["1:1 error template-not-one"]),
        ("just text", vec!["1:1 error template-not-one"]),
        ("services:\n  web:\n    image: x\n", vec!["1:1 error template-not-one"]),
        ("resources:\n  Q: {Type: A::B::C}\n", vec!["1:1 error template-not-one"]),
        ("Resources:\n", vec!["1:10 error template-section"]),
        ("Resources: []\n", vec!["1:12 error template-section"]),
        ("Resources: {}\n", vec!["1:1 error template-empty"]),
        ("a:\n\tb: 1\n", vec!["2:2 error yaml-tab"]),
        ("a: 'x\n", vec!["1:4 error yaml-syntax"]),
        ("a: b: c\n", vec!["1:5 error yaml-syntax"]),
        ("a: *b\n", vec!["1:4 error yaml-syntax"]),
        ("a: &b [*b]\n", vec!["1:8 error yaml-alias"]),
        ("{\"a\": 1,\n}", vec!["1:1 error template-not-one"]),
        ("{\"a\" 1}", vec!["1:6 error json-syntax"]),
        ("{\"a\": \"\\x\"}", vec!["1:7 error json-syntax"]),
        ("{\"a\": 1", vec!["1:8 error json-syntax"]),
        ("{\"a\": tru]}", vec!["1:7 error json-syntax"]),
    ] {
        let (template, diagnostics) = read_text(text);
        assert!(
            template.is_none_or(|template| template.resources.is_empty())
                && diagnostics
                    .iter()
                    .all(|found| found.help.is_some() || found.code.starts_with("template-")),
            "{text}: {diagnostics:#?}"
        );
        check(text, &expected);
    }
}

#[test]
fn all_problems_of_a_template_are_said_at_once() {
    let text = "Parmeters: {}\nParameters: [1]\nResources:\n  A:\n    Properties: {}\n  B: {Type: [x]}\n  C: text\n  \
                D:\n    Type: A::B::C\n    BatchSize: 1\n    Propertis: {}\n    DependsOn: [E, !Ref A]\n    Properties: [1]\n    Condition: Nope\n";
    check(
        text,
        &[
            "1:1 warning template-section",
            "2:13 error template-section",
            "4:3 warning template-resource",
            "6:13 warning template-resource",
            "7:6 warning template-resource",
            "10:5 warning template-attribute",
            "11:5 warning template-attribute",
            "12:17 warning template-undefined",
            "12:20 warning template-attribute",
            "13:17 warning template-resource",
            "14:16 warning template-undefined",
        ],
    );
    let template = template(text);
    assert_eq!(template.resources.len(), 1);
    assert_eq!(template.resources[0].presence, Presence::Unknown("there is no condition `Nope`".to_owned()));
}

const SETTABLE: &str = "
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties: {VisibilityTimeout: 30, Name: !Ref Queue, Tags: [{Key: a}]}
  Fulfil:
    Type: AWS::Serverless::Function
  CdkOrders1234:
    Type: AWS::SQS::Queue
    Metadata: {'aws:cdk:path': Stack.1/Orders/Resource}
";

/// The properties of all resources after one setting, or why it is refused.
fn set(path: &str, value: &str) -> String {
    let mut template = template(SETTABLE);
    match apply_setting(&mut template, path, value) {
        Ok(()) => {
            let shown = template.resources.iter().map(|resource| shown(&resource.properties.value));
            shown.collect::<Vec<_>>().join(" ")
        }
        Err(diagnostic) => {
            format!("{}: {} ({})", diagnostic.code, diagnostic.message, diagnostic.help.unwrap_or_default())
        }
    }
}

#[test]
fn a_setting_replaces_or_adds_a_property() {
    let queue = "VisibilityTimeout: 30, Name: <Queue>, Tags: [{Key: 'a'}]";
    let changed = "{VisibilityTimeout: 180, Name: <Queue>, Tags: [{Key: 'a'}]} {} {}";
    for (path, value, expected) in [
        ("Queue.VisibilityTimeout", "180", changed.to_owned()),
        ("Queue.Properties.VisibilityTimeout", "180", changed.to_owned()),
        (
            "Queue.RedrivePolicy.maxReceiveCount",
            "3",
            format!("{{{queue}, RedrivePolicy: {{maxReceiveCount: 3}}}} {{}} {{}}"),
        ),
        ("Queue.Tags.0.Key", "'7'", format!("{{{}}} {{}} {{}}", queue.replace("'a'", "'7'"))),
        (
            "Fulfil.Events.Orders.Properties.BatchSize",
            "1",
            format!("{{{queue}}} {{Events: {{Orders: {{Properties: {{BatchSize: 1}}}}}}}} {{}}"),
        ),
        (
            "Stack.1/Orders.RedrivePolicy",
            "{maxReceiveCount: 5}",
            format!("{{{queue}}} {{}} {{RedrivePolicy: {{maxReceiveCount: 5}}}}"),
        ),
        ("Fulfil.Timeout", "", format!("{{{queue}}} {{Timeout: null}} {{}}")),
    ] {
        assert_eq!(set(path, value), expected, "{path}={value}");
    }
    let mut changed = template(SETTABLE);
    apply_setting(&mut changed, "Queue.VisibilityTimeout", "1").unwrap();
    let node = changed.resources[0].properties.get("VisibilityTimeout").unwrap();
    assert_eq!(node.place.to_string(), "<command line>:1:1");
}

#[test]
fn a_setting_that_fits_nothing_is_refused() {
    for (path, value, expected) in [
        (
            "Queu.X",
            "1",
            "setting-resource: `--set Queu.X=1`: there is no resource `Queu` (did you mean `Queue`?)",
        ),
        (
            "Other.X",
            "1",
            "setting-resource: `--set Other.X=1`: there is no resource `Other` (the template has Queue, Fulfil, CdkOrders1234)",
        ),
        (
            "Queue",
            "1",
            "setting-path: `--set Queue=1` names no property (write `--set Resource.Property=VALUE`)",
        ),
        (
            "Queue..X",
            "1",
            "setting-path: `--set Queue..X=1` names no property (write `--set Resource.Property=VALUE`)",
        ),
        ("", "1", "setting-path: `--set =1` names no property (write `--set Resource.Property=VALUE`)"),
        (
            "Queue.Tags.1.Key",
            "7",
            "setting-path: `--set Queue.Tags.1.Key=7`: `1` is no item of a list of 1 (items count from 0)",
        ),
        (
            "Queue.Name.X",
            "1",
            "setting-path: `--set Queue.Name.X=1`: what stands before `X` is no map (set the whole value instead, such as `Queue.RedrivePolicy={maxReceiveCount: 3}`)",
        ),
    ] {
        assert_eq!(set(path, value), expected, "{path}={value}");
    }
    assert!(
        set("Queue.X", "[1").starts_with("setting-value: the value of `--set Queue.X=[1` is unreadable: ")
    );
}

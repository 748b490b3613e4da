//! Every intrinsic function with what it knows, what it cannot know and what is wrong with it; parameters too.

use std::path::Path;

use redrive::template::{GivenParameter, ParameterOrigin, Presence, ReadOptions, read};

use crate::template_reading::{brief, shown};

/// What every case can name.
const HEAD: &str = "
Parameters:
  Env: {Type: String, Default: prod, AllowedValues: [dev, prod]}
  Stage: {Type: String, AllowedValues: [dev, prod]}
  Open: {Type: Number, MinValue: 1, MaxValue: 900}
  Free: {Type: String}
  Size: {Type: Number, Default: 10}
  Names: {Type: CommaDelimitedList, Default: 'a, b,c'}
  Found: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /x/y}
  Switch: {Type: String, Default: yes}
Mappings:
  ByEnv: {dev: {size: 1, list: [x, y]}, prod: {size: 9, list: [z]}}
  ByRegion: {eu-west-1: {name: e}, us-west-2: {name: w}}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
  IsDev: !Not [!Condition IsProd]
  IsOpen: !Equals [!Ref Free, x]
  IsStageProd: !Equals [!Ref Stage, prod]
  Loops: !Not [!Condition Loops]
  IsOn: !Equals [!Ref Switch, yes]
Resources:
  R:
    Type: A::B::C
    Properties:
      v: ";

/// The value that `written` evaluates to, and the codes of the diagnostics, both in one line.
fn evaluated(written: &str, tail: &str) -> String {
    let text = format!("{HEAD}{written}\n{tail}");
    let (template, diagnostics) = read(Path::new("t.yaml"), &text, &ReadOptions::with_stand_ins());
    let template = template.unwrap_or_else(|| panic!("{written}: {diagnostics:#?}"));
    let value =
        template.resources[0].properties.get("v").map_or("absent".to_owned(), |node| shown(&node.value));
    let codes: Vec<String> = diagnostics
        .iter()
        .map(|diagnostic| {
            brief(diagnostic).split_once(' ').map_or_else(String::new, |(_, rest)| rest.to_owned())
        })
        .collect();
    if codes.is_empty() { value } else { format!("{value} [{}]", codes.join(", ")) }
}

fn check(cases: &[(&str, &str)]) {
    for (written, expected) in cases {
        assert_eq!(evaluated(written, ""), *expected, "{written}");
    }
}

#[test]
fn ref_and_getatt() {
    check(&[
        ("!Ref Env", "'prod'"),
        ("{Ref: Size}", "10"),
        ("!Ref Names", "['a', 'b', 'c']"),
        ("!Ref Stage", "?(parameter `Stage` has no default: 'dev' | 'prod')"),
        ("!Ref Open", "?(parameter `Open` has no default (1 to 900))"),
        ("!Ref Found", "?(parameter `Found` is read from the SSM parameter `/x/y` at deployment)"),
        ("!Ref Switch", "'true'"),
        ("!Ref R", "<R>"),
        ("!Ref AWS::Region", "'us-east-1'"),
        ("!Ref AWS::AccountId", "'123456789012'"),
        ("!Ref AWS::Partition", "'aws'"),
        ("!Ref AWS::URLSuffix", "'amazonaws.com'"),
        ("!Ref AWS::StackName", "'stack'"),
        ("!Select [1, !Split ['/', !Ref 'AWS::StackId']]", "'stack'"),
        ("!Ref AWS::NotificationARNs", "?(the stack's notification topics are set at deployment)"),
        ("!Ref AWS::NoValue", "absent"),
        ("[1, !Ref AWS::NoValue, 2]", "[1, 2]"),
        ("!Ref Envv", "?(there is no parameter or resource `Envv`) [warning template-undefined]"),
        ("!Ref [Env]", "?(`!Ref` is not well-formed) [warning template-function]"),
        ("{Ref: {Ref: Env}}", "?(`Ref` is not well-formed) [warning template-function]"),
        ("!GetAtt R.Arn", "<R.Arn>"),
        ("!GetAtt R.Outputs.Queue", "<R.Outputs.Queue>"),
        ("!GetAtt [R, Outputs, Queue]", "<R.Outputs.Queue>"),
        ("{'Fn::GetAtt': R.Arn}", "<R.Arn>"),
        ("{'Fn::GetAtt': [R, !Ref Env]}", "<R.prod>"),
        ("{'Fn::GetAtt': [R, !Ref Free]}", "?(which attribute of `R` is meant is not known)"),
        ("!GetAtt R", "?(`!GetAtt` is not well-formed) [warning template-function]"),
        ("!GetAtt X.Arn", "?(there is no resource `X`) [warning template-undefined]"),
        ("!GetAtt {a: b}", "?(`!GetAtt` is not well-formed) [warning template-function]"),
    ]);
}

#[test]
fn what_sam_or_a_macro_generates_may_be_named() {
    let text = |transform: &str, name: &str| {
        let text = format!(
            "Transform: {transform}\nResources:\n  Fulfil:\n    Type: AWS::Serverless::Function\n    Properties:\n      \
             v: [!Ref {name}, !GetAtt {name}.Arn, !Sub '${{{name}}}']\n"
        );
        let (template, diagnostics) = read(Path::new("t"), &text, &ReadOptions::with_stand_ins());
        (shown(&template.unwrap().resources[0].properties.get("v").unwrap().value), diagnostics.len())
    };
    for name in ["ServerlessRestApi", "FulfilRole", "FulfilAliaslive", "FulfilOrdersPermission"] {
        let expected = format!("[<{name}>, <{name}.Arn>, <{name}>]");
        assert_eq!(text("AWS::Serverless-2016-10-31", name), (expected.clone(), 0));
        assert_eq!(text("[AWS::LanguageExtensions, Mine]", name), (expected, 0));
        assert_eq!(text("AWS::LanguageExtensions", name).1, 3);
    }
    assert_eq!(text("AWS::Serverless-2016-10-31", "Other").1, 3);
    let dotted = text("AWS::Serverless-2016-10-31", "Fulfil.Version");
    assert_eq!(dotted, ("[<Fulfil.Version>, <Fulfil.Version.Arn>, <Fulfil.Version>]".to_owned(), 0));
}

#[test]
fn sub_and_join() {
    check(&[
        ("!Sub plain", "'plain'"),
        ("!Sub 'a-${Env}-${AWS::Region}'", "'a-prod-us-east-1'"),
        ("!Sub '${R}'", "<R>"),
        ("!Sub '${R.Arn}/x'", "'<R.Arn>/x'"),
        ("!Sub '${!Env} ${ Env } $ {x} $'", "'${Env} prod $ {x} $'"),
        ("!Sub ['${A}-${Env}-${A}', {A: !GetAtt R.Arn}]", "'<R.Arn>-prod-<R.Arn>'"),
        ("!Sub ['${A.B}', {'A.B': 1}]", "'1'"),
        (
            "{'Fn::Sub': ['${Free}x', {}]}",
            "'?(parameter `Free` has no default)x' [warning template-function]",
        ),
        ("!Sub 'a${Free}'", "'a?(parameter `Free` has no default)'"),
        ("!Sub '${Free}'", "?(parameter `Free` has no default)"),
        ("!Sub '${Nope}'", "?(there is no parameter or resource `Nope`) [warning template-undefined]"),
        ("!Sub '${Nope.Arn}'", "?(there is no resource `Nope`) [warning template-undefined]"),
        ("!Sub '${AWS::NoValue}x'", "'x'"),
        ("!Sub '${a-b}'", "'${a-b}' [warning template-function]"),
        ("!Sub '${Env'", "'${Env' [warning template-function]"),
        ("!Sub '${}'", "'${}' [warning template-function]"),
        ("!Sub '${Names}'", "?(`Names` is no text) [warning template-function]"),
        ("!Sub [!Ref Env, {}]", "?(`!Sub` is not well-formed) [warning template-function]"),
        ("!Sub {a: b}", "?(`!Sub` is not well-formed) [warning template-function]"),
        ("!Sub '{{resolve:ssm:/${Env}/x}}'", "?(`{{resolve:ssm:/prod/x}}` is looked up at deployment)"),
        ("!Sub '{{resolve:ssm:/${R}/x}}'", "?(`{{resolve:ssm:/${R}/x}}` is looked up at deployment)"),
        ("'a-{{resolve:ssm:x}}'", "'a-?(`{{resolve:ssm:x}}` is looked up at deployment)'"),
        ("!Join ['-', [a, 1, true, !Ref Env]]", "'a-1-true-prod'"),
        ("!Join ['', [arn, !GetAtt R.Arn, !Ref Free]]", "'arn<R.Arn>?(parameter `Free` has no default)'"),
        ("!Join [',', !Ref Names]", "'a,b,c'"),
        ("!Join [',', [a, !If [IsDev, b, !Ref AWS::NoValue], c]]", "'a,c'"),
        ("!Join [',', !GetAtt R.List]", "?(the list `List` of `R` is known after deployment)"),
        ("!Join [',', !Ref Free]", "?(parameter `Free` has no default)"),
        ("!Join [',', []]", "''"),
        ("!Join [',', a]", "?(`!Join` is not well-formed) [warning template-function]"),
        ("!Join a", "?(`!Join` is not well-formed) [warning template-function]"),
        ("!Join [[], [a]]", "?(`!Join` is not well-formed) [warning template-function]"),
        ("!Join [',', [[a]]]", "?(`!Join` is not well-formed) [warning template-function]"),
    ]);
}

#[test]
fn select_split_length_and_the_rest_of_the_lists() {
    check(&[
        ("!Select [1, [a, b]]", "'b'"),
        ("!Select ['0', !Ref Names]", "'a'"),
        ("!Select [!Ref Open, [a, b]]", "?(parameter `Open` has no default (1 to 900): 'a' | 'b')"),
        ("!Select [2, [a, b]]", "?(`Fn::Select` asks for item 2 of a list of 2) [warning template-function]"),
        ("!Select [-1, [a]]", "?(`!Select` is not well-formed) [warning template-function]"),
        ("!Select [0, a]", "?(`!Select` is not well-formed) [warning template-function]"),
        ("!Select [0]", "?(`!Select` is not well-formed) [warning template-function]"),
        ("!Select [0, !GetAZs '']", "?(the availability zones of an account are known at deployment)"),
        ("!Split [',', 'a,b']", "['a', 'b']"),
        ("!Split ['-', !Sub 'x-${Env}']", "['x', 'prod']"),
        ("!Split [':', !GetAtt R.Arn]", "?(a part of what `R` is)"),
        ("!Split [':', !Sub 'a:${R.Arn}']", "?(a part of a text that is known after deployment)"),
        ("!Split [':', !Ref Free]", "?(parameter `Free` has no default)"),
        ("!Split ['', a]", "?(`!Split` is not well-formed) [warning template-function]"),
        ("!Split [',', [a]]", "?(`!Split` is not well-formed) [warning template-function]"),
        ("!Split a", "?(`!Split` is not well-formed) [warning template-function]"),
        ("{'Fn::Length': [a, b]}", "2"),
        ("{'Fn::Length': !Ref Names}", "3"),
        ("{'Fn::Length': !Ref Free}", "?(parameter `Free` has no default)"),
        ("{'Fn::Length': a}", "?(`Fn::Length` is not well-formed) [warning template-function]"),
        ("!Cidr [10.0.0.0/16, 2, 8]", "['10.0.0.0/24', '10.0.1.0/24']"),
        ("!Cidr [!GetAtt R.CidrBlock, 2, 8]", "?(the address block is known after deployment)"),
        ("!Cidr [10.0.0.0/16, 300]", "?(`!Cidr` is not well-formed) [warning template-function]"),
        ("!Cidr 10.0.0.0/16", "?(`!Cidr` is not well-formed) [warning template-function]"),
        ("!Base64 foo", "'Zm9v'"),
        ("{'Fn::Base64': !Sub 'f${Env}'}", "'ZnByb2Q='"),
        ("!Base64 {'Fn::Sub': '${R}'}", "?(the encoded text is known after deployment)"),
        ("!Base64 [a]", "?(`!Base64` is not well-formed) [warning template-function]"),
        (
            "{'Fn::ToJsonString': {a: [1, '2', true, null], b: !Ref R}}",
            "'{\"a\":[1,\"2\",true,null],\"b\":\"<R>\"}'",
        ),
        ("{'Fn::ToJsonString': {a: !Sub '\"${R}'}}", "'{\"a\":\"\\\"<R>\"}'"),
        ("{'Fn::ToJsonString': a}", "?(`Fn::ToJsonString` is not well-formed) [warning template-function]"),
    ]);
}

#[test]
fn conditions_are_true_false_or_unknown() {
    check(&[
        ("!If [IsProd, 1, 2]", "1"),
        ("!If [IsDev, 1, 2]", "2"),
        ("!If [IsDev, 1, !Ref AWS::NoValue]", "absent"),
        ("!If [IsOpen, 1, 2]", "?(condition `IsOpen` cannot be decided: 1 | 2)"),
        ("!If [IsOpen, 1, 1]", "1"),
        ("!If [IsOpen, 1, !Ref AWS::NoValue]", "?(condition `IsOpen` cannot be decided: 1 | null)"),
        ("!If [IsOpen, 1, !If [IsStageProd, 2, 3]]", "?(condition `IsOpen` cannot be decided: 1 | 2 | 3)"),
        ("!If [Loops, 1, 2]", "?(condition `Loops` cannot be decided: 1 | 2) [warning template-cycle]"),
        ("!If [IsOn, 1, 2]", "1"),
        ("!If [IsProdd, 1, 2]", "?(there is no condition `IsProdd`: 1 | 2) [warning template-undefined]"),
        ("!If [IsProd, 1]", "?(`!If` is not well-formed) [warning template-function]"),
        ("!If IsProd", "?(`!If` is not well-formed) [warning template-function]"),
        ("!If [!Equals [a, a], 1, 2]", "1"),
        ("!If [[a], 1, 2]", "?(the condition is not well-formed: 1 | 2) [warning template-function]"),
        ("!Equals [1, '1']", "true"),
        ("!Equals [true, 'true']", "true"),
        ("!Equals [a, b]", "false"),
        ("!Equals [!Ref Names, [a, b, c]]", "true"),
        ("!Equals [!Ref Stage, other]", "false"),
        ("!Equals [!Ref Stage, dev]", "?(the values compared are not known)"),
        ("!Equals [!Ref R, !Ref R]", "true"),
        ("!Equals [a]", "?(`!Equals` is not well-formed) [warning template-function]"),
        ("!And [!Condition IsProd, {Condition: IsProd}]", "true"),
        ("!And [!Condition IsOpen, !Condition IsDev]", "false"),
        ("!And [!Condition IsOpen, !Condition IsProd]", "?(condition `IsOpen` cannot be decided)"),
        ("!Or [!Condition IsOpen, !Condition IsProd]", "true"),
        ("!Or [!Condition IsOpen, !Condition IsDev]", "?(condition `IsOpen` cannot be decided)"),
        ("!Or [!Condition IsDev, {'Fn::Equals': [a, b]}]", "false"),
        ("!And a", "?(`!And` is not well-formed) [warning template-function]"),
        ("!Or []", "?(`!Or` is not well-formed) [warning template-function]"),
        ("!Not [!Condition IsOpen]", "?(condition `IsOpen` cannot be decided)"),
        ("!Not [!Condition IsProd, a]", "?(`!Not` is not well-formed) [warning template-function]"),
        ("{Condition: {StringEquals: {a: b}}}", "{Condition: {StringEquals: {a: 'b'}}}"),
    ]);
}

#[test]
fn mappings_are_looked_up_or_tell_what_is_possible() {
    check(&[
        ("!FindInMap [ByEnv, !Ref Env, size]", "9"),
        ("!FindInMap [ByEnv, dev, list]", "['x', 'y']"),
        (
            "!FindInMap [ByEnv, !Ref Stage, size]",
            "?(which entry of mapping `ByEnv` is meant is not known: 1 | 9)",
        ),
        (
            "!FindInMap [ByEnv, !Ref Free, size]",
            "?(which entry of mapping `ByEnv` is meant is not known: 1 | 9)",
        ),
        (
            "!FindInMap [ByRegion, !Ref 'AWS::Region', name]",
            "?(mapping `ByRegion` has no entry for the region or account assumed here: 'e' | 'w')",
        ),
        (
            "!FindInMap [ByEnv, test, size]",
            "?(mapping `ByEnv` has no key `test`) [warning template-undefined]",
        ),
        (
            "!FindInMap [ByEnv, dev, sise]",
            "?(mapping `ByEnv` has no key `sise`) [warning template-undefined]",
        ),
        ("!FindInMap [ByEnv, test, size, {DefaultValue: !Ref Size}]", "10"),
        ("!FindInMap [Nope, test, size, {DefaultValue: 3}]", "3"),
        ("!FindInMap [ByEnvv, dev, size]", "?(there is no mapping `ByEnvv`) [warning template-undefined]"),
        ("!FindInMap [!Ref Free, dev, size]", "?(which mapping is meant is not known)"),
        ("!FindInMap [ByEnv, dev]", "?(`!FindInMap` is not well-formed) [warning template-function]"),
        ("!FindInMap ByEnv", "?(`!FindInMap` is not well-formed) [warning template-function]"),
    ]);
}

#[test]
fn what_comes_from_outside_is_unknown() {
    check(&[
        ("!ImportValue bus", "?(`bus` is another stack's export)"),
        ("{'Fn::ImportValue': !Sub '${Env}-bus'}", "?(`prod-bus` is another stack's export)"),
        ("!ImportValue [a]", "?(`!ImportValue` is not well-formed) [warning template-function]"),
        (
            "{'Fn::Transform': {Name: 'AWS::Include', Parameters: {Location: a.yaml}}}",
            "?(the transform `AWS::Include` of `a.yaml` inserts it) [note template-transform]",
        ),
        (
            "{a: 1, 'Fn::Transform': {Name: 'AWS::Include', Parameters: {Location: !Ref R}}}",
            "{a: 1} [note template-transform]",
        ),
        ("!Transform x", "?(`!Transform` is not well-formed) [warning template-function]"),
        ("!Rain::Embed a.txt", "?(`!Rain::Embed` is filled in by Rain) [warning template-rain]"),
        ("{'Rain::Embed': a.txt}", "?(`Rain::Embed` is filled in by Rain) [warning template-rain]"),
        ("!Foo a", "?(`!Foo` is not known) [warning template-function]"),
        ("{'Fn::Foo': a}", "?(`Fn::Foo` is not known) [warning template-function]"),
        ("{'Fn::Sub': a, b: 1}", "{Fn::Sub: 'a', b: 1} [warning template-function]"),
    ]);
    let text = format!("{HEAD}!ImportValue bus\n      w: !ImportValue {{'Fn::Sub': '${{R}}'}}\n");
    let (template, _) = read(Path::new("t"), &text, &ReadOptions::with_stand_ins());
    let template = template.unwrap();
    let imports: Vec<String> = template.imports.iter().map(|import| shown(&import.name.value)).collect();
    assert_eq!(imports, ["'bus'", "<R>"]);
    assert_eq!(
        Some(&template.imports[0].place),
        template.resources[0].properties.get("v").map(|node| &node.place)
    );
}

#[test]
fn loops_are_expanded_where_their_collection_is_known() {
    check(&[
        ("{'Fn::ForEach::L': [X, [a, b], {'K${X}': !Sub '${X}-${Env}'}]}", "{Ka: 'a-prod', Kb: 'b-prod'}"),
        ("{'Fn::ForEach::L': [X, !Ref Names, {'${X}': !Ref X}], z: 1}", "{a: 'a', b: 'b', c: 'c', z: 1}"),
        ("{'Fn::ForEach::L': [X, [a.b], {'&{X}': {Ref: X}}]}", "{ab: 'a.b'}"),
        (
            "{'Fn::ForEach::L': [X, [a, b], {'Fn::ForEach::M': [Y, [c], {'${X}${Y}': '${X}'}]}]}",
            "{ac: 'a', bc: 'b'}",
        ),
        ("{z: 1, 'Fn::ForEach::L': [X, !Ref Free, {'${X}': 1}]}", "{z: 1} [note template-loop]"),
        ("{'Fn::ForEach::L': [X, [a, !Ref Env, {Ref: Env}], {'${X}': 1}]}", "{a: 1, prod: 1, prod: 1}"),
        ("{z: 1, 'Fn::ForEach::L': [X, !Split ['-', a-b], {'${X}': 1}]}", "{z: 1} [note template-loop]"),
        ("{'Fn::ForEach::L': [X]}", "?(the loop `Fn::ForEach::L` is not expanded) [note template-loop]"),
    ]);
    let text = "Transform: AWS::LanguageExtensions\nConditions:\n  Fn::ForEach::C:\n    - X\n    - [A, B]\n    - \
                Is${X}: !Equals ['${X}', A]\nResources:\n  Fn::ForEach::Q:\n    - X\n    - [A, B]\n    - Queue${X}:\n        \
                Type: AWS::SQS::Queue\n        Condition: Is${X}\n        DependsOn: Queue${X}\n";
    let (template, diagnostics) = read(Path::new("t"), text, &ReadOptions::with_stand_ins());
    assert_eq!(diagnostics, []);
    let resources = template.unwrap().resources;
    let found: Vec<_> = resources.iter().map(|found| (found.logical_id.as_str(), &found.presence)).collect();
    assert_eq!(found, [("QueueA", &Presence::Present), ("QueueB", &Presence::Absent)]);
}

#[test]
fn parameters_come_from_the_command_line_their_default_or_nowhere() {
    let given = |name: &str, value: &str| {
        let mut options = ReadOptions::with_stand_ins();
        options.parameters = vec![GivenParameter::new(name, "earlier"), GivenParameter::new(name, value)];
        let text = format!("{HEAD}!Ref Env\n      w: !Ref {name}\n");
        let (template, diagnostics) = read(Path::new("t"), &text, &options);
        let template = template.unwrap();
        let node = template.resources[0].properties.get("w").unwrap();
        let from = template.parameters.iter().find(|parameter| parameter.name == name);
        let from = from.map(|parameter| parameter.origin);
        if from.is_some() {
            assert_eq!(
                (from, node.place.to_string().as_str()),
                (Some(ParameterOrigin::CommandLine), "<command line>:1:1")
            );
        }
        let errors: Vec<&str> = diagnostics
            .iter()
            .filter(|found| found.code.starts_with("parameter-"))
            .map(|found| found.message.as_str())
            .collect();
        format!("{} {}", shown(&node.value), errors.join("; ")).trim_end().to_owned()
    };
    assert_eq!(given("Free", "x"), "'x'");
    assert_eq!(given("Env", "dev"), "'dev'");
    assert_eq!(given("Open", "900"), "900");
    assert_eq!(given("Names", "x,y"), "['x', 'y']");
    assert_eq!(given("Found", "v"), "'v'");
    assert_eq!(
        given("Env", "test"),
        "'test' `--parameter Env=test` is not allowed: the template takes one of dev, prod"
    );
    assert_eq!(
        given("Open", "901"),
        "901 `--parameter Open=901` is not allowed: the template takes 1 to 900"
    );
    assert_eq!(given("Open", "x"), "'x' `--parameter Open=x` is not allowed: the template takes a number");
    assert!(given("Enf", "x").ends_with("the template has no parameter `Enf`"));
    let mut options = ReadOptions::with_stand_ins();
    options.parameters = vec![GivenParameter::new("Enf", "")];
    let (_, diagnostics) = read(Path::new("t"), &format!("{HEAD}1\n"), &options);
    let help = diagnostics[0].help.clone().unwrap();
    assert!(help.starts_with("did you mean `Env`? it has Env, Stage, Open"), "{help}");
}

#[test]
fn outputs_and_resources_follow_their_conditions() {
    let tail = "  Absent: {Type: A::B::C, Condition: IsDev}\n  Open: {Type: A::B::C, Condition: IsOpen}\nOutputs:\n  \
                A: {Value: !GetAtt R.Arn, Export: {Name: !Sub '${Env}-a'}}\n  B: {Condition: IsDev, Value: 1}\n  \
                C: {Condition: IsOpen, Value: 1}\nMetadata: {a: !Ref Env}\nGlobals: {Function: {Timeout: !Ref Size}}\n";
    let (template, diagnostics) =
        read(Path::new("t"), &format!("{HEAD}1\n{tail}"), &ReadOptions::with_stand_ins());
    assert_eq!(diagnostics, []);
    let template = template.unwrap();
    assert_eq!(template.resources[1].presence, Presence::Absent);
    assert_eq!(
        template.resources[2].presence,
        Presence::Unknown("condition `IsOpen` cannot be decided".to_owned())
    );
    let outputs: Vec<String> =
        template.outputs.iter().map(|entry| format!("{} {}", entry.key, shown(&entry.node.value))).collect();
    assert_eq!(
        outputs,
        ["A {Value: <R.Arn>, Export: {Name: 'prod-a'}}", "C {Condition: 'IsOpen', Value: 1}"]
    );
    assert_eq!(shown(&template.metadata.unwrap().value), "{a: 'prod'}");
    assert_eq!(shown(&template.globals.unwrap().value), "{Function: {Timeout: 10}}");
}

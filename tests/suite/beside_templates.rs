//! What stands beside a template: files that it includes, files with values for its parameters, modules of a registry.

use std::path::{Path, PathBuf};

use redrive::models::Models;
use redrive::template::{ImportOptions, Imported, import_system, parameters_in};
use redrive::topology::{LinkDetail, ResourceDetail, Topology};
use redrive::vocabulary::{Diagnostic, Severity};
use tempfile::TempDir;

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().expect("a folder can be made");
    for (name, content) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("it is inside")).expect("folders can be made");
        std::fs::write(path, content).expect("a file can be written");
    }
    folder
}

fn imported(folder: &TempDir, names: &[&str], options: &ImportOptions) -> Imported {
    let paths: Vec<PathBuf> = names.iter().map(|name| folder.path().join(name)).collect();
    let models = Models::embedded().expect("the embedded models are sound");
    import_system(&paths, options, &models)
}

fn import(files: &[(&str, &str)]) -> Imported {
    imported(&folder(files), &["template.yaml"], &ImportOptions::with_stand_ins())
}

fn told(diagnostics: &[Diagnostic]) -> Vec<(&'static str, u32)> {
    let loud = diagnostics.iter().filter(|one| one.severity != Severity::Note);
    loud.map(|one| (one.code, one.place.as_ref().map_or(0, |place| place.line))).collect()
}

fn sound(imported: Imported) -> Topology {
    assert_eq!(told(&imported.diagnostics), [], "{:?}", imported.diagnostics);
    imported.topology.expect("it is a template")
}

fn ends(topology: &Topology) -> Vec<String> {
    let links = topology.links.iter();
    links
        .map(|link| format!("{} -> {}", topology.end_name(&link.from), topology.end_name(&link.to)))
        .collect()
}

const API: &str = "
openapi: 3.0.1
paths:
  /orders:
    post:
      x-amazon-apigateway-integration:
        uri: {'Fn::Sub': 'arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F.Arn}/invocations'}
";

fn including(location: &str) -> String {
    format!(
        "Transform: AWS::Serverless-2016-10-31
Resources:
  F: {{Type: AWS::Serverless::Function, Properties: {{Handler: a.b, Runtime: python3.13, CodeUri: .}}}}
  A:
    Type: AWS::Serverless::Api
    Properties:
      StageName: prod
      DefinitionBody:
        Fn::Transform: {{Name: AWS::Include, Parameters: {{Location: {location}}}}}
"
    )
}

#[test]
fn an_included_definition_is_read_by_relative_path() {
    let topology =
        sound(import(&[("template.yaml", &including("./api/openapi.yaml")), ("api/openapi.yaml", API)]));
    assert_eq!(ends(&topology), ["A -> F"]);
}

#[test]
fn an_include_adds_to_a_map_to_resources_and_to_sections() {
    let template = "
Transform: [{Name: AWS::Include, Parameters: {Location: sections.yaml}}]
Resources:
  Fn::Transform: {Name: AWS::Include, Parameters: {Location: more.yaml}}
  Q:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 60
      Fn::Transform: {Name: AWS::Include, Parameters: {Location: settings.yaml}}
";
    let files = [
        ("template.yaml", template),
        (
            "sections.yaml",
            "Parameters: {Delay: {Type: Number, Default: 7}}\nResources: {S: {Type: AWS::SNS::Topic}}\n",
        ),
        ("more.yaml", "R: {Type: AWS::SQS::Queue}\n"),
        ("settings.yaml", "DelaySeconds: {Ref: Delay}\nVisibilityTimeout: 1\n"),
    ];
    let topology = sound(import(&files));
    assert!(topology.find("R").is_some() && topology.find("S").is_some());
    let queue = topology.find("Q").map(|id| &topology.resource(id).detail);
    let Some(ResourceDetail::Queue(queue)) = queue else { panic!("it is a queue") };
    assert_eq!(queue.delay.value.as_micros(), 7_000_000);
    assert_eq!(queue.visibility_timeout.value.as_micros(), 60_000_000);
    let place = queue.delay.place().expect("it is written");
    assert!(place.file.ends_with("settings.yaml"), "{place}");
}

#[test]
fn an_included_file_that_is_also_given_is_no_template_of_its_own() {
    let folder = folder(&[("template.yaml", &including("openapi.yaml")), ("openapi.yaml", API)]);
    let options = ImportOptions::with_stand_ins();
    let both = imported(&folder, &["openapi.yaml", "template.yaml"], &options);
    assert_eq!(both.left_out, []);
    assert_eq!(ends(&sound(both)), ["A -> F"]);
    let alone = imported(&folder, &["openapi.yaml"], &options);
    assert_eq!(told(&alone.diagnostics), [("template-not-one", 2)]);
}

#[test]
fn an_include_that_is_not_at_hand_is_told() {
    let missing = import(&[("template.yaml", &including("gone.yaml"))]);
    assert_eq!(told(&missing.diagnostics), [("template-include", 9)]);
    let far = import(&[("template.yaml", &including("!Sub 's3://${AWS::AccountId}-code/api.yaml'"))]);
    assert_eq!(told(&far.diagnostics), [("template-transform", 9)]);
    assert!(far.topology.is_some());
    let itself = "Fn::Transform: {Name: AWS::Include, Parameters: {Location: a.yaml}}";
    let circle = import(&[("template.yaml", &including("a.yaml")), ("a.yaml", &format!("a: 1\n{itself}\n"))]);
    assert_eq!(told(&circle.diagnostics), [("template-include", 2)]);
}

#[test]
fn a_module_is_listed_and_what_refers_to_it_is_no_mistake() {
    let template = "
Resources:
  Store: {Type: 'Shop::Orders::Store::MODULE', Properties: {Name: a}}
  F: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt StoreRole.Arn, Handler: a.b, Code: {ZipFile: x}}}
  M:
    Type: AWS::Lambda::EventSourceMapping
    DependsOn: StoreQueue
    Properties: {EventSourceArn: !GetAtt Store.Queue.Arn, FunctionName: !Ref F}
";
    let topology = sound(import(&[("template.yaml", template)]));
    assert_eq!(ends(&topology), ["Store -> F"]);
    let module = topology.unmodelled.iter().find(|one| one.name == "Store").expect("it is listed");
    assert_eq!(module.type_name, "Shop::Orders::Store::MODULE");
}

const OPEN: &str = "
Parameters: {Wait: {Type: Number, MinValue: 1}, Names: {Type: CommaDelimitedList}}
Resources:
  Q: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: !Ref Wait, QueueName: !Select [1, !Ref Names]}}
";

#[test]
fn a_parameters_file_fills_what_the_template_leaves_open() {
    let folder = folder(&[("template.yaml", OPEN)]);
    let mut options = ImportOptions::with_stand_ins();
    options.read.parameters =
        parameters_in(Path::new("p.json"), r#"{"Parameters": {"Wait": 44, "Names": ["a", "b"]}}"#)
            .expect("it is sound");
    let topology = sound(imported(&folder, &["template.yaml"], &options));
    let Some(ResourceDetail::Queue(queue)) = topology.find("Q").map(|id| &topology.resource(id).detail)
    else {
        panic!("it is a queue")
    };
    assert_eq!(
        (queue.visibility_timeout.value.as_micros(), &queue.visibility_timeout.unknown),
        (44_000_000, &None)
    );
}

#[test]
fn what_a_parameters_file_says_wrongly_is_told_at_its_own_place() {
    let folder = folder(&[("template.yaml", OPEN)]);
    let mut options = ImportOptions::with_stand_ins();
    options.read.parameters =
        parameters_in(Path::new("p.yaml"), "Names: a\nWait: 0\nWiat: 3\n").expect("it is a map");
    let imported = imported(&folder, &["template.yaml"], &options);
    let problems: Vec<String> = imported
        .errors()
        .map(|one| format!("{} {}", one.code, one.place.as_ref().map_or(String::new(), ToString::to_string)))
        .collect();
    assert_eq!(problems, ["parameter-value p.yaml:2:7", "parameter-unknown p.yaml:3:7"]);
}

#[test]
fn a_misspelt_property_is_told_with_the_nearest_name() {
    let template = "
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {TimeOut: 5}}
Resources:
  Q:
    Type: AWS::SQS::Queue
    Properties:
      VisibiltyTimeout: 60
      Retention: 60
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Q.Arn, maxReceiveCounts: 3, maxReceiveCount: 3}
  F:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      Runtime: python3.13
      CodeUri: .
      Events:
        E: {Type: SQS, Properties: {Queue: !GetAtt Q.Arn, Batchsize: 3}}
";
    let imported = import(&[("template.yaml", template)]);
    let found: Vec<_> = imported
        .diagnostics
        .iter()
        .filter(|one| one.code == "template-unknown-property")
        .map(|one| (one.severity, one.message.as_str(), one.help.as_deref().unwrap_or_default()))
        .collect();
    assert_eq!(
        found[..4],
        [
            (
                Severity::Warning,
                "`TimeOut` is no property of AWS::Serverless::Function",
                "did you mean `Timeout`?"
            ),
            (
                Severity::Warning,
                "`VisibiltyTimeout` is no property of AWS::SQS::Queue",
                "did you mean `VisibilityTimeout`?"
            ),
            (Severity::Note, "`Retention` is no property of AWS::SQS::Queue", found[2].2),
            (
                Severity::Warning,
                "`maxReceiveCounts` is no property of AWS::SQS::Queue.RedrivePolicy",
                "did you mean `maxReceiveCount`?"
            ),
        ]
    );
    assert_eq!(found[4].1, "`Batchsize` is no property of event SQS");
    assert!(found[2].2.starts_with("it takes ContentBasedDeduplication, "), "{found:?}");
}

#[test]
fn a_malformed_count_keeps_the_rest_of_its_policy() {
    let template = "
Resources:
  Dead: {Type: AWS::SQS::Queue}
  Q:
    Type: AWS::SQS::Queue
    Properties: {RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 'five'}}
";
    let imported = import(&[("template.yaml", template)]);
    assert_eq!(told(&imported.diagnostics), [("template-malformed-setting", 6)]);
    let topology = imported.topology.expect("it is a template");
    let Some(ResourceDetail::Queue(queue)) = topology.find("Q").map(|id| &topology.resource(id).detail)
    else {
        panic!("it is a queue")
    };
    let redrive = queue.redrive.as_ref().expect("the policy stays");
    let open = redrive.max_receive_count.unknown.as_ref().expect("how often is open");
    assert_eq!(open.alternatives, [1, 1000]);
    assert!(open.why.starts_with("five is not a whole number"), "{}", open.why);
}

#[test]
fn connectors_and_policy_templates_show_what_sends() {
    let template = "
Transform: AWS::Serverless-2016-10-31
Resources:
  Q: {Type: AWS::SQS::Queue}
  R: {Type: AWS::SQS::Queue}
  S: {Type: AWS::SQS::Queue}
  F:
    Type: AWS::Serverless::Function
    Connectors: {Q: {Properties: {Destination: [{Id: Q}], Permissions: [Write]}}}
    Properties:
      Handler: a.b
      Runtime: python3.13
      CodeUri: .
      Environment: {Variables: {NEXT: !Ref R}}
      Policies: [{SQSSendMessagePolicy: {QueueName: !GetAtt R.QueueName}}]
  C:
    Type: AWS::Serverless::Connector
    Properties: {Source: {Id: F}, Destination: {Id: S}, Permissions: [Read]}
";
    let topology = sound(import(&[("template.yaml", template)]));
    let sends = topology.links.iter().filter(|link| match link.detail {
        LinkDetail::Sends(_) => true,
        LinkDetail::QueuePolling(_)
        | LinkDetail::Delivers(_)
        | LinkDetail::StreamPolling(_)
        | LinkDetail::Unmodelled => false,
    });
    let sends: Vec<_> = sends.map(|link| topology.end_name(&link.to)).collect();
    assert_eq!(sends, ["Q", "R"]);
}

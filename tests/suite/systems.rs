//! Several templates as one system: exports, names, the parameter store, nested stacks, and what CDK synthesises.

use std::collections::BTreeSet;
use std::path::PathBuf;

use redrive::models::Models;
use redrive::template::{ImportOptions, Imported, import_system};
use redrive::topology::{Link, LinkDetail, Topology};
use redrive::vocabulary::{Diagnostic, Severity};
use tempfile::TempDir;

/// A folder with files to read together.
struct Folder {
    folder: TempDir,
}

impl Folder {
    fn of(files: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().expect("a folder can be made");
        for (name, content) in files {
            let path = folder.path().join(name);
            let parent = path.parent().expect("it is inside of the folder");
            std::fs::create_dir_all(parent).expect("folders can be made");
            std::fs::write(path, content).expect("a file can be written");
        }
        Self { folder }
    }

    fn import(&self, names: &[&str]) -> Imported {
        self.import_with(names, &[])
    }

    fn import_with(&self, names: &[&str], settings: &[(&str, &str)]) -> Imported {
        let paths: Vec<PathBuf> = names.iter().map(|name| self.folder.path().join(name)).collect();
        let mut options = ImportOptions::with_stand_ins();
        options.settings =
            settings.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())).collect();
        let models = Models::embedded().expect("the embedded models are sound");
        import_system(&paths, &options, &models)
    }

    /// The topology of files about which there is nothing to say.
    fn topology(&self, names: &[&str]) -> Topology {
        let imported = self.import(names);
        assert_eq!(told(&imported.diagnostics), Vec::<String>::new());
        assert_eq!(imported.left_out, []);
        imported.topology.expect("there are templates")
    }
}

/// Everything above a note, as `code: message`.
fn told(diagnostics: &[Diagnostic]) -> Vec<String> {
    let loud = diagnostics.iter().filter(|one| one.severity != Severity::Note);
    loud.map(|one| format!("{}: {}", one.code, one.message)).collect()
}

/// `from -> to`, a star where the link is simulated.
fn links(topology: &Topology) -> Vec<String> {
    let described = |link: &Link| {
        let star = match &link.detail {
            LinkDetail::QueuePolling(_)
            | LinkDetail::StreamPolling(_)
            | LinkDetail::Delivers(_)
            | LinkDetail::Sends(_) => "*",
            LinkDetail::Unmodelled => "",
        };
        format!("{} -> {}{star}", topology.end_name(&link.from), topology.end_name(&link.to))
    };
    topology.links.iter().map(described).collect()
}

fn names(topology: &Topology) -> Vec<&str> {
    topology.resources.iter().map(|resource| resource.name.as_str()).collect()
}

/// A queue that is exported, named and written into the parameter store.
const ORDERS: &str = "\
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: orders, VisibilityTimeout: 180}}
  Address: {Type: AWS::SSM::Parameter, Properties: {Type: String, Name: /orders/arn, Value: !GetAtt Queue.Arn}}
Outputs:
  Arn: {Value: !GetAtt Queue.Arn, Export: {Name: orders-arn}}
";

/// A function that reads the queue that `SOURCE` means.
fn worker(source: &str) -> String {
    format!(
        "\
Transform: AWS::Serverless-2016-10-31
Parameters:
  Name: {{Type: String, Default: orders}}
  Address: {{Type: 'AWS::SSM::Parameter::Value<String>', Default: /orders/arn}}
Resources:
  Fulfil:
    Type: AWS::Serverless::Function
    Properties:
      Timeout: 30
      Events: {{Orders: {{Type: SQS, Properties: {{Queue: {source}, BatchSize: 1}}}}}}
"
    )
}

#[test]
fn one_template_finds_the_queue_of_another_by_export_name_or_parameter() {
    let sources = [
        "!ImportValue orders-arn",
        "!Sub 'arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:orders'",
        "!Sub 'arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:${Name}'",
        "!Ref Address",
        "'{{resolve:ssm:/orders/arn}}'",
        "'{{resolve:ssm:/orders/arn:2}}'",
        "!Join ['', [!ImportValue orders-arn]]",
    ];
    for source in sources {
        let folder = Folder::of(&[("orders.yaml", ORDERS), ("billing.yaml", &worker(source))]);
        for order in [["orders.yaml", "billing.yaml"], ["billing.yaml", "orders.yaml"]] {
            let topology = folder.topology(&order);
            assert_eq!(links(&topology), ["orders/Queue -> billing/Fulfil*"], "{source}");
        }
        let alone = folder.import(&["billing.yaml"]);
        assert_eq!(told(&alone.diagnostics), Vec::<String>::new(), "{source}");
        let links = links(&alone.topology.expect("it is a template"));
        assert!(!links[0].ends_with('*'), "{source} is elsewhere, but {links:?}");
    }
}

#[test]
fn names_get_the_path_of_their_stack_only_where_there_are_several() {
    let folder = Folder::of(&[("orders.yaml", ORDERS), ("billing/template.yaml", &worker("!Ref Address"))]);
    assert_eq!(names(&folder.topology(&["orders.yaml"])), ["Queue", "Address"]);
    let both = folder.topology(&["orders.yaml", "billing/template.yaml"]);
    let generated = ["billing/Fulfil", "billing/FulfilOrders", "billing/FulfilRole"];
    assert_eq!(names(&both), [&["orders/Queue", "orders/Address"][..], &generated].concat());
    assert_eq!(both.resources[0].logical_id, "orders/Queue");
}

#[test]
fn an_export_that_nobody_provides_is_told_only_where_several_templates_are_the_system() {
    let folder = Folder::of(&[("orders.yaml", ORDERS), ("billing.yaml", &worker("!ImportValue order-arn"))]);
    let imported = folder.import(&["orders.yaml", "billing.yaml"]);
    assert_eq!(
        told(&imported.diagnostics),
        ["template-export: no template of the system exports `order-arn`"]
    );
    let warned = imported.diagnostics.iter().find(|one| one.code == "template-export").expect("it is told");
    assert_eq!(warned.help.as_deref(), Some("did you mean `orders-arn`?"));
    assert_eq!(warned.place.as_ref().map(|place| place.line), Some(10));
    assert_eq!(told(&folder.import(&["billing.yaml"]).diagnostics), Vec::<String>::new());
}

#[test]
fn a_name_that_two_templates_give_is_an_error_with_both_places() {
    let folder = Folder::of(&[("orders.yaml", ORDERS), ("copy.yaml", ORDERS)]);
    let imported = folder.import(&["orders.yaml", "copy.yaml"]);
    let errors: Vec<_> = imported.errors().collect();
    assert_eq!(
        errors.iter().map(|one| one.code).collect::<Vec<_>>(),
        ["system-double-name", "system-double-export"]
    );
    assert!(errors[0].message.starts_with("Queue is called `orders`, as is Queue at "), "{}", errors[0]);
    assert!(errors[0].message.ends_with("orders.yaml:2:3"), "{}", errors[0]);
    assert!(errors[0].place.as_ref().is_some_and(|place| place.file.ends_with("copy.yaml")), "{}", errors[0]);
}

#[test]
fn a_template_that_is_given_twice_counts_once() {
    let folder = Folder::of(&[("orders.yaml", ORDERS)]);
    assert_eq!(names(&folder.topology(&["orders.yaml", "./orders.yaml"])), ["Queue", "Address"]);
}

#[test]
fn a_broken_template_is_left_out_and_the_others_are_judged() {
    let folder = Folder::of(&[
        ("orders.yaml", ORDERS),
        ("billing.yaml", &worker("!ImportValue orders-arn")),
        ("broken.yaml", "Resources: [unclosed"),
        ("section.yaml", "Resources: {A: {Type: AWS::SQS::Queue}}\nParameters: []\n"),
    ]);
    let imported =
        folder.import(&["orders.yaml", "broken.yaml", "billing.yaml", "section.yaml", "absent.yaml"]);
    assert_eq!(imported.errors().count(), 0);
    let codes: Vec<_> = imported.left_out.iter().map(|one| one.code).collect();
    assert_eq!(codes, ["yaml-syntax", "template-section", "template-unreadable"]);
    let topology = imported.topology.expect("two of them are sound");
    assert_eq!(links(&topology), ["orders/Queue -> billing/Fulfil*"]);
    let none = folder.import(&["broken.yaml", "absent.yaml"]);
    assert!(none.topology.is_none() && none.left_out.is_empty());
    assert_eq!(none.errors().count(), 2);
}

#[test]
fn a_setting_names_its_stack_where_two_have_such_a_resource() {
    let other = "Resources: {Queue: {Type: AWS::SQS::Queue}}";
    let folder = Folder::of(&[
        ("orders.yaml", ORDERS),
        ("other.yaml", other),
        ("billing.yaml", &worker("!ImportValue orders-arn")),
    ]);
    let all = ["orders.yaml", "other.yaml", "billing.yaml"];
    let unclear = folder.import_with(&all, &[("Queue.VisibilityTimeout", "1")]);
    let problem = unclear.errors().next().expect("two have it");
    assert!(problem.message.ends_with("means a resource of each of orders, other"), "{problem}");
    for (path, places) in [
        ("other/Queue.VisibilityTimeout", ["180 s", "1 s"]),
        ("orders/Queue.VisibilityTimeout", ["1 s", "30 s"]),
        ("Fulfil.Timeout", ["180 s", "30 s"]),
        ("FulfilOrders.BatchSize", ["180 s", "30 s"]),
    ] {
        let imported = folder.import_with(&all, &[(path, "1")]);
        assert_eq!(told(&imported.diagnostics), Vec::<String>::new(), "{path}");
        let topology = imported.topology.expect("they are templates");
        let queues = topology.resources.iter().filter_map(|resource| match &resource.detail {
            redrive::topology::ResourceDetail::Queue(queue) => {
                Some(format!("{} s", queue.visibility_timeout.value.as_micros() / 1_000_000))
            }
            redrive::topology::ResourceDetail::Function(_)
            | redrive::topology::ResourceDetail::Channel(_)
            | redrive::topology::ResourceDetail::Stream(_)
            | redrive::topology::ResourceDetail::Other => None,
        });
        assert_eq!(queues.collect::<Vec<_>>(), places, "{path}");
    }
    let missed = folder.import_with(&all, &[("Fulfill.Timeout", "1")]);
    assert_eq!(
        missed.errors().map(|one| one.help.clone().unwrap_or_default()).collect::<Vec<_>>(),
        ["did you mean `billing/Fulfil`?"]
    );
}

const PARENT: &str = "\
Transform: AWS::Serverless-2016-10-31
Resources:
  Store:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: ./inner/store.yaml
      Parameters: {Wait: 300}
  Work:
    Type: AWS::Serverless::Application
    Properties:
      Location: inner/work.yaml
      Parameters: {Source: !GetAtt Store.Outputs.Arn}
";

const STORE: &str = "\
Parameters: {Wait: {Type: Number, Default: 30}}
Resources:
  Orders: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: !Ref Wait}}
Outputs: {Arn: {Value: !GetAtt Orders.Arn}}
";

const WORK: &str = "\
Transform: AWS::Serverless-2016-10-31
Parameters: {Source: {Type: String}}
Resources:
  Fulfil:
    Type: AWS::Serverless::Function
    Properties:
      Events: {Orders: {Type: SQS, Properties: {Queue: !Ref Source}}}
";

fn nested(parent: &str) -> Folder {
    Folder::of(&[("parent.yaml", parent), ("inner/store.yaml", STORE), ("inner/work.yaml", WORK)])
}

#[test]
fn nested_stacks_and_applications_are_followed_by_relative_path() {
    let folder = nested(PARENT);
    let topology = folder.topology(&["parent.yaml"]);
    assert_eq!(links(&topology), ["Store/Orders -> Work/Fulfil*"]);
    assert_eq!(names(&topology)[..3], ["Store", "Work", "Store/Orders"]);
    assert_eq!(topology.unmodelled, []);
    let redrive::topology::ResourceDetail::Queue(queue) = &topology.resources[2].detail else {
        panic!("it is a queue")
    };
    assert_eq!(queue.visibility_timeout.value.as_micros(), 300_000_000);
    let place = queue.visibility_timeout.place().expect("it is written");
    assert!(place.file.ends_with("inner/store.yaml"), "{place}");
}

#[test]
fn a_nested_template_that_is_also_given_counts_once() {
    let folder = nested(PARENT);
    let all = folder.topology(&["inner/store.yaml", "parent.yaml", "inner/work.yaml"]);
    assert_eq!(names(&all), names(&folder.topology(&["parent.yaml"])));
}

#[test]
fn what_a_parent_says_wrongly_of_a_nested_stack_is_told() {
    let folder = nested(&PARENT.replace("{Wait: 300}", "{Wiat: 300}").replace("Outputs.Arn", "Outputs.Arm"));
    let told = told(&folder.import(&["parent.yaml"]).diagnostics);
    assert_eq!(
        told,
        [
            "template-nested-parameter: Store: its template has no parameter `Wiat`",
            "template-undefined: the nested stack `Store` has no output `Arm`",
        ]
    );
}

#[test]
fn a_nested_template_that_is_not_at_hand_is_named_with_what_is_lost() {
    let parent = "\
Transform: AWS::Serverless-2016-10-31
Resources:
  Far: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: 'https://s3.amazonaws.com/b/t.yaml'}}
  Shared:
    Type: AWS::Serverless::Application
    Properties: {Location: {ApplicationId: 'arn:aws:serverlessrepo:us-east-1:1:applications/x', SemanticVersion: 1.0.0}}
  Gone: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: gone.yaml}}
";
    let imported = nested(parent).import(&["parent.yaml"]);
    let told = told(&imported.diagnostics);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("template-nested-missing: Gone: its template"), "{told:?}");
    let topology = imported.topology.expect("it is a template");
    let lost: Vec<_> = topology.unmodelled.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(lost, ["Far", "Shared", "Gone"]);
    assert!(topology.unmodelled[1].cost.contains("applications/x is not at hand"), "{topology:?}");
}

#[test]
fn a_circle_of_nested_stacks_is_an_error() {
    let nests = |file: &str| {
        format!(
            "Resources: {{In: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: {file}}}}}}}"
        )
    };
    let folder = Folder::of(&[("a.yaml", &nests("b.yaml")), ("b.yaml", &nests("./a.yaml"))]);
    for start in ["a.yaml", "b.yaml"] {
        let imported = folder.import(&[start]);
        let codes: Vec<_> = imported.errors().map(|one| one.code).collect();
        assert_eq!(codes, ["template-nested-cycle"]);
    }
}

#[test]
fn exports_in_a_circle_end_with_a_warning() {
    let stack = |own: &str, other: &str| {
        format!(
            "Resources: {{Q: {{Type: AWS::SQS::Queue}}}}\n\
             Outputs: {{X: {{Value: !Sub ['${{V}}-{own}', {{V: !ImportValue {other}}}], Export: {{Name: {own}}}}}}}\n"
        )
    };
    let folder = Folder::of(&[("a.yaml", &stack("a", "b")), ("b.yaml", &stack("b", "a"))]);
    let told = told(&folder.import(&["a.yaml", "b.yaml"]).diagnostics);
    assert_eq!(told, ["template-cycle: exports, outputs and parameters of these templates lead in a circle"]);
}

/// Two stacks, one of them in a stage, and a nested stack; assets and the tree are there to be passed over.
fn cloud_assembly() -> Folder {
    let stack = |file: &str, name: &str| {
        format!(
            r#"{{"type": "aws:cloudformation:stack", "environment": "aws://unknown-account/unknown-region",
                "displayName": "{name}", "properties": {{"templateFile": "{file}", "stackName": "{name}"}}}}"#
        )
    };
    let manifest = format!(
        r#"{{"version": "36.0.0", "artifacts": {{
            "Orders.assets": {{"type": "cdk:asset-manifest", "properties": {{"file": "Orders.assets.json"}}}},
            "Orders": {},
            "assembly-Prod": {{"type": "cdk:cloud-assembly", "properties": {{"directoryName": "assembly-Prod"}}}},
            "Tree": {{"type": "cdk:tree", "properties": {{"file": "tree.json"}}}}}}}}"#,
        stack("Orders.template.json", "Orders")
    );
    let stage = format!(
        r#"{{"version": "36.0.0", "artifacts": {{"ProdWork": {}}}}}"#,
        stack("Work.template.json", "Prod/Work")
    );
    let orders = r#"{"Resources": {
        "Queue4A7E3555": {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 180},
            "Metadata": {"aws:cdk:path": "Orders/Queue/Resource"}},
        "Inner": {"Type": "AWS::CloudFormation::Stack",
            "Properties": {"TemplateURL": {"Fn::Sub": "https://s3.${AWS::Region}.${AWS::URLSuffix}/assets/abc.json"}},
            "Metadata": {"aws:cdk:path": "Orders/Inner.NestedStack/Inner.NestedStackResource",
                "aws:asset:path": "OrdersInner.nested.template.json", "aws:asset:property": "TemplateURL"}}},
        "Outputs": {"Export": {"Value": {"Fn::GetAtt": ["Queue4A7E3555", "Arn"]}, "Export": {"Name": "Orders:Queue"}}}}"#;
    let inner = r#"{"Resources": {"Dead": {"Type": "AWS::SQS::Queue",
        "Metadata": {"aws:cdk:path": "Orders/Inner/Dead/Resource"}}}}"#;
    let work = r#"{"Resources": {
        "FnFF8A8D2F": {"Type": "AWS::Lambda::Function", "Properties": {"Timeout": 30},
            "Metadata": {"aws:cdk:path": "Prod/Work/Fn/Resource"}},
        "FnSource": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {
            "FunctionName": {"Ref": "FnFF8A8D2F"}, "EventSourceArn": {"Fn::ImportValue": "Orders:Queue"}},
            "Metadata": {"aws:cdk:path": "Prod/Work/Fn/SqsEventSource/Resource"}}}}"#;
    Folder::of(&[
        ("cdk.out/manifest.json", &manifest),
        ("cdk.out/Orders.template.json", orders),
        ("cdk.out/OrdersInner.nested.template.json", inner),
        ("cdk.out/assembly-Prod/manifest.json", &stage),
        ("cdk.out/assembly-Prod/Work.template.json", work),
    ])
}

#[test]
fn a_cloud_assembly_is_one_system_with_names_as_paths() {
    let topology = cloud_assembly().topology(&["cdk.out"]);
    assert_eq!(
        names(&topology),
        [
            "Orders/Queue",
            "Orders/Inner.NestedStack/Inner.NestedStackResource",
            "Orders/Inner/Dead",
            "Prod/Work/Fn",
            "Prod/Work/Fn/SqsEventSource"
        ]
    );
    assert_eq!(links(&topology), ["Orders/Queue -> Prod/Work/Fn*"]);
    assert_eq!(topology.inputs.len(), 1);
}

#[test]
fn a_folder_that_is_no_cloud_assembly_is_refused_with_what_was_looked_for() {
    let folder = cloud_assembly();
    std::fs::create_dir(folder.folder.path().join("empty")).expect("a folder can be made");
    let empty = folder.import(&["empty"]);
    let problem = empty.errors().next().expect("it is refused");
    assert_eq!(problem.code, "cdk-no-manifest");
    assert!(problem.message.contains("empty has no manifest.json"), "{problem}");
    let above = folder.import(&["."]);
    let help = above.errors().next().and_then(|one| one.help.clone()).expect("there is one below");
    assert!(help.starts_with("did you mean ") && help.ends_with("cdk.out?"), "{help}");
}

#[test]
fn a_damaged_cloud_assembly_is_told_and_what_is_left_of_it_judged() {
    let folder = cloud_assembly();
    let inside = |name: &str| folder.folder.path().join("cdk.out").join(name);
    std::fs::remove_file(inside("Orders.template.json")).expect("it is there");
    let imported = folder.import(&["cdk.out"]);
    assert_eq!(imported.left_out.iter().map(|one| one.code).collect::<Vec<_>>(), ["template-unreadable"]);
    assert!(imported.topology.is_some_and(|topology| topology.find("Prod/Work/Fn").is_some()));
    for (content, code) in
        [("{", "cdk-manifest"), ("{}", "cdk-manifest"), (r#"{"artifacts": {}}"#, "cdk-no-stack")]
    {
        std::fs::write(inside("manifest.json"), content).expect("a file can be written");
        let imported = folder.import(&["cdk.out"]);
        assert_eq!(imported.errors().map(|one| one.code).collect::<Vec<_>>(), [code], "{content}");
        assert!(imported.topology.is_none());
    }
}

#[test]
fn stacks_of_two_regions_may_use_one_name() {
    let stack = |region: &str| {
        format!(
            r#""{region}": {{"type": "aws:cloudformation:stack", "environment": "aws://1/{region}",
                "properties": {{"templateFile": "{region}.json"}}}}"#
        )
    };
    let manifest = format!(r#"{{"artifacts": {{{}, {}}}}}"#, stack("eu-west-1"), stack("us-east-1"));
    let template =
        r#"{"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "orders"}}}}"#;
    let folder = Folder::of(&[
        ("manifest.json", &manifest),
        ("eu-west-1.json", template),
        ("us-east-1.json", template),
    ]);
    assert_eq!(names(&folder.topology(&["."])), ["eu-west-1/Queue", "us-east-1/Queue"]);
}

/// Everything in this template that names an end, all of them in one Region and account.
fn far(region: &str, account: &str) -> String {
    let arn = |service: &str, name: &str| format!("arn:aws:{service}:{region}:{account}:{name}");
    let (queue, function) = (arn("sqs", "other"), arn("lambda", "function:other"));
    format!(
        r#"{{"Resources": {{
        "F": {{"Type": "AWS::Lambda::Function", "Properties": {{"Handler": "a.b", "Runtime": "python3.13", "Role": "r", "Code": {{"ZipFile": "x"}}}}}},
        "B": {{"Type": "AWS::S3::Bucket", "Properties": {{"NotificationConfiguration": {{"QueueConfigurations": [{{"Event": "s3:ObjectCreated:*", "Queue": "{queue}"}}]}}}}}},
        "Q": {{"Type": "AWS::SQS::Queue", "Properties": {{"RedrivePolicy": {{"maxReceiveCount": 3, "deadLetterTargetArn": "{queue}"}}}}}},
        "M": {{"Type": "AWS::Lambda::EventSourceMapping", "Properties": {{"EventSourceArn": "{queue}", "FunctionName": {{"Ref": "F"}}}}}},
        "G": {{"Type": "AWS::Logs::LogGroup", "Properties": {{}}}},
        "L": {{"Type": "AWS::Logs::SubscriptionFilter", "Properties": {{"LogGroupName": {{"Ref": "G"}}, "FilterPattern": "", "DestinationArn": "{function}"}}}},
        "R": {{"Type": "AWS::SES::ReceiptRule", "Properties": {{"RuleSetName": "s", "Rule": {{"Actions": [{{"LambdaAction": {{"FunctionArn": "{function}"}}}}]}}}}}},
        "T": {{"Type": "AWS::SNS::Topic", "Properties": {{}}}},
        "U": {{"Type": "AWS::SNS::Subscription", "Properties": {{"TopicArn": {{"Ref": "T"}}, "Protocol": "lambda", "Endpoint": {{"Fn::GetAtt": ["F", "Arn"]}}, "RedrivePolicy": {{"deadLetterTargetArn": "{queue}"}}}}}}
        }}}}"#
    )
}

/// The rules that refuse such a template where it is deployed to an environment.
fn refused_in(environment: &str, (region, account): (&str, &str)) -> BTreeSet<String> {
    let manifest = format!(
        r#"{{"artifacts": {{"S": {{"type": "aws:cloudformation:stack", "environment": "{environment}",
            "properties": {{"templateFile": "s.json"}}}}}}}}"#
    );
    let folder = Folder::of(&[("manifest.json", &manifest), ("s.json", &far(region, account))]);
    let models = redrive::models::Models::embedded().expect("the models load");
    let found = redrive::topology::refusals(&folder.topology(&["."]), &models);
    found.into_iter().map(|refusal| refusal.rule).collect()
}

//= test: s3.same_region
//= test: ses.same_region
//= test: cloudwatch_logs.same_account
//= test: queue.dead_letter_same_place
//= test: queue_poll.same_region
//= test: sns.dead_letter_same_place
#[test]
fn what_lies_in_another_region_or_account_is_refused_where_aws_wants_it_in_the_same() {
    let rules = |rules: &[&str]| rules.iter().map(|rule| (*rule).to_owned()).collect::<BTreeSet<_>>();
    let home = "aws://111111111111/eu-west-1";
    assert_eq!(refused_in(home, ("eu-west-1", "111111111111")), rules(&[]));
    assert_eq!(
        refused_in(home, ("us-east-1", "111111111111")),
        rules(&[
            "queue.dead_letter_same_place",
            "queue_poll.same_region",
            "s3.same_region",
            "ses.same_region",
            "sns.dead_letter_same_place"
        ])
    );
    assert_eq!(
        refused_in(home, ("eu-west-1", "222222222222")),
        rules(&[
            "cloudwatch_logs.same_account",
            "queue.dead_letter_same_place",
            "sns.dead_letter_same_place"
        ])
    );
    let anywhere = "aws://unknown-account/unknown-region";
    assert_eq!(refused_in(anywhere, ("us-east-1", "222222222222")), rules(&[]), "nobody can tell");
}

#[test]
fn a_name_that_one_template_gives_twice_is_told_and_judged_all_the_same() {
    let queue = "{Type: AWS::SQS::Queue, Properties: {QueueName: orders}}";
    let folder = Folder::of(&[("orders.yaml", &format!("Resources:\n  One: {queue}\n  Two: {queue}\n"))]);
    let imported = folder.import(&["orders.yaml"]);
    assert!(imported.topology.is_some());
    let told: Vec<String> = imported.diagnostics.iter().map(ToString::to_string).collect();
    assert!(told.len() == 1 && told[0].contains("Two is called `orders`, as is One at "), "{told:?}");
}

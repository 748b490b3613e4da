//! Types of resources that are nearly a known one: told with the nearest; others are none of our business.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use redrive::models::Models;
use redrive::template::{ImportOptions, import_text};
use redrive::vocabulary::{Diagnostic, Severity};

/// What is said of the types of a template.
fn told(template: &str) -> Vec<String> {
    let models = Models::embedded().expect("the embedded models are sound");
    let imported =
        import_text(Path::new("template.yaml"), template, &ImportOptions::with_stand_ins(), &models);
    let about = |one: &&Diagnostic| ["template-unknown-type", "sam-unknown-resource"].contains(&one.code);
    let line = |one: &Diagnostic| {
        assert_eq!(one.severity, Severity::Warning);
        let place = one.place.as_ref().expect("it has a place");
        format!("{place}: {}; {}", one.message, one.help.as_deref().unwrap_or_default())
    };
    imported.diagnostics.iter().filter(about).map(line).collect()
}

#[test]
fn a_misspelt_type_is_told_at_its_place_with_the_nearest() {
    let template = "
Conditions:
  Never: !Equals [a, b]
Resources:
  Orders:
    Type: AWS::SQS::Queu
  Bills: {Type: AWS::SQS::queue}
  Fulfil:
    Type: AWS::Lamdba::Function
  Worker: {Type: AWS::Serverless::Functoin}
  Maker: {Type: AWS::Serverless::Wizard}
  Gone: {Type: AWS::SQS::Queu, Condition: Never}
";
    let expected = [
        "template.yaml:6:11: no resource type `AWS::SQS::Queu` is known, so nothing is simulated of `Orders`; \
         did you mean `AWS::SQS::Queue`?",
        "template.yaml:7:17: no resource type `AWS::SQS::queue` is known, so nothing is simulated of `Bills`; \
         did you mean `AWS::SQS::Queue`?",
        "template.yaml:9:11: no resource type `AWS::Lamdba::Function` is known, so nothing is simulated of \
         `Fulfil`; did you mean `AWS::Lambda::Function`?",
        "template.yaml:10:18: `AWS::Serverless::Functoin` is no resource type of SAM, so nothing is simulated of \
         `Worker`; did you mean `AWS::Serverless::Function`?",
    ];
    let told = told(template);
    assert_eq!(told[..4], expected);
    assert!(told[4].starts_with("template.yaml:11:17: `AWS::Serverless::Wizard` is no resource type of SAM"));
    assert_eq!(told.len(), 5, "{told:?}");
}

#[test]
fn types_that_merely_are_not_simulated_are_not_taken_for_mistakes() {
    let types = [
        "AWS::EC2::VPC",
        "AWS::SQS::QueuePolicy",
        "AWS::PCS::Queue",
        "AWS::EKS::Cluster",
        "AWS::ECS::Cluster",
        "AWS::MSK::Topic",
        "AWS::IAM::Group",
        "AWS::Lambda::WebFunction",
        "AWS::S3Tables::TableBucket",
        "AWS::Serverless::WebFunction",
        "Custom::SQSQueue",
        "Acme::SQS::Queue::MODULE",
    ];
    let mut template = "Resources:\n".to_owned();
    for (number, name) in types.iter().enumerate() {
        template += &format!("  R{number}: {{Type: '{name}'}}\n");
    }
    assert_eq!(told(&template), Vec::<String>::new());
}

#[test]
fn every_type_that_is_read_is_listed() {
    let models = Models::embedded().expect("the embedded models are sound");
    let listed: Vec<&String> = ["resource type", "resource type of SAM"]
        .iter()
        .flat_map(|of| &models.properties(of).expect("it is listed").takes)
        .collect();
    let mut read = BTreeSet::new();
    let mut folders = vec![PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src/template"))];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("the folder can be read") {
            let path = entry.expect("it can be read").path();
            if path.is_dir() { folders.push(path) } else { read.extend(types_in(&path)) }
        }
    }
    assert!(read.len() > 50, "{read:?}");
    let missing: Vec<&String> = read.iter().filter(|name| !listed.contains(name)).collect();
    assert!(missing.is_empty(), "not in `models/properties.toml`: {missing:?}");
}

/// The texts in a source file that are the name of a type.
fn types_in(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).expect("the file can be read");
    let is_type = |text: &&str| {
        let parts: Vec<&str> = text.split("::").collect();
        let is_part = |part: &&str| !part.is_empty() && part.chars().all(|one| one.is_ascii_alphanumeric());
        parts.len() == 3 && parts[0] == "AWS" && parts.iter().all(is_part)
    };
    text.split('"').filter(is_type).map(str::to_owned).collect()
}

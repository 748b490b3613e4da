//! Policies that AWS and SAM provide, as far as it matters who may send, publish, invoke and read.
//!
//! Absent: matching an action against a wildcard, and everything that a template itself declares.

use std::collections::BTreeMap;

use crate::models::fields::{Fields, Located, report};
use crate::models::read::References;
use crate::vocabulary::{Diagnostic, Place};

/// A policy that AWS manages and a template names by its ARN; it allows on every resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagedPolicy {
    /// Its name, the last part of its ARN: `AWSLambdaBasicExecutionRole`.
    pub name: String,
    /// The version whose actions are listed, such as `v1`.
    pub version: String,
    /// Actions, with wildcards as AWS writes them.
    pub allows: Vec<String>,
    /// Actions that it leaves out of those, with wildcards.
    pub except: Vec<String>,
    /// Keys of `citations.toml`.
    pub cite: Vec<String>,
    /// Where it stands.
    pub place: Place,
}

/// A policy template of SAM's, which a function names with parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SamPolicy {
    /// Its name, such as `SQSSendMessagePolicy`.
    pub name: String,
    /// The parameters that it takes, such as `QueueName`.
    pub takes: Vec<String>,
    /// What it allows on what.
    pub statements: Vec<SamStatement>,
    /// Keys of `citations.toml`.
    pub cite: Vec<String>,
    /// Where it stands.
    pub place: Place,
}

/// One statement of a policy template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SamStatement {
    /// Actions, with wildcards as SAM writes them.
    pub allows: Vec<String>,
    /// ARNs with `${…}` for a parameter of the template or of `CloudFormation`.
    pub on: Vec<String>,
}

impl SamPolicy {
    /// The actions of all its statements.
    pub fn allows(&self) -> impl Iterator<Item = &str> {
        self.statements.iter().flat_map(|statement| &statement.allows).map(String::as_str)
    }
}

/// All policies, by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Policies {
    pub(super) managed: BTreeMap<String, ManagedPolicy>,
    pub(super) templates: BTreeMap<String, SamPolicy>,
}

impl Policies {
    /// Reads `policies.toml`.
    pub(super) fn read(
        &mut self,
        fields: &mut Fields<'_>,
        references: &mut References,
        problems: &mut Vec<Diagnostic>,
    ) {
        fields.needed_text("title", problems);
        for table in fields.tables("managed", problems) {
            self.read_managed(table, references, problems);
        }
        for table in fields.tables("template", problems) {
            self.read_template(table, references, problems);
        }
    }

    fn read_managed(
        &mut self,
        mut fields: Fields<'_>,
        references: &mut References,
        problems: &mut Vec<Diagnostic>,
    ) {
        let name = fields.needed_text("name", problems);
        let version = fields.needed_text("version", problems);
        let allows = needed_texts(&mut fields, "allows", problems);
        let except = fields.texts("except", problems);
        let cite = cited(&mut fields, references, problems);
        fields.finish(problems);
        let (Some(name), Some(version)) = (name, version) else { return };
        if let Some(first) = self.managed.get(&name.value) {
            let message = format!("`{}` stands at {} already", name.value, first.place);
            report(problems, &name.place, "model-duplicate-policy", message, "list a policy once");
            return;
        }
        let policy = ManagedPolicy {
            name: name.value.clone(),
            version: version.value,
            allows,
            except: values(except),
            cite,
            place: name.place,
        };
        self.managed.insert(name.value, policy);
    }

    /// Each table is one statement; those of one name belong together.
    fn read_template(
        &mut self,
        mut fields: Fields<'_>,
        references: &mut References,
        problems: &mut Vec<Diagnostic>,
    ) {
        let name = fields.needed_text("name", problems);
        let takes = needed_texts(&mut fields, "takes", problems);
        let allows = needed_texts(&mut fields, "allows", problems);
        let on = needed_texts(&mut fields, "on", problems);
        let cite = cited(&mut fields, references, problems);
        let takes_place = fields.place_of("takes");
        fields.finish(problems);
        let Some(name) = name else { return };
        let statement = SamStatement { allows, on };
        let policy = self.templates.entry(name.value.clone()).or_insert_with(|| SamPolicy {
            name: name.value.clone(),
            takes: takes.clone(),
            statements: Vec::new(),
            cite,
            place: name.place,
        });
        if policy.takes != takes {
            let message = format!("`{}` takes {} at {}", name.value, policy.takes.join(", "), policy.place);
            let help = "write the same parameters in each statement of a template";
            report(problems, &takes_place, "model-unlike-statements", message, help);
        }
        policy.statements.push(statement);
    }
}

fn needed_texts(fields: &mut Fields<'_>, key: &'static str, problems: &mut Vec<Diagnostic>) -> Vec<String> {
    let texts = values(fields.texts(key, problems));
    fields.note_missing(key, problems);
    texts
}

fn cited(
    fields: &mut Fields<'_>,
    references: &mut References,
    problems: &mut Vec<Diagnostic>,
) -> Vec<String> {
    let cite = fields.texts("cite", problems);
    fields.note_missing("cite", problems);
    references.citations.extend(cite.iter().cloned());
    values(cite)
}

fn values(texts: Vec<Located<String>>) -> Vec<String> {
    texts.into_iter().map(|text| text.value).collect()
}

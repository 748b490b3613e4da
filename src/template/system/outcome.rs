//! What one stack declares, given what the others tell it.

use crate::template::declared::{Connection, Declared, Environment, Inner};
use crate::template::document::Report;
use crate::template::evaluate::evaluate;
use crate::template::metadata::stated;
use crate::template::sam;
use crate::template::system::settings::{self, Setting};
use crate::template::system::stack::Stack;
use crate::template::tree::scalar_at;
use crate::template::{Presence, Template, TemplateResource};
use crate::topology::Words;
use crate::vocabulary::{Diagnostic, Severity};

/// What one stack came to.
#[derive(Debug)]
pub(super) struct Outcome {
    /// The template with its functions applied.
    pub(super) template: Template,
    /// Its resources in plain `CloudFormation`, ids as within the stack.
    pub(super) declared: Vec<Declared>,
    /// What SAM connectors connect.
    pub(super) connections: Vec<Connection>,
    /// What is wrong.
    pub(super) diagnostics: Vec<Diagnostic>,
    /// The settings of the command line that found their resource here, by position.
    pub(super) found: Vec<usize>,
}

impl Outcome {
    /// Whether nothing of the stack can be used. What the command line says wrongly is no fault of the template's.
    pub(super) fn is_broken(&self) -> bool {
        self.diagnostics.iter().any(|one| one.severity == Severity::Error && !is_of_command_line(one))
    }
}

/// Whether a problem is one of an option.
pub(super) fn is_of_command_line(problem: &Diagnostic) -> bool {
    problem.code.starts_with("parameter-") || problem.code.starts_with("setting-")
}

/// The transform without which `CloudFormation` knows no serverless resource.
const SAM: &str = "AWS::Serverless-2016-10-31";

/// Evaluates a stack; `None` where it has no template.
pub(super) fn outcome(stack: &Stack, given: &[Setting]) -> Option<Outcome> {
    let mut report = Report::new(stack.options.limits.diagnostics_per_code);
    let mut template = evaluate(stack.tree.clone()?, &stack.options, &stack.around, &mut report);
    let mut diagnostics = report.finish();
    let mut found = settings::apply_first(&mut template, &stack.path, given, &mut diagnostics);
    let resources = declared(&template, &mut diagnostics);
    diagnostics.extend(needs_transform(&template, &resources));
    let mut expansion = sam::expand(resources, template.globals.as_ref());
    found.extend(settings::apply_rest(
        &mut expansion.resources,
        &stack.path,
        (given, &found),
        &mut diagnostics,
    ));
    for resource in &mut expansion.resources {
        resource.environment = stack.given.environment.clone();
    }
    diagnostics.extend(expansion.diagnostics);
    let (declared, connections) = (expansion.resources, expansion.connections);
    Some(Outcome { template, declared, connections, diagnostics, found })
}

fn needs_transform(template: &Template, declared: &[Declared]) -> Option<Diagnostic> {
    let serverless = declared.iter().find(|one| one.type_name.starts_with("AWS::Serverless::"))?;
    if template.transforms.iter().any(|transform| transform == SAM) {
        return None;
    }
    let message =
        format!("{} is a {}, but the template has no SAM transform", serverless.name, serverless.type_name);
    let help = format!("write Transform: {SAM} at the top; it is read so");
    Some(Diagnostic::warning("template-needs-transform", message).at(&serverless.place).help(help))
}

/// The resources that are deployed, or may be.
fn declared(template: &Template, diagnostics: &mut Vec<Diagnostic>) -> Vec<Declared> {
    let mut declared = Vec::new();
    for resource in &template.resources {
        match &resource.presence {
            Presence::Absent => continue,
            Presence::Present => {}
            Presence::Unknown(why) => {
                let message =
                    format!("whether {} is deployed is open ({why}): it is taken to be", resource.logical_id);
                let help = "say so with --parameter NAME=VALUE";
                diagnostics.push(
                    Diagnostic::note("template-open-condition", message).at(&resource.place).help(help),
                );
            }
        }
        declared.push(one(resource));
    }
    declared
}

fn one(resource: &TemplateResource) -> Declared {
    let metadata = |key: &str| resource.metadata.as_ref().and_then(|metadata| scalar_at(metadata, key));
    let path = metadata("aws:cdk:path");
    let path = path.map(|path| path.strip_suffix("/Resource").unwrap_or(path));
    Declared {
        logical_id: resource.logical_id.clone(),
        name: path.unwrap_or(&resource.logical_id).to_owned(),
        type_name: resource.type_name.clone(),
        words: Words::CloudFormation,
        place: resource.place.clone(),
        properties: resource.properties.clone(),
        connectors: resource.connectors.clone(),
        ignore_globals: resource.ignore_globals.clone(),
        depends_on: resource.depends_on.clone(),
        presence: resource.presence.clone(),
        environment: Environment::default(),
        asset: metadata("aws:asset:path").map(str::to_owned),
        inner: Inner::None,
        stated: resource.metadata.as_ref().and_then(stated),
    }
}

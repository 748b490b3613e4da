//! The whole way from a file to a topology, with everything that was wrong on it.

use std::path::Path;

use crate::models::Models;
use crate::template::build::{Assembly, assemble};
use crate::template::declared::Declared;
use crate::template::metadata;
use crate::template::sam;
use crate::template::tree::scalar_at;
use crate::template::{Presence, ReadOptions, Template, TemplateResource, decode, generated, read};
use crate::topology::Topology;
use crate::vocabulary::{Diagnostic, Severity, Written};

/// What an import is told from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportOptions {
    /// How the template is read: parameters, region, account.
    pub read: ReadOptions,
    /// `--set Resource.Property=VALUE`, in the order given: the path and the value.
    pub settings: Vec<(String, String)>,
}

/// What came of an import.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The topology; nothing where the file could not be read as a template.
    pub topology: Option<Topology>,
    /// All problems, in the order of the file.
    pub diagnostics: Vec<Diagnostic>,
    /// The text of the file, for showing places; empty where there is none.
    pub source: String,
    /// `Metadata: redrive:` of resources, by their names.
    pub stated: Vec<(String, Written)>,
}

impl ImportOptions {
    /// Nothing told: stand-ins for region and account, no parameters, nothing set.
    pub fn with_stand_ins() -> Self {
        Self { read: ReadOptions::with_stand_ins(), settings: Vec::new() }
    }
}

/// Imports the template at `path`. Whatever is wrong with it is a diagnostic, never a panic.
pub fn import(path: &Path, options: &ImportOptions, models: &Models) -> Imported {
    let bytes = std::fs::read(path).map_err(|problem| {
        let message = format!("{} cannot be read: {problem}", path.display());
        Diagnostic::error("template-unreadable", message).help("give the path of a template in YAML or JSON")
    });
    match bytes.and_then(|bytes| decode(path, bytes)) {
        Ok(text) => import_text(path, &text, options, models),
        Err(problem) => Imported {
            topology: None,
            diagnostics: vec![problem],
            source: String::new(),
            stated: Vec::new(),
        },
    }
}

/// The same for a text that is already at hand; `path` only names it.
///
/// ```
/// use std::path::Path;
/// use redrive::models::Models;
/// use redrive::template::{ImportOptions, import_text};
/// let template = "Resources: {Orders: {Type: AWS::SQS::Queue}}";
/// let models = Models::embedded().unwrap();
/// let imported = import_text(Path::new("t.yaml"), template, &ImportOptions::with_stand_ins(), &models);
/// assert!(imported.diagnostics.is_empty());
/// assert!(imported.topology.unwrap().find("Orders").is_some());
/// ```
pub fn import_text(path: &Path, text: &str, options: &ImportOptions, models: &Models) -> Imported {
    let (template, mut diagnostics) = read(path, text, &options.read);
    let stated = template.as_ref().map_or_else(Vec::new, metadata::stated);
    let topology = template.map(|mut template| {
        let left = generated::apply_first(&mut template, &options.settings, &mut diagnostics);
        let declared = declared(&template, &mut diagnostics);
        diagnostics.extend(needs_transform(&template, &declared));
        let mut expansion = sam::expand(declared, template.globals.as_ref());
        generated::apply_rest(&mut template, &mut expansion.resources, &left, &mut diagnostics);
        diagnostics.extend(expansion.diagnostics);
        let assembly = assemble(models, &expansion.resources, &expansion.connections);
        topology(path, assembly, &mut diagnostics)
    });
    diagnostics
        .sort_by_key(|one| one.place.as_ref().map_or((u32::MAX, 0), |place| (place.line, place.column)));
    Imported { topology, diagnostics, source: text.to_owned(), stated }
}

impl Imported {
    /// Whether nothing can be judged: there is no topology.
    pub fn is_unreadable(&self) -> bool {
        self.topology.is_none()
    }

    /// The diagnostics that are errors.
    pub fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics.iter().filter(|one| one.severity == Severity::Error)
    }
}

fn topology(path: &Path, assembly: Assembly, diagnostics: &mut Vec<Diagnostic>) -> Topology {
    diagnostics.extend(assembly.diagnostics);
    Topology {
        input: path.display().to_string(),
        resources: assembly.resources,
        links: assembly.links,
        unmodelled: assembly.unmodelled,
        account: assembly.account,
    }
}

/// The transform without which `CloudFormation` knows no serverless resource.
const SAM: &str = "AWS::Serverless-2016-10-31";

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
    let metadata = resource.metadata.as_ref();
    let path = metadata.and_then(|metadata| scalar_at(metadata, "aws:cdk:path"));
    let path = path.map(|path| path.strip_suffix("/Resource").unwrap_or(path));
    Declared {
        logical_id: resource.logical_id.clone(),
        name: path.unwrap_or(&resource.logical_id).to_owned(),
        type_name: resource.type_name.clone(),
        place: resource.place.clone(),
        properties: resource.properties.clone(),
        connectors: resource.connectors.clone(),
        ignore_globals: resource.ignore_globals.clone(),
    }
}

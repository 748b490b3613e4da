//! The whole way from files to a topology, with everything that was wrong on it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::models::Models;
use crate::template::ReadOptions;
use crate::template::build::{assemble, take_out};
use crate::template::system::{Given, Root, System, join, roots};
use crate::topology::Topology;
use crate::vocabulary::{Diagnostic, Place, Severity, Written};

/// What an import is told from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportOptions {
    /// How templates are read: parameters, region, account.
    pub read: ReadOptions,
    /// `--set Resource.Property=VALUE`, in the order given: the path and the value.
    pub settings: Vec<(String, String)>,
}

/// What came of an import.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The topology; nothing where no file could be read as a template.
    pub topology: Option<Topology>,
    /// All problems, in the order of the files.
    pub diagnostics: Vec<Diagnostic>,
    /// All problems of templates that were left out, so that the others can be judged; none where there is one.
    pub left_out: Vec<Diagnostic>,
    /// The texts of the files, for showing places.
    pub sources: BTreeMap<PathBuf, String>,
    /// `Metadata: redrive:` of resources, by their names.
    pub stated: Vec<(String, Written)>,
}

impl ImportOptions {
    /// Nothing told: stand-ins for region and account, no parameters, nothing set.
    pub fn with_stand_ins() -> Self {
        Self { read: ReadOptions::with_stand_ins(), settings: Vec::new() }
    }
}

/// Imports what is at `path`: a template, or what CDK has synthesised into a folder.
/// Whatever is wrong with it is a diagnostic, never a panic.
pub fn import(path: &Path, options: &ImportOptions, models: &Models) -> Imported {
    import_system(&[path.to_owned()], options, models)
}

/// Imports the templates at several paths as one system: what one exports the other imports, and a queue that one
/// names the other finds. A broken one is left out, so that the others can still be judged.
pub fn import_system(paths: &[PathBuf], options: &ImportOptions, models: &Models) -> Imported {
    let (roots, problems) = roots(paths);
    let inputs = paths.iter().map(|path| path.display().to_string()).collect();
    built(join(&roots, problems, options, models), inputs, models)
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
    let root = Root { file: path.to_owned(), text: Ok(text.to_owned()), given: Given::default() };
    built(join(&[root], Vec::new(), options, models), vec![path.display().to_string()], models)
}

fn built(system: System, inputs: Vec<String>, models: &Models) -> Imported {
    let System { declared, connections, mut diagnostics, mut left_out, sources } = system;
    let mut stated = Vec::new();
    let topology = declared.map(|mut declared| {
        take_out(&mut declared);
        stated = declared.iter().filter_map(|one| Some((one.name.clone(), one.stated.clone()?))).collect();
        let assembly = assemble(models, &declared, &connections);
        diagnostics.extend(assembly.diagnostics);
        Topology {
            inputs,
            resources: assembly.resources,
            links: assembly.links,
            machines: assembly.machines,
            archives: assembly.archives,
            rights: assembly.rights,
            unmodelled: assembly.unmodelled,
            schedules: assembly.schedules,
            roles: assembly.roles,
            generated: assembly.generated,
            nicknames: assembly.nicknames,
            physical_names: assembly.physical_names,
            account: assembly.account,
        }
    });
    for told in [&mut diagnostics, &mut left_out] {
        in_order(told, &sources);
    }
    Imported { topology, diagnostics, left_out, sources: sources.into_iter().collect(), stated }
}

/// By file in the order of the stacks, then by place; what two uses of one nested template say twice is said once.
fn in_order(diagnostics: &mut Vec<Diagnostic>, sources: &[(PathBuf, String)]) {
    let file = |place: &Place| sources.iter().position(|(file, _)| file == place.file.as_ref()).unwrap_or(0);
    diagnostics.sort_by_key(|one| {
        let last = (usize::MAX, u32::MAX, 0);
        one.place.as_ref().map_or(last, |place| (file(place), place.line, place.column))
    });
    diagnostics.dedup();
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

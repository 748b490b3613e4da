//! From the paths of a command line to the templates that they mean.

use std::path::{Path, PathBuf};

use crate::template::declared::Environment;
use crate::template::decode;
use crate::template::system::cloud_assembly;
use crate::vocabulary::Diagnostic;

/// What one template is to a system before it is read.
#[derive(Clone, Debug)]
pub(crate) struct Root {
    /// Its file, as the user named it or what holds it.
    pub file: PathBuf,
    /// Its text, or why there is none.
    pub text: Result<String, Diagnostic>,
    /// What is known of its stack from outside.
    pub given: Given,
}

/// What a cloud assembly tells of a stack; nothing for a template on its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Given {
    /// What people call the stack.
    pub display_name: Option<String>,
    /// What AWS calls it.
    pub stack_name: Option<String>,
    /// Where it is deployed.
    pub environment: Environment,
    /// Values for its parameters.
    pub parameters: Vec<(String, String)>,
}

/// The templates that paths mean: a file is one, a folder is what CDK has synthesised into it. A template that is
/// named twice counts once.
pub(crate) fn roots(paths: &[PathBuf]) -> (Vec<Root>, Vec<Diagnostic>) {
    let mut roots: Vec<Root> = Vec::new();
    let mut problems = Vec::new();
    for path in paths {
        if path.is_dir() {
            cloud_assembly::read(path, &mut roots, &mut problems);
        } else {
            roots.push(Root { file: path.clone(), text: text_of(path), given: Given::default() });
        }
    }
    let mut seen: Vec<PathBuf> = Vec::new();
    roots.retain(|root| {
        let file = identity(&root.file);
        let is_new = !seen.contains(&file) || root.given.display_name.is_some();
        seen.push(file);
        is_new
    });
    (roots, problems)
}

/// The text of a template's file.
pub(super) fn text_of(path: &Path) -> Result<String, Diagnostic> {
    let bytes = std::fs::read(path).map_err(|problem| {
        let message = format!("{} cannot be read: {problem}", path.display());
        Diagnostic::error("template-unreadable", message)
            .help("give the path of a template in YAML or JSON, or of a folder that `cdk synth` has written")
    })?;
    decode(path, bytes)
}

/// What tells one file from another however it is written.
pub(super) fn identity(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

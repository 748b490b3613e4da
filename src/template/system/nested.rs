//! Stacks within stacks: which template a resource nests, and what it is given.

use std::path::{Path, PathBuf};

use crate::template::declared::{Declared, Inner};
use crate::template::evaluate::Values;
use crate::template::system::inputs::{Given, Root, identity, text_of};
use crate::template::system::outcome::Outcome;
use crate::template::system::qualify::{absolute, joined};
use crate::template::system::stack::Stack;
use crate::template::tree::{at, entries, is_null, scalar_at};
use crate::vocabulary::{Diagnostic, Severity};

/// The type of a resource that nests a template; SAM's applications have become such.
const STACK: &str = "AWS::CloudFormation::Stack";

/// Stacks of one system; real ones have some dozens at most.
const MOST: usize = 1_000;

/// Where the template of a nested stack is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Location {
    /// In this file.
    File(PathBuf),
    /// Not here, for this reason.
    Elsewhere(String),
}

/// Where the template is that a resource nests; `None` for a resource that nests none.
pub(super) fn location(declared: &Declared, file: &Path) -> Option<Location> {
    if declared.type_name != STACK {
        return None;
    }
    let own = &declared.properties;
    let written = declared.asset.as_deref().or_else(|| scalar_at(own, "TemplateURL"));
    Some(match written.or_else(|| scalar_at(own, "Location")) {
        Some(text) if text.contains("://") => {
            Location::Elsewhere(format!("its template is at {text}: what it deploys is not judged"))
        }
        Some(text) => Location::File(file.parent().unwrap_or(Path::new("")).join(text)),
        None if at(own, "Location").is_some_and(|location| at(location, "ApplicationId").is_some()) => {
            let application = at(own, "Location").and_then(|location| scalar_at(location, "ApplicationId"));
            let application =
                application.unwrap_or("an application of the Serverless Application Repository");
            Location::Elsewhere(format!("{application} is not at hand: what it deploys is not judged"))
        }
        None => Location::Elsewhere(
            "where its template is cannot be told from the template: what it deploys is not judged"
                .to_owned(),
        ),
    })
}

/// What the parent gives the parameters of a nested stack.
pub(super) fn parameters(declared: &Declared, stack: &str) -> Values {
    let given = at(&declared.properties, "Parameters").map_or(&[][..], entries);
    let known = given.iter().filter(|entry| !is_null(&entry.node));
    known.map(|entry| (entry.key.clone(), absolute(&entry.node.value, stack))).collect()
}

/// The nested stack, read; or why it is not.
pub(super) fn open(
    stacks: &[Stack],
    parent: usize,
    declared: &Declared,
    file: &Path,
) -> Result<Stack, (Inner, Option<Diagnostic>)> {
    let shown = file.display();
    let problem = |code, message: String, help: &str| {
        let unread = Inner::Unread(format!("{message}: what it deploys is not judged"));
        let diagnostic = Diagnostic::error(code, format!("{}: {message}", declared.name));
        (unread, Some(diagnostic.at(&declared.place).help(help)))
    };
    if !file.exists() {
        let message = format!("its template {shown} is not there");
        let (unread, diagnostic) = problem(
            "template-nested-missing",
            message,
            "check from the folder that the template is in, or build it first",
        );
        let warning = diagnostic.map(|mut one| {
            one.severity = Severity::Warning;
            one
        });
        return Err((unread, warning));
    }
    let identity = identity(file);
    let mut above = Some(parent);
    while let Some(position) = above {
        if stacks[position].identity == identity {
            let message = format!("it nests {shown}, which nests it in turn, so it would never end");
            return Err(problem("template-nested-cycle", message, "take one of the nested stacks out"));
        }
        above = stacks[position].parent.as_ref().map(|(position, _)| *position);
    }
    if stacks.len() >= MOST {
        let message = format!("the system has more than {MOST} stacks");
        return Err(problem("template-too-complex", message, "check its parts on their own"));
    }
    let given = Given { environment: stacks[parent].given.environment.clone(), ..Given::default() };
    let root = Root { file: file.to_owned(), text: text_of(file), given };
    let path = joined(&stacks[parent].path, &declared.logical_id);
    let parent_id = Some((parent, declared.logical_id.clone()));
    Ok(Stack::read(root, path, &stacks[parent].options, parent_id))
}

/// Warns of parameters that the nested template does not have.
pub(super) fn unknown_parameters(declared: &Declared, inner: &Outcome, file: &Path) -> Vec<Diagnostic> {
    let given = at(&declared.properties, "Parameters").map_or(&[][..], entries);
    let has = |name: &str| inner.template.parameters.iter().any(|parameter| parameter.name == name);
    let unknown = given.iter().filter(|entry| !has(&entry.key));
    let names = || inner.template.parameters.iter().map(|parameter| parameter.name.as_str());
    unknown
        .map(|entry| {
            let message = format!("{}: its template has no parameter `{}`", declared.name, entry.key);
            let near = crate::vocabulary::suggestion(&entry.key, names());
            let help = near.unwrap_or_else(|| format!("its template is {}", file.display()));
            Diagnostic::warning("template-nested-parameter", message).at(&entry.key_place).help(help)
        })
        .collect()
}

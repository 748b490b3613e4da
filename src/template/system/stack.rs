//! One stack of a system: its template as read, and what is known around it.

use std::path::PathBuf;

use crate::template::ReadOptions;
use crate::template::document::{Report, Tree};
use crate::template::evaluate::{Surroundings, parsed};
use crate::template::system::inputs::{Given, Root, identity};
use crate::vocabulary::Diagnostic;

/// One stack.
#[derive(Debug)]
pub(super) struct Stack {
    /// Its place in the system: empty for the only root, `Parent/Nested` for a nested one.
    pub(super) path: String,
    /// Its template's file, as places name it.
    pub(super) file: PathBuf,
    /// The same file, however it is written.
    pub(super) identity: PathBuf,
    /// The template's text; empty where there is none.
    pub(super) text: String,
    /// The template before functions are applied; `None` where there is none in the file.
    pub(super) tree: Option<Tree>,
    /// What was wrong with it as a document.
    pub(super) problems: Vec<Diagnostic>,
    /// How it is evaluated.
    pub(super) options: ReadOptions,
    /// What is known from outside.
    pub(super) given: Given,
    /// What other stacks tell it.
    pub(super) around: Surroundings,
    /// The stack that nests it, by its position, and the logical id there.
    pub(super) parent: Option<(usize, String)>,
}

impl Stack {
    /// Reads a template for its place in the system.
    pub(super) fn read(
        root: Root,
        path: String,
        options: &ReadOptions,
        parent: Option<(usize, String)>,
    ) -> Self {
        let Root { file, text, given } = root;
        let mut options = options.clone();
        if !path.is_empty() {
            options.stack_name = path.replace('/', "-");
        }
        if let Some(name) = &given.stack_name {
            options.stack_name.clone_from(name);
        }
        if let Some(region) = &given.environment.region {
            options.region.clone_from(region);
        }
        if let Some(account) = &given.environment.account {
            options.account.clone_from(account);
        }
        match &parent {
            // What the user gives comes last, so that it wins.
            None => options.parameters = [given.parameters.as_slice(), &options.parameters].concat(),
            Some(_) => options.parameters.clear(),
        }
        let (text, tree, problems) = match text {
            Ok(text) => {
                let mut report = Report::new(options.limits.diagnostics_per_code);
                let tree = parsed(&file, &text, &options, &mut report);
                (text, tree, report.finish())
            }
            Err(problem) => (String::new(), None, vec![problem]),
        };
        let identity = identity(&file);
        let around = Surroundings::default();
        Self { path, file, identity, text, tree, problems, options, given, around, parent }
    }
}

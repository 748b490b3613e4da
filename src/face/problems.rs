//! What is wrong with what a test gives, told as the command line tells it.

use std::path::Path;

use crate::models::Models;
use crate::report::{Sources, diagnostics_plain, topology_plain};
use crate::template::{ImportOptions, Imported, import};
use crate::topology::Topology;
use crate::vocabulary::{Diagnostic, Severity};

/// Everything that is wrong with an input, each with its place and what to do.
///
/// ```
/// use redrive::prelude::*;
/// let problems = Topology::from_template("no/such/template.yaml").unwrap_err();
/// assert!(problems.to_string().contains("cannot be read"), "{problems}");
/// ```
#[derive(Clone)]
pub struct Problems {
    diagnostics: Vec<Diagnostic>,
    sources: Sources,
}

impl Problems {
    pub(crate) fn new(diagnostics: Vec<Diagnostic>) -> Self {
        Self { diagnostics, sources: Sources::new() }
    }

    /// Problems with the texts that they stand in.
    pub(crate) const fn with_sources(diagnostics: Vec<Diagnostic>, sources: Sources) -> Self {
        Self { diagnostics, sources }
    }

    /// One problem without a place.
    pub(crate) fn one(code: &'static str, message: String, help: String) -> Self {
        Self::new(vec![Diagnostic::error(code, message).help(help)])
    }

    /// The problems.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }
}

impl std::fmt::Display for Problems {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(diagnostics_plain(&self.diagnostics, &self.sources).trim_end())
    }
}

/// `unwrap` shows what [`std::fmt::Display`] does: places and help, not a list of structs.
impl std::fmt::Debug for Problems {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\n{self}")
    }
}

impl std::error::Error for Problems {}

/// The models that are part of this version.
pub(crate) fn embedded() -> Models {
    Models::embedded().expect("the embedded models are checked by this crate's tests")
}

/// What was imported, unless it has problems of a severity that is refused.
pub(crate) fn usable(imported: Imported, refused: &[Severity]) -> Result<Topology, Problems> {
    let is_error = |one: &Diagnostic| refused.contains(&one.severity);
    match imported.topology {
        Some(topology) if !imported.diagnostics.iter().any(is_error) => Ok(topology),
        Some(_) | None => Err(Problems { diagnostics: imported.diagnostics, sources: imported.sources }),
    }
}

impl Topology {
    /// The system of a SAM or CloudFormation template; a path is relative to the folder of the crate that is tested.
    ///
    /// ```
    /// use redrive::prelude::*;
    /// let system = Topology::from_template("examples/orders/template.yaml").unwrap();
    /// assert!(system.find("OrdersQueue").is_some());
    /// ```
    ///
    /// # Errors
    /// Everything that is wrong with the template, with places.
    pub fn from_template(path: impl AsRef<Path>) -> Result<Self, Problems> {
        let path = path.as_ref();
        usable(import(path, &ImportOptions::with_stand_ins(), &embedded()), &[Severity::Error])
    }

    /// What was understood of the system: resources, links and every setting with its origin. Made for snapshots.
    ///
    /// ```
    /// use redrive::prelude::*;
    /// let system = Topology::from_template("examples/orders/template.yaml").unwrap();
    /// assert!(system.render().contains("OrdersQueue"));
    /// ```
    pub fn render(&self) -> String {
        topology_plain(self)
    }
}

//! Templates together with what they leave open, as a test states it.

use std::path::{Path, PathBuf};

use crate::face::Problems;
use crate::face::problems::{embedded, usable};
use crate::template::{COMMAND_LINE, GivenParameter, ImportOptions, import_system};
use crate::topology::Topology;
use crate::vocabulary::{Diagnostic, Severity};

/// One template, or several that are one system, with values for what they leave open.
///
/// ```
/// use redrive::prelude::*;
/// let system = Templates::at("examples/orders/template.yaml")
///     .set("InvoicesQueue.VisibilityTimeout", "390")
///     .read()
///     .unwrap();
/// assert!(system.render().contains("6m30s"));
/// ```
#[derive(Clone, Debug)]
pub struct Templates {
    paths: Vec<PathBuf>,
    options: ImportOptions,
}

impl Templates {
    /// The template, or the folder that `cdk synth` has written, at a path relative to the folder of the crate that is
    /// tested.
    pub fn at(path: impl AsRef<Path>) -> Self {
        Self { paths: vec![path.as_ref().to_owned()], options: ImportOptions::with_stand_ins() }
    }

    /// Adds another template of the same system: what one exports the other imports.
    #[must_use]
    pub fn and(mut self, path: impl AsRef<Path>) -> Self {
        self.paths.push(path.as_ref().to_owned());
        self
    }

    /// Gives a parameter a value, as `--parameter` does.
    #[must_use]
    pub fn parameter(mut self, name: &str, value: &str) -> Self {
        let given = GivenParameter { name: name.to_owned(), value: value.to_owned(), place: None };
        self.options.read.parameters.push(given);
        self
    }

    /// Sets a property, such as `Orders.VisibilityTimeout`, as `--set` does.
    #[must_use]
    pub fn set(mut self, property: &str, value: &str) -> Self {
        self.options.settings.push((property.to_owned(), value.to_owned()));
        self
    }

    /// The system of these templates.
    ///
    /// # Errors
    /// Everything that is wrong with the templates, with places, and everything that is doubtful about what is set here.
    pub fn read(self) -> Result<Topology, Problems> {
        let mut imported = import_system(&self.paths, &self.options, &embedded());
        // A test judges the whole system or nothing.
        imported.diagnostics.append(&mut imported.left_out);
        for doubt in imported.diagnostics.iter_mut().filter(|one| is_set_here(one)) {
            doubt.severity = Severity::Error;
        }
        usable(imported, &[Severity::Error])
    }
}

/// Whether a problem is about a value that the test itself gives: a doubt about that is a mistake of the test.
fn is_set_here(problem: &Diagnostic) -> bool {
    let is_ours = problem.place.as_ref().is_some_and(|place| place.file.as_os_str() == COMMAND_LINE);
    is_ours && problem.severity == Severity::Warning
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_property_that_nobody_knows_is_refused_where_a_test_sets_it() {
        let templates =
            Templates::at("examples/orders/template.yaml").set("OrdersQueue.VisibilityTimeot", "30");
        let problems = templates.read().expect_err("there is no such property").to_string();
        assert!(problems.contains("did you mean `VisibilityTimeout`?"), "{problems}");
    }

    #[test]
    fn a_parameter_that_the_template_has_not_is_refused() {
        let templates = Templates::at("examples/orders/template.yaml").parameter("Stagee", "prod");
        let problems = templates.read().expect_err("there is no such parameter").to_string();
        assert!(problems.contains("Stagee"), "{problems}");
    }

    #[test]
    fn one_unreadable_template_of_two_is_told() {
        let templates = Templates::at("examples/orders/template.yaml").and("no/such/template.yaml");
        let problems = templates.read().expect_err("one is missing").to_string();
        assert!(problems.contains("no/such/template.yaml cannot be read"), "{problems}");
    }
}

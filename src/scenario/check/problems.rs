//! All of the checks, one after the other.

use crate::models::Models;
use crate::scenario::Scenario;
use crate::scenario::check::names::Names;
use crate::scenario::check::{caller, change, expectation, fault, handler, item, load, names, size, unread};
use crate::topology::Topology;
use crate::vocabulary::{Diagnostic, Place};

/// Everything that is wrong with a scenario for a topology, in the order of the scenario.
///
/// ```
/// use std::path::Path;
/// use redrive::models::Models;
/// use redrive::scenario::{problems, read_scenario_text};
/// use redrive::template::{ImportOptions, import_text};
/// let models = Models::embedded().unwrap();
/// let template = "Resources: {Orders: {Type: AWS::SQS::Queue}}";
/// let options = ImportOptions::with_stand_ins();
/// let topology = import_text(Path::new("t.yaml"), template, &options, &models).topology.unwrap();
/// let read = read_scenario_text(Path::new("s.toml"), "[[message]]\nto = 'Ordres'\n");
/// let problem = &problems(&read.file.scenario, &topology, &models)[0];
/// assert_eq!(problem.help.as_deref(), Some("did you mean `Orders`?"));
/// ```
pub fn problems(scenario: &Scenario, topology: &Topology, models: &Models) -> Vec<Diagnostic> {
    let names = Names::of(topology);
    let scenario = scenario.named_as_in(topology);
    let mut problems = Vec::new();
    names::check(&scenario, &names, &mut problems);
    let stated = &scenario;
    load::check(stated, topology, models, &mut problems);
    size::check(stated, topology, models, &mut problems);
    item::check(stated, topology, models, &mut problems);
    handler::check(stated, models, &mut problems);
    caller::check(stated, (topology, models), &mut problems);
    fault::check(stated, topology, &names, &mut problems);
    change::check(stated, topology, models, &names, &mut problems);
    expectation::check(stated, topology, &mut problems);
    unread::check(stated, topology, &mut problems);
    problems
}

/// A problem, at its place where there is one: what options state has none.
pub(super) fn problem(
    code: &'static str,
    place: Option<&Place>,
    message: String,
    help: impl Into<String>,
) -> Diagnostic {
    placed(Diagnostic::error(code, message).help(help), place)
}

/// Something doubtful.
pub(super) fn doubt(
    code: &'static str,
    place: Option<&Place>,
    message: String,
    help: impl Into<String>,
) -> Diagnostic {
    placed(Diagnostic::warning(code, message).help(help), place)
}

fn placed(diagnostic: Diagnostic, place: Option<&Place>) -> Diagnostic {
    match place {
        Some(place) => diagnostic.at(place),
        None => diagnostic,
    }
}

//! Where failed events go: dead-letter queues and destinations of functions, mappings, rules and subscriptions.

use crate::template::build::context::Build;
use crate::template::tree::{known, path, render};
use crate::template::{Node, Value};
use crate::topology::{Exit, LinkEnd, Permitted};
use crate::vocabulary::Diagnostic;

/// The source of links into a dead-letter queue.
pub(crate) const DEAD_LETTER: &str = "dead_letter_queue";
/// The source of links into an on-failure destination.
pub(crate) const ON_FAILURE: &str = "on_failure";
/// The source of links into an on-success destination.
pub(crate) const ON_SUCCESS: &str = "on_success";

impl Build<'_> {
    /// A way out of what is called `owner`; none where the value is empty, which AWS takes for none too.
    pub(crate) fn exit(&mut self, target: &Node, property: &str, owner: &str) -> Option<Exit> {
        if render(target).is_empty() {
            return None;
        }
        self.needs_arn(target, property);
        Some(self.named_exit(target, owner))
    }

    /// A way out that may be named by something else than its ARN.
    pub(crate) fn named_exit(&mut self, target: &Node, owner: &str) -> Exit {
        let end = self.resolve(target, "sqs");
        self.exists(&end, target, owner);
        let qualifier = if self.is_function(&end, target) { self.qualifier(target) } else { None };
        Exit { target: end, qualifier, permitted: Permitted::Unknown, place: Some(target.place.clone()) }
    }

    /// Warns where what is named is declared nowhere; what a false condition leaves out was told on resolving.
    pub(crate) fn exists(&mut self, end: &LinkEnd, node: &Node, owner: &str) {
        let LinkEnd::Missing(name) = end else { return };
        if matches!(known(node).value, Value::Reference(_) | Value::Mixed(_)) {
            return;
        }
        let message = format!("{owner} refers to {name}, which this template does not deploy");
        let help = "declare it, or correct the reference; the rest is judged all the same";
        let diagnostic = Diagnostic::warning("template-missing-resource", message);
        self.diagnostics.push(diagnostic.at(&node.place).help(help));
    }

    /// The links of `DestinationConfig` of a mapping on a stream, which is not simulated.
    pub(crate) fn destinations(&mut self, from: &LinkEnd, owner: &Node) {
        for (condition, source) in [("OnSuccess", ON_SUCCESS), ("OnFailure", ON_FAILURE)] {
            if let Some(target) = path(owner, &["DestinationConfig", condition, "Destination"]) {
                self.exit_link(source, from.clone(), target);
            }
        }
    }

    /// A link into a failure exit of something that is not simulated.
    pub(crate) fn exit_link(&mut self, source: &'static str, from: LinkEnd, target: &Node) {
        let to = self.resolve(target, "sqs");
        self.forward(source, from, to, &target.place);
    }
}

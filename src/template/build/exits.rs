//! Where failed events go: dead-letter queues and destinations of functions, mappings, rules and subscriptions.

use crate::template::Node;
use crate::template::build::context::Build;
use crate::template::declared::Declared;
use crate::template::tree::{at, path};
use crate::topology::{LinkEnd, ResourceId};

/// The source of links into a dead-letter queue.
pub(crate) const DEAD_LETTER: &str = "dead_letter_queue";
/// The source of links into an on-failure destination.
pub(crate) const ON_FAILURE: &str = "on_failure";
/// The source of links into an on-success destination.
pub(crate) const ON_SUCCESS: &str = "on_success";

impl Build<'_> {
    /// The dead-letter queue of a function.
    pub(crate) fn function_exits(&mut self, id: ResourceId, declared: &Declared) {
        if let Some(target) = path(&declared.properties, &["DeadLetterConfig", "TargetArn"]) {
            self.exit(DEAD_LETTER, LinkEnd::Resource(id), target);
        }
    }

    /// `AWS::Lambda::EventInvokeConfig`.
    pub(crate) fn invoke_config(&mut self, declared: &Declared) {
        let Some(function) = at(&declared.properties, "FunctionName") else { return };
        let from = self.resolve(function, "lambda");
        self.destinations(&from, &declared.properties);
    }

    /// `DestinationConfig` of a mapping or an invoke configuration.
    pub(crate) fn destinations(&mut self, from: &LinkEnd, owner: &Node) {
        for (condition, source) in [("OnSuccess", ON_SUCCESS), ("OnFailure", ON_FAILURE)] {
            if let Some(target) = path(owner, &["DestinationConfig", condition, "Destination"]) {
                self.exit(source, from.clone(), target);
            }
        }
    }

    /// A link into a failure exit.
    pub(crate) fn exit(&mut self, source: &'static str, from: LinkEnd, target: &Node) {
        let to = self.resolve(target, "sqs");
        self.forward(source, from, to, &target.place);
    }
}

//! Tasks: what each of them calls, and the link over which it does.

use crate::template::Node;
use crate::template::build::context::FUNCTION;
use crate::template::build::deliver::{Hop, Repeated};
use crate::template::build::sources::by_id;
use crate::template::build::states::reading::{Reading, joined};
use crate::template::tree::{at, items_at, known, render, scalar_at};
use crate::topology::{InvocationModel, LinkEnd, MachineKind, TaskAction, TokenUse};

/// What stands before the service in the ARN of an integration.
const INTEGRATION: &str = ":states:::";
/// The suffixes of the patterns in which a task waits: whether it has a token.
const PATTERNS: [(&str, Waits); 3] =
    [(".waitForTaskToken", Waits::ForToken), (".sync:2", Waits::ForJob), (".sync", Waits::ForJob)];
/// The integrations that are simulated: their names, the parameter that names the target, the service of bare names.
const INTEGRATIONS: [(&[&str], &str, &str); 5] = [
    (&["lambda:invoke", "aws-sdk:lambda:invoke"], "FunctionName", "lambda"),
    (&["sqs:sendMessage", "aws-sdk:sqs:sendMessage"], "QueueUrl", "sqs"),
    (&["sns:publish", "aws-sdk:sns:publish"], "TopicArn", "sns"),
    (&["events:putEvents", "aws-sdk:eventbridge:putEvents"], "EventBusName", "events"),
    (&["states:startExecution", "aws-sdk:sfn:startExecution"], "StateMachineArn", "states"),
];
/// The ARN of an activity.
const ACTIVITY: &str = ":activity:";

/// What a task waits for beyond the answer of what it calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waits {
    ForToken,
    ForJob,
}

impl Reading<'_, '_> {
    /// What a task calls, and whether it waits for its token.
    pub(super) fn action(&mut self, node: &Node, resource: &Node, path: &str) -> (TaskAction, TokenUse) {
        let text = render(resource);
        if let Some((_, integration)) = text.split_once(INTEGRATION) {
            return self.integration(node, resource, integration, path);
        }
        if text.contains(ACTIVITY) {
            return (self.other(resource, path, "an activity"), TokenUse::Waits);
        }
        let to = self.build.resolve(resource, "lambda");
        (self.invoke(to, resource, resource, path, InvocationModel::Sync), TokenUse::None)
    }

    fn integration(
        &mut self,
        node: &Node,
        resource: &Node,
        written: &str,
        path: &str,
    ) -> (TaskAction, TokenUse) {
        let pattern =
            PATTERNS.iter().find_map(|(suffix, waits)| Some((written.strip_suffix(suffix)?, *waits)));
        let (name, waits) = pattern.map_or((written, None), |(name, waits)| (name, Some(waits)));
        if waits.is_some() && self.kind.value == MachineKind::Express {
            //= step_functions.express_waits
            let property = joined(path, "Resource");
            self.refuse("step_functions.express_waits", &property, resource, "the same without waiting");
        }
        let token = if waits == Some(Waits::ForToken) { TokenUse::Waits } else { TokenUse::None };
        let known_one = INTEGRATIONS.iter().find(|(names, _, _)| names.contains(&name));
        let parameters = at(node, "Parameters").or_else(|| at(node, "Arguments"));
        let target = known_one.and_then(|(_, parameter, _)| target_of(parameters?, parameter));
        let (Some((_, parameter, service)), Some(target)) = (known_one, target) else {
            return (self.other(resource, path, name), token);
        };
        if waits == Some(Waits::ForJob) {
            let machine = self.machine.clone();
            let cost = "it goes on at once, without waiting for the end of what it starts";
            self.build.task_unmodelled(&machine, path, written, cost, resource);
        }
        let to = self.build.resolve(target, service);
        if *parameter != "FunctionName" {
            return (self.send(to, target, resource, path, name), token);
        }
        let is_event =
            parameters.and_then(|parameters| scalar_at(parameters, "InvocationType")) == Some("Event");
        let model = if is_event { InvocationModel::Async } else { InvocationModel::Sync };
        (self.invoke(to, target, resource, path, model), token)
    }

    fn invoke(
        &mut self,
        to: LinkEnd,
        target: &Node,
        resource: &Node,
        path: &str,
        model: InvocationModel,
    ) -> TaskAction {
        let is_function = match &to {
            LinkEnd::Resource(id) => self.build.declared(*id).type_name == FUNCTION,
            LinkEnd::Outside(_) | LinkEnd::Missing(_) => false,
        };
        if !is_function {
            return self.other(resource, path, "a function that is declared elsewhere");
        }
        let link = self.link(to, target, path, model);
        match model {
            InvocationModel::Sync => TaskAction::Invoke(link),
            InvocationModel::Async
            | InvocationModel::StreamPoll
            | InvocationModel::QueuePoll
            | InvocationModel::Forward => TaskAction::Send(link),
        }
    }

    fn send(&mut self, to: LinkEnd, target: &Node, resource: &Node, path: &str, name: &str) -> TaskAction {
        match &to {
            LinkEnd::Resource(_) => TaskAction::Send(self.link(to, target, path, InvocationModel::Sync)),
            LinkEnd::Outside(_) | LinkEnd::Missing(_) => {
                self.other(resource, path, &format!("{name} to what is declared elsewhere"))
            }
        }
    }

    /// The link over which a task reaches something; each task has its own.
    fn link(&mut self, to: LinkEnd, target: &Node, path: &str, model: InvocationModel) -> usize {
        let label = path.rsplit_once('.').map_or(path, |(_, name)| name);
        let mut hop = Hop::usual(by_id("step_functions"), &self.machine).labelled(label);
        hop.model = model;
        hop.repeated = Repeated::Another;
        self.build.deliver_to(hop, to, target);
        self.build.links.len() - 1
    }

    /// Something that is not simulated.
    fn other(&mut self, resource: &Node, path: &str, what: &str) -> TaskAction {
        let machine = self.machine.clone();
        let cost = "it counts as done at once, and nothing of it ever fails";
        self.build.task_unmodelled(&machine, path, what, cost, resource);
        TaskAction::Other(what.to_owned())
    }
}

/// What the parameters of a task say that it calls; nothing where an expression tells it.
fn target_of<'n>(parameters: &'n Node, name: &str) -> Option<&'n Node> {
    let found = match name {
        "EventBusName" => items_at(parameters, "Entries").first().and_then(|entry| at(entry, name)),
        name => at(parameters, name),
    };
    let is_expression = |node: &&Node| matches!(scalar_at_node(node), Some(text) if text.starts_with("{%"));
    found.filter(|node| !is_expression(node))
}

fn scalar_at_node(node: &Node) -> Option<&str> {
    crate::template::tree::scalar(known(node))
}

//! `Events` of a function or state machine: each becomes the resources that SAM would write for it.

use crate::template::Node;
use crate::template::build::sources::{self, Source};
use crate::template::sam::expander::Expander;
use crate::template::sam::{polled, pushed};
use crate::template::tree::{at, attribute, entries, map, reference, scalar_at};
use crate::vocabulary::{Place, suggestion};

/// What the events lead to.
#[derive(Clone, Debug)]
pub(super) struct Target<'a> {
    /// Logical id of the function or state machine.
    pub(super) id: &'a str,
    /// What stands for its name: `Ref` to it or to its alias.
    pub(super) name: Node,
    /// What stands for its ARN.
    pub(super) arn: Node,
    /// Function or state machine.
    pub(super) kind: TargetKind,
    /// The properties of the role that SAM writes for it, where it does.
    pub(super) role: Option<Node>,
}

/// What events can lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TargetKind {
    /// A function.
    Function,
    /// A state machine.
    StateMachine,
}

/// One event at work.
#[derive(Debug)]
pub(super) struct Event<'a> {
    /// The logical id that SAM gives to what it writes.
    pub(super) id: String,
    /// Its source.
    pub(super) source: &'static Source,
    /// Its properties.
    pub(super) properties: &'a Node,
    /// Where it stands.
    pub(super) place: &'a Place,
}

impl<'a> Target<'a> {
    /// A function as the target.
    pub(super) fn function(id: &'a str, place: &Place) -> Self {
        let (name, arn) = (reference(id, place), attribute(id, "Arn", place));
        Self { id, name, arn, kind: TargetKind::Function, role: None }
    }

    /// What stands for its ARN, where an event names it.
    pub(super) fn arn_at(&self, place: &Place) -> Node {
        Node { place: place.clone(), ..self.arn.clone() }
    }

    /// A state machine as the target.
    pub(super) fn state_machine(id: &'a str, place: &Place) -> Self {
        let (name, arn) = (reference(id, place), reference(id, place));
        Self { id, name, arn, kind: TargetKind::StateMachine, role: None }
    }
}

/// Writes the resources of all events; the target comes back with what its role gained.
pub(super) fn expand<'a>(expander: &mut Expander, target: &Target<'a>, events: &Node) -> Target<'a> {
    let mut target = target.clone();
    for entry in entries(events) {
        let event = &entry.node;
        let Some(type_name) = scalar_at(event, "Type") else {
            let message = format!("event {} of {} has no Type", entry.key, target.id);
            expander.warn("sam-event-type", message, event);
            continue;
        };
        let Some(source) = sources::by_sam_event(type_name) else {
            let message =
                format!("event {} of {}: {type_name} is no event type of SAM", entry.key, target.id);
            let help = suggestion(type_name, sources::sam_events())
                .unwrap_or_else(|| "nothing is simulated of it until this is mended".to_owned());
            expander.warn_with("sam-event-type", message, help, at(event, "Type").unwrap_or(event));
            continue;
        };
        let nothing = map([], &event.place);
        let properties = at(event, "Properties").unwrap_or(&nothing);
        let id = format!("{}{}", target.id, entry.key);
        let event = Event { id, source, properties, place: &entry.key_place };
        if polled::is_polled(source) {
            polled::expand(expander, &mut target, &event);
        } else {
            pushed::expand(expander, &mut target, &event);
        }
    }
    target
}

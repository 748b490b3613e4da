//! The title of a finding where something is pushed: nobody polls, and so other words fit.

use crate::program::{ExitTarget, Program, PushKind, PushTable};
use crate::report::check::headline::{ALL_PROVISIONED, Words};
use crate::report::check::scene::Scene;
use crate::scenario::HandlerPreset;
use crate::trace::{Record, RecordKind};
use crate::vocabulary::Duration;

/// What something that is pushed is told by.
pub(super) struct Teller<'a> {
    pub(super) program: &'a Program,
    pub(super) push: &'a PushTable,
    pub(super) scene: &'a Scene,
}

impl Teller<'_> {
    fn function(&self) -> &str {
        self.program.name(self.program.functions[usize::from(self.push.function)].entity).as_str()
    }

    /// The names of what takes what the function gives up.
    fn exits(&self) -> String {
        let name = |exit: Option<ExitTarget>| match exit? {
            ExitTarget::Queue(queue) | ExitTarget::Push(queue) => {
                Some(self.program.name(self.program.queues[usize::from(queue)].entity).as_str())
            }
            ExitTarget::Channel(channel) | ExitTarget::Stored(channel) => {
                Some(self.program.name(self.program.network.channels[usize::from(channel)].entity).as_str())
            }
            ExitTarget::Kept(entity) => Some(self.program.name(entity).as_str()),
            ExitTarget::Refused(_) => None,
        };
        let known = [self.push.on_failure, self.push.dead_letter].into_iter().find_map(name);
        known.unwrap_or("what is to take failures").to_owned()
    }

    /// Whether what takes failures hands them on to nobody.
    fn speaks_to_nobody(&self) -> bool {
        let mut exits = [self.push.on_failure, self.push.dead_letter].into_iter().flatten();
        exits.all(|exit| self.program.network.is_unheard(exit))
    }

    fn reserves_nothing(&self) -> bool {
        self.program.functions[usize::from(self.push.function)].reserved == 0
    }

    fn swallows(&self) -> bool {
        self.program.functions[usize::from(self.push.function)].handler == HandlerPreset::Swallows
    }

    fn twice(&self) -> String {
        match self.push.kind {
            PushKind::Request => "its caller stopped waiting and called again".to_owned(),
            PushKind::Buffer if self.scene.duplicated => "Lambda's queue held it twice".to_owned(),
            PushKind::Buffer => "Lambda tries again what ended in an error".to_owned(),
        }
    }
}

impl Words for Teller<'_> {
    const ITEMS: &'static str = "events";

    fn item(&self) -> String {
        self.scene.of_item("an event", None)
    }

    fn source(&self) -> &str {
        self.program.name(self.push.source).as_str()
    }

    fn place(&self) -> &str {
        self.function()
    }

    fn deployed(&self) -> &str {
        self.source()
    }

    fn feeder(&self) -> &str {
        self.function()
    }

    fn denied(&self) -> String {
        format!("{} may not call {}", self.source(), self.function())
    }

    fn out_of_order(&self) -> String {
        format!("events of {} are processed out of order", self.source())
    }

    fn twice_at_once(&self) -> String {
        format!("two invocations of {} work on the same event at once: {}", self.function(), self.twice())
    }

    fn again(&self) -> String {
        format!("an event that {} has processed runs again: {}", self.function(), self.twice())
    }

    fn too_often(&self) -> String {
        format!("an event runs more often than its MaximumRetryAttempts of {} says", self.push.attempts)
    }

    fn lost(&self) -> String {
        let (event, function) = (self.item(), self.function());
        let exits = self.exits();
        match self.scene.violating() {
            (_, Record::LOST_BY_EXIT) if self.scene.starts == 0 && self.push.kind == PushKind::Buffer => {
                format!(
                    "{} cannot deliver an event to {function}, and its dead-letter queue does not take it",
                    self.source()
                )
            }
            (_, Record::LOST_BY_EXIT) if self.speaks_to_nobody() => {
                format!("{event} is given up by {function} and told to {exits}, to which nothing listens")
            }
            (Some(RecordKind::ExitFailed), _) | (_, Record::LOST_BY_EXIT) => {
                format!("{event} is given up by {function}, and {exits} does not take it")
            }
            (_, Record::LOST_BY_GIVING_UP) if self.reserves_nothing() => format!(
                "every event for {function} is given up at once and gone: it has reserved concurrency 0"
            ),
            (_, Record::LOST_BY_GIVING_UP) => format!(
                "{event} is given up and gone: {function} has neither a dead-letter queue nor a destination for failures"
            ),
            (_, Record::LOST_BY_DELIVERY) => {
                format!("{} cannot deliver an event to {function}, and keeps it nowhere", self.source())
            }
            (_, Record::LOST_WITH_EXECUTION) => format!(
                "{event} fails in {function} and ends its Express execution, of which nothing is kept"
            ),
            (_, Record::LOST_WITH_TIME) => format!(
                "{event} is gone when the Express execution that calls {function} for it has lasted too long"
            ),
            (_, Record::LOST_UNTOLD) => {
                format!("{event} fails in {function}, and its caller takes what it sees for success")
            }
            (_, Record::LOST_BY_DELETE) if self.swallows() => {
                format!("{event} is done with: {function} swallows the failure and returns")
            }
            (_, Record::LOST_BY_DELETE) => format!("{event} is done with without having been processed"),
            (_, Record::LOST_BY_AGE) => {
                let (target, window) =
                    (self.scene.dead_letter_queue(self.program), self.program.profile.operator_window);
                match self.scene.left {
                    Some(left) if left > Duration::ZERO => format!(
                        "{event} reaches {target} with only {left} left to read it; an operator needs {window}"
                    ),
                    Some(_) | None => format!("{event} has outlived {target} and vanishes on arrival"),
                }
            }
            _ => format!("{event} of {} is lost behind {function}", self.source()),
        }
    }

    fn collateral(&self) -> String {
        let function = self.function();
        if self.scene.violating().0 == Some(RecordKind::DeliveryGivenUp) {
            return format!(
                "a healthy event never reaches {function}: {} could not deliver it",
                self.source()
            );
        }
        if self.reserves_nothing() {
            return format!(
                "a healthy event is given up without ever running: {function} has reserved concurrency 0"
            );
        }
        if self.push.kind == PushKind::Request {
            return format!(
                "a healthy event is given up: its calls of {function} failed, none by its own fault"
            );
        }
        if self.scene.never_ran() {
            return format!(
                "a healthy event is given up without ever running: it found no room in {function} for {}",
                self.push.age
            );
        }
        format!("an event of {} is given up although it never failed itself", self.source())
    }

    fn stuck(&self) -> String {
        if self.reserves_nothing() {
            return format!("events for {} never run: it has reserved concurrency 0", self.function());
        }
        let (function, pools) = (usize::from(self.push.function), &self.program.pools);
        let push = self.program.queues[usize::from(self.push.queue)].push.map(usize::from);
        let pool = push.and_then(|push| pools.of_push(push));
        if pools.never_runs(function, &self.program.functions[function], pool) {
            return format!("events for {} never run: {ALL_PROVISIONED}", self.function());
        }
        let limit = self.program.profile.stall_limit;
        format!("nothing of {} runs for more than {limit} while events wait", self.source())
    }
}

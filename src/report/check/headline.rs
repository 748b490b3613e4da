//! What happens in one sentence: the title of a finding.

use crate::explore::{Part, Verdict};
use crate::guarantee::GuaranteeName;
use crate::kernel::Family;
use crate::program::{DeadLetter, Program, QueueTable};
use crate::report::check::scene::Scene;
use crate::report::check::{headline_pushed, headline_read};
use crate::scenario::HandlerPreset;
use crate::trace::Record;
use crate::vocabulary::Duration;

/// One sentence without its full stop.
pub(crate) fn headline(part: &Part, verdict: &Verdict) -> String {
    let scene =
        verdict.counterexample.as_ref().map(|story| Scene::of(&part.program, story)).unwrap_or_default();
    if let Some(push) = part.program.push(verdict.at.queue) {
        return capitalised(&headline_pushed::headline(part, verdict, push, &scene));
    }
    if let Some(log) = part.program.log(verdict.at.queue) {
        return capitalised(&headline_read::headline(part, verdict, log, &scene));
    }
    let teller = Teller { program: &part.program, index: verdict.at.queue, scene: &scene };
    let sentence = match verdict.guarantee {
        GuaranteeName::NoLoss | GuaranteeName::DeadLetterDelivery => teller.lost(),
        GuaranteeName::NoCollateral => teller.collateral(),
        GuaranteeName::Ordering => teller.out_of_order(),
        GuaranteeName::Progress => teller.stuck(),
        GuaranteeName::Permitted => format!("{} is not permitted", teller.queue()),
        GuaranteeName::NoLoop => format!("{} feeds itself", teller.queue()),
        GuaranteeName::Deployable => format!("AWS would refuse to deploy {}", teller.queue()),
        GuaranteeName::SingleFlight => teller.twice_at_once(),
        GuaranteeName::NoNeedlessRedelivery => teller.again(),
        GuaranteeName::BoundedAttempts => teller.too_often(),
        GuaranteeName::Drains => teller.backlog(),
        GuaranteeName::BoundedDelay => teller.slow(),
        GuaranteeName::BoundedCost => format!("the messages of {} cost more than stated", teller.queue()),
    };
    capitalised(&sentence)
}

/// A sentence begins with a capital, a name stays as it is.
fn capitalised(sentence: &str) -> String {
    let starts_with_article = ["a ", "an ", "two ", "the ", "every ", "events ", "records ", "nothing "]
        .iter()
        .any(|word| sentence.starts_with(word));
    let mut letters = sentence.chars();
    match letters.next() {
        Some(first) if starts_with_article => first.to_uppercase().collect::<String>() + letters.as_str(),
        Some(_) | None => sentence.to_owned(),
    }
}

struct Teller<'a> {
    program: &'a Program,
    index: usize,
    scene: &'a Scene,
}

impl Teller<'_> {
    fn slow(&self) -> String {
        let bound = self.program.profile.bounds.delay.unwrap_or(Duration::ZERO);
        format!("{} takes longer than {bound} in {}", self.message(), self.queue())
    }

    fn table(&self) -> &QueueTable {
        &self.program.queues[self.index]
    }

    fn queue(&self) -> &str {
        self.program.name(self.table().entity).as_str()
    }

    /// `a message that always fails`.
    fn message(&self) -> &'static str {
        match self.scene.failed {
            Some(Family::Poison) => "a message that always fails",
            Some(Family::Outage) => "a message that meets an outage",
            Some(Family::Timeout) => "a message whose invocation times out",
            Some(Family::Brownout) => "a message that meets a brownout",
            Some(Family::Crash) => "a message whose invocation crashes",
            Some(Family::TransientError) => "a message that fails for a while",
            Some(Family::ColdStart) => "a message whose environment does not start",
            Some(Family::Stated) => "a message that fails as the scenario states",
            None if self.scene.never_ran() && self.scene.throttled => {
                "a message that was only ever throttled"
            }
            None if self.scene.never_ran() && self.scene.refused => "a message that Lambda never ran",
            Some(
                Family::Load
                | Family::UnknownSetting
                | Family::Slow
                | Family::Throttle
                | Family::ServiceError
                | Family::Burst
                | Family::Duplicate
                | Family::Reorder
                | Family::Redeploy
                | Family::Reshard
                | Family::Unspecified
                | Family::DestinationUnavailable,
            )
            | None => "a message",
        }
    }

    fn lost(&self) -> String {
        let (message, table) = (self.message(), self.table());
        let why = self.scene.violation.as_ref().map_or(Record::LOST_BY_EXPIRY, |step| step.value);
        match (why, table.dead_letter) {
            (Record::LOST_BY_DELETE, _) => self.deleted(),
            (Record::LOST_BY_FILTER, _) => self.filtered(),
            (Record::LOST_BY_AGE, _) => self.too_old(),
            (_, DeadLetter::None) if self.scene.receives > 1 => format!(
                "{message} is received every {} until its {} retention ends, then it is gone",
                self.scene.hidden.unwrap_or(table.visibility),
                table.retention
            ),
            (_, DeadLetter::None) => {
                format!("{message} waits in {} until its {} retention ends", self.queue(), table.retention)
            }
            (_, DeadLetter::Queue(_) | DeadLetter::Outside) => format!(
                "{message} expires in {} after {}, before its {} receives have taken it to the dead-letter queue",
                self.queue(),
                table.retention,
                table.max_receive_count
            ),
        }
    }

    fn deleted(&self) -> String {
        let message = self.message();
        if self.scene.answer_ignored {
            return format!(
                "{message} is deleted: its function lists it as failed, and the mapping does not read that"
            );
        }
        let preset = self.table().consumers().map(|mapping| {
            self.program.functions[usize::from(self.program.mappings[mapping].function)].handler
        });
        let mut swallows = preset.filter(|preset| *preset == HandlerPreset::Swallows);
        if swallows.next().is_some() {
            return format!("{message} is deleted: its function swallows the failure and returns");
        }
        format!("{message} is deleted without having been processed")
    }

    fn filtered(&self) -> String {
        let consumers = self.table().consumers().count();
        let queue = self.queue();
        if consumers > 1 {
            return format!(
                "a message that one consumer of {queue} wants is received by another one, whose filter deletes it"
            );
        }
        format!("the filter of the consumer of {queue} deletes a message that was to be kept")
    }

    fn too_old(&self) -> String {
        let (message, target) = (self.message(), self.scene.dead_letter_queue(self.program));
        let window = self.program.profile.operator_window;
        match self.scene.left {
            Some(left) if left > Duration::ZERO => format!(
                "{message} reaches {target} with only {left} left to read it; an operator needs {window}"
            ),
            Some(_) | None => {
                format!("{message} has outlived the retention of {target} and vanishes on arrival")
            }
        }
    }

    fn collateral(&self) -> String {
        let target = self.scene.dead_letter_queue(self.program);
        let fate = match (self.scene.target, self.scene.redriven) {
            (Some(_), _) => format!("ends up in {target}"),
            (None, true) => "ends up in a dead-letter queue outside this template".to_owned(),
            (None, false) => format!("is lost from {}", self.queue()),
        };
        let receives = match self.table().max_receive_count {
            1 => "its only receive".to_owned(),
            more => format!("its {more} receives"),
        };
        if self.scene.never_ran() && self.scene.throttled {
            return format!("a healthy message {fate} without ever running: throttles used up {receives}");
        }
        if self.scene.never_ran() && self.scene.refused {
            return format!("a healthy message {fate} without ever running: 5xx answers used up {receives}");
        }
        if self.scene.still_running {
            let visibility = self.scene.hidden.unwrap_or(self.table().visibility);
            return format!(
                "a healthy message {fate} while its function still works on it: it is hidden for {visibility} only"
            );
        }
        if self.scene.another_failed {
            return format!("a healthy message {fate}: it shared its batches with one that fails");
        }
        format!("a message {fate} although it never failed itself")
    }

    fn stuck(&self) -> String {
        let (queue, limit) = (self.queue(), self.program.profile.stall_limit);
        let mut mappings = self.table().consumers().map(|index| &self.program.mappings[index]);
        if mappings.clone().all(|mapping| !mapping.enabled) {
            return format!("messages wait in {queue} for nobody: its mapping is disabled");
        }
        let function = |index: u16| &self.program.functions[usize::from(index)];
        if mappings.all(|mapping| function(mapping.function).reserved == 0) {
            return format!("messages of {queue} never run: their function has reserved concurrency 0");
        }
        if self.table().is_fifo() && self.scene.starts > 0 {
            let message = self.message();
            return format!("{message} blocks its group in {queue} for more than {limit}");
        }
        format!("{queue} stands still for more than {limit} while messages wait")
    }

    fn out_of_order(&self) -> String {
        let queue = self.queue();
        match self.scene.failed {
            Some(_) => format!(
                "{} is processed after a later one of its group in {queue}, which went on without it",
                self.message()
            ),
            None => format!("a message is processed after a later one of its group in {queue}"),
        }
    }

    fn twice_at_once(&self) -> String {
        let visibility = self.scene.hidden.unwrap_or(self.table().visibility);
        if self.scene.duplicated {
            return "two invocations work on the same message at once: the queue handed it out twice"
                .to_owned();
        }
        format!(
            "two invocations work on the same message at once: it is hidden for {visibility}, and the first one is \
             not done by then"
        )
    }

    fn again(&self) -> String {
        if self.scene.another_failed {
            return "a message that was processed is delivered again, because another one of its batch failed".to_owned();
        }
        if self.scene.duplicated {
            return "a message that was processed is delivered again: the queue handed it out twice"
                .to_owned();
        }
        let visibility = self.scene.hidden.unwrap_or(self.table().visibility);
        format!("a message that was processed is delivered again, {visibility} after it was received")
    }

    fn too_often(&self) -> String {
        let limit = self.table().max_receive_count;
        match self.table().dead_letter {
            DeadLetter::None => {
                format!(
                    "a message is delivered again and again ({} times here): nothing limits it",
                    self.scene.receives
                )
            }
            DeadLetter::Queue(_) | DeadLetter::Outside => {
                format!("a message is delivered more often than its maxReceiveCount of {limit} says")
            }
        }
    }

    fn backlog(&self) -> String {
        format!("the backlog of {} takes longer to go away than its settings say", self.queue())
    }
}

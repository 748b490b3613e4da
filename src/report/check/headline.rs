//! What happens in one sentence: the title of a finding.

use crate::explore::{Part, Verdict};
use crate::guarantee::GuaranteeName;
use crate::program::{DeadLetter, Program, QueueTable};
use crate::report::check::scene::Scene;
use crate::report::check::{headline_pushed, headline_read};
use crate::scenario::HandlerPreset;
use crate::trace::{Record, RecordKind};
use crate::vocabulary::Duration;

/// Why a function never runs of which nothing is left for whoever calls it.
pub(super) const ALL_PROVISIONED: &str =
    "all that is reserved for the function is provisioned, and its unpublished version is called";

/// One sentence without its full stop.
pub(crate) fn headline(part: &Part, verdict: &Verdict) -> String {
    let scene =
        verdict.counterexample.as_ref().map(|story| Scene::of(&part.program, story)).unwrap_or_default();
    let program = &part.program;
    let sentence = if is_uncalled(verdict, &scene) {
        let (place, limit) =
            (program.name(program.queues[verdict.at.queue].entity), program.profile.stall_limit);
        format!("nobody calls back whoever waits for an event of {place}, for more than {limit}")
    } else if let Some(push) = program.push(verdict.at.queue) {
        told(&headline_pushed::Teller { program, push, scene: &scene }, verdict.guarantee, program)
    } else if let Some(log) = program.log(verdict.at.queue) {
        told(&headline_read::Teller { program, log, scene: &scene }, verdict.guarantee, program)
    } else {
        told(&Teller { program, index: verdict.at.queue, scene: &scene }, verdict.guarantee, program)
    };
    capitalised(&sentence)
}

/// Whether somebody waits in vain to be called back.
fn is_uncalled(verdict: &Verdict, scene: &Scene) -> bool {
    verdict.guarantee == GuaranteeName::Progress && scene.violating().0 == Some(RecordKind::CallbackMissed)
}

/// The words that fit a way of invoking: from a queue, from a stream, or by a push.
pub(super) trait Words {
    /// What an event is there, many of them.
    const ITEMS: &'static str;
    /// `a message that always fails`.
    fn item(&self) -> String;
    /// Where events come from.
    fn source(&self) -> &str;
    /// Where they wait for their consumer.
    fn place(&self) -> &str;
    /// What is deployed.
    fn deployed(&self) -> &str;
    /// What sends to itself.
    fn feeder(&self) -> &str;
    fn denied(&self) -> String;
    fn lost(&self) -> String;
    fn collateral(&self) -> String;
    fn out_of_order(&self) -> String;
    fn stuck(&self) -> String;
    fn twice_at_once(&self) -> String;
    fn again(&self) -> String;
    fn too_often(&self) -> String;
}

/// The one list of what each guarantee's violation is called.
fn told<W: Words>(words: &W, guarantee: GuaranteeName, program: &Program) -> String {
    match guarantee {
        GuaranteeName::NoLoss | GuaranteeName::DeadLetterDelivery => words.lost(),
        GuaranteeName::NoCollateral => words.collateral(),
        GuaranteeName::Ordering => words.out_of_order(),
        GuaranteeName::Progress => words.stuck(),
        GuaranteeName::Permitted => words.denied(),
        GuaranteeName::NoLoop => format!("{} feeds itself", words.feeder()),
        GuaranteeName::Deployable => format!("AWS would refuse to deploy {}", words.deployed()),
        GuaranteeName::SingleFlight => words.twice_at_once(),
        GuaranteeName::NoNeedlessRedelivery => words.again(),
        GuaranteeName::BoundedAttempts => words.too_often(),
        GuaranteeName::Drains => {
            format!("the backlog of {} takes longer to go away than its settings say", words.place())
        }
        GuaranteeName::BoundedDelay => {
            let bound = program.profile.bounds.delay.unwrap_or(Duration::ZERO);
            format!("{} takes longer than {bound} in {}", words.item(), words.place())
        }
        GuaranteeName::BoundedCost => format!("the {} of {} cost more than stated", W::ITEMS, words.source()),
    }
}

/// A sentence begins with a capital, a name stays as it is.
fn capitalised(sentence: &str) -> String {
    let starts_with_article =
        ["a ", "an ", "two ", "the ", "every ", "events ", "records ", "nothing ", "nobody "]
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
    fn table(&self) -> &QueueTable {
        &self.program.queues[self.index]
    }

    fn queue(&self) -> &str {
        self.program.name(self.table().entity).as_str()
    }

    fn deleted(&self) -> String {
        let message = self.item();
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
        let (message, target) = (self.item(), self.scene.dead_letter_queue(self.program));
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
}

impl Words for Teller<'_> {
    const ITEMS: &'static str = "messages";

    fn item(&self) -> String {
        self.scene.of_item("a message", self.scene.never_ran_why())
    }

    fn source(&self) -> &str {
        self.queue()
    }

    fn place(&self) -> &str {
        self.queue()
    }

    fn deployed(&self) -> &str {
        self.queue()
    }

    fn feeder(&self) -> &str {
        self.queue()
    }

    fn denied(&self) -> String {
        format!("{} is not permitted", self.queue())
    }

    fn lost(&self) -> String {
        let (message, table) = (self.item(), self.table());
        let why = self.scene.violation.as_ref().map_or(Record::LOST_BY_EXPIRY, |step| step.value);
        match (why, table.dead_letter) {
            (Record::LOST_BY_DELETE, _) => self.deleted(),
            (Record::LOST_BY_FILTER, _) => self.filtered(),
            (Record::LOST_BY_AGE, _) => self.too_old(),
            (Record::LOST_BY_DELIVERY, _) => format!(
                "{message} never reaches {}: its source cannot deliver it, and keeps it nowhere",
                self.queue()
            ),
            (Record::LOST_WITH_EXECUTION | Record::LOST_WITH_TIME, _) => format!(
                "{message} never reaches {}: the execution that hands it on ends first, and nothing is left of it",
                self.queue()
            ),
            (Record::LOST_BY_EXIT, _) => format!(
                "{message} never reaches {}: its source cannot deliver it, nor send it to its dead-letter queue",
                self.queue()
            ),
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
        let unpublished = |index: usize| {
            let function = usize::from(self.program.mappings[index].function);
            self.program.pools.never_runs(
                function,
                &self.program.functions[function],
                self.program.pools.of_mapping(index),
            )
        };
        if self.table().consumers().all(unpublished) {
            return format!("messages of {queue} never run: {ALL_PROVISIONED}");
        }
        if self.table().is_fifo() && self.scene.starts > 0 {
            let message = self.item();
            return format!("{message} blocks its group in {queue} for more than {limit}");
        }
        format!("{queue} stands still for more than {limit} while messages wait")
    }

    fn out_of_order(&self) -> String {
        let queue = self.queue();
        match self.scene.failed {
            Some(_) => format!(
                "{} is processed after a later one of its group in {queue}, which went on without it",
                self.item()
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
}

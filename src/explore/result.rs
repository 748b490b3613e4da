//! What a search comes to: verdicts, findings, stories and numbers, as values for reports.

use crate::explore::{Enumeration, Quantifier, StatedIn, Tolerated};
use crate::guarantee::{Gates, GuaranteeName, Quantities};
use crate::kernel::{Families, Family};
use crate::models::RuleId;
use crate::program::Program;
use crate::trace::{Digest, EntityId, RecordKind};
use crate::vocabulary::{Duration, Instant};

/// Everything that was searched.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The connected parts of the topology.
    pub parts: Vec<Part>,
    /// What is wrong, ranked: fewest faults first, then by harm.
    pub findings: Vec<Finding>,
}

/// One connected part.
#[derive(Clone, Debug)]
pub struct Part {
    /// What ran.
    pub program: Program,
    /// The first seed.
    pub first_seed: u64,
    /// How many seeds ran.
    pub seeds: u64,
    /// Why the search stopped.
    pub stop: Stop,
    /// Records of all runs.
    pub records: u64,
    /// Items that those records cover.
    pub items: u64,
    /// Runs that ended with something undecided.
    pub undecided: u64,
    /// One verdict for every guarantee and polled queue.
    pub verdicts: Vec<Verdict>,
    /// One verdict for everything that is stated beside the catalogue, in the order in which it was stated.
    pub stated: Vec<StatedVerdict>,
    /// The numbers of every queue of the program, over all runs of seeds.
    pub quantities: Vec<Quantities>,
    /// How long single outages and throttles may last at its polled queues.
    pub tolerated: Vec<Tolerated>,
    /// What taking all combinations of a scope came to, where that was asked for.
    pub enumeration: Option<Enumeration>,
}

/// Why a search stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The second half of the seeds found nothing new.
    NothingNew,
    /// The limit of records was reached.
    Records,
    /// As many seeds as were asked for.
    Asked,
    /// Whoever watched the search ended it.
    Halted,
}

/// Where a guarantee is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct At {
    /// The queue, by its position in the part's program.
    pub queue: usize,
    /// The function, where one alone consumes the queue; by its position in the part's program.
    pub function: Option<usize>,
}

impl At {
    /// A queue of a program, with the function that alone consumes it.
    pub(crate) fn of(program: &Program, queue: usize) -> Self {
        if let Some(push) = program.push(queue) {
            return Self { queue, function: Some(usize::from(push.function)) };
        }
        let consumers = program.queues[queue].consumers();
        let functions: Vec<usize> =
            consumers.map(|mapping| usize::from(program.mappings[mapping].function)).collect();
        let function =
            functions.first().copied().filter(|first| functions.iter().all(|other| other == first));
        Self { queue, function }
    }
}

/// What is known of a guarantee at a place.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The guarantee.
    pub guarantee: GuaranteeName,
    /// The place.
    pub at: At,
    /// Held, violated, or why neither.
    pub standing: Standing,
    /// Families that did something at this place, with the number of seeds in which the guarantee held all the same.
    pub survived: Vec<(Family, u64)>,
    /// All inclusion-minimal sets of families found to break it, smallest first.
    pub broken_by: Vec<Families>,
    /// Families of the model's ceiling without which some runs would have held.
    pub beyond_platform: Families,
    /// The smallest story of a violation, for one of the smallest sets.
    pub counterexample: Option<Counterexample>,
}

/// What is known of a stated property in a part.
#[derive(Clone, Debug)]
pub struct StatedVerdict {
    /// What it is called.
    pub name: String,
    /// Where it is stated.
    pub stated_in: StatedIn,
    /// Of how many runs it must be true.
    pub quantifier: Quantifier,
    /// Whether a violation fails the check.
    pub gates: Gates,
    /// Held, violated, or why neither.
    pub standing: Standing,
    /// How many runs put it to the test.
    pub exercised: u64,
    /// Families that did something in the part, with the number of seeds in which it held all the same.
    pub survived: Vec<(Family, u64)>,
    /// All inclusion-minimal sets of families found to break it, smallest first.
    pub broken_by: Vec<Families>,
    /// The smallest story of a violation; none where it is violated because no run did what some run must.
    pub counterexample: Option<Counterexample>,
}

/// The word of a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// No run violated it, and it was put to the test.
    Held,
    /// Some run violated it, and not only by the platform's liberties.
    Violated,
    /// No run put it to the test.
    NotExercised,
    /// It cannot be asked here; why.
    NotApplicable(&'static str),
}

/// A violation made small.
#[derive(Clone, Debug)]
pub struct Counterexample {
    /// The families that the story needs: one of the sets that break the guarantee.
    pub families: Families,
    /// The seed it was found with; none where an enumeration found it.
    pub seed: Option<u64>,
    /// The inline capsule: what `redrive replay` takes.
    pub capsule: String,
    /// The digest of the small run.
    pub digest: Digest,
    /// How many events the story needs.
    pub events: usize,
    /// The event that shows it, as `Queue.ordinal`, where there is one.
    pub culprit: Option<String>,
    /// What is wrong, where the violated property says more than its name.
    pub says: Option<String>,
    /// When it is violated.
    pub at: Instant,
    /// The rule of the record that violates it.
    pub rule: RuleId,
    /// For faults over spans: the shortest length that breaks it, to whole seconds where that suffices.
    pub needs: Vec<(Family, Duration)>,
    /// The story.
    pub steps: Vec<Told>,
}

/// One line of a story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// Something happens.
    Step(Step),
    /// So many steps like those before are left out.
    Omitted(usize),
}

/// One step of a story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub at: Instant,
    /// What.
    pub kind: RecordKind,
    /// To whom.
    pub entity: EntityId,
    /// By which rule.
    pub rule: RuleId,
    /// What else; see [`RecordKind`].
    pub value: u64,
    /// Batch, copy or family; see [`RecordKind`].
    pub subject: u32,
    /// The events that it covers, as `Queue.ordinal`, with their receive counts.
    pub events: Vec<(String, u32)>,
    /// Whether the event that shows the violation is among them.
    pub culprit: bool,
    /// Whether this step violates the guarantee.
    pub violates: bool,
}

/// How bad a finding is, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Harm {
    /// An event is lost.
    Lost,
    /// Something stands still.
    Stuck,
    /// A healthy event is dead-lettered.
    HealthyDeadLettered,
    /// Events are processed in another order than they came in.
    Reordered,
    /// An event is repeated, or takes longer than declared.
    Repeated,
}

/// Violated verdicts with one root.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Stable over runs and edits elsewhere: made of guarantee and place.
    pub id: String,
    /// How bad it is.
    pub harm: Harm,
    /// The verdicts: part and position in its verdicts, the one to tell first.
    pub verdicts: Vec<(usize, usize)>,
    /// What would mend the first of them.
    pub repair: Option<Repair>,
}

/// A change of the template, and what a search says of the changed system.
#[derive(Clone, Debug)]
pub struct Repair {
    /// One sentence: what to do.
    pub says: String,
    /// The changes.
    pub changes: Vec<Change>,
    /// The guarantee holds at the place after them, over so many seeds.
    pub holds_over: u64,
    /// Gating guarantees that the changed system violates and the present one does not; none where a better change
    /// was found.
    pub leaves: Vec<Opened>,
    /// What the handler's code must do as well, if anything.
    pub handler: Option<String>,
}

/// A guarantee that a change breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Which one.
    pub guarantee: GuaranteeName,
    /// Where: the name of the queue, or of the link that pushes or is read.
    pub at: String,
}

/// One changed setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The resource's name.
    pub resource: String,
    /// The property, as `--set` takes it.
    pub property: String,
    /// The value before, as written; `None` where it was left out.
    pub before: Option<String>,
    /// The value after, as it is to be written.
    pub after: String,
    /// The line of the template to change, if it is there.
    pub line: Option<u32>,
}

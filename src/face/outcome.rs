//! What a check came to, and how it fails a test.

use std::fmt::Write as _;

use crate::explore::{Checked, Counterexample, Part, Repair, Standing};
use crate::face::CatalogueAsking;
use crate::face::check::Prepared;
use crate::face::regressions::Regressions;
use crate::guarantee::{Gates, GuaranteeName, Loops, circle_words};
use crate::kernel::Families;
use crate::program::{Hop, Passage};
use crate::report::{Violated, failure_text, repair_text, replay_command};
use crate::report::{circle_facts, circle_standing, denied_words, right_word};
use crate::topology::{Permitted, Refusal, Right, Topology};

/// What a check came to.
///
/// ```
/// use redrive::prelude::*;
/// let system = Topology::build()
///     .queue("Orders", |queue| queue)
///     .function("Fulfil", |function| function)
///     .polls("Fulfil", "Orders", |mapping| mapping)
///     .finish()
///     .unwrap();
/// let outcome = Check::new(&system).guarantee(no_loss()).seeds(0..64).run();
/// assert_eq!(outcome.violated(), ["no-loss at Orders"]); // nothing takes what fails until its retention ends
/// assert!(outcome.failures()[0].command().starts_with("REDRIVE_REPLAY='redrive/1 "));
/// ```
#[derive(Debug)]
pub struct Outcome {
    test: String,
    regressions: Regressions,
    checked: Option<Checked>,
    failures: Vec<Failure>,
    /// What was asked for and never put to the test.
    idle: Vec<String>,
    notes: Vec<String>,
    verdicts: Vec<String>,
}

/// One violation that fails a check.
///
/// ```
/// use redrive::prelude::*;
/// let system = Topology::from_template("examples/orders/template.yaml").unwrap();
/// let outcome = Check::new(&system).guarantee(no_loss()).seeds(0..64).run();
/// for failure in outcome.failures() {
///     println!("{}: {}", failure.name(), failure.command());
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Failure {
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) repair: Option<String>,
    pub(crate) counterexample: Option<Counterexample>,
}

impl Failure {
    /// What is violated: `no-loss at Orders`, or the name of a property.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What happens: the smallest story with the rule behind every step, and the sources.
    pub fn story(&self) -> &str {
        &self.text
    }

    /// What would mend it, where a change of the template was found that does: what to do, the lines that change, and
    /// over how many seeds the guarantee was simulated to hold with them.
    pub fn repair(&self) -> Option<&str> {
        self.repair.as_deref()
    }

    /// The one command that runs it again; empty where there is no single run to show.
    pub fn command(&self) -> String {
        self.counterexample.as_ref().map_or_else(String::new, replay_command)
    }

    /// The smallest run that shows it, where one does.
    pub const fn counterexample(&self) -> Option<&Counterexample> {
        self.counterexample.as_ref()
    }

    /// The capsule of that run.
    pub fn capsule(&self) -> Option<&str> {
        self.counterexample.as_ref().map(|story| story.capsule.as_str())
    }
}

impl Outcome {
    pub(crate) fn new(test: &str, regressions: Regressions) -> Self {
        Self {
            test: test.to_owned(),
            regressions,
            checked: None,
            failures: Vec::new(),
            idle: Vec::new(),
            notes: Vec::new(),
            verdicts: Vec::new(),
        }
    }

    pub(crate) const fn regressions(&self) -> &Regressions {
        &self.regressions
    }

    pub(crate) fn fail(&mut self, failure: Failure) {
        self.failures.push(failure);
    }

    pub(crate) fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// Whether nothing that was asked for is violated, and all of it was put to the test.
    pub fn is_held(&self) -> bool {
        self.failures.is_empty() && self.idle.is_empty()
    }

    /// What is violated, the gravest first.
    pub fn failures(&self) -> &[Failure] {
        &self.failures
    }

    /// The names of what is violated.
    pub fn violated(&self) -> Vec<&str> {
        self.failures.iter().map(Failure::name).collect()
    }

    /// What was asked for by name and no run put to the test.
    pub fn not_exercised(&self) -> &[String] {
        &self.idle
    }

    /// What there is to know beside verdicts, such as a saved capsule that no longer applies.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Everything that the search found; nothing where a saved capsule failed first, or a capsule was replayed.
    pub const fn checked(&self) -> Option<&Checked> {
        self.checked.as_ref()
    }

    /// One line for each verdict, without counts: made for snapshots.
    pub fn verdicts(&self) -> String {
        self.verdicts.iter().fold(String::new(), |text, line| text + line + "\n")
    }

    /// Fails the test where anything that was asked for is violated or was never put to the test. The capsules of what
    /// is violated are saved, and later runs try them first.
    ///
    /// # Panics
    /// With the story, its sources and the command that replays it.
    #[track_caller]
    pub fn assert_held(&self) {
        if !self.is_held() {
            let saved = self.regressions.save(self.failures.iter().filter_map(Failure::capsule));
            panic!("{}", self.told(saved));
        }
    }

    fn told(&self, saved: Result<Option<String>, String>) -> String {
        let mut text = format!("redrive: {} does not hold\n", self.test);
        for failure in &self.failures {
            let _ = write!(text, "\n{}", failure.text);
            if let Some(repair) = &failure.repair {
                let _ = write!(text, "\n{repair}");
            }
            if failure.counterexample.is_some() {
                let _ = write!(text, "\n  replay\n    {}\n", failure.command());
            }
        }
        for idle in &self.idle {
            let _ = writeln!(text, "\nnever put to the test: {idle}");
        }
        for note in &self.notes {
            let _ = writeln!(text, "\nnote: {note}");
        }
        match saved {
            Ok(Some(file)) => {
                let _ = writeln!(text, "\nsaved in {file}, which later runs try first");
            }
            Ok(None) => {}
            Err(problem) => {
                let _ = writeln!(text, "\nnot saved: {problem}");
            }
        }
        text
    }

    /// Takes the result of a search in.
    pub(crate) fn take_in(
        &mut self,
        prepared: &Prepared<'_>,
        checked: Checked,
        (refused, rights, loops): (&[Refusal], &[Right], &Loops),
        wanted: &[CatalogueAsking],
    ) {
        for position in 0..checked.parts.len() {
            self.take_part(prepared, &checked, position, wanted);
        }
        self.take_refusals(refused, wanted);
        self.take_rights(rights, wanted);
        self.take_loops(prepared.topology(), loops, wanted);
        for asked in wanted.iter().filter(|asked| !asked.name.is_of_the_topology()) {
            if !was_exercised(&checked, asked) {
                self.idle.push(asked.to_string());
            }
        }
        self.verdicts.sort();
        self.checked = Some(checked);
    }

    fn take_part(
        &mut self,
        prepared: &Prepared<'_>,
        checked: &Checked,
        position: usize,
        wanted: &[CatalogueAsking],
    ) {
        let part = &checked.parts[position];
        for (index, verdict) in part.verdicts.iter().enumerate() {
            let queue = part.program.name(part.program.queues[verdict.at.queue].entity).as_str();
            let is_asked = wanted.iter().any(|asked| asked.covers(verdict.guarantee, queue));
            let gates = verdict.guarantee.gates_in(&prepared.check.scenario);
            let fails = is_asked || (wanted.is_empty() && gates == Gates::Yes);
            let violated = Violated::Guarantee(verdict);
            self.verdicts.push(line(&violated.name(part), verdict.standing, &verdict.broken_by));
            if fails && verdict.standing == Standing::Violated {
                let repair =
                    repair(checked, (position, index)).map(|repair| repair_text(prepared.topology(), repair));
                self.failures.push(Failure { repair, ..failure(prepared, part, violated) });
            }
        }
        for verdict in &part.stated {
            let violated = Violated::Stated(verdict);
            match verdict.standing {
                Standing::NotApplicable(_) => continue,
                Standing::Violated if verdict.gates == Gates::Yes => {
                    self.failures.push(failure(prepared, part, violated));
                }
                Standing::NotExercised => self.idle.push(verdict.name.clone()),
                Standing::Violated | Standing::Held => {}
            }
            self.verdicts.push(line(&verdict.name, verdict.standing, &verdict.broken_by));
        }
    }

    fn take_rights(&mut self, rights: &[Right], wanted: &[CatalogueAsking]) {
        let is_asked = |right: &&Right| {
            let covers = |asked: &CatalogueAsking| asked.covers(GuaranteeName::Permitted, &right.from);
            wanted.is_empty() || wanted.iter().any(covers)
        };
        for right in rights.iter().filter(is_asked) {
            let name = format!("{} at {}", GuaranteeName::Permitted, right.name);
            let word = right_word(right.permitted);
            self.verdicts.push(format!("{name}: {word}"));
            match right.permitted {
                Permitted::Granted => {}
                Permitted::Unknown if wanted.is_empty() => {}
                Permitted::Unknown => self.idle.push(name),
                Permitted::Denied => {
                    let mut text = format!("violated: {name}\n");
                    for denial in &right.denials {
                        let _ = writeln!(text, "  {}", denied_words(right, denial));
                    }
                    self.failures.push(Failure { name, text, repair: None, counterexample: None });
                }
            }
        }
    }

    fn take_loops(&mut self, topology: &Topology, loops: &Loops, wanted: &[CatalogueAsking]) {
        let is_asked = |hop: &Hop| {
            let names = [topology.end_name(&hop.from), topology.end_name(&hop.to)];
            let covers =
                |asked: &CatalogueAsking| names.iter().any(|name| asked.covers(GuaranteeName::NoLoop, name));
            wanted.is_empty() || wanted.iter().any(covers)
        };
        for circle in loops.circles.iter().filter(|circle| is_asked(&circle.entrance)) {
            let words = circle_words(topology, circle);
            let name = format!("{} at {words}", GuaranteeName::NoLoop);
            self.verdicts.push(format!("{name}: {}", circle_standing(circle).0));
            match circle.goes {
                Passage::Open => {
                    let text = format!("violated: {name}\n  {}\n", circle_facts(circle));
                    self.failures.push(Failure { name, text, repair: None, counterexample: None });
                }
                Passage::Doubtful(_) => self.idle.push(name),
                Passage::Shut(_) => {}
            }
        }
        for hop in loops.clear.iter().filter(|hop| is_asked(hop)) {
            let (from, to) = (topology.end_name(&hop.from), topology.end_name(&hop.to));
            self.verdicts.push(format!("{} at {from}->{to}: held", GuaranteeName::NoLoop));
        }
    }

    fn take_refusals(&mut self, refused: &[Refusal], wanted: &[CatalogueAsking]) {
        let is_asked =
            wanted.is_empty() || wanted.iter().any(|asked| asked.name == GuaranteeName::Deployable);
        for one in refused.iter().filter(|_| is_asked) {
            let name = format!("{} at {}", GuaranteeName::Deployable, one.resource);
            let text = format!(
                "violated: {name}\n  {} is {}, allowed is {}: {} ({})\n",
                one.property, one.value, one.allowed, one.message, one.rule
            );
            self.verdicts.push(format!("{name}: violated"));
            self.failures.push(Failure { name, text, repair: None, counterexample: None });
        }
    }
}

/// Whether some run put what is asked to the test at some place.
fn was_exercised(checked: &Checked, asked: &CatalogueAsking) -> bool {
    checked.parts.iter().any(|part| {
        part.verdicts.iter().any(|verdict| {
            let queue = part.program.name(part.program.queues[verdict.at.queue].entity).as_str();
            asked.covers(verdict.guarantee, queue)
                && matches!(verdict.standing, Standing::Held | Standing::Violated)
        })
    })
}

/// The repair of a violated verdict, if it is the one that its finding was mended for.
fn repair(checked: &Checked, verdict: (usize, usize)) -> Option<&Repair> {
    let finding = checked.findings.iter().find(|finding| finding.verdicts.first() == Some(&verdict))?;
    finding.repair.as_ref()
}

pub(crate) fn failure(prepared: &Prepared<'_>, part: &Part, violated: Violated<'_>) -> Failure {
    Failure {
        name: violated.name(part),
        text: failure_text(part, prepared.models(), violated),
        repair: None,
        counterexample: violated.counterexample().cloned(),
    }
}

fn line(name: &str, standing: Standing, broken_by: &[Families]) -> String {
    match standing {
        Standing::Held => format!("{name}: held"),
        Standing::NotExercised => format!("{name}: not exercised"),
        Standing::NotApplicable(why) => format!("{name}: not applicable, {why}"),
        Standing::Violated => {
            let sets: Vec<String> = broken_by
                .iter()
                .map(|set| if set.is_empty() { "no fault at all".to_owned() } else { set.to_string() })
                .collect();
            if sets.is_empty() {
                format!("{name}: violated")
            } else {
                format!("{name}: violated by {}", sets.join(", or "))
            }
        }
    }
}

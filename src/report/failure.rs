//! One violated verdict told in full, whatever it is a verdict on: what a failing test shows, and what a report shows of
//! properties that are stated beside the catalogue.

use std::collections::BTreeSet;

use crate::explore::{Capsule, Counterexample, Part, Quantifier, Repair, StatedVerdict, Verdict};
use crate::guarantee::{Gates, GuaranteeName};
use crate::kernel::{Families, Family};
use crate::models::Models;
use crate::report::check::{headline, patch, story_sources, story_steps};
use crate::report::text::{ADVICE, Align, BAD, FAINT, NAME, Page, TITLE, Table, counted, paint, plain};
use crate::topology::Topology;

/// A violated verdict.
#[derive(Clone, Copy, Debug)]
pub enum Violated<'a> {
    /// On a guarantee of the catalogue.
    Guarantee(&'a Verdict),
    /// On something that is stated beside the catalogue.
    Stated(&'a StatedVerdict),
}

impl<'a> Violated<'a> {
    /// What is violated: `no-loss at Orders`, or the name of a stated property.
    pub fn name(&self, part: &Part) -> String {
        match self {
            Self::Guarantee(verdict) => {
                let queue = part.program.name(part.program.queues[verdict.at.queue].entity);
                format!("{} at {queue}", verdict.guarantee)
            }
            Self::Stated(verdict) => verdict.name.clone(),
        }
    }

    /// The smallest story.
    pub const fn counterexample(&self) -> Option<&'a Counterexample> {
        match self {
            Self::Guarantee(verdict) => verdict.counterexample.as_ref(),
            Self::Stated(verdict) => verdict.counterexample.as_ref(),
        }
    }

    fn broken_by(&self) -> &'a [Families] {
        match self {
            Self::Guarantee(verdict) => &verdict.broken_by,
            Self::Stated(verdict) => &verdict.broken_by,
        }
    }

    const fn gates(&self) -> Gates {
        match self {
            Self::Guarantee(verdict) => GuaranteeName::gates(verdict.guarantee),
            Self::Stated(verdict) => verdict.gates,
        }
    }

    /// What happens, in a sentence without its full stop.
    fn says(&self, part: &Part) -> Option<String> {
        match self {
            Self::Guarantee(verdict) => Some(headline(part, verdict)),
            Self::Stated(verdict) => match (&verdict.counterexample, verdict.quantifier) {
                (Some(story), _) => story.says.clone(),
                (None, Quantifier::SomeRun) => {
                    Some(format!("never happened in {}", counted(part.seeds as usize, "run")))
                }
                (None, Quantifier::EveryRun) => None,
            },
        }
    }
}

/// The verdict with its story and sources, without styles and without a command.
pub fn failure_text(part: &Part, models: &Models, violated: Violated<'_>) -> String {
    plain(&told(part, models, violated, &mut BTreeSet::new()))
}

/// A repair that was tried: what to do, the lines that change, and what the simulation says of it; without styles.
pub fn repair_text(topology: &Topology, repair: &Repair) -> String {
    let mut page = Page::default();
    page.hang("  repair  ", &repair.says);
    page.append(&patch(topology, repair));
    plain(&page.finish())
}

/// The command that runs a story again: of the test that found it, where one did.
pub fn replay_command(story: &Counterexample) -> String {
    let quoted = story.capsule.replace('\'', "'\\''");
    match Capsule::parse(&story.capsule).ok().and_then(|capsule| capsule.test) {
        Some(test) => format!("REDRIVE_REPLAY='{quoted}' cargo test {test}"),
        None => format!("redrive replay '{quoted}'"),
    }
}

/// The verdict with its story; rules whose sources were told `before` are only named.
pub(crate) fn told(
    part: &Part,
    models: &Models,
    violated: Violated<'_>,
    before: &mut BTreeSet<String>,
) -> String {
    let mut page = Page::default();
    let style = match violated.gates() {
        Gates::Yes => BAD,
        Gates::Advice => ADVICE,
    };
    let lead = format!("{}: ", paint(style, "violated"));
    page.hang(&lead, &paint(TITLE, violated.name(part)));
    if let Some(says) = violated.says(part) {
        page.hang("  ", &says);
    }
    let Some(story) = violated.counterexample() else { return page.finish() };
    page.append(&facts(violated.broken_by(), &story.needs));
    page.blank();
    let found = match story.seed {
        Some(seed) => format!("found with seed {seed}"),
        None => "found by a saved run, or near one".to_owned(),
    };
    let about = format!("{}, {found}", counted(story.events, "event"));
    page.line(format!("  {}  {}", paint(TITLE, "story"), paint(FAINT, about)));
    page.append(&story_steps(&part.program, models, story));
    page.blank();
    page.line(format!("  {}", paint(TITLE, "sources")));
    page.append(&story_sources(models, story, before));
    page.finish()
}

fn facts(sets: &[Families], needs: &[(Family, crate::vocabulary::Duration)]) -> String {
    let mut table = Table::new(2, &[Align::Left, Align::Flow]);
    let set = |set: &Families| if set.is_empty() { "no fault at all".to_owned() } else { set.to_string() };
    let sets: Vec<String> = sets.iter().map(set).collect();
    table.row([paint(FAINT, "breaks with"), sets.join(", or ")]);
    for (family, needed) in needs {
        table.row([paint(FAINT, "tolerates"), format!("{family} of less than {needed}")]);
    }
    table.render()
}

/// The line with the command.
pub(crate) fn replay_lines(story: &Counterexample) -> String {
    let mut page = Page::default();
    page.blank();
    page.line(format!("  {}", paint(TITLE, "replay")));
    page.line(format!("    {}", paint(NAME, replay_command(story))));
    page.finish()
}

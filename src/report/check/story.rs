//! The story of a counterexample, step by step, and the sources of the rules behind it.

use std::collections::BTreeSet;

use crate::explore::{Counterexample, Step};
use crate::models::{Certainty, Citation, Models, RuleId, certainty_word};
use crate::program::Program;
use crate::report::check::cycle::{Line, lines};
use crate::report::check::scene::step;
use crate::report::text::{Align, BAD, FAINT, Fact, Page, Table, counted, paint, paint_words, sentence};

const INDENT: usize = 4;

/// When, what, by which rule.
pub(crate) fn steps(program: &Program, models: &Models, story: &Counterexample) -> String {
    let mut table = Table::new(INDENT - 2, &[Align::Left, Align::Right, Align::Flow, Align::Left]);
    let gap = |said: String| [String::new(), paint(FAINT, "..."), paint_words(FAINT, &said), String::new()];
    for line in lines(&story.steps) {
        table.row(match line {
            Line::Step(step) => row(program, models, step),
            Line::Again { steps, times, until } => {
                let steps = if steps == 1 { "this".to_owned() } else { format!("these {steps} steps") };
                gap(format!("{steps} {} more, until {until}", counted(times, "time")))
            }
            Line::Omitted(count) => gap(counted(count, "more step")),
        });
    }
    table.render()
}

fn row(program: &Program, models: &Models, step: &Step) -> [String; 4] {
    let rule = paint(FAINT, &models.rule(step.rule).id);
    let said = told(program, step);
    if step.violates {
        return [paint(BAD, "!"), step.at.to_string(), paint_words(BAD, &said), rule];
    }
    [String::new(), step.at.to_string(), said, rule]
}

/// What a step says.
pub(crate) fn told(program: &Program, step: &Step) -> String {
    sentence(&Fact {
        program,
        kind: step.kind,
        entity: step.entity,
        value: step.value,
        subject: step.subject,
        events: &step.events,
    })
}

/// The rules of a story in the order of their ids.
pub(crate) fn rules(story: &Counterexample) -> BTreeSet<RuleId> {
    story.steps.iter().filter_map(step).map(|step| step.rule).collect()
}

/// The pages that say so, each once with its rules; pages that were told before are not told again, and what is the
/// profile's comes last.
pub(crate) fn sources(models: &Models, story: &Counterexample, before: &mut BTreeSet<String>) -> String {
    let mut pages: Vec<(&Citation, Certainty, Vec<&str>)> = Vec::new();
    let (mut above, mut ours): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    for rule in rules(story) {
        let rule = models.rule(rule);
        let Some(citation) = rule.cite.first().and_then(|key| models.citation(key)) else {
            ours.push(&rule.id);
            continue;
        };
        let is_same = |page: &&mut (&Citation, Certainty, Vec<&str>)| {
            page.0.key == citation.key && page.1 == rule.certainty
        };
        match pages.iter_mut().find(is_same) {
            _ if before.contains(&rule.id) => above.push(&rule.id),
            Some((_, _, rules)) => rules.push(&rule.id),
            None => pages.push((citation, rule.certainty, vec![&rule.id])),
        }
    }
    let mut page = Page::default();
    for (citation, certainty, rules) in pages {
        before.extend(rules.iter().map(|rule| (*rule).to_owned()));
        let certainty = certainty_word(certainty);
        page.hang("    ", &format!("{}: {} ({certainty})", citation.title, rules.join(", ")));
        page.line(format!("      {}", paint(FAINT, &citation.url)));
    }
    if !above.is_empty() {
        page.hang("    as above: ", &above.join(", "));
    }
    if !ours.is_empty() {
        let which = format!("{} (assumed; `redrive explain {}`)", ours.join(", "), ours[0]);
        page.hang("    the default profile: ", &which);
    }
    page.finish()
}

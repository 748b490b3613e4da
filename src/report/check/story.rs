//! The story of a counterexample, step by step, and the sources of the rules behind it.

use std::collections::BTreeSet;

use crate::explore::{Counterexample, Step, Told};
use crate::models::{Certainty, Citation, Models, RuleId, certainty_word};
use crate::program::Program;
use crate::report::check::scene::step;
use crate::report::text::{Align, BAD, FAINT, Fact, Page, Table, counted, paint, paint_words, sentence};

const INDENT: usize = 4;

/// When, what, by which rule.
pub(crate) fn steps(program: &Program, models: &Models, story: &Counterexample) -> String {
    let mut table = Table::new(INDENT - 2, &[Align::Left, Align::Right, Align::Flow, Align::Left]);
    for told in &story.steps {
        match told {
            Told::Step(step) => table.row(row(program, models, step)),
            Told::Omitted(count) => {
                let more = format!("{} like these", counted(*count, "more step"));
                table.row([String::new(), paint(FAINT, "..."), paint(FAINT, more), String::new()]);
            }
        }
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

/// The pages that say so, each once with its rules; what is the profile's comes last.
pub(crate) fn sources(models: &Models, story: &Counterexample) -> String {
    let mut pages: Vec<(&Citation, Certainty, Vec<&str>)> = Vec::new();
    let mut ours: Vec<&str> = Vec::new();
    for rule in rules(story) {
        let rule = models.rule(rule);
        let Some(citation) = rule.cite.first().and_then(|key| models.citation(key)) else {
            ours.push(&rule.id);
            continue;
        };
        let same = |page: &&mut (&Citation, Certainty, Vec<&str>)| page.0.key == citation.key && page.1 == rule.certainty;
        match pages.iter_mut().find(same) {
            Some((_, _, rules)) => rules.push(&rule.id),
            None => pages.push((citation, rule.certainty, vec![&rule.id])),
        }
    }
    let mut page = Page::default();
    for (citation, certainty, rules) in pages {
        let certainty = certainty_word(certainty);
        page.hang("    ", &format!("{}: {} ({certainty})", citation.title, rules.join(", ")));
        page.line(format!("      {}", paint(FAINT, &citation.url)));
    }
    if !ours.is_empty() {
        page.hang("    ", &format!("the default profile: {} (assumed; `redrive explain {}`)", ours.join(", "), ours[0]));
    }
    page.finish()
}

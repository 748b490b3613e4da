//! What is stated beside the catalogue: violated in full, everything else on a line.

use std::collections::BTreeSet;

use crate::explore::{Part, Standing, StatedVerdict};
use crate::guarantee::Gates;
use crate::report::failure::{Violated, replay_lines, told};
use crate::report::text::{ADVICE, Align, BAD, FAINT, GOOD, Page, Table, counted, paint};
use crate::report::{CheckReport, Detail, stated_id};

/// The section of everything that is stated.
pub(crate) fn properties(report: &CheckReport<'_>) -> String {
    let mut page = Page::default();
    let mut table = Table::new(2, &[Align::Left, Align::Left, Align::Flow]);
    let mut before = BTreeSet::new();
    for (part, verdict) in all(report) {
        let excuse =
            report.excuses.of(&stated_id(verdict)).filter(|_| verdict.standing == Standing::Violated);
        if let Some(excuse) = excuse {
            table.row([verdict.name.clone(), paint(FAINT, excuse.severity()), excuse.why()]);
        } else if verdict.standing == Standing::Violated && report.detail != Detail::Brief {
            page.append(&told(part, report.models, Violated::Stated(verdict), &mut before));
            if let Some(story) = &verdict.counterexample {
                page.append(&replay_lines(story));
            }
            page.blank();
        } else {
            table.row(row(verdict, report.stated_gates(verdict)));
        }
    }
    page.append(&table.render());
    page.finish()
}

/// All verdicts on what is stated, with their parts.
pub(crate) fn all<'a>(report: &CheckReport<'a>) -> impl Iterator<Item = (&'a Part, &'a StatedVerdict)> {
    report.checked.parts.iter().flat_map(|part| part.stated.iter().map(move |verdict| (part, verdict)))
}

fn row(verdict: &StatedVerdict, gates: Gates) -> [String; 3] {
    let name = verdict.name.clone();
    match verdict.standing {
        Standing::Held => {
            let tried = format!("in {} that put it to the test", counted(verdict.exercised as usize, "run"));
            [name, paint(GOOD, "held"), tried]
        }
        Standing::Violated => {
            let style = match gates {
                Gates::Yes => BAD,
                Gates::Advice => ADVICE,
            };
            [name, paint(style, "violated"), String::new()]
        }
        Standing::NotExercised => [name, "not exercised".to_owned(), "no run put it to the test".to_owned()],
        Standing::NotApplicable(why) => {
            [paint(FAINT, name), paint(FAINT, "not applicable"), paint(FAINT, why)]
        }
    }
}

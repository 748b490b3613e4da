//! `Metadata: redrive:` of a template's resource: what is stated for that resource where it is declared.

use std::path::Path;

use crate::scenario::read::caller::caller;
use crate::scenario::read::fields::{Fields, UNKNOWN_KEY, unreadable};
use crate::scenario::read::handler::handling;
use crate::scenario::read::load::{self, generated};
use crate::scenario::words::Unreadable;
use crate::scenario::{Handling, Scenario, Sends, Workload};
use crate::vocabulary::{Diagnostic, Severity, Written};

/// What is stated for the resource with this name: a handler's keys for a function, `load` and `messages` for a queue,
/// `caller` for a front, `sends-to` for the answer to who sends where. Paths are relative to the template. A key that is unknown is a
/// warning, since others may keep theirs there.
pub fn stated_in_metadata(name: &str, written: &Written) -> (Scenario, Vec<Diagnostic>) {
    let mut problems = Vec::new();
    let table = format!("`redrive` of {name}");
    let Some(mut fields) = Fields::of(&table, written, &mut problems) else {
        return (Scenario::default(), problems);
    };
    let mut scenario = Scenario::default();
    let handling = handling(name, &mut fields, &mut problems);
    let said = Handling { place: handling.place.clone(), function: name.to_owned(), ..Handling::default() };
    if handling != said {
        scenario.handlers.push(handling);
    }
    if let Some(fields) = fields.table("caller", &mut problems) {
        scenario.callers.push(caller(name, fields, &mut problems));
    }
    scenario.sends = sends(name, &mut fields, &mut problems);
    let folder = written.place.file.parent().unwrap_or(Path::new(""));
    let messages = fields.tables("messages", "`messages`", &mut problems);
    let loads = fields.tables("load", "`load`", &mut problems);
    let workload = Workload {
        to: name.to_owned(),
        messages: messages
            .into_iter()
            .enumerate()
            .flat_map(|(number, fields)| load::messages(number as u32, fields, &mut problems))
            .collect(),
        generated: loads.into_iter().flat_map(|fields| generated(folder, fields, &mut problems)).collect(),
        place: Some(written.place.clone()),
    };
    if workload.count() > 0 {
        scenario.workloads.push(workload);
    }
    fields.finish(&mut problems);
    for problem in problems.iter_mut().filter(|problem| problem.code == UNKNOWN_KEY) {
        problem.severity = Severity::Warning;
    }
    (scenario, problems)
}

fn sends(name: &str, fields: &mut Fields<'_>, problems: &mut Vec<Diagnostic>) -> Vec<Sends> {
    let mut sends = Vec::new();
    for written in fields.texts("sends-to", problems) {
        if written.text.trim().is_empty() {
            let problem = Unreadable::new("the name is empty", "write the name of a resource");
            unreadable(problems, "sends-to", written.place, problem);
            continue;
        }
        let place = Some(written.place.clone());
        sends.push(Sends { function: name.to_owned(), to: written.text.trim().to_owned(), place });
    }
    sends
}

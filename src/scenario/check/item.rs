//! Writes to tables: to what is no table, without a key, without effect, or such as a table refuses.

use crate::models::Models;
use crate::scenario::check::{doubt, problem};
use crate::scenario::{ItemTrouble, ItemWrite, Scenario, Workload, WrittenItem, item_changes};
use crate::topology::{ResourceDetail, TableStream, Topology};
use crate::vocabulary::{Diagnostic, Place};

/// Checks the writes to every table.
pub(super) fn check(
    scenario: &Scenario,
    topology: &Topology,
    models: &Models,
    problems: &mut Vec<Diagnostic>,
) {
    let mut told: Vec<Diagnostic> = Vec::new();
    for resource in &topology.resources {
        let name = resource.name.as_str();
        let load = scenario.load_of(name);
        let table = match &resource.detail {
            ResourceDetail::Stream(stream) => stream.table.as_ref(),
            ResourceDetail::Queue(_)
            | ResourceDetail::Function(_)
            | ResourceDetail::Channel(_)
            | ResourceDetail::Other => None,
        };
        match table {
            None => told.extend(load.iter().flat_map(|load| writes(load)).map(|place| no_table(name, place))),
            Some(table) => {
                let changes = item_changes(&load, table);
                told.extend(changes.iter().filter_map(|change| wrong(name, table, change)));
                told.extend(too_many(name, &load, models));
            }
        }
    }
    // A pattern's load may be wrong for several resources in the same words.
    told.dedup();
    problems.append(&mut told);
}

/// Where a workload says what is done to items.
fn writes(load: &Workload) -> impl Iterator<Item = Option<&Place>> {
    let messages = load.messages.iter().filter(|message| message.change.is_some());
    let by_rule = load.generated.iter().filter(|generated| !generated.changes.is_empty());
    messages.map(|message| message.place.as_ref()).chain(by_rule.map(|rule| rule.place.as_ref()))
}

fn no_table(name: &str, place: Option<&Place>) -> Diagnostic {
    let message = format!("{name} is no table with a stream, so nothing has a `change` there");
    problem(
        "scenario-no-table",
        place,
        message,
        "leave `change` and `changes` out: only items of tables change",
    )
}

fn wrong(name: &str, table: &TableStream, change: &WrittenItem<'_>) -> Option<Diagnostic> {
    let place = change.place;
    if change.write == ItemWrite::Expire && table.expires_by.is_none() {
        let message = format!("no item of {name} expires: the table has no `TimeToLiveSpecification`");
        let help = "write `change = \"delete\"`, or let the table say by which attribute its items expire";
        return Some(problem("scenario-no-time-to-live", place, message, help));
    }
    let keys = table.keys.join("` and `");
    Some(match change.trouble? {
        ItemTrouble::NoKey => {
            let message = format!("an item of {name} has no `{keys}`, which is its key");
            problem("scenario-no-item-key", place, message, format!("add `{keys}` to its `body`"))
        }
        ItemTrouble::TwiceInTransaction => {
            //= dynamodb_streams.transaction
            let message = format!("a transaction writes to the item {} of {name} twice", change.key);
            let help = "write to every item once: DynamoDB refuses such a transaction";
            problem("scenario-item-twice", place, message, help)
        }
        ItemTrouble::AfterExpiry => {
            let message = format!("the item {} of {name} is written to after its time to live", change.key);
            let help = "write before that, or to another item: when an expired one is deleted is not known";
            problem("scenario-item-expired", place, message, help)
        }
        ItemTrouble::ChangesNothing => {
            let word = change.write.word();
            let message = format!(
                "this {word} leaves the item {} of {name} as it was, so no record tells of it",
                change.key
            );
            let help = "say with `before` what the item was, if it was there before";
            doubt("scenario-changes-nothing", place, message, help)
        }
    })
}

/// Transactions of more changes than a table takes in one.
fn too_many(name: &str, load: &[&Workload], models: &Models) -> Vec<Diagnostic> {
    let Ok(most) = models.count("dynamodb_streams.transaction", "count") else { return Vec::new() };
    let messages: Vec<_> = load.iter().flat_map(|load| &load.messages).collect();
    let transaction =
        |position: &usize| messages[*position].change.as_ref().and_then(|change| change.transaction);
    let mut told = Vec::new();
    for (position, message) in messages.iter().enumerate() {
        let Some(own) = transaction(&position) else { continue };
        let before = (0..position).filter(|other| transaction(other) == Some(own)).count() as u64;
        if before == most {
            let says = format!("a transaction writes to more than {most} items of {name}");
            let help = format!("write at most {most} of them at once");
            told.push(problem("scenario-large-transaction", message.place.as_ref(), says, help));
        }
    }
    told
}

//! `[faults]`: families, odds and single faults.

use crate::scenario::read::fields::{Fields, unreadable};
use crate::scenario::words::{families, family, fault_family, ratio};
use crate::scenario::{FaultPlan, PlannedFault};
use crate::vocabulary::Diagnostic;

/// Which faults happen.
pub(super) fn read(mut fields: Fields<'_>, problems: &mut Vec<Diagnostic>) -> FaultPlan {
    let mut plan = FaultPlan::default();
    if fields.has("families") {
        let items = fields.texts("families", problems);
        let named = families(items.iter().map(|item| item.text));
        for (position, problem) in named.problems {
            unreadable(problems, "families", items[position].place, problem);
        }
        plan.families = Some(named.families);
        plan.ratios = named.ratios;
    } else {
        fields.ask("families");
    }
    if let Some(table) = fields.table("ratios", problems) {
        for entry in table.entries() {
            let text = entry.item.value.scalar().unwrap_or_default();
            match family(&entry.key).and_then(fault_family) {
                Err(problem) => unreadable(problems, "ratios", &entry.key_place, problem),
                Ok(family) => match ratio(text) {
                    Err(problem) => unreadable(problems, &entry.key, &entry.item.place, problem),
                    Ok(ratio) => plan.ratios.push((family, ratio)),
                },
            }
        }
    }
    for written in fields.texts("planned", problems) {
        match PlannedFault::parse(written.text) {
            Ok(fault) => plan.planned.push(fault.at(written.place)),
            Err(problem) => unreadable(problems, "planned", written.place, problem),
        }
    }
    fields.finish(problems);
    plan
}

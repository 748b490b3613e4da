//! The same clicks, one of them bad, through a stream, a standard queue and a FIFO queue, side by side:
//! `cargo run --example stream_vs_queue`.
//!
//! Clicks come from five visitors, ten a second for a minute; the hundredth always fails. Its function gets four tries at
//! it everywhere but in the last column, which is a mapping on a stream without any limit.

use std::collections::BTreeMap;

use redrive::prelude::*;
use redrive::scenario::PlannedFault;
use redrive::trace::RecordKind;

const CLICKS: u32 = 600;
const VISITORS: u32 = 5;
const BAD: u32 = 100;
const GAP: Duration = Duration::from_millis(100);

const SYSTEMS: [(&str, &str); 4] = [
    ("stream", "examples/click-path/stream.yaml"),
    ("standard queue", "examples/click-path/queue.yaml"),
    ("FIFO queue", "examples/click-path/fifo.yaml"),
    ("unbounded stream", "examples/click-path/unbounded.yaml"),
];

/// What became of the clicks in one system.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Outcomes {
    processed: usize,
    /// Good clicks that were processed after a later one of the same visitor.
    out_of_order: usize,
    /// How long a good click took at most, and how long one in two took.
    longest: Duration,
    median: Duration,
    /// How often the bad click was tried, and what became of it.
    attempts: u32,
    fate: &'static str,
    invocations: u32,
    /// Good clicks that were never processed.
    lost: usize,
}

fn outcomes(template: &str) -> Outcomes {
    let system = Topology::from_template(template).expect("the example is a template");
    let bad = PlannedFault::Poison { source: "Clicks".to_owned(), ordinal: BAD, place: None };
    let run = Check::new(&system)
        .workload(Workload::to("Clicks").events(CLICKS).keys(VISITORS).every(GAP))
        .faults(FaultPlan { planned: vec![bad], ..Faults::none() })
        .run_seed(0);
    let names = run.events();
    let number = |event: usize| -> u32 {
        let digits = names[event].trim_start_matches("Clicks.");
        digits
            .split(|letter: char| !letter.is_ascii_digit())
            .next()
            .and_then(|one| one.parse().ok())
            .unwrap_or(0)
    };
    let mut found =
        Outcomes { fate: "undecided", invocations: run.invocations("Track"), ..Outcomes::default() };
    let mut delays = Vec::new();
    let mut latest: BTreeMap<u32, u32> = BTreeMap::new();
    let mut seen = vec![false; names.len()];
    for (record, covered) in run.records() {
        for item in covered {
            let click = number(item.event.0 as usize);
            match record.kind {
                RecordKind::EventsProcessed if !std::mem::replace(&mut seen[item.event.0 as usize], true) => {
                    found.processed += 1;
                    delays.push(record.at.since(Instant::START + GAP * u64::from(click)));
                    let last = latest.entry(click % VISITORS).or_insert(0);
                    found.out_of_order += usize::from(click < *last);
                    *last = click.max(*last);
                }
                RecordKind::InvocationStarted if click == BAD => found.attempts += 1,
                RecordKind::ObligationKept if click == BAD => found.fate = "kept",
                RecordKind::ObligationLost if click == BAD => found.fate = "lost",
                _ => {}
            }
        }
    }
    found.lost = CLICKS as usize - 1 - found.processed;
    delays.sort_unstable();
    found.longest = delays.last().copied().unwrap_or(Duration::ZERO);
    found.median = delays.get(delays.len() / 2).copied().unwrap_or(Duration::ZERO);
    found
}

fn table() -> String {
    let all: Vec<Outcomes> = SYSTEMS.iter().map(|(_, template)| outcomes(template)).collect();
    let columns = |first: &str, cells: Vec<String>| {
        cells.iter().fold(format!("{first:<26}"), |line, cell| format!("{line}{cell:>18}")) + "\n"
    };
    let row = |what: &str, cell: &dyn Fn(&Outcomes) -> String| columns(what, all.iter().map(cell).collect());
    [
        columns("", SYSTEMS.iter().map(|(name, _)| (*name).to_owned()).collect()),
        row("good clicks processed", &|one| one.processed.to_string()),
        row("  never processed", &|one| one.lost.to_string()),
        row("  after a later one", &|one| one.out_of_order.to_string()),
        row("  one in two took", &|one| one.median.to_string()),
        row("  the slowest took", &|one| one.longest.to_string()),
        row("tries of the bad click", &|one| one.attempts.to_string()),
        row("  which then is", &|one| one.fate.to_owned()),
        row("invocations", &|one| one.invocations.to_string()),
    ]
    .concat()
}

fn main() {
    print!("{}", table());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_shows_what_the_example_prints() {
        let page = std::fs::read_to_string("docs/stream-or-queue.md").expect("the page is there");
        let shown = page.split("```text\n").nth(1).and_then(|rest| rest.split("```").next());
        assert_eq!(shown, Some(table().as_str()));
    }
}

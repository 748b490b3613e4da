//! Makes a story short: what happens again and again is told once.

use crate::explore::{Step, Told};
use crate::trace::{EntityId, RecordKind};
use crate::vocabulary::Instant;

/// A line of a shortened story.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Line<'a> {
    /// A step.
    Step(&'a Step),
    /// The steps before it happen so many times more, the last time until then.
    Again {
        /// How many steps belong together.
        steps: usize,
        /// How often.
        times: usize,
        /// When the last of them happens.
        until: Instant,
    },
    /// So many steps are left out.
    Omitted(usize),
}

/// Cycles longer than this are not looked for.
const LONGEST: usize = 8;

/// The lines of a story: its first cycle once, the repetitions counted, then what breaks it.
pub(crate) fn lines(story: &[Told]) -> Vec<Line<'_>> {
    let Some((start, period)) = first_cycle(story) else { return story.iter().map(line).collect() };
    let cycle = &story[start..start + period];
    let mut rest = start + period;
    let mut repeated = 0;
    let mut until = Instant::START;
    let mut phase = 0;
    while let Some(told) = story.get(rest) {
        match told {
            Told::Step(step) if !step.violates => {
                let Some(next) =
                    (0..period).map(|skip| (phase + skip) % period).find(|at| is_same(&cycle[*at], told))
                else {
                    break;
                };
                // Only what was left out may break the rhythm.
                if next != phase && !matches!(story[rest - 1], Told::Omitted(_)) {
                    break;
                }
                phase = (next + 1) % period;
                repeated += 1;
                until = step.at;
            }
            Told::Step(_) => break,
            Told::Omitted(count) => repeated += count,
        }
        rest += 1;
    }
    if let Some(Told::Omitted(_)) = story.get(rest - 1) {
        // Nothing after the gap belongs to the cycle: say no more than is known.
        return story.iter().map(line).collect();
    }
    let mut lines: Vec<Line<'_>> = story[..start + period].iter().map(line).collect();
    lines.push(Line::Again { steps: period, times: repeated.div_ceil(period), until });
    lines.extend(story[rest..].iter().map(line));
    lines
}

const fn line(told: &Told) -> Line<'_> {
    match told {
        Told::Step(step) => Line::Step(step),
        Told::Omitted(count) => Line::Omitted(*count),
    }
}

/// Where steps first come twice in a row, and how many; the shortest such cycle.
fn first_cycle(story: &[Told]) -> Option<(usize, usize)> {
    let repeats = |start: usize, period: usize| {
        let end = start + 2 * period;
        end <= story.len() && (start..start + period).all(|at| is_same(&story[at], &story[at + period]))
    };
    (0..story.len())
        .find_map(|start| (1..=LONGEST).find(|period| repeats(start, *period)).map(|period| (start, period)))
}

/// Whether two steps tell the same of the same events, apart from when and how often.
fn is_same(left: &Told, right: &Told) -> bool {
    match (signature(left), signature(right)) {
        (Some(left), Some(right)) => left == right,
        (_, _) => false,
    }
}

fn signature(told: &Told) -> Option<(RecordKind, EntityId, u64, Vec<&str>)> {
    let Told::Step(step) = told else { return None };
    let events = step.events.iter().map(|(name, _)| name.as_str()).collect();
    (!step.violates).then_some((step.kind, step.entity, step.value, events))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::RuleId;
    use crate::vocabulary::Duration;

    fn step(second: u64, kind: RecordKind) -> Told {
        Told::Step(Step {
            at: Instant::START + Duration::from_secs(second),
            kind,
            entity: EntityId(0),
            rule: RuleId(0),
            value: 0,
            subject: 0,
            events: vec![("Q.0".to_owned(), second as u32)],
            culprit: true,
            violates: kind == RecordKind::ObligationLost,
        })
    }

    fn shown(story: &[Told]) -> Vec<String> {
        let text = |line: Line<'_>| match line {
            Line::Step(step) => format!("{:?}", step.kind),
            Line::Again { steps, times, .. } => format!("{steps} x {times}"),
            Line::Omitted(count) => format!("omitted {count}"),
        };
        lines(story).into_iter().map(text).collect()
    }

    const SENT: RecordKind = RecordKind::MessageSent;
    const TAKEN: RecordKind = RecordKind::MessagesReceived;
    const BACK: RecordKind = RecordKind::MessagesAvailable;

    #[test]
    fn a_cycle_is_told_once_and_counted() {
        let story = [
            step(0, SENT),
            step(1, TAKEN),
            step(2, BACK),
            step(3, TAKEN),
            step(4, BACK),
            Told::Omitted(5),
            step(10, BACK),
            step(11, TAKEN),
            step(12, RecordKind::ObligationLost),
        ];
        assert_eq!(
            shown(&story),
            ["MessageSent", "MessagesReceived", "MessagesAvailable", "2 x 5", "ObligationLost"]
        );
    }

    #[test]
    fn what_does_not_repeat_stays() {
        let story = [step(0, SENT), step(1, TAKEN), step(2, BACK), step(3, RecordKind::ObligationLost)];
        assert_eq!(shown(&story).len(), story.len());
    }

    #[test]
    fn a_gap_that_nothing_follows_is_told_as_it_is() {
        let story = [step(1, TAKEN), step(2, TAKEN), Told::Omitted(3), step(9, BACK)];
        assert_eq!(shown(&story), ["MessagesReceived", "MessagesReceived", "omitted 3", "MessagesAvailable"]);
    }
}

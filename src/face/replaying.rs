//! Capsules in a test: the one that is asked for, and those that earlier failures saved.

use crate::explore::{Capsule, Changed, Replayed, nearby, replay_with};
use crate::face::check::Prepared;
use crate::face::outcome::failure;
use crate::face::regressions::Regressions;
use crate::face::{Outcome, Problems};
use crate::report::Violated;

/// Runs one capsule and nothing else.
pub(crate) fn replaying(prepared: &Prepared<'_>, text: &str) -> Result<Outcome, Problems> {
    let help = "give the capsule of a failure as it was printed, in quotes".to_owned();
    let capsule =
        Capsule::parse(text).map_err(|error| Problems::one("capsule-unreadable", error.to_string(), help))?;
    let mut outcome = Outcome::new(&prepared.test, Regressions::of(&prepared.test, None));
    take(prepared, &capsule, &mut outcome)?;
    if outcome.is_held() {
        outcome.note(format!("{} holds in the run of this capsule", capsule.about));
    }
    Ok(outcome)
}

/// Runs every saved capsule.
pub(crate) fn retried(prepared: &Prepared<'_>, mut outcome: Outcome) -> Result<Outcome, Problems> {
    for capsule in outcome.regressions().read()? {
        take(prepared, &capsule, &mut outcome)?;
    }
    Ok(outcome)
}

/// Runs one capsule, and what is near it where it no longer violates what it is about.
fn take(prepared: &Prepared<'_>, capsule: &Capsule, outcome: &mut Outcome) -> Result<(), Problems> {
    prepared.with_code(|code| {
        let ground = prepared.ground(code);
        let Some(replay) = replay_with(capsule, &prepared.programs, code) else {
            outcome
                .note(format!("a saved capsule is about {}, which this check does not have", capsule.about));
            return Ok(());
        };
        let program = replay.runner.program();
        let changed = Changed::since(capsule, program, ground.models, ground.scenario);
        let is_exact = replay.replayed == Replayed::Same;
        let Some(part) = nearby(capsule, &ground) else {
            outcome.note(format!(
                "a saved capsule no longer violates {}, nor does any run near it: mended, it seems{}",
                capsule.about,
                because(&changed)
            ));
            return Ok(());
        };
        if !is_exact {
            outcome.note(format!(
                "the saved run is another one now, and {} is still violated{}",
                capsule.about,
                because(&changed)
            ));
        }
        let violated = match (part.verdicts.first(), part.stated.first()) {
            (Some(verdict), _) => Violated::Guarantee(verdict),
            (None, Some(verdict)) => Violated::Stated(verdict),
            (None, None) => return Ok(()),
        };
        outcome.fail(failure(prepared, &part, violated));
        Ok(())
    })
}

fn because(changed: &[Changed]) -> String {
    let says: Vec<&str> = changed.iter().map(|one| one.says()).collect();
    if says.is_empty() { String::new() } else { format!("; {}", says.join("; ")) }
}

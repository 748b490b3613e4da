//! `redrive replay`: whether a counterexample still applies, and the run that shows it; as text and for programs.

use serde_json::{Value as Json, json};

use crate::explore::{Asked, Capsule, CapsuleError, Changed, Replayed};
use crate::report::text::{ADVICE, BAD, GOOD, Page, paint};
use crate::report::{Detail, RunReport, run_json, run_text};
use crate::trace::EventId;
use crate::vocabulary::Instant;

/// A replay.
#[derive(Clone, Copy, Debug)]
pub struct ReplayReport<'a> {
    /// The run.
    pub run: RunReport<'a>,
    /// What was replayed.
    pub capsule: &'a Capsule,
    /// What it came to.
    pub replayed: Replayed,
    /// The event that shows the violation.
    pub event: Option<EventId>,
    /// When it is violated.
    pub violated_at: Option<Instant>,
    /// Choices that name nothing of the system any more.
    pub unknown: &'a [CapsuleError],
    /// What is not as it was when it was found.
    pub changed: &'a [Changed],
}

/// The verdict and the run: what becomes of the event that shows the violation, or everything.
pub fn replay_text(report: &ReplayReport<'_>, detail: Detail) -> String {
    let mut page = Page::default();
    let event = match detail {
        Detail::All => None,
        Detail::Brief | Detail::Short => report.event,
    };
    page.append(&run_text(&report.run, event));
    page.blank();
    for unknown in report.unknown {
        page.hang(&format!("{}: ", paint(ADVICE, "changed")), &unknown.to_string());
    }
    for changed in report.changed {
        page.hang(&format!("{}: ", paint(ADVICE, "changed")), changed.says());
    }
    let asked = &report.capsule.about;
    let at = report.violated_at.map_or_else(String::new, |at| format!(" at {at}"));
    page.line(match report.replayed {
        Replayed::Same => {
            format!("{}: {asked}{at}, the same run as before, exit code 1", paint(BAD, "violated"))
        }
        Replayed::Otherwise => {
            format!("{}: {asked}{at}, though the run is another one, exit code 1", paint(BAD, "violated"))
        }
        Replayed::Unclear => {
            format!(
                "{}: {asked} is not violated, but not every choice of the capsule could be made, exit code 2",
                paint(ADVICE, "cannot tell")
            )
        }
        Replayed::Holds => {
            format!("{}: {asked} in this run; it no longer applies, exit code 0", paint(GOOD, "holds"))
        }
    });
    page.finish()
}

/// The run as `redrive.trace/1`, with what the replay came to under `replay`.
pub fn replay_json(report: &ReplayReport<'_>) -> Json {
    let (guarantee, queue) = match &report.capsule.about {
        Asked::Guarantee { guarantee, queue } => (guarantee.word(), Some(queue.as_str())),
        Asked::Stated { name, .. } => (name.as_str(), None),
    };
    let mut json = run_json(&[(report.run, None)], None);
    json["replay"] = json!({
        "guarantee": guarantee,
        "source": queue,
        "verdict": match report.replayed {
            Replayed::Same => "violated",
            Replayed::Otherwise => "violated-otherwise",
            Replayed::Holds => "holds",
            Replayed::Unclear => "unclear",
        },
        "event": report.event.map(|event| report.run.event_name(event)),
        "violated_at": report.violated_at.map(Instant::as_micros),
        "digest_before": format!("{:016x}", report.capsule.digest),
        "models_digest_before": format!("{:016x}", report.capsule.models),
        "changed": report.changed.iter().map(|changed| changed.says()).collect::<Vec<_>>(),
        "unknown_choices": report.unknown.iter().map(ToString::to_string).collect::<Vec<_>>(),
    });
    json
}

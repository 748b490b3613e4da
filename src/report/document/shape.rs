//! The fields of `redrive.report/1`; `docs/report-json.md` explains them. Times and lengths are whole microseconds.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::report::compare::Comparison;

/// A whole report.
///
/// Everything that a format for other tools shows is in it, so such a format can be made of a saved report too.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Document {
    pub(crate) format: String,
    pub(crate) version: String,
    pub(crate) models_digest: String,
    pub(crate) input: String,
    #[serde(default)]
    pub(crate) options: Vec<String>,
    pub(crate) conclusion: String,
    #[serde(default)]
    pub(crate) seeds: Seeds,
    #[serde(default)]
    pub(crate) parts: Vec<Part>,
    pub(crate) guarantees: Vec<Guarantee>,
    pub(crate) findings: Vec<Finding>,
    #[serde(default)]
    pub(crate) quantities: Vec<Numbers>,
    #[serde(default)]
    pub(crate) assumptions: Vec<Assumption>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) stated: Vec<Stated>,
    #[serde(default)]
    pub(crate) unknowns: Vec<Unknown>,
    #[serde(default)]
    pub(crate) unmodelled: Vec<Unmodelled>,
    #[serde(default)]
    pub(crate) diagnostics: Vec<Json>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) against: Option<Comparison>,
}

/// A range of seeds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Seeds {
    pub(crate) first: u64,
    pub(crate) count: u64,
}

/// A connected part.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Part {
    pub(crate) sources: Vec<String>,
    pub(crate) seeds: Seeds,
    /// More ranges than one: after a merge of ranges with gaps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) ranges: Vec<Seeds>,
    pub(crate) stopped: String,
    pub(crate) records: u64,
    pub(crate) undecided: u64,
    /// What taking all combinations of a scope came to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) enumeration: Option<Json>,
}

/// Where a guarantee is asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Where {
    pub(crate) source: String,
    pub(crate) function: Option<String>,
    pub(crate) link: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) place: Option<Spot>,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Spot {
    pub(crate) file: String,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// A verdict.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Guarantee {
    #[serde(default)]
    pub(crate) id: String,
    #[serde(rename = "guarantee")]
    pub(crate) name: String,
    pub(crate) at: Where,
    pub(crate) gates: bool,
    pub(crate) verdict: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) bound: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) proved: Option<Json>,
    #[serde(default)]
    pub(crate) survived: Vec<Survived>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) broken_by: Vec<Vec<String>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) beyond_platform: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) counterexample: Option<Story>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) excused: Option<Excuse>,
}

/// What a scenario, the command line or the template's metadata states.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Stated {
    pub(crate) what: String,
    pub(crate) says: String,
    pub(crate) origin: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) place: Option<Spot>,
}

/// Why a violation does not fail the check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Excuse {
    /// `accepted`, or `against`.
    pub(crate) by: String,
    pub(crate) reason: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) until: Option<String>,
}

/// In how many seeds a family hit and was survived.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Survived {
    pub(crate) family: String,
    pub(crate) seeds: u64,
}

/// A counterexample.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Story {
    pub(crate) seed: Option<u64>,
    #[serde(default)]
    pub(crate) families: Vec<String>,
    #[serde(default)]
    pub(crate) rule: String,
    pub(crate) capsule: String,
    pub(crate) command: String,
    pub(crate) digest: String,
    pub(crate) events: usize,
    pub(crate) culprit: Option<String>,
    pub(crate) violated_at: u64,
    pub(crate) needs: Vec<Need>,
    pub(crate) steps: Vec<Line>,
}

/// A span of this family suffices if it is at least so long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Need {
    pub(crate) family: String,
    pub(crate) at_least: u64,
}

/// A line of a story.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Line {
    /// A step.
    Step {
        at: u64,
        entity: String,
        what: String,
        rule: String,
        certainty: String,
        cite: Vec<Cite>,
        events: Vec<Event>,
        violates: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<Spot>,
    },
    /// So many steps are left out.
    Omitted { omitted: usize },
}

/// A page that says so.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Cite {
    pub(crate) title: String,
    pub(crate) url: String,
}

/// An event of a step.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Event {
    pub(crate) event: String,
    pub(crate) receives: u32,
}

/// Violated guarantees with one root.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Finding {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) severity: String,
    pub(crate) harm: String,
    /// Positions among the verdicts, the one to tell first.
    pub(crate) guarantees: Vec<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) repair: Option<Repair>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) excused: Option<Excuse>,
}

/// What would mend it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Repair {
    pub(crate) says: String,
    pub(crate) changes: Vec<Change>,
    pub(crate) holds_over: u64,
    pub(crate) leaves: Vec<String>,
    pub(crate) handler: Option<String>,
}

/// One changed setting.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Change {
    pub(crate) resource: String,
    pub(crate) property: String,
    pub(crate) before: Option<String>,
    pub(crate) after: String,
    pub(crate) line: Option<u32>,
}

/// The numbers of a queue.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Numbers {
    pub(crate) queue: String,
    pub(crate) sent: u64,
    pub(crate) dead_lettered: u64,
    pub(crate) invocations: u64,
    pub(crate) worst_attempts: u32,
    pub(crate) longest_to_process: u64,
    pub(crate) longest_to_dead_letter: u64,
    pub(crate) least_margin: Option<u64>,
    pub(crate) longest_drain: u64,
    /// How old records were at most when they were read; absent where no stream is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) longest_iterator_age: Option<u64>,
    /// The longest single spans that were tolerated; absent where it was not measured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) tolerates: Vec<Span>,
    pub(crate) idle_polling: Option<Polling>,
}

/// The longest single span of a family that broke nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Span {
    pub(crate) family: String,
    pub(crate) at_most: u64,
    /// The guarantee that a longer one breaks; none where the longest that was tried broke nothing.
    pub(crate) breaks: Option<String>,
}

/// What idle pollers cost.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Polling {
    pub(crate) requests_per_month: u64,
    pub(crate) cost_per_month: String,
}

/// An assumption of the profile.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Assumption {
    pub(crate) rule: String,
    pub(crate) says: String,
}

/// A setting that the template leaves open.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Unknown {
    pub(crate) setting: String,
    pub(crate) why: String,
    pub(crate) tried: Vec<String>,
}

/// Something that is not simulated.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Unmodelled {
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) type_name: String,
    pub(crate) cost: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) place: Option<Spot>,
}

impl Document {
    /// The report as JSON text.
    pub fn to_json(&self) -> Json {
        serde_json::to_value(self).expect("a report holds no map with keys that are no text")
    }

    /// The options that changed the input, as the command line takes them.
    #[must_use]
    pub fn with_options(mut self, options: &[String]) -> Self {
        self.options = options.to_vec();
        self
    }

    /// The path as it was given.
    pub fn input(&self) -> &str {
        &self.input
    }

    /// Whether something in it fails a check.
    pub fn fails(&self) -> bool {
        self.guarantees.iter().any(Guarantee::fails)
    }

    /// Whether it has a finding of this id.
    pub fn has(&self, id: &str) -> bool {
        self.finding_ids().any(|known| known == id)
    }

    /// The ids of all findings.
    pub fn finding_ids(&self) -> impl Iterator<Item = &str> {
        self.findings.iter().map(|finding| finding.id.as_str())
    }

    /// Findings with their first verdicts, those that are told first.
    pub(crate) fn found(&self) -> impl Iterator<Item = (&Finding, &Guarantee)> {
        self.findings.iter().filter_map(|finding| {
            let first = finding.guarantees.first()?;
            Some((finding, self.guarantees.get(*first)?))
        })
    }

    /// The finding that a verdict belongs to.
    pub(crate) fn finding_of(&self, verdict: usize) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.guarantees.contains(&verdict))
    }
}

impl Guarantee {
    /// Whether some run violated it.
    pub(crate) fn is_violated(&self) -> bool {
        self.verdict == VIOLATED
    }

    /// Whether it is none of the catalogue's, but stated by a scenario or in code.
    pub(crate) fn is_stated(&self) -> bool {
        [EXPECTED, OWN].contains(&self.name.as_str())
    }

    /// Whether its violation fails the check.
    pub(crate) fn fails(&self) -> bool {
        self.is_violated() && self.gates && self.excused.is_none()
    }
}

/// In the place of a guarantee's name: what a scenario expects.
pub(crate) const EXPECTED: &str = "expected";
/// In the place of a guarantee's name: what is stated in code.
pub(crate) const OWN: &str = "own";

/// The word of a violated guarantee.
pub(crate) const VIOLATED: &str = "violated";

impl Where {
    /// `Orders -> Fulfil`.
    pub(crate) fn arrow(&self) -> String {
        match &self.function {
            Some(function) => {
                format!("{} -> {function}{}", self.source, link_label(self.link.as_deref()))
            }
            None => self.source.clone(),
        }
    }
}

/// What tells a link from others between the same two, such as ` (Pay)`; nothing for the first of them.
pub(crate) fn link_label(link: Option<&str>) -> &str {
    let found = link.filter(|link| link.ends_with(')')).and_then(|link| Some(&link[link.find(" (")?..]));
    found.unwrap_or_default()
}

//! What a handler does beyond its preset, as plain numbers.

use crate::pattern::{Grammar, Pattern};
use crate::program::{Answer, AnswerForm, PayloadClass};
use crate::scenario::{BodyTest, HandlerPreset, Handling, OutcomeRule, Per, Then, Timing, matches};
use crate::vocabulary::Ratio;

/// How patterns and answers are read.
#[derive(Clone, Debug)]
pub(super) struct Language {
    pub(super) patterns: Grammar,
    pub(super) answers: AnswerForm,
}

/// What the handler of one function does beyond its preset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Behaviour {
    /// What becomes of events; the first rule that applies decides.
    pub rules: Vec<StatedRule>,
    /// How long it takes; the profile's time where nothing is stated.
    pub timing: Option<Timing>,
    /// What a mapping makes of the literal answer that is stated, whatever happened; the preset's answer where none is.
    pub answer: Option<Answer>,
    /// What it hands on within a tumbling window.
    pub state: WindowState,
    /// What it sends on.
    pub emits: Vec<StatedEmission>,
}

/// The state that a function returns where its mapping has tumbling windows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum WindowState {
    /// Nothing is stated of what it returns: it returns a small one, as code for windows does.
    #[default]
    Usual,
    /// What it returns holds none.
    Missing,
    /// This JSON.
    Stated(String),
}

impl WindowState {
    /// The state in a literal answer.
    fn of(answer: &str) -> Self {
        let answer: Option<serde_json::Value> = serde_json::from_str(answer).ok();
        let state = answer.as_ref().and_then(|answer| answer.get(STATE)).filter(|state| !state.is_null());
        state.map_or(Self::Missing, |state| Self::Stated(state.to_string()))
    }

    /// Its size in bytes.
    pub fn size(&self) -> u64 {
        match self {
            Self::Usual | Self::Missing => 0,
            Self::Stated(text) => text.len() as u64,
        }
    }
}

/// The field of an answer, and of an event, that holds the state of a window.
const STATE: &str = "state";

/// What a function sends to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendTarget {
    /// A queue.
    Queue(u16),
    /// A channel.
    Channel(u16),
    /// Another function, asynchronously: its place among the queues.
    Push(u16),
}

/// What a handler sends on for what it processed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatedEmission {
    /// What it sends to.
    pub target: SendTarget,
    /// Whether for every event, or once for an invocation.
    pub per: Per,
    /// How many messages each time.
    pub count: u32,
    /// Their payload: a position in the program's classes.
    pub class: u16,
    /// The number of the first of them among all that the function sends to this target for one event.
    pub first: u32,
    /// How many the function sends to this target for one event.
    pub of: u32,
    /// Whether events come round by it to the function that sends.
    pub closes: bool,
}

/// One rule of what becomes of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatedRule {
    /// The first attempt to which it applies, from 1.
    pub first: u32,
    /// The last one.
    pub last: u32,
    /// To which classes it applies; to all where it is empty.
    pub classes: Vec<bool>,
    /// How often it applies; always where nothing is stated.
    pub odds: Option<Ratio>,
    /// What happens then.
    pub then: Then,
}

impl StatedRule {
    /// Whether it may apply to an attempt at an event; its odds are left to the run.
    pub fn covers(&self, attempt: u32, class: u16) -> bool {
        (self.first..=self.last).contains(&attempt)
            && self.classes.get(usize::from(class)).copied().unwrap_or(self.classes.is_empty())
    }

    fn of(rule: &OutcomeRule, classes: &[PayloadClass], grammar: &Grammar) -> Self {
        let (first, last) = rule.when.attempts.unwrap_or((1, u32::MAX));
        let classes = match &rule.when.body {
            None => Vec::new(),
            Some(test) => classes.iter().map(|class| passes(test, class, grammar)).collect(),
        };
        Self { first, last, classes, odds: rule.when.ratio, then: rule.then }
    }
}

/// Whether a payload passes a test; one without a stated body passes none, nor does one that is no JSON pass a pattern.
fn passes(test: &BodyTest, class: &PayloadClass, grammar: &Grammar) -> bool {
    let Some(body) = &class.body else { return false };
    match test {
        BodyTest::Contains(part) => body.contains(part),
        BodyTest::Matches(pattern) => {
            let (pattern, body) = (Pattern::parse(pattern, grammar), serde_json::from_str(body));
            pattern.is_ok_and(|pattern| body.is_ok_and(|body: serde_json::Value| pattern.matches(&body)))
        }
    }
}

impl Behaviour {
    /// The behaviour and preset that a scenario states for a function; later statements go before earlier ones.
    pub(super) fn of(
        handlers: &[Handling],
        function: &str,
        classes: &[PayloadClass],
        language: &Language,
    ) -> (Self, Option<HandlerPreset>) {
        let mut behaviour = Self::default();
        let mut preset = None;
        for handling in handlers.iter().filter(|handling| matches(&handling.function, function)) {
            preset = handling.preset.or(preset);
            behaviour.timing = handling.duration.or(behaviour.timing);
            if let Some(answer) = &handling.answer {
                behaviour.state = WindowState::of(answer);
                behaviour.answer = Some(language.answers.answer(answer, &[]));
            }
            if !handling.outcomes.is_empty() {
                behaviour.rules = handling
                    .outcomes
                    .iter()
                    .map(|rule| StatedRule::of(rule, classes, &language.patterns))
                    .collect();
            }
        }
        (behaviour, preset)
    }
}

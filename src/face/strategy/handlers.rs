//! What declared handlers do.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

use crate::scenario::{HandlerPreset, Handling, OutcomeRule, Per, Then, Timing, When};
use crate::vocabulary::{Duration, Ratio};

/// Rules about outcomes in one handler.
const RULES: usize = 3;
/// Attempts that a rule may tell apart.
const ATTEMPTS: u32 = 6;
/// The longest time of one event, in milliseconds.
const SLOWEST: u64 = 5_000;
/// Shares are hundredths.
const HUNDREDTHS: u32 = 100;

/// Presets; shrinks to the first, a handler that throws.
pub fn presets() -> impl Strategy<Value = HandlerPreset> {
    select(HandlerPreset::ALL.to_vec())
}

/// What the handler of a function does: preset, time, and what becomes of events. Shrinks to a handler that throws at
/// what fails and of which nothing else is stated.
///
/// ```
/// use proptest::prelude::*;
/// use redrive::strategy::handlings;
/// proptest!(ProptestConfig::with_cases(8), |(handling in handlings("Fulfil"))| {
///     prop_assert_eq!(&handling.function, "Fulfil");
/// });
/// ```
pub fn handlings(function: &str) -> impl Strategy<Value = Handling> + use<> {
    let function = function.to_owned();
    (presets(), of(timings()), vec(rules(), 0..=RULES)).prop_map(move |(preset, duration, outcomes)| {
        Handling {
            function: function.clone(),
            preset: Some(preset),
            duration,
            outcomes,
            ..Handling::default()
        }
    })
}

fn timings() -> impl Strategy<Value = Timing> {
    (0..=SLOWEST, 0..=SLOWEST).prop_map(|(shortest, more)| Timing {
        shortest: Duration::from_millis(shortest),
        longest: Duration::from_millis(shortest + more),
        per: Per::Event,
    })
}

fn rules() -> impl Strategy<Value = OutcomeRule> {
    let attempts = (1..=ATTEMPTS, 0..=ATTEMPTS).prop_map(|(first, more)| (first, first + more));
    let ratio = (1..=HUNDREDTHS).prop_map(|share| Ratio::new(share, HUNDREDTHS).unwrap_or(Ratio::ONE));
    (of(attempts), of(ratio), select(Then::ALL.to_vec())).prop_map(|(attempts, ratio, then)| OutcomeRule {
        when: When { attempts, ratio, ..When::default() },
        then,
        place: None,
    })
}

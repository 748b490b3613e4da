//! Load.

use proptest::prelude::*;

use crate::scenario::{Arrivals, Generated, Workload};
use crate::vocabulary::Duration;

/// Few enough for runs to stay short, and more than any batch takes at once.
const EVENTS: u32 = 32;
const KEYS: u32 = 8;
/// The longest time between two messages, in seconds.
const GAP: u64 = 600;

/// The load of a source: so many messages, in one of the ways in which they come. Shrinks to one message at once.
///
/// ```
/// use proptest::prelude::*;
/// use redrive::strategy::workloads;
/// proptest!(ProptestConfig::with_cases(8), |(load in workloads("Orders"))| {
///     prop_assert_eq!(&load.to, "Orders");
///     prop_assert!(load.count() >= 1);
/// });
/// ```
pub fn workloads(source: &str) -> impl Strategy<Value = Workload> + use<> {
    let source = source.to_owned();
    let arrivals = prop_oneof![
        Just(Arrivals::AtOnce),
        (0..=GAP).prop_map(|gap| Arrivals::Every(Duration::from_secs(gap))),
        (0..=GAP * u64::from(EVENTS)).prop_map(|length| Arrivals::Over(Duration::from_secs(length))),
    ];
    (1..=EVENTS, arrivals, 1..=KEYS).prop_map(move |(events, arrivals, keys)| {
        Workload::generated(&source, Generated { keys, ..Generated::new(events, arrivals) })
    })
}

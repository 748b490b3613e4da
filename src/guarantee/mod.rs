//! Floor 5: what must hold. Each guarantee is one file with its exact definition and its monitor.
//!
//! Absent: how violations are found, made small or told. Monitors see the records of a run and nothing else.

mod bounded_attempts;
mod bounded_cost;
mod bounded_delay;
mod circles;
mod dead_letter_delivery;
mod deployable;
mod description;
mod drains;
mod groups;
mod judge;
mod lanes;
mod monitor;
mod name;
mod no_collateral;
mod no_loop;
mod no_loss;
mod no_needless_redelivery;
mod ordering;
mod permitted;
mod progress;
mod quantities;
mod queue_watch;
mod single_flight;
mod watch;
mod watch_pushed;

pub use deployable::deployable;
pub use groups::{Clock, GroupWatch};
pub(crate) use judge::kinds;
pub use judge::{Judge, Violation};
pub use lanes::LaneWatch;
pub use monitor::{Applicable, Monitor, Sight};
pub use name::{Gates, GuaranteeName, GuaranteeSet};
pub use no_loop::{Circle, Cut, Loops, Travellers, circle_words, no_loop};
pub use permitted::permitted;
pub use quantities::Quantities;
pub use queue_watch::QueueWatch;
pub use watch::{EventFlags, Watch};

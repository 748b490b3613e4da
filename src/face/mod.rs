//! Floor 8: the Rust face: what a test of a user's own crate says, and how it fails.
//!
//! Absent: anything that judges or renders on its own; it hands the search what a test states and tells what came of it.
//! Absent too, for now: real `async fn` handlers; code answers at once and says how long that took.

mod batch;
mod build;
mod check;
mod code;
mod event;
mod faults;
mod guarantees;
mod load;
mod names;
mod outcome;
mod problems;
mod property;
mod regressions;
mod replaying;
mod run;
mod session;
mod snapshot;
mod stated;
#[cfg(feature = "proptest")]
pub mod strategy;
mod templates;
mod view;
mod what;

pub use batch::{Answer, Batch, Message};
pub use build::{FunctionSettings, MappingSettings, QueueSettings, SystemBuilder};
pub use check::Check;
pub use event::{Event, Events};
pub use faults::Faults;
pub use guarantees::{
    Asking, CatalogueAsking, bounded_attempts, bounded_cost, bounded_delay, dead_letter_delivery, deployable,
    drains, guarantee, no_collateral, no_loop, no_loss, no_needless_redelivery, ordering, permitted,
    progress, single_flight,
};
pub use outcome::{Failure, Outcome};
pub use problems::Problems;
pub use property::{Stated, always, eventually, sometimes};
pub use run::Run;
pub use session::Session;
pub use templates::Templates;
pub use view::{FunctionView, QueueView, View};
pub use what::{Ending, What};

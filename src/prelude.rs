//! What a test of a user's own crate needs, in one line: `use redrive::prelude::*`.
//!
#![doc = include_str!("../docs/rust.md")]

pub use crate::face::{
    Answer, Asking, Batch, CatalogueAsking, Check, Event, Events, Failure, Faults, FunctionView, Message,
    Outcome, Problems, QueueView, Run, Session, Stated, SystemBuilder, Templates, View, What, always,
    bounded_attempts, bounded_cost, bounded_delay, dead_letter_delivery, deployable, drains, eventually,
    guarantee, no_collateral, no_loop, no_loss, no_needless_redelivery, ordering, permitted, progress,
    single_flight, sometimes,
};
pub use crate::guarantee::GuaranteeName;
pub use crate::kernel::Family;
pub use crate::scenario::{Bounds, FaultPlan, HandlerPreset, Handling, Scenario, Workload};
pub use crate::topology::Topology;
pub use crate::vocabulary::{Duration, Instant, Ratio};

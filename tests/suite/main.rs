//! All integration tests in one binary, one file per concern.

mod architecture;
mod checked;
#[cfg(feature = "cli")]
mod command_line;
mod determinism;
mod differential;
mod enumeration;
mod fifo;
mod formats;
mod guarantees;
mod import;
mod kernel;
mod lease;
#[cfg(feature = "cli")]
mod living;
mod models;
mod naive;
mod networks;
mod orders;
mod patterns;
mod payload;
mod pitfalls;
#[cfg(feature = "cli")]
mod readme;
mod refused;
mod report;
mod scripted;
mod search;
mod stated_draws;
mod support;
mod systems;
mod template_functions;
mod template_hostile;
mod template_reading;
mod templates;
mod topology;

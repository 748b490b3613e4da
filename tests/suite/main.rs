//! All integration tests but those of determinism in one binary, one file per concern.

mod access;
mod agreement;
mod architecture;
mod beside_templates;
mod buffer;
mod capsules;
mod checked;
#[cfg(feature = "cli")]
mod command_line;
mod deliveries;
mod differential;
mod enumeration;
mod executions;
mod exit_filters;
mod expectations;
mod face;
mod fifo;
mod filters;
mod formats;
mod frequencies;
mod guarantees;
mod import;
#[cfg(feature = "cli")]
mod invocation_records;
mod kernel;
mod lease;
#[cfg(feature = "cli")]
mod living;
mod loops;
mod messages;
mod metrics;
mod models;
mod naive;
mod networks;
mod orders;
mod patterns;
mod payload;
mod pitfalls;
mod policies;
mod promises;
mod push_pitfalls;
#[cfg(feature = "cli")]
mod pushed;
mod pushed_differential;
mod pushed_networks;
mod read_differential;
mod read_networks;
mod reading;
mod readme;
mod record_payload;
mod refused;
mod refused_pushes;
mod report;
mod revoked;
mod sam_twins;
#[cfg(feature = "cli")]
mod scenario_command;
mod scenario_files;
mod scenario_format;
mod scenario_names;
mod scripted;
mod search;
mod sessions;
mod sources;
mod stated_draws;
mod states;
mod strategies;
mod streams_import;
mod streams_refused;
mod support;
mod systems;
mod template_functions;
mod template_hostile;
mod template_reading;
mod templates;
mod topology;

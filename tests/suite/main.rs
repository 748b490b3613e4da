//! All integration tests in one binary, one file per concern.

#[cfg(feature = "cli")]
mod command_line;
mod import;
mod models;
mod report;
mod smoke;
mod support;
mod template_functions;
mod template_hostile;
mod template_reading;
mod templates;
mod topology;

//! All integration tests in one binary, one file per concern.

mod differential;
mod guarantees;
mod import;
mod models;
mod naive;
mod networks;
mod report;
mod search;
mod support;
mod template_functions;
mod template_hostile;
mod template_reading;
mod templates;
mod topology;

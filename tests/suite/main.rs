//! All integration tests in one binary, one file per concern.

mod models;
mod smoke;
mod support;
mod template_functions;
mod template_hostile;
mod template_reading;

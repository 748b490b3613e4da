//! All integration tests in one binary, one file per concern.

mod models;
mod smoke;
mod support;
mod template_reading;

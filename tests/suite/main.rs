//! All integration tests in one binary, one file per concern.

mod determinism;
mod differential;
mod kernel;
mod models;
mod naive;
mod networks;
mod smoke;
mod support;
mod template_reading;

//! All integration tests in one binary, one file per concern.

mod determinism;
mod differential;
mod kernel;
mod lease;
mod models;
mod naive;
mod networks;
mod scripted;
mod smoke;
mod support;
mod template_reading;

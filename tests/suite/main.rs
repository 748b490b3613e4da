//! All integration tests in one binary, one file per concern.

mod differential;
mod models;
mod naive;
mod networks;
mod smoke;
mod support;
mod template_reading;

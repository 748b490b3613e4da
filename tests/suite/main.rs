//! All integration tests in one binary, one file per concern.

mod models;
mod import;

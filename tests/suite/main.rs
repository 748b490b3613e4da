//! All integration tests in one binary, one file per concern.
mod template_reading;

//! All integration tests in one binary, one file per concern.
mod template_functions;
mod template_hostile;
mod template_reading;

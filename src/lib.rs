//! Deterministic simulation testing for event-driven systems on AWS Lambda.
//!
//! Point it at the template that is deployed; it runs the system through retries, throttles, poison messages,
//! duplicates and crashes in virtual time, and says which guarantees hold and how the others break.
//! `ARCHITECTURE.md` is the map; the modules below are its floors, each importing only from those before it.

pub mod vocabulary;

pub mod kernel;
pub mod models;
pub mod pattern;
pub mod trace;

pub mod topology;

pub mod scenario;
pub mod template;

pub mod program;

pub mod guarantee;
pub mod world;

pub mod explore;

pub mod report;

#[cfg(feature = "cli")]
pub mod cli;

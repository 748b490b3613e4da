//! State machines: their definitions in the Amazon States Language, read into what the topology knows of them.
//!
//! Absent: what expressions make of data, and what AWS's refusals are called, which `topology` tells.

mod definition;
mod errors;
mod reading;
mod region;
mod task;

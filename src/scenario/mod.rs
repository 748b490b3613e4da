//! Floor 3: what a user states beside the template: load, handlers, faults and bounds. It has no file format yet.
//!
//! Absent: what holds where nobody states anything, which is `models/profile.toml`.

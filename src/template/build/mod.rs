//! From plain resources to the topology: what each is, what its settings are, and where events can go.
//!
//! Absent: SAM, which is plain already, and every default, which the models tell.

mod api;
mod assemble;
mod bucket;
mod channels;
mod context;
mod deliver;
mod exits;
mod fifo;
mod function;
mod index;
mod json;
mod links;
mod mapping;
mod nicknames;
mod open;
mod patterns;
mod permission;
mod pipes;
mod provisioned;
mod qualifier;
mod queue;
mod rules;
mod schedules;
mod sends;
mod services;
mod setting;
pub(crate) mod sources;
mod states;
mod stream_mapping;
mod streams;
mod subscribers;
mod subscriptions;
mod web;

pub(crate) use assemble::assemble;
pub(crate) use index::{Index, physical_name, physical_names};
pub(crate) use json::map as json_map;
pub(crate) use pipes::PIPE;
pub(crate) use web::take_out;

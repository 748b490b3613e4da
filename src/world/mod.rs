//! Floor 5: what happens. The mutable world of one run: queues, mappings, functions and the faults they meet.
//!
//! Absent: what must hold (guarantees watch the trace), numbers of AWS (tables), and randomness of its own (choosers).

mod archive;
mod arrivals;
mod batch;
mod between;
mod buffer;
mod changes;
mod checkpoint;
mod client;
mod consumers;
mod declared;
mod emit;
mod execute;
mod exits;
mod fair;
mod faults;
mod fifo;
mod filter;
mod function;
mod groups;
mod handler;
mod large;
mod lines;
mod load;
mod log;
mod log_limits;
mod log_start;
mod moments;
mod peek;
mod poller;
mod pools;
mod provisioned;
mod push;
mod queue;
mod read_limit;
mod receive;
mod request;
mod response;
mod returns;
mod rounds;
mod run;
mod shards;
mod state;
mod stated;
mod steps;
mod stream_deleted;
mod together;
mod tumbling;
mod writers;

pub use declared::Declared;
pub use emit::emitted_name;
pub use handler::{Effects, Handler, Invocation, Outcome, Response, Step};
pub use run::{RunSummary, World};
pub use state::{EventView, EventsView, event_name};

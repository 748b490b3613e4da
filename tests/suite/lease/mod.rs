//! The documented facts of the queue path, each as a timeline in which nothing unusual happens but what the test names.
//!
//! Ordinarily a message is received 20 ms after it can be, a new environment takes 400 ms, and an event 50 ms.

mod answer;
mod deleted;
mod fair;
mod fifo;
mod filter;
mod function;
mod mapping;
mod paces;
mod peek;
mod provisioned;
mod queue;
mod stated;

use redrive::trace::RecordKind;
use redrive::trace::RecordKind::{
    BatchReleased, EnvironmentStarted, EventFailed, EventsProcessed, InvocationEnded, InvocationRefused,
    InvocationStarted, InvocationThrottled, MessageArrived, MessageExpired, MessageRedriven,
    MessagesAvailable, MessagesDeleted, MessagesReceived, ObligationKept, ObligationLost,
};

use crate::networks::{DeadLetters, FunctionSpec, MappingSpec, Network, QueueSpec};

/// Queue `Orders` (visibility 30 s, two receives, then `OrdersDlq`), function `HandleOrders` (time-out 10 s, five
/// places, throws), one message a batch.
fn plain() -> Network {
    let mut network = Network::plain("Orders");
    network.queues[0].dead_letters = DeadLetters::Queue(2, 1);
    network
}

fn with_queue(change: impl FnOnce(&mut QueueSpec)) -> Network {
    let mut network = plain();
    change(&mut network.queues[0]);
    network
}

fn with_mapping(change: impl FnOnce(&mut MappingSpec)) -> Network {
    let mut network = plain();
    change(&mut network.mappings[0]);
    network
}

fn with_function(change: impl FnOnce(&mut FunctionSpec)) -> Network {
    let mut network = plain();
    change(&mut network.functions[0]);
    network
}

const MESSAGES: &[RecordKind] = &[
    MessagesAvailable,
    MessagesReceived,
    MessageRedriven,
    MessageArrived,
    MessageExpired,
    MessagesDeleted,
    ObligationKept,
    ObligationLost,
];

const INVOCATIONS: &[RecordKind] = &[
    InvocationThrottled,
    InvocationRefused,
    BatchReleased,
    EnvironmentStarted,
    InvocationStarted,
    InvocationEnded,
    EventsProcessed,
    EventFailed,
];

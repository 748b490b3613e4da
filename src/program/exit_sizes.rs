//! How large what leaves a function may be, by what takes it.

use crate::models::{ModelError, Models};
use crate::program::Takes;
use crate::topology::{ChannelKind, LinkEnd, ResourceDetail, Topology};

/// The largest message, event or payload that targets take, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct ExitSizes {
    /// A queue.
    pub queue: u64,
    /// Another function, asynchronously.
    pub function: u64,
    topic: u64,
    bus: u64,
}

impl ExitSizes {
    pub(super) fn read(models: &Models) -> Result<Self, ModelError> {
        let limit = |rule: &str| models.bytes(rule, "limit").map(|size| size.0);
        Ok(Self {
            queue: limit("limit.message_size")?,
            function: limit("limit.asynchronous_payload")?,
            topic: limit("sns.message_size")?,
            bus: limit("eventbridge.entry_size")?,
        })
    }

    /// What a channel takes: a bucket or service takes whatever a function can have been given.
    pub(super) fn of(&self, topology: &Topology, channel: &LinkEnd) -> Takes {
        let LinkEnd::Resource(id) = channel else { return Takes::Everything };
        match &topology.resource(*id).detail {
            ResourceDetail::Channel(ChannelKind::Topic | ChannelKind::FifoTopic) => {
                Takes::Stripped(self.topic)
            }
            ResourceDetail::Channel(ChannelKind::Bus) => Takes::UpTo(self.bus),
            ResourceDetail::Channel(
                ChannelKind::Bucket
                | ChannelKind::Front
                | ChannelKind::Machine
                | ChannelKind::Service
                | ChannelKind::Stream,
            )
            | ResourceDetail::Function(_)
            | ResourceDetail::Queue(_)
            | ResourceDetail::Stream(_)
            | ResourceDetail::Other => Takes::Everything,
        }
    }
}

//! Changes that happen while events are in flight.

use crate::vocabulary::{Duration, Place};

/// A change and its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedChange {
    /// When, from the start of the run.
    pub at: Duration,
    /// What.
    pub change: Change,
    /// Where it is stated.
    pub place: Option<Place>,
}

/// What is changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A setting gets another value, as `--set` takes it.
    Set {
        /// The resource's name.
        resource: String,
        /// The property, such as `VisibilityTimeout`.
        property: String,
        /// The new value, as a template has it.
        value: String,
    },
    /// A function is deployed anew: its idle environments are gone.
    Redeploy {
        /// The function's name.
        function: String,
    },
    /// An event source mapping on a stream is made; until then there is none.
    Create {
        /// The stream that it reads.
        source: String,
        /// The function that it calls.
        function: String,
    },
    /// An event source mapping is disabled; a link that pushes is switched off or taken away.
    Disable {
        /// The queue that it polls, or what pushes.
        source: String,
        /// The function that it calls, or what it pushes to.
        function: String,
    },
    /// An event source mapping is enabled, or a link that pushes.
    Enable {
        /// The queue that it polls, or what pushes.
        source: String,
        /// The function that it calls, or what it pushes to.
        function: String,
    },
    /// A function or a stream is deleted, or the table whose stream it is; the mappings that need it stay.
    Delete {
        /// The name of the function, stream or table.
        name: String,
    },
    /// An event source mapping is deleted, for good.
    DeleteMapping {
        /// The queue or stream that it reads.
        source: String,
        /// The function that it calls.
        function: String,
    },
    /// A function loses the permission to read a queue.
    Revoke {
        /// The function's name.
        function: String,
        /// The queue's name.
        from: String,
    },
    /// A function loses the permission to send to something.
    RevokeSending {
        /// The function's name.
        function: String,
        /// The name of what it sends to.
        to: String,
    },
    /// What pushes loses the permission to reach its target.
    RevokePushing {
        /// The name of what pushes.
        source: String,
        /// The name of what it pushes to.
        target: String,
    },
    /// The messages of a dead-letter queue are moved back to where they came from.
    Redrive {
        /// The dead-letter queue's name.
        queue: String,
        /// Messages a second; as fast as AWS goes where it is left out.
        rate: Option<u32>,
    },
    /// What an archive keeps comes to its bus again.
    Replay(Replay),
    /// An operator looks at messages without deleting them, as the console does.
    Peek {
        /// The queue's name.
        queue: String,
        /// How many messages at most.
        messages: u32,
        /// How long each message stays hidden from others; the queue's own visibility timeout where it is left out.
        visibility: Option<Duration>,
    },
}

/// What a change deletes; nothing comes back in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deleted<'c> {
    /// A function or a stream, by its name.
    Resource(&'c str),
    /// An event source mapping, by what it reads and the function that it calls.
    Mapping(&'c str, &'c str),
}

impl Deleted<'_> {
    /// The name as a scenario writes it.
    pub fn name(self) -> String {
        match self {
            Self::Resource(name) => name.to_owned(),
            Self::Mapping(source, function) => format!("{source}->{function}"),
        }
    }
}

impl Change {
    /// What it deletes, if it does.
    pub fn deleted(&self) -> Option<Deleted<'_>> {
        match self {
            Self::Delete { name } => Some(Deleted::Resource(name)),
            Self::DeleteMapping { source, function } => Some(Deleted::Mapping(source, function)),
            Self::Set { .. }
            | Self::Redeploy { .. }
            | Self::Create { .. }
            | Self::Disable { .. }
            | Self::Enable { .. }
            | Self::Revoke { .. }
            | Self::RevokeSending { .. }
            | Self::RevokePushing { .. }
            | Self::Redrive { .. }
            | Self::Replay(_)
            | Self::Peek { .. } => None,
        }
    }
}

/// A replay of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    /// The archive's name.
    pub archive: String,
    /// What the replay is called, by which rules can tell its events from others.
    pub name: String,
    /// The first moment whose events are replayed.
    pub from: Duration,
    /// The moment before which the last of them came; that of the replay where it is left out.
    pub to: Option<Duration>,
    /// The rules that get them; all of the bus where none is named.
    pub rules: Vec<String>,
}

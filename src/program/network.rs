//! Push as tables: channels with the routes from them, the hops of a route, and the places where events wait to be
//! pushed into a function.

use crate::models::RuleId;
use crate::program::{
    CallbackTable, ClientTable, ConsumerTable, DeduplicationIds, ExecutionTable, ExitFilter, ExitSizes,
    Handover, Leaving, LogTable, OpenRule, ReplayTable, RoundsTable, SendTarget, StepTable, StreamTable,
    TaskTable,
};
use crate::topology::DeduplicationScope;
use crate::trace::EntityId;
use crate::vocabulary::Duration;

/// Everything of a part that is neither queue, mapping nor function.
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// What events come into from outside or from functions, and which hands them on.
    pub channels: Vec<ChannelTable>,
    /// The ways from channels to where consumers meet the events, channel by channel.
    pub routes: Vec<RouteTable>,
    /// The hops of all routes, route by route.
    pub hops: Vec<HopTable>,
    /// What the hops hand on, as the template says it; as many as hops.
    pub handovers: Vec<Handover>,
    /// The versions or aliases that mappings on streams call; as many as `logs`.
    pub log_qualifiers: Vec<Option<String>>,
    /// What leaves functions into channels and is not wanted there.
    pub exit_filters: Vec<ExitFilter>,
    /// How sources deliver.
    pub policies: Vec<DeliveryPolicy>,
    /// Where events wait to be pushed into functions.
    pub pushes: Vec<PushTable>,
    /// Streams that somebody reads.
    pub streams: Vec<StreamTable>,
    /// Where events wait to be read from streams.
    pub logs: Vec<LogTable>,
    /// What each of those reads of its stream: a topic, or database and collection; empty where it reads all of it.
    pub topics: Vec<String>,
    /// How many of a topic's partitions each of those reads at a time; all of them where nothing is said.
    pub consumers: Vec<Option<ConsumerTable>>,
    /// How callers call.
    pub requests: Vec<RequestTable>,
    /// How tasks of state machines try again that hand something on.
    pub tasks: Vec<TaskTable>,
    /// What executions of state machines are, for each way into one.
    pub executions: Vec<ExecutionTable>,
    /// How somebody waits to be called back.
    pub callbacks: Vec<CallbackTable>,
    /// How Lambda's own queues try again.
    pub buffer: BufferRules,
    /// How large what leaves a function may be.
    pub sizes: ExitSizes,
    /// How large payloads are that are written to streams, by class.
    pub(super) record_sizes: Vec<u64>,
    /// Replays of archives that a scenario states.
    pub replays: Vec<ReplayTable>,
    /// How circles end that events go round; nothing where they go round none.
    pub rounds: Option<RoundsTable>,
}

impl Network {
    /// The hop at which something that leaves a function over a route is not wanted.
    pub fn refusing_hop(&self, place: usize, leaving: Leaving, route: usize) -> Option<usize> {
        let is_meant = |filter: &&ExitFilter| {
            usize::from(filter.place) == place
                && filter.leaving == leaving
                && usize::from(filter.route) == route
        };
        self.exit_filters.iter().find(is_meant).map(|filter| usize::from(filter.hop))
    }

    /// Whether no event gets to a place: each route that ends there has a hop that is denied, or comes from a channel
    /// into which nothing comes but over other routes.
    pub(crate) fn is_blocked(&self, place: usize, is_entered: impl Fn(usize) -> bool) -> bool {
        let entered = self.channels.iter().enumerate().filter(|(index, _)| is_entered(*index));
        let live: Vec<usize> = entered.flat_map(|(_, channel)| channel.routes()).collect();
        let ends = self.routes.iter().enumerate().filter(|(_, route)| usize::from(route.place) == place);
        let mut routes = ends.filter(|(index, _)| live.contains(index)).map(|(_, route)| route).peekable();
        let denied = |route: &RouteTable| {
            let first = usize::from(route.hops.0);
            self.hops[first..first + usize::from(route.hops.1)].iter().any(|hop| hop.denied)
        };
        routes.peek().is_some() && routes.all(denied)
    }

    /// Whether a way out is a channel that hands on to nobody what it takes.
    pub fn is_unheard(&self, exit: ExitTarget) -> bool {
        matches!(exit, ExitTarget::Channel(channel) if self.channels[usize::from(channel)].routes().is_empty())
    }

    /// The hops of a route as the template says them.
    pub fn handovers_of(&self, route: usize) -> &[Handover] {
        let (first, count) = self.routes[route].hops;
        &self.handovers[usize::from(first)..usize::from(first + count)]
    }

    /// The last hop into a place.
    pub fn handover_into(&self, place: usize) -> Option<&Handover> {
        let route = self.routes.iter().position(|route| usize::from(route.place) == place)?;
        self.handovers_of(route).last()
    }

    /// Whether what calls and waits at a place gives up by itself, and keeps what it gives up or drops it.
    pub(crate) fn gives_up(&self, place: usize) -> bool {
        let push = self.pushes.iter().find(|push| usize::from(push.queue) == place);
        let request = push.and_then(|push| push.request);
        request.is_some_and(|request| self.requests[usize::from(request)].gives_up.is_some())
    }

    /// The version or alias that is called at a place.
    pub fn qualifier(&self, place: usize) -> Option<&str> {
        if let Some(log) = self.logs.iter().position(|log| usize::from(log.queue) == place) {
            return self.log_qualifiers[log].as_deref();
        }
        self.handover_into(place)?.qualifier.as_deref()
    }

    /// Whether some source hands events over to a place and can have no dead-letter queue for those it cannot.
    pub(crate) fn is_fed_without_exit(&self, place: usize) -> bool {
        let into = self.routes.iter().filter(|route| usize::from(route.place) == place && route.hops.1 > 0);
        let mut last = into.map(|route| &self.hops[usize::from(route.hops.0 + route.hops.1) - 1]);
        last.any(|hop| !self.policies[usize::from(hop.policy)].has_exit)
    }
}

impl Network {
    /// Whether whatever hands events over to a place waits for an answer to each, and fails for all to see without one.
    pub(crate) fn is_answered(&self, place: usize) -> bool {
        let into = self.routes.iter().filter(|route| usize::from(route.place) == place && route.hops.1 > 0);
        let mut last = into.map(|route| &self.hops[usize::from(route.hops.0 + route.hops.1) - 1]).peekable();
        last.peek().is_some() && last.all(|hop| self.policies[usize::from(hop.policy)].answered.is_some())
    }
}

/// A topic, bus, bucket, front or service.
#[derive(Clone, Debug)]
pub struct ChannelTable {
    /// Its entity.
    pub entity: EntityId,
    /// Its first route and how many follow.
    pub routes: (u16, u16),
    /// Whether load is sent into it.
    pub is_source: bool,
    /// The rule by which it takes an event.
    pub publish: RuleId,
    /// How large a message or event from a function may be that it takes.
    pub takes: Takes,
    /// Of how many branches each event takes one; 1 where an event takes all routes.
    pub branches: u16,
}

impl ChannelTable {
    /// The positions of its routes.
    pub fn routes(&self) -> std::ops::Range<usize> {
        let first = usize::from(self.routes.0);
        first..first + usize::from(self.routes.1)
    }
}

/// One way from a channel to a place: a queue, Lambda's own queue of a function, or a caller that waits.
#[derive(Clone, Debug)]
pub struct RouteTable {
    /// The entity of its last hop.
    pub entity: EntityId,
    /// Its first hop and how many follow.
    pub hops: (u16, u16),
    /// The place, by its position among the queues.
    pub place: u16,
    /// Which branch of its channel it belongs to, where each event takes one.
    pub branch: u16,
    /// The payload classes that some filter on the way does not want; empty where all are wanted.
    pub unwanted: Vec<bool>,
    /// The payload classes that only what is behind the task of a state machine does not want; empty where there are none.
    pub unwanted_behind: Vec<bool>,
    /// The rule by which they are filtered.
    pub filter: RuleId,
    /// Where it stands in an execution of a state machine.
    pub step: Option<StepTable>,
    /// How somebody on it waits to be called back.
    pub callback: Option<u16>,
    /// What its channel takes for the same event, where it takes one but once.
    pub merges: Option<Merges>,
    /// As which payload class each one arrives, where what arrives is not what was published.
    pub arrives: Vec<u16>,
    /// Whether all that it leads through hands on the mark of the chain that an event belongs to.
    pub hands_mark_on: bool,
}

/// What a channel takes for the same event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Merges {
    /// By which rule.
    pub rule: RuleId,
    /// For how long.
    pub window: Duration,
    /// Where ids are told apart.
    pub scope: DeduplicationScope,
    /// Where ids come from.
    pub ids: DeduplicationIds,
}

impl RouteTable {
    /// As which class a payload arrives.
    pub fn arrived(&self, class: u16) -> u16 {
        self.arrives.get(usize::from(class)).copied().unwrap_or(class)
    }

    /// Whether every filter on the way wants a payload class.
    pub fn wants(&self, class: u16) -> bool {
        !self.unwanted.get(usize::from(class)).copied().unwrap_or(false)
    }
}

/// How large what a channel takes may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Anything that a function hands on.
    Everything,
    /// Up to so many bytes.
    UpTo(u64),
    /// Up to so many bytes; of a larger record perhaps what is not payload.
    Stripped(u64),
}

/// What may answer a delivery with 5xx.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HopTarget {
    /// Lambda, for this function.
    Function(u16),
    /// This queue.
    Queue(u16),
    /// Nothing that fails on its own.
    Channel,
}

/// One hop.
#[derive(Clone, Copy, Debug)]
pub struct HopTable {
    /// The link.
    pub entity: EntityId,
    /// The number of the link.
    pub link: u16,
    /// The number of the first link with the same switch.
    pub switch: u16,
    /// How its source delivers.
    pub policy: u16,
    /// What it delivers to.
    pub target: HopTarget,
    /// The most tries after the first one.
    pub attempts: u32,
    /// How long the source goes on; the policy's own where the link has no such setting.
    pub age: Option<Duration>,
    /// The link's own dead-letter queue.
    pub dead_letter: Option<ExitTarget>,
    /// Whether the target does not allow it, or is not there.
    pub denied: bool,
    /// Whether its source hands on anything over it.
    pub enabled: bool,
    /// The task of a state machine that hands on over it and waits for no answer but that it was taken.
    pub task: Option<u16>,
}

/// How a source delivers until its target has accepted an event.
#[derive(Clone, Debug)]
pub struct DeliveryPolicy {
    /// How long it takes from the source to the first try, where the source says that it takes any time.
    pub latency: Option<OpenRule>,
    /// By which rule it may deliver an event twice.
    pub duplicate: Option<RuleId>,
    /// By which rule the events of a group go one after the other.
    pub order: Option<RuleId>,
    /// By which rule the source waits for an answer to each event, and fails for all to see where none comes.
    pub answered: Option<RuleId>,
    /// By which rule whoever sent an event is told that it could not be handed over.
    pub told: Option<RuleId>,
    /// The pauses between tries, phase after phase.
    pub phases: Vec<Phase>,
    /// How long it goes on where the link does not say.
    pub age: PolicyAge,
    /// Whether it tries again what the target refuses for good.
    pub retries_refused: bool,
    /// How soon a link works that is switched on or off.
    pub switch: OpenRule,
    /// By which rule a filter leaves an event out.
    pub filtered: RuleId,
    /// By which rule it tries again.
    pub retry: RuleId,
    /// By which rule it does not.
    pub refused: RuleId,
    /// By which rule it gives up without a way out.
    pub dropped: RuleId,
    /// By which rule its dead-letter queue takes what it gives up.
    pub dead_letter: RuleId,
    /// By which rule that fails.
    pub dead_letter_failed: RuleId,
    /// Whether a link of its source may have a dead-letter queue.
    pub has_exit: bool,
}

/// Tries of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phase {
    /// How many.
    pub count: u32,
    /// The pause before the first of them.
    pub from: Duration,
    /// The longest pause; they double until then.
    pub to: Duration,
}

/// How long a source goes on.
#[derive(Clone, Debug)]
pub enum PolicyAge {
    /// As long as its phases last.
    Phases,
    /// No longer than this.
    Known(Duration),
    /// AWS does not say.
    Open(OpenRule),
}

/// Whether somebody waits for the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushKind {
    /// Nobody does: Lambda keeps the event in a queue of its own.
    Buffer,
    /// A caller does.
    Request,
}

/// Where events wait to be pushed into a function.
#[derive(Clone, Copy, Debug)]
pub struct PushTable {
    /// Its place among the queues.
    pub queue: u16,
    /// What pushes: the channel before it, or the function that calls.
    pub source: EntityId,
    /// The function.
    pub function: u16,
    /// Whether somebody waits.
    pub kind: PushKind,
    /// The most tries after function errors.
    pub attempts: u32,
    /// How long an event may stay.
    pub age: Duration,
    /// Where records of successes go.
    pub on_success: Option<ExitTarget>,
    /// Where records of failures go.
    pub on_failure: Option<ExitTarget>,
    /// Where the events themselves go.
    pub dead_letter: Option<ExitTarget>,
    /// How whoever waits calls, where somebody does.
    pub request: Option<u16>,
}

/// What a caller sees of a call that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Failure {
    /// The function failed.
    Failed,
    /// The function's own time-out ended it.
    TimedOut,
    /// The caller stopped waiting.
    GaveUp,
    /// There was no room.
    Throttled,
    /// The caller may not call it.
    Denied,
    /// The answer was too large.
    TooLarge,
    /// Lambda failed.
    ServiceError,
    /// The function's environment broke off.
    Crashed,
}

impl Failure {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Failed,
        Self::TimedOut,
        Self::GaveUp,
        Self::Throttled,
        Self::Denied,
        Self::TooLarge,
        Self::ServiceError,
        Self::Crashed,
    ];

    /// The slot of the source's model that says what a caller sees; a 5xx of Lambda looks like a throttle where nothing
    /// is said of it.
    pub const fn slot(self) -> &'static str {
        match self {
            Self::Failed | Self::Crashed => "request.failed",
            Self::TimedOut => "request.timed_out",
            Self::GaveUp => "request.gave_up",
            Self::Throttled | Self::ServiceError => "request.throttled",
            Self::Denied => "request.denied",
            Self::TooLarge => "request.too_large",
        }
    }

    /// The slot in which a source says it apart from failures that look the same to most callers.
    pub const fn own_slot(self) -> Option<&'static str> {
        match self {
            Self::Crashed => Some("request.crashed"),
            Self::ServiceError => Some("request.service_error"),
            Self::Failed
            | Self::TimedOut
            | Self::GaveUp
            | Self::Throttled
            | Self::Denied
            | Self::TooLarge => None,
        }
    }

    /// The word by which a model says that a front calls again after it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Failed | Self::Crashed | Self::TimedOut | Self::TooLarge => "failed",
            Self::GaveUp => "timeout",
            Self::Throttled => "throttled",
            Self::Denied => "denied",
            Self::ServiceError => "service-error",
        }
    }
}

/// What a caller sees of one kind of failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailureAnswer {
    /// By which rule.
    pub rule: RuleId,
    /// The status or the error's name, as the model says it.
    pub seen: String,
    /// Whether the caller can tell that it failed.
    pub told: bool,
}

/// How a front or client calls.
#[derive(Clone, Debug)]
pub struct RequestTable {
    /// How long it waits; as long as the function runs where nothing is said.
    pub timeout: Option<Duration>,
    /// The pauses before its further calls.
    pub phases: Vec<Phase>,
    /// By which rule it calls again.
    pub again: RuleId,
    /// After which failures, in the order of [`Failure::ALL`].
    pub repeats: [bool; Failure::ALL.len()],
    /// What is seen of each failure, in the order of [`Failure::ALL`].
    pub answers: Vec<FailureAnswer>,
    /// The reason that Lambda gives for a throttle.
    pub reason: String,
    /// Whether whoever is behind the front calls again.
    pub client: Option<OpenRule>,
    /// How a client calls again that a scenario states, in the place of what is left open.
    pub stated: Option<ClientTable>,
    /// Where no client is told of the last failure, because the source gives the event up as one that it cannot
    /// deliver: how long it goes on at most.
    pub gives_up: Option<Duration>,
    /// How a task of a state machine is tried again, where one calls.
    pub task: Option<TaskTable>,
}

impl RequestTable {
    /// What is seen of a failure.
    pub fn answer(&self, failure: Failure) -> &FailureAnswer {
        &self.answers[failure as usize]
    }

    /// What is in the store of retries at first.
    pub fn store(&self) -> u32 {
        self.stated.as_ref().and_then(|client| client.quota).map_or(0, |quota| quota.store)
    }

    /// Whether the front itself calls again after a failure.
    pub const fn repeats(&self, failure: Failure) -> bool {
        self.repeats[failure as usize]
    }
}

/// What takes an event, or the record of one, that leaves its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitTarget {
    /// A queue.
    Queue(u16),
    /// A channel, which hands it on.
    Channel(u16),
    /// Another function, asynchronously: its place among the queues.
    Push(u16),
    /// A bucket, which keeps it and tells of it: a channel.
    Stored(u16),
    /// Something that keeps it, as far as is known: a bucket, or what is declared elsewhere.
    Kept(EntityId),
    /// Nothing: whoever sends there is refused.
    Refused(ExitRefusal),
}

impl ExitTarget {
    /// Whether two are the same resource: what is stored in a bucket comes into a channel that handlers send to as well.
    pub fn is_at(self, other: Self) -> bool {
        match (self, other) {
            (Self::Channel(one) | Self::Stored(one), Self::Channel(two) | Self::Stored(two)) => one == two,
            (one, two) => one == two,
        }
    }
}

impl From<SendTarget> for ExitTarget {
    fn from(target: SendTarget) -> Self {
        match target {
            SendTarget::Queue(queue) => Self::Queue(queue),
            SendTarget::Channel(channel) => Self::Channel(channel),
            SendTarget::Push(place) => Self::Push(place),
        }
    }
}

/// Why an exit takes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum ExitRefusal {
    /// It is a FIFO queue or topic.
    Fifo,
    /// Whoever sends there may not.
    Denied,
    /// It is not there.
    Missing,
    /// It does not take anything for the moment.
    Unavailable,
    /// It takes nothing as large.
    TooLarge,
    /// It takes nothing as large, and gets a record without the payloads.
    Stripped,
}

impl ExitRefusal {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Fifo, Self::Denied, Self::Missing, Self::Unavailable, Self::TooLarge, Self::Stripped];
}

/// The rules of Lambda's own queue that have values.
#[derive(Clone, Debug, Default)]
pub struct BufferRules {
    /// The pauses after function errors.
    pub retries: Vec<Duration>,
    /// The first pause after a throttle.
    pub throttle_first: Duration,
    /// The longest one.
    pub throttle_longest: Duration,
}

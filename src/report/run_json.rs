//! `redrive run --format json`: the documented format `redrive.trace/1`. `docs/report-json.md` explains the fields.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use crate::program::{PushKind, QueueTable, WindowSet};
use crate::report::RunReport;
use crate::report::run_calls::Calls;
use crate::report::run_carried::{Carried, Carriers, published_class, read};
use crate::report::run_exits::{Arriving, Exits};
use crate::report::run_failures::Failures;
use crate::report::run_letters::Letters;
use crate::report::run_payload::{Message, Words, event_of, identity, told_once};
use crate::report::run_streams::Reads;
use crate::report::text::{Fact, pushed_kinds, sentence};
use crate::trace::{Covered, EntityId, EventId, Record, RecordKind, read_kinds};
use crate::vocabulary::{Duration, Instant, NameHash};

/// The name and version of the format.
pub const TRACE_FORMAT: &str = "redrive.trace/1";

/// The runs of all parts for programs. Times are whole microseconds since the start of the run; with an event only the
/// records and invocations that cover it.
pub fn run_json(parts: &[(RunReport<'_>, Option<EventId>)], seed: Option<u64>) -> Json {
    let mut records: Vec<(Instant, Json)> = Vec::new();
    let mut invocations: Vec<(Instant, Json)> = Vec::new();
    let (mut contents, mut ages) = (Map::new(), Map::new());
    for (report, event) in parts {
        records.extend(
            report.records(*event).map(|(record, covered)| (record.at, line(report, record, covered))),
        );
        let mut bookkeeper = Bookkeeper::new(report, *event);
        report.records(None).for_each(|(record, covered)| bookkeeper.see(record, covered));
        contents.extend(bookkeeper.contents());
        ages.extend(bookkeeper.reads.ages(report));
        invocations.append(&mut bookkeeper.invocations);
    }
    records.sort_by_key(|(at, _)| *at);
    invocations.sort_by_key(|(at, _)| *at);
    let mut shown = json!({
        "format": TRACE_FORMAT,
        "version": env!("CARGO_PKG_VERSION"),
        "models_digest": parts.first().map(|(report, _)| format!("{:016x}", report.models.digest())),
        "seed": seed,
        "digest": digest(parts),
        "records": records.into_iter().map(|(_, record)| record).collect::<Vec<_>>(),
        "invocations": invocations.into_iter().map(|(_, invocation)| invocation).collect::<Vec<_>>(),
        "contents": contents,
    });
    if !ages.is_empty() {
        shown["iterator_age"] = Json::Object(ages);
    }
    shown
}

/// The digest of the only part, or of all digests in turn.
fn digest(parts: &[(RunReport<'_>, Option<EventId>)]) -> String {
    match parts {
        [(only, _)] => only.summary.digest.to_string(),
        many => {
            let all = many
                .iter()
                .fold(NameHash::default(), |all, (part, _)| all.then(&part.summary.digest.to_string()));
            format!("{:016x}", all.0)
        }
    }
}

fn line(report: &RunReport<'_>, record: &Record, covered: &[Covered]) -> Json {
    let events = report.names(covered, None);
    let fact = Fact {
        program: report.program,
        kind: record.kind,
        entity: record.entity,
        value: record.value,
        subject: record.subject,
        events: &events,
    };
    let rule = report.models.rule(record.rule);
    let what = sentence(&fact);
    let events: Vec<Json> =
        events.into_iter().map(|(event, receives)| json!({ "event": event, "receives": receives })).collect();
    json!({
        "at": record.at.as_micros(),
        "kind": format!("{:?}", record.kind),
        "entity": report.program.name(record.entity).as_str(),
        "what": what,
        "rule": rule.id,
        "events": events,
    })
}

/// Follows messages through the queues and invocations through their lives.
struct Bookkeeper<'a> {
    report: &'a RunReport<'a>,
    event: Option<EventId>,
    messages: BTreeMap<u32, Message>,
    /// By FIFO queue: how many messages it has numbered.
    numbers: BTreeMap<u16, u32>,
    /// Queue and copy of every message that is there.
    held: BTreeSet<(u16, u32)>,
    /// Queue and event of every message: how many there have been of it.
    sends: BTreeMap<(u16, String), u32>,
    /// By batch: the queue it was received from, or the place where its event waited.
    queue_of: BTreeMap<u32, u16>,
    /// By batch: the invocation that runs.
    running: BTreeMap<u32, Json>,
    invocations: Vec<(Instant, Json)>,
    exits: Exits,
    reads: Reads,
    failures: Failures,
    carriers: Carriers,
    letters: Letters,
    /// The batches that something which is no queue was told of.
    told: BTreeSet<(EntityId, u32)>,
    /// By event, or by the event that it comes from: what is on its way to which queue.
    arriving: BTreeMap<(EventId, u16), Arriving>,
    /// By name: what ways out that are no queues have taken.
    taken: BTreeMap<String, Vec<Json>>,
}

impl<'a> Bookkeeper<'a> {
    fn new(report: &'a RunReport<'a>, event: Option<EventId>) -> Self {
        Self {
            report,
            event,
            messages: BTreeMap::new(),
            numbers: BTreeMap::new(),
            held: BTreeSet::new(),
            sends: BTreeMap::new(),
            queue_of: BTreeMap::new(),
            running: BTreeMap::new(),
            invocations: Vec::new(),
            exits: Exits::new(),
            reads: Reads::default(),
            failures: Failures::default(),
            carriers: Carriers::default(),
            letters: Letters::default(),
            told: BTreeSet::new(),
            arriving: BTreeMap::new(),
            taken: BTreeMap::new(),
        }
    }

    #[expect(clippy::match_same_arms, reason = "a macro names the kinds of one arm")]
    fn see(&mut self, record: &Record, covered: &[Covered]) {
        let queue = record.entity.0;
        self.follow(record, covered);
        match record.kind {
            RecordKind::MessageSent => covered.iter().for_each(|item| self.sent(record, queue, *item)),
            RecordKind::MessageArrived => covered.iter().for_each(|item| self.arrived(record, queue, *item)),
            RecordKind::MessageReturned => {
                for item in covered {
                    self.returned(record, queue, *item);
                }
            }
            RecordKind::MessagesReceived => self.received(record, covered),
            RecordKind::MessagePeeked => self.peeked(record, covered),
            RecordKind::MessageRedriven => {
                for item in covered {
                    self.dead_lettered(record, queue, *item);
                }
            }
            RecordKind::MessageExpired
            | RecordKind::MessagesDeleted
            | RecordKind::MessagesFiltered
            | RecordKind::MessageMovedBack => {
                for item in covered {
                    self.held.remove(&(queue, item.copy));
                }
            }
            read_kinds!() => self.reads.see(self.report, record, covered),
            RecordKind::InvocationStarted => self.started(record, covered),
            RecordKind::InvocationEnded => {
                self.reads.see(self.report, record, covered);
                self.ended(record);
            }
            RecordKind::ObligationLost => {
                covered.iter().filter(|_| record.value == Record::LOST_BY_AGE).for_each(|item| {
                    self.drop_if_over(record, queue, item.copy);
                });
            }
            pushed_kinds!() => {}
            RecordKind::MessagesAvailable
            | RecordKind::DeleteFailed
            | RecordKind::InvocationThrottled
            | RecordKind::InvocationRefused
            | RecordKind::BatchReleased
            | RecordKind::EnvironmentStarted
            | RecordKind::EventsProcessed
            | RecordKind::EventFailed
            | RecordKind::FailuresReported
            | RecordKind::AnswerMalformed
            | RecordKind::AnswerIgnored
            | RecordKind::ConcurrencyChanged
            | RecordKind::SpanBegan
            | RecordKind::SpanEnded
            | RecordKind::ObligationKept
            | RecordKind::FaultsStopped
            | RecordKind::RunEnded
            | RecordKind::MessageDuplicated
            | RecordKind::FunctionRedeployed
            | RecordKind::MessageDeduplicated
            | RecordKind::SendThrottled
            | RecordKind::SettingChanged => {}
        }
    }

    /// Notes where events wait to be pushed, and what leaves a function or a source.
    fn follow(&mut self, record: &Record, covered: &[Covered]) {
        self.carriers.see(record, covered.first().map(|item| item.event));
        let left = self.exits.see(self.report, &self.carriers, record, covered);
        let told = self.failures.see(self.report, &self.reads, record, covered);
        let given_up = self.letters.see(self.report, &self.carriers, record, covered);
        if let Some(arriving) = left.or(told).or(given_up) {
            self.leave(covered[0].event, arriving);
        }
        if matches!(record.kind, RecordKind::EventDequeued | RecordKind::RequestMade) {
            self.queue_of.insert(record.subject, record.entity.0);
        }
    }

    /// Something leaves a function: for a queue, which it reaches as a message, or for something else.
    fn leave(&mut self, event: EventId, arriving: Arriving) {
        let program = self.report.program;
        let mut entities = (0..program.entities.len() as u16).map(EntityId);
        let Some(target) = entities.find(|entity| program.hash(*entity).0 == arriving.target) else { return };
        let is_queue = |table: &QueueTable| table.entity == target && table.push.is_none();
        if program.queues.iter().any(is_queue) {
            self.arriving.insert((event, target.0), arriving);
            return;
        }
        if arriving.group.is_none_or(|batch| self.told.insert((target, batch))) {
            let taken = self.taken.entry(program.name(target).to_string()).or_default();
            taken.extend(arriving.text().map(|text| read(&text)));
        }
        self.carriers.leaves(event, target, arriving);
    }

    fn sent(&mut self, record: &Record, queue: u16, item: Covered) {
        let message = self.new_message(record, queue, item);
        self.messages.insert(item.copy, message);
        self.held.insert((queue, item.copy));
        if let Some(parent) = self.report.world.event(item.event).parent {
            self.write(item.copy, (parent, queue));
        }
    }

    /// A message that somebody sends to a queue, with what comes there of its event.
    fn new_message(&mut self, record: &Record, queue: u16, item: Covered) -> Message {
        let place = self.report.program.queues.iter().position(|table| table.entity.0 == queue);
        let carried = place.and_then(|place| self.carriers.arrives(self.report, item.event, place));
        let class = self.report.program.classes.get(published_class(self.report, item.event));
        let mut message = Message {
            event: self.report.event_name(item.event),
            made_of: self.made_of(queue, item.event),
            class: class.cloned().unwrap_or_default(),
            sent: record.at,
            group: self.group_of(record, queue, item),
            number: self.next_number(queue),
            ..Message::default()
        };
        if let Some(Carried { text, attributes, .. }) = carried {
            message.words = if text.is_some() { Words::Told } else { Words::Unknown };
            message.class.body = text;
            message.class.attributes = attributes;
        }
        message
    }

    /// What the id of a new message is made from: what comes to several queues is another message in each, and so is what
    /// comes once more.
    fn made_of(&mut self, queue: u16, event: EventId) -> String {
        let name = self.report.event_name(event);
        let count = self.sends.entry((queue, name.clone())).or_default();
        *count += 1;
        let view = self.report.world.event(event);
        let own = view.route.is_none()
            && self.report.program.source(usize::from(view.source)).0 == queue
            && *count == 1;
        if own {
            return name;
        }
        let queue = self.report.program.entities[usize::from(queue)].as_str();
        format!("{name} in {queue}, {count}")
    }

    /// The message group by the name that a scenario gives it; a standard queue has only such ones.
    fn group_of(&self, record: &Record, queue: u16, item: Covered) -> Option<String> {
        let view = self.report.world.event(item.event);
        let load = self.report.program.loads[usize::from(view.source)].as_ref();
        let named = |key: u32| load.and_then(|load| load.keys.get(key as usize).cloned());
        if self.is_fifo(queue) {
            return Some(named(record.subject).unwrap_or_else(|| format!("group-{}", record.subject)));
        }
        if view.parent.is_some() {
            return self.report.program.classes.get(usize::from(view.class))?.group.clone();
        }
        let stated = load?.event(view.ordinal)?;
        stated.tenant.and_then(|_| named(stated.key))
    }

    /// A message that leaves a queue as a dead letter remembers that queue.
    fn dead_lettered(&mut self, record: &Record, queue: u16, item: Covered) {
        self.held.remove(&(queue, item.copy));
        let source = self.report.program.name(record.entity).to_string();
        self.messages.entry(item.copy).or_default().dead_letter_of = Some(source);
    }

    /// A message keeps its group in a FIFO dead-letter queue, and has a number of its own there.
    fn arrived(&mut self, record: &Record, queue: u16, item: Covered) {
        self.held.insert((queue, item.copy));
        if self.messages.contains_key(&item.copy) {
            let number = self.next_number(queue);
            let message = self.messages.entry(item.copy).or_default();
            message.receives = 0;
            message.number = number;
        } else {
            let message = self.new_message(record, queue, item);
            self.messages.insert(item.copy, message);
        }
        self.write(item.copy, (item.event, queue));
    }

    /// A message of a queue that is a way out says what the function did.
    fn write(&mut self, copy: u32, way: (EventId, u16)) {
        let Some(arriving) = self.arriving.remove(&way) else { return };
        let message = self.messages.entry(copy).or_default();
        message.sent = arriving.at;
        message.told_of = arriving.group;
        message.class.body = arriving.text();
        message.words = if message.class.body.is_some() { Words::Told } else { Words::Unknown };
        message.class.attributes = arriving.attributes;
    }

    /// What an operator sends back is a message of its own: its id and its times are new.
    fn returned(&mut self, record: &Record, queue: u16, item: Covered) {
        self.arrived(record, queue, item);
        let message = self.messages.entry(item.copy).or_default();
        //= queue.redrive_task
        message.sent_back += 1;
        message.sent = record.at;
        message.first_receive = None;
        message.dead_letter_of = None;
    }

    fn is_fifo(&self, queue: u16) -> bool {
        self.report.program.queues.iter().any(|table| table.entity.0 == queue && table.is_fifo())
    }

    /// The place of the next message in a FIFO queue.
    fn next_number(&mut self, queue: u16) -> Option<u32> {
        let is_fifo = self.is_fifo(queue);
        let count = self.numbers.entry(queue).or_default();
        *count += 1;
        is_fifo.then_some(*count)
    }

    fn received(&mut self, record: &Record, covered: &[Covered]) {
        self.queue_of.insert(record.subject, record.entity.0);
        self.peeked(record, covered);
    }

    /// A receive counts, whoever receives.
    fn peeked(&mut self, record: &Record, covered: &[Covered]) {
        for item in covered {
            let message = self.messages.entry(item.copy).or_default();
            message.first_receive.get_or_insert(record.at);
            message.receives = item.receives;
        }
    }

    fn started(&mut self, record: &Record, covered: &[Covered]) {
        if self.event.is_some_and(|event| covered.iter().all(|item| item.event != event)) {
            return;
        }
        let program = self.report.program;
        let queue = self.queue_of.get(&record.subject).copied().unwrap_or_default();
        let name = program.entities[usize::from(queue)].as_str();
        let has_window = program.mappings.iter().any(|mapping| {
            mapping.window > Duration::ZERO
                && program.queues[usize::from(mapping.queue)].entity.0 == queue
                && program.functions[usize::from(mapping.function)].entity == record.entity
        });
        let window = if has_window { WindowSet::Positive } else { WindowSet::Zero };
        let known = covered.iter().filter_map(|item| Some((item.receives, self.messages.get(&item.copy)?)));
        let messages = told_once(known);
        let request_id = self.request_id(record, queue, covered.first());
        let payload = match self.reads.payload(self.report, record.subject, covered) {
            Some(read) => Some(read),
            None if self.push_at(queue).is_some() => self.pushed(queue, covered),
            None => Some(event_of(self.report, name, &messages, window)),
        };
        let mut invocation = json!({
            "function": program.name(record.entity).as_str(),
            "at": record.at.as_micros(),
            "ends": Json::Null,
            "attempt": covered.first().map_or(0, |item| item.receives),
            "request_id": request_id,
        });
        if let Some(payload) = payload {
            invocation["payload"] = payload;
        }
        invocation["outcome"] = Json::Null;
        self.running.insert(record.subject, invocation);
    }

    /// The place, where a queue is one from which events are pushed.
    fn push_at(&self, queue: u16) -> Option<(usize, PushKind)> {
        let program = self.report.program;
        let place = program.queues.iter().position(|table| table.entity.0 == queue)?;
        Some((place, program.push(place)?.kind))
    }

    /// The event that is pushed into a function, where it can be told.
    fn pushed(&self, queue: u16, covered: &[Covered]) -> Option<Json> {
        let (place, _) = self.push_at(queue)?;
        self.carriers.arrives(self.report, covered.first()?.event, place)?.value()
    }

    /// All attempts at what nobody waits for have one id; else each invocation has its own.
    fn request_id(&self, record: &Record, queue: u16, oldest: Option<&Covered>) -> String {
        let program = self.report.program;
        let function = program.name(record.entity).as_str();
        let Some(item) = oldest else {
            return identity(&format!("{function} the end of a window at {}", record.at), 0);
        };
        let name = self.report.event_name(item.event);
        if let Some((_, PushKind::Buffer)) = self.push_at(queue) {
            let place = program.entities[usize::from(queue)].as_str();
            return Calls::id(place, &name, self.exits.calls.number(item.copy));
        }
        if let Some(reader) = self.reads.reader(self.report, record.subject) {
            return reader.request_id(&name, item.receives);
        }
        let made_of = self.messages.get(&item.copy).map_or(name, |message| message.made_of.clone());
        identity(&format!("{function} {made_of}"), item.receives)
    }

    fn ended(&mut self, record: &Record) {
        let Some(mut invocation) = self.running.remove(&record.subject) else { return };
        let started = invocation["at"].as_u64().map_or(record.at, Instant::from_micros);
        invocation["ends"] = json!(record.at.as_micros());
        invocation["outcome"] = json!(outcome(record.value));
        self.invocations.push((started, invocation));
    }

    /// A dead letter that came too late is gone at once; one that came a little earlier is still there.
    fn drop_if_over(&mut self, record: &Record, queue: u16, copy: u32) {
        let retention = self.report.program.queues.iter().find(|table| table.entity.0 == queue);
        let sent = self.messages.get(&copy).map(|message| message.sent);
        if let (Some(table), Some(sent)) = (retention, sent)
            && sent + table.retention <= record.at
        {
            self.held.remove(&(queue, copy));
        }
    }

    /// What every queue holds when the run ends.
    fn contents(&self) -> Map<String, Json> {
        let program = self.report.program;
        let of = |queue: u16| {
            let held = self.held.iter().filter(|(holder, _)| *holder == queue);
            let messages = told_once(held.filter_map(|(_, copy)| Some((*copy, self.messages.get(copy)?))));
            Json::Array(messages.into_iter().map(|(_, message)| message.content(self.report)).collect())
        };
        let queues = program.queues.iter();
        let held = queues.map(|table| (program.name(table.entity).to_string(), of(table.entity.0)));
        let taken = self.taken.iter().map(|(name, bodies)| (name.clone(), Json::Array(bodies.clone())));
        held.chain(taken).collect()
    }
}

fn outcome(value: u64) -> &'static str {
    match value {
        Record::RETURNED => "returned",
        Record::THREW => "threw",
        Record::TIMED_OUT => "timed-out",
        Record::CRASHED => "crashed",
        Record::INIT_FAILED => "init-failed",
        Record::RESPONSE_TOO_LARGE => "response-too-large",
        _ => "unknown",
    }
}

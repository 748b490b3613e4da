//! What is decided before a run: open settings, load, and faults over spans of time.

use std::collections::BTreeSet;

use redrive::kernel::{ChoicePoint, Chooser, Domain, Family, Menu};
use redrive::program::{
    self, DeduplicationIds, StatedEvent, StatedLoad, StatedSpan, StatedTime, UnknownTarget,
};
use redrive::topology::{DeduplicationScope, ResponseType, Runs, ThroughputLimit};
use redrive::trace::{EntityId, RecordKind};
use redrive::vocabulary::{Duration, Instant};
use redrive::world::{emitted_name, event_name};

use super::Naive;
use super::aim::{Coming, Part};
use super::state::{Fate, Message, Place, Span, Victim, What};

/// Events of a burst are numbered from here.
const FIRST_OF_BURST: u32 = 1 << 20;
/// At most so many spans of one kind for one victim.
const SPANS_AT_MOST: u64 = 3;
/// The choice of a brownout's factor.
const FACTOR: u32 = 1_000;

impl<C: Chooser> Naive<'_, C> {
    pub(super) fn resolve_unknown(&mut self) {
        for unknown in &self.program.unknowns {
            let family = Family::UnknownSetting;
            let point =
                ChoicePoint { family, domain: unknown.domain, entity: unknown.entity, item: 0, ordinal: 0 };
            let choice = self.chooser.choose(&point, Menu::OneOf(unknown.values.len() as u32));
            if choice > 0 {
                self.set(unknown.target, unknown.values[choice as usize]);
            }
        }
    }

    pub(super) fn set(&mut self, target: UnknownTarget, value: u64) {
        let length = Duration::from_micros(value);
        match target {
            UnknownTarget::Log(index, setting) => self.logs[index].set(setting, value),
            UnknownTarget::Visibility(index) => self.queues[index].visibility = length,
            UnknownTarget::Retention(index) => self.queues[index].retention = length,
            UnknownTarget::Delay(index) => self.queues[index].delay = length,
            UnknownTarget::MaxReceiveCount(index) => self.queues[index].max_receive_count = value as u32,
            UnknownTarget::Scope(index) => {
                let table = self.queues[index].fifo.as_mut().expect("only FIFO queues leave it open");
                let is_grouped = value == DeduplicationScope::MessageGroup as u64;
                table.scope =
                    if is_grouped { DeduplicationScope::MessageGroup } else { DeduplicationScope::Queue };
            }
            UnknownTarget::Throughput(index) => {
                let table = self.queues[index].fifo.as_mut().expect("only FIFO queues leave it open");
                let may_be = table.scope == DeduplicationScope::MessageGroup;
                let is_grouped = may_be && value == ThroughputLimit::PerMessageGroup as u64;
                table.limit =
                    if is_grouped { ThroughputLimit::PerMessageGroup } else { ThroughputLimit::PerQueue };
            }
            UnknownTarget::ContentBased(index) => {
                let table = self.queues[index].fifo.as_mut().expect("only FIFO queues leave it open");
                table.deduplication_ids =
                    if value == 1 { DeduplicationIds::BodyElseSender } else { DeduplicationIds::Sender };
            }
            UnknownTarget::MinimumPollers(index) => {
                let table = self.mappings[index].provisioned.as_mut().expect("only then it is open");
                table.minimum = value as u32;
            }
            UnknownTarget::MaximumPollers(index) => {
                let table = self.mappings[index].provisioned.as_mut().expect("only then it is open");
                table.maximum = value as u32;
            }
            UnknownTarget::BatchSize(index) => self.mappings[index].batch_size = value as u32,
            UnknownTarget::Window(index) => self.mappings[index].window = length,
            UnknownTarget::MaximumConcurrency(index) => {
                self.mappings[index].maximum_concurrency = value as u32;
            }
            UnknownTarget::Enabled(index) => self.mappings[index].enabled = value == 1,
            UnknownTarget::ResponseType(index) => {
                let reports = value == ResponseType::BatchItemFailures as u64;
                self.mappings[index].response_type =
                    if reports { ResponseType::BatchItemFailures } else { ResponseType::WholeBatch };
            }
            UnknownTarget::Timeout(index) => self.functions[index].timeout = length,
            UnknownTarget::Reserved(index) => self.functions[index].reserved = value as u32,
            UnknownTarget::PushAttempts(index) => self.pushes[index].attempts = value as u32,
            UnknownTarget::PushAge(index) => self.pushes[index].age = length,
            UnknownTarget::Delivers(link) => {
                for hop in self.hops.iter_mut().filter(|hop| usize::from(hop.switch) == link) {
                    hop.enabled = value == 1;
                }
            }
        }
    }

    /// The phase first, then each source's events in their order, then when the faults stop.
    pub(super) fn plan_load(&mut self) {
        let program = self.program;
        let phases = &program.profile.faulty_phases;
        let phase = self.given("phase", program.account.entity, Menu::OneOf(phases.len() as u32));
        let phase = phases[phase as usize];
        self.faults_until = Instant::START + phase.max(program.plan.end());
        for source in program.sources() {
            match &program.loads[source] {
                Some(load) => {
                    let singles = self.note_series(source, load);
                    for (ordinal, event) in load.each().enumerate() {
                        self.plan_stated(source, ordinal as u32, &event, singles.contains(&ordinal));
                    }
                    self.faults_until = self.faults_until.max(Instant::START + load.end);
                }
                None => self.plan_drawn_load(source, phase),
            }
            self.plan_burst(source, phase);
        }
        let last = self.agenda.iter().map(|(due, _)| *due).max();
        self.faults_until = self.faults_until.max(last.unwrap_or(Instant::START));
        if let Some(phase) = program.plan.phase {
            self.faults_until = Instant::START + phase;
        }
        self.agenda.push((self.faults_until, What::FaultsStop));
    }

    fn plan_drawn_load(&mut self, source: usize, phase: Duration) {
        let profile = &self.program.profile;
        let entity = self.program.source(source);
        let is_busy = self.given("busy", entity, Menu::Hit(profile.many_share)) == 1;
        let few = self.given("few", entity, Menu::OneOf(profile.few.len() as u32));
        let window = self.given("window", entity, Menu::OneOf(profile.windows.len() as u32 + 1));
        let branches = self.program.channel(source).map_or(1, |channel| u32::from(channel.branches));
        let count = branches * if is_busy { profile.many } else { profile.few[few as usize] };
        let visibility = self.pause_of(source);
        let window = profile.windows.get(window as usize).copied().unwrap_or(visibility);
        let within = window.min(phase);
        for ordinal in 0..count {
            self.plan_arrival(Family::Load, source, ordinal, within);
        }
    }

    /// Notes each series of stated times as one thing to aim at; which events stand for themselves.
    fn note_series(&mut self, source: usize, load: &StatedLoad) -> BTreeSet<usize> {
        let mut singles: BTreeSet<usize> = (0..load.events.len()).collect();
        let mut first = load.events.len();
        for series in &load.series {
            let own = first..first + series.count as usize;
            let time = |event: StatedEvent| match event.time {
                StatedTime::At(at) => Some(Instant::START + at),
                StatedTime::Within { .. } => None,
            };
            let times: Option<Vec<Instant>> = load.each().skip(first).take(own.len()).map(time).collect();
            match times {
                Some(times) => {
                    let name = event_name(self.program.hash(self.program.source(source)), first as u32);
                    self.comings.push(Coming { source, name, times });
                }
                None => singles.extend(own.clone()),
            }
            first = own.end;
        }
        singles
    }

    fn plan_stated(&mut self, source: usize, ordinal: u32, event: &StatedEvent, is_single: bool) {
        let entity = self.program.source(source);
        let item = event_name(self.program.hash(entity), ordinal);
        let (start, menu) = match event.time {
            StatedTime::At(at) => (Duration::ZERO, Menu::Stated(1 + at.as_micros())),
            StatedTime::Within { start, length } => (start, Menu::Arrival { within: length.as_micros() }),
        };
        let choice = self.fault(Family::Load, entity, item, 0, menu);
        let stated = Some(event.class).filter(|class| *class > 0);
        if choice > 0 {
            if is_single {
                let times = vec![Instant::START + start + Duration::from_micros(choice - 1)];
                self.comings.push(Coming { source, name: item, times });
            }
            let ids = (event.key, self.deduplication(source, item, event));
            self.add_event(source, ordinal, start + Duration::from_micros(choice - 1), ids, stated);
            if source < self.queues.len() {
                let message = self.messages.last_mut().expect("it has just been added");
                message.tenant = event.tenant.map(|name| name.0);
            }
        }
    }

    fn plan_burst(&mut self, source: usize, phase: Duration) {
        let program = self.program;
        if program.loads[source].as_ref().is_some_and(|load| load.is_scheduled) {
            return;
        }
        let entity = program.source(source);
        let odds = self.chooser.intensity(Family::Burst);
        if self.fault(Family::Burst, entity, 0, 0, Menu::Hit(odds)) == 0 {
            return;
        }
        let shape = program.profile.fault(Family::Burst).span.expect("bursts have a span");
        for ordinal in 0..program.profile.many {
            self.plan_arrival(Family::Burst, source, FIRST_OF_BURST + ordinal, shape.longest.min(phase));
        }
    }

    fn plan_arrival(&mut self, family: Family, source: usize, ordinal: u32, within: Duration) {
        let entity = self.program.source(source);
        let name = event_name(self.program.hash(entity), ordinal);
        let menu = Menu::Arrival { within: within.as_micros() };
        let at = self.fault(family, entity, name, 0, menu);
        if at > 0 {
            if family == Family::Load {
                let times = vec![Instant::from_micros(at - 1)];
                self.comings.push(Coming { source, name, times });
            }
            self.plan_event(source, ordinal, Duration::from_micros(at - 1), None);
        }
    }

    pub(super) fn plan_event(&mut self, source: usize, ordinal: u32, at: Duration, stated: Option<u16>) {
        let name = event_name(self.program.hash(self.program.source(source)), ordinal);
        let key = self.group_of(source, ordinal);
        self.add_event(source, ordinal, at, (key, name), stated);
    }

    fn add_event(
        &mut self,
        source: usize,
        ordinal: u32,
        at: Duration,
        (key, deduplication): (u32, u64),
        stated: Option<u16>,
    ) {
        let name = event_name(self.program.hash(self.program.source(source)), ordinal);
        let is_channel = source >= self.queues.len();
        let drawn = if stated.is_none() && !is_channel { self.draw_class(source, name) } else { 0 };
        let class = stated.unwrap_or(drawn);
        let payload = if stated.is_some() || is_channel { 0 } else { class - self.queues[source].classes.0 };
        let message = Message {
            source,
            ordinal,
            name,
            fate: Fate::Open,
            poisoned: false,
            class,
            payload,
            queue: source,
            origin: source,
            place: Place::Unsent,
            receives: 0,
            last_receive: None,
            sent: Instant::START,
            came: 0,
            key,
            deduplication,
            event: 0,
            owed: source,
            route: None,
            is_doomed: false,
            tenant: None,
            reached: false,
            lane: None,
            readable_until: None,
            past: Vec::new(),
        };
        self.plan_message(message, Instant::START + at);
    }

    /// An event for a queue or a function, or one for each route of a channel that wants it.
    pub(super) fn plan_message(&mut self, message: Message, at: Instant) {
        let program = self.program;
        let Some(channel) = program.channel(message.source) else {
            return self.owe(message, at);
        };
        let first = self.messages.len();
        let branch = if channel.branches > 1 {
            let entity = program.hash(program.source(message.source));
            let (family, domain, item) = (Family::Load, Domain::of("choice"), message.name);
            let point = ChoicePoint { family, domain, entity, item, ordinal: 0 };
            self.chooser.choose(&point, Menu::OneOf(u32::from(channel.branches))) as u16
        } else {
            0
        };
        for number in channel.routes() {
            let route = &program.network.routes[number];
            if route.branch == branch && route.wants(message.class) {
                self.owe_by(&message, number, at);
            }
        }
        self.came_to_channel(&message, at, first);
    }

    /// What is owed to whoever is at the end of a route.
    pub(super) fn owe_by(&mut self, message: &Message, number: usize, at: Instant) {
        let route = &self.program.network.routes[number];
        let name = emitted_name(message.name, self.program.hash(route.entity), 0);
        let queue = usize::from(route.place);
        let mut past = message.past.clone();
        if let Some(last) = past.last_mut() {
            last.loses_mark = !route.hands_mark_on;
        }
        let class = route.arrived(message.class);
        let route = Some(number);
        let owed = Message { name, queue, origin: queue, owed: queue, route, past, class, ..message.clone() };
        self.owe(owed, at);
    }

    fn owe(&mut self, message: Message, at: Instant) {
        let reads = |mapping: &usize| usize::from(self.mappings[*mapping].queue) == message.queue;
        let readers: Vec<usize> = (0..self.mappings.len()).filter(reads).collect();
        let somebody_wants =
            readers.is_empty() || readers.iter().any(|mapping| self.program.wants(*mapping, message.class));
        let fate = if somebody_wants { Fate::Open } else { Fate::Unwanted };
        let event = self.messages.len();
        self.agenda.push((at, What::Send(event)));
        self.messages.push(Message { fate, event, ..message });
    }

    /// About how long a source's consumer waits before it tries again.
    pub(super) fn pause_of(&self, source: usize) -> Duration {
        match self.queues.get(source) {
            Some(queue) => queue.visibility,
            None => Duration::from_micros(
                self.program.network.buffer.retries.iter().map(|pause| pause.as_micros()).sum(),
            ),
        }
    }

    /// One of the payloads of a source, where it has several.
    fn draw_class(&mut self, source: usize, item: u64) -> u16 {
        let (first, count) = self.queues[source].classes;
        if count == 1 {
            return first;
        }
        let entity = self.program.hash(self.program.source(source));
        let (family, domain) = (Family::Load, Domain::of("class"));
        let point = ChoicePoint { family, domain, entity, item, ordinal: 1 };
        first + self.chooser.choose(&point, Menu::OneOf(u32::from(count))) as u16
    }

    pub(super) fn plan_faults(&mut self) {
        for span in &self.program.plan.spans {
            self.plan_stated_span(span);
        }
        for family in [Family::Outage, Family::Brownout, Family::ServiceError, Family::Redeploy] {
            for function in 0..self.functions.len() {
                if self.functions[function].runs == Runs::Code || family == Family::Outage {
                    self.plan_spans(family, Victim::Function(function));
                }
            }
        }
        for queue in 0..self.queues.len() {
            if self.queues[queue].is_read() {
                self.plan_spans(Family::ServiceError, Victim::Queue(queue));
            }
        }
        self.plan_spans(Family::Throttle, Victim::Account);
    }

    /// The phase is cut into equal parts with at most one span each; a span and the gap after it fit into its part
    /// unless there is only one part.
    fn plan_spans(&mut self, family: Family, victim: Victim) {
        let entity = self.victim(victim);
        let shape = self.program.profile.fault(family).span;
        let (longest, gap) = shape.map_or((1, 1), |shape| (shape.longest.as_micros(), shape.gap.as_micros()));
        let phase = self.faults_until.as_micros();
        let parts = (phase / (longest + gap)).clamp(1, SPANS_AT_MOST);
        let part = phase / parts;
        let odds = self.chooser.intensity(family);
        for index in 0..parts {
            let name = index as u32 * 2;
            let length = self.fault(family, entity, 0, name, Menu::Span { odds, longest });
            if length == 0 {
                continue;
            }
            let high = if parts == 1 { part } else { part - (length + gap) };
            let domain = self.program.profile.fault(family).domain;
            let named = self.program.hash(entity);
            let point = ChoicePoint { family, domain, entity: named, item: 0, ordinal: name + 1 };
            let menu = self.aim(point, victim, Part { length, begin: index * part, width: high });
            let start = self.chooser.choose(&point, menu);
            let begin = Instant::from_micros(index * part + start);
            if begin < self.faults_until {
                self.plan_span(family, victim, begin, Duration::from_micros(length));
            }
        }
    }

    fn plan_span(&mut self, family: Family, victim: Victim, begin: Instant, length: Duration) {
        if let (Family::Redeploy, Victim::Function(function)) = (family, victim) {
            return self.agenda.push((begin, What::Redeploy(function)));
        }
        let factors = &self.program.profile.brownout_factors;
        let factor = if family == Family::Brownout {
            let choice =
                self.fault(family, self.victim(victim), 0, FACTOR, Menu::OneOf(factors.len() as u32));
            u64::from(factors[choice as usize])
        } else {
            1
        };
        let end = (begin + length).min(self.faults_until);
        let span = self.spans.len();
        self.spans.push(Span { family, victim, length: end.since(begin), factor, is_on: false });
        self.agenda.push((begin, What::SpanBegins(span)));
        self.agenda.push((end, What::SpanEnds(span)));
    }

    /// Spans that the scenario states come before those that are drawn.
    fn plan_stated_span(&mut self, stated: &StatedSpan) {
        let victim = match stated.victim {
            program::Victim::Function(index) => Victim::Function(usize::from(index)),
            program::Victim::Queue(index) => Victim::Queue(usize::from(index)),
            program::Victim::Account => Victim::Account,
        };
        let factor = u64::from(self.program.profile.brownout_factors[0]);
        let span = self.spans.len();
        self.spans.push(Span { family: stated.family, victim, length: stated.length, factor, is_on: false });
        self.agenda.push((Instant::START + stated.at, What::SpanBegins(span)));
        self.agenda.push((Instant::START + stated.at + stated.length, What::SpanEnds(span)));
    }

    /// Whether a fault is on.
    pub(super) fn is_in(&self, family: Family, victim: Victim) -> bool {
        self.spans.iter().any(|span| span.is_on && span.family == family && span.victim == victim)
    }

    /// By how much a function is slower: by its worst brownout.
    pub(super) fn slowdown(&self, function: usize) -> u64 {
        let slows = |span: &&Span| {
            span.is_on && span.family == Family::Brownout && span.victim == Victim::Function(function)
        };
        self.spans.iter().filter(slows).map(|span| span.factor).max().unwrap_or(1)
    }

    fn victim(&self, victim: Victim) -> EntityId {
        match victim {
            Victim::Function(index) => self.functions[index].entity,
            Victim::Queue(index) => self.queues[index].entity,
            Victim::Account => self.program.account.entity,
        }
    }

    pub(super) fn span_begins(&mut self, span: usize) {
        self.note_span(RecordKind::SpanBegan, self.spans[span]);
        self.spans[span].is_on = true;
    }

    pub(super) fn span_ends(&mut self, span: usize) {
        self.note_span(RecordKind::SpanEnded, self.spans[span]);
        self.spans[span].is_on = false;
        if let Victim::Queue(queue) = self.spans[span].victim {
            match self.queues[queue].log {
                Some(log) => self.rouse_all(usize::from(log)),
                None => self.wake(queue),
            }
        }
    }

    fn note_span(&mut self, kind: RecordKind, span: Span) {
        let rule = self.program.profile.fault(span.family).rule;
        self.enter(kind, self.victim(span.victim), rule, span.length.as_micros(), &[]);
    }

    pub(super) fn redeploy(&mut self, function: usize) {
        let rule = self.program.profile.fault(Family::Redeploy).rule;
        self.enter(RecordKind::FunctionRedeployed, self.functions[function].entity, rule, 0, &[]);
        self.states[function].warm = 0;
    }
}

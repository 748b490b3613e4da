//! Faults over spans of time, and what begins and ends with them.

use crate::kernel::{ChoicePoint, Chooser, Family, Menu};
use crate::program::Victim;
use crate::trace::{EntityId, Observer, RecordKind};
use crate::vocabulary::{Duration, Instant};
use crate::world::handler::Handler;
use crate::world::moments::Room;
use crate::world::run::{Due, Run, World};

/// One fault over a span of time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) family: Family,
    pub(crate) victim: Victim,
    pub(crate) length: Duration,
    pub(crate) factor: u32,
    pub(crate) is_on: bool,
}

/// At most so many spans of a family and entity in a run: our own bound, so that short runs stay short.
const SPANS_AT_MOST: u64 = 3;

/// The families of which spans are drawn.
pub(crate) const DRAWN_SPANS: [Family; 5] =
    [Family::Outage, Family::Brownout, Family::ServiceError, Family::Redeploy, Family::Throttle];

impl<C: Chooser, O: Observer, H: Handler> Run<'_, C, O, H> {
    /// Decides on all spans of the run.
    pub(crate) fn plan_faults(&mut self) {
        let program = self.program;
        for span in &program.plan.spans {
            let factor = program.profile.brownout_factors[0];
            let length = span.length;
            let (family, victim, is_on) = (span.family, span.victim, false);
            self.schedule_span(Span { family, victim, length, factor, is_on }, Instant::START + span.at);
        }
        let functions = self.program.functions.len();
        for family in [Family::Outage, Family::Brownout, Family::ServiceError, Family::Redeploy] {
            if self.chooser.active(family) {
                for index in (0..functions).filter(|index| program.functions[*index].suffers(family)) {
                    self.plan_spans(family, Victim::Function(index as u16));
                }
            }
        }
        if self.chooser.active(Family::ServiceError) {
            for index in 0..self.program.queues.len() {
                if self.program.queues[index].is_read() {
                    self.plan_spans(Family::ServiceError, Victim::Queue(index as u16));
                }
            }
        }
        if self.chooser.active(Family::Throttle) {
            self.plan_spans(Family::Throttle, Victim::Account);
        }
    }

    /// The phase is cut into equal parts, each of which holds at most one span and the gap after it, so that spans keep
    /// their distance and their names. Where there is one part only, its span may begin anywhere.
    fn plan_spans(&mut self, family: Family, victim: Victim) {
        let table = self.program.profile.fault(family);
        let phase = self.world.faults_until.since_start();
        let (longest, gap) =
            table.span.map_or((1, 1), |shape| (shape.longest.as_micros(), shape.gap.as_micros()));
        let parts = (phase.as_micros() / (longest + gap).max(1)).clamp(1, SPANS_AT_MOST);
        let part = phase.as_micros() / parts;
        let odds = self.chooser.intensity(family);
        for index in 0..parts {
            let length = self.span_choice(family, victim, index * 2, Menu::Span { odds, longest });
            if length == 0 {
                continue;
            }
            let high = if parts == 1 { part } else { part - (length + gap) };
            let room = Room { length, base: index * part, latest: high };
            let menu = self.starts(&self.span_point(family, victim, index * 2 + 1), victim, room);
            let start = self.span_choice(family, victim, index * 2 + 1, menu);
            let at = Instant::from_micros(index * part + start);
            if at < self.world.faults_until {
                self.plan_span(family, victim, at, Duration::from_micros(length));
            }
        }
    }

    /// No span outlasts the faulty phase.
    fn plan_span(&mut self, family: Family, victim: Victim, at: Instant, length: Duration) {
        if let (Family::Redeploy, Victim::Function(function)) = (family, victim) {
            return self.world.pending.schedule(at, Due::Redeploy { function });
        }
        let factors = &self.program.profile.brownout_factors;
        let choice = match family {
            Family::Brownout => {
                let menu = Menu::OneOf(factors.len() as u32);
                self.span_choice(family, victim, FACTOR_ORDINAL, menu)
            }
            _ => 0,
        };
        let ends = (at + length).min(self.world.faults_until);
        let factor = factors[choice as usize];
        self.schedule_span(Span { family, victim, length: ends.since(at), factor, is_on: false }, at);
    }

    fn schedule_span(&mut self, span: Span, at: Instant) {
        let ends = at + span.length;
        let index = self.world.spans.len() as u16;
        self.world.spans.push(span);
        self.world.pending.schedule(at, Due::SpanBegins { span: index });
        self.world.pending.schedule(ends, Due::SpanEnds { span: index });
    }

    fn span_choice(&mut self, family: Family, victim: Victim, ordinal: u64, menu: Menu) -> u64 {
        let point = self.span_point(family, victim, ordinal);
        self.chooser.choose(&point, menu)
    }

    fn span_point(&self, family: Family, victim: Victim, ordinal: u64) -> ChoicePoint {
        let entity = self.program.hash(self.victim_entity(victim));
        let domain = self.program.profile.fault(family).domain;
        ChoicePoint { family, domain, entity, item: 0, ordinal: ordinal as u32 }
    }

    fn victim_entity(&self, victim: Victim) -> EntityId {
        match victim {
            Victim::Function(index) => self.program.functions[usize::from(index)].entity,
            Victim::Queue(index) => self.program.queues[usize::from(index)].entity,
            Victim::Account => self.program.account.entity,
        }
    }

    pub(crate) fn span_begins(&mut self, index: usize) {
        self.note_span(RecordKind::SpanBegan, self.world.spans[index]);
        self.world.spans[index].is_on = true;
        self.refresh(self.world.spans[index].victim);
    }

    pub(crate) fn span_ends(&mut self, index: usize) {
        self.note_span(RecordKind::SpanEnded, self.world.spans[index]);
        self.world.spans[index].is_on = false;
        let victim = self.world.spans[index].victim;
        self.refresh(victim);
        match victim {
            Victim::Function(_) | Victim::Account => self.schedule_tries(),
            Victim::Queue(queue) if self.world.queue_tables[usize::from(queue)].log.is_some() => {
                self.wake_all(usize::from(queue));
            }
            Victim::Queue(queue) => self.poll(usize::from(queue)),
        }
    }

    /// What holds for a victim by all its spans that are on: stated ones may overlap those that a run draws.
    fn refresh(&mut self, victim: Victim) {
        let World { spans, functions, queues, throttles, .. } = &mut *self.world;
        let on = || spans.iter().filter(|span| span.is_on && span.victim == victim);
        let has = |family| on().any(|span| span.family == family);
        match victim {
            Victim::Function(index) => {
                let function = &mut functions[usize::from(index)];
                function.in_outage = has(Family::Outage);
                function.refuses = has(Family::ServiceError);
                let slow = on().filter(|span| span.family == Family::Brownout);
                function.slowdown = slow.map(|span| span.factor).max().unwrap_or(1);
            }
            Victim::Queue(index) => queues[usize::from(index)].refuses = has(Family::ServiceError),
            Victim::Account => *throttles = on().count() as u32,
        }
    }

    fn note_span(&mut self, kind: RecordKind, span: Span) {
        let rule = self.program.profile.fault(span.family).rule;
        let entity = self.victim_entity(span.victim);
        self.record(kind, entity, rule, (span.family as u32, span.length.as_micros()), 0, &[]);
    }

    /// A new deployment replaces all idle environments.
    pub(crate) fn redeploy(&mut self, function: usize) {
        let rule = self.program.profile.fault(Family::Redeploy).rule;
        let entity = self.world.function_tables[function].entity;
        self.record(RecordKind::FunctionRedeployed, entity, rule, (0, 0), 0, &[]);
        // A pipe has no environments that could be replaced.
        let ready = self.world.function_tables[function].ready();
        let state = &mut self.world.functions[function];
        state.warm = ready.saturating_sub(state.active);
        self.world.mark_all(Family::Redeploy);
    }

    pub(crate) fn faults_stop(&mut self) {
        let (rule, entity) = (self.program.profile.settle_rule, self.program.account.entity);
        self.record(RecordKind::FaultsStopped, entity, rule, (0, 0), 0, &[]);
    }
}

/// The ordinal of the choice of a brownout's factor; lengths and starts count from 0.
const FACTOR_ORDINAL: u64 = 1_000;

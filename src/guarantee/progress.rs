//! `progress`: no queue and no message group stands still for longer than the stall limit while it has work.
//!
//! A queue has work while a message can be received or sits in a batch that has not started. It moves when an
//! invocation with its messages starts, when messages are deleted, or when one goes to the dead-letter queue; losing a
//! message is no move. A queue none of whose consumers can ever run stands still from the first message that it gives
//! up, however soon that is. So much for the queue; each message group of a FIFO queue is asked for itself too: it stands
//! still while a message waits to be received, or behind another one, and none of the group is processed for the first
//! time, deleted or moved to the dead-letter queue. A message alone in its group holds up nobody: that an invocation
//! starts with it is a move. Likewise each lane of a shard: it stands still while records wait behind others and the
//! checkpoint does not move. And so does each execution that waits for its token, or whatever else waits to be called
//! back for an event: it stands still when it has waited for longer than the limit and nobody has called. The event that is named is the one in front. Time within spans of outage, throttling or service errors of the queue, its functions or the
//! account does not count. Not exercised while nothing was sent.

use crate::guarantee::monitor::Culprit;
use crate::guarantee::{Applicable, GroupWatch, GuaranteeName, LaneWatch, Monitor, QueueWatch, Sight, Watch};
use crate::program::Program;
use crate::trace::{EventId, KindMask, RecordKind};
use crate::vocabulary::Duration;

pub(crate) struct Progress;

impl Monitor for Progress {
    const NAME: GuaranteeName = GuaranteeName::Progress;
    const KINDS: KindMask = KindMask::of(&[
        RecordKind::MessagesReceived,
        RecordKind::EventDequeued,
        RecordKind::EventGivenUp,
        RecordKind::MessageExpired,
        RecordKind::MessageRedriven,
        RecordKind::RecordsRead,
        RecordKind::RecordsDiscarded,
        RecordKind::InvocationStarted,
        RecordKind::CallbackMissed,
        RecordKind::RunEnded,
    ]);

    fn applicable(_program: &Program, _queue: usize) -> Applicable {
        Applicable::Yes
    }

    fn exercised(watch: &Watch, queue: usize) -> bool {
        watch.queue(queue).quantities.sent > 0
    }

    #[inline]
    fn violated(sight: &Sight<'_>) -> Option<Culprit> {
        let event = sight.covered.first().map(|item| item.event);
        let limit = sight.program.profile.stall_limit;
        if sight.record.kind == RecordKind::CallbackMissed {
            return (waited(sight) > limit).then_some(event);
        }
        let standing = sight.watch.queue(sight.queue).standing(sight.record.at);
        let gave_up = QueueWatch::is_given_up(sight.record.kind);
        if standing > limit || (gave_up && is_switched_off(sight.program, sight.queue)) {
            return Some(event);
        }
        if sight.watch.keeps_order(sight.queue) { blocked(sight, limit) } else { None }
    }
}

/// How long somebody has waited in vain to be called back, what spans excuse left out.
#[inline(never)]
fn waited(sight: &Sight<'_>) -> Duration {
    let excused = sight.watch.clock(sight.queue, sight.record.at).excused;
    Duration::from_micros(sight.record.value) - excused
}

/// The event in front of a group that stands still.
#[inline(never)]
fn blocked(sight: &Sight<'_>, limit: Duration) -> Option<Culprit> {
    let (watch, queue) = (sight.watch, sight.queue);
    if sight.program.log(queue).is_some() {
        return blocked_lane(sight, limit);
    }
    let clock = watch.clock(queue, sight.record.at);
    let stands = |group: &&GroupWatch| group.standing(clock) > limit;
    if sight.record.kind == RecordKind::RunEnded {
        return watch.groups(queue).iter().find(stands).map(|group| group.front);
    }
    let group_of = |event: EventId| watch.group(queue, event).filter(stands);
    sight.covered.iter().find_map(|item| group_of(item.event).map(|group| group.front.or(Some(item.event))))
}

/// The record in front of a lane that stands still.
fn blocked_lane(sight: &Sight<'_>, limit: Duration) -> Option<Culprit> {
    let (watch, queue) = (sight.watch, sight.queue);
    let clock = watch.clock(queue, sight.record.at);
    let stands = |lane: &&LaneWatch| lane.standing(clock) > limit;
    if sight.record.kind == RecordKind::RunEnded {
        return watch.lanes(queue).iter().find(stands).map(|lane| lane.front);
    }
    // What one record covers is of one lane.
    let item = sight.covered.first()?;
    watch.lane(queue, item.event).filter(stands).map(|lane| lane.front.or(Some(item.event)))
}

/// Whether no consumer of a queue can ever run: its mapping is disabled, or nothing is reserved for its function.
fn is_switched_off(program: &Program, queue: usize) -> bool {
    if let Some(push) = program.push(queue) {
        let pool = program.pools.of_push(usize::from(program.queues[queue].push.unwrap_or_default()));
        return never_runs(program, push.function, pool);
    }
    if let Some(log) = program.log(queue) {
        let pool = program.pools.of_log(usize::from(program.queues[queue].log.unwrap_or_default()));
        return !log.enabled || never_runs(program, log.function, pool);
    }
    program.queues[queue].consumers().all(|index| {
        let mapping = &program.mappings[index];
        !mapping.enabled || never_runs(program, mapping.function, program.pools.of_mapping(index))
    })
}

fn never_runs(program: &Program, function: u16, pool: Option<u16>) -> bool {
    let function = usize::from(function);
    program.pools.never_runs(function, &program.functions[function], pool)
}

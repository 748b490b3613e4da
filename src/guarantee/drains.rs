//! `drains`: after load and faults stop, the backlog is gone within the time that the settings declare.
//!
//! The bound is one whole retry path (`maxReceiveCount` + 1 visibility timeouts, each with the batching window and
//! the delay) plus the backlog divided by the capacity: one time-out for each round of as many batches as the mapping
//! starts with. In a FIFO queue everything may be of one message group: as many retry paths follow one another as
//! events may be poisoned, and one batch runs at a time. Without a redrive policy the path has no end, and the profile's drain limit takes its place. It is
//! violated when the queue is emptied, or the run ends, later than that. Not exercised without a backlog.

use crate::guarantee::monitor::Culprit;
use crate::guarantee::{Applicable, GuaranteeName, Monitor, Sight, Watch};
use crate::program::{Bisect, DeadLetter, LogTable, Program, PushTable};
use crate::trace::{KindMask, RecordKind};
use crate::vocabulary::Duration;

pub(crate) struct Drains;

impl Monitor for Drains {
    const NAME: GuaranteeName = GuaranteeName::Drains;
    const KINDS: KindMask = KindMask::of(&[
        RecordKind::MessagesDeleted,
        RecordKind::MessageRedriven,
        RecordKind::MessageExpired,
        RecordKind::EventCompleted,
        RecordKind::EventGivenUp,
        RecordKind::CheckpointMoved,
        RecordKind::RecordsDiscarded,
        RecordKind::RunEnded,
    ]);

    fn applicable(_program: &Program, _queue: usize) -> Applicable {
        Applicable::Yes
    }

    fn exercised(watch: &Watch, queue: usize) -> bool {
        watch.queue(queue).backlog > 0
    }

    #[inline]
    fn violated(sight: &Sight<'_>) -> Option<Culprit> {
        let stopped = sight.watch.faults_stopped()?;
        let state = sight.watch.queue(sight.queue);
        if state.live == 0 {
            return None;
        }
        let late = sight.record.at.since(stopped) > bound(sight.program, sight.queue, state.backlog);
        let event = sight.covered.first().map(|item| item.event);
        late.then_some(event)
    }
}

/// How long the backlog of a queue may take.
pub(crate) fn bound(program: &Program, queue: usize, backlog: u32) -> Duration {
    if let Some(stated) = program.profile.bounds.drain {
        return stated;
    }
    if let Some(push) = program.push(queue) {
        return pushed_bound(program, push, backlog);
    }
    if let Some(log) = program.log(queue) {
        return read_bound(program, log, backlog);
    }
    let table = &program.queues[queue];
    let rounds = table.consumers().map(|index| rounds(program, index, backlog)).min();
    let Some((work, window)) = rounds else { return Duration::MAX };
    match table.dead_letter {
        DeadLetter::None => program.profile.drain_limit,
        DeadLetter::Queue(_) | DeadLetter::Outside => {
            let path = (table.visibility + window) * (u64::from(table.max_receive_count) + 1);
            path * serial(program, queue, backlog) + table.delay + work
        }
    }
}

/// The pauses between the tries of an event and the tries themselves, and what is before it; never longer than an
/// event may wait.
fn pushed_bound(program: &Program, push: &PushTable, backlog: u32) -> Duration {
    let function = &program.functions[usize::from(push.function)];
    let buffer = &program.network.buffer;
    let timeout = function.timeout + program.account.init_limit;
    let retries = buffer.retries.iter().take(push.attempts as usize);
    let at_once = function.reserved.min(program.account.unreserved).max(1);
    let rounds = u64::from(backlog.div_ceil(at_once));
    // Each round may find the event in the longest pause after a throttle, and each retry does so anew.
    let throttles = buffer.throttle_longest * (rounds + u64::from(push.attempts) + 1);
    let pauses = retries.fold(throttles, |all, pause| all + *pause);
    let work = timeout * rounds;
    let path = pauses + timeout * (u64::from(push.attempts) + 1) + work;
    path.min(push.age + timeout)
}

/// As many retry paths as records may be poisoned, each with what bisecting adds, and the work at what is left, one
/// batch at a time; no record is tried when it is too old.
fn read_bound(program: &Program, log: &LogTable, backlog: u32) -> Duration {
    if log.attempts == u32::MAX && log.age == Duration::MAX {
        return program.profile.drain_limit;
    }
    let function = &program.functions[usize::from(log.function)];
    let timeout = function.timeout + program.account.init_limit;
    let batch = log.batch_size.min(backlog).max(1);
    let splits = if log.bisect == Bisect::OnError { u32::BITS - batch.leading_zeros() } else { 0 };
    let longest = Duration::from_micros(program.open.log_retry_longest.highest());
    let tries = u64::from(log.attempts) + 1 + 2 * u64::from(splits);
    let failing = u64::from(program.profile.poison_at_most.min(backlog).max(1));
    let work = (timeout + log.window) * u64::from(backlog);
    let path = if log.attempts == u32::MAX { log.age } else { (timeout + longest) * tries };
    path.min(log.age) * failing + work
}

/// How many retry paths follow one another at most: all that fail may be in one message group.
fn serial(program: &Program, queue: usize, backlog: u32) -> u64 {
    let failing =
        if program.queues[queue].is_fifo() { program.profile.poison_at_most.min(backlog) } else { 1 };
    u64::from(failing.max(1))
}

/// How long a mapping works at a backlog at most, and how long one of its batches waits.
fn rounds(program: &Program, mapping: usize, backlog: u32) -> (Duration, Duration) {
    let mapping = &program.mappings[mapping];
    let function = &program.functions[usize::from(mapping.function)];
    let groups = if program.queues[usize::from(mapping.queue)].is_fifo() { 1 } else { u32::MAX };
    let initial = program.account.initial_concurrency.min(groups);
    let at_once = initial.min(mapping.maximum_concurrency).min(function.reserved).max(1);
    let batches = u64::from(backlog.div_ceil(mapping.batch_size.max(1)));
    let timeout = function.timeout + program.account.init_limit;
    (timeout * batches.div_ceil(u64::from(at_once)), mapping.window)
}

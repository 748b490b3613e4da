//! `progress`: no queue stands still for longer than the stall limit while it has work.
//!
//! A queue has work while a message can be received or sits in a batch that has not started. It moves when an
//! invocation with its messages starts, when messages are deleted, or when one goes to the dead-letter queue; losing a
//! message is no move. A queue none of whose consumers can ever run stands still from the first message that it gives
//! up, however soon that is. Time within spans of outage, throttling or service errors of the queue, its functions or the
//! account does not count. Not exercised while nothing was sent.

use crate::guarantee::monitor::Culprit;
use crate::guarantee::{Applicable, GuaranteeName, Monitor, Sight, Watch};
use crate::program::Program;
use crate::trace::{KindMask, RecordKind};

pub(crate) struct Progress;

impl Monitor for Progress {
    const NAME: GuaranteeName = GuaranteeName::Progress;
    const KINDS: KindMask = KindMask::of(&[
        RecordKind::MessagesReceived,
        RecordKind::MessageExpired,
        RecordKind::MessageRedriven,
        RecordKind::InvocationStarted,
        RecordKind::RunEnded,
    ]);

    fn applicable(_program: &Program, _queue: usize) -> Applicable {
        Applicable::Yes
    }

    fn exercised(watch: &Watch, queue: usize) -> bool {
        watch.queue(queue).quantities.sent > 0
    }

    fn violated(sight: &Sight<'_>) -> Option<Culprit> {
        let standing = sight.watch.queue(sight.queue).standing(sight.record.at);
        let event = sight.covered.first().map(|item| item.event);
        let gave_up = matches!(sight.record.kind, RecordKind::MessageRedriven | RecordKind::MessageExpired);
        let stands = gave_up && is_switched_off(sight.program, sight.queue);
        (stands || standing > sight.program.profile.stall_limit).then_some(event)
    }
}

/// Whether no consumer of a queue can ever run: its mapping is disabled, or nothing is reserved for its function.
fn is_switched_off(program: &Program, queue: usize) -> bool {
    program.queues[queue].consumers().all(|index| {
        let mapping = &program.mappings[index];
        !mapping.enabled || program.functions[usize::from(mapping.function)].reserved == 0
    })
}

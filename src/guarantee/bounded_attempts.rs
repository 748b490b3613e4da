//! `bounded-attempts`: no event is delivered to a running invocation more often than its settings literally declare.
//!
//! The bound is the queue's `maxReceiveCount`, or one more than `MaximumRetryAttempts` of a mapping on a stream. It is violated when an invocation starts with an event that has been
//! delivered that often before. Not applicable without a redrive policy, since then nothing bounds the attempts; not
//! exercised while no message came back.

use crate::guarantee::monitor::Culprit;
use crate::guarantee::{Applicable, GuaranteeName, Monitor, Sight, Watch};
use crate::program::{DeadLetter, Program, PushKind};
use crate::trace::{KindMask, RecordKind};

pub(crate) struct BoundedAttempts;

impl Monitor for BoundedAttempts {
    const NAME: GuaranteeName = GuaranteeName::BoundedAttempts;
    const KINDS: KindMask = KindMask::of(&[RecordKind::InvocationStarted]);

    fn applicable(program: &Program, queue: usize) -> Applicable {
        match program.push(queue).map(|push| push.kind) {
            Some(PushKind::Buffer) => return Applicable::Yes,
            Some(PushKind::Request) if program.network.gives_up(queue) => {
                return Applicable::No(
                    "what calls and waits gives up by itself, by the settings of its link",
                );
            }
            Some(PushKind::Request) => return Applicable::No("no setting bounds what a caller does"),
            None => {}
        }
        if let Some(log) = program.log(queue) {
            return if log.attempts == u32::MAX {
                Applicable::No("the mapping has no MaximumRetryAttempts, so nothing bounds the attempts")
            } else {
                Applicable::Yes
            };
        }
        match program.queues[queue].dead_letter {
            DeadLetter::None => {
                Applicable::No("the queue has no redrive policy, so nothing bounds the attempts")
            }
            DeadLetter::Queue(_) | DeadLetter::Outside => Applicable::Yes,
        }
    }

    fn exercised(watch: &Watch, queue: usize) -> bool {
        watch.queue(queue).delivered_again
    }

    #[inline]
    fn violated(sight: &Sight<'_>) -> Option<Culprit> {
        let network = &sight.program.network;
        let table = &sight.program.queues[sight.queue];
        let bound = match (table.push, table.log) {
            (Some(push), _) => network.pushes[usize::from(push)].attempts + 1,
            (None, Some(log)) => network.logs[usize::from(log)].attempts.saturating_add(1),
            (None, None) => table.max_receive_count,
        };
        let beyond = |item: &&crate::trace::Covered| sight.watch.event(item.event).deliveries >= bound;
        sight.covered.iter().find(beyond).map(|item| Some(item.event))
    }
}

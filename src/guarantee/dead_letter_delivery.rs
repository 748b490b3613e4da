//! `dead-letter-delivery`: what is given up can be read in the dead-letter queue configured for it.
//!
//! It is violated when an event that its consumer did not process expires in a queue that has a redrive policy, or
//! arrives in the dead-letter queue with less than the operator's window of its retention left. An event that the
//! consumer itself deleted was not given up by the queue: that is `no-loss`. Not applicable without a redrive policy,
//! not exercised while nothing was given up.

use crate::guarantee::monitor::Culprit;
use crate::guarantee::{Applicable, GuaranteeName, Monitor, Sight, Watch};
use crate::program::{DeadLetter, Program, PushKind};
use crate::trace::{KindMask, Record, RecordKind};

pub(crate) struct DeadLetterDelivery;

impl Monitor for DeadLetterDelivery {
    const NAME: GuaranteeName = GuaranteeName::DeadLetterDelivery;
    const KINDS: KindMask = KindMask::of(&[RecordKind::ObligationLost, RecordKind::ExitFailed]);

    fn applicable(program: &Program, queue: usize) -> Applicable {
        if let Some(push) = program.push(queue) {
            if program.network.gives_up(queue) {
                return Applicable::No("whether what is given up is kept, `no-loss` tells");
            }
            if push.kind == PushKind::Request {
                return Applicable::No("whoever waits is told, and no dead-letter queue is used");
            }
            return match (push.on_failure, push.dead_letter) {
                (None, None) => Applicable::No(
                    "the function has neither a dead-letter queue nor a destination for failures",
                ),
                (Some(_), _) | (_, Some(_)) => Applicable::Yes,
            };
        }
        if let Some(log) = program.log(queue) {
            return match log.on_failure {
                None => Applicable::No("the mapping has no destination for failures"),
                Some(_) => Applicable::Yes,
            };
        }
        match program.queues[queue].dead_letter {
            DeadLetter::None => Applicable::No("the queue has no redrive policy"),
            DeadLetter::Queue(_) | DeadLetter::Outside => Applicable::Yes,
        }
    }

    fn exercised(watch: &Watch, queue: usize) -> bool {
        watch.queue(queue).gave_up
    }

    fn violated(sight: &Sight<'_>) -> Option<Culprit> {
        let record = sight.record;
        let fails = match record.kind {
            RecordKind::ExitFailed => record.subject == Record::AFTER_FAILURE,
            _ => matches!(record.value, Record::LOST_BY_EXPIRY | Record::LOST_BY_AGE | Record::LOST_BY_EXIT),
        };
        sight.covered.first().filter(|_| fails).map(|item| Some(item.event))
    }
}

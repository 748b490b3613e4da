//! `ordering`: within a message group events are first processed in the order in which they were published.
//!
//! It is asked of FIFO queues and of mappings on streams, where the partition key takes the place of the group, and of
//! each for itself: the order is that in which the queue took the events, or in which they were first written to a stream
//! that refused some of them, and the processing that of its own consumers. It is violated when an event is processed for the first time after one of its
//! group that came later. An event that is never processed breaks nothing, and going to a dead-letter queue ends its
//! part in the order of the queue that it leaves; where the scenario demands a strict order, it is violated when an
//! event is processed before any of its group that came earlier, whatever becomes of that one. Not exercised while no
//! two events of a group were processed.

use crate::guarantee::monitor::Culprit;
use crate::guarantee::{Applicable, EventFlags, GroupWatch, GuaranteeName, Monitor, Sight, Watch};
use crate::program::Program;
use crate::scenario::Strictness;
use crate::trace::{KindMask, RecordKind};

pub(crate) struct Ordering;

impl Monitor for Ordering {
    const NAME: GuaranteeName = GuaranteeName::Ordering;
    const KINDS: KindMask = KindMask::of(&[RecordKind::EventsProcessed]);

    fn applicable(program: &Program, queue: usize) -> Applicable {
        if program.push(queue).is_some() {
            Applicable::No("nothing promises the order of what is pushed")
        } else if program.queues[queue].is_fifo() || program.log(queue).is_some() {
            Applicable::Yes
        } else {
            Applicable::No("a standard queue promises no order")
        }
    }

    fn exercised(watch: &Watch, queue: usize) -> bool {
        watch.queue(queue).ordered
    }

    fn violated(sight: &Sight<'_>) -> Option<Culprit> {
        let groups = sight.watch.groups(sight.queue);
        let found = match sight.program.profile.bounds.ordering {
            Strictness::Usual => sight.covered.iter().position(|item| {
                let event = sight.watch.event(item.event);
                is_first(sight, event) && is_overtaken(groups, event)
            }),
            Strictness::Strict => (0..sight.covered.len()).find(|item| overtakes(sight, groups, *item)),
        };
        found.map(|item| Some(sight.covered[item].event))
    }
}

/// Whether an event is processed for the first time by a consumer of the queue that it is in.
fn is_first(sight: &Sight<'_>, event: &EventFlags) -> bool {
    !event.processed && usize::from(event.at) == sight.queue
}

/// Whether one that came later was processed before.
fn is_overtaken(groups: &[GroupWatch], event: &EventFlags) -> bool {
    let group = groups.get(event.group as usize);
    group.is_some_and(|group| group.processed > 0 && group.latest > event.position)
}

/// Whether an item is processed before one that came earlier: that was processed neither before nor just before it in
/// the same batch.
fn overtakes(sight: &Sight<'_>, groups: &[GroupWatch], item: usize) -> bool {
    let event = sight.watch.event(sight.covered[item].event);
    let Some(group) = groups.get(event.group as usize).filter(|_| is_first(sight, event)) else {
        return false;
    };
    let before = sight.covered[..item].iter().filter(|other| {
        let other = sight.watch.event(other.event);
        is_first(sight, other) && other.group == event.group
    });
    event.position > group.processed + before.count() as u32
}

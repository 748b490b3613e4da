//! What of the shared state of monitors later verdicts can depend on. Numbers that only reports tell are left out, and
//! which guarantees were found violated already: a search keeps that itself. Message groups are left out too: states
//! with FIFO queues are never taken for equal.

use crate::guarantee::{EventFlags, QueueWatch, Watch};
use crate::trace::EventId;
use crate::vocabulary::Description;

impl Watch {
    /// Writes it down, of events only those that something can still happen to.
    pub(crate) fn describe(&self, live: &[EventId], description: &mut Description) {
        description.add(self.faults_stopped().map_or(0, |at| at.as_micros() + 1));
        for id in live {
            // An event that was not sent yet is unknown here.
            let flags = self.events.get(id.0 as usize).copied().unwrap_or_default();
            describe_event(description, flags);
        }
        for queue in &self.queues {
            describe_queue(description, queue);
        }
    }
}

fn describe_event(description: &mut Description, flags: EventFlags) {
    let EventFlags {
        sent,
        home,
        processed,
        failed,
        running,
        deliveries,
        group: _,
        position: _,
        at: _,
        published: _,
        lane: _,
    } = flags;
    description.add(sent.as_micros());
    description.pair(u32::from(home), u32::from(running));
    description.pair(u32::from(processed) * 2 + u32::from(failed), deliveries);
}

fn describe_queue(description: &mut Description, queue: &QueueWatch) {
    let QueueWatch {
        waiting,
        held,
        live,
        standing_since,
        excused,
        spans,
        span_since,
        backlog,
        gave_up,
        delivered,
        delivered_again,
        processed,
        quantities,
        excused_ever: _,
        ordered: _,
    } = queue;
    description.pair(*waiting, *held);
    description.pair(*live, *backlog);
    let told = [*gave_up, *delivered, *delivered_again, *processed, quantities.sent > 0];
    description.add(told.into_iter().fold(0, |all, one| all * 2 + u64::from(one)));
    // Without work nothing stands still, and time begins to count anew with the next message.
    if queue.has_work() {
        description.add(standing_since.as_micros());
        description.add(excused.as_micros());
    }
    description.add(u64::from(*spans));
    if *spans > 0 {
        description.add(span_since.as_micros());
    }
}

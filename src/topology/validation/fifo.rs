//! FIFO queues: their names, and settings that only they have or that exclude each other.

use crate::models::Models;
use crate::topology::validation::Refusal;
use crate::topology::validation::check::Check;
use crate::topology::{Queue, QueueKind, QueueMapping, Resource};
use crate::vocabulary::{Duration, Place};

const SCOPE: &str = "DeduplicationScope";
const LIMIT: &str = "FifoThroughputLimit";

impl Check<'_> {
    /// What holds for a queue because it is a FIFO queue, or because it is none.
    pub(super) fn fifo(&mut self, resource: &Resource, queue: &Queue) {
        self.queue_name(resource, queue);
        self.foreign_of_queue(resource, queue);
        self.limit_and_scope(resource, queue);
    }

    fn queue_name(&mut self, resource: &Resource, queue: &Queue) {
        //= fifo.name
        const RULE: &str = "fifo.name";
        let (Some(name), Ok(suffix)) = (&queue.fifo.queue_name, self.models.text(RULE, "suffix")) else {
            return;
        };
        let allowed = match (queue.kind, name.value.ends_with(suffix)) {
            (QueueKind::Fifo, true) | (QueueKind::Standard, false) => return,
            (QueueKind::Fifo, false) => format!("a name that ends with {suffix}, or none"),
            (QueueKind::Standard, true) => format!("a name without {suffix}, or FifoQueue: true"),
        };
        let refusal = self.refusal(RULE, &resource.name, "QueueName", &name.value);
        self.found.push(Refusal { allowed, place: name.place().cloned(), ..refusal });
    }

    fn foreign_of_queue(&mut self, resource: &Resource, queue: &Queue) {
        for foreign in &queue.fifo.foreign {
            //= fifo.only_on_fifo
            //= fifo.scope_allowed
            //= fifo.limit_allowed
            let (rule, allowed) = match (queue.kind, foreign.property.as_str()) {
                (QueueKind::Standard, _) => {
                    ("fifo.only_on_fifo", "nothing: a standard queue does not take it".to_owned())
                }
                (QueueKind::Fifo, SCOPE) => ("fifo.scope_allowed", words(self.models, SCOPE)),
                (QueueKind::Fifo, _) => ("fifo.limit_allowed", words(self.models, LIMIT)),
            };
            let refusal = self.refusal(rule, &resource.name, &foreign.property, &foreign.value);
            self.found.push(Refusal { allowed, place: Some(foreign.place.clone()), ..refusal });
        }
    }

    fn limit_and_scope(&mut self, resource: &Resource, queue: &Queue) {
        //= fifo.limit_needs_scope
        const RULE: &str = "fifo.limit_needs_scope";
        let (Ok(limit), Ok(scope)) = (self.models.text(RULE, "limit"), self.models.text(RULE, "scope"))
        else {
            return;
        };
        let fits = queue.fifo.limit.value.word() != limit || queue.fifo.scope.value.word() == scope;
        if fits || queue.kind == QueueKind::Standard {
            return;
        }
        let refusal = self.refusal(RULE, &resource.name, LIMIT, &queue.fifo.limit.value);
        let allowed = format!("{limit} only with {SCOPE}: {scope}");
        self.found.push(Refusal { allowed, place: queue.fifo.limit.place().cloned(), ..refusal });
    }

    /// What a mapping may not ask of a FIFO queue.
    pub(super) fn mapping_of_fifo(&mut self, mapping: &QueueMapping, place: Option<&Place>) {
        //= queue_poll.fifo_batch_size
        //= queue_poll.fifo_window
        const BATCH: &str = "queue_poll.fifo_batch_size";
        const WINDOW: &str = "queue_poll.fifo_window";
        let (size, window) = (&mapping.batch_size, &mapping.batching_window);
        if let Ok(most) = self.models.count(BATCH, "maximum")
            && size.value > most
        {
            let refusal = self.refusal(BATCH, &mapping.name, "BatchSize", &size.value);
            let allowed = format!("at most {most} for a FIFO queue");
            let place = size.place().or(place).cloned();
            self.found.push(Refusal { allowed, place, ..refusal });
        }
        if window.value > Duration::ZERO {
            let property = "MaximumBatchingWindowInSeconds";
            let refusal = self.refusal(WINDOW, &mapping.name, property, &window.value);
            let allowed = "0, or none".to_owned();
            let place = window.place().or(place).cloned();
            self.found.push(Refusal { allowed, place, ..refusal });
        }
    }
}

fn words(models: &Models, property: &str) -> String {
    let model = models.setting(&format!("AWS::SQS::Queue.{property}"));
    model.map_or_else(String::new, |model| model.allowed.join(", "))
}

//! Queues, functions and the account.

use crate::topology::validation::Refusal;
use crate::topology::validation::check::Check;
use crate::topology::validation::provisioned::{PROVISIONED, RESERVED};
use crate::topology::{
    Function, Queue, RedriveAllow, RedriveTarget, Resource, ResourceDetail, ResourceId, Runs, Setting,
};
use crate::vocabulary::Place;

impl Check<'_> {
    /// Every resource for itself.
    pub(super) fn resources(&mut self) {
        for resource in &self.topology.resources {
            match &resource.detail {
                ResourceDetail::Queue(queue) => self.queue(resource, queue),
                ResourceDetail::Function(function) => self.function(resource, function),
                ResourceDetail::Stream(stream) => self.stream(resource, stream),
                ResourceDetail::Channel(_) | ResourceDetail::Other => {}
            }
        }
    }

    fn queue(&mut self, resource: &Resource, queue: &Queue) {
        let name = &resource.name;
        //= queue.visibility_range
        self.ranged(name, "AWS::SQS::Queue.VisibilityTimeout", &queue.visibility_timeout);
        //= queue.retention_range
        self.ranged(name, "AWS::SQS::Queue.MessageRetentionPeriod", &queue.message_retention);
        //= queue.delay_range
        self.ranged(name, "AWS::SQS::Queue.DelaySeconds", &queue.delay);
        //= queue.message_size_range
        self.ranged(name, "AWS::SQS::Queue.MaximumMessageSize", &queue.maximum_message_size);
        //= queue.receive_wait_range
        self.ranged(name, "AWS::SQS::Queue.ReceiveMessageWaitTimeSeconds", &queue.receive_wait);
        self.fifo(resource, queue);
        let Some(redrive) = &queue.redrive else { return };
        //= queue.max_receive_count_range
        self.ranged(name, "AWS::SQS::Queue.RedrivePolicy.maxReceiveCount", &redrive.max_receive_count);
        if let RedriveTarget::Queue(target) = redrive.target {
            self.dead_letters(resource, queue, target, redrive.place.as_ref());
        }
    }

    fn dead_letters(&mut self, source: &Resource, queue: &Queue, target: ResourceId, place: Option<&Place>) {
        let dead = self.topology.resource(target);
        let ResourceDetail::Queue(dead_queue) = &dead.detail else { return };
        let property = "RedrivePolicy.deadLetterTargetArn";
        //= queue.dead_letter_same_type
        if dead_queue.kind != queue.kind {
            let allowed = format!("a {} queue, as {} is", queue.kind.word(), source.name);
            let message = format!("{} is a {} queue", dead.name, dead_queue.kind.word());
            let refusal = self.refusal("queue.dead_letter_same_type", &source.name, property, &dead.name);
            self.found.push(Refusal { allowed, message, place: place.cloned(), ..refusal });
        }
        //= queue.redrive_allow
        let allows = match &dead_queue.redrive_allow {
            RedriveAllow::All => true,
            RedriveAllow::None => false,
            RedriveAllow::ByQueue(sources) => {
                self.topology.find(&source.logical_id).is_some_and(|id| sources.contains(&id))
            }
        };
        if !allows {
            let allowed = format!("a queue whose RedriveAllowPolicy lets {} in", source.name);
            let message = format!("the RedriveAllowPolicy of {} does not let {} in", dead.name, source.name);
            let refusal = self.refusal("queue.redrive_allow", &source.name, property, &dead.name);
            self.found.push(Refusal { allowed, message, place: place.cloned(), ..refusal });
        }
    }

    fn function(&mut self, resource: &Resource, function: &Function) {
        if function.runs != Runs::Code {
            return;
        }
        let name = &resource.name;
        //= function.timeout_range
        self.ranged(name, "AWS::Lambda::Function.Timeout", &function.timeout);
        //= function.memory_range
        self.ranged(name, "AWS::Lambda::Function.MemorySize", &function.memory);
        if let Some(storage) = &function.storage {
            //= function.storage_range
            self.ranged(name, "AWS::Lambda::Function.EphemeralStorage.Size", storage);
        }
        self.provisioned_concurrency(resource, function);
        self.asynchronous(resource, function);
    }

    /// The reservations of all functions together.
    pub(super) fn account(&mut self) {
        //= function.unreserved_minimum
        const RULE: &str = "function.unreserved_minimum";
        let Ok(minimum) = self.models.count(RULE, "minimum") else { return };
        let account = self.topology.account.concurrency.value;
        let all: Vec<_> = self.topology.resources.iter().filter_map(claimed).collect();
        let sum = all.iter().fold(0_u64, |sum, (_, _, count)| sum.saturating_add(*count));
        let Some((resource, setting, _)) = all.into_iter().max_by_key(|(_, _, count)| *count) else { return };
        if sum.saturating_add(minimum) <= account {
            return;
        }
        let is_reserved =
            matches!(&resource.detail, ResourceDetail::Function(own) if own.reserved_concurrency.is_some());
        let property = if is_reserved { RESERVED } else { PROVISIONED };
        let most = account.saturating_sub(minimum);
        let refusal = self.refusal(RULE, &resource.name, property, &setting.value);
        let allowed = format!("at most {most} for all functions together, which take {sum}");
        self.found.push(Refusal { allowed, place: setting.place().cloned(), ..refusal });
    }
}

/// What a function takes from all others, and the setting that says so.
fn claimed(resource: &Resource) -> Option<(&Resource, &Setting<u64>, u64)> {
    match &resource.detail {
        ResourceDetail::Function(function) => {
            let provisioned = function.provisioned.first().map(|one| &one.executions);
            let setting = function.reserved_concurrency.as_ref().or(provisioned)?;
            Some((resource, setting, function.claimed()))
        }
        ResourceDetail::Queue(_)
        | ResourceDetail::Channel(_)
        | ResourceDetail::Stream(_)
        | ResourceDetail::Other => None,
    }
}

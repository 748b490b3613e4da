//! All that AWS leaves open about what a program pushes and reads.

use crate::program::{FirstConsumers, Network, OpenRule, PolicyAge, RequestTable, TaskTable};

impl Network {
    /// The rules of its parts that leave something open; those of several parts come as often.
    pub fn open_rules(&self) -> Vec<&OpenRule> {
        let mut found: Vec<&OpenRule> = Vec::new();
        for policy in &self.policies {
            found.extend(&policy.latency);
            found.push(&policy.switch);
            if let PolicyAge::Open(rule) = &policy.age {
                found.push(rule);
            }
        }
        self.requests.iter().for_each(|request| of_request(request, &mut found));
        let of_callbacks = self.callbacks.iter().filter_map(|callback| callback.task.as_ref());
        self.tasks.iter().chain(of_callbacks).for_each(|task| of_task(task, &mut found));
        for stream in &self.streams {
            found.push(&stream.late_start);
            found.extend(stream.writer.as_ref().map(|writer| &writer.jitter));
            found.extend(stream.deletion.as_ref().map(|deletion| &deletion.delay));
        }
        for consumers in self.consumers.iter().flatten() {
            found.extend([&consumers.delay, &consumers.step]);
            if let FirstConsumers::Open(rule) = &consumers.first {
                found.push(rule);
            }
        }
        found.extend(self.replays.iter().flat_map(|replay| [&replay.delay, &replay.pace]));
        found
    }
}

fn of_request<'n>(request: &'n RequestTable, found: &mut Vec<&'n OpenRule>) {
    found.extend(&request.client);
    found.extend(request.stated.as_ref().map(|client| &client.jitter));
    if let Some(task) = &request.task {
        of_task(task, found);
    }
}

fn of_task<'n>(task: &'n TaskTable, found: &mut Vec<&'n OpenRule>) {
    found.extend(&task.class);
    found.push(&task.jitter);
}

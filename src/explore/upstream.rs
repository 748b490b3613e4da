//! What can reach a queue: faults anywhere else in its part say nothing about it.

use crate::program::{DeadLetter, Program, SendTarget};

/// The queue itself, all queues whose events can come to it, and those that nobody polls: by position, for every queue.
/// Where a part has more than queues and functions, all of its queues.
///
/// Queues that share the concurrency of an account can starve each other nevertheless; who leaves the others out of
/// account has to look whether they mattered after all.
pub(crate) fn upstream(program: &Program) -> Vec<Vec<usize>> {
    let count = program.queues.len();
    let Some(edges) = edges(program) else { return vec![(0..count).collect(); count] };
    let of_queue = |queue: usize| {
        let mut is_in: Vec<bool> = program.queues.iter().map(|table| !table.is_polled()).collect();
        let mut open = vec![queue];
        is_in[queue] = true;
        while let Some(to) = open.pop() {
            for (from, _) in edges.iter().filter(|(_, target)| *target == to) {
                if !std::mem::replace(&mut is_in[*from], true) {
                    open.push(*from);
                }
            }
        }
        (0..count).filter(|index| is_in[*index]).collect()
    };
    (0..count).map(of_queue).collect()
}

/// From which queue events go to which; `None` where they take other ways too, and all can reach all.
fn edges(program: &Program) -> Option<Vec<(usize, usize)>> {
    if !program.network.channels.is_empty() || !program.network.pushes.is_empty() {
        return None;
    }
    let mut edges: Vec<(usize, usize)> = Vec::new();
    for (index, table) in program.queues.iter().enumerate() {
        match table.dead_letter {
            DeadLetter::Queue(target) => edges.push((index, usize::from(target))),
            DeadLetter::None | DeadLetter::Outside => {}
        }
        for mapping in table.consumers() {
            let function = usize::from(program.mappings[mapping].function);
            for emission in &program.behaviours[function].emits {
                match emission.target {
                    SendTarget::Queue(queue) => edges.push((index, usize::from(queue))),
                    SendTarget::Channel(_) | SendTarget::Push(_) => return None,
                }
            }
        }
    }
    Some(edges)
}

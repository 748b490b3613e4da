//! The threads of a search. Whoever has several independent things to do takes as many threads for it as are free: the
//! search of parts side by side, of each part its seeds, guarantees and stories, then the trials of repairs.
//!
//! Results come in the order of the items, and what becomes of an item is the same on every thread. So nothing that is
//! found depends on how many threads there are, or on which of them was free when.

use std::panic::resume_unwind;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Threads that one search may use.
#[derive(Debug)]
pub(crate) struct Crew {
    /// How many may be started now, besides those that run.
    free: AtomicUsize,
}

impl Crew {
    /// So many threads; the one that asks is one of them.
    pub(crate) const fn of(threads: usize) -> Self {
        Self { free: AtomicUsize::new(threads.saturating_sub(1)) }
    }

    /// Does the work for every item: here, and on as many threads as are free now and have an item to begin with.
    ///
    /// Every thread has a worker, the memory that it uses again for item after item; workers that are missing are hired
    /// and stay for the next time.
    pub(crate) fn map<I, S, R>(
        &self,
        items: I,
        workers: &mut Vec<S>,
        hire: impl Fn() -> S,
        work: impl Fn(&mut S, I::Item) -> R + Sync,
    ) -> Vec<R>
    where
        I: IntoIterator<IntoIter: ExactSizeIterator + Send>,
        S: Send,
        R: Send,
    {
        let items = items.into_iter();
        let helpers = self.take(items.len().saturating_sub(1));
        while workers.len() <= helpers {
            workers.push(hire());
        }
        let line = Mutex::new(items.enumerate());
        let next = || line.lock().expect("taking an item does not panic").next();
        let run = |worker: &mut S| {
            let mut done = Vec::new();
            while let Some((index, item)) = next() {
                done.push((index, work(worker, item)));
            }
            done
        };
        let (own, others) = workers.split_at_mut(1);
        let mut done = std::thread::scope(|scope| {
            let help = |worker| {
                scope.spawn(|| {
                    let done = run(worker);
                    self.free.fetch_add(1, Ordering::Relaxed);
                    done
                })
            };
            let helping: Vec<_> = others.iter_mut().take(helpers).map(help).collect();
            let mut done = run(&mut own[0]);
            for helper in helping {
                done.extend(helper.join().unwrap_or_else(|panic| resume_unwind(panic)));
            }
            done
        });
        done.sort_unstable_by_key(|(index, _)| *index);
        done.into_iter().map(|(_, result)| result).collect()
    }

    /// Takes as many of the free threads as are wanted.
    fn take(&self, wanted: usize) -> usize {
        let rest = |free: usize| Some(free - free.min(wanted));
        let before = self.free.fetch_update(Ordering::Relaxed, Ordering::Relaxed, rest);
        before.map_or(0, |free| free.min(wanted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items_on_any_number_of_threads() {
        for threads in [0, 1, 2, 7] {
            let crew = Crew::of(threads);
            let mut counts = Vec::new();
            let count = |own: &mut usize, item: usize| {
                *own += 1;
                item * item
            };
            let squares = crew.map(0..100_usize, &mut counts, || 0, count);
            assert_eq!(squares, (0..100).map(|item| item * item).collect::<Vec<_>>());
            assert_eq!(counts.iter().sum::<usize>(), 100, "every item is worked on once");
            assert_eq!(counts.len(), threads.max(1), "as many workers as threads");
        }
    }

    #[test]
    fn never_more_threads_work_than_the_crew_has() {
        let crew = Crew::of(3);
        let (working, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let inner = |(): &mut (), _| {
            most.fetch_max(working.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            std::thread::yield_now();
            working.fetch_sub(1, Ordering::SeqCst);
        };
        let outer = |(): &mut (), _| crew.map(0..40, &mut Vec::new(), || (), inner).len();
        let done = crew.map(0..10, &mut Vec::new(), || (), outer);
        assert_eq!(done, [40; 10]);
        assert!(most.load(Ordering::SeqCst) <= 3, "{most:?}");
        assert_eq!(crew.free.load(Ordering::SeqCst), 2, "all threads are free again");
    }

    #[test]
    fn nothing_to_do_is_done_at_once() {
        let results: Vec<u8> = Crew::of(4).map(Vec::new(), &mut Vec::new(), || (), |(), item| item);
        assert!(results.is_empty());
    }
}

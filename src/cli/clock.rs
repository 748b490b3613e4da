//! The only place that looks at a clock: the date for what was accepted until then, and the time that `--for` gives.

use std::time::{Duration, Instant, SystemTime};

use crate::report::Date;

/// Today, in universal time.
#[expect(
    clippy::disallowed_methods,
    reason = "an accepted gap ends on a day of the calendar, outside of any run"
)]
pub(super) fn today() -> Date {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Date::of_unix_seconds(since.as_secs())
}

/// A time that runs out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline {
    started: Instant,
    length: Duration,
}

impl Deadline {
    /// So many microseconds from now.
    #[expect(clippy::disallowed_methods, reason = "the user asked for a search that ends by the clock")]
    pub(super) fn after(micros: u64) -> Self {
        Self { started: Instant::now(), length: Duration::from_micros(micros) }
    }

    /// Whether the share of the first `done` of `all` equal parts is over.
    pub(super) fn is_over(&self, done: usize, all: usize) -> bool {
        let all = u32::try_from(all.max(1)).unwrap_or(u32::MAX);
        let done = u32::try_from(done).unwrap_or(u32::MAX).min(all);
        self.started.elapsed() >= self.length / all * done
    }
}

//! Load, word by word.

use crate::scenario::{Arrivals, Generated, Message, Workload};
use crate::vocabulary::Duration;

impl Workload {
    /// The load of a source, nothing yet. See [`Workload::events`] and the methods beside it.
    ///
    /// ```
    /// use redrive::prelude::*;
    /// let load = Workload::to("Orders").events(200).keys(8).every(Duration::from_secs(1));
    /// assert_eq!(load.count(), 200);
    /// ```
    pub fn to(source: &str) -> Self {
        Self { to: source.to_owned(), ..Self::default() }
    }

    /// So many more messages. Unless more is said of them, each run draws their times, one a second on the average.
    #[must_use]
    pub fn events(mut self, count: u32) -> Self {
        let over = Duration::from_secs(u64::from(count));
        self.generated.push(Generated::new(count, Arrivals::Over(over)));
        self
    }

    /// The last messages have so many keys (message groups), one after the other.
    #[must_use]
    pub fn keys(self, keys: u32) -> Self {
        self.last(|generated| generated.keys = keys.max(1))
    }

    /// The last messages come one after the other at this distance.
    #[must_use]
    pub fn every(self, gap: Duration) -> Self {
        self.last(|generated| generated.arrivals = Arrivals::Every(gap))
    }

    /// The last messages come at times that each run draws within so long.
    #[must_use]
    pub fn over(self, length: Duration) -> Self {
        self.last(|generated| generated.arrivals = Arrivals::Over(length))
    }

    /// The last messages come all at once.
    #[must_use]
    pub fn at_once(self) -> Self {
        self.last(|generated| generated.arrivals = Arrivals::AtOnce)
    }

    /// The first of the last messages does not come before this time.
    #[must_use]
    pub fn from(self, start: Duration) -> Self {
        self.last(|generated| generated.start = start)
    }

    /// The last messages have this body.
    #[must_use]
    pub fn body(self, body: &str) -> Self {
        self.last(|generated| generated.body = Some(body.to_owned()))
    }

    /// One more message, at a time of its own; messages one by one are numbered first.
    #[must_use]
    pub fn message(mut self, at: Duration, body: &str) -> Self {
        self.messages.push(Message { at, body: Some(body.to_owned()), ..Message::default() });
        self
    }

    fn last(mut self, change: impl FnOnce(&mut Generated)) -> Self {
        if let Some(generated) = self.generated.last_mut() {
            change(generated);
        }
        self
    }
}

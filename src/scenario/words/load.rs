//! Load in one line: `20/1s`, `Orders=20/1s`, `10/s for 5m`.

use crate::scenario::words::time::some_length;
use crate::scenario::words::{Unreadable, whole};
use crate::scenario::{Arrivals, Generated, Workload};
use crate::vocabulary::Duration;

/// More events of one source in a run are a mistake rather than a wish.
pub(in crate::scenario) const MOST_EVENTS: u32 = 100_000;

const RATES: &str = "write a rate such as `10/s`, `600/min` or `3/10s`";

/// So many in so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many.
    pub count: u32,
    /// In how long.
    pub per: Duration,
}

impl Rate {
    /// Reads `10/s`, `600/min` and `3/10s`.
    ///
    /// ```
    /// use redrive::scenario::Rate;
    /// use redrive::vocabulary::Duration;
    /// assert_eq!(Rate::parse("600/min"), Ok(Rate { count: 600, per: Duration::from_secs(60) }));
    /// ```
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, Unreadable> {
        let text = text.trim();
        let Some((count, per)) = text.split_once('/').or_else(|| text.split_once(" per ")) else {
            return Err(Unreadable::new(format!("`{text}` is no rate"), RATES));
        };
        let count = whole(count, 1, u64::from(u32::MAX)).map_err(|problem| said_of(problem, RATES))?;
        let per = per.trim();
        let has_number = per.starts_with(|first: char| first.is_ascii_digit() || first == '-');
        let per = if has_number { per.to_owned() } else { format!("1{per}") };
        let per = some_length(&per).map_err(|_| Unreadable::new(format!("`{text}` is no rate"), RATES))?;
        Ok(Self { count: count as u32, per })
    }

    /// How many come in so long.
    pub(in crate::scenario) fn within(self, length: Duration) -> u64 {
        let micros =
            u128::from(self.count) * u128::from(length.as_micros()) / u128::from(self.per.as_micros());
        u64::try_from(micros).unwrap_or(u64::MAX)
    }

    /// The time between two.
    pub(in crate::scenario) fn gap(self) -> Duration {
        Duration::from_micros(self.per.as_micros() / u64::from(self.count))
    }
}

fn said_of(problem: Unreadable, help: &str) -> Unreadable {
    Unreadable::new(problem.message, help)
}

impl Generated {
    /// Reads `10/s for 5m`.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn at_rate(text: &str) -> Result<Self, Unreadable> {
        let text = text.trim();
        let Some((rate, length)) = text.split_once(" for ") else {
            let help = "write a rate and for how long, such as `10/s for 5m`";
            return Err(Unreadable::new(format!("`{text}` does not say for how long"), help));
        };
        let (rate, length) = (Rate::parse(rate)?, some_length(length)?);
        let events = rate.within(length);
        if !(1..=u64::from(MOST_EVENTS)).contains(&events) {
            let help = format!("give a rate and a length that make 1 to {MOST_EVENTS} events");
            return Err(Unreadable::new(format!("`{text}` makes {events} events"), help));
        }
        Ok(Self::new(events as u32, Arrivals::Every(rate.gap())))
    }

    /// Reads `20/1s`: twenty events, one a second.
    fn spaced(text: &str) -> Result<Self, Unreadable> {
        let help = format!(
            "write events (1 to {MOST_EVENTS}) and the time between two, such as 20/1s or 5/10m, or a rate and its \
             length, such as '10/s for 5m'"
        );
        let read = text.split_once('/').and_then(|(events, gap)| {
            let events = whole(events, 1, u64::from(MOST_EVENTS)).ok()?;
            Some(Self::new(events as u32, Arrivals::Every(Duration::parse(gap)?)))
        });
        read.ok_or_else(|| Unreadable::new(format!("`{text}` is no load"), help))
    }
}

impl Workload {
    /// Reads `20/1s` for every source, `Orders=20/1s` and `Orders=10/s for 5m` for one.
    ///
    /// ```
    /// use redrive::scenario::Workload;
    /// let load = Workload::parse("Orders=10/s for 5m").unwrap();
    /// assert_eq!((load.to.as_str(), load.count()), ("Orders", 3_000));
    /// assert_eq!(Workload::parse("20/1s").unwrap().to, "*");
    /// ```
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, Unreadable> {
        let (to, amount) = text.rsplit_once('=').unwrap_or(("*", text));
        if to.is_empty() {
            let help = "write the queue before it, such as Orders=20/1s, or leave it out for all of them";
            return Err(Unreadable::new(format!("`{text}` names no queue"), help));
        }
        let generated =
            if amount.contains(" for ") { Generated::at_rate(amount) } else { Generated::spaced(amount) };
        Ok(Self::generated(to, generated?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_make_as_many_events_as_they_say() {
        let load = Generated::at_rate("7/s for 1m").expect("a rate");
        assert_eq!((load.events, load.arrivals), (420, Arrivals::Every(Duration::from_micros(142_857))));
    }

    #[test]
    fn what_is_no_load_says_why() {
        let said = |text: &str| Workload::parse(text).unwrap_err().message;
        assert_eq!(said("x"), "`x` is no load");
        assert_eq!(said("=20/1s"), "`=20/1s` names no queue");
        assert_eq!(said("0/1s"), "`0/1s` is no load");
        assert_eq!(said("1000/s for 1h"), "`1000/s for 1h` makes 3600000 events");
        assert_eq!(said("-5/s for 1m"), "`-5` is below zero");
        assert_eq!(said("5/week for 1m"), "`5/week` is no rate");
        assert_eq!(Generated::at_rate("5/s").unwrap_err().message, "`5/s` does not say for how long");
    }
}

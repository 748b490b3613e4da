//! Reads the scope of `--exhaustive`.

use crate::cli::values::Reader;
use crate::explore::Scope;
use crate::vocabulary::suggestion;

/// What a scope is made of, in the order in which it is told.
const WORDS: [&str; 3] = ["events", "faults", "concurrency"];

impl Reader {
    /// A scope such as `events=2,faults=1`; what is left out is as in [`Scope::small`].
    pub(super) fn scope(&mut self, option: &str, text: &str) -> Scope {
        let mut scope = Scope::small();
        let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        for item in items {
            let (word, value) = item.split_once('=').unwrap_or((item, ""));
            let value = value.trim();
            match word.trim() {
                "events" => scope.events = self.within(option, word, value, (1, Scope::MOST_EVENTS)),
                "faults" => {
                    let faults = self.within(option, word, value, (0, u32::from(Scope::MOST_FAULTS)));
                    scope.faults = u8::try_from(faults).unwrap_or(Scope::MOST_FAULTS);
                }
                "concurrency" => {
                    scope.concurrency = self.within(option, word, value, (1, Scope::MOST_CONCURRENCY));
                }
                other => {
                    let help = suggestion(other, WORDS)
                        .unwrap_or_else(|| format!("a scope has {}", WORDS.join(", ")));
                    self.wrong(format!("`{option}` knows no `{other}`"), help);
                }
            }
        }
        scope
    }

    fn within(&mut self, option: &str, word: &str, value: &str, (low, high): (u32, u32)) -> u32 {
        match value.parse() {
            Ok(number) if (low..=high).contains(&number) => number,
            Ok(_) | Err(_) => {
                self.wrong(
                    format!("`{option} {word}={value}` is not possible"),
                    format!("give a whole number from {low} to {high}"),
                );
                low
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Scope, Vec<String>) {
        let mut reader = Reader::default();
        let scope = reader.scope("--exhaustive", text);
        (scope, reader.finish().into_iter().map(|problem| problem.message).collect())
    }

    #[test]
    fn what_is_left_out_is_two() {
        assert_eq!(read(""), (Scope::small(), vec![]));
        let wanted = Scope { events: 3, faults: 0, concurrency: 2 };
        assert_eq!(read("events=3, faults=0"), (wanted, vec![]));
    }

    #[test]
    fn everything_that_is_wrong_is_told() {
        let (_, wrong) = read("events=0,faults=9,concurency=1,concurrency=x");
        assert_eq!(wrong.len(), 4, "{wrong:?}");
    }
}

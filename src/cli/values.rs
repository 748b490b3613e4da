//! Reads the values of options; everything wrong with them comes together.

use crate::guarantee::{GuaranteeName, GuaranteeSet};
use crate::kernel::{Families, Family, Scope};
use crate::scenario::{HandlerPreset, Handling, Scenario, Workload};
use crate::template::{ImportOptions, ReadOptions};
use crate::vocabulary::{Diagnostic, Duration, letters_apart};

use crate::cli::arguments::Changes;

/// Gathers what is wrong with the values of one command line.
#[derive(Debug, Default)]
pub(super) struct Reader {
    problems: Vec<Diagnostic>,
}

impl Reader {
    /// What was wrong.
    pub(super) fn finish(self) -> Vec<Diagnostic> {
        self.problems
    }

    /// One more problem.
    pub(super) fn wrong(&mut self, message: String, help: impl Into<String>) {
        self.problems.push(Diagnostic::error("option-value", message).help(help));
    }

    /// A whole number.
    pub(super) fn number(&mut self, option: &str, text: &str) -> u64 {
        text.parse().unwrap_or_else(|_| {
            let most = u64::MAX;
            self.wrong(
                format!("`{option} {text}` is no number"),
                format!("give a whole number from 0 to {most}"),
            );
            0
        })
    }

    /// A whole number above zero.
    pub(super) fn count(&mut self, option: &str, text: &str) -> u64 {
        let before = self.problems.len();
        let number = self.number(option, text);
        if number == 0 && self.problems.len() == before {
            self.wrong(format!("`{option} 0` asks for nothing"), "give a whole number from 1");
        }
        number
    }

    /// A length of time above zero, in microseconds.
    pub(super) fn length(&mut self, option: &str, text: &str) -> Option<u64> {
        let length = Duration::parse(text).map(Duration::as_micros).filter(|micros| *micros > 0);
        if length.is_none() {
            self.wrong(
                format!("`{option} {text}` is no length of time"),
                "write one such as 30s, 10m or 1h30m",
            );
        }
        length
    }

    /// Fault families: without any item all; an item without sign starts from none. Load and open settings stay on
    /// unless they are taken away by name.
    pub(super) fn families(&mut self, option: &str, lists: &[String]) -> Families {
        let given = Family::ALL.into_iter().filter(|family| family.scope() == Scope::Given).collect();
        let (base, items) = Item::of(lists);
        let mut set = match base {
            Base::Everything => Families::EVERY,
            Base::Nothing => given,
        };
        for item in items {
            set = match (item.word, Family::parse(item.word), item.sign) {
                ("all", _, _) => Families::EVERY,
                ("none", _, _) => given,
                (_, Some(family), Sign::Add) => set.with(family),
                (_, Some(family), Sign::Remove) => set.without(family),
                (word, None, _) => {
                    self.unknown(
                        option,
                        "fault family",
                        word,
                        Family::ALL.iter().map(|family| family.word()),
                    );
                    set
                }
            };
        }
        set
    }

    /// Guarantees: without any item the usual ones; an item without sign starts from none.
    pub(super) fn guarantees(&mut self, option: &str, lists: &[String], usual: GuaranteeSet) -> GuaranteeSet {
        let (base, items) = Item::of(lists);
        let mut set: Vec<GuaranteeName> = match base {
            Base::Everything => GuaranteeName::ALL.into_iter().filter(|name| usual.has(*name)).collect(),
            Base::Nothing => Vec::new(),
        };
        for item in items {
            match (item.word, GuaranteeName::parse(item.word), item.sign) {
                ("all", _, _) => set = GuaranteeName::ALL.to_vec(),
                ("none", _, _) => set.clear(),
                (_, Some(name), Sign::Add) => set.push(name),
                (_, Some(name), Sign::Remove) => set.retain(|other| *other != name),
                (word, None, _) => {
                    self.unknown(
                        option,
                        "guarantee",
                        word,
                        GuaranteeName::ALL.iter().map(|name| name.word()),
                    );
                }
            }
        }
        set.into_iter().fold(GuaranteeSet::NONE, GuaranteeSet::with)
    }

    fn unknown<'a>(&mut self, option: &str, what: &str, word: &str, known: impl Iterator<Item = &'a str>) {
        let known: Vec<&str> = known.collect();
        let help = nearest(word, &known).map_or_else(
            || format!("there are {}", known.join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        self.wrong(format!("`{option}`: there is no {what} `{word}`"), help);
    }

    /// What changes the template and the profile, and the same as options for capsules.
    pub(super) fn changes(&mut self, changes: &Changes) -> System {
        let settings = self.pairs("--set", &changes.settings, "write --set Resource.Property=VALUE");
        let parameters = self.pairs("--parameter", &changes.parameters, "write --parameter NAME=VALUE");
        let handlers = changes.handlers.iter().filter_map(|text| self.handler(text)).collect();
        let load = changes.load.as_ref().and_then(|text| self.load(text));
        let workloads = load.into_iter().collect();
        let read = ReadOptions { parameters, ..ReadOptions::with_stand_ins() };
        let option = |flag: &str, values: &[String]| -> Vec<String> {
            values.iter().map(|value| format!("{flag} {value}")).collect()
        };
        let mut options = option("--set", &changes.settings);
        options.extend(option("--parameter", &changes.parameters));
        options.extend(option("--handler", &changes.handlers));
        options.extend(changes.load.iter().map(|value| format!("--load {value}")));
        System {
            import: ImportOptions { read, settings },
            scenario: Scenario { handlers, workloads, ..Scenario::default() },
            options,
        }
    }

    fn pairs(&mut self, option: &str, texts: &[String], help: &str) -> Vec<(String, String)> {
        let mut pairs = Vec::new();
        for text in texts {
            match text.split_once('=') {
                Some((name, value)) if !name.is_empty() => pairs.push((name.to_owned(), value.to_owned())),
                Some(_) | None => self.wrong(format!("`{option} {text}` has no name and value"), help),
            }
        }
        pairs
    }

    fn handler(&mut self, text: &str) -> Option<Handling> {
        let Some((function, word)) = text.rsplit_once('=').filter(|(function, _)| !function.is_empty())
        else {
            self.wrong(
                format!("`--handler {text}` has no function and preset"),
                "write --handler 'Fulfil*=partial'",
            );
            return None;
        };
        let preset = HandlerPreset::parse(word);
        if preset.is_none() {
            self.unknown("--handler", "preset", word, HandlerPreset::ALL.iter().map(|preset| preset.word()));
        }
        preset?;
        Some(Handling { function: function.to_owned(), preset, ..Handling::default() })
    }

    /// The same load for every source.
    fn load(&mut self, text: &str) -> Option<Workload> {
        let parts = text.split_once('/');
        let read = parts.and_then(|(events, gap)| {
            let events: u32 = events.parse().ok().filter(|events| (1..=MOST_EVENTS).contains(events))?;
            Some(Workload::steady("*", events, Duration::parse(gap)?))
        });
        if read.is_none() {
            let help =
                format!("write events (1 to {MOST_EVENTS}) and the time between two, such as 20/1s or 5/10m");
            self.wrong(format!("`--load {text}` is no load"), help);
        }
        read
    }
}

/// More events of one source in a run are a mistake rather than a wish.
const MOST_EVENTS: u32 = 100_000;

/// What the options make of a system.
#[derive(Debug)]
pub(super) struct System {
    /// For the import.
    pub(super) import: ImportOptions,
    /// What is stated beside the template.
    pub(super) scenario: Scenario,
    /// The options themselves, for capsules.
    pub(super) options: Vec<String>,
}

/// What a list starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Base {
    Everything,
    Nothing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    Add,
    Remove,
}

/// One item of a list.
#[derive(Clone, Copy, Debug)]
struct Item<'a> {
    sign: Sign,
    word: &'a str,
}

impl<'a> Item<'a> {
    /// The items of all lists, and what they start from.
    fn of(lists: &'a [String]) -> (Base, Vec<Self>) {
        let words =
            lists.iter().flat_map(|list| list.split(',')).map(str::trim).filter(|word| !word.is_empty());
        let words: Vec<&str> = words.collect();
        let is_signed = |word: &str| word.starts_with(['+', '-']);
        let base = if words.iter().all(|word| is_signed(word)) { Base::Everything } else { Base::Nothing };
        (base, words.into_iter().map(Self::one).collect())
    }

    fn one(word: &'a str) -> Self {
        match word.strip_prefix('-') {
            Some(word) => Self { sign: Sign::Remove, word },
            None => Self { sign: Sign::Add, word: word.strip_prefix('+').unwrap_or(word) },
        }
    }
}

/// The known word that is nearest to one that nobody knows, if it is near at all.
pub(super) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let close = |candidate: &&str| {
        let (word, candidate) = (word.to_lowercase(), candidate.to_lowercase());
        letters_apart(&word, &candidate) * LETTERS_PER_MISTAKE <= candidate.chars().count()
            || (word.len() >= LETTERS_PER_MISTAKE && candidate.starts_with(&word))
    };
    known
        .iter()
        .copied()
        .filter(close)
        .min_by_key(|candidate| letters_apart(&word.to_lowercase(), &candidate.to_lowercase()))
}

const LETTERS_PER_MISTAKE: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;

    fn families(list: &str) -> Families {
        let mut reader = Reader::default();
        let families = reader.families("--faults", &[list.to_owned()]);
        assert_eq!(reader.finish(), []);
        families
    }

    #[test]
    fn signed_items_change_the_usual_set_and_plain_ones_replace_it() {
        assert_eq!(families(""), Families::EVERY);
        assert_eq!(families("-unspecified"), Families::EVERY.without(Family::Unspecified));
        assert!(families("poison").has(Family::Load) && !families("poison").has(Family::Outage));
        assert_eq!(families("none,+poison"), families("poison"));
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let mut reader = Reader::default();
        reader.number("--seed", "abc");
        reader.families("--faults", &["poisn".to_owned(), "outage".to_owned()]);
        reader.guarantees("--fail-on", &["x".to_owned()], GuaranteeSet::EVERY);
        let changes = Changes { handlers: vec!["F=parital".to_owned()], ..Changes::default() };
        reader.changes(&changes);
        let helps: Vec<String> = reader.finish().into_iter().filter_map(|problem| problem.help).collect();
        assert_eq!(helps.len(), 4, "{helps:?}");
        assert_eq!(helps[1], "did you mean `poison`?");
        assert_eq!(helps[3], "did you mean `partial`?");
    }
}

//! Reads the values of options; everything wrong with them comes together.

use std::path::PathBuf;
use std::sync::Arc;

use crate::guarantee::{GuaranteeName, GuaranteeSet};
use crate::scenario::{
    FaultPlan, Handling, NamedFamilies, PlannedFault, Scenario, Sends, Unreadable, Workload, families,
};
use crate::template::{COMMAND_LINE, GivenParameter, ImportOptions, ReadOptions, parameters_of};
use crate::vocabulary::{Diagnostic, Duration, Place, did_you_mean};

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

    /// Fault families and their odds; nothing where none are given.
    pub(super) fn families(&mut self, option: &str, lists: &[String]) -> Option<NamedFamilies> {
        let items: Vec<&str> = lists.iter().flat_map(|list| list.split(',')).map(str::trim).collect();
        if lists.is_empty() {
            return None;
        }
        let named = families(items.into_iter().filter(|item| !item.is_empty()));
        for (_, problem) in &named.problems {
            self.wrong(format!("`{option}`: {}", problem.message), problem.help.clone());
        }
        Some(named)
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
        let help = did_you_mean(word, &known);
        self.wrong(format!("`{option}`: there is no {what} `{word}`"), help);
    }

    /// What changes the template and the profile, and the same as options for capsules.
    pub(super) fn changes(&mut self, changes: &Changes, fault_lists: &[String]) -> System {
        let settings = self.pairs("--set", &changes.settings, "write --set Resource.Property=VALUE");
        let parameters = self.parameters(changes);
        let place = Some(command_line());
        let handlers = self.each("--handler", &changes.handlers, Handling::parse);
        let sends = self.each("--assume", &changes.assumptions, Sends::parse);
        let planned = self.each("--fault", &changes.planned, PlannedFault::parse);
        let workloads = self.each("--load", &changes.loads, Workload::parse);
        let named = self.families("--faults", fault_lists);
        let faults = FaultPlan {
            families: named.as_ref().map(|named| named.families),
            ratios: named.map_or_else(Vec::new, |named| named.ratios),
            planned: planned.into_iter().map(|fault| fault.at(&command_line())).collect(),
        };
        let read = ReadOptions { parameters, ..ReadOptions::with_stand_ins() };
        System {
            import: ImportOptions { read, settings },
            scenario: Scenario {
                handlers: handlers.into_iter().map(|one| Handling { place: place.clone(), ..one }).collect(),
                sends: sends.into_iter().map(|one| Sends { place: place.clone(), ..one }).collect(),
                workloads: workloads
                    .into_iter()
                    .map(|one| Workload { place: place.clone(), ..one })
                    .collect(),
                faults,
                ..Scenario::default()
            },
            file: changes.scenario.clone(),
            options: as_options(changes, fault_lists),
        }
    }

    /// What files give to parameters, then what the command line does, so that it wins.
    fn parameters(&mut self, changes: &Changes) -> Vec<GivenParameter> {
        let mut given = Vec::new();
        for file in &changes.parameter_files {
            match parameters_of(file) {
                Ok(found) => given.extend(found),
                Err(problems) => self.problems.extend(problems),
            }
        }
        let pairs = self.pairs("--parameter", &changes.parameters, "write --parameter NAME=VALUE");
        given.extend(pairs.into_iter().map(|(name, value)| GivenParameter::new(name, value)));
        given
    }

    /// Values that are read one by one.
    fn each<T>(
        &mut self,
        option: &str,
        texts: &[String],
        read: impl Fn(&str) -> Result<T, Unreadable>,
    ) -> Vec<T> {
        let mut values = Vec::new();
        for text in texts {
            match read(text) {
                Ok(value) => values.push(value),
                Err(problem) => self.wrong(format!("`{option} {text}`: {}", problem.message), problem.help),
            }
        }
        values
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
}

/// The options that a capsule needs to meet the same system again; families only where they state odds, since a
/// capsule names every choice that is not ordinary.
fn as_options(changes: &Changes, fault_lists: &[String]) -> Vec<String> {
    let option = |flag: &str, values: &[String]| -> Vec<String> {
        values.iter().map(|value| format!("{flag} {value}")).collect()
    };
    let files = changes.parameter_files.iter().map(|path| format!("--parameters {}", path.display()));
    let scenario = changes.scenario.iter().map(|path| format!("--scenario {}", path.display()));
    let with_odds: Vec<String> = fault_lists.iter().filter(|list| list.contains('=')).cloned().collect();
    [
        option("--set", &changes.settings),
        files.collect(),
        option("--parameter", &changes.parameters),
        option("--handler", &changes.handlers),
        option("--assume", &changes.assumptions),
        option("--fault", &changes.planned),
        option("--load", &changes.loads),
        option("--faults", &with_odds),
        scenario.collect(),
    ]
    .concat()
}

/// The place of what options state.
fn command_line() -> Place {
    Place::start_of(&Arc::new(PathBuf::from(COMMAND_LINE)))
}

/// What the options make of a system.
#[derive(Debug)]
pub(super) struct System {
    /// For the import.
    pub(super) import: ImportOptions,
    /// What options state beside the template.
    pub(super) scenario: Scenario,
    /// `--scenario`.
    pub(super) file: Option<PathBuf>,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let mut reader = Reader::default();
        reader.number("--seed", "abc");
        reader.guarantees("--fail-on", &["x".to_owned()], GuaranteeSet::EVERY);
        let changes = Changes { handlers: vec!["F=parital".to_owned()], ..Changes::default() };
        reader.changes(&changes, &["poisn".to_owned(), "outage".to_owned()]);
        let helps: Vec<String> = reader.finish().into_iter().filter_map(|problem| problem.help).collect();
        assert_eq!(helps.len(), 4, "{helps:?}");
        assert_eq!(helps[2], "did you mean `partial`?");
        assert_eq!(helps[3], "did you mean `poison`?");
    }
}

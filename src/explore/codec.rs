//! The choices of a run as text, and back: each by name, and those about many events in a row as one.

use std::fmt::Write as _;
use std::ops::RangeInclusive;

use crate::explore::CapsuleError;
use crate::explore::capsule::{escape, unescape};
use crate::kernel::{Choice, ChoicePoint, Choices, Domain, Family};
use crate::program::Program;
use crate::trace::EntityId;
use crate::vocabulary::NameHash;
use crate::world::{emitted_name, event_name};

/// Stands between an event and one that a handler sent for it.
pub(super) const SENT_FOR: char = '~';

/// So many choices in a row and more are one text; fewer read better one by one.
const ROW_AT_LEAST: usize = 8;

/// The longest row that one text stands for, so that a text with a slip in it cannot ask for all memory there is.
const ROW_AT_MOST: u32 = 1_000_000;

/// Turns the choices of a program into text and back.
#[derive(Clone, Debug)]
pub struct Codec<'p> {
    program: &'p Program,
    domains: Vec<(String, Family, Domain)>,
}

impl<'p> Codec<'p> {
    /// The codec of a program.
    pub fn new(program: &'p Program) -> Self {
        let mut domains: Vec<(String, Family, Domain)> = Vec::new();
        let mut add = |word: &str, family: Family| domains.push((word.to_owned(), family, Domain::of(word)));
        for family in Family::ALL {
            add(family.word(), family);
        }
        for word in LOAD_WORDS {
            add(word, Family::Load);
        }
        for word in STATED_WORDS {
            add(word, Family::Stated);
        }
        for rule in program.open.each().chain(program.network.open_rules()) {
            domains.push((rule.id.clone(), Family::Unspecified, rule.domain));
        }
        for unknown in &program.unknowns {
            domains.push((unknown.property.clone(), Family::UnknownSetting, unknown.domain));
        }
        Self { program, domains }
    }

    /// Choices as texts in their order; events are named by what they came into and their number, behind those that they
    /// were sent for.
    pub fn write<'c>(
        &self,
        choices: impl IntoIterator<Item = &'c Choice>,
        event: impl Fn(u64) -> Vec<(EntityId, u32)>,
    ) -> Vec<String> {
        let mut texts = Vec::new();
        let mut numbered: Vec<Numbered> = Vec::new();
        for choice in choices {
            match event(choice.point.item).as_slice() {
                [(source, number)] => {
                    numbered.push(Numbered { source: *source, number: *number, choice: *choice });
                }
                path => texts.push(self.write_one(choice, path)),
            }
        }
        numbered.sort_by_key(|one| (one.subject(), one.number));
        let mut rest = numbered.as_slice();
        while let Some((first, _)) = rest.split_first() {
            let (row, tail) = rest.split_at(row(rest));
            match row {
                [.., last] if row.len() >= ROW_AT_LEAST => texts.push(self.write_row(first, last)),
                _ => texts
                    .extend(row.iter().map(|one| self.write_one(&one.choice, &[(one.source, one.number)]))),
            }
            rest = tail;
        }
        texts.sort();
        texts
    }

    fn write_one(&self, choice: &Choice, path: &[(EntityId, u32)]) -> String {
        let mut text = self.subject(&choice.point);
        for (position, (source, number)) in path.iter().enumerate() {
            let mark = if position == 0 { '/' } else { SENT_FOR };
            let _ = write!(text, "{mark}{}.{number}", escape_name(self.program.name(*source).as_str()));
        }
        let _ = write!(text, "{}={}", ordinal(&choice.point), choice.value);
        text
    }

    /// A row from its first to its last choice.
    fn write_row(&self, first: &Numbered, last: &Numbered) -> String {
        let source = escape_name(self.program.name(first.source).as_str());
        let (subject, ordinal) = (self.subject(&first.choice.point), ordinal(&first.choice.point));
        let (from, to, value) = (first.number, last.number, first.choice.value);
        let step = (last.choice.value - value) / u64::from(to - from);
        let step = if step == 0 { String::new() } else { format!("+{step}") };
        format!("{subject}/{source}.{from}..{to}{ordinal}={value}{step}")
    }

    /// What a choice is about, without its event.
    fn subject(&self, point: &ChoicePoint) -> String {
        let domain = self.domains.iter().find(|(_, _, domain)| *domain == point.domain);
        let entity = self.program.names.iter().position(|name| *name == point.entity);
        let domain = domain.map_or_else(|| format!("{:x}", point.domain.0), |(word, _, _)| escape_name(word));
        let entity = entity.map_or_else(String::new, |index| self.program.entities[index].to_string());
        format!("{domain}@{}", escape_name(&entity))
    }

    /// Reads choices; those that name nothing of the program are told apart.
    pub fn read(&self, choices: &[String]) -> (Choices, Vec<CapsuleError>) {
        let mut unknown = Vec::new();
        let mut known = Vec::new();
        for text in choices {
            match self.read_one(text) {
                Ok(mut choice) => known.append(&mut choice),
                Err(error) => unknown.push(error),
            }
        }
        (known.into_iter().collect(), unknown)
    }

    /// One text may stand for entities of several kinds with the same name; a replay asks only for the right one.
    fn read_one(&self, text: &str) -> Result<Vec<Choice>, CapsuleError> {
        let unreadable = || CapsuleError::Unreadable(text.to_owned());
        let unknown = || CapsuleError::Unknown(text.to_owned());
        let (name, value) = text.rsplit_once('=').ok_or_else(unreadable)?;
        let (value, step) = value.split_once('+').unwrap_or((value, "0"));
        let value: u64 = value.parse().map_err(|_| unreadable())?;
        let step: u64 = step.parse().map_err(|_| unreadable())?;
        let (name, ordinal) = name.split_once('#').unwrap_or((name, "0"));
        let ordinal: u32 = ordinal.parse().map_err(|_| unreadable())?;
        let (domain, place) = name.split_once('@').ok_or_else(unreadable)?;
        let (entity, event) =
            place.split_once('/').map_or((place, None), |(entity, event)| (entity, Some(event)));
        let domain = unescape(domain);
        let (_, family, domain) =
            self.domains.iter().find(|(word, _, _)| *word == domain).ok_or_else(unknown)?;
        let items = match event {
            None => vec![0],
            Some(event) => self.events(event, text)?,
        };
        let entities = self.entities(&unescape(entity));
        if entities.is_empty() {
            return Err(unknown());
        }
        let mut read = Vec::with_capacity(items.len() * entities.len());
        for (position, item) in (0..).zip(items) {
            let value = step.checked_mul(position).and_then(|above| value.checked_add(above));
            let value = value.ok_or_else(unreadable)?;
            let point = |entity| ChoicePoint { family: *family, domain: *domain, entity, item, ordinal };
            read.extend(entities.iter().map(|entity| Choice { point: point(*entity), value }));
        }
        Ok(read)
    }

    fn entities(&self, name: &str) -> Vec<NameHash> {
        let named = self.program.entities.iter().filter(|entity| entity.as_str() == name);
        named.map(crate::vocabulary::EntityName::hash).collect()
    }

    /// The names of the events that a part of a text stands for.
    fn events(&self, event: &str, text: &str) -> Result<Vec<u64>, CapsuleError> {
        let unknown = || CapsuleError::Unknown(text.to_owned());
        let Some((source, numbers)) = row_of(event) else {
            return self.event(event).map(|item| vec![item]).ok_or_else(unknown);
        };
        if numbers.is_empty() || numbers.end() - numbers.start() >= ROW_AT_MOST {
            return Err(CapsuleError::Unreadable(text.to_owned()));
        }
        let source = self.source(source).ok_or_else(unknown)?;
        Ok(numbers.map(|number| event_name(source, number)).collect())
    }

    fn event(&self, text: &str) -> Option<u64> {
        let mut name = None;
        for part in text.split(SENT_FOR) {
            let (source, number) = part.rsplit_once('.')?;
            let number: u32 = number.parse().ok()?;
            let source = self.source(source)?;
            name =
                Some(name.map_or_else(
                    || event_name(source, number),
                    |parent| emitted_name(parent, source, number),
                ));
        }
        name
    }

    /// What events come into, by its name.
    fn source(&self, name: &str) -> Option<NameHash> {
        let name = unescape(name);
        let network = &self.program.network;
        let queues = self.program.queues.iter().map(|table| table.entity);
        let channels = network.channels.iter().map(|channel| channel.entity);
        let routes = network.routes.iter().map(|route| route.entity);
        let mut known = queues.chain(channels).chain(routes);
        let source = known.find(|entity| self.program.name(*entity).as_str() == name)?;
        Some(self.program.hash(source))
    }
}

/// A choice about one event that nothing sent for another.
#[derive(Clone, Copy, Debug)]
struct Numbered {
    source: EntityId,
    number: u32,
    choice: Choice,
}

impl Numbered {
    /// What the choices of a row have in common.
    const fn subject(&self) -> (Family, Domain, NameHash, u32, EntityId) {
        let point = &self.choice.point;
        (point.family, point.domain, point.entity, point.ordinal, self.source)
    }
}

/// How many of the first choices are about one subject, about one event after the other, with values that are equal or
/// grow evenly.
fn row(choices: &[Numbered]) -> usize {
    let step = match choices {
        [first, second, ..] => second.choice.value.checked_sub(first.choice.value),
        [] | [_] => None,
    };
    let goes_on = |pair: &&[Numbered]| {
        pair[0].subject() == pair[1].subject()
            && pair[0].number.checked_add(1) == Some(pair[1].number)
            && step.is_some_and(|step| pair[0].choice.value.checked_add(step) == Some(pair[1].choice.value))
    };
    1 + choices.windows(2).take(ROW_AT_MOST as usize - 1).take_while(goes_on).count()
}

/// The source and the numbers of `Clicks.1477..4483`; a name may itself have two dots.
fn row_of(event: &str) -> Option<(&str, RangeInclusive<u32>)> {
    let (source, last) = event.rsplit_once("..")?;
    let (source, first) = source.rsplit_once('.')?;
    Some((source, first.parse().ok()?..=last.parse().ok()?))
}

fn ordinal(point: &ChoicePoint) -> String {
    if point.ordinal == 0 { String::new() } else { format!("#{}", point.ordinal) }
}

/// The choices about load as a whole; see the world's load.
const LOAD_WORDS: [&str; 7] = ["phase", "busy", "few", "window", "key", "class", "choice"];

/// The choices that a scenario leaves to each run: what becomes of an attempt, and how long an invocation takes.
const STATED_WORDS: [&str; 2] = ["outcome", "duration"];

/// As [`escape`], and slashes too, which separate entity and event.
fn escape_name(text: &str) -> String {
    escape(text).replace('/', "%2f")
}

//! Capsules: a run as text, by names that survive edits.
//!
//! `redrive/1 models=… at=no-loss@Orders orders/template.yaml | load@Orders/Orders.0=1 poison@Orders/Orders.0=1`:
//! what it is about, then every choice that is not ordinary as `domain@entity/event#ordinal=value`.

use std::fmt::Write as _;

use crate::guarantee::GuaranteeName;
use crate::kernel::{Choice, ChoicePoint, Choices, Domain, Family};
use crate::program::Program;
use crate::vocabulary::NameHash;
use crate::world::{emitted_name, event_name};

/// A replayable violation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capsule {
    /// The digest of the models that it was found with.
    pub models: u64,
    /// The digest of the run.
    pub digest: u64,
    /// The violated guarantee.
    pub guarantee: GuaranteeName,
    /// The queue at which it is violated.
    pub queue: String,
    /// The templates that are the system, as their user named them.
    pub inputs: Vec<String>,
    /// Options that changed it, as the command line takes them: `--set`, `--parameter`, `--handler` with their values.
    pub options: Vec<String>,
    /// The choices, as text.
    pub choices: Vec<String>,
}

/// Why a capsule cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CapsuleError {
    /// It does not begin as capsules do.
    NotACapsule,
    /// A part is missing.
    Missing(&'static str),
    /// A part cannot be read.
    Unreadable(String),
    /// A choice names something that the system does not have.
    Unknown(String),
}

impl std::fmt::Display for CapsuleError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotACapsule => write!(f, "this is no capsule: it does not begin with `{HEAD}`"),
            Self::Missing(what) => write!(f, "the capsule has no {what}"),
            Self::Unreadable(part) => write!(f, "the capsule's part `{part}` cannot be read"),
            Self::Unknown(choice) => write!(f, "the choice `{choice}` names nothing of this system"),
        }
    }
}

impl std::error::Error for CapsuleError {}

const HEAD: &str = "redrive/1";

impl Capsule {
    /// Reads the inline form.
    ///
    /// # Errors
    /// The first part that is missing or cannot be read.
    pub fn parse(text: &str) -> Result<Self, CapsuleError> {
        let rest = text.trim().strip_prefix(HEAD).ok_or(CapsuleError::NotACapsule)?;
        let (about, choices) = rest.split_once('|').ok_or(CapsuleError::Missing("choices after `|`"))?;
        let mut capsule = Self {
            models: 0,
            digest: 0,
            guarantee: GuaranteeName::NoLoss,
            queue: String::new(),
            inputs: Vec::new(),
            options: Vec::new(),
            choices: choices.split_whitespace().map(str::to_owned).collect(),
        };
        for part in about.split_whitespace() {
            capsule.read_part(part)?;
        }
        match (capsule.queue.is_empty(), capsule.inputs.is_empty()) {
            (true, _) => Err(CapsuleError::Missing("guarantee and place (`at=no-loss@Queue`)")),
            (false, true) => Err(CapsuleError::Missing("template (`in=template.yaml`)")),
            (false, false) => Ok(capsule),
        }
    }

    fn read_part(&mut self, part: &str) -> Result<(), CapsuleError> {
        let unreadable = || CapsuleError::Unreadable(part.to_owned());
        let (key, value) = part.split_once('=').ok_or_else(unreadable)?;
        match key {
            "models" => self.models = u64::from_str_radix(value, HEXADECIMAL).map_err(|_| unreadable())?,
            "digest" => self.digest = u64::from_str_radix(value, HEXADECIMAL).map_err(|_| unreadable())?,
            "in" => self.inputs.push(unescape(value)),
            "option" => self.options.push(unescape(value)),
            "at" => {
                let (guarantee, queue) = value.split_once('@').ok_or_else(unreadable)?;
                self.guarantee = GuaranteeName::parse(guarantee).ok_or_else(unreadable)?;
                self.queue = unescape(queue);
            }
            _ => return Err(unreadable()),
        }
        Ok(())
    }
}

impl std::fmt::Display for Capsule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{HEAD} models={:016x} digest={:016x}", self.models, self.digest)?;
        write!(f, " at={}@{}", self.guarantee, escape(&self.queue))?;
        for input in &self.inputs {
            write!(f, " in={}", escape(input))?;
        }
        for option in &self.options {
            write!(f, " option={}", escape(option))?;
        }
        write!(f, " | {}", self.choices.join(" "))
    }
}

/// Stands between an event and one that a handler sent for it.
const SENT_FOR: char = '~';
const HEXADECIMAL: u32 = 16;

/// Blanks, quotes, bars and percent signs as `%xx`, so that a capsule splits at blanks and fits between quotes.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_whitespace() || matches!(letter, '\'' | '|' | '%' | '#' | '=' | '@' | SENT_FOR) {
            let mut bytes = [0; size_of::<char>()];
            for byte in letter.encode_utf8(&mut bytes).bytes() {
                let _ = write!(escaped, "%{byte:02x}");
            }
        } else {
            escaped.push(letter);
        }
    }
    escaped
}

fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let code = tail.get(..2).and_then(|code| std::str::from_utf8(code).ok());
        let byte = code.and_then(|code| u8::from_str_radix(code, HEXADECIMAL).ok());
        if let (b'%', Some(byte)) = (first, byte) {
            bytes.push(byte);
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

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
        for rule in program.open.each() {
            domains.push((rule.id.clone(), Family::Unspecified, rule.domain));
        }
        for unknown in &program.unknowns {
            domains.push((unknown.property.clone(), Family::UnknownSetting, unknown.domain));
        }
        Self { program, domains }
    }

    /// A choice as text; events are named by their queue and number, behind those that they were sent for.
    pub fn write(&self, choice: &Choice, event: impl Fn(u64) -> Vec<(usize, u32)>) -> String {
        let point = &choice.point;
        let domain = self.domains.iter().find(|(_, _, domain)| *domain == point.domain);
        let entity = self.program.names.iter().position(|name| *name == point.entity);
        let mut text =
            domain.map_or_else(|| format!("{:x}", point.domain.0), |(word, _, _)| escape_name(word));
        let entity = entity.map_or_else(String::new, |index| self.program.entities[index].to_string());
        let _ = write!(text, "@{}", escape_name(&entity));
        for (position, (queue, ordinal)) in event(point.item).into_iter().enumerate() {
            let queue = self.program.name(self.program.queues[queue].entity);
            let mark = if position == 0 { '/' } else { SENT_FOR };
            let _ = write!(text, "{mark}{}.{ordinal}", escape_name(queue.as_str()));
        }
        if point.ordinal > 0 {
            let _ = write!(text, "#{}", point.ordinal);
        }
        let _ = write!(text, "={}", choice.value);
        text
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
        let value: u64 = value.parse().map_err(|_| unreadable())?;
        let (name, ordinal) = name.split_once('#').unwrap_or((name, "0"));
        let ordinal: u32 = ordinal.parse().map_err(|_| unreadable())?;
        let (domain, place) = name.split_once('@').ok_or_else(unreadable)?;
        let (entity, event) =
            place.split_once('/').map_or((place, None), |(entity, event)| (entity, Some(event)));
        let domain = unescape(domain);
        let (_, family, domain) =
            self.domains.iter().find(|(word, _, _)| *word == domain).ok_or_else(unknown)?;
        let item = event.map_or(Ok(0), |event| self.event(event).ok_or_else(unknown))?;
        let entities = self.entities(&unescape(entity));
        if entities.is_empty() {
            return Err(unknown());
        }
        let point = |entity| ChoicePoint { family: *family, domain: *domain, entity, item, ordinal };
        Ok(entities.into_iter().map(|entity| Choice { point: point(entity), value }).collect())
    }

    fn entities(&self, name: &str) -> Vec<NameHash> {
        let named = self.program.entities.iter().filter(|entity| entity.as_str() == name);
        named.map(crate::vocabulary::EntityName::hash).collect()
    }

    fn event(&self, text: &str) -> Option<u64> {
        let mut name = None;
        for part in text.split(SENT_FOR) {
            let (queue, ordinal) = part.rsplit_once('.')?;
            let ordinal: u32 = ordinal.parse().ok()?;
            let queue = unescape(queue);
            let mut queues = self.program.queues.iter();
            let table = queues.find(|table| self.program.name(table.entity).as_str() == queue)?;
            let queue = self.program.hash(table.entity);
            name =
                Some(name.map_or_else(
                    || event_name(queue, ordinal),
                    |parent| emitted_name(parent, queue, ordinal),
                ));
        }
        name
    }
}

/// The choices about load as a whole; see the world's load.
const LOAD_WORDS: [&str; 5] = ["phase", "busy", "few", "window", "key"];

/// As [`escape`], and slashes too, which separate entity and event.
fn escape_name(text: &str) -> String {
    escape(text).replace('/', "%2f")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_capsule_reads_what_it_writes() {
        let capsule = Capsule {
            models: 7,
            digest: 0xABCD,
            guarantee: GuaranteeName::Progress,
            queue: "My Stack/Queue's".to_owned(),
            inputs: vec!["a dir/template.yaml".to_owned(), "billing.yaml".to_owned()],
            options: vec!["--set Q.VisibilityTimeout=1".to_owned()],
            choices: vec!["poison@Q/Q.0=1".to_owned()],
        };
        let text = capsule.to_string();
        assert!(!text.contains('\''), "{text}");
        assert_eq!(Capsule::parse(&text), Ok(capsule));
    }

    #[test]
    fn what_is_no_capsule_is_refused() {
        for text in ["", "hello", "redrive/1", "redrive/1 at=no-loss@Q |", "redrive/1 at=no-such@Q in=t |"] {
            assert!(Capsule::parse(text).is_err(), "{text}");
        }
    }
}

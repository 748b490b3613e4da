//! Capsules: a run as text, by names that survive edits.
//!
//! `redrive/1 models=… at=no-loss@Orders in=orders/template.yaml | load@Orders/Orders.0=1 poison@Orders/Orders.0=1`:
//! what it is about, then every choice that is not ordinary as `domain@entity/event#ordinal=value`. What a user states
//! beside the catalogue is named as `at=own/NAME` where it is stated in Rust, and as `at=expected/NAME` where a
//! scenario expects it; `over=stated` says that the load of the scenario is taken as it is.

use std::fmt::Write as _;

use crate::explore::codec::SENT_FOR;
use crate::explore::{Asked, Footing, StatedIn};
use crate::guarantee::GuaranteeName;

/// A replayable violation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capsule {
    /// The digest of the models that it was found with.
    pub models: u64,
    /// The digest of the run.
    pub digest: u64,
    /// The digest of the part of the topology that ran; see [`crate::explore::topology_digest`].
    pub topology: u64,
    /// The digest of the scenario; 0 where nothing is stated.
    pub scenario: u64,
    /// What is violated, and where.
    pub about: Asked,
    /// What decides where no choice is named.
    pub footing: Footing,
    /// The test that found it, where one did.
    pub test: Option<String>,
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
    /// It is of another version of the format.
    OtherVersion(String),
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
            Self::NotACapsule => write!(f, "this is no capsule: it does not begin with `{NAME}{VERSION}`"),
            Self::OtherVersion(version) => {
                write!(
                    f,
                    "the capsule is of version {version} of the format, and this redrive reads version {VERSION}"
                )
            }
            Self::Missing(what) => write!(f, "the capsule has no {what}"),
            Self::Unreadable(part) => write!(f, "the capsule's part `{part}` cannot be read"),
            Self::Unknown(choice) => write!(f, "the choice `{choice}` names nothing of this system"),
        }
    }
}

impl std::error::Error for CapsuleError {}

const NAME: &str = "redrive/";
const VERSION: &str = "1";

impl Capsule {
    /// Reads the inline form.
    ///
    /// # Errors
    /// The first part that is missing or cannot be read.
    pub fn parse(text: &str) -> Result<Self, CapsuleError> {
        let rest = text.trim().strip_prefix(NAME).ok_or(CapsuleError::NotACapsule)?;
        let end = rest.find(|letter: char| letter.is_whitespace() || letter == '|').unwrap_or(rest.len());
        let (version, rest) = rest.split_at(end);
        if version != VERSION {
            return Err(CapsuleError::OtherVersion(version.to_owned()));
        }
        let (about, choices) = rest.split_once('|').ok_or(CapsuleError::Missing("choices after `|`"))?;
        let mut capsule = Self {
            models: 0,
            digest: 0,
            topology: 0,
            scenario: 0,
            about: Asked::Guarantee { guarantee: GuaranteeName::NoLoss, queue: String::new() },
            footing: Footing::Ordinary,
            test: None,
            inputs: Vec::new(),
            options: Vec::new(),
            choices: choices.split_whitespace().map(str::to_owned).collect(),
        };
        for part in about.split_whitespace() {
            capsule.read_part(part)?;
        }
        let is_silent = match &capsule.about {
            Asked::Guarantee { queue, .. } => queue.is_empty(),
            Asked::Stated { name, .. } => name.is_empty(),
        };
        match (is_silent, capsule.inputs.is_empty()) {
            (true, _) => Err(CapsuleError::Missing("guarantee and place (`at=no-loss@Queue`)")),
            (false, true) => Err(CapsuleError::Missing("template (`in=template.yaml`)")),
            (false, false) => Ok(capsule),
        }
    }

    fn read_part(&mut self, part: &str) -> Result<(), CapsuleError> {
        let unreadable = || CapsuleError::Unreadable(part.to_owned());
        let (key, value) = part.split_once('=').ok_or_else(unreadable)?;
        match key {
            "models" => self.models = hexadecimal(value).ok_or_else(unreadable)?,
            "digest" => self.digest = hexadecimal(value).ok_or_else(unreadable)?,
            "topology" => self.topology = hexadecimal(value).ok_or_else(unreadable)?,
            "scenario" => self.scenario = hexadecimal(value).ok_or_else(unreadable)?,
            "over" if value == OVER_STATED => self.footing = Footing::Stated,
            "test" => self.test = Some(unescape(value)),
            "in" => self.inputs.push(unescape(value)),
            "option" => self.options.push(unescape(value)),
            "at" => self.about = about(value).ok_or_else(unreadable)?,
            _ => return Err(unreadable()),
        }
        Ok(())
    }
}

impl std::fmt::Display for Capsule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{NAME}{VERSION} models={:016x} digest={:016x}", self.models, self.digest)?;
        write!(f, " topology={:016x}", self.topology)?;
        if self.scenario != 0 {
            write!(f, " scenario={:016x}", self.scenario)?;
        }
        match &self.about {
            Asked::Guarantee { guarantee, queue } => write!(f, " at={guarantee}@{}", escape(queue))?,
            Asked::Stated { by, name } => write!(f, " at={}{}", prefix(*by), escape(name))?,
        }
        if self.footing == Footing::Stated {
            write!(f, " over={OVER_STATED}")?;
        }
        if let Some(test) = &self.test {
            write!(f, " test={}", escape(test))?;
        }
        for input in &self.inputs {
            write!(f, " in={}", escape(input))?;
        }
        for option in &self.options {
            write!(f, " option={}", escape(option))?;
        }
        write!(f, " | {}", self.choices.join(" "))
    }
}

const OVER_STATED: &str = "stated";

/// What stands before the name of a stated property.
const fn prefix(by: StatedIn) -> &'static str {
    match by {
        StatedIn::Code => "own/",
        StatedIn::Scenario => "expected/",
    }
}

fn about(text: &str) -> Option<Asked> {
    for by in [StatedIn::Code, StatedIn::Scenario] {
        if let Some(name) = text.strip_prefix(prefix(by)) {
            return Some(Asked::Stated { by, name: unescape(name) });
        }
    }
    let (guarantee, queue) = text.split_once('@')?;
    Some(Asked::Guarantee { guarantee: GuaranteeName::parse(guarantee)?, queue: unescape(queue) })
}

fn hexadecimal(text: &str) -> Option<u64> {
    u64::from_str_radix(text, HEXADECIMAL).ok()
}

const HEXADECIMAL: u32 = 16;

/// Blanks, quotes, bars and percent signs as `%xx`, so that a capsule splits at blanks and fits between quotes.
pub(super) fn escape(text: &str) -> String {
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

pub(super) fn unescape(text: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_capsule_reads_what_it_writes() {
        let queue = "My Stack/Queue's".to_owned();
        let stated = |by| Asked::Stated { by, name: "stock is never < 0 @ all".to_owned() };
        for about in [
            Asked::Guarantee { guarantee: GuaranteeName::Progress, queue },
            stated(StatedIn::Code),
            stated(StatedIn::Scenario),
        ] {
            for footing in [Footing::Ordinary, Footing::Stated] {
                let capsule = Capsule {
                    models: 7,
                    digest: 0xABCD,
                    topology: 1,
                    scenario: 2,
                    about: about.clone(),
                    footing,
                    test: Some("orders::it's held".to_owned()),
                    inputs: vec!["a dir/template.yaml".to_owned(), "billing.yaml".to_owned()],
                    options: vec!["--set Q.VisibilityTimeout=1".to_owned()],
                    choices: vec!["poison@Q/Q.0=1".to_owned()],
                };
                let text = capsule.to_string();
                assert!(!text.contains('\''), "{text}");
                assert_eq!(Capsule::parse(&text), Ok(capsule));
            }
        }
    }

    #[test]
    fn a_capsule_of_another_version_is_refused_as_such() {
        for text in ["redrive/2 at=no-loss@Q in=t |", "redrive/10|", "redrive/"] {
            let error = Capsule::parse(text).expect_err("it is of another version");
            assert!(matches!(error, CapsuleError::OtherVersion(_)), "{text}: {error}");
        }
    }

    #[test]
    fn what_is_no_capsule_is_refused() {
        for text in ["", "hello", "redrive/1", "redrive/1 at=no-loss@Q |", "redrive/1 at=no-such@Q in=t |"] {
            assert!(Capsule::parse(text).is_err(), "{text}");
        }
    }
}

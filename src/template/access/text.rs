//! Text that is known in part: literal characters, the names of resources, and what is open; and patterns over it.
//!
//! A resource without a name of its own has one that nobody knows before it is deployed. It equals itself and no other
//! resource's, and may be any text without the separators of ARNs.

use std::sync::Arc;

use crate::template::access::Answer;

/// One piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Atom {
    /// A literal character.
    Char(char),
    /// The name or another mark of one resource, without `:` and `/`.
    Name(Arc<str>),
    /// Any text, the same wherever the same is said of it.
    Open(Arc<str>),
    /// Any text: `*` in a pattern.
    Star,
    /// Any character: `?` in a pattern.
    One,
}

/// A text of such pieces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Text {
    /// Its pieces in order.
    pub(crate) atoms: Vec<Atom>,
}

/// Pieces of two texts together beyond which nothing is compared: no policy comes near it.
const LONGEST: usize = 4096;

impl Text {
    /// Literal text.
    pub(crate) fn literal(text: &str) -> Self {
        Self { atoms: text.chars().map(Atom::Char).collect() }
    }

    /// The name of a resource.
    pub(crate) fn name(of: &str) -> Self {
        Self { atoms: vec![Atom::Name(Arc::from(of))] }
    }

    /// Something open.
    pub(crate) fn open(why: &str) -> Self {
        Self { atoms: vec![Atom::Open(Arc::from(why))] }
    }

    /// One after the other.
    pub(crate) fn then(mut self, other: &Self) -> Self {
        self.atoms.extend_from_slice(&other.atoms);
        self
    }

    /// The same with literal text behind it.
    pub(crate) fn then_literal(mut self, text: &str) -> Self {
        self.atoms.extend(text.chars().map(Atom::Char));
        self
    }

    /// The same text as a pattern: its stars and question marks stand for others.
    pub(crate) fn pattern(mut self) -> Self {
        for atom in &mut self.atoms {
            match atom {
                Atom::Char('*') => *atom = Atom::Star,
                Atom::Char('?') => *atom = Atom::One,
                Atom::Char(_) | Atom::Name(_) | Atom::Open(_) | Atom::Star | Atom::One => {}
            }
        }
        self
    }

    /// The same in lower case, for what is compared without case.
    pub(crate) fn lower(mut self) -> Self {
        for atom in &mut self.atoms {
            if let Atom::Char(character) = atom {
                *character = character.to_ascii_lowercase();
            }
        }
        self
    }

    /// Whether this pattern stands for a text.
    pub(crate) fn like(&self, subject: &Self) -> Answer {
        if self.atoms.len() + subject.atoms.len() > LONGEST {
            return Answer::Open;
        }
        if Table::of(&self.atoms, &subject.atoms).surely() {
            return Answer::Yes;
        }
        if Table::of(&self.atoms, &subject.atoms).possibly() { Answer::Open } else { Answer::No }
    }

    /// The parts between colons; an open piece may hide more of them.
    pub(crate) fn parts(&self) -> Vec<Self> {
        let parts = self.atoms.split(|atom| *atom == Atom::Char(':'));
        parts.map(|atoms| Self { atoms: atoms.to_vec() }).collect()
    }

    /// What stands behind the first place of a literal text; all of it where there is none.
    pub(crate) fn after(self, mark: &str) -> Self {
        let mark = Self::literal(mark).atoms;
        let at = self.atoms.windows(mark.len()).position(|window| window == mark);
        at.map_or_else(|| self.clone(), |at| Self { atoms: self.atoms[at + mark.len()..].to_vec() })
    }

    /// What stands before the last place of a literal text; all of it where there is none.
    pub(crate) fn before(self, mark: &str) -> Self {
        let mark = Self::literal(mark).atoms;
        let at = self.atoms.windows(mark.len()).rposition(|window| window == mark);
        at.map_or_else(|| self.clone(), |at| Self { atoms: self.atoms[..at].to_vec() })
    }

    /// What stands before the first place of a literal text; all of it where there is none.
    pub(crate) fn before_first(self, mark: &str) -> Self {
        let mark = Self::literal(mark).atoms;
        let at = self.atoms.windows(mark.len()).position(|window| window == mark);
        at.map_or_else(|| self.clone(), |at| Self { atoms: self.atoms[..at].to_vec() })
    }

    /// The same without its first piece.
    pub(crate) fn without_first(self) -> Self {
        Self { atoms: self.atoms.into_iter().skip(1).collect() }
    }

    /// Whether nothing is known of it.
    pub(crate) fn is_open(&self) -> bool {
        self.atoms.iter().all(|atom| matches!(atom, Atom::Open(_))) && !self.atoms.is_empty()
    }

    /// Whether it has a part that is open.
    pub(crate) fn has_open(&self) -> bool {
        self.atoms.iter().any(|atom| matches!(atom, Atom::Open(_)))
    }

    /// Its literal text, where it is nothing else.
    pub(crate) fn plain(&self) -> Option<String> {
        let character = |atom: &Atom| match atom {
            Atom::Char(character) => Some(*character),
            Atom::Star => Some('*'),
            Atom::One => Some('?'),
            Atom::Name(_) | Atom::Open(_) => None,
        };
        self.atoms.iter().map(character).collect()
    }

    /// Whether it begins with literal text.
    pub(crate) fn starts_with(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(at, wanted)| self.atoms.get(at) == Some(&Atom::Char(wanted)))
    }

    /// As people read it: names of resources and open parts in `${…}`.
    pub(crate) fn shown(&self) -> String {
        let each = self.atoms.iter().map(|atom| match atom {
            Atom::Char(character) => character.to_string(),
            Atom::Name(name) | Atom::Open(name) => format!("${{{name}}}"),
            Atom::Star => "*".to_owned(),
            Atom::One => "?".to_owned(),
        });
        each.collect()
    }
}

/// The comparison of a pattern with a text, piece by piece from the back.
struct Table<'a> {
    pattern: &'a [Atom],
    subject: &'a [Atom],
}

impl<'a> Table<'a> {
    const fn of(pattern: &'a [Atom], subject: &'a [Atom]) -> Self {
        Self { pattern, subject }
    }

    /// Whether it fits whatever the open pieces are.
    fn surely(&self) -> bool {
        self.fill(|pattern, subject, rest| match (pattern, subject) {
            (Some(Atom::Star), Some(_)) => rest.pattern || rest.subject,
            (Some(Atom::Star), None) => rest.pattern,
            (Some(Atom::One), Some(Atom::Char(_))) => rest.both,
            (Some(left), Some(right)) => left == right && rest.both,
            (Some(_), None) | (None, Some(_)) => false,
            (None, None) => true,
        })
    }

    /// Whether it fits for some value of the open pieces.
    fn possibly(&self) -> bool {
        let may = |character: char| !matches!(character, ':' | '/');
        self.fill(|pattern, subject, rest| match (pattern, subject) {
            (None, None) => true,
            (Some(Atom::Star | Atom::Open(_)), None) => rest.pattern,
            (None, Some(Atom::Open(_) | Atom::Star)) => rest.subject,
            (Some(Atom::Star | Atom::Open(_)), Some(_)) | (Some(_), Some(Atom::Open(_) | Atom::Star)) => {
                rest.pattern || rest.subject
            }
            (Some(Atom::Name(left)), Some(Atom::Name(right))) => left == right && rest.both,
            (Some(Atom::Char(character)), Some(Atom::Name(_))) => {
                may(*character) && (rest.pattern || rest.both)
            }
            (Some(Atom::One), Some(Atom::Name(_))) => rest.pattern || rest.both,
            (Some(Atom::Name(_)), Some(Atom::Char(character))) => {
                may(*character) && (rest.subject || rest.both)
            }
            (Some(Atom::Name(_)), Some(Atom::One)) => rest.subject || rest.both,
            (Some(Atom::One), Some(Atom::Char(_) | Atom::One)) | (Some(Atom::Char(_)), Some(Atom::One)) => {
                rest.both
            }
            (Some(Atom::Char(left)), Some(Atom::Char(right))) => left == right && rest.both,
            (Some(_), None) | (None, Some(_)) => false,
        })
    }

    /// Whether the whole fits, by whether what is behind each pair of pieces does.
    fn fill(&self, fits: impl Fn(Option<&Atom>, Option<&Atom>, Rest) -> bool) -> bool {
        let width = self.subject.len() + 1;
        let mut below = vec![false; width];
        for row in (0..=self.pattern.len()).rev() {
            let mut current = vec![false; width];
            for column in (0..width).rev() {
                let rest = Rest {
                    pattern: below[column],
                    subject: current.get(column + 1).is_some_and(|fits| *fits),
                    both: below.get(column + 1).is_some_and(|fits| *fits),
                };
                current[column] = fits(self.pattern.get(row), self.subject.get(column), rest);
            }
            below = current;
        }
        below[0]
    }
}

/// Whether what is left fits, without the piece of the pattern, of the text, or of both.
#[derive(Clone, Copy)]
struct Rest {
    pattern: bool,
    subject: bool,
    both: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn like(pattern: &str, subject: &str) -> Answer {
        text(pattern).pattern().like(&text(subject))
    }

    /// `<x>` is a name, `{x}` is open.
    fn text(written: &str) -> Text {
        let mut found = Text::default();
        let mut rest = written;
        while let Some(at) = rest.find(['<', '{']) {
            let end = rest.find(['>', '}']).expect("it is closed");
            found = found.then_literal(&rest[..at]);
            let inner = &rest[at + 1..end];
            found =
                found.then(&if rest[at..].starts_with('<') { Text::name(inner) } else { Text::open(inner) });
            rest = &rest[end + 1..];
        }
        found.then_literal(rest)
    }

    #[test]
    fn patterns_stand_for_texts() {
        use Answer::{No, Open, Yes};
        let table = [
            ("a:b", "a:b", Yes),
            ("a:*", "a:b:c", Yes),
            ("*", "", Yes),
            ("a?c", "abc", Yes),
            ("a?c", "ac", No),
            ("a:b", "a:c", No),
            ("api/*/GET/x", "api/{stage}/POST/x", No),
            ("api/*/POST/x", "api/{stage}/POST/x", Yes),
            ("api/prod/POST/x", "api/{stage}/POST/x", Open),
            ("q:<A>", "q:<A>", Yes),
            ("q:<A>", "q:<B>", No),
            ("q:<A>", "q:{p}", Open),
            ("q:{p}", "q:{p}", Yes),
            ("q:{p}", "q:{r}", Open),
            ("q:orders", "q:<A>", Open),
            ("q:stack-*", "q:<A>", Open),
            ("q:*", "q:<A>", Yes),
            ("q:a/b", "q:<A>", No),
            ("<A>/x", "abc/x", Open),
            ("?", "<A>", Open),
            ("<A>*", "<A>:live", Yes),
            ("<A>", "<A>:live", No),
        ];
        for (pattern, subject, expected) in table {
            assert_eq!(like(pattern, subject), expected, "{pattern} for {subject}");
        }
    }

    #[test]
    fn a_text_beyond_all_measure_is_left_open() {
        assert_eq!(like("a", &"a".repeat(LONGEST)), Answer::Open);
    }
}

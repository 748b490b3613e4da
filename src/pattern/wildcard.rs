//! Texts in which `*` stands for any number of characters.

/// A text with wildcards: the pieces between them, of which the first and the last are bound to the ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wildcard {
    pieces: Vec<String>,
}

impl Wildcard {
    /// Reads `dir/*.png`, where `\*` is an asterisk and `\\` a backslash.
    ///
    /// Positions in the reasons count bytes from the quotation mark on, as AWS counts them.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = vec![String::new()];
        let mut characters = text.char_indices().peekable();
        while let Some((at, character)) = characters.next() {
            let next = characters.peek().map(|(_, next)| *next);
            match (character, next) {
                //= pattern.wildcard_syntax
                ('*', Some('*')) => return Err(format!("Consecutive wildcard characters at pos {}", at + 1)),
                ('*', _) => pieces.push(String::new()),
                ('\\', Some(escaped @ ('*' | '\\'))) => {
                    characters.next();
                    last(&mut pieces).push(escaped);
                }
                ('\\', _) => return Err(format!("Invalid escape character at pos {}", at + 1)),
                (plain, _) => last(&mut pieces).push(plain),
            }
        }
        Ok(Self { pieces })
    }

    /// How many wildcards there are.
    pub(super) fn count(&self) -> usize {
        self.pieces.len() - 1
    }

    /// Whether a text is one of those that it stands for.
    pub(super) fn matches(&self, text: &str) -> bool {
        let [first, middle @ .., last] = self.pieces.as_slice() else {
            return self.pieces.first().is_some_and(|only| only == text);
        };
        let Some(mut rest) = text.strip_prefix(first.as_str()) else { return false };
        // The leftmost place leaves the most for the pieces behind it.
        for piece in middle {
            let Some(at) = rest.find(piece.as_str()) else { return false };
            rest = &rest[at + piece.len()..];
        }
        rest.ends_with(last.as_str())
    }

    /// One of the texts that it stands for.
    pub(super) fn sample(&self) -> String {
        self.pieces.join(FILLING)
    }
}

const FILLING: &str = "x";

fn last(pieces: &mut [String]) -> &mut String {
    pieces.last_mut().expect("there is a piece from the start")
}

//! Reads JSON. YAML contains most of JSON, but not its surrogate pairs, its tabs or its speed.

use std::path::PathBuf;
use std::sync::Arc;

use crate::template::document::builder::{Builder, Kind, Marks, Stop};
use crate::template::document::{Scalar, Style};
use crate::vocabulary::{Diagnostic, Place};

/// Reads one JSON value that fills the whole text.
pub(super) fn read(file: &Arc<PathBuf>, text: &str, builder: &mut Builder<'_>) -> Result<(), Stop> {
    let mut reader = Reader { file, text, at: 0, line: 1, column: 1, open: Vec::new() };
    loop {
        let complete = reader.value(builder)?;
        if complete && reader.after_value(builder)? {
            return Ok(());
        }
    }
}

struct Reader<'t> {
    file: &'t Arc<PathBuf>,
    text: &'t str,
    at: usize,
    line: u32,
    column: u32,
    open: Vec<Kind>,
}

impl Reader<'_> {
    /// Reads one value, or only the start of one that has content; says whether the value is complete.
    fn value(&mut self, builder: &mut Builder<'_>) -> Result<bool, Stop> {
        self.space();
        match self.peek() {
            Some(b'{') => self.start(Kind::Map, b'}', builder),
            Some(b'[') => self.start(Kind::List, b']', builder),
            Some(b'"') => {
                let (text, place) = self.string()?;
                builder.scalar(Scalar { text, style: Style::Quoted }, Marks::default(), place)?;
                Ok(true)
            }
            Some(_) => self.word(builder),
            None => self.wrong("the file ends where a value is expected"),
        }
    }

    fn start(&mut self, kind: Kind, end: u8, builder: &mut Builder<'_>) -> Result<bool, Stop> {
        let place = self.here(1);
        self.step(1);
        builder.open(kind, Marks::default(), place)?;
        self.space();
        if self.peek() == Some(end) {
            self.step(1);
            builder.close(Some(self.at as u32))?;
            return Ok(true);
        }
        self.open.push(kind);
        if kind == Kind::Map {
            self.key(builder)?;
        }
        Ok(false)
    }

    fn key(&mut self, builder: &mut Builder<'_>) -> Result<(), Stop> {
        self.space();
        if self.peek() != Some(b'"') {
            return self.wrong("a key in double quotes is expected");
        }
        let (text, place) = self.string()?;
        builder.scalar(Scalar { text, style: Style::Quoted }, Marks::default(), place)?;
        self.space();
        if self.peek() != Some(b':') {
            return self.wrong("`:` is expected after a key");
        }
        self.step(1);
        Ok(())
    }

    /// Closes what ends here; says whether the whole text is read.
    fn after_value(&mut self, builder: &mut Builder<'_>) -> Result<bool, Stop> {
        loop {
            self.space();
            let Some(kind) = self.open.last().copied() else {
                return match self.peek() {
                    None => Ok(true),
                    Some(_) => self.wrong("nothing may follow the value"),
                };
            };
            match (kind, self.peek()) {
                (Kind::Map, Some(b',')) => {
                    self.step(1);
                    self.key(builder)?;
                    return Ok(false);
                }
                (Kind::List, Some(b',')) => {
                    self.step(1);
                    return Ok(false);
                }
                (Kind::Map, Some(b'}')) | (Kind::List, Some(b']')) => {
                    self.step(1);
                    self.open.pop();
                    builder.close(Some(self.at as u32))?;
                }
                (Kind::Map, _) => return self.wrong("`,` or `}` is expected"),
                (Kind::List, _) => return self.wrong("`,` or `]` is expected"),
            }
        }
    }

    /// A number, `true`, `false` or `null`.
    fn word(&mut self, builder: &mut Builder<'_>) -> Result<bool, Stop> {
        let rest = &self.text[self.at..];
        let length =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c))).unwrap_or(rest.len());
        let word = &rest[..length];
        let fits = matches!(word, "true" | "false" | "null")
            || (serde_json::from_str::<serde_json::Number>(word).is_ok() && !word.is_empty());
        if !fits {
            return self.wrong("a value is expected");
        }
        let place = self.here(length);
        self.step(length);
        builder.scalar(Scalar { text: word.to_owned(), style: Style::Plain }, Marks::default(), place)?;
        Ok(true)
    }

    fn string(&mut self) -> Result<(String, Place), Stop> {
        let bytes = &self.text.as_bytes()[self.at..];
        let mut end = 1;
        loop {
            match bytes.get(end) {
                Some(b'"') => break,
                Some(b'\\') => end += 2,
                Some(b'\n' | b'\r') | None => {
                    return self.wrong("the text in double quotes does not end");
                }
                Some(_) => end += 1,
            }
        }
        let place = self.here(end + 1);
        let written = &self.text[self.at..=self.at + end];
        // CloudFormation takes tabs inside of texts although JSON does not.
        let text =
            serde_json::from_str(written).or_else(|_| serde_json::from_str(&written.replace('\t', "\\t")));
        let Ok(text) = text else { return self.wrong("an escape in this text is not one of JSON's") };
        self.step(end + 1);
        Ok((text, place))
    }

    fn space(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b'\n' => {
                    self.at += 1;
                    self.line += 1;
                    self.column = 1;
                }
                b' ' | b'\t' | b'\r' => {
                    self.at += 1;
                    self.column += 1;
                }
                _ => return,
            }
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn step(&mut self, bytes: usize) {
        self.column += self.text[self.at..self.at + bytes].chars().count() as u32;
        self.at += bytes;
    }

    fn here(&self, bytes: usize) -> Place {
        let (line, column, start) = (self.line, self.column, self.at as u32);
        Place { file: Arc::clone(self.file), line, column, start, end: start + bytes as u32 }
    }

    fn wrong<T>(&self, what: &str) -> Result<T, Stop> {
        let bytes = self.text[self.at..].chars().next().map_or(0, char::len_utf8);
        let help = "look for a missing comma, bracket or quote before this place";
        let diagnostic = Diagnostic::error("json-syntax", format!("not JSON: {what}"));
        Err(Box::new(diagnostic.at(&self.here(bytes)).help(help)))
    }
}

//! Text put together from parts that may be references or unknown.

use std::borrow::Cow;

use crate::template::evaluate::evaluator::unknown;
use crate::template::evaluate::{Values, dynamic};
use crate::template::{Piece, Reference, Value};

/// Collects the parts of a text.
#[derive(Debug, Default)]
pub(super) struct TextBuilder {
    pieces: Vec<Piece>,
}

/// A list or map where only text can stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotText;

impl TextBuilder {
    /// Adds literal text.
    pub(super) fn text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if let Some(Piece::Text(last)) = self.pieces.last_mut() {
            last.push_str(text);
        } else {
            self.pieces.push(Piece::Text(text.to_owned()));
        }
    }

    /// Adds a value.
    pub(super) fn value(&mut self, value: &Value) -> Result<(), NotText> {
        match value {
            Value::Null => {}
            Value::Flag(flag) => self.text(if *flag { "true" } else { "false" }),
            Value::Number(text) | Value::Text(text) => self.text(text),
            Value::Mixed(pieces) => {
                for piece in pieces {
                    match piece {
                        Piece::Text(text) => self.text(text),
                        Piece::Reference(_) | Piece::Unknown(_) => self.pieces.push(piece.clone()),
                    }
                }
            }
            Value::Reference(reference) => self.pieces.push(Piece::Reference(reference.clone())),
            Value::Unknown(unknown) => self.pieces.push(Piece::Unknown(unknown.why.clone())),
            Value::List(_) | Value::Map(_) => return Err(NotText),
        }
        Ok(())
    }

    /// Adds a piece, its text changed by `escape`.
    pub(super) fn escaped(&mut self, piece: &Piece, escape: impl Fn(&str) -> String) {
        match piece {
            Piece::Text(text) => self.text(&escape(text)),
            Piece::Reference(_) | Piece::Unknown(_) => self.pieces.push(piece.clone()),
        }
    }

    /// Adds a reference.
    pub(super) fn reference(&mut self, reference: Reference) {
        self.pieces.push(Piece::Reference(reference));
    }

    /// Adds something unknown.
    pub(super) fn unknown(&mut self, why: String) {
        self.pieces.push(Piece::Unknown(why));
    }

    /// The simplest value that says the same; `store` is what can be looked up in it.
    pub(super) fn finish(self, store: &Values) -> Value {
        dynamic::resolve_pieces(self.pieces, store)
    }

    /// The pieces themselves, neighbouring texts as one.
    pub(super) fn into_pieces(self) -> Vec<Piece> {
        self.pieces
    }
}

/// The simplest value for these pieces; neighbouring texts are joined already.
pub(super) fn simplest(mut pieces: Vec<Piece>) -> Value {
    if pieces.len() > 1 {
        return Value::Mixed(pieces);
    }
    match pieces.pop() {
        None => Value::Text(String::new()),
        Some(Piece::Text(text)) => Value::Text(text),
        Some(Piece::Reference(reference)) => Value::Reference(reference),
        Some(Piece::Unknown(why)) => unknown(why),
    }
}

/// The text of a known scalar, as CloudFormation would write it.
pub(super) fn known(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Flag(flag) => Some(Cow::Borrowed(if *flag { "true" } else { "false" })),
        Value::Number(text) | Value::Text(text) => Some(Cow::Borrowed(text)),
        Value::Null
        | Value::Mixed(_)
        | Value::List(_)
        | Value::Map(_)
        | Value::Reference(_)
        | Value::Unknown(_) => None,
    }
}

/// Bytes of text in a value itself, not in its items.
pub(super) fn length(value: &Value) -> usize {
    match value {
        Value::Number(text) | Value::Text(text) => text.len(),
        Value::Mixed(pieces) => pieces.iter().map(piece_length).sum(),
        Value::Unknown(unknown) => unknown.why.len(),
        Value::Null | Value::Flag(_) | Value::List(_) | Value::Map(_) | Value::Reference(_) => 0,
    }
}

/// How many values there are in a value, itself included, and bytes of text in them.
pub(super) fn weight(value: &Value) -> (usize, usize) {
    let children: Vec<(usize, usize)> = match value {
        Value::List(items) => items.iter().map(|item| weight(&item.value)).collect(),
        Value::Unknown(unknown) => unknown.possible.iter().map(|one| weight(&one.value)).collect(),
        Value::Map(entries) => entries.iter().map(|entry| weight(&entry.node.value)).collect(),
        Value::Null
        | Value::Flag(_)
        | Value::Number(_)
        | Value::Text(_)
        | Value::Mixed(_)
        | Value::Reference(_) => Vec::new(),
    };
    children.into_iter().fold((1, length(value)), |sum, child| (sum.0 + child.0, sum.1 + child.1))
}

fn piece_length(piece: &Piece) -> usize {
    match piece {
        Piece::Text(text) | Piece::Unknown(text) => text.len(),
        Piece::Reference(reference) => reference.resource.len(),
    }
}

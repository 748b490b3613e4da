//! `{{resolve:…}}`: values that CloudFormation looks up at deployment.

use crate::template::document::quote;
use crate::template::evaluate::text::simplest;
use crate::template::{Piece, Value};

const START: &str = "{{resolve:";
const END: &str = "}}";

/// A scalar with its dynamic references made unknown.
pub(super) fn resolve(value: Value) -> Value {
    match value {
        Value::Text(text) if text.contains(START) => resolve_pieces(vec![Piece::Text(text)]),
        Value::Null
        | Value::Flag(_)
        | Value::Number(_)
        | Value::Text(_)
        | Value::Mixed(_)
        | Value::List(_)
        | Value::Map(_)
        | Value::Reference(_)
        | Value::Unknown(_) => value,
    }
}

/// The same for a text in pieces; a dynamic reference may itself have references in it.
pub(super) fn resolve_pieces(pieces: Vec<Piece>) -> Value {
    if !pieces.iter().any(|piece| matches!(piece, Piece::Text(text) if text.contains(START))) {
        return simplest(pieces);
    }
    let mut done: Vec<Piece> = Vec::new();
    let mut open: Option<Vec<Piece>> = None;
    for piece in pieces {
        match (piece, &mut open) {
            (Piece::Text(text), _) => open = scan(&text, open, &mut done),
            (piece, Some(inside)) => inside.push(piece),
            (piece, None) => done.push(piece),
        }
    }
    // One that does not end is ordinary text.
    done.extend(open.unwrap_or_default());
    simplest(done)
}

/// Goes through one text; gives what is inside of a reference that is still open at its end.
fn scan(text: &str, mut open: Option<Vec<Piece>>, done: &mut Vec<Piece>) -> Option<Vec<Piece>> {
    let mut rest = text;
    loop {
        if let Some(mut inside) = open.take() {
            let Some(end) = rest.find(END) else {
                inside.push(Piece::Text(rest.to_owned()));
                return Some(inside);
            };
            let (last, after) = rest.split_at(end + END.len());
            inside.push(Piece::Text(last.to_owned()));
            done.push(Piece::Unknown(why(&inside)));
            rest = after;
        }
        let Some(start) = rest.find(START) else {
            if !rest.is_empty() {
                done.push(Piece::Text(rest.to_owned()));
            }
            return None;
        };
        if start > 0 {
            done.push(Piece::Text(rest[..start].to_owned()));
        }
        rest = &rest[start..];
        open = Some(Vec::new());
    }
}

fn why(pieces: &[Piece]) -> String {
    let written: String = pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Reference(reference) => format!("${{{}}}", reference.resource),
            Piece::Unknown(_) => "…".to_owned(),
        })
        .collect();
    format!("{} is looked up at deployment", quote(&written))
}

#[cfg(test)]
mod tests {
    use super::resolve;
    use crate::template::{Piece, Value};

    #[test]
    fn a_dynamic_reference_is_unknown_and_what_is_around_it_stays() {
        let text = |text: &str| Piece::Text(text.to_owned());
        let looked_up = |text: &str| Piece::Unknown(format!("`{text}` is looked up at deployment"));
        let resolved = |text: &str| resolve(Value::Text(text.to_owned()));
        assert_eq!(
            resolved("a-{{resolve:ssm:/x:1}}-b{{resolve:ssm:/y}}"),
            Value::Mixed(vec![
                text("a-"),
                looked_up("{{resolve:ssm:/x:1}}"),
                text("-b"),
                looked_up("{{resolve:ssm:/y}}")
            ])
        );
        assert!(matches!(resolved("{{resolve:secretsmanager:s:SecretString:p}}"), Value::Unknown(_)));
        assert_eq!(resolved("{{resolve:ssm:/x"), Value::Text("{{resolve:ssm:/x".to_owned()));
        assert_eq!(resolved("{{other}}"), Value::Text("{{other}}".to_owned()));
    }
}

//! `{{resolve:…}}`: values that CloudFormation looks up at deployment.

use crate::template::evaluate::Values;
use crate::template::evaluate::text::{TextBuilder, simplest};
use crate::template::{Piece, Value};
use crate::vocabulary::quote;

const START: &str = "{{resolve:";
const END: &str = "}}";
/// How a look-up in the parameter store begins; secure ones are never known.
const PARAMETER: &str = "{{resolve:ssm:";

/// A scalar with its dynamic references made unknown, but for those that another stack writes.
pub(super) fn resolve(value: Value, store: &Values) -> Value {
    match value {
        Value::Text(text) if text.contains(START) => resolve_pieces(vec![Piece::Text(text)], store),
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
pub(super) fn resolve_pieces(pieces: Vec<Piece>, store: &Values) -> Value {
    if !pieces.iter().any(|piece| matches!(piece, Piece::Text(text) if text.contains(START))) {
        return simplest(pieces);
    }
    let mut done = Done { pieces: Vec::new(), store };
    let mut open: Option<Vec<Piece>> = None;
    for piece in pieces {
        match (piece, &mut open) {
            (Piece::Text(text), _) => open = scan(&text, open, &mut done),
            (piece, Some(inside)) => inside.push(piece),
            (piece, None) => done.pieces.push(piece),
        }
    }
    // One that does not end is ordinary text.
    done.pieces.extend(open.unwrap_or_default());
    simplest(done.joined())
}

/// Goes through one text; gives what is inside of a reference that is still open at its end.
fn scan(text: &str, mut open: Option<Vec<Piece>>, done: &mut Done<'_>) -> Option<Vec<Piece>> {
    let mut rest = text;
    loop {
        if let Some(mut inside) = open.take() {
            let Some(end) = rest.find(END) else {
                inside.push(Piece::Text(rest.to_owned()));
                return Some(inside);
            };
            let (last, after) = rest.split_at(end + END.len());
            inside.push(Piece::Text(last.to_owned()));
            done.look_up(&inside);
            rest = after;
        }
        let Some(start) = rest.find(START) else {
            if !rest.is_empty() {
                done.pieces.push(Piece::Text(rest.to_owned()));
            }
            return None;
        };
        if start > 0 {
            done.pieces.push(Piece::Text(rest[..start].to_owned()));
        }
        rest = &rest[start..];
        open = Some(Vec::new());
    }
}

/// What is resolved so far.
struct Done<'s> {
    pieces: Vec<Piece>,
    store: &'s Values,
}

impl Done<'_> {
    /// Adds what a whole dynamic reference stands for.
    fn look_up(&mut self, inside: &[Piece]) {
        let name = match inside {
            [Piece::Text(text)] => text.strip_prefix(PARAMETER).and_then(|rest| rest.strip_suffix(END)),
            _ => None,
        };
        let found = name.and_then(|name| {
            let versionless = name.split_once(':').map_or(name, |(name, _version)| name);
            self.store.get(versionless)
        });
        let mut builder = TextBuilder::default();
        if found.is_some_and(|value| builder.value(value).is_ok()) {
            self.pieces.extend(builder.into_pieces());
        } else {
            self.pieces.push(Piece::Unknown(why(inside)));
        }
    }

    /// The pieces, neighbouring texts as one.
    fn joined(self) -> Vec<Piece> {
        let mut joined: Vec<Piece> = Vec::new();
        for piece in self.pieces {
            match (joined.last_mut(), piece) {
                (Some(Piece::Text(last)), Piece::Text(text)) => last.push_str(&text),
                (_, piece) => joined.push(piece),
            }
        }
        joined
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
    use crate::template::evaluate::Values;
    use crate::template::{Piece, Value};

    #[test]
    fn a_dynamic_reference_is_unknown_and_what_is_around_it_stays() {
        let text = |text: &str| Piece::Text(text.to_owned());
        let looked_up = |text: &str| Piece::Unknown(format!("`{text}` is looked up at deployment"));
        let resolved = |text: &str| resolve(Value::Text(text.to_owned()), &Values::new());
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

    #[test]
    fn a_look_up_of_what_another_stack_writes_is_known() {
        let store = Values::from([("/orders/name".to_owned(), Value::Text("orders".to_owned()))]);
        let resolved = |text: &str| resolve(Value::Text(text.to_owned()), &store);
        assert_eq!(resolved("{{resolve:ssm:/orders/name}}"), Value::Text("orders".to_owned()));
        assert_eq!(resolved("a-{{resolve:ssm:/orders/name:3}}-b"), Value::Text("a-orders-b".to_owned()));
        assert!(matches!(resolved("{{resolve:ssm-secure:/orders/name}}"), Value::Unknown(_)));
    }
}

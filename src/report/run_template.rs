//! Parts of an event, and texts with parts of an event in them, as rules hand them on.

use serde_json::Value as Json;

use crate::topology::InputTemplate;

/// What a path leads to; nothing where nothing is there, or the path is more than names behind dots.
pub(super) fn part<'j>(event: &'j Json, path: &str) -> Option<&'j Json> {
    let rest = path.strip_prefix('$')?;
    if rest.is_empty() {
        return Some(event);
    }
    rest.strip_prefix('.')?.split('.').try_fold(event, |inner, name| inner.get(name))
}

/// A template with its gaps filled; nothing where a gap cannot be, or no JSON comes of it.
pub(super) fn filled(template: &InputTemplate, event: &Json) -> Option<String> {
    let (mut made, mut rest, mut quoted) = (String::new(), template.text.as_str(), Quoted::No);
    while let Some(letter) = rest.chars().next() {
        let name = rest.strip_prefix('<').and_then(|after| after.split_once('>'));
        if let Some((name, after)) = name {
            made.push_str(&gap(part(event, template.paths.get(name)?)?, quoted)?);
            rest = after;
            continue;
        }
        let is_escaped = quoted == Quoted::Yes && made.ends_with('\\');
        if letter == '"' && !is_escaped {
            quoted = quoted.other();
        }
        made.push(letter);
        rest = &rest[letter.len_utf8()..];
    }
    let read: Json = serde_json::from_str(&made).ok()?;
    Some(read.to_string())
}

/// Whether a place of a template is inside a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quoted {
    No,
    Yes,
}

impl Quoted {
    const fn other(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Yes => Self::No,
        }
    }
}

/// What comes into a gap: a value as JSON, or inside a text as it reads.
fn gap(value: &Json, quoted: Quoted) -> Option<String> {
    match (quoted, value) {
        (Quoted::No, _) | (Quoted::Yes, Json::Number(_) | Json::Bool(_)) => Some(value.to_string()),
        (Quoted::Yes, Json::String(text)) => {
            let whole = Json::from(text.as_str()).to_string();
            whole.strip_prefix('"')?.strip_suffix('"').map(str::to_owned)
        }
        (Quoted::Yes, Json::Null | Json::Array(_) | Json::Object(_)) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fill(text: &str) -> Option<String> {
        let paths = [("n", "$.detail.n"), ("who", "$.detail.who"), ("none", "$.detail.none")];
        let paths = paths.into_iter().map(|(name, path)| (name.to_owned(), path.to_owned())).collect();
        let event = json!({ "detail": { "n": 4, "who": "an \"old\" friend" } });
        filled(&InputTemplate { text: text.to_owned(), paths }, &event)
    }

    #[test]
    fn gaps_take_values_and_inside_texts_what_they_read() {
        assert_eq!(fill(r#"{"num": <n>, "who": <who>}"#).unwrap(), r#"{"num":4,"who":"an \"old\" friend"}"#);
        assert_eq!(fill(r#""<n> of them for <who>""#).unwrap(), r#""4 of them for an \"old\" friend""#);
    }

    #[test]
    fn what_cannot_be_told_is_not_made_up() {
        assert_eq!(fill(r#"{"num": <none>}"#), None);
        assert_eq!(fill(r#"{"event": <aws.events.event>}"#), None);
        assert_eq!(fill("<n> of them"), None);
    }
}

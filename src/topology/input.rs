//! Parts of an event, and texts with parts of an event in them, as rules hand them on.

use serde_json::Value as Json;

use crate::topology::InputTemplate;

/// What a path leads to; nothing where nothing is there, or the path is more than names behind dots.
pub(crate) fn part<'j>(event: &'j Json, path: &str) -> Option<&'j Json> {
    let rest = path.strip_prefix('$')?;
    if rest.is_empty() {
        return Some(event);
    }
    rest.strip_prefix('.')?.split('.').try_fold(event, |inner, name| inner.get(name))
}

/// A template with its gaps filled; nothing where a gap cannot be, or no JSON comes of it.
pub(crate) fn filled(template: &InputTemplate, event: &Json) -> Option<Json> {
    let (made, _) = filled_where_known(template, event, &[])?;
    Some(made)
}

/// The same where some paths of the event are not known: what comes of them stands at the paths that are given beside it.
pub(crate) fn filled_where_known(
    template: &InputTemplate,
    event: &Json,
    open: &[String],
) -> Option<(Json, Vec<String>)> {
    let (mut made, mut rest, mut quoted) = (String::new(), template.text.as_str(), Quoted::No);
    while let Some(letter) = rest.chars().next() {
        let name = rest.strip_prefix('<').and_then(|after| after.split_once('>'));
        if let Some((name, after)) = name {
            let path = template.paths.get(name)?;
            let value = if is_open(path, open) { Json::from(UNKNOWN) } else { part(event, path)?.clone() };
            made.push_str(&gap(&value, quoted)?);
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
    let mut read: Json = serde_json::from_str(&made).ok()?;
    let mut unknown = Vec::new();
    take_unknown(&mut read, "", &mut unknown);
    Some((read, unknown))
}

/// Whether a path leads to what is not known, or to anything in or around it.
pub(crate) fn is_open(path: &str, open: &[String]) -> bool {
    let own = path.trim_start_matches('$').trim_start_matches('.');
    let within = |inner: &str, outer: &str| {
        inner
            .strip_prefix(outer)
            .is_some_and(|rest| outer.is_empty() || rest.is_empty() || rest.starts_with('.'))
    };
    open.iter().any(|one| within(own, one) || within(one, own))
}

/// What stands in a gap whose value is not known until it is taken out again.
const UNKNOWN: &str = "\u{1}";
/// What stands there then.
const STAND_IN: &str = "-";

fn take_unknown(value: &mut Json, path: &str, unknown: &mut Vec<String>) {
    match value {
        Json::String(text) if text.contains(UNKNOWN) => {
            *text = text.replace(UNKNOWN, STAND_IN);
            unknown.push(path.to_owned());
        }
        Json::Array(items) => items.iter_mut().for_each(|item| take_unknown(item, path, unknown)),
        Json::Object(fields) => {
            for (name, field) in fields {
                let own = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                take_unknown(field, &own, unknown);
            }
        }
        Json::String(_) | Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
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
        filled(&InputTemplate { text: text.to_owned(), paths }, &event).map(|made| made.to_string())
    }

    #[test]
    fn what_is_not_known_has_its_place() {
        let paths = [("n", "$.detail.n"), ("all", "$.detail"), ("kind", "$.detail-type")];
        let paths = paths.into_iter().map(|(name, path)| (name.to_owned(), path.to_owned())).collect();
        let text = r#"{"num": <n>, "in": {"of": "kind <kind>", "whole": <all>}, "own": 7}"#;
        let template = InputTemplate { text: text.to_owned(), paths };
        let event = json!({ "detail": { "n": 4 }, "detail-type": "order" });
        let fill = |open: &str| filled_where_known(&template, &event, &[open.to_owned()]).unwrap();
        let known = json!({ "num": 4, "in": { "of": "kind -", "whole": { "n": 4 } }, "own": 7 });
        assert_eq!(fill("detail-type"), (known, vec!["in.of".to_owned()]));
        let (made, open) = fill("detail.n");
        assert_eq!(made["in"]["of"], "kind order");
        assert_eq!(open, ["num", "in.whole"]);
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

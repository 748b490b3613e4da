//! What a notification of a bucket is for, as the event pattern over its record that says the same.

use serde_json::{Value as Json, json};

/// Which events of which objects a notification is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectFilter {
    /// The event without the service in front, such as `ObjectCreated:*`.
    pub event: String,
    /// What keys begin with.
    pub prefix: String,
    /// What keys end with.
    pub suffix: String,
}

/// What stands at the end of an event for all of its kind.
const ANY: char = '*';

impl ObjectFilter {
    /// The pattern over a record that says the same, in the language of event patterns.
    pub fn pattern(&self) -> String {
        let event = match self.event.strip_suffix(ANY) {
            Some("") => None,
            Some(start) => Some(json!({ "prefix": start })),
            None => Some(json!(self.event)),
        };
        let key = match (self.prefix.as_str(), self.suffix.as_str()) {
            ("", "") => None,
            (prefix, "") => Some(json!({ "prefix": prefix })),
            ("", suffix) => Some(json!({ "suffix": suffix })),
            (prefix, suffix) => {
                Some(json!({ "wildcard": format!("{}{ANY}{}", escaped(prefix), escaped(suffix)) }))
            }
        };
        let mut pattern = serde_json::Map::new();
        pattern.insert("eventSource".to_owned(), json!(["aws:s3"]));
        if let Some(event) = event {
            pattern.insert("eventName".to_owned(), json!([event]));
        }
        if let Some(key) = key {
            pattern.insert("s3".to_owned(), json!({ "object": { "key": [key] } }));
        }
        Json::Object(pattern).to_string()
    }

    /// What a pattern is that [`ObjectFilter::pattern`] wrote; `None` for any other.
    pub fn of_pattern(text: &str) -> Option<Self> {
        let json: Json = serde_json::from_str(text).ok()?;
        json.get("eventSource")?;
        let event = match json.pointer("/eventName/0") {
            None => ANY.to_string(),
            Some(Json::String(event)) => event.clone(),
            Some(prefix) => format!("{}{ANY}", prefix.get("prefix")?.as_str()?),
        };
        let Some(key) = json.pointer("/s3/object/key/0") else {
            return Some(Self { event, prefix: String::new(), suffix: String::new() });
        };
        let part = |name: &str| key.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
        let (prefix, suffix) = match key.get("wildcard").and_then(Json::as_str) {
            Some(wildcard) => unescaped(wildcard)?,
            None => (part("prefix"), part("suffix")),
        };
        Some(Self { event, prefix, suffix })
    }

    /// Whether one key could match both for one kind of event.
    pub fn overlaps(&self, other: &Self) -> bool {
        let either = |one: &str, other: &str, is: fn(&str, &str) -> bool| is(one, other) || is(other, one);
        let same_event = match (self.event.strip_suffix(ANY), other.event.strip_suffix(ANY)) {
            (Some(one), Some(other)) => either(one, other, |one, other| one.starts_with(other)),
            (Some(start), None) => other.event.starts_with(start),
            (None, Some(start)) => self.event.starts_with(start),
            (None, None) => self.event == other.event,
        };
        same_event
            && either(&self.prefix, &other.prefix, |one, other| one.starts_with(other))
            && either(&self.suffix, &other.suffix, |one, other| one.ends_with(other))
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace(ANY, "\\*")
}

/// What stands before and behind the one star that is not escaped.
fn unescaped(wildcard: &str) -> Option<(String, String)> {
    let mut parts = vec![String::new()];
    let mut characters = wildcard.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => parts.last_mut()?.push(characters.next()?),
            ANY => parts.push(String::new()),
            plain => parts.last_mut()?.push(plain),
        }
    }
    let [prefix, suffix] = <[String; 2]>::try_from(parts).ok()?;
    Some((prefix, suffix))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(event: &str, prefix: &str, suffix: &str) -> ObjectFilter {
        ObjectFilter { event: event.to_owned(), prefix: prefix.to_owned(), suffix: suffix.to_owned() }
    }

    #[test]
    fn a_filter_is_read_back_from_its_pattern() {
        for prefix in ["", "in/", "a*b\\"] {
            for suffix in ["", ".csv", "*"] {
                for event in ["*", "ObjectCreated:*", "ObjectRemoved:Delete"] {
                    let one = filter(event, prefix, suffix);
                    assert_eq!(ObjectFilter::of_pattern(&one.pattern()), Some(one));
                }
            }
        }
        assert_eq!(ObjectFilter::of_pattern(r#"{"source":["aws.s3"]}"#), None);
    }

    #[test]
    fn filters_overlap_that_one_key_could_match() {
        let one = filter("ObjectCreated:*", "in/", ".csv");
        assert!(one.overlaps(&filter("ObjectCreated:Put", "in/new/", "")));
        assert!(one.overlaps(&filter("*", "", ".csv")));
        assert!(!one.overlaps(&filter("ObjectRemoved:*", "in/", ".csv")));
        assert!(!one.overlaps(&filter("ObjectCreated:*", "out/", ".csv")));
        assert!(!one.overlaps(&filter("ObjectCreated:*", "in/", ".txt")));
    }
}

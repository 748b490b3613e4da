//! Filters of event source mappings: the payload of a record is a text, which is read before it is compared.

use serde_json::Value;

use crate::pattern::Pattern;
use crate::pattern::event::leaves;
use crate::pattern::matching::Branch;

/// How a payload is written, or what a filter expects it to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Json,
    Plain,
}

impl Pattern {
    /// Whether it wants a record whose payload stands under `key` as a text: `body` in messages of SQS.
    ///
    /// A payload that is JSON fits only what the pattern says of its fields, and any other only what it says of the
    /// text. A pattern that says nothing of the payload looks at the rest of the record alone.
    pub fn matches_record(&self, record: &Value, key: &str) -> bool {
        let payload = record.get(key).and_then(Value::as_str);
        let read = payload.and_then(|text| serde_json::from_str(text).ok()).filter(is_structured);
        let written = if read.is_some() { Form::Json } else { Form::Plain };
        let mut record = record.clone();
        if let (Some(read), Value::Object(fields)) = (read, &mut record) {
            fields.insert(key.to_owned(), read);
        }
        let leaves = leaves(&record);
        self.branches.iter().any(|branch| {
            //= queue_poll.filter_body_format
            branch.expects(key).is_none_or(|expected| expected == written)
                && branch.fits(&leaves, &self.limits)
        })
    }
}

impl Branch {
    fn expects(&self, key: &str) -> Option<Form> {
        let inside = |names: &[String]| names.first().is_some_and(|name| name == key);
        let field = self.fields.iter().find(|field| inside(&field.names))?;
        Some(if field.names.len() > 1 { Form::Json } else { Form::Plain })
    }
}

/// A bare number or word is JSON too, but nobody would call it so: it is compared as a text.
fn is_structured(payload: &Value) -> bool {
    payload.is_object() || payload.is_array()
}

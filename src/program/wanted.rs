//! Which payloads a filter on a way wants.

use serde_json::{Map, Value, json};

use crate::program::records::TABLE_RECORD_VERSION;
use crate::program::{ItemChange, PayloadClass};
use crate::topology::MappingFilter;

/// The forms of a payload that a filter may be about.
pub(super) type Forms = fn(&PayloadClass) -> Vec<Value>;

/// Whether a link's filter wants a payload, in whichever of its forms.
pub(super) fn wants(filters: &[MappingFilter], forms: &[Value]) -> bool {
    //= stream_poll.filter_any
    let patterns: Result<Vec<_>, _> = filters.iter().map(|filter| filter.pattern.as_ref()).collect();
    let Ok(patterns) = patterns else { return true };
    patterns.iter().any(|pattern| forms.iter().any(|form| pattern.matches(form)))
}

/// What sources that push compare: the body, the event around it, or the attributes.
pub(super) fn delivered_forms(class: &PayloadClass) -> Vec<Value> {
    let body = body(class).unwrap_or(Value::Null);
    let attributes: Map<String, Value> =
        class.attributes.iter().map(|(name, value)| (name.clone(), value.value.as_str().into())).collect();
    vec![json!({ "detail": body }), body, Value::Object(attributes)]
}

/// What mappings on streams compare: what a record of Kinesis or Kafka carries, as JSON where it is and else as text, or
/// the whole record of a table.
pub(super) fn read_forms(class: &PayloadClass) -> Vec<Value> {
    //= stream_poll.filter_data_format
    let text = || class.body.as_deref().unwrap_or_default().into();
    let data = body(class).unwrap_or_else(text);
    vec![json!({ "data": data, "value": data }), data]
}

/// What mappings on the stream of a table compare: the record.
pub(super) fn table_forms(class: &PayloadClass) -> Vec<Value> {
    //= dynamodb_streams.view
    let stated = body(class).filter(Value::is_object);
    let mut record = stated.unwrap_or_else(|| json!({ "eventName": ItemChange::Insert.word() }));
    record["eventSource"] = "aws:dynamodb".into();
    record["eventVersion"] = TABLE_RECORD_VERSION.into();
    vec![record]
}

/// A body that is JSON.
fn body(class: &PayloadClass) -> Option<Value> {
    class.body.as_deref().and_then(|body| serde_json::from_str(body).ok())
}

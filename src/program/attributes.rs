//! Message attributes as AWS sends them to a function and shows them to an operator, and their digest.

use md5::{Digest as _, Md5};
use serde_json::{Map, Value, json};

use crate::program::payload::hex;
use crate::scenario::{MessageAttribute, MessageAttributes};

/// In the digest: what follows is text.
const STRING_TRANSPORT: u8 = 1;
/// In the digest: what follows is bytes.
const BINARY_TRANSPORT: u8 = 2;

/// The `messageAttributes` of a record. Lists of values are part of the format and always empty: AWS takes none.
pub(super) fn attributes_json(attributes: &MessageAttributes) -> Value {
    //= sqs.record_message_attributes
    let entry = |(name, attribute): (&String, &MessageAttribute)| (name.clone(), attribute_json(attribute));
    Value::Object(attributes.iter().map(entry).collect())
}

/// One of them.
pub(super) fn attribute_json(attribute: &MessageAttribute) -> Value {
    let value = if attribute.is_binary() { "binaryValue" } else { "stringValue" };
    json!({
        value: attribute.value,
        "stringListValues": [],
        "binaryListValues": [],
        "dataType": attribute.data_type,
    })
}

/// An attribute from what a filter asks of it: what it leaves open is a text.
pub(super) fn attribute_of(value: &Value) -> Option<MessageAttribute> {
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    let binary = text("binaryValue");
    let usual = if binary.is_some() { "Binary" } else { "String" };
    let data_type = text("dataType").unwrap_or(usual).to_owned();
    Some(MessageAttribute { data_type, value: text("stringValue").or(binary)?.to_owned() })
}

/// As an operator reads them from a queue.
pub fn attributes_shown(attributes: &MessageAttributes) -> Value {
    let entry = |(name, attribute): (&String, &MessageAttribute)| {
        let value = if attribute.is_binary() { "BinaryValue" } else { "StringValue" };
        (name.clone(), json!({ value: attribute.value, "DataType": attribute.data_type }))
    };
    Value::Object(attributes.iter().map(entry).collect::<Map<_, _>>())
}

/// `md5OfMessageAttributes`: over name, data type, kind of transport and value of each, sorted by name, each with its
/// length in four bytes before it.
///
/// ```
/// use redrive::program::attributes_digest;
/// use redrive::scenario::MessageAttribute;
/// let attributes = [("someattr".to_owned(), MessageAttribute::text("someval"))].into();
/// assert_eq!(attributes_digest(&attributes), "1e4b169c724503f3886d943e5bbe88e5");
/// ```
pub fn attributes_digest(attributes: &MessageAttributes) -> String {
    //= sqs.record_attributes_md5
    let mut digest = Md5::new();
    for (name, attribute) in attributes {
        let transport = if attribute.is_binary() { BINARY_TRANSPORT } else { STRING_TRANSPORT };
        add(&mut digest, name.as_bytes());
        add(&mut digest, attribute.data_type.as_bytes());
        digest.update([transport]);
        add(&mut digest, &attribute.bytes());
    }
    hex(&digest.finalize())
}

fn add(digest: &mut Md5, bytes: &[u8]) {
    digest.update((bytes.len() as u32).to_be_bytes());
    digest.update(bytes);
}

//! Message attributes: what a sender says beside the body.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// All attributes of a message by their names.
pub type MessageAttributes = BTreeMap<String, MessageAttribute>;

/// One message attribute.
///
/// ```
/// use redrive::scenario::MessageAttribute;
/// let blob = MessageAttribute { data_type: "Binary.png".to_owned(), value: "aGVsbG8=".to_owned() };
/// assert_eq!(blob.bytes(), b"hello");
/// assert_eq!(MessageAttribute::text("acme").data_type, "String");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MessageAttribute {
    /// `String`, `Number` or `Binary`, with a label of its sender behind a dot where there is one.
    pub data_type: String,
    /// The value; a binary one in base64.
    pub value: String,
}

impl MessageAttribute {
    /// The data types of AWS, to which a sender may add a label.
    pub const TYPES: [&'static str; 3] = ["String", "Number", "Binary"];

    /// An attribute of the data type `String`.
    pub fn text(value: &str) -> Self {
        Self { data_type: "String".to_owned(), value: value.to_owned() }
    }

    /// An attribute of the data type `Number`, written as its sender writes it.
    pub fn number(value: &str) -> Self {
        Self { data_type: "Number".to_owned(), value: value.to_owned() }
    }

    /// The data type without its label.
    pub fn kind(&self) -> &str {
        self.data_type.split('.').next().unwrap_or_default()
    }

    /// Whether its value is bytes.
    pub fn is_binary(&self) -> bool {
        self.kind() == "Binary"
    }

    /// The value as it counts for sizes and digests; of a binary one what its base64 stands for, nothing where it is none.
    pub fn bytes(&self) -> Vec<u8> {
        if self.is_binary() {
            STANDARD.decode(&self.value).unwrap_or_default()
        } else {
            self.value.as_bytes().to_vec()
        }
    }

    /// What is wrong with it, if anything is.
    pub(in crate::scenario) fn fault(&self) -> Option<String> {
        if !Self::TYPES.contains(&self.kind()) {
            return Some(format!("`{}` is no data type", self.data_type));
        }
        if self.value.is_empty() {
            return Some("an attribute without a value is refused".to_owned());
        }
        let is_wrong = self.is_binary() && STANDARD.decode(&self.value).is_err();
        is_wrong.then(|| format!("`{}` is no base64", self.value))
    }
}

impl From<&str> for MessageAttribute {
    fn from(value: &str) -> Self {
        Self::text(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_aws_refuses_is_told() {
        let fault = |data_type: &str, value: &str| {
            MessageAttribute { data_type: data_type.to_owned(), value: value.to_owned() }.fault()
        };
        assert_eq!(fault("Number.float", "1.5"), None);
        assert_eq!(fault("Text", "x").as_deref(), Some("`Text` is no data type"));
        assert_eq!(fault("Binary", "a b").as_deref(), Some("`a b` is no base64"));
        assert_eq!(fault("String", "").as_deref(), Some("an attribute without a value is refused"));
    }
}

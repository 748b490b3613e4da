//! The answer of a function, read as a mapping with partial batch responses reads it.

use serde_json::Value;

use crate::models::{ModelError, Models};

/// What a mapping makes of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing failed.
    Success,
    /// The messages at these positions of the batch failed.
    Failures(Vec<u32>),
    /// It cannot be used: everything failed.
    Malformed,
    /// It has fields, but not the list; what AWS makes of that is open.
    Misspelt,
}

/// What the parts of an answer are called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerForm {
    /// The list of failures: `batchItemFailures`.
    pub list: String,
    /// The identifier in each entry: `itemIdentifier`.
    pub item: String,
    /// Where the identifier says which record of a topic is meant: its fields, `partition` and `offset`.
    pub place: Vec<String>,
}

impl AnswerForm {
    /// The form that the models give.
    ///
    /// # Errors
    /// Where the models of a user lack the names.
    pub fn read(models: &Models) -> Result<Self, ModelError> {
        const RULE: &str = "queue_poll.partial_response";
        let name = |value| models.text(RULE, value).map(str::to_owned);
        let place = models.texts("msk.record_partial", "fields")?.into_iter().map(str::to_owned).collect();
        Ok(Self { list: name("list")?, item: name("item")?, place })
    }

    /// Reads an answer about messages with these identifiers.
    ///
    /// ```
    /// use redrive::models::Models;
    /// use redrive::program::{Answer, AnswerForm};
    /// let form = AnswerForm::read(&Models::embedded().unwrap()).unwrap();
    /// let ids = ["m-1".to_owned(), "m-2".to_owned()];
    /// let answer = r#"{"batchItemFailures": [{"itemIdentifier": "m-2"}]}"#;
    /// assert_eq!(form.answer(answer, &ids), Answer::Failures(vec![1]));
    /// assert_eq!(form.answer("null", &ids), Answer::Success);
    /// ```
    pub fn answer(&self, text: &str, identifiers: &[String]) -> Answer {
        //= queue_poll.partial_malformed
        let Ok(answer) = serde_json::from_str::<Value>(text) else { return Answer::Malformed };
        //= queue_poll.partial_all_succeeded
        let fields = match &answer {
            Value::Null => return Answer::Success,
            Value::Object(fields) => fields,
            Value::String(text) if text.is_empty() => return Answer::Success,
            Value::Array(items) if items.is_empty() => return Answer::Success,
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                return Answer::Misspelt;
            }
        };
        match fields.get(&self.list) {
            Some(Value::Null) => Answer::Success,
            Some(Value::Array(entries)) => self.entries(entries, identifiers),
            Some(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => {
                Answer::Malformed
            }
            None if fields.is_empty() => Answer::Success,
            None => Answer::Misspelt,
        }
    }

    /// One entry that cannot be used spoils the whole list.
    fn entries(&self, entries: &[Value], identifiers: &[String]) -> Answer {
        if entries.is_empty() {
            return Answer::Success;
        }
        let position = |entry: &Value| {
            let named = self.identifier(entry.get(&self.item)?)?;
            identifiers.iter().position(|identifier| *identifier == named).map(|index| index as u32)
        };
        let positions: Option<Vec<u32>> = entries.iter().map(position).collect();
        match positions {
            None => Answer::Malformed,
            Some(mut positions) => {
                positions.sort_unstable();
                positions.dedup();
                Answer::Failures(positions)
            }
        }
    }

    /// What an entry names: a text, or the place of a record in its topic.
    fn identifier(&self, named: &Value) -> Option<String> {
        match named {
            Value::String(text) => Some(text.clone()),
            Value::Object(place) => {
                //= msk.record_partial
                //= self_managed_kafka.record_partial
                let [partition, offset] = &self.place[..] else { return None };
                let (partition, offset) = (place.get(partition)?.as_str()?, place.get(offset)?.as_u64()?);
                Some(place_of(partition, offset))
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
        }
    }
}

/// The place of a record in its topic, in one text.
pub(super) fn place_of(partition: &str, offset: u64) -> String {
    format!("{partition}@{offset}")
}

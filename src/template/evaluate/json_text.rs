//! `Fn::ToJsonString`.

use crate::template::Value;
use crate::template::document::is_number;
use crate::template::evaluate::call::Call;
use crate::template::evaluate::evaluator::Evaluator;
use crate::template::evaluate::text::TextBuilder;

impl Evaluator<'_> {
    /// `Fn::ToJsonString`: a list or map as JSON, references staying references within the text.
    pub(super) fn json_string(&mut self, call: &Call<'_>) -> Value {
        match self.argument(call.argument) {
            Some(node) if matches!(node.value, Value::List(_) | Value::Map(_)) => {
                let mut builder = TextBuilder::default();
                write(&node.value, &mut builder);
                builder.finish(&self.scope.around.store)
            }
            Some(node) if matches!(node.value, Value::Unknown(_)) => node.value,
            Some(_) | None => self.malformed(call, "a list or map"),
        }
    }
}

fn write(value: &Value, builder: &mut TextBuilder) {
    match value {
        Value::Null => builder.text("null"),
        Value::Flag(flag) => builder.text(if *flag { "true" } else { "false" }),
        Value::Number(number)
            if is_number(number) && serde_json::from_str::<serde_json::Number>(number).is_ok() =>
        {
            builder.text(number);
        }
        Value::Number(text) | Value::Text(text) => builder.text(&quoted(text)),
        Value::Mixed(pieces) => {
            builder.text("\"");
            for piece in pieces {
                builder.escaped(piece, |text| inside(&quoted(text)).to_owned());
            }
            builder.text("\"");
        }
        Value::List(items) => {
            builder.text("[");
            for (index, item) in items.iter().enumerate() {
                builder.text(if index > 0 { "," } else { "" });
                write(&item.value, builder);
            }
            builder.text("]");
        }
        Value::Map(entries) => {
            builder.text("{");
            for (index, entry) in entries.iter().enumerate() {
                builder.text(if index > 0 { "," } else { "" });
                builder.text(&quoted(&entry.key));
                builder.text(":");
                write(&entry.node.value, builder);
            }
            builder.text("}");
        }
        Value::Reference(reference) => {
            builder.text("\"");
            builder.reference(reference.clone());
            builder.text("\"");
        }
        Value::Unknown(unknown) => builder.unknown(unknown.why.clone()),
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}

fn inside(quoted: &str) -> &str {
    quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default()
}

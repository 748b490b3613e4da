//! Names and texts as TOML writes them.

/// A text in quotes.
pub(crate) fn text(content: &str) -> String {
    if content.contains(['\'', '\n', '\r']) || content.chars().any(char::is_control) {
        let escaped: String = content.chars().map(escape).collect();
        return format!("\"{escaped}\"");
    }
    if content.contains(['"', '\\']) { format!("'{content}'") } else { format!("\"{content}\"") }
}

fn escape(letter: char) -> String {
    match letter {
        '"' => "\\\"".to_owned(),
        '\\' => "\\\\".to_owned(),
        letter if letter.is_control() => format!("\\u{:04X}", u32::from(letter)),
        letter => letter.to_string(),
    }
}

/// A key, in quotes where it has to be.
pub(crate) fn key(name: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if !name.is_empty() && name.bytes().all(is_plain) { name.to_owned() } else { text(name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_texts_survive_toml() {
        for content in ["Orders", "Stack/Orders", "it's \"so\"", "a\\b", "line\nbreak", ""] {
            let document = format!("{} = {}", key(content), text(content));
            let table: toml::Table = document.parse().unwrap_or_else(|error| panic!("{document}: {error}"));
            assert_eq!(table.get(content).and_then(toml::Value::as_str), Some(content), "{document}");
        }
    }
}

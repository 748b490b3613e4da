//! What an unquoted scalar is: number, flag, nothing or text.
//!
//! CloudFormation reads YAML 1.1 in this respect, so `yes`, `no`, `on` and `off` (in lower, upper or title case)
//! are flags when unquoted, as `true` and `false` are; `y` and `n` are text. Where YAML 1.1 would destroy what
//! was written the writing is kept: a leading zero makes text (account ids, never octal), and so do dates,
//! `12:30` (no base 60) and `.nan`. Hexadecimal and `1_000` become plain decimal numbers.

use crate::template::Value;
use crate::template::document::{Scalar, Style};

/// The value of a scalar.
pub(in crate::template) fn interpret(scalar: &Scalar) -> Value {
    match scalar.style {
        Style::Quoted => Value::Text(scalar.text.clone()),
        Style::Plain => plain(&scalar.text),
    }
}

/// Whether the text is a decimal number, as written in JSON or YAML.
pub(in crate::template) fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let exponent_fits = exponent.is_none_or(|text| digits(text.strip_prefix(['-', '+']).unwrap_or(text)));
    let mantissa_fits = match mantissa.split_once('.') {
        Some((whole, part)) => {
            (digits(whole) && (part.is_empty() || digits(part))) || (whole.is_empty() && digits(part))
        }
        None => digits(mantissa),
    };
    exponent_fits && mantissa_fits
}

/// Whether YAML 1.1 would read the scalar as an octal number.
pub(in crate::template) fn is_octal(scalar: &Scalar) -> bool {
    let text = scalar.text.as_str();
    scalar.style == Style::Plain
        && text.len() > 1
        && text.starts_with('0')
        && text.bytes().all(|byte| matches!(byte, b'0'..=b'7'))
}

fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Value::Flag(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Value::Flag(false),
        _ => number(text).map_or_else(|| Value::Text(text.to_owned()), Value::Number),
    }
}

fn number(text: &str) -> Option<String> {
    let first = text.as_bytes().first()?;
    if !(first.is_ascii_digit() || matches!(first, b'-' | b'+' | b'.')) {
        return None;
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let bytes = unsigned.as_bytes();
    if bytes.len() > 1 && bytes[0] == b'0' && bytes[1].is_ascii_digit() {
        return None;
    }
    if let Some(hexadecimal) = unsigned.strip_prefix("0x") {
        let value = u64::from_str_radix(hexadecimal, 16).ok()?;
        return Some(if text.starts_with('-') { format!("-{value}") } else { value.to_string() });
    }
    let joined = if grouped(unsigned) { text.replace('_', "") } else { text.to_owned() };
    is_number(&joined).then_some(joined)
}

/// `1_000`: digits with underscores between them.
fn grouped(text: &str) -> bool {
    text.contains('_') && text.split('_').all(digits)
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::interpret;
    use crate::template::Value;
    use crate::template::document::{Scalar, Style};

    fn read(text: &str, style: Style) -> Value {
        interpret(&Scalar { text: text.to_owned(), style })
    }

    #[test]
    fn plain_scalars_are_what_cloudformation_takes_them_for() {
        let number = |text: &str| Value::Number(text.to_owned());
        for text in ["0", "-1", "+2", "30", "1.0", ".5", "5.", "1e3", "1.5E-7", "123456789012"] {
            assert_eq!(read(text, Style::Plain), number(text), "{text}");
        }
        assert_eq!(read("1_000", Style::Plain), number("1000"));
        assert_eq!(read("0x1F", Style::Plain), number("31"));
        assert_eq!(read("-0x10", Style::Plain), number("-16"));
        for text in ["true", "True", "YES", "on", "Yes"] {
            assert_eq!(read(text, Style::Plain), Value::Flag(true), "{text}");
        }
        for text in ["false", "FALSE", "no", "Off"] {
            assert_eq!(read(text, Style::Plain), Value::Flag(false), "{text}");
        }
        for text in ["", "~", "null", "NULL"] {
            assert_eq!(read(text, Style::Plain), Value::Null, "{text}");
        }
    }

    #[test]
    fn what_yaml_would_destroy_stays_text() {
        for text in [
            "012345678901",
            "012345670123",
            "007",
            "2012-10-17",
            "12:30",
            ".nan",
            ".inf",
            "y",
            "n",
            "yEs",
            "1.2.3",
            "-",
            "+",
            ".",
            "1_",
            "_1",
            "0x",
            "e3",
            "1e",
            "1e3e3",
            "--1",
            "arn:aws:sqs:x",
            "0b1",
            "٣",
        ] {
            assert_eq!(read(text, Style::Plain), Value::Text(text.to_owned()), "{text}");
        }
        for text in ["true", "1", "", "null"] {
            assert_eq!(read(text, Style::Quoted), Value::Text(text.to_owned()), "{text}");
        }
    }
}

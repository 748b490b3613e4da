//! Why a text is not what it should be.

/// What is wrong with a text, and what to write in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// A lower-case sentence fragment with the offending text.
    pub message: String,
    /// What to write, with what is allowed.
    pub help: String,
}

impl Unreadable {
    /// A problem and what to do about it.
    pub fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: help.into() }
    }
}

/// A whole number in a range.
pub(in crate::scenario) fn whole(text: &str, least: u64, most: u64) -> Result<u64, Unreadable> {
    let text = text.trim();
    let help = || match most {
        u64::MAX => format!("write a whole number, {least} or more"),
        _ => format!("write a whole number from {least} to {most}"),
    };
    if text.starts_with('-') {
        return Err(Unreadable::new(format!("`{text}` is below zero"), help()));
    }
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number {
        return Err(Unreadable::new(format!("`{text}` is no whole number"), help()));
    }
    match text.parse::<u64>() {
        Ok(number) if number < least => Err(Unreadable::new(format!("`{text}` is too small"), help())),
        Ok(number) if number <= most => Ok(number),
        Ok(_) | Err(_) => Err(Unreadable::new(format!("`{text}` is too large"), help())),
    }
}

//! Colours and weights, written into the text; whoever prints it strips them where they are not wanted.

use std::fmt::Display;

use anstyle::{AnsiColor, Style};

/// Headings.
pub(crate) const TITLE: Style = Style::new().bold();
/// What fails a check.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// What is advice.
pub(crate) const ADVICE: Style = AnsiColor::Yellow.on_default().bold();
/// What holds.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// Names that lead somewhere: places, commands.
pub(crate) const NAME: Style = AnsiColor::Cyan.on_default();
/// What is there for looking up.
pub(crate) const FAINT: Style = Style::new().dimmed();

/// The text in a style; nothing stays nothing.
pub(crate) fn paint(style: Style, text: impl Display) -> String {
    let text = text.to_string();
    if text.is_empty() { text } else { format!("{style}{text}{style:#}") }
}

/// Each word in the style, so that a table may break the text into lines.
pub(crate) fn paint_words(style: Style, text: &str) -> String {
    text.split(' ').map(|word| paint(style, word)).collect::<Vec<_>>().join(" ")
}

//! Reads YAML: the parser's events, given to the builder one by one.

use std::borrow::Cow;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, Tag};

use crate::template::document::builder::{Builder, Kind, Marks, Stop};
use crate::template::document::source::Source;
use crate::template::document::{Scalar, Style};
use crate::vocabulary::Diagnostic;

/// Stands for a `-` that the parser would refuse; of Unicode's private use, and a `-` again in the tree.
pub(super) const DASH: char = '\u{e000}';

/// The tags of YAML itself begin with this.
const CORE: &str = "tag:yaml.org,2002:";

/// Reads the first document of `text` into the builder; `source` gives the places.
pub(super) fn read(text: &str, source: &Source<'_>, builder: &mut Builder<'_>) -> Result<(), Stop> {
    let mut parser = Parser::new_from_str(text);
    let mut ended = false;
    while let Some(next) = parser.next_event() {
        let (event, span) = match next {
            Ok(event) => event,
            // What follows the first document is not looked at, so it cannot be wrong.
            Err(_) if ended => return Ok(()),
            Err(error) => return Err(Box::new(unreadable(source, &error))),
        };
        match event {
            Event::DocumentStart(_) if ended => {
                builder.warn(
                    Diagnostic::warning("yaml-documents", "only the first document of the file is read")
                        .at(&source.place(span))
                        .help("split the file at `---`"),
                );
                return Ok(());
            }
            Event::DocumentEnd => ended = true,
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) => {}
            event @ (Event::Alias(_)
            | Event::Scalar(..)
            | Event::SequenceStart(..)
            | Event::SequenceEnd
            | Event::MappingStart(..)
            | Event::MappingEnd) => content(event, span, source, builder)?,
        }
    }
    Ok(())
}

fn content(event: Event<'_>, span: Span, source: &Source<'_>, builder: &mut Builder<'_>) -> Result<(), Stop> {
    let mut place = source.place(span);
    match event {
        Event::Alias(anchor) => builder.alias(anchor, place),
        Event::Scalar(text, style, anchor, tag) => {
            let (tag, forced) = split(tag);
            let style = forced.unwrap_or(match style {
                ScalarStyle::Plain => Style::Plain,
                ScalarStyle::SingleQuoted
                | ScalarStyle::DoubleQuoted
                | ScalarStyle::Literal
                | ScalarStyle::Folded => Style::Quoted,
            });
            // Trailing line breaks belong to no value.
            let written = source.text.get(place.start as usize..place.end as usize).unwrap_or_default();
            place.end = place.start + written.trim_end().len() as u32;
            builder.scalar(Scalar { text: with_dashes(text, source), style }, Marks { tag, anchor }, place)
        }
        Event::SequenceStart(anchor, tag) => {
            builder.open(Kind::List, Marks { tag: split(tag).0, anchor }, place)
        }
        Event::MappingStart(anchor, tag) => {
            builder.open(Kind::Map, Marks { tag: split(tag).0, anchor }, place)
        }
        Event::SequenceEnd | Event::MappingEnd => builder.close((!span.is_empty()).then_some(place.end)),
        Event::Nothing
        | Event::StreamStart
        | Event::StreamEnd
        | Event::DocumentStart(_)
        | Event::DocumentEnd => Ok(()),
    }
}

/// The text with placeholders as dashes again, unless the file itself has that character.
fn with_dashes(text: Cow<'_, str>, source: &Source<'_>) -> String {
    if text.contains(DASH) && !source.text.contains(DASH) {
        return text.replace(DASH, "-");
    }
    text.into_owned()
}

/// The short tag, or the style that a tag of YAML itself forces.
fn split(tag: Option<Cow<'_, Tag>>) -> (Option<Box<str>>, Option<Style>) {
    let Some(tag) = tag else { return (None, None) };
    let full = if tag.handle == "!" { tag.suffix.clone() } else { format!("{}{}", tag.handle, tag.suffix) };
    match full.strip_prefix(CORE) {
        Some("str" | "binary") => (None, Some(Style::Quoted)),
        Some("int" | "float" | "bool" | "null") => (None, Some(Style::Plain)),
        Some(_) => (None, None),
        None if full.is_empty() || full == "!" => (None, Some(Style::Quoted)),
        None => (Some(full.into_boxed_str()), None),
    }
}

fn unreadable(source: &Source<'_>, error: &ScanError) -> Diagnostic {
    let marker = error.marker();
    let place = source.point(*marker);
    let line = source.text.lines().nth(marker.line().saturating_sub(1)).unwrap_or_default();
    let indentation = line.len() - line.trim_start().len();
    if error.info().contains("tab") || line[..indentation].contains('\t') {
        return Diagnostic::error("yaml-tab", "a tab in the indentation: YAML takes only spaces there")
            .at(&place)
            .help("replace the tab by spaces");
    }
    let what = error.info().trim_end_matches(['.', ' ']);
    if what.contains("recursion limit") {
        return Diagnostic::error("input-too-complex", "lists and maps nest too deep")
            .at(&place)
            .help("no template that CloudFormation takes nests this deep");
    }
    Diagnostic::error("yaml-syntax", format!("not YAML: {what}"))
        .at(&place)
        .help("look at the quotes, colons and indentation of this line and the one before")
}

//! Text to tree: JSON where the text is JSON, else YAML.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::template::document::builder::{Builder, Stop};
use crate::template::document::source::Source;
use crate::template::document::{Limits, Report, Tree, decode, json, yaml};
use crate::vocabulary::{Diagnostic, Place};

/// The tree of the first document; `None` where the report says why there is none.
pub(in crate::template) fn parse(
    path: &Path,
    text: &str,
    limits: Limits,
    report: &mut Report,
) -> Option<Tree> {
    let file = Arc::new(path.to_path_buf());
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.len() > limits.file_bytes {
        report.push(decode::too_large(&file, text.len(), limits.file_bytes));
        return None;
    }
    let mut attempt = Report::new(limits.diagnostics_per_code);
    let read = match from_json(&file, text, limits, &mut attempt) {
        Some(Err(stop)) if stop.code == "json-syntax" => {
            attempt = Report::new(limits.diagnostics_per_code);
            from_yaml(&file, text, limits, &mut attempt).map_err(|yaml| likelier(text, *stop, *yaml))
        }
        Some(read) => read.map_err(|stop| *stop),
        None => from_yaml(&file, text, limits, &mut attempt).map_err(|stop| *stop),
    };
    report.absorb(attempt);
    match read {
        Ok(Some(tree)) => Some(tree),
        Ok(None) => {
            report.push(decode::empty(&file));
            None
        }
        Err(stop) => {
            report.push(stop);
            None
        }
    }
}

/// Which of two refusals to show: JSON's where the text starts like JSON.
fn likelier(text: &str, json: Diagnostic, yaml: Diagnostic) -> Diagnostic {
    let like_json = text.trim_start().trim_start_matches(['{', '[']).trim_start().starts_with('"');
    if like_json && yaml.code == "yaml-syntax" { json } else { yaml }
}

/// `None` where the text does not look like JSON at all.
fn from_json(
    file: &Arc<PathBuf>,
    text: &str,
    limits: Limits,
    report: &mut Report,
) -> Option<Result<Option<Tree>, Stop>> {
    if !text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let mut builder = Builder::new(limits, report);
    Some(json::read(file, text, &mut builder).map(|()| builder.finish()))
}

/// What the parser refuses and CloudFormation takes: changed before another attempt, character by character so
/// that all places stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Repair {
    None,
    /// A lone `-` in a flow list, as in `!Split [-, x]`.
    Dashes,
    /// The same, and tabs between values.
    DashesAndTabs,
}

fn from_yaml(
    file: &Arc<PathBuf>,
    original: &str,
    limits: Limits,
    report: &mut Report,
) -> Result<Option<Tree>, Stop> {
    let source = Source::new(Arc::clone(file), original);
    let mut first = None;
    for repair in [Repair::None, Repair::Dashes, Repair::DashesAndTabs] {
        let Some(text) = repair.apply(original) else { continue };
        let mut attempt = Report::new(limits.diagnostics_per_code);
        let mut builder = Builder::new(limits, &mut attempt);
        match yaml::read(&text, &source, &mut builder) {
            Ok(()) => {
                if repair == Repair::DashesAndTabs {
                    builder.warn(
                        Diagnostic::warning(
                            "yaml-tab",
                            "values are separated by tabs, which are read as spaces",
                        )
                        .at(&first_tab(file, original))
                        .help("replace the tabs by spaces"),
                    );
                }
                let tree = builder.finish();
                *report = attempt;
                return Ok(tree);
            }
            Err(stop) if stop.code == "input-too-complex" => return Err(stop),
            Err(stop) => first = first.or(Some(stop)),
        }
    }
    first.map_or(Ok(None), Err)
}

impl Repair {
    /// The text to try; `None` where this repair changes nothing.
    fn apply(self, text: &str) -> Option<Cow<'_, str>> {
        match self {
            Self::None => Some(Cow::Borrowed(text)),
            Self::Dashes => dashes_as_placeholders(text).map(Cow::Owned),
            Self::DashesAndTabs => {
                let spaced = tabs_as_spaces(text)?;
                Some(Cow::Owned(dashes_as_placeholders(&spaced).unwrap_or(spaced)))
            }
        }
    }
}

/// The text with every `-` before a flow indicator replaced; `None` without such dashes.
fn dashes_as_placeholders(text: &str) -> Option<String> {
    if text.contains(yaml::DASH) {
        return None;
    }
    let mut replaced = String::with_capacity(text.len());
    let mut changed = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if character == '-' && matches!(characters.peek(), Some(',' | '[' | ']' | '{' | '}')) {
            replaced.push(yaml::DASH);
            changed = true;
        } else {
            replaced.push(character);
        }
    }
    changed.then_some(replaced)
}

/// Where the first tab behind an indentation stands.
fn first_tab(file: &Arc<PathBuf>, text: &str) -> Place {
    let mut place = Place::start_of(file);
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let indentation = line.len() - line.trim_start_matches([' ', '\t']).len();
        if let Some(offset) = line[indentation..].find('\t') {
            let before = indentation + offset;
            place.line += index as u32;
            place.column += line[..before].chars().count() as u32;
            place.start += before as u32;
            place.end = place.start + 1;
            return place;
        }
        place.start += line.len() as u32;
    }
    Place::start_of(file)
}

/// The text with every tab behind the indentation as one space; `None` without such tabs.
fn tabs_as_spaces(text: &str) -> Option<String> {
    let mut changed = false;
    let mut spaced = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let content = line.trim_start_matches([' ', '\t']);
        let (indentation, content) = line.split_at(line.len() - content.len());
        changed |= content.contains('\t');
        spaced.push_str(indentation);
        spaced.push_str(&content.replace('\t', " "));
    }
    changed.then_some(spaced)
}

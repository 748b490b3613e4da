//! `per-minute`: counts in a list, or in a column of a CSV file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::scenario::read::fields::{Fields, Scalar, unreadable, wrong_kind};
use crate::scenario::read::file::text_of;
use crate::scenario::words::{MOST_EVENTS, Unreadable, whole};
use crate::vocabulary::{Diagnostic, Place, WrittenValue, did_you_mean};

/// More minutes than a run has.
const MOST_MINUTES: usize = 60 * 24 * 31;

/// The counts, one for each minute; nothing where none are asked for.
pub(super) fn read_counts(
    folder: &Path,
    fields: &mut Fields<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Option<Vec<u32>> {
    let column = fields.scalar("column", problems);
    let item = fields.ask("per-minute")?;
    let counts = match &item.value {
        WrittenValue::List(items) => {
            let counts = items.iter().filter_map(|item| {
                let Some(text) = item.value.scalar() else {
                    wrong_kind(problems, "per-minute", item, "whole numbers, one for each minute");
                    return None;
                };
                count(text).map_err(|problem| unreadable(problems, "per-minute", &item.place, problem)).ok()
            });
            counts.collect()
        }
        WrittenValue::Text(name) => column_of(&folder.join(name), &item.place, column, problems),
        WrittenValue::Nothing | WrittenValue::Number(_) | WrittenValue::Flag(_) | WrittenValue::Map(_) => {
            wrong_kind(problems, "per-minute", item, "the path of a CSV file, or a list of whole numbers");
            Vec::new()
        }
    };
    if let Err(problem) = bounded(&counts) {
        unreadable(problems, "per-minute", &item.place, problem);
        return None;
    }
    Some(counts)
}

fn count(text: &str) -> Result<u32, Unreadable> {
    whole(text, 0, u64::from(MOST_EVENTS)).map(|count| count as u32)
}

fn bounded(counts: &[u32]) -> Result<(), Unreadable> {
    let sum = counts.iter().fold(0, |sum: u64, count| sum + u64::from(*count));
    if sum > u64::from(MOST_EVENTS) {
        let help = format!("a run has at most {MOST_EVENTS} events of one source: take fewer minutes");
        return Err(Unreadable::new(format!("the counts make {sum} events"), help));
    }
    if counts.len() > MOST_MINUTES {
        let help = format!("give at most {MOST_MINUTES} minutes");
        return Err(Unreadable::new(format!("there are {} minutes", counts.len()), help));
    }
    Ok(())
}

/// One column of a CSV file; the only one, or the one that is named or numbered from 1.
fn column_of(
    path: &Path,
    place: &Place,
    column: Option<Scalar<'_>>,
    problems: &mut Vec<Diagnostic>,
) -> Vec<u32> {
    let text = match text_of(path) {
        Ok(text) => text,
        Err(problem) => {
            let says = format!("{} {problem}", path.display());
            unreadable(
                problems,
                "per-minute",
                place,
                Unreadable::new(says, "the path is relative to this file"),
            );
            return Vec::new();
        }
    };
    let rows: Vec<(usize, Vec<&str>)> = rows(&text);
    let Some((_, first)) = rows.first() else {
        let says = format!("{} has no rows", path.display());
        unreadable(problems, "per-minute", place, Unreadable::new(says, "write a count on each line"));
        return Vec::new();
    };
    let has_header = first.iter().any(|cell| cell.starts_with(|letter: char| letter.is_alphabetic()));
    let names: &[&str] = if has_header { first } else { &[] };
    let index = match chosen(column.map(|column| column.text), names, first.len()) {
        Ok(index) => index,
        Err(problem) => {
            unreadable(problems, "column", column.map_or(place, |column| column.place), problem);
            return Vec::new();
        }
    };
    let file = Arc::new(path.to_owned());
    let mut counts = Vec::new();
    for (line, cells) in &rows[usize::from(has_header)..] {
        match count(cells.get(index).copied().unwrap_or_default()) {
            Ok(count) => counts.push(count),
            Err(problem) => bad_row(&file, *line, problem, problems),
        }
    }
    counts
}

/// The lines that are not empty, with their numbers from 1, cut at commas or semicolons.
fn rows(text: &str) -> Vec<(usize, Vec<&str>)> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines.map(|(number, line)| (number + 1, line.split([',', ';', '\t']).map(unquoted).collect())).collect()
}

fn unquoted(cell: &str) -> &str {
    cell.trim().trim_matches('"')
}

fn chosen(column: Option<&str>, names: &[&str], count: usize) -> Result<usize, Unreadable> {
    let help = || match names {
        [] => format!("name one by its number, from 1 to {count}: `column = 1`"),
        names => format!("name one of {}", names.join(", ")),
    };
    match column {
        None if count == 1 => Ok(0),
        None => Err(Unreadable::new(format!("the file has {count} columns"), help())),
        Some(name) => {
            let named = names.iter().position(|other| *other == name);
            let numbered = || name.parse::<usize>().ok().filter(|number| (1..=count).contains(number));
            named.or_else(|| numbered().map(|number| number - 1)).ok_or_else(|| {
                let help = if names.is_empty() { help() } else { did_you_mean(name, names) };
                Unreadable::new(format!("the file has no column `{name}`"), help)
            })
        }
    }
}

fn bad_row(file: &Arc<PathBuf>, line: usize, problem: Unreadable, problems: &mut Vec<Diagnostic>) {
    let place = Place { line: u32::try_from(line).unwrap_or(u32::MAX), end: 1, ..Place::start_of(file) };
    let message = format!("line {line}: {}", problem.message);
    problems.push(Diagnostic::error("scenario-csv", message).at(&place).help(problem.help));
}

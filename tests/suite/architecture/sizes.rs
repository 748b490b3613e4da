//! Sizes of files and functions, and what a file and a folder begin with.

use crate::architecture::assert_none;
use crate::architecture::source::{Source, item_end, sources, word, words};

/// Half of all files have at most so many lines, unit tests not counted.
const MEDIAN_LINES: usize = 150;
/// Nine files of ten have at most so many.
const MOST_LINES: usize = 400;
/// No file has more.
const LIMIT_LINES: usize = 600;
/// No function has more lines.
const FUNCTION_LINES: usize = 70;

/// Folders whose `mod.rs` holds more than modules and re-exports, and why.
const MOD_FILES_WITH_ITEMS: [(&str, &str); 2] = [
    ("program/mod.rs", "the program itself: one value that all tables hang from"),
    ("topology/mod.rs", "the topology itself: one value that resources and links hang from"),
];

#[test]
fn files_are_small() {
    let sources = sources("src");
    let mut sizes: Vec<usize> = sources.iter().map(Source::production_lines).collect();
    sizes.sort_unstable();
    let (median, ninth_tenth) = (sizes[sizes.len() / 2], sizes[sizes.len() * 9 / 10]);
    assert!(median <= MEDIAN_LINES, "the median file has {median} lines");
    assert!(ninth_tenth <= MOST_LINES, "one file in ten has {ninth_tenth} lines or more");
    let large = sources.iter().filter(|source| source.production_lines() > LIMIT_LINES);
    let problems: Vec<String> =
        large.map(|source| format!("src/{}: {} lines", source.path, source.production_lines())).collect();
    assert_none("files that are too large", &problems);
}

#[test]
fn functions_are_short() {
    let mut problems = Vec::new();
    for folder in ["src", "tests", "benches"] {
        for source in sources(folder) {
            for at in words(&source.code, "fn") {
                let name = word(source.code[at + 2..].trim_start());
                if name.is_empty() {
                    continue;
                }
                let lines = source.code[at..item_end(&source.code, at)].lines().count();
                if lines > FUNCTION_LINES {
                    problems.push(format!(
                        "{folder}/{}:{} {name}: {lines} lines",
                        source.path,
                        source.line(at)
                    ));
                }
            }
        }
    }
    assert_none("functions that are too long", &problems);
}

#[test]
fn every_file_opens_with_what_it_is_for() {
    let mut problems = Vec::new();
    for folder in ["src", "tests"] {
        for source in sources(folder) {
            let opening = source.text.lines().next().unwrap_or_default();
            if !opening.starts_with("//! ") || opening.contains("To be written") {
                problems.push(format!("{folder}/{}", source.path));
            }
        }
    }
    assert_none("files that do not say what they are for", &problems);
}

#[test]
fn a_folder_says_what_is_absent_from_it() {
    let tops = sources("src")
        .into_iter()
        .filter(|source| source.path.ends_with("/mod.rs") && source.path.matches('/').count() == 1);
    let silent = tops.filter(|source| {
        !source.text.lines().any(|line| line.starts_with("//!") && line.contains("Absent: "))
    });
    let problems: Vec<String> = silent.map(|source| format!("src/{}", source.path)).collect();
    assert_none("floors that do not say what is absent from them", &problems);
}

#[test]
fn folders_hold_no_logic_of_their_own() {
    let mut problems = Vec::new();
    let mut excused = Vec::new();
    for source in sources("src") {
        if !source.path.ends_with("mod.rs") && source.path != "lib.rs" {
            continue;
        }
        let Some(item) = own_item(&source.production) else { continue };
        match MOD_FILES_WITH_ITEMS.iter().find(|(path, _)| *path == source.path) {
            Some((path, _)) => excused.push(*path),
            None => problems.push(format!("src/{}: {item}", source.path)),
        }
    }
    assert_none("folders with logic of their own", &problems);
    assert_eq!(excused, MOD_FILES_WITH_ITEMS.map(|(path, _)| path), "exceptions that are none any more");
}

fn without_visibility(item: &str) -> &str {
    let Some(public) = item.strip_prefix("pub") else { return item };
    let restricted = public.strip_prefix('(').and_then(|rest| rest.split_once(')'));
    restricted.map_or(public, |(_, rest)| rest).trim_start()
}

/// The first line of the first item that is neither a module nor a use.
fn own_item(code: &str) -> Option<&str> {
    let mut at = 0;
    loop {
        at += code[at..].len() - code[at..].trim_start().len();
        let rest = &code[at..];
        if rest.is_empty() {
            return None;
        }
        if rest.starts_with("#[") || rest.starts_with("#![") {
            at += rest.find(']')? + 1;
            continue;
        }
        let bare = without_visibility(rest);
        let is_use = bare.starts_with("use ");
        let is_module = bare.starts_with("mod ") && bare.find(';') < bare.find('{').or(Some(usize::MAX));
        if !is_use && !is_module {
            return rest.lines().next();
        }
        at += rest.find(';')? + 1;
    }
}

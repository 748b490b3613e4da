//! Imports point down, never up and never sideways.

use std::collections::BTreeSet;

use crate::architecture::assert_none;
use crate::architecture::source::{Source, item_end, sources, word};

/// The floors, lowest first.
const FLOORS: [&[&str]; 9] = [
    &["vocabulary"],
    &["kernel", "models", "pattern", "trace"],
    &["topology"],
    &["template", "scenario"],
    &["program"],
    &["world", "guarantee"],
    &["explore"],
    &["report"],
    &["cli"],
];

/// The crate's root and the binary stand outside the house: they only name the floors.
const OUTSIDE: [&str; 2] = ["lib", "main"];

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|modules| modules.contains(&module))
}

/// The top modules that a file reaches through `crate::`, each with the line.
fn imports(source: &Source) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (at, path) in source.production.match_indices("crate::") {
        if source.production[..at].ends_with('$') {
            continue;
        }
        let start = at + path.len();
        let line = source.line(at);
        if let Some(group) = source.production[start..].strip_prefix('{') {
            let end = item_end(&source.production, start) - start;
            found.extend(heads(&group[..end - 2]).into_iter().map(|head| (line, head)));
        } else {
            found.push((line, word(&source.production[start..]).to_owned()));
        }
    }
    found
}

/// The first names of a group of paths: `a::{b, c}, d` has `a` and `d`.
fn heads(group: &str) -> Vec<String> {
    let mut depth = 0_usize;
    let mut heads = vec![String::new()];
    for character in group.chars() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => heads.push(String::new()),
            _ if depth == 0 => heads.last_mut().expect("one is there from the start").push(character),
            _ => {}
        }
    }
    let names = heads.iter().map(|head| word(head.trim()).to_owned());
    names.filter(|name| !name.is_empty()).collect()
}

#[test]
fn every_folder_of_src_stands_on_a_floor() {
    let folders: BTreeSet<String> = sources("src").iter().map(|source| source.module().to_owned()).collect();
    let known: BTreeSet<String> = FLOORS.concat().into_iter().chain(OUTSIDE).map(ToOwned::to_owned).collect();
    assert_eq!(folders, known);
}

#[test]
fn imports_point_down() {
    let mut problems = Vec::new();
    for source in sources("src") {
        let Some(own) = floor(source.module()) else { continue };
        for (line, module) in imports(&source) {
            if module == source.module() || floor(&module).is_some_and(|other| other < own) {
                continue;
            }
            problems.push(format!("src/{}:{line} imports crate::{module}", source.path));
        }
    }
    assert_none("imports that do not point down", &problems);
}

#[test]
fn paths_begin_at_the_crate() {
    let mut problems = Vec::new();
    for source in sources("src") {
        for (at, _) in source.production.match_indices("super::") {
            problems.push(format!("src/{}:{}", source.path, source.line(at)));
        }
    }
    assert_none("paths through `super`", &problems);
}

#[test]
fn groups_of_paths_are_taken_apart() {
    assert_eq!(heads("world::{a, b::{c}}, trace, vocabulary::Instant"), ["world", "trace", "vocabulary"]);
}

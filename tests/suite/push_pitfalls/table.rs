//! What is known to go wrong, and where each of it is shown: the table of the documentation is true.

use std::collections::BTreeSet;
use std::path::Path;

const PAGE: &str = include_str!("../../../docs/pitfalls.md");
/// What stands in place of a test where none can show a row.
const NOT_SHOWN: &str = "–";
/// How many rows each part of the page has.
const ROWS: [usize; 2] = [44, 57];
/// What holds nothing but pitfalls, within the suite.
const FOLDERS: [&str; 3] = ["push_pitfalls", "pitfalls.rs", "reading/pitfalls.rs"];

/// A row: its number, what goes wrong, the tests that show it, and what it comes to.
struct Row {
    number: usize,
    mistake: String,
    tests: Vec<String>,
    verdict: String,
}

/// The rows of each part.
fn parts() -> Vec<Vec<Row>> {
    let mut parts: Vec<Vec<Row>> = Vec::new();
    for line in PAGE.lines() {
        if line.starts_with("## ") {
            parts.push(Vec::new());
        }
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let (Ok(number), [_, mistake, tests, verdict]) = (cells[0].parse(), cells.as_slice()) else {
            continue;
        };
        let tests = tests.split(", ").filter(|test| *test != NOT_SHOWN);
        parts.last_mut().unwrap().push(Row {
            number,
            mistake: (*mistake).to_owned(),
            tests: tests.map(|test| test.trim_matches('`').to_owned()).collect(),
            verdict: (*verdict).to_owned(),
        });
    }
    parts
}

/// The names of all tests below a folder or in a file of the suite.
fn tests_of(below: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut paths = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite").join(below)];
    while let Some(path) = paths.pop() {
        if path.is_dir() {
            paths.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let mut is_test = false;
        for line in text.lines() {
            is_test |= line.trim() == "#[test]";
            if let Some(rest) = line.strip_prefix("fn ") {
                let name = rest.split('(').next().unwrap_or_default();
                if std::mem::take(&mut is_test) {
                    found.insert(name.to_owned());
                }
            }
        }
    }
    found
}

#[test]
fn every_mistake_is_shown_by_a_test_or_it_is_said_why_not() {
    let (parts, tests) = (parts(), tests_of(""));
    assert_eq!(parts.iter().map(Vec::len).collect::<Vec<_>>(), ROWS);
    for (position, row) in parts.iter().flat_map(|part| part.iter().enumerate()) {
        assert_eq!(row.number, position + 1, "{}", row.mistake);
        let missing: Vec<_> = row.tests.iter().filter(|name| !tests.contains(*name)).collect();
        assert!(missing.is_empty(), "{}: {missing:?}", row.mistake);
        assert!(!row.mistake.is_empty() && !row.verdict.is_empty(), "{}", row.number);
    }
}

#[test]
fn every_test_of_these_stands_in_the_table() {
    // This file is about the page, failures in buckets are nobody's mistake, and repairs are of mistakes told elsewhere.
    let others: BTreeSet<String> =
        ["push_pitfalls/table.rs", "push_pitfalls/buckets.rs", "push_pitfalls/repairs.rs"]
            .into_iter()
            .flat_map(tests_of)
            .collect();
    let unnamed = |name: &String| !others.contains(name) && !PAGE.contains(&format!("`{name}`"));
    let missing: Vec<String> = FOLDERS.iter().flat_map(|below| tests_of(below)).filter(unnamed).collect();
    assert_eq!(missing, Vec::<String>::new());
}

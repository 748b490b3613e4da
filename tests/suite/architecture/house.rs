//! The repository as a whole: what it depends on, and that it knows no machine but its user's.

use std::fs;

use crate::architecture::assert_none;
use crate::architecture::source::{files, root};

#[test]
fn the_core_depends_on_no_runtime_and_no_sdk() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("the manifest can be read");
    let table: toml::Table = manifest.parse().expect("the manifest is TOML");
    let dependencies = table["dependencies"].as_table().expect("there are dependencies");
    let foreign = dependencies.keys().filter(|name| *name == "tokio" || name.starts_with("aws"));
    assert_eq!(foreign.collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn every_dependency_has_a_reason() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("the manifest can be read");
    let mut section = "";
    let mut problems = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line;
        } else if section.contains("dependencies]") && line.contains('=') && !line.contains("# ") {
            problems.push(line.to_owned());
        }
    }
    assert_none("dependencies without a reason", &problems);
}

#[test]
fn no_file_knows_the_machine_it_was_written_on() {
    let places = ["work", "tmp", "home", "root", "Users", "mnt"].map(|folder| format!("/{folder}/"));
    let mut problems = Vec::new();
    for path in files(root()) {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        for (index, line) in text.lines().enumerate() {
            let found = places.iter().find(|place| is_absolute(line, place));
            problems.extend(found.map(|place| format!("{}:{} {place}", path.display(), index + 1)));
        }
    }
    assert_none("paths of a machine", &problems);
}

/// Whether the line names the place as a path of its own, and not as a part of an address or a longer path.
fn is_absolute(line: &str, place: &str) -> bool {
    line.match_indices(place).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        before.is_none_or(|character| !character.is_alphanumeric() && !"./-_}*".contains(character))
    })
}

#[test]
fn a_path_inside_the_repository_is_no_path_of_a_machine() {
    let place = format!("/{}/", "home");
    assert!(is_absolute(&format!("cd {place}me"), &place));
    assert!(is_absolute(&format!("\"{place}me\""), &place));
    assert!(!is_absolute(&format!("docs.example{place}me"), &place));
    assert!(!is_absolute(&format!("..{place}me"), &place));
}

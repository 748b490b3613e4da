//! The files of a user's folder of models.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::vocabulary::{Diagnostic, Place};

use crate::models::source::{Layer, SourceFile};

/// Every `.toml` file in `dir` and in the folders directly inside it, in the order of their names.
pub(super) fn read_folder(dir: &Path, problems: &mut Vec<Diagnostic>) -> Vec<SourceFile> {
    let mut files = Vec::new();
    for path in entries(dir, problems) {
        if path.is_dir() {
            for inner in entries(&path, problems) {
                files.extend(read_file(dir, inner, problems));
            }
        } else {
            files.extend(read_file(dir, path, problems));
        }
    }
    files
}

fn entries(dir: &Path, problems: &mut Vec<Diagnostic>) -> Vec<PathBuf> {
    let listed = fs::read_dir(dir).and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect());
    let mut paths: Vec<PathBuf> = listed.unwrap_or_else(|error| {
        problems.push(unreadable(dir.to_owned(), &error.to_string(), "name a readable folder of models"));
        Vec::new()
    });
    paths.sort();
    paths
}

fn read_file(dir: &Path, path: PathBuf, problems: &mut Vec<Diagnostic>) -> Option<SourceFile> {
    if path.extension().is_none_or(|ending| ending != "toml") {
        return None;
    }
    let inside = path.strip_prefix(dir).unwrap_or(&path);
    let parts: Vec<String> = inside.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    match fs::read(&path).map(String::from_utf8) {
        Ok(Ok(text)) => Some(SourceFile::new(parts.join("/"), Arc::new(path), text, Layer::Overlay)),
        Ok(Err(error)) => {
            let message = format!("not UTF-8 at byte {}", error.utf8_error().valid_up_to());
            problems.push(unreadable(path, &message, "save the file as UTF-8"));
            None
        }
        Err(error) => {
            problems.push(unreadable(path, &error.to_string(), "make the file readable"));
            None
        }
    }
}

fn unreadable(path: PathBuf, why: &str, help: &str) -> Diagnostic {
    let message = format!("cannot read `{}`: {why}", path.display());
    Diagnostic::error("model-unreadable", message).at(&Place::start_of(&Arc::new(path))).help(help)
}

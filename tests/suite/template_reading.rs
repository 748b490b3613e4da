//! Templates in, evaluated trees out: what is read, what is refused, and that no input breaks the reader.

use std::path::{Path, PathBuf};

use redrive::template::{ReadOptions, Template, decode, read};
use redrive::vocabulary::{Diagnostic, Severity};

fn read_text(text: &str) -> (Option<Template>, Vec<Diagnostic>) {
    read(Path::new("template.yaml"), text, &ReadOptions::with_stand_ins())
}

/// Every template below a folder, by its ending.
fn templates(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            templates(&path, found);
        } else if path
            .extension()
            .is_some_and(|ending| ending == "yaml" || ending == "yml" || ending == "json")
            && path.file_name().is_some_and(|name| name != "index.json")
        {
            found.push(path);
        }
    }
}

#[test]
fn every_real_template_at_hand_is_read_without_an_error() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/templates");
    let mut found = Vec::new();
    templates(&folder, &mut found);
    for path in found {
        let text = decode(&path, std::fs::read(&path).unwrap()).unwrap();
        let (template, diagnostics) = read(&path, &text, &ReadOptions::with_stand_ins());
        let errors: Vec<_> = diagnostics.iter().filter(|found| found.severity == Severity::Error).collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", path.display());
        assert!(template.is_some_and(|template| !template.resources.is_empty()), "{}", path.display());
    }
}

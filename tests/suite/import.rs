//! From a template to a topology: what is understood, in which spelling, and what is said about the rest.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use redrive::models::Models;
use redrive::report::topology_text;
use redrive::template::{ImportOptions, Imported, import, import_text};
use redrive::topology::{LinkDetail, LinkEnd, Topology};
use redrive::vocabulary::Severity;

fn imported(template: &str) -> Imported {
    imported_with(template, &[])
}

fn imported_with(template: &str, settings: &[(&str, &str)]) -> Imported {
    let mut options = ImportOptions::with_stand_ins();
    options.settings =
        settings.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())).collect();
    import_text(Path::new("template.yaml"), template, &options, &Models::embedded().unwrap())
}

/// Every template of the shared development set, where it is at hand.
fn shared_templates() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let mut found = Vec::new();
    let mut folders = vec![root.join("templates"), root.join("pitfalls")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if matches!(path.extension().and_then(|e| e.to_str()), Some("yaml" | "yml"))
                || path.to_string_lossy().contains(".snapshot__")
            {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn counts(topology: &Topology) -> String {
    let mut models = std::collections::BTreeMap::<String, usize>::new();
    for link in &topology.links {
        let simulated = match link.detail {
            LinkDetail::QueuePolling(_) | LinkDetail::Sends(_) => "*",
            LinkDetail::Unmodelled => "",
        };
        *models.entry(format!("{}{simulated}", link.model.id())).or_default() += 1;
    }
    models.iter().fold(String::new(), |mut text, (model, count)| {
        let _ = write!(text, "{model} {count}  ");
        text
    })
}

#[test]
fn every_shared_template_is_imported() {
    let models = Models::embedded().unwrap();
    for path in shared_templates() {
        let imported = import(&path, &ImportOptions::with_stand_ins(), &models);
        let topology = imported
            .topology
            .as_ref()
            .unwrap_or_else(|| panic!("{}: {:?}", path.display(), imported.diagnostics));
        let parts: Vec<_> =
            path.iter().rev().take(2).map(|part| part.to_string_lossy().into_owned()).collect();
        println!(
            "{:30.30}/{:60.60} {:>3} resources  {:>2} unmodelled  {}",
            parts[1],
            parts[0],
            topology.resources.len(),
            topology.unmodelled.len(),
            counts(topology)
        );
        assert!(imported.errors().next().is_none(), "{}: {:?}", path.display(), imported.diagnostics);
    }
}

#[test]
#[ignore]
fn show() {
    let models = Models::embedded().unwrap();
    for path in std::env::var("SHOW").unwrap().split(',') {
        let imported = import(Path::new(path), &ImportOptions::with_stand_ins(), &models);
        println!("{}", topology_text(imported.topology.as_ref().unwrap(), &imported.diagnostics));
    }
}

//! Every template of the development set, where it is at hand: read, understood as far as possible, never refused.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use redrive::models::Models;
use redrive::template::{ImportOptions, import};
use redrive::topology::{LinkDetail, Topology, refusals};

fn shared_templates() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let mut found = Vec::new();
    let mut folders = vec![root.join("templates"), root.join("pitfalls")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
            if path.is_dir() {
                folders.push(path);
            } else if ending == "yaml" || (ending == "json" && path.to_string_lossy().contains("snapshot__"))
            {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// How many links of each model; those that are simulated with a star.
fn counted(topology: &Topology) -> String {
    let mut models = BTreeMap::<String, usize>::new();
    for link in &topology.links {
        let star = match link.detail {
            LinkDetail::QueuePolling(_)
            | LinkDetail::StreamPolling(_)
            | LinkDetail::Delivers(_)
            | LinkDetail::Sends(_) => "*",
            LinkDetail::Unmodelled => "",
        };
        *models.entry(format!("{}{star}", link.model.id())).or_default() += 1;
    }
    models.iter().fold(String::new(), |mut text, (model, count)| {
        let _ = write!(text, "  {model} {count}");
        text
    })
}

#[test]
fn every_template_of_the_development_set_is_understood() {
    let models = Models::embedded().expect("the embedded models are sound");
    for path in shared_templates() {
        let imported = import(&path, &ImportOptions::with_stand_ins(), &models);
        assert!(imported.errors().next().is_none(), "{}: {:?}", path.display(), imported.diagnostics);
        let topology = imported.topology.expect("no error means a topology");
        assert_eq!(refusals(&topology, &models), [], "{}", path.display());
        let name: Vec<_> = path.iter().rev().take(2).map(|part| part.to_string_lossy()).collect();
        println!(
            "{:28.28}/{:48.48} {:>3} resources {:>3} unmodelled{}",
            name[1],
            name[0],
            topology.resources.len(),
            topology.unmodelled.len(),
            counted(&topology)
        );
    }
}

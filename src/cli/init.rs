//! `redrive init`.

use std::path::{Component, Path, PathBuf};

use crate::cli::arguments::{Changes, Init};
use crate::cli::input::read;
use crate::cli::output::Output;
use crate::cli::problems::Problems;
use crate::cli::start::Done;
use crate::cli::stated::is_scenario;
use crate::cli::values::Reader;
use crate::models::Models;
use crate::report::{SCENARIO_SCHEMA, scenario_draft};
use crate::vocabulary::Diagnostic;

/// Writes a commented scenario beside a template, or where `--output` says.
pub(super) fn init(arguments: &Init, output: Option<&Path>, models: &Models, problems: Problems) -> Done {
    if arguments.schema {
        return Done::shown(SCENARIO_SCHEMA.to_owned());
    }
    let beside = beside(&arguments.paths);
    let target = output.unwrap_or(&beside);
    let is_taken = output.is_none() && target.symlink_metadata().is_ok();
    if is_taken {
        let message = format!("{} is there already", target.display());
        let help = "it is never overwritten: edit it, or name another file with --output";
        problems.tell(&[Diagnostic::error("init-exists", message).help(help)]);
        return Done::unusable();
    }
    if let Some(scenario) = arguments.paths.iter().find(|path| is_scenario(path)) {
        let message = format!("{} is a scenario already", scenario.display());
        problems.tell(&[Diagnostic::error("init-scenario", message).help("give the path of its template")]);
        return Done::unusable();
    }
    let system = Reader::default().changes(&Changes::default(), &[]);
    let Ok(input) = read(&arguments.paths, &system, models, problems) else { return Done::unusable() };
    let folder = target.parent().unwrap_or(Path::new(""));
    let templates: Vec<String> = arguments.paths.iter().map(|path| from(folder, path)).collect();
    let draft = scenario_draft(&input.topology, models, &templates);
    if output.is_some() {
        return Done::shown(draft);
    }
    match Output::open(Some(target)).and_then(|output| output.write(&draft)) {
        Ok(()) => {
            let shown = target.display();
            Done::shown(format!("{shown} is written; edit it, then `redrive check {shown}`\n"))
        }
        Err(problem) => {
            problems.tell(&[problem]);
            Done::unusable()
        }
    }
}

/// `orders/template.scenario.toml` for `orders/template.yaml`; that of the first of several.
fn beside(paths: &[PathBuf]) -> PathBuf {
    let first = paths.first().map_or(Path::new(""), PathBuf::as_path);
    let mut name = first.file_stem().unwrap_or_default().to_owned();
    name.push(".scenario.toml");
    first.with_file_name(name)
}

/// A path as seen from a folder, with `/` as templates on every platform take it.
fn from(folder: &Path, path: &Path) -> String {
    let (Ok(folder), Ok(path)) = (std::path::absolute(folder.join(".")), std::path::absolute(path)) else {
        return path.display().to_string();
    };
    let parts = |path: &Path| -> Vec<String> {
        let named = path.components().filter(|part| *part != Component::CurDir);
        named.map(|part| part.as_os_str().to_string_lossy().into_owned()).collect()
    };
    let (folder, path) = (parts(&folder), parts(&path));
    let shared = folder.iter().zip(&path).take_while(|(left, right)| left == right).count();
    let up = folder[shared..].iter().map(|_| "..".to_owned());
    let steps: Vec<String> = up.chain(path[shared..].iter().cloned()).collect();
    steps.join("/")
}

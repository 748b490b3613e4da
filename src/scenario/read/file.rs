//! A whole scenario file: its templates, settings and parameters, and what it states.

use std::path::{Path, PathBuf};

use crate::scenario::read::document::Document;
use crate::scenario::read::fields::{Fields, unreadable};
use crate::scenario::read::settings::{read_parameters, read_settings};
use crate::scenario::read::{bounds, caller, change, expectation, faults, handler, load};
use crate::scenario::words::Unreadable;
use crate::scenario::{Scenario, Sends};
use crate::vocabulary::{Diagnostic, Place};

/// What a scenario file says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScenarioFile {
    /// The templates that it is about, as paths that can be opened.
    pub templates: Vec<PathBuf>,
    /// Settings of the template, as `--set` takes them.
    pub settings: Vec<StatedSetting>,
    /// Parameters of the template, as `--parameter` takes them.
    pub parameters: Vec<StatedSetting>,
    /// What it states beside the template.
    pub scenario: Scenario,
}

/// A name with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatedSetting {
    /// `Orders.VisibilityTimeout`, or a parameter's name.
    pub name: String,
    /// The value, as a template has it.
    pub value: String,
    /// Where it is stated.
    pub place: Place,
}

/// What came of reading a scenario file.
#[derive(Clone, Debug)]
pub struct ReadScenario {
    /// What it says; where something is wrong with it, what could be read.
    pub file: ScenarioFile,
    /// All problems, in the order of the file.
    pub diagnostics: Vec<Diagnostic>,
    /// The text of the file, for showing places; empty where it could not be read.
    pub source: String,
}

/// A larger file is a mistake rather than a scenario.
const MOST_BYTES: usize = 16 << 20;

/// Reads the scenario at `path`. Whatever is wrong with it is a diagnostic, never a panic.
pub fn read_scenario(path: &Path) -> ReadScenario {
    match text_of(path) {
        Ok(text) => read_scenario_text(path, &text),
        Err(problem) => {
            let message = format!("{} {problem}", path.display());
            let help = "give the path of a scenario in TOML; `redrive init TEMPLATE` writes one";
            let diagnostics = vec![Diagnostic::error("scenario-unreadable", message).help(help)];
            ReadScenario { file: ScenarioFile::default(), diagnostics, source: String::new() }
        }
    }
}

/// The text of a file that a user wrote.
pub(super) fn text_of(path: &Path) -> Result<String, String> {
    let bytes = std::fs::read(path).map_err(|problem| format!("cannot be read: {problem}"))?;
    if bytes.len() > MOST_BYTES {
        return Err(format!("is {} bytes long, more than {MOST_BYTES}", bytes.len()));
    }
    let text = String::from_utf8(bytes).map_err(|_| "is no text in UTF-8".to_owned())?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// The same for a text that is already at hand; `path` names it, and says where other files are looked for.
///
/// ```
/// use std::path::Path;
/// use redrive::scenario::read_scenario_text;
/// let text = "template = 'template.yaml'\n[handler.Fulfil]\npreset = 'partial'\n";
/// let read = read_scenario_text(Path::new("orders/scenario.toml"), text);
/// assert_eq!(read.diagnostics, []);
/// assert_eq!(read.file.templates, [Path::new("orders/template.yaml")]);
/// assert_eq!(read.file.scenario.handlers[0].function, "Fulfil");
/// ```
pub fn read_scenario_text(path: &Path, text: &str) -> ReadScenario {
    let document = Document::new(path.to_owned(), text);
    let mut diagnostics = Vec::new();
    let tree = document.tree(&mut diagnostics);
    let fields = tree.as_ref().and_then(|tree| Fields::of("a scenario", tree, &mut diagnostics));
    let file = fields
        .map_or_else(ScenarioFile::default, |fields| whole_file(path, (&document, fields), &mut diagnostics));
    diagnostics.sort_by_key(|one| one.place.as_ref().map(|place| place.start));
    ReadScenario { file, diagnostics, source: text.to_owned() }
}

fn whole_file(
    path: &Path,
    (document, mut fields): (&Document<'_>, Fields<'_>),
    problems: &mut Vec<Diagnostic>,
) -> ScenarioFile {
    let folder = path.parent().unwrap_or(Path::new(""));
    let templates = templates(folder, &mut fields, problems);
    let settings = fields.table("set", problems).map(|table| read_settings(&table, document, problems));
    let parameters = fields.table("parameters", problems).map(|table| read_parameters(&table, problems));
    let mut workloads = load::read_messages(fields.tables("message", "[[message]]", problems), problems);
    workloads.extend(load::read_loads(folder, fields.tables("load", "[[load]]", problems), problems));
    let scenario = Scenario {
        workloads,
        handlers: fields
            .table("handler", problems)
            .map_or_else(Vec::new, |table| handler::read(&table, problems)),
        callers: fields
            .table("caller", problems)
            .map_or_else(Vec::new, |table| caller::read(&table, problems)),
        sends: read_assumptions(&mut fields, problems),
        changes: change::read(fields.tables("change", "[[change]]", problems), problems),
        faults: fields
            .table("faults", problems)
            .map(|table| faults::read(table, problems))
            .unwrap_or_default(),
        bounds: fields
            .table("bounds", problems)
            .map(|table| bounds::read(table, problems))
            .unwrap_or_default(),
        expectations: expectation::read(fields.tables("expect", "[[expect]]", problems), problems),
    };
    fields.finish(problems);
    ScenarioFile {
        templates,
        settings: settings.unwrap_or_default(),
        parameters: parameters.unwrap_or_default(),
        scenario,
    }
}

/// The paths of the templates, which stand relative to the file.
fn templates(folder: &Path, fields: &mut Fields<'_>, problems: &mut Vec<Diagnostic>) -> Vec<PathBuf> {
    let texts = fields.texts("template", problems);
    let is_path = |text: &str| match text.trim() {
        "" => {
            Err(Unreadable::new("the path is empty", "write the path of a template, relative to this file"))
        }
        text => Ok(folder.join(text)),
    };
    let mut paths = Vec::new();
    for written in texts {
        match is_path(written.text) {
            Ok(path) => paths.push(path),
            Err(problem) => unreadable(problems, "template", written.place, problem),
        }
    }
    paths
}

/// `assume = ["Fulfil sends Shipping"]`.
fn read_assumptions(fields: &mut Fields<'_>, problems: &mut Vec<Diagnostic>) -> Vec<Sends> {
    let mut assumptions = Vec::new();
    for written in fields.texts("assume", problems) {
        match Sends::parse(written.text) {
            Ok(sends) => assumptions.push(Sends { place: Some(written.place.clone()), ..sends }),
            Err(problem) => unreadable(problems, "assume", written.place, problem),
        }
    }
    assumptions
}

//! A template's text in, the evaluated template out: its sections in the order in which they depend on each other.

use std::path::Path;

use crate::template::document::{Branch, ReadOptions, Report, Shape, Tree, parse};
use crate::template::evaluate::condition::Truth;
use crate::template::evaluate::evaluator::Evaluator;
use crate::template::evaluate::loops::Loops;
use crate::template::evaluate::parameter::{parameters, unknown_parameters};
use crate::template::evaluate::scope::{Generated, Scope};
use crate::template::evaluate::surroundings::Surroundings;
use crate::template::{Entry, Parameter, Template, TemplateResource};
use crate::vocabulary::{Diagnostic, quote, suggestion};

/// The sections of a template.
const SECTIONS: [&str; 12] = [
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Globals",
    "Hooks",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
    "Transform",
];

/// The transform that lets functions stand in more places.
const EXTENSIONS: &str = "AWS::LanguageExtensions";
/// The transform that makes a template a SAM template, without its version.
const SAM: &str = "AWS::Serverless-";

/// How the types of modules end.
const MODULE: &str = "::MODULE";

/// Reads and evaluates a template. `None` where there is none in the text; what is wrong is in the diagnostics
/// either way, everything at once and in the order of the file.
///
/// ```
/// use std::path::Path;
/// use redrive::template::{ReadOptions, Value, read};
///
/// let text = "
/// Parameters:
///   Tries: {Type: Number, Default: 3}
/// Resources:
///   Orders:
///     Type: AWS::SQS::Queue
///     Properties: {RedrivePolicy: {maxReceiveCount: !Ref Tries}}
/// ";
/// let (template, diagnostics) = read(Path::new("template.yaml"), text, &ReadOptions::with_stand_ins());
/// let template = template.ok_or("no template")?;
/// let policy = template.resources[0].properties.get("RedrivePolicy").ok_or("no policy")?;
/// assert_eq!(policy.get("maxReceiveCount").map(|node| &node.value), Some(&Value::Number("3".to_owned())));
/// assert!(diagnostics.is_empty());
/// # Ok::<(), &str>(())
/// ```
pub fn read(path: &Path, text: &str, options: &ReadOptions) -> (Option<Template>, Vec<Diagnostic>) {
    let mut report = Report::new(options.limits.diagnostics_per_code);
    let tree = parsed(path, text, options, &mut report, |tree, _| tree);
    let template = tree.map(|tree| {
        let template = evaluate(tree, options, &Surroundings::default(), &mut report);
        let declared: Vec<_> = template.parameters.iter().collect();
        for problem in unknown_parameters(options, &declared) {
            report.push(problem);
        }
        template
    });
    (template, report.finish())
}

/// The tree of a template, completed by `complete`; `None` where there is none in the text.
pub(in crate::template) fn parsed(
    path: &Path,
    text: &str,
    options: &ReadOptions,
    report: &mut Report,
    complete: impl FnOnce(Tree, &mut Report) -> Tree,
) -> Option<Tree> {
    let tree = parse(path, text, options.limits, report)?;
    Some(complete(tree, report)).filter(|tree| is_template(tree, report))
}

/// Whether the document can be a template at all; says what it is instead.
fn is_template(tree: &Tree, report: &mut Report) -> bool {
    let help = "a CloudFormation or SAM template has a map `Resources`; or is this a scenario?";
    let refusal = |message: String| Diagnostic::error("template-not-one", message).help(help);
    if !matches!(tree.shape, Shape::Map(_)) {
        report.push(refusal(format!("the file holds {}, not a template", tree.kind())).at(&tree.place));
        return false;
    }
    let branches = tree.branches();
    let Some(resources) = tree.branch("Resources") else {
        let names: Vec<String> = branches.iter().take(5).map(|branch| quote(&branch.key)).collect();
        let found = if names.is_empty() { "no section at all".to_owned() } else { names.join(", ") };
        let mut diagnostic =
            refusal(format!("the file has no section `Resources`, only {found}")).at(&tree.place);
        if let Some(near) = branches.iter().find(|branch| branch.key.eq_ignore_ascii_case("resources")) {
            diagnostic = diagnostic.at(&near.key_place).help("sections are spelled exactly: `Resources`");
        }
        report.push(diagnostic);
        return false;
    };
    if !matches!(resources.tree.shape, Shape::Map(_)) {
        let message =
            format!("`Resources` must be a map of resources by name, not {}", resources.tree.kind());
        report.push(Diagnostic::error("template-section", message).at(&resources.tree.place));
        return false;
    }
    true
}

/// The template with all functions applied, as far as what surrounds it tells.
pub(in crate::template) fn evaluate(
    tree: Tree,
    options: &ReadOptions,
    around: &Surroundings,
    report: &mut Report,
) -> Template {
    sections(&tree, report);
    let parameters = parameters(tree.get("Parameters"), options, around, report);
    let tree = Loops::new(&parameters, options.limits, report).expand(tree);
    let transforms = transforms(&tree);
    let scope = scope(&tree, &parameters, &transforms, (options, around));
    let mut evaluator = Evaluator::new(&scope, report);
    let resources: Vec<TemplateResource> = tree
        .get("Resources")
        .map(Tree::branches)
        .unwrap_or_default()
        .iter()
        .filter_map(|branch| {
            if branch.key.starts_with("Fn::") {
                evaluator.entry(branch);
                return None;
            }
            evaluator.resource(branch)
        })
        .collect();
    let outputs = outputs(tree.get("Outputs"), &mut evaluator);
    let mut section = |name: &str| tree.get(name).and_then(|tree| evaluator.evaluate(tree));
    let (globals, metadata) = (section("Globals"), section("Metadata"));
    if resources.is_empty() {
        let place = tree.branch("Resources").map_or(&tree.place, |branch| &branch.key_place);
        let message = "the template declares no resource that can be read";
        evaluator.report.push(Diagnostic::error("template-empty", message).at(place));
    }
    let imports = std::mem::take(&mut evaluator.imports);
    let description = tree.get("Description").and_then(|tree| tree.text().map(str::to_owned));
    Template { description, transforms, globals, resources, parameters, outputs, metadata, imports }
}

/// Sections that are none, and sections of the wrong shape.
fn sections(tree: &Tree, report: &mut Report) {
    for branch in tree.branches() {
        let name = branch.key.as_str();
        if !SECTIONS.contains(&name) && !name.starts_with("Fn::") {
            let message = format!("{} is no section of a template", quote(name));
            let mut diagnostic = Diagnostic::warning("template-section", message).at(&branch.key_place);
            diagnostic.help = suggestion(name, SECTIONS);
            report.push(diagnostic);
        }
        let is_map = matches!(branch.tree.shape, Shape::Map(_)) || branch.tree.kind() == "nothing";
        if matches!(name, "Parameters" | "Mappings" | "Conditions" | "Outputs" | "Globals") && !is_map {
            let message = format!("`{name}` must be a map, not {}", branch.tree.kind());
            report.push(Diagnostic::error("template-section", message).at(&branch.tree.place));
        }
    }
}

fn scope<'t>(
    tree: &'t Tree,
    parameters: &'t [Parameter],
    transforms: &[String],
    (options, around): (&'t ReadOptions, &'t Surroundings),
) -> Scope<'t> {
    let names = |section: &str| tree.get(section).map(Tree::branches).unwrap_or_default().iter();
    let trees = |section: &str| names(section).map(|branch| (branch.key.as_str(), &branch.tree)).collect();
    let mut scope = Scope::new(options, around, generated(transforms));
    scope.composes_names = transforms.iter().any(|name| name == EXTENSIONS || !name.starts_with("AWS::"));
    scope.parameters = parameters.iter().map(|parameter| (parameter.name.as_str(), parameter)).collect();
    scope.mappings = trees("Mappings");
    scope.conditions = trees("Conditions");
    scope.resources = names("Resources").map(|branch| branch.key.as_str()).collect();
    let is_module = |branch: &&Branch| {
        branch.tree.get("Type").and_then(Tree::text).is_some_and(|name| name.ends_with(MODULE))
    };
    scope.modules = names("Resources").filter(is_module).map(|branch| branch.key.as_str()).collect();
    scope
}

fn generated(transforms: &[String]) -> Generated {
    if transforms.iter().any(|name| !name.starts_with("AWS::")) {
        Generated::ByMacro
    } else if transforms.iter().any(|name| name.starts_with(SAM)) {
        Generated::BySam
    } else {
        Generated::Nothing
    }
}

/// The names in `Transform`, which is text, a list, or a map with a `Name`.
fn transforms(tree: &Tree) -> Vec<String> {
    let Some(section) = tree.get("Transform") else { return Vec::new() };
    let items = match &section.shape {
        Shape::List(items) => items.as_slice(),
        Shape::Scalar(_) | Shape::Map(_) => std::slice::from_ref(section),
    };
    let name = |item: &Tree| item.text().or_else(|| item.get("Name")?.text()).map(str::to_owned);
    items.iter().filter_map(name).collect()
}

fn outputs(section: Option<&Tree>, evaluator: &mut Evaluator<'_>) -> Vec<Entry> {
    let mut outputs = Vec::new();
    for branch in section.map(Tree::branches).unwrap_or_default() {
        let dropped = match branch.tree.get("Condition") {
            Some(condition) => evaluator.truth(condition) == Truth::False,
            None => false,
        };
        if !dropped {
            outputs.extend(evaluator.entry(branch));
        }
    }
    outputs
}

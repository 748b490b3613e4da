//! `--set` over a system: which stack's resource is meant, those that only exist after the SAM transform included.

use crate::template::declared::Declared;
use crate::template::{Presence, Template, TemplateResource, apply_setting};
use crate::vocabulary::{Diagnostic, quote, suggestion};

/// A setting of the command line: path and value.
pub(super) type Setting = (String, String);

/// Applies the settings to a template; gives the positions of those that found their resource.
pub(super) fn apply_first(
    template: &mut Template,
    stack: &str,
    settings: &[Setting],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<usize> {
    let mut found = Vec::new();
    for (position, setting) in settings.iter().enumerate() {
        match apply(template, stack, setting) {
            Applied::Missed => continue,
            Applied::Done => {}
            Applied::Refused(problem) => diagnostics.push(*problem),
        }
        found.push(position);
    }
    found
}

/// Applies the others to the resources after the transform.
pub(super) fn apply_rest(
    declared: &mut [Declared],
    stack: &str,
    (settings, done): (&[Setting], &[usize]),
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<usize> {
    if done.len() == settings.len() {
        return Vec::new();
    }
    let mut template = Template {
        description: None,
        transforms: Vec::new(),
        globals: None,
        resources: declared.iter().map(as_resource).collect(),
        parameters: Vec::new(),
        outputs: Vec::new(),
        metadata: None,
        imports: Vec::new(),
    };
    let mut found = Vec::new();
    for (position, setting) in settings.iter().enumerate().filter(|(position, _)| !done.contains(position)) {
        match apply(&mut template, stack, setting) {
            Applied::Missed => continue,
            Applied::Done => {}
            Applied::Refused(problem) => diagnostics.push(*problem),
        }
        found.push(position);
    }
    for (one, resource) in declared.iter_mut().zip(template.resources.drain(..)) {
        one.properties = resource.properties;
    }
    found
}

/// What is wrong with settings that no resource, or more than one, is meant by. `found` has the settings that each
/// stack has found, `declared` the resources of all.
pub(super) fn unclear(
    settings: &[Setting],
    found: &[(String, Vec<usize>)],
    declared: &[Declared],
) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    for (position, (path, value)) in settings.iter().enumerate() {
        let hits: Vec<&str> = found
            .iter()
            .filter(|(_, positions)| positions.contains(&position))
            .map(|(stack, _)| stack.as_str())
            .collect();
        match hits.as_slice() {
            [_] => {}
            [] => problems.extend(missed(path, value, declared)),
            [first, ..] => {
                let shown = quote(&format!("--set {path}={value}"));
                let message = format!("{shown} means a resource of each of {}", hits.join(", "));
                let help = format!("write `--set {first}/{path}={value}` for that of {first}");
                problems.push(Diagnostic::error("setting-resource", message).help(help));
            }
        }
    }
    problems
}

/// The problem of a setting that no stack has found.
fn missed(path: &str, value: &str, declared: &[Declared]) -> Option<Diagnostic> {
    let mut whole = Template {
        description: None,
        transforms: Vec::new(),
        globals: None,
        resources: declared.iter().map(as_resource).collect(),
        parameters: Vec::new(),
        outputs: Vec::new(),
        metadata: None,
        imports: Vec::new(),
    };
    let problem = apply_setting(&mut whole, path, value).err()?;
    let name = path.split('.').next().unwrap_or(path);
    let last = |id: &'_ str| id.rfind('/').map_or(0, |end| end + 1);
    let mut ids = declared.iter().map(|one| one.logical_id.as_str()).filter(|id| last(id) > 0);
    let near = ids.find(|id| suggestion(name, [&id[last(id)..]]).is_some());
    Some(match near {
        Some(near) => problem.help(format!("did you mean {}?", quote(near))),
        None => problem,
    })
}

enum Applied {
    Done,
    Missed,
    Refused(Box<Diagnostic>),
}

/// Tries the path as it is, then behind the stack's own path.
fn apply(template: &mut Template, stack: &str, (path, value): &Setting) -> Applied {
    let inner = path.strip_prefix(stack).and_then(|rest| rest.strip_prefix('/'));
    for path in [Some(path.as_str()), inner.filter(|_| !stack.is_empty())].into_iter().flatten() {
        match apply_setting(template, path, value) {
            Ok(()) => return Applied::Done,
            Err(problem) if problem.code == "setting-resource" => {}
            Err(problem) => return Applied::Refused(Box::new(problem)),
        }
    }
    Applied::Missed
}

fn as_resource(declared: &Declared) -> TemplateResource {
    TemplateResource {
        logical_id: declared.logical_id.clone(),
        place: declared.place.clone(),
        type_name: declared.type_name.clone(),
        type_place: declared.place.clone(),
        properties: declared.properties.clone(),
        metadata: None,
        presence: Presence::Present,
        depends_on: Vec::new(),
        connectors: None,
        deletion_policy: None,
        update_replace_policy: None,
        ignore_globals: None,
    }
}

//! `--set` for resources that only exist after the SAM transform, such as the mapping of an event.

use crate::template::declared::Declared;
use crate::template::{Presence, Template, TemplateResource, apply_setting};
use crate::vocabulary::Diagnostic;

/// A setting of the command line: path and value.
type Given<'a> = &'a (String, String);

/// Applies the settings to the template; those that name no resource of it come back.
pub(crate) fn apply_first<'a>(
    template: &mut Template,
    settings: &'a [(String, String)],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Given<'a>> {
    let mut left = Vec::new();
    for setting in settings {
        match apply_setting(template, &setting.0, &setting.1) {
            Ok(()) => {}
            Err(problem) if problem.code == "setting-resource" => left.push(setting),
            Err(problem) => diagnostics.push(problem),
        }
    }
    left
}

/// Applies what is left to the resources after the transform.
pub(crate) fn apply_rest(
    template: &mut Template,
    declared: &mut [Declared],
    settings: &[Given<'_>],
    diagnostics: &mut Vec<Diagnostic>,
) {
    if settings.is_empty() {
        return;
    }
    template.resources = declared.iter().map(as_resource).collect();
    for setting in settings {
        diagnostics.extend(apply_setting(template, &setting.0, &setting.1).err());
    }
    for (one, resource) in declared.iter_mut().zip(template.resources.drain(..)) {
        one.properties = resource.properties;
    }
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

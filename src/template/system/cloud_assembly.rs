//! What CDK has synthesised: a folder whose `manifest.json` names stacks and further folders.

use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use crate::template::declared::Environment;
use crate::template::system::inputs::{Given, Root, text_of};
use crate::vocabulary::{Diagnostic, Place};
use std::sync::Arc;

const MANIFEST: &str = "manifest.json";
/// Folders within folders; CDK needs one level for each stage within a stage.
const DEEPEST: usize = 20;

/// Adds the stacks of an assembly in the order of its manifest, those of nested assemblies included.
pub(super) fn read(folder: &Path, roots: &mut Vec<Root>, problems: &mut Vec<Diagnostic>) {
    let before = roots.len() + problems.len();
    folder_of(folder, 0, roots, problems);
    if roots.len() + problems.len() == before {
        let message = format!("{} lists no stack", folder.join(MANIFEST).display());
        problems.push(
            Diagnostic::error("cdk-no-stack", message)
                .help("give the folder that `cdk synth` writes for an application with stacks"),
        );
    }
}

fn folder_of(folder: &Path, depth: usize, roots: &mut Vec<Root>, problems: &mut Vec<Diagnostic>) {
    let file = folder.join(MANIFEST);
    let text = match std::fs::read_to_string(&file) {
        Ok(text) => text,
        Err(problem) => return problems.push(no_manifest(folder, &problem)),
    };
    let manifest: Json = match serde_json::from_str(&text) {
        Ok(manifest) => manifest,
        Err(problem) => return problems.push(malformed(&file, &text, &problem)),
    };
    let Some(artifacts) = manifest.get("artifacts").and_then(Json::as_object) else {
        let message = format!("{} has no map `artifacts`", file.display());
        let help = "a folder that `cdk synth` has written has one; synthesise it again";
        return problems.push(Diagnostic::error("cdk-manifest", message).help(help));
    };
    for (id, artifact) in artifacts {
        match word(artifact, &["type"]) {
            Some("aws:cloudformation:stack") => stack(folder, id, artifact, roots, problems),
            Some("cdk:cloud-assembly") if depth < DEEPEST => {
                if let Some(inner) = word(artifact, &["properties", "directoryName"]) {
                    folder_of(&folder.join(inner), depth + 1, roots, problems);
                }
            }
            // Assets, the tree of constructs, and whatever else CDK notes down: nothing of it is deployed as a stack.
            Some(_) | None => {}
        }
    }
}

fn stack(folder: &Path, id: &str, artifact: &Json, roots: &mut Vec<Root>, problems: &mut Vec<Diagnostic>) {
    let Some(template) = word(artifact, &["properties", "templateFile"]) else {
        let message = format!("stack {id} of {} names no templateFile", folder.join(MANIFEST).display());
        problems
            .push(Diagnostic::error("cdk-manifest", message).help("synthesise it again with `cdk synth`"));
        return;
    };
    let parameters = artifact.get("properties").and_then(|own| own.get("parameters"));
    let parameters = parameters.and_then(Json::as_object).into_iter().flatten();
    let file = folder.join(template);
    roots.push(Root {
        text: text_of(&file),
        file,
        given: Given {
            display_name: Some(word(artifact, &["displayName"]).unwrap_or(id).to_owned()),
            stack_name: Some(word(artifact, &["properties", "stackName"]).unwrap_or(id).to_owned()),
            environment: word(artifact, &["environment"]).map(environment).unwrap_or_default(),
            parameters: parameters
                .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
                .collect(),
        },
    });
}

fn word<'j>(json: &'j Json, path: &[&str]) -> Option<&'j str> {
    path.iter().try_fold(json, |inner, key| inner.get(key))?.as_str()
}

/// `aws://123456789012/eu-west-1`, either part possibly unknown.
fn environment(written: &str) -> Environment {
    let rest = written.strip_prefix("aws://").unwrap_or(written);
    let (account, region) = rest.split_once('/').unwrap_or((rest, ""));
    let known = |text: &str| (!text.is_empty() && !text.starts_with("unknown-")).then(|| text.to_owned());
    Environment { account: known(account), region: known(region) }
}

/// A folder that is no assembly, with what the user may have meant.
fn no_manifest(folder: &Path, problem: &std::io::Error) -> Diagnostic {
    let shown = folder.display();
    let message = if problem.kind() == std::io::ErrorKind::NotFound {
        format!("the folder {shown} has no {MANIFEST}, which every folder has that `cdk synth` writes")
    } else {
        format!("{} cannot be read: {problem}", folder.join(MANIFEST).display())
    };
    let meant: Option<PathBuf> = ["cdk.out", "template.yaml", "template.yml", "template.json"]
        .into_iter()
        .map(|name| folder.join(name))
        .find(|path| path.join(MANIFEST).is_file() || path.is_file());
    let help = meant.map_or_else(
        || "run `cdk synth`, or give the templates themselves".to_owned(),
        |path| format!("did you mean {}?", path.display()),
    );
    Diagnostic::error("cdk-no-manifest", message).help(help)
}

fn malformed(file: &Path, text: &str, problem: &serde_json::Error) -> Diagnostic {
    let mut place = Place::start_of(&Arc::new(file.to_owned()));
    place.line = u32::try_from(problem.line()).unwrap_or(1).max(1);
    place.column = u32::try_from(problem.column()).unwrap_or(1).max(1);
    let before: usize = text.split_inclusive('\n').take(problem.line().saturating_sub(1)).map(str::len).sum();
    place.start = u32::try_from(before + problem.column().saturating_sub(1)).unwrap_or(0);
    place.end = place.start + 1;
    Diagnostic::error("cdk-manifest", format!("the manifest is not valid JSON: {problem}"))
        .at(&place)
        .help("synthesise it again with `cdk synth`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_is_known_as_far_as_it_is_written() {
        let known = environment("aws://123456789012/eu-west-1");
        assert_eq!(known.account.as_deref(), Some("123456789012"));
        assert_eq!(known.region.as_deref(), Some("eu-west-1"));
        assert_eq!(environment("aws://unknown-account/unknown-region"), Environment::default());
    }
}

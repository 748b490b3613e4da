//! What the stacks of a system are called: short where that is enough to tell them apart.

use std::path::Path;

/// The file name that SAM uses; such a template is called after its folder.
const USUAL_NAME: &str = "template";
/// What CDK puts behind the name of a stack.
const CDK_SUFFIX: &str = ".template";

/// The paths of root stacks in the order given: of the only one empty, else all different.
pub(super) fn stack_paths(names: &[(Option<&str>, &Path)]) -> Vec<String> {
    if names.len() < 2 {
        return names.iter().map(|_| String::new()).collect();
    }
    let spelled: Vec<Vec<String>> = names.iter().map(|(told, file)| parts(*told, file)).collect();
    let longest = spelled.iter().map(Vec::len).max().unwrap_or(0);
    let mut taken: Vec<usize> = vec![1; spelled.len()];
    for _ in 1..longest {
        let shown = shown(&spelled, &taken);
        for (position, name) in shown.iter().enumerate() {
            if shown.iter().filter(|other| *other == name).count() > 1 {
                taken[position] = (taken[position] + 1).min(spelled[position].len());
            }
        }
    }
    numbered(shown(&spelled, &taken))
}

fn shown(spelled: &[Vec<String>], taken: &[usize]) -> Vec<String> {
    spelled.iter().zip(taken).map(|(parts, taken)| parts[parts.len() - taken..].join("/")).collect()
}

/// Names that are still equal get a number.
fn numbered(names: Vec<String>) -> Vec<String> {
    let mut unique: Vec<String> = Vec::with_capacity(names.len());
    for name in names {
        let mut candidate = name.clone();
        let mut number = 1_u32;
        while unique.contains(&candidate) {
            number += 1;
            candidate = format!("{name}-{number}");
        }
        unique.push(candidate);
    }
    unique
}

/// The folders and the name of a template, the most telling part last.
fn parts(told: Option<&str>, file: &Path) -> Vec<String> {
    let folders = file.parent().map(Path::components).into_iter().flatten();
    let mut parts: Vec<String> = folders
        .filter(|part| matches!(part, std::path::Component::Normal(_)))
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let stem = stem.strip_suffix(CDK_SUFFIX).unwrap_or(&stem);
    match told {
        Some(told) => parts.push(told.to_owned()),
        None if stem == USUAL_NAME && !parts.is_empty() => {}
        None => parts.push(stem.to_owned()),
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(files: &[&str]) -> Vec<String> {
        let names: Vec<_> = files.iter().map(|file| (None, Path::new(*file))).collect();
        stack_paths(&names)
    }

    #[test]
    fn a_stack_is_called_after_its_file_or_its_folder_where_that_tells_more() {
        assert_eq!(paths(&["shop/orders.yaml"]), [""]);
        assert_eq!(paths(&["shop/orders.yaml", "shop/billing.json"]), ["orders", "billing"]);
        assert_eq!(paths(&["orders/template.yaml", "billing/template.yml"]), ["orders", "billing"]);
        assert_eq!(
            paths(&["a/x/orders.yaml", "b/x/orders.yaml", "c.yaml"]),
            ["a/x/orders", "b/x/orders", "c"]
        );
        assert_eq!(paths(&["template.yaml", "template.json"]), ["template", "template-2"]);
    }
}

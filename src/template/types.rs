//! Types of resources that are nearly a known one: a misspelt type quietly leaves the resource out of everything.
//!
//! The known types are data (`models/properties.toml`). Absent: types that merely are not modelled; of those nothing is
//! said here, for the list is not whole and new types come.

use crate::models::Models;
use crate::template::{Presence, Template, TemplateResource};
use crate::vocabulary::{Diagnostic, did_you_mean, nearest_within, quote};

/// What the lists of types are kept under.
const TYPES: &str = "resource type";
const ALIKE: &str = "resource type that is nearly another";
const OF_SAM: &str = "resource type of SAM";

/// More wrong letters than these make another type: many of AWS's differ by three.
const MISTAKES: usize = 2;

/// Types that are taken for mistakes, with the nearest that there is.
pub(crate) fn mistaken(template: &Template, models: &Models) -> Vec<Diagnostic> {
    let list = |of| {
        let takes = models.properties(of).map_or(&[][..], |list| &list.takes);
        takes.iter().map(String::as_str).collect::<Vec<_>>()
    };
    let known = Known { types: list(TYPES), alike: list(ALIKE), of_sam: list(OF_SAM) };
    let there = template.resources.iter().filter(|one| one.presence != Presence::Absent);
    there.filter_map(|resource| known.problem(resource)).collect()
}

struct Known<'a> {
    types: Vec<&'a str>,
    alike: Vec<&'a str>,
    of_sam: Vec<&'a str>,
}

impl Known<'_> {
    fn problem(&self, resource: &TemplateResource) -> Option<Diagnostic> {
        let name = resource.type_name.as_str();
        if [&self.types, &self.alike, &self.of_sam].into_iter().any(|list| list.contains(&name)) {
            return None;
        }
        let (code, message, help) = if name.starts_with("AWS::Serverless::") {
            let message = format!("{} is no resource type of SAM", quote(name));
            ("sam-unknown-resource", message, did_you_mean(name, &self.of_sam))
        } else {
            let known = self.types.iter().chain(&self.of_sam).copied();
            let near = nearest_within(name, known, MISTAKES)?;
            let message = format!("no resource type {} is known", quote(name));
            ("template-unknown-type", message, format!("did you mean `{near}`?"))
        };
        let message = format!("{message}, so nothing is simulated of {}", quote(&resource.logical_id));
        Some(Diagnostic::warning(code, message).at(&resource.type_place).help(help))
    }
}

//! The whole of a draft, part by part.
//!
//! A comment that begins with `#` and a blank explains; one that begins with `#` alone becomes a line when its `#` goes.

use crate::models::Models;
use crate::report::draft::parts::{self, subjects};
use crate::report::draft::text;
use crate::topology::Topology;

/// The schema of scenario files, for editors.
pub const SCENARIO_SCHEMA: &str = include_str!("../../../docs/scenario.schema.json");

/// A scenario with everything that could be stated of a topology as comments; `templates` are its paths as seen from
/// the scenario's folder.
pub fn scenario_draft(topology: &Topology, models: &Models, templates: &[String]) -> String {
    let subject = subjects(topology);
    let mut draft = Draft::default();
    draft.head(templates);
    parts::assumptions(&mut draft, &subject);
    draft.says_what_follows();
    parts::settings(&mut draft, topology);
    parts::load(&mut draft, &subject);
    parts::handlers(&mut draft, topology, models);
    parts::changes(&mut draft, &subject);
    parts::faults(&mut draft, &subject);
    parts::bounds(&mut draft, models);
    parts::expectations(&mut draft, &subject);
    draft.text
}

/// The text as far as it is written.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    text: String,
}

impl Draft {
    fn head(&mut self, templates: &[String]) {
        self.line("#:schema scenario.schema.json");
        self.line(
            "# `redrive init --schema --output scenario.schema.json` writes the schema for your editor.",
        );
        self.line("");
        let paths: Vec<String> = templates.iter().map(|path| text(path)).collect();
        match paths.as_slice() {
            [path] => self.line(&format!("template = {path}")),
            paths => self.line(&format!("template = [{}]", paths.join(", "))),
        }
    }

    fn says_what_follows(&mut self) {
        self.line("");
        self.says("What redrive should know beyond the template. Nothing is stated yet: every line is a comment. Take the");
        self.says(
            "`#` off those that you want, and change what they say. docs/scenario.md explains every key.",
        );
    }

    /// A heading.
    pub(super) fn part(&mut self, title: &str) {
        self.line("");
        self.line(&format!("# ---- {title} ----"));
    }

    /// An explanation.
    pub(super) fn says(&mut self, text: &str) {
        self.line(&format!("# {text}"));
    }

    /// The beginning of a table that could be stated.
    pub(super) fn table(&mut self, header: &str) {
        self.line("");
        self.could(header);
    }

    /// A line that could be stated.
    pub(super) fn could(&mut self, line: &str) {
        self.line(&format!("#{line}"));
    }

    pub(super) fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }
}

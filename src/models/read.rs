//! From the text of one file to rules, settings, declarations and citations, with every problem noted.

use std::collections::BTreeMap;

use toml::de::DeTable;

use crate::vocabulary::{Diagnostic, Place};

use crate::models::fields::{Fields, Located, report};
use crate::models::policy::Policies;
use crate::models::read_rule::{read_rule, read_setting};
use crate::models::rule::{
    Citation, GuaranteeDeclaration, GuaranteeModel, ModelKind, PropertyList, Rule, RuleValue, SettingModel,
    Weight,
};
use crate::models::source::{FileKind, Layer, SourceFile};

/// A model before its rules have numbers.
#[derive(Clone, Debug)]
pub(super) struct ModelDraft {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) kind: ModelKind,
    pub(super) rules: Vec<Rule>,
    pub(super) settings: Vec<SettingModel>,
    pub(super) guarantees: Vec<Located<GuaranteeDeclaration>>,
    pub(super) attributes: BTreeMap<String, RuleValue>,
    pub(super) place: Place,
}

/// A citation and the set of files it came from.
#[derive(Clone, Debug)]
pub(super) struct CitationDraft {
    pub(super) citation: Citation,
    pub(super) place: Place,
    pub(super) layer: Layer,
}

/// Names that a file uses and others define.
#[derive(Clone, Debug, Default)]
pub(super) struct References {
    pub(super) citations: Vec<Located<String>>,
    pub(super) guarantees: Vec<Located<String>>,
    pub(super) families: Vec<Located<String>>,
}

/// Everything that was read so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    pub(super) models: Vec<ModelDraft>,
    pub(super) citations: Vec<CitationDraft>,
    pub(super) definitions: Vec<GuaranteeModel>,
    pub(super) properties: Vec<PropertyList>,
    pub(super) policies: Policies,
    pub(super) references: References,
    pub(super) problems: Vec<Diagnostic>,
    /// Whether every file could be parsed; only then is a name that nobody defines a problem of its own.
    pub(super) whole: bool,
}

impl Draft {
    /// Nothing read yet, apart from the problems of files that could not be read at all.
    pub(super) fn new(problems: Vec<Diagnostic>) -> Self {
        Self { whole: problems.is_empty(), problems, ..Self::default() }
    }

    /// Reads one file.
    pub(super) fn read(&mut self, file: &SourceFile) {
        let (document, errors) = DeTable::parse_recoverable(&file.text);
        for error in &errors {
            let place = file.place(error.span().unwrap_or(0..0));
            report(&mut self.problems, &place, "model-syntax", error.message(), "mend the TOML");
        }
        if !errors.is_empty() {
            self.whole = false;
            return;
        }
        let place = Place::start_of(&file.name);
        let mut fields = Fields::new(file, document.get_ref(), place.clone());
        match file.kind() {
            Some(FileKind::Model(kind)) => self.read_model(file, kind, &mut fields),
            Some(FileKind::Citations) => self.read_citations(file, &mut fields),
            Some(FileKind::Guarantees) => self.read_definitions(&mut fields),
            Some(FileKind::Properties) => self.read_properties(&mut fields),
            Some(FileKind::Policies) => {
                self.policies.read(&mut fields, &mut self.references, &mut self.problems);
            }
            None => {
                let message = format!("no model lives at `{}`", file.path);
                let help = "expected limits.toml, prices.toml, profile.toml, properties.toml, policies.toml, \
                            citations.toml, guarantees.toml, or a file in invocation/, services/ or sources/";
                report(&mut self.problems, &place, "model-unknown-file", message, help);
                return;
            }
        }
        fields.finish(&mut self.problems);
    }

    fn read_model(&mut self, file: &SourceFile, kind: ModelKind, fields: &mut Fields<'_>) {
        let title = fields.needed_text("title", &mut self.problems).map(|title| title.value);
        let attributes = fields.values("attributes", &mut self.problems);
        let mut rules = Vec::new();
        for table in fields.tables("rule", &mut self.problems) {
            rules.extend(read_rule(table, &mut self.references, &mut self.problems));
        }
        let mut settings = Vec::new();
        for table in fields.tables("setting", &mut self.problems) {
            settings.extend(read_setting(table, &mut self.references, &mut self.problems));
        }
        let mut guarantees = Vec::new();
        for table in fields.tables("guarantee", &mut self.problems) {
            guarantees.extend(self.read_declaration(table));
        }
        self.read_citations(file, fields);
        self.models.push(ModelDraft {
            id: file.id().to_owned(),
            title: title.unwrap_or_default(),
            kind,
            rules,
            settings,
            guarantees,
            attributes,
            place: Place::start_of(&file.name),
        });
    }

    fn read_declaration(&mut self, mut fields: Fields<'_>) -> Option<Located<GuaranteeDeclaration>> {
        let problems = &mut self.problems;
        let place = fields.place().clone();
        let guarantee = fields.needed_text("guarantee", problems);
        let exempt = fields.texts("exempt", problems);
        fields.note_missing("exempt", problems);
        let why = fields.text("why", problems).map(|why| why.value);
        if !exempt.is_empty() {
            fields.note_missing("why", problems);
        }
        fields.finish(problems);
        let families = exempt.iter().map(|family| family.value.clone()).collect();
        self.references.families.extend(exempt);
        let guarantee = guarantee?;
        self.references.guarantees.push(guarantee.clone());
        let declaration = GuaranteeDeclaration {
            guarantee: guarantee.value,
            exempt: families,
            why: why.unwrap_or_default(),
        };
        Some(Located { value: declaration, place })
    }

    fn read_citations(&mut self, file: &SourceFile, fields: &mut Fields<'_>) {
        let problems = &mut self.problems;
        for mut table in fields.tables("citation", problems) {
            let place = table.place_of("key");
            let key = table.needed_text("key", problems);
            let title = table.needed_text("title", problems);
            let url = table.needed_text("url", problems);
            let revision = table.text("revision", problems).map(|revision| revision.value);
            let read = table.needed_text("read", problems);
            table.finish(problems);
            let (Some(key), Some(title), Some(url), Some(read)) = (key, title, url, read) else { continue };
            let citation =
                Citation { key: key.value, title: title.value, url: url.value, revision, read: read.value };
            self.citations.push(CitationDraft { citation, place, layer: file.layer });
        }
    }

    fn read_properties(&mut self, fields: &mut Fields<'_>) {
        let problems = &mut self.problems;
        fields.needed_text("title", problems);
        for mut table in fields.tables("type", problems) {
            let place = table.place_of("of");
            let of = table.needed_text("of", problems);
            let takes = table.texts("takes", problems);
            let cite = table.texts("cite", problems);
            for key in ["takes", "cite"] {
                table.note_missing(key, problems);
            }
            table.finish(problems);
            self.references.citations.extend(cite.iter().cloned());
            let Some(of) = of else { continue };
            let takes = takes.into_iter().map(|name| name.value).collect();
            let cite = cite.into_iter().map(|key| key.value).collect();
            self.properties.push(PropertyList { of: of.value, takes, cite, place });
        }
    }

    fn read_definitions(&mut self, fields: &mut Fields<'_>) {
        const WEIGHTS: [(&str, Weight); 3] =
            [("yes", Weight::Gates), ("advice", Weight::Advises), ("if-stated", Weight::IfStated)];
        let problems = &mut self.problems;
        for mut table in fields.tables("definition", problems) {
            let place = table.place_of("name");
            let name = table.needed_text("name", problems);
            let says = table.needed_text("says", problems);
            let gates = table.word("gates", &WEIGHTS, problems);
            let false_alarm = table.needed_text("false_alarm", problems);
            table.finish(problems);
            let (Some(name), Some(says), Some(gates), Some(false_alarm)) = (name, says, gates, false_alarm)
            else {
                continue;
            };
            let (name, says, false_alarm) = (name.value, says.value, false_alarm.value);
            self.definitions.push(GuaranteeModel { name, says, gates, false_alarm, place });
        }
    }
}

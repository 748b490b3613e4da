//! All models together: loading, and looking things up by id, slot or property.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

use crate::vocabulary::{Diagnostic, RuleId};

use crate::models::check::{FAMILY_PREFIX, check};
use crate::models::digest::digest;
use crate::models::policy::{ManagedPolicy, Policies, SamPolicy};
use crate::models::read::{Draft, ModelDraft};
use crate::models::rule::{Citation, GuaranteeModel, Model, PropertyList, Rule, SettingModel};
use crate::models::source::{Layer, SourceFile};
use crate::models::{embedded, overlay};

/// The declared semantics of everything: embedded files, with a user's own laid over them.
///
/// ```
/// use redrive::models::Models;
/// let models = Models::embedded().unwrap();
/// let rule = models.rule(models.rule_id("queue.redrive_on_receive").unwrap());
/// assert_eq!(rule.slot.as_deref(), Some("lease.redrive"));
/// ```
#[derive(Clone, Debug)]
pub struct Models {
    rules: Vec<Rule>,
    by_id: BTreeMap<String, Model>,
    citations: BTreeMap<String, Citation>,
    guarantees: BTreeMap<String, GuaranteeModel>,
    properties: BTreeMap<String, PropertyList>,
    policies: Policies,
    digest: u64,
}

impl Models {
    /// The models that are part of the program; they are read once in a process.
    ///
    /// # Errors
    /// Every problem of every file; none in a released program.
    pub fn embedded() -> Result<Self, Vec<Diagnostic>> {
        static READ: OnceLock<Result<Models, Vec<Diagnostic>>> = OnceLock::new();
        READ.get_or_init(|| Self::load(&embedded::files(), Layer::Embedded, Vec::new())).clone()
    }

    /// The embedded models, where each file in `dir` replaces the one of the same path or is added.
    ///
    /// # Errors
    /// Every problem of every file, with its place.
    pub fn with_overlay(dir: &Path) -> Result<Self, Vec<Diagnostic>> {
        let mut problems = Vec::new();
        let mut files: BTreeMap<String, SourceFile> = BTreeMap::new();
        for file in embedded::files().into_iter().chain(overlay::read_folder(dir, &mut problems)) {
            files.insert(file.path.clone(), file);
        }
        let mut files: Vec<SourceFile> = files.into_values().collect();
        // The user's files come last, so that what stands twice is noted where the user can mend it.
        files.sort_by_key(|file| file.layer);
        Self::load(&files, Layer::Overlay, problems)
    }

    fn load(files: &[SourceFile], top: Layer, problems: Vec<Diagnostic>) -> Result<Self, Vec<Diagnostic>> {
        let mut draft = Draft::new(problems);
        for file in files {
            draft.read(file);
        }
        check(&mut draft, top);
        if draft.problems.is_empty() {
            Ok(Self::build(draft, digest(files)))
        } else {
            draft.problems.sort_by(|left, right| left.place.cmp(&right.place));
            Err(draft.problems)
        }
    }

    fn build(draft: Draft, digest: u64) -> Self {
        let mut rules: Vec<Rule> = draft.models.iter().flat_map(|model| model.rules.clone()).collect();
        rules.sort_by(|left, right| left.id.cmp(&right.id));
        let by_id = draft.models.into_iter().map(|model| (model.id.clone(), number(model, &rules))).collect();
        let citations = draft.citations.into_iter().map(|draft| (draft.citation.key.clone(), draft.citation));
        let guarantees =
            draft.definitions.into_iter().map(|definition| (definition.name.clone(), definition));
        let properties = draft.properties.into_iter().map(|list| (list.of.clone(), list));
        Self {
            rules,
            by_id,
            citations: citations.collect(),
            guarantees: guarantees.collect(),
            properties: properties.collect(),
            policies: draft.policies,
            digest,
        }
    }

    /// The number of the rule with this id.
    pub fn rule_id(&self, id: &str) -> Option<RuleId> {
        position(&self.rules, id)
    }

    /// The rule with this number.
    ///
    /// # Panics
    /// Where the number comes from other models.
    pub fn rule(&self, id: RuleId) -> &Rule {
        &self.rules[usize::from(id.0)]
    }

    /// All rules in the order of their numbers, which is that of their ids.
    pub fn rules(&self) -> impl ExactSizeIterator<Item = (RuleId, &Rule)> {
        self.rules.iter().enumerate().map(|(index, rule)| (RuleId(index as u16), rule))
    }

    /// The rule by which a model fills a slot.
    pub fn rules_in(&self, model: &str, slot: &str) -> Option<RuleId> {
        let mut rules = self.by_id.get(model)?.rules.iter().copied();
        rules.find(|id| self.rule(*id).slot.as_deref() == Some(slot))
    }

    /// The model with this id.
    pub fn model(&self, id: &str) -> Option<&Model> {
        self.by_id.get(id)
    }

    /// All models in the order of their ids.
    pub fn models(&self) -> impl ExactSizeIterator<Item = &Model> {
        self.by_id.values()
    }

    /// The setting of a `CloudFormation` property, where one model has it; see [`Models::setting_in`] for properties
    /// whose default differs from source to source.
    pub fn setting(&self, property: &str) -> Option<&SettingModel> {
        self.settings().find(|setting| setting.property == property)
    }

    /// The setting of a `CloudFormation` property in one model.
    pub fn setting_in(&self, model: &str, property: &str) -> Option<&SettingModel> {
        self.by_id.get(model)?.settings.iter().find(|setting| setting.property == property)
    }

    /// All settings, model by model.
    pub fn settings(&self) -> impl Iterator<Item = &SettingModel> {
        self.by_id.values().flat_map(|model| &model.settings)
    }

    /// The source with this key.
    pub fn citation(&self, key: &str) -> Option<&Citation> {
        self.citations.get(key)
    }

    /// All sources in the order of their keys.
    pub fn citations(&self) -> impl ExactSizeIterator<Item = &Citation> {
        self.citations.values()
    }

    /// The guarantee of this name.
    pub fn guarantee(&self, name: &str) -> Option<&GuaranteeModel> {
        self.guarantees.get(name)
    }

    /// All guarantees in the order of their names.
    pub fn guarantees(&self) -> impl ExactSizeIterator<Item = &GuaranteeModel> {
        self.guarantees.values()
    }

    /// What a type takes, or a part of one; `None` where that is not listed.
    pub fn properties(&self, of: &str) -> Option<&PropertyList> {
        self.properties.get(of)
    }

    /// All lists of properties, in the order of what they are of.
    pub fn property_lists(&self) -> impl ExactSizeIterator<Item = &PropertyList> {
        self.properties.values()
    }

    /// The policy that AWS manages under this name; `None` where it is not listed, so what it allows is not known.
    ///
    /// ```
    /// use redrive::models::Models;
    /// let models = Models::embedded().unwrap();
    /// let basic = models.managed_policy("AWSLambdaBasicExecutionRole").unwrap();
    /// assert!(basic.allows.iter().all(|action| action.starts_with("logs:")));
    /// assert!(models.sam_policy("SQSSendMessagePolicy").unwrap().allows().eq(["sqs:SendMessage*"]));
    /// ```
    pub fn managed_policy(&self, name: &str) -> Option<&ManagedPolicy> {
        self.policies.managed.get(name)
    }

    /// All policies that AWS manages and the models know, in the order of their names.
    pub fn managed_policies(&self) -> impl ExactSizeIterator<Item = &ManagedPolicy> {
        self.policies.managed.values()
    }

    /// The policy template that SAM provides under this name; `None` where it is not listed.
    pub fn sam_policy(&self, name: &str) -> Option<&SamPolicy> {
        self.policies.templates.get(name)
    }

    /// All policy templates of SAM's, in the order of their names.
    pub fn sam_policies(&self) -> impl ExactSizeIterator<Item = &SamPolicy> {
        self.policies.templates.values()
    }

    /// The rule of a fault family, such as `poison`.
    pub fn family(&self, name: &str) -> Option<&Rule> {
        self.rule_id(&format!("{FAMILY_PREFIX}{name}")).map(|id| self.rule(id))
    }

    /// The names of all fault families, in order.
    pub fn families(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().filter_map(|rule| rule.id.strip_prefix(FAMILY_PREFIX))
    }

    /// A digest of the content of all files, wherever they lie.
    pub const fn digest(&self) -> u64 {
        self.digest
    }
}

fn position(rules: &[Rule], id: &str) -> Option<RuleId> {
    let index = rules.binary_search_by(|rule| rule.id.as_str().cmp(id)).ok()?;
    u16::try_from(index).ok().map(RuleId)
}

fn number(draft: ModelDraft, rules: &[Rule]) -> Model {
    Model {
        id: draft.id,
        title: draft.title,
        kind: draft.kind,
        rules: draft.rules.iter().filter_map(|rule| position(rules, &rule.id)).collect(),
        settings: draft.settings,
        guarantees: draft.guarantees.into_iter().map(|declaration| declaration.value).collect(),
        attributes: draft.attributes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_does_not_depend_on_the_order_of_files() {
        let mut files = embedded::files();
        let forwards = Models::load(&files, Layer::Embedded, Vec::new()).unwrap().digest();
        files.reverse();
        assert_eq!(Models::load(&files, Layer::Embedded, Vec::new()).unwrap().digest(), forwards);
    }

    #[test]
    fn the_digest_sees_a_changed_value_but_no_comment() {
        let mut files = embedded::files();
        let before = digest(&files);
        let profile = files.iter_mut().find(|file| file.path == "profile.toml").unwrap();
        profile.text.insert_str(0, "# a comment\n");
        assert_eq!(digest(&files), before);
        let profile = files.iter_mut().find(|file| file.path == "profile.toml").unwrap();
        profile.text = profile.text.replacen("\"12 h\"", "\"13 h\"", 1);
        assert_ne!(digest(&files), before);
    }
}

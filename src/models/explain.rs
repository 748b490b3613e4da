//! What one name means: a guarantee, a fault family, a rule or a setting, and when a finding of it is a false alarm.

use crate::models::check::FAMILY_PREFIX;
use crate::models::describe::{FALSE_ALARM, rule_text, setting_text, weight_sentence};
use crate::models::registry::Models;
use crate::models::rule::{Certainty, GuaranteeModel, Role, Rule, RuleValue, SettingModel};
use crate::vocabulary::nearest_first;

const QUESTION: &str = "When is this a false alarm?";
const SUGGESTED: usize = 3;

/// The explanation of a guarantee, fault family, rule or setting, ending with when it is a false alarm; `None` where
/// nothing has this name.
///
/// A fault family is named with or without `fault.`, a setting with or without `AWS::SQS::` and its like.
///
/// ```
/// use redrive::models::{Models, explain, suggestions};
/// let models = Models::embedded().unwrap();
/// assert!(explain(&models, "no-loss").unwrap().contains("When is this a false alarm?"));
/// assert_eq!(suggestions(&models, "no-los")[0], "no-loss");
/// ```
pub fn explain(models: &Models, name: &str) -> Option<String> {
    if let Some(guarantee) = models.guarantee(name) {
        return Some(explain_guarantee(models, guarantee));
    }
    if let Some(rule) = models.family(name).or_else(|| models.named(name).ok()) {
        return Some(with_answer(&rule_text(models, rule), &rule_answer(rule)));
    }
    let found: Vec<&SettingModel> = models.settings().filter(|setting| is_named(setting, name)).collect();
    if found.is_empty() {
        return None;
    }
    let texts: Vec<String> = found.iter().map(|setting| setting_text(models, setting)).collect();
    let answer = "A finding that rests on this setting is a false alarm if the deployed value is another one than the \
                  template and its defaults say; `--set` states it.";
    Some(with_answer(&texts.join("\n"), answer))
}

/// The names nearest to one that nothing has, nearest first.
pub fn suggestions(models: &Models, name: &str) -> Vec<String> {
    nearest_first(name, names(models)).into_iter().take(SUGGESTED).map(str::to_owned).collect()
}

fn explain_guarantee(models: &Models, guarantee: &GuaranteeModel) -> String {
    let mut text =
        format!("{}\n  {}\n  {}\n", guarantee.name, guarantee.says, weight_sentence(guarantee.gates));
    for model in models.models() {
        let given = model.guarantees.iter().find(|declared| declared.guarantee == guarantee.name);
        let Some(given) = given.filter(|declared| !declared.exempt.is_empty()) else { continue };
        let families = given.exempt.join(", ");
        let line = format!("  {} does not promise it under {families}: {}\n", model.id, given.why);
        text.push_str(&line);
    }
    with_answer(&text, &guarantee.false_alarm)
}

fn with_answer(text: &str, answer: &str) -> String {
    format!("{text}\n{QUESTION}\n  {answer}\n")
}

fn rule_answer(rule: &Rule) -> String {
    if let Some(answer) = rule.values.get(FALSE_ALARM).and_then(RuleValue::as_text) {
        return answer.to_owned();
    }
    match (rule.certainty, rule.role) {
        (Certainty::Assumed, _) => {
            "A finding that rests on this assumption is a false alarm if your system differs; a scenario or `--handler` \
             states how."
        }
        (Certainty::Unspecified, _) => {
            "A finding that needs another value than the ordinary one is a false alarm if you know that AWS behaves in \
             the ordinary way for you; `--faults -unspecified` leaves all of these out."
        }
        (Certainty::Observed, _) => {
            "AWS does not document this, somebody recorded it; a finding that rests on it is a false alarm if AWS has \
             changed since, and `--models` overlays the rule."
        }
        (Certainty::Documented, Role::Limit | Role::Validation) => {
            "A finding that rests on this is a false alarm if AWS has raised the quota for your account or changed the \
             rule; `--models` overlays it."
        }
        (Certainty::Documented, Role::Behaviour | Role::Price | Role::Advice | Role::Note | Role::Assumption) => {
            "A finding that rests on this is a false alarm only if AWS has changed since the source was read; \
             `--models` overlays the rule."
        }
    }
    .to_owned()
}

/// Whether a setting is meant by its whole property, by what follows the service, or by its last name.
fn is_named(setting: &SettingModel, name: &str) -> bool {
    let property = setting.property.as_str();
    let resource = property.rsplit("::").next().unwrap_or(property);
    let path = resource.split_once('.').map_or(resource, |(_, path)| path);
    let last = path.rsplit('.').next().unwrap_or(path);
    name == setting.id || [property, resource, path, last].contains(&name)
}

fn names(models: &Models) -> impl Iterator<Item = &str> {
    let rules = models.rules().map(|(_, rule)| rule.id.strip_prefix(FAMILY_PREFIX).unwrap_or(&rule.id));
    let settings = models.settings().flat_map(|setting| {
        let resource = setting.property.rsplit("::").next().unwrap_or(&setting.property);
        [setting.property.as_str(), resource.split_once('.').map_or(resource, |(_, path)| path)]
    });
    let guarantees = models.guarantees().map(|guarantee| guarantee.name.as_str());
    rules.chain(settings).chain(guarantees).chain(models.models().map(|model| model.id.as_str()))
}

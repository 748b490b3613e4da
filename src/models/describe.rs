//! Models as text for people: the list of all, one of them, and the explanation of one name.
//!
//! Absent: colour, terminals, and what a run found.

use crate::models::registry::Models;
use crate::models::rule::{
    Certainty, Citation, Draw, GuaranteeDeclaration, Model, ModelKind, Plausible, Role, Rule, RuleValue,
    SettingModel, Unspecified, Weight,
};

/// The kinds of models in the order in which they are listed.
const KINDS: [ModelKind; 6] = [
    ModelKind::Invocation,
    ModelKind::Service,
    ModelKind::Source,
    ModelKind::Limits,
    ModelKind::Prices,
    ModelKind::Profile,
];
const CERTAINTIES: [Certainty; 4] =
    [Certainty::Documented, Certainty::Observed, Certainty::Unspecified, Certainty::Assumed];

/// All models by kind, each with its title and how many rules are how certain.
///
/// ```
/// use redrive::models::{Models, describe_models};
/// let text = describe_models(&Models::embedded().unwrap());
/// assert!(text.contains("queue_poll"));
/// ```
pub fn describe_models(models: &Models) -> String {
    let mut text = String::new();
    for kind in KINDS {
        let of_kind: Vec<&Model> = models.models().filter(|model| model.kind == kind).collect();
        for (heading, group) in groups(kind, of_kind) {
            let lines: Vec<String> = group.into_iter().map(|model| model_lines(models, model)).collect();
            if !lines.is_empty() {
                text.push_str(&paragraph(&heading, &lines));
            }
        }
    }
    text.push_str("`redrive models ID` shows the rules of one, `redrive explain NAME` a single name.\n");
    text
}

/// The families in which courses of AWS teach event sources, and what belongs to none of them.
const FAMILIES: [(&str, &str); 4] = [
    ("data-stores", "data stores"),
    ("endpoints", "endpoints"),
    ("repositories", "repositories"),
    ("messaging", "messaging"),
];

/// The models of a kind under their headings; sources by family.
fn groups(kind: ModelKind, models: Vec<&Model>) -> Vec<(String, Vec<&Model>)> {
    let heading = kind_heading(kind);
    if kind != ModelKind::Source {
        return vec![(heading, models)];
    }
    let family = |model: &&Model| {
        let word = model.attributes.get("family").and_then(RuleValue::as_text);
        FAMILIES.iter().position(|(known, _)| word == Some(*known)).unwrap_or(FAMILIES.len())
    };
    let names = FAMILIES.iter().map(|(_, name)| *name).chain(["custom"]);
    let group = |(index, name): (usize, &str)| {
        let members = models.iter().filter(|model| family(model) == index).copied().collect();
        (format!("{heading}: {name}"), members)
    };
    names.enumerate().map(group).collect()
}

fn model_lines(models: &Models, model: &Model) -> String {
    let width = models.models().map(|model| model.id.len()).max().unwrap_or(0);
    format!("  {:width$}  {}\n  {:width$}  {}\n", model.id, model.title, "", counts(models, model))
}

/// One model with its rules, settings and guarantees; `None` where no model has this id.
pub fn describe_model(models: &Models, id: &str) -> Option<String> {
    let model = models.model(id)?;
    let mut text = format!("{} ({})\n{}\n", model.title, model.id, counts(models, model));
    if !model.attributes.is_empty() {
        let lines: Vec<String> =
            model.attributes.iter().map(|(name, value)| format!("  {name}: {value}\n")).collect();
        text.push_str(&format_section("Attributes", &[lines.concat()]));
    }
    let rules: Vec<String> = model.rules.iter().map(|rule| rule_text(models, models.rule(*rule))).collect();
    let settings: Vec<String> = model.settings.iter().map(|setting| setting_text(models, setting)).collect();
    let guarantees: Vec<String> = model.guarantees.iter().map(declaration_text).collect();
    for (heading, parts) in [("Rules", rules), ("Settings", settings), ("Guarantees", guarantees)] {
        if !parts.is_empty() {
            text.push_str(&format_section(heading, &parts));
        }
    }
    Some(text)
}

fn kind_heading(kind: ModelKind) -> String {
    match kind {
        ModelKind::Invocation => "Invocation models",
        ModelKind::Service => "Services",
        ModelKind::Source => "Event sources",
        ModelKind::Limits => "Quotas",
        ModelKind::Prices => "Prices",
        ModelKind::Profile => "The default profile",
    }
    .to_owned()
}

fn paragraph(heading: &str, lines: &[String]) -> String {
    format!("{heading}\n{}\n", lines.concat())
}

fn format_section(heading: &str, parts: &[String]) -> String {
    format!("\n{heading}\n\n{}", parts.join("\n"))
}

/// `59 rules: 50 documented, 9 unspecified`.
fn counts(models: &Models, model: &Model) -> String {
    let of = |certainty| model.rules.iter().filter(|id| models.rule(**id).certainty == certainty).count();
    let parts = CERTAINTIES.iter().map(|certainty| (of(*certainty), certainty_word(*certainty)));
    let parts: Vec<String> =
        parts.filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    match model.rules.len() {
        0 => "no rules".to_owned(),
        1 => format!("1 rule: {}", parts.join(", ")),
        total => format!("{total} rules: {}", parts.join(", ")),
    }
}

pub(super) fn rule_text(models: &Models, rule: &Rule) -> String {
    let mut lines = vec![rule.id.clone(), format!("  {}", rule.says)];
    let slot = rule.slot.as_ref().map_or_else(String::new, |slot| format!(", fills {slot}"));
    lines.push(format!("  {}{}{slot}", certainty_word(rule.certainty), role_word(rule.role)));
    for (name, value) in &rule.values {
        if name != FALSE_ALARM {
            lines.push(format!("  {name}: {value}"));
        }
    }
    lines.extend(rule.unspecified.iter().flat_map(open_lines));
    lines.extend(rule.history.iter().map(|was| format!("  {was}")));
    lines.extend(source_lines(models, &rule.cite));
    lines.join("\n") + "\n"
}

/// The name of the value that holds the answer to when a finding is a false alarm.
pub(super) const FALSE_ALARM: &str = "false_alarm";

fn open_lines(open: &Unspecified) -> [String; 3] {
    let plausible = match &open.plausible {
        Plausible::Range(low, high) => format!("anything from {low} to {high}"),
        Plausible::Alternatives(values) => {
            let texts: Vec<String> = values.iter().map(ToString::to_string).collect();
            format!("one of {}", texts.join(", "))
        }
    };
    let draw = match open.draw {
        Draw::Run => "once in a run",
        Draw::Entity => "once for each entity",
        Draw::Occurrence => "each time",
    };
    [
        format!("  ordinary: {}", open.ordinary),
        format!("  explored: {plausible}, drawn {draw}"),
        format!("  why: {}", open.why),
    ]
}

pub(super) fn setting_text(models: &Models, setting: &SettingModel) -> String {
    let mut lines = vec![setting.property.clone(), format!("  {}", setting.says)];
    lines.extend(setting.default.iter().map(|default| format!("  default: {default}")));
    lines.extend(setting.range.iter().map(|(low, high)| format!("  range: {low} to {high}")));
    if !setting.allowed.is_empty() {
        lines.push(format!("  allowed: {}", setting.allowed.join(", ")));
    }
    lines.extend(source_lines(models, &setting.cite));
    lines.join("\n") + "\n"
}

fn declaration_text(declaration: &GuaranteeDeclaration) -> String {
    if declaration.exempt.is_empty() {
        return format!("{}\n  under every fault family\n", declaration.guarantee);
    }
    let families = declaration.exempt.join(", ");
    format!("{}\n  not promised under: {families}\n  {}\n", declaration.guarantee, declaration.why)
}

fn source_lines(models: &Models, keys: &[String]) -> Vec<String> {
    let sources = keys.iter().filter_map(|key| models.citation(key));
    sources.map(|citation| format!("  source: {}", source(citation))).collect()
}

fn source(citation: &Citation) -> String {
    let revision = citation.revision.as_ref().map_or_else(String::new, |revision| format!("{revision}, "));
    format!("{} <{}> ({revision}read {})", citation.title, citation.url, citation.read)
}

/// The word for how well a rule is known.
pub const fn certainty_word(certainty: Certainty) -> &'static str {
    match certainty {
        Certainty::Documented => "documented",
        Certainty::Observed => "observed",
        Certainty::Unspecified => "unspecified",
        Certainty::Assumed => "assumed",
    }
}

/// What a rule is for, after its certainty; an assumption is called assumed already.
const fn role_word(role: Role) -> &'static str {
    match role {
        Role::Behaviour => " behaviour",
        Role::Validation => " validation",
        Role::Limit => " limit",
        Role::Price => " price",
        Role::Advice => " advice",
        Role::Note => " note",
        Role::Assumption => "",
    }
}

/// What a violation does to a check.
pub(super) const fn weight_sentence(weight: Weight) -> &'static str {
    match weight {
        Weight::Gates => "A violation fails the check.",
        Weight::Advises => "A violation is reported as advice.",
        Weight::IfStated => {
            "It is judged where a scenario states a bound, and a violation then fails the check."
        }
    }
}

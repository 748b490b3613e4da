//! From one `[[rule]]` or `[[setting]]` to its value, with every problem of that table noted.

use std::cmp::Ordering;

use crate::vocabulary::{Diagnostic, Place};

use crate::models::fields::{Fields, Located, report};
use crate::models::read::References;
use crate::models::rule::{
    Certainty, Draw, Plausible, Role, Rule, RuleValue, SettingModel, Unit, Unspecified,
};
use crate::models::value::ValueKind;

const ROLES: [(&str, Role); 7] = [
    ("behaviour", Role::Behaviour),
    ("validation", Role::Validation),
    ("limit", Role::Limit),
    ("price", Role::Price),
    ("advice", Role::Advice),
    ("note", Role::Note),
    ("assumption", Role::Assumption),
];
const CERTAINTIES: [(&str, Certainty); 4] = [
    ("documented", Certainty::Documented),
    ("observed", Certainty::Observed),
    ("unspecified", Certainty::Unspecified),
    ("assumed", Certainty::Assumed),
];
const DRAWS: [(&str, Draw); 3] =
    [("run", Draw::Run), ("entity", Draw::Entity), ("occurrence", Draw::Occurrence)];
const UNITS: [(&str, Unit); 9] = [
    ("milliseconds", Unit::Milliseconds),
    ("seconds", Unit::Seconds),
    ("minutes", Unit::Minutes),
    ("hours", Unit::Hours),
    ("bytes", Unit::Bytes),
    ("MB", Unit::Mebibytes),
    ("count", Unit::Count),
    ("word", Unit::Word),
    ("flag", Unit::Flag),
];
const OPEN_KEYS: [&str; 5] = ["ordinary", "range", "alternatives", "draw", "why"];

/// Reads one rule; `None` where too little of it could be read.
pub(super) fn read_rule(
    mut fields: Fields<'_>,
    references: &mut References,
    problems: &mut Vec<Diagnostic>,
) -> Option<Rule> {
    let id = fields.needed_text("id", problems);
    let says = fields.needed_text("says", problems);
    let role = fields.word("role", &ROLES, problems);
    let certainty = fields.word("certainty", &CERTAINTIES, problems);
    let slot = fields.text("slot", problems).map(|slot| slot.value);
    let values = fields.values("values", problems);
    let unspecified = read_unspecified(&mut fields, certainty, problems);
    let cite = fields.texts("cite", problems);
    let history = fields.texts("history", problems);
    check_role(&fields, role, certainty, &cite, problems);
    fields.finish(problems);
    let keys = cite.iter().map(|key| key.value.clone()).collect();
    references.citations.extend(cite);
    let id = id?;
    check_id(&id, problems);
    Some(Rule {
        id: id.value,
        says: says?.value,
        role: role?,
        certainty: certainty?,
        slot,
        values,
        unspecified,
        cite: keys,
        history: history.into_iter().map(|sentence| sentence.value).collect(),
        place: id.place,
    })
}

fn check_id(id: &Located<String>, problems: &mut Vec<Diagnostic>) {
    let plain = |part: &str, more: &str| {
        part.starts_with(|first: char| first.is_ascii_lowercase())
            && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || more.contains(c))
    };
    let named = id.value.split_once('.').is_some_and(|(part, name)| plain(part, "_") && plain(name, "_-"));
    if !named {
        let message = format!("`{}` is no id of a rule", id.value);
        let help = "expected `part.name` in lower case, such as `queue.visibility`";
        report(problems, &id.place, "model-bad-id", message, help);
    }
}

fn check_role(
    fields: &Fields<'_>,
    role: Option<Role>,
    certainty: Option<Certainty>,
    cite: &[Located<String>],
    problems: &mut Vec<Diagnostic>,
) {
    let (Some(role), Some(certainty)) = (role, certainty) else { return };
    let place = fields.place();
    if role == Role::Behaviour && !fields.has("slot") {
        let help = "name the place in a mechanism that it fills: `slot = \"lease.redrive\"`";
        report(problems, place, "model-no-slot", "a behaviour rule without slot", help);
    }
    if role != Role::Behaviour && fields.has("slot") {
        let help = "leave `slot` out, or make the role `behaviour`";
        report(problems, &fields.place_of("slot"), "model-idle-slot", "only behaviour fills a slot", help);
    }
    if (role == Role::Assumption) != (certainty == Certainty::Assumed) {
        let help = "role `assumption` and certainty `assumed` come together";
        report(problems, &fields.place_of("certainty"), "model-bad-certainty", "half an assumption", help);
    }
    if role != Role::Assumption && cite.is_empty() {
        let help = "add `cite = [\"…\"]` with keys of citations.toml";
        report(problems, place, "model-no-citation", "a rule without citation", help);
    }
}

fn read_unspecified(
    fields: &mut Fields<'_>,
    certainty: Option<Certainty>,
    problems: &mut Vec<Diagnostic>,
) -> Option<Unspecified> {
    let open = certainty == Some(Certainty::Unspecified);
    let written: Vec<&str> = OPEN_KEYS.into_iter().filter(|key| fields.has(key)).collect();
    let ordinary = fields.value("ordinary", problems);
    let range = fields.value("range", problems);
    let alternatives = fields.value("alternatives", problems);
    let why = fields.text("why", problems).map(|why| why.value);
    let draw = if fields.has("draw") || open { fields.word("draw", &DRAWS, problems) } else { None };
    if !open {
        if let Some(key) = written.first() {
            let message = format!("`{key}` on a rule that leaves nothing open");
            let help = "make the certainty `unspecified`, or leave it out";
            report(problems, &fields.place_of(key), "model-not-open", message, help);
        }
        return None;
    }
    fields.note_missing("ordinary", problems);
    fields.note_missing("why", problems);
    let plausible = read_plausible(fields, range, alternatives, problems);
    let (ordinary, plausible) = (ordinary?, plausible?);
    check_ordinary(&ordinary, &plausible, problems);
    Some(Unspecified { ordinary: ordinary.value, plausible, draw: draw?, why: why? })
}

fn read_plausible(
    fields: &Fields<'_>,
    range: Option<Located<RuleValue>>,
    alternatives: Option<Located<RuleValue>>,
    problems: &mut Vec<Diagnostic>,
) -> Option<Plausible> {
    if fields.has("range") == fields.has("alternatives") {
        let help = "write `range = [smallest, largest]` or `alternatives = [one, another]`";
        let message = "an unspecified rule has either a range or alternatives";
        report(problems, fields.place(), "model-missing-key", message, help);
        return None;
    }
    if let Some(range) = range {
        let (low, high) = read_range(range, problems)?;
        return Some(Plausible::Range(low, high));
    }
    let alternatives = alternatives?;
    let written = alternatives.value.to_string();
    match elements(alternatives.value) {
        Some(values) if values.len() > 1 => Some(Plausible::Alternatives(values)),
        Some(_) | None => {
            let message = format!("`{written}` leaves no choice");
            report(
                problems,
                &alternatives.place,
                "model-bad-range",
                message,
                "expected two or more in a list",
            );
            None
        }
    }
}

fn elements(value: RuleValue) -> Option<Vec<RuleValue>> {
    if let RuleValue::List(values) = value { Some(values) } else { None }
}

/// The two ends of a range in order.
fn read_range(range: Located<RuleValue>, problems: &mut Vec<Diagnostic>) -> Option<(RuleValue, RuleValue)> {
    let written = range.value.to_string();
    let ends = elements(range.value).and_then(|values| <[RuleValue; 2]>::try_from(values).ok());
    let order = ends.as_ref().and_then(|[low, high]| low.compare(high));
    match (ends, order) {
        (Some([low, high]), Some(Ordering::Less | Ordering::Equal)) => Some((low, high)),
        (_, Some(Ordering::Greater)) => {
            let message = format!("the range `{written}` begins above its end");
            report(problems, &range.place, "model-bad-range", message, "write the smaller one first");
            None
        }
        (_, _) => {
            let message = format!("`{written}` is no range");
            let help = "expected two quantities of one kind: `[smallest, largest]`";
            report(problems, &range.place, "model-bad-range", message, help);
            None
        }
    }
}

fn check_ordinary(ordinary: &Located<RuleValue>, plausible: &Plausible, problems: &mut Vec<Diagnostic>) {
    let (known, expected) = match plausible {
        Plausible::Range(low, high) => {
            (ordinary.value.within(low, high) == Some(true), format!("between {low} and {high}"))
        }
        Plausible::Alternatives(values) => {
            let list = RuleValue::List(values.clone());
            (values.contains(&ordinary.value), format!("among {list}"))
        }
    };
    if !known {
        let message = format!("the ordinary value `{}` is not {expected}", ordinary.value);
        let help = format!("expected a value {expected}");
        report(problems, &ordinary.place, "model-outside-range", message, help);
    }
}

/// Reads one setting; `None` where too little of it could be read.
pub(super) fn read_setting(
    mut fields: Fields<'_>,
    references: &mut References,
    problems: &mut Vec<Diagnostic>,
) -> Option<SettingModel> {
    let property = fields.needed_text("property", problems);
    let says = fields.needed_text("says", problems);
    let unit = fields.word("unit", &UNITS, problems);
    let default = fields.value("default", problems);
    let range = fields.value("range", problems).and_then(|range| {
        let place = range.place.clone();
        read_range(range, problems).map(|ends| Located { value: ends, place })
    });
    let allowed: Vec<String> = fields.texts("allowed", problems).into_iter().map(|word| word.value).collect();
    let cite = fields.texts("cite", problems);
    fields.note_missing("cite", problems);
    let place = fields.place_of("property");
    fields.finish(problems);
    let keys = cite.iter().map(|key| key.value.clone()).collect();
    references.citations.extend(cite);
    let unit = unit?;
    check_units(unit, default.as_ref(), range.as_ref(), problems);
    check_default(default.as_ref(), range.as_ref(), &allowed, problems);
    let property = property?.value;
    Some(SettingModel {
        id: format!("setting.{property}"),
        property,
        says: says?.value,
        unit,
        default: default.map(|default| default.value),
        range: range.map(|range| range.value),
        allowed,
        cite: keys,
        place,
    })
}

fn check_units(
    unit: Unit,
    default: Option<&Located<RuleValue>>,
    range: Option<&Located<(RuleValue, RuleValue)>>,
    problems: &mut Vec<Diagnostic>,
) {
    let kind = match unit {
        Unit::Milliseconds | Unit::Seconds | Unit::Minutes | Unit::Hours => ValueKind::Duration,
        Unit::Bytes | Unit::Mebibytes => ValueKind::Bytes,
        Unit::Count => ValueKind::Count,
        Unit::Word => ValueKind::Text,
        Unit::Flag => ValueKind::Flag,
    };
    let written: [Option<(&RuleValue, &Place)>; 2] = [
        default.map(|default| (&default.value, &default.place)),
        range.map(|range| (&range.value.0, &range.place)),
    ];
    for (value, place) in written.into_iter().flatten() {
        if value.kind() != kind {
            let message = format!("`{value}` is {}", value.kind().described());
            let help = format!("expected {}, as the unit says", kind.described());
            report(problems, place, "model-bad-unit", message, help);
        }
    }
}

fn check_default(
    default: Option<&Located<RuleValue>>,
    range: Option<&Located<(RuleValue, RuleValue)>>,
    allowed: &[String],
    problems: &mut Vec<Diagnostic>,
) {
    let Some(default) = default else { return };
    let bounds = range.map(|range| &range.value);
    let outside = bounds.filter(|(low, high)| default.value.within(low, high) == Some(false));
    let outside = outside.map(|(low, high)| format!("{low} to {high}"));
    let unlisted = default.value.as_text().filter(|word| !allowed.iter().any(|known| known == word));
    if let Some(expected) = outside.or_else(|| unlisted.map(|_| allowed.join(", "))) {
        let message = format!("the default `{}` is outside {expected}", default.value);
        report(problems, &default.place, "model-outside-range", message, format!("expected {expected}"));
    }
}

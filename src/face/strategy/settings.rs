//! Settings within the ranges that the models give them.

use proptest::prelude::*;
use proptest::sample::select;

use crate::models::{Models, RuleValue, SettingModel};

/// A value of a setting, as a template writes it; anything that AWS accepts. Shrinks to the smallest value, or to the
/// first word.
///
/// ```
/// use proptest::prelude::*;
/// use redrive::models::Models;
/// use redrive::strategy::setting;
/// let models = Models::embedded().unwrap();
/// let visibility = setting(&models, "AWS::SQS::Queue.VisibilityTimeout").unwrap();
/// proptest!(ProptestConfig::with_cases(8), |(value in visibility)| {
///     prop_assert!(value.parse::<u64>().unwrap() <= 12 * 3_600);
/// });
/// ```
pub fn setting(models: &Models, property: &str) -> Option<BoxedStrategy<String>> {
    models.settings().find(|setting| setting.property == property).and_then(values)
}

/// Any setting of a type of resource with a value in its range: its name and the value. Whether AWS takes it together
/// with others, as those of FIFO queues, is another matter. Shrinks to the first
/// setting with its smallest value.
pub fn settings(models: &Models, kind: &str) -> Option<BoxedStrategy<(String, String)>> {
    let of_kind = |setting: &&SettingModel| {
        setting.property.strip_prefix(kind).is_some_and(|rest| rest.starts_with('.'))
    };
    let named = models.settings().filter(of_kind).filter_map(|setting| {
        let name = setting.property[kind.len() + 1..].to_owned();
        Some(values(setting)?.prop_map(move |value| (name.clone(), value)).boxed())
    });
    let all: Vec<BoxedStrategy<(String, String)>> = named.collect();
    (!all.is_empty()).then(|| proptest::strategy::Union::new(all).boxed())
}

fn values(setting: &SettingModel) -> Option<BoxedStrategy<String>> {
    if let Some((low, high)) = &setting.range {
        let (low, high) = (number(low)?, number(high)?);
        return Some((low..=high).prop_map(|value| value.to_string()).boxed());
    }
    (!setting.allowed.is_empty()).then(|| select(setting.allowed.clone()).boxed())
}

/// The number that a template writes.
fn number(value: &RuleValue) -> Option<u64> {
    let seconds = value.as_duration().map(crate::vocabulary::Duration::as_secs);
    seconds.or_else(|| value.as_count()).or_else(|| value.as_bytes().map(|size| size.0))
}

//! A setting against the range that its model gives.

use std::fmt::Display;

use crate::models::{RuleValue, SettingModel};
use crate::topology::Setting;
use crate::topology::validation::Refusal;
use crate::topology::validation::check::Check;
use crate::vocabulary::{Bytes, Duration, EntityName};

/// A kind of value that has a range.
pub(super) trait Ranged: Display + PartialOrd + Copy {
    fn of(value: &RuleValue) -> Option<Self>;
}

impl Ranged for Duration {
    fn of(value: &RuleValue) -> Option<Self> {
        value.as_duration()
    }
}

impl Ranged for Bytes {
    fn of(value: &RuleValue) -> Option<Self> {
        value.as_bytes()
    }
}

impl Ranged for u64 {
    fn of(value: &RuleValue) -> Option<Self> {
        const MEBIBYTE: u64 = 1 << 20;
        value.as_count().or_else(|| value.as_bytes().map(|size| size.0 / MEBIBYTE))
    }
}

impl Check<'_> {
    /// A setting against its range; the rule is the validation rule that names the setting.
    pub(super) fn ranged<T: Ranged>(&mut self, resource: &EntityName, property: &str, setting: &Setting<T>) {
        let models = self.models;
        if let Some(model) = models.setting(property) {
            let rule = self.range_rule(property);
            self.ranged_as(resource, model, &rule, setting);
        }
    }

    /// A setting against the range that one source gives it, where the property means another thing for others.
    pub(super) fn ranged_by<T: Ranged>(
        &mut self,
        resource: &EntityName,
        model: &SettingModel,
        source: &str,
        setting: &Setting<T>,
    ) {
        let own = self.models.model(source).map_or(&[][..], |model| &model.rules);
        let names = |value: &RuleValue| value.as_text() == Some(&model.property);
        let mut own = own.iter().map(|rule| self.models.rule(*rule));
        let own = own.find(|rule| rule.values.get("setting").is_some_and(names));
        let rule = own.map_or_else(|| self.range_rule(&model.property), |rule| rule.id.clone());
        self.ranged_as(resource, model, &rule, setting);
    }

    fn ranged_as<T: Ranged>(
        &mut self,
        resource: &EntityName,
        model: &SettingModel,
        rule: &str,
        setting: &Setting<T>,
    ) {
        let property = model.property.as_str();
        let Some((low, high)) = &model.range else { return };
        let (Some(low), Some(high)) = (T::of(low), T::of(high)) else { return };
        if (low..=high).contains(&setting.value) {
            return;
        }
        let short =
            property.rsplit("::").next().and_then(|name| name.split_once('.')).map_or(property, |(_, p)| p);
        let refusal = self.refusal(rule, resource, short, &setting.value);
        let allowed = format!("{low} to {high}");
        self.found.push(Refusal { allowed, place: setting.place().cloned(), ..refusal });
    }

    fn range_rule(&self, property: &str) -> String {
        let names = |value: &RuleValue| value.as_text() == Some(property);
        let found = self.models.rules().find(|(_, rule)| rule.values.get("setting").is_some_and(names));
        found.map_or_else(|| format!("setting.{property}"), |(_, rule)| rule.id.clone())
    }
}

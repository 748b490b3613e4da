//! A setting against the range that its model gives.

use std::fmt::Display;

use crate::models::{Role, RuleValue, SettingModel};
use crate::topology::Setting;
use crate::topology::validation::Refusal;
use crate::topology::validation::check::Check;
use crate::vocabulary::{Bytes, Duration, EntityName};

/// A kind of value that has a range.
pub(super) trait Ranged: Display + PartialOrd + Copy {
    fn of(value: &RuleValue) -> Option<Self>;

    /// As text, with nothing rounded away.
    fn exact(&self) -> String {
        self.to_string()
    }
}

impl Ranged for Duration {
    fn of(value: &RuleValue) -> Option<Self> {
        value.as_duration()
    }

    fn exact(&self) -> String {
        Self::exact(*self)
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
        self.within(self.models.setting(property), &self.range_rule(property, ""), resource, setting);
    }

    /// The same against the range of one model, where several have a setting of the same property.
    pub(super) fn ranged_in<T: Ranged>(
        &mut self,
        model: &str,
        resource: &EntityName,
        property: &str,
        setting: &Setting<T>,
    ) {
        let rule = self.range_rule(property, &format!("{model}."));
        self.within(self.models.setting_in(model, property), &rule, resource, setting);
    }

    pub(super) fn within<T: Ranged>(
        &mut self,
        model: Option<&SettingModel>,
        rule: &str,
        resource: &EntityName,
        setting: &Setting<T>,
    ) {
        let Some(model) = model else { return };
        let Some((low, high)) = model.range.as_ref() else { return };
        let property = model.property.as_str();
        let (Some(low), Some(high)) = (T::of(low), T::of(high)) else { return };
        if (low..=high).contains(&setting.value) {
            return;
        }
        let short =
            property.rsplit("::").next().and_then(|name| name.split_once('.')).map_or(property, |(_, p)| p);
        let refusal = self.refusal(rule, resource, short, &setting.value.exact());
        let allowed = format!("{low} to {high}");
        self.found.push(Refusal { allowed, place: setting.place().cloned(), ..refusal });
    }

    /// The validation rule that names the setting; its id begins with `start`.
    fn range_rule(&self, property: &str, start: &str) -> String {
        let names = |value: &RuleValue| value.as_text() == Some(property);
        let found = self.models.rules().find(|(_, rule)| {
            rule.role == Role::Validation
                && rule.id.starts_with(start)
                && rule.values.get("setting").is_some_and(names)
        });
        found.map_or_else(|| format!("setting.{property}"), |(_, rule)| rule.id.clone())
    }
}

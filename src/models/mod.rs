//! Floor 1: what AWS does, as data: rules with values, citations and certainties, read from `models/*.toml`.
//!
//! Absent: any number of AWS in Rust, and any behaviour: mechanisms live in the world and cite the slots bound here.

mod rule;

pub use rule::{
    Certainty, Citation, Draw, GuaranteeDeclaration, Model, ModelKind, Plausible, Role, Rule, RuleId,
    RuleValue, SettingModel, Unspecified,
};

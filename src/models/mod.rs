//! Floor 1: what AWS does, as data: rules with values, citations and certainties, read from `models/*.toml`.
//!
//! [`Models`] is the door: the embedded files, or these with a user's own laid over them. `docs/models.md` says how a
//! file is written. Absent: any number of AWS in Rust, and any behaviour: mechanisms live in the world and cite the
//! slots bound here.

mod check;
mod describe;
mod digest;
mod embedded;
mod error;
mod explain;
mod fields;
mod lookup;
mod money;
mod overlay;
mod policy;
mod read;
mod read_rule;
mod registry;
mod rule;
mod source;
mod value;

pub use describe::{certainty_word, describe_model, describe_models};
pub use embedded::EMBEDDED_FILES;
pub use error::ModelError;
pub use explain::{explain, suggestions};
pub use money::Money;
pub use policy::{ManagedPolicy, SamPolicy, SamStatement};
pub use registry::Models;
pub use rule::{
    Certainty, Citation, Draw, GuaranteeDeclaration, GuaranteeModel, Model, ModelKind, Plausible,
    PropertyList, Role, Rule, RuleValue, SettingModel, Unit, Unspecified, Weight,
};
pub use value::ValueKind;

pub use crate::vocabulary::RuleId;

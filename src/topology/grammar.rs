//! What a consumer of events accepts as a pattern, from the models.

use crate::models::{ModelError, Models};
use crate::pattern::{Dialect, Grammar, Limits, Operator};

/// The grammar of a consumer.
///
/// # Errors
/// Where the models of a user lack a rule or hold a value of another kind.
pub fn grammar(models: &Models, dialect: Dialect) -> Result<Grammar, ModelError> {
    let name = dialect.name();
    let operators = models.texts("pattern.operators", name)?;
    let reserved = models.texts("pattern.or_branches", "reserved")?;
    let is_topic = matches!(dialect, Dialect::TopicAttributes | Dialect::TopicBody);
    let numbers = if is_topic { "pattern.topic_numeric_range" } else { "pattern.numeric_range" };
    let of_topic = |rule, value| if is_topic { models.count(rule, value).map(Some) } else { Ok(None) };
    let limits = Limits {
        length: models.count("pattern.length", name)?,
        largest: models.count(numbers, "largest")?,
        decimals: models.count(numbers, "decimals")?,
        branches: models.count("pattern.or_combinations", "maximum")?,
        wildcards: models.count("pattern.wildcard_complexity", "refused")?,
        masks: (models.count("pattern.cidr_mask", "ipv4")?, models.count("pattern.cidr_mask", "ipv6")?),
        combinations: of_topic("pattern.topic_combinations", "maximum")?,
        keys: of_topic("pattern.topic_keys", "maximum")?,
    };
    Ok(Grammar {
        dialect,
        operators: operators.into_iter().filter_map(Operator::from_name).collect(),
        reserved: reserved.into_iter().map(str::to_owned).collect(),
        limits,
    })
}

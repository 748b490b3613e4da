//! The default profile as tables: load, handlers, faults and limits, all from `models/profile.toml`.

use crate::kernel::{Domain, FAMILY_COUNT, Families, Family, Scope};
use crate::models::{ModelError, Models, RuleId};
use crate::program::Prices;
use crate::scenario::{Bounds, Scenario};
use crate::vocabulary::{Diagnostic, Duration, NameHash, Ratio};

/// The lengths of a family's spans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpanShape {
    /// The longest one.
    pub longest: Duration,
    /// The smallest gap between two.
    pub gap: Duration,
}

/// One family of faults.
#[derive(Clone, Debug)]
pub struct FaultTable {
    /// The profile's rule.
    pub rule: RuleId,
    /// The domain of its choice points.
    pub domain: Domain,
    /// The odds of one hit; one of them is drawn for a run.
    pub intensities: Vec<Ratio>,
    /// For families over spans of time.
    pub span: Option<SpanShape>,
}

/// The names of draws about a run as a whole, hashed once.
#[derive(Clone, Copy, Debug)]
pub struct DrawNames {
    /// Which families are on, and how strongly.
    pub swarm: Domain,
    /// Within the swarm: whether the platform takes its liberties at all.
    pub without_platform: NameHash,
    /// Within the swarm: the odds of one hit of a family.
    pub intensity: NameHash,
    /// Within the swarm: whether a family is on.
    pub on: NameHash,
    /// How long faults happen.
    pub phase: Domain,
    /// Whether a source is busy.
    pub busy: Domain,
    /// How many messages a quiet source gets.
    pub few: Domain,
    /// Over how long they are sent.
    pub window: Domain,
    /// The message group of an event for a FIFO queue.
    pub key: Domain,
    /// Of which class an event's payload is.
    pub class: Domain,
    /// Which branch a choice of a state machine takes.
    pub choice: Domain,
    /// How long a handler takes.
    pub duration: Domain,
    /// Whether a rule about outcomes applies.
    pub outcome: Domain,
}

impl DrawNames {
    /// The names, which are stable.
    pub fn new() -> Self {
        Self {
            swarm: Domain::of("swarm"),
            without_platform: NameHash::of("without-platform"),
            intensity: NameHash::of("intensity"),
            on: NameHash::of("on"),
            phase: Domain::of("phase"),
            busy: Domain::of("busy"),
            few: Domain::of("few"),
            window: Domain::of("window"),
            key: Domain::of("key"),
            class: Domain::of("class"),
            choice: Domain::of("choice"),
            duration: Domain::of("duration"),
            outcome: Domain::of("outcome"),
        }
    }
}

impl Default for DrawNames {
    fn default() -> Self {
        Self::new()
    }
}

/// What every verdict rests on.
#[derive(Clone, Debug)]
pub struct Profile {
    /// The families, by [`Family`]; load and open settings have a rule and no odds.
    pub faults: Vec<FaultTable>,
    /// The names of draws about a run as a whole.
    pub draws: DrawNames,
    /// Numbers of messages of ordinary runs.
    pub few: Vec<u32>,
    /// The number of messages of a busy run.
    pub many: u32,
    /// The share of busy runs.
    pub many_share: Ratio,
    /// Over how long messages are sent; one is drawn for a run.
    pub windows: Vec<Duration>,
    /// How many keys the messages have.
    pub keys: u32,
    /// When a sender that was throttled sends again.
    pub send_retry: Duration,
    /// The rule of that.
    pub send_retry_rule: RuleId,
    /// The size of a message's body in bytes.
    pub body: u64,
    /// The time that an ordinary event takes.
    pub event_duration: Duration,
    /// An ordinary invocation takes at most this part (one over it) of its time-out.
    pub invocation_share: u64,
    /// The start of an ordinary environment.
    pub cold_start: Duration,
    /// How long an operator needs to look at what is kept.
    pub operator_window: Duration,
    /// How long something may stand still.
    pub stall_limit: Duration,
    /// How long a run settles at most.
    pub settle_limit: Duration,
    /// How long a backlog may take where settings are unbounded.
    pub drain_limit: Duration,
    /// The share of seeds in which a family is on.
    pub family_share: Ratio,
    /// The share of seeds without platform families.
    pub without_platform: Ratio,
    /// How long faults happen; one is drawn for a run.
    pub faulty_phases: Vec<Duration>,
    /// How many events of a schedule come at most.
    pub scheduled_events: u32,
    /// How many events of a source are poisoned at most.
    pub poison_at_most: u32,
    /// By how much a brownout slows down.
    pub brownout_factors: Vec<u32>,
    /// What calls cost.
    pub prices: Prices,
    /// What the scenario states for the guarantees.
    pub bounds: Bounds,
    /// Families whose odds the scenario states; they are on in every run that may use them.
    pub always: Families,
    /// The rule of load.
    pub load_rule: RuleId,
    /// The rule of the operator's window.
    pub operator_rule: RuleId,
    /// The rule of handlers that throw at the first failure.
    pub throws_rule: RuleId,
    /// The rule of handlers that list what failed.
    pub lists_rule: RuleId,
    /// The rule of what a scenario states.
    pub stated_rule: RuleId,
    /// The rule that ends runs.
    pub settle_rule: RuleId,
}

impl Profile {
    /// Reads the profile.
    ///
    /// # Errors
    /// The first value that is missing or of another kind.
    pub fn read(models: &Models, scenario: &Scenario) -> Result<Self, Vec<Diagnostic>> {
        Self::assemble(models)
            .map(|profile| profile.with(scenario))
            .map_err(|error| vec![Diagnostic::error("models-profile", error.to_string())])
    }

    /// The profile as a scenario states it.
    fn with(mut self, scenario: &Scenario) -> Self {
        let bounds = &scenario.bounds;
        self.operator_window = bounds.operator_window.unwrap_or(self.operator_window);
        self.stall_limit = bounds.stall_limit.unwrap_or(self.stall_limit);
        self.settle_limit = bounds.settle_limit.unwrap_or(self.settle_limit);
        self.bounds = *bounds;
        for (family, ratio) in &scenario.faults.ratios {
            self.faults[*family as usize].intensities = vec![*ratio];
            self.always = self.always.with(*family);
        }
        self
    }

    /// A family's table.
    #[inline]
    pub fn fault(&self, family: Family) -> &FaultTable {
        &self.faults[family as usize]
    }

    fn assemble(models: &Models) -> Result<Self, ModelError> {
        let faults: Result<Vec<FaultTable>, ModelError> =
            Family::ALL.into_iter().map(|family| fault_table(models, family)).collect();
        let faults = faults?;
        assert_eq!(faults.len(), FAMILY_COUNT, "one table for each family");
        Ok(Self {
            faults,
            draws: DrawNames::new(),
            few: counts(models, "profile.load", "few")?,
            many: models.count("profile.load", "many")? as u32,
            many_share: models.ratio("profile.load", "many_share")?,
            windows: models.durations("profile.load", "window")?,
            keys: models.count("profile.load", "keys")? as u32,
            send_retry: models.duration("profile.send_retry", "after")?,
            send_retry_rule: rule(models, "profile.send_retry")?,
            body: models.bytes("profile.body", "size")?.0,
            event_duration: models.duration("profile.event_duration", "value")?,
            invocation_share: models.count("profile.invocation_share", "denominator")?.max(1),
            cold_start: models.duration("profile.cold_start", "length")?,
            operator_window: models.duration("profile.operator_window", "length")?,
            stall_limit: models.duration("profile.stall_limit", "length")?,
            settle_limit: models.duration("profile.settle_limit", "length")?,
            drain_limit: models.duration("profile.drain_limit", "length")?,
            family_share: models.ratio("profile.family_share", "share")?,
            without_platform: models.ratio("profile.family_share", "without_platform")?,
            scheduled_events: models.count("profile.schedules", "events")? as u32,
            faulty_phases: models.durations("profile.faulty_phase", "lengths")?,
            poison_at_most: models.count("fault.poison", "at_most")? as u32,
            brownout_factors: counts(models, "fault.brownout", "factors")?,
            prices: Prices {
                queue_request: each(models, "price.sqs_request")?,
                invocation: each(models, "price.lambda_request")?,
                gigabyte_second: models.money("price.lambda_duration", "price")?.0,
            },
            bounds: Bounds::default(),
            always: Families::NONE,
            load_rule: rule(models, "profile.load")?,
            operator_rule: rule(models, "profile.operator_window")?,
            throws_rule: rule(models, "profile.stops_at_first_failure")?,
            lists_rule: rule(models, "profile.partial_lists_failures")?,
            stated_rule: rule(models, "profile.stated")?,
            settle_rule: rule(models, "profile.settle_limit")?,
        })
    }
}

/// The price of one call, where a rule has it for many.
fn each(models: &Models, id: &str) -> Result<u64, ModelError> {
    Ok(models.money(id, "price")?.0 / models.count(id, "per")?.max(1))
}

fn fault_table(models: &Models, family: Family) -> Result<FaultTable, ModelError> {
    let domain = Domain::of(family.word());
    let id = format!("fault.{family}");
    let intensities = |id: &str| models.ratios(id, "intensities");
    match family.scope() {
        Scope::Given => Ok(FaultTable {
            rule: rule(models, if family == Family::Stated { "profile.stated" } else { "profile.load" })?,
            domain,
            intensities: vec![Ratio::ONE],
            span: None,
        }),
        Scope::Span => {
            let shape =
                SpanShape { longest: models.duration(&id, "longest")?, gap: models.duration(&id, "gap")? };
            Ok(FaultTable {
                rule: rule(models, &id)?,
                domain,
                intensities: intensities(&id)?,
                span: Some(shape),
            })
        }
        Scope::Event | Scope::Invocation | Scope::Platform => {
            Ok(FaultTable { rule: rule(models, &id)?, domain, intensities: intensities(&id)?, span: None })
        }
    }
}

fn rule(models: &Models, id: &str) -> Result<RuleId, ModelError> {
    models.rule_id(id).ok_or_else(|| ModelError::NoRule { rule: id.to_owned() })
}

fn counts(models: &Models, id: &str, name: &str) -> Result<Vec<u32>, ModelError> {
    Ok(models.counts(id, name)?.into_iter().map(|count| count as u32).collect())
}

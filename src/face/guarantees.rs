//! What a check can ask for: guarantees of the catalogue by function, and properties in Rust.

use crate::face::Stated;
use crate::guarantee::GuaranteeName;

/// A guarantee of the catalogue, everywhere or at one queue.
///
/// ```
/// use redrive::prelude::*;
/// assert_eq!(no_loss().at("Orders").to_string(), "no-loss at Orders");
/// assert_eq!(no_loss().to_string(), "no-loss");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogueAsking {
    pub(crate) name: GuaranteeName,
    pub(crate) queue: Option<String>,
}

/// Something that a check asks for.
///
/// ```
/// use redrive::prelude::*;
/// let asked: [Asking; 2] = [no_loss().into(), always("true is true", |_| true).into()];
/// assert_eq!(asked.map(|one| one.name()), ["no-loss", "true is true"]);
/// ```
#[derive(Clone, Debug)]
pub enum Asking {
    /// A guarantee of the catalogue.
    Catalogue(CatalogueAsking),
    /// A property in Rust.
    Stated(Stated),
}

impl CatalogueAsking {
    /// Only for what is sent to this queue.
    #[must_use]
    pub fn at(mut self, queue: &str) -> Self {
        self.queue = Some(queue.to_owned());
        self
    }

    pub(crate) fn covers(&self, name: GuaranteeName, queue: &str) -> bool {
        self.name == name && self.queue.as_deref().is_none_or(|wanted| wanted == queue)
    }
}

impl std::fmt::Display for CatalogueAsking {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.queue {
            Some(queue) => write!(f, "{} at {queue}", self.name),
            None => write!(f, "{}", self.name),
        }
    }
}

impl Asking {
    /// What it is called.
    pub fn name(&self) -> String {
        match self {
            Self::Catalogue(asked) => asked.to_string(),
            Self::Stated(stated) => stated.name().to_owned(),
        }
    }
}

impl From<CatalogueAsking> for Asking {
    fn from(asked: CatalogueAsking) -> Self {
        Self::Catalogue(asked)
    }
}

impl From<Stated> for Asking {
    fn from(stated: Stated) -> Self {
        Self::Stated(stated)
    }
}

/// The guarantee with this name.
pub const fn guarantee(name: GuaranteeName) -> CatalogueAsking {
    CatalogueAsking { name, queue: None }
}

macro_rules! by_function {
    ($($(#[$meta:meta])* $function:ident: $name:ident;)*) => {
        $($(#[$meta])* pub const fn $function() -> CatalogueAsking { guarantee(GuaranteeName::$name) })*
    };
}

by_function! {
    /// `no-loss`: every event is processed or kept for an operator.
    no_loss: NoLoss;
    /// `dead-letter-delivery`: every event given up can be read in its dead-letter queue.
    dead_letter_delivery: DeadLetterDelivery;
    /// `no-collateral`: only what failed itself is given up.
    no_collateral: NoCollateral;
    /// `progress`: nothing stands still while it has work.
    progress: Progress;
    /// `permitted`: every link, exit and key is allowed by the policies that apply.
    permitted: Permitted;
    /// `no-loop`: no chain of invocations feeds itself.
    no_loop: NoLoop;
    /// `deployable`: AWS accepts every setting.
    deployable: Deployable;
    /// `single-flight`: no event is processed twice at the same time.
    single_flight: SingleFlight;
    /// `no-needless-redelivery`: what was processed is not delivered again.
    no_needless_redelivery: NoNeedlessRedelivery;
    /// `bounded-attempts`: no event is delivered more often than the settings say.
    bounded_attempts: BoundedAttempts;
    /// `drains`: the backlog goes away once load and faults stop.
    drains: Drains;
    /// `bounded-delay`: no event takes longer than stated.
    bounded_delay: BoundedDelay;
    /// `bounded-cost`: no event costs more than stated.
    bounded_cost: BoundedCost;
    /// `ordering`: what belongs together is processed in the order of sending.
    ordering: Ordering;
}

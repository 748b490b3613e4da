//! Archives: what keeps the events of a bus, so that an operator can replay them.

use crate::topology::{LinkEnd, MappingFilter};
use crate::vocabulary::{Duration, EntityName, Place};

/// An archive of an event bus.
#[derive(Clone, Debug)]
pub struct Archive {
    /// Its name.
    pub name: EntityName,
    /// The bus whose events it keeps.
    pub bus: LinkEnd,
    /// What it keeps: an event is if any of these wants it; all are where there is none.
    pub filters: Vec<MappingFilter>,
    /// How long it keeps an event; `None` for good.
    pub retention: Option<Duration>,
    /// Where it stands.
    pub place: Option<Place>,
}

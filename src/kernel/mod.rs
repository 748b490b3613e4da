//! Floor 1: integer time's event queue, and the one seam through which a run makes every nondeterministic decision.
//!
//! Absent: threads, floats, clocks, ambient randomness, and any knowledge of queues, functions or AWS.

mod arena;
mod chooser;
mod enumerating;
mod family;
mod pending;
mod point;
mod representatives;
mod seeded;
mod transcript;
mod visited;

pub use arena::{Arena, Vacant};
pub use chooser::{Chooser, Menu, Onward, Scene};
pub use enumerating::{Bounds, Enumerating, Met, Reduction};
pub use family::{FAMILY_COUNT, Families, Family, Scope};
pub use pending::{PendingEvents, Turn};
pub use point::{ChoicePoint, Domain, mix};
pub use seeded::{Intensities, Seeded};
pub use transcript::{Background, Choice, Choices, Recorder, Replay};

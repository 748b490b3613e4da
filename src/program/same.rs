//! Which events a channel takes for the same one, so that it delivers but the first of them.

use crate::models::{Models, RuleId};
use crate::program::{DeduplicationIds, Merges};
use crate::topology::TopicDeduplication;
use crate::vocabulary::Duration;

/// What a source's model says of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Same {
    rule: RuleId,
    window: Duration,
}

impl Same {
    /// `None` where the source delivers whatever it gets.
    pub(super) fn read(models: &Models, source: &str) -> Option<Self> {
        let rule = models.rules_in(source, "delivery.deduplicate")?;
        let window = models.duration(&models.rule(rule).id, "window").ok()?;
        Some(Self { rule, window })
    }

    /// The same with the settings of one channel.
    pub(super) const fn of(self, settings: &TopicDeduplication) -> Merges {
        //= sns_fifo.content_based
        let ids = if settings.content_based.value {
            DeduplicationIds::BodyElseSender
        } else {
            DeduplicationIds::Sender
        };
        Merges { rule: self.rule, window: self.window, scope: settings.scope.value, ids }
    }
}

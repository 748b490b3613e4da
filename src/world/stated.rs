//! What a scenario states about a handler: how long it takes, and what becomes of which attempt at which event.

use crate::kernel::{ChoicePoint, Chooser, Domain, Family, Menu};
use crate::program::StatedRule;
use crate::scenario::{HandlerPreset, Per, Then, Timing};
use crate::trace::{Covered, Observer};
use crate::vocabulary::Duration;
use crate::world::batch::{Batch, Ending};
use crate::world::handler::Handler;
use crate::world::run::Run;

impl<C: Chooser, O: Observer, H: Handler> Run<'_, C, O, H> {
    /// How long each event of a batch takes: as stated, else as usual, which is at most a share of the time-out.
    pub(crate) fn usual_duration(&mut self, batch: u32, function: usize) -> Duration {
        let count = self.world.batches[batch as usize].items.len().max(1) as u64;
        let table = &self.world.function_tables[function];
        if let Some(timing) = self.program.behaviours[function].timing {
            let drawn = self.stated_duration(timing, batch, function);
            return match timing.per {
                Per::Event => drawn,
                Per::Invocation => Duration::from_micros(drawn.as_micros() / count),
            };
        }
        let share = self.program.profile.invocation_share * count;
        if table.event_duration * share <= table.timeout {
            table.event_duration
        } else {
            Duration::from_micros(table.timeout.as_micros() / share)
        }
    }

    fn stated_duration(&mut self, timing: Timing, batch: u32, function: usize) -> Duration {
        let (low, high) = (timing.shortest.as_micros(), timing.longest.as_micros());
        if low >= high {
            return timing.shortest;
        }
        let (item, tries) = self.invocation_name(batch);
        let menu = Menu::Range { ordinary: low, low, high };
        let domain = self.program.profile.draws.duration;
        Duration::from_micros(self.stated_choice(domain, item, function, tries, menu))
    }

    fn stated_choice(&mut self, domain: Domain, item: u64, function: usize, ordinal: u32, menu: Menu) -> u64 {
        let point = ChoicePoint {
            family: Family::Stated,
            domain,
            entity: self.program.hash(self.world.function_tables[function].entity),
            item,
            ordinal,
        };
        self.chooser.choose(&point, menu)
    }

    /// Marks the items that fail as stated, and ends the invocation at the first one that is to end it, if the handler
    /// gets that far.
    pub(crate) fn apply_stated(&mut self, batch: u32, function: usize) {
        let program = self.program;
        let rules = &program.behaviours[function].rules;
        if rules.is_empty() {
            return;
        }
        let stops = stops_at_failure(self.world.function_tables[function].handler);
        for index in 0..self.world.batches[batch as usize].items.len() {
            let slot = &self.world.batches[batch as usize];
            let item = slot.items[index];
            if slot.failing[index] == Batch::FINE {
                match self.stated_outcome(rules, &item, function) {
                    Then::Succeeds => {}
                    Then::Fails => {
                        self.world.batches[batch as usize].failing[index] = Family::Stated as u8;
                    }
                    Then::Forgets => {
                        self.world.batches[batch as usize].failing[index] = Batch::FORGOTTEN;
                    }
                    Then::Declines => self.world.batches[batch as usize].failing[index] = Batch::DECLINED,
                    Then::TimesOut => {
                        let ending = Ending::TimedOut { done: index as u32, family: Family::Stated };
                        self.world.batches[batch as usize].ending = ending;
                        return;
                    }
                    Then::Crashes => {
                        let ending = Ending::Crashed { done: index as u32, family: Family::Stated };
                        self.world.batches[batch as usize].ending = ending;
                        return;
                    }
                }
            }
            if stops && Batch::fails(self.world.batches[batch as usize].failing[index]) {
                return;
            }
        }
    }

    /// What the first rule that applies says.
    fn stated_outcome(&mut self, rules: &[StatedRule], item: &Covered, function: usize) -> Then {
        let (class, name) = {
            let event = &self.world.events[item.event.0 as usize];
            (event.class, event.name)
        };
        let domain = self.program.profile.draws.outcome;
        for (number, rule) in rules.iter().enumerate().filter(|(_, rule)| rule.covers(item.receives, class)) {
            let ordinal = item.receives * RULES_AT_MOST + number as u32;
            let applies = rule
                .odds
                .is_none_or(|odds| self.stated_choice(domain, name, function, ordinal, Menu::Hit(odds)) == 1);
            if applies {
                return rule.then;
            }
        }
        Then::Succeeds
    }
}

/// Choices about rules are numbered by attempt and rule; so many rules of one handler have numbers of their own.
const RULES_AT_MOST: u32 = 64;

/// Whether a handler gets no further than the first event that fails.
const fn stops_at_failure(preset: HandlerPreset) -> bool {
    match preset {
        HandlerPreset::Throws | HandlerPreset::StopsAndReportsOne | HandlerPreset::StopsAndListsRest => true,
        HandlerPreset::Partial | HandlerPreset::Swallows | HandlerPreset::Parallel => false,
    }
}
